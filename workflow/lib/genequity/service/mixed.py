"""Variation between providers: a logistic model with a random intercept on cells, by adaptive quadrature.

Each provider's Gauss-Hermite integral is taken about its own mode with its own curvature, so that few nodes are exact
to many digits. The information comes from the same nodes, so that Newton's method climbs in a few steps. Sources:
Pinheiro & Bates (1995); Louis (1982) for the information; Larsen & Merlo (2005) for the median odds ratio; Goldstein,
Browne & Rasbash (2002) for the share of variance on the latent scale; limits of the spread are those of the profile
likelihood, which needs no bell shape near a spread of none (Pinheiro & Bates, 2000).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service import glm

NODES = 15
NONE = 1e-3  # a standard deviation below this is none
MODE_STEPS = 100
FLAT = 1e-4  # slope at the maximum, in standard errors
STEPS = 30
LONGEST = 1.0  # of a step in one coefficient or in the log of the standard deviation
ENOUGH = 1e-8  # step in standard errors at which Newton's method has arrived
LARGEST = 5.0  # spread at which an upper limit is given up


@dataclass(frozen=True)
class Mixed:
    """A fitted random-intercept model.

    ``effects`` and ``errors`` are the posterior mean and standard deviation of each cluster's log odds, which shrinks
    small clusters towards the average. ``covariance`` is that of the coefficients and the log of ``sd``.
    """

    beta: NDArray
    sd: float
    covariance: NDArray
    log_likelihood: float
    without: float
    effects: NDArray
    errors: NDArray

    @property
    def mor(self) -> float:
        """Median odds ratio: of the same record at the better and the worse of two clusters drawn at random."""
        return median_odds_ratio(self.sd)

    @property
    def vpc(self) -> float:
        """Share of the variance that lies between clusters, on the latent logistic scale."""
        return self.sd**2 / (self.sd**2 + np.pi**2 / 3)

    @property
    def p(self) -> float:
        """P value of no variation between clusters: half a chi-square, as the null value is on the border."""
        from scipy.stats import chi2

        return float(0.5 * chi2.sf(max(2 * (self.log_likelihood - self.without), 0.0), 1))


def median_odds_ratio(sd: float) -> float:
    """Return exp(√2 σ Φ⁻¹(¾))."""
    from scipy.stats import norm

    return float(np.exp(np.sqrt(2) * sd * norm.ppf(0.75)))


def fit(design: glm.Design, events: NDArray, records: NDArray, cluster: NDArray[np.intp], nodes: int = NODES) -> Mixed:
    """Fit the model by maximum likelihood.

    Parameters
    ----------
    design : Design
        Covariates of the cells.
    events, records : ndarray
        Events and records of each cell.
    cluster : ndarray of int
        Cluster number of each cell, 0 … G-1.
    nodes : int
        Quadrature nodes a cluster; 1 is Laplace's approximation.

    Raises
    ------
    NotEstimable
        If there are fewer than two clusters, the model without them has no maximum, or this one does not converge.
    """
    if len(np.unique(cluster)) < 2:
        raise glm.NotEstimable("one cluster alone says nothing about variation between clusters")
    plain = glm.fit(design, events, records)
    without = glm.log_likelihood(design.linear(plain.beta), events, records)
    scale = 1 / np.sqrt(np.append(np.diag(plain.covariance) ** -1, len(np.unique(cluster)) / 2))
    start = np.append(plain.beta, np.log(0.3))
    quadrature = Quadrature(design, events, records, cluster, nodes)
    theta = _newton(quadrature, start)
    if theta is None:
        theta = _searched(quadrature, start, scale)
    if not np.isfinite(theta).all() or np.abs(theta[1:-1]).max(initial=0) > glm.DIVERGED:
        raise glm.Separated("the groups or covariates are separated: an estimate runs to infinity")
    if theta[-1] < np.log(NONE):
        size = len(plain.beta)
        covariance = np.full((size + 1, size + 1), np.nan)
        covariance[:-1, :-1] = plain.covariance
        zero = np.zeros(int(cluster.max()) + 1)
        return Mixed(plain.beta, 0.0, covariance, without, without, zero, zero)
    value, slopes, information = quadrature.curved(theta)
    if not np.abs(slopes * scale).max() < FLAT or np.linalg.eigvalsh(information * np.outer(scale, scale)).min() <= 0:
        raise glm.NotEstimable("the model of variation between clusters did not converge")
    covariance = np.linalg.inv(information)
    effects, errors = quadrature.posterior(theta)
    return Mixed(theta[:-1], float(np.exp(theta[-1])), covariance, value, without, effects, errors)


def limits(quadrature: Quadrature, found: Mixed, level: float) -> tuple[float, float]:
    """Return the least and the largest standard deviation that the data allow, by the profile likelihood.

    Parameters
    ----------
    quadrature : Quadrature
        The data of the fit.
    found : Mixed
        The fit.
    level : float
        Confidence level of the two-sided interval.

    Returns
    -------
    tuple of float
        The least is 0 where no spread is as likely as that; the largest is NaN where the data set no limit.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    beta, drop = found.beta.copy(), float(chi2.ppf(level, 1)) / 2

    def excess(log_sd: float) -> float:
        for _ in range(STEPS):
            value, slopes, information = quadrature.curved(np.append(beta, log_sd))
            change = np.linalg.solve(information[:-1, :-1], slopes[:-1])
            beta[:] += np.clip(change, -LONGEST, LONGEST)
            if change @ information[:-1, :-1] @ change < ENOUGH:
                break
        return found.log_likelihood - value - drop

    top, least = np.log(max(found.sd, NONE)), 0.0
    if found.log_likelihood - found.without > drop:
        near, far = top, top - 0.7
        while far > np.log(NONE) and excess(far) < 0:
            near, far = far, far - 0.7
        least = float(np.exp(brentq(excess, far, near, xtol=1e-6))) if excess(far) > 0 else 0.0
    beta[:] = found.beta
    near, far = top, top + 0.35
    while excess(far) < 0:
        near, far = far, far + 0.7
        if far > np.log(LARGEST):
            return least, np.nan
    return least, float(np.exp(brentq(excess, near, far, xtol=1e-6)))


