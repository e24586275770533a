"""A study of one's own, from `new` to the report: one strand is enough, wherever the folder lies."""

import json
import os
import subprocess
from pathlib import Path

import own_study
import pytest
from conftest import build, clone, python, said
from genequity import config

BUILT = ("survey", "policy")  # the cheapest; the others are checked and planned
INPUTS = (
    "results/demo/policy/first_coder.qdpx",
    "results/demo/evidence/search_log.csv",
    "results/demo/survey/responses.sav",
    "results/demo/service/referrals.parquet",
    "results/demo/interviews/participants.csv",
)
READY = "from genequity import setup; setup._stamp('run').write_text(setup._fingerprint('run'))"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project in which the demonstration's inputs have been written."""
    folder = clone(tmp_path_factory.mktemp("a place") / "genequity")
    done = build(folder, "--", *INPUTS)
    assert done.returncode == 0, said(done)
    done = python(folder, "-c", READY)  # the copy's environment borrows its packages and is complete
    assert done.returncode == 0, said(done)
    return folder


@pytest.fixture(scope="module")
def studies(project, tmp_path_factory):
    """Where the person stands: a folder with one study for each strand, their names with a space and an accent."""
    place = tmp_path_factory.mktemp("my résumé & more")
    for strand in config.STRANDS:
        own_study.make(place / f"one {strand}", strand, project)
    return place


def verb(project: Path, standing: Path, *words: str) -> subprocess.CompletedProcess:
    """Call a verb as a person does, from another folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(project / ".venv" / "bin" / "python"), "-m", "genequity", *words]
    return subprocess.run(command, cwd=standing, capture_output=True, text=True, env=environment, timeout=1200)


def test_the_verb_makes_a_study_where_the_person_stands(project, tmp_path):
    done = verb(project, tmp_path, "new", "my study", "--strands", "survey")
    assert done.returncode == 0, said(done)
    assert "genequity report --study 'my study'" in done.stdout
    assert (tmp_path / "my study" / "inputs" / "survey" / "codebook.xlsx").is_file()
    again = verb(project, tmp_path, "new", "my study")
    assert again.returncode == 2
    assert "not empty" in again.stderr


@pytest.mark.parametrize("strand", config.STRANDS)
def test_each_strand_alone_passes_the_check_and_can_be_planned(strand, project, studies):
    done = verb(project, studies, "check", "--study", f"one {strand}")
    assert done.returncode == 0, said(done)
    folder = studies / f"one {strand}" / "results" / "check"
    assert done.stdout.splitlines()[-1].endswith(str(folder))
    assert f"{strand}.html" in {path.name for path in folder.iterdir()}
    planned = build(project, "-n", "--configfile", str(studies / f"one {strand}" / "study.yaml"))
    assert planned.returncode == 0, said(planned)
    assert f"{strand}_release" in said(planned)


@pytest.mark.parametrize("strand", BUILT)
def test_one_strand_alone_builds_its_report_into_the_study(strand, project, studies):
    there = set((project / "results").iterdir())
    done = verb(project, studies, "report", "--study", f"one {strand}", "--cores", "2")
    assert done.returncode == 0, said(done)[-6000:]
    results = studies / f"one {strand}" / "results"
    assert {"report.html", "report.pdf", "report.docx"} <= {path.name for path in (results / "report").iterdir()}
    page = (results / "report" / "report.html").read_text(encoding="utf-8")
    before, sentence, _ = page.partition(" were not supplied to this study")
    assert sentence
    absent = before[-400:].rpartition(">")[2]
    assert absent.count(",") + absent.count(" and ") >= len(config.STRANDS)
    facts = json.loads((results / "release" / "study.json").read_text(encoding="utf-8"))
    assert [name for name, told in facts["strands"].items() if told["supplied"]] == [strand]
    assert set((project / "results").iterdir()) == there
    written = (results / "run_config.yaml").read_text(encoding="utf-8")
    assert config.parse(written, "run_config.yaml") == config.filled(config.read(results.parent / "study.yaml"))
    for folder in ("release", "report", "pack"):
        for path in (results / folder).rglob("*"):
            if path.suffix in (".csv", ".html", ".json", ".txt", ".yaml"):
                assert str(studies) not in path.read_text(encoding="utf-8"), f"{path} names this machine's folders"
