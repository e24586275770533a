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
INSIDE = ROOT / ".venv-inside"  # has a folder of its own, so that it does not disturb the other
SLURM = ROOT / ".venv-slurm"  # apart too: Snakemake imports every executor that is installed, at every start
WHEELS = ROOT / "wheelhouse"  # what `make wheelhouse` filled: an environment is made from it, and no index is asked
BUILD = "envs/requirements-build.txt"  # builds the one dependency that is published as source, and genequity itself
LOCKS = {
    "run": "envs/requirements.txt",
    "dev": "envs/requirements-dev.txt",
    "authors": "envs/requirements-authors.txt",
    "inside": "envs/requirements-inside.txt",
    "slurm": "envs/requirements-slurm.txt",
}


def folder(kind: str) -> Path:
    """Return the folder of an environment: those of a secure environment and of a cluster stand apart."""
    return {"inside": INSIDE, "slurm": SLURM}.get(kind, ENVIRONMENT)


def python(kind: str = "run") -> Path:
    """Return the environment's interpreter."""
    return folder(kind) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def ready(kind: str) -> bool:
    """Whether the environment of a kind is there and as its lock file says."""
    stamp = _stamp(kind)
    return python(kind).exists() and stamp.exists() and stamp.read_text() == _fingerprint(kind)


def size(kind: str) -> tuple[int, int]:
    """Return how many packages an environment holds beside genequity, and its bytes on disk."""
    listed = folder(kind).rglob("site-packages/*.dist-info")
    names = {path.name for path in listed if not path.name.startswith(("genequity-", "pip-"))}
    files = (path for path in folder(kind).rglob("*") if path.is_file() and not path.is_symlink())
    return len(names), sum(path.stat().st_size for path in files)


def ensure(kind: str) -> None:
    """Make or mend the environment, saying what is done; nothing when it is ready.

    Parameters
    ----------
    kind : str
        ``run``, ``dev`` (tests) or ``authors`` (JupyterLab), each of which includes what a run needs; or ``inside``,
        which has only what the release pack needs; or ``slurm``, which submits to a cluster.
    """
    if ready(kind):
        return
    start = time.monotonic()
    uv = shutil.which("uv")
    tool = "uv" if uv else "pip"
    lock, index = source(kind)
    print(
        f"Setting up the environment in {folder(kind).name} from {lock} ({tool}); one to three minutes ...", flush=True
    )
    if not _usable(kind, uv):
        _call([uv, "venv", "-q", "--clear", "--python", sys.executable, str(folder(kind))] if uv else _venv(kind))
    _install(kind, uv, [*index, "--require-hashes", "-r", BUILD])
    _install(kind, uv, [*index, "--require-hashes", "--no-deps", "--no-build-isolation", "-r", lock])
    _install(kind, uv, [*index, "--no-deps", "--no-build-isolation", "-e", "."])
    subprocess.run([str(python(kind)), "-m", "compileall", "-q", "workflow/lib"], cwd=ROOT)
    sign(kind)
    print(f"The environment is ready ({time.monotonic() - start:.0f} s).", flush=True)


def source(kind: str) -> tuple[str, list[str]]:
    """Return the lock file to install from, and the options that say where packages are: none for the usual index.

    The wheelhouse's own lock file also has the hashes of wheels that were built for it; it counts as long as it was
    made from the lock file that is here. The environment inside takes any wheelhouse, since no index is there.
    """
    local = ["--no-index", "--find-links", str(WHEELS)]
    lock = ROOT / LOCKS[kind]
    filled = WHEELS / lock.name
    if filled.exists():
        if filled.read_text(encoding="utf-8").startswith(heading(lock)):
            return filled.relative_to(ROOT).as_posix(), local
        print(f"{filled.relative_to(ROOT)} is of another version of {LOCKS[kind]}; run 'make wheelhouse' again.")
    return LOCKS[kind], local if kind == "inside" and WHEELS.is_dir() else []


def heading(lock: Path) -> str:
    """Return the first line of the wheelhouse's lock file, which says what it was made from."""
    return f"# {lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}\n"


def sign(kind: str) -> None:
    """Note in an environment that it is as its lock file says."""
    for other in LOCKS:
        if other == kind or (other == "run" and folder(kind) == ENVIRONMENT):
            _stamp(other).write_text(_fingerprint(other))


def _usable(kind: str, uv: str | None) -> bool:
    """Whether the environment that is there can be added to: it runs, and has pip where there is no uv."""
    if not python(kind).exists():
        return False
    command = [str(python(kind)), "-c", "pass" if uv else "import pip"]
    return subprocess.run(command, capture_output=True).returncode == 0


def _venv(kind: str) -> list[str]:
    if subprocess.run([sys.executable, "-c", "import ensurepip"], capture_output=True).returncode:
        raise SystemExit(
            "This Python cannot make virtual environments (its 'venv' package is missing). Install python3-venv, or "
            "install uv (docs.astral.sh/uv), which needs no administrator rights, and run the command again."
        )
    return [sys.executable, "-m", "venv", "--clear", str(folder(kind))]


def _install(kind: str, uv: str | None, arguments: list[str]) -> None:
    if uv:
        _call([uv, "pip", "install", "-q", "--compile-bytecode", "--python", str(python(kind)), *arguments])
    else:
        _call([str(python(kind)), "-m", "pip", "install", "-q", "--disable-pip-version-check", *arguments])


def _call(command: list[str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise SystemExit(
            "Setting up the environment failed; the lines above say why. Without internet, fill a folder wheelhouse/ "
            "on another machine with 'make wheelhouse' (config/guide/work-offline.md) and run the command again."
        )


def _stamp(kind: str) -> Path:
    return folder(kind) / f"genequity-{kind}.lock"


def _fingerprint(kind: str) -> str:
    digest = hashlib.sha256()
    for file in (BUILD, LOCKS[kind], "pyproject.toml"):
        digest.update((ROOT / file).read_bytes())
    return digest.hexdigest()
