"""The quote register: every segment with whether it may be quoted and why not, and the quotations that leave.

A quotation leaves only with its participant's recorded consent to quotation. No record means no: the segment
is counted, not shown. What leaves has an id of its own and never a participant's; beside the words stands no more of
the speaker than :mod:`genequity.attribution` allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from genequity import attribution
from genequity.coding import load

if TYPE_CHECKING:
    import numpy as np

STATUS = {
    "quotation": "may be quoted",
    "analysis": "consent to analysis only",
    "no record": "no record of consent",
}
SPOKEN = {"public": "member of the public"}  # roles as an attribution says them
NOBODY = "participant"  # where not even the role may stand
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


def choose(quotable: pd.DataFrame, agreed: Sequence[str], per_role: int) -> pd.DataFrame:
    """Choose the quotations that leave: for each theme and role up to ``per_role``, each of another participant.

    Those who are quoted least so far come first, so that few people have several quotations that could be laid side by
    side; then segments on which another coder agrees, then the order of cases and positions. Nothing is chosen for its
    content. People then read and replace them.

    Parameters
    ----------
    quotable : pandas.DataFrame
        Rows of the register with status ``may be quoted``.
    agreed : sequence of str
        Ids of segments on which another coder used the same code.
    per_role : int
        Quotations of each theme and role.

    Returns
    -------
    pandas.DataFrame
        ``segment, case, theme, role, text``; restricted.
    """
    pool = quotable.assign(first=~quotable["segment"].isin(list(agreed)))
    pool = pool.sort_values(["theme", "role", "first", "case", "start"], kind="stable")
    pool = pool.drop_duplicates(["theme", "role", "case"]).drop_duplicates("text")
    used: Counter[str] = Counter()
    taken: list[int] = []
    for _, part in pool.groupby(["theme", "role"], sort=True):
        for row in sorted(part.itertuples(), key=lambda row: used[row.case])[:per_role]:
            used[row.case] += 1
            taken.append(row.Index)
    chosen = pool.loc[taken, ["segment", "case", "theme", "role", "text"]].reset_index(drop=True)
    return chosen.assign(text=[" ".join(text.split()) for text in chosen["text"]])


def numbered(chosen: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the quotations their public ids, ``Q001`` onwards: by theme, and shuffled within it.

    The order says nothing of role, participant or place in a transcript.
    """
    shuffled = chosen.iloc[rng.permutation(len(chosen))].sort_values("theme", kind="stable", ignore_index=True)
    return shuffled.assign(quote=[f"Q{number:03d}" for number in range(1, len(shuffled) + 1)])


def attributed(
    chosen: pd.DataFrame,
    cases: pd.DataFrame,
    attributes: Sequence[str],
    population: pd.DataFrame | None,
    least: int,
    template: str,
) -> pd.DataFrame:
    """Add the attribution: as much of each speaker as :mod:`genequity.attribution` lets stand.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Quotations, with ``case``.
    cases : pandas.DataFrame
        All cases with the attributes of the config.
    attributes, population, least
        As in :func:`genequity.attribution.told`.
    template : str
        Where ``{who}`` stands for the attributes.
    """
    people = cases.set_index("case")
    speakers = [{name: people.at[case, name] for name in attributes} for case in chosen["case"]]
    told = attribution.told(speakers, attributes, population, least)
    said = []
    for speaker, names in zip(speakers, told, strict=True):
        who = ", ".join(SPOKEN.get(speaker[name], speaker[name]) for name in names) or NOBODY
        words = template.format(who=who)
        said.append(words[:1].upper() + words[1:])
    return chosen.assign(attribution=said)


def counts(quotations: pd.DataFrame, chosen: Sequence[str]) -> pd.DataFrame:
    """Count segments by quotation status over all themes, and those of each theme that may be quoted.

    Why others may not is not said by theme: the themes of one person without consent to quotation would show.

    Parameters
    ----------
    quotations : pandas.DataFrame
        From :func:`register`.
    chosen : sequence of str
        Ids of the segments that are released as quotations.
    """
    quotations = quotations.assign(chosen=quotations["segment"].isin(list(chosen)).astype(int))
    by_theme = quotations[(quotations["theme"] != "") & (quotations["status"] == MAY)]
    everything = pd.concat([quotations.assign(theme="All themes"), by_theme])
    grouped = everything.groupby(["theme", "status"], as_index=False)
    return grouped.agg(segments=("segment", "count"), released=("chosen", "sum"))[COUNT_COLUMNS]


def agreed(segments: pd.DataFrame) -> list[str]:
    """Return the ids of segments that share a character and the code with another coder's."""
    return list(load.decided(segments, pd.DataFrame(), "both")["segment"])


def texts(
    quotations: pd.DataFrame, segments: pd.DataFrame, files: Mapping[int, str]
) -> list[tuple[str, str, int, str]]:
    """Return quotations as the identifier gate reads them: file, place, offset, words.

    A source is named by its place among all in alphabetical order, not by its name, which may be a person's.

    Parameters
    ----------
    quotations : pandas.DataFrame
        Rows of the register.
    segments : pandas.DataFrame
        All segments, for the sources' numbers.
    files : mapping
        Project number -> path.
    """
    numbers = {name: number for number, name in enumerate(sorted(segments["source"].unique()), 1)}
    return [
        (
            files[row["project"]],
            f"source number {numbers[row['case']]}",
            0 if pd.isna(row["start"]) else int(row["start"]),
            row["text"],
        )
        for row in quotations.to_dict("records")
    ]
