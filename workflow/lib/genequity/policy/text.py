"""Sentences and selections of the policy chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.coding.text import MOST_ROWS

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

NO_COMMITMENT = "No commitment was coded."
NOT_CODED = "The documents were not coded, so their ethnicity content was not graded."
NOT_EXTRACTED = "Nobody extracted what the commitments name."
NO_FRAMES = "No codes were set against frames of policy analysis."
NO_THEMES = "The documents were not coded, so it is not known which themes they raise."


def grades(release: Release) -> str:
    """Say how many documents hold information on ethnicity, and how many commit to something."""
    if not release.has("policy.grade.of"):
        return NOT_CODED
    number = {
        name: release.number(f"policy.grade.{name}") for name in ("any", "of", "none", "acts", "measured_commitment")
    }
    return (
        f"{number['any']} of {number['of']} documents hold information on ethnicity and {number['none']} hold none. "
        f"{number['acts']} commit to an action. {number['measured_commitment']} of these say how it will be measured."
    )


def none_with_words(release: Release) -> str:
    """Say whether documents graded none use the words all the same."""
    table = release.table("policy/grades")
    found = table[(table["grade"] == "none") & (table["term_hits"].fillna(0) > 0)]
    if table.empty:
        return ""
    if found.empty:
        return "In no document graded none was any of the words for ethnicity found."
    return f"The words for ethnicity occur all the same in: {', '.join(found['document'])}."


def conversions(release: Release) -> str:
    """Say of how many documents the words may not be theirs, and which."""
    table = release.table("policy/documents")
    doubtful = table.loc[(table["status"] == "included") & table["conversion"].eq("doubtful"), "document"]
    if not table["conversion"].notna().any():
        return "No text of a document was supplied."
    if doubtful.empty:
        return "No text shows a sign of a bad conversion."
    return (
        f"The text of {', '.join(doubtful)} shows signs of a bad conversion. A word that was not found there may still "
        "stand in the document. The reasons are in release/policy/documents."
    )


def gaps(release: Release) -> str:
    """Say which elements commitments leave out most."""
    table = release.table("policy/commitment_gaps")
    if table.empty:
        return NOT_EXTRACTED
    of = release.number("policy.commitments.extracted")
    number = {name: release.number(f"policy.commitments.lack.{name}") for name in ("owner", "metric", "due", "money")}
    return (
        f"A reader looked through {of} commitments. {number['owner']} name nobody who does it, {number['metric']} no "
        f"measure, {number['due']} no date and {number['money']} no money."
    )


def silences(release: Release) -> str:
    """Name the categories that codes exist for and no document raises, and those that nobody looked for."""
    table = release.table("policy/frames")
    if table.empty:
        return NO_FRAMES
    silent = table.loc[table["state"] == "silent", "category"]
    without = int((table["state"] == "without code").sum())
    first = f"No document raises: {'; '.join(silent)}." if len(silent) else "Every category that has codes is raised."
    if not without:
        return first
    return f"{first} {without} categories have no code, so nobody looked for them."


def frames(release: Release) -> pd.DataFrame:
    """Return the categories of each frame in their order."""
    table = release.table("policy/frames").sort_values(["frame", "order"])
    return table.assign(state=table["state"].str.capitalize())


def focus(release: Release) -> str:
    """Name the themes of high priority and those that no document raises."""
    table = release.table("policy/review_focus")
    if table.empty:
        return NO_THEMES
    high = table.loc[table["priority"] == "high", "label"]
    silent = table.loc[table["priority"] == "not raised", "label"]
    first = f"Themes of high priority are: {'; '.join(high)}." if len(high) else "No theme has a high priority."
    last = f" No document raises: {'; '.join(silent)}." if len(silent) else " Every theme is raised by some document."
    return first + last


def flow(release: Release) -> pd.DataFrame:
    """Return the document flow with the parts of a stage set in by their wording."""
    table = release.table("policy/flow").sort_values("step")
    first = ~table["stage"].duplicated()
    labels = [label if total else f"– {label}" for label, total in zip(table["label"], first, strict=True)]
    return table.assign(label=labels)


def focus_table(release: Release) -> pd.DataFrame:
    """Return themes by priority, then name."""
    order = {"high": 0, "medium": 1, "low": 2, "not raised": 3}
    table = release.table("policy/review_focus")
    return table.assign(order=table["priority"].map(order)).sort_values(["order", "label"])


def commitments(release: Release) -> tuple[pd.DataFrame, str]:
    """Return the commitments as the chapter shows them, measured ones first, and the note under them."""
    table = release.table("policy/commitments").sort_values(["measured", "document"], ascending=[False, True])
    where = "All commitments stand in release/policy/commitments."
    return table.head(MOST_ROWS), where if len(table) else ""
