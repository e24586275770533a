"""The one command after any disturbance: ``genequity recover`` tidies up after a run that ended badly, and goes on.

Steps write each file under another name and rename it when it is whole, so that nothing half-written has a file's real
name. What is left to do: make sure that no other run is at work, end processes that outlived theirs, take Snakemake's
lock away, remove temporary files and the outputs of steps that did not end, find files that were altered or cut off
since (``genequity.checksums``), and build. Standard library only, until the build begins.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from genequity import checksums, commands, runs, setup, verbs

GOES_ON = ("report", "inside", "outside", "real", "cluster")  # verbs that a run can have been started with
ENVIRONMENTS = {"inside": "inside", "cluster": "slurm"}  # of verbs that do not use the ordinary one
NAMED = 5


@dataclass
class Tidied:
    """What was done: sentences to tell, and the files that have to be made again."""

    said: list[str] = field(default_factory=list)
    again: list[Path] = field(default_factory=list)


def recover(options: argparse.Namespace) -> int:
    """Tidy up after the last run of a study, and go on with it."""
    if fault := commands.no_study(options.study):
        return fault
    folder = commands.OUTSIDE if options.pack else commands.results(options.study)
    if fault := runs.room(folder):
        print(fault, file=sys.stderr)
        return 1
    try:
        _wait(folder)
        earlier, done = tidy(folder)
    except runs.Busy as other:
        print(runs.busy(folder, other.run), file=sys.stderr)
        return 1
    words = _words(options, earlier)
    setup.ensure(ENVIRONMENTS.get(words[0], "run"))
    outputs = _outputs(words)
    names = {Path(name).resolve(): name for name in outputs}  # as Snakemake writes them
    again = [*done.again, *_unrecorded(folder, outputs), *_gone(folder, outputs)]
    commands.made_again[:] = sorted({names[path.resolve()] for path in again if path.resolve() in names})
    for text in done.said or ["Nothing was left behind by an earlier run, and every file is as its step wrote it."]:
        print(text)
    print(f"Going on: {' '.join(words)}", flush=True)
    return verbs.run(words)


def _wait(folder: Path) -> None:
    """Wait for a run whose verb was killed: it ends by itself after its running steps."""
    run = runs.last(folder)
    if run and run.ending:
        print(
            f"A run whose command was killed ends after its running steps (process {run.pid}): waiting ...", flush=True
        )
        while run and run.ending:
            time.sleep(0.2)
            run = runs.last(folder)


def tidy(results: str | Path) -> tuple[runs.Run | None, Tidied]:
    """Tidy up a results folder; return the run that was there and what was done.

    Parameters
    ----------
    results : str or Path
        The study's results folder.

    Raises
    ------
    runs.Busy
        If a run is at work there; nothing is changed then.
    """
    folder, done = Path(results), Tidied()
    handle = runs.hold(folder)
    try:
        earlier = runs.read(handle) if handle is not None else None
        _processes(folder, done)
        _locks(folder, done)
        _half_written(folder, done)
        _altered(folder, done)
        if handle is not None and earlier and earlier.killed:
            runs.write(handle, began=earlier.began, verb=earlier.verb, ended=earlier.began, outcome="killed")
    finally:
        if handle is not None:
            os.close(handle)
    return earlier, done


def _processes(folder: Path, done: Tidied) -> None:
    left = runs.orphans(folder)
    if left:
        runs.end(left)
        done.said.append(f"Ended {_count(len(left), 'process', 'processes')} that a killed run had left at work.")


def _locks(folder: Path, done: Tidied) -> None:
    locks = runs.locks(folder)
    for lock in locks:
        lock.unlink(missing_ok=True)
    if locks:
        done.said.append("Took away the lock that a killed run had left.")


def _half_written(folder: Path, done: Tidied) -> None:
    parts = runs.parts(folder)
    for path in parts:
        path.unlink(missing_ok=True)
    if parts:
        done.said.append(
            f"Removed {_count(len(parts), 'temporary file', 'temporary files')} of steps that did not end."
        )
    removed = []
    for output, mark in runs.incomplete(folder):
        if output.exists():
            _remove(output)
            removed.append(output)
        mark.unlink(missing_ok=True)
    if removed:
        done.said.append(f"Removed what steps that did not end may have begun: {_few(removed)}.")
    done.again += removed


def _altered(folder: Path, done: Tidied) -> None:
    records = folder / checksums.FOLDER
    for record in sorted(path for path in records.rglob("*") if path.is_file() and not _readable(path)):
        done.again.append(folder / record.relative_to(records))
        record.unlink()
    for path, fault in checksums.problems(folder):
        done.said.append(f"Removed {path.as_posix()}: {fault}.")
        _remove(path)
        done.again.append(path)


def _unrecorded(folder: Path, outputs: set[str]) -> set[Path]:
    """Return outputs that are there without a record of what their step wrote: the step did not come to its end.

    Without Snakemake's own marks (its folder was lost) this is what tells them. Results from before records were kept
    have none at all; they are left as they are.
    """
    records = folder / checksums.FOLDER
    if not records.is_dir():
        return set()
    there = [Path(path) for path in outputs if Path(path).is_file() and Path(path).is_relative_to(folder)]
    return {path for path in there if not (records / path.relative_to(folder)).exists()}


def _gone(folder: Path, outputs: set[str]) -> set[Path]:
    """Return outputs that a step wrote and that are no longer there; Snakemake does without them if it can."""
    inside = [Path(path) for path in outputs if Path(path).is_relative_to(folder) and not Path(path).exists()]
    return {path for path in inside if (folder / checksums.FOLDER / path.relative_to(folder)).is_file()}


def _outputs(words: Sequence[str]) -> set[str]:
    """Return the files that the build of a verb makes, as Snakemake names them; none where it cannot be asked."""
    study = runs.option(words, "--study") or (commands.REAL if words[0] == "real" else None)
    kind, asked = ENVIRONMENTS.get(words[0], "run"), {"study": study}
    if words[0] == "inside":
        asked["targets"] = [(commands.results(study, kind) / "pack.zip").as_posix()]
    if words[0] == "outside":
        settings = {name: runs.option(words, f"--{name}") for name in ("pack", "approval")}
        asked = {"snakefile": commands.SNAKEFILE_OUTSIDE, "settings": {k: v for k, v in settings.items() if v}}
    command = [str(setup.python(kind)), "-m", "genequity.plan", json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, env=commands.with_library())
    return set(done.stdout.splitlines()) if done.returncode == 0 else set()


def _words(options: argparse.Namespace, earlier: runs.Run | None) -> list[str]:
    """Return the verb to go on with: that of the run before, else the report of the study."""
    if earlier and earlier.verb and earlier.verb[0] in GOES_ON:
        words = list(earlier.verb)
        if options.cores and "--cores" in words:
            words[words.index("--cores") + 1] = options.cores
    else:
        words = ["outside" if options.pack else "report"]
        given = {"--study": options.study, "--pack": options.pack, "--approval": options.approval}
        words += [word for flag, value in given.items() if value for word in (flag, value)]
        words += ["--cores", options.cores] if options.cores else []
    return [*words, "--verbose"] if options.verbose and "--verbose" not in words else words


def _readable(record: Path) -> bool:
    """Whether a record of a file's checksum is whole; one that was cut off says nothing of its file."""
    text = record.read_text(encoding="utf-8", errors="replace")
    return bool(re.match(r"[0-9a-f]{64}  .+\n# \d+ bytes", text))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _few(paths: Sequence[Path]) -> str:
    names = [path.as_posix() for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"
