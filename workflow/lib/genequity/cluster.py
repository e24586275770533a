"""Run a build on a Slurm cluster, watch over it, and go on where an earlier one ended. Standard library only.

The *head* is the Snakemake that submits the long steps as *jobs*, and runs the short ones itself. *Orphans* are jobs
whose head was killed. The executor plug-in can lose sight of its jobs and wait for ever; so the head is watched, and
stopped when Slurm has no job of it, none of its own steps is at work and nothing was written for some minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity import checksums, progress, runs, setup

PROFILE = "workflow/profiles/slurm"
PROGRAMS = ("sbatch", "squeue", "scancel", "scontrol", "sacct")
STATES = "PENDING,CONFIGURING,RUNNING,COMPLETING,SUSPENDED,RESIZING,REQUEUED"
LONGEST_PAUSE = 240  # seconds: the plug-in asks every three minutes at the rarest, and squeue must still know the job
ASIDE = {"squeue", "sacct", "scontrol", "sbatch", "scancel", "sacctmgr", "sshare", "sinfo"}
ADVICE = {
    "CANCELLED": "somebody, or the cluster, cancelled the job: run the same command again",
    "NODE_FAIL": "its node failed twice: run the same command again",
    "BOOT_FAIL": "its node did not start: run the same command again",
    "PREEMPTED": "the cluster gave its place to another job: run the same command again",
    "OUT_OF_MEMORY": "it needs more memory: run the same command with MEMORY=16000 (megabytes a job)",
    "TIMEOUT": "it needs more time: run the same command with MINUTES=1440 (minutes a job)",
    "DEADLINE": "it could not end in time: run the same command with fewer MINUTES",
}


@dataclass(frozen=True)
class Site:
    """What the cluster's configuration says: seconds for which ended jobs are listed, and whether accounts are kept."""

    remembers: int
    accounting: bool
    text: str = field(repr=False)

    @property
    def asks(self) -> str:
        """The command that tells how jobs are: squeue, or sacct where squeue forgets too soon and sacct can answer."""
        return "sacct" if self.remembers < LONGEST_PAUSE and self.accounting else "squeue"


def cluster(options: argparse.Namespace) -> int:
    """Build the report of a study on a Slurm cluster."""
    from genequity import commands

    if fault := commands.no_study(options.study):
        return fault
    if options.profile and not Path(options.profile, "config.yaml").is_file():
        print(f"There is no profile {options.profile}/config.yaml; paths start at {setup.ROOT}.", file=sys.stderr)
        return 2
    site = _site(options)
    if site is None:
        return 2
    setup.ensure("slurm")
    folder = commands.results(options.study, "slurm")
    study = ["--configfile", options.study] if options.study else []
    since = time.time()
    if fault := _after_earlier_head(folder, study):
        return fault
    os.environ["PATH"] = remembered(site, os.environ["PATH"])
    start, began = time.monotonic(), time.time()
    command = [str(setup.python("slurm")), "-m", "snakemake", "--logger", "genequity", *_settings(options, site)]
    commands.made_again[:] = still_to_make(commands.made_again, folder, since)
    command += [*commands.forced(), *study, *(["--", *options.targets] if options.targets else [])]
    with Watch(folder, began, options.stalled):
        outcome = progress.run(command, folder, verbose=options.verbose)
    commands.last_outcome = outcome
    runs.close(folder, "stopped" if outcome.stopped else "failed" if outcome.code else "finished")
    if outcome.stopped:
        raise KeyboardInterrupt
    if outcome.code:
        print(commands.went_wrong(folder / "logs", began, options.study), file=sys.stderr, end="")
        for line in lost_jobs(_text(folder), folder / "logs", began):
            print(line, file=sys.stderr)
    elif not options.targets:
        page = folder / "report" / "report.html"
        print(f"\nMade in {time.monotonic() - start:.0f} s. Open {page} first; beside it are PDF and Word.")
    return max(outcome.code, 1) if outcome.code else 0


def _site(options: argparse.Namespace) -> Site | None:
    """Return what is known of this cluster, or nothing after saying why no job can be sent to it."""
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        print(
            f"This machine has no {' and no '.join(missing)}: it is no login node of a Slurm cluster, or Slurm's "
            "programs are not on PATH.\nWithout a cluster, run 'make report'.",
            file=sys.stderr,
        )
        return None
    site = read_site(_said("scontrol", "show", "config"))
    if site is None:
        print("Slurm does not answer (scontrol show config). Try again later, or ask your site.", file=sys.stderr)
    elif options.account and not site.accounting:
        print("This cluster keeps no accounts: run the command without ACCOUNT.", file=sys.stderr)
        return None
    elif site.asks == "squeue" and site.remembers < LONGEST_PAUSE:
        print(f"Note: Slurm forgets jobs {site.remembers} s after their end (MinJobAge), and keeps no accounts.")
        print("A job's end may be missed; the build is then stopped, and the same command goes on.", flush=True)
    return site


