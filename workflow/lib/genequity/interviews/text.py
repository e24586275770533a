"""Sentences and selections of the interviews chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.interviews.cases import ALL, ALL_SOURCES
from genequity.interviews.participants import ALL as ALL_LEVELS
from genequity.interviews.participants import CHARACTERISTICS
from genequity.numbers import say

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

MOST_GROUPS = 6
NO_QUOTES = "No consent record was supplied, so no quotation is printed; segments are counted only."
NO_PEOPLE = "No participants table was supplied, so the sources are the cases and nothing is said of groups."


def people(release: Release) -> str:
    """Say who was heard."""
    if not release.has("interviews.listed"):
        return f"{NO_PEOPLE} {release.number('interviews.analysed')} sources were analysed."
    roles = [
        f"{release.number(f'interviews.role.{role}')} {name}"
        for role, name in (
            ("patient", "patients"),
            ("professional", "professionals"),
            ("public", "members of the public"),
        )
        if release.has(f"interviews.role.{role}")
    ]
    who = f": {', '.join(roles[:-1])} and {roles[-1]}" if len(roles) > 1 else ""
    return (
        f"{release.number('interviews.analysed')} participants were analysed{who}. "
        f"{release.number('interviews.withdrawn')} withdrew and is counted in @tbl-interviews-flow and nowhere else."
        if release.number("interviews.withdrawn") == "1"
        else f"{release.number('interviews.analysed')} participants were analysed{who}. "
        f"{release.number('interviews.withdrawn')} withdrew and are counted in @tbl-interviews-flow and nowhere else."
    )


def reconciled(release: Release) -> str:
    """Say whether the program's own count of codings is met, and by which codes it is missed."""
    if not release.has("interviews.reconcile.declared"):
        return ""
    table = release.table("interviews/reconcile")
    codes = table[(table["code"] != "All codes") & (table["difference"] != 0)]
    number = {name: release.number(f"interviews.reconcile.{name}") for name in ("declared", "read", "difference")}
    start = (
        f"The coding program's code system states {number['declared']} codings and its segments hold {number['read']}."
    )
    if codes.empty:
        return f"{start} They agree, code by code."
    parts = [f"“{row.code}” ({row.declared} stated, {row.read} in the file)" for row in codes.itertuples()]
    return f"{start} The difference of {number['difference']} lies in {len(parts)} of its codes: {', '.join(parts)}."


def silent(release: Release) -> str:
    """Name the themes that nobody raises."""
    table = release.table("interviews/prevalence")
    whole = table[table["role"].isin([ALL, ALL_SOURCES])]
    none = whole.loc[whole["participants"] == 0, "label"]
    return f"Nobody raised: {'; '.join(none)}." if len(none) else "Every theme was raised by somebody."


def consent(release: Release) -> str:
    """Say how many segments may be quoted and why others may not."""
    if not release.has("interviews.quotes"):
        return NO_QUOTES
    parts = [f"{release.number('interviews.segments.quotable')} segments may be quoted"]
    for key, words in (
        ("analysis_only", "come from consent to analysis only"),
        ("no_record", "have no record of consent"),
    ):
        if release.has(f"interviews.segments.{key}"):
            parts.append(f"{release.number(f'interviews.segments.{key}')} {words}")
    return f"{'; '.join(parts)}. {release.number('interviews.quotes')} quotations are released."


def participants(release: Release) -> tuple[pd.DataFrame, str]:
    """Return participants by characteristic in the order of the list of characteristics, and the note under them."""
    table = release.table("interviews/participants")
    if table.empty:
        return table, NO_PEOPLE
    order = {name: place for place, name in enumerate(CHARACTERISTICS)}
    levels = {level: place for place, level in enumerate(ordered(table["level"]))}
    table = table[(table["level"] != ALL_LEVELS) | (table["characteristic"] == "Role")]
    ranks = table.assign(first=table["characteristic"].map(order), second=table["level"].map(levels))
    shown = ranks.sort_values(["first", "second"])
    return shown.assign(
        level=shown["level"].str.capitalize().where(shown["characteristic"] == "Role", shown["level"])
    ), ""


def by_group(release: Release) -> tuple[pd.DataFrame, list[str], str]:
    """Return themes by ethnic group as words, the groups shown, and the note under the table."""
    table = release.table("interviews/framework")
    groups = [name for name in ordered(set(table["group"])) if name not in (ALL, ALL_SOURCES)]
    if not groups:
        return table.iloc[:0], [], NO_PEOPLE
    shown, rest = groups[:MOST_GROUPS], groups[MOST_GROUPS:]
    cells = [
        "withheld" if missing else say(value)
        for value, missing in zip(table["participants"], table["participants"].isna())
    ]
    wide = table.assign(cell=cells).pivot(index="label", columns="group", values="cell").reset_index()
    more = f" Not shown here: {', '.join(rest)}." if rest else ""
    return wide, shown, f"{release.study.get('release_rule', '')}{more}".strip()


def quotes(release: Release) -> tuple[pd.DataFrame, str]:
    """Return one quotation of each theme, the voices taken in turn, and the note under them."""
    table = release.table("interviews/quotes")
    if table.empty:
        return table, NO_QUOTES
    picked = [part.iloc[place % len(part)] for place, (_, part) in enumerate(table.groupby("label", sort=True))]
    return table.loc[[row.name for row in picked]], "All released quotations stand in release/interviews/quotes."