def _newton(quadrature: Quadrature, theta: NDArray) -> NDArray | None:
    """Climb by Newton's method; return none where the likelihood is not curved downwards or no step helps."""
    value, slopes, information = quadrature.curved(theta)
    for _ in range(STEPS):
        try:
            root = np.linalg.cholesky(information)
        except np.linalg.LinAlgError:
            return None
        change = np.linalg.solve(information, slopes)
        length = np.linalg.norm(root.T @ change)
        change *= min(1.0, LONGEST / np.abs(change).max()) if change.any() else 1.0
        if length < ENOUGH:
            return theta + change
        for _ in range(glm.HALVINGS):
            now, moved, curved = quadrature.curved(theta + change)
            if now >= value - 1e-9 * (1 + abs(value)):
                break
            change = change / 2
        else:
            return None
        theta, value, slopes, information = theta + change, now, moved, curved
        if theta[-1] < np.log(NONE):
            return theta
    return None


def _searched(quadrature: Quadrature, start: NDArray, scale: NDArray) -> NDArray:
    """Climb from a start where the likelihood is not curved downwards; end with a Newton step where it is."""
    from scipy.optimize import minimize

    def objective(theta: NDArray) -> tuple[float, NDArray]:
        value, slopes = quadrature.value(start + theta * scale)
        return -value, -slopes * scale

    found = minimize(objective, np.zeros(len(start)), jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 500})
    theta = start + found.x * scale
    polished = _newton(quadrature, theta) if theta[-1] >= np.log(NONE) else None
    return theta if polished is None else polished


