"""Compare released files as a reviewer would: by value and cell, and by bytes where the platform is the same.

Vocabulary: two files are *identical* when their bytes are; *within tolerance* when no text and no count differs and no
other number by more than one unit of its last printed decimal; else *different*. A figure is as good as the tables it
was drawn from, so it is compared by them.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from genequity import tables

IDENTICAL = "identical"
WITHIN = "within tolerance"
DIFFERENT = "different"
NOT_CHECKABLE = "not checkable"
STATES = (IDENTICAL, WITHIN, DIFFERENT, NOT_CHECKABLE)
# Beyond the sixteenth digit two processors may differ even in unrounded numbers. ASSUME: relative 1e-9.
RELATIVE = Decimal("1e-9")
CODE_VERSION = re.compile(r"\b\d+\.\d+\.\d+\+[0-9a-f]{12}\b")
_NUMBER = re.compile(r"-?\d+(?:,\d{3})*(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Cell:
    """One cell that is not the same: where it stands, what was expected, what is here, and by how much they differ."""

    row: str
    column: str
    expected: str
    here: str
    within: bool

    @property
    def difference(self) -> str:
        """The difference, signed, where both are numbers."""
        pair = _decimal(self.expected), _decimal(self.here)
        return "" if None in pair else f"{pair[1] - pair[0]:+f}"  # type: ignore[operator]


@dataclass(frozen=True)
class Result:
    """How one file compares: its name, state, cells that are not the same, and a remark."""

    name: str
    state: str
    cells: tuple[Cell, ...] = ()
    remark: str = ""


def file(name: str, expected: bytes, here: bytes) -> Result:
    """Return how two versions of a released file compare.

    Parameters
    ----------
    name : str
        Path in the release folder: ``survey/shares.csv``.
    expected, here : bytes
        What was published, and what was built now.
    """
    if expected == here:
        return Result(name, IDENTICAL)
    if name.endswith(".csv"):
        cells = tuple(_table(name, expected, here))
    elif name.endswith(".json"):
        cells = tuple(_json(expected, here))
    else:
        return Result(name, DIFFERENT, remark="the bytes differ")
    if not cells:
        return Result(name, IDENTICAL, remark="all values; only the form of the file differs")
    return Result(name, WITHIN if all(cell.within for cell in cells) else DIFFERENT, cells)


def _table(name: str, expected: bytes, here: bytes) -> Iterator[Cell]:
    before, after = _rows(expected), _rows(here)
    columns = list(dict.fromkeys([*_header(before), *_header(after)]))
    key, counts = _key(name, columns)
    old, new = _keyed(before, key), _keyed(after, key)
    for row in dict.fromkeys([*old, *new]):
        if row not in new or row not in old:
            yield Cell(
                row, "(whole row)", "there" if row in old else "absent", "there" if row in new else "absent", False
            )
            continue
        for column in columns:
            was, now = old[row].get(column), new[row].get(column)
            if was != now:
                within = column not in counts and None not in (was, now) and close(was or "", now or "")
                yield Cell(row, column, "(no such column)" if was is None else was, "" if now is None else now, within)


def _key(name: str, columns: list[str]) -> tuple[tuple[str, ...], set[str]]:
    """Return the key of a table and its whole-number columns; a table without a schema is keyed by its first column."""
    section, _, word = name.removesuffix(".csv").removesuffix(".synthetic").rpartition("/")
    try:
        schema = tables.schema(f"{section}/{word}")
    except KeyError:
        known = {"findings": ("id",), "numbers": ("key",)}
        return known.get(word, tuple(columns[:1])), set()
    counts = {column.name for column in schema.columns.values() if column.type == "integer"}
    return tuple(name for name in schema.key if name in columns) or tuple(columns[:1]), counts


def _keyed(rows: list[dict[str, str]], key: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        name = ";".join(f"{column}={row.get(column, '')}" for column in key)
        again = sum(other.split(" (again ")[0] == name for other in found)
        found[f"{name} (again {again})" if again else name] = row
    return found


def _rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def _header(rows: list[dict[str, str]]) -> list[str]:
    return list(rows[0]) if rows else []


def _json(expected: bytes, here: bytes) -> Iterator[Cell]:
    before, after = dict(_leaves(json.loads(expected))), dict(_leaves(json.loads(here)))
    for place in dict.fromkeys([*before, *after]):
        was, now = before.get(place, "absent"), after.get(place, "absent")
        if without_version(was) != without_version(now):
            yield Cell(place, "", was, now, close(was, now))


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _leaves(item, f"{place}[{number}]")
    else:
        yield place, json.dumps(value, ensure_ascii=False)


def without_version(text: str) -> str:
    """Return a text without the version of the code that made it, which says nothing about the values.

    >>> without_version("made by 0.1.0+0123456789ab")
    'made by (code version)'
    """
    return CODE_VERSION.sub("(code version)", text)


def close(was: str, now: str) -> bool:
    """Whether two cells are the same up to one unit of the last printed decimal of each number in them.

    Whole numbers must be the same; so must every word. In a sentence the numbers are compared one by one.

    >>> close("0.1234", "0.1235"), close("0.1234", "0.1236"), close("12", "13")
    (True, False, False)
    >>> close("34.1 per 100,000 (n = 250)", "34.2 per 100,000 (n = 250)")
    True
    """
    if _NUMBER.sub("#", was) != _NUMBER.sub("#", now):
        return False
    return all(_near(old, new) for old, new in zip(_NUMBER.findall(was), _NUMBER.findall(now), strict=True))


def _near(was: str, now: str) -> bool:
    if was == now:
        return True
    old, new = _decimal(was), _decimal(now)
    if old is None or new is None or (_whole(was) and _whole(now)):
        return old == new and old is not None
    unit = Decimal(1).scaleb(min(old.as_tuple().exponent, new.as_tuple().exponent))  # type: ignore[arg-type]
    return abs(old - new) <= max(unit, RELATIVE * abs(old))


def _whole(text: str) -> bool:
    return not re.search(r"[.eE]", text)


def _decimal(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
