"""A small study with released tables of three strands, and its declaration: each value is chosen by hand."""

import copy

import pandas as pd
import pytest
from genequity import findings as register
from genequity import tables
from genequity.primary.select import Released

ODDS = "odds ratio"


def frame(name, rows):
    """Return rows as the released table of that name, with blanks where a row is silent."""
    columns = [*tables.schema(name).columns, tables.SUPPRESSED]
    return pd.DataFrame(rows).reindex(columns=columns)


def adjusted(outcome, model, group, values):
    estimate, low, high = values
    return {
        "outcome": outcome,
        "model": model,
        "region": "All regions",
        "group": group,
        "comparator": "White",
        "group_records": 100,
        "risk_difference": estimate,
        "risk_difference_low": low,
        "risk_difference_high": high,
    }


@pytest.fixture
def released():
    """Accepted: Asian lower in every model. Tested: crude says lower, the full model no clear difference."""
    nothing = (None, None, None)
    service = [
        adjusted("accepted", "crude", "Asian", (-0.07, -0.09, -0.05)),
        adjusted("accepted", "full", "Asian", (-0.05, -0.07, -0.03)),
        adjusted("accepted", "full", "Not known", (-0.01, -0.02, 0.01)),
        adjusted("accepted", "crude", "White", nothing),
        adjusted("accepted", "full", "White", nothing),
        adjusted("tested", "crude", "Asian", (-0.02, -0.03, -0.01)),
        adjusted("tested", "full", "Asian", (-0.005, -0.015, 0.005)),
        adjusted("tested", "full", "Black", nothing) | {tables.SUPPRESSED: "small number"},
        adjusted("tested", "full", "White", nothing),
    ]
    shares = [
        {"item": "willing", "group": group, "n": 50, "share": 0.7, "ci_low": 0.6, "ci_high": 0.8, "difference": value,
         "difference_low": low, "difference_high": high, "base": "shown"}
        for group, value, low, high in (
            ("Asian", 0.05, 0.01, 0.09), ("White", None, None, None), ("All groups", None, None, None)
        )
    ]  # fmt: skip
    pool = {"outcome": "Uptake", "group": "Asian", "comparator": "White"}
    pooled = [pool | {"measure": "OR", "n": 400, "estimate": 0.7, "ci_low": 0.6, "ci_high": 0.8, "status": "pooled",
                      "method": "REML", "test": "knha"}]  # fmt: skip
    other = [
        pool | {"kind": "leave one out", "variation": f"Study {name}", "estimate": value, "ci_low": 0.6, "ci_high": 0.9}
        for name, value in (("A", 0.72), ("B", 0.69))
    ]
    other += [
        pool | {"kind": "estimator and test", "variation": name, "estimate": value, "ci_low": 0.6, "ci_high": 0.9}
        for name, value in (("REML, knha", 0.7), ("EE, z", 0.68))
    ]
    counts = [
        {"publisher": "All publishers", "rank": 5, "grade": "measured", "documents": 2, "of": 24, "share": 0.0833}
    ]
    common = {"comparator": "White", "voice": "data", "certainty": "low", "theme": "access"}
    found = [
        register.finding(
            id="service.accepted.asian",
            strand="service",
            statement="Lower.",
            unit="proportion difference",
            direction="lower",
            source_table="service/adjusted",
            source_row="outcome=accepted;model=full;region=All regions;group=Asian",
            **common,
        ),
        register.finding(
            id="survey.willing.all",
            strand="survey",
            statement="No clear difference.",
            unit="proportion",
            direction="no_clear_difference",
            source_table="survey/shares",
            source_row="item=willing;group=All groups",
            **common,
        ),
        register.finding(
            id="policy.grade.measured",
            strand="policy",
            statement="2 of 24 policy documents (8%) say how it will be measured.",
            unit="proportion",
            direction="described",
            source_table="policy/grade_counts",
            source_row="publisher=All publishers;rank=5",
            **common,
        ),
    ]
    return Released(
        {
            "service/adjusted": frame("service/adjusted", service),
            "survey/shares": frame("survey/shares", shares),
            "evidence/pooled": frame("evidence/pooled", pooled),
            "evidence/sensitivity": frame("evidence/sensitivity", other),
            "policy/grade_counts": frame("policy/grade_counts", counts),
        },
        pd.DataFrame(found),
        {"service": "White", "survey": "White"},
    )


def ladder(outcome, model):
    return {"table": "service/adjusted", "rows": {"outcome": outcome, "model": model, "region": "All regions"}}


SECTION = {
    "declared": "2026-03-02",
    "data_seen": "2026-06-15",
    "inputs": {"declaration": "declared.yaml"},
    "questions": [
        {
            "id": "accepted",
            "question": "Are referrals accepted equally often?",
            "short": "Referral accepted",
            "strand": "service",
            "analysis": ladder("accepted", "full"),
            "comparator": "White",
            "model": "Logistic model with all covariates",
            "alternatives": [{"label": "Crude", **ladder("accepted", "crude")}],
        },
        {
            "id": "tested",
            "question": "Are tests done equally often?",
            "short": "Test done",
            "strand": "service",
            "analysis": ladder("tested", "full"),
            "comparator": "White",
            "model": "Logistic model with all covariates",
            "alternatives": [{"label": "Crude", **ladder("tested", "crude")}],
        },
        {
            "id": "uptake",
            "question": "Does uptake differ in published studies?",
            "short": "Uptake",
            "strand": "evidence",
            "analysis": {"table": "evidence/pooled", "rows": {"outcome": "Uptake"}},
            "comparator": "White",
            "model": "Random-effects odds ratio",
            "headline": False,
            "alternatives": [
                {"label": "Each study left out", "table": "evidence/sensitivity", "rows": {"kind": "leave one out"}}
            ],
        },
        {
            "id": "policy",
            "question": "How many documents promise a measured action?",
            "short": "Measured commitment",
            "strand": "policy",
            "analysis": {"finding": "policy.grade.*"},
            "comparator": "none",
            "model": "Share of the documents graded",
        },
    ],
    "changes": [],
}


@pytest.fixture
def section():
    return copy.deepcopy(SECTION)
