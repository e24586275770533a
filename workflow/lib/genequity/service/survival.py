"""Turnaround as time to event: tests that are still open count for as long as they have been watched.

A median of the finished tests alone flatters a service whose slow tests are still out. Here an open record is censored
on the day of the extract (Kaplan–Meier). The mean number of days up to a horizon compares groups also where a median
is never reached.

Sources: Kaplan & Meier (1958), J Am Stat Assoc 53:457; Greenwood's variance; Brookmeyer & Crowley (1982), Biometrics
38:29, on the log-log scale; Royston & Parmar (2013), BMC Med Res Methodol 13:152, on the restricted mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals, sql, stages
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


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
    """Write how many records of each group waited how long, ended or still open (Parquet, sorted).

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

    until = (section.get("period") or {}).get("observed_until")
    parts = []
    for pair in intervals_watched(section["start"], section["pathway"]):
        since, end = sql.name(f"x_{pair['of']}"), sql.name(f"x_{pair['column']}")
        target = stages.allowed(pair["target"]) if pair["target"] else str(pair["horizon"])
        parts.append(f"""
            SELECT {sql.text(pair["id"])} AS outcome, "group", ({target})::BIGINT AS target,
                   (coalesce({end}, date {sql.text(until)}) - {since})::BIGINT AS days, {end} IS NOT NULL AS done,
                   count(*) AS n
            FROM staged WHERE {sql.name(f"a_{pair['after']}")} AND {since} IS NOT NULL GROUP BY ALL""")
    empty = (
        "SELECT '' AS outcome, '' AS \"group\", 0::BIGINT AS target, 0::BIGINT AS days, true AS done, 0::BIGINT AS n"
    )
    query = " UNION ALL ".join(parts) or f"{empty} WHERE false"
    with files.writing(path) as part:
        connection.execute(f"COPY (SELECT * FROM ({query}) ORDER BY ALL) TO {sql.text(part)} (FORMAT parquet)")


def turnaround(durations: pd.DataFrame, section: dict[str, Any], *, comparator: str) -> pd.DataFrame:
    """Return median, share within target and restricted mean of every wait by group, all regions together.

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

    rows, methods = [], section["methods"]
    z = intervals.z_of(methods["level"])
    names = stages.labels(section["start"], section["pathway"])
    for pair in intervals_watched(section["start"], section["pathway"]):
        here = durations[durations["outcome"] == pair["id"]]
        if here.empty:
            continue
        horizon = float(pair["horizon"] or here["target"].max())
        means: dict[str, tuple[float, float]] = {}
        part_rows = []
        for group in [*sorted(set(here["group"])), ALL_GROUPS]:
            part = here if group == ALL_GROUPS else here[here["group"] == group]
            done = int(part.loc[part["done"], "n"].sum())
            row = {"outcome": pair["id"], "label": pair["label"], "after": names[pair["after"]], "group": group}
            row |= {"comparator": comparator, "records": int(part["n"].sum()), "done": done, "horizon": int(horizon)}
            row |= dict.fromkeys(
                ("median", "median_low", "median_high", "within", "within_low", "within_high", "mean_days",
                 "difference", "difference_low", "difference_high"), np.nan,
            ) | {"reason": ""}  # fmt: skip
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
                half = z * np.sqrt(va + vb)
                row |= {"difference": a - b, "difference_low": a - b - half, "difference_high": a - b + half}
        rows += part_rows
    columns = ["outcome", "label", "after", "group", "comparator", "records", "done", "horizon", "median", "median_low"]
    columns += ["median_high", "within", "within_low", "within_high", "mean_days", "difference", "difference_low"]
    return pd.DataFrame(rows, columns=[*columns, "difference_high", "reason"])


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
