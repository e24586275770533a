"""A second build compared with the first, as a reviewer does it: whole, without a strand's inputs, from the pack alone."""

from __future__ import annotations

import csv
import shutil

import pytest
import yaml
from conftest import clone, python, said
from genequity import config
from genequity.config import ROOT
from genequity.verify import expected, verify
from genequity.verify.compare import IDENTICAL

pytestmark = pytest.mark.slow
DEMONSTRATION = ROOT / "config" / "demo" / "expected"


def test_the_demonstration_is_as_its_published_values_say(built):
    """When this fails because the code was meant to change results: 'make report && make expected'."""
    results = verify.released(expected.read(DEMONSTRATION), built / "release", {})
    results += verify.report(expected.read(DEMONSTRATION), built / "report", same_code=False)
    wrong = [f"{result.name}: {result.remark} {result.cells[:1]}" for result in results if verify.exit_status([result])]
    assert len(results) > 80
    assert wrong == []


@pytest.fixture(scope="module")
def reviewer(built, tmp_path_factory):
    """A reviewer's checkout, with what the authors published."""
    folder = clone(tmp_path_factory.mktemp("reviewer") / "checkout")
    expected.write(built / "release", built / "report", folder / "published")
    return folder


def test_a_reviewer_builds_the_same_numbers(reviewer):
    done = python(reviewer, "-m", "genequity.verify", "check", "--expected", "published", "--cores", "2")
    assert done.returncode == 0, said(done)
    assert "Promised:  the same bytes (same platform, same code)" in done.stdout
    assert "different            0 files" in done.stdout
    with (reviewer / "results" / "verify" / "verify.csv").open(newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["state"] for row in rows} == {IDENTICAL}
    assert {"report.html", "report.pdf", "report.docx", "study.json"} <= {row["file"] for row in rows}


def test_without_the_inputs_of_a_strand_the_others_are_checked(built, reviewer):
    shutil.copytree(built / "demo", reviewer / "inputs")
    text = (reviewer / "config" / "config.yaml").read_text().replace("results/demo/", "inputs/")
    study = config.parse(text, "config.yaml")
    study.pop("demonstration")
    (reviewer / "inputs" / "survey" / "responses.sav").unlink()
    (reviewer / "public.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    arguments = ("--study", "public.yaml", "--expected", "published", "--cores", "2")
    done = python(reviewer, "-m", "genequity.verify", "check", *arguments)
    assert done.returncode == 3, said(done)
    assert "different            0 files" in done.stdout
    assert "inputs/survey/responses.sav is not here" in done.stdout
    assert "it joins strands that cannot be built here" in done.stdout
    with (reviewer / "results" / "verify" / "verify.csv").open(newline="") as handle:
        states = {row["file"]: row["state"] for row in csv.DictReader(handle)}
    checked = {name.split("/")[0] for name, state in states.items() if state == IDENTICAL}
    assert checked == {"policy", "evidence", "service", "interviews"}


def test_a_pack_alone_is_compared_with_what_was_published(built, reviewer):
    shutil.copy(built / "pack.zip", reviewer / "pack.zip")
    arguments = ("--pack", "pack.zip", "--cores", "2")
    done = python(reviewer, "-m", "genequity.verify", "check", "--expected", "published", *arguments)
    assert done.returncode == 0, said(done)
    assert "different            0 files" in done.stdout
    with (reviewer / "results" / "outside" / "verify" / "verify.csv").open(newline="") as handle:
        rows = {row["file"]: row for row in csv.DictReader(handle)}
    assert rows["report.pdf"]["state"] == IDENTICAL
    assert rows["gate"]["remark"] == "every table passes again"
    done = python(reviewer, "-m", "genequity.verify", "check", *arguments)
    assert done.returncode == 3, said(done)
    assert "what it was made from stayed inside" in done.stdout


def test_a_study_without_published_values_is_told_where_they_are_looked_for(reviewer):
    (reviewer / "my study").mkdir()
    shutil.copy(reviewer / "public.yaml", reviewer / "my study" / "study.yaml")
    done = python(reviewer, "-m", "genequity.verify", "check", "--study", "my study/study.yaml")
    assert done.returncode == 2
    assert "my study/expected: this folder does not exist" in said(done)
    assert config.DEMONSTRATION not in said(done)
