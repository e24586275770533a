"""Findings about where the gap arises, how long people wait, and what came to families. From released tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.groups import ordered
from genequity.numbers import say, say_interval
from genequity.service import stages, wording
from genequity.service.decomposition import TOTAL
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd

POINTS = "proportion difference"


def gaps(
    steps: pd.DataFrame, section: dict[str, Any], comparator: str, national: str, unknown: set[str]
) -> list[dict[str, Any]]:
    """Return each group's gap over the whole pathway with the steps at which it arises, and an overview."""
    here = steps[(steps["region"] == national) & ~steps["group"].isin(unknown)]
    if here.empty:
        return []
    names, line = stages.labels(section["start"], section["pathway"]), here[here["step"] != TOTAL]
    last = line.sort_values("place")["step"].iloc[-1]
    about = f"From {names[section['start']['id']]} to {names[last]}"
    base = {"theme": "access", "comparator": comparator, "region": national, "unit": POINTS}
    base |= {"source_table": "service/gap_steps"}
    found, words, sides = [], [], {}
    for group in ordered(here["group"]):
        part = here[here["group"] == group].sort_values("place")
        whole = part[part["step"] == TOTAL].iloc[0]
        row = base | {"id": f"service.gap.{wording.slug(group)}", "group": group, "n": wording.count(whole["eligible"])}
        row["source_row"] = f"region={national};group={group};place={whole['place']}"
        if whole["contribution"] != whole["contribution"]:
            why = wording.reason(whole["reason"], "its counts are withheld")
            statement = f"{about}, {group} group: no gap to {comparator} can be given, because {why}."
            found.append(row | {"statement": statement, "direction": "not_measurable", "unit": None})
            words.append(f"not measurable for {group}")
            continue
        sides[group] = wording.side(whole["low"], whole["high"], 0)
        at = [r for r in part.itertuples() if r.step != TOTAL and wording.side(r.low, r.high, 0) != wording.UNCLEAR]
        arises = "; ".join(f"{r.label} ({wording.points(r.contribution, r.low, r.high)})" for r in at)
        arises = f" Clear parts arise at: {arises}." if at else " No step has a clear part."
        size = wording.points(whole["contribution"], whole["low"], whole["high"])
        n = f" ({row['n']:,} records)" if row["n"] else ""
        least = wording.least_difference(whole["low"], whole["high"], section["methods"])
        statement = (
            f"{about}, the share of {group} records that came through the whole pathway, compared with {comparator}: "
            f"a difference of {size}{n}.{wording.verdict(sides[group], least)}{arises}"
        )
        estimate = {"estimate": whole["contribution"], "ci_low": whole["low"], "ci_high": whole["high"]}
        found.append(row | estimate | {"statement": statement, "direction": sides[group]})
        largest = max(at, key=lambda r: abs(r.contribution), default=None)
        where = f", most of it at {largest.label}" if largest and sides[group] != wording.UNCLEAR else ""
        said = sides[group].replace("_", " ")
        words.append(f"{said} for {group} ({size}{where})")
    overview = base | {
        "id": "service.gap",
        "statement": f"{about}, the share that came through, compared with {comparator}: {'; '.join(words)}.",
        "direction": wording.overall(sides) if sides else "not_measurable",
        "source_row": f"region={national};step={TOTAL}",
        "headline": bool(sides),
    }
    return [overview, *found]


