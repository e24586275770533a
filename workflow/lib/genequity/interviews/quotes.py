"""The quote register: every segment with whether it may be quoted and why not, and the quotations that leave.

A quotation leaves only with its participant's recorded consent to quotation. No record means no: the segment
is counted, not shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from genequity.coding import load

STATUS = {
    "quotation": "may be quoted",
    "analysis": "consent to analysis only",
    "no record": "no record of consent",
}
SPOKEN = {"public": "member of the public"}  # roles as an attribution says them
TOO_SHORT = "too short to stand alone"
TOO_LONG = "too long to quote whole"
NO_THEME = "its code has no theme"
MAY = STATUS["quotation"]
REGISTER_COLUMNS = ["segment", "case", "role", "theme", "code", "project", "start", "end", "words", "status", "text"]
QUOTE_COLUMNS = ["quote", "theme", "attribution", "text"]
COUNT_COLUMNS = ["theme", "status", "segments", "released"]


def register(cases: pd.DataFrame, segments: pd.DataFrame, words: Mapping[str, int]) -> pd.DataFrame:
    """Return every segment of the analysed cases with its quotation status.

    Parameters
    ----------
    cases : pandas.DataFrame
        ``case, role, consent``; withdrawn participants are not among them.
    segments : pandas.DataFrame
        The segments that stand, with ``theme``.
    words : mapping
        ``least`` and ``most`` words of a quotation.
    """
    held = segments.merge(cases, left_on="source", right_on="case")
    count = held["text"].str.split().str.len()
    status = held["consent"].map(STATUS)
    status = status.mask((status == MAY) & (count < words["least"]), TOO_SHORT)
    status = status.mask((status == MAY) & (count > words["most"]), TOO_LONG)
    status = status.mask((status == MAY) & (held["theme"] == ""), NO_THEME)
    return held.assign(status=status, words=count)[REGISTER_COLUMNS]


def choose(quotable: pd.DataFrame, agreed: Sequence[str], per_role: int, template: str) -> pd.DataFrame:
    """Choose the quotations that leave: for each theme and role up to ``per_role``, each of another participant.

    Segments on which another coder agrees come first, then the order of cases and positions; nothing is drawn
    at random and nothing is chosen for its content. People then read and replace them.

    Parameters
    ----------
    quotable : pandas.DataFrame
        Rows of the register with status ``may be quoted``.
    agreed : sequence of str
        Ids of segments on which another coder used the same code.
    per_role : int
        Quotations of each theme and role.
    template : str
        Attribution, where ``{role}`` stands for the role.

    Returns
    -------
    pandas.DataFrame
        :data:`QUOTE_COLUMNS`, and ``segment`` (which is not released).
    """
    pool = quotable.assign(first=~quotable["segment"].isin(list(agreed)))
    pool = pool.sort_values(["theme", "role", "first", "case", "start"], kind="stable")
    pool = pool.drop_duplicates(["theme", "role", "case"]).drop_duplicates("text")
    chosen = pool.groupby(["theme", "role"], sort=True).head(per_role).reset_index(drop=True)
    return chosen.assign(
        quote=[f"Q{number:03d}" for number in range(1, len(chosen) + 1)],
        attribution=[template.format(role=SPOKEN.get(role, role)).capitalize() for role in chosen["role"]],
        text=[" ".join(text.split()) for text in chosen["text"]],
    )[["segment", *QUOTE_COLUMNS]]


def counts(quotations: pd.DataFrame, chosen: Sequence[str]) -> pd.DataFrame:
    """Count the segments of each theme by quotation status, those released among them, and over all themes.

    Parameters
    ----------
    quotations : pandas.DataFrame
        From :func:`register`.
    chosen : sequence of str
        Ids of the segments that are released as quotations.
    """
    quotations = quotations.assign(chosen=quotations["segment"].isin(list(chosen)).astype(int))
    everything = pd.concat([quotations.assign(theme="All themes"), quotations[quotations["theme"] != ""]])
    grouped = everything.groupby(["theme", "status"], as_index=False)
    return grouped.agg(segments=("segment", "count"), released=("chosen", "sum"))[COUNT_COLUMNS]


def agreed(segments: pd.DataFrame) -> list[str]:
    """Return the ids of segments that share a character and the code with another coder's."""
    return list(load.decided(segments, pd.DataFrame(), "both")["segment"])


def with_source_numbers(quotations: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Add ``source_number``: the case's place among the sources in alphabetical order, to name it without its name."""
    numbers = {name: number for number, name in enumerate(sorted(segments["source"].unique()), 1)}
    return quotations.assign(source_number=quotations["case"].map(numbers))