def still_to_make(names: Iterable[str], folder: Path, since: float) -> list[str]:
    """Return the files that recovery wants made again, without those that jobs of the earlier run made meanwhile.

    A step that comes to its end records what it wrote; a record that is newer than ``since`` says that it did.
    """

    def recorded(name: str) -> float:
        record = folder / checksums.FOLDER / os.path.relpath(name, folder)
        return record.stat().st_mtime if record.is_file() else 0

    return [name for name in names if recorded(name) < since or not Path(name).exists()]


def read_site(text: str | None) -> Site | None:
    """Return what ``scontrol show config`` says, or nothing where it did not answer.

    >>> read_site("AccountingStorageType   = accounting_storage/none\\nMinJobAge               = 300 sec")
    Site(remembers=300, accounting=False)
    """
    found = dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", text or "", flags=re.MULTILINE))
    if "MinJobAge" not in found:
        return None
    number, unit = re.match(r"(\d+)\s*(\w*)", found["MinJobAge"]).groups()
    seconds = int(number) * {"h": 3600, "m": 60}.get(unit[:1], 1)
    return Site(seconds, found.get("AccountingStorageType", "").endswith("slurmdbd"), text)


def remembered(site: Site, path: str) -> str:
    """Write a ``scontrol`` that knows the configuration by heart, and return PATH with its folder first.

    The plug-in asks for the configuration at each look. When the controller does not answer it takes ``sacct`` instead
    of ``squeue``, which never answers where no accounts are kept: it would lose its jobs over a short outage.
    """
    folder = Path(".snakemake/genequity-slurm").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.txt").write_text(site.text, encoding="utf-8")
    others = os.pathsep.join(part for part in path.split(os.pathsep) if part != str(folder))
    known, real = shlex.quote(str(folder / "config.txt")), shlex.quote(shutil.which("scontrol", path=others))
    script = f'#!/bin/sh\nif [ "$*" = "show config" ]; then cat {known}; else exec {real} "$@"; fi\n'
    (folder / "scontrol").write_text(script, encoding="utf-8")
    (folder / "scontrol").chmod(0o755)
    return os.pathsep.join([str(folder), others])


def default_resources(profile: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """Return the resources of a job: the profile's, with what was asked for on top.

    Snakemake takes a list given on the command line instead of the profile's, not beside it.
    """
    resources = dict(profile.get("default-resources") or {})
    resources |= {"mem_mb": options.memory} if options.memory else {}
    resources |= {"runtime": options.minutes} if options.minutes else {}
    resources |= {"slurm_partition": options.partition} if options.partition else {}
    resources |= {"slurm_account": options.account} if options.account else {}
    return [f"{name}={value}" for name, value in resources.items()]


def _settings(options: argparse.Namespace, site: Site) -> list[str]:
    """Return the profile, and what goes before it."""
    profile = options.profile or PROFILE
    code = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))"
    read = [str(setup.python("slurm")), "-c", code, f"{profile}/config.yaml"]
    known = json.loads(subprocess.run(read, capture_output=True, text=True, check=True).stdout)
    jobs = ["--jobs", str(options.jobs)] if options.jobs else []
    resources = ["--default-resources", *default_resources(known, options)]
    return ["--workflow-profile", profile, *resources, "--slurm-status-command", site.asks, *jobs]


class Watch:
    """Watch over the head while it runs; stop it when nothing has moved for some minutes.

    Parameters
    ----------
    folder : Path
        The study's results, whose record of the run says which process is the head.
    began : float
        When the build was started (seconds since 1970).
    stalled : float
        Minutes without a job in Slurm, without a step at work here, and without a line in Snakemake's log.
    pause : float
        Seconds between looks.
    """

    def __init__(self, folder: Path, began: float, stalled: float, pause: float = 10):
        self.folder, self.began, self.stalled, self.pause = folder, began, stalled, pause
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        seen, moved = -1, time.monotonic()
        while not self.over.wait(self.pause):
            head = self._head()
            if head is None:
                continue
            text = _text(self.folder)
            if len(text) != seen or working(head) or jobs_of(text) != []:
                seen, moved = len(text), time.monotonic()
            elif time.monotonic() - moved > self.stalled * 60:
                self._stop(head)
                return

    def _head(self) -> int | None:
        """Return the head's process from its record. The lock is not asked, since to ask is to hold it for a moment."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            run = json.loads((self.folder / runs.RECORD).read_text(encoding="utf-8"))
            if run["began"] >= self.began - 1 and not run["ended"]:
                return int(run["pid"])
        return None

    def _stop(self, head: int) -> None:
        print(
            f"\nNothing has moved for {self.stalled:g} minutes: Slurm has no job of this build, but Snakemake waits.\n"
            "It has lost sight of its jobs, as happens when Slurm does not answer for long. The build is stopped.\n"
            "Finished steps are kept: the same command goes on from here.",
            file=sys.stderr,
            flush=True,
        )
        for number, seconds in ((signal.SIGINT, LONGEST_PAUSE), (signal.SIGKILL, 10)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(head, number)
            if self.over.wait(seconds):
                return


def working(head: int) -> bool:
    """Whether the head has a step of its own at work: a child that is not one of Slurm's commands."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
            state, parent = rest.split()[:2]
            if int(parent) == head and state != "Z" and name not in ASIDE:
                return True
    return False


