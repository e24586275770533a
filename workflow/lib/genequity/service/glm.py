"""Logistic models from covariate-pattern cells: exact, and hundreds of times faster than from records.

With categorical covariates the likelihood depends on the data only through the cells: records and events of each
covariate pattern. The one-hot design is never built: X'WX is the set of two-way tables of the weights, X'r the one-way
tables, X b a table look-up. Coefficients and standard errors equal those from single records.

Sources: McCullagh & Nelder (1989); Liang & Zeger (1986) for the cluster-robust variance, with the small-sample factor
G/(G-1) · (n-1)/(n-k) in which n counts *records*, as Stata, R's sandwich and fixest define it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TOLERANCE = 1e-12  # largest relative step at convergence
MAX_STEPS = 50
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


@dataclass(frozen=True)
class Fit:
    """A fitted model: coefficients, their covariance, and what it rests on."""

    beta: NDArray
    covariance: NDArray
    records: float
    events: float
    clusters: int | None = None


class NotEstimable(Exception):
    """The model has no finite maximum: the message says why, in words for the report."""


def fit(design: Design, events: NDArray, records: NDArray) -> Fit:
    """Maximum-likelihood logistic regression by Newton's method.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    events, records : ndarray
        Events and records of each cell.

    Raises
    ------
    NotEstimable
        If there is no event or no non-event, the covariates are collinear, or a coefficient runs away (separation).
    """
    total, count = float(records.sum()), float(events.sum())
    if not 0 < count < total:
        raise NotEstimable("no record, or every record, reached this stage")
    beta = np.zeros(design.size)
    beta[0] = np.log(count / (total - count))
    for _ in range(MAX_STEPS):
        mean = 1 / (1 + np.exp(-design.linear(beta)))
        information = design.gram(records * mean * (1 - mean))
        try:
            change = np.linalg.solve(information, design.sums(events - records * mean))
        except np.linalg.LinAlgError:
            raise NotEstimable("the covariates cannot be told apart in these data") from None
        beta = beta + change
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max(initial=0) > DIVERGED:
            raise NotEstimable("the groups or covariates are separated: an estimate runs to infinity")
        if np.abs(change).max() < TOLERANCE * (1 + np.abs(beta).max()):
            break
    else:
        raise NotEstimable("the fit did not converge")
    if np.linalg.cond(information) > 1e14:
        raise NotEstimable("the covariates cannot be told apart in these data")
    mean = 1 / (1 + np.exp(-design.linear(beta)))
    covariance = np.linalg.inv(design.gram(records * mean * (1 - mean)))
    return Fit(beta, covariance, total, count)


def cluster_robust(
    design: Design, fitted: Fit, events: NDArray, records: NDArray, cluster: NDArray[np.intp], *, correct: bool = True
) -> Fit:
    """Replace the covariance by the cluster-robust one (CR1 with the record-count factor, or CR0).

    Parameters
    ----------
    cluster : ndarray of int
        Cluster number of each cell, 0 … G-1.
    correct : bool
        Multiply by G/(G-1) · (n-1)/(n-k), with n records and k coefficients.
    """
    mean = 1 / (1 + np.exp(-design.linear(fitted.beta)))
    scores = design.cluster_sums(cluster, events - records * mean)
    used = len(np.unique(cluster))
    covariance = fitted.covariance @ (scores.T @ scores) @ fitted.covariance
    if correct:
        covariance *= used / (used - 1) * (fitted.records - 1) / (fitted.records - design.size)
    return Fit(fitted.beta, covariance, fitted.records, fitted.events, used)


def standardised_risks(design: Design, fitted: Fit, records: NDArray, factor: int = 0) -> tuple[NDArray, NDArray]:
    """Risk of each level of one factor if every record had that level, with the delta-method covariance.

    Parameters
    ----------
    design, fitted
        The model and its fit.
    records : ndarray
        Records of each cell: the population standardised to. Its distribution is taken as fixed.
    factor : int
        Which factor (the group).

    Returns
    -------
    risks : ndarray, one a level
    covariance : ndarray, levels x levels

    Notes
    -----
    Source: Localio, Margolis & Berlin (2007), marginal standardisation with the delta method.
    """
    place, chosen = design.slices[factor], design.factors[factor]
    effects = np.concatenate(([0.0], fitted.beta[place]))
    rest = design.linear(fitted.beta) - effects[chosen.codes]
    share = records / records.sum()
    risks = np.empty(len(chosen.levels))
    slopes = np.zeros((len(chosen.levels), design.size))
    for level, effect in enumerate(effects):
        mean = 1 / (1 + np.exp(-(rest + effect)))
        risks[level] = share @ mean
        weight = share * mean * (1 - mean)
        slopes[level] = design.sums(weight)
        slopes[level, place] = 0.0
        if level:
            slopes[level, place.start + level - 1] = weight.sum()
    return risks, slopes @ fitted.covariance @ slopes.T
