"""Coefficients of many yes/no comparisons at once: each code, each resample of the sources.

Two coders: a table is (both, first only, second only, neither) in the last axis. More coders: what a coefficient
needs of a unit that ``r`` of ``n`` coders marked adds up over units, so that a comparison is five sums
(:data:`SUMS`); a resample of sources adds the sums of its sources.

Sources: as :mod:`genequity.coding.agreement`; limits without resampling: Fleiss, Cohen and Everitt 1969 (Psychol Bull
72:323) for Cohen's kappa, Gwet 2008 (Br J Math Stat Psychol 61:29) for AC1 and Fleiss' kappa, Wilson 1927 for shares.
"""

from __future__ import annotations

import numpy as np
from scipy import stats

SUMS = ("units", "pairs_apart", "share", "apart", "marks", "ratings")


def percents(tables: np.ndarray) -> np.ndarray:
    """Share of units on which the two agree."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    return _over(both + neither, both + first + second + neither)


def positives(tables: np.ndarray) -> np.ndarray:
    """Positive specific agreement: of the units that one coder marked, the share that the other marked (Dice)."""
    both, first, second, _ = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    return _over(2 * both, 2 * both + first + second)


def negatives(tables: np.ndarray) -> np.ndarray:
    """Negative specific agreement: the same of the units left blank."""
    _, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    return _over(2 * neither, 2 * neither + first + second)


def kappas(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa; NaN where undefined."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    total = both + first + second + neither
    chance = _over((both + first) * (both + second) + (second + neither) * (first + neither), total**2)
    return _corrected(_over(both + neither, total), chance)


def alphas(tables: np.ndarray) -> np.ndarray:
    """Krippendorff's nominal alpha of two coders who rated every unit; NaN where undefined."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    units = both + first + second + neither
    marked = 2 * both + first + second
    expected = _over(2 * marked * (2 * units - marked), 2 * units * (2 * units - 1))
    return 1 - _over(_over(first + second, units), expected)


def kappa_maxima(tables: np.ndarray) -> np.ndarray:
    """The largest kappa that the two coders' totals allow (Cohen 1960)."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    total = both + first + second + neither
    rows, columns = both + first, both + second
    chance = _over(rows * columns + (total - rows) * (total - columns), total**2)
    return _corrected(_over(np.minimum(rows, columns) + np.minimum(total - rows, total - columns), total), chance)


def prevalence(tables: np.ndarray) -> np.ndarray:
    """Prevalence index (both - neither) / units; -1 where nothing is marked (Byrt, Bishop and Carlin 1993)."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    return _over(both - neither, both + first + second + neither)


def bias(tables: np.ndarray) -> np.ndarray:
    """Bias index (first only - second only) / units (Byrt, Bishop and Carlin 1993)."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    return _over(first - second, both + first + second + neither)


def adjusted(tables: np.ndarray) -> np.ndarray:
    """Prevalence- and bias-adjusted kappa, 2 x agreement - 1 (Byrt, Bishop and Carlin 1993)."""
    return 2 * percents(tables) - 1


def as_sums(tables: np.ndarray) -> np.ndarray:
    """Return the sums of two coders who both rated every unit."""
    both, first, second, neither = np.moveaxis(np.asarray(tables, dtype=float), -1, 0)
    units, apart = both + first + second + neither, first + second
    return np.stack([units, apart, both + apart / 2, 2 * apart, 2 * both + apart, 2 * units], axis=-1)


def sums_of(coders: np.ndarray, marked: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return what units add to the sums, shape (…, 6).

    Parameters
    ----------
    coders, marked, weight : arrays
        For each unit how many coders rated it, how many of them marked it, and how many units it stands for. A unit
        with fewer than two coders adds nothing.
    """
    n, r, w = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(coders, marked, weight))
    w = np.where(n >= 2, w, 0)
    n = np.maximum(n, 2)
    differ = 2 * r * (n - r)
    return np.stack([w, w * differ / (n * (n - 1)), w * r / n, w * differ / (n - 1), w * r, w * n], axis=-1)


def mean_percents(sums: np.ndarray) -> np.ndarray:
    """Mean agreement of pairs of coders over units."""
    units, apart = sums[..., 0], sums[..., 1]
    return 1 - _over(apart, units)


