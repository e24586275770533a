"""Tables and sentences that set regions side by side, and long tables of the appendix. Nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import named, ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service.decomposition import TOTAL
from genequity.service.figures_regions import NO_REGIONS, in_order

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release


def whole_gap(steps: pd.DataFrame, national: str) -> pd.DataFrame:
    """Return the gap over the whole pathway: one row a region, all of them last, and one column a group.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    national : str
        Name of all regions together.
    """
    rows = steps[(steps["step"] == TOTAL) & steps["group"].isin(named(steps["group"]))]
    if rows["region"].nunique() < 2:
        return or_absent(rows.head(0), NO_REGIONS)
    cells = [_points(row.contribution, row.low, row.high) for row in rows.itertuples()]
    wide = rows.assign(cell=cells).pivot(index="region", columns="group", values="cell")
    return wide.loc[in_order(wide.index, national), ordered(wide.columns)].reset_index().rename_axis(columns=None)


def _points(value: float, low: float, high: float) -> str:
    if value != value:
        return "not given"
    return f"{say(100 * value, '', 1)} ({say_interval(100 * low, 100 * high, '', 1, none=0)})"


def differences(adjusted: pd.DataFrame, model: str, national: str) -> pd.DataFrame:
    """Return the reported model of each outcome, absolute and relative: one row an outcome and group.

    ``average`` compares with the average of all records in place of the comparator.
    """
    rows = adjusted[(adjusted["model"] == model) & (adjusted["region"] == national)]
    rows = rows[rows["group"].isin(named(rows["group"])) & (rows["group"] != rows["comparator"])]
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    rows = rows.assign(order=rows["group"].map(order)).sort_values(["place", "order"])
    rows["points"] = [
        _points(r.risk_difference, r.risk_difference_low, r.risk_difference_high) for r in rows.itertuples()
    ]
    rows["least"] = [say(100 * value, "", 1) if value == value else "not given" for value in rows["detectable"]]
    rows["average"] = [
        _points(*triple)
        for triple in rows[[f"risk_difference_average{end}" for end in ("", "_low", "_high")]].itertuples(index=False)
    ]
    for name in ("odds_ratio", "risk_ratio"):
        rows[f"{name}_text"] = [
            f"{say(value, 'odds ratio')} ({say_interval(low, high, 'odds ratio', none=1)})"
            if value == value
            else "not given"
            for value, low, high in rows[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False)
        ]
    return rows


def editions(release: Release) -> str:
    """Say where the editions of regions lie."""
    regions = release.study.get("regions", [])
    if not regions:
        return "Two pages about this strand, in plain words, lie beside this report in the folder regions."
    pages = f"Two pages for all regions together, and two for each of {len(regions)} regions"
    return f"{pages}, lie beside this report in the folder regions."
