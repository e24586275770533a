"""Whatever happens to a run, `make recover` ends it: the same bytes as an undisturbed run, and a plain message before.

One small study (the demonstration's interviews alone, with its report) is built undisturbed once. Each test disturbs a
build of it in its own way, at a point that a log shows to have been reached, and recovers.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import clone
from genequity import config, runs

pytestmark = pytest.mark.slow

VERB = "import sys; from genequity import setup, verbs; setup.ensure = lambda kind: None; sys.exit(verbs.run(sys.argv[1:]))"
STUDY = "one.yaml"
THEMES = "results/logs/interviews/themes.log"  # is there as soon as its step is at work
PATIENCE = 120  # seconds


def verb(folder: Path, *arguments: str) -> list[str]:
    return [str(folder / ".venv" / "bin" / "python"), "-c", VERB, *arguments, "--study", STUDY]


def plain(folder: Path, *arguments: str) -> list[str]:
    return [
        str(folder / ".venv" / "bin" / "python"),
        "-m",
        "snakemake",
        "--cores",
        "2",
        "--configfile",
        STUDY,
        *arguments,
    ]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", runs.FOLDER, runs.VERB)}
    return kept | {"PYTHONUNBUFFERED": "1"}


def start(folder: Path, command: list[str]) -> subprocess.Popen:
    """Start a command as a shell would: in a process group of its own, its words to a file."""
    with (folder / "said.txt").open("wb") as said:
        return subprocess.Popen(
            command, cwd=folder, env=environment(), stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )


def said(folder: Path) -> str:
    return (folder / "said.txt").read_text(encoding="utf-8", errors="replace")


def once(condition: Callable[[], object], process: subprocess.Popen | None = None) -> object:
    """Wait until something is so; fail when the process ends before, or when it takes too long."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if found := condition():
            return found
        assert process is None or process.poll() is None, "the run ended before it could be disturbed"
        time.sleep(0.01)
    raise AssertionError("what the test waited for did not come")


def step_of(folder: Path, word: str) -> int:
    """Return the process that works on a step, or 0."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[1].startswith(str(folder).encode()) and words[1].endswith(f".{word}.py".encode()):
            return int(entry.parent.name)
    return 0


def bytes_of(folder: Path) -> dict[str, str]:
    """Return SHA-256 by file of what is released and of the report."""
    results = folder / "results"
    kept = [path for part in ("release", "pack", "report") for path in (results / part).rglob("*") if path.is_file()]
    kept = [path for path in kept if "executed" not in path.parts] + [results / "pack.zip"]
    return {str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}


def wipe(folder: Path) -> None:
    """Take away what the steps after the demonstration's inputs wrote, as before a first run."""
    results = folder / "results"
    for part in ("restricted", "release", "report", "pack", "logs/interviews"):
        shutil.rmtree(results / part, ignore_errors=True)
        shutil.rmtree(results / "checksums" / part, ignore_errors=True)
    (results / "pack.zip").unlink(missing_ok=True)


def recovered(folder: Path, expected: dict[str, str]) -> str:
    """Give the one documented command and nothing else; return what it said, once the bytes are right."""
    done = subprocess.run(
        verb(folder, "recover"), cwd=folder, env=environment(), capture_output=True, text=True, timeout=600
    )
    text = done.stdout + done.stderr
    assert done.returncode == 0, text
    assert bytes_of(folder) == expected
    assert not runs_left(folder)
    return text


def runs_left(folder: Path) -> list[Path]:
    left = [*(folder / "results").rglob(".*.part*"), *(folder / ".snakemake" / "locks").glob("*")]
    return [*left, *(path for path in (folder / ".snakemake" / "incomplete").rglob("*") if path.is_file())]


