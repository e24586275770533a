"""What the verbs do: each sets up what it needs, runs it, and says what it made, and where."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

from genequity import failures, progress, runs, setup
from genequity.errors import MARK

ROOT = setup.ROOT
REAL = "config/real.yaml"
OUTSIDE = Path("results/outside")
SNAKEFILE_OUTSIDE = "workflow/outside.smk"
TITLE = "What went wrong"
CLOCK = 2  # seconds by which a file system's clock may be behind
made_again: list[str] = []  # files that the next run makes again whatever their time says (genequity.recover)
last_outcome = progress.Outcome(0, [], [], 0, 0)  # of the last Snakemake that a verb ran


def report(options: argparse.Namespace) -> int:
    """Build the report of a study."""
    if fault := no_study(options.study):
        return fault
    setup.ensure("run")
    start, began = time.monotonic(), time.time()
    folder = results(options.study)
    study = [] if options.study is None else ["--configfile", options.study]
    targets = options.targets or []
    code = snakemake([*study, *(["--", *targets] if targets else [])], options.cores, folder=folder, **shown(options))
    if code:
        print(went_wrong(folder / "logs", began, options.study), file=sys.stderr, end="")
    elif not options.targets:
        _made(folder / "report", start)
    return code


def shown(options: argparse.Namespace) -> dict[str, bool]:
    """Return how a verb shows its progress: the live line, or Snakemake's own output with ``--verbose``."""
    return {"verbose": bool(getattr(options, "verbose", False))}


def no_study(file: str | None) -> int:
    """Say that a study's config file is not there; return the exit status, 0 when it is."""
    if file is None or Path(file).is_file():
        return 0
    if Path(file).is_dir():
        print(f"The folder '{file}' holds no study.yaml: name the study's config file.", file=sys.stderr)
        return 2
    print(f"There is no config file '{file}'; paths start at {ROOT}.", file=sys.stderr)
    return 2


def _made(folder: Path, start: float) -> None:
    made = [path for name in ("report", "executive-summary") for path in sorted(folder.glob(f"{name}.*"))]
    idle = not last_outcome.total
    print("Nothing to do: everything is up to date." if idle else f"\nMade in {time.monotonic() - start:.0f} s:")
    for path in made:
        print(f"  {path}  ({path.stat().st_size / 1024:,.0f} kB)")
    print(f"Open {folder / 'report.html'} first; every step's log is in {folder.with_name('logs')}.")


def went_wrong(logs: Path, began: float, study: str | None = None) -> str:
    """Return why a build failed, to be printed last; nothing when no step failed and Snakemake said nothing.

    What the failed steps said comes first; a step that was killed, and Snakemake's own errors, are put into plain words
    with the one command that helps.

    Parameters
    ----------
    logs : Path
        The folder of logs.
    began : float
        When the build began (seconds since 1970); older logs are of earlier builds.
    study : str, optional
        The study's config file, for the commands.
    """
    recent = [path for path in sorted(logs.rglob("*.log")) if path.stat().st_mtime >= began - CLOCK]
    own = logs.parent / progress.LOG
    text = "\n".join(last_outcome.last)
    if own in recent:
        recent.remove(own)
        text = text or own.read_text(encoding="utf-8", errors="replace")
    said = failures.told(logs, text, recent, study)
    if last_outcome.code == -signal.SIGKILL:
        said.append(f"Snakemake itself was killed, by a person or by the system.\n{failures.go_on(study)}")
    if not said and text:
        said = [f"It stopped for a reason that has no plain words here. Everything it wrote: {own}\n"]
    if not said:
        return ""
    line = "=" * len(TITLE)
    earlier = logs.with_name("report") / "report.html"
    kept = f"The earlier report is as it was: {earlier}\n" if earlier.exists() else ""
    inputs = any(MARK in path.read_text(encoding="utf-8", errors="replace") for path in recent)
    check = f"Every problem of the inputs at once: {failures.make('check', study)}\n" if inputs else ""
    return "\n".join([f"\n{TITLE}\n{line}", *said, f"{kept}{check}"])


