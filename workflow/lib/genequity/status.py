"""What is built and what is not, whether a run is going on, and what the last failure was: ``genequity status``."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from genequity import commands, failures, runs, setup
from genequity.errors import MARK

# Rule's first word -> what people call it; strands are called by their own names.
PARTS = {
    "study": "study's facts",
    "gate": "gate",
    "pack": "release pack",
    "outside": "release pack",
    "report": "report",
}
ORDER = ("study's facts", "policy", "evidence", "survey", "service", "interviews", "synthesis", "recommendations")
LAST = ("gate", "release pack", "report")
NAMED = 3  # steps or files that are named; more are counted


def status(options: argparse.Namespace) -> int:
    """Say what is built of a study."""
    if fault := commands.no_study(options.study):
        return fault
    setup.ensure("run")
    command = [str(setup.python()), "-m", "genequity.status", options.study or ""]
    return subprocess.run(command, env=commands.with_library()).returncode


def lines(steps: Sequence, results: Path, study: str | None) -> list[str]:
    """Return what ``status`` says.

    Parameters
    ----------
    steps : sequence of plan.Step
        Every step of the build.
    results : Path
        The study's results folder.
    study : str, optional
        The study's config file.
    """
    said = [f"Study {study or 'config/config.yaml'}, results in {results.as_posix()}/", "", *_run(results), ""]
    table = [(part, *_state(listed)) for part, listed in _by_part(steps)]
    wide = max((len(part) for part, *_ in table), default=0)
    for part, state, when, why in table:
        said.append(f"  {part:{wide}}  {state:<22}  {when}".rstrip())
        said += [f"  {'':{wide}}    {reason}" for reason in why]
    leftovers = _leftovers(results)
    said += ["", *leftovers] if leftovers else []
    failure = _failures(steps)
    said += ["", *failure] if failure else []
    said += ["", _next(steps, results, study, bool(leftovers))]
    return said


def _run(results: Path) -> list[str]:
    run = runs.last(results)
    if run is None:
        return ["No run is going on; none was recorded here."]
    since = f"since {runs.clock(run.began)}"
    if run.alive:
        return [f"A run is going on {since} (process {run.pid} on {run.host})."]
    if run.killed:
        return [f"No run is going on. The last one, begun {runs.clock(run.began)}, was killed before its end."]
    how = {"failed": "failed", "stopped": "was stopped"}.get(run.outcome, "ended")
    return [f"No run is going on. The last one {how} at {runs.clock(run.ended)}."]


def _by_part(steps: Iterable) -> list[tuple[str, list]]:
    listed: dict[str, list] = {}
    for step in steps:
        words = step.rule.split("_")
        word = words[1] if words[0] == "demo" and len(words) > 1 else words[0]
        listed.setdefault(PARTS.get(word, word), []).append(step)
    known = [*ORDER, *sorted(set(listed) - {*ORDER, *LAST}), *LAST]
    return [(part, listed[part]) for part in known if part in listed]


def _state(steps: Sequence) -> tuple[str, str, list[str]]:
    """Return the state of a part in a few words, its time, and what is behind it."""
    there = [Path(path) for step in steps for path in step.outputs if Path(path).exists()]
    to_do = [step for step in steps if step.runs]
    when = f"from {runs.clock(max(path.stat().st_mtime for path in there))}" if there else ""
    if not to_do:
        absent = [path for step in steps for path in step.outputs if not Path(path).exists()]
        return "up to date", when, [f"not there, and not needed: {_few(absent)}"] if absent else []
    if not there:
        return "not built", "", []
    causes: dict[str, list] = {}
    for step in to_do:
        causes.setdefault(cause(step) or "follows from earlier steps", []).append(step)
    why = [f"{why}  ({_steps(listed)})" for why, listed in causes.items()]
    more = [f"and {len(why) - NAMED} more reasons"] if len(why) > NAMED else []
    return f"{len(to_do)} of {len(steps)} steps to do", when, why[:NAMED] + more


def _steps(steps: Sequence) -> str:
    return steps[0].name if len(steps) == 1 else f"{len(steps)} steps"


def cause(step) -> str:
    """Return in a few words why a step itself would run; nothing when it only follows others."""
    why = step.why
    code = set(step.code) | set(step.inputs.get("script", []))
    changed = [path for path in why.changed if path not in code]
    edited = [path for path in why.changed if path in code] + [
        p for p in [*why.added, *why.removed] if p.endswith(".py")
    ]
    other = [path for path in [*why.added, *why.removed] if not path.endswith(".py")]
    said = [
        f"missing: {_few(why.missing)}" if why.missing else "",
        f"changed input: {_few(changed)}" if changed else "",
        f"other inputs: {_few(other)}" if other else "",
        "changed setting" if any(why.settings) else "",
        f"changed code: {_few(edited)}" if edited else "",
        "changed rule" if why.rule else "",
    ]
    return ", ".join(filter(None, said))


def _few(paths: Sequence[str]) -> str:
    names = [Path(path).name for path in paths]
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _leftovers(results: Path) -> list[str]:
    run = runs.last(results)
    if run and run.alive:
        return []
    half = [path for path, _ in runs.incomplete(results)]
    parts = runs.parts(results)
    said = [
        f"Snakemake's lock of a killed run: {len(runs.locks(results))}" if runs.locks(results) else "",
        f"Half-written, of a step that did not end: {_few([str(path) for path in half])}" if half else "",
        f"Temporary files of killed steps: {_few([str(path) for path in parts])}" if parts else "",
        f"Processes of a killed run: {', '.join(map(str, left))}" if (left := runs.orphans(results)) else "",
    ]
    return list(filter(None, said))


def _failures(steps: Sequence) -> list[str]:
    """Return the newest message of a step whose last attempt failed."""
    logs = {Path(step.log) for step in steps if step.log and step.runs}
    failed = [log for log in logs if log.is_file() and MARK in log.read_text(encoding="utf-8", errors="replace")]
    if not failed:
        return []
    newest = max(failed, key=lambda log: log.stat().st_mtime)
    more = f" ({len(failed) - 1} more failed)" if len(failed) > 1 else ""
    return [
        f"Last failure, at {runs.clock(newest.stat().st_mtime)}{more}; log: {newest}",
        failures.message(newest),
    ]


def _next(steps: Sequence, results: Path, study: str | None, leftovers: bool) -> str:
    run = runs.last(results)
    if run and run.alive:
        return "It goes on by itself; look again at any time."
    if leftovers:
        return f"To go on: {runs.command(run) if run else failures.make('recover', study)}"
    to_do = sum(step.runs for step in steps)
    if to_do:
        return f"{to_do} of {len(steps)} steps to do: {failures.make('report', study)}"
    return "Everything is up to date."


def main(study: str | None) -> int:
    """Print the status of a study and return the exit status."""
    from genequity import plan

    try:
        steps, config = plan.steps(study)
    except SystemExit as error:  # the study itself says what is wrong with it
        print(error, file=sys.stderr)
        return 1
    print("\n".join(lines(steps, Path(config["results"]), study)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] or None if len(sys.argv) > 1 else None))
