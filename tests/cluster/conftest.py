"""A real Slurm on loopback, and a copy of the project that submits to it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from cluster import slurm as loopback
from conftest import clone, python
from genequity import setup
from genequity.config import ROOT


@pytest.fixture(scope="session")
def slurm():
    """Slurm with three nodes of two cores, started for these tests and ended after them."""
    if missing := loopback.lacking():
        pytest.skip(f"the program {missing[0]} is not there")
    running = loopback.Slurm(nodes=3, cores=2)
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(scope="session")
def plugin(tmp_path_factory) -> Path:
    """The packages that only a cluster needs, as locked, in a folder; all others are those of the tests."""
    folder = tmp_path_factory.mktemp("plugin")
    text = (ROOT / setup.LOCKS["slurm"]).read_text(encoding="utf-8")
    run = {name for name, _ in _pinned((ROOT / setup.LOCKS["run"]).read_text(encoding="utf-8"))}
    only = [block for name, block in _pinned(text) if name not in run]
    assert len(only) == 2
    (folder / "only.txt").write_text("\n".join(only))
    arguments = ["--no-deps", "--require-hashes", "--target", str(folder / "packages"), "-r", str(folder / "only.txt")]
    if uv := shutil.which("uv"):
        command = [uv, "pip", "install", "-q", "--compile-bytecode", "--python", sys.executable, *arguments]
    else:
        venv.create(folder / "pip", with_pip=True)
        command = [str(folder / "pip" / "bin" / "python"), "-m", "pip", "install", "-q", *arguments]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode and re.search(r"[Cc]onnect|resolve|fetch|No matching distribution", done.stderr):
        pytest.skip("no package index answers here")
    assert done.returncode == 0, done.stderr
    return folder / "packages"


def _pinned(text: str) -> list[tuple[str, str]]:
    """Return (name, lines) of each package of a lock file."""
    blocks = re.findall(r"^[\w.-]+==.*(?:\n +.*)*", text, flags=re.MULTILINE)
    return [(block.split("==")[0], re.sub(r"\n +#.*", "", block)) for block in blocks]


@pytest.fixture(scope="session")
def site(tmp_path_factory, plugin) -> Path:
    """A copy of the project whose environments are ready; that for Slurm has the plug-in beside all else."""
    folder = clone(tmp_path_factory.mktemp("cluster") / "a project")
    lent = next((folder / ".venv").glob("lib/python*/site-packages/copy.pth"))
    venv.create(folder / ".venv-slurm", symlinks=True, with_pip=False)
    own = folder / ".venv-slurm" / lent.relative_to(folder / ".venv")
    own.write_text(f"{lent.read_text()}{plugin}\n")
    sign = "from genequity import setup; [setup.sign(kind) for kind in ('run', 'slurm')]"
    assert python(folder, "-c", sign).returncode == 0
    return folder
