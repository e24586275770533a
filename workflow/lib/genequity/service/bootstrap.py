"""Bootstrap of a model on cells: replicates of the records, or of whole clusters, without any record.

Drawing n records with replacement gives every combination of cell and outcome a multinomial count: one draw a replicate
stands for all records, exactly in distribution. Drawing clusters with replacement weighs each cluster's cells by how
often it was drawn; where providers differ, only this bootstrap shows what one does not know.

Sources: Efron & Tibshirani (1993), chapters 6 and 13; Field & Welsh (2007) for the bootstrap of clusters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genequity.service import adjusted, contrasts, glm

if TYPE_CHECKING:
    import pandas as pd

VARIANT = "bootstrap intervals"
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


def variants(
    cells: pd.DataFrame,
    estimates: pd.DataFrame,
    outcomes: list[str],
    ladder: dict[str, list[str]],
    *,
    comparator: str,
    national: str,
    cluster: str | None,
    methods: dict[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the national odds ratios of the ladder's last model with percentile intervals, as variants of it.

    Parameters
    ----------
    cells, outcomes, ladder, comparator, national, cluster, methods
        As in :func:`genequity.service.adjusted.differences`; ``methods["bootstrap"]`` is the number of replicates.
    estimates : pandas.DataFrame
        Its result.
    rng : numpy.random.Generator
        From the study's seed.

    Returns
    -------
    pandas.DataFrame
        The rows of the estimates as :func:`genequity.service.adjusted.variants` has them; of intervals only that of the
        odds ratio. Whole clusters are drawn where the study has clusters, records where it has none.
    """
    cells, last = adjusted.coarser_ages(cells, methods["model_ages"]), list(ladder)[-1]
    rows = estimates[(estimates["model"] == last) & (estimates["region"] == national)].copy()
    rows[[column for column in contrasts.COLUMNS if column.endswith(("_low", "_high"))]] = np.nan
    rows[["odds_ratio", "variance"]] = np.nan, ""
    for outcome in outcomes:
        here = adjusted.sample(cells, outcome, ladder[last], comparator, cluster, methods | {"separated": "leave_out"})
        design, codes = adjusted.design_of(here.patterns, here.usable, ladder[last], cluster)
        n, events = here.patterns["n"].to_numpy(float), here.patterns["events"].to_numpy(float)
        try:
            fitted = glm.fit(design, events, n)
        except glm.NotEstimable:
            continue
        times = methods["bootstrap"]
        if codes is None:
            found = of_records(design, events, n, fitted, times, rng)
        else:
            found = of_clusters(design, events, n, codes, fitted, times, rng)
        if len(found.beta) < 2:
            continue
        limits = [np.exp(end) for end in (fitted.beta, *found.interval(methods["level"]))]
        without = f"; {found.failed:,} without a maximum" if found.failed else ""
        for place, group in enumerate(here.usable[1:], 1):
            own = (rows["outcome"] == outcome) & (rows["group"] == group)
            rows.loc[own, ["odds_ratio", "odds_ratio_low", "odds_ratio_high"]] = [end[place] for end in limits]
            rows.loc[own, "variance"] = f"percentiles of {times:,} bootstrap samples of {cluster or 'record'}s{without}"
    return rows.assign(variant=VARIANT)
