"""The step of the primary analyses on one released table: from the declaration to numbers, and what stops it."""

import runpy

import pandas as pd
import pytest
from genequity import findings as register
from genequity import numbers, tables
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.primary import declaration

TABLES = ("alternatives", "answers", "changes", "questions")


def step():
    return runpy.run_path(str(ROOT / "workflow/scripts/primary/primary.py"), run_name="step")["main"]


@pytest.fixture
def study(tmp_path):
    """Two of 24 documents have the highest grade; the strand has a finding on that row."""
    counts = pd.DataFrame(
        [
            {"publisher": "All publishers", "rank": 5, "grade": "measured", "documents": 2, "at_least": 2, "of": 24,
             "share": 2 / 24}
        ]
    )  # fmt: skip
    tables.write(counts, tmp_path / "policy" / "grade_counts.csv", "policy/grade_counts")
    found = register.finding(
        id="policy.grade.measured",
        strand="policy",
        theme="access",
        statement="2 of 24 documents are measured.",
        unit="proportion",
        voice="documents",
        direction="described",
        certainty="not graded",
        source_table="policy/grade_counts",
        source_row="publisher=All publishers;rank=5",
    )
    register.write([found], tmp_path / "policy" / "findings.csv")
    section = {
        "declared": "2026-03-02",
        "inputs": {"declaration": str(tmp_path / "declared.yaml")},
        "questions": [
            {
                "id": "policy",
                "question": "How many documents are measured?",
                "short": "Measured documents",
                "strand": "policy",
                "analysis": {"table": "policy/grade_counts", "rows": {"grade": "measured"}},
                "comparator": "none",
                "model": "Share of the documents",
            }
        ],
    }
    (tmp_path / "declared.yaml").write_text(declaration.text(section, {}), encoding="utf-8")
    return tmp_path, section


def run(study):
    folder, section = study
    out = {name: str(folder / "primary" / f"{name}.csv") for name in TABLES}
    step()(
        str(folder / "declared.yaml"),
        [str(folder / "policy" / "findings.csv")],
        [str(folder / "policy" / "grade_counts.csv")],
        **out,
        numbers=str(folder / "primary" / "numbers.csv"),
        section=section,
        comparators={},
        levels={},
    )
    return {name: tables.read(path, f"primary/{name}") for name, path in out.items()}


def test_from_the_declaration_to_numbers(study):
    found = run(study)
    assert found["questions"]["answer"].tolist() == [
        "2 of 24 documents are measured. Nothing is compared. Certainty: not graded."
    ]
    assert found["alternatives"].empty
    assert found["changes"].empty
    said = numbers.read(study[0] / "primary" / "numbers.csv")
    assert numbers.look_up(said, "primary.policy.estimate") == "8%"
    assert numbers.look_up(said, "primary.policy.n") == "24"


def test_a_row_that_vanishes_stops_the_step_and_keeps_the_earlier_tables(study):
    run(study)
    before = (study[0] / "primary" / "answers.csv").read_bytes()
    study[1]["questions"][0]["analysis"]["rows"]["grade"] = "mesured"
    with pytest.raises(InputError, match="Did you mean 'measured'"):
        run(study)
    assert (study[0] / "primary" / "answers.csv").read_bytes() == before