def fleiss(sums: np.ndarray) -> np.ndarray:
    """Fleiss' kappa of units rated by the same number of coders; for two coders Scott's pi."""
    share = _over(sums[..., 2], sums[..., 0])
    return _corrected(mean_percents(sums), share**2 + (1 - share) ** 2)


def ac1s(sums: np.ndarray) -> np.ndarray:
    """Gwet's AC1 of two categories."""
    share = _over(sums[..., 2], sums[..., 0])
    return _corrected(mean_percents(sums), 2 * share * (1 - share))


def alphas_of(sums: np.ndarray) -> np.ndarray:
    """Krippendorff's nominal alpha of any number of coders, units rated by fewer than two left out."""
    apart, marked, ratings = sums[..., 3], sums[..., 4], sums[..., 5]
    return 1 - _over((ratings - 1) * apart, 2 * marked * (ratings - marked))


def percentile(values: np.ndarray, level: float, least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the percentile limits over the first axis; NaN where a smaller share than ``least`` is defined."""
    finite = np.isfinite(values)
    low, high = np.full((2, *values.shape[1:]), np.nan)
    tails = [(1 - level) / 2, (1 + level) / 2]
    whole = finite.all(axis=0)
    if whole.any():
        low[whole], high[whole] = np.quantile(values[:, whole], tails, axis=0)
    for place in np.flatnonzero(~whole & (finite.mean(axis=0) >= least)):
        low[place], high[place] = np.quantile(values[finite[:, place], place], tails)
    return low, high


def wilson(share: np.ndarray, units: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of a share of independent units (Wilson 1927)."""
    z = stats.norm.ppf((1 + level) / 2)
    n = np.where(units > 0, units, np.nan)
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return np.maximum(middle - half, 0), np.minimum(middle + half, 1)


def kappa_errors(tables: np.ndarray) -> np.ndarray:
    """Large-sample standard error of Cohen's kappa over independent units (Fleiss, Cohen and Everitt 1969)."""
    cells = np.asarray(tables, dtype=float)
    total = cells.sum(axis=-1)
    p = cells / np.where(total > 0, total, np.nan)[..., None]
    square = p.reshape(*p.shape[:-1], 2, 2)
    rows, columns = square.sum(axis=-1), square.sum(axis=-2)
    chance = (rows * columns).sum(axis=-1)
    kappa = kappas(cells)
    diagonal = sum(square[..., i, i] * (1 - (rows[..., i] + columns[..., i]) * (1 - kappa)) ** 2 for i in (0, 1))
    off = sum(square[..., i, 1 - i] * (columns[..., i] + rows[..., 1 - i]) ** 2 for i in (0, 1))
    inside = diagonal + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2
    return np.sqrt(np.maximum(inside, 0) / total) / (1 - chance)


def gwet_errors(
    coders: np.ndarray, marked: np.ndarray, weight: np.ndarray, coefficient: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return AC1 or Fleiss' kappa with its standard error over independent units (Gwet 2008, linearised).

    Parameters
    ----------
    coders, marked, weight : arrays, units in the last axis
        As in :func:`sums_of`.
    coefficient : str
        ``ac1`` or ``fleiss``.
    """
    sums = sums_of(coders, marked, weight).sum(axis=-2)
    n, r, w = (np.asarray(part, dtype=float) for part in np.broadcast_arrays(coders, marked, weight))
    w = np.where(n >= 2, w, 0)
    n = np.maximum(n, 2)
    total = sums[..., 0]
    share = _over(sums[..., 2], total)[..., None]
    each = 1 - 2 * r * (n - r) / (n * (n - 1))
    if coefficient == "ac1":
        value, chance = ac1s(sums)[..., None], 2 * share * (1 - share)
        own = r / n * (1 - share) + (1 - r / n) * share
    else:
        value, chance = fleiss(sums)[..., None], share**2 + (1 - share) ** 2
        own = r / n * share + (1 - r / n) * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        linear = (each - chance) / (1 - chance) - 2 * (1 - value) * (own - chance) / (1 - chance)
        variance = (w * (linear - value) ** 2).sum(axis=-1) / (total * (total - 1))
    return value[..., 0], np.sqrt(variance)


def _over(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    top, bottom = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(bottom == 0, np.nan, top / np.where(bottom == 0, 1, bottom))


def _corrected(seen: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return (seen - chance) / (1 - chance); NaN where chance alone gives complete agreement."""
    return np.where(np.isclose(chance, 1, rtol=0, atol=1e-12), np.nan, _over(seen - chance, 1 - chance))
