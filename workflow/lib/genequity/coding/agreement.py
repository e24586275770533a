"""Agreement between coders: percent, Cohen's and Fleiss' kappa, Krippendorff's alpha, Gwet's AC1, and MASI.

A coefficient compares the agreement seen with the agreement expected if coders had used the categories as
often as they did but at random. Where that cannot be computed, the reason is the result. Values are tested
against the published examples.

Sources: Cohen 1960 (Educ Psychol Meas 20:37); Fleiss 1971 (Psychol Bull 76:378); Krippendorff 2004, 2011
(Computing Krippendorff's alpha-reliability); Gwet 2008 (Br J Math Stat Psychol 61:29); Passonneau 2006 (LREC,
MASI).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NO_UNITS = "no unit was rated by two coders"
NO_VARIATION = "every rating is the same, so there is nothing to tell apart"
NOT_USED = "neither coder used the code"
ONE_CODER = "there was one coder only"


@dataclass(frozen=True)
class Coefficient:
    """A value, or the reason why there is none."""

    value: float | None
    reason: str = ""

    def __str__(self) -> str:
        return f"cannot be computed: {self.reason}" if self.value is None else f"{self.value:.3f}"


def percent(table: np.ndarray) -> Coefficient:
    """Share of units on which two coders agree, from their square cross-table."""
    table = np.asarray(table, dtype=float)
    return Coefficient(float(np.trace(table) / table.sum())) if table.sum() else Coefficient(None, NO_UNITS)


def cohen(table: np.ndarray) -> Coefficient:
    """Cohen's kappa of two coders, from their square cross-table (rows first coder, columns second)."""
    table = np.asarray(table, dtype=float)
    total = table.sum()
    if total == 0:
        return Coefficient(None, NO_UNITS)
    observed = np.trace(table) / total
    expected = float((table.sum(axis=1) * table.sum(axis=0)).sum() / total**2)
    if np.isclose(expected, 1):
        return Coefficient(None, NO_VARIATION)
    return Coefficient(float((observed - expected) / (1 - expected)))


def cohen_maximum(table: np.ndarray) -> Coefficient:
    """The largest kappa that the two coders' totals allow (Cohen 1960)."""
    table = np.asarray(table, dtype=float)
    total = table.sum()
    if total == 0:
        return Coefficient(None, NO_UNITS)
    rows, columns = table.sum(axis=1), table.sum(axis=0)
    expected = float((rows * columns).sum() / total**2)
    if np.isclose(expected, 1):
        return Coefficient(None, NO_VARIATION)
    return Coefficient(float((np.minimum(rows, columns).sum() / total - expected) / (1 - expected)))


def ac1(table: np.ndarray) -> Coefficient:
    """Gwet's AC1 of two coders, from their square cross-table; steadier than kappa when a code is rare or common."""
    table = np.asarray(table, dtype=float)
    total, categories = table.sum(), table.shape[0]
    if total == 0:
        return Coefficient(None, NO_UNITS)
    share = (table.sum(axis=1) + table.sum(axis=0)) / (2 * total)
    expected = float((share * (1 - share)).sum() / (categories - 1))
    return Coefficient(float((np.trace(table) / total - expected) / (1 - expected)))


def fleiss(counts: np.ndarray) -> tuple[Coefficient, list[Coefficient]]:
    """Fleiss' kappa overall and for each category.

    Parameters
    ----------
    counts : array of shape (units, categories)
        How many coders put each unit into each category; the same number of coders for each unit.
    """
    counts = np.asarray(counts, dtype=float)
    coders = counts.sum(axis=1)
    if not len(counts) or coders[0] < 2 or (coders != coders[0]).any():
        reason = "every unit needs the same number of coders, at least two"
        return Coefficient(None, reason), [Coefficient(None, reason)] * counts.shape[1]
    n = coders[0]
    share = counts.sum(axis=0) / counts.sum()
    observed = float(((counts**2).sum(axis=1) - n).mean() / (n * (n - 1)))
    expected = float((share**2).sum())
    overall = (
        Coefficient(None, NO_VARIATION)
        if np.isclose(expected, 1)
        else Coefficient((observed - expected) / (1 - expected))
    )
    each = []
    for category, p in enumerate(share):
        if np.isclose(p, 0) or np.isclose(p, 1):
            each.append(Coefficient(None, NO_VARIATION))
            continue
        apart = (counts[:, category] * (n - counts[:, category])).sum()
        each.append(Coefficient(float(1 - apart / (len(counts) * n * (n - 1) * p * (1 - p)))))
    return overall, each


def _distances(values: np.ndarray, counts: np.ndarray, level: str) -> np.ndarray:
    """Squared differences between values, by level of measurement (Krippendorff 2011)."""
    a, b = values[:, None], values[None, :]
    if level == "nominal":
        return (a != b).astype(float)
    if level == "interval":
        return (a - b) ** 2
    if level == "ratio":
        total = a + b
        return np.where(total == 0, 0.0, ((a - b) / np.where(total == 0, 1, total)) ** 2)
    sums = np.cumsum(counts)
    between = np.abs(sums[:, None] - sums[None, :]) - np.abs(counts[:, None] - counts[None, :]) / 2
    ordinal = np.empty_like(between)
    for i in range(len(values)):
        for j in range(len(values)):
            low, high = min(i, j), max(i, j)
            ordinal[i, j] = sums[high] - (sums[low - 1] if low else 0) - (counts[low] + counts[high]) / 2
    return np.where(np.eye(len(values), dtype=bool), 0.0, ordinal**2)


LEVELS = ("nominal", "ordinal", "interval", "ratio")


