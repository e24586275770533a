"""A template as an Excel workbook: the table, a sheet about its columns, and the lists behind its drop-downs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import sheets
from genequity.study.templates import Column, Template

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

INK, PAPER = "FF12384F", "FFFFFFFF"
OPTIONAL, EXAMPLE_PAPER, RULE = "FF4D7892", "FFFFF3C4", "FFCCD5DC"
ROWS = 2000  # rows that have drop-downs
WIDTHS = {"text": 18, "day": 14, "number": 13}
LONG = 42


def write(template: Template, path: str) -> None:
    """Write a template as a workbook, the same bytes each time.

    Parameters
    ----------
    template : Template
        What to write.
    path : str
        The ``.xlsx`` file.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.properties.title = template.title
    fill(book, book.active, template)
    sheets.save(book, path)


def fill(book: Workbook, sheet: Worksheet, template: Template) -> None:
    """Write a template on a sheet of a workbook, with the sheets that explain it and hold its lists.

    Parameters
    ----------
    book : openpyxl.Workbook
        It gets the two other sheets.
    sheet : openpyxl.worksheet.worksheet.Worksheet
        An empty sheet of it.
    template : Template
        What to write.
    """
    sheet.title = template.title[:31]
    _table(sheet, template)
    _about(book.create_sheet(sheets.ABOUT), template)
    lists = book.create_sheet(sheets.LISTS)
    lists.sheet_state = "hidden"
    _drop_downs(sheet, lists, template)


def _table(sheet: Worksheet, template: Template) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    thin, wrapped = Side(style="thin", color=RULE), Alignment(vertical="top", wrap_text=True)
    for place, column in enumerate(template.columns, start=1):
        head = sheet.cell(1, place, column.name)
        head.font = Font(name="Calibri", bold=True, color=PAPER)
        head.fill = PatternFill("solid", fgColor=INK if column.needed else OPTIONAL)
        head.alignment = Alignment(vertical="center", wrap_text=True)
        head.comment = Comment(_told(column), "genequity", width=320, height=130)
        whole = sheet.column_dimensions[get_column_letter(place)]
        whole.width = LONG if column.long else WIDTHS[column.kind]
        whole.alignment = wrapped
        if column.kind != "number":
            whole.number_format = "@"  # as typed: the program makes no dates or numbers of codes
    sheet.row_dimensions[1].height = 24
    for number, row in enumerate(template.rows(), start=2):
        for place, (column, value) in enumerate(zip(template.columns, row, strict=True), start=1):
            cell = sheet.cell(number, place, _typed(column, value))
            if isinstance(cell.value, str):
                cell.data_type = "s"  # a wording that begins with = is no formula
            cell.border = Border(bottom=thin)
            cell.alignment = wrapped
            if column.kind != "number":
                cell.number_format = "@"
            if not template.start:
                cell.fill = PatternFill("solid", fgColor=EXAMPLE_PAPER)
                cell.font = Font(name="Calibri", italic=True, color="FF5A4A00")
    sheet.freeze_panes = "B2"
    sheet.sheet_view.zoomScale = 110
    sheets.fitted(sheet, 2, len(template.rows()) + 1)
    sheets.for_print(sheet)
    sheet.print_title_rows = "1:1"


def _told(column: Column) -> str:
    need = "Fill it in in every row." if column.needed else "It may stay blank where it does not apply."
    allowed = f"\n{column.allowed.capitalize()}." if column.allowed and len(column.allowed) < 160 else ""
    return f"{column.about}\n{need}{allowed}"


def _typed(column: Column, value: str) -> str | int | float | None:
    if not value:
        return None
    if column.kind == "number" and value.replace(".", "", 1).isdigit():
        return float(value) if "." in value else int(value)
    return value


def _about(sheet: Worksheet, template: Template) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    lines = [template.title, f"One row is {template.row}.", f"In study.yaml the file is named at {template.setting}."]
    lines.append(
        "The table has been begun for you: change, add or delete rows as your study needs."
        if template.start
        else "The yellow row is an example: delete it, or write your own entry over it, before you run the check."
    )
    lines.append("Dark headings: fill in every row. Light headings: may stay blank. Keep the names of the columns.")
    for number, line in enumerate(lines, start=1):
        cell = sheet.cell(number, 1, line)
        cell.font = Font(name="Calibri", bold=number == 1, size=14 if number == 1 else 11, color=INK)
    top = len(lines) + 2
    for place, (name, width) in enumerate(
        (("Column", 24), ("Needed", 10), ("What belongs into it", 70), ("Allowed words", 48), ("Example", 36)), start=1
    ):
        head = sheet.cell(top, place, name)
        head.font = Font(name="Calibri", bold=True, color=PAPER)
        head.fill = PatternFill("solid", fgColor=INK)
        sheet.column_dimensions["ABCDE"[place - 1]].width = width
    for number, column in enumerate(template.columns, start=top + 1):
        row = (column.name, "yes" if column.needed else "no", column.about, column.allowed, column.example)
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place, value or None)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.number_format = "@"
            cell.font = Font(name="Calibri", bold=place == 1)
    sheets.fitted(sheet, top + 1, top + len(template.columns))
    sheets.for_print(sheet)
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.sheet_view.showGridLines = False


def _drop_downs(sheet: Worksheet, lists: Worksheet, template: Template) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    taken = 0
    for place, column in enumerate(template.columns, start=1):
        if not column.values:
            continue
        taken += 1
        letter = get_column_letter(taken)
        lists.cell(1, taken, column.name)
        for number, value in enumerate(column.values, start=2):
            lists.cell(number, taken, _typed(column, value)).number_format = "@"
        rule = DataValidation(
            type="list",
            formula1=f"={sheets.LISTS}!${letter}$2:${letter}${len(column.values) + 1}",
            allow_blank=True,
            showErrorMessage=True,
            errorStyle="warning" if column.open else "stop",
            errorTitle="Not in the list",
            error="Choose a word from the list." if not column.open else "Not in the list. Keep it all the same?",
            showInputMessage=True,
            promptTitle=column.name[:32],
            prompt=column.about[:250],
        )
        rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{ROWS}")
        sheet.add_data_validation(rule)
