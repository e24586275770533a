"""Who left the panel, and whether those who left had rated otherwise.

A panellist *stayed* who rated in the last round; all others who rated in the first one left. Their first ratings are
compared by each one's mean over the items of the first round: who is against a recommendation and leaves turns dissent
into consensus.

Source: Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60 (normal approximation, corrected for ties and
continuity).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genequity.recommendations import consensus, stability
from genequity.recommendations.panel import EVERYONE

if TYPE_CHECKING:
    import pandas as pd

WHOLE = "Whole panel"
COLUMNS = ("dimension", "panel_group", "n_first", "n_stayed", "n_left", "rating_stayed", "rating_left",
           "p_value")  # fmt: skip


def compare(votes: pd.DataFrame, of_sides: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return one row a side of the panel, and one of everybody with the ratings of those who stayed and who left.

    Parameters
    ----------
    votes : pandas.DataFrame
        As read.
    of_sides : mapping
        From :func:`genequity.recommendations.panel.sides`.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; without rows when there was one round only. Ratings are medians of the panellists' means in
        the first round; they and ``p_value`` stand in the row of everybody, and are missing where nobody left.
    """
    import pandas as pd

    rated = votes.dropna(subset="rating").astype({"rating": float})
    first, last = (rated[rated["round"] == end] for end in (votes["round"].min(), votes["round"].max()))
    if votes["round"].nunique() < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    begun, ended = set(first["panellist"]), set(last["panellist"])
    own = first.groupby("panellist")["rating"].mean()
    stayed, left = (list(own[sorted(names)]) for names in (begun & ended, begun - ended))
    rows = [{"dimension": WHOLE, "panel_group": EVERYONE, **_counted(begun, ended), **_apart(stayed, left)}]
    for dimension, side in of_sides.items():
        for group in sorted(set(side)):
            mine = set(side.index[side == group])
            rows.append({"dimension": dimension, "panel_group": group, **_counted(begun & mine, ended)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _counted(begun: set[str], ended: set[str]) -> dict[str, Any]:
    return {"n_first": len(begun), "n_stayed": len(begun & ended), "n_left": len(begun - ended)}


def _apart(stayed: list[float], left: list[float]) -> dict[str, Any]:
    middle = {
        name: consensus.percentile(values, 0.5) if values else None
        for name, values in (("rating_stayed", stayed), ("rating_left", left))
    }
    return {**middle, "p_value": rank_sum(stayed, left)}


def rank_sum(first: list[float], second: list[float]) -> float | None:
    """Return the two-sided p-value of the Mann-Whitney test; None when a side is empty or all values are the same."""
    together = [*first, *second]
    if not first or not second or len(set(together)) == 1:
        return None
    n, m, places = len(first), len(second), stability.ranks(together)
    ties = sum(size**3 - size for size in Counter(together).values()) / ((n + m) * (n + m - 1))
    spread = math.sqrt(n * m / 12 * (n + m + 1 - ties))
    u = sum(places[:n]) - n * (n + 1) / 2
    return stability.two_sided(max(abs(u - n * m / 2) - 0.5, 0) / spread)  # half a rank for continuity
