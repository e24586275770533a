"""Reading what MAXQDA exports as text besides REFI-QDA: retrieved segments, and the code system.

Neither carries positions, so segments have none; a segment is told apart by its document, code and wording. Tables of
retrieved segments are read by :mod:`genequity.coding.readers.segments`.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd

from genequity.coding import project
from genequity.coding.project import Project
from genequity.errors import InputError, Problem, masked, missing_file

ORIGIN = "MAXQDA retrieved segments"
LOCATED = "no position in the file"
COLUMN_SLACK = 3  # characters


def _project(rows: list[dict[str, Any]]) -> Project:
    blank = {"coder": project.NO_CODER, "start": None, "end": None, "repaired": LOCATED, "memo": "", "created": ""}
    segments = project.segment_frame([blank | row for row in rows if row["text"]])
    unreadable = [
        {"source": row["source"], "reason": "its cell of words is blank", "code": row["code"], "lost": True}
        | {"coder": project.NO_CODER, "start": "", "end": ""}
        for row in rows
        if not row["text"]
    ]
    sources = [
        {"source": s, "text": "", "repaired": LOCATED, "proof": "the file holds segments only"}
        for s in segments["source"].drop_duplicates()
    ]
    codes = [{"code": code, "description": "", "colour": ""} for code in segments["code"].drop_duplicates()]
    return Project(
        name=ORIGIN,
        origin=ORIGIN,
        format="maxqda-text",
        codes=project.frame(codes, project.CODE_COLUMNS),
        sources=project.frame(sources, project.SOURCE_COLUMNS),
        segments=segments,
        unreadable=project.frame(unreadable, project.UNREADABLE_COLUMNS),
        codings=len(rows),
    )


def read_text(path: str | Path) -> Project:
    """Read retrieved segments printed as text in three columns (document, code, segment), as by PDF to text.

    The columns stand where the page's continuation lines are indented to, and may move from page to page
    (form feed).

    Raises
    ------
    InputError
        When there is no heading line, or a line cannot be assigned to a column.
    """
    lines = _lines(path)
    if not any(line.lower().startswith("document name") and "segment" in line.lower() for line in lines[:20]):
        problem = Problem(
            str(path),
            "the heading line 'Document name  Code  Segment' is missing",
            where="lines 1 to 20",
            expected="MAXQDA's list of coded segments, saved as text with its layout",
            do="export the retrieved segments again, or as .xlsx",
        )
        raise InputError(problem)
    rows: list[dict[str, Any]] = []
    bad: list[Problem] = []
    for first, page in _pages(lines):
        column = _segment_column(page)
        for number, line in enumerate(page, first):
            if not line.strip() or re.match(r"(Coded Segments|Document name)\b", line):
                continue
            if line[0] != " ":
                found = re.match(r"(\S+(?: \S+)*)\s{2,}(\S.*)$", line[:column])
                if found is None:
                    bad.append(Problem(str(path), "document and code cannot be told apart", where=f"line {number}"))
                    continue
                rows.append({"source": found[1], "code": found[2].strip(), "text": line[column:].strip()})
            elif line[:column].strip() or not rows:
                bad.append(Problem(str(path), "the line begins between two columns", where=f"line {number}"))
            else:
                rows[-1]["text"] += "\n" + line[column:].rstrip()
    if bad:
        raise InputError(bad)
    return _project([row | {"text": row["text"].strip()} for row in rows])


def _lines(path: str | Path) -> list[str]:
    if not Path(path).is_file():
        raise InputError(missing_file(str(path)))
    with masked("reading the text file", str(path), do="save it as UTF-8"):
        return Path(path).read_text(encoding="utf-8-sig").split("\n")


def _pages(lines: list[str]) -> list[tuple[int, list[str]]]:
    """Split at form feeds; each page with the number of its first line."""
    pages: list[tuple[int, list[str]]] = [(1, [])]
    for number, line in enumerate(lines, 1):
        if line.startswith("\f"):
            pages.append((number, []))
        pages[-1][1].append(line.lstrip("\f"))
    return pages


def _segment_column(page: list[str]) -> int:
    """Return where the third column begins: the indent that most continuation lines share, or nearly.

    A code that fills its column pushes its own segment one character to the left, so the least indent near
    the usual one counts.
    """
    indents = Counter(len(line) - len(line.lstrip()) for line in page if line.startswith(" ") and line.strip())
    if not indents:
        return max((len(line) for line in page), default=0)
    usual = indents.most_common(1)[0][0]
    return min(indent for indent in indents if usual - COLUMN_SLACK <= indent)


def read_code_system(path: str | Path) -> pd.DataFrame:
    """Read the code system printed as text: each code with the number of its codings.

    Returns
    -------
    pandas.DataFrame
        ``code`` (path), ``codings``; the first line, which sums them all, is left out.

    Raises
    ------
    InputError
        When no line ends in a number, or the codes do not add up to the file's own total.
    """
    rows: list[dict[str, Any]] = []
    total: int | None = None
    above: list[tuple[int, str]] = []
    for line in _lines(path):
        found = re.match(r"( *)(\S.*?)(?:\s{2,}\S.*?)?\s{2,}(\d+)\s*$", line.lstrip("\f"))
        if not found:
            continue
        indent, name, count = len(found[1]), found[2], int(found[3])
        if indent == 0 and total is None:
            total = count
            continue
        above = [entry for entry in above if entry[0] < indent]
        path_parts = [entry[1] for entry in above] + [name]
        above.append((indent, name))
        rows.append({"code": project.SEPARATOR.join(path_parts), "codings": count})
    if total is None or sum(row["codings"] for row in rows) != total:
        problem = Problem(
            str(path),
            "the codes do not add up to the total on the first line",
            expected="MAXQDA's code system, saved as text with its layout: code, memo, frequency",
            do="export the code system again, or leave inputs.frequencies out",
        )
        raise InputError(problem)
    return pd.DataFrame(rows, columns=["code", "codings"])
