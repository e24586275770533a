"""Findings on unknown ethnicity and on denominators: whether results hang on them. From released tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.groups import named
from genequity.numbers import say
from genequity.service import unknown, wording
from genequity.service.mismatch import WARNS

if TYPE_CHECKING:
    import pandas as pd

THEME = "data_recording"


def treatments(table: pd.DataFrame, comparator: str, national: str) -> list[dict[str, Any]]:
    """Return one finding: at how many comparisons another treatment of unknown ethnicity changes what is clear.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``service/unknown_treatments``.
    comparator, national : str
        The group compared with; the label of all regions together.
    """
    row = {"id": "service.unknown", "theme": THEME, "region": national, "comparator": comparator, "unit": None}
    row |= {"source_table": "service/unknown_treatments", "source_row": f"treatment={unknown.IMPUTED}"}
    shown = table[table["group"].isin(named(table["group"])) & (table["group"] != comparator)]
    shown = shown[shown["risk_difference"].notna()]
    imputed = shown[shown["treatment"] == unknown.IMPUTED]
    if imputed.empty:
        return []
    shown = shown.assign(
        side=[wording.side(r.risk_difference_low, r.risk_difference_high, 0) for r in shown.itertuples()]
    )
    sides = shown.pivot(index=["outcome", "group"], columns="treatment", values="side").dropna()
    values = shown.pivot(index=["outcome", "group"], columns="treatment", values="risk_difference").loc[sides.index]
    if sides.empty or unknown.OWN_GROUP not in sides:
        return []
    changed = int(sides.ne(sides[unknown.OWN_GROUP], axis=0).any(axis=1).sum())
    most = float((values.max(axis=1) - values.min(axis=1)).max())
    names = wording.joined([name for name in unknown.TREATMENTS if name in sides])
    told = f"in {changed}" if changed else "in none"
    n = wording.count(imputed["imputed"].max())
    statement = (
        f"Records of unknown ethnicity were treated in {sides.shape[1]} ways: {names}. Of {len(sides)} adjusted "
        f"differences from {comparator}, what is clear changed {told}. The treatments moved an estimate by at most "
        f"{say(most, 'proportion difference')}{f', with up to {n:,} records imputed' if n else ''}."
    )
    return [row | {"statement": statement, "direction": "described", "n": n}]


def mismatches(table: pd.DataFrame, national: str) -> list[dict[str, Any]]:
    """Return one finding a measure of rates that any check of its denominators warns of.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``service/mismatch``.
    national : str
        Label of all regions together.
    """
    found = []
    for measure, part in table.groupby("measure", sort=True):
        warned = part[part["verdict"] == WARNS].sort_values("place")["check"].drop_duplicates()
        if warned.empty:
            continue
        asked = part.drop_duplicates("check").set_index("check")["asks"]
        told = "; ".join(asked[check][0].lower() + asked[check][1:] for check in warned)
        people = part[part["check"] == "unknown"].iloc[0]
        share = f" {say(people['share'], 'proportion', 1)} of the people counted have no known group." if (
            people["share"] == people["share"]
        ) else ""  # fmt: skip
        found.append(
            {
                "id": f"service.mismatch.{wording.slug(measure)}",
                "theme": THEME,
                "region": national,
                "unit": None,
                "statement": (
                    f"{part['label'].iloc[0]}: records and denominators do not match in all respects. "
                    f"This does not hold: {told}.{share}"
                ),
                "direction": "described",
                "n": wording.count(people["all_people"]),
                "source_table": "service/mismatch",
                "source_row": f"measure={measure};check=unknown;group={people['group']}",
            }
        )
    return found
