"""Consensus of a panel on ratings from 1 to 9.

Sources: Fitch K et al. The RAND/UCLA Appropriateness Method User's Manual. RAND 2001 (median bands, IPRAS, panel-size
table). Diamond IR et al. J Clin Epidemiol 2014;67:401-409 (why a rule must stand before the data; percent agreement,
most often of 75%). von der Gracht HA. Technol Forecast Soc Change 2012;79:1525-1536 (interquartile range).
The 70/15 rule is what the study's config calls ``heap``. Reference values: ``tests/reference/recommendations``.
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


def heap(ratings: Sequence[float], *, high_share: float, low_share: float, **_: Any) -> str:
    """Decide by shares: agreed when at least ``high_share`` rate 7-9 and fewer than ``low_share`` rate 1-3.

    Rejected is the mirror image; all else is no consensus.
    """
    n, low, high = len(ratings), count(ratings, LOW), count(ratings, HIGH)
    for decision, most, least in ((AGREED, high, low), (REJECTED, low, high)):
        if most >= high_share * n - 1e-9 and least < low_share * n - 1e-9:
            return decision
    return NO_CONSENSUS


def rand_ucla(ratings: Sequence[float], **_: Any) -> str:
    """Decide by the median's third: agreed when high, rejected when low; never when the panel disagrees by IPRAS."""
    return NO_CONSENSUS if disagrees(ratings) else median(ratings)


def percent_agreement(ratings: Sequence[float], *, agreement_share: float, **_: Any) -> str:
    """Decide by one share: agreed when at least ``agreement_share`` rate 7-9, rejected when as many rate 1-3."""
    n = len(ratings)
    for decision, band in ((AGREED, HIGH), (REJECTED, LOW)):
        if count(ratings, band) >= agreement_share * n - 1e-9:
            return decision
    return NO_CONSENSUS


def narrow(ratings: Sequence[float], *, iqr_limit: float, **_: Any) -> str:
    """Decide by the median's third where the interquartile range is at most ``iqr_limit`` points."""
    spread = percentile(ratings, 0.75) - percentile(ratings, 0.25)
    return median(ratings) if spread <= iqr_limit + 1e-9 else NO_CONSENSUS


def median(ratings: Sequence[float], **_: Any) -> str:
    """Decide by the median's third alone: agreed when high, rejected when low."""
    return {"high": AGREED, "low": REJECTED, "middle": NO_CONSENSUS}[third(percentile(ratings, 0.5))]


RULES: dict[str, Callable[..., str]] = {
    "heap": heap,
    "percent_agreement": percent_agreement,
    "rand_ucla": rand_ucla,
    "iqr": narrow,
    "median": median,
}
LABELS = {
    "heap": "Both ends of the scale",
    "percent_agreement": "Percent agreement",
    "rand_ucla": "RAND/UCLA",
    "iqr": "Interquartile range",
    "median": "Median alone",
}
LIMITS = ("high_share", "low_share", "agreement_share", "iqr_limit")
LIMITS_OF = {
    "heap": ("high_share", "low_share"),
    "percent_agreement": ("agreement_share",),
    "rand_ucla": (),
    "iqr": ("iqr_limit",),
    "median": (),
}


def sentence(rule: str, *, high_share: float, low_share: float, agreement_share: float, iqr_limit: float) -> str:
    """Return the rule in words, as the report prints it."""
    top = "the median is in the top third (7 to 9)"
    return {
        "heap": f"Agreed when at least {high_share:.0%} of the panel rate 7 to 9 and fewer than {low_share:.0%} rate "
        "1 to 3.",
        "percent_agreement": f"Agreed when at least {agreement_share:.0%} of the panel rate 7 to 9.",
        "rand_ucla": f"Agreed when {top} and the panel does not disagree by IPRAS.",
        "iqr": f"Agreed when {top} and the interquartile range is at most {iqr_limit:g} points.",
        "median": f"Agreed when {top}.",
    }[rule]


def under_each(ratings: Sequence[float], limits: Mapping[str, float]) -> dict[str, str]:
    """Return the decision on an item under every rule; no consensus where nobody could rate.

    Parameters
    ----------
    ratings : sequence of number
        Of one item in one round.
    limits : mapping
        :data:`LIMITS`.
    """
    return {name: decide(ratings, **limits) if len(ratings) else NO_CONSENSUS for name, decide in RULES.items()}


def summary(ratings: Sequence[float], rule: Mapping[str, Any]) -> dict[str, Any]:
    """Summarise the ratings of one item in one round.

    Parameters
    ----------
    ratings : sequence of int
        From 1 to 9; empty when nobody could rate.
    rule : mapping
        ``rule`` (a key of :data:`RULES`) and :data:`LIMITS`.

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
    limits = {name: rule[name] for name in LIMITS}
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
        "decision": RULES[rule["rule"]](ratings, **limits),
    }
