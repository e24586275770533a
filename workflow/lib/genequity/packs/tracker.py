"""The action tracker: one row a recommendation, to be filled in by the organisation that is asked to act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genequity import sheets
from genequity.packs import graph as g
from genequity.packs.graph import Graph
from genequity.packs.organisations import verdict

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

INK, PAPER, RULE, OPEN = "FF12384F", "FFFFFFFF", "FFCCD5DC", "FFFFF9E5"
STATUS = ("not started", "in progress", "done", "changed", "not accepted")
GIVEN = {
    "Organisation": 22,
    "Recommendation": 9,
    "Action": 44,
    "For whom": 22,
    "By": 12,
    "Measured by": 30,
    "Panel": 18,
    "Findings": 9,
}
# What the organisation fills in: width, and what belongs into it.
ASKED = {
    "Status": (14, "Choose from the list."),
    "Led by": (18, "Role of the person who leads; no private address."),
    "Next report on": (14, "A day, such as 2027-03-31."),
    "What was done": (36, "In one or two sentences."),
    "Value of the measure": (16, "The measure's value, and its day."),
    "Where it can be seen": (24, "A link or a document."),
    "If changed or not accepted, why": (32, "Your reason, as you would publish it."),
}


def write(graph: Graph, study: Mapping[str, Any], path: str) -> None:
    """Write the tracker, the same bytes each time.

    Parameters
    ----------
    graph : Graph
        Of the release, without problems.
    study : mapping
        ``study.json``: title, watermark, date.
    path : str
        The ``.xlsx`` file.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.properties.title = f"Action tracker: {study['title']}"
    sheet = book.active
    sheet.title = "Actions"
    _actions(sheet, graph, study)
    _about(book.create_sheet(sheets.ABOUT), study)
    sheets.save(book, path)


def _actions(sheet: Worksheet, graph: Graph, study: Mapping[str, Any]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    widths = {**GIVEN, **{name: width for name, (width, _) in ASKED.items()}}
    wrapped, thin = Alignment(vertical="top", wrap_text=True), Side(style="thin", color=RULE)
    for place, (name, width) in enumerate(widths.items(), start=1):
        head = sheet.cell(1, place, name)
        head.font = Font(name="Calibri", bold=True, color=PAPER)
        head.fill = PatternFill("solid", fgColor=INK)
        head.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.row_dimensions[1].height = 32
    nodes = sorted(graph.of(g.RECOMMENDATION), key=lambda node: (node.cells["organisation"], node.id))
    for number, node in enumerate(nodes, start=2):
        cells = node.cells
        told: list[str | int] = [cells["organisation"], node.id, f"{cells['action']} {cells['what']}"]
        told += [cells["for_whom"], cells["by_when"], cells["measure"], verdict(graph, node)]
        told.append(len(graph.below(node.key, g.FINDING)))
        for place in range(1, len(widths) + 1):
            cell = sheet.cell(number, place, told[place - 1] if place <= len(told) else None)
            if isinstance(cell.value, str):
                cell.data_type = "s"
            cell.alignment, cell.border = wrapped, Border(bottom=thin)
            if place > len(told):
                cell.fill = PatternFill("solid", fgColor=OPEN)
        sheet.cell(number, len(told) + 1, STATUS[0])
    letter = get_column_letter(len(GIVEN) + 1)
    rule = DataValidation(type="list", formula1=f'"{",".join(STATUS)}"', allow_blank=False, showErrorMessage=True)
    rule.errorTitle, rule.error = "Not in the list", "Choose a word from the list."
    rule.add(f"{letter}2:{letter}{len(nodes) + 1}")
    sheet.add_data_validation(rule)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{len(nodes) + 1}"
    sheet.freeze_panes = "C2"
    sheets.fitted(sheet, 2, len(nodes) + 1)
    sheets.for_print(sheet)
    sheet.print_title_rows = "1:1"
    if study.get("watermark"):
        sheet.oddHeader.center.text = str(study["watermark"])


def _about(sheet: Worksheet, study: Mapping[str, Any]) -> None:
    from openpyxl.styles import Alignment, Font

    lines = [
        (f"Action tracker of the study: {study['title']}", ""),
        (str(study.get("watermark", "")), ""),
        ("One row is one recommendation. It is addressed to one organisation, which fills in the light cells.", ""),
        ("", ""),
        *((name, words) for name, (_, words) in ASKED.items()),
        ("", ""),
        ("Status", "; ".join(STATUS)),
        ("Findings", "Number of findings the recommendation rests on; trace.html shows each of them."),
    ]
    for number, (name, words) in enumerate((line for line in lines), start=1):
        sheet.cell(number, 1, name or None).font = Font(name="Calibri", bold=bool(words) or number == 1, color=INK)
        cell = sheet.cell(number, 2, words or None)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 34, 80
    sheet.sheet_view.showGridLines = False
    sheets.for_print(sheet)
