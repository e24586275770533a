"""Write files so that a half-written one never has the real name."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def writing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success flush it to disk and rename it, on failure remove it.

    Parameters
    ----------
    path : str or Path
        The final name. Its folder is made if needed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{os.getpid()}{path.suffix}")
    try:
        yield part
        with part.open("rb+") as handle:
            os.fsync(handle.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def is_part(path: str | Path) -> bool:
    """Whether a file is what :func:`writing` left behind when the process was killed.

    >>> is_part("results/.shares.part4711.csv"), is_part("results/shares.csv")
    (True, False)
    """
    name = Path(path).name
    return name.startswith(".") and ".part" in name


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends, atomically."""
    with writing(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: object) -> None:
    """Write JSON with sorted keys, atomically, the same bytes each time."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def read_json(path: str | Path) -> object:
    """Read JSON."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


SYNTHETIC = ".synthetic"  # stands before the ending of every released table of a synthetic study


def is_synthetic(path: str | Path) -> bool:
    """Whether a file's name says that its data are synthetic."""
    return Path(path).suffixes[-2:-1] == [SYNTHETIC]


def find_table(folder: str | Path, name: str) -> Path:
    """Return the file of a released table, whose name may say that its data are synthetic.

    Parameters
    ----------
    folder : str or Path
        ``results/release``.
    name : str
        ``survey/shares``.
    """
    marked = Path(folder) / f"{name}{SYNTHETIC}.csv"
    return marked if marked.exists() else Path(folder) / f"{name}.csv"


def table_of(path: str | Path) -> str:
    """Return the table's own word: ``shares`` for ``…/survey/shares.synthetic.csv``."""
    return Path(path).name.split(".")[0]


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with Path(path).open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
