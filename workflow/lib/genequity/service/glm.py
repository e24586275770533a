"""Logistic and Poisson models from covariate-pattern cells: exact, and far faster than from records.

With categorical covariates the likelihood depends on the data only through the cells: records and events of each
covariate pattern. The one-hot design is never built: X'WX is the set of two-way tables of the weights, X'r the one-way
tables, X b a table look-up. Coefficients and standard errors equal those from single records.

Sources: McCullagh & Nelder (1989); Zou (2004) for the Poisson model of a share (modified Poisson), whose intervals need
a robust variance. The variances stand in :mod:`genequity.service.variance`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-12  # largest relative step at convergence
MAX_STEPS = 50
HALVINGS = 30  # of a step that would lower the likelihood
LOGIT, POISSON = "logit", "poisson"
DIVERGED = 12.0  # log odds: an effect beyond e^12 is separation that one-way tables did not show


@dataclass(frozen=True)
class Factor:
    """A categorical covariate: its levels (the first is the reference) and the level number of each cell."""

    name: str
    levels: tuple[str, ...]
    codes: NDArray[np.intp]


@dataclass(frozen=True)
class Design:
    """An intercept and factors over cells, without ever being expanded."""

    factors: tuple[Factor, ...]
    cells: int

    @property
    def slices(self) -> list[slice]:
        """Coefficient positions of each factor's non-reference levels."""
        found, start = [], 1
        for factor in self.factors:
            found.append(slice(start, start + len(factor.levels) - 1))
            start += len(factor.levels) - 1
        return found

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return 1 + sum(len(factor.levels) - 1 for factor in self.factors)

    def linear(self, beta: NDArray) -> NDArray:
        """X b, one value a cell."""
        eta = np.full(self.cells, beta[0])
        for factor, place in zip(self.factors, self.slices):
            eta += np.concatenate(([0.0], beta[place]))[factor.codes]
        return eta

    def sums(self, values: NDArray) -> NDArray:
        """X'v: the total, then the one-way table of every factor."""
        out = np.empty(self.size)
        out[0] = values.sum()
        for factor, place in zip(self.factors, self.slices):
            out[place] = np.bincount(factor.codes, values, len(factor.levels))[1:]
        return out

    def gram(self, weights: NDArray) -> NDArray:
        """X'WX from one-way and two-way tables of the weights."""
        out = np.zeros((self.size, self.size))
        out[0, 0] = weights.sum()
        for i, (a, place) in enumerate(zip(self.factors, self.slices)):
            one = np.bincount(a.codes, weights, len(a.levels))[1:]
            out[0, place] = one
            out[place, place] = np.diag(one)
            for b, other in zip(self.factors[i + 1 :], self.slices[i + 1 :]):
                wide = len(b.levels)
                two = np.bincount(a.codes * wide + b.codes, weights, len(a.levels) * wide)
                out[place, other] = two.reshape(-1, wide)[1:, 1:]
        return np.triu(out) + np.triu(out, 1).T

    def quadratic(self, matrix: NDArray) -> NDArray:
        """x'Ax of every cell's covariates, by look-ups."""
        padded = np.zeros((self.size + 1, self.size + 1))
        padded[:-1, :-1] = matrix
        places = [np.zeros(self.cells, np.intp)]
        for factor, place in zip(self.factors, self.slices):
            places.append(np.where(factor.codes > 0, place.start + factor.codes - 1, self.size))
        return sum(padded[a, b] for a in places for b in places)

    def cluster_sums(self, cluster: NDArray[np.intp], values: NDArray) -> NDArray:
        """X'v within each cluster: one row a cluster."""
        clusters = int(cluster.max()) + 1
        out = np.zeros((clusters, self.size))
        out[:, 0] = np.bincount(cluster, values, clusters)
        for factor, place in zip(self.factors, self.slices):
            wide = len(factor.levels)
            table = np.bincount(cluster * wide + factor.codes, values, clusters * wide)
            out[:, place] = table.reshape(clusters, wide)[:, 1:]
        return out

    def taken(self, cells: NDArray[np.intp]) -> Design:
        """Return the design of some of the cells."""
        factors = tuple(Factor(factor.name, factor.levels, factor.codes[cells]) for factor in self.factors)
        return Design(factors, len(cells))

    def collapsed(self, *values: NDArray) -> tuple[Design, list[NDArray]]:
        """Return the design with one cell a covariate pattern, and the values summed to it."""
        key = np.zeros(self.cells, np.int64)
        for factor in self.factors:
            key = key * len(factor.levels) + factor.codes
        _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        return self.taken(first), [np.bincount(inverse, value, len(first)) for value in values]


@dataclass(frozen=True)
class Fit:
    """A fitted model: coefficients, their model-based covariance, and what it rests on."""

    beta: NDArray
    covariance: NDArray
    records: float
    events: float
    family: str = LOGIT


class NotEstimable(Exception):
    """The model has no finite maximum: the message says why, in words for the report."""


class Separated(NotEstimable):
    """The covariates predict some outcomes perfectly: an estimate runs to infinity."""


def moments(eta: NDArray, family: str = LOGIT) -> tuple[NDArray, NDArray]:
    """Mean and variance of one record's outcome under the model, from the linear predictor."""
    if family == POISSON:
        mean = np.exp(np.minimum(eta, 700.0))
        return mean, mean
    mean = 1 / (1 + np.exp(-np.clip(eta, -700.0, 700.0)))
    return mean, mean * (1 - mean)


def log_likelihood(eta: NDArray, events: NDArray, records: NDArray, family: str = LOGIT) -> float:
    """Log-likelihood, up to a constant of the data."""
    total = np.exp(np.minimum(eta, 700.0)) if family == POISSON else np.logaddexp(0.0, eta)
    return float(events @ eta - records @ total)


def fit(design: Design, events: NDArray, records: NDArray, family: str = LOGIT) -> Fit:
    """Maximum-likelihood regression by Fisher scoring; a step that lowers the likelihood is halved.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    events, records : ndarray
        Events and records of each cell.
    family : str
        ``logit``, or ``poisson`` with the log link.

    Raises
    ------
    Separated
        If a coefficient runs away.
    NotEstimable
        If there is no event or no non-event, the covariates are collinear, or the fit does not converge.
    """
    total, count = float(records.sum()), float(events.sum())
    if not 0 < count < total:
        raise NotEstimable("no record, or every record, reached this stage")
    beta = np.zeros(design.size)
    beta[0] = np.log(count / total) if family == POISSON else np.log(count / (total - count))
    reached = log_likelihood(design.linear(beta), events, records, family)
    for _ in range(MAX_STEPS):
        mean, spread = moments(design.linear(beta), family)
        information = design.gram(records * spread)
        try:
            change = np.linalg.solve(information, design.sums(events - records * mean))
        except np.linalg.LinAlgError:
            raise NotEstimable("the covariates cannot be told apart in these data") from None
        for _ in range(HALVINGS):
            now = log_likelihood(design.linear(beta + change), events, records, family)
            if now >= reached - 1e-9 * (1 + abs(reached)):
                break
            change = change / 2
        beta, reached = beta + change, now
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max(initial=0) > DIVERGED:
            raise Separated("the groups or covariates are separated: an estimate runs to infinity")
        if np.abs(change).max() < TOLERANCE * (1 + np.abs(beta).max()):
            break
    else:
        raise NotEstimable("the fit did not converge")
    if np.linalg.cond(information) > 1e14:
        raise NotEstimable("the covariates cannot be told apart in these data")
    _, spread = moments(design.linear(beta), family)
    return Fit(beta, np.linalg.inv(design.gram(records * spread)), total, count, family)


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