def status(folder: Path) -> str:
    done = subprocess.run(verb(folder, "status"), cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def one_strand(folder: Path) -> Path:
    """Return a copy of the project whose study is the demonstration's interviews alone."""
    clone(folder)
    study = config.read(folder / "config" / "config.yaml")
    for section in config.SECTIONS:
        if section != "interviews":
            study[section] = None
    (folder / STUDY).write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    folder = one_strand(tmp_path_factory.mktemp("faults") / "my study")
    done = subprocess.run(verb(folder, "report"), cwd=folder, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    expected = bytes_of(folder)
    assert len(expected) > 20
    return folder, expected


@pytest.fixture
def study(undisturbed) -> Iterator[tuple[Path, dict[str, str]]]:
    """The study with its results wiped, so that nearly every step is to do; nothing of it at work afterwards."""
    folder, expected = undisturbed
    wipe(folder)
    yield folder, expected
    runs.end(runs.orphans(folder / "results"))
    shutil.rmtree(folder / ".snakemake" / "locks", ignore_errors=True)


def test_a_killed_command_lets_its_steps_end_and_is_recovered(study):
    """kill -9 of the verb: Snakemake notices, and no run goes on unseen."""
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    run.kill()
    run.wait()
    text = recovered(folder, expected)
    assert "Traceback" not in text


def test_a_killed_snakemake_is_recovered(study):
    """kill -9 of Snakemake itself: its lock stays, and everybody is told the one command."""
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    head = runs.last(folder / "results").pid
    os.kill(head, signal.SIGKILL)
    once(lambda: not runs.lives(head))
    assert run.wait(30) == 1
    assert "Snakemake itself was killed" in said(folder)
    assert f"To go on: make recover STUDY={STUDY}" in said(folder)
    for command in (verb(folder, "report"), plain(folder), plain(folder, "--rerun-incomplete")):
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
        assert done.returncode == 1
        assert f"To go on from there: make recover STUDY={STUDY}" in done.stderr
        assert "Traceback" not in done.stderr
    assert "was killed before its end" in status(folder)
    assert "Took away the lock" in recovered(folder, expected)


def test_a_killed_step_is_named_and_recovered(study):
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    os.kill(once(lambda: step_of(folder, "themes"), run), signal.SIGKILL)
    assert run.wait(PATIENCE) == 1
    last = said(folder).rpartition("What went wrong")[2]
    assert f"interviews themes  (log: {THEMES})\nThis step was killed" in last
    assert f"To go on: make recover STUDY={STUDY}" in last
    assert "Traceback" not in last
    recovered(folder, expected)


def test_ctrl_c_stops_at_once_and_is_recovered(study):
    """Ctrl-C reaches the whole process group."""
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    began = time.monotonic()
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(PATIENCE) == 130
    assert time.monotonic() - began < 10
    assert "Finished steps are kept" in said(folder)
    assert "Traceback" not in said(folder)
    assert not list((folder / ".snakemake" / "locks").glob("*"))
    assert "was stopped" in status(folder)
    recovered(folder, expected)


def test_sigterm_lets_running_steps_finish_and_is_recovered(study):
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    run.terminate()
    assert run.wait(PATIENCE) == 130
    assert (folder / "results" / "restricted" / "interviews" / "matrix.csv").exists()
    assert not (folder / "results" / "report").exists()
    recovered(folder, expected)


def test_a_second_run_is_refused_at_once_and_changes_nothing(study):
    folder, expected = study
    run = start(folder, verb(folder, "report"))
    once((folder / THEMES).exists, run)
    pid = runs.last(folder / "results").pid
    assert pid > 0
    os.kill(pid, signal.SIGSTOP)  # so that it is still at work however long the questions take
    second = [verb(folder, "report"), verb(folder, "recover"), plain(folder), plain(folder, "--unlock")]
    for command in second:
        began = time.monotonic()
        done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True)
        assert done.returncode == 1, command
        assert f"Another run is at work in results/ (process {pid}" in done.stderr
        assert "Traceback" not in done.stderr
        assert time.monotonic() - began < 20
    assert "A run is going on" in status(folder)
    os.kill(pid, signal.SIGCONT)
    assert run.wait(PATIENCE) == 0
    assert bytes_of(folder) == expected
    recovered(folder, expected)


def test_a_full_disk_is_said_in_plain_words_and_recovered(undisturbed, tmp_path):
    """A disk of 200 MB that another program fills while a step is at work."""
    built, expected = undisturbed
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("the program mount may not make a disk of limited size here (it needs root)")
    try:
        folder = one_strand(disk / "study")
        for part in ("results", ".snakemake"):
            shutil.copytree(built / part, folder / part, dirs_exist_ok=True)
        wipe(folder)
        run = start(folder, verb(folder, "report"))
        once((folder / THEMES).exists, run)
        ballast = folder / "ballast"
        with ballast.open("wb", buffering=0) as handle:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while handle.write(b"\0" * size):
                        pass
                except OSError:
                    continue
        assert run.wait(PATIENCE) == 1
        ballast.unlink()
        # What it said lay on the full disk too; the verb is asked again, on a disk that is full from the start.
        ballast.write_bytes(b"\0" * (shutil.disk_usage(disk).free - 50_000_000))
        full = subprocess.run(verb(folder, "report"), cwd=folder, env=environment(), capture_output=True, text=True)
        assert full.returncode == 1
        assert "MB left; a run needs at least 100 MB" in full.stderr
        ballast.unlink()
        assert "Traceback" not in recovered(folder, expected)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_files_that_were_cut_off_or_altered_are_found_and_made_again(undisturbed):
    """With their old times, so that Snakemake sees nothing."""
    folder, expected = undisturbed
    strand = folder / "results" / "restricted" / "interviews"
    cut, altered, gone = strand / "segments.parquet", strand / "prevalence.csv", strand / "quote_register.csv"
    times = {path: path.stat().st_mtime_ns for path in (cut, altered)}
    cut.write_bytes(cut.read_bytes()[:-100])
    rows = altered.read_text(encoding="utf-8")
    place = next(place for place in range(len(rows) - 1, 0, -1) if rows[place] in "12345678")
    altered.write_text(rows[:place] + "9" + rows[place + 1 :], encoding="utf-8")
    for path, then in times.items():
        os.utime(path, ns=(then, then))
    gone.unlink()
    blind = subprocess.run(verb(folder, "report"), cwd=folder, env=environment(), capture_output=True, text=True)
    assert "Nothing to do" in blind.stdout, blind.stdout + blind.stderr
    explained = subprocess.run(
        verb(folder, "explain", "restricted/interviews/prevalence.csv"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert "It is not as its step wrote it" in explained.stdout
    text = recovered(folder, expected)
    assert "Removed results/restricted/interviews/segments.parquet" in text
    assert "Removed results/restricted/interviews/prevalence.csv" in text
    assert gone.exists()


def test_a_lost_snakemake_folder_with_a_step_that_did_not_end_is_recovered(study):
    """Killed while it worked, and then somebody removed .snakemake: only the records of checksums know."""
    folder, expected = study
    run = start(folder, plain(folder))
    step = once(lambda: (folder / THEMES).exists() and step_of(folder, "themes"), run)
    os.kill(step, signal.SIGSTOP)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    os.kill(step, signal.SIGKILL)
    shutil.rmtree(folder / ".snakemake")
    strand = folder / "results" / "restricted" / "interviews"
    (strand / ".matrix.part4711.csv").write_text("half a ro", encoding="utf-8")
    (strand / "matrix.csv").write_text("half a ro", encoding="utf-8")  # as a tool without care would leave it
    assert runs.last(folder / "results").verb == ["report", "--study", STUDY]  # what the plain command came to
    for name in ("prevalence.csv", "framework.csv"):
        (strand / name).write_text("", encoding="utf-8")
    text = recovered(folder, expected)
    assert "Removed 1 temporary file" in text


def test_the_record_of_a_run_says_how_it_was_started(undisturbed):
    folder, _ = undisturbed
    told = json.loads((folder / "results" / runs.RECORD).read_text(encoding="utf-8"))
    assert told["verb"][:3] == ["report", "--study", STUDY]
    assert told["ended"] >= told["began"] > 0
    assert sys.platform != "linux" or told["starter"] > 0
