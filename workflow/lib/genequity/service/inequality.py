"""Summary measures of inequality between groups, absolute and relative, each with its definition.

Groups in an order (deprivation) have a slope and a concentration index; groups without one (ethnicity) do not: to rank
them would be to invent an order. Two definitions of the slope index go by one name and both stand here: OHID's is the
slope of a straight line through the groups' midpoints on the cumulative population; WHO's is the difference between
the two ends of a logistic curve through them, fitted to people (one published package weights by people twice).

Sources: WHO, Handbook on health inequality monitoring (2013) and HEAT technical notes; Low & Low (2004), J Public
Health 26:390; UKHSA, PHEindicatormethods (``phe_sii``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 2000
ORDERED, UNORDERED = "deprivation", "group"
FEWEST_GROUPS = 2


def midpoints(people: np.ndarray) -> np.ndarray:
    """Return each group's midpoint on the cumulative population, from 0 to 1."""
    share = people / people.sum()
    return np.cumsum(share) - share / 2


def slope_ohid(value, people) -> tuple[float, float]:
    """Return (slope index, relative index) by OHID's definition: a line through the midpoints, weighted by people.

    The relative index is the line's value at the last group's end over that at the first group's.
    """
    x, w = midpoints(people), people / people.sum()
    mean_x, mean_y = np.sum(w * x), np.sum(w * value)
    slope = np.sum(w * (x - mean_x) * (value - mean_y)) / np.sum(w * (x - mean_x) ** 2)
    start = mean_y - slope * mean_x
    return float(slope), float((start + slope) / start)


def slope_who(value, people) -> tuple[float, float]:
    """Return (slope index, relative index) by WHO's definition, for proportions: the ends of a logistic curve."""
    x = midpoints(people)
    design, beta = np.column_stack([np.ones_like(x), x]), np.zeros(2)
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-design @ beta))
        weight = people * fitted * (1 - fitted)
        step = np.linalg.solve(design.T @ (design * weight[:, None]), design.T @ (people * (value - fitted)))
        beta += step
        if np.abs(step).max() < 1e-12:
            break
    start, end = 1 / (1 + np.exp(-np.array([beta[0], beta.sum()])))
    return float(end - start), float(end / start)


def _mean(y, n):
    return np.sum(n * y) / n.sum()


def _log_deviation(y, n):
    return np.sum(n / n.sum() * -np.log(y / _mean(y, n)))


def _theil(y, n):
    ratio = y / _mean(y, n)
    return np.sum(n / n.sum() * ratio * np.log(ratio))


def _concentration(y, n):
    return np.sum(n / n.sum() * (2 * midpoints(n) - 1) * y)


Measure = Callable[[np.ndarray, np.ndarray, int], float]

