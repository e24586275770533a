"""Tables of the appendix on chances, waits, families and what is held where: selections of released frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.adequacy import ADEQUATE, NONE, PARTIAL
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd

NOT_GIVEN = "not given"
SIGNS = {ADEQUATE: "yes", PARTIAL: "in part", NONE: "no", "withheld": "withheld"}


def chances(pathway: pd.DataFrame, national: str, part: str = "access") -> pd.DataFrame:
    """Return the chance of coming up to each stage of a part, one row a group, one column a stage.

    Parameters
    ----------
    pathway : DataFrame
        ``service/pathway``.
    national : str
        Name of all regions together.
    part : str
        Which stages: access, delivery, research or family.
    """
    rows = pathway[(pathway["region"] == national) & (pathway["part"] == part)].sort_values("place")
    rows = rows[rows["group"] != ALL_GROUPS]
    if rows.empty:
        return or_absent(rows, "The pathway of this study has no such stage.")
    cells = [_percent(r.chance, r.chance_low, r.chance_high) for r in rows.itertuples()]
    wide = rows.assign(cell=cells).pivot(index="group", columns="label", values="cell")
    wide = wide[list(dict.fromkeys(rows["label"]))]
    return wide.loc[ordered(wide.index)].reset_index().rename_axis(columns=None)


def _percent(value: float, low: float, high: float) -> str:
    if value != value or low != low:
        return NOT_GIVEN
    return f"{say(100 * value, '', 1)} ({say_interval(100 * low, 100 * high, '', 1)})"


def hazards(turnaround: pd.DataFrame) -> pd.DataFrame:
    """Return the adjusted hazard ratio of each wait by group, in reading order."""
    rows = turnaround[turnaround["hazard_ratio"].notna()]
    if rows.empty:
        return or_absent(rows, "No wait has a model: none was long enough watched in two groups.")
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    rows = rows.assign(order=rows["group"].map(order)).sort_values(["outcome", "order"])
    said = [
        wording.ratio(r.hazard_ratio, r.hazard_ratio_low, r.hazard_ratio_high)
        if r.hazard_ratio_low == r.hazard_ratio_low
        else NOT_GIVEN
        for r in rows.itertuples()
    ]
    return rows.assign(hazard_text=said)


def hazard_note(turnaround: pd.DataFrame) -> str:
    """Say how the hazard ratios were made."""
    rows = turnaround[turnaround["hazard_ratio"].notna()]
    said = "Cox's model, Efron's ties. Open records count as long as they were watched."
    if rows.empty:
        return said
    return f"{said} Adjusted for: {rows['adjusted_for'].iloc[0]}. Intervals: {rows['variance'].iloc[0]}."


def families(cascade: pd.DataFrame) -> pd.DataFrame:
    """Return what came to families, by the proband's group, in reading order."""
    if cascade.empty:
        return or_absent(cascade, "This study does not follow relatives.")
    order = {group: place for place, group in enumerate(ordered(cascade["group"]))}
    rows = cascade.assign(order=cascade["group"].map(order)).sort_values(["stage", "order"])
    ratios = [
        wording.ratio(r.ratio, r.ratio_low, r.ratio_high)
        if r.ratio_low == r.ratio_low
        else ("1 (comparator)" if r.group == r.comparator and r.each == r.each else NOT_GIVEN)
        for r in rows.itertuples()
    ]
    several = rows["stage"].nunique() > 1
    return rows.assign(
        who=[f"{r.label}: {r.group}" if several else r.group for r in rows.itertuples()],
        share_text=[_percent(r.share, r.share_low, r.share_high) for r in rows.itertuples()],
        each_text=[
            f"{say(r.each, '', 2)} ({say_interval(r.each_low, r.each_high, '', 2)})"
            if r.each_low == r.each_low
            else NOT_GIVEN
            for r in rows.itertuples()
        ],
        ratio_text=ratios,
    )


def relatives(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first stages that relatives came to: one row a group, one column a stage."""
    rows = table[table["eligible"].fillna(0) > 0].sort_values("place")
    if rows.empty:
        return or_absent(rows, "This study does not follow relatives.")
    wanted = list(dict.fromkeys(rows["label"]))[:5]
    rows = rows.assign(cell=[_percent(r.share, r.share_low, r.share_high) for r in rows.itertuples()])
    wide = rows.pivot(index="group", columns="label", values="cell")[wanted].fillna("–")
    return wide.loc[ordered(wide.index)].reset_index().rename_axis(columns=None)


def held(adequacy: pd.DataFrame, national: str) -> pd.DataFrame:
    """Return whether each field and stage can be measured: in all regions together, and in how many of them."""
    import pandas as pd

    rows = []
    for _, part in adequacy.sort_values("place").groupby("place"):
        whole, local = part[part["region"] == national].iloc[0], part[part["region"] != national]
        counts = local["verdict"].value_counts()
        where = ", ".join(f"{SIGNS[v]}: {counts[v]}" for v in SIGNS if v in counts) or "–"
        complete, validity = (
            say(whole[name], "proportion", 1) if whole[name] == whole[name] else "–"
            for name in ("complete", "validity")
        )
        rows.append((whole["label"], whole["records"], complete, validity, SIGNS[whole["verdict"]], where))
    return pd.DataFrame(rows, columns=["label", "records", "complete", "validity", "verdict", "regions"])