def inside(options: argparse.Namespace) -> int:
    """Write the release pack of a study, in an environment that has only what this needs."""
    if fault := no_study(options.study):
        return fault
    setup.ensure("inside")
    packages, size = setup.size("inside")
    print(f"The environment {setup.INSIDE.name} holds {packages} packages, {size / 1e6:,.0f} MB on disk.", flush=True)
    began, folder = time.time(), results(options.study, "inside")
    archive = folder / "pack.zip"
    study = [] if options.study is None else ["--configfile", options.study]
    code = snakemake([*study, "--", archive.as_posix()], options.cores, "inside", folder=folder, **shown(options))
    if code:
        print(went_wrong(folder / "logs", began, options.study), file=sys.stderr, end="")
    else:
        print(f"\nMade {archive} ({archive.stat().st_size / 1024:,.0f} kB): with its approval, it is all that leaves.")
        print(f"The output checkers read {archive.with_suffix('')}/ and begin with README.txt.")
    return code


def outside(options: argparse.Namespace) -> int:
    """Check a release pack and its approval, and build the report from it alone."""
    if not options.pack:
        print("Name the release pack: make outside PACK=path/to/pack.zip", file=sys.stderr)
        return 2
    setup.ensure("run")
    start, began = time.monotonic(), time.time()
    settings = [f"pack={options.pack}", *([f"approval={options.approval}"] if options.approval else [])]
    arguments = ["--snakefile", SNAKEFILE_OUTSIDE, "--config", *settings]
    code = snakemake(arguments, options.cores, folder=OUTSIDE, **shown(options))
    if code:
        print(went_wrong(OUTSIDE / "logs", began), file=sys.stderr, end="")
    else:
        _made(OUTSIDE / "report", start)
    return code


def real(options: argparse.Namespace) -> int:
    """Build the format trial on public data."""
    setup.ensure("run")
    folder = _answer("from genequity.config import public_folder; print(public_folder('GENEQUITY_REAL'))")
    if not Path(folder).is_dir():
        print(
            f"The folder of public data is not there: {folder}\n"
            "Set GENEQUITY_REAL to it. config/real/README.md lists the files and where each can be had.",
            file=sys.stderr,
        )
        return 2
    options.study, options.targets = REAL, []
    return report(options)


def new(options: argparse.Namespace) -> int:
    """Make the folder of a study, with templates to fill in."""
    if not options.folder:
        print("Name the folder of the study: make new STUDY=my-study", file=sys.stderr)
        return 2
    setup.ensure("run")
    command = [str(setup.python()), "-m", "genequity.study.new", str(options.started / options.folder)]
    command += ["--called", options.folder, "--strands", options.strands or ""]
    command += ["--elsewhere"] if options.started != ROOT else []
    if options.responses:
        command += ["--responses", str(options.started / options.responses)]
    return subprocess.run(command).returncode


def declare(options: argparse.Namespace) -> int:
    """Write down the primary analyses of a study, once."""
    setup.ensure("run")
    command = [str(setup.python()), "-m", "genequity.primary.declaration", options.study or ""]
    return subprocess.run(command).returncode


def check(options: argparse.Namespace) -> int:
    """Read every input of a study and list all that is wrong, computing nothing."""
    setup.ensure("run")
    return subprocess.run([str(setup.python()), "-m", "genequity.check", options.study or ""]).returncode


def test(options: argparse.Namespace) -> int:
    """Run the fast tests."""
    setup.ensure("dev")
    return _pytest(["-m", "not slow", *options.arguments])


def test_slow(options: argparse.Namespace) -> int:
    """Run whole builds, browser, Office and PDF checks, faults."""
    setup.ensure("dev")
    return _pytest(["-m", "slow", *options.arguments])


def environment(options: argparse.Namespace) -> int:
    """Set up the environment and stop."""
    setup.ensure(options.kind)
    print(f"Use it with:  source {setup.folder(options.kind).relative_to(ROOT)}/bin/activate")
    return 0


