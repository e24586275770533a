"""One run at a time in a results folder: who holds it, since when, and whether an earlier run was killed.

A run holds a lock on ``<results>/logs/run.json`` as long as it lives. The system gives the lock back when the process
dies, however it dies, so that no lock of a dead run has to be removed by hand. Standard library only.
"""

from __future__ import annotations

import atexit
import base64
import json
import os
import re
import shlex
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genequity import files

RECORD = "logs/run.json"
FOLDER = "GENEQUITY_RUN"  # the results folder, in the environment of every process of a run
VERB = "GENEQUITY_VERB"  # the verb that started a run, as a JSON list of words
UNFINISHED = Path(".snakemake")
LEAST_FREE = 100e6  # bytes without which no run starts; the whole demonstration takes about 15 MB
# With these Snakemake looks, and runs nothing.
LOOKS = {
    *("-n", "--dry-run", "--dryrun", "--lint", "-S", "--summary", "-D", "--detailed-summary", "--archive", "--unlock"),
    *("-l", "--list", "--list-rules", "--lt", "--list-target-rules", "--dag", "--rulegraph", "--filegraph", "--d3dag"),
    *("--lc", "--list-changes", "--li", "--list-input-changes", "--lp", "--list-params-changes", "--list-untracked"),
    *("--lu", "--print-compilation", "--report", "--containerize", "--cleanup-metadata", "--generate-unit-tests"),
}


@dataclass(frozen=True)
class Run:
    """What is known of the last run of a results folder.

    Parameters
    ----------
    pid : int
        Process of Snakemake.
    host : str
        Machine it ran on.
    began, ended : float
        Seconds since 1970; ``ended`` is 0 while it runs and when it was killed.
    verb : list of str
        The verb that started it, with its options; empty for plain ``snakemake``.
    alive : bool
        Whether it still holds the results folder.
    outcome : str
        ``finished``, ``failed`` or ``stopped``, as far as the verb could say.
    starter : int
        Process of the verb that started it; 0 for plain ``snakemake``.
    """

    pid: int
    host: str
    began: float
    ended: float
    verb: list[str]
    alive: bool
    outcome: str = ""
    starter: int = 0

    @property
    def ending(self) -> bool:
        """Whether it is at work although the verb that started it has gone: it ends after its running steps."""
        here = self.host == socket.gethostname()
        return self.alive and here and bool(self.starter) and not lives(self.starter)

    @property
    def killed(self) -> bool:
        """Whether it ended without tidying up."""
        return not self.alive and not self.ended


class Busy(Exception):
    """Another run holds the results folder; ``run`` says which."""

    def __init__(self, run: Run):
        self.run = run
        super().__init__(run)


def begin(results: str | Path, *, head: bool) -> None:
    """Hold a results folder for this Snakemake, or stop with a plain message; nothing when it only looks.

    Parameters
    ----------
    results : str or Path
        The study's results folder.
    head : bool
        Whether this is the Snakemake that a person started, and not one that works on a single step.
    """
    if not head or not _is_snakemake(sys.argv) or (_looks(sys.argv) and "--unlock" not in sys.argv):
        return
    unlocks = "--unlock" in sys.argv
    if fault := refusal(results, unlocks=unlocks):
        raise SystemExit(fault)
    if unlocks:
        return
    try:
        handle = hold(results)
    except Busy as other:
        raise SystemExit(busy(results, other.run)) from None
    if handle is None:  # Snakemake's own lock has to do
        return
    write(handle, began=time.time(), verb=_verb(), starter=os.getppid() if VERB in os.environ else 0)
    os.environ[FOLDER] = str(Path(results).resolve())
    atexit.register(_end, handle, os.getpid())


def refusal(results: str | Path, *, unlocks: bool = False) -> str:
    """Return why no run may start now: another is at work, one left its lock, or there is no room; else nothing.

    Parameters
    ----------
    results : str or Path
        The study's results folder.
    unlocks : bool
        Whether the lock of a killed run is about to be taken away.
    """
    if fault := room(results):
        return fault
    run = last(results)
    if run and run.alive:
        return busy(results, run)
    return left_locked(results, run) if run and run.killed and locks(results) and not unlocks else ""


def hold(results: str | Path) -> int | None:
    """Take the lock of a results folder and return its handle; none where the system has no such locks (Windows).

    Raises
    ------
    Busy
        If a run has it.
    """
    try:
        import fcntl
    except ImportError:
        return None
    path = Path(results) / RECORD
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        run = read(handle, alive=True)
        os.close(handle)
        raise Busy(run or Run(0, "", time.time(), 0, [], True)) from None
    except OSError:  # a file system without locks: its record has to do
        run = read(handle, alive=True)
        if run and not run.ended and (run.host != socket.gethostname() or lives(run.pid)):
            os.close(handle)
            raise Busy(run) from None
    return handle


