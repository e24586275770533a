"""Open JupyterLab on a section of the report, with the release of a study. Standard library only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from genequity.errors import nearest

CONFIG = Path(__file__).with_name("jupyter_server_config.py")
RELEASE = "GENEQUITY_RELEASE"  # as genequity.notebook reads it


def sections(folder: str | Path) -> list[str]:
    """Return the names of the notebooks of a folder, sorted."""
    return sorted(path.stem for path in Path(folder).glob("*.ipynb"))


def section_problem(section: str | None, folder: str | Path) -> str:
    """Return what is wrong with a section's name, naming the nearest one; nothing when it is right."""
    known = sections(folder)
    if section is None or section in known:
        return ""
    return f"There is no section '{section}'.{nearest(section, known)}\nThe sections are: {', '.join(known)}."


def release_problem(release: str | Path, study: str | None) -> str:
    """Return which command builds a release that is not there; nothing when it is there."""
    if (Path(release) / "study.json").exists():
        return ""
    command = f"make report STUDY={study}" if study else "make report"
    return f"The release of this study is not built yet: {release} holds no study.json.\nBuild it first: {command}"


def named(section: str | None) -> str | None:
    """Return a section's name, however it was given.

    >>> named("notebooks/survey.ipynb"), named("survey")
    ('survey', 'survey')
    """
    return Path(section).name.removesuffix(".ipynb") if section else None


def command(
    python: str, folder: str | Path, section: str | None, *, port: int | None = None, browser: bool = True
) -> list[str]:
    """Return the command that starts JupyterLab on a section, or on the folder of notebooks."""
    arguments = [f"--config={CONFIG}", f"--ServerApp.root_dir={Path(folder).resolve()}"]
    if section:
        arguments.append(f"--LabApp.default_url=/lab/tree/{section}.ipynb")
    if port is not None:
        arguments += [f"--port={port}", "--ServerApp.port_retries=0"]
    return [python, "-m", "jupyterlab", *arguments, *([] if browser else ["--no-browser"])]


def environment(release: str | Path) -> dict[str, str]:
    """Return the environment of JupyterLab: its kernels open the release of the study."""
    return os.environ | {RELEASE: str(Path(release).resolve())}


def edit(
    python: str, folder: str, section: str | None, release: str, *, port: int | None = None, browser: bool = True
) -> int:
    """Run JupyterLab until it is ended; return its exit status."""
    print(f"JupyterLab opens {section or 'the notebooks'} with the release in {release}. Ctrl-C ends it.")
    print("Outputs are not saved: a notebook's file keeps what you write, and nothing else.", flush=True)
    status = until_ended(command(python, folder, section, port=port, browser=browser), environment(release))
    if status:
        print("JupyterLab ended with a fault; its lines above say why.", file=sys.stderr)
    return status


def until_ended(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a program that Ctrl-C ends in its own way; return its exit status."""
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue
