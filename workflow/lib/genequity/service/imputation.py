"""Multiple imputation of groups that are not known, on cells: the multinomial model, its draws, and Rubin's rules.

Vocabulary: a *cell* is a covariate pattern, with the outcome where the analysis has one; it holds how many of its
records are of each group and of how many the group is not known. The model gives the chances of the groups in each
cell, from the records whose group is known; a *draw* takes new coefficients from their distribution and then divides
the unknown records of every cell among the groups, by one multinomial draw a cell. Since records of one cell are alike
to the model, that is the same as a draw a record.

Assumption: among records of one cell, those whose group is not known are divided as the others are (missing at random).
A shift of the chances, one a group (:func:`shift_to`), takes its place where a margin is known.

Sources: Rubin (1987); Barnard & Rubin (1999) for the degrees of freedom; White, Daniel & Royston (2010) for the few
added records that keep the coefficients finite; Pham, Carpenter, Morris, Wood & Petersen (2019) for the shift.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service import glm

TOLERANCE = 1e-9
MAX_STEPS = 60
MARGIN_STEPS = 5000
LEAST = 1e-7  # share of the unknown records that a group gets at the least, so that its shift is finite


@dataclass(frozen=True)
class Pooled:
    """An estimate over several imputed data sets.

    ``within`` and ``between`` are its two variances, ``degrees`` those of Barnard and Rubin, ``missing`` the fraction
    of information that is missing.
    """

    estimate: float
    within: float
    between: float
    variance: float
    degrees: float
    missing: float


def pool(estimates: NDArray, variances: NDArray, complete: float = np.inf) -> Pooled:
    """Pool the estimates of several imputed data sets by Rubin's rules.

    Parameters
    ----------
    estimates, variances : ndarray
        One of each a data set, on a scale on which the estimate is about normal.
    complete : float
        Degrees of freedom that the estimate would have if nothing were missing.

    Notes
    -----
    Source: Rubin (1987), section 3.3; Barnard & Rubin (1999), equation 3. Equal to R's mice (tests).
    """
    q, u = np.asarray(estimates, float), np.asarray(variances, float)
    m, within = len(q), float(u.mean())
    between = float(q.var(ddof=1))
    extra = (1 + 1 / m) * between
    total = within + extra
    share = extra / total if total > 0 else 0.0
    old = (m - 1) / share**2 if share > 0 else np.inf
    if np.isfinite(complete):
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        degrees = observed if np.isinf(old) else old * observed / (old + observed)
    else:
        degrees = old
    increase = extra / within if within > 0 else np.inf
    small = 0.0 if np.isinf(degrees) else 2 / (degrees + 3)
    missing = (increase + small) / (increase + 1) if np.isfinite(increase) else 1.0
    if not between:
        missing = 0.0
    return Pooled(float(q.mean()), within, between, total, float(degrees), float(missing))


@dataclass(frozen=True)
class Model:
    """Chances of the groups in each cell: coefficients (groups less one x design) and a root of their covariance."""

    design: glm.Design
    beta: NDArray
    root: NDArray

    def chances(self, beta: NDArray | None = None, shift: NDArray | None = None) -> NDArray:
        """Chance of every group in every cell, cells x groups; ``shift`` is added to the groups' predictors."""
        beta = self.beta if beta is None else beta
        eta = np.column_stack([np.zeros(self.design.cells), *map(self.design.linear, beta)])
        if shift is not None:
            eta = eta + shift
        odds = np.exp(eta - eta.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def drawn(self, rng: np.random.Generator) -> NDArray:
        """Coefficients drawn from their distribution: what is not known of the model is not known of its draws."""
        return self.beta + (self.root @ rng.standard_normal(len(self.root))).reshape(self.beta.shape)


def fit(design: glm.Design, known: NDArray) -> Model:
    """Fit the chances of the groups by multinomial logistic regression on cells (Newton's method).

    Parameters
    ----------
    design : glm.Design
        What the chances depend on, the outcome included.
    known : ndarray, cells x groups
        Records of each group whose group is known. Every group has some.

    Raises
    ------
    glm.NotEstimable
        If the fit does not converge or its covariates cannot be told apart.

    Notes
    -----
    Records of weight, as many in all as a group has coefficients, are added: spread evenly over the cells and divided
    as the groups are overall. They keep coefficients finite where a covariate tells a group for sure, and count for
    little beside real records (White, Daniel & Royston, 2010).
    """
    share = known.sum(axis=0) / known.sum()
    y = known + design.size / design.cells * share
    total, others, size = y.sum(axis=1), y.shape[1] - 1, design.size
    model = Model(design, np.zeros((others, size)), np.zeros((0, 0)))
    model.beta[:, 0] = np.log(share[1:] / share[0])

    def likelihood(beta: NDArray) -> float:
        return float((y * np.log(np.maximum(model.chances(beta), 1e-300))).sum())

    beta, reached = model.beta, likelihood(model.beta)
    for _ in range(MAX_STEPS):
        chance = model.chances(beta)
        score = np.concatenate([design.sums(y[:, a + 1] - total * chance[:, a + 1]) for a in range(others)])
        information = _information(design, total, chance)
        try:
            step = np.linalg.solve(information, score).reshape(others, size)
        except np.linalg.LinAlgError:
            raise glm.NotEstimable("the covariates of the imputation cannot be told apart in these data") from None
        for _ in range(glm.HALVINGS):
            now = likelihood(beta + step)
            if now >= reached - 1e-9 * (1 + abs(reached)):
                break
            step = step / 2
        beta, reached = beta + step, now
        if np.abs(step).max() < TOLERANCE * (1 + np.abs(beta).max()):
            break
    else:
        raise glm.NotEstimable("the model of the imputation did not converge")
    covariance = np.linalg.inv(_information(design, total, model.chances(beta)))
    return Model(design, beta, np.linalg.cholesky((covariance + covariance.T) / 2))


def _information(design: glm.Design, total: NDArray, chance: NDArray) -> NDArray:
    """Information of the coefficients, in blocks of one pair of groups."""
    others, size = chance.shape[1] - 1, design.size
    out = np.zeros((others * size, others * size))
    for a in range(others):
        for b in range(a, others):
            weight = total * chance[:, a + 1] * ((a == b) - chance[:, b + 1])
            block = design.gram(weight)
            out[a * size : (a + 1) * size, b * size : (b + 1) * size] = block
            out[b * size : (b + 1) * size, a * size : (a + 1) * size] = block.T
    return out


def draws(
    model: Model,
    unknown: NDArray,
    of: NDArray,
    times: int,
    rng: np.random.Generator,
    wanted: NDArray | None = None,
) -> Iterator[NDArray]:
    """Yield imputed counts: how many of the unknown records of each place are of each group.

    Parameters
    ----------
    model : Model
        Chances by cell.
    unknown : ndarray of int, places
        Records whose group is not known; a place is a cell or a part of one, such as a provider's.
    of : ndarray of int, places
        The cell of each place.
    times : int
        Number of draws.
    rng : numpy.random.Generator
        From the study's seed.
    wanted : ndarray, groups, optional
        Numbers by group to which the unknown records are expected to come in every draw, by a shift of its own.
    """
    by_cell = np.bincount(of, unknown, model.design.cells)
    for _ in range(times):
        beta = model.drawn(rng)
        chance = model.chances(beta)
        if wanted is not None:
            chance = model.chances(beta, shift_to(chance, by_cell, wanted))
        yield rng.multinomial(unknown.astype(np.int64), chance[of])


def nearest_margin(known: NDArray, unknown: float, target: NDArray) -> NDArray:
    """Return how many unknown records each group must get, so that all records come as near to a margin as they can.

    Parameters
    ----------
    known : ndarray
        Records known to be of each group.
    unknown : float
        Records whose group is not known.
    target : ndarray
        Shares of the groups among all records; they sum to one.

    Returns
    -------
    ndarray
        Records by group, summing to ``unknown``. The margin is met where no group has more known records than its
        share allows. Such a group gets none, and the shares of the others keep the target's proportions (the
        distribution nearest in Kullback and Leibler's sense).
    """
    rest = np.ones(len(known), bool)
    for _ in range(len(known)):
        scale = (unknown + known[rest].sum()) / target[rest].sum()
        over = rest & (known > scale * target)
        if not over.any():
            break
        rest &= ~over
    return np.where(rest, scale * target - known, 0.0)


def shift_to(chance: NDArray, unknown: NDArray, wanted: NDArray) -> NDArray:
    """Return the shift of each group's predictor with which the unknown records sum to the wanted numbers.

    Parameters
    ----------
    chance : ndarray, cells x groups
        Chances without a shift.
    unknown : ndarray, cells
        Records whose group is not known.
    wanted : ndarray, groups
        Their number by group, from :func:`nearest_margin`.

    Returns
    -------
    ndarray, groups
        The first is 0. The cells keep their numbers and the groups take the wanted ones, which iterative proportional
        fitting solves (Deming & Stephan, 1940).
    """
    wanted = np.maximum(wanted, LEAST * unknown.sum())
    wanted = wanted * unknown.sum() / wanted.sum()
    shift = np.zeros(len(wanted))
    for _ in range(MARGIN_STEPS):
        odds = chance * np.exp(shift)
        now = unknown @ (odds / odds.sum(axis=1, keepdims=True))
        change = np.log(wanted / now)
        shift += change
        if np.abs(change).max() < 1e-10:
            break
    return shift - shift[0]
