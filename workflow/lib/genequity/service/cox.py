"""Proportional hazards on counts: how much sooner one group's waits end than another's, other things being equal.

The *hazard* is the share of those still waiting whose wait ends on a day. A hazard ratio above one says that waits end
sooner. Each stratum (a category with its own target) has its own baseline. Open waits count as long as they were
watched. Ties, which whole days bring in numbers, are Efron's; a row may stand for many records.

Sources: Cox (1972), J R Stat Soc B 34:187; Efron (1977), J Am Stat Assoc 72:557; Lin & Wei (1989), J Am Stat Assoc
84:1074, for the variance by cluster, with the factor G / (G - 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service.glm import NotEstimable

MOST_STEPS = 30
SMALL = 1e-9
FARTHEST = 15.0  # a log hazard ratio beyond it is on its way to infinity


@dataclass(frozen=True)
class Fit:
    """Log hazard ratios, their model-based covariance, and the one by cluster where clusters were given."""

    beta: NDArray
    covariance: NDArray
    clustered: NDArray | None
    clusters: int | None
    loglik: float


@dataclass(frozen=True)
class _Sums:
    """Sums of one stratum at each of its times with an event; ``k`` events tie, the l-th with fraction l / k."""

    place: NDArray  # of each row: how many of these times are not later than its own
    at_time: NDArray  # of each row that ends: the place of its time
    s1: NDArray
    d1: NDArray
    a: NDArray  # columns: sums over ties of f^j / (S0 - f D0), j = 0, 1
    b: NDArray  # columns: sums over ties of f^j / (S0 - f D0)^2, j = 0, 1, 2


def fit(
    x: NDArray,
    days: NDArray,
    ended: NDArray,
    count: NDArray | None = None,
    stratum: NDArray | None = None,
    cluster: NDArray | None = None,
) -> Fit:
    """Return the fitted model.

    Parameters
    ----------
    x : ndarray, rows x coefficients
        Covariates; no column for a constant.
    days, ended : ndarray
        Days waited or watched; whether the wait came to its end.
    count : ndarray, optional
        Records behind each row (1).
    stratum, cluster : ndarray, optional
        Stratum of each row, and the cluster within which records are alike.

    Raises
    ------
    NotEstimable
        If the likelihood has no maximum within reach, or a coefficient cannot be told from the others.
    """
    x, days, ended = np.asarray(x, float), np.asarray(days, float), np.asarray(ended, bool)
    n = np.ones(len(days)) if count is None else np.asarray(count, float)
    strata = np.zeros(len(days), int) if stratum is None else np.unique(stratum, return_inverse=True)[1]
    parts = [np.flatnonzero(strata == s) for s in range(strata.max() + 1)]
    parts = [part[np.argsort(days[part], kind="stable")] for part in parts]
    centre = np.average(x, axis=0, weights=n)
    x = x - centre
    beta, last = np.zeros(x.shape[1]), -np.inf
    step = np.zeros_like(beta)
    for _ in range(MOST_STEPS):
        loglik, score, information, _ = _moments(x, days, ended, n, parts, beta)
        if not np.isfinite(loglik) or loglik < last - SMALL * abs(last):
            step = step / 2
            beta = beta - step
            if np.abs(step).max() < SMALL:
                raise NotEstimable("the model of waits does not converge")
            continue
        try:
            move = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise NotEstimable("the model of waits cannot tell its covariates apart") from None
        if np.abs(beta).max() > FARTHEST:
            raise NotEstimable("in one group no wait, or every wait, comes to an end before the others'")
        if np.abs(move).max() < SMALL:
            break
        last, step, beta = loglik, move, beta + move
    else:
        raise NotEstimable("the model of waits does not converge")
    _, _, information, sums = _moments(x, days, ended, n, parts, beta)
    bread = np.linalg.inv(information)
    if cluster is None:
        return Fit(beta, bread, None, None, float(loglik))
    numbers = np.unique(cluster, return_inverse=True)[1]
    size = numbers.max() + 1
    if size < 2:
        raise NotEstimable("one cluster alone gives no cluster-robust variance")
    scores = residuals(x, ended, n, parts, beta, sums)
    by = np.stack([np.bincount(numbers, column, size) for column in scores.T], axis=1)
    return Fit(beta, bread, bread @ (by.T @ by) @ bread * size / (size - 1), size, float(loglik))


def _moments(x, days, ended, n, parts, beta):
    """Return log-likelihood, score, information, and the sums of each stratum."""
    size = len(beta)
    loglik, score, information, kept = 0.0, np.zeros(size), np.zeros((size, size)), []
    for rows in parts:
        own, times = x[rows], days[rows]
        weight = n[rows] * np.exp(own @ beta)
        done = n[rows] * ended[rows]
        every, first = np.unique(times, return_index=True)
        s0, s1 = _behind(weight, first), _behind(weight[:, None] * own, first)
        events = np.add.reduceat(done, first)
        tied = weight * ended[rows]
        d0, d1 = np.add.reduceat(tied, first), np.add.reduceat(tied[:, None] * own, first)
        with_event = np.flatnonzero(events > 0)
        a, b, logs = _over_ties(events[with_event], s0[with_event], d0[with_event])
        loglik += float(done @ (own @ beta)) - logs
        s1, d1 = s1[with_event], d1[with_event]
        score += done @ own - (s1.T @ a[:, 0] - d1.T @ a[:, 1])
        information += _second(own, weight, tied, first, with_event, a)
        cross = (s1 * b[:, 1:2]).T @ d1
        information -= (s1 * b[:, :1]).T @ s1 - cross - cross.T + (d1 * b[:, 2:]).T @ d1
        place = np.searchsorted(every[with_event], times, side="right")
        kept.append(_Sums(place, place - 1, s1, d1, a, b))
    return loglik, score, information, kept


def _behind(values, first):
    """Return at each time the sum over the rows of that time and of later ones."""
    return np.add.reduceat(values, first)[::-1].cumsum(axis=0)[::-1]


def _second(own, weight, tied, first, with_event, a):
    """Return the sum over times of S2 A0 - D2 A1: each row counts at all times up to its own, and more at its own."""
    at_risk = np.zeros(len(first))
    at_risk[with_event] = a[:, 0]
    ends = np.zeros(len(first))
    ends[with_event] = a[:, 1]
    lengths = np.diff(np.append(first, len(own)))
    factor = weight * np.repeat(at_risk.cumsum(), lengths) - tied * np.repeat(ends, lengths)
    return (own * factor[:, None]).T @ own


def _over_ties(events, s0, d0):
    """Return the sums over ties of the powers of f that Efron's likelihood needs, and of the logs."""
    k = events.astype(int)
    owner = np.repeat(np.arange(len(k)), k)
    f = (np.arange(len(owner)) - np.repeat(np.cumsum(k) - k, k)) / k[owner]
    left = s0[owner] - f * d0[owner]
    a = np.stack([np.bincount(owner, f**j / left, len(k)) for j in range(2)], axis=1)
    b = np.stack([np.bincount(owner, f**j / left**2, len(k)) for j in range(3)], axis=1)
    return a, b, float(np.log(left).sum())


