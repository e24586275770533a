"""Regions beside each other: each region's odds ratio against the others', and partially pooled with them.

The regional models of :mod:`genequity.service.adjusted` stand alone. Here they are compared, and drawn together where
they are small: see :mod:`genequity.service.pooling`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genequity.service import pooling

if TYPE_CHECKING:
    import pandas as pd

CONTRAST = ["ratio", "ratio_low", "ratio_high", "df", "p"]
POOLED = ["pooled", "pooled_low", "pooled_high", "own_share"]
COLUMNS = ["outcome", "group", "region", "comparator", "group_records", "group_events", *CONTRAST, *POOLED, "p_holm"]


def of_regions(by_region: pd.DataFrame, national: str) -> pd.DataFrame:
    """Return the regional rows of the groups compared, with the log odds ratio and errors that allow for few clusters.

    Parameters
    ----------
    by_region : pandas.DataFrame
        Result of :func:`genequity.service.adjusted.differences`.
    national : str
        Label of all regions together (left out).

    Notes
    -----
    A clustered variance of a few providers is itself uncertain, and of many regions one looks surer than it is. So each
    region has the larger of its two variances (Angrist & Pischke, 2009, section 8.1).
    """
    rows = by_region[(by_region["region"] != national) & (by_region["group"] != by_region["comparator"])].copy()
    rows["log"] = np.log(rows["odds_ratio"])
    rows["log_se"] = rows[["log_se", "log_se_model"]].max(axis=1, skipna=False)
    return rows


def contrasts(by_region: pd.DataFrame, *, national: str, level: float) -> pd.DataFrame:
    """Compare each region's adjusted odds ratio with that of the others together, and draw it towards their mean.

    Parameters
    ----------
    by_region, national
        As in :func:`of_regions`.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        ``outcome, group, region, ratio, ratio_low, ratio_high, df, p, p_holm``: ratio of the region's odds ratio to the
        inverse-variance pooled odds ratio of the others, and its test, with Holm's correction over all groups and
        regions of an outcome. Blank where the region has no estimate. Then the partially pooled odds ratio and how
        much of it rests on the region's own records: 0 where the region has no estimate of its own.

    Notes
    -----
    For the contrast the regions are pooled by their model-based variances, and it has the degrees of freedom of Welch
    (1947) and Satterthwaite (1946).
    """
    import pandas as pd

    rows = of_regions(by_region, national)
    out = []
    for (outcome, group), part in rows.groupby(["outcome", "group"], sort=True):
        drawn = partial(part, level)
        for place in part.index:
            here, others = part.loc[place], part.drop(index=place).dropna(subset=["log", "log_se"])
            row = {"outcome": outcome, "group": group, "region": here["region"], "comparator": here["comparator"]}
            row["group_records"], row["group_events"] = here["group_records"], here["group_events"]
            out.append(row | _contrast(here, others, level) | drawn[place])
    frame = pd.DataFrame(out, columns=COLUMNS[:-1])
    return frame.assign(p_holm=frame.groupby("outcome")["p"].transform(_holm) if len(frame) else [])


def _contrast(here: pd.Series, others: pd.DataFrame, level: float) -> dict[str, float]:
    """Return the ratio of one region's odds ratio to the pooled one of the others."""
    from scipy.stats import t

    if not np.isfinite(here["log"]) or not len(others):
        return dict.fromkeys(CONTRAST, np.nan)
    weight = 1 / others["log_se_model"] ** 2
    weight /= weight.sum()
    gap = here["log"] - (weight * others["log"]).sum()
    parts = np.append((weight * others["log_se"]) ** 2, here["log_se"] ** 2)
    shares = (parts / parts.sum()) ** 2
    certain = 1 / np.append(others["df"], here["df"]).astype(float)
    spread = float((shares * np.nan_to_num(certain)).sum())
    degrees = 1 / spread if spread else np.inf
    half = t.ppf(0.5 + level / 2, degrees) * np.sqrt(parts.sum())
    ends = np.exp([gap, gap - half, gap + half])
    p = 2 * t.sf(abs(gap) / np.sqrt(parts.sum()), degrees)
    return dict(zip(CONTRAST, [*map(float, ends), degrees if np.isfinite(degrees) else np.nan, float(p)]))


def effective_errors(rows: pd.DataFrame, level: float):
    """Return standard errors that give each region's own interval when a normal quantile takes the place of Student's.

    The normal-normal model knows no degrees of freedom; so few clusters widen the error in its place.
    """
    from scipy.stats import norm, t

    degrees = rows["df"].astype(float).fillna(np.inf)
    return rows["log_se"] * t.ppf(0.5 + level / 2, degrees) / norm.ppf(0.5 + level / 2)


def partial(part: pd.DataFrame, level: float) -> dict[int, dict[str, float]]:
    """Return the partially pooled odds ratio of each row; blank where fewer than two regions have an estimate."""
    usable = part.dropna(subset=["log", "log_se"])
    if len(usable) < 2:
        return {place: dict.fromkeys(POOLED, np.nan) for place in part.index}
    found = pooling.pooled(usable["log"].to_numpy(float), effective_errors(usable, level).to_numpy(float), level)
    at = {place: i for i, place in enumerate(usable.index)}
    return {
        place: dict(zip(POOLED, [*(float(np.exp(v[at.get(place, -1)])) for v in (found.values, found.low, found.high)),
                                 float(found.own[at.get(place, -1)])]))
        for place in part.index
    }  # fmt: skip


def _holm(p: pd.Series) -> pd.Series:
    """Holm (1979): step-down adjusted p values; missing ones stay missing and are not counted."""
    known = p.dropna().sort_values()
    steps = known * np.arange(len(known), 0, -1)
    return steps.cummax().clip(upper=1).reindex(p.index)
