"""The study's inputs by SHA-256: from which bytes a result was made. No name of a file leaves.

A file's name may tell who was interviewed; the setting of the config that names it does not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import config, files

if TYPE_CHECKING:
    import pandas as pd

STUDY = "study"  # stands for the strand of an input that all strands read
NOT_EVIDENCE = ("release.names", "demonstration.truth")


def hashed(named: Iterable[Sequence[str]]) -> pd.DataFrame:
    """Return the inputs of a study by their hashes.

    Parameters
    ----------
    named : iterable of (str, str)
        Setting and path (:func:`genequity.intake.named`).

    Returns
    -------
    pandas.DataFrame
        Table ``audit/inputs``: one row an input. The hash of a folder is that of its files' names and hashes.
    """
    import pandas as pd

    rows = [(setting, _strand(setting), _sha256(Path(path))) for setting, path in named if setting not in NOT_EVIDENCE]
    return pd.DataFrame(rows, columns=["input", "strand", "sha256"])


def counted(hashed: pd.DataFrame) -> dict[str, int]:
    """Return the number of inputs of each part of the study, by which one that goes later is missed."""
    return {part: int(many) for part, many in hashed["strand"].value_counts().sort_index().items()}


def _strand(setting: str) -> str:
    first = setting.split(".")[0]
    return first if first in config.SECTIONS else STUDY


def _sha256(path: Path) -> str:
    if path.is_file():
        return files.sha256(path)
    inside = sorted(file for file in path.rglob("*") if file.is_file())
    lines = [f"{files.sha256(file)}  {file.relative_to(path).as_posix()}\n" for file in inside]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
