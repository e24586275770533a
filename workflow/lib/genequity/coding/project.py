"""The canonical form of a coded project, whichever program wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

SEGMENT_COLUMNS = [
    *("source", "coder", "code", "start", "end", "text", "repaired", "memo", "created"),
    *("match", "status", "kind"),
]
SOURCE_COLUMNS = ["source", "text", "repaired", "proof"]
CODE_COLUMNS = ["code", "description", "colour"]
USER_COLUMNS = ["user"]
CASE_COLUMNS = ["case", "source"]
VARIABLE_COLUMNS = ["case", "variable", "type", "value"]
UNREADABLE_COLUMNS = ["source", "reason", "code", "coder", "start", "end", "lost"]
COMMENT_COLUMNS = ["source", "coder", "start", "end", "text", "memo"]
SUMMARY_COLUMNS = ["case", "code", "text"]
EVENT_COLUMNS = ["event", "date", "title", "who", "people", "consent", "certainty"]

NO_CODER = "coder not named"
SEPARATOR = " > "

# How a segment came by its place in the text (column ``match``).
GIVEN = "given"  # the file holds positions
EXACT = "exact"  # found by its words, which stand in one place; blanks, punctuation and capitals may differ
FUZZY = "fuzzy"  # found by nearly its words, in one place
AMBIGUOUS = "ambiguous"  # its words stand in several places: left without a position
NOT_FOUND = "not found"
NO_TEXT = "no transcript"  # neither the file nor the study holds the text
MATCHES = (GIVEN, EXACT, FUZZY, AMBIGUOUS, NOT_FOUND, NO_TEXT)
# Whether it has one (column ``status``).
PLACED, WORDS_ONLY = "placed", "words only"
# What its source is (column ``kind``).
SOURCE, EVENT = "source", "event"


def empty(columns: list[str]) -> pd.DataFrame:
    """Return a frame without rows whose columns hold text."""
    return pd.DataFrame({column: pd.Series([], dtype="str") for column in columns})


def frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    """Return the rows as a frame with exactly these columns, in order of appearance."""
    return pd.DataFrame(rows, columns=columns) if rows else empty(columns)


def segment_frame(rows: list[dict]) -> pd.DataFrame:
    """Return segments as a frame; positions are nullable integers, and what a row does not say is filled in."""
    return completed(frame(rows, SEGMENT_COLUMNS).astype({"start": "Int64", "end": "Int64"}))


def completed(segments: pd.DataFrame) -> pd.DataFrame:
    """Return segments with every canonical column: how they were placed follows from their positions where unsaid."""
    if segments.empty:
        return segments.reindex(columns=[*segments.columns, *(c for c in SEGMENT_COLUMNS if c not in segments)])
    placed = segments["start"].notna()
    default = {
        "match": placed.map({True: GIVEN, False: NO_TEXT}),
        "status": placed.map({True: PLACED, False: WORDS_ONLY}),
        "kind": pd.Series(SOURCE, index=segments.index),
    }
    filled = {
        name: values if name not in segments else segments[name].where(segments[name].notna(), values)
        for name, values in default.items()
    }
    return segments.assign(**filled)


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
        One row for each coding that could not become a segment, with the reason, and as much of where it
        stood as the file says. ``lost`` is false where nothing is lost (a case put on a text is kept as a case).
    comments : pandas.DataFrame
        Marked stretches without a code: annotations, not codings.
    summaries : pandas.DataFrame
        Cells of a framework matrix, one row a case and code: a researcher's words, not a speaker's.
    events : pandas.DataFrame
        Meetings and round tables whose notes these are; they are no participants.
    codings : int
        Codings counted in the file itself; always ``len(segments) + len(unreadable)``.
    format, version : str
        How the file was read, and the version of the program that wrote it, as far as the file says.
    notes : list of str
        What a person should know of the reading, as warnings: it holds no words of the texts.
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
    comments: pd.DataFrame = field(default_factory=lambda: empty(COMMENT_COLUMNS))
    summaries: pd.DataFrame = field(default_factory=lambda: empty(SUMMARY_COLUMNS))
    events: pd.DataFrame = field(default_factory=lambda: empty(EVENT_COLUMNS))
    format: str = ""
    version: str = ""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.segments = completed(self.segments)