def lint(options: argparse.Namespace) -> int:
    """Check the style of code, rules and notebooks, or of the notebooks alone."""
    setup.ensure("run" if options.notebooks or options.strip else "dev")
    strip = ["--strip"] if options.strip else []
    alone = ["-m", "genequity.publish.lint", *strip]
    command = alone if options.notebooks or strip else ["tests/lint.py"]
    return subprocess.run([str(setup.python()), *command]).returncode


def docs(options: argparse.Namespace) -> int:
    """Write the pages that are generated: config reference, data dictionary, conda file."""
    setup.ensure("run")
    return subprocess.run([str(setup.python()), "-m", "genequity.reference"]).returncode


def bench(options: argparse.Namespace) -> int:
    """Measure a cold build, nothing to do and one edited notebook; agreement of coders, or models, at full size."""
    script, kind = {
        "build": ("tests/bench.py", "run"),
        "coding": ("tests/bench_coding.py", "dev"),
        "service": ("tests/bench_service.py", "run"),
    }[options.what]
    setup.ensure(kind)
    rows = ["--rows", options.rows] if options.rows and options.what == "service" else []
    return subprocess.run([str(setup.python()), script, "--runs", str(options.runs), *rows]).returncode


def clean(options: argparse.Namespace) -> int:
    """Remove everything a build wrote, and the cache."""
    import shutil

    for path in sorted(Path("results").glob("*")):
        if path.name != "README.md":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    print("Removed what builds wrote into results/.")
    return 0


def snakemake(
    arguments: list[str], cores: str, kind: str = "run", *, folder: Path | None = None, verbose: bool = False
) -> int:
    """Run Snakemake with the default profile in an environment, show its progress and return its exit status.

    Parameters
    ----------
    arguments : list of str
        For Snakemake; targets after ``--``.
    cores : str
        How many cores to use, or ``all``.
    kind : str
        Environment (``genequity.setup``).
    folder : Path, optional
        The study's results folder, for the log and the times of earlier runs.
    verbose : bool
        Show Snakemake's own output instead of the live line.
    """
    global last_outcome
    folder = folder or Path("results")
    if fault := runs.refusal(folder):
        raise SystemExit(fault)
    command = [str(setup.python(kind)), "-m", "snakemake", "--cores", cores, "--logger", "genequity"]
    command += ["--workflow-profile", "workflow/profiles/default", *forced(), *arguments]
    last_outcome = progress.run(command, folder, verbose=verbose)
    how = "stopped" if last_outcome.stopped else "failed" if last_outcome.code else "finished"
    runs.close(folder, how)
    if last_outcome.stopped:
        raise KeyboardInterrupt
    return max(last_outcome.code, 1) if last_outcome.code else 0  # of a signal's negative number a shell makes nonsense


def forced() -> list[str]:
    """Return what Snakemake is told, before its targets, so that it makes again what recovery asked for."""
    return ["--forcerun", *made_again] if made_again else []


def with_library() -> dict[str, str]:
    """Return the environment in which the verbs' own programs find genequity, installed or not."""
    given = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(progress.LIBRARY), *([given] if given else [])])}


def _pytest(arguments: list[str]) -> int:
    return subprocess.run([str(setup.python()), "-m", "pytest", "-n", "2", "--dist", "loadfile", *arguments]).returncode


def _answer(code: str) -> str:
    return subprocess.run([str(setup.python()), "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def results(study: str | None, kind: str = "run") -> Path:
    """Return the folder of a study's results, as its config names it."""
    file = Path(study or "config/config.yaml")
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    found = re.search(r"^results:[ \t]*([\w./ -]+?)[ \t]*(?:#.*)?$", text, re.MULTILINE)
    rooted = re.search(r"\bpaths_from['\"]?\s*:", text)  # the config says from where its paths count
    if not rooted and (found or not re.search(r"\bresults['\"]?\s*:", text)):
        return Path(found[1] if found else "results")
    code = "import sys; from genequity import config; print(config.results(sys.argv[1]))"
    command = [str(setup.python(kind)), "-c", code, str(file)]
    return Path(subprocess.run(command, capture_output=True, text=True).stdout.strip() or "results")
