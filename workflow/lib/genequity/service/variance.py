"""Variances of a model on cells: from the model, robust, and by cluster. Every one equals that from single records.

Small-sample factors count *records*, never cells. All work is on sums of the size of the coefficients, so that it does
not grow with the number of records.

Sources: White (1980), MacKinnon & White (1985) for HC0 and HC1; Liang & Zeger (1986) for clusters, with Stata's factor
G/(G-1) · (n-1)/(n-k) in CR1, as R's sandwich and fixest have it; Bell & McCaffrey (2002) for CR2 and its Satterthwaite
degrees of freedom, both on the weighted least squares of the last scoring step (:func:`bias_reduced`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from genequity.service.glm import LINEAR, RATE, Design, Fit, NotEstimable, moments

MODEL, HC0, HC1, CR0, CR1, CR2 = "model", "HC0", "HC1", "CR0", "CR1", "CR2"
CLUSTERED = (CR0, CR1, CR2)
SURELY = 1e-10  # a leverage this near to one: the cluster decides the coefficient alone


@dataclass(frozen=True)
class Variance:
    """A covariance of coefficients and how it was made."""

    covariance: NDArray
    kind: str
    clusters: int | None = None
    leverages: list[tuple[NDArray, NDArray]] = field(default_factory=list)
    root: NDArray | None = None

    def degrees(self, contrast: NDArray) -> float:
        """Degrees of freedom of a contrast of the coefficients: infinite, clusters less one, or Satterthwaite's."""
        if self.kind not in CLUSTERED:
            return np.inf
        if self.kind != CR2:
            return float(self.clusters - 1)
        d = self.root.T @ contrast
        own, shared = [], []
        for values, vectors in self.leverages:
            z = vectors.T @ d
            inside = _power(1 - values, -0.5)
            own.append(float(z**2 @ (inside**2 * values)))
            shared.append(vectors @ (inside * values * z))
        gamma = np.diag(own) - np.array(shared) @ np.array(shared).T
        spread = float((gamma**2).sum())
        return float(np.trace(gamma) ** 2 / spread) if spread > 0 else np.nan


def estimate(
    design: Design,
    fitted: Fit,
    events: NDArray,
    records: NDArray,
    kind: str,
    cluster: NDArray[np.intp] | None = None,
) -> Variance:
    """Return one kind of variance of a fitted model.

    Parameters
    ----------
    design, fitted
        The model and its fit.
    events, records : ndarray
        Events and records of each cell; every record has the outcome or has it not. In a linear model, the sum of the
        values in the place of the events.
    kind : str
        ``model``; ``HC0``, ``HC1``; ``CR0``, ``CR1`` or ``CR2``.
    cluster : ndarray of int
        Cluster number of each cell, for the last three.

    Raises
    ------
    NotEstimable
        If a clustered variance is asked for with fewer than two clusters.
    """
    if kind == MODEL:
        return Variance(fitted.covariance, kind)
    bread, n, k = fitted.covariance / fitted.scale, fitted.records, design.size
    if kind in (HC0, HC1) and fitted.family in (RATE, LINEAR):
        raise ValueError("cells hold no squares of single records; cluster these models")
    mean, spread = moments(design.linear(fitted.beta), fitted.family)
    if kind in (HC0, HC1):
        meat = design.gram(events * (1 - mean) ** 2 + (records - events) * mean**2)
        factor = n / (n - k) if kind == HC1 else 1.0
        return Variance(factor * bread @ meat @ bread, kind)
    numbers, cluster = np.unique(cluster, return_inverse=True)
    if len(numbers) < 2:
        raise NotEstimable("one cluster alone gives no cluster-robust variance")
    scores = design.cluster_sums(cluster, events - records * mean)
    if kind == CR2:
        return bias_reduced(bread, scores, _grams(design, records * spread, cluster))
    return of_scores(bread, scores, kind, n)


def of_scores(bread: NDArray, scores: NDArray, kind: str, records: float) -> Variance:
    """Return the plain cluster-robust variance (CR0, CR1) from the score of each cluster; ``bread`` is inverse X'WX."""
    count, k = scores.shape
    factor = count / (count - 1) * (records - 1) / (records - k) if kind == CR1 else 1.0
    return Variance(factor * bread @ (scores.T @ scores) @ bread, kind, count)


def _grams(design: Design, weights: NDArray, cluster: NDArray[np.intp]) -> Iterator[NDArray]:
    """Yield the X'WX of every cluster."""
    order = np.argsort(cluster, kind="stable")
    ends = np.searchsorted(cluster[order], np.arange(int(cluster.max()) + 2))
    for start, end in pairwise(ends):
        yield design.taken(order[start:end]).gram(weights[order[start:end]])


def bias_reduced(bread: NDArray, scores: NDArray, grams: Iterable[NDArray]) -> Variance:
    """Return the bias-reduced cluster-robust variance (CR2) and what its degrees of freedom need.

    Parameters
    ----------
    bread : ndarray
        Inverse of X'WX.
    scores : ndarray, clusters x coefficients
        Score of each cluster.
    grams : iterable of ndarray
        X'WX of each cluster, W being the working weight.

    Notes
    -----
    With Z = √W X, H = Z(Z'Z)⁻¹Z' and the working residual e, Bell & McCaffrey put (I - H_g)^(-1/2) before e in each
    cluster. As H_g has the rank of the coefficients, Z_g'(I - H_g)^(-1/2)e_g = L'⁻¹(I - L'G_gL)^(-1/2) L's_g, where
    LL' is the bread, G_g the cluster's X'WX and s_g its score: no matrix of records is needed. What a cluster decides
    alone is left out (generalised inverse). Where the weights vary within a cluster R's clubSandwich takes
    another root of the same adjustment, so that small differences from it remain.
    """
    root = np.linalg.cholesky(bread)
    leverages, adjusted = [], np.empty_like(scores)
    for g, (score, gram) in enumerate(zip(scores, grams, strict=True)):
        values, vectors = np.linalg.eigh(root.T @ gram @ root)
        values = values.clip(0, 1)
        leverages.append((values, vectors))
        adjusted[g] = vectors @ (_power(1 - values, -0.5) * (vectors.T @ (root.T @ score)))
    # The bread times L'⁻¹a is La.
    turned = adjusted @ root.T
    return Variance(turned.T @ turned, CR2, len(scores), leverages, root)


def _power(values: NDArray, exponent: float) -> NDArray:
    """Return values to a negative power, zero where a value is zero but for rounding."""
    safe = values > SURELY
    return np.where(safe, np.where(safe, values, 1.0) ** exponent, 0.0)
