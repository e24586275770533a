"""Sentences and tables of the evidence chapter that depend on how far a review has got; numbers are looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from genequity.evidence.findings import POOL_KEY, unit_of
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval

if TYPE_CHECKING:
    from genequity.notebook import Release

LONGEST = 25  # rows of a table in the chapter
STAGES = {"title_abstract": "Title and abstract", "full_text": "Full text"}


def search(release: Release) -> str:
    """What was searched and found."""
    unsure = release.number("evidence.unsure")
    pairs = {"0": "No pair of records was", "1": "One pair of records was"}.get(
        unsure, f"{unsure} pairs of records were"
    )
    return (
        f"The search covered {release.number('evidence.sources')} databases and registers. It was last run on "
        f"{release.number('evidence.last_search')}. It found {release.number('evidence.identified')} records, of which "
        f"{release.number('evidence.duplicates')} were duplicates. {pairs} left for a person to judge."
    )


def screening(release: Release) -> str:
    """How far screening has got, and what it came to."""
    if not release.has("evidence.screened"):
        return "No screening decisions were supplied. The flow ends there, and no study counts as included."
    said = release.number
    parts = [
        f"Of {said('evidence.screened')} records screened, {said('evidence.sought')} passed on title and abstract."
    ]
    open_ones = release.number("evidence.conflicts_screening")
    if open_ones != "0":
        parts.append(f"Reviewers' conflicts that are still open: {open_ones}.")
    if release.has("evidence.assessed"):
        parts.append(
            f"Full text was assessed for {release.number('evidence.assessed')} reports; "
            f"{release.number('evidence.not_retrieved')} could not be retrieved."
        )
    if release.has("evidence.studies"):
        parts.append(f"The review includes {said('evidence.studies')} studies in {said('evidence.reports')} reports.")
    return " ".join(parts)


def traced(release: Release) -> str:
    """Whether pooled studies come from this search."""
    pooled = release.table("evidence/pooled")
    if not len(pooled):
        return "No table of effect estimates was supplied."
    if pooled["traced"].all():
        return "All studies pooled here are included studies of this search."
    return "The effect estimates are not traced to a search: their studies are not linked to the records above."


def policy_focus(release: Release) -> str:
    """Whether the policy review set a focus."""
    if release.table("evidence/focus")["priority"].notna().any():
        return "The policy review gave each theme a priority for this synthesis."
    return "No policy review set a focus for this synthesis, so themes stand without a priority."


def pools(release: Release) -> pd.DataFrame:
    """One row an outcome and group, as text: estimate with its interval, or why there is none."""
    rows = []
    for row in release.table("evidence/pooled").to_dict("records"):
        done = row["status"] == "pooled"
        unit, decimals = unit_of(row["measure"]) if row["measure"] != "mixed" else ("", None)
        numbers = (
            f"{row['reason'][:1].upper()}{row['reason'][1:]}" if not done else say(row["estimate"], unit, decimals)
        )
        interval = f" ({say_interval(row['ci_low'], row['ci_high'], unit, decimals)})" if done else ""
        future = done and pd.notna(row["pi_low"])
        rows.append(
            {
                "outcome": row["outcome"],
                "groups": f"{row['group']} v {row['comparator']}",
                "k": row["k"],
                "n": row["n"],
                "estimate": f"{row['measure']} {numbers}{interval}" if done else f"Not pooled. {numbers}",
                "prediction": say_interval(row["pi_low"], row["pi_high"], unit, decimals) if future else "–",
                "i2": f"{row['i2']:.0f}%" if done else "–",
            }
        )
    table = pd.DataFrame(rows, columns=["outcome", "groups", "k", "n", "estimate", "prediction", "i2"])
    return or_absent(table, "No effect estimates were supplied.")


def robustness(release: Release) -> pd.DataFrame:
    """Range of the pooled estimate over estimators and tests, and over leaving out one study."""
    rows = []
    pooled = release.table("evidence/pooled").set_index(POOL_KEY)
    for key, part in release.table("evidence/sensitivity").groupby(POOL_KEY, sort=False):
        pool = pooled.loc[key]
        unit, decimals = unit_of(pool["measure"])
        ranges = {
            kind: say_interval(own["estimate"].min(), own["estimate"].max(), unit, decimals)
            for kind, own in part.groupby("kind")
        }
        egger = pool["egger_note"] if pd.isna(pool["egger_p"]) else f"P = {pool['egger_p']:.2f}"
        rows.append(
            {
                "outcome": key[0],
                "groups": f"{key[1]} v {key[2]}",
                "estimators": ranges.get("estimator and test", "–"),
                "left_out": ranges.get("leave one out", "–"),
                "egger": egger[:1].upper() + egger[1:],
            }
        )
    table = pd.DataFrame(rows, columns=["outcome", "groups", "estimators", "left_out", "egger"])
    return or_absent(table, "No estimates were pooled.")


def agreement(release: Release) -> pd.DataFrame:
    """Agreement of reviewers, stages in words and in order."""
    table = release.table("evidence/agreement")
    order = table["stage"].map(list(STAGES).index)
    named = table.assign(stage=table["stage"].map(STAGES)).loc[order.sort_values(kind="stable").index]
    return or_absent(named, "No two reviewers decided on the same records.")


def studies(release: Release) -> pd.DataFrame:
    """The first included studies; the released table holds all."""
    return or_absent(release.table("evidence/studies").head(LONGEST), "No study has been included.")


def focus(release: Release) -> pd.DataFrame:
    """Themes by priority (high first), then in alphabetical order."""
    table = release.table("evidence/focus")
    rank = {"high": 0, "medium": 1, "low": 2, "not raised": 3}
    if table["priority"].isna().all() and not table[["studies", "effects"]].to_numpy().any():
        return or_absent(table.head(0), "No policy review set a focus, and no included study speaks to a theme.")
    return table.assign(rank=table["priority"].map(rank).fillna(4)).sort_values(["rank", "label"]).drop(columns="rank")


def representation(release: Release) -> pd.DataFrame:
    """Participants and population by group, in reading order, the ratio with its interval."""
    from genequity import groups

    table = release.table("evidence/representation").set_index("group")
    table = table.loc[groups.ordered(table.index)].reset_index()
    table["ratio_text"] = [
        f"{say(row.ratio, 'ratio')} ({say_interval(row.ratio_low, row.ratio_high, 'ratio')})"
        for row in table.itertuples()
    ]
    return or_absent(table, "No participants by group, or no population, were supplied.")


def population(release: Release) -> str:
    """The population that participants are compared with, named."""
    named = release.table("evidence/representation")["population"]
    if not len(named):
        return "No participants by group, or no population, were supplied: representation cannot be computed."
    return f"The population is: {named.iloc[0]}."
