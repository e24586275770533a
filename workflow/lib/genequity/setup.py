"""Make the environment from the lock files: with uv where it is there, else with pip. Standard library only."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
ENVIRONMENT = ROOT / ".venv"
BUILD = "envs/requirements-build.txt"  # builds the one dependency that is published as source, and genequity itself
LOCKS = {
    "run": "envs/requirements.txt",
    "dev": "envs/requirements-dev.txt",
    "authors": "envs/requirements-authors.txt",
}


def python() -> Path:
    """Return the environment's interpreter."""
    return ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready(kind: str) -> bool:
    """Whether the environment of a kind is there and as its lock file says."""
    stamp = _stamp(kind)
    return python().exists() and stamp.exists() and stamp.read_text() == _fingerprint(kind)


def ensure(kind: str) -> None:
    """Make or mend the environment, saying what is done; nothing when it is ready.

    Parameters
    ----------
    kind : str
        ``run``, ``dev`` (tests) or ``authors`` (JupyterLab); each includes what a run needs.
    """
    if ready(kind):
        return
    start = time.monotonic()
    uv = shutil.which("uv")
    print(f"Setting up the environment in .venv from {LOCKS[kind]} ({'uv' if uv else 'pip'}) ...", flush=True)
    if not _usable(uv):
        _call([uv, "venv", "-q", "--clear", "--python", sys.executable, str(ENVIRONMENT)] if uv else _venv())
    _install(uv, ["--require-hashes", "-r", BUILD])
    _install(uv, ["--require-hashes", "--no-deps", "--no-build-isolation", "-r", LOCKS[kind]])
    _install(uv, ["--no-deps", "--no-build-isolation", "-e", "."])
    subprocess.run([str(python()), "-m", "compileall", "-q", "workflow/lib"], cwd=ROOT)
    for other in LOCKS:
        if other in (kind, "run"):
            _stamp(other).write_text(_fingerprint(other))
    print(f"The environment is ready ({time.monotonic() - start:.0f} s).", flush=True)


def _usable(uv: str | None) -> bool:
    """Whether the environment that is there can be added to: it runs, and has pip where there is no uv."""
    if not python().exists():
        return False
    command = [str(python()), "-c", "pass" if uv else "import pip"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _venv() -> list[str]:
    if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode:
        raise SystemExit(
            "This Python cannot make virtual environments (its 'venv' package is missing). Install python3-venv, or "
            "install uv (docs.astral.sh/uv), which needs no administrator rights, and run the command again."
        )
    return [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)]


def _install(uv: str | None, arguments: list[str]) -> None:
    if uv:
        _call([uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python()), *arguments])
    else:
        _call([str(python()), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments])


def _call(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise SystemExit(
            "Setting up the environment failed; the lines above say why. Without internet, point pip at a folder of "
            "wheels (PIP_NO_INDEX=1 PIP_FIND_LINKS=folder) and run the command again."
        )


def _stamp(kind: str) -> Path:
    return ENVIRONMENT / f"genequity-{kind}.lock"


def _fingerprint(kind: str) -> str:
    digest = hashlib.sha256()
    for file in (BUILD, LOCKS[kind], "pyproject.toml"):
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()
