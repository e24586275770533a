"""Raking to population margins, with bounds, and what the weights cost.

Vocabulary: *raking* (iterative proportional fitting; Deming and Stephan 1940, doi:10.1214/aoms/1177731829)
scales the weights until the sample agrees with the population on each margin in turn; *trimming* keeps weights
within bounds, given as multiples of the mean weight, while raking goes on; *Kish's effective sample size* is
(sum w)^2 / sum w^2 (Kish 1965), and the *design effect of weighting* the sample size over it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Margin:
    """One population margin: categories, their population totals, and the category of each respondent (n,)."""

    variable: str
    categories: tuple[str, ...]
    totals: np.ndarray
    codes: np.ndarray


@dataclass(frozen=True)
class Raked:
    """Weights after raking, and how it went.

    ``discrepancy`` is the largest relative distance of a weighted margin from its total; ``trimmed`` the number of
    respondents whose weight is at a bound.
    """

    weights: np.ndarray
    iterations: int
    discrepancy: float
    converged: bool
    trimmed: int


def rake(
    base: np.ndarray,
    margins: list[Margin],
    *,
    tolerance: float = 1e-10,
    iterations: int = 1000,
    bounds: tuple[float, float] | None = None,
) -> Raked:
    """Rake base weights to population margins.

    Parameters
    ----------
    base : array (n,)
        Positive base (design) weights.
    margins : list of Margin
        Each with the same population total.
    tolerance : float
        Raking has converged when every weighted margin is within this relative distance of its total.
    iterations : int
        Most sweeps over all margins.
    bounds : (low, high), optional
        Least and greatest weight, as multiples of the mean weight.
    """
    weights = np.asarray(base, dtype=float) * (margins[0].totals.sum() / np.sum(base))
    mean = margins[0].totals.sum() / len(weights)
    discrepancy = _discrepancy(weights, margins)
    sweep = 0
    while discrepancy > tolerance and sweep < iterations:
        sweep += 1
        for margin in margins:
            sums = np.bincount(margin.codes, weights, minlength=len(margin.totals))
            weights = weights * (margin.totals / np.where(sums > 0, sums, 1))[margin.codes]
        if bounds is not None:
            weights = np.clip(weights, bounds[0] * mean, bounds[1] * mean)
        discrepancy = _discrepancy(weights, margins)
    trimmed = 0
    if bounds is not None:
        near = 1e-9 * mean
        trimmed = int(((weights <= bounds[0] * mean + near) | (weights >= bounds[1] * mean - near)).sum())
    return Raked(weights, sweep, discrepancy, discrepancy <= tolerance, trimmed)


def kish(weights: np.ndarray) -> tuple[float, float]:
    """Return Kish's effective sample size and the design effect of weighting.

    >>> kish(np.array([1.0, 1.0, 2.0]))
    (2.6666666666666665, 1.125)
    """
    weights = np.asarray(weights, dtype=float)
    size = float(weights.sum() ** 2 / (weights**2).sum())
    return size, len(weights) / size


def _discrepancy(weights: np.ndarray, margins: list[Margin]) -> float:
    return max(
        float(np.abs(np.bincount(m.codes, weights, minlength=len(m.totals)) / m.totals - 1).max()) for m in margins
    )