def residuals(x, ended, n, parts, beta, sums) -> NDArray:
    """Return what each row adds to the score, its records taken together; the rows sum to the score."""
    found = np.zeros_like(x)
    for rows, of in zip(parts, sums, strict=True):
        own, risk = x[rows], np.exp(x[rows] @ beta)[:, None]
        zero = np.zeros((1, x.shape[1]))
        h0 = np.append(0.0, of.a[:, 0].cumsum())[of.place][:, None]
        h1 = np.vstack([zero, (of.s1 * of.b[:, :1] - of.d1 * of.b[:, 1:2]).cumsum(axis=0)])[of.place]
        scores = -risk * (own * h0 - h1)
        end = ended[rows]
        at = of.at_time[end]
        # Those who end on a day are at risk for a part of it alone, and their own term is the mean over its ties.
        k = np.rint(_ties(n[rows][end], at, len(of.a)))[at][:, None]
        mean = (of.s1[at] * of.a[at, :1] - of.d1[at] * of.a[at, 1:]) / k
        less = own[end] * of.a[at, 1:] - (of.s1[at] * of.b[at, 1:2] - of.d1[at] * of.b[at, 2:])
        scores[end] += own[end] - mean + risk[end] * less
        found[rows] = scores * n[rows][:, None]
    return found


def _ties(count, at, size):
    return np.bincount(at, count, size)
