"""Findings about inequality over all groups, providers' limits, and what the data cannot show. Released tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.adequacy import ADEQUATE, NONE, PARTIAL

if TYPE_CHECKING:
    import pandas as pd

# One absolute and one relative measure of each dimension; groups have no order, so they have no slope.
SLOPE, RELATIVE, MEAN = "sii_ohid", "rii_ohid", "mdr"
DATA = "data_recording"


def inequality(
    measures: pd.DataFrame, section: dict[str, Any], comparator: str, national: str, themes: dict[str, str]
) -> list[dict[str, Any]]:
    """Return one finding for each outcome with a slope over deprivation: absolute, relative, and between groups."""
    shares, found = measures[measures["of"] == "share"], []
    for outcome in section["outcomes"]:
        part = shares[shares["outcome"] == outcome]
        by = {(row["dimension"], row["measure"]): row for row in part.to_dict("records")}
        slope, relative = by.get(("deprivation", SLOPE)), by.get(("deprivation", RELATIVE))
        if slope is None or relative is None or slope["estimate"] != slope["estimate"]:
            continue
        side = wording.side(slope["low"], slope["high"], 0)
        between = by.get(("group", MEAN))
        groups = ""
        if between is not None and between["estimate"] == between["estimate"]:
            groups = (
                f" Between groups, the mean difference from {comparator} was "
                f"{_points(between)}, whatever its direction."
            )
        least = wording.least_difference(slope["low"], slope["high"], section["methods"])
        statement = (
            f"{slope['label']}, from the most to the least deprived fifth: slope index {_points(slope)}; "
            f"relative index "
            f"{say(relative['estimate'], 'ratio')} "
            f"({say_interval(relative['low'], relative['high'], 'ratio', none=1)}); {int(slope['n']):,} records, not "
            f"adjusted.{wording.verdict(side, least)}{groups}"
        )
        found.append(
            {
                "id": f"service.inequality.{outcome}",
                "theme": themes[outcome],
                "statement": statement,
                "estimate": slope["estimate"],
                "ci_low": slope["low"],
                "ci_high": slope["high"],
                "unit": "proportion difference",
                "comparator": "most deprived fifth",
                "region": national,
                "pathway_step": outcome,
                "direction": side,
                "n": wording.count(slope["n"]),
                "source_table": "service/inequality",
                "source_row": f"of=share;outcome={outcome};dimension=deprivation;measure={SLOPE}",
            }
        )
    return found


def _points(row: dict[str, Any]) -> str:
    limits = say_interval(100 * row["low"], 100 * row["high"], "", 1, 0)
    return f"{say(row['estimate'], 'proportion difference')} ({limits})"


def funnels(units: pd.DataFrame, national: str, themes: dict[str, str]) -> list[dict[str, Any]]:
    """Return how many providers lie outside the limits at each stage; no provider is named."""
    here, found = units[(units["kind"] == "provider") & units["share"].notna()], []
    for outcome, part in here.groupby("outcome", sort=True):
        wide = int(part["position"].str.contains("99.8%", regex=False).sum())
        chance = int(((part["share"] < part["low998"]) | (part["share"] > part["high998"])).sum())
        phi = part["phi"].iloc[0]
        spread = f" Their variance was {phi:.1f} times what chance gives." if phi == phi else ""
        found.append(
            {
                "id": f"service.funnel.{outcome}",
                "theme": themes.get(outcome, "access"),
                "statement": (
                    f"{part['label'].iloc[0]}, all groups together: {chance} of {len(part)} providers lay outside the "
                    f"99.8% limits of chance alone, and {wide} outside limits that allow for the usual spread."
                    f"{spread} Not adjusted for who comes; {int(part['eligible'].sum()):,} records."
                ),
                "region": national,
                "pathway_step": outcome,
                "direction": "described",
                "n": int(part["eligible"].sum()),
                "source_table": "service/funnel",
                "source_row": f"outcome={outcome};kind=provider",
            }
        )
    return found


def adequacy(card: pd.DataFrame, declared: dict[str, Any], national: str) -> list[dict[str, Any]]:
    """Return what cannot be measured and who holds it, what is held in part, and an overview."""
    here = card[card["region"] == national].sort_values("place")
    themes = {f"stage_{stage['id']}": stage.get("theme", DATA) for stage in declared["pathway"]}
    themes |= {item["id"]: item.get("theme", DATA) for item in declared.get("scorecard") or []}
    base = {"region": national, "source_table": "service/adequacy"}
    found = []
    for row in here.to_dict("records"):
        one = base | {"id": f"service.adequacy.{row['item']}", "theme": themes.get(row["item"], DATA)}
        one |= {"source_row": f"item={row['item']};region={national}", "n": wording.count(row["records"])}
        one["n"] = None if row["verdict"] == NONE else one["n"]
        if row["kind"] == "stage":
            one["pathway_step"] = row["item"].removeprefix("stage_")
        if row["verdict"] == NONE:
            why = wording.reason(row["reason"], "The field is empty.")
            holder = f" Held by: {row['holder']}." if wording.reason(row["holder"], "") else ""
            statement = f"{row['label']}: cannot be measured from these records. {why}{holder}"
            found.append(one | {"statement": statement, "direction": "not_measurable"})
        elif row["verdict"] == PARTIAL:
            known = row["valid"] / row["records"]
            statement = (
                f"{row['label']}: known in {say(known, 'proportion', 1)} of {one['n']:,} records; results hold for "
                "these alone."
            )
            found.append(one | {"statement": statement, "direction": "described"})
    if not len(here):
        return []
    lost = [row.label for row in here.itertuples() if row.verdict == NONE]
    counts = here["verdict"].value_counts()
    words = f"{counts.get(ADEQUATE, 0)} of {len(here)} fields and stages are adequate, {counts.get(PARTIAL, 0)} partial"
    missing = f": {'; '.join(lost)}" if lost else ""
    overview = base | {
        "id": "service.adequacy",
        "theme": DATA,
        "statement": f"Of what the study needs, {words} and {len(lost)} not measurable{missing}.",
        "direction": "described",
        "source_row": f"region={national}",
        "headline": bool(lost),
    }
    return [overview, *found]
