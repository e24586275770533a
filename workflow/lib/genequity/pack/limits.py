"""Which files may leave: by type, content, size and rows. The limits are data: ``config/release/pack.yaml``."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from genequity.config import ROOT
from genequity.errors import Problem

LIMITS = ROOT / "config" / "release" / "pack.yaml"
PICTURES = {"png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff", "jpeg": b"\xff\xd8\xff"}
SMALLER = "release a smaller table, or change config/release/pack.yaml when your environment allows more"
# A drawing may hold what a browser would run or fetch, and a checker would not see.
_ACTIVE = re.compile(r"<script|<foreignObject|<!ENTITY|\son\w+\s*=|javascript:|href\s*=\s*[\"'](?!#)", re.IGNORECASE)


@dataclass(frozen=True)
class Limits:
    """Allowed endings, largest file in bytes, most rows of a table."""

    types: tuple[str, ...]
    bytes: int
    rows: int


def read(file: str | Path = LIMITS) -> Limits:
    """Read the limits of ``config/release/pack.yaml``."""
    entry = yaml.safe_load(Path(file).read_text(encoding="utf-8"))
    return Limits(tuple(sorted(entry["types"])), int(entry["bytes"]), int(entry["rows"]))


def rows(content: bytes) -> list[list[str]]:
    """Return the rows of a CSV file, its heading first."""
    csv.field_size_limit(2**31 - 1)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def problems(name: str, content: bytes, limits: Limits) -> Iterator[Problem]:
    """Yield why a file may not leave.

    Parameters
    ----------
    name : str
        Its path in the pack.
    content : bytes
        What it holds.
    limits : Limits
        What is allowed.
    """
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    allowed = ", ".join(limits.types)
    if ending not in limits.types:
        yield Problem(name, f"files of type '{ending}' may not leave", expected=f"one of {allowed}")
        return
    if len(content) > limits.bytes:
        yield Problem(name, f"{len(content):,} bytes are too many", expected=f"at most {limits.bytes:,}", do=SMALLER)
    if ending in PICTURES:
        if not content.startswith(PICTURES[ending]):
            yield Problem(name, f"the ending says {ending}, but the file holds something else")
        return
    text = _text(content)
    if text is None:
        yield Problem(name, f"the ending says {ending}, but the file holds something else", expected="UTF-8 text")
    elif ending == "json" and not _is_json(text):
        yield Problem(name, "the ending says json, but the file holds something else")
    elif ending == "svg" and ("<svg" not in text or _ACTIVE.search(text)):
        yield Problem(name, "a drawing holds scripts or links, or is no drawing", expected="shapes and text alone")
    elif ending == "csv":
        count = len(rows(content)) - 1
        if count > limits.rows:
            yield Problem(name, f"{count:,} rows are too many", expected=f"at most {limits.rows:,}", do=SMALLER)


def _text(content: bytes) -> str | None:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return None if re.search(r"[\x00-\x08\x0b\x0e-\x1f]", text) else text


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
