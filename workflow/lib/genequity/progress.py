"""One live line for people while a build runs: steps done, steps running, time left from earlier runs.

Snakemake's events come through a pipe (``snakemake_logger_plugin_genequity``), its whole output goes to a log. Where
nobody looks at a terminal, a few plain lines are written instead. Standard library only.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from genequity import files

LIBRARY = Path(__file__).parents[1]
PIPE = "GENEQUITY_EVENTS"
TIMINGS = "logs/timings.json"  # rule -> seconds of one step in earlier runs; never an output
LOG = "logs/snakemake.log"
TARGET = "all"  # the rule that only names what is wanted
KNOWN = 0.5  # share of the steps to do whose time must be known before any time is told
WEIGHT = 0.5  # of this run, against earlier ones, in what is kept
REDRAW = 1.0  # seconds
SPARSE = 30.0  # seconds between plain lines, unless a tenth of the steps was done
LAST_LINES = 400
AGAIN = (3.0, 8.0, 15.0)  # seconds after which the running steps are asked again to stop


@dataclass
class Build:
    """What is known of a build while it runs.

    Parameters
    ----------
    earlier : mapping
        Rule -> seconds that one step took in earlier runs.
    """

    earlier: Mapping[str, float] = field(default_factory=dict)
    cores: int = 1
    counts: dict[str, int] = field(default_factory=dict)
    waits: dict[str, set[str]] = field(default_factory=dict)
    running: dict[int, tuple[str, str, float]] = field(default_factory=dict)
    took: dict[str, list[float]] = field(default_factory=dict)
    failed: list[dict[str, Any]] = field(default_factory=list)
    names: dict[int, dict[str, Any]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Steps to do."""
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        """Steps done."""
        return sum(map(len, self.took.values()))

    def take(self, event: Mapping[str, Any], now: float) -> None:
        """Note one event of Snakemake's."""
        kind = event["event"]
        if kind == "rulegraph":
            self._graph(event["rulegraph"])
        elif kind == "run_info" and not self.counts:
            self.counts = {
                rule: int(count) for rule, count in event["stats"].items() if rule not in (TARGET, "total") and count
            }
        elif kind == "resources_info":
            self.cores = min(int(event.get("cores") or event.get("nodes") or self.cores), 10_000)
        elif kind == "job_info" and event["rule_name"] != TARGET:
            self.names[event["jobid"]] = dict(event)
            name = event.get("rule_msg") or event["rule_name"].replace("_", " ")
            self.running[event["jobid"]] = (event["rule_name"], name, now)
        elif kind == "job_finished" and event["job_id"] in self.running:
            rule, _, began = self.running.pop(event["job_id"])
            self.took.setdefault(rule, []).append(now - began)
        elif kind == "job_error":
            rule, name, _ = self.running.pop(event["jobid"], (event["rule_name"], event["rule_name"], now))
            self.failed.append({**self.names.get(event["jobid"], {}), **event, "name": name})

    def rest(self, now: float) -> str:
        """Return the time left in words."""
        return spoken(self.left(now)) if self.earlier else "first run: time not known"

    def _graph(self, graph: Mapping[str, Any]) -> None:
        for link in graph["links"]:
            self.waits.setdefault(link["targetrule"], set()).add(link["sourcerule"])

    def left(self, now: float) -> float | None:
        """Return the seconds that are left when the steps take as long as before; none when too little is known.

        The steps are dealt out over the cores as they will be: longest first, each after what it waits for.
        """
        known = {**self.earlier, **{rule: sum(took) / len(took) for rule, took in self.took.items()}}
        to_do = {rule: count - len(self.took.get(rule, [])) for rule, count in self.counts.items()}
        here = sum(count for rule, count in to_do.items() if rule in known)
        if not self.earlier or not self.total or here < KNOWN * sum(to_do.values()):
            return None
        usual = sum(known.values()) / len(known)
        ends = []  # (when, rule) of the steps at work
        for rule, _, began in self.running.values():
            ends.append((max(known.get(rule, usual) - (now - began), 0.2), rule))
            to_do[rule] = to_do.get(rule, 1) - 1
        return _dealt(to_do, ends, self.waits, known, usual, self.cores)


def _dealt(
    to_do: Mapping[str, int],
    ends: list[tuple[float, str]],
    waits: Mapping[str, set[str]],
    known: Mapping[str, float],
    usual: float,
    cores: int,
) -> float:
    """Return when the last of the steps ends, were they dealt out over the cores."""
    to_do = {rule: count for rule, count in to_do.items() if count > 0}
    open_rules = {rule: count + sum(at == rule for _, at in ends) for rule, count in to_do.items()}
    for _, rule in ends:
        open_rules.setdefault(rule, sum(at == rule for _, at in ends))
    clock = 0.0
    ends = sorted(ends)
    while to_do or ends:
        ready = [rule for rule in to_do if not (waits.get(rule, set()) - {rule}) & open_rules.keys()]
        for rule in sorted(ready, key=lambda rule: -known.get(rule, usual)):
            while len(ends) < max(cores, 1) and to_do.get(rule):
                ends.append((clock + known.get(rule, usual), rule))
                to_do[rule] -= 1
        to_do = {rule: count for rule, count in to_do.items() if count}
        if not ends:  # a circle cannot be; leave rather than wait for ever
            return clock
        ends.sort()
        clock, rule = ends.pop(0)
        open_rules[rule] -= 1
        if not open_rules[rule]:
            del open_rules[rule]
    return clock


