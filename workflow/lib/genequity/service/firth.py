"""Firth's penalised likelihood on cells, with profile intervals: finite estimates where groups are separated.

The penalty is half the logarithm of the information's determinant (Jeffreys's prior). Records of one covariate pattern
have one leverage, so that cells suffice. Sources: Firth (1993); Heinze & Schemper (2002), whose profile intervals keep
the whole information in the penalty, as R's logistf does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service.glm import HALVINGS, Design, Fit, NotEstimable, log_likelihood, moments

MAX_STEPS = 200
LONGEST = 5.0  # of a step in one coefficient
SMALL = 1e-9  # score at the maximum
FARTHEST = 60.0  # log odds at which a profile is given up


@dataclass(frozen=True)
class Penalised:
    """A fit by penalised likelihood and what its profiles need: one cell a covariate pattern."""

    fit: Fit
    design: Design
    events: NDArray
    records: NDArray
    reached: float


def fit(design: Design, events: NDArray, records: NDArray) -> Penalised:
    """Return the maximum of the penalised logistic likelihood.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    events, records : ndarray
        Events and records of each cell.

    Raises
    ------
    NotEstimable
        If there is no record, the covariates are collinear, or the fit does not converge.
    """
    design, (events, records) = design.collapsed(events, records)
    total, count = float(records.sum()), float(events.sum())
    if not total:
        raise NotEstimable("there is no record")
    start = np.zeros(design.size)
    start[0] = np.log((count + 0.5) / (total - count + 0.5))
    beta, reached, information = _maximum(design, events, records, start)
    return Penalised(Fit(beta, np.linalg.inv(information), total, count), design, events, records, reached)


def profile(penalised: Penalised, place: int, level: float) -> tuple[float, float]:
    """Return the profile interval of one coefficient: where the penalised likelihood falls by half a chi-square.

    Parameters
    ----------
    penalised : Penalised
        Result of :func:`fit`.
    place : int
        Position of the coefficient.
    level : float
        Confidence level.

    Raises
    ------
    NotEstimable
        If a limit lies beyond what can be computed.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    drop = float(chi2.ppf(level, 1)) / 2
    estimate = penalised.fit.beta[place]
    error = float(np.sqrt(penalised.fit.covariance[place, place]))
    limits = []
    for side in (-1, 1):
        beta = penalised.fit.beta.copy()

        def gap(value: float, beta: NDArray = beta) -> float:
            moved = beta.copy()
            moved[place] = value
            found, reached, _ = _maximum(penalised.design, penalised.events, penalised.records, moved, held=place)
            beta[:] = found
            return penalised.reached - reached - drop

        near, far = estimate, estimate + side * 2 * error
        while gap(far) < 0:
            near, far = far, estimate + 1.5 * (far - estimate)
            if abs(far - estimate) > FARTHEST:
                raise NotEstimable("the profile of the penalised likelihood has no limit")
        limits.append(float(brentq(gap, near, far, xtol=1e-10, rtol=1e-12)))
    return limits[0], limits[1]


def _maximum(
    design: Design, events: NDArray, records: NDArray, start: NDArray, held: int | None = None
) -> tuple[NDArray, float, NDArray]:
    """Climb the penalised likelihood from a start, one coefficient held where asked; return what is reached there."""
    free = np.array([place for place in range(design.size) if place != held], np.intp)
    beta = start.copy()
    reached, information, mean, spread = _penalised(design, events, records, beta)
    for _ in range(MAX_STEPS):
        if not np.isfinite(reached):
            break
        inverse = np.linalg.inv(information)
        leverage = records * spread * design.quadratic(inverse)
        score = design.sums(events - records * mean + leverage * (0.5 - mean))[free]
        if not len(free) or np.abs(score).max() < SMALL * (1 + float(records.sum())) ** 0.5:
            return beta, reached, information
        step = np.linalg.solve(information[np.ix_(free, free)], score)
        step *= min(1.0, LONGEST / max(np.abs(step).max(), 1e-300))
        for _ in range(HALVINGS):
            moved = beta.copy()
            moved[free] += step
            trial = _penalised(design, events, records, moved)
            if trial[0] >= reached - 1e-10 * (1 + abs(reached)):
                break
            step = step / 2
        beta, (reached, information, mean, spread) = moved, trial
    if not np.isfinite(reached):
        raise NotEstimable("the covariates cannot be told apart in these data")
    raise NotEstimable("the penalised fit did not converge")


def _penalised(design: Design, events: NDArray, records: NDArray, beta: NDArray):
    eta = design.linear(beta)
    mean, spread = moments(eta)
    information = design.gram(records * spread)
    sign, half = np.linalg.slogdet(information)
    if sign <= 0 or np.linalg.cond(information) > 1e14:
        return -np.inf, information, mean, spread
    return log_likelihood(eta, events, records) + half / 2, information, mean, spread