def krippendorff(ratings: np.ndarray, level: str = "nominal") -> Coefficient:
    """Krippendorff's alpha for any number of coders, with missing ratings.

    Parameters
    ----------
    ratings : array of shape (coders, units)
        Numbers; NaN where a coder did not rate a unit.
    level : str
        One of :data:`LEVELS`.
    """
    if level not in LEVELS:
        raise ValueError(f"unknown level of measurement: {level}")
    ratings = np.asarray(ratings, dtype=float)
    paired = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    if not paired.shape[1]:
        return Coefficient(None, NO_UNITS)
    values = np.unique(paired[~np.isnan(paired)])
    if len(values) == 1:
        return Coefficient(None, NO_VARIATION)
    coincidence = np.zeros((len(values), len(values)))
    for unit in paired.T:
        seen = unit[~np.isnan(unit)]
        tally = (seen[:, None] == values[None, :]).sum(axis=0).astype(float)
        coincidence += (np.outer(tally, tally) - np.diag(tally)) / (len(seen) - 1)
    counts = coincidence.sum(axis=0)
    total = counts.sum()
    distance = _distances(values, counts, level)
    observed = (coincidence * distance).sum()
    expected = (np.outer(counts, counts) * distance).sum() / (total - 1)
    return Coefficient(float(1 - observed / expected))


def alpha(table: np.ndarray) -> Coefficient:
    """Krippendorff's nominal alpha of two coders who rated every unit, from their square cross-table."""
    table = np.asarray(table, dtype=float)
    if table.sum() == 0:
        return Coefficient(None, NO_UNITS)
    counts = table.sum(axis=0) + table.sum(axis=1)
    total = counts.sum()
    expected = 1 - (counts * (counts - 1)).sum() / (total * (total - 1))
    if np.isclose(expected, 0):
        return Coefficient(None, NO_VARIATION)
    return Coefficient(float(1 - (1 - np.trace(table) / table.sum()) / expected))


def masi_distance(first: set, second: set) -> float:
    """Distance of two sets of codes, 1 - Jaccard x monotonicity (Passonneau 2006).

    Monotonicity is 1 for equal sets, 2/3 when one holds the other, 1/3 when they overlap, 0 when they share
    nothing. Other libraries use other forms under the same name. Two empty sets are equal: distance 0.
    """
    if first == second:
        return 0.0
    shared = first & second
    if not shared:
        return 1.0
    monotonicity = 2 / 3 if shared in (first, second) else 1 / 3
    return 1 - len(shared) / len(first | second) * monotonicity


def unitised_alpha(
    coders: Sequence[dict[str, Sequence[tuple[int, int]]]], begin: int, length: int
) -> tuple[Coefficient, dict[str, Coefficient]]:
    """Krippendorff's alpha for unitised continua (the 1995 form; Krippendorff 2004, chapter 11).

    Parameters
    ----------
    coders : sequence of dict
        For each coder: category -> list of (start, length) of the stretches it marked, not overlapping.
    begin, length : int
        The continuum.

    Returns
    -------
    (Coefficient, dict)
        Overall and for each category.
    """
    categories = sorted({category for coder in coders for category in coder})
    observed, expected, each = 0.0, 0.0, {}
    for category in categories:
        sections = [_sections(coder.get(category, ()), begin, length) for coder in coders]
        d_o = _observed(sections, length)
        d_e = _expected(sections, length)
        observed, expected = observed + d_o, expected + d_e
        each[category] = Coefficient(1 - d_o / d_e) if d_e > 0 else Coefficient(None, NO_VARIATION)
    overall = Coefficient(1 - observed / expected) if expected > 0 else Coefficient(None, NO_VARIATION)
    return overall, each


def _sections(units: Sequence[tuple[int, int]], begin: int, length: int) -> list[tuple[int, int, bool]]:
    """Cut the continuum into marked stretches and the gaps between them: (start, length, marked)."""
    sections, at = [], begin
    for start, extent in sorted(units):
        if start > at:
            sections.append((at, start - at, False))
        sections.append((start, extent, True))
        at = start + extent
    if at < begin + length:
        sections.append((at, begin + length - at, False))
    return sections


def _observed(coders: list[list[tuple[int, int, bool]]], length: int) -> float:
    """Observed disagreement of one category: squared lengths of what does not overlap."""
    total = 0.0
    for i, first in enumerate(coders):
        for j, second in enumerate(coders):
            if i == j:
                continue
            for start, extent, marked in first:
                for other, width, other_marked in second:
                    total += _difference(start, extent, marked, other, width, other_marked)
    return total / (len(coders) * (len(coders) - 1) * length**2)


def _difference(start: int, extent: int, marked: bool, other: int, width: int, other_marked: bool) -> float:
    if marked and other_marked and start - width < other < start + extent:
        return (start - other) ** 2 + (start + extent - other - width) ** 2
    if marked and not other_marked and other <= start and other + width >= start + extent:
        return float(extent**2)
    if not marked and other_marked and start <= other and start + extent >= other + width:
        return float(width**2)
    return 0.0


def _expected(coders: list[list[tuple[int, int, bool]]], length: int) -> float:
    """Expected disagreement of one category: the same stretches laid anywhere on the continuum."""
    everything = [section for coder in coders for section in coder]
    units = [extent for _, extent, marked in everything if marked]
    gaps = [extent for _, extent, marked in everything if not marked]
    m, n = len(coders), len(units)
    total = 0.0
    for extent in units:
        total += (n - 1) / 3 * (2 * extent**3 - 3 * extent**2 + extent)
        total += extent**2 * sum(gap - extent + 1 for gap in gaps if gap >= extent)
    span = m * length
    pairs = span * (span - 1) - sum(extent * (extent - 1) for extent in units)
    return 2 / length * total / pairs if pairs else 0.0