def spoken(seconds: float | None) -> str:
    """Return the time left as people say it.

    >>> spoken(44), spoken(200), spoken(3), spoken(None)
    ('about 45 s left', 'about 3 min left', 'a few seconds left', 'time left not known')
    """
    if seconds is None:
        return "time left not known"
    if seconds < 8:
        return "a few seconds left"
    if seconds < 90:
        return f"about {round(seconds / 5) * 5} s left"
    if seconds < 5400:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


def line(build: Build, now: float, width: int) -> str:
    """Return the live line, cut to the width of the terminal: names first, then the time, never the count."""
    if not build.total:
        return _cut("looking at what has to be done ...", width)
    count = f"{build.done} of {build.total} done"
    if build.done == build.total:
        return _cut(count, width)
    left = build.rest(now)
    names = sorted({name for _, name, _ in build.running.values()})
    if names:
        room = width - len(f"{count} · now:  · {left}")
        if room >= 12:
            return f"{count} · now: {_cut(', '.join(names), room)} · {left}"
    whole = f"{count} · {left}"
    return whole if len(whole) <= width else _cut(count, width)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: max(width - 3, 0)] + "..."[: max(width, 0)]


class Screen:
    """Where people see the progress: a line that is redrawn on a terminal, a few plain lines elsewhere.

    Parameters
    ----------
    stream : text stream
        Usually standard error.
    """

    def __init__(self, stream: TextIO):
        self.stream = stream
        self.live = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.drawn = False
        self.told: tuple[int, float] | None = None

    def show(self, build: Build, now: float) -> None:
        """Redraw the line, or write a plain one when enough has happened."""
        if self.live:
            text = line(build, now, self._width() - 1)
            self._write(f"\r{self._can(text)}\x1b[K")
            self.drawn = True
        elif build.total:
            tenth = build.done * 10 // build.total
            if self.told is None or tenth > self.told[0] or (now - self.told[1] > SPARSE):
                rest = f", {build.rest(now)}" if build.done < build.total and (build.earlier or not self.told) else ""
                self.say(f"{build.done} of {build.total} steps done{rest}")
                self.told = (tenth, now)

    def say(self, text: str) -> None:
        """Write a line that stays."""
        self.clear()
        self._write(self._can(text) + "\n")

    def clear(self) -> None:
        """Take the live line away."""
        if self.drawn:
            self._write("\r\x1b[K")
            self.drawn = False

    def _width(self) -> int:
        """Return the columns of the very terminal that is written to; another stream may go elsewhere."""
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or shutil.get_terminal_size().columns
        except (OSError, ValueError):
            return shutil.get_terminal_size().columns

    def _can(self, text: str) -> str:
        try:
            text.encode(self.stream.encoding or "ascii")
        except UnicodeEncodeError:
            return text.replace("·", "-").encode("ascii", "replace").decode()
        return text

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):  # the terminal was closed; the build goes on to its end
            self.live = self.drawn = False


@dataclass(frozen=True)
class Outcome:
    """How a run of Snakemake ended: exit status, the steps that failed, the last lines it wrote, steps done."""

    code: int
    failed: list[dict[str, Any]]
    last: list[str]
    done: int
    total: int
    stopped: bool = False


def run(command: Sequence[str], results: str | Path, *, verbose: bool = False, stream: TextIO | None = None) -> Outcome:
    """Run Snakemake, show its progress, keep its whole output in a log, and return how it ended.

    Ctrl-C and SIGTERM are handed on, and waited for: Snakemake ends its steps and gives its locks back.

    Parameters
    ----------
    command : list of str
        Snakemake with its arguments; ``--logger genequity`` among them.
    results : str or Path
        The study's results folder, for the log and for the times of earlier runs.
    verbose : bool
        Show Snakemake's own output instead of the live line.
    stream : text stream, optional
        Where progress is shown; standard error when not given.
    """
    results = Path(results)
    screen = Screen(stream or sys.stderr)
    build = Build(earlier=timings(results))
    events, told = os.pipe()
    environment = {**os.environ, PIPE: str(told), "PYTHONPATH": _path(os.environ.get("PYTHONPATH"))}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        pass_fds=(told,),
        process_group=0,
        env=environment,
    ) as process:
        os.close(told)
        with _handed_on(process, screen) as signals, _log(results) as log:
            last = _followed(process, events, build, screen, log, verbose, signals)
            code = process.wait()
    os.close(events)
    screen.clear()
    _keep(results, build)
    stopped = bool(signals.seen) and bool(code)
    return Outcome(code, build.failed, last, build.done, build.total, stopped)


