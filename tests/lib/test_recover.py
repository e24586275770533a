"""Runs, locks and leftovers: who is at work, what a killed run left, what recovery removes and what it leaves."""

import base64
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from genequity import checksums, failures, files, recover, runs

HOLDER = """
import os, sys, time
from genequity import runs
handle = runs.hold("results")
runs.write(handle, began=time.time(), verb=["report", "--study", "mine.yaml"])
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def other_run(project):
    """Another process that holds the results folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=project, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


def lock(project: Path, *names: str) -> Path:
    folder = project / ".snakemake" / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir()))}.output.lock"
    path.write_text("\n".join(names) + "\n")
    return path


def incomplete(project: Path, name: str) -> Path:
    """Mark a file as Snakemake does."""
    folder = project / ".snakemake" / "incomplete"
    words = base64.urlsafe_b64encode(name.encode()).decode()
    parts = [words[place : place + 254] for place in range(0, len(words), 254)]
    mark = folder.joinpath(*(f"@{part}" for part in parts[:-1]), parts[-1])
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text("{}")
    return mark


def killed(folder: str = "results") -> None:
    """Leave the record of a run that did not come to its end."""
    handle = runs.hold(folder)
    runs.write(handle, began=time.time(), verb=["report", "--study", "my study.yaml"])
    os.close(handle)


def test_a_folder_that_a_run_holds_is_refused_until_it_dies(other_run):
    with pytest.raises(runs.Busy) as caught:
        runs.hold("results")
    assert caught.value.run.pid == other_run.pid
    assert runs.last("results").alive
    refused = runs.refusal("results")
    assert f"Another run is at work in results/ (process {other_run.pid}, since " in refused
    assert "Nothing was changed" in refused
    other_run.kill()
    other_run.wait()
    assert runs.last("results").killed
    assert runs.refusal("results") == ""  # it left no lock of Snakemake's: nothing is in the way


def test_recovery_changes_nothing_while_a_run_is_at_work(other_run, project):
    part = project / "results" / ".x.part1.csv"
    part.write_text("half")
    with pytest.raises(runs.Busy):
        recover.tidy("results")
    assert part.exists()


def test_a_lock_of_a_killed_run_names_the_one_command(project):
    killed()
    lock(project, "results/x.csv")
    assert "To go on from there: make recover STUDY='my study.yaml'" in runs.refusal("results")
    assert runs.refusal("results", unlocks=True) == ""


def test_recovery_takes_away_what_was_left_and_says_so(project):
    killed()
    ours, foreign = lock(project, "config/x.yaml", "results/x.csv"), lock(project, "results/other/x.csv")
    (project / "results/other/logs").mkdir(parents=True)
    (project / "results/other/logs/run.json").write_text("{}")
    spared = project / "results/other/.y.part9.csv"
    spared.write_text("half")
    for name in ("x.csv", ".z.part12.csv", "whole.csv"):
        (project / "results" / name).write_text("a\n")
    long = "results/" + "/".join(["a folder with a long name"] * 12) + "/x.csv"
    marks = [incomplete(project, "results/x.csv"), incomplete(project, long), incomplete(project, "elsewhere/x.csv")]
    earlier, done = recover.tidy("results")
    assert earlier.verb == ["report", "--study", "my study.yaml"]
    assert done.said == [
        "Took away the lock that a killed run had left.",
        "Removed 1 temporary file of steps that did not end.",
        "Removed what steps that did not end may have begun: results/x.csv.",
    ]
    assert done.again == [Path("results/x.csv")]
    assert not ours.exists()
    assert foreign.exists()
    assert spared.exists()
    assert [mark.exists() for mark in marks] == [False, False, True]
    assert (project / "results/whole.csv").exists()
    assert not runs.last("results").killed
    assert recover.tidy("results")[1].said == []