# id -> (name, scale, definition, value with no inequality, function of values, people and the reference's place)
EVERY: dict[str, tuple[str, str, str, float, Measure]] = {
    "bgv": (
        "Between-group variance",
        "absolute",
        "mean squared deviation from the mean of all, weighted by people",
        0.0,
        lambda y, n, r: np.sum(n / n.sum() * (y - _mean(y, n)) ** 2),
    ),
    "bgsd": (
        "Between-group standard deviation",
        "absolute",
        "square root of the between-group variance",
        0.0,
        lambda y, n, r: np.sqrt(np.sum(n / n.sum() * (y - _mean(y, n)) ** 2)),
    ),
    "cov": (
        "Coefficient of variation",
        "relative",
        "between-group standard deviation over the mean of all",
        0.0,
        lambda y, n, r: np.sqrt(np.sum(n / n.sum() * (y - _mean(y, n)) ** 2)) / _mean(y, n),
    ),
    "mdm": (
        "Mean difference from the mean",
        "absolute",
        "mean absolute deviation from the mean of all, weighted by people",
        0.0,
        lambda y, n, r: np.sum(n / n.sum() * np.abs(y - _mean(y, n))),
    ),
    "idis": (
        "Index of disparity",
        "relative",
        "mean absolute deviation from the mean of all, groups alike, over that mean",
        0.0,
        lambda y, n, r: np.mean(np.abs(y - _mean(y, n))) / _mean(y, n),
    ),
    "idisw": (
        "Index of disparity, weighted",
        "relative",
        "mean difference from the mean over the mean of all",
        0.0,
        lambda y, n, r: np.sum(n / n.sum() * np.abs(y - _mean(y, n))) / _mean(y, n),
    ),
    "mld": (
        "Mean log deviation",
        "relative",
        "mean of minus the logarithm of each group's value over the mean of all",
        0.0,
        lambda y, n, r: _log_deviation(y, n),
    ),
    "theil": (
        "Theil index",
        "relative",
        "mean of the value over the mean of all times its logarithm",
        0.0,
        lambda y, n, r: _theil(y, n),
    ),
    "par": (
        "Population attributable difference",
        "absolute",
        "reference minus the mean of all: what all would gain at its value",
        0.0,
        lambda y, n, r: y[r] - _mean(y, n),
    ),
    "paf": (
        "Population attributable fraction",
        "relative",
        "population attributable difference over the mean of all",
        0.0,
        lambda y, n, r: (y[r] - _mean(y, n)) / _mean(y, n),
    ),
}
WITHOUT_ORDER: dict[str, tuple[str, str, str, float, Measure]] = {
    "mdr": (
        "Mean difference from the comparator",
        "absolute",
        "mean absolute difference from the comparator, weighted by people",
        0.0,
        lambda y, n, r: np.sum(n / n.sum() * np.abs(y - y[r])),
    ),
    "range": (
        "Difference between the furthest groups",
        "absolute",
        "highest minus lowest value",
        0.0,
        lambda y, n, r: y.max() - y.min(),
    ),
    "range_ratio": (
        "Ratio of the furthest groups",
        "relative",
        "highest over lowest value",
        1.0,
        lambda y, n, r: y.max() / y.min(),
    ),
}
IN_ORDER: dict[str, tuple[str, str, str, float, Measure]] = {
    "difference": ("Difference", "absolute", "last minus first group in the order", 0.0, lambda y, n, r: y[-1] - y[0]),
    "ratio": ("Ratio", "relative", "last over first group in the order", 1.0, lambda y, n, r: y[-1] / y[0]),
    "aci": (
        "Absolute concentration index",
        "absolute",
        "mean of value times rank from -1 to 1",
        0.0,
        lambda y, n, r: _concentration(y, n),
    ),
    "rci": (
        "Relative concentration index",
        "relative",
        "absolute concentration index over the mean of all",
        0.0,
        lambda y, n, r: _concentration(y, n) / _mean(y, n),
    ),
    "sii_ohid": (
        "Slope index (OHID)",
        "absolute",
        "slope of a line through the groups' midpoints on the cumulative population",
        0.0,
        lambda y, n, r: slope_ohid(y, n)[0],
    ),
    "rii_ohid": (
        "Relative index (OHID)",
        "relative",
        "the line's value at the end of the order over that at its start",
        1.0,
        lambda y, n, r: slope_ohid(y, n)[1],
    ),
}
LOGISTIC: dict[str, tuple[str, str, str, float, Measure]] = {
    "sii_who": (
        "Slope index (WHO)",
        "absolute",
        "difference between the ends of a logistic curve on the cumulative population",
        0.0,
        lambda y, n, r: slope_who(y, n)[0],
    ),
    "rii_who": (
        "Relative index (WHO)",
        "relative",
        "ratio of the ends of that curve",
        1.0,
        lambda y, n, r: slope_who(y, n)[1],
    ),
}
NEVER_BELOW = ("bgv", "bgsd", "cov", "mdm", "idis", "idisw", "mld", "theil", "mdr", "range", "range_ratio")


