"""Why a file would be made again: asked of Snakemake itself, on a study of two steps that is really built."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from genequity import checksums, explain, plan, status

SNAKEFILE = """
rule all:
    input:
        "results/release/survey/shares.csv",


rule survey_people:
    \"\"\"Answers of the people asked.\"\"\"
    input:
        answers=config["survey"]["inputs"]["answers"],
        code=["library/reader.py"],
    output:
        people="results/restricted/survey/people.csv",
    log:
        "results/logs/survey/people.log",
    message:
        "Survey: answers"
    shell:
        "cp {input.answers} {output.people}"


rule survey_shares:
    \"\"\"Weighted share by group.\"\"\"
    input:
        people="results/restricted/survey/people.csv",
        code=["library/estimate.py"],
    output:
        shares="results/release/survey/shares.csv",
        flow="results/restricted/survey/shares.csv",
    log:
        "results/logs/survey/shares.log",
    params:
        level=config["survey"]["methods"]["level"],
        methods=config["survey"]["methods"],
    message:
        "Survey: shares"
    shell:
        "cp {input.people} {output.shares}; cp {input.people} {output.flow}"
"""
STUDY = "results: results\nsurvey:\n  inputs: {answers: answers.csv}\n  methods: {level: 0.95, rounds: 3}\n"
SHARES = "results/release/survey/shares.csv"


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    (folder / "Snakefile").write_text(SNAKEFILE)
    (folder / "mine.yaml").write_text(STUDY)
    (folder / "answers.csv").write_text("id,answer\n1,yes\n")
    (folder / "library").mkdir()
    for name in ("reader", "estimate"):
        (folder / "library" / f"{name}.py").write_text("x = 1\n")
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--configfile", "mine.yaml", "--quiet", "all"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def study(built, monkeypatch):
    """The built study; every file that a test changed is put back as it was, its time too."""
    monkeypatch.chdir(built)
    kept = {path: (path.read_bytes(), path.stat()) for path in built.rglob("*") if path.is_file()}
    yield built
    for path, (content, state) in kept.items():
        path.write_bytes(content)
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def told(capsys, name: str) -> str:
    assert explain.main(name, "mine.yaml") == 0
    return capsys.readouterr().out


def later(path: Path, text: str) -> None:
    path.write_text(text)
    then = path.stat().st_mtime + 100
    os.utime(path, (then, then))


def test_nothing_changed(study, capsys):
    text = told(capsys, "release/survey/shares")
    assert text.startswith(SHARES)
    assert "Made by      Survey: shares  (rule survey_shares)\n             Weighted share by group." in text
    assert "results/restricted/survey/people.csv  (" in text
    assert "level = 0.95  (config: survey.methods.level)" in text
    assert "It would NOT be made again: inputs, settings and code are as they were" in text
    assert "nothing: it is for people" in text


def test_a_touched_input_with_the_same_content(study, capsys):
    later(study / "answers.csv", "id,answer\n1,yes\n")
    assert "It would NOT be made again" in told(capsys, "restricted/survey/people.csv")


def test_an_input_whose_content_changed(study, capsys):
    later(study / "answers.csv", "id,answer\n1,no\n")
    text = told(capsys, "restricted/survey/people.csv")
    assert "It WOULD be made again, because\n  - changed input: answers.csv (was " in text
    assert "CHANGED since this step ran" in text
    after = told(capsys, SHARES)
    assert "it is made from what is made again first: Survey: answers" in after
    assert "changed" not in after.rpartition("because")[2]
    assert "It changed since they ran: Survey: answers." in told(capsys, "answers.csv")


def test_a_changed_setting_is_told_old_and_new(study, capsys):
    (study / "mine.yaml").write_text(STUDY.replace("0.95", "0.9"))
    text = told(capsys, SHARES).rpartition("because\n")[2]
    assert "- changed setting: level: 0.95 -> 0.9  (config: survey.methods.level)" in text
    assert "- changed setting: methods.level: 0.95 -> 0.9" in text
    assert "input" not in text
    assert "It would NOT be made again" in told(capsys, "restricted/survey/people.csv")


def test_an_edited_library_file(study, capsys):
    later(study / "library" / "estimate.py", "x = 2\n")
    text = told(capsys, SHARES).rpartition("because\n")[2]
    assert text.strip().splitlines()[0].startswith("- changed code file: library/estimate.py (was ")
    assert "It changed since they ran: Survey: shares." in told(capsys, "library/estimate.py")


def test_a_deleted_output(study, capsys):
    (study / SHARES).unlink()
    text = told(capsys, SHARES)
    assert "It is not there." in text
    assert "It WOULD be made again, because\n  - not there: results/release/survey/shares.csv" in text


def test_a_deleted_intermediate_that_nothing_needs(study, capsys):
    (study / "results/restricted/survey/people.csv").unlink()
    text = told(capsys, "survey/people")
    assert "It would NOT be made now: what is made from it is there and up to date." in text
    assert "make recover STUDY=mine.yaml" in text


def test_a_file_that_is_not_as_its_step_wrote_it(study, capsys):
    checksums.record([SHARES], "results")
    state = (study / SHARES).stat()
    (study / SHARES).write_text("id,answer\n1,yes")
    os.utime(study / SHARES, ns=(state.st_atime_ns, state.st_mtime_ns))
    text = told(capsys, SHARES)
    assert "It is not as its step wrote it: the file was changed since the step that made it" in text
    assert "To make it again: make recover STUDY=mine.yaml" in text


def test_a_name_that_is_no_file_or_several(study, capsys):
    assert explain.main("nothing like it", "mine.yaml") == 2
    assert "makes and reads no 'nothing like it'" in capsys.readouterr().err
    assert explain.main("shares.cvs", "mine.yaml") == 2
    assert "release/survey/shares.csv" in capsys.readouterr().err
    assert told(capsys, "survey/shares").startswith(SHARES)  # the released one goes before the restricted one


def test_status_groups_what_is_to_do_by_its_reason(study):
    assert "survey  up to date" in " ".join(status.lines(plan.steps("mine.yaml")[0], Path("results"), "mine.yaml"))
    later(study / "answers.csv", "id,answer\n1,no\n")
    said = "\n".join(status.lines(plan.steps("mine.yaml")[0], Path("results"), "mine.yaml"))
    assert "No run is going on; none was recorded here." in said
    assert "survey  2 of 2 steps to do" in said
    assert "changed input: answers.csv  (Survey: answers)" in said
    assert "follows from earlier steps  (Survey: shares)" in said
    assert said.endswith("2 of 2 steps to do: make report STUDY=mine.yaml")


def test_settings_that_differ_are_paired_with_what_they_were():
    old, new = ["0.95", "{'level': 0.95, 'rounds': 3}"], ["0.9", "{'level': 0.9, 'rounds': 3}"]
    settings = {"level": 0.9, "methods": {"level": 0.9, "rounds": 3}}
    assert list(explain.changes(old, new, settings, {})) == ["level: 0.95 -> 0.9", "methods.level: 0.95 -> 0.9"]
    assert list(explain.changes([], ["7"], {"seed": 7}, {})) == ["seed: new, 7"]
    assert list(explain.changes(["'old'"], [], {}, {})) == ["no longer used: old"]