def test_files_that_are_not_as_their_steps_wrote_them_are_removed(project):
    paths = [project / "results" / f"{name}.csv" for name in ("whole", "cut", "altered", "unknown")]
    for path in paths:
        files.write_text(path, "a,b\n1,2\n")
    checksums.record([f"results/{path.name}" for path in paths], "results")
    (project / "results/cut.csv").write_text("a,b\n")
    (project / "results/altered.csv").write_text("a,b\n1,3\n")
    (project / "results/checksums/unknown.csv").write_text("")  # the record itself was cut off
    _, done = recover.tidy("results")
    assert sorted(map(str, done.again)) == ["results/altered.csv", "results/cut.csv", "results/unknown.csv"]
    assert (project / "results/whole.csv").exists()
    assert not (project / "results/cut.csv").exists()
    assert any("results/cut.csv: the file was changed" in text for text in done.said)


def test_an_output_without_a_record_is_of_a_step_that_did_not_end(project):
    for name in ("recorded", "unrecorded"):
        files.write_text(f"results/{name}.csv", "a\n")
    outputs = {"results/recorded.csv", "results/unrecorded.csv", "results/absent.csv"}
    assert recover._unrecorded(Path("results"), outputs) == set()  # results from before records were kept
    checksums.record(["results/recorded.csv"], "results")
    assert recover._unrecorded(Path("results"), outputs) == {Path("results/unrecorded.csv")}


def test_an_output_that_somebody_deleted_is_made_again(project):
    for name in ("there", "gone", "other"):
        files.write_text(f"results/{name}.csv", "a\n")
    checksums.record([f"results/{name}.csv" for name in ("there", "gone", "other")], "results")
    for name in ("gone", "other"):
        (project / "results" / f"{name}.csv").unlink()
    assert recover._gone(Path("results"), {"results/there.csv", "results/gone.csv", "results/new.csv"}) == {
        Path("results/gone.csv")
    }


def test_without_locks_of_the_file_system_the_record_decides(project, monkeypatch):
    import fcntl

    def unsupported(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    killed()  # its process, this one, lives
    assert runs.last("results").alive
    told = json.loads((project / "results" / runs.RECORD).read_text())
    (project / "results" / runs.RECORD).write_text(json.dumps(told | {"pid": 2**22 + 1}))
    assert runs.last("results").killed
    (project / "results" / runs.RECORD).write_text(json.dumps(told | {"host": "another machine"}))
    assert runs.last("results").alive


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes through /proc")
def test_processes_that_outlived_their_run_are_ended(project):
    mark = {**os.environ, runs.FOLDER: str((project / "results").resolve())}
    ours = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], env=mark)
    other = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(60)"], env={**mark, runs.FOLDER: str(project / "results/other")}
    )
    try:
        deadline = time.monotonic() + 10
        while runs.orphans("results") != [ours.pid] and time.monotonic() < deadline:
            time.sleep(0.02)
        assert runs.orphans("results") == [ours.pid]
        _, done = recover.tidy("results")
        assert done.said == ["Ended 1 process that a killed run had left at work."]
        assert ours.wait(5) != 0
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_a_folder_without_room_or_permission_is_said_before_the_first_step(project, monkeypatch):
    assert runs.room("results") == ""
    usage = type("usage", (), {"free": 3_000_000})
    monkeypatch.setattr(runs.shutil, "disk_usage", lambda _: usage)
    assert "has 3 MB left; a run needs at least 100 MB" in runs.refusal("results")
    monkeypatch.setattr(runs.os, "access", lambda *_: False)
    assert "results/ cannot be written to" in runs.refusal("results")


def test_looking_and_single_steps_hold_nothing(project, monkeypatch):
    for arguments in (
        ["snakemake", "-np"],
        ["snakemake", "--lint"],
        ["pytest", "x"],
        ["/x/snakemake/__main__.py", "-n"],
    ):
        monkeypatch.setattr(sys, "argv", arguments)
        runs.begin("results", head=True)
    monkeypatch.setattr(sys, "argv", ["snakemake", "--cores", "1"])
    runs.begin("results", head=False)
    assert not (project / "results").exists()
    assert not runs._looks(["snakemake", "--cores", "1", "--", "-n"])
    assert not runs._looks(["snakemake", "-sSnakefile"])


def test_a_record_that_was_cut_off_is_no_obstacle(project):
    killed()
    (project / "results/logs/run.json").write_text('{"pid": 1')
    assert runs.last("results") is None
    assert runs.refusal("results") == ""


