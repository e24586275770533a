"""Partial pooling: estimates of several regions drawn towards their mean, the small ones more.

The normal-normal model: each region's log odds ratio is normal about its true value with a known error, and the true
values are normal about their mean with the standard deviation tau. Two statements come from it:

- the spread between regions: tau by Paule & Mandel (1982), its interval by the Q profile (Viechtbauer, 2007);
- each region's partially pooled value: the posterior mean and interval. Given tau this is the usual empirical Bayes
  formula, own value and mean weighted by tau² and the error's square. A few regions leave tau uncertain, and a tau of
  exactly 0 would give all of them one value with too narrow an interval. So the formula is averaged over tau, by its
  restricted likelihood and the weakly informative half-normal prior with scale 0.5 of Röver et al. (2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR = 0.5  # scale of the half-normal prior of tau, for log odds ratios
NODES = 160  # of the quadrature over tau
REACH = 6.0  # prior scales up to which tau is integrated
LARGEST = 1e4  # tau squared at which a root is given up


@dataclass(frozen=True)
class Spread:
    """The spread between estimates: mean, tau with its interval, and Cochran's Q with its degrees and p value.

    The upper limit is NaN where the Q profile is empty: the estimates differ so much less than their errors let expect
    that no tau, not even 0, agrees with them.
    """

    mean: float
    tau: float
    tau_low: float
    tau_high: float
    q: float
    df: int
    p: float


def spread(values: NDArray, errors: NDArray, level: float) -> Spread:
    """Return how far estimates differ beyond their errors.

    Parameters
    ----------
    values, errors : ndarray
        Estimates on the scale on which they are normal, and their standard errors; at least two.
    level : float
        Confidence level of the interval of tau.
    """
    from scipy.stats import chi2

    squares, df = np.asarray(errors, float) ** 2, len(values) - 1
    values = np.asarray(values, float)

    def at(target: float) -> float:
        return _root(values, squares, target)

    tau2 = at(float(df))
    low, high = at(float(chi2.ppf(0.5 + level / 2, df))), at(float(chi2.ppf(0.5 - level / 2, df)))
    q = _q(values, squares, 0.0)
    if q < chi2.ppf(0.5 - level / 2, df):
        high = np.nan
    return Spread(_mean(values, squares, tau2), *np.sqrt([tau2, low, high]), q, df, float(chi2.sf(q, df)))


def _weights(squares: NDArray, tau2: float) -> NDArray:
    weights = 1 / (squares + tau2)
    return weights / weights.sum()


def _mean(values: NDArray, squares: NDArray, tau2: float) -> float:
    return float(_weights(squares, tau2) @ values)


def _q(values: NDArray, squares: NDArray, tau2: float) -> float:
    """Return the generalised Q: squared distances from the mean over their variances."""
    return float(((values - _mean(values, squares, tau2)) ** 2 / (squares + tau2)).sum())


def _root(values: NDArray, squares: NDArray, target: float) -> float:
    """Return the tau² at which the generalised Q has the target value; 0 where it starts below."""
    from scipy.optimize import brentq

    if _q(values, squares, 0.0) <= target:
        return 0.0
    return float(brentq(lambda tau2: _q(values, squares, tau2) - target, 0.0, LARGEST, xtol=1e-14))


def given(values: NDArray, errors: NDArray, tau2: float) -> tuple[NDArray, NDArray]:
    """Return the pooled value of each region and its variance, tau² given; behind them those of a region not seen.

    Notes
    -----
    With B the share of the error in its sum with tau²: (1 - B) own + B mean, variance (1 - B) error² + B² var(mean), as
    in R's ``metafor::blup``.
    """
    squares = np.asarray(errors, float) ** 2
    mean, of_mean = _mean(values, squares, tau2), 1 / float((1 / (squares + tau2)).sum())
    share = squares / (squares + tau2)
    pooled = (1 - share) * values + share * mean
    variance = (1 - share) * squares + share**2 * of_mean
    return np.append(pooled, mean), np.append(variance, tau2 + of_mean)


@dataclass(frozen=True)
class Pooled:
    """Partially pooled values with limits, one a region, and how much of each rests on its own estimate (0 to 1).

    The last entry is that of a region of which nothing is known.
    """

    values: NDArray
    low: NDArray
    high: NDArray
    own: NDArray


def pooled(values: NDArray, errors: NDArray, level: float) -> Pooled:
    """Return the partially pooled values of at least two regions, uncertainty about tau included.

    Parameters
    ----------
    values, errors : ndarray
        As in :func:`spread`.
    level : float
        Level of the intervals.
    """
    values, errors = np.asarray(values, float), np.asarray(errors, float)
    points, weights = np.polynomial.legendre.leggauss(NODES)
    taus = (points + 1) / 2 * REACH * PRIOR
    logs = np.array([_restricted(values, errors**2, tau**2) for tau in taus]) - (taus / PRIOR) ** 2 / 2
    share = weights * np.exp(logs - logs.max())
    share /= share.sum()
    parts = [given(values, errors, tau**2) for tau in taus]
    means, sds = np.array([p[0] for p in parts]), np.sqrt([p[1] for p in parts])
    own = np.append(1 - share @ (errors**2 / (errors**2 + taus[:, None] ** 2)), 0.0)
    ends = [_quantile(share, means, sds, 0.5 + side * level / 2) for side in (-1, 1)]
    return Pooled(share @ means, *ends, own)


def _restricted(values: NDArray, squares: NDArray, tau2: float) -> float:
    """Restricted log-likelihood of tau², up to a constant."""
    total = squares + tau2
    return -0.5 * float(np.log(total).sum() + np.log((1 / total).sum()) + _q(values, squares, tau2))


def _quantile(share: NDArray, means: NDArray, sds: NDArray, probability: float) -> NDArray:
    """Return a quantile of each column's mixture of normals, by bisection."""
    from scipy.special import ndtr

    low, high = (means - 12 * sds).min(axis=0), (means + 12 * sds).max(axis=0)
    for _ in range(80):
        middle = (low + high) / 2
        below = share @ ndtr((middle - means) / sds) < probability
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return (low + high) / 2
