"""Builds on a real Slurm: the same bytes as here; lost nodes, jobs, heads and controllers are recovered from."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
import yaml
from cluster.slurm import wait
from genequity import config
from genequity.config import ROOT

pytestmark = pytest.mark.slow

CELLS = "results/restricted/service/flow.csv"
PAGE = ROOT / "config" / "guide" / "run-on-a-cluster.md"


def hashes(results: Path) -> dict[str, str]:
    """What is published: released files, report and pack."""
    kept = [path for part in ("release", "report", "pack") for path in (results / part).rglob("*") if path.is_file()]
    kept = [path for path in kept if "executed" not in path.parts]
    return {str(p.relative_to(results)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(kept)}


def command(slurm, site: Path, *words: str) -> subprocess.CompletedProcess:
    done = subprocess.run(words, cwd=site, env=slurm.environment, capture_output=True, text=True, timeout=1500)
    done.said = done.stdout + done.stderr
    return done


def begun(slurm, site: Path, *words: str) -> subprocess.Popen:
    """Start a build and return it as soon as its first job runs."""
    process = subprocess.Popen(
        words,
        cwd=site,
        env=slurm.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    wait(lambda: running(slurm), 180, "a job of the build")
    return process


def running(slurm) -> list[list[str]]:
    return [job for job in slurm.jobs("RUNNING") if job[1].startswith("rule_")]


def ended(process: subprocess.Popen) -> str:
    try:
        return process.communicate(timeout=600)[0]
    finally:
        process.kill()


@pytest.fixture(scope="module")
def whole(slurm, site) -> Path:
    """The demonstration, built on Slurm with the command of the guide."""
    done = command(slurm, site, "make", "cluster")
    assert done.returncode == 0, done.said[-6000:]
    submitted = {job[1].removeprefix("rule_") for job in slurm.jobs("COMPLETED")}
    assert submitted == set(config.load(ROOT / "config" / "config.yaml")["cluster"]["submit"])
    return site


@pytest.fixture
def service(whole):
    """The service strand's records are to be read again, and must then be what they were."""
    before = {path: path.read_bytes() for path in (whole / "results" / "restricted" / "service").glob("*.csv")}
    assert whole / CELLS in before
    for path in (whole / "results" / "restricted" / "service").iterdir():
        if path.is_file():
            path.unlink()
    yield whole
    assert [path.name for path, kept in before.items() if path.exists() and path.read_bytes() != kept] == []
    assert (whole / CELLS).read_bytes() == before[whole / CELLS]


def test_the_demonstration_on_slurm_is_the_same_bytes_as_here(built, whole):
    here, there = hashes(built), hashes(whole / "results")
    assert sorted(here) == sorted(there)
    assert len(here) > 30
    assert [name for name in here if here[name] != there[name]] == []


def test_the_simple_mode_runs_the_whole_in_one_allocation(slurm, whole):
    first, line = blocks(PAGE)[:2]
    assert command(slurm, whole, "bash", "-c", first).returncode == 0
    done = command(slurm, whole, "bash", "-c", line.replace("sbatch ", "sbatch --wait --output=one-job.log ", 1))
    said = (whole / "one-job.log").read_text()
    assert done.returncode == 0, done.said + said
    assert "report.html" in said


def test_a_node_that_dies_costs_its_job_and_nothing_else(slurm, service):
    build = begun(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    job, rule, _, node = running(slurm)[0]
    try:
        slurm.kill_node(node)
        said = ended(build)
    finally:
        slurm.start_node(node)
    assert build.returncode == 0, said[-4000:]
    states = {one[0]: (one[1], one[2]) for one in slurm.jobs("all")}
    assert states[job] == (rule, "NODE_FAIL")
    assert max((int(one), *what) for one, what in states.items() if what[0] == rule)[2] == "COMPLETED"


def test_a_cancelled_job_is_said_and_the_same_command_goes_on(slurm, service):
    build = begun(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    first = running(slurm)[0]
    slurm.run("scancel", first[0])
    second = wait(lambda: [job for job in running(slurm) if int(job[0]) > int(first[0])], 180, "the second try")[0]
    slurm.run("scancel", second[0])
    said = ended(build)
    assert build.returncode != 0
    assert f"service_records: Slurm job {second[0]} ended as CANCELLED" in said
    assert "run the same command again" in said
    again = command(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    assert again.returncode == 0, again.said[-4000:]


def test_ctrl_c_cancels_the_jobs_and_the_same_command_goes_on(slurm, service):
    build = begun(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    job = running(slurm)[0]
    os.killpg(build.pid, signal.SIGINT)
    said = ended(build)
    assert build.returncode != 0
    assert "the same command goes on" in said
    assert [one[2] for one in slurm.jobs("all") if one[0] == job[0]] == ["CANCELLED"]
    again = command(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    assert again.returncode == 0, again.said[-4000:]


def test_a_killed_head_is_recovered_with_one_command_that_uses_what_its_jobs_made(slurm, service):
    build = begun(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    job = running(slurm)[0]
    for pid in head(service):
        os.kill(pid, signal.SIGKILL)
    os.killpg(build.pid, signal.SIGKILL)
    build.wait()
    again = command(slurm, service, "make", "recover")
    assert again.returncode == 0, again.said[-4000:]
    assert f"scancel {job[0]}" in again.said
    same = [one for one in slurm.jobs("all") if one[1] == job[1] and int(one[0]) >= int(job[0])]
    assert [one[2] for one in same] == ["COMPLETED"]


def head(folder: Path) -> list[int]:
    """The Snakemake that submits: it runs in the copy, and not inside a job."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes()
            if b"snakemake" in words and b"--workflow-profile" in words and (path / "cwd").resolve() == folder:
                found.append(int(path.name))
        except OSError:
            continue
    return found


def test_half_a_minute_without_the_controller_does_not_hang(slurm, service):
    build = begun(slurm, service, "make", "cluster", f"TARGETS={CELLS}")
    slurm.stop_controller()
    time.sleep(30)
    slurm.start_controller()
    said = ended(build)
    assert build.returncode == 0, said[-4000:]


def test_a_step_that_fails_on_a_node_says_why_to_the_person(slurm, whole):
    study = config.read(whole / "config" / "config.yaml")
    for section in {"demonstration", *config.SECTIONS} - {"service"}:
        study.pop(section, None)
    study["results"] = "results/other"
    extract = whole / study["service"]["inputs"]["extract"]
    study["service"]["inputs"]["extract"] = f"broken{extract.suffix}"
    (whole / f"broken{extract.suffix}").write_bytes(b"PAR1 this is no table")
    (whole / "broken.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    done = command(slurm, whole, "make", "cluster", "STUDY=broken.yaml")
    assert done.returncode != 0
    told = done.said.partition("What went wrong")[2]
    assert "service records" in told
    assert f"broken{extract.suffix}" in told
    assert "ended as FAILED" not in told


def test_an_account_where_none_are_kept_is_refused_before_anything_is_submitted(slurm, whole):
    before = len(slurm.jobs("all"))
    done = command(slurm, whole, "make", "cluster", "ACCOUNT=genomics")
    assert done.returncode != 0
    assert "keeps no accounts" in done.said
    assert len(slurm.jobs("all")) == before


def blocks(page: Path) -> list[str]:
    """The commands of a guide page."""
    found = re.findall(r"^```sh[^\n]*\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line for block in found for line in block.splitlines() if line and not line.startswith("#")]
