"""Before, beside and after a build on Slurm: what is asked of the site, the watch, and what is said of lost jobs."""

import argparse
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml
from genequity import checksums, cluster, progress, runs, verbs
from genequity.config import ROOT

ASKED = argparse.Namespace(memory=None, minutes=None, partition=None, account=None)
PROFILE = yaml.safe_load((ROOT / cluster.PROFILE / "config.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Slurm's commands as scripts of one's own: write(name, body)."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def write(name: str, body: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)

    return write


def config_of(age: str, storage: str) -> str:
    return f"AccountingStorageType   = accounting_storage/{storage}\nMinJobAge               = {age}\nNext = 1"


@pytest.mark.parametrize(
    ("age", "storage", "asks"),
    [
        ("300 sec", "none", "squeue"),
        ("300 sec", "slurmdbd", "squeue"),
        ("60 sec", "slurmdbd", "sacct"),  # squeue would forget a job between two looks
        ("60 sec", "none", "squeue"),  # sacct cannot answer; the watch is what is left
        ("1h", "slurmdbd", "squeue"),
        ("1", "slurmdbd", "sacct"),
    ],
)
def test_squeue_is_asked_unless_it_forgets_and_sacct_can_answer(age, storage, asks):
    assert cluster.read_site(config_of(age, storage)).asks == asks


def test_a_slurm_that_does_not_answer_is_no_site():
    assert cluster.read_site(None) is None
    assert cluster.read_site("slurm_load_ctl_conf error: Unable to contact slurm controller") is None


def test_what_is_asked_for_joins_the_profiles_resources_and_wipes_none():
    assert cluster.default_resources(PROFILE, ASKED) == [
        "mem_mb=max(4000, 6 * input.size_mb) * attempt",
        "runtime=240",
    ]
    more = argparse.Namespace(memory=9000, minutes=None, partition="long", account="genomics")
    assert cluster.default_resources(PROFILE, more) == [
        "mem_mb=9000",
        "runtime=240",
        "slurm_partition=long",
        "slurm_account=genomics",
    ]


def test_the_profile_names_no_account_and_no_partition_and_asks_for_long_enough():
    assert not [name for name in PROFILE["default-resources"] if name.startswith("slurm")]
    bridged = PROFILE["slurm-status-attempts"] / PROFILE["max-status-checks-per-second"]
    assert bridged >= 300  # seconds without a controller that do no harm
    assert "group-components" not in PROFILE
    assert PROFILE["slurm-status-command"] == "squeue"
    default = yaml.safe_load((ROOT / "workflow" / "profiles" / "default" / "config.yaml").read_text(encoding="utf-8"))
    assert not [key for key in default if key.startswith("slurm")]


def test_the_configuration_is_remembered_and_all_else_of_scontrol_is_asked(tmp_path, commands, monkeypatch):
    monkeypatch.chdir(tmp_path)
    commands("scontrol", 'echo "asked $*"')
    path = os.environ["PATH"] + os.pathsep + "/usr/bin" + os.pathsep + "/bin"
    path = cluster.remembered(cluster.read_site(config_of("300 sec", "none")), path)
    path = cluster.remembered(cluster.read_site(config_of("300 sec", "none")), path)  # twice: it must not find itself

    def said(*words: str) -> str:
        done = subprocess.run(["scontrol", *words], env={"PATH": path}, capture_output=True, text=True, timeout=10)
        return done.stdout

    assert said("show", "config") == config_of("300 sec", "none")
    assert said("show", "job", "7") == "asked show job 7\n"


def test_rules_that_are_no_jobs_run_beside_snakemake():
    rules = ["all", "service_records", "service_rates", "report"]
    assert cluster.light(rules, ["service_records", "survey_model"], ["service"]) == ["all", "service_rates", "report"]


def test_a_rule_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(ValueError, match="names 'service_record', which is no rule; service_records is"):
        cluster.light(["all", "service_records"], ["service_record"], ["service"])


def test_without_slurm_it_says_so_before_anything_is_set_up(capsys, commands, monkeypatch):
    monkeypatch.setattr(cluster.setup, "ensure", lambda kind: 1 / 0)
    commands("squeue", "exit 0")
    assert verbs.run(["cluster"]) == 2
    said = capsys.readouterr().err
    assert "no sbatch" in said
    assert "make report" in said


def test_a_profile_that_is_not_there_is_said(capsys, commands):
    assert verbs.run(["cluster", "--profile", "no/such"]) == 2
    assert "There is no profile no/such/config.yaml" in capsys.readouterr().err


def test_an_account_is_refused_where_none_are_kept(capsys, commands, monkeypatch):
    monkeypatch.setattr(cluster.setup, "ensure", lambda kind: 1 / 0)
    for name in cluster.PROGRAMS:
        commands(name, f"echo 'MinJobAge = 300 sec'; echo 'AccountingStorageType = accounting_storage/none # {name}'")
    assert verbs.run(["cluster", "--account", "genomics"]) == 2
    assert "keeps no accounts" in capsys.readouterr().err


@pytest.fixture
def head(tmp_path):
    """A head that waits for ever, with its record and its log."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import time\ntry: time.sleep(60)\nexcept KeyboardInterrupt: raise SystemExit(1)"]
    )
    time.sleep(0.3)
    (tmp_path / "logs").mkdir()
    (tmp_path / runs.RECORD).write_text(json.dumps({"pid": process.pid, "began": time.time(), "ended": 0}))
    (tmp_path / progress.LOG).write_text("SLURM run ID: genequity_123\nsubmitted\n")
    yield process
    process.kill()
    process.wait()


def watched(head, folder, seconds: float) -> int | None:
    with cluster.Watch(folder, time.time() - 1, stalled=0.5 / 60, pause=0.1):
        try:
            return head.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None


def test_a_head_that_waits_for_jobs_which_slurm_has_not_is_stopped(head, tmp_path, commands, capfd):
    commands("squeue", "exit 0")
    assert watched(head, tmp_path, 10) == 1
    said = capfd.readouterr().err
    assert "Nothing has moved" in said
    assert "the same command goes on" in said


def test_a_head_with_a_job_in_the_queue_is_left_alone(head, tmp_path, commands):
    commands("squeue", 'case "$*" in *genequity_123*) echo 7;; esac')
    assert watched(head, tmp_path, 2) is None


def test_while_slurm_does_not_answer_nobody_can_tell_and_the_head_is_left_alone(head, tmp_path, commands):
    commands("squeue", "exit 1")
    assert watched(head, tmp_path, 2) is None


def test_a_step_of_its_own_at_work_counts_as_moving(monkeypatch):
    assert not cluster.working(os.getpid())
    child = subprocess.Popen(["sleep", "30"])
    try:
        assert cluster.working(os.getpid())
        monkeypatch.setattr(cluster, "ASIDE", {"sleep"})
        assert not cluster.working(os.getpid())
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()


def test_what_jobs_of_the_earlier_run_made_meanwhile_is_not_made_again(tmp_path):
    made, gone, old = (tmp_path / name for name in ("made.csv", "gone.csv", "old.csv"))
    records = tmp_path / checksums.FOLDER
    records.mkdir(parents=True)
    for path in (made, gone, old):
        (records / path.name).write_text("{}")
    made.write_text("by a job")
    old.write_text("before")
    os.utime(records / "old.csv", (1, 1))
    asked = [str(made), str(gone), str(old), str(tmp_path / "new.csv")]
    assert cluster.still_to_make(asked, tmp_path, time.time() - 60) == asked[1:]


TOLD = """[Sun Nov 22 13:00:00 2026]
Error in rule service_records:
    message: SLURM-job '7' failed, SLURM status is: '{state}'. Detailed failure reason unavailable
    jobid: 3
"""


@pytest.mark.parametrize("state", ["CANCELLED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"])
def test_what_slurm_did_to_a_job_is_said_with_what_to_do(tmp_path, state):
    (said,) = cluster.lost_jobs("Building\n" + TOLD.format(state=state), tmp_path, 0)
    assert said.startswith(f"service_records: Slurm job 7 ended as {state}: ")
    assert "run the same command" in said


def test_a_job_that_succeeded_at_its_second_try_is_not_told(tmp_path):
    text = TOLD.format(state="NODE_FAIL") + "[Sun Nov 22 13:01:00 2026]\nFinished jobid: 3 (Rule: service_records)\n"
    assert list(cluster.lost_jobs("Building\n" + text, tmp_path, 0)) == []


def test_a_step_that_said_itself_why_it_failed_is_not_told_twice(tmp_path):
    (tmp_path / "service").mkdir()
    (tmp_path / "service" / "records.log").write_text("what was wrong")
    assert list(cluster.lost_jobs("x\n" + TOLD.format(state="FAILED"), tmp_path, 0)) == []
    later = time.time() + 60
    assert "before its step began" in next(
        iter(cluster.lost_jobs("x\n" + TOLD.format(state="FAILED"), tmp_path, later))
    )


def test_a_job_that_slurm_did_not_take_is_told_with_its_reason(tmp_path):
    text = (
        "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: long'.\n"
        "[Sun Nov 22 13:00:00 2026]\nError in rule survey_model:\n    message: Job submission failed with exception\n"
    )
    (said,) = cluster.lost_jobs(text, tmp_path, 0)
    assert said == "survey_model: Slurm did not take the job (sbatch: error: invalid partition specified: long)."