def last(results: str | Path) -> Run | None:
    """Return the last run of a results folder; none when there was none."""
    if not (Path(results) / RECORD).is_file():
        return None
    try:
        handle = hold(results)
    except Busy as other:
        return other.run
    if handle is None:
        return None
    try:
        return read(handle)
    finally:
        os.close(handle)


def write(
    handle: int, *, began: float, verb: Sequence[str], ended: float = 0, outcome: str = "", starter: int = 0
) -> None:
    """Write what is known of this run through the handle that holds the lock."""
    told = {"pid": os.getpid(), "host": socket.gethostname(), "began": began, "ended": ended, "verb": list(verb)}
    text = json.dumps(told | {"outcome": outcome, "starter": starter}, indent=1).encode() + b"\n"
    try:
        os.pwrite(handle, text, 0)
        os.ftruncate(handle, len(text))
    except OSError:  # the disk is full: the lock holds all the same
        return


def close(results: str | Path, outcome: str) -> None:
    """Add how a run ended to its record, once its process has gone."""
    try:
        handle = hold(results)
    except (Busy, OSError):
        return
    if handle is not None:
        run = read(handle)
        if run and (run.ended or outcome == "stopped") and not (run.killed and locks(results)):
            ended = run.ended or time.time()
            write(handle, began=run.began, verb=run.verb, ended=ended, outcome=outcome, starter=run.starter)
        os.close(handle)


def busy(results: str | Path, run: Run) -> str:
    """Return what a second run in the same folder is told."""
    who = f"process {run.pid}" + (f" on {run.host}" if run.host != socket.gethostname() else "")
    return (
        f"\nAnother run is at work in {Path(results).as_posix()}/ ({who}, since {clock(run.began)}).\n"
        "Nothing was changed. Wait until it ends, then give the command again.\n"
    )


def left_locked(results: str | Path, run: Run) -> str:
    """Return what is said when an earlier run was killed and left its lock."""
    return (
        f"\nAn earlier run in {Path(results).as_posix()}/ was killed (process {run.pid}, begun {clock(run.began)}) "
        f"and left its lock.\nNothing was changed. To go on from there: {command(run)}\n"
    )


def command(run: Run | None, verb: str = "recover") -> str:
    """Return the command that goes on after a run, as a person types it."""
    words = run.verb if run else []
    named = {"STUDY": "--study", "PACK": "--pack", "APPROVAL": "--approval"}
    given = {name: option(words, flag) for name, flag in named.items()}
    return " ".join(["make", verb, *(f"{name}={shlex.quote(value)}" for name, value in given.items() if value)])


def option(words: Sequence[str], flag: str) -> str | None:
    """Return what follows a flag among the words of a verb.

    >>> option(["report", "--study", "mine.yaml"], "--study")
    'mine.yaml'
    """
    places = [place for place, word in enumerate(words[:-1]) if word == flag]
    return words[places[0] + 1] if places else None


def clock(seconds: float) -> str:
    """Return a time for people: the hour alone today, the day with it before.

    >>> clock(0).endswith("1970") or clock(0).endswith("1969")
    True
    """
    then = time.localtime(seconds)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("%H:%M" if today else "%H:%M on %d %B %Y", then)


def room(results: str | Path) -> str:
    """Return why no step could write into a results folder: no permission, or too little free space; else nothing."""
    folder = Path(results)
    there = next(path for path in [folder, *folder.absolute().parents] if path.exists())
    shown = folder.as_posix()
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return f"\nThe folder {shown}/ cannot be written to. Change its permissions, or 'results' in the config.\n"
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE:
        return (
            f"\nThe disk of {shown}/ has {free / 1e6:,.0f} MB left; a run needs at least {LEAST_FREE / 1e6:,.0f} MB.\n"
            "Nothing was changed. Free some space, then give the command again.\n"
        )
    return ""


def owner(path: str | Path) -> Path | None:
    """Return the results folder that a file lies in: the nearest above it that a run has ever held."""
    return next((folder for folder in Path(path).parents if (folder / RECORD).is_file()), None)


def locks(results: str | Path) -> list[Path]:
    """Return Snakemake's lock files of a results folder; those of other folders' runs are left out."""
    folder = Path(results)
    return [path for path in sorted((UNFINISHED / "locks").glob("*.lock")) if _names(path, folder)]


def _is(one: Path | None, other: Path) -> bool:
    return one is not None and one.resolve() == other.resolve()


def _names(lock: Path, results: Path) -> bool:
    named = lock.read_text(encoding="utf-8", errors="replace").splitlines()
    return any(_is(owner(name), results) for name in named)


