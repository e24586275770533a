"""Votes of the demonstration's panel: how many rate low, middle and high is planted; who does is drawn.

Panellists keep their leaning between rounds, as people do: a leaning is drawn once for each panellist and item, and a
little chance is added in each round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

COMMENT = "Placeholder comment {number}: the panellist asks how the action will be followed up."
UNABLE = "Placeholder comment: the panellist says why the item could not be rated."
THIRDS = ((1, 2, 3), (4, 5, 6), (7, 8, 9))
# How votes spread inside a third, from its lower to its upper end.
SPREAD = ((0.25, 0.35, 0.40), (0.25, 0.35, 0.40), (0.40, 0.40, 0.20))
CHANCE = 0.25  # of a round, beside a leaning with a standard deviation of 1


def ratings(truth: Mapping[str, Any], members: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Write the panel's votes.

    Parameters
    ----------
    truth : mapping
        ``votes``: item -> round -> [low, middle, high]; ``leaves_after``: panellist -> last round;
        ``unable``: list of [round, panellist, item]; ``lay_rate_higher``: items on which lay panellists give the higher
        votes; ``comments``: item -> number of comments in the last round.
    members : pandas.DataFrame
        One row a panellist, with ``lay``.
    rng : numpy.random.Generator
        Of the demonstration rule.

    Returns
    -------
    pandas.DataFrame
        ``round, panellist, item, rating, comment``.

    Raises
    ------
    ValueError
        If planted votes are not as many as the panellists who could vote.
    """
    import pandas as pd

    unable = {(int(number), panellist, item) for number, panellist, item in truth["unable"]}
    lay = set(members.loc[members["lay"] == "yes", "panellist"])
    rows = []
    for item, by_round in truth["votes"].items():
        leaning = dict(zip(members["panellist"], rng.normal(size=len(members)), strict=True))
        for number, planted in by_round.items():
            here = [
                name
                for name in members["panellist"]
                if truth["leaves_after"].get(name, int(number)) >= int(number)
                and (int(number), name, item) not in unable
            ]
            if sum(planted) != len(here):
                raise ValueError(f"item {item}, round {number}: {sum(planted)} votes for {len(here)} panellists")
            felt = {name: leaning[name] + CHANCE * float(rng.normal()) for name in here}
            parted = lay if item in truth["lay_rate_higher"] else set()
            order = sorted(here, key=lambda name: (name in parted, felt[name]))
            votes = [score for third in range(3) for score in spread(planted[third], third)]
            given = dict(zip(order, votes, strict=True))
            rows += [
                {"round": int(number), "panellist": name, "item": item, "rating": given[name], "comment": ""}
                for name in here
            ]
    rows += [
        {
            "round": number,
            "panellist": name,
            "item": item,
            "rating": "NA",
            "comment": UNABLE,
        }
        for number, name, item in sorted(unable)
    ]
    _comment(rows, truth["comments"], rng)
    return pd.DataFrame(rows).sort_values(["round", "panellist", "item"], ignore_index=True)


def spread(n: int, third: int) -> list[int]:
    """Return ``n`` scores of a third of the scale in the planted proportions, from low to high.

    >>> spread(5, 2)
    [7, 7, 8, 8, 9]
    """
    wanted = [n * share for share in SPREAD[third]]
    given = [int(share) for share in wanted]
    by_rest = sorted(range(3), key=lambda place: (given[place] - wanted[place], place))
    for place in by_rest[: n - sum(given)]:
        given[place] += 1
    return [score for score, number in zip(THIRDS[third], given, strict=True) for _ in range(number)]


def _comment(rows: list[dict[str, Any]], wanted: Mapping[str, int], rng: np.random.Generator) -> None:
    """Put the planted number of comments on each item, in its last round; who writes them is drawn."""
    labels = iter(rng.permutation(sum(wanted.values())) + 1)
    for item, number in wanted.items():
        last = max(row["round"] for row in rows if row["item"] == item)
        here = [row for row in rows if row["item"] == item and row["round"] == last]
        for place in sorted(rng.choice(len(here), size=number, replace=False)):
            here[place]["comment"] = COMMENT.format(number=next(labels))
