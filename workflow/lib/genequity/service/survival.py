"""Turnaround as time to event: tests that are still open count for as long as they have been watched.

A median of the finished tests alone flatters a service whose slow tests are still out. Here an open record is censored
on the day of the extract (Kaplan–Meier). The mean number of days up to a horizon compares groups also where a median
is never reached, and a model of proportional hazards compares them when they differ in age, sex and where they live
(:mod:`genequity.service.cox`).

Sources: Kaplan & Meier (1958), J Am Stat Assoc 53:457; Greenwood's variance; Brookmeyer & Crowley (1982), Biometrics
38:29, on the log-log scale; Royston & Parmar (2013), BMC Med Res Methodol 13:152, on the restricted mean.

Records of one provider are alike. With a cluster declared and enough of them, the interval of a difference in means is
a jackknife's over clusters. Medians and shares within target take all records as independent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import ordered
from genequity.service import adjusted, cox, glm, intervals, sql, stages
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

INDEPENDENT = "records taken as independent (Greenwood)"
JACKKNIFE = "cluster-robust by {cluster} (jackknife)"
COVARIATES = ("region", "age_from", "sex", "deprivation")


@dataclass(frozen=True)
class Curve:
    """A Kaplan–Meier curve: at each time with an event, the share still waiting and Greenwood's sum."""

    times: np.ndarray
    waiting: np.ndarray
    greenwood: np.ndarray
    last: float  # longest time watched

    def at(self, days: float) -> tuple[float, float]:
        """Return (share still waiting after so many days, its variance)."""
        place = int(np.searchsorted(self.times, days, side="right")) - 1
        if place < 0:
            return 1.0, 0.0
        share = float(self.waiting[place])
        return share, share**2 * float(self.greenwood[place]) if share > 0 else 0.0

    def median(self, level: float = 0.95) -> tuple[float, float, float]:
        """Return (median, lower, upper) in days; NaN where the curve or its limit does not come down to one half."""
        z = intervals.z_of(level)
        over = self.waiting > 0  # at the last event of all nobody waits: both limits have come down
        logs = np.log(self.waiting[over])
        distance = np.log(-logs) - np.log(-np.log(0.5))
        reach = z * np.sqrt(self.greenwood[over]) / -logs
        low, high = ~over, (~over).copy()
        low[over], high[over] = distance >= -reach, distance > reach
        # Each limit is the time at which a limit of the curve comes down to one half.
        return tuple(
            float(self.times[down][0]) if down.any() else np.nan for down in (self.waiting <= 0.5 + 1e-12, low, high)
        )

    def restricted_mean(self, horizon: float) -> tuple[float, float]:
        """Return (mean days waited up to the horizon, its variance)."""
        inside = self.times < horizon
        times, waiting = self.times[inside], np.concatenate([[1.0], self.waiting[inside]])
        areas = waiting * np.diff(np.concatenate([[0.0], times, [horizon]]))
        rest = areas[::-1].cumsum()[::-1][1:]  # area beyond each event
        steps = np.diff(np.concatenate([[0.0], self.greenwood[inside]]))
        still = rest > 0
        return float(areas.sum()), float(np.sum(rest[still] ** 2 * steps[still]))