def incomplete(results: str | Path) -> list[tuple[Path, Path]]:
    """Return the outputs that a run began to write and did not end, each with Snakemake's mark of it."""
    folder, marks = Path(results), UNFINISHED / "incomplete"
    found = []
    for mark in sorted(path for path in marks.rglob("*") if path.is_file()):
        name = "".join(part.removeprefix("@") for part in mark.relative_to(marks).parts)
        try:
            output = Path(base64.urlsafe_b64decode(name).decode())
        except ValueError:
            continue
        held = owner(output)
        if output.resolve().is_relative_to(folder.resolve()) and (held is None or _is(held, folder)):
            found.append((output, mark))
    return found


def parts(results: str | Path) -> list[Path]:
    """Return temporary files that killed steps left; those of results folders within this one are left out."""
    folder = Path(results)
    return [path for path in sorted(folder.rglob(".*")) if files.is_part(path) and owner(path) in (folder, None)]


def orphans(results: str | Path) -> list[int]:
    """Return the processes of a dead run of a results folder that still work; Linux only, none elsewhere.

    Steps that a cluster's scheduler started are left out: they are its to end.
    """
    mark = f"{FOLDER}={Path(results).resolve()}".encode()
    own = {os.getpid(), os.getppid()}
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            variables = entry.read_bytes().split(b"\0")
        except OSError:
            continue
        pid = int(entry.parent.name)
        scheduled = any(variable.startswith(b"SLURM_JOB_ID=") for variable in variables)
        if mark in variables and pid not in own and (not scheduled or "SLURM_JOB_ID" in os.environ):
            found.append(pid)
    return sorted(found)


def end(pids: Sequence[int], patience: float = 5) -> None:
    """End processes: asked first, killed when they do not go."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                continue
        until = time.monotonic() + patience
        while time.monotonic() < until and any(map(lives, pids)):
            time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether a process of this machine is there and not yet over."""
    if not Path("/proc/self/stat").exists():
        return _answers(pid)
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read(handle: int, *, alive: bool = False) -> Run | None:
    """Return what the record behind a handle says; none when it says nothing."""
    try:
        told: dict[str, Any] = json.loads(os.pread(handle, 1 << 16, 0))
        return Run(
            int(told["pid"]),
            str(told["host"]),
            float(told["began"]),
            float(told["ended"]),
            [str(word) for word in told["verb"]],
            alive,
            str(told.get("outcome", "")),
            int(told.get("starter", 0)),
        )
    except (ValueError, KeyError, TypeError):  # empty, or cut off by a full disk
        return None


def _end(handle: int, pid: int) -> None:
    if os.getpid() == pid:
        run = read(handle)
        began, starter = (run.began, run.starter) if run else (time.time(), 0)
        write(handle, began=began, verb=_verb(), ended=time.time(), starter=starter)


def _verb() -> list[str]:
    """Return the verb that started this run; for plain ``snakemake`` the one that does the same."""
    try:
        return [str(word) for word in json.loads(os.environ[VERB])]
    except (KeyError, ValueError):
        return typed(sys.argv)


def typed(arguments: Sequence[str]) -> list[str]:
    """Return the verb that does what a plain ``snakemake`` does.

    >>> typed(["snakemake", "--cores", "2", "--configfile", "mine.yaml", "--", "results/x.csv"])
    ['report', '--study', 'mine.yaml', 'results/x.csv']
    >>> typed(["snakemake", "-c2", "--snakefile", "workflow/outside.smk", "--config", "pack=here/pack.zip"])
    ['outside', '--pack', 'here/pack.zip']
    """
    if any(word.endswith("outside.smk") for word in arguments):
        settings = [word.partition("=") for word in arguments if word.startswith(("pack=", "approval="))]
        return ["outside", *(word for name, _, value in settings for word in (f"--{name}", value))]
    study = next(filter(None, (option(arguments, flag) for flag in ("--configfile", "--configfiles"))), None)
    targets = list(arguments[list(arguments).index("--") + 1 :]) if "--" in arguments else []
    return ["report", *(["--study", study] if study else []), *targets]


def _is_snakemake(arguments: Sequence[str]) -> bool:
    program = Path(arguments[0])
    return program.name == "snakemake" or program.parent.name == "snakemake"


def _looks(arguments: Sequence[str]) -> bool:
    return any(word in LOOKS or re.fullmatch(r"-[npqrkFf]*n[npqrkFf]*", word) for word in _words(arguments))


def _words(arguments: Sequence[str]) -> Iterator[str]:
    for word in arguments[1:]:
        if word == "--":
            return
        yield word.split("=")[0]
