"""Words of SQL: names and values quoted so that a column called ``select`` or a code with a quote does no harm."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def name(identifier: str) -> str:
    """Quote a column or table name.

    >>> name('ethnic "code" of origin')
    '"ethnic ""code"" of origin"'
    """
    return '"' + identifier.replace('"', '""') + '"'


def text(value: object) -> str:
    """Quote a text value.

    >>> text("O'Neill")
    "'O''Neill'"
    """
    return "'" + str(value).replace("'", "''") + "'"


def listed(values: Iterable[object]) -> str:
    """Return quoted values for ``IN``; an empty list matches nothing.

    >>> listed(["a", 1])
    "('a', '1')"
    """
    return "(" + (", ".join(text(value) for value in values) or "NULL") + ")"


def lookup(expression: str, mapping: dict[str, object], otherwise: str = "NULL") -> str:
    """Return a CASE that maps text to labels."""
    if not mapping:
        return otherwise
    arms = " ".join(f"WHEN {text(code)} THEN {text(label)}" for code, label in mapping.items())
    return f"CASE {expression} {arms} ELSE {otherwise} END"


def copy(connection: duckdb.DuckDBPyConnection, query: str, path: str | Path) -> None:
    """Write what a query returns to a Parquet file, whole or not at all."""
    from genequity import files

    with files.writing(path) as part:
        connection.execute(f"COPY ({query}) TO {text(part)} (FORMAT parquet)")
