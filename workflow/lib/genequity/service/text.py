"""Selections and sentences of the service chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from genequity.groups import named, ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service.rates import COUNTED, NO_POPULATION
from genequity.service.records import ALL_GROUPS

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

NO_REGIONS = "This study has no regions."
_FOUND = re.compile(r" In brackets: what would be found with (\d+%) power\.")
_UNITS = re.compile(r"(?: percentage)? points(?=[;)])| records(?=\))|; [\d,]+ records in all(?=\.)")
_SHARED = re.compile(r"[^,:]+, (compared with [^:]+):")


def rates(release: Release) -> str:
    """Return the overview of every measure's rates, and what they cannot tell, as a Markdown list."""
    rows = release.findings("service")
    rows = rows[rows["group"].isna() & (rows["id"].str.startswith("service.rate.") | (rows["id"] == "service.need"))]
    return _listed(rows.assign(last=rows["id"] == "service.need").sort_values(["last", "id"])["statement"])


def outcomes(release: Release) -> str:
    """Return the overview of each stage with an adjusted difference, in pathway order; what all say stands once."""
    order = release.table("service/adjusted")[["place", "outcome"]].drop_duplicates().sort_values("place")["outcome"]
    statements = [release.finding(f"service.{outcome}") for outcome in order]
    shared = {found[1] if (found := _SHARED.match(line)) else "" for line in statements}
    if len(shared) > 1 or "" in shared:
        return _listed(statements)
    common = shared.pop()
    short = [line.replace(f", {common}:", ":", 1) for line in statements]
    told = {found[1] for line in short if (found := _FOUND.search(line))}
    if len(told) > 1:
        return f"{common[0].upper()}{common[1:]}:\n\n{_listed(short)}"
    # Units stand once, in the lead.
    short = [_UNITS.sub("", _FOUND.sub("", line)) for line in short]
    lead = f"{common[0].upper()}{common[1:]}. In brackets: percentage points; interval; the group's records."
    lead += f" Beside no clear difference: what would be found with {told.pop()} power; records." if told else ""
    return f"{lead}\n\n{_listed(short)}"


def _listed(statements: Iterable[str]) -> str:
    return "\n".join(f"- {statement}" for statement in statements) + "\n"


def regional(release: Release) -> str:
    """Return the regions that differ, one line each, and in one line the stages at which none does."""
    rows = release.findings("service")
    rows = rows[rows["id"].str.startswith("service.regional.")]
    if rows.empty:
        return f"{NO_REGIONS}\n"
    lines = list(rows.loc[rows["direction"] != "no_clear_difference", "statement"])
    none = set(rows.loc[rows["direction"] == "no_clear_difference", "pathway_step"])
    stages = release.table("service/adjusted")[["place", "outcome", "label"]].drop_duplicates().sort_values("place")
    names = [stage.label for stage in stages.itertuples() if stage.outcome in none]
    if names:
        lines.append(
            f"There was no clear difference of any region from the others at these stages: {', '.join(names)}."
        )
    return _listed(lines)


def final_model(adjusted: pd.DataFrame) -> str:
    """Return the last model of the ladder, the one that is reported."""
    return adjusted.loc[adjusted["final"], "model"].iloc[0]


def rule_shares(resolution: pd.DataFrame) -> pd.DataFrame:
    """Return one row a group, one column a rule: share of all people."""
    rows = resolution[resolution["group"] != ALL_GROUPS]
    wide = rows.pivot(index="group", columns="label", values="share")
    return wide.loc[ordered(wide.index)].reset_index()


def rule_moves(outcomes: pd.DataFrame) -> str:
    """Say, for each stage, which group's difference moves most when another rule keeps the codes."""
    comparator = outcomes["comparator"].iloc[0]
    moved = outcomes[outcomes["moved"].notna() & outcomes["group"].isin(named(outcomes["group"]))]
    if moved.empty:
        return "No difference could be compared between the rules."
    lines = []
    for _, rows in moved.sort_values(["place", "group"]).groupby("place"):
        most = rows.loc[rows["moved"].abs().idxmax()]
        alike = outcomes[(outcomes["outcome"] == most["outcome"]) & (outcomes["group"] == most["group"])]["difference"]
        low, high = (say(value, "proportion difference", 1) for value in (alike.min(), alike.max()))
        lines.append(f"{most['label']}: {most['group']} compared with {comparator}, from {low} to {high}.")
    return _listed(lines)


