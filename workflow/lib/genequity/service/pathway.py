"""The pathway by group: what share goes on from each stage, and what share of all has come that far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals, stages
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd

ACCESS = "access"  # where a stage is shown that says nothing else


def cascade(
    cells: pd.DataFrame, start: dict[str, str], pathway: list[dict[str, Any]], *, national: str
) -> pd.DataFrame:
    """Return counts of every stage by region and group, with the totals of both.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.records.write_cells`.
    start, pathway
        The config's start and stages.
    national : str
        Label of all regions together.

    Returns
    -------
    pandas.DataFrame
        ``stage, place, label, part, after, follows, region, group, started, eligible, reached, pending,
        attained``; the shares are added by :func:`shares`.
    """
    import pandas as pd

    kinds = ("eligible", "reached", "pending", "attained")
    counts = ["n", *[f"{kind}_{stage['id']}" for stage in pathway for kind in kinds]]
    tables = [cells.groupby(["region", "group"], as_index=False)[counts].sum()]
    if set(cells["region"]) != {national}:
        tables.append(cells.groupby("group", as_index=False)[counts].sum().assign(region=national))
    by_group = pd.concat(tables, ignore_index=True)
    # A group that does not occur in a region is a zero, not a gap.
    every = pd.MultiIndex.from_product([sorted(set(by_group["region"])), sorted(set(by_group["group"]))])
    by_group = (
        by_group.set_index(["region", "group"])
        .reindex(every.set_names(["region", "group"]), fill_value=0)
        .reset_index()
    )
    everyone = by_group.groupby("region", as_index=False)[counts].sum().assign(group=ALL_GROUPS)
    wide = pd.concat([by_group, everyone], ignore_index=True)
    names = stages.labels(start, pathway)
    frames = []
    for place, stage in enumerate(pathway, 1):
        part = wide[["region", "group"]].assign(
            stage=stage["id"], place=place, label=names[stage["id"]], started=wide["n"]
        )
        follows = stages.parents(start, pathway)[stage["id"]]
        part = part.assign(part=stage.get("part", ACCESS), follows=follows, after=names[follows])
        frames.append(part.assign(**{kind: wide[f"{kind}_{stage['id']}"] for kind in kinds}))
    long = pd.concat(frames, ignore_index=True)
    return long.astype(dict.fromkeys(("started", *kinds), int))


def shares(counts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the conditional share with its Wilson interval, the share of all who started, and the chance to come so far.

    The *share of all* counts what had happened by the day of the extract; the *chance* is the product of the shares of
    the steps up to here, so that records whose time is not over do not lower it. Its interval is that of a product of
    independent shares on the log scale (delta method). All records are taken as independent here.

    Used on the unreleased counts and again on the protected ones, so that what is released is derived from what is
    released.
    """
    columns = ("eligible", "reached", "started", "attained")
    eligible, reached, started, attained = (
        counts[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in columns
    )
    low, high = intervals.wilson(reached, eligible, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, cumulative = (
            np.where(below > 0, above / below, np.nan) for above, below in ((reached, eligible), (attained, started))
        )
    # Independent rounding may lift a numerator above its denominator by one step.
    share, high, cumulative = (np.minimum(values, 1.0) for values in (share, high, cumulative))
    far_low, far_high = intervals.wilson(attained, started, level)
    out = counts.assign(share=share, share_low=low, share_high=high, cumulative=cumulative)
    out = out.assign(cumulative_low=far_low, cumulative_high=np.minimum(far_high, 1.0))
    return chances(out, level)


def chances(rows: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the product of the shares of the steps up to each stage, with its interval; blank where a share is.

    Parameters
    ----------
    rows : pandas.DataFrame
        ``stage, place, follows, region, group, eligible, share``; a stage stands after the one it follows.
    level : float
        Confidence level.

    Notes
    -----
    The variance of the log of a product of independent shares is the sum of (1 - p) / (n p) over the steps.
    """
    z, done = intervals.z_of(level), {}
    found = np.full((len(rows), 3), np.nan)
    order = np.argsort(rows["place"].to_numpy(), kind="stable")
    keys = [*rows[["stage", "follows", "region", "group"]].itertuples(index=False, name=None)]
    share = rows["share"].astype("Float64").to_numpy(float, na_value=np.nan)
    eligible = rows["eligible"].astype("Float64").to_numpy(float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(eligible * share > 0, (1 - share) / (eligible * share), np.nan)
        for i in order:
            stage, follows, *place = keys[i]
            product, variance = done.get((follows, *place), (1.0, 0.0))
            done[(stage, *place)] = here = (product * share[i], variance + spread[i])
            half = np.exp(z * np.sqrt(here[1]))
            found[i] = here[0], here[0] / half, min(here[0] * half, 1.0)
    return rows.assign(chance=found[:, 0], chance_low=found[:, 1], chance_high=found[:, 2])
