"""Generalised linear models with survey weights and design-based standard errors.

Weighted scores are solved by Fisher scoring; their influence functions go through the design's variance formula
(Binder 1983, doi:10.2307/1402588; R's ``svyglm``). The average marginal difference of a group is the weighted
mean, over everybody in the model, of the outcome predicted as if they were of that group, less the same for the
comparator (Graubard and Korn 1999, doi:10.1111/j.0006-341X.1999.00652.x): a standardised difference, not a
causal effect.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genequity.survey.design import Design
from genequity.survey.estimate import Estimate


@dataclass(frozen=True)
class Family:
    """A distribution with its canonical link: mean and variance from the linear predictor."""

    mean: Callable[[np.ndarray], np.ndarray]
    variance: Callable[[np.ndarray], np.ndarray]
    start: Callable[[float], float]


FAMILIES = {
    "gaussian": Family(lambda eta: eta, lambda eta: np.ones_like(eta), lambda m: m),
    "binomial": Family(
        lambda eta: 1 / (1 + np.exp(-eta)),
        lambda eta: 1 / (2 + np.exp(-eta) + np.exp(eta)),
        lambda m: float(np.log(m / (1 - m))),
    ),
    "poisson": Family(np.exp, np.exp, lambda m: float(np.log(m))),
}


class NotEstimable(ValueError):
    """A model without a finite answer: no variation, a column that repeats others, or separation."""


@dataclass(frozen=True)
class Fit:
    """A fitted model: coefficients as an :class:`Estimate`, and what predictions need."""

    coefficients: Estimate
    inside: np.ndarray
    x: np.ndarray
    y: np.ndarray
    family: Family
    df: int

    @property
    def n(self) -> int:
        """Respondents in the model."""
        return int(self.inside.sum())

    @property
    def events(self) -> int:
        """Respondents in the model with the outcome."""
        return int((self.y[self.inside] > 0).sum())

    def margins(self, designs: list[np.ndarray]) -> Estimate:
        """Return the weighted mean prediction under each of several design matrices (n, p)."""
        whole = self.coefficients.design
        weights = whole.weights * self.inside
        size = weights.sum()
        values, influence = [], []
        for x in designs:
            x = np.where(self.inside[:, None], x, 0.0)
            eta = x @ self.coefficients.value
            predicted = self.family.mean(eta)
            value = weights @ predicted / size
            slope = (weights * self.family.variance(eta)) @ x / size
            values.append(value)
            influence.append(weights * (predicted - value) / size + self.coefficients.influence @ slope)
        return Estimate(whole, np.array(values), np.column_stack(influence), self.n, self.df)


def fit(
    design: Design,
    y: np.ndarray,
    x: np.ndarray,
    *,
    family: str = "binomial",
    domain: np.ndarray | None = None,
    tolerance: float = 1e-12,
    iterations: int = 50,
) -> Fit:
    """Fit a generalised linear model.

    Parameters
    ----------
    design : Design
        The sample of n respondents.
    y : array (n,)
        Outcome; missing values are outside the model.
    x : array (n, p)
        Design matrix with its column of ones; missing values are outside the model.
    family : str
        ``gaussian``, ``binomial`` (logit) or ``poisson`` (log).
    domain : array (n,) of bool, optional
        Respondents to use; the rest of the sample stays in the variance.

    Raises
    ------
    NotEstimable
        If the outcome does not vary, a column repeats others, or the coefficients run away (separation).
    """
    law = FAMILIES[family]
    y, x = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    inside = np.isfinite(y) & np.isfinite(x).all(axis=1) & (design.weights > 0)
    if domain is not None:
        inside &= domain
    y, x = np.where(inside, y, 0.0), np.where(inside[:, None], x, 0.0)
    weights = design.weights * inside
    if not inside.any() or np.ptp(y[inside]) == 0:
        raise NotEstimable("the outcome does not vary")
    if np.linalg.matrix_rank(x[inside]) < x.shape[1]:
        raise NotEstimable("a term repeats others, or one of its categories is empty")
    scaled = weights / weights[inside].mean()
    average = float(scaled @ y / scaled.sum())
    beta = np.linalg.lstsq(x[inside], np.full(inside.sum(), law.start(average)), rcond=None)[0]
    for _ in range(iterations):
        eta = x @ beta
        score = x.T @ (scaled * (y - law.mean(eta)))
        information = (x * (scaled * law.variance(eta))[:, None]).T @ x
        step = np.linalg.solve(information, score)
        beta = beta + step
        if family == "binomial" and np.abs(x[inside] @ beta).max() > 30:
            raise NotEstimable("a term predicts the outcome perfectly (separation)")
        if np.abs(step).max() <= tolerance * (1 + np.abs(beta).max()):
            break
    else:
        raise NotEstimable("the fit did not converge")
    eta = x @ beta
    information = (x * (weights * law.variance(eta))[:, None]).T @ x
    influence = (x * (weights * (y - law.mean(eta)))[:, None]) @ np.linalg.inv(information)
    df = design.degrees_of_freedom(inside) + 1 - x.shape[1]
    return Fit(Estimate(design, beta, influence, int(inside.sum()), df), inside, x, y, law, df)
