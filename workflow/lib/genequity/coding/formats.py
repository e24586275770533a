"""One door for all coded input: the format's name in the config chooses the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from genequity import intake
from genequity.coding import maxqda, project, refi
from genequity.coding.project import Project
from genequity.errors import InputError, Problem, masked, nearest

CANONICAL_COLUMNS = ("source", "coder", "code", "start", "end", "text")


def read_canonical(path: str | Path) -> Project:
    """Read our own CSV of segments: source, coder, code, start, end, text (and, if wanted, memo, created).

    Raises
    ------
    InputError
        When a column is missing, a cell is blank, or a position is no whole number.
    """
    intake.small(path)
    with masked("reading the CSV file", str(path), do="save it as comma-separated UTF-8"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    bad = [
        Problem(str(path), f"column '{column}' is missing", expected=", ".join(CANONICAL_COLUMNS), where="row 1")
        for column in CANONICAL_COLUMNS
        if column not in table.columns
    ]
    if bad:
        raise InputError(bad)
    for column in ("source", "code", "text"):
        rows = [str(index + 2) for index in table.index[table[column].str.strip() == ""]]
        if rows:
            bad.append(Problem(str(path), "the cell is blank", where=f"rows {', '.join(rows[:5])}, column {column}"))
    for column in ("start", "end"):
        rows = [str(index + 2) for index in table.index[~table[column].str.fullmatch(r"\d*")]]
        if rows:
            where = f"rows {', '.join(rows[:5])}, column {column}"
            bad.append(
                Problem(str(path), "the cell is not a whole number", where=where, expected="a position or blank")
            )
    if bad:
        raise InputError(bad)
    for column in ("memo", "created"):
        if column not in table.columns:
            table[column] = ""
    table["coder"] = table["coder"].where(table["coder"] != "", project.NO_CODER)
    table["repaired"] = ["none" if start else maxqda.LOCATED for start in table["start"]]
    for column in ("start", "end"):
        table[column] = pd.to_numeric(table[column].where(table[column] != "")).astype("Int64")
    sources = pd.DataFrame({"source": table["source"].drop_duplicates().tolist()})
    sources = sources.assign(text="", repaired="none", proof="the file holds segments only")
    codes = pd.DataFrame({"code": table["code"].drop_duplicates().tolist()}).assign(description="", colour="")
    return Project(
        name=Path(path).stem,
        origin="canonical CSV",
        codes=codes[project.CODE_COLUMNS],
        sources=sources[project.SOURCE_COLUMNS],
        segments=table[project.SEGMENT_COLUMNS],
        codings=len(table),
    )


READERS = {
    "refi-qda": refi.read,
    "maxqda-text": maxqda.read_text,
    "maxqda-table": maxqda.read_table,
    "segments-csv": read_canonical,
}


def read(entry: Mapping[str, str]) -> Project:
    """Read one project named in the config.

    Parameters
    ----------
    entry : mapping
        ``path``, ``format`` (a key of :data:`READERS`) and, if wanted, ``coder``, which then stands for
        whoever coded.
    """
    name = entry.get("format", "refi-qda")
    if name not in READERS:
        problem = Problem(
            entry["path"],
            f"the format '{name}' is not known.{nearest(name, READERS)}",
            expected=f"one of {', '.join(READERS)}",
            do="correct 'format' beside this path in the config",
        )
        raise InputError(problem)
    found = READERS[name](entry["path"])
    coder = entry.get("coder")
    if not coder:
        return found
    return replace(found, segments=found.segments.assign(coder=coder), users=pd.DataFrame({"user": [coder]}))


def read_all(entries: Iterable[Mapping[str, str]]) -> list[Project]:
    """Read every project; all problems of all files are raised together."""
    found, bad = [], []
    for entry in entries:
        try:
            found.append(read(entry))
        except InputError as error:
            bad.extend(error.problems)
    if bad:
        raise InputError(bad)
    return found
