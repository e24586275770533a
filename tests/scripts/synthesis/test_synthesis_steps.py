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


def integrate(study, **options):
    release = study / "release"
    names = ("register", "display", "convergence", "silences", "silence_kinds", "tally")
    out = {name: str(study / f"{name}.csv") for name in names}
    step("integrate")(
        [str(release / strand / "findings.csv") for strand in ("survey", "interviews")],
        [str(release / strand / "table.csv") for strand in ("survey", "interviews")],
        str(study / "themes.csv"),
        **out,
        supplied=["survey", "interviews"],
        national="All regions",
        **options,
    )
    return {name: tables.read(path, f"synthesis/{name}") for name, path in out.items()}


def test_from_findings_to_numbers(study):
    found = integrate(study)
    assert found["convergence"].set_index("theme")["code"].to_dict() == {"trust": "dissonance", "travel": "silence"}
    assert found["silence_kinds"].set_index("kind")["looked_for"].to_dict() == {
        "no_measure": True,
        "no_policy": False,
        "no_voice": False,
    }
    step("findings")(str(study / "tally.csv"), str(study / "numbers.csv"))
    said = numbers.read(study / "numbers.csv")
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
    (study / "out").mkdir()
    step("release")([str(study / "register.csv")], [str(study / "out" / "register.csv")], profile="nhse")
    assert len(pd.read_csv(study / "out" / "register.csv")) == 3