def _followed(
    process: subprocess.Popen,
    events: int,
    build: Build,
    screen: Screen,
    log: _log,
    verbose: bool,
    signals: _handed_on,
) -> list[str]:
    """Read events and output until both end; return the last lines of the output."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    rest = {"events": b"", "output": b""}
    with selectors.DefaultSelector() as sources:
        sources.register(events, selectors.EVENT_READ, "events")
        sources.register(process.stdout, selectors.EVENT_READ, "output")
        while sources.get_map():
            for key, _ in sources.select(REDRAW):
                block = os.read(key.fd, 1 << 16)
                *lines, rest[key.data] = (rest[key.data] + block).split(b"\n")
                if not block:
                    sources.unregister(key.fileobj)
                    lines, rest[key.data] = [rest[key.data]], b""
                if key.data == "output":
                    log.write(block)
                    last.extend(text.decode(errors="replace") for text in lines)
                    if verbose:
                        screen.stream.write(block.decode(errors="replace"))
                        screen.stream.flush()
                    continue
                for text in filter(None, lines):
                    _taken(text, build, None if verbose else screen)
            signals.press()
            if not verbose:
                screen.show(build, time.monotonic())
            if process.poll() is not None and not _waiting(sources):
                break
    return list(last)


def _waiting(sources: selectors.DefaultSelector) -> bool:
    """Whether anything is left to read; a step that outlives Snakemake may hold the output open."""
    return bool(sources.select(0.2))


def _taken(text: bytes, build: Build, screen: Screen | None) -> None:
    failed = len(build.failed)
    try:
        build.take(json.loads(text), time.monotonic())
    except (ValueError, KeyError, TypeError):  # an event of a kind that is not known; the build matters more
        return
    if screen and len(build.failed) > failed:
        waits = "; the steps that are running finish first" if build.running else ""
        screen.say(f"Failed: {build.failed[-1]['name']}{waits}")


class _log:
    """The log of Snakemake's output. A full disk ends the log and not the run."""

    def __init__(self, results: Path):
        self.path = results / LOG
        self.handle = None

    def __enter__(self) -> _log:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.handle = self.path.open("wb", buffering=0)
        except OSError:
            self.handle = None
        return self

    def write(self, block: bytes) -> None:
        if self.handle and block:
            try:
                self.handle.write(block)
            except OSError:
                self.handle = None

    def __exit__(self, *_: object) -> None:
        if self.handle:
            self.handle.close()


class _handed_on:
    """Hand signals on to Snakemake, which ends its steps; wait for it instead of leaving it behind.

    Snakemake has a process group of its own, so that each signal reaches it once, whoever sent it. Ctrl-C and a closed
    terminal end the running steps; SIGTERM lets them finish, a second signal does not.
    """

    def __init__(self, process: subprocess.Popen, screen: Screen):
        self.process, self.screen, self.seen = process, screen, []
        self.before: dict[int, Any] = {}
        self.due: list[tuple[float, int, bool]] = []  # when, signal, whether to the running steps too

    def __enter__(self) -> _handed_on:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.before[number] = signal.signal(number, self._hand_on)
        return self

    def _hand_on(self, number: int, _frame: object) -> None:
        self.seen.append(number)
        gently = number == signal.SIGTERM and len(self.seen) == 1
        self.screen.say("Stopping after the running steps ..." if gently else "Stopping ...")
        self._send(signal.SIGTERM if gently else signal.SIGINT, group=not gently)
        if not gently:
            # Snakemake loses a SIGINT that comes while it is between two steps; SIGTERM sets a mark that it keeps.
            now = time.monotonic()
            self.due = [(now + 1, signal.SIGTERM, False), *((now + wait, signal.SIGINT, True) for wait in AGAIN)]

    def press(self) -> None:
        """Ask again when Snakemake goes on although it was asked to stop."""
        while self.due and time.monotonic() > self.due[0][0]:
            _, number, group = self.due.pop(0)
            self._send(number, group=group)

    def _send(self, number: int, *, group: bool) -> None:
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(self.process.pid, number)

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)


def _path(given: str | None) -> str:
    return os.pathsep.join([str(LIBRARY), *([given] if given else [])])


def timings(results: str | Path) -> dict[str, float]:
    """Return rule -> seconds that one of its steps took in earlier runs; empty when nothing is known."""
    try:
        told = json.loads((Path(results) / TIMINGS).read_text(encoding="utf-8"))
        return {str(rule): float(seconds) for rule, seconds in told.items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _keep(results: Path, build: Build) -> None:
    kept = dict(build.earlier)
    for rule, took in build.took.items():
        mean = sum(took) / len(took)
        kept[rule] = round(WEIGHT * mean + (1 - WEIGHT) * kept.get(rule, mean), 2)
    if build.took:
        try:
            files.write_json(results / TIMINGS, kept)
        except OSError:  # the disk is full; the next run knows less
            return
