"""The pathway by group: what share goes on from each stage, and what share of all has come that far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals, stages
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd


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
        ``stage, place, label, after, region, group, started, eligible, reached, pending, attained``; the shares are
        added by :func:`shares`.
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
        part = part.assign(after=names[stages.parents(start, pathway)[stage["id"]]])
        frames.append(part.assign(**{kind: wide[f"{kind}_{stage['id']}"] for kind in kinds}))
    long = pd.concat(frames, ignore_index=True)
    return long.astype(dict.fromkeys(("started", *kinds), int))


def shares(counts: pd.DataFrame, level: float) -> pd.DataFrame:
    """Add the conditional share with its Wilson interval, and the share of all who started.

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
    return counts.assign(share=share, share_low=low, share_high=high, cumulative=cumulative)
