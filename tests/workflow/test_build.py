"""Whole builds: rebuilt the same, nothing to do twice, one strand alone, bad input answered, earlier results kept."""

from __future__ import annotations

import csv
import hashlib
import os
from pathlib import Path

import pytest
import yaml
from conftest import build, clone, python, said, snakemake
from genequity import config
from genequity.config import ROOT

pytestmark = pytest.mark.slow


def hashes(results: Path) -> dict[str, str]:
    kept = [path for part in ("release", "report", "pack") for path in (results / part).rglob("*") if path.is_file()]
    kept = [path for path in kept if "executed" not in path.parts]
    return {str(p.relative_to(results)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(kept)}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A second clean build of the demonstration, in another folder."""
    folder = clone(tmp_path_factory.mktemp("elsewhere") / "a copy")
    done = build(folder)
    assert done.returncode == 0, said(done)[-6000:]
    return folder


def test_a_second_run_has_nothing_to_do(built):
    assert "Nothing to be done" in said(snakemake())


def test_two_clean_builds_in_different_folders_are_the_same_bytes(built, copy):
    here, there = hashes(built), hashes(copy / "results")
    assert sorted(here) == sorted(there)
    assert len(here) > 30
    assert [name for name in here if here[name] != there[name]] == []


def test_no_output_names_this_machine(built):
    host = os.uname().nodename
    for path in [*(built / "release").rglob("*"), *(built / "report").glob("*.html")]:
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert str(ROOT) not in text, path
            assert len(host) < 4 or host not in text, path


def test_every_released_table_says_that_it_is_synthetic(built):
    listed = sorted((built / "release").rglob("*.csv"))
    assert len(listed) > 20
    for path in listed:
        assert path.name.endswith(".synthetic.csv"), path
        rows = path.read_text(encoding="utf-8").splitlines()
        assert rows[0].endswith(",data"), path
        assert all(row.endswith("SYNTHETIC") for row in rows[1:] if not row.startswith('"')), path


@pytest.mark.parametrize("strand", config.STRANDS)
def test_one_strand_alone_makes_a_report_that_says_so(tmp_path, strand):
    folder = clone(tmp_path / "one")
    study = config.read(folder / "config" / "config.yaml")
    for section in config.SECTIONS:
        if section != strand:
            study[section] = None
    (folder / "one.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = build(folder, "--configfile", "one.yaml")
    assert done.returncode == 0, said(done)[-6000:]
    text = (folder / "results" / "report" / "report.html").read_text(encoding="utf-8")
    assert "not supplied" in text.casefold()
    released = {path.name for path in (folder / "results" / "release").iterdir() if path.is_dir()}
    assert released & set(config.SECTIONS) == {strand}


def test_another_study_inherits_nothing_of_the_demonstration(tmp_path):
    """Snakemake merges --configfile deep; a value of the demonstration must not survive in another study."""
    folder = clone(tmp_path / "other")
    study = config.read(folder / "config" / "config.yaml")
    other = {key: study[key] for key in ("study", "ethnicity", "regions", "release", "themes")}
    other["study"] = other["study"] | {"title": "Another study", "data": "public"}
    for setting in ("watermark", "about", "subtitle"):
        del other["study"][setting]
    other["survey"] = study["survey"]
    other["survey"]["inputs"]["responses"] = "README.md"  # a file that is there; the target does not need it
    (folder / "other.yaml").write_text(yaml.safe_dump(other, sort_keys=False))
    done = build(folder, "--configfile", "other.yaml", "--", "results/release/study.json")
    assert done.returncode == 0, said(done)[-3000:]
    facts = (folder / "results" / "release" / "study.json").read_text()
    assert "SYNTHETIC" not in facts
    assert "synthetic" not in facts.replace("synthetic or public", "")
    assert '"Another study"' in facts


def test_bad_input_stops_the_build_and_keeps_earlier_results(copy):
    """A damaged survey file: one message, exit status not 0, yesterday's report still there."""
    report = copy / "results" / "report" / "report.html"
    before = report.read_bytes()
    study = config.read(copy / "config" / "config.yaml")
    study.pop("demonstration")
    study["study"]["data"] = "public"
    broken = copy / "broken.sav"
    broken.write_bytes(b"$FL2@(#) not a real SPSS file, Testperson Surname")
    study["survey"]["inputs"]["responses"] = "broken.sav"
    (copy / "broken.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = build(copy, "--configfile", "broken.yaml")
    text = said(done)
    assert done.returncode != 0
    assert "broken.sav" in text
    assert "Traceback" not in text
    assert "Testperson" not in text
    assert report.read_bytes() == before
    verb = "import sys; from genequity import setup, verbs; setup.ensure = print; sys.exit(verbs.run(sys.argv[1:]))"
    done = python(copy, "-c", verb, "report", "--study", "broken.yaml")
    assert done.returncode != 0
    last = done.stderr.rpartition("What went wrong")[2]
    assert "broken.sav: reading the SPSS file failed" in last
    assert len(last.splitlines()) < 10


def planted(copy: Path, study: dict, strand: str, name: str, column: str) -> None:
    """Put a person's name into a number column of an input, and point the study to that file."""
    source = copy / study[strand]["inputs"][name]
    rows = list(csv.reader(source.read_text(encoding="utf-8").splitlines()))
    rows[1][rows[0].index(column)] = "Testperson Surname"
    target = copy / f"planted {name}.csv"
    with target.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    study[strand]["inputs"][name] = target.name


def test_a_name_in_a_number_column_appears_in_no_message_and_no_log(copy):
    study = config.read(copy / "config" / "config.yaml")
    study.pop("demonstration")
    study["study"]["data"] = "restricted"
    study["results"] = "planted"
    planted(copy, study, "survey", "margins", "population")
    planted(copy, study, "service", "denominators", "residents")
    planted(copy, study, "evidence", "effects", "ai")
    planted(copy, study, "recommendations", "panel_ratings", "rating")
    (copy / "planted.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    checked = python(copy, "-m", "genequity.check", "planted.yaml")
    done = build(copy, "--configfile", "planted.yaml", "--keep-going")
    for text in (said(checked), said(done)):
        assert "planted denominators.csv" in text
        assert "planted effects.csv (row 2, column ai): this is not a number" in text
        assert "planted margins.csv (row 2, column population)" in text
        assert "Testperson" not in text
        assert "Traceback" not in text
    assert checked.returncode == done.returncode == 1
    assert "planted panel_ratings.csv (row 2, column rating)" in said(checked)
    written = [path for part in (".snakemake", "planted") for path in (copy / part).rglob("*") if path.is_file()]
    assert len(written) > 20
    assert [path for path in written if b"Testperson" in path.read_bytes()] == []


def test_a_missing_input_stops_even_a_build_that_is_up_to_date(copy):
    """Snakemake alone says 'nothing to be done' when an input has gone and its results are there."""
    study = config.read(copy / "config" / "config.yaml")
    study["policy"]["inputs"]["register"] = "my folder/no register.csv"
    study["regions"]["lookup"] = "config"
    (copy / "gone.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = build(copy, "--configfile", "gone.yaml")
    assert done.returncode != 0
    assert "my folder/no register.csv (policy.inputs.register): this file does not exist." in said(done)
    assert "config (regions.lookup): this is a folder." in said(done)


def test_check_lists_all_problems_at_once(copy):
    study = config.read(copy / "config" / "config.yaml")
    study.pop("demonstration")
    study["study"]["data"] = "public"
    study["survey"]["inputs"]["responses"] = "nowhere.sav"
    study["service"]["inputs"]["denominators"] = "nothing.csv"
    (copy / "two.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = python(copy, "-m", "genequity.check", "two.yaml")
    assert done.returncode == 1
    assert "nowhere.sav (survey.inputs.responses): this file does not exist" in done.stdout
    assert "nothing.csv (service.inputs.denominators): this file does not exist" in done.stdout
    assert "2 problems" in done.stdout


def test_a_typed_setting_is_answered_before_anything_runs(copy):
    text = (copy / "config" / "config.yaml").read_text().replace("comparator: White", "comparater: White")
    (copy / "typo.yaml").write_text(text)
    done = build(copy, "--configfile", "typo.yaml")
    assert done.returncode != 0
    assert "there is no setting 'comparater'. Did you mean 'comparator'?" in said(done)
