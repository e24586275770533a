"""Consensus of a panel on ratings from 1 to 9.

Sources: Fitch K et al. The RAND/UCLA Appropriateness Method User's Manual. RAND 2001 (median bands, IPRAS, panel-size
table). Diamond IR et al. J Clin Epidemiol 2014;67:401-409 (why a rule must stand before the data). The 70/15 rule is
what the study's config calls ``heap``. Reference values: ``tests/reference/recommendations``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

LOW, HIGH = (1, 3), (7, 9)  # the outer thirds of the scale
MIDPOINT = 5
IPR_AT_MIDPOINT, ASYMMETRY_WEIGHT = 2.35, 1.5  # RAND/UCLA manual, chapter 8, "classic" IPRAS
AGREED, REJECTED, NO_CONSENSUS = "agreed", "rejected", "no consensus"
DECISIONS = (AGREED, REJECTED, NO_CONSENSUS)


def percentile(ratings: Sequence[float], share: float) -> float:
    """Return a percentile by linear interpolation between order statistics (Hyndman and Fan's type 7).

    Parameters
    ----------
    ratings : sequence of number
        At least one.
    share : float
        0.5 for the median.
    """
    ranked = sorted(ratings)
    place = share * (len(ranked) - 1)
    below = math.floor(place + 1e-12)
    rest = max(place - below, 0.0)
    above = min(below + 1, len(ranked) - 1)
    return ranked[below] + rest * (ranked[above] - ranked[below])


def ipras(ratings: Sequence[float]) -> tuple[float, float, float]:
    """Return P30, P70 and the interpercentile range adjusted for symmetry.

    ``IPRAS = 2.35 + 1.5 * |5 - (P30 + P70) / 2|``; the panel disagrees when ``P70 - P30 > IPRAS``.
    """
    p30, p70 = percentile(ratings, 0.3), percentile(ratings, 0.7)
    return p30, p70, IPR_AT_MIDPOINT + ASYMMETRY_WEIGHT * abs(MIDPOINT - (p30 + p70) / 2)


def disagrees(ratings: Sequence[float]) -> bool:
    """Whether the panel disagrees by IPRAS, which holds for panels of any size."""
    p30, p70, limit = ipras(ratings)
    return p70 - p30 > limit + 1e-12


def panel_size_rule(ratings: Sequence[float]) -> str:
    """Return agreement, disagreement or indeterminate by RAND's table of panel sizes.

    8-10 members: agreement when at most 2 rate outside the median's third, disagreement when at least 3 rate in each
    outer third; 11-13: 3 and 4; 14-16: 4 and 5. The table holds no other size: ``not defined``.
    """
    n = len(ratings)
    if not 8 <= n <= 16:
        return "not defined"
    outside_at_most = 2 if n <= 10 else 3 if n <= 13 else 4
    low, high = count(ratings, LOW), count(ratings, HIGH)
    if low > outside_at_most and high > outside_at_most:
        return "disagreement"
    inside = {"low": low, "high": high, "middle": n - low - high}[third(percentile(ratings, 0.5))]
    return "agreement" if n - inside <= outside_at_most else "indeterminate"


def third(median: float) -> str:
    """Return the third of the scale a median lies in; 3.5 and 6.5 belong to the higher one (RAND/UCLA manual)."""
    return "high" if median >= 6.5 else "low" if median < 3.5 else "middle"


def count(ratings: Sequence[float], band: tuple[int, int]) -> int:
    """Return how many ratings lie in a band, both ends included."""
    return sum(band[0] <= rating <= band[1] for rating in ratings)


def heap(ratings: Sequence[float], *, high_share: float, low_share: float) -> str:
    """Decide by shares: agreed when at least ``high_share`` rate 7-9 and fewer than ``low_share`` rate 1-3.

    Rejected is the mirror image; all else is no consensus.
    """
    n, low, high = len(ratings), count(ratings, LOW), count(ratings, HIGH)
    for decision, most, least in ((AGREED, high, low), (REJECTED, low, high)):
        if most >= high_share * n - 1e-9 and least < low_share * n - 1e-9:
            return decision
    return NO_CONSENSUS


def rand_ucla(ratings: Sequence[float], **_: Any) -> str:
    """Decide by the median's third: agreed when high, rejected when low, else no consensus."""
    if disagrees(ratings):
        return NO_CONSENSUS
    return {"high": AGREED, "low": REJECTED, "middle": NO_CONSENSUS}[third(percentile(ratings, 0.5))]


RULES: dict[str, Callable[..., str]] = {"heap": heap, "rand_ucla": rand_ucla}


def sentence(rule: str, *, high_share: float, low_share: float) -> str:
    """Return the rule in words, as the report prints it."""
    if rule == "heap":
        most, least = f"{high_share:.0%}", f"{low_share:.0%}"
        return f"Agreed when at least {most} of the panel rate 7 to 9 and fewer than {least} rate 1 to 3."
    return "Agreed when the median is in the top third (7 to 9) and the panel does not disagree by IPRAS."


def summary(ratings: Sequence[float], rule: Mapping[str, Any]) -> dict[str, Any]:
    """Summarise the ratings of one item in one round.

    Parameters
    ----------
    ratings : sequence of int
        From 1 to 9; empty when nobody could rate.
    rule : mapping
        ``rule`` (a key of :data:`RULES`), ``high_share``, ``low_share``.

    Returns
    -------
    dict
        ``n, n_high, n_low, median, p25, p75, share_high, share_low, p30, p70, ipras, disagreement, panel_size,
        decision``; statistics are None when there are no ratings, and the decision is no consensus.
    """
    ratings = [int(rating) for rating in ratings]
    n = len(ratings)
    row: dict[str, Any] = {"n": n, "n_high": count(ratings, HIGH), "n_low": count(ratings, LOW)}
    if not n:
        blank = dict.fromkeys(("median", "p25", "p75", "share_high", "share_low", "p30", "p70", "ipras"))
        return row | blank | {"disagreement": False, "panel_size": "not defined", "decision": NO_CONSENSUS}
    p30, p70, limit = ipras(ratings)
    shares = {"high_share": rule["high_share"], "low_share": rule["low_share"]}
    return row | {
        "median": percentile(ratings, 0.5),
        "p25": percentile(ratings, 0.25),
        "p75": percentile(ratings, 0.75),
        "share_high": row["n_high"] / n,
        "share_low": row["n_low"] / n,
        "p30": p30,
        "p70": p70,
        "ipras": limit,
        "disagreement": disagrees(ratings),
        "panel_size": panel_size_rule(ratings),
        "decision": RULES[rule["rule"]](ratings, **shares),
    }
