"""Sentences and selections of the policy chapter, from released tables; nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.coding.text import MOST_ROWS

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

NO_COMMITMENT = "No commitment was coded."
NOT_CODED = "The documents were not coded, so their ethnicity content was not graded."
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
