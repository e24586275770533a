"""A table in PostgreSQL as an extract: streamed through ADBC into the temporary DuckDB, batch by batch.

The config names a small file (``*.postgres.yaml``) as it would name any other extract. It says where the table is, and
never holds a password: that comes from an environment variable that the file names, or from what PostgreSQL's own
library reads (``PGPASSWORD``, a password file, a service file). The driver hands over an Arrow stream that DuckDB reads
without any other library; the table is never held whole. The connection only reads.

A table has no order. Its rows are numbered in that of the primary key or, without one, of all columns, so that two
builds number them alike. What changes in the database is not seen by the build, which looks at the file: give the file
another date (``taken``), and the table is read again.
"""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.errors import InputError, Problem, masked, nearest, raise_if
from genequity.service import sql

if TYPE_CHECKING:
    import duckdb

ENDINGS = (".postgres.yaml", ".postgres.yml")
KEYS = {
    "table": "name of the table or view (needed)",
    "schema": "its schema, public when absent",
    "host": "server",
    "port": "port",
    "database": "database",
    "user": "user",
    "service": "entry of PostgreSQL's service file that says all this",
    "password_variable": "environment variable that holds the password",
    "sslmode": "as in require or verify-full",
    "taken": "day on which the table was made; another day makes the build read it again",
}
PARAMETERS = {"host": "host", "port": "port", "database": "dbname", "user": "user", "service": "service"}
SECRETS = ("password", "passwd", "pwd", "uri", "url", "dsn")
# What the server's codes mean for the person at the keyboard; nothing of its text is repeated.
REFUSALS = {
    "28P01": ("the server refused the user or the password", "check user, password_variable or the password file"),
    "28000": ("the server does not let this user in", "ask the database's keeper for access from this machine"),
    "3D000": ("the server has no such database", "correct database"),
    "42501": ("this user may not read the table", "ask the database's keeper for the right to read it"),
    "57P03": ("the server is starting or stopping", "try again in a minute"),
}
UNREACHED = ("the server could not be reached", "check host, port, network and that the server runs")


def is_connection(path: str) -> bool:
    """Whether a path names a file that says where a table of PostgreSQL is.

    >>> is_connection("extract/Referrals.postgres.yaml"), is_connection("referrals.csv")
    (True, False)
    """
    return path.casefold().endswith(ENDINGS)


