"""Agreement between coders: percent, Cohen's and Fleiss' kappa, Krippendorff's alphas, Gwet's AC1 and AC2, sets.

A coefficient compares the agreement seen with the agreement expected if coders had used the categories as
often as they did but at random. Where that cannot be computed, the reason is the result. Values are tested
against the published examples.

Sources: Cohen 1960 (Educ Psychol Meas 20:37); Fleiss 1971 (Psychol Bull 76:378); Krippendorff 2004, 2011
(Computing Krippendorff's alpha-reliability); Gwet 2008 (Br J Math Stat Psychol 61:29); Passonneau 2006 (LREC,
MASI).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from genequity.coding import sets, unitising

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


WEIGHTS = ("linear", "quadratic", "ordinal")


def weights(categories: int, form: str) -> np.ndarray:
    """Return how much each pair of ordered categories agrees, 1 on the diagonal, 0 for the two ends.

    Parameters
    ----------
    categories : int
        Number of categories, in order.
    form : str
        ``linear``, ``quadratic`` or Gwet's ``ordinal`` (pairs of categories within the stretch between the two).
    """
    if form not in WEIGHTS:
        raise ValueError(f"unknown form of weights: {form}")
    apart = np.abs(np.subtract.outer(np.arange(categories), np.arange(categories))).astype(float)
    if form == "quadratic":
        apart = apart**2
    if form == "ordinal":
        apart = apart * (apart + 1) / 2
    return 1 - apart / max(apart.max(), 1)


def cohen_weighted(table: np.ndarray, form: str = "quadratic") -> Coefficient:
    """Cohen's weighted kappa of two coders on ordered categories (Cohen 1968, Psychol Bull 70:213)."""
    table = np.asarray(table, dtype=float)
    total = table.sum()
    if total == 0:
        return Coefficient(None, NO_UNITS)
    share, agree = table / total, weights(len(table), form)
    observed = float((agree * share).sum())
    expected = float((agree * np.outer(share.sum(axis=1), share.sum(axis=0))).sum())
    if np.isclose(expected, 1):
        return Coefficient(None, NO_VARIATION)
    return Coefficient((observed - expected) / (1 - expected))


def ac2(table: np.ndarray, form: str = "quadratic") -> Coefficient:
    """Gwet's AC2 of two coders on ordered categories: AC1 with weights (Gwet 2014, Handbook, 4th edition)."""
    table = np.asarray(table, dtype=float)
    total, categories = table.sum(), table.shape[0]
    if total == 0:
        return Coefficient(None, NO_UNITS)
    agree = weights(categories, form)
    share = (table.sum(axis=1) + table.sum(axis=0)) / (2 * total)
    expected = float(agree.sum() * (share * (1 - share)).sum() / (categories * (categories - 1)))
    return Coefficient(float(((agree * table).sum() / total - expected) / (1 - expected)))


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
    middle = np.cumsum(counts) - counts / 2  # the ranks of a value lie around it
    return (middle[:, None] - middle[None, :]) ** 2


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
    tally, values = tallies(ratings)
    return alpha_of_tallies(tally, values, level)


def tallies(ratings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Count, for each unit, the coders who gave each value: shape (units, values), and the values in order."""
    ratings = np.asarray(ratings, dtype=float)
    values = np.unique(ratings[~np.isnan(ratings)])
    return (ratings[:, :, None] == values[None, None, :]).sum(axis=0).astype(float), values


def alpha_of_tallies(tally: np.ndarray, values: np.ndarray, level: str, times: np.ndarray | None = None) -> Coefficient:
    """Krippendorff's alpha from :func:`tallies`; ``times`` says how often each unit counts, once where not given."""
    rated = tally.sum(axis=1)
    weight = np.where(rated >= 2, 1.0 if times is None else times, 0)
    if not weight.any():
        return Coefficient(None, NO_UNITS)
    share = tally * (weight / np.maximum(rated - 1, 1))[:, None]
    coincidence = tally.T @ share - np.diag(share.sum(axis=0))
    counts = coincidence.sum(axis=0)
    if (counts > 0).sum() < 2:
        return Coefficient(None, NO_VARIATION)
    distance = _distances(values, counts, level)
    observed = (coincidence * distance).sum()
    expected = (np.outer(counts, counts) * distance).sum() / (counts.sum() - 1)
    return Coefficient(float(1 - observed / expected)) if expected > 0 else Coefficient(None, NO_VARIATION)


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
    return float(1 - sets.similarity(len(first & second), len(first), len(second), sets.FORMS[0]))


def jaccard_distance(first: set, second: set) -> float:
    """Distance of two sets of codes, one less the shared codes over all codes of the two. Two empty sets are equal."""
    return float(1 - sets.similarity(len(first & second), len(first), len(second), sets.FORMS[1]))


def set_alpha(coders: Sequence[Sequence[set | None]], distance: Callable[[set, set], float]) -> Coefficient:
    """Krippendorff's alpha of sets of codes with a distance between sets (Passonneau 2006).

    Parameters
    ----------
    coders : sequence of sequences
        For each coder the set of codes of each unit, or None where the coder did not see the unit.
    distance : function
        :func:`masi_distance` or :func:`jaccard_distance`.
    """
    units = [[frozenset(rating) for rating in unit if rating is not None] for unit in zip(*coders, strict=True)]
    units = [unit for unit in units if len(unit) >= 2]
    if not units:
        return Coefficient(None, NO_UNITS)
    counts = Counter(rating for unit in units for rating in unit)
    total = sum(counts.values())
    if len(counts) == 1:
        return Coefficient(None, NO_VARIATION)
    observed = sum(sum(distance(a, b) for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / total
    apart = sum(distance(a, b) * counts[a] * counts[b] for a, b in permutations(counts, 2))
    return Coefficient(float(1 - observed / (apart / (total * (total - 1)))))


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
    if len(coders) < 2:
        return Coefficient(None, ONE_CODER), {}
    categories = sorted({category for coder in coders for category in coder})
    bases, once = np.array([0, length]), np.ones((1, 1))
    observed, expected, each = 0.0, 0.0, {}
    for category in categories:
        held = []
        for coder in coders:
            units = np.array(coder.get(category, ()), dtype=np.int64).reshape(-1, 2)
            starts = units[:, 0] - begin
            held.append(unitising.sections(np.zeros(len(units), dtype=np.int64), starts, starts + units[:, 1], bases))
        sums = unitising.sums(held, bases)
        (d_o,), d_e = sums.disagreement(once), sums.expected
        observed, expected = observed + float(d_o), expected + d_e
        each[category] = Coefficient(float(1 - d_o / d_e)) if d_e > 0 else Coefficient(None, NO_VARIATION)
    overall = Coefficient(1 - observed / expected) if expected > 0 else Coefficient(None, NO_VARIATION)
    return overall, each
