"""The live line: what it says, how wide it is, how the time left is reckoned; a real terminal and none."""

import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time

import pytest
from genequity import progress
from genequity.progress import Build, Screen, line, spoken

CLEAR = "\x1b[K"


def build(earlier=None, cores=2, counts=None, links=()):
    made = Build(earlier=earlier or {})
    graph = {"links": [{"sourcerule": a, "targetrule": b} for a, b in links]}
    made.take({"event": "rulegraph", "rulegraph": graph}, 0)
    made.take({"event": "resources_info", "cores": cores}, 0)
    made.take({"event": "run_info", "stats": {**(counts or {}), "all": 1, "total": 99}}, 0)
    return made


def begin(made, number, rule, name, now):
    made.take({"event": "job_info", "jobid": number, "rule_name": rule, "rule_msg": name}, now)


def end(made, number, now):
    made.take({"event": "job_finished", "job_id": number}, now)


def test_the_line_says_what_is_done_what_runs_and_how_long_it_takes():
    made = build({"read": 10, "count": 20}, counts={"read": 1, "count": 1}, links=[("read", "count")])
    begin(made, 1, "read", "Survey: answers", 0)
    assert line(made, 4, 100) == "0 of 2 done · now: Survey: answers · about 25 s left"  # 10 - 4 + 20 = 26
    end(made, 1, 10)
    begin(made, 2, "count", "Survey: shares", 10)
    assert line(made, 10, 100) == "1 of 2 done · now: Survey: shares · about 20 s left"
    end(made, 2, 30)
    assert line(made, 30, 100) == "2 of 2 done"


@pytest.mark.parametrize(("cores", "seconds"), [(1, 60), (2, 40), (4, 30), (9, 30)])
def test_the_time_left_counts_cores_and_what_waits_for_what(cores, seconds):
    """Three steps of 10 s beside one of 20 s that waits for one of 10 s: 60 s of work, 30 s at the least."""
    made = build(
        {"one": 10, "first": 10, "then": 20}, cores, {"one": 3, "first": 1, "then": 1}, links=[("first", "then")]
    )
    assert made.left(0) == pytest.approx(seconds)


def test_a_step_that_takes_longer_than_before_is_not_given_up():
    made = build({"one": 10}, 1, {"one": 1})
    begin(made, 1, "one", "One", 0)
    assert 0 < made.left(500) < 1


def test_nothing_is_made_up_when_nothing_is_known():
    made = build({}, 2, {"one": 3})
    begin(made, 1, "one", "One", 0)
    end(made, 1, 5)
    assert made.left(5) is None
    assert line(made, 5, 80) == "1 of 3 done · first run: time not known"
    half = build({"old": 5}, 2, {"old": 1, "new": 3})
    assert half.left(0) is None
    assert half.rest(0) == "time left not known"


def test_the_line_is_never_wider_than_the_terminal():
    made = build({"one": 10}, 4, {"one": 9})
    for number in range(4):
        begin(made, number, "one", f"Interviews: a step with a long name, number {number}", 0)
    for width in range(0, 200):
        assert len(line(made, 1, width)) <= width
    assert line(made, 1, 60).startswith("0 of 9 done · now: Inter")
    assert line(made, 1, 60).endswith("left")
    assert line(made, 1, 14) == "0 of 9 done"


def test_a_failed_step_is_counted_apart():
    made = build({}, 2, {"one": 2})
    begin(made, 1, "one", "Survey: shares", 0)
    made.take({"event": "job_error", "jobid": 1, "rule_name": "one", "log": ["results/logs/x.log"]}, 1)
    assert (made.done, made.running) == (0, {})
    assert made.failed[0]["name"] == "Survey: shares"


def test_times_are_kept_for_the_next_run(tmp_path):
    made = build({"one": 10.0}, 2, {"one": 2, "two": 1})
    for number, rule, took in ((1, "one", 4), (2, "one", 8), (3, "two", 3)):
        begin(made, number, rule, rule, 0)
        end(made, number, took)
    progress._keep(tmp_path, made)
    assert progress.timings(tmp_path) == {"one": 8.0, "two": 3.0}  # half of 10, half of (4 + 8) / 2
    (tmp_path / progress.TIMINGS).write_text("{ cut of")
    assert progress.timings(tmp_path) == {}


def test_where_nobody_looks_a_few_plain_lines_are_written():
    stream = io.StringIO()
    screen = Screen(stream)
    made = build({"one": 1}, 2, {"one": 60})
    for number in range(60):
        screen.show(made, number / 100)
        begin(made, number, "one", "One", number)
        end(made, number, number + 1)
    screen.show(made, 61)
    lines = stream.getvalue().splitlines()
    assert 8 <= len(lines) <= 14
    assert lines[-1] == "60 of 60 steps done"
    assert "\x1b" not in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_a_terminal_without_utf8_is_written_to_all_the_same():
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    screen = Screen(stream)
    screen.say("1 of 2 done · now: Café")
    assert stream.buffer.getvalue() == b"1 of 2 done - now: Caf?\n"


