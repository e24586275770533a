"""The spreadsheet of all alternatives, from the released tables of the primary analyses: the same bytes each time."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, tables
from genequity.numbers import say

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("questions", "alternatives", "changes")
MOMENT = (2000, 1, 1, 0, 0, 0)  # of every part of the archive: no clock is read
TITLES = {"questions": "primary", "alternatives": "alternatives", "changes": "changes"}
WIDTHS = {"text": 44, "answer": 70, "analysis": 50, "model": 50, "reason": 50, "before": 50, "after": 50}
WIDTHS |= {"source_row": 44, "alternative": 30, "variation": 24, "short": 34, "statement": 60}


def write(released: Iterable[str], study: Mapping[str, Any], path: str) -> None:
    """Write ``alternatives.xlsx``: read me, primary (questions and their answers), alternatives, changes.

    Parameters
    ----------
    released : iterable of str
        The released tables ``primary/*``.
    study : mapping
        ``study.json``: title, date, watermark.
    path : str
        The file to write.
    """
    from openpyxl import Workbook

    found = {files.table_of(file): file for file in released}
    frames = {name: tables.read(found[name], f"primary/{name}") for name in (*TABLES, "answers")}
    book = Workbook()
    mark = str(study.get("watermark") or "")
    _read_me(book.active, study, frames, mark)
    primary = frames["answers"].merge(
        frames["questions"][
            ["question", "place", "short", "headline", "analysis", "model", "declared", "timing", "answer"]
        ],
        on="question",
    )
    primary = primary.sort_values(["place", "group"])
    first = ["question", "short", "group", "comparator", "estimate", "ci_low", "ci_high", "unit", "n", "direction"]
    primary = primary[[*first, *(name for name in primary if name not in (*first, "place"))]]
    order = frames["questions"].set_index("question")["place"]
    alternatives = frames["alternatives"].assign(at=frames["alternatives"]["question"].map(order))
    alternatives = alternatives.sort_values(["at", "group", "alternative", "place"]).drop(columns="at")
    _sheet(book.create_sheet("primary"), primary, _described("answers", "questions"), mark)
    _sheet(book.create_sheet("alternatives"), alternatives, _described("alternatives"), mark)
    _sheet(book.create_sheet("changes"), frames["changes"], _described("changes"), mark)
    _save(book, study, path)


def _described(*names: str) -> dict[str, str]:
    """Return column -> its description in the table schemas."""
    return {
        column.name: column.description
        for name in names
        for column in tables.schema(f"primary/{name}").columns.values()
    }


def _read_me(sheet: Any, study: Mapping[str, Any], frames: Mapping[str, pd.DataFrame], mark: str) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.title = "read me"
    asked = frames["questions"]
    lines = [
        (study["title"], True),
        (mark, True),
        (f"Version {study['version']}, {study['date']}. {study.get('output_checked', '')}", False),
        ("", False),
        ("Every way in which the questions of this study were answered", True),
        ("The sheet 'primary' holds the answers that were declared beforehand.", False),
        ("The sheet 'alternatives' holds every other released estimate that answers the same question.", False),
        ("The sheet 'changes' holds what was changed since the declaration, when and why.", False),
        ("Each value is a cell of a released table. Its table and row stand in source_table and source_row.", False),
        (f"Small numbers: {study.get('release_rule') or 'no rule applies'}", False),
        ("Estimates are not in the order of their size. An alternative is no test of the primary analysis.", False),
        (f"Fingerprint of the declaration: {asked['fingerprint'].iloc[0]}", False),
        (f"{say(len(asked))} questions, {say(len(frames['answers']))} primary estimates, "
         f"{say(len(frames['alternatives']))} others, {say(len(frames['changes']))} changes.", False),
    ]  # fmt: skip
    for text, strong in (line for line in lines if line[0] or not line[1]):
        sheet.append([text])
        cell = sheet.cell(sheet.max_row, 1)
        cell.font = Font(bold=strong, size=14 if sheet.max_row == 1 else 11, color=_ink(text, mark))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[sheet.max_row].height = max(_height([(text, 95)]), 20 if sheet.max_row == 1 else 0)
    sheet.column_dimensions["A"].width = 100


def _height(cells: Iterable[tuple[str, float]]) -> float:
    """Return the height in points of a row whose texts wrap in columns of these widths in characters."""
    return 15.0 * max((-(-len(text) // max(int(width * 0.95), 1)) for text, width in cells), default=1) or 15.0


def _ink(text: str, mark: str) -> str:
    return "FFB3470F" if mark and text == mark else "FF1D2B36"


def _sheet(sheet: Any, frame: pd.DataFrame, described: Mapping[str, str], mark: str) -> None:
    """Write one table: the study's mark above it, headings that stay in view, a description on each."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

    columns = [name for name in frame.columns if name != tables.SUPPRESSED]
    sheet.append([mark or "Released values"])
    sheet.cell(1, 1).font = Font(bold=True, color="FFB3470F")
    sheet.append(columns)
    for place, name in enumerate(columns, start=1):
        cell = sheet.cell(2, place)
        cell.font = Font(bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF12507B")
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        cell.border = Border(bottom=Side("thin", color="FF1D2B36"))
        if described.get(name):
            cell.comment = Comment(described[name], "genequity", width=260, height=90)
        sheet.column_dimensions[cell.column_letter].width = WIDTHS.get(name, max(12, len(name) + 3))
    for row in frame[columns].itertuples(index=False):
        sheet.append([_cell(value) for value in row])
    for line in sheet.iter_rows(min_row=3):
        sheet.row_dimensions[line[0].row].height = _height(
            (str(cell.value or ""), sheet.column_dimensions[cell.column_letter].width) for cell in line
        )
        for cell in line:
            cell.alignment = Alignment(wrap_text=isinstance(cell.value, str), vertical="top")
            if isinstance(cell.value, float):
                cell.number_format = "0.0000"
    sheet.freeze_panes = "B3"
    if frame.empty:
        sheet.append(["none"])
    else:
        sheet.auto_filter.ref = f"A2:{sheet.cell(2, len(columns)).column_letter}{sheet.max_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:2"
    sheet.oddFooter.center.text = mark


def _cell(value: Any) -> Any:
    if value is None or str(value) in ("<NA>", "nan"):
        return None
    kind = type(value).__name__
    if kind in ("bool", "bool_"):
        return "yes" if value else "no"
    if kind.startswith(("int", "Int")):
        return int(value)
    if kind.startswith("float"):
        return float(value)
    text = str(value)
    return f"'{text}" if text[:1] in "=+@" or text[:2] in ("-=", "-+") else text  # never a formula


def _save(book: Any, study: Mapping[str, Any], path: str) -> None:
    """Write the workbook with one moment on every part, so that two builds give the same bytes."""
    moment = datetime(*MOMENT)
    book.properties.creator = "; ".join(study["authors"])
    book.properties.title = f"{study['title']}: primary analyses and their alternatives"
    book.properties.subject = str(study.get("watermark") or "")
    book.properties.created = book.properties.modified = moment
    book.properties.lastModifiedBy = None
    with files.writing(path) as part:
        loose = Path(f"{part}.loose")
        try:
            book.save(loose)
            _again(loose, part)
        finally:
            loose.unlink(missing_ok=True)


def _again(loose: Path, part: Path) -> None:
    """Write an archive again in a fixed order with fixed moments; the moment of saving goes from its properties."""
    import re

    stamp = "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}Z".format(*MOMENT)
    with zipfile.ZipFile(loose) as made, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(made.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = made.read(name)
            if name == "docProps/core.xml":
                text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp, content.decode())
                content = text.encode()
            entry = zipfile.ZipInfo(name, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content)
