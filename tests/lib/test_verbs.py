"""What a failed build says last: the messages of the steps that failed, and nothing of earlier builds."""

import os
import time

from genequity import commands, verbs
from genequity.errors import MARK, InputError, Problem


def test_the_messages_of_failed_steps_come_last(tmp_path):
    now = time.time()
    problem = Problem("mine.csv", "this is not a number", where="row 2, column age", expected="digits")
    (tmp_path / "survey").mkdir()
    (tmp_path / "survey" / "people.log").write_text(f"warning: something\n{MARK}{InputError(problem)}\n")
    (tmp_path / "study.log").write_text("all is well\n")
    old = tmp_path / "old.log"
    old.write_text(f"{MARK}- of yesterday\n")
    os.utime(old, (now - 3600, now - 3600))
    assert commands.went_wrong(tmp_path, now, "my study.yaml").splitlines() == [
        "",
        "What went wrong",
        "===============",
        f"survey people  (log: {tmp_path}/survey/people.log)",
        "- mine.csv (row 2, column age): this is not a number.",
        "    Expected: digits.",
        "",
        "Every problem of the inputs at once: make check STUDY='my study.yaml'",
    ]


def test_an_earlier_report_is_said_to_be_there(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "study.log").write_text(f"{MARK}- config: something\n")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "report.html").write_text("yesterday's")
    assert f"The earlier report is as it was: {tmp_path}/report/report.html" in commands.went_wrong(
        tmp_path / "logs", 0
    )


def test_nothing_is_said_when_no_step_failed(tmp_path):
    assert commands.went_wrong(tmp_path / "never made", time.time()) == ""


def test_a_study_that_is_not_there_is_said_before_anything_is_set_up(capsys, monkeypatch):
    monkeypatch.setattr(commands.setup, "ensure", lambda kind: 1 / 0)
    assert verbs.run(["report", "--study", "no such study.yaml"]) == 2
    assert "There is no config file 'no such study.yaml'" in capsys.readouterr().err
