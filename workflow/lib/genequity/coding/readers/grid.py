"""Reading a table that somebody else made: workbook, separated text in any encoding, or a table of a saved web page."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from pathlib import Path

from genequity.coding import archive, decode
from genequity.errors import InputError, Problem, masked

CELLS = 20_000_000  # of one workbook
SEPARATORS = ",;\t|"
LOOKED_AT = 64 * 2**10  # characters from which the separator is told
EXPECTED = "a table as .xlsx, .csv, .tsv or .html"


@dataclass(frozen=True)
class Sheet:
    """Cells of one sheet as text, row by row; the first row is row 1."""

    name: str
    rows: list[list[str]]


@dataclass(frozen=True)
class Grid:
    """All sheets of a table, what kind of file it is, and warnings."""

    sheets: list[Sheet]
    kind: str
    notes: list[str] = field(default_factory=list)


def read(path: str | Path) -> Grid:
    """Read every sheet of a table.

    Raises
    ------
    InputError
        When the file is missing, unsafe, or no table.
    """
    with_head = archive.read_file(path)
    if with_head.startswith(b"PK\x03\x04"):
        return Grid(_workbook(path), "xlsx")
    if with_head.startswith(b"\xd0\xcf\x11\xe0"):
        message = "this is an old Excel file (.xls) or is protected by a password"
        raise InputError(Problem(str(path), message, expected=EXPECTED, do="save it as .xlsx without a password"))
    if with_head.startswith((b"SQLite format 3\0", b"%PDF")):
        kind = "a PDF" if with_head.startswith(b"%PDF") else "a database"
        raise InputError(Problem(str(path), f"this is {kind}, not a table", expected=EXPECTED))
    found = decode.decode(with_head)
    notes = [found.warning] if found.warning else []
    text = found.text.removeprefix(decode.BOM)
    if text.lstrip()[:200].lower().startswith(("<!doctype html", "<html", "<table")):
        return Grid(_web_page(text, path), "html", notes)
    return Grid([Sheet("", _separated(text, path))], "csv", notes)


def _workbook(path: str | Path) -> list[Sheet]:
    archive.check_office(path, "a workbook (.xlsx)")
    with masked("reading the workbook", str(path), do="save it again as .xlsx"), Path(path).open("rb") as handle:
        from openpyxl import load_workbook

        book = load_workbook(handle, read_only=True, data_only=True, keep_links=False)
        sheets, cells = [], 0
        for sheet in book.worksheets:
            rows = []
            sheet.reset_dimensions()  # some programs declare a size that is not theirs
            for row in sheet.iter_rows(values_only=True):
                values = ["" if cell is None else _shown(cell) for cell in row]
                while values and not values[-1]:
                    values.pop()
                cells += len(values)
                if cells > CELLS:
                    raise InputError(Problem(str(path), f"the workbook holds more than {CELLS:,} cells and is refused"))
                rows.append(values)
            sheets.append(Sheet(sheet.title, rows))
        book.close()
    return sheets


def _shown(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("_x000D_", "")


def _separated(text: str, path: str | Path) -> list[list[str]]:
    csv.field_size_limit(archive.PLAIN_BYTES)
    declared = re.match(r'"?sep=(.)"?[\r\n]+', text)  # a line that Excel writes for itself
    text = text[declared.end() :] if declared else text
    with masked("reading the table", str(path), do="save it again as CSV in UTF-8"):
        rows = csv.reader(
            io.StringIO(text.replace("\0", ""), newline=""), delimiter=declared[1] if declared else separator(text)
        )
        return [list(row) for row in rows]


def separator(text: str) -> str:
    """Return the character between the cells: the one that cuts the first rows into equally many cells.

    >>> separator("a;b,c;d\\n1;2;3\\n")
    ';'
    """
    sample = text[:LOOKED_AT]
    best, most = ",", (0.0, 0)
    for mark in SEPARATORS:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark) if row][:50]
        if len(text) > LOOKED_AT:
            rows = rows[:-1] or rows
        width = len(rows[0]) if rows else 0
        same = sum(len(row) == width for row in rows) / len(rows) if rows and width > 1 else 0.0
        if (same, width) > most:
            best, most = mark, (same, width)
    return best


def _web_page(text: str, path: str | Path) -> list[Sheet]:
    from lxml import html

    from genequity.coding.readers import markup

    with masked("reading the web page", str(path), do="save it again, or as .xlsx"):
        root = html.document_fromstring(text, parser=html.HTMLParser(no_network=True))
        sheets = []
        for number, table in enumerate(root.iter("table"), 1):
            rows = [
                [
                    markup.flat(html.tostring(cell, encoding="unicode")).text.strip()
                    for cell in row
                    if cell.tag in ("td", "th")
                ]
                for row in table.iter("tr")
            ]
            sheets.append(Sheet(f"table {number}", rows))
    return sheets