def rate_table(rates: pd.DataFrame, national: str) -> pd.DataFrame:
    """Return rates of all regions together in group order, intervals as text, for the groups with a population."""
    rows = rates[(rates["region"] == national) & (rates["reason"].fillna("") != NO_POPULATION)].copy()
    if rows["rate"].isna().all():
        return or_absent(rows.head(0), "No rate can be computed: no population was supplied.")
    rows["label"] = [_of(row.label, row.denominator) for row in rows.itertuples()]
    rows["order"] = rows["group"].map({group: i for i, group in enumerate(ordered(rows["group"]))})
    rows = rows.sort_values(["measure", "order"])
    rows["interval"] = [
        say_interval(r.low, r.high, decimals=0)
        if r.low == r.low
        else (r.reason if isinstance(r.reason, str) else "withheld")
        for r in rows.itertuples()
    ]
    rows["ratio_text"] = [
        f"{say(r.ratio, 'rate ratio')} ({say_interval(r.ratio_low, r.ratio_high, 'rate ratio')})"
        if r.ratio == r.ratio
        else ("1 (comparator)" if r.group == r.comparator and r.rate == r.rate else "–")
        for r in rows.itertuples()
    ]
    return rows


def gaps(steps: pd.DataFrame, national: str) -> str:
    """Say for each group how wide its gap is over the whole pathway, and at which steps it arises, as a list."""
    here = steps[(steps["region"] == national) & steps["group"].isin(named(steps["group"]))]
    lines = []
    for group in ordered(here["group"]):
        part = here[here["group"] == group].sort_values("place")
        whole, comparator = part.iloc[-1], part["comparator"].iloc[0]
        head = f"{group} compared with {comparator}: "
        if whole["contribution"] != whole["contribution"]:
            why = whole["reason"] if isinstance(whole["reason"], str) and whole["reason"] else "its counts are withheld"
            lines.append(f"{head}no gap can be given, because {why}.")
            continue
        clear = [row for row in part.iloc[:-1].itertuples() if row.low > 0 or row.high < 0]
        side = "lower" if whole["contribution"] < 0 else "higher"
        if whole["low"] <= 0 <= whole["high"]:
            lines.append(f"{head}no clear difference over the whole pathway ({_points(whole)}).")
        else:
            lines.append(f"{head}a {side} share came through the whole pathway ({_points(whole)}).")
        arises = "; ".join(f"{row.label} ({_points(row._asdict())})" for row in clear)
        lines[-1] += f" Clear parts arise at: {arises}." if clear else " No step has a clear part."
    return _listed(lines or ["No group can be compared."])


def _points(row) -> str:
    limits = say_interval(100 * row["low"], 100 * row["high"], "", 1, none=0)
    return f"{say(row['contribution'], 'proportion difference')}; {limits}"


def waits(turnaround: pd.DataFrame) -> pd.DataFrame:
    """Return each wait by known group in reading order, intervals as text."""
    rows = turnaround.copy()
    if rows.empty:
        return or_absent(rows, "No stage has a date that follows another.")
    rows = rows[rows["group"].isin(named(rows["group"]))].copy()
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    rows["order"] = rows["group"].map(order)
    for name, (unit, scale, decimals) in {
        "median": ("", 1, 0),
        "within": ("", 100, 1),
        "difference": ("", 1, 1),
    }.items():
        rows[f"{name}_text"] = [
            f"{say(scale * value, unit, decimals)} "
            f"({say_interval(scale * low, scale * high, unit, decimals, 0 if name == 'difference' else None)})"
            if value == value and low == low and high == high
            else ("–" if group == comparator and name == "difference" else "not given")
            for value, low, high, group, comparator in rows[
                [name, f"{name}_low", f"{name}_high", "group", "comparator"]
            ].itertuples(index=False)
        ]
    return rows.sort_values(["outcome", "order"])


SHOWN = {"group": ("mdr", "idis"), "deprivation": ("sii_ohid", "rii_ohid")}
BETWEEN = {"group": "groups", "deprivation": "fifths of deprivation"}


