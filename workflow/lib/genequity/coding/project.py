"""The canonical form of a coded project, whichever program wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

SEGMENT_COLUMNS = ["source", "coder", "code", "start", "end", "text", "repaired", "memo", "created"]
SOURCE_COLUMNS = ["source", "text", "repaired", "proof"]
CODE_COLUMNS = ["code", "description", "colour"]
USER_COLUMNS = ["user"]
CASE_COLUMNS = ["case", "source"]
VARIABLE_COLUMNS = ["case", "variable", "type", "value"]
UNREADABLE_COLUMNS = ["source", "reason"]

NO_CODER = "coder not named"
SEPARATOR = " > "


def empty(columns: list[str]) -> pd.DataFrame:
    """Return a frame without rows whose columns hold text."""
    return pd.DataFrame({column: pd.Series([], dtype="str") for column in columns})


def frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    """Return the rows as a frame with exactly these columns, in order of appearance."""
    return pd.DataFrame(rows, columns=columns) if rows else empty(columns)


@dataclass
class Project:
    """One coded project.

    Attributes
    ----------
    name, origin : str
        Project name and the program that wrote it.
    users, codes, sources, segments, cases, variables : pandas.DataFrame
        See the column lists of this module. ``start`` and ``end`` are nullable integers in code points;
        ``sources.text`` is blank when the file carries segments without their texts.
    unreadable : pandas.DataFrame
        One row for each coding that could not become a segment, with the reason.
    codings : int
        Codings counted in the file itself; always ``len(segments) + len(unreadable)``.
    """

    name: str = ""
    origin: str = ""
    users: pd.DataFrame = field(default_factory=lambda: empty(USER_COLUMNS))
    codes: pd.DataFrame = field(default_factory=lambda: empty(CODE_COLUMNS))
    sources: pd.DataFrame = field(default_factory=lambda: empty(SOURCE_COLUMNS))
    segments: pd.DataFrame = field(default_factory=lambda: empty(SEGMENT_COLUMNS))
    cases: pd.DataFrame = field(default_factory=lambda: empty(CASE_COLUMNS))
    variables: pd.DataFrame = field(default_factory=lambda: empty(VARIABLE_COLUMNS))
    unreadable: pd.DataFrame = field(default_factory=lambda: empty(UNREADABLE_COLUMNS))
    codings: int = 0
