"""The framework matrix as people read it: cases by themes, each cell a summary and the passages it rests on.

The whole matrix holds words and is restricted. What leaves is an excerpt: themes by role, with the words of the small-
number rule instead of cases, the ids of quotations that leave, and summaries of a whole role.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from genequity.interviews import summaries
from genequity.interviews.cases import ALL, ALL_SOURCES, NOT_RAISED
from genequity.interviews.read import NO_TABLE

EXCERPT_COLUMNS = ["theme", "role", "raised", "quotes", "summary"]


@dataclass(frozen=True)
class Cell:
    """One case and theme: the summary and its state, and the segments as (id, code, words)."""

    case: str
    theme: str
    summary: str
    state: str
    recorded: str
    now: str
    segments: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Matrix:
    """Cases with what is said beside them, themes with their labels, and a cell for each pair."""

    cases: list[tuple[str, str]]
    themes: dict[str, str]
    cells: dict[tuple[str, str], Cell]
    wholes: list[Cell] = field(default_factory=list)  # of a role or of all: summaries only
    watermark: str = ""

    def row(self, case: str) -> list[Cell]:
        """Return the cells of a case, in the order of the themes."""
        return [self.cells[case, theme] for theme in self.themes]


def build(
    cases: pd.DataFrame,
    segments: pd.DataFrame,
    themes: Mapping[str, str],
    written: pd.DataFrame,
    watermark: str = "",
) -> Matrix:
    """Put the matrix together.

    Parameters
    ----------
    cases : pandas.DataFrame
        ``case, role, group, setting, language``.
    segments : pandas.DataFrame
        One row a segment and participant, with ``source`` (the participant), ``theme, code, text, created``.
    themes : mapping
        Theme -> label, in order.
    written : pandas.DataFrame
        From :func:`genequity.interviews.summaries.read`.
    watermark : str
        Printed at the top.
    """
    held: dict[tuple[str, str], list] = {}
    ordered = segments.sort_values(["source", "start", "segment"], kind="stable")
    created = ordered["created"] if "created" in ordered else pd.Series("", index=ordered.index)
    columns = zip(ordered["source"], ordered["theme"], ordered["segment"], ordered["code"], ordered["text"], created)
    for source, theme, segment, code, text, day in columns:
        held.setdefault((source, theme), []).append((segment, code, " ".join(text.split()), str(day or "")))
    said = {(row.case, row.theme): row for row in written.itertuples()}
    cells = {}
    for case in cases["case"]:
        for theme in themes:
            parts = held.get((case, theme), [])
            cells[case, theme] = _cell(case, theme, parts, said.get((case, theme)))
    beside = [(row.case, _beside(row)) for row in cases.itertuples()]
    texts = _of_roles(segments, cases)
    wholes = []
    for role in [*sorted({*cases["role"]} - {NO_TABLE}), ALL]:
        for theme in themes:
            row, now = said.get((role, theme)), summaries.mark(texts.get((role, theme), []))
            text, recorded = (row.summary, row.based_on) if row is not None else ("", "")
            wholes.append(Cell(role, theme, text, summaries.state(text, recorded, now), recorded, now))
    return Matrix(beside, dict(themes), cells, wholes, watermark)


def _of_roles(segments: pd.DataFrame, cases: pd.DataFrame) -> dict[tuple[str, str], list[str]]:
    """Return the words of all segments of a role, and of all participants, on a theme."""
    role = cases.set_index("case")["role"].to_dict()
    texts: dict[tuple[str, str], list[str]] = {}
    for source, theme, text in zip(segments["source"], segments["theme"], segments["text"]):
        for whole in (role[source], ALL):
            texts.setdefault((whole, theme), []).append(text)
    return texts


def _cell(case: str, theme: str, parts: list, row) -> Cell:
    now = summaries.mark(words for _, _, words, _ in parts)
    text, recorded = (row.summary, row.based_on) if row is not None else ("", "")
    newest = max((day for *_, day in parts), default="")
    state = summaries.state(text, recorded, now, newest)
    return Cell(case, theme, text, state, recorded, now, [(name, code, words) for name, code, words, _ in parts])


def _beside(row) -> str:
    facts = [row.role, row.group, row.setting, row.language]
    return ", ".join(fact for fact in facts if fact and fact != NO_TABLE)


def long(matrix: Matrix) -> pd.DataFrame:
    """Return the matrix in long form, one row a cell; restricted, since it holds words."""
    rows = [
        {
            "case": cell.case,
            "theme": cell.theme,
            "segments": len(cell.segments),
            "segment_ids": " ".join(name for name, _, _ in cell.segments) or NOT_RAISED,
            "summary": cell.summary,
            "summary_state": cell.state,
            summaries.RECORDED: cell.recorded,
            summaries.NOW: cell.now,
            "words": " / ".join(words for _, _, words in cell.segments) or NOT_RAISED,
        }
        for cell in matrix.cells.values()
    ]
    return pd.DataFrame(rows)


def states(matrix: Matrix) -> dict[str, int]:
    """Count the cells by the state of their summary."""
    found = dict.fromkeys((summaries.CURRENT, summaries.STALE, summaries.UNCHECKED, summaries.ABSENT), 0)
    for cell in matrix.cells.values():
        found[cell.state] += 1
    return found


def excerpt(
    prevalence: pd.DataFrame, segments: pd.DataFrame, cases: pd.DataFrame, written: pd.DataFrame, quotes: pd.DataFrame
) -> pd.DataFrame:
    """Return what of the matrix may leave: themes by role.

    Parameters
    ----------
    prevalence : pandas.DataFrame
        ``theme, role, raised``, from :func:`genequity.interviews.cases.prevalence`.
    segments : pandas.DataFrame
        One row a segment and participant.
    cases : pandas.DataFrame
        ``case, role``.
    written : pandas.DataFrame
        Summaries; those of a role (or of all) leave where they are current. A stale one may rest on the words of
        somebody who withdrew.
    quotes : pandas.DataFrame
        ``quote, theme, role`` of the quotations that leave.
    """
    texts = _of_roles(segments, cases)
    said = {(row.case, row.theme): row for row in written.itertuples()}
    rows = []
    for theme, who, raised in prevalence[["theme", "role", "raised"]].itertuples(index=False):
        here = quotes[(quotes["theme"] == theme) & ((quotes["role"] == who) | (who in (ALL, ALL_SOURCES)))]
        row, now = said.get((who, theme)), summaries.mark(texts.get((who, theme), []))
        current = row is not None and summaries.state(row.summary, row.based_on, now) == summaries.CURRENT
        rows.append([theme, who, raised, " ".join(sorted(here["quote"])) or None, row.summary if current else None])
    return pd.DataFrame(rows, columns=EXCERPT_COLUMNS)


def blocks(themes: Sequence[str], most: int) -> list[list[str]]:
    """Return the themes in groups of nearly the same size, none larger than ``most``, as pages hold them side by side.

    >>> [len(part) for part in blocks("abcdefg", 5)]
    [4, 3]
    """
    count = max(-(-len(themes) // most), 1)
    size, more = divmod(len(themes), count)
    found, at = [], 0
    for place in range(count):
        step = size + (place < more)
        found.append(list(themes[at : at + step]))
        at += step
    return found
