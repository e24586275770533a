"""What people write for the integration: the study's themes, and why two strands part."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

from genequity import authored
from genequity.errors import Problem, nearest, raise_if
from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd

EXPLANATION_COLUMNS = ("theme", "strand_a", "strand_b", "explanation", "author", "date")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def themes(file: str) -> pd.DataFrame:
    """Read the themes that all strands share: ``theme, label, definition``, in the study's order."""
    frame = authored.read(
        file, ("theme", "label", "definition"), filled=("theme", "label", "definition"), unique=("theme",)
    )
    return frame.drop(columns=authored.ROW)


def explanations(file: str | None, theme_ids: list[str]) -> pd.DataFrame:
    """Read the written explanations of dissonance, one row for a theme and a pair of strands.

    Parameters
    ----------
    file : str or None
        None when nobody has written any yet.
    theme_ids : list of str
        The study's themes.

    Returns
    -------
    pandas.DataFrame
        ``theme, strand_a, strand_b, explanation, author, date``, the pair in the order of the strands.

    Raises
    ------
    InputError
        With every unknown theme or strand, blank text, wrong date and repeated pair.
    """
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(EXPLANATION_COLUMNS), dtype="str")
    frame = authored.read(file, EXPLANATION_COLUMNS, filled=EXPLANATION_COLUMNS)
    problems = []
    for row in frame.to_dict("records"):
        problems += [*unknown_theme(file, row, theme_ids), *unknown_strands(file, row), *no_day(file, row)]
        if row["strand_a"] == row["strand_b"]:
            problems.append(Problem(file, "a strand cannot part from itself", where=_at(row, "strand_b")))
    raise_if(problems)
    pairs = [sorted(pair, key=STRANDS.index) for pair in zip(frame["strand_a"], frame["strand_b"])]
    frame["strand_a"], frame["strand_b"] = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    raise_if(
        Problem(file, "this theme and pair of strands has an explanation already", where=f"row {row}, column strand_b")
        for row in frame.loc[frame.duplicated(["theme", "strand_a", "strand_b"]), authored.ROW]
    )
    return frame.drop(columns=authored.ROW)


def _at(row: dict, column: str) -> str:
    return f"row {row[authored.ROW]}, column {column}"


def unknown_theme(file: str, row: dict, theme_ids: list[str]) -> list[Problem]:
    """Return the problem of a row whose theme the study does not have."""
    if row["theme"] in theme_ids:
        return []
    return [Problem(file, f"no theme has this id.{nearest(row['theme'], theme_ids)}", where=_at(row, "theme"))]


def unknown_strands(file: str, row: dict) -> list[Problem]:
    """Return the problems of a row whose strands are none."""
    expected = f"one of {', '.join(STRANDS)}"
    return [
        Problem(file, "unknown strand", where=_at(row, column), expected=expected)
        for column in ("strand_a", "strand_b")
        if row[column] not in STRANDS
    ]


def no_day(file: str, row: dict) -> list[Problem]:
    """Return the problem of a row whose date is no day."""
    expected, do = "year-month-day, such as 2026-03-31", authored.mend_day(row["date"])
    if DATE.fullmatch(row["date"]):
        try:
            datetime.date.fromisoformat(row["date"])
            return []
        except ValueError:
            do = "correct the month or the day"
    return [Problem(file, "not a date", where=_at(row, "date"), expected=expected, do=do)]
