"""What stands behind a released row: quotations, passages, studies and questions, each with the number there must be.

A count and the things counted are released apart. Where both are there they must agree: a quotation, passage or study
that has gone since is missed, and the recommendation that rests on it is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genequity.findings import source

if TYPE_CHECKING:
    import pandas as pd

QUOTATION, PASSAGE, RESULT, STUDY, QUESTION = "quotation", "passage", "study result", "study", "question"


@dataclass(frozen=True)
class Behind:
    """Rows of another released table that stand behind a row.

    ``same`` maps columns of that table to columns of the row, and ``within`` to columns that hold lists (``;``);
    ``any_of`` is a value of the row that stands for all. ``count`` is the row's column with the number there must be,
    or ``(table, fixed cells, column)`` where another table says it. ``text`` is the column with the words.
    """

    kind: str
    table: str
    key: tuple[str, ...]
    text: str
    same: Mapping[str, str] = field(default_factory=dict)
    within: Mapping[str, str] = field(default_factory=dict)
    any_of: str = ""
    count: str | tuple[str, Mapping[str, str], str] = ""


_QUOTES = ("interviews/quotable", {"status": "may be quoted"}, "released")
_ALL = "All publishers"
BEHIND: dict[str, tuple[Behind, ...]] = {
    "interviews/prevalence": (
        Behind(QUOTATION, "interviews/quotes", ("quote",), "text", {"theme": "theme"}, count=_QUOTES),
    ),
    "policy/review_focus": (
        Behind(PASSAGE, "policy/excerpts", ("theme", "document"), "excerpt", {"theme": "theme"}, count="documents"),
    ),
    "policy/matrix": (
        Behind(
            *(PASSAGE, "policy/excerpts", ("theme", "document"), "excerpt"),
            same={"theme": "theme", "publisher": "publisher"},
            any_of=_ALL,
            count="documents",
        ),
    ),
    "policy/grade_counts": (
        Behind(
            *(PASSAGE, "policy/grades", ("document",), "excerpt"),
            same={"grade": "grade", "publisher": "publisher"},
            any_of=_ALL,
            count="documents",
        ),
    ),
    "policy/commitment_gaps": (Behind(PASSAGE, "policy/commitments", ("document", "segment"), "excerpt", count="of"),),
    "evidence/pooled": (
        Behind(
            *(RESULT, "evidence/effects", ("outcome", "group", "comparator", "study", "place"), "study"),
            same={"outcome": "outcome", "group": "group", "comparator": "comparator"},
            count="k",
        ),
    ),
    "evidence/focus": (
        Behind(STUDY, "evidence/studies", ("study",), "study", within={"themes": "theme"}, count="studies"),
    ),
    "survey/shares": (Behind(QUESTION, "survey/items", ("item",), "text", {"item": "item"}),),
}


def rows(behind: Behind, row: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the rows of the other table that stand behind a row; empty where that table was not released.

    Parameters
    ----------
    behind : Behind
        An entry of :data:`BEHIND`.
    row : mapping
        The row, as text.
    tables : mapping
        Released tables as text (:func:`genequity.synthesis.register.read_tables`).
    """
    import pandas as pd

    if behind.table not in tables:
        return pd.DataFrame()
    found = tables[behind.table]
    for column, own in behind.same.items():
        if not behind.any_of or row[own] != behind.any_of:
            found = found[found[column] == row[own]]
    for column, own in behind.within.items():
        found = found[[row[own] in cell.split("; ") for cell in found[column]]]
    return found


def expected(behind: Behind, row: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> int | None:
    """Return how many rows must stand behind a row; None where no released cell says so."""
    cell: Any = ""
    if isinstance(behind.count, str):
        cell = row.get(behind.count, "")
    else:
        table, fixed, column = behind.count
        if table in tables:
            wanted = ";".join(f"{name}={value}" for name, value in {**fixed, **_shared(behind, row)}.items())
            found = source({"source_row": wanted}, tables[table])
            cell = found[column].iloc[0] if len(found) == 1 else ""
    return int(float(cell)) if cell else (1 if behind.kind == QUESTION and behind.table in tables else None)


def _shared(behind: Behind, row: Mapping[str, str]) -> dict[str, str]:
    return {column: row[own] for column, own in behind.same.items()}