@dataclass
class Quadrature:
    """The marginal likelihood of coefficients and log standard deviation, and its slopes."""

    design: glm.Design
    events: NDArray
    records: NDArray
    cluster: NDArray[np.intp]
    nodes: int = NODES

    def __post_init__(self) -> None:
        from scipy.special import roots_hermitenorm

        self.points, self.weights = roots_hermitenorm(self.nodes)
        self.clusters = int(self.cluster.max()) + 1
        self.modes = np.zeros(self.clusters)

    def value(self, theta: NDArray) -> tuple[float, NDArray]:
        """Return the log-likelihood, up to the constant of :func:`genequity.service.glm.log_likelihood`, and slopes."""
        eta, sd = self.design.linear(theta[:-1]), float(np.exp(theta[-1]))
        at, share, total = self._nodes(eta, sd)
        residual, along = np.zeros_like(eta), 0.0
        for z, weight in zip(at, share):
            mean, _ = glm.moments(eta + sd * z[self.cluster])
            here = weight[self.cluster] * (self.events - self.records * mean)
            residual += here
            along += float(here @ z[self.cluster])
        return total, np.append(self.design.sums(residual), along * sd)

    def curved(self, theta: NDArray) -> tuple[float, NDArray, NDArray]:
        """Return the log-likelihood, its slopes and the observed information.

        The information is the mean of the complete data's over each cluster's posterior, less the variance of the
        complete data's score (Louis, 1982).
        """
        eta, sd = self.design.linear(theta[:-1]), float(np.exp(theta[-1]))
        at, share, total = self._nodes(eta, sd)
        size = self.design.size
        weights, crossed, along = np.zeros_like(eta), np.zeros_like(eta), 0.0
        mean_score = np.zeros((self.clusters, size + 1))
        information = np.zeros((size + 1, size + 1))
        for z, weight in zip(at, share):
            mean, spread = glm.moments(eta + sd * z[self.cluster])
            moved = (sd * z)[self.cluster]
            here = weight[self.cluster] * self.records * spread
            weights += here
            crossed += here * moved
            own = np.empty((self.clusters, size + 1))
            own[:, :-1] = self.design.cluster_sums(self.cluster, self.events - self.records * mean)
            own[:, -1] = sd * z * own[:, 0]
            along += float(here @ moved**2) - float(weight @ own[:, -1])
            mean_score += weight[:, None] * own
            information -= (own * weight[:, None]).T @ own
        information += mean_score.T @ mean_score
        information[:-1, :-1] += self.design.gram(weights)
        between = self.design.sums(crossed)
        information[:-1, -1] += between
        information[-1, :-1] += between
        information[-1, -1] += along
        return total, mean_score.sum(axis=0), information

    def posterior(self, theta: NDArray) -> tuple[NDArray, NDArray]:
        """Return mean and standard deviation of each cluster's log odds, given its records."""
        sd = float(np.exp(theta[-1]))
        at, share, _ = self._nodes(self.design.linear(theta[:-1]), sd)
        mean = (share * at).sum(axis=0)
        return sd * mean, sd * np.sqrt((share * (at - mean) ** 2).sum(axis=0))

    def _nodes(self, eta: NDArray, sd: float) -> tuple[NDArray, NDArray, float]:
        """Return the nodes and their posterior shares (nodes x clusters), and the log-likelihood."""
        mode, curvature = self._modes(eta, sd)
        width = 1 / np.sqrt(curvature)
        at = mode + np.outer(self.points, width)
        logs = np.empty((self.nodes, self.clusters))
        for row, (z, point, weight) in enumerate(zip(at, self.points, self.weights)):
            moved = eta + sd * z[self.cluster]
            each = self.events * moved - self.records * np.logaddexp(0.0, moved)
            own = np.bincount(self.cluster, each, self.clusters)
            logs[row] = own - z**2 / 2 + point**2 / 2 + np.log(weight)
        top = logs.max(axis=0)
        parts = np.exp(logs - top)
        sums = parts.sum(axis=0)
        total = float((top + np.log(sums) + np.log(width)).sum() - self.clusters * np.log(2 * np.pi) / 2)
        return at, parts / sums, total

    def _modes(self, eta: NDArray, sd: float) -> tuple[NDArray, NDArray]:
        """Return the mode of each cluster's standard effect and the curvature there, by Newton's method."""
        z = self.modes.copy()
        for _ in range(MODE_STEPS):
            mean, spread = glm.moments(eta + sd * z[self.cluster])
            slope = sd * np.bincount(self.cluster, self.events - self.records * mean, self.clusters) - z
            curvature = sd**2 * np.bincount(self.cluster, self.records * spread, self.clusters) + 1
            step = np.clip(slope / curvature, -2, 2)
            z = z + step
            if np.abs(step).max() < 1e-12:
                break
        self.modes = z
        return z, curvature
