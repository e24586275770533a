"""Means, totals, ratios, proportions and their intervals, for a whole sample or a domain of it.

Vocabulary: a *domain* is a part of the population that the design did not fix, such as an ethnic group; the
rest of the sample stays in the variance. The *design effect* is the variance over that of a simple random
sample of the same size. Formulas: Lumley, Complex Surveys (2010); Korn and Graubard (1998), Survey Methodology
24, 193; tested against R survey.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from genequity.survey.design import Design


@dataclass(frozen=True)
class Estimate:
    """Estimates with what their variance is made of.

    ``value`` (p,), ``influence`` (n, p) weighted influence functions, ``n`` respondents used, ``df`` of the domain.
    """

    design: Design
    value: np.ndarray
    influence: np.ndarray
    n: int
    df: int

    @property
    def covariance(self) -> np.ndarray:
        """Covariance matrix (p, p)."""
        return self.design.covariance(self.influence)

    @property
    def se(self) -> np.ndarray:
        """Standard errors (p,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0))

    def contrast(self, coefficients: np.ndarray) -> Estimate:
        """Return linear combinations (k, p) of the estimates, such as a difference of two groups."""
        coefficients = np.atleast_2d(coefficients)
        return Estimate(self.design, coefficients @ self.value, self.influence @ coefficients.T, self.n, self.df)

    def interval(self, level: float = 0.95, df: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Return symmetric limits from Student's t."""
        wide = stats.t.ppf((1 + level) / 2, max(self.df if df is None else df, 1)) * self.se
        return self.value - wide, self.value + wide


def total(design: Design, y: np.ndarray, domain: np.ndarray | None = None) -> Estimate:
    """Estimate totals of the columns of ``y`` (n,) or (n, p); missing values are outside the domain."""
    y, inside = _prepare(design, y, domain)
    influence = design.weights[:, None] * y
    return Estimate(design, influence.sum(axis=0), influence, int(inside.sum()), design.degrees_of_freedom(inside))


def mean(design: Design, y: np.ndarray, domain: np.ndarray | None = None) -> Estimate:
    """Estimate means of the columns of ``y`` (n,) or (n, p); missing values are outside the domain.

    A proportion is the mean of an indicator. The influence function of a domain mean is ``w (y - mean) / W`` inside the
    domain and zero outside, ``W`` being the domain's total weight.
    """
    y, inside = _prepare(design, y, domain)
    weights = design.weights * inside
    size = weights.sum()
    value = weights @ y / size
    influence = weights[:, None] * (y - value) / size
    return Estimate(design, value, influence, int(inside.sum()), design.degrees_of_freedom(inside))


def ratio(design: Design, numerator: np.ndarray, denominator: np.ndarray, domain: np.ndarray | None = None) -> Estimate:
    """Estimate the ratio of two totals; respondents without either value are outside the domain."""
    both, inside = _prepare(design, np.column_stack([numerator, denominator]), domain)
    weights = design.weights * inside
    bottom = weights @ both[:, 1]
    value = weights @ both[:, 0] / bottom
    influence = weights * (both[:, 0] - value * both[:, 1]) / bottom
    return Estimate(design, np.array([value]), influence[:, None], int(inside.sum()), design.degrees_of_freedom(inside))


def domain_means(design: Design, y: np.ndarray, domains: list[np.ndarray]) -> Estimate:
    """Estimate the mean of ``y`` (n,) in several domains together, so that they can be compared."""
    parts = [mean(design, y, domain) for domain in domains]
    answered = np.isfinite(np.asarray(y, dtype=float))
    return Estimate(
        design,
        np.concatenate([part.value for part in parts]),
        np.column_stack([part.influence for part in parts]),
        int(answered.sum()),
        design.degrees_of_freedom(answered),
    )


def design_effect(estimate: Estimate, y: np.ndarray, *, replacement: bool = True) -> float:
    """Return the variance of a mean of ``y`` over that of a simple random sample of the same size.

    Parameters
    ----------
    replacement : bool
        Whether that sample is drawn with replacement (no finite population correction).
    """
    y = np.asarray(y, dtype=float)
    inside = np.isfinite(y) & (estimate.design.weights > 0)
    weights, y = estimate.design.weights[inside], y[inside]
    n, population = len(y), weights.sum()
    variance = weights @ (y - weights @ y / population) ** 2 / population * n / (n - 1)
    simple = variance / n * (1 if replacement else (population - n) / population)
    return float(estimate.covariance[0, 0] / simple)


def effective_size(p: float, variance: float, n: int, df: float, level: float) -> float:
    """Return the effective sample size of a proportion, adjusted for the design's degrees of freedom.

    Korn and Graubard (1998): ``p (1 - p) / variance`` times the squared ratio of Student's t on n - 1 and on the
    design's degrees of freedom. Without variance (nobody or everybody) the number of answers takes its place.
    """
    tail = (1 + level) / 2
    adjust = (stats.t.ppf(tail, max(n - 1, 1)) / stats.t.ppf(tail, max(df, 1))) ** 2
    size = p * (1 - p) / variance if variance > 0 else float(n)
    return float(size * adjust)


def _clopper_pearson(p: float, size: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    low = 0.0 if p <= 0 else float(stats.beta.ppf(tail, size * p, size * (1 - p) + 1))
    high = 1.0 if p >= 1 else float(stats.beta.ppf(1 - tail, size * p + 1, size * (1 - p)))
    return low, high


def _beta(p: float, variance: float, n: int, df: float, level: float) -> tuple[float, float]:
    return _clopper_pearson(p, effective_size(p, variance, n, df, level), level)


def _korn_graubard(p: float, variance: float, n: int, df: float, level: float) -> tuple[float, float]:
    return _clopper_pearson(p, min(effective_size(p, variance, n, df, level), float(n)), level)


def _logit(p: float, variance: float, n: int, df: float, level: float) -> tuple[float, float]:
    if not 0 < p < 1:
        return _korn_graubard(p, variance, n, df, level)
    wide = stats.t.ppf((1 + level) / 2, max(df, 1)) * np.sqrt(variance) / (p * (1 - p))
    centre = np.log(p / (1 - p))
    return float(1 / (1 + np.exp(wide - centre))), float(1 / (1 + np.exp(-wide - centre)))


def _wilson(p: float, variance: float, n: int, df: float, level: float) -> tuple[float, float]:
    size = p * (1 - p) / variance if variance > 0 else float(n)
    t = stats.t.ppf((1 + level) / 2, max(df, 1))
    centre = (p + t**2 / (2 * size)) / (1 + t**2 / size)
    wide = t / (1 + t**2 / size) * np.sqrt(p * (1 - p) / size + t**2 / (4 * size**2))
    return max(0.0, float(centre - wide)), min(1.0, float(centre + wide))


def _mean(p: float, variance: float, n: int, df: float, level: float) -> tuple[float, float]:
    wide = stats.t.ppf((1 + level) / 2, max(df, 1)) * np.sqrt(variance)
    return float(p - wide), float(p + wide)


INTERVALS: dict[str, Callable[[float, float, int, float, float], tuple[float, float]]] = {
    "korn_graubard": _korn_graubard,
    "beta": _beta,
    "logit": _logit,
    "wilson": _wilson,
    "mean": _mean,
}


def proportion_interval(
    p: float, variance: float, n: int, df: float, *, level: float = 0.95, method: str = "korn_graubard"
) -> tuple[float, float]:
    """Return the limits of a proportion.

    Parameters
    ----------
    p, variance : float
        Estimate and its design variance.
    n : int
        Respondents it rests on.
    df : float
        Design degrees of freedom.
    level : float
        Coverage, such as 0.95.
    method : str
        ``korn_graubard``: exact binomial limits at the effective size, which is never more than n (the rule of NCHS);
        ``beta``: the same without that ceiling (R's default for ``beta``); ``logit``, ``wilson``, ``mean``.
    """
    return INTERVALS[method](float(p), float(variance), int(n), float(df), float(level))


def _prepare(design: Design, y: np.ndarray, domain: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    y = np.asarray(y, dtype=float)
    y = y[:, None] if y.ndim == 1 else y
    inside = np.isfinite(y).all(axis=1) & (design.weights > 0)
    if domain is not None:
        inside &= np.asarray(domain, dtype=bool)
    return np.where(inside[:, None], y, 0.0), inside
