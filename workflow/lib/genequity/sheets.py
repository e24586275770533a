"""Tables that people write in a spreadsheet program: read as text from a workbook, written the same bytes each time.

A researcher who fills an Excel template does not have to convert it. The first sheet that has the wanted columns is the
table, whatever it is called; sheets that explain are passed over. What spreadsheets do to tables (merged cells, results
that were not saved, old and protected files) is answered in plain words; no cell's value is ever repeated.
"""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, reading
from genequity.errors import InputError, Problem, masked, raise_if

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ENDINGS = (".xlsx", ".xlsm")
ABOUT = "About the columns"  # the sheet of a template that explains it
LISTS = "Lists"  # the hidden sheet of a template that holds its drop-downs
DO = "save it in the spreadsheet program as an Excel workbook (.xlsx)"
ZIP, OLD = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
LOOKED_FOR_HEADER = 12  # rows
MADE = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip archive can hold


@dataclass(frozen=True)
class Sheet:
    """A table as text: its sheet's name, the column names, and each row with its number as the program counts it."""

    name: str
    header: list[str]
    rows: list[tuple[int, list[str]]]


def is_workbook(file: str | Path) -> bool:
    """Whether a file's name says that it is an Excel workbook.

    >>> is_workbook("inputs/policy/register.xlsx"), is_workbook("register.csv")
    (True, False)
    """
    return Path(file).suffix.lower() in ENDINGS


def unlike_workbook(path: Path, file: str) -> Problem | None:
    """Return what is wrong with a file that is named as a workbook and is none."""
    content = path.read_bytes()
    if content.startswith(OLD):
        return old(content, file)
    if not content.startswith(ZIP):
        blank = not content.strip()
        message = "the file is empty" if blank else "the file is named as a workbook, but it is text or something else"
        do = DO if blank else "if it is a CSV, give it the ending .csv, also in the config; else " + DO
        return Problem(file, message, expected="an Excel workbook", do=do)
    with masked("opening the workbook", file, do=DO), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if "xl/workbook.xml" in names:
        return None
    found = "a Word document" if "word/document.xml" in names else "an archive or a file of another program"
    return Problem(file, f"the file is named as a workbook, but it is {found}", expected="an Excel workbook", do=DO)


def old(content: bytes, file: str) -> Problem:
    """Return the problem of a file in the format of Excel before 2007, in which protected workbooks are kept too."""
    if ENCRYPTED in content:
        return Problem(file, "the workbook is protected by a password", do="save it without a password")
    return Problem(file, "this is an old Excel workbook (.xls)", expected="an .xlsx or a CSV file", do=DO)


def read(file: str, wanted: Iterable[str] = ()) -> Sheet:
    """Read the table of a workbook.

    Parameters
    ----------
    file : str
        As named in the config.
    wanted : iterable of str
        Columns that tell which sheet is meant; without them it is the first one that holds anything.

    Raises
    ------
    InputError
        When it is no workbook, holds no table, or holds merged cells, errors or results that were not saved.
    """
    wanted = list(wanted)
    raise_if(filter(None, [unlike_workbook(Path(file), file)]))
    import openpyxl

    with masked("reading the workbook", file, do=DO):
        book = openpyxl.load_workbook(file, data_only=True)
    sheet = _chosen(book, wanted)
    if sheet is None:
        raise InputError(Problem(file, "no sheet holds anything", expected="a header row and one row for each entry"))
    raise_if(_faults(sheet, file, wanted))
    header = [text(cell) for cell in sheet[1]]
    while header and not header[-1]:
        header.pop()
    raise_if(_repeated(header, file, sheet.title))
    raise_if(_unsaved(file, sheet, len(header)))
    rows = [
        (number, [text(cell) for cell in cells[: len(header)]])
        for number, cells in enumerate(sheet.iter_rows(min_row=2), start=2)
    ]
    reading.note(file, sheet=sheet.title)
    return Sheet(sheet.title, header, [(number, cells) for number, cells in rows if any(cells)])


def _chosen(book: Workbook, wanted: list[str]) -> Worksheet | None:
    shown = [s for s in book.worksheets if s.sheet_state == "visible" and s.title not in (ABOUT, LISTS)]
    filled = [s for s in shown if any(cell.value is not None for row in s.iter_rows() for cell in row)]
    whole = [s for s in filled if set(wanted) <= {text(cell) for cell in s[1]}]
    return next(iter([*whole, *filled]), None)


