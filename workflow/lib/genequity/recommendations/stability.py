"""Whether ratings had settled: each panellist's rating of one round beside the same panellist's in the round before.

Vocabulary: the *change of the distribution* is the share of ratings that would have to move to turn one round's
distribution into the other's; an item is *stable* when it is at most the limit of the config. Two wordings are two
questions: an item that was reworded between the rounds gets no verdict.

Sources: Scheibe M, Skutsch M, Schofer J. In: Linstone HA, Turoff M. The Delphi Method. 1975 (15% as the limit of
change). Cohen J. Psychol Bull 1968;70:213-220 (weighted kappa, squared weights). Wilcoxon F. Biometrics Bulletin
1945;1:80-83 (signed ranks; normal approximation, zero differences left out).
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from genequity.recommendations import consensus

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

SCALE = range(1, 10)
STABLE, UNSTABLE, REWORDED = "stable", "not stable", "reworded"
COLUMNS = ("item", "round_from", "round_to", "n", "n_changed", "n_up", "n_down", "share_changed", "median_from",
           "median_to", "distribution_change", "kappa", "p_value", "verdict")  # fmt: skip


def between_rounds(votes: pd.DataFrame, of_items: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Return one row an item and pair of rounds that follow one another in which it was shown.

    Parameters
    ----------
    votes, of_items : pandas.DataFrame
        As read.
    limit : float
        Largest change of the distribution with which an item is stable.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, over those who rated the item in both rounds; statistics are missing when nobody did.
    """
    import pandas as pd

    rows = []
    rated = votes.dropna(subset="rating").astype({"rating": int})
    for item, shown in of_items.sort_values(["item", "round"]).groupby("item", sort=True):
        pairs = list(shown[["round", "wording"]].itertuples(index=False, name=None))
        for (before, old), (after, new) in itertools.pairwise(pairs):
            first, second = (
                rated[(rated["item"] == item) & (rated["round"] == number)].set_index("panellist")["rating"]
                for number in (before, after)
            )
            both = sorted(set(first.index) & set(second.index))
            found = change(list(first[both]), list(second[both]))
            moved = found["distribution_change"]
            verdict = None if moved is None else STABLE if moved <= limit + 1e-9 else UNSTABLE
            rows.append(
                {"item": item, "round_from": int(before), "round_to": int(after), **found}
                | {"verdict": REWORDED if old != new else verdict}
            )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def change(before: Sequence[int], after: Sequence[int]) -> dict[str, Any]:
    """Compare the ratings of the same panellists in two rounds.

    Parameters
    ----------
    before, after : sequence of int
        From 1 to 9, in the same order of panellists.

    Returns
    -------
    dict
        ``n, n_changed, n_up, n_down, share_changed, median_from, median_to, distribution_change, kappa, p_value``.
    """
    n = len(before)
    up = sum(new > old for old, new in zip(before, after, strict=True))
    down = sum(new < old for old, new in zip(before, after, strict=True))
    counted = {"n": n, "n_changed": up + down, "n_up": up, "n_down": down}
    if not n:
        names = ("share_changed", "median_from", "median_to", "distribution_change", "kappa", "p_value")
        return counted | dict.fromkeys(names)
    moved = sum(abs(list(before).count(score) - list(after).count(score)) for score in SCALE) / 2
    return counted | {
        "share_changed": (up + down) / n,
        "median_from": consensus.percentile(before, 0.5),
        "median_to": consensus.percentile(after, 0.5),
        "distribution_change": moved / n,
        "kappa": weighted_kappa(before, after),
        "p_value": signed_rank(before, after),
    }


def weighted_kappa(before: Sequence[int], after: Sequence[int]) -> float | None:
    """Return Cohen's kappa with squared weights over the nine scores; None when there is no variation."""
    import numpy as np

    from genequity.coding import agreement

    table = np.zeros((len(SCALE), len(SCALE)))
    for old, new in zip(before, after, strict=True):
        table[old - 1, new - 1] += 1
    return agreement.cohen_weighted(table).value


def signed_rank(before: Sequence[int], after: Sequence[int]) -> float | None:
    """Return the two-sided p-value of Wilcoxon's signed-rank test; None when no rating changed."""
    moved = [new - old for old, new in zip(before, after, strict=True) if new != old]
    if not moved:
        return None
    n, places = len(moved), ranks([abs(step) for step in moved])
    ties = sum(size**3 - size for size in Counter(abs(step) for step in moved).values())
    spread = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - ties / 48)
    above = sum(place for place, step in zip(places, moved, strict=True) if step > 0)
    return two_sided((above - n * (n + 1) / 4) / spread)


def ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, from 1; equal values share the mean of their ranks.

    >>> ranks([3, 1, 3])
    [2.5, 1.0, 2.5]
    """
    ranked = sorted(values)
    return [ranked.index(value) + (ranked.count(value) + 1) / 2 for value in values]


def two_sided(z: float) -> float:
    """Return the two-sided p-value of a standard normal statistic."""
    return math.erfc(abs(z) / math.sqrt(2))