def waits(
    turnaround: pd.DataFrame,
    methods: dict[str, Any],
    comparator: str,
    national: str,
    unknown: set[str],
    themes: dict[str, str],
) -> list[dict[str, Any]]:
    """Return how much longer each group waited, with the model that makes them alike, for each wait."""
    found = []
    for outcome, part in turnaround.groupby("outcome", sort=True):
        reference = part[part["group"] == comparator]
        base = {"theme": themes.get(outcome, "access"), "comparator": comparator, "region": national, "unit": "days"}
        base |= {"pathway_step": outcome, "source_table": "service/turnaround"}
        for row in part[~part["group"].isin([*unknown, comparator, ALL_GROUPS])].to_dict("records"):
            group, about = row["group"], f"Wait from {row['after']} to {row['label']}"
            one = base | {"id": f"service.wait.{outcome}.{wording.slug(group)}", "group": group}
            one |= {"n": wording.count(row["records"]), "source_row": f"outcome={outcome};group={group}"}
            if row["difference"] != row["difference"] or row["difference_low"] != row["difference_low"]:
                why = wording.reason(row["reason"], f"too few waits of it or of {comparator} are known")
                statement = f"{about}, {group} group: no difference from {comparator} can be given: {why}."
                found.append(one | {"statement": statement, "direction": "not_measurable", "unit": None})
                continue
            direction = wording.side(row["difference_low"], row["difference_high"], 0)
            limits = say_interval(row["difference_low"], row["difference_high"], "", 1, 0)
            pair = [value for value in (row["median"], *reference["median"]) if value == value]
            medians = f"; medians {say(pair[0], 'days')} and {say(pair[1], 'days')}" if len(pair) == 2 else ""
            least = wording.least_difference(row["difference_low"], row["difference_high"], methods, "days", 1)
            longer = "longer" if row["difference"] >= 0 else "shorter"
            statement = (
                f"{about}, {group} group: on average {say(abs(row['difference']), 'days', 1)} {longer} than for "
                f"{comparator} within {row['horizon']} days (difference {limits}){medians}; {one['n']:,} records."
                f"{wording.verdict(direction, least)}{_sooner(row, comparator)}"
            )
            estimate = {name: row[f"difference{end}"] for name, end in ENDS.items()}
            found.append(one | estimate | {"statement": statement, "direction": direction})
    return found


ENDS = {"estimate": "", "ci_low": "_low", "ci_high": "_high"}


def _sooner(row: dict[str, Any], comparator: str) -> str:
    """Say the hazard ratio, where there is one."""
    if row["hazard_ratio"] != row["hazard_ratio"]:
        return ""
    said = wording.ratio(*(row[f"hazard_ratio{end}"] for end in ENDS.values()))
    after = wording.adjusted_for([c for c in str(row["adjusted_for"]).split(", ") if c in wording.NAMES])
    return f" Compared with {comparator} {after}, the hazard ratio was {said}; below one means later."


def cascades(
    families: pd.DataFrame,
    methods: dict[str, Any],
    comparator: str,
    national: str,
    unknown: set[str],
    themes: dict[str, str],
) -> list[dict[str, Any]]:
    """Return how many relatives came for each proband, compared with the comparator, for each stage of relatives."""
    found = []
    for stage, part in families.groupby("stage", sort=True):
        reference = part[part["group"] == comparator]
        for row in part[~part["group"].isin([*unknown, comparator])].to_dict("records"):
            group = row["group"]
            one = {"id": f"service.relatives.{stage}.{wording.slug(group)}", "theme": themes.get(stage, "access")}
            one |= {"group": group, "comparator": comparator, "region": national, "pathway_step": stage}
            one |= {"source_table": "service/cascade", "source_row": f"stage={stage};group={group}"}
            one |= {"n": wording.count(row["probands"])}
            about = f"{row['label']}, {group} group"
            if row["ratio"] != row["ratio"] or row["ratio_low"] != row["ratio_low"]:
                statement = f"{about}: relatives for each proband cannot be compared with {comparator}."
                found.append(one | {"statement": statement, "direction": "not_measurable"})
                continue
            direction = wording.side(row["ratio_low"], row["ratio_high"], 1)
            least = wording.least_ratio(row["ratio_low"], row["ratio_high"], methods)
            statement = (
                f"{about}: {say(row['each'], '', 2)} relatives for each proband compared with "
                f"{say(reference['each'].iloc[0], '', 2)} for {comparator}, a ratio of "
                f"{wording.ratio(*(row[f'ratio{end}'] for end in ENDS.values()))}; {one['n']:,} probands, intervals by "
                f"family.{wording.verdict(direction, least)}"
            )
            estimate = {name: row[f"ratio{end}"] for name, end in ENDS.items()}
            found.append(one | estimate | {"statement": statement, "direction": direction, "unit": "ratio"})
    return found
