"""Why a build stopped, in the researcher's words: what the failed steps said, and what Snakemake's own errors mean.

Each cause is one plain sentence and one command. No traceback is repeated and no value of a data file: a step's message
holds none (``genequity.errors``), and of Snakemake's output only names of files and steps are taken.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from genequity.errors import MARK

LEAST = 1e6  # bytes: less than this free, and the disk is called full whatever the error says
SHOWN = 5  # failed steps whose messages are repeated
FULL = re.compile(r"No space left on device|Errno 28\b|Disk quota exceeded|Errno 122\b")
DISK_FULL = "The disk is full: a file could not be written. Free some space first; finished steps are kept."
SIGNALS = {
    "SIGKILL": "was killed, by a person or by the system. The system kills a step when the memory is used up",
    "SIGTERM": "was ended from outside",
    "SIGINT": "was stopped",
    "SIGXFSZ": "wrote a file that is larger than the system allows",
}


@dataclass(frozen=True)
class Cause:
    """A pattern in Snakemake's output, the sentence it becomes, and the verb that helps.

    The sentence may take what the pattern's group ``name`` found: a name of a file or step.
    """

    pattern: str
    sentence: str
    verb: str


# The first that is found is told.
CAUSES = (
    Cause(r"(?m)^(?P<name>Another run is at work in .+)$", "{name}", "status"),
    Cause(r"(?m)^(?P<name>An earlier run in .+)$", "{name}", "recover"),
    Cause(
        r"Directory cannot be locked|LockException",
        "The folder is locked by another run, or by a killed one.",
        "recover",
    ),
    Cause(r"IncompleteFilesException", "An earlier run was stopped and left incomplete files.", "recover"),
    Cause(
        r"MissingInputException[\s\S]*?affected files:\s*\n\s*(?P<name>\S.*)",
        "A step needs a file that is not there and that no step makes: {name}",
        "check",
    ),
    Cause(r"No rule to produce (?P<name>\S+)", "No step makes a file or target of this name: {name}", "status"),
    Cause(
        r"output files are missing|MissingOutputException",
        "A step ended well, but a file that it writes is not there. A network drive may be late.",
        "recover",
    ),
    Cause(r"PermissionError: .*?: '(?P<name>[^']+)'", "This file may not be read or written: {name}", "recover"),
    Cause(r"PermissionError|Permission denied", "A file or folder may not be read or written.", "recover"),
    Cause(r"MemoryError|Cannot allocate memory", "The memory is used up. Close other programs first.", "recover"),
    Cause(
        r"(?:ModuleNotFoundError|No module named).*?(?P<name>'[\w.]+')",
        "The environment lacks a package: {name}. Remove the folder .venv first.",
        "environment",
    ),
    Cause(r"BrokenPipeError", "The terminal was closed.", "recover"),
    Cause(
        r"Cancelling snakemake on user request|Will exit after finishing|Terminating processes on user request",
        "The run was stopped. Finished steps are kept.",
        "recover",
    ),
    Cause(
        r"(?:SyntaxError|NameError|AmbiguousRuleException|WildcardError|CyclicGraphException)\b"
        r".*?in file (?P<name>\"[^\"]+\"(?:, line \d+)?)",
        "The workflow's own rules have a fault, in {name}",
        "lint",
    ),
)


@dataclass(frozen=True)
class Failed:
    """A step that failed: its rule, its log, and how it ended as far as Snakemake says."""

    rule: str
    log: str
    how: str


def told(logs: Path, text: str, began_logs: Sequence[Path], study: str | None = None) -> list[str]:
    """Return what is told of a failed build, each entry a paragraph; empty when nothing is known to have failed.

    Parameters
    ----------
    logs : Path
        The folder of logs.
    text : str
        Snakemake's output.
    began_logs : sequence of Path
        Logs that were written since the build began.
    study : str, optional
        The study's config file, for the commands.
    """
    said, seen = [], set()
    full = bool(FULL.search(text)) or _full(logs)
    for log in began_logs:
        said_there = message(log)
        if said_there:
            seen.add(f"/{log.relative_to(logs).as_posix()}")
            full = full or bool(FULL.search(said_there))
            step = " ".join(log.relative_to(logs).with_suffix("").parts)
            said.append(f"{step}  (log: {log})\n{said_there}\n")
    more = len(said) - SHOWN
    said = said[:SHOWN] + ([f"{more} more steps failed; their logs are in {logs}.\n"] if more > 0 else [])
    silent = [step for step in failed(text) if not step.log.endswith(tuple(seen))]
    if full:
        return [*_without_full(said), f"{DISK_FULL}\nThen go on with: {make('recover', study)}\n"]
    for step in silent[:SHOWN]:
        said.append(f"{step.rule.replace('_', ' ')}  (log: {step.log})\nThis step {_ended(step.how)}.\n{go_on(study)}")
    if own := _own_words(text):
        said.append(f"{own}\n")
    if not said and (cause := explained(text, study)):
        said.append(cause)
    return said


def explained(text: str, study: str | None = None) -> str:
    """Return what one of Snakemake's own errors means and the command that helps; nothing when it is none."""
    for cause in CAUSES:
        if found := re.search(cause.pattern, text):
            name = (found.groupdict().get("name") or "").strip()
            return f"{cause.sentence.format(name=name)}\nTo go on: {make(cause.verb, study)}\n"
    return ""


