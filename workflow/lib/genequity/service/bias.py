"""Probabilistic bias analysis of wrong ethnicity: intervals that hold both wrong records and chance.

Vocabulary: a *draw* takes one agreement for every group from within its published limits, and counts as chance could
have given them, and corrects these for that agreement. The limits of the middle share of many draws are an interval
for both kinds of error; the median is the corrected estimate.

Choices: nothing is published of where agreement lies within its limits, so that every value is as likely, and the
groups' values are drawn apart. Shares are drawn from a beta distribution (Jeffreys' prior on the recorded share), and
counts of events from a gamma distribution with their mean and variance. A draw whose corrected shares lie outside 0 to
1 could not have given the counts: it is not possible and counts nowhere.

Source: Fox, MacLehose & Lash (2021), Applying Quantitative Bias Analysis to Epidemiologic Data, 2nd edition, Springer:
probabilistic bias analysis of summary counts, with sampling error drawn before the correction so that it is carried
through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 10_000
FEWEST = 500  # possible draws below which no interval is given: its ends would rest on a dozen of them
TOO_FEW = "no interval: hardly any draw of agreement and chance can have given these counts"
COLUMNS = ["chance_low", "chance_high", "corrected", "total_low", "total_high", "draws", "draws_possible"]


@dataclass(frozen=True)
class Draws:
    """Shares or rates of every group, one row a draw.

    ``recorded`` are of the recorded groups and hold chance alone; ``true`` are corrected; ``possible`` marks the draws
    that can have given the counts.
    """

    recorded: NDArray
    true: NDArray
    possible: NDArray


def agreed(agreement: NDArray, recorded: NDArray) -> NDArray:
    """Return the share of each recorded group (row) that is truly of each group (column).

    Parameters
    ----------
    agreement : ndarray
        Share of each recorded group that is truly of it; the groups stand on the last axis, draws on those before.
    recorded : ndarray
        Size of each recorded group, by which those recorded wrongly are spread over the other groups.
    """
    spread = np.tile(recorded.astype(float), (len(recorded), 1))
    np.fill_diagonal(spread, 0.0)
    total = spread.sum(axis=1, keepdims=True)
    spread = np.divide(spread, total, out=np.zeros_like(spread), where=total > 0)
    return agreement[..., None] * np.eye(len(recorded)) + (1 - agreement)[..., None] * spread


def of_shares(
    low: NDArray, high: NDArray, records: NDArray, events: NDArray, rng: np.random.Generator, draws: int = DRAWS
) -> Draws:
    """Draw the share of every group, as recorded and corrected.

    Parameters
    ----------
    low, high : ndarray
        Limits of each group's agreement.
    records, events : ndarray
        Recorded counts by group. Where they were rounded apart, events above the records are taken as the records.
    rng : numpy.random.Generator
        Seeded.
    draws : int
        How many.
    """
    events = np.minimum(events, records)
    agreement = rng.uniform(low, high, (draws, len(low)))
    recorded = rng.beta(events + 0.5, records - events + 0.5, (draws, len(low)))
    # A recorded group's share is the mean of the true groups' shares, weighted by who is truly in it.
    try:
        true = np.linalg.solve(agreed(agreement, records), recorded[..., None])[..., 0]
    except np.linalg.LinAlgError:  # limits that are one value can make all draws alike, and none solvable
        true = np.full_like(recorded, np.nan)
    return Draws(recorded, true, ((true >= 0) & (true <= 1)).all(axis=1))


def of_rates(
    low: NDArray,
    high: NDArray,
    people: NDArray,
    squares: NDArray,
    scale: NDArray,
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Draws:
    """Draw the standardised rate of every group, as recorded and corrected.

    Parameters
    ----------
    low, high : ndarray
        Limits of each group's agreement.
    people, squares : ndarray
        Events by recorded group and stratum, and their variance: where people repeat, it is above their number.
    scale : ndarray
        What one event of each group and stratum adds to the group's rate.
    rng : numpy.random.Generator
        Seeded.
    draws : int
        How many.
    """
    agreement = rng.uniform(low, high, (draws, len(low)))
    each = np.divide(squares, people, out=np.ones_like(people), where=people > 0)
    shape = np.divide(people, each, out=np.zeros_like(people), where=people > 0)
    drawn = rng.standard_gamma(shape, (draws, *people.shape)) * each
    # First index: recorded group, second: the true group whose strata weigh its events.
    weighed = drawn @ scale.T
    shares = agreed(agreement, people.sum(axis=1))
    recorded = np.diagonal(weighed, axis1=1, axis2=2)
    return Draws(recorded, (shares * weighed).sum(axis=1), np.ones(draws, bool))


def compared(values: NDArray, own: int, base: int, *, odds: bool = False, ratio: bool = False) -> NDArray:
    """Return one group compared with another in each draw: difference, ratio, or ratio of odds."""
    ours, theirs = values[:, own], values[:, base]
    with np.errstate(divide="ignore", invalid="ignore"):
        if odds:
            return ours * (1 - theirs) / ((1 - ours) * theirs)
        return ours / theirs if ratio else ours - theirs


def interval(drawn: Draws, own: int, base: int, level: float, **measure: bool) -> dict[str, Any]:
    """Return the limits by chance alone, and the corrected estimate with the limits of both kinds of error.

    Parameters
    ----------
    drawn : Draws
        Of all groups.
    own, base : int
        Where the group and the comparator stand.
    level : float
        Of the intervals, such as 0.95.
    **measure
        For :func:`compared`.
    """
    ends = [(1 - level) / 2, (1 + level) / 2]
    chance = np.quantile(compared(drawn.recorded, own, base, **measure), ends)
    found = {"chance_low": float(chance[0]), "chance_high": float(chance[1]), "draws": len(drawn.possible)}
    found["draws_possible"] = int(drawn.possible.sum())
    if found["draws_possible"] < FEWEST:
        return found
    low, middle, high = np.quantile(compared(drawn.true[drawn.possible], own, base, **measure), [ends[0], 0.5, ends[1]])
    return found | {"corrected": float(middle), "total_low": float(low), "total_high": float(high)}
