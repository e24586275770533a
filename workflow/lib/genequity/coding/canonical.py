"""Reading our own table of segments, CSV or workbook: source, coder, code, start, end, text, maybe memo and created."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from genequity import authored
from genequity.coding import maxqda, project
from genequity.coding.project import Project
from genequity.errors import InputError, Problem

FORMAT = "segments-csv"
COLUMNS = ("source", "coder", "code", "start", "end", "text")


def read(path: str | Path) -> Project:
    """Read the table; positions are code points of the transcript, the end not included, or blank.

    Raises
    ------
    InputError
        When a column is missing, a cell is blank, or a position is no whole number.
    """
    table = authored.cells(path, COLUMNS, verbatim=True).rename_axis(None)
    table = table[(table != "").any(axis=1)]
    bad = [
        Problem(str(path), f"column '{column}' is missing", expected=", ".join(COLUMNS), where="row 1")
        for column in COLUMNS
        if column not in table.columns
    ]
    if bad:
        raise InputError(bad)
    for column in ("source", "code", "text"):
        rows = [str(index) for index in table.index[table[column].str.strip() == ""]]
        if rows:
            bad.append(Problem(str(path), "the cell is blank", where=f"rows {', '.join(rows[:5])}, column {column}"))
    for column in ("start", "end"):
        rows = [str(index) for index in table.index[~table[column].str.fullmatch(r"\d*")]]
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
    half = (table["start"] == "") != (table["end"] == "")
    for column in ("start", "end"):
        table[column] = pd.to_numeric(table[column].where(table[column] != "")).astype("Int64")
    turned = (table["end"] <= table["start"]).fillna(False).astype(bool)
    reasons = half.map({True: "it has a start or an end, but not both", False: ""})
    reasons = reasons.where(~turned, "its end is not behind its start")
    unread = table[reasons != ""].assign(reason=reasons[reasons != ""], lost=True)
    sources = pd.DataFrame({"source": table["source"].drop_duplicates().tolist()})
    sources = sources.assign(text="", repaired="none", proof="the file holds segments only")
    codes = pd.DataFrame({"code": table["code"].drop_duplicates().tolist()}).assign(description="", colour="")
    users = [user for user in table["coder"].drop_duplicates() if user != project.NO_CODER]
    kept = table[reasons == ""].reset_index(drop=True)
    return Project(
        name=Path(path).stem,
        origin="canonical CSV",
        format=FORMAT,
        users=project.frame([{"user": user} for user in users], project.USER_COLUMNS),
        codes=codes[project.CODE_COLUMNS],
        sources=sources[project.SOURCE_COLUMNS],
        segments=kept[[column for column in project.SEGMENT_COLUMNS if column in kept]],
        unreadable=unread.astype({"start": "str", "end": "str"})[project.UNREADABLE_COLUMNS],
        codings=len(table),
    )