def jobs_of(text: str) -> list[str] | None:
    """Return the ids of the jobs that Slurm has of the run that wrote a text; nothing when Slurm does not answer."""
    found = re.search(r"SLURM run ID: (\S+)", text)
    if found is None:
        return []
    said = _said("squeue", "--noheader", "--states", STATES, "--format", "%i", "--name", found[1])
    return None if said is None else said.split()


def _after_earlier_head(folder: Path, study: list[str]) -> int:
    """Refuse while another run is at work; after one that was killed, wait for its jobs and take its lock away."""
    run = runs.last(folder)
    if run and run.alive:
        print(runs.busy(folder, run), file=sys.stderr, end="")
        return 2
    if jobs := jobs_of(_text(folder)):
        print(f"An earlier run left {len(jobs)} jobs in Slurm. Waiting for them, to use what they make.")
        print(f"To do without them: scancel {' '.join(jobs)}", flush=True)
    while jobs is None or jobs:
        time.sleep(5)
        jobs = jobs_of(_text(folder))
    if not run or not run.killed:
        return 0
    print("The earlier run was killed; going on from its finished steps.", flush=True)
    runs.end(runs.orphans(folder))
    unlock = [str(setup.python("slurm")), "-m", "snakemake", "--cores", "1", *study, "--unlock"]
    done = subprocess.run(unlock, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    return done.returncode


def lost_jobs(text: str, logs: Path, began: float) -> Iterable[str]:
    """Yield what became of jobs that Slurm ended, or did not take: their steps could say nothing themselves.

    Parameters
    ----------
    text : str
        What Snakemake wrote.
    logs : Path
        The folder of the steps' logs: a step that failed by itself has said why there.
    began : float
        When the build began (seconds since 1970).
    """
    ended: dict[str, tuple[str, str]] = {}
    for block in re.split(r"\n(?=\[\w{3} \w{3} +\d)", text):
        if rule := re.search(r"^Error in rule (\w+)", block, flags=re.MULTILINE):
            job = re.search(r"SLURM-job '(\d+)' failed.*?SLURM\s+status is:\s*'(\w+)", block, flags=re.DOTALL)
            refused = re.search(r"[Ss]ubmission failed|sbatch failed", block)
            if job or refused:
                ended[rule[1]] = (job[1], job[2]) if job else ("", "REFUSED")
        elif done := re.search(r"^Finished jobid: \d+ \(Rule: (\w+)\)", block, flags=re.MULTILINE):
            ended.pop(done[1], None)
    for rule, (job, state) in sorted(ended.items()):
        if state == "REFUSED":
            why = re.search(r"error message was '(.*?)'", text, flags=re.DOTALL)
            yield f"{rule}: Slurm did not take the job{f' ({why[1].strip()})' if why else ''}."
        elif state in ADVICE:
            yield f"{rule}: Slurm job {job} ended as {state}: {ADVICE[state]}."
        elif not any(path.stat().st_mtime >= began for path in logs.glob(f"{rule.replace('_', '/', 1)}*.log")):
            yield f"{rule}: Slurm job {job} ended as {state} before its step began; see .snakemake/slurm_logs."


def light(rules: Iterable[str], submit: Iterable[str], supplied: Iterable[str]) -> list[str]:
    """Return the rules that take seconds, and so run beside Snakemake on a cluster.

    Parameters
    ----------
    rules : list of str
        All rules of the study.
    submit : list of str
        Those that the config names as jobs of their own.
    supplied : list of str
        Strands and sections of the study; a rule of another one is no mistake.

    Raises
    ------
    ValueError
        If the config names a rule that is none.
    """
    rules, submit = list(rules), list(submit)
    for name in submit:
        if name not in rules and name.split("_")[0] in {*supplied, *(rule.split("_")[0] for rule in rules)}:
            near = difflib.get_close_matches(name, rules, n=1)
            raise ValueError(f"cluster.submit names '{name}', which is no rule{f'; {near[0]} is' if near else ''}")
    return [name for name in rules if name not in submit]


def _text(folder: Path) -> str:
    """Return what Snakemake wrote so far."""
    log = folder / progress.LOG
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _said(*command: str) -> str | None:
    """Return what a command of Slurm says, or nothing when it fails or does not answer within a minute."""
    environment = os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return None if done.returncode else done.stdout
