"""What a file is made from, who uses it, and why it would or would not be made again: ``genequity explain FILE``."""

from __future__ import annotations

import argparse
import ast
import difflib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from genequity import checksums, commands, failures, files, runs, setup

HASH = 12  # hexadecimal places of a hash that are shown
LONGEST = 60  # characters of a setting's value
LISTED = 12  # inputs or users that are listed; more are counted


def explain(options: argparse.Namespace) -> int:
    """Say what a file is made from."""
    if fault := commands.no_study(options.study):
        return fault
    if not options.file:
        print("Name a file: make explain FILE=survey/shares", file=sys.stderr)
        return 2
    setup.ensure("run")
    command = [str(setup.python()), "-m", "genequity.explain", options.file, options.study or ""]
    return subprocess.run(command, env=commands.with_library()).returncode


def found(steps: Sequence, name: str, results: str) -> list[str]:
    """Return the outputs and inputs of the build that a person may mean: the very path, else its short forms.

    Parameters
    ----------
    steps : sequence of plan.Step
        Every step of the build.
    name : str
        A path, or its end with or without the ending: ``survey/shares``, ``report.pdf``.
    results : str
        The study's results folder. A released table goes before the restricted one of the same name.
    """
    outputs = [path for step in steps for path in step.outputs]
    known = [*outputs, *sorted({path for step in steps for path in [*step.read, *step.code]} - set(outputs))]
    name = name.strip().removeprefix("./").rstrip("/")
    if name in known:
        return [name]
    relative = Path(name).resolve()
    if same := [path for path in known if Path(path).resolve() == relative]:
        return same[:1]
    ends = [path for path in outputs if _ends_with(path, name)]
    released = [path for path in ends if path.startswith(f"{results}/release/")]
    exact = [path for path in ends if path.endswith(f"/{name}")]
    read = [path for path in known if _ends_with(path, name)]
    return (released if len(released) == 1 else []) or exact or ends or read


def _ends_with(path: str, name: str) -> bool:
    """Whether a path ends with a name, with or without its endings.

    >>> _ends_with("results/release/survey/shares.synthetic.csv", "survey/shares"), _ends_with("a/xy.csv", "y")
    (True, False)
    """
    bare = str(Path(path).with_name(files.table_of(path)))
    return any(f"/{form}".endswith(f"/{name}") for form in (path, bare))


def lines(step, steps: Sequence, file: str, results: Path, config: Mapping[str, Any], study: str | None) -> list[str]:
    """Return what ``explain`` says of a file that a step makes."""
    path = Path(file)
    said = [file, _as_it_is(path), ""]
    said += [f"Made by      {step.name}  (rule {step.rule})", f"             {step.about}"]
    others = [other for other in step.outputs if other != file]
    said += [f"             with {_named(others)}"] if others else []
    said += ["", "From", *_listed(step.read, step)]
    code = [*step.inputs.get("script", []), *step.code]
    if code:
        said += ["", f"Code         {len(code)} files of the library: {_folders(code)}"]
    settings = [f"  {name} = {_short(value)}{_place(config, name, value)}" for name, value in step.settings.items()]
    said += ["", "Settings", *settings] if settings else []
    users = [other for other in steps if file in other.read]
    shown = [f"  {other.name}  ->  {_named(other.outputs)}" for other in users[:LISTED]]
    said += ["", "Used by", *(shown or ["  nothing: it is for people"])]
    said += [f"  and {len(users) - LISTED} more"] if len(users) > LISTED else []
    said += ["", *_again(step, steps, file, results, config, study)]
    return said


def _as_it_is(path: Path) -> str:
    if not path.exists():
        return "It is not there."
    size = f"{path.stat().st_size:,} bytes" if path.is_file() else "a folder"
    return f"{size}, from {runs.clock(path.stat().st_mtime)}{_hash(path)}"


def _hash(path: Path) -> str:
    return f", SHA-256 {files.sha256(path)[:HASH]}..." if path.is_file() else ""


def _listed(paths: Sequence[str], step) -> list[str]:
    said = []
    paths = sorted(paths, key=lambda name: name not in step.why.changed)
    for name in paths[:LISTED]:
        path = Path(name)
        mark = "  CHANGED since this step ran" if name in step.why.changed else ""
        state = f"{runs.clock(path.stat().st_mtime)}{_hash(path)}" if path.exists() else "not there"
        said.append(f"  {name}  ({state}){mark}")
    if len(paths) > LISTED:
        said.append(f"  and {len(paths) - LISTED} more")
    return said or ["  nothing but settings and code"]


def _again(step, steps: Sequence, file: str, results: Path, config: Mapping[str, Any], study: str | None) -> list[str]:
    """Return why the file would or would not be made again, each reason on its line."""
    half = {str(output) for output, _ in runs.incomplete(results)}
    reasons = list(_reasons(step, steps, config)) if step.runs else []
    if half & set(step.outputs):
        reasons.insert(0, "the step that makes it was stopped before its end")
    fault = next((why for path, why in checksums.problems(results) if path == Path(file)), "")
    if fault:
        return [f"It is not as its step wrote it: {fault}.", f"To make it again: {failures.make('recover', study)}"]
    if not reasons and not step.runs:
        if not Path(file).exists():
            return [
                "It would NOT be made now: what is made from it is there and up to date.",
                f"To make it all the same: {failures.make('recover', study)}",
            ]
        return ["It would NOT be made again: inputs, settings and code are as they were when it was made."]
    return ["It WOULD be made again, because", *(f"  - {reason}" for reason in reasons or ["Snakemake says so"])]