def _faults(sheet: Worksheet, file: str, wanted: list[str]) -> Iterator[Problem]:
    here = f"sheet {sheet.title}"
    for area in sorted(sheet.merged_cells.ranges, key=lambda found: (found.min_row, found.min_col)):
        head = area.min_row == 1
        what = "cells of the header row are merged" if head else "cells are merged; only the first of them has a value"
        yield Problem(
            file,
            what,
            where=f"{here}, row {area.min_row}, cells {area.coord}",
            expected="one name in each cell of row 1" if head else "one value in each cell",
            do="select them and take the merging back" + ("" if head else ", then fill each cell"),
        )
    first = {text(cell) for cell in sheet[1]}
    if wanted and not first & set(wanted):
        for number in range(2, min(sheet.max_row, LOOKED_FOR_HEADER) + 1):
            if 2 * len({text(cell) for cell in sheet[number]} & set(wanted)) >= len(wanted):
                yield Problem(
                    file,
                    f"the names of the columns stand in row {number}",
                    where=f"{here}, row {number}",
                    expected="the names of the columns in row 1",
                    do="delete the rows above them",
                )
                break
    for row in sheet.iter_rows():
        for cell in row:
            if cell.data_type == "e":
                where = f"{here}, row {cell.row}, cell {cell.coordinate}"
                yield Problem(file, "the cell shows an error of the spreadsheet program", where, do="mend its formula")


def _repeated(header: list[str], file: str, title: str) -> Iterator[Problem]:
    for name in dict.fromkeys(name for name in header if name and header.count(name) > 1):
        yield Problem(
            file,
            f"the column name '{name}' stands more than once",
            where=f"sheet {title}, row 1",
            do="keep one of the columns, or rename the other",
        )


def _unsaved(file: str, sheet: Worksheet, width: int) -> Iterator[Problem]:
    """Formulas whose result the workbook does not hold: a program wrote them and no spreadsheet has computed them."""
    with zipfile.ZipFile(file) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        if not any(re.search(rb"<f[ >/]", archive.read(name)) for name in parts):
            return
    import openpyxl

    formulas = openpyxl.load_workbook(file)[sheet.title]
    for row in formulas.iter_rows(max_col=width):
        for cell in row:
            if cell.data_type == "f" and sheet[cell.coordinate].value is None:
                yield Problem(
                    file,
                    "the cell holds a formula, and its result was not saved",
                    where=f"sheet {sheet.title}, row {cell.row}, cell {cell.coordinate}",
                    do="open the workbook in the spreadsheet program and save it, or paste the values",
                )


def text(cell: Any) -> str:
    """Return a cell as a person reads it: whole numbers without a point, a day as YYYY-MM-DD, no outer spaces."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else f"{value:.15g}"
    if isinstance(value, datetime.datetime | datetime.date):
        return _day(value, cell.number_format)
    return str(value).strip()


def _day(value: datetime.date, shown: str) -> str:
    letters = re.sub(r"\[[^\]]*\]|\"[^\"]*\"|\\.", "", str(shown).lower())
    if "y" in letters and "m" in letters and "d" not in letters and "h" not in letters:
        return f"{value:%Y-%m}"  # only the month was typed; the program made a day of it
    if isinstance(value, datetime.datetime) and (value.hour or value.minute or value.second):
        return value.isoformat(sep=" ", timespec="seconds")
    return f"{value:%Y-%m-%d}"


def fitted(sheet: Worksheet, first: int, last: int) -> None:
    """Make rows high enough for their wrapped texts: programs that open a new workbook do not always do it."""
    from openpyxl.utils import get_column_letter

    for number in range(first, last + 1):
        lines = 1
        for cell in sheet[number]:
            width = sheet.column_dimensions[get_column_letter(cell.column)].width
            shown = str(cell.value or "").splitlines()
            lines = max(lines, sum(max(1, math.ceil(1.15 * len(line) / width)) for line in shown))
        sheet.row_dimensions[number].height = 15 * lines + 3


def for_print(sheet: Worksheet) -> None:
    """Print across A4, as many pages long as it takes."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True


def save(book: Workbook, path: str | Path) -> None:
    """Write a workbook so that the same content gives the same bytes: no clock, no user."""
    book.properties.creator = "genequity"
    whole = io.BytesIO()
    book.save(whole)
    with files.writing(path) as part, zipfile.ZipFile(part, "w") as archive, zipfile.ZipFile(whole) as packed:
        for name in sorted(packed.namelist()):
            content = packed.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
