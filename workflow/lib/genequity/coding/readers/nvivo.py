"""Reading what NVivo writes for those who have no .qdpx: reports of coded references, and framework matrices.

Verified in public analysis code: ``Files\\\\folder\\\\name - § 2 references coded [ 6.78% Coverage]``, with and without
angle brackets around the name, and ``Reference 1 - 5.80% Coverage`` before each reference; a matrix heads its columns
``A : code`` and its rows ``1 : case``. Not verified: other languages; the signs, numbers and per cent are relied on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from genequity.coding import archive, decode, offsets, project
from genequity.coding.project import Project
from genequity.coding.readers import grid, transcripts
from genequity.errors import InputError, Problem

REPORT, MATRIX = "nvivo-report", "nvivo-matrix"
NO_POSITION = "no position in the file"
HEADING = re.compile(r"^\s*<?(?P<name>.+?)>?\s+[-–]\s+§\s*(?P<count>\d+)\s.*\[[^\]\d]*[\d.,]+\s*%[^\]]*\]\s*$")
REFERENCE = re.compile(r"^\s*\w+\s+\d+\s*[-–:]?\s+(?:[^\W\d]+\s+)?[\d.,]+\s*%(?:\s+\w+)?\s*$")
NAME = re.compile(r"^\s*(?:Name|Nom|Nombre|Nome|Code|Node|Codename)\s*:\s*(?P<code>\S.*?)\s*$", re.IGNORECASE)
PLACE = re.compile(r"^\s*<?(?:Nodes|Codes|Nœuds|Nodos|Knoten|Codes)\\+(?P<code>[^<>]+?)>?\s*$", re.IGNORECASE)
LABEL = re.compile(r"^\s*(?:[A-Z]{1,3}|\d+)\s+:\s+")


def lines(path: str | Path) -> list[str]:
    """Return the lines of a report, whether Word or text."""
    raw = archive.read_file(path)
    if raw.startswith(b"PK\x03\x04"):
        return transcripts.docx_text(path).split("\n")
    if raw.lstrip().startswith(b"{\\rtf"):
        return transcripts.rtf_text(raw).split("\n")
    return offsets.canonical(decode.decode(raw).text).split("\n")


def is_report(rows: Sequence[str]) -> bool:
    """Whether lines are those of a report of coded references."""
    return any(HEADING.match(row) for row in rows)


def read_report(path: str | Path) -> Project:
    """Read a report of coded references.

    The code is what a line ``Name: …`` or ``Codes\\\\…`` before the references says, else the file's name. References
    that a heading announces and that do not follow are listed as unreadable.

    Raises
    ------
    InputError
        When no line is the heading of a source.
    """
    rows = lines(path)
    if not is_report(rows):
        do = "export the code's references as Word or text, with coverage, or set 'format: auto'"
        message = "no line is a heading like 'Files\\\\name - § 2 references coded [3.42% Coverage]'"
        raise InputError(Problem(str(path), message, expected="NVivo's report of a code's references", do=do))
    segments: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    sources: list[str] = []
    code, source, announced, read, words = Path(path).stem, "", 0, 0, None

    def close_reference() -> None:
        nonlocal words, read
        if words is not None:
            text = "\n".join(words).strip()
            if text:
                place = {"start": None, "end": None, "repaired": NO_POSITION, "memo": "", "created": ""}
                segments.append({"source": source, "coder": project.NO_CODER, "code": code, "text": text} | place)
            else:
                unreadable.append(_lost(source, code, "the report shows no words for this reference"))
            read += 1
        words = None

    def close_source() -> None:
        close_reference()
        for _ in range(announced - read):
            unreadable.append(_lost(source, code, "the report announces this reference and does not show it"))

    for place, row in enumerate(rows):
        heading = HEADING.match(row)
        named = PLACE.match(row) or NAME.match(row)
        if named and any(words or []):  # a speaker's "Name: …" is no heading
            following = next((line for line in rows[place + 1 :] if line.strip()), "")
            named = named if HEADING.match(following) else None
        if heading:
            close_source()
            source = _last_step(heading["name"])
            announced, read = int(heading["count"]), 0
            sources.append(source)
        elif REFERENCE.match(row) and source:
            close_reference()
            words = []
        elif named:
            close_source()
            code, announced, read, source = _path(named["code"]), 0, 0, ""
        elif words is not None:
            words.append(row.strip())
    close_source()
    return _project(path, "NVivo, report of references", REPORT, segments, unreadable, list(dict.fromkeys(sources)))


def _lost(source: str, code: str, reason: str) -> dict[str, Any]:
    row = {"source": source, "reason": reason, "code": code, "coder": project.NO_CODER}
    return row | {"start": "", "end": "", "lost": True}


def _last_step(name: str) -> str:
    return re.split(r"\\+|/", name.strip())[-1].strip() or name.strip()


def _path(name: str) -> str:
    return project.SEPARATOR.join(step.strip() for step in re.split(r"\\+", name) if step.strip())


def _project(path, origin: str, name: str, segments: list, unreadable: list, sources: list[str], **more) -> Project:
    proof = {"text": "", "repaired": NO_POSITION, "proof": "the file holds segments only"}
    codes = dict.fromkeys([*(row["code"] for row in segments), *(row["code"] for row in unreadable)])
    return Project(
        name=Path(path).stem,
        origin=origin,
        format=name,
        codes=project.frame([{"code": c, "description": "", "colour": ""} for c in codes if c], project.CODE_COLUMNS),
        sources=project.frame([{"source": source} | proof for source in sources], project.SOURCE_COLUMNS),
        segments=project.segment_frame(segments),
        unreadable=project.frame(unreadable, project.UNREADABLE_COLUMNS),
        codings=len(segments) + len(unreadable),
        **more,
    )


def matrix_rows(table: grid.Grid) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """Return codes and, for each case, its cells, when a sheet is a matrix of cases by codes in words; else None."""
    for sheet in table.sheets:
        rows = [row for row in sheet.rows if any(cell.strip() for cell in row)]
        if len(rows) < 2 or len(rows[0]) < 2:
            continue
        marked = sum(bool(LABEL.match(cell)) for cell in rows[0][1:]) + sum(
            bool(LABEL.match(r[0])) for r in rows[1:] if r
        )
        if marked < 0.8 * (len(rows[0]) - 1 + len(rows) - 1):
            continue
        return rows[0][1:], [(row[0], row[1:]) for row in rows[1:] if row and row[0].strip()]
    return None


def read_matrix(path: str | Path) -> Project:
    """Read a framework matrix: rows are cases, columns codes, cells a researcher's summaries, which are no codings.

    Raises
    ------
    InputError
        When no sheet is a matrix, or its cells are numbers (a matrix of counts).
    """
    table = grid.read(path)
    found = matrix_rows(table) or _plain_matrix(table)
    expected = "NVivo's framework matrix: cases in rows (1 : name), codes in columns (A : code), words in the cells"
    if found is None:
        raise InputError(Problem(str(path), "no sheet is a framework matrix", expected=expected))
    codes, cases = found
    filled = [cell for _, cells in cases for cell in cells if cell.strip()]
    if filled and all(re.fullmatch(r"[\d.,]+\s*%?", cell.strip()) for cell in filled):
        message = "the cells are numbers: this is a matrix of counts, which holds no words"
        raise InputError(Problem(str(path), message, expected=expected, do="export the framework matrix itself"))
    names = [_path(LABEL.sub("", code)) for code in codes]
    summaries = [
        {"case": LABEL.sub("", case).strip(), "code": name, "text": cell.strip()}
        for case, cells in cases
        for name, cell in zip(names, cells)
        if cell.strip() and name
    ]
    note = f"{len(summaries)} summaries in {len(cases)} cases were read; they are a researcher's words, not codings"
    done = _project(path, "NVivo, framework matrix", MATRIX, [], [], [], notes=[note])
    done.summaries = project.frame(summaries, project.SUMMARY_COLUMNS)
    done.codes = project.frame([{"code": n, "description": "", "colour": ""} for n in names if n], project.CODE_COLUMNS)
    done.cases = project.frame(
        [{"case": LABEL.sub("", case).strip(), "source": ""} for case, _ in cases], project.CASE_COLUMNS
    )
    return done


def _plain_matrix(table: grid.Grid) -> tuple[list[str], list[tuple[str, list[str]]]] | None:
    """Take the first sheet with a heading row as a matrix, for those who name the format themselves."""
    for sheet in table.sheets:
        rows = [row for row in sheet.rows if any(cell.strip() for cell in row)]
        if len(rows) > 1 and len(rows[0]) > 1:
            return rows[0][1:], [(row[0], row[1:]) for row in rows[1:] if row and row[0].strip()]
    return None
