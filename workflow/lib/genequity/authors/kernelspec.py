"""A kernel named "genequity" for VS Code and other editors, inside the environment of the project."""

from __future__ import annotations

import json
from pathlib import Path

from genequity.authors.lab import RELEASE

NAME = "genequity"


def write(environment: str | Path, python: str | Path, release: str | Path) -> Path:
    """Write the kernel into an environment; return its file.

    Parameters
    ----------
    environment : str or Path
        The folder of the environment (``.venv``).
    python : str or Path
        Its interpreter.
    release : str or Path
        The release folder that notebooks open with this kernel.
    """
    own = {
        "argv": [str(Path(python).absolute()), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": NAME,
        "language": "python",
        "env": {RELEASE: str(Path(release).resolve())},
        "metadata": {"debugger": True},
    }
    path = Path(environment) / "share" / "jupyter" / "kernels" / NAME / "kernel.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(own, indent=1) + "\n", encoding="utf-8")
    return path
