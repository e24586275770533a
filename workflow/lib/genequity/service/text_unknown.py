"""Selections and sentences on unknown and wrong ethnicity, denominators that do not match, and the checklists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import checklists
from genequity.groups import named, ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.publish.summary import Text, plain
from genequity.service import checklist, unknown
from genequity.service.mismatch import WARNS

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

SHORT = {
    unknown.OWN_GROUP: "As a group",
    unknown.COMPLETE: "Left out",
    unknown.IMPUTED: "Imputed",
    unknown.CALIBRATED: "Towards census",
}


def assumed(table: pd.DataFrame) -> str:
    """Return what each treatment assumes, as a list, in the order of the treatments."""
    said = table.drop_duplicates("treatment").set_index("treatment")["assumes"]
    return "".join(
        f"- *{name[0].upper()}{name[1:]}.* {said[name]}\n" for name in unknown.TREATMENTS if name in said.index
    )


def treatments(table: pd.DataFrame) -> pd.DataFrame:
    """Return the adjusted difference of each stage and group in points, one column a treatment."""
    rows = table[table["group"].isin(named(table["group"])) & (table["group"] != table["comparator"])].copy()
    if rows.empty:
        return or_absent(rows, "No group can be compared.")
    rows["cell"] = [
        _points(100 * r.risk_difference, 100 * r.risk_difference_low, 100 * r.risk_difference_high)
        if r.risk_difference == r.risk_difference
        else "not given"
        for r in rows.itertuples()
    ]
    return _wide(rows, ["place", "label"])


def _points(value: float, low: float, high: float) -> str:
    """Return a difference in percentage points with its limits."""
    return f"{say(value, '', 1)} ({say_interval(low, high, '', 1, none=0)})"


def rate_ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return each measure's rate ratio by group, one column a treatment that can be given."""
    rows = table[table["ratio"].notna()].copy() if len(table) else table
    if rows.empty:
        return or_absent(rows, "No rate ratio can be given.")
    rows["cell"] = [
        f"{say(r.ratio, 'rate ratio')} ({say_interval(r.ratio_low, r.ratio_high, 'rate ratio', none=1)})"
        for r in rows.itertuples()
    ]
    return _wide(rows.assign(place=rows["measure"]), ["place", "label"])