def _reasons(step, steps: Sequence, config: Mapping[str, Any]) -> Iterator[str]:
    why = step.why
    code = {*step.code, *step.inputs.get("script", [])}
    if why.missing:
        yield f"not there: {_named(why.missing)}"
    for path in why.changed:
        kind = "code file" if path in code else "input"
        yield f"changed {kind}: {path}{_was(step, path)}"
    for path in why.added:
        yield f"new {'code file' if path in code else 'input'}: {path}"
    for path in why.removed:
        yield f"no longer an input: {path}"
    yield from (f"changed setting: {change}" for change in changes(*why.settings, step.settings, config))
    if why.rule:
        yield "the rule itself was changed"
    if why.remade:
        makers = sorted({other.name for other in steps if set(other.outputs) & set(why.remade)})
        yield f"it is made from what is made again first: {'; '.join(makers[:3])}" + (
            f" and {len(makers) - 3} more steps" if len(makers) > 3 else ""
        )


def _was(step, path: str) -> str:
    old = str((step.recorded.get("input_checksums") or {}).get(path, "")).removeprefix("sha256:")
    return f" (was {old[:HASH]}..., is {files.sha256(path)[:HASH]}...)" if old and Path(path).is_file() else ""


def changes(
    old: Sequence[str], new: Sequence[str], settings: Mapping[str, Any], config: Mapping[str, Any]
) -> Iterator[str]:
    """Yield settings that changed, each as ``name: old -> new``; of a section only what differs in it.

    Parameters
    ----------
    old, new : sequence of str
        Values as Python writes them, those that differ. Snakemake records values without their names.
    settings : mapping
        The step's settings now, by name.
    config : mapping
        The study's complete config, to say where a setting stands.
    """
    left = list(old)
    for value in new:
        name = next((name for name, now in settings.items() if repr(now) == value), "a setting")
        before = _nearest(value, left)
        if before is None:
            yield f"{name}: new, {_short(_read(value))}"
            continue
        left.remove(before)
        place = _place(config, name, _read(value)) if name != "a setting" else ""
        for inner, then, now in _differing(_read(before), _read(value)):
            yield f"{name}{inner}: {_short(then)} -> {_short(now)}{place}"
    for value in left:
        yield f"no longer used: {_short(_read(value))}"


def _nearest(value: str, among: Sequence[str]) -> str | None:
    """Return the old value that a new one took the place of: of its type, and most like it."""
    alike = [other for other in among if type(_read(other)) is type(_read(value))] or list(among)
    return max(alike, key=lambda other: difflib.SequenceMatcher(None, value, other).quick_ratio(), default=None)


def _differing(old: Any, new: Any, inner: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            if old.get(key) != new.get(key):
                yield from _differing(old.get(key, "(not set)"), new.get(key, "(not set)"), f"{inner}.{key}")
    else:
        yield inner, old, new


def _read(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _place(config: Mapping[str, Any], name: str, value: Any) -> str:
    """Return where a setting stands in the config, when one place alone has this name and value."""
    places = [place for place, key, held in _walk(config) if key == name and held == value]
    return f"  (config: {places[0]})" if len(places) == 1 else ""


def _walk(value: Any, place: str = "") -> Iterator[tuple[str, str, Any]]:
    if isinstance(value, Mapping):
        for key, held in value.items():
            here = f"{place}.{key}".lstrip(".")
            yield here, str(key), held
            yield from _walk(held, here)


def _folders(paths: Sequence[str]) -> str:
    counted: dict[str, int] = {}
    for path in paths:
        folder = Path(path).parent.as_posix()
        counted[folder] = counted.get(folder, 0) + 1
    return ", ".join(f"{folder}/ ({count})" for folder, count in counted.items())


def _named(paths: Sequence[str]) -> str:
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")


def _input(file: str, steps: Sequence) -> list[str]:
    """Return what is said of a file that no step makes."""
    users = [step for step in steps if file in [*step.read, *step.code]]
    path = Path(file)
    is_code = all(file not in step.read for step in users)
    said = [file, _as_it_is(path), "", f"{'Code' if is_code else 'An input'}: no step makes it.", "", "Used by"]
    said += [f"  {step.name}  ->  {_named(step.outputs)}" for step in users[:LISTED]]
    said += [f"  and {len(users) - LISTED} more steps"] if len(users) > LISTED else []
    stale = [step.name for step in users if file in step.why.changed]
    changed = f"It changed since they ran: {_named(stale)}." if stale else "It has not changed since they ran."
    return [*said, "", changed]


def main(name: str, study: str | None) -> int:
    """Print what a file is made from and return the exit status."""
    from genequity import plan

    try:
        steps, config = plan.steps(study)
    except SystemExit as error:  # the study itself says what is wrong with it
        print(error, file=sys.stderr)
        return 1
    results = config["results"]
    meant = found(steps, name, results)
    if len(meant) != 1:
        known = sorted(path.removeprefix(f"{results}/") for step in steps for path in step.outputs)
        shown = meant[:LISTED] or difflib.get_close_matches(name, known, n=4, cutoff=0.4)
        head = f"'{name}' may be any of these; name one:" if meant else f"This study makes and reads no '{name}'."
        print("\n".join([head, *(f"  {path}" for path in shown)]), file=sys.stderr)
        return 2
    step = next((step for step in steps if meant[0] in step.outputs), None)
    said = lines(step, steps, meant[0], Path(results), config, study) if step else _input(meant[0], steps)
    print("\n".join(said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2] or None if len(sys.argv) > 2 else None))
