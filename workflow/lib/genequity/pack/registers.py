"""Findings and numbers have no entry among the table schemas; here is what their columns hold, for context sheets."""

from __future__ import annotations

from genequity import findings, numbers
from genequity.tables import Column, TableSchema

_SOURCE = {
    "source_table": "Released table that it rests on; its context sheet says which counts lie beneath",
    "source_row": "Row of that table, by its key",
}
FINDINGS = {
    "id": "Name of the finding",
    "strand": "Strand that it comes from",
    "theme": "Theme that all strands share",
    "statement": "The finding in words; every number in it is of a released table",
    "estimate": "Estimate, from the released row that the finding rests on",
    "ci_low": "Lower limit of its interval",
    "ci_high": "Upper limit of its interval",
    "unit": "Unit of the estimate and its limits",
    "group": "Group that it is about",
    "comparator": "Group compared with",
    "region": "Region that it is about",
    "pathway_step": "Step of the pathway that it is about",
    "voice": "Whose voice or what kind of source it is",
    "direction": "Higher, lower, no clear difference, not measurable or described",
    "certainty": "Certainty, where it was graded",
    "n": "Released count behind the finding",
    **_SOURCE,
    "headline": "Whether it may stand in the executive summary",
}
NUMBERS = {
    "key": "Name by which text looks the number up",
    "value": "The number, or a word, as released",
    "unit": "Unit of the number",
    "decimals": "Decimals that text prints",
    **_SOURCE,
    "source_column": "Column of that row",
    "rule": "Step of the workflow that computed it",
}
_NUMBERS_IN_FINDINGS = ("estimate", "ci_low", "ci_high", "n")


def schema(section: str, word: str) -> TableSchema:
    """Return the schema of ``survey/findings`` or ``survey/numbers``.

    Parameters
    ----------
    section : str
        Strand or section.
    word : str
        ``findings`` or ``numbers``.
    """
    texts, order = (FINDINGS, findings.COLUMNS) if word == "findings" else (NUMBERS, numbers.COLUMNS)
    kinds = {name: "number" if word == "findings" and name in _NUMBERS_IN_FINDINGS else "string" for name in order}
    columns = {name: Column(name, kinds[name], texts[name], nullable=True) for name in order}
    title = {"findings": "Findings", "numbers": "Numbers that text prints"}[word]
    row = {"findings": "one finding", "numbers": "one number"}[word]
    return TableSchema(f"{section}/{word}", title, row, (order[0],), columns, about="findings")
