"""The process environment of a build: the same threads, locale, clock and hash seed for every step."""

from __future__ import annotations

import calendar
import importlib.util
import os
import shlex
import sys
import tempfile
import time
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genequity.step import OPEN_DATA

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "POLARS_MAX_THREADS",
)


def epoch(date: str) -> int:
    """Return midnight UTC of a date (YYYY-MM-DD) in seconds since 1970: the only clock of a build."""
    return calendar.timegm(time.strptime(date, "%Y-%m-%d"))


def prepare(study: Mapping[str, Any]) -> None:
    """Set what every step inherits.

    Parameters
    ----------
    study : mapping
        The complete config.
    """
    _stand_in("nbformat")
    sys.executable = in_a_command(sys.executable)
    os.environ["PYTHONHASHSEED"] = "0"
    os.environ["SOURCE_DATE_EPOCH"] = str(epoch(study["study"]["date"]))
    os.environ["MPLBACKEND"] = "Agg"
    for name in THREADS:
        os.environ[name] = "1"
    os.environ[OPEN_DATA] = "0" if study["study"]["data"] == "restricted" else "1"
    caches = {
        "MPLCONFIGDIR": "matplotlib",
        "IPYTHONDIR": "ipython",
        "JUPYTER_CONFIG_DIR": "jupyter",
        "JUPYTER_DATA_DIR": "jupyter",
    }
    folder = Path(tempfile.gettempdir()) / f"genequity-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
    for name, leaf in caches.items():
        os.environ.setdefault(name, str(folder / leaf))


def in_a_command(interpreter: str) -> str:
    """Return the path of the interpreter as a shell reads it.

    Snakemake writes ``sys.executable`` unquoted into the command of every script, so that a project in a folder whose
    name has a space would fail at its first step.

    >>> in_a_command("/home/me/my study/.venv/bin/python")
    "'/home/me/my study/.venv/bin/python'"
    >>> in_a_command("/usr/bin/python3")
    '/usr/bin/python3'
    """
    return interpreter if interpreter.startswith("'") or os.name == "nt" else shlex.quote(interpreter)


def _stand_in(module: str) -> None:
    """Put an empty module in the place of one that is not installed.

    Snakemake imports nbformat before every script, whatever its language, and uses it for notebooks alone; the
    environment inside has no notebooks and so no nbformat, which would bring parts of Jupyter with it.
    """
    if module not in sys.modules and importlib.util.find_spec(module) is None:
        sys.modules[module] = types.ModuleType(module)