def _wide(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    wide = rows.pivot(index=[*by, "group"], columns="treatment", values="cell").fillna("not given").reset_index()
    order = {group: place for place, group in enumerate(ordered(wide["group"]))}
    wide = wide.sort_values(
        [by[0], "group"], key=lambda values: values.map(order) if values.name == "group" else values
    )
    return wide.rename_axis(columns=None).reset_index(drop=True)


def columns(wide: pd.DataFrame) -> dict[str, str]:
    """Return the headings of a table of treatments."""
    return {"label": "Stage", "group": "Group"} | {
        name: SHORT[name] for name in unknown.TREATMENTS if name in wide.columns
    }


def moved(table: pd.DataFrame) -> str:
    """Say whether any treatment turns what an interval says of a group at a stage, and where."""
    rows = table[table["group"].isin(named(table["group"])) & table["risk_difference"].notna()].copy()
    if rows["treatment"].nunique() < 2:
        return "Every record has a known group, so all treatments are one."
    rows["says"] = [
        "lower" if r.risk_difference_high < 0 else "higher" if r.risk_difference_low > 0 else "no clear difference"
        for r in rows.itertuples()
    ]
    lines = []
    for (_, label, group), part in rows.groupby(["place", "label", "group"]):
        own = part[part["treatment"] == unknown.OWN_GROUP]["says"]
        other = part[(part["treatment"] != unknown.OWN_GROUP) & ~part["says"].isin(own)]
        if len(own) and len(other):
            names = ", ".join(dict.fromkeys(other["treatment"]))
            lines.append(f"{label}, {group}: {own.iloc[0]} as reported, {other['says'].iloc[0]} with {names}.")
    if not lines:
        return "No treatment changes which differences are clear, at any stage."
    return "A treatment changes what is clear here:\n\n" + "".join(f"- {line}\n" for line in lines)


def wrong(table: pd.DataFrame) -> pd.DataFrame:
    """Return values as recorded with chance, their ranges under published agreement, and both kinds of error together.

    Differences of stages stand in points of 100 records; rates stand as ratios.
    """
    if table.empty:
        return or_absent(table, "The study names no published agreement of recorded ethnicity.")
    rows = table[(table["measure"] == table["of"].map({"share": "difference", "rate": "ratio"}))]
    rows = rows[rows["group"] != rows["comparator"]].copy()
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    scale = rows["of"].map({"share": 100.0, "rate": 1.0})
    digits = rows["of"].map({"share": 1, "rate": 2})
    rows["what"] = rows["label"] + rows["of"].map({"share": "", "rate": " (rate ratio)"})
    rows["as_recorded"] = _limited(rows, ("observed", "chance_low", "chance_high"), "withheld")
    rows["both"] = _limited(rows, ("corrected", "total_low", "total_high"), "not given")
    rows["range"] = [
        say_interval(low * s, high * s, "", d)
        if low == low
        else (why.partition(":")[0] if isinstance(why, str) and why else "withheld")
        for low, high, s, d, why in zip(rows["low"], rows["high"], scale, digits, rows["reason"])
    ]
    rows["agreement"] = [
        "not published"
        if low != low
        else f"{say(low, 'proportion', 0)} to {say(high, 'proportion', 0)}"
        if low < high
        else say(high, "proportion", 0)
        for low, high in zip(rows["agreement_low"], rows["agreement_high"])
    ]
    rows = rows.assign(rank=rows["group"].map(order), first=rows["of"] != "share")
    return rows.sort_values(["first", "place", "rank"]).reset_index(drop=True)


def _limited(rows: pd.DataFrame, columns: tuple[str, str, str], without: str) -> list[str]:
    """Return values with their limits: shares in points of 100, rates as ratios."""
    found = []
    for of, value, low, high in rows[["of", *columns]].itertuples(index=False, name=None):
        scale, digits, none = (100.0, 1, 0) if of == "share" else (1.0, 2, 1)
        limits = f" ({say_interval(low * scale, high * scale, '', digits, none=none)})" if low == low else ""
        found.append(f"{say(value * scale, '', digits)}{limits}" if value == value else without)
    return found


def both(table: pd.DataFrame) -> str:
    """Say which differences are clear by chance alone, and no longer where records may be wrong too."""
    rows = table[(table["of"] == "share") & (table["measure"] == "difference") & table["total_low"].notna()]
    if rows.empty:
        return "No interval of both kinds of error can be given."
    clear = (rows["chance_low"] > 0) | (rows["chance_high"] < 0)
    kept = (rows["total_low"] > 0) | (rows["total_high"] < 0)
    lost = rows[clear & ~kept].sort_values("place")
    said = f"Of {len(rows)} differences between shares, {int(clear.sum())} are clear by chance alone"
    if lost.empty:
        return f"{said}. All of these stay clear where records may be wrong too."
    each = [f"{label} ({', '.join(ordered(part['group']))})" for label, part in lost.groupby("label", sort=False)]
    return f"{said}. Where records may be wrong too, these are clear no longer: {'; '.join(each)}."


def warnings(table: pd.DataFrame) -> str:
    """Return the checks of numerators and denominators that warn, one line each, as a list."""
    if table.empty:
        return "The study has no denominators, so there is nothing to compare.\n"
    rows = table[table["verdict"] == WARNS].sort_values(["place", "measure"])
    lines: dict[str, str] = {}
    for (check, found), part in rows.groupby(["check", "found"], sort=False):
        groups = ordered(set(part["group"]) - {"All groups"})
        lines[f"{check}{found}"] = f"{part['asks'].iloc[0]}: no. {found}" + (
            f" Groups: {', '.join(groups)}." if groups else ""
        )
    fine = [
        f"{asks}{_still_unknown(part)}"
        for asks, part in table.groupby("asks", sort=False)
        if not (part["verdict"] == WARNS).any()
    ]
    told = "".join(f"- {line}\n" for line in lines.values())
    return told + (f"\nNo warning: {'; '.join(line[0].lower() + line[1:] for line in fine)}.\n" if fine else "")


def _still_unknown(part: pd.DataFrame) -> str:
    """Say how many are unknown where that is too few for a warning, but not none."""
    shares = part.loc[(part["check"] == "unknown") & (part["share"] > 0), "share"] if "share" in part else []
    if not len(shares):
        return ""
    low, high = say(min(shares), "proportion", 1), say(max(shares), "proportion", 1)
    return f", but for {low}" if low == high else f", but for {low} to {high}"


def bounds(table: pd.DataFrame) -> pd.DataFrame:
    """Return each group's crude ratio, with what it would be if the unknown were all of one group."""
    rows = table[table["check"] == "bounds"].copy() if len(table) else table
    if rows.empty:
        return or_absent(rows, "No ratio can be bounded.")
    order = {group: place for place, group in enumerate(ordered(rows["group"]))}
    rows["range"] = [
        say_interval(low, high, "rate ratio", none=1) if low == low else "withheld"
        for low, high in zip(rows["ratio_low"], rows["ratio_high"])
    ]
    return rows.assign(rank=rows["group"].map(order)).sort_values(["measure", "rank"]).reset_index(drop=True)


def summary(release: Release, standard: str) -> str:
    """Say how many items of a checklist are reported, and which are left to the team."""
    table = release.table("service/reporting")
    part = table[table["standard"] == standard].sort_values("place")
    missing = list(part.loc[part["state"] == checklist.MISSING, "item"])
    applies = int((part["state"] != checklists.NOT_APPLICABLE).sum())
    said = f"Of the {applies} items of {standard} that apply, {applies - len(missing)} are reported"
    return f"{said}." if not missing else f"{said}. Left to the team: {', '.join(missing)}."


def items(release: Release, standard: str) -> Text:
    """Return a checklist as a table whose last column leads to the sections."""
    table = release.table("service/reporting")
    lines = ["| Item | Topic | What is reported | Where |", "|:----|:---------------|:---------------|:------|"]
    for row in table[table["standard"] == standard].sort_values("place").itertuples():
        said = plain(row.answer) if isinstance(row.answer, str) else ""
        mark = (
            ""
            if row.state in (checklists.REPORTED, checklists.BY_AUTHORS)
            else f"*{row.state[0].upper()}{row.state[1:]}.*"
        )
        answer = f"{mark} {said}".strip()
        where = f"@{row.section}" if isinstance(row.section, str) else ""
        lines.append(f"| {row.item} | {plain(row.topic)} | {answer} | {where} |")
    return Text("\n".join(lines))


def imputations(table: pd.DataFrame) -> str:
    """Return the number of imputed data sets."""
    return say(int(table["imputations"].max())) if len(table) else "no"