def test_recovery_goes_on_with_the_verb_that_was_interrupted():
    options = type("options", (), {"study": "my.yaml", "pack": None, "approval": None, "cores": None, "verbose": False})
    run = runs.Run(1, "here", 0, 0, ["inside", "--study", "my.yaml", "--cores", "2"], False)
    assert recover._words(options, run) == ["inside", "--study", "my.yaml", "--cores", "2"]
    assert recover._words(options, None) == ["report", "--study", "my.yaml"]
    options.cores, options.verbose = "1", True
    assert recover._words(options, run) == ["inside", "--study", "my.yaml", "--cores", "1", "--verbose"]
    strange = runs.Run(1, "here", 0, 0, ["clean"], False)
    assert recover._words(options, strange)[0] == "report"


def test_the_record_is_json(project):
    killed()
    told = json.loads((project / "results" / runs.RECORD).read_text())
    assert told["verb"] == ["report", "--study", "my study.yaml"]


KILLED = """RuleException:
CalledProcessError in file "workflow/rules/x.smk", line 114:
Command 'set -euo pipefail;  python x.py' died with <Signals.SIGKILL: 9>.
[Sun Nov 22 12:41:04 2026]
Error in rule survey_shares:
    jobid: 7
    log: results/logs/survey/shares.log (check log file(s) for error details)
"""


@pytest.mark.parametrize(
    ("text", "words", "verb"),
    [
        (KILLED, "survey shares  (log: results/logs/survey/shares.log)\nThis step was killed", "recover"),
        (
            KILLED.replace("died with <Signals.SIGKILL: 9>", "returned non-zero exit status 137"),
            "was killed",
            "recover",
        ),
        (
            KILLED.replace("died with <Signals.SIGKILL: 9>", "returned non-zero exit status 1"),
            "without saying why",
            "recover",
        ),
        ("OSError: [Errno 28] No space left on device: 'x'", "The disk is full", "recover"),
        ("LockException:\nError: Directory cannot be locked.", "locked by another run", "recover"),
        ("IncompleteFilesException:\nThe files below", "left incomplete files", "recover"),
        (
            "MissingInputException in rule x:\n    output: y\n    affected files:\n        mine.sav\n",
            "mine.sav",
            "check",
        ),
        ("MissingRuleException:\nNo rule to produce results/nothing.csv (if", "results/nothing.csv", "status"),
        ("PermissionError: [Errno 13] Permission denied: 'results/x.csv'", "results/x.csv", "recover"),
        ("Error: No module named 'snakemake'", "'snakemake'", "environment"),
        ('NameError in file "workflow/rules/x.smk", line 3:\nname y', '"workflow/rules/x.smk", line 3', "lint"),
    ],
)
def test_snakemakes_own_errors_are_put_into_plain_words(tmp_path, text, words, verb):
    said = "\n".join(failures.told(tmp_path, text, [], "mine.yaml"))
    assert words in said
    assert f"make {verb} STUDY=mine.yaml" in said
    assert "Exception" not in said
    assert "Errno" not in said


def test_a_step_that_spoke_for_itself_is_not_said_to_have_died(tmp_path):
    log = tmp_path / "survey" / "shares.log"
    log.parent.mkdir()
    log.write_text("=== stopped ===\n- mine.sav: this is wrong.\n")
    text = KILLED.replace("died with <Signals.SIGKILL: 9>", "returned non-zero exit status 1")
    said = failures.told(tmp_path, text, [log])
    assert len(said) == 1
    assert "mine.sav: this is wrong" in said[0]
    both = failures.told(tmp_path, text + KILLED.replace("survey", "policy"), [log])
    assert "policy shares" in both[1]  # its log has the same name, in another folder


def test_a_traceback_is_cut_down_to_what_it_ends_with(tmp_path):
    log = tmp_path / "x.log"
    log.write_text("=== stopped ===\nTraceback (most recent call last):\n  File x, line 1\nValueError: no such group\n")
    assert failures.message(log) == "An unexpected fault: ValueError: no such group\nThe log holds the whole of it."