def failed(text: str) -> Iterator[Failed]:
    """Yield the steps that failed according to Snakemake's output, each once."""
    how, rule, seen = "", "", set()
    for line in text.splitlines():
        if found := re.search(r"died with <Signals\.(\w+)|non-zero exit status (\d+)", line):
            how = found[1] or found[2]
        elif found := re.match(r"Error in rule (\w+):", line.strip()):
            rule = found[1]
        elif rule and (found := re.match(r"\s+log: (\S.*?)(?:,| \(check)", line)):
            if (rule, found[1]) not in seen:
                seen.add((rule, found[1]))
                yield Failed(rule, found[1], how)
            how, rule = "", ""


def go_on(study: str | None = None) -> str:
    """Return the line that names the one command after any disturbance."""
    return f"To go on: {make('recover', study)}\n"


def make(verb: str, study: str | None = None) -> str:
    """Return a verb as it is typed."""
    return f"make {verb}{f' STUDY={shlex.quote(study)}' if study else ''}"


def _ended(how: str) -> str:
    if how.isdigit() and int(how) > 128:
        how = {"137": "SIGKILL", "143": "SIGTERM", "130": "SIGINT", "153": "SIGXFSZ"}.get(how, how)
    return SIGNALS.get(how, "ended without saying why; its log may say more")


def message(log: Path) -> str:
    """Return what a step said when it stopped, of a traceback only what it ends with; nothing when it said nothing."""
    _, mark, said = log.read_text(encoding="utf-8", errors="replace").rpartition(MARK)
    if not mark or "Traceback (most recent call last)" not in said:
        return said.strip() if mark else ""
    return f"An unexpected fault: {said.strip().splitlines()[-1].strip()}\nThe log holds the whole of it."


def _without_full(said: Sequence[str]) -> list[str]:
    """Leave out the messages that only say in other words that the disk is full."""
    return [text for text in said if not re.search(r"An unexpected fault(?: \(OSError\)|: OSError)", text)]


def _own_words(text: str) -> str:
    """Return what the study's own checks said before the first step."""
    found = re.search(r"^The study cannot be built:\n((?:[-\s].*\n?|\S.*\n?)+)", text, re.MULTILINE)
    return found[0].strip() if found else ""


def _full(logs: Path) -> bool:
    there = next(path for path in [logs, *logs.absolute().parents] if path.exists())
    return shutil.disk_usage(there).free < LEAST
