"""Votes of the demonstration's panel: how many rate low, middle and high is planted; who does is drawn."""

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
        for number, planted in by_round.items():
            here = [
                name
                for name in members["panellist"]
                if truth["leaves_after"].get(name, int(number)) >= int(number)
                and (int(number), name, item) not in unable
            ]
            if sum(planted) != len(here):
                raise ValueError(f"item {item}, round {number}: {sum(planted)} votes for {len(here)} panellists")
            order = [here[place] for place in rng.permutation(len(here))]
            if item in truth["lay_rate_higher"]:
                order.sort(key=lambda name: name in lay)
            votes = [
                int(rng.choice(THIRDS[third], p=SPREAD[third])) for third in range(3) for _ in range(planted[third])
            ]
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


def _comment(rows: list[dict[str, Any]], wanted: Mapping[str, int], rng: np.random.Generator) -> None:
    """Put the planted number of comments on each item, in its last round; who writes them is drawn."""
    labels = iter(rng.permutation(sum(wanted.values())) + 1)
    for item, number in wanted.items():
        last = max(row["round"] for row in rows if row["item"] == item)
        here = [row for row in rows if row["item"] == item and row["round"] == last]
        for place in sorted(rng.choice(len(here), size=number, replace=False)):
            here[place]["comment"] = COMMENT.format(number=next(labels))