def inequality(measures: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return one absolute and one relative measure of each stage, between groups and between fifths of deprivation."""
    shares, rows = measures[measures["of"] == "share"], []
    for outcome in order:
        for dimension, pair in SHOWN.items():
            part = shares[(shares["outcome"] == outcome) & (shares["dimension"] == dimension)]
            if part.empty:
                continue
            by = part.set_index("measure")
            cells = [
                f"{say(by.loc[key, 'estimate'] * scale, '', digits)} ({_limits(by.loc[key], scale, digits)})"
                if key in by.index and by.loc[key, "estimate"] == by.loc[key, "estimate"]
                else "not given"
                for key, scale, digits in zip(pair, (100, 1), (1, 2), strict=True)
            ]
            first = part.iloc[0]
            rows.append((first["label"], BETWEEN[dimension], first["n"], *cells))
    import pandas as pd

    return pd.DataFrame(rows, columns=["label", "between", "n", "absolute", "relative"])


def _limits(measure, scale: float, digits: int) -> str:
    """Return the limits of a measure, told apart from its value without inequality where they do not hold it."""
    low, high = measure["low"] * scale, measure["high"] * scale
    return say_interval(low, high, "", digits, none=measure["none"] * scale)


def outside(units: pd.DataFrame) -> pd.DataFrame:
    """Return for each stage how many providers lie outside the funnel's limits, over-dispersion allowed for."""
    import pandas as pd

    here = units[(units["kind"] == "provider") & units["share"].notna()].sort_values("place")
    rows = [
        (
            label,
            len(part),
            f"{part['phi'].iloc[0]:.1f}" if part["phi"].notna().any() else "too few",
            int(((part["share"] < part["low998"]) | (part["share"] > part["high998"])).sum()),
            int(part["position"].str.contains("99.8%", regex=False).sum()),
        )
        for label, part in here.groupby("label", sort=False)
    ]
    frame = pd.DataFrame(rows, columns=["label", "providers", "phi", "chance", "wide"])
    return frame if rows else or_absent(frame, "The extract names no providers.")


def _of(label: str, denominator: str) -> str:
    """Name a measure with what its rate is of."""
    return f"{label} (of {COUNTED[denominator]})" if denominator in COUNTED else label


def odds(adjusted: pd.DataFrame, model: str, national: str) -> pd.DataFrame:
    """Return odds ratios of one model: one row a group, one column a stage, in pathway order."""
    rows = adjusted[(adjusted["model"] == model) & (adjusted["region"] == national)]
    rows = rows.assign(cell=[_odds(row) for row in rows.itertuples()])
    stages = rows.sort_values("place")["label"].drop_duplicates()
    wide = rows.pivot(index="group", columns="label", values="cell")[list(stages)]
    return wide.loc[ordered(wide.index)].reset_index().rename_axis(columns=None)


def sizes(adjusted: pd.DataFrame, model: str, national: str, comparator: str) -> pd.DataFrame:
    """Return what each model rests on: records, events, coefficients and clusters, and how its intervals were made."""
    rows = adjusted[(adjusted["model"] == model) & (adjusted["region"] == national) & (adjusted["group"] == comparator)]
    return rows.sort_values("place")


def fitted_by(adjusted: pd.DataFrame, model: str) -> str:
    """Return how the models of one step of the ladder were fitted, as a sentence; age in bands is said, too.

    >>> import pandas as pd
    >>> row = {"model": "full", "method": "logistic, maximum likelihood", "covariates": "age, sex"}
    >>> fitted_by(pd.DataFrame([row]), "full")
    'Fitted as: logistic, maximum likelihood. Age is in bands.'
    """
    rows = adjusted[adjusted["model"] == model]
    methods = rows["method"].dropna().drop_duplicates()
    banded = rows["covariates"].fillna("").str.split(", ").map(lambda names: "age" in names).any()
    exact = methods.str.contains(r"\bage \(").any()
    words = f"Fitted as: {'; or '.join(methods)}." if len(methods) else ""
    return f"{words} Age is in bands.".strip() if banded and not exact else words


def _odds(row) -> str:
    if row.odds_ratio == row.odds_ratio:
        interval = say_interval(row.odds_ratio_low, row.odds_ratio_high, "odds ratio")
        return f"{say(row.odds_ratio, 'odds ratio')} ({interval})"
    if row.group == row.comparator and row.risk == row.risk:
        return "1 (comparator)"
    return "not estimable" if isinstance(row.reason, str) and row.reason else "withheld"
