"""Logistic, Poisson and linear models from covariate-pattern cells: exact, and far faster than from records.

With categorical covariates the likelihood depends on the data only through the cells: records and events of each
covariate pattern. The one-hot design of the cells is never built (:mod:`genequity.service.kernel`). Coefficients and
standard errors equal those from single records.

Sources: McCullagh & Nelder (1989); Zou (2004) for the Poisson model of a share (modified Poisson), whose intervals need
a robust variance. The variances stand in :mod:`genequity.service.variance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service.kernel import Design
from genequity.service.kernel import Factor as Factor

TOLERANCE = 1e-12  # largest relative step at convergence
MAX_STEPS = 50
HALVINGS = 30  # of a step that would lower the likelihood
SMALL_STEP = 1e-3  # so near the maximum a full step cannot lower the likelihood
LOGIT, POISSON, RATE, LINEAR = "logit", "poisson", "rate", "linear"
DIVERGED = 12.0  # log odds: an effect beyond e^12 is separation that one-way tables did not show


@dataclass(frozen=True)
class Fit:
    """A fitted model: coefficients, their model-based covariance, and what it rests on.

    ``scale`` is the residual variance in a linear model: the covariance is the inverse information times it.
    """

    beta: NDArray
    covariance: NDArray
    records: float
    events: float
    family: str = LOGIT
    scale: float = 1.0


class NotEstimable(Exception):
    """The model has no finite maximum: the message says why, in words for the report."""


class Separated(NotEstimable):
    """The covariates predict some outcomes perfectly: an estimate runs to infinity."""


def moments(eta: NDArray, family: str = LOGIT) -> tuple[NDArray, NDArray]:
    """Mean and variance of one record's outcome under the model, from the linear predictor."""
    if family == LINEAR:
        return eta, np.ones_like(eta)
    odds = np.exp(np.minimum(eta, 700.0))
    if family != LOGIT:
        return odds, odds
    none = 1 / (1 + odds)
    mean = odds * none
    return mean, mean * none


def log_likelihood(eta: NDArray, events: NDArray, records: NDArray, family: str = LOGIT) -> float:
    """Log-likelihood, up to a constant of the data."""
    odds = np.exp(np.minimum(eta, 700.0))
    total = np.log1p(odds) if family == LOGIT else odds
    return float(events @ eta - records @ total)


def fit(
    design: Design,
    events: NDArray,
    records: NDArray,
    family: str = LOGIT,
    *,
    start: NDArray | None = None,
    tolerance: float = TOLERANCE,
) -> Fit:
    """Maximum-likelihood regression by Fisher scoring; a step that lowers the likelihood is halved.

    Parameters
    ----------
    design : Design
        Covariates of the cells. Cells of the same covariate pattern are added up first.
    events, records : ndarray
        Events and records of each cell.
    family : str
        ``logit``; ``poisson`` with the log link, for a share; or ``rate``, the same for events in ``records``
        person-years, of which there may be more than one a person-year.
    start : ndarray, optional
        Coefficients to begin at, as those of a fit to nearly the same data.
    tolerance : float
        Largest relative step at convergence. The error left is about its square.

    Raises
    ------
    Separated
        If a coefficient runs away.
    NotEstimable
        If there is no event or no non-event, the covariates are collinear, or the fit does not converge.
    """
    total, count = float(records.sum()), float(events.sum())
    if not (0 < count < total or (family == RATE and count > 0)):
        raise NotEstimable("no record, or every record, reached this stage")
    design, (events, records) = design.patterns(events, records)
    if start is None:
        start = np.zeros(design.size)
        start[0] = np.log(count / (total - count)) if family == LOGIT else np.log(count / total)
    beta, eta, reached = start, design.linear(start), None
    for _ in range(MAX_STEPS):
        mean, spread = moments(eta, family)
        information = design.gram(records * spread)
        change = _solved(information, design.sums(events - records * mean))
        if reached is None:
            reached = log_likelihood(eta, events, records, family)
        beta, eta, reached, change = _step(design, events, records, family, beta, reached, change)
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max(initial=0) > DIVERGED:
            raise Separated("the groups or covariates are separated: an estimate runs to infinity")
        if np.abs(change).max() < tolerance * (1 + np.abs(beta).max()):
            break
    else:
        raise NotEstimable("the fit did not converge")
    if np.linalg.cond(information) > 1e14:
        raise NotEstimable("the covariates cannot be told apart in these data")
    # The last step was below the tolerance, so that the information before it is that at the maximum.
    return Fit(beta, np.linalg.inv(information), total, count, family)


def _solved(information: NDArray, score: NDArray) -> NDArray:
    try:
        return np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        raise NotEstimable("the covariates cannot be told apart in these data") from None


def _step(design, events, records, family, beta, reached, change):
    """Take a step, or half of it for as long as it lowers the likelihood; return what is reached and the step taken."""
    for _ in range(HALVINGS):
        eta = design.linear(beta + change)
        if np.abs(change).max() < SMALL_STEP:
            break
        now = log_likelihood(eta, events, records, family)
        if now >= reached - 1e-9 * (1 + abs(reached)):
            reached = now
            break
        change = change / 2
    return beta + change, eta, reached, change


def fit_linear(design: Design, records: NDArray, sums: NDArray, squares: NDArray) -> Fit:
    """Least squares of a measured value, as the logarithm of a wait, on cells.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    records, sums, squares : ndarray
        Of each cell: records, the sum of their values and the sum of their squares.

    Returns
    -------
    Fit
        ``events`` is the number of records, too; the covariance rests on the residual variance with ``n - k``.

    Raises
    ------
    NotEstimable
        If the covariates are collinear or there are no more records than coefficients.
    """
    total = float(records.sum())
    if total <= design.size:
        raise NotEstimable("there are no more records than coefficients")
    information = design.gram(records)
    if np.linalg.cond(information) > 1e14:
        raise NotEstimable("the covariates cannot be told apart in these data")
    beta = _solved(information, design.sums(sums))
    mean = sums / np.maximum(records, 1)
    # About the cell's own mean first: the sum of squares about the fit would lose digits.
    rest = float(records @ (mean - design.linear(beta)) ** 2 + (squares - sums * mean).sum())
    scale = rest / (total - design.size)
    return Fit(beta, scale * np.linalg.inv(information), total, total, LINEAR, scale)


def standardised_risks(design: Design, beta: NDArray, records: NDArray, factor: int = 0) -> tuple[NDArray, NDArray]:
    """Risk of each level of one factor if every record had that level, with its slopes for the delta method.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    beta : ndarray
        Coefficients of the logistic model.
    records : ndarray
        Records of each cell: the population standardised to. Its distribution is taken as fixed.
    factor : int
        Which factor (the group).

    Returns
    -------
    risks : ndarray, one a level
    slopes : ndarray, levels x coefficients
        Derivatives of the risks: S V S' is the covariance of the risks when V is that of the coefficients.

    Notes
    -----
    Source: Localio, Margolis & Berlin (2007), marginal standardisation with the delta method.
    """
    place, chosen = design.slices[factor], design.factors[factor]
    effects = np.concatenate(([0.0], beta[place]))
    rest = design.linear(beta) - effects[chosen.codes]
    share = records / records.sum()
    risks = np.empty(len(chosen.levels))
    slopes = np.zeros((len(chosen.levels), design.size))
    for level, effect in enumerate(effects):
        mean, spread = moments(rest + effect)
        risks[level] = share @ mean
        slopes[level] = design.sums(share * spread)
        slopes[level, place] = 0.0
        if level:
            slopes[level, place.start + level - 1] = share @ spread
    return risks, slopes