# A stand-in for Snakemake: it writes output and, through the pipe, events.
STAND_IN = """
import json, os, sys, time
pipe = int(os.environ["GENEQUITY_EVENTS"])
def tell(**event): os.write(pipe, (json.dumps(event) + "\\n").encode())
print("Building DAG of jobs...", flush=True)
tell(event="run_info", stats={"one": 2, "total": 2})
for number in (1, 2):
    tell(event="job_info", jobid=number, rule_name="one", rule_msg=f"Survey: part {number}")
    time.sleep(0.05)
    tell(event="job_finished", job_id=number)
os.write(pipe, b"this is no event\\n")
print("RuleException in a long line", file=sys.stderr, flush=True)
sys.exit(CODE)
"""


def stand_in(code):
    return [sys.executable, "-c", STAND_IN.replace("CODE", str(code))]


def test_a_run_is_followed_and_its_whole_output_kept(tmp_path):
    stream = io.StringIO()
    outcome = progress.run(stand_in(3), tmp_path, stream=stream)
    assert (outcome.code, outcome.done, outcome.total, outcome.stopped) == (3, 2, 2, False)
    log = (tmp_path / progress.LOG).read_text()
    assert log.splitlines() == ["Building DAG of jobs...", "RuleException in a long line"]
    assert "RuleException" not in stream.getvalue()
    assert "2 of 2 steps done" in stream.getvalue()
    assert list(progress.timings(tmp_path)) == ["one"]


def test_verbose_shows_snakemakes_own_output(tmp_path):
    stream = io.StringIO()
    progress.run(stand_in(0), tmp_path, stream=stream, verbose=True)
    assert stream.getvalue() == "Building DAG of jobs...\nRuleException in a long line\n"
    assert (tmp_path / progress.LOG).read_text() == stream.getvalue()


def test_a_full_disk_ends_the_log_and_not_the_run(tmp_path):
    (tmp_path / "logs").write_text("a file where the folder should be")
    assert progress.run(stand_in(0), tmp_path, stream=io.StringIO()).code == 0


def test_on_a_real_terminal_one_line_is_redrawn_and_cleared(tmp_path, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    head, tail = pty.openpty()
    fcntl.ioctl(tail, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 40, 0, 0))  # 20 lines of 40 columns
    with os.fdopen(tail, "w", encoding="utf-8") as stream:
        assert stream.isatty()
        progress.run(stand_in(0), tmp_path, stream=stream)
    time.sleep(0.05)
    text = os.read(head, 1 << 16).decode()
    os.close(head)
    drawn = [part for part in text.split("\r") if part]
    assert "\n" not in text
    assert all(part.endswith(CLEAR) for part in drawn)
    assert max(len(part.removesuffix(CLEAR)) for part in drawn) <= 39
    assert any("now: Survey: part" in part or "of 2 done" in part for part in drawn)
    assert drawn[-1] == CLEAR  # the line is gone
    assert not re.search(r"\x1b\[[0-9;]*m", text)  # no colours


def test_the_plug_in_passes_events_on(monkeypatch):
    import logging

    plugin = pytest.importorskip("snakemake_logger_plugin_genequity")
    here, there = os.pipe()
    monkeypatch.setattr(plugin.threading, "Thread", lambda **_: type("still", (), {"start": lambda self: None})())
    monkeypatch.setenv(plugin.PIPE, str(there))
    handler = plugin.LogHandler(None, None)
    for event in ("job_finished", "shellcmd"):
        record = logging.makeLogRecord({"event": event, "job_id": 7, "secret": "never passed on"})
        handler.emit(record)
    os.close(there)
    told = os.read(here, 4096).decode().splitlines()
    os.close(here)
    assert [json.loads(line) for line in told] == [{"event": "job_finished", "job_id": 7}]
    handler.emit(record)  # nobody reads any more: nothing is raised


def test_time_is_said_in_steps_that_people_use():
    assert spoken(12.4) == "about 10 s left"
    assert spoken(100) == "about 2 min left"
    assert spoken(3 * 3600) == "about 3.0 h left"


# Loses the first SIGINT, as Snakemake may between two steps, and ends on SIGTERM.
DEAF = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: None)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_stop_that_was_not_heard_is_asked_for_again(tmp_path):
    code = (
        "import io, sys; from pathlib import Path; from genequity import progress;"
        f"print(progress.run([sys.executable, '-c', {DEAF!r}], {str(tmp_path)!r}, stream=io.StringIO()).stopped)"
    )
    environment = {**os.environ, "PYTHONPATH": str(progress.LIBRARY)}
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    log, until = tmp_path / progress.LOG, time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    assert run.communicate(timeout=30)[0] == "True\n"
    assert time.monotonic() - began < 10
