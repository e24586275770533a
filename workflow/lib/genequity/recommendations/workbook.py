"""The whole register as a workbook: at a glance first, then in the form in which it is written, then what it rests on.

The sheet "Recommendations" has the columns and drop-downs of the template, with the study's own organisations. So the
workbook can be changed and given back as the next version of the register.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import sheets
from genequity.numbers import say
from genequity.recommendations import register, text

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl.worksheet.worksheet import Worksheet

    from genequity.study.templates import Template

INK, PAPER, RULE = "FF12384F", "FFFFFFFF", "FFCCD5DC"
WIDEST = 46
GLANCE = {
    "organisation": "Organisation",
    "recommendation": "No.",
    "title": "Recommendation",
    "by_when": "By",
    "support": "Support",
    "panel": "Panel",
}
PANEL = {
    "recommendation": "No.",
    "item": "Item",
    "round": "Round",
    "wording": "Wording shown",
    "n": "Rated",
    "median": "Median",
    "share_high": "Rated 7 to 9",
    "share_low": "Rated 1 to 3",
    "disagreement": "Disagreement",
    "decision": "Decision",
}
EVIDENCE = {
    "recommendation": "No.",
    "finding": "Finding",
    "strand": "Part",
    "statement": "What was found",
    "source_table": "Table",
    "source_row": "Row",
}
JUDGEMENTS = {
    "recommendation": "No.",
    "framework": "Criteria",
    "criterion": "Criterion",
    "judgement": "Judgement",
    "reason": "Reason",
}


def write(release_folder: str | Path, path: str | Path) -> None:
    """Write the register of a release as a workbook, the same bytes each time.

    Parameters
    ----------
    release_folder : str or Path
        ``results/release``.
    path : str or Path
        The ``.xlsx`` file.
    """
    import openpyxl

    from genequity.notebook import open_release
    from genequity.study import workbooks

    release = open_release(release_folder)
    tables = {
        name: release.table(f"recommendations/{name}")
        for name in ("register", "decisions", "organisations", "history", "panel", "trace", "assessments", "co_design")
    }
    mark = str(release.study.get("watermark") or "")
    book = openpyxl.Workbook()
    book.properties.title = "Register of recommendations"
    glance = book.active
    glance.title = "At a glance"
    _shown(glance, text.at_a_glance(tables["register"], tables["decisions"]), GLANCE, mark)
    _shown(book.create_sheet("Panel"), _percent(tables["panel"]), PANEL, mark)
    _shown(book.create_sheet("Evidence"), tables["trace"], EVIDENCE, mark)
    _shown(book.create_sheet("Judgements"), tables["assessments"], JUDGEMENTS, mark)
    written = book.create_sheet("Recommendations", 1)
    workbooks.fill(book, written, _template(tables))
    if mark:
        written.oddHeader.center.text = mark
    sheets.save(book, path)


def _template(tables: dict[str, pd.DataFrame]) -> Template:
    """Return the register's template, holding this register and offering the study's own lists."""
    from genequity.study import templates

    lists = {
        "organisation": tuple(tables["organisations"]["organisation"]),
        "co_design": tuple(tables["co_design"]["entry"]),
    }
    given = templates.get("recommendations/register")
    columns = tuple(
        dataclasses.replace(column, values=lists[column.name], open=column.name == "co_design")
        if lists.get(column.name)
        else column
        for column in given.columns
    )
    versions = tables["history"].assign(told=tables["history"]["date"].astype(str) + ": " + tables["history"]["change"])
    told = versions.sort_values("version").groupby("recommendation")["told"].agg("; ".join)
    frame = (
        tables["register"]
        .rename(columns={"recommendation": "id"})
        .assign(history=tables["register"]["recommendation"].map(told))
    )
    rows = frame.reindex(columns=list(register.FIELDS)).fillna("").astype(str).sort_values("id")
    start = tuple(tuple(row[column.name] for column in columns) for row in rows.to_dict("records"))
    return dataclasses.replace(given, columns=columns, start=start)


def _percent(panel: pd.DataFrame) -> pd.DataFrame:
    """Return shares as people read them; what was withheld says so."""
    frame = panel.sort_values(["recommendation", "item", "round"])
    shares = {
        name: [say(value, "proportion") if value == value else "withheld" for value in frame[name]]
        for name in ("share_high", "share_low")
    }
    return frame.assign(**shares, disagreement=frame["disagreement"].map({True: "yes", False: "no"}))


def _shown(sheet: Worksheet, frame: pd.DataFrame, headings: dict[str, str], mark: str) -> None:
    """Write a table to be read: a heading row that stays, wrapped cells, filters, set for print."""
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    wrapped, thin = Alignment(vertical="top", wrap_text=True), Side(style="thin", color=RULE)
    middle = Alignment(vertical="top", horizontal="center")
    for place, (column, name) in enumerate(headings.items(), start=1):
        head = sheet.cell(1, place, name)
        head.font = Font(name="Calibri", bold=True, color=PAPER)
        head.fill = PatternFill("solid", fgColor=INK)
        head.alignment = Alignment(vertical="center", wrap_text=True)
        longest = max([len(name) + 4, *(len(str(value)) + 2 for value in frame[column])], default=10)
        sheet.column_dimensions[get_column_letter(place)].width = min(longest, WIDEST)
    for number, row in enumerate(frame[list(headings)].itertuples(index=False, name=None), start=2):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place, _plain(value))
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a wording that begins with = is no formula
            cell.alignment, cell.border = wrapped if isinstance(cell.value, str) else middle, Border(bottom=thin)
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(frame) + 1}"
    sheet.freeze_panes = "B2"
    sheets.fitted(sheet, 2, len(frame) + 1)
    sheets.for_print(sheet)
    sheet.print_title_rows = "1:1"
    if mark:
        sheet.oddHeader.center.text = mark


def _plain(value: Any) -> Any:
    """Return a value as a cell holds it; blanks stay blank."""
    if value is None or value != value or str(value) == "<NA>":
        return None
    return value.item() if hasattr(value, "item") else value
