"""The steps of the integration, one after the other, on two small strands."""

import runpy

import pandas as pd
import pytest
from genequity import findings as contract
from genequity import numbers, tables
from genequity.config import ROOT
from genequity.errors import InputError

SCRIPTS = ROOT / "workflow" / "scripts" / "synthesis"


def step(name):
    return runpy.run_path(str(SCRIPTS / f"{name}.py"), run_name="step")["main"]


def finding(identifier, theme, voice, direction, row):
    strand = identifier.split(".")[0]
    return contract.finding(
        id=identifier,
        strand=strand,
        theme=theme,
        statement=f"Statement of {identifier}.",
        group="Black",
        comparator="White",
        voice=voice,
        direction=direction,
        certainty="not graded",
        source_table=f"{strand}/table",
        source_row=f"item={row}",
    )


@pytest.fixture
def study(tmp_path):
    """Two strands: the survey reports less trust, the interviews more; travel is raised in the interviews only."""
    (tmp_path / "themes.csv").write_text("theme,label,definition\ntrust,Trust,a\ntravel,Travel,b\n")
    given = {
        "survey": [finding("survey.trust", "trust", "public", "lower", "trust")],
        "interviews": [
            finding("interviews.trust", "trust", "patient", "higher", "trust"),
            finding("interviews.travel", "travel", "patient", "described", "travel"),
        ],
    }
    for strand, rows in given.items():
        folder = tmp_path / "release" / strand
        folder.mkdir(parents=True)
        contract.write(rows, folder / "findings.csv")
        (folder / "table.csv").write_text("item,n\ntrust,20\ntravel,15\n")
    return tmp_path


MADE = (
    *("analysts", "completeness", "convergence", "display", "inferences", "progress", "register", "reporting"),
    *("silences", "silence_kinds", "step_barriers", "step_gaps", "tally"),
)


def integrate(study, unexplained="list", **options):
    release = study / "release"
    names = MADE
    out = {name: str(study / f"{name}.csv") for name in names}
    step("integrate")(
        [str(release / strand / "findings.csv") for strand in ("survey", "interviews")],
        [str(release / strand / "table.csv") for strand in ("survey", "interviews")],
        str(study / "themes.csv"),
        **out,
        supplied=["survey", "interviews"],
        national="All regions",
        section={"methods": {"unexplained": unexplained}},
        **options,
    )
    return {name: tables.read(path, f"synthesis/{name}") for name, path in out.items()}


def released_all(study):
    (study / "out").mkdir()
    both = [[str(study / folder / f"{name}.csv") for name in MADE] for folder in ("", "out")]
    step("release")(*both, str(study / "out" / "numbers.csv"), profile="nhse")


def test_a_dissonance_that_nobody_explained_stops_the_build(study):
    with pytest.raises(InputError, match="survey and interviews contradict one another on the theme trust"):
        integrate(study, unexplained="stop")
    (study / "why.csv").write_text(
        "theme,strand_a,strand_b,explanation,author,date\ntrust,survey,interviews,Another service.,AB,2026-05-01\n"
    )
    assert len(integrate(study, unexplained="stop", explanations=str(study / "why.csv"))["register"]) == 3


def test_from_findings_to_numbers(study):
    found = integrate(study)
    assert found["convergence"].set_index("theme")["code"].to_dict() == {"trust": "dissonance", "travel": "silence"}
    assert found["silence_kinds"].set_index("kind")["looked_for"].to_dict() == {
        "no_measure": True,
        "no_policy": False,
        "no_voice": False,
    }
    released_all(study)
    said = numbers.read(study / "out" / "numbers.csv")
    expected = {"strands": "2", "strands_possible": "5", "findings": "3", "open": "1", "themes_spoken": "2"}
    assert {key: numbers.look_up(said, f"synthesis.{key}") for key in expected} == expected


def test_a_written_explanation_closes_the_dissonance(study):
    text = "theme,strand_a,strand_b,explanation,author,date\n"
    (study / "why.csv").write_text(text + "trust,interviews,survey,They ask about different services.,AB,2026-05-01\n")
    found = integrate(study, explanations=str(study / "why.csv"))
    assert found["tally"].set_index("measure").loc["open", "n"] == 0
    assert "They ask about different services." in found["convergence"]["explanation"].tolist()


def test_a_released_row_that_vanishes_fails_the_register_and_leaves_the_earlier_one(study):
    integrate(study)
    before = (study / "register.csv").read_bytes()
    (study / "release" / "survey" / "table.csv").write_text("item,n\ntravel,15\n")
    with pytest.raises(InputError, match=r"finding survey\.trust rests on row item=trust of table survey/table"):
        integrate(study)
    assert (study / "register.csv").read_bytes() == before


def test_release_keeps_every_row_of_the_integration(study):
    integrate(study)
    released_all(study)
    assert len(pd.read_csv(study / "out" / "register.csv")) == 3
