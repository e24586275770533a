"""Without a network: packages from the wheelhouse, and builds in a namespace that has nothing but loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import clone
from genequity import config, setup
from genequity.config import ROOT

pytestmark = pytest.mark.slow

# Raise loopback, which notebooks' kernels talk over; make sure that nothing else answers; become the command.
ALONE = """
import fcntl, os, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 0x41))
assert [name for _, name in socket.if_nameindex() if name != "lo"] == []
os.execvp(sys.argv[1], sys.argv[1:])
"""


def without_network(folder: Path, *command: str) -> subprocess.CompletedProcess:
    """Run a command in a network namespace of its own."""
    inner = ["unshare", "--net", "--map-root-user", sys.executable, "-c", ALONE]
    if shutil.which("unshare") is None or subprocess.run([*inner, "true"], capture_output=True).returncode:
        pytest.skip("this machine allows no network namespace")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run([*inner, *command], cwd=folder, capture_output=True, text=True, env=environment, timeout=900)


def one_strand(folder: Path, strand: str) -> Path:
    study = config.read(folder / "config" / "config.yaml")
    for section in config.SECTIONS:
        if section != strand:
            study[section] = None
    (folder / "one.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    return folder


def test_a_report_is_built_without_a_network(tmp_path):
    folder = one_strand(clone(tmp_path / "offline"), "policy")
    python = str(folder / ".venv" / "bin" / "python")
    done = without_network(folder, python, "-m", "snakemake", "--cores", "2", "--configfile", "one.yaml")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    report = folder / "results" / "report"
    assert {path.suffix for path in report.glob("report.*")} == {".html", ".pdf", ".docx"}


def test_the_wheelhouse_is_all_that_a_machine_without_a_network_needs(tmp_path):
    folder = one_strand(clone(tmp_path / "carried over"), "survey")
    shutil.rmtree(folder / ".venv")
    fetched = subprocess.run(["make", "wheelhouse", "KIND=inside"], cwd=folder, capture_output=True, text=True)
    said = fetched.stdout + fetched.stderr
    if fetched.returncode and re.search(r"[Cc]onnection|resolution|No matching distribution", said):
        pytest.skip("no package index answers here")
    assert fetched.returncode == 0, said[-3000:]
    wheels = {path.name for path in (folder / "wheelhouse").iterdir()} - {"requirements-inside.txt"}
    assert all(name.endswith(".whl") for name in wheels)
    assert re.search(rf"wheelhouse/ holds {len(wheels)} packages, \d+ MB", said)
    done = without_network(folder, "make", "inside", "STUDY=one.yaml")
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "from wheelhouse/requirements-inside.txt" in done.stdout
    assert (folder / "results" / "pack.zip").stat().st_size > 1000


def test_without_network_and_without_wheelhouse_it_is_said_what_to_do(tmp_path):
    folder = clone(tmp_path / "bare")
    shutil.rmtree(folder / ".venv")
    done = without_network(folder, "make", "environment")
    assert done.returncode != 0
    assert "make wheelhouse" in done.stderr
    assert (ROOT / "config" / "guide" / "work-offline.md").is_file()
    assert "config/guide/work-offline.md" in done.stderr


def test_the_commands_of_the_guide_are_these():
    page = (ROOT / "config" / "guide" / "work-offline.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh[^\n]*\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.split("\n")]
    assert [line for line in lines if line] == ["make wheelhouse", "make wheelhouse KIND=inside"]
    assert "run" in setup.LOCKS
