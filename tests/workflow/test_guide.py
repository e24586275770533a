"""Every command of the guide and the README is run, in the order in which a reader meets it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import clone
from genequity import setup
from genequity.config import ROOT

pytestmark = pytest.mark.slow
BLOCK = re.compile(r"^```(sh[^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ORDER = ("tutorial.md", "verify.md", "secure-environment.md", "your-own-study.md")
# Commands that another test runs, since they need a browser, a cluster, an index of packages, or end by Ctrl-C.
ELSEWHERE = {
    "make test": ".ci/run",
    "make test-slow": ".ci/run",
    "make real": "tests/workflow/test_real.py",
}


def pages() -> list[Path]:
    guide = ROOT / "config" / "guide"
    rest = sorted(page.name for page in guide.glob("*.md") if page.name not in ORDER)
    return [ROOT / "README.md", *(guide / name for name in (*ORDER, *rest))]


def commands() -> list[tuple[str, str, str]]:
    """Return page, remark of the block, and command, for every line of every block of commands."""
    found = []
    for page in pages():
        for remark, block in BLOCK.findall(page.read_text(encoding="utf-8")):
            lines = block.replace("\\\n", " ").splitlines()
            for line in lines:
                command = re.sub(r"\s+#\s.*$", "", line).strip()
                if command and not command.startswith("#"):
                    found.append((page.name, remark.removeprefix("sh").strip(), command))
    return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """A reader's checkout whose environments count as set up, so that no package is fetched."""
    folder = clone(tmp_path_factory.mktemp("reader") / "genequity")
    for kind in ("run", "dev", "inside"):
        (folder / ".venv" / f"genequity-{kind}.lock").write_text(setup._fingerprint(kind))
    (folder / ".venv-inside").symlink_to(folder / ".venv")
    return folder


def test_every_command_of_the_guide_does_what_the_page_says(reader):
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    shutil.rmtree("/tmp/my-study", ignore_errors=True)
    ran = []
    try:
        for page, remark, command in commands():
            if command in ELSEWHERE or remark.startswith("tested-by="):
                continue
            done = subprocess.run(
                command, shell=True, cwd=reader, env=environment, capture_output=True, text=True, timeout=1200
            )
            told = f"{page}: {command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
            assert (done.returncode != 0) == (remark == "fails"), told
            assert "Traceback" not in done.stdout + done.stderr, told
            ran.append(command)
    finally:
        shutil.rmtree("/tmp/my-study", ignore_errors=True)
    assert len(ran) >= 10
    assert (reader / "results" / "outside" / "report" / "report.pdf").exists()


def test_commands_that_are_run_elsewhere_are_run_there():
    """A remark ``tested-by=file::test`` names the test; a command listed here names the file that runs it."""
    for page, remark, command in commands():
        named = remark.removeprefix("tested-by=") if remark.startswith("tested-by=") else ELSEWHERE.get(command)
        if named is None:
            continue
        file, _, test = named.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{page}: {command}: no test {named}"


def test_pages_hold_commands():
    by_page = {page: [c for p, _, c in commands() if p == page] for page, _, _ in commands()}
    for page in ("README.md", *ORDER):
        assert by_page[page], page
