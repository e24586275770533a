"""Fetch all locked packages into a folder, from which a machine without an index sets up. Standard library only.

What is published as source alone is built into a wheel here: the other machine then builds nothing. The folder gets the
lock file it was filled from, with the hash of what was built added.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from genequity import setup

EPOCH = "1767225600"  # 2026-01-01, the time stamp inside wheels that are built here: the same bytes each time
SOURCES = (".tar.gz", ".zip")


def wheelhouse(options: argparse.Namespace) -> int:
    """Fetch the packages of an environment into ``wheelhouse/`` and say what to do with it."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [str(_tool(Path(folder) / "tool")), "-m", "pip"]
        made = fill(options.kind, setup.WHEELS, pip)
    if made is None:
        print(
            "Fetching failed; the lines above say why. What was fetched is kept: the same command goes on.",
            file=sys.stderr,
        )
        return 1
    files = [path for path in setup.WHEELS.iterdir() if path.suffix == ".whl"]
    size = sum(path.stat().st_size for path in files)
    where = f"{platform.system()} on {platform.machine()}, Python {sys.version_info.major}.{sys.version_info.minor}"
    verb = {"inside": "inside", "slurm": "cluster", "dev": "test", "authors": "edit"}.get(options.kind, "report")
    print(f"wheelhouse/ holds {len(files)} packages, {size / 1e6:,.0f} MB, for {where}.")
    print(f"Copy the project's folder with it to the machine without internet, and run 'make {verb}' there.")
    return 0


def fill(kind: str, folder: Path, pip: list[str]) -> Path | None:
    """Fetch the packages of an environment; return the lock file to install from, or nothing when it failed.

    Parameters
    ----------
    kind : str
        A kind of environment (``genequity.setup``).
    folder : Path
        Where the packages go.
    pip : list of str
        The command of a pip whose environment has what builds wheels.
    """
    folder.mkdir(exist_ok=True)
    lock = setup.ROOT / setup.LOCKS[kind]
    fetch = ["download", "-q", "--require-hashes", "--no-deps", "--no-build-isolation", "--dest", str(folder)]
    print(f"Fetching the packages of {setup.LOCKS[kind]} into {folder.name}/ ...", flush=True)
    for file in (setup.ROOT / setup.BUILD, lock):
        if _failed([*pip, *fetch, "-r", str(file)]):
            return None
    hashes = {}
    for source in sorted(path for path in folder.iterdir() if path.name.endswith(SOURCES)):
        with tempfile.TemporaryDirectory(dir=folder) as place:
            options = ["-q", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", place]
            if _failed([*pip, "wheel", *options, str(source)]):
                return None
            wheel = next(Path(place).glob("*.whl"))
            hashes[wheel.name.split("-")[0].replace("_", "-").lower()] = hashlib.sha256(wheel.read_bytes()).hexdigest()
            wheel.replace(folder / wheel.name)
        source.unlink()
    made = folder / lock.name
    made.write_text(setup.heading(lock) + with_built(lock.read_text(encoding="utf-8"), hashes), encoding="utf-8")
    return made


def with_built(text: str, hashes: dict[str, str]) -> str:
    """Return a lock file in which packages that were built here may also have the hash of what was built.

    Parameters
    ----------
    text : str
        The lock file.
    hashes : dict
        Package name (as locked) -> sha256 of the wheel that was built.

    >>> print(with_built("a-b==1.0 \\\\\\n    --hash=sha256:11\\n", {"a-b": "22"}), end="")
    a-b==1.0 \\
        --hash=sha256:22 \\
        --hash=sha256:11
    """
    for name, digest in hashes.items():
        pattern = rf"^({re.escape(name)}==.* \\\n)((?:    --hash=.*\n)+)"
        found = re.search(pattern, text, flags=re.MULTILINE)
        if found:
            text = text.replace(found[0], f"{found[1]}    --hash=sha256:{digest} \\\n{found[2]}")
    return text


def _tool(folder: Path) -> Path:
    """Make an environment with a pip, and with what builds wheels; return its interpreter."""
    uv = shutil.which("uv")
    make = [uv, "venv", "-q", "--seed", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r"]
    if _failed([*make, str(folder)]) or _failed([*install, str(setup.ROOT / setup.BUILD)]):
        raise SystemExit("No pip could be set up; the lines above say why.")
    return python


def _failed(command: list[str]) -> bool:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"SOURCE_DATE_EPOCH": EPOCH, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return bool(subprocess.run(command, cwd=setup.ROOT, env=environment).returncode)
