"""Tables of an edition from models: differences between like records, and odds ratios drawn together.

Nothing is estimated here: rows are selected from released frames and said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genequity.groups import named, ordered
from genequity.numbers import say, say_interval
from genequity.service.edition_text import Gap, joined, points

if TYPE_CHECKING:
    import pandas as pd

UNLIKE = "*"  # after a national difference that is not clear, or clear the other way


def likeness(adjusted: pd.DataFrame, region: str) -> str:
    """Say in what the records of the reported model are alike."""
    rows = adjusted[adjusted["final"] & (adjusted["region"] == region)]
    names = [name.strip() for name in rows["covariates"].iloc[0].split(",")] if len(rows) else []
    return f"Records are alike in {joined(names)}. " if any(names) else ""


@dataclass(frozen=True)
class Alike:
    """Adjusted differences of one region: the clear ones that are shown, and how many there are of each kind.

    ``shown`` are rows; ``clear`` of the ``given`` are clear, ``without`` have no estimate, and ``unlike`` of the shown
    are not clear in all regions together, or clear the other way.
    """

    shown: pd.DataFrame
    clear: int
    given: int
    without: int
    unlike: int


def alike(adjusted: pd.DataFrame, region: str, national: str, most: int) -> Alike:
    """Return adjusted differences that are clear here, beside the national ones, and how many were clear of how many.

    Parameters
    ----------
    adjusted : DataFrame
        ``service/adjusted``.
    region, national : str
        What the edition is about, and the name of all regions.
    most : int
        Rows that the page has room for. The widest of each stage come first, then the widest of the others; all stand
        in pathway order.
    """
    rows = adjusted[adjusted["final"] & adjusted["group"].isin(named(adjusted["group"]))]
    rows = rows[rows["group"] != rows["comparator"]].sort_values(["place", "group"])
    local, wide = rows[rows["region"] == region], rows[rows["region"] == national].set_index(["outcome", "group"])
    asked = len(wide.index.union(local.set_index(["outcome", "group"]).index))
    here = local[local["risk_difference"].notna()]
    clear = here[_sides(here) != 0]
    width = clear["risk_difference"].abs()
    later = width.groupby(clear["outcome"]).rank(method="first", ascending=False) > 1
    kept = clear.assign(_later=later, _width=-width).sort_values(["_later", "_width"], kind="stable").head(most)
    kept = kept.sort_values(["place", "group"]).drop(columns=["_later", "_width"])
    everywhere = wide.reindex(kept.set_index(["outcome", "group"]).index)
    given = everywhere["risk_difference"].notna().to_numpy()
    unlike = given & (_sides(everywhere) != _sides(kept))
    cells = [
        f"{points(triple)}{UNLIKE if other else ''}" if there else "not given"
        for triple, there, other in zip(_triples(everywhere), given, unlike, strict=True)
    ]
    shown = kept.assign(here=[points(triple) for triple in _triples(kept)], national=cells)
    return Alike(shown, len(clear), len(here), asked - len(here), int(unlike.sum()))


def _sides(rows: pd.DataFrame) -> Any:
    """Return 1 where a difference is clearly higher, -1 where it is clearly lower, else 0."""
    return (rows["risk_difference_low"] > 0).to_numpy(int) - (rows["risk_difference_high"] < 0).to_numpy(int)


def of_chance(found: Alike, methods: dict[str, float]) -> str:
    """Say how many differences were clear, how many chance alone would make look clear, and how many are not given."""
    clear = f"{found.clear} {'is' if found.clear == 1 else 'are'} clear"
    said = f"Of {found.given} differences between groups that can be given, {clear}. "
    if found.without:
        others = "other has" if found.without == 1 else "others have"
        said += f"The {found.without} {others} too few records, or counts withheld. "
    chance = max(1, round(found.given * (1 - methods["level"])))
    return f"{said}If no group differed, about {chance} of {found.given} would look clear by chance."


def pooled(
    frames: dict[str, pd.DataFrame], found: list[Gap], region: str, national: str, most: int
) -> tuple[str, pd.DataFrame]:
    """Return a stage, and each group's odds ratio there: the region's own, partially pooled, and in all regions.

    The stage is the first with a clear gap, else the first of the pathway that was modelled.

    Parameters
    ----------
    frames : dict
        Released tables of the strand by name.
    found : list of Gap
        Gaps of the region.
    region, national : str
        What the edition is about, and the name of all regions.
    most : int
        Rows that the page has room for; groups that rest least on their own records are kept.
    """
    adjusted = frames["adjusted"][frames["adjusted"]["final"]].sort_values("place")
    stages = adjusted.drop_duplicates("outcome").set_index("label")["outcome"]
    first = [gap.lower[0] for gap in found if gap.lower and gap.lower[0] in stages.index]
    label = min(first, key=list(stages.index).index) if first else stages.index[0]
    rows = frames["regional"]
    rows = rows[(rows["outcome"] == stages[label]) & (rows["region"] == region)]
    rows = rows[rows["group"].isin(named(rows["group"])) & rows["pooled"].notna()]
    rows = rows.sort_values(["own_share", "group"]).head(most)
    own, wide = (
        adjusted[(adjusted["outcome"] == stages[label]) & (adjusted["region"] == place)].set_index("group")
        for place in (region, national)
    )
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    rows = rows.assign(
        order=rows["group"].map(order),
        own=[_ratio(own, group) for group in rows["group"]],
        drawn=[_odds(row.pooled, row.pooled_low, row.pooled_high) for row in rows.itertuples()],
        national=[_ratio(wide, group) for group in rows["group"]],
        weight=[say(share, "proportion") for share in rows["own_share"]],
    )
    return label, rows.sort_values("order")


def _ratio(by_group: pd.DataFrame, group: str) -> str:
    if group not in by_group.index:
        return "not given"
    row = by_group.loc[group]
    return _odds(row["odds_ratio"], row["odds_ratio_low"], row["odds_ratio_high"])


def _odds(value: float, low: float, high: float) -> str:
    if value != value:
        return "not given"
    return f"{say(value, 'odds ratio')} ({say_interval(low, high, 'odds ratio', none=1)})"


def _triples(rows: pd.DataFrame) -> list[tuple[float, float, float]]:
    columns = ["risk_difference", "risk_difference_low", "risk_difference_high"]
    return list(rows[columns].itertuples(index=False, name=None))
