"""Contrasts of a fitted model: each group compared with the chosen one, and with the population average.

Odds ratio, risk ratio and risk difference come from one fit; each has its own delta-method variance and degrees of
freedom. The average weighs the groups by their records in the model (weighted effect coding).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service.variance import Variance

MEASURES = ("odds_ratio", "risk_ratio", "risk_difference")
AVERAGE = "_average"
ENDS = ("", "_low", "_high")
COLUMNS = [measure + beside + end for beside in ("", AVERAGE) for measure in MEASURES for end in ENDS]


@dataclass(frozen=True)
class Contrast:
    """A linear contrast of coefficients: its value, its slopes, and whether it is shown as a ratio."""

    value: float
    slopes: NDArray
    ratio: bool

    def error(self, variance: Variance) -> float:
        """Standard error."""
        return float(np.sqrt(max(self.slopes @ variance.covariance @ self.slopes, 0.0)))

    def interval(self, variance: Variance, level: float) -> tuple[float, float, float]:
        """Return the estimate and its limits, on the scale on which it is shown."""
        half = quantile(0.5 + level / 2, variance.degrees(self.slopes)) * self.error(variance)
        found = self.value, self.value - half, self.value + half
        return tuple(map(float, np.exp(found))) if self.ratio else found


def quantile(probability: float, degrees: float) -> float:
    """Quantile of the t distribution; the normal one where the degrees of freedom are infinite."""
    from scipy.stats import norm, t

    return float(t.ppf(probability, degrees)) if np.isfinite(degrees) else float(norm.ppf(probability))


def from_comparator(beta: NDArray, risks: NDArray, slopes: NDArray, group: int) -> dict[str, Contrast]:
    """Contrasts of one group with the first one.

    Parameters
    ----------
    beta : ndarray
        Coefficients; those of the groups stand behind the intercept.
    risks, slopes : ndarray
        Result of :func:`genequity.service.glm.standardised_risks`.
    group : int
        Position of the group, 1 or more.
    """
    weights = np.zeros(len(risks))
    weights[0] = 1.0
    return _contrasts(beta, risks, slopes, group, weights)


def from_average(beta: NDArray, risks: NDArray, slopes: NDArray, group: int, records: NDArray) -> dict[str, Contrast]:
    """Contrasts of one group with the average of all groups, weighted by ``records``, one number a group."""
    return _contrasts(beta, risks, slopes, group, records / records.sum())


def _contrasts(beta, risks, slopes, group, weights) -> dict[str, Contrast]:
    effects = np.concatenate(([0.0], beta[1 : len(risks)]))
    odds = np.zeros(len(beta))
    odds[1 : len(risks)] = -weights[1:]
    if group:
        odds[group] += 1.0
    base, base_slopes = float(weights @ risks), weights @ slopes
    return {
        "odds_ratio": Contrast(float(effects[group] - weights @ effects), odds, True),
        "risk_ratio": Contrast(
            float(np.log(risks[group] / base)), slopes[group] / risks[group] - base_slopes / base, True
        ),
        "risk_difference": Contrast(float(risks[group] - base), slopes[group] - base_slopes, False),
    }


def detectable(contrast: Contrast, variance: Variance, level: float, power: float) -> float:
    """Smallest difference that a test at ``1 - level`` finds with the given power: (t + t) standard errors.

    Source: Bloom (1995), minimum detectable effects.
    """
    degrees = variance.degrees(contrast.slopes)
    return (quantile(0.5 + level / 2, degrees) + quantile(power, degrees)) * contrast.error(variance)
