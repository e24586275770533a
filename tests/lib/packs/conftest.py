"""A release of two recommendations, small enough to be read, with every kind of leaf."""

import pandas as pd
import pytest
from genequity.synthesis.register import FILE, LINE

POOLED = {"outcome": "Uptake", "group": "Asian", "comparator": "White"}


def frame(name, *rows):
    """Return a released table as the trace reads it: text, with the place of each row."""
    strand, table = name.split("/")
    return (
        pd.DataFrame(list(rows))
        .astype(str)
        .assign(**{FILE: f"release/{strand}/{table}.csv", LINE: range(2, len(rows) + 2)})
    )


def finding(identifier, table, row):
    return {
        "id": identifier,
        "strand": identifier.split(".")[0],
        "statement": f"Statement of {identifier}.",
        "voice": "data",
        "certainty": "low",
        "source_table": table,
        "source_row": row,
        "source_rows": "1",
    }


def recommendation(name, organisation, evidence, co_design):
    return {
        "recommendation": name,
        "title": f"Title of {name}",
        "organisation": organisation,
        "action": "publish",
        "what": "a yearly table",
        "for_whom": "patients",
        "by_when": "2027-03-31",
        "measure": "date of publication",
        "resources": "two days",
        "support": "4 strands",
        "evidence": evidence,
        "co_design": co_design,
    }


@pytest.fixture
def release():
    """Return released tables by name."""
    study = {"country": "Fictional area", "design": "audit", "year": "2019"}
    effect = {"place": "1", "measure": "OR", "estimate": "0.8", "ci_low": "0.7", "ci_high": "0.9", "weight": "50"}
    vote = {"recommendation": "R1", "n": "12", "median": "8", "share_high": "0.9", "decision": "agreed"}
    tables = {
        "recommendations/register": [
            recommendation("R1", "Body A", "interviews.travel; policy.theme; evidence.pooled; survey.trust", "C1"),
            recommendation("R2", "Body B", "evidence.focus", ""),
        ],
        "recommendations/trace": [
            {"recommendation": "R1", "finding": "policy.theme", "panel_items": "I1"},
            {"recommendation": "R2", "finding": "evidence.focus", "panel_items": ""},
        ],
        "recommendations/co_design": [
            {
                "entry": "C1",
                "date": "2026-03-01",
                "activity": "Workshop",
                "with_whom": "Patients",
                "said": "Say",
                "did": "Did",
            }
        ],
        "recommendations/panel": [
            {"item": "I1", "round": "1", "final": "false", **vote},
            {"item": "I1", "round": "2", "final": "true", **vote},
        ],
        "recommendations/decisions": [
            {"recommendation": "R1", "round": number, "n_items": "1", "disagreement": "false"} for number in ("1", "2")
        ],
        "synthesis/register": [
            finding("interviews.travel", "interviews/prevalence", "theme=travel;role=patient"),
            finding("policy.theme", "policy/review_focus", "theme=travel"),
            finding("evidence.pooled", "evidence/pooled", "outcome=Uptake;group=Asian;comparator=White"),
            finding("evidence.focus", "evidence/focus", "theme=travel"),
            finding("survey.trust", "survey/shares", "item=q1;group=Asian"),
        ],
        "interviews/prevalence": [{"theme": "travel", "role": "patient", "participants": "10"}],
        "interviews/quotable": [{"theme": "travel", "status": "may be quoted", "released": "2"}],
        "interviews/quotes": [
            {"quote": "Q001", "theme": "travel", "attribution": "Patient, Region A", "text": "Words one"},
            {"quote": "Q002", "theme": "travel", "attribution": "Professional", "text": "Words two"},
        ],
        "policy/review_focus": [{"theme": "travel", "documents": "1"}],
        "policy/excerpts": [
            {
                "theme": "travel",
                "document": "D1",
                "publisher": "Body A",
                "year": "2020",
                "page": "",
                "excerpt": "Passage",
            }
        ],
        "evidence/pooled": [{**POOLED, "k": "2"}],
        "evidence/effects": [{**POOLED, "study": name, **effect} for name in ("Study 1", "Study 2")],
        "evidence/focus": [{"theme": "travel", "studies": "1"}],
        "evidence/studies": [{"study": "Study 1", "themes": "access; travel", **study}],
        "survey/shares": [{"item": "q1", "group": "Asian", "n": "100", "share": "0.5"}],
        "survey/items": [{"item": "q1", "text": "I trust the service."}],
        "audit/inputs": [
            {"input": f"{strand}.inputs.file", "strand": strand, "sha256": 8 * "0123abcd"}
            for strand in ("interviews", "policy", "evidence", "survey")
        ],
    }
    return {name: frame(name, *rows) for name, rows in tables.items()}


STUDY = {
    "title": "A study",
    "subtitle": "",
    "watermark": "SYNTHETIC DATA",
    "data": "synthetic",
    "date": "2026-11-22",
    "version": "1.0",
    "authors": ["The team"],
    "language": "en-GB",
    "code_version": "0.1+abc",
}


@pytest.fixture
def study():
    """Return ``study.json``."""
    return dict(STUDY)
