"""Bootstrap of a model on cells: replicates of the records, or of whole clusters, without any record.

Drawing n records with replacement gives every combination of cell and outcome a multinomial count: one draw a replicate
stands for all records, exactly in distribution. Drawing clusters with replacement weighs each cluster's cells by how
often it was drawn; where providers differ, only this bootstrap shows what one does not know.

Sources: Efron & Tibshirani (1993), chapters 6 and 13; Field & Welsh (2007) for the bootstrap of clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genequity.service import glm

ENOUGH = 1e-6  # relative step at which a replicate has converged; its error is about the square of this


@dataclass(frozen=True)
class Replicates:
    """Coefficients of each replicate that has a maximum, and how many have none."""

    beta: NDArray
    failed: int

    @property
    def errors(self) -> NDArray:
        """Standard deviation of each coefficient."""
        return self.beta.std(axis=0, ddof=1)

    def interval(self, level: float) -> tuple[NDArray, NDArray]:
        """Return the percentile limits of each coefficient."""
        tail = (1 - level) / 2
        return np.quantile(self.beta, tail, axis=0), np.quantile(self.beta, 1 - tail, axis=0)


def of_records(
    design: glm.Design, events: NDArray, records: NDArray, fitted: glm.Fit, replicates: int, rng: np.random.Generator
) -> Replicates:
    """Draw records with replacement.

    Parameters
    ----------
    design, events, records, fitted
        The logistic or modified Poisson model and its fit, at which every replicate starts.
    replicates : int
        How many.
    rng : numpy.random.Generator
        Source of the draws.
    """
    few, (events, records) = design.patterns(events, records)
    shares = np.concatenate([events, records - events]) / records.sum()

    def draws() -> Iterator[tuple[NDArray, NDArray]]:
        for _ in range(replicates):
            drawn = rng.multinomial(int(records.sum()), shares).reshape(2, -1).astype(float)
            yield drawn[0], drawn.sum(axis=0)

    return _fitted(few, draws, fitted)


def of_clusters(
    design: glm.Design,
    events: NDArray,
    records: NDArray,
    cluster: NDArray[np.intp],
    fitted: glm.Fit,
    replicates: int,
    rng: np.random.Generator,
) -> Replicates:
    """Draw whole clusters with replacement; ``cluster`` is the cluster number of each cell.

    A replicate without a group that only some clusters have has no maximum, and is counted as failed.
    """
    from scipy.sparse import csr_array

    few, place = design.numbered()
    codes = np.unique(cluster, return_inverse=True)[1]
    clusters = int(codes.max()) + 1
    by_cluster = [csr_array((values, (place, codes)), shape=(few.cells, clusters)) for values in (events, records)]

    def draws() -> Iterator[tuple[NDArray, NDArray]]:
        for _ in range(replicates):
            times = np.bincount(rng.integers(0, clusters, clusters), minlength=clusters).astype(float)
            yield tuple(table @ times for table in by_cluster)

    return _fitted(few, draws, fitted)


def _fitted(design: glm.Design, draws: Callable[[], Iterator[tuple[NDArray, NDArray]]], fitted: glm.Fit) -> Replicates:
    found, failed = [], 0
    for events, records in draws():
        try:
            replicate = glm.fit(design, events, records, fitted.family, start=fitted.beta, tolerance=ENOUGH)
        except glm.NotEstimable:
            failed += 1
            continue
        found.append(replicate.beta)
    return Replicates(np.array(found).reshape(-1, design.size), failed)
