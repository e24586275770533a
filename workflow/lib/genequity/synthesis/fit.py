"""The computed fit of what was counted and what was said on a theme: confirmation, expansion or discordance.

Vocabulary: a *gap* is a clear difference of one ethnic group from its comparator, to the worse: lower, or higher where
days are counted or the study says that more is worse at the step (``synthesis.adverse``). A theme is *voiced* where
people speak of it in interviews, or answer questions on it in a survey. Findings in words seldom name a group, so two
sides confirm one another where they meet in one place: the same step of the pathway, or the same group.

Source: Fetters MD, Curry LA, Creswell JW. Achieving integration in mixed methods designs. Health Serv Res
2013;48:2134-2156: confirmation, when both kinds of data lead to the same interpretation; expansion, when they speak of
different sides of it; discordance, when they contradict one another. The rule sees places and directions; whether two
findings mean the same is for the team to say, whose written fit comes before this one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from genequity.synthesis.convergence import directions
from genequity.synthesis.display import COMPARES
from genequity.synthesis.register import NAMES

if TYPE_CHECKING:
    import pandas as pd

    from genequity.synthesis.steps import Step

COUNTED = ("evidence", "survey", "service")
SAID = ("policy", "interviews")
RECORDED, ASKED = ("evidence", "service"), "survey"  # a survey counts, and people speak in it
PEOPLE = ("patient", "professional", "public")
CLEAR = {"higher", "lower"}
DAYS = "days"
FITS = {
    "confirm": "what was counted and what was said point the same way",
    "expand": "each says something that the other does not",
    "discord": "what was counted and what was said contradict one another",
    "not compared": "both speak of the theme, and nothing that was counted compares groups on it",
    "one-sided": "only one of the two speaks of the theme",
}


def fit(
    counted: pd.DataFrame,
    said: pd.DataFrame,
    pairs: pd.DataFrame,
    pathway: Iterable[Step] = (),
    barrier_at: Collection[str] = (),
    national: str = "",
    adverse: Collection[str] = (),
) -> tuple[str, str]:
    """Return the computed fit of one theme, a key of :data:`FITS`, and why.

    The first that holds: ``one-sided`` where one side is silent; ``not compared`` where the counting side compares no
    groups; ``discord`` where a counting and a speaking strand contradict one another, or a survey contradicts what was
    recorded; ``confirm`` where

    - a strand that counts shows a gap at a step of the pathway, and people voice the theme as a barrier there: the
      study places it at that step, or their finding names the step; or
    - service data or published studies show a gap of a group, and the survey shows the same direction for it; or
    - a counting strand that compares groups agrees in meaning with a speaking one (same groups, same directions);

    ``expand`` otherwise.

    Parameters
    ----------
    counted, said : pandas.DataFrame
        Findings on the theme of :data:`COUNTED` and of :data:`SAID`, without those that looked in vain.
    pairs : pandas.DataFrame
        The theme's rows of :func:`genequity.synthesis.convergence.convergence`.
    pathway : iterable of Step
        Steps of the pathway.
    barrier_at : collection of str
        Steps at which the study places the theme as a barrier.
    national : str
        Label of the whole country; gaps of single regions confirm nothing.
    adverse : collection of str
        Steps at which a higher value is the worse one.
    """
    if counted.empty or said.empty:
        return "one-sided", f"only {'what was said' if counted.empty else 'what was counted'} speaks of it"
    comparing = set(counted.loc[counted["direction"].isin(COMPARES), "strand"])
    if not comparing:
        return "not compared", "nothing that was counted compares groups on it"
    across = pairs.loc[[_crosses(a, b, comparing) for a, b in zip(pairs["strand_a"], pairs["strand_b"])]]
    parted = across[across["code"] == "dissonance"]
    if len(parted):
        return "discord", f"{_pair(parted)} report opposite directions"
    if place := _at_one_step(counted, said, list(pathway), barrier_at, national, adverse):
        return "confirm", place
    if groups := _of_one_group(counted, national):
        return "confirm", groups
    agreed = across[(across["code"] == "agreement") & (across["strand_a"].isin(SAID) | across["strand_b"].isin(SAID))]
    if len(agreed):
        return "confirm", f"{_pair(agreed)} report the same directions"
    return "expand", "they do not meet at one step, or in one group"


def _crosses(a: str, b: str, comparing: set[str]) -> bool:
    """Whether a pair has a comparing strand on one side and a speaking one, or the survey, on the other."""
    return any(
        x in comparing and (y in SAID or (x in RECORDED and y == ASKED and y in comparing)) for x, y in ((a, b), (b, a))
    )


def _pair(pairs: pd.DataFrame) -> str:
    first = pairs.iloc[0]
    return f"{NAMES[first['strand_a']].lower()} and {NAMES[first['strand_b']].lower()}"


def _at_one_step(
    counted: pd.DataFrame,
    said: pd.DataFrame,
    pathway: list[Step],
    barrier_at: Collection[str],
    national: str,
    adverse: Collection[str],
) -> str:
    """Return where a gap was counted and people voice the theme, in words; blank where nowhere."""
    step_of = {name: step for step, label, _ in pathway for name in (label, step)}
    voiced = said[said["voice"].isin(PEOPLE) & (said["direction"] != "not_measurable")]
    if voiced.empty:
        return ""
    named = {step_of[name] for name in voiced["pathway_step"].dropna() if name in step_of}
    mine = counted[counted["group"].fillna("").ne("") & counted["region"].fillna("").isin(["", national])]
    mine = mine.assign(at=mine["pathway_step"].map(step_of))
    more_is_worse = (mine["unit"] == DAYS) | mine["at"].isin(list(adverse))
    gaps = mine[mine["direction"] == more_is_worse.map({True: "higher", False: "lower"})]
    for step, label, _ in pathway:
        here = gaps[gaps["at"] == step]
        if len(here) and step in {*barrier_at, *named}:
            groups, voices = (", ".join(sorted(set(x))) for x in (here["group"], voiced["voice"]))
            return f"a gap was counted at “{label}” ({groups}); voices that speak of it there: {voices}"
    return ""


def _of_one_group(counted: pd.DataFrame, national: str) -> str:
    """Return the groups for which the survey and what was recorded show the same gap, in words; blank where none."""
    asked = directions(counted[counted["strand"] == ASKED], national)
    for strand in RECORDED:
        found = directions(counted[counted["strand"] == strand], national)
        same = [
            group
            for group in sorted(set(asked) & set(found))
            if group[0] and asked[group] & CLEAR == found[group] & CLEAR and len(asked[group] & CLEAR) == 1
        ]
        if same:
            groups = ", ".join(dict.fromkeys(group for group, _ in same))
            return f"{NAMES[strand].lower()} and survey show the same gap ({groups})"
    return ""
