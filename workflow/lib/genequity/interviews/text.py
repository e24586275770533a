"""Sentences and selections of the interviews chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.interviews import bands
from genequity.interviews.cases import ALL
from genequity.interviews.participants import ALL as ALL_LEVELS
from genequity.interviews.participants import CHARACTERISTICS
from genequity.numbers import say

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

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
        f"{release.number('interviews.analysed')} participants were analysed{who}. Participants who "
        "withdrew are counted in the "
        f"flow ({release.number('interviews.withdrawn')}) and are nowhere else."
    )


def reconciled(release: Release) -> str:
    """Say whether the program's own count of codings is met, and by which codes it is missed."""
    if not release.has("interviews.reconcile.declared"):
        return ""
    table = release.table("interviews/reconcile")
    codes = table[(table["code"] != "All codes") & (table["difference"].fillna(1) != 0)]
    number = {name: release.number(f"interviews.reconcile.{name}") for name in ("declared", "read", "difference")}
    start = (
        f"The coding program's code system states {number['declared']} codings and its segments hold {number['read']}."
    )
    if codes.empty:
        return f"{start} They agree, code by code."
    parts = [f"“{row.code}” ({say(row.declared)} stated, {say(row.read)} in the file)" for row in codes.itertuples()]
    return f"{start} The difference of {number['difference']} lies in {len(parts)} of its codes: {', '.join(parts)}."


def raised(release: Release) -> str:
    """Say what none, some and many mean, and of how many themes the number over all stands."""
    table = release.table("interviews/prevalence")
    whole = table[table["role"] == ALL]
    if table["participants"].notna().all():
        return ""
    themes, shown = table["theme"].nunique(), int(whole["participants"].notna().sum())
    return (
        "“Some” is a number that the small-number rule withholds, “many” one that it shows. A role has few people, so "
        "shares of them are not given. The number over all participants is released for "
        f"{shown} of {themes} themes, where it gives no withheld number away."
    )


def silent(release: Release) -> str:
    """Name the themes that nobody raises."""
    table = release.table("interviews/prevalence")
    nobody = table.groupby("label", sort=False)["raised"].agg(lambda words: set(words) == {bands.NONE})
    none = sorted(nobody[nobody].index)
    said = f"Nobody raised: {'; '.join(none)}." if none else "Every theme was raised by somebody."
    if (table["raised"] == bands.NONE_OR_SOME).any():
        said = "The small-number rule withholds zeros too, so it is not said which themes nobody raised."
    own = release.table("interviews/codebook")["theme"].notna().any()
    return (
        said if own else f"{said} No codebook was supplied, so the first step of each code's path stands for a theme."
    )


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
        elif f"interviews.segments.{key}" in set(release.numbers["key"]):
            parts.append(f"a small number {words}")
    return f"{'; '.join(parts)}. {release.number('interviews.quotes')} quotations are released."


def participants(release: Release) -> tuple[pd.DataFrame, str]:
    """Return one row a characteristic with its levels and their numbers in one cell, and the note under the table."""
    import pandas as pd

    table = release.table("interviews/participants")
    table = table[table["level"] != ALL_LEVELS]
    rows = []
    for characteristic in CHARACTERISTICS:
        part = table[table["characteristic"] == characteristic].set_index("level")["participants"]
        shown = {level: "withheld" if pd.isna(part[level]) else say(part[level]) for level in ordered(part.index)}
        if shown:
            rows.append([characteristic, "; ".join(f"{level}: {count}" for level, count in shown.items())])
    note = release.study.get("release_rule", "") if rows else ""
    return pd.DataFrame(rows, columns=["characteristic", "levels"]), note


def by_group(release: Release) -> str:
    """Say how many numbers of the table of themes by ethnic group are shown, and what this allows."""
    cells = release.table("interviews/framework")
    if cells.empty:
        return NO_PEOPLE
    withheld = int(cells["participants"].isna().sum())
    small = sorted(set(cells.loc[cells["raised"] == bands.TOO_FEW, "group"]))
    few = f" Of groups with too few people nothing is said: {', '.join(ordered(small))}." if small else ""
    return (
        f"Of the {len(cells)} numbers of participants by theme and ethnic group, {withheld} are withheld as "
        f"small.{few} What is left allows no comparison of groups, and people were not chosen for one."
    )


def quotes(release: Release) -> tuple[pd.DataFrame, str]:
    """Return the first quotation of each theme, and the note under them."""
    table = release.table("interviews/quotes")
    if table.empty:
        return table, ""
    first = table.sort_values(["label", "quote"]).drop_duplicates("label")
    return first, "All released quotations stand in release/interviews/quotes."
