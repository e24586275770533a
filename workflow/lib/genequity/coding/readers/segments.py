"""Reading tables of coded segments, one row a segment or a quotation, whichever program wrote them.

Headings stand in :mod:`genequity.coding.readers.dialects`. Of a row that cannot be read, each code is listed with why.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genequity.coding import project
from genequity.coding.project import Project
from genequity.coding.readers import grid
from genequity.coding.readers.dialects import DIALECTS, GENERAL, Dialect
from genequity.errors import InputError, Problem, nearest

HEADER_ROWS = 40  # rows in which the heading row is looked for
NO_POSITION = "no position in the file"
FLAG = re.compile(r"\s*code\s*:\s*(.*?)\s+applied\s*$", re.IGNORECASE)


def folded(heading: str) -> str:
    """Return a heading as headings are compared."""
    return " ".join(unicodedata.normalize("NFKC", heading).replace("\ufeff", "").split()).strip(" :").casefold()


def known_as(rows: Sequence[Sequence[str]]) -> tuple[str, int] | None:
    """Return the dialect of a sheet and the place of its heading row (from 0), or None.

    Of several that fit, the one whose marks are more headings is taken; where no marks are there, the one that knows
    more of the headings.
    """
    best: tuple[tuple[int, int], str, int] | None = None
    for place, row in enumerate(rows[:HEADER_ROWS]):
        headings = {folded(cell) for cell in row if cell}
        for name, dialect in DIALECTS.items():
            places = _places(dialect, row)
            if places is None or (dialect.flags and not any(FLAG.match(cell) for cell in row)):
                continue
            marks = max((len(group) for group in dialect.marks if headings.issuperset(group)), default=0)
            fits = (marks + 2 * dialect.flags, len(places) + (name == GENERAL))
            if best is None or fits > best[0]:
                best = (fits, name, place)
    return None if best is None else (best[1], best[2])


def _places(dialect: Dialect, row: Sequence[str]) -> dict[str, int] | None:
    """Return the place of each of our columns, or None where one that must be there is not."""
    headings = [folded(cell) for cell in row]
    found = {}
    for column, names in dialect.headings.items():
        match = [headings.index(name) for name in names if name in headings]
        if match:
            found[column] = match[0]
    needed = {"source", "text"} | (set() if dialect.flags else {"code"})
    return found if needed <= set(found) else None


def read(path: str | Path, name: str) -> Project:
    """Read a table of segments in one dialect.

    Parameters
    ----------
    path : str or Path
        Workbook, separated text or saved web page.
    name : str
        A key of :data:`DIALECTS`.

    Raises
    ------
    InputError
        When no sheet has the columns for document, code and segment.
    """
    dialect, table = DIALECTS[name], grid.read(path)
    for sheet in table.sheets:
        for place, row in enumerate(sheet.rows[:HEADER_ROWS]):
            places = _places(dialect, row)
            if places is not None:
                return _Rows(str(path), name, dialect, places, row, table.notes).project(
                    sheet.rows[place + 1 :], place + 2
                )
    raise InputError(_missing(path, dialect, table))


def _missing(path: str | Path, dialect: Dialect, table: grid.Grid) -> list[Problem]:
    """Say which columns the likeliest heading row lacks."""
    rows = [row for sheet in table.sheets for row in sheet.rows[:HEADER_ROWS]]
    known = {name for names in dialect.headings.values() for name in names}
    row = max(rows, key=lambda cells: len({folded(cell) for cell in cells} & known), default=[])
    headings = {folded(cell) for cell in row}
    words = {"source": "the document", "code": "the code", "text": "the segment"}
    needed = ["source", "text"] if dialect.flags else ["source", "code", "text"]
    return [
        Problem(
            str(path),
            f"no column holds {words[column]}.{nearest(dialect.headings[column][0], filter(None, headings))}",
            where="heading row",
            expected=f"a column headed {' or '.join(dialect.headings[column][:3])}, as {dialect.program} exports it",
            do="export the segments again with these columns shown, or set 'format: auto' beside this path",
        )
        for column in needed
        if not headings & set(dialect.headings[column])
    ] or [
        Problem(str(path), f"this is no table that {dialect.program} exports", do="set 'format: auto' beside this path")
    ]


class _Rows:
    """Turns the rows of one sheet into segments, comments and what cannot be read."""

    def __init__(self, file: str, name: str, dialect: Dialect, places: Mapping[str, int], header, notes: Sequence[str]):
        self.file, self.name, self.dialect, self.places, self.notes = file, name, dialect, places, list(notes)
        self.flags = [
            (index, found[1].strip())
            for index, cell in enumerate(header)
            if dialect.flags and (found := FLAG.match(cell))
        ]
        self.categories = [index for index, cell in enumerate(header) if folded(cell) in ("category", "categories")]
        self.segments: list[dict[str, Any]] = []
        self.unreadable: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.alone: set[str] = set()
        self.unsplit = 0

    def project(self, rows: Sequence[Sequence[str]], first: int) -> Project:
        filled = [(number, row) for number, row in enumerate(rows, first) if any(cell.strip() for cell in row)]
        if self.dialect.several:
            cells = [self._cell(row, "code") for _, row in filled]
            self.alone = {cell.strip() for cell in cells if "," not in cell and "\n" not in cell and ";" not in cell}
        for number, row in filled:
            self._row(number, row)
        if self.unsplit:
            self.notes.append(f"{self.unsplit} cells of codes hold a comma and were read as one code each")
        names = [*(row["source"] for row in self.segments), *(row["source"] for row in self.unreadable)]
        sources = [
            {"source": name, "text": "", "repaired": NO_POSITION, "proof": "the file holds segments only"}
            for name in dict.fromkeys(name for name in names if name)
        ]
        codes = [{"code": c, "description": "", "colour": ""} for c in dict.fromkeys(r["code"] for r in self.segments)]
        users = [{"user": user} for user in dict.fromkeys(row["coder"] for row in self.segments)]
        return Project(
            name=Path(self.file).stem,
            origin=f"{self.dialect.program}, exported table",
            format=self.name,
            users=project.frame([row for row in users if row["user"] != project.NO_CODER], project.USER_COLUMNS),
            codes=project.frame(codes, project.CODE_COLUMNS),
            sources=project.frame(sources, project.SOURCE_COLUMNS),
            segments=project.segment_frame(self.segments),
            unreadable=project.frame(self.unreadable, project.UNREADABLE_COLUMNS),
            comments=project.frame(self.comments, project.COMMENT_COLUMNS),
            codings=len(self.segments) + len(self.unreadable),
            notes=self.notes,
        )

    def _cell(self, row: Sequence[str], column: str) -> str:
        place = self.places.get(column)
        return row[place] if place is not None and place < len(row) else ""

    def _row(self, number: int, row: Sequence[str]) -> None:
        source = " ".join(self._cell(row, "source").split())
        text = self._cell(row, "text").replace("\r\n", "\n").replace("\r", "\n").strip()
        codes = self._codes(row)
        coder = self._cell(row, "coder").strip() or project.NO_CODER
        memo, created = self._cell(row, "memo").strip(), self._cell(row, "created").strip()
        if not codes and text:
            blank = {"source": source, "coder": coder, "start": None, "end": None, "text": text, "memo": memo}
            self.comments.append(blank)
            return
        start, end, fault = self._span(row)
        fault = (
            "its cell of words is blank" if not text else "its cell of the document is blank" if not source else fault
        )
        for code in codes or [""]:
            if fault:
                lost = {
                    "source": source,
                    "reason": fault,
                    "code": code,
                    "coder": coder,
                    "start": "",
                    "end": f"row {number}",
                }
                self.unreadable.append(lost | {"lost": True})
                continue
            place = {"start": start, "end": end, "repaired": NO_POSITION if start is None else "none"}
            words = {"source": source, "coder": coder, "code": code, "text": text, "memo": memo, "created": created}
            self.segments.append(words | place)

    def _span(self, row: Sequence[str]) -> tuple[int | None, int | None, str]:
        if not self.dialect.positions:
            return None, None, ""
        start, end = self._cell(row, "start").strip(), self._cell(row, "end").strip()
        if not start and not end:
            return None, None, ""
        if not (start.isdigit() and end.isdigit()):
            return None, None, "its positions are not whole numbers"
        if int(start) >= int(end):
            return None, None, "its end is not behind its start"
        return int(start), int(end), ""

    def _codes(self, row: Sequence[str]) -> list[str]:
        if self.dialect.flags:
            return [self._path(name) for index, name in self.flags if index < len(row) and _applied(row[index])]
        cell = self._cell(row, "code").strip()
        if not cell:
            return []
        names = self._split(cell) if self.dialect.several else [cell]
        return list(dict.fromkeys(path for name in names if (path := self._whole_path(name, row))))

    def _split(self, cell: str) -> list[str]:
        for mark in ("\n", ";"):
            if mark in cell:
                return [part.strip(" ,;\r") for part in cell.split(mark) if part.strip(" ,;\r")]
        parts = [part.strip() for part in cell.split(",")]
        if len(parts) > 1 and any(part in self.alone for part in parts):
            return [part for part in parts if part]
        self.unsplit += len(parts) > 1
        return [cell]

    def _whole_path(self, name: str, row: Sequence[str]) -> str:
        full, parent = self._cell(row, "path").strip(), self._cell(row, "parent").strip()
        if full.endswith(name) and parent and full != name:
            above = full[: -len(name)]
            mark = above[above.rfind(parent) + len(parent) :] if parent in above else ""
            return project.SEPARATOR.join(part.strip() for part in full.split(mark)) if mark else full
        steps = [row[index].strip() for index in self.categories if index < len(row) and row[index].strip()]
        path = self._path(name)
        return project.SEPARATOR.join([*reversed(steps), path]) if steps and self.name == "qualcoder-table" else path

    def _path(self, name: str) -> str:
        return project.SEPARATOR.join(step for step in re.split(self.dialect.levels, name.strip()) if step)


def _applied(cell: str) -> bool:
    return cell.strip().casefold() in ("true", "1", "yes", "x", "wahr", "vrai", "verdadero")
