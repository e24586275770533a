"""Fixtures that tests share: folders of public data, and one built demonstration for the slow tier."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest
from genequity.config import ROOT, public_folder

# A runner that a shell started in the background ignores Ctrl-C, and so would every program that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _folder(variable: str) -> Path:
    folder = public_folder(variable)
    if not folder.is_dir():
        pytest.skip(f"the folder of public data is not there (set {variable})")
    return folder


@pytest.fixture(scope="session")
def real_folder() -> Path:
    """Public data that nobody here wrote."""
    return _folder("GENEQUITY_REAL")


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """Published reference values."""
    return _folder("GENEQUITY_REFERENCE")


def program(name: str) -> str:
    """Return the path of a program that a test needs, or skip; CI fails when this skips."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"the program {name} is not there")
    return path


def snakemake(*arguments: str) -> subprocess.CompletedProcess:
    """Run snakemake in the project's own folder, one at a time over all test processes, and return what it said."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    with _exclusive(ROOT / "results" / ".building"):
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200)


def clone(folder: Path) -> Path:
    """Copy the project's files, as a fresh checkout has them, into a folder with an environment of its own.

    The environment borrows the packages of the one that runs the tests, and finds the copy's own library first.
    """
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    ).stdout.splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    venv.create(folder / ".venv", symlinks=True, with_pip=False)
    own = Path(sysconfig.get_path("purelib", vars={"base": str(folder / ".venv")}))
    borrowed = sysconfig.get_path("purelib")
    (own / "copy.pth").write_text(f"{folder / 'workflow' / 'lib'}\n{borrowed}\n")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the copy's Python in the copy."""
    command = [str(folder / ".venv" / "bin" / "python"), *arguments]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment, timeout=1200)


def build(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run snakemake in a copy, with the copy's own library."""
    return python(folder, "-m", "snakemake", "--cores", "2", *arguments)


def said(done: subprocess.CompletedProcess) -> str:
    return done.stdout + done.stderr


def chapter_pages(pdf: Any, title: str) -> int:
    """Return how many pages a chapter of an open PDF takes, by the bookmarks of the document."""
    with pdf.open_outline() as outline:
        starts = [(item.title, pdf.pages.index(item.destination[0])) for item in outline.root]
    place = next(place for place, (name, _) in enumerate(starts) if name.endswith(title))
    end = starts[place + 1][1] if place + 1 < len(starts) else len(pdf.pages)
    return end - starts[place][1]


@pytest.fixture(scope="session")
def built() -> Path:
    """The demonstration's results, built in place if they are not up to date."""
    done = snakemake("--workflow-profile", "workflow/profiles/default")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return ROOT / "results"


@pytest.fixture(scope="session")
def built_report(built) -> Path:
    """The folder with report.html, report.pdf, report.docx and the executive summary."""
    return built / "report"


class _exclusive:
    """Let one test process run Snakemake in the project's folder at a time: its locks race otherwise."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self):
        import fcntl

        self.handle = os.open(self.path, os.O_CREAT | os.O_RDWR)
        fcntl.flock(self.handle, fcntl.LOCK_EX)

    def __exit__(self, *_):
        os.close(self.handle)