def measured(
    value,
    people,
    covariance,
    *,
    reference: int,
    ordered: bool,
    proportion: bool,
    level: float,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Return every measure that fits the groups, with its interval and what chance alone would give.

    Parameters
    ----------
    value, people : array_like, shape (groups,)
        Share or rate of each group, and its people; ordered groups from the most to the least deprived.
    covariance : array_like, shape (groups, groups)
        Covariance of the values.
    reference : int
        Place of the group compared with (the last one of an order).
    ordered, proportion : bool
        Whether the groups have an order; whether the values are proportions.
    level : float
        Confidence level. Limits are the delta method's; those of measures that cannot fall below no inequality are cut
        there.
    rng : numpy.random.Generator
        For ``chance``: the value below which so many of :data:`DRAWS` draws fall when all groups have one true value.
        Given for measures that are above no inequality by chance alone.
    """
    y, n = np.asarray(value, float), np.asarray(people, float)
    cov = np.asarray(covariance, float)
    chosen = EVERY | (IN_ORDER | (LOGISTIC if proportion else {}) if ordered else WITHOUT_ORDER)
    same = np.full(len(y), _mean(y, n))
    noise = rng.multivariate_normal(np.zeros(len(y)), cov, DRAWS, method="eigh")
    rows = []
    for key, (name, scale, definition, none, function) in chosen.items():
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = float(function(y, n, reference))
            slope = np.array([_slope(function, y, n, reference, j) for j in range(len(y))])
            half = intervals.z_of(level) * np.sqrt(slope @ cov @ slope)
            low, high, chance = estimate - half, estimate + half, np.nan
            if key in NEVER_BELOW:
                low = max(low, none)
                drawn = [function(row, n, reference) for row in same + noise]
                chance = float(np.quantile(drawn, level)) if np.isfinite(drawn).all() else np.nan
        row = {"measure": key, "name": name, "scale": scale, "definition": definition, "none": none}
        if not np.isfinite([estimate, low, high]).all():
            estimate = low = high = chance = np.nan
        rows.append(row | {"estimate": estimate, "low": low, "high": high, "chance": chance})
    return rows


def _slope(function, y, n, reference, place) -> float:
    """Return the derivative of a measure by one group's value (central difference)."""
    step = np.zeros(len(y))
    step[place] = 1e-5 * max(abs(y[place]), 1e-12)
    return (function(y + step, n, reference) - function(y - step, n, reference)) / (2 * step[place])


def of_stages(
    cells: pd.DataFrame,
    section: dict[str, Any],
    labels: dict[str, str],
    *,
    groups: list[str],
    comparator: str,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Return the measures of each stage's share, between known groups and between fifths of deprivation.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.records.write_cells`.
    section : dict
        The config section.
    labels : dict
        Stage id -> label.
    groups : list of str
        The known groups.
    comparator : str
        The group compared with.
    rng : numpy.random.Generator
        See :func:`measured`.
    """
    methods, rows = section["methods"], []
    field = section["fields"].get("deprivation")
    order = list(dict.fromkeys(field["values"].values())) if field else []
    kinds = [(UNORDERED, groups)] + ([(ORDERED, order)] if order else [])
    for stage in section["pathway"]:
        for dimension, names in kinds:
            here = cells[cells[dimension].isin(names)]
            kind = {f"eligible_{stage['id']}": "eligible", f"reached_{stage['id']}": "reached"}
            sums = here.groupby([dimension, "provider"], dropna=False)[list(kind)].sum().rename(columns=kind)
            totals = sums.groupby(level=0)[["eligible", "reached"]].sum().reindex(names, fill_value=0)
            row = {"of": "share", "outcome": stage["id"], "label": labels[stage["id"]], "dimension": dimension}
            row |= {"n": int(totals["eligible"].sum()), "events": int(totals["reached"].sum())}
            row |= {"groups": int((totals["eligible"] > 0).sum())}
            few = (totals["reached"] < methods["min_events"]) | (
                totals["eligible"] - totals["reached"] < methods["min_events"]
            )
            if few.any() or (dimension == UNORDERED and comparator not in names) or len(names) < FEWEST_GROUPS:
                rows.append(_none(row, "a group has too few records, or all of them or none reached the stage"))
                continue
            share = (totals["reached"] / totals["eligible"]).to_numpy()
            clustered = section["cluster"] and here["provider"].nunique() >= methods["min_clusters"]
            cov = _covariance(sums, totals, share, names, bool(clustered))
            place = names.index(comparator) if dimension == UNORDERED else len(names) - 1
            choices = {"reference": place, "ordered": dimension == ORDERED, "proportion": True}
            found = measured(share, totals["eligible"], cov, level=methods["level"], rng=rng, **choices)
            rows += [row | one | {"reason": ""} for one in found]
    return rows


def _covariance(sums, totals, share, names, clustered: bool) -> np.ndarray:
    """Return the covariance of the groups' shares; records of a provider are alike where there are enough of them."""
    if not clustered:
        return np.diag(share * (1 - share) / totals["eligible"].to_numpy(float))
    wide = {kind: sums[kind].unstack(0, fill_value=0)[names].to_numpy(float) for kind in ("eligible", "reached")}
    scores = (wide["reached"] - share * wide["eligible"]) / totals["eligible"].to_numpy(float)
    return scores.T @ scores * len(scores) / (len(scores) - 1)


def of_rates(
    rates: pd.DataFrame, *, groups: list[str], comparator: str, national: str, level: float, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Return the measures of each standardised rate between known groups.

    Parameters
    ----------
    rates : pandas.DataFrame
        From :func:`genequity.service.rates.by_group`; its intervals give the rates' variances.
    groups : list of str
        The known groups.
    comparator, national : str
        The group compared with; the label of all regions together.
    level : float
        Confidence level, also of the rates' intervals.
    rng : numpy.random.Generator
        See :func:`measured`.
    """
    rows = []
    for measure, part in rates[(rates["region"] == national) & rates["group"].isin(groups)].groupby("measure"):
        part = part.set_index("group").reindex(groups)
        row = {"of": "rate", "outcome": measure, "label": part["label"].iloc[0], "dimension": UNORDERED}
        row |= {"n": int(part["events"].sum()), "events": int(part["events"].sum()), "groups": len(groups)}
        if part["rate"].isna().any():
            rows.append(_none(row, "a group has no rate"))
            continue
        # Byar's limits are not symmetric; their width gives the standard error.
        errors = ((part["high"] - part["low"]) / (2 * intervals.z_of(level))).to_numpy(float)
        found = measured(
            part["rate"], part["population"].astype(float), np.diag(errors**2), reference=groups.index(comparator),
            ordered=False, proportion=False, level=level, rng=rng,
        )  # fmt: skip
        rows += [row | one | {"reason": ""} for one in found]
    return rows


def _none(row: dict[str, Any], reason: str) -> dict[str, Any]:
    blank = dict.fromkeys(("none", "estimate", "low", "high", "chance"), np.nan)
    return row | blank | {"measure": "any", "name": "All measures", "scale": "", "definition": "", "reason": reason}
