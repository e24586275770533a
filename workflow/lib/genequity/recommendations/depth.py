"""What the appendix on the recommendations shows: released tables of the panel, made fit for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from genequity.notebook import Absent, absent, or_absent
from genequity.numbers import say
from genequity.publish.summary import Text, plain
from genequity.recommendations import assessments, breadth, consensus, declaration, panel, text

if TYPE_CHECKING:
    from genequity.notebook import Release

ONE_ROUND = "The panel rated in one round, so there is nothing to compare."


def rule(release: Release) -> str:
    """Return the rule as it was declared, each change with its day, and the rule that decides now."""
    row = release.table("recommendations/rule").iloc[0]
    if not isinstance(row["declared"], str):
        return f"The rule that will hold: {row['sentence']} No panel has rated yet."
    changed = release.table("recommendations/rule_changes").sort_values("change")
    written = declaration.sentence(row, changed)
    since = " ".join(declaration.history(changed)) or "It has not changed since."
    now = f" The rule that decides now: {row['sentence']}" if row["sentence"] != written else ""
    return (
        f"On {text.day(row['declared'])} this rule was written down: {written} "
        f"Its fingerprint is {row['fingerprint']}. The first vote was cast on {text.day(row['first_vote'])}. "
        f"{since}{now}"
    )


def changes(release: Release) -> pd.DataFrame:
    """Return every change of the rule since it was written down."""
    frame = release.table("recommendations/rule_changes")
    frame = frame.assign(
        date=[text.day(day) for day in frame["date"]],
        setting=[declaration.NAMES.get(name, name) for name in frame["setting"]],
    )
    return or_absent(frame, "The rule has not changed since it was written down.")


def broad(release: Release) -> pd.DataFrame:
    """Return the breadth of the panel: found, asked, verdict."""
    table = release.table("recommendations/breadth")
    rows = []
    for row in table.to_dict("records"):
        if pd.notna(row["covered"]):
            found, asked = f"{int(row['covered'])} of {int(row['to_cover'])}", "all"
        else:
            held = pd.isna(row["n"])
            found = "withheld" if held else f"{say(row['share'], 'proportion')} ({say(row['n'])} of {say(row['of'])})"
            word = {"sector": "at most ", "lay": "at least "}.get(row["criterion"], "")
            asked = f"{word}{say(row['limit'], 'proportion')}" if pd.notna(row["limit"]) else "no limit"
        rows.append((row["label"], found, asked, row["verdict"]))
    frame = pd.DataFrame(rows, columns=["label", "found", "asked", "verdict"])
    return or_absent(frame, text.NO_PANEL)


def unmet(release: Release) -> str:
    """Return one sentence on the breadth of the panel."""
    table = release.table("recommendations/breadth")
    if table.empty:
        return ""
    missed = table.loc[table["verdict"] == breadth.NOT_MET, "label"]
    return "What was asked is met." if missed.empty else f"Not met: {'; '.join(missed).lower()}."


def left(release: Release) -> tuple[pd.DataFrame, str]:
    """Return who left, by side of the panel, and whether they had rated otherwise."""
    table = release.table("recommendations/attrition")
    if table.empty:
        return or_absent(table, ONE_ROUND), ONE_ROUND
    whole = table[table["panel_group"] == panel.EVERYONE].iloc[0]
    shown = pd.concat([table[table["panel_group"] == panel.EVERYONE], table[table["panel_group"] != panel.EVERYONE]])
    if pd.isna(whole["rating_left"]) or pd.isna(whole["rating_stayed"]):
        nobody, few = "Nobody left between the first and the last round.", "Too few left to compare ratings."
        return shown, nobody if pd.notna(whole["n_left"]) and whole["n_left"] == 0 else few
    apart = whole["p_value"] < 0.05 if pd.notna(whole["p_value"]) else False
    word = "Those who left had rated otherwise" if apart else "There was no clear difference"
    told = {name: say(whole[name], decimals=1) for name in ("rating_left", "rating_stayed")}
    return shown, (
        f"About {say(whole['n_left'])} of {say(whole['n_first'])} panellists left. {word}: in the first round the "
        f"median of their mean ratings was {told['rating_left']}, and {told['rating_stayed']} among those who stayed "
        f"(Mann-Whitney test, p = {say(whole['p_value'], decimals=2)})."
    )


def settled(release: Release) -> tuple[pd.DataFrame, str]:
    """Return the stability of each item between rounds, and how many items were stable at the last comparison."""
    table = release.table("recommendations/stability")
    if table.empty:
        return or_absent(table, ONE_ROUND), ONE_ROUND
    limit = release.table("recommendations/rule")["stable_change"].iloc[0]
    last = table[table["round_to"] == table.groupby("item")["round_to"].transform("max")]
    tally = last["verdict"].value_counts()
    frame = table.assign(
        rounds=[f"{row.round_from} to {row.round_to}" for row in table.itertuples()],
        p=[None if pd.isna(p) else "< 0.001" if p < 0.001 else say(p, decimals=3) for p in table["p_value"]],
    )
    return frame, (
        f"An item is stable when at most {say(limit, 'proportion')} of its ratings would have to move. At their last "
        f"comparison, items that were stable: {tally.get('stable', 0)}; not stable: {tally.get('not stable', 0)}; "
        f"reworded, and so not comparable: {tally.get('reworded', 0)}."
    )


def parted(release: Release) -> str:
    """Return on which items the sides of the panel part: medians of two sides in the two outer thirds."""
    results, groups = release.table("recommendations/panel"), release.table("recommendations/panel_groups")
    if results.empty:
        return text.NO_PANEL
    last = results.loc[results["final"].astype(bool), ["item", "round", "recommendation"]]
    sides = groups[groups["panel_group"] != panel.EVERYONE].merge(last, on=["item", "round"]).dropna(subset="median")
    thirds = sides.assign(third=sides["median"].map(consensus.third))
    found = {
        recommendation: sorted(
            dimension.lower() for dimension, side in part.groupby("dimension") if {"low", "high"} <= set(side["third"])
        )
        for recommendation, part in thirds.groupby("recommendation")
    }
    said = [f"{recommendation} (by {', '.join(splits)})" for recommendation, splits in found.items() if splits]
    if not said:
        return "On no recommendation does one side's median lie in the top third and another's in the bottom third."
    return f"One side's median lies in the top third and another's in the bottom third on: {', '.join(said)}."


def apease(release: Release) -> pd.DataFrame:
    """Return the APEASE judgements, one row a recommendation that somebody judged."""
    table = release.table("recommendations/assessments")
    mine = table[table["framework"] == assessments.APEASE]
    wide = mine.pivot(index="recommendation", columns="criterion", values="judgement")
    wide = wide[list(assessments.CRITERIA[assessments.APEASE])]
    judged = wide[(wide != assessments.NOT_ASSESSED).any(axis=1)].reset_index()
    return or_absent(judged, "Nobody has judged by APEASE yet.")


def evidence_to_decision(release: Release) -> pd.DataFrame:
    """Return the evidence-to-decision judgements of recommendations that somebody judged, every criterion named."""
    table = release.table("recommendations/assessments")
    mine = table[table["framework"] == assessments.ETD]
    judged = mine.loc[mine["judgement"] != assessments.NOT_ASSESSED, "recommendation"].unique()
    frame = mine[mine["recommendation"].isin(judged)].sort_values(["recommendation", "place"])
    return or_absent(frame, "Nobody has judged by the evidence-to-decision criteria yet.")


def assessed(release: Release) -> str:
    """Return which recommendations were judged, by set of criteria; the others are not assessed."""
    table = release.table("recommendations/assessments")
    everything = table["recommendation"].nunique()
    parts = []
    for framework, name in ((assessments.APEASE, "APEASE"), (assessments.ETD, "evidence to decision")):
        mine = table[(table["framework"] == framework) & (table["judgement"] != assessments.NOT_ASSESSED)]
        judged = sorted(mine["recommendation"].unique())
        rest = "" if len(judged) == everything else " All others are not assessed." if judged else ""
        parts.append(f"Assessed by {name}: {', '.join(judged) or 'none'}.{rest}")
    return " ".join(parts)


def more(release: Release) -> pd.DataFrame:
    """Return what else the register says of each recommendation: equality, what comes first, versions."""
    versions = release.table("recommendations/history")
    told = {
        name: "; ".join(f"{text.day(row['date'])}: {row['change']}" for row in part.to_dict("records"))
        for name, part in versions.groupby("recommendation", sort=True)
    }
    frame = release.table("recommendations/register")
    return frame.assign(versions=frame["recommendation"].map(told)).sort_values("recommendation")


def accord(release: Release) -> tuple[pd.DataFrame, str]:
    """Return the ACCORD checklist, and how many items are reported."""
    table = release.table("recommendations/accord").sort_values("place")
    if table.empty:
        return table, text.NO_PANEL
    missing = table.loc[table["state"] == "not reported", "item"]
    said = f"{len(table) - len(missing)} of {len(table)} items are reported."
    return table, said if missing.empty else f"{said} Not reported: {', '.join(missing)}."


def accord_table(release: Release) -> Text | Absent:
    """Return the ACCORD checklist as a table whose last column leads to the sections."""
    table, _ = accord(release)
    if table.empty:
        return absent(text.NO_PANEL)
    lines = ["| Item | Topic | What is reported | Where |", "|:----|:---------------|:---------------|:------|"]
    for row in table.itertuples():
        answer = plain(row.answer) if isinstance(row.answer, str) else "*not reported*"
        where = f"@{row.section}" if isinstance(row.section, str) else ""
        lines.append(f"| {row.item} | {plain(row.topic)} | {answer} | {where} |")
    return Text("\n".join(lines))
