"""The process environment of a build: the same threads, locale, clock and hash seed for every step."""

from __future__ import annotations

import calendar
import importlib
import os
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


def _stand_in(module: str) -> None:
    """Put an empty module in the place of one that is not installed.

    Snakemake imports nbformat before every script, whatever its language, and uses it for notebooks alone; the
    environment inside has no notebooks and so no nbformat, which would bring parts of Jupyter with it.
    """
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        sys.modules[module] = types.ModuleType(module)
