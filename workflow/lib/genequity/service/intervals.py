"""Intervals for counts, proportions and standardised rates, as public health in England uses them.

Vocabulary: *events* are counted in a *population*; a *directly standardised rate* (DSR) is the rate a standard
population would have with the group's own age-specific rates.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

FEWEST_EVENTS = 10  # UKHSA withholds a DSR with fewer events; Byar's approximation is used from here on


def z_of(level: float) -> float:
    """Return the normal deviate of a two-sided interval, as 1.96 for 0.95."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def wilson(count, total, level: float = 0.95):
    """Wilson score interval of a proportion.

    Parameters
    ----------
    count, total : array_like
        Events and trials; missing or zero totals give missing limits.
    level : float
        Confidence level.

    Returns
    -------
    (lower, upper) : arrays, as proportions.

    Notes
    -----
    Source: Wilson (1927); Newcombe (1998). Checked against UKHSA's answer sheets.
    """
    x, n = np.asarray(count, float), np.asarray(total, float)
    n = np.where(n > 0, n, np.nan)
    z = z_of(level)
    middle = 2 * x + z**2
    half = z * np.sqrt(z**2 + 4 * x * (1 - x / n))
    return (middle - half) / (2 * (n + z**2)), (middle + half) / (2 * (n + z**2))


def byar(count, level: float = 0.95):
    """Byar's limits of a Poisson count (the UKHSA form, not epitools' x + 0.5 variant).

    Source: Breslow & Day (1987). Zero events give a lower limit of zero; where a count is too small for the
    approximation (one event at 99.8%) there is no lower limit, as in UKHSA's sheet.
    """
    x, z = np.asarray(count, float), z_of(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = 1 - 1 / (9 * x) - z / (3 * np.sqrt(x))
        low = np.where(x > 0, np.where(root >= 0, x * root**3, np.nan), 0.0)
    up = x + 1
    return low, up * (1 - 1 / (9 * up) + z / (3 * np.sqrt(up))) ** 3


def exact_poisson(count, level: float = 0.95):
    """Exact limits of a Poisson count (chi-squared method; Garwood, 1936)."""
    from scipy.stats import chi2

    x, tail = np.asarray(count, float), (1 - level) / 2
    low = np.where(x > 0, chi2.ppf(tail, 2 * np.maximum(x, 0.5)) / 2, 0.0)
    return low, chi2.ppf(1 - tail, 2 * x + 2) / 2


def crude_rate(count, population, level: float = 0.95, per: float = 100_000, spread: float = 1.0):
    """Crude rate with Byar's limits, exact ones below ten events. Returns (rate, lower, upper) per ``per``.

    ``spread`` is the variance of the count as a multiple of a Poisson count's, above one where people repeat: the sum
    over people of the squares of their events by the sum of their events. Limits move away by its root, as in Dobson's.
    """
    x, n = np.asarray(count, float), np.asarray(population, float)
    n = np.where(n > 0, n, np.nan)
    near, exact = byar(x, level), exact_poisson(x, level)
    low, up = (np.where(x < FEWEST_EVENTS, e, b) for e, b in zip(exact, near))
    low, up = (np.maximum(x + np.sqrt(spread) * (limit - x), 0.0) for limit in (low, up))
    return per * x / n, per * low / n, per * up / n


def standardised_rate(
    count, population, weight, level: float = 0.95, per: float = 100_000, squares=None
) -> dict[str, float]:
    """Directly standardised rate with its Dobson–Byar interval.

    Parameters
    ----------
    count, population, weight : array_like
        Events, population and standard population in each stratum (age band, or age and sex). Missing counts are 0.
    level : float
        Confidence level.
    per : float
        Multiplier.
    squares : array_like, optional
        Where people can have several events, so that events are not independent: in each stratum the sum over people of
        the square of their number of events, which takes the place of the count in the variance.

    Returns
    -------
    dict
        ``events, rate, low, high, variance``; the last four are NaN with fewer than :data:`FEWEST_EVENTS` events.

    Raises
    ------
    ValueError
        If a stratum with a weight has no population.

    Notes
    -----
    Source: Dobson, Kuulasmaa, Eberle & Scherer (1991) with Byar's limits, as in UKHSA's PHEindicatormethods, also for
    events that are not independent.
    """
    x, n, w = (np.nan_to_num(np.asarray(values, float)) for values in (count, population, weight))
    used = w > 0
    x, n, w = x[used], n[used], w[used] / w[used].sum()
    if (n <= 0).any():
        raise ValueError("a stratum of the standard population has no population")
    events = x.sum()
    out = {"events": float(events), "rate": np.nan, "low": np.nan, "high": np.nan, "variance": np.nan}
    if events < FEWEST_EVENTS:
        return out
    rate = per * np.sum(w * x / n)
    spread = x if squares is None else np.nan_to_num(np.asarray(squares, float))[used]
    variance = per**2 * np.sum(w**2 * spread / n**2)
    low, up = byar(events, level)
    scale = np.sqrt(variance / events)
    return out | {
        "rate": rate,
        "low": rate + scale * (low - events),
        "high": rate + scale * (up - events),
        "variance": variance,
    }


def indirect_ratio(events: float, expected: float, level: float = 0.95, spread: float = 1.0) -> dict[str, float]:
    """Indirectly standardised ratio: events over those expected at the rates of a reference, both in one population.

    Parameters
    ----------
    events : float
        Events observed.
    expected : float
        Events expected: the reference's stratum-specific rates times the population, summed.
    level : float
        Confidence level; limits are Byar's, exact ones below :data:`FEWEST_EVENTS` events.
    spread : float
        As in :func:`crude_rate`.

    Returns
    -------
    dict
        ``indirect, indirect_low, indirect_high``; NaN where nothing is expected.

    Notes
    -----
    Source: UKHSA's PHEindicatormethods (``calculate_ISRatio``).
    """
    ratio, low, high = (float(value) for value in crude_rate(events, expected, level, 1, spread))
    return {"indirect": ratio, "indirect_low": low, "indirect_high": high}


def compare_rates(group: dict[str, float], comparator: dict[str, float], level: float = 0.95) -> dict[str, float]:
    """Ratio (log-normal interval) and difference (normal interval) of two independent standardised rates.

    Source: Breslow & Day (1987), section 2.3; variances from :func:`standardised_rate`.
    """
    a, b, z = group["rate"], comparator["rate"], z_of(level)
    if not (a > 0 and b > 0):
        return dict.fromkeys(
            ("ratio", "ratio_low", "ratio_high", "difference", "difference_low", "difference_high"), np.nan
        )
    spread = z * np.sqrt(group["variance"] / a**2 + comparator["variance"] / b**2)
    width = z * np.sqrt(group["variance"] + comparator["variance"])
    ratio, difference = a / b, a - b
    return {
        "ratio": ratio,
        "ratio_low": ratio * np.exp(-spread),
        "ratio_high": ratio * np.exp(spread),
        "difference": difference,
        "difference_low": difference - width,
        "difference_high": difference + width,
    }