def copied(connection: duckdb.DuckDBPyConnection, path: str, options: dict[str, Any], table: str) -> None:
    """Copy the table into DuckDB under the name ``table``, with its ``row`` number first.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The temporary database.
    path : str
        File that says where the table is (:data:`KEYS`).
    options : dict
        ``table``: name of the table where the file gives none.
    table : str
        Name of the DuckDB table to make. Dates are dates; all else is text, numbers without superfluous decimals.

    Raises
    ------
    InputError
        If the file is not as described, the server refuses, or there is no such table; it holds no word of the server.
    """
    place = settings(path, options)
    manager, driver = _driver(path)
    try:
        with (
            closing(driver.connect(conninfo(place, path))) as base,
            closing(manager.AdbcConnection(base)) as server,
        ):
            _run(manager, server, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY")
            query = _query(manager, server, place, path)
            with closing(manager.AdbcStatement(server)) as statement:
                statement.set_sql_query(query)
                stream, _ = statement.execute_query()
                connection.register("stream", stream)
                try:
                    with masked("reading the table", path, "try again; if it fails again, ask the database's keeper"):
                        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM stream")
                finally:
                    connection.unregister("stream")
    except manager.Error as error:
        raise InputError(_refusal(error, path)) from None


def settings(path: str, options: dict[str, Any]) -> dict[str, Any]:
    """Read the file and check its keys.

    Raises
    ------
    InputError
        With every key that is not known, that is missing or that holds a secret.
    """
    import yaml

    with masked("reading the file that says where the table is", path, "write it as lines of 'key: value'"):
        place = yaml.safe_load(Path(path).read_text(encoding="utf-8")) or {}
    if not isinstance(place, dict):
        raise InputError(Problem(path, "this file has to hold lines of 'key: value'", expected=", ".join(KEYS)))
    place = {str(key): value for key, value in place.items()}
    place.setdefault("table", options.get("table"))
    found = [
        Problem(
            path,
            f"'{key}' may hold a password, which has no place in a file of the study",
            do="take it out; name the environment variable that holds it: password_variable",
        )
        for key in place
        if key.casefold() in SECRETS
    ]
    found += [
        Problem(path, f"unknown key '{key}'.{nearest(key, KEYS)}", expected=f"one of {', '.join(KEYS)}")
        for key in place
        if key not in KEYS and key.casefold() not in SECRETS
    ]
    if not place["table"]:
        found.append(Problem(path, "no table is named", expected="table: name of the table or view"))
    if not (place.get("database") or place.get("service")):
        found.append(Problem(path, "no database is named", expected="database, or service"))
    raise_if(found)
    return {key: str(value) for key, value in place.items() if value is not None}


def conninfo(place: dict[str, Any], path: str) -> str:
    """Return PostgreSQL's connection string, the password taken from the environment; never write it anywhere.

    Raises
    ------
    InputError
        If the environment variable that is named is not set.
    """
    given = {ours: place[key] for key, ours in PARAMETERS.items() if place.get(key)}
    given |= {"sslmode": place["sslmode"]} if place.get("sslmode") else {}
    variable = place.get("password_variable")
    if variable:
        if variable not in os.environ:
            raise InputError(
                Problem(
                    path,
                    f"the environment variable {variable} is not set",
                    where="password_variable",
                    do=f"set {variable} before the build, or use a password file and take password_variable out",
                )
            )
        given["password"] = os.environ[variable]
    given |= {"connect_timeout": "20", "application_name": "genequity"}
    return " ".join(f"{key}={_quoted(value)}" for key, value in given.items())


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _driver(path: str) -> tuple[Any, Any]:
    try:
        import adbc_driver_manager as manager
        import adbc_driver_postgresql as driver
    except ImportError:
        raise InputError(
            Problem(
                path,
                "the driver for PostgreSQL is not installed",
                expected="the package adbc-driver-postgresql, which the lock file has",
                do="make the environment again (make environment), or export the table as Parquet or CSV",
            )
        ) from None
    return manager, driver


def _refusal(error: Any, path: str) -> Problem:
    code = getattr(error, "sqlstate", None) or ""
    known = REFUSALS.get(code)
    if not known and (code.startswith("08") or "connect" in str(error).casefold()):
        # The library has no code for what goes wrong before the server answers; only its text tells a password.
        text = str(error).casefold()
        known = REFUSALS["28P01"] if "password" in text else UNREACHED
        known = REFUSALS["3D000"] if "database" in text and "does not exist" in text else known
        known = REFUSALS["57P03"] if "starting up" in text or "shutting down" in text else known
    message, do = known or (f"reading the table failed ({code or type(error).__name__})", "ask the database's keeper")
    return Problem(path, message, do=do)


def _run(manager: Any, server: Any, query: str) -> None:
    with closing(manager.AdbcStatement(server)) as statement:
        statement.set_sql_query(query)
        statement.execute_update()


def _rows(manager: Any, server: Any, query: str) -> list[tuple]:
    """Return the rows of a small query."""
    import duckdb

    with closing(manager.AdbcStatement(server)) as statement, closing(duckdb.connect()) as small:
        statement.set_sql_query(query)
        stream, _ = statement.execute_query()
        small.register("stream", stream)
        return small.execute("SELECT * FROM stream").fetchall()


def _query(manager: Any, server: Any, place: dict[str, Any], path: str) -> str:
    """Return the SELECT the server runs: every column as date or text, rows numbered in a fixed order."""
    schema, table = place.get("schema", "public"), place["table"]
    columns = _rows(
        manager,
        server,
        f"""SELECT a.attname::text, t.typname::text,
                   coalesce(a.attnum = ANY (k.conkey), false) AS keyed
            FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
            WHERE n.nspname = {sql.text(schema)} AND c.relname = {sql.text(table)}
              AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum""",
    )
    if not columns:
        raise InputError(_no_table(manager, server, schema, table, path))
    cells = {name: _cell(name, kind) for name, kind, _ in columns}
    keys = [sql.name(name) for name, _, keyed in columns if keyed]
    order = keys or [f'({cell})::text COLLATE "C"' for cell in cells.values()]
    listed = ", ".join(f"{cell} AS {sql.name(name)}" for name, cell in cells.items())
    where = f"{sql.name(schema)}.{sql.name(table)}"
    return f"SELECT row_number() OVER (ORDER BY {', '.join(order)}) AS row, {listed} FROM {where} ORDER BY 1"


def _cell(name: str, kind: str) -> str:
    """Return a column as a date where it is one, else as text: 1, not 1.0, as it would stand in a CSV."""
    cell = sql.name(name)
    if kind in ("date", "timestamp", "timestamptz"):
        return f"{cell}::date"
    if kind == "numeric":
        return f"nullif(trim_scale({cell})::text, 'NaN')"
    if kind in ("float4", "float8"):
        return f"nullif({cell}::text, 'NaN')"
    return f"{cell}::text"


def _no_table(manager: Any, server: Any, schema: str, table: str, path: str) -> Problem:
    known = [
        row[0]
        for row in _rows(
            manager,
            server,
            f"""SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = {sql.text(schema)} AND c.relkind IN ('r', 'v', 'm', 'p', 'f') ORDER BY 1""",
        )
    ]
    return Problem(
        path,
        f"the schema '{schema}' has no table '{table}'.{nearest(table, known)}",
        expected=f"one of {', '.join(known[:10])}" if known else "a table that this user may see",
        do="correct table or schema",
    )
