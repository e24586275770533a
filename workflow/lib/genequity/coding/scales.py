"""Agreement on one value for each document: a grade or a score, where distances between values count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from genequity.coding import agreement, binary
from genequity.coding.compare import LONG_COLUMNS
from genequity.coding.estimates import LEAST_DEFINED, LEAST_SOURCES, RESAMPLED, draws_of
from genequity.coding.held import coders, groups, held, why_not
from genequity.coding.merge import Merged


def ratings(merged: Merged, ranks: Mapping[str, int], names: Sequence[str], sources: Sequence[str], seen) -> np.ndarray:
    """Return the highest rank that each coder gave each source, 0 for none; NaN where the coder did not work on it.

    Parameters
    ----------
    merged : Merged
        All coders' segments.
    ranks : mapping
        Code -> rank from 1.
    names, sources : sequence of str
        Coders (rows) and sources (columns).
    seen : array of bool, shape (sources, coders)
        Who worked on what.
    """
    table = np.where(np.asarray(seen).T, 0.0, np.nan)
    graded = merged.segments[merged.segments["code"].isin(ranks)]
    row, column = pd.Index(names).get_indexer(graded["coder"]), pd.Index(sources).get_indexer(graded["source"])
    keep = column >= 0
    np.fmax.at(table, (row[keep], column[keep]), graded["code"].map(ranks).to_numpy(dtype=float)[keep])
    return table


def table(merged: Merged, ranks: Mapping[str, int], label: str, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """Compute agreement on the highest rank of each document.

    Parameters
    ----------
    merged : Merged
        All coders' segments.
    ranks : mapping
        Code -> rank from 1; a document without any of the codes has rank 0.
    label : str
        What is rated; stands in the column ``code``.
    level : float
        Confidence level of the intervals, which resample documents.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        :data:`genequity.coding.compare.LONG_COLUMNS`; empty when there is nothing to rate or nobody to compare.
    """
    if not ranks or why_not(merged):
        return pd.DataFrame(columns=LONG_COLUMNS)
    held_ = held(merged, list(ranks))
    every = ratings(merged, ranks, coders(merged), held_.names, held_.worked)
    rows = []
    for group in groups(held_):
        mine = every[np.ix_(group.members, group.sources)]
        number = mine.shape[1]
        draws = draws_of(number, rng) if number >= LEAST_SOURCES else None
        head = {"unit": "document", "pair": group.label, "code": label, "sources": number, "units": number}
        for name, function in _coefficients(mine, max(ranks.values()) + 1, group.is_pair).items():
            found = function(np.ones(number))
            row = head | {"coefficient": name, "value": found.value, "reason": found.reason or None}
            if found.value is not None:
                row |= _limits(function, draws, level)
            rows.append(row)
    return pd.DataFrame(rows, columns=LONG_COLUMNS)


def _coefficients(mine: np.ndarray, categories: int, is_pair: bool) -> dict:
    """Return the coefficients as functions of how often each document counts."""
    tally, values = agreement.tallies(mine)
    found = {
        f"Krippendorff's alpha, {level}": lambda times, level=level: agreement.alpha_of_tallies(
            tally, values, level, times
        )
        for level in agreement.LEVELS
    }
    if not is_pair:
        return found
    first, second = mine.astype(int)

    def square(times: np.ndarray) -> np.ndarray:
        cells = np.bincount(first * categories + second, weights=times, minlength=categories**2)
        return cells.reshape(categories, categories)

    found["Percent agreement"] = lambda times: agreement.percent(square(times))
    for form in ("linear", "quadratic"):
        found[f"Cohen's kappa, {form} weights"] = lambda times, form=form: agreement.cohen_weighted(square(times), form)
    for form in ("quadratic", "ordinal"):
        found[f"Gwet's AC2, {form} weights"] = lambda times, form=form: agreement.ac2(square(times), form)
    return found


def _limits(function, draws: np.ndarray | None, level: float) -> dict:
    if draws is None:
        return {"reason": f"interval: fewer than {LEAST_SOURCES} sources coded by both"}
    values = np.array([[np.nan if (v := function(times).value) is None else v] for times in draws])
    (low,), (high,) = binary.percentile(values, level, LEAST_DEFINED)
    if not np.isfinite(low):
        return {"reason": "interval: the grades differ in too few sources"}
    return {"low": float(low), "high": float(high), "interval": RESAMPLED}
