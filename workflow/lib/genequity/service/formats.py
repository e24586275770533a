"""Extracts that DuckDB does not read by itself, copied into it in chunks: SPSS, Stata, SQLite and PostgreSQL.

A file is never held whole: a chunk is read, appended to a table of the temporary database and dropped. Codes stay
codes: value labels are not applied, so that the config's words for codes hold whatever the format. A number without
decimals is written without them (1, not 1.0), as it would stand in a CSV.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.errors import InputError, Problem, masked, nearest, raise_if
from genequity.service import postgres, sql

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

STATISTICS = {".sav": "SPSS", ".zsav": "SPSS", ".dta": "Stata"}
DATABASES = (".sqlite", ".sqlite3", ".db")
CHUNK = 50_000  # rows held at a time
DAYS = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "%td", "%d", "%tc", "%tC")  # formats of dates


def copied(
    connection: duckdb.DuckDBPyConnection, path: str, options: dict[str, Any], table: str = "extract_rows"
) -> str | None:
    """Copy the extract into DuckDB and return the SELECT that reads it; None for a format that DuckDB reads itself.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The temporary database.
    path : str
        The extract.
    options : dict
        ``table``: table or view of a database; needed only when there are several.
    table : str
        Name of the DuckDB table to make.

    Raises
    ------
    InputError
        If the file cannot be read or the table is not there; its text never holds a value of the file.
    """
    ending = Path(path).suffix.casefold()
    if ending in STATISTICS:
        _statistics(connection, path, ending, table)
    elif ending in DATABASES:
        _sqlite(connection, path, options, table)
    elif postgres.is_connection(path):
        postgres.copied(connection, path, options, table)
    else:
        return None
    return f"SELECT row, * EXCLUDE row FROM {table}"


def name_problems(path: str, names: list[str], where: str = "") -> list[Problem]:
    """Return a problem when a column has no name, or two have names that differ in capitals alone."""
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if all(names) and not twice:
        return []
    return [
        Problem(
            path,
            f"column names stand twice, or differ in capitals alone: {', '.join(twice[:6])}"
            if twice
            else "a column has no name",
            where=where,
            expected="one name a column",
            do="rename or delete all but one of them" if twice else "give every column a name",
        )
    ]


def own(path: str, names: list[str]) -> list[str]:
    """Return the file's columns that are read: all but one called ``row``, which is our number of the row.

    Raises
    ------
    InputError
        If two names differ in capitals alone.
    """
    raise_if(name_problems(path, names))
    return [name for name in names if name.casefold() != "row"]


def _declared(names: list[str], dates: frozenset[str] | set[str] = frozenset()) -> str:
    """Return the columns of a table to make: our row number, then the file's own."""
    return ", ".join(["row BIGINT", *(f"{sql.name(name)} {'DATE' if name in dates else 'VARCHAR'}" for name in names)])


def _statistics(connection: duckdb.DuckDBPyConnection, path: str, ending: str, table: str) -> None:
    import pyreadstat

    read = pyreadstat.read_dta if ending == ".dta" else pyreadstat.read_sav
    with masked(f"reading the {STATISTICS[ending]} file", path, "save it again, or export it as CSV"):
        _, about = read(path, metadataonly=True)
        formats = about.original_variable_types
        dates = {
            name for name in about.column_names if str(formats.get(name, "")).rstrip("0123456789.").startswith(DAYS)
        }
        kept = own(path, list(about.column_names))
        connection.execute(f"CREATE TABLE {table} ({_declared(kept, dates)})")
        done = 0
        for chunk, _ in pyreadstat.read_file_in_chunks(read, path, chunksize=CHUNK, dates_as_pandas_datetime=True):
            _append(connection, table, chunk[kept], done, dates)
            done += len(chunk)


def _append(connection: duckdb.DuckDBPyConnection, table: str, chunk: pd.DataFrame, done: int, dates: set[str]) -> None:
    """Append a chunk; numbers become text without superfluous decimals, dates become dates."""
    connection.register("chunk", chunk)
    try:
        kinds = {row[0]: row[1] for row in connection.execute("DESCRIBE chunk").fetchall()}
        parts = []
        for name in chunk.columns:
            cell = sql.name(name)
            if name in dates:
                parts.append(f"try_cast({cell} AS TIMESTAMP)::DATE")
            elif kinds[name] in ("DOUBLE", "FLOAT"):
                whole = f"{cell} = trunc({cell}) AND abs({cell}) < 1e15 THEN {cell}::BIGINT::VARCHAR"
                parts.append(f"CASE WHEN isnan({cell}) THEN NULL WHEN {whole} ELSE {cell}::VARCHAR END")
            else:
                parts.append(f"{cell}::VARCHAR")
        row = f"row_number() OVER () + {done}"
        connection.execute(f"INSERT INTO {table} SELECT {row}, {', '.join(parts)} FROM chunk")
    finally:
        connection.unregister("chunk")


def _sqlite(connection: duckdb.DuckDBPyConnection, path: str, options: dict[str, Any], table: str) -> None:
    import sqlite3

    import pandas as pd

    with (
        masked("reading the SQLite file", path),
        closing(sqlite3.connect(f"{Path(path).absolute().as_uri()}?mode=ro", uri=True)) as base,
    ):
        named = (
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        tables = [row[0] for row in base.execute(named)]
        wanted = options.get("table") or (tables[0] if len(tables) == 1 else None)
        if wanted not in tables:
            raise InputError(_no_table(path, wanted, tables, options.get("named_by", "service.extract.table")))
        cursor = base.execute(f"SELECT * FROM {sql.name(wanted)}")
        names = [column[0] for column in cursor.description]
        kept = own(path, names)
        connection.execute(f"CREATE TABLE {table} ({_declared(kept)})")
        done = 0
        while rows := cursor.fetchmany(CHUNK):
            chunk = pd.DataFrame([[_cell(value) for value in row] for row in rows], columns=names, dtype=object)
            _append(connection, table, chunk[kept].astype("str"), done, set())
            done += len(rows)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _no_table(path: str, wanted: str | None, tables: list[str], key: str) -> Problem:
    return Problem(
        path,
        f"the database has no table '{wanted}'.{nearest(wanted, tables)}"
        if wanted
        else f"the database holds {len(tables)} tables",
        expected=f"one of {', '.join(tables[:10])}" if tables else "a table in the database",
        do=f"name the table in {key}",
    )