def curve(days, event, count=None) -> Curve:
    """Return the Kaplan–Meier curve.

    Parameters
    ----------
    days, event : array_like
        Days to the event or to the end of watching; whether the event came.
    count : array_like, optional
        How many records each row stands for.
    """
    t, d = np.asarray(days, float), np.asarray(event, bool)
    n = np.ones(len(t)) if count is None else np.asarray(count, float)
    every = np.unique(t)
    place = np.searchsorted(every, t)
    deaths, leaving = (np.bincount(place, weights, len(every)) for weights in (n * d, n))
    at_risk = leaving[::-1].cumsum()[::-1]
    kept = deaths > 0
    deaths, at_risk = deaths[kept], at_risk[kept]
    with np.errstate(divide="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
    return Curve(every[kept], np.cumprod(1 - deaths / at_risk), greenwood, float(every[-1]) if len(every) else 0.0)


def intervals_watched(start: dict[str, str], pathway: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what has a turnaround: each pair of dates of a stage with ``within``, with its targets.

    A pair that several stages share is one: the first gives it its name, ``days`` its horizon, and one with
    ``days_column`` or ``target_of`` the target of each record.
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    follows = stages.parents(start, pathway)
    for stage in pathway:
        within = stage.get("within")
        if not within or stage.get("relatives"):
            continue
        pair = found.setdefault(
            (within["of"], stage["column"]),
            {
                "id": stage["id"],
                "label": stage["label"],
                "after": follows[stage["id"]],
                "horizon": None,
                "target": None,
            },
        )
        pair["horizon"] = max(filter(None, (pair["horizon"], within.get("days"))), default=None)
        if not pair["target"] and not within.get("days"):
            pair["target"] = within
    return [pair | {"of": of, "column": column} for (of, column), pair in found.items()]


def write_durations(connection: duckdb.DuckDBPyConnection, section: dict[str, Any], path: str) -> None:
    """Write how many records of each covariate pattern waited how long, ended or still open (Parquet, sorted).

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the table ``staged`` of :func:`genequity.service.records.prepare`.
    section : dict
        The config section.
    path : str
        The file to write.
    """
    from genequity import files

    keys = [*COVARIATES, section["cluster"] or "provider"]
    until = (section.get("period") or {}).get("observed_until")
    parts = []
    for pair in intervals_watched(section["start"], section["pathway"]):
        since, end = sql.name(f"x_{pair['of']}"), sql.name(f"x_{pair['column']}")
        target = stages.allowed(pair["target"]) if pair["target"] else str(pair["horizon"])
        parts.append(f"""
            SELECT {sql.text(pair["id"])} AS outcome, "group", ({target})::BIGINT AS target,
                   (coalesce({end}, date {sql.text(until)}) - {since})::BIGINT AS days, {end} IS NOT NULL AS done,
                   {", ".join(keys)}, count(*) AS n
            FROM staged WHERE {sql.name(f"a_{pair['after']}")} AND {since} IS NOT NULL GROUP BY ALL""")
    empty = "SELECT '' AS outcome, '' AS \"group\", 0::BIGINT AS target, 0::BIGINT AS days, true AS done, "
    empty += f"{', '.join(keys)}, 0::BIGINT AS n FROM staged"
    query = " UNION ALL ".join(parts) or f"{empty} WHERE false"
    with files.writing(path) as part:
        connection.execute(f"COPY (SELECT * FROM ({query}) ORDER BY ALL) TO {sql.text(part)} (FORMAT parquet)")


def turnaround(durations: pd.DataFrame, section: dict[str, Any], *, comparator: str) -> pd.DataFrame:
    """Return median, share within target, restricted mean and hazard ratio of every wait by group, nationally.

    Parameters
    ----------
    durations : pandas.DataFrame
        From :func:`write_durations`.
    section : dict
        The config section.
    comparator : str
        The group compared with.
    """
    import pandas as pd
    from scipy.stats import t

    rows, methods = [], section["methods"]
    z = intervals.z_of(methods["level"])
    names = stages.labels(section["start"], section["pathway"])
    for pair in intervals_watched(section["start"], section["pathway"]):
        here = durations[durations["outcome"] == pair["id"]]
        if here.empty:
            continue
        horizon = float(pair["horizon"] or here["target"].max())
        means: dict[str, tuple[float, float]] = {}
        without: dict[str, dict[Any, float]] = {}
        part_rows = []
        for group in [*sorted(set(here["group"])), ALL_GROUPS]:
            part = here if group == ALL_GROUPS else here[here["group"] == group]
            done = int(part.loc[part["done"], "n"].sum())
            row = {"outcome": pair["id"], "label": pair["label"], "after": names[pair["after"]], "group": group}
            row |= {"comparator": comparator, "records": int(part["n"].sum()), "done": done, "horizon": int(horizon)}
            row |= dict.fromkeys(
                ("median", "median_low", "median_high", "within", "within_low", "within_high", "mean_days",
                 "difference", "difference_low", "difference_high"), np.nan,
            ) | {"reason": "", "difference_variance": ""}  # fmt: skip
            part_rows.append(row)
            if done < methods["min_events"]:
                row["reason"] = f"fewer than {methods['min_events']} came to an end"
                continue
            whole = curve(part["days"], part["done"], part["n"])
            row |= dict(zip(("median", "median_low", "median_high"), whole.median(methods["level"]), strict=True))
            share, variance = _within(part)
            half = z * np.sqrt(variance)
            row |= {"within": share, "within_low": max(share - half, 0.0), "within_high": min(share + half, 1.0)}
            if whole.last < horizon and whole.waiting[-1] > 0:
                row["reason"] = "not watched up to the horizon of the mean"
                continue
            means[group] = whole.restricted_mean(horizon)
            row["mean_days"] = means[group][0]
        for row in part_rows:
            if row["group"] in means and comparator in means and row["group"] not in (comparator, ALL_GROUPS):
                (a, va), (b, vb) = means[row["group"]], means[comparator]
                for name in (row["group"], comparator):
                    if section["cluster"] and name not in without:
                        without[name] = left_out(here[here["group"] == name], section["cluster"], horizon)
                half, row["difference_variance"] = z * np.sqrt(va + vb), INDEPENDENT
                error, providers = jackknife(without.get(row["group"], {}), a, without.get(comparator, {}), b)
                if providers >= methods["min_clusters"] and np.isfinite(error):
                    half = float(t.ppf(0.5 + methods["level"] / 2, providers - 1)) * error
                    row["difference_variance"] = JACKKNIFE.format(cluster=section["cluster"])
                row |= {"difference": a - b, "difference_low": a - b - half, "difference_high": a - b + half}
        found = sooner(here, section, [row["group"] for row in part_rows if not row["reason"]], comparator)
        rows += [row | found.get(row["group"], {}) for row in part_rows]
    columns = ["outcome", "label", "after", "group", "comparator", "records", "done", "horizon", "median", "median_low"]
    columns += ["median_high", "within", "within_low", "within_high", "mean_days", "difference", "difference_low"]
    columns += [
        "difference_high",
        "difference_variance",
        "hazard_ratio",
        "hazard_ratio_low",
        "hazard_ratio_high",
        "adjusted_for",
        "variance",
    ]
    columns += ["model_records", "model_events", "parameters"]
    frame = pd.DataFrame(rows, columns=[*columns, "reason"])
    return frame.astype(dict.fromkeys(("model_records", "model_events", "parameters"), "Int64"))


def left_out(part: pd.DataFrame, cluster: str, horizon: float) -> dict[Any, float]:
    """Return a group's restricted mean without each cluster; NaN without one that holds all of the group.

    Parameters
    ----------
    part : pandas.DataFrame
        Rows of :func:`write_durations` of one wait and group.
    cluster : str
        Column of the cluster; records of no known one are a cluster of their own.
    horizon : float
        Days up to which the mean is taken.
    """
    names = part[cluster].astype(object).where(part[cluster].notna(), "")
    part = part.assign(name=names).groupby(["name", "days", "done"], as_index=False)["n"].sum()
    names, days, done, count = (part[name].to_numpy() for name in ("name", "days", "done", "n"))
    found = {}
    for name in sorted(set(names), key=str):
        kept = names != name
        whole = curve(days[kept], done[kept], count[kept])
        found[name] = whole.restricted_mean(horizon)[0] if kept.any() else np.nan
    return found


def jackknife(own: dict[Any, float], mean: float, others: dict[Any, float], base: float) -> tuple[float, int]:
    """Return (standard error of a difference of restricted means, number of clusters), leaving out one at a time.

    Parameters
    ----------
    own, others : dict
        From :func:`left_out`, of the group and of the comparator. A cluster that one of them does not have leaves its
        mean as it is.
    mean, base : float
        Their restricted means with all clusters.

    Notes
    -----
    (m - 1) / m times the sum of squared distances from the mean of the m differences (Miller, 1974, Biometrika 61:1).
    """
    names = sorted(set(own) | set(others), key=str)
    if len(names) < 2:
        return np.nan, len(names)
    values = np.array([own.get(name, mean) - others.get(name, base) for name in names])
    return float(np.sqrt((len(names) - 1) / len(names) * ((values - values.mean()) ** 2).sum())), len(names)


def sooner(
    durations: pd.DataFrame, section: dict[str, Any], groups: list[str], comparator: str
) -> dict[str, dict[str, Any]]:
    """Return each group's hazard ratio, adjusted as the last model of the ladder is, by group.

    Parameters
    ----------
    durations : pandas.DataFrame
        One wait's rows of :func:`write_durations`. Each target has its own baseline hazard.
    section : dict
        The config section.
    groups : list of str
        Groups to compare; those without an estimate elsewhere are left out.
    comparator : str
        The group compared with.
    """
    from scipy.stats import norm, t

    covariates = section["adjust"][list(section["adjust"])[-1]]
    others = [group for group in ordered(groups) if group not in (comparator, ALL_GROUPS)]
    if comparator not in groups or not others:
        return {}
    rows = adjusted.coarser_ages(durations, section["methods"]["model_ages"])
    rows = rows[rows["group"].isin([*others, comparator]) & (rows[covariates] != adjusted.UNKNOWN).all(axis=1)]
    cluster = section["cluster"] or "provider"
    by = ["group", *covariates, "target", "days", "done", cluster]
    rows = rows.groupby(by, as_index=False, dropna=False)["n"].sum()
    columns = [rows["group"] == group for group in others]
    for name in covariates:
        columns += [rows[name] == level for level in sorted(rows[name].unique())[1:]]
    x = np.column_stack(columns).astype(float)
    clusters = rows[cluster].nunique(dropna=False)
    clustered = bool(section["cluster"]) and clusters >= section["methods"]["min_clusters"]
    codes = rows.groupby(cluster, dropna=False).ngroup().to_numpy() if clustered else None
    target = rows["target"].fillna(-1).to_numpy()
    try:
        fitted = cox.fit(x, rows["days"].to_numpy(), rows["done"].to_numpy(bool), rows["n"].to_numpy(), target, codes)
    except glm.NotEstimable:
        return {}
    covariance, middle = (fitted.clustered, t(fitted.clusters - 1)) if clustered else (fitted.covariance, norm())
    reach = middle.ppf(0.5 + section["methods"]["level"] / 2) * np.sqrt(np.diag(covariance))
    words = {"adjusted_for": ", ".join(covariates) or "nothing"}
    words["variance"] = f"cluster-robust by {cluster}" if clustered else "model-based"
    words |= {"model_records": int(rows["n"].sum()), "model_events": int(rows.loc[rows["done"], "n"].sum())}
    words |= {"parameters": x.shape[1]}
    found = {comparator: dict(words)}
    for i, group in enumerate(others):
        limits = np.exp(fitted.beta[i] + reach[i] * np.array([0.0, -1.0, 1.0]))
        found[group] = words | dict(zip(("hazard_ratio", "hazard_ratio_low", "hazard_ratio_high"), limits, strict=True))
    return found


def _within(part: pd.DataFrame) -> tuple[float, float]:
    """Return (share done within the target of its category, variance): a curve a category, then weighted."""
    known = part[part["target"].notna()]
    total, share, variance = known["n"].sum(), 0.0, 0.0
    for target, own in known.groupby("target"):
        waiting, spread = curve(own["days"], own["done"], own["n"]).at(float(target))
        weight = own["n"].sum() / total
        share += weight * (1 - waiting)
        variance += weight**2 * spread
    return (float(share), float(variance)) if total else (np.nan, np.nan)
