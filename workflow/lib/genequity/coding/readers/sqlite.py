"""Opening a program's SQLite database to read it, so that the file is never changed and cannot do harm.

Changes that wait in a journal or write-ahead log beside the database are taken in, in a copy of all three.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from genequity.coding import archive
from genequity.errors import InputError, Problem, missing_file

HEADER = b"SQLite format 3\0"
LARGEST = 4 * 2**30  # bytes of a database
VALUE_BYTES = 128 * 2**20  # of one value; a transcript is far smaller
SECONDS = 120  # for one query
STEPS = 100_000  # of SQLite's machine between two looks at the clock
BESIDE = ("-wal", "-journal")


def is_database(path: Path) -> bool:
    """Whether a file begins as an SQLite database does."""
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(len(HEADER)) == HEADER


class Database:
    """A database opened for reading: tables as rows of dictionaries, whatever columns this version of it has."""

    def __init__(self, connection: sqlite3.Connection, file: str):
        self.connection, self.file = connection, file
        self.tables = {
            name.lower(): name for (name,) in self._run("SELECT name FROM sqlite_master WHERE type = 'table'", ())
        }

    def columns(self, table: str) -> list[str]:
        """Return the columns of a table, none where there is no such table."""
        if table not in self.tables:
            return []
        return [row[1] for row in self._run(f'PRAGMA table_info("{self.tables[table]}")', ())]

    def rows(self, table: str, *wanted: str) -> list[dict]:
        """Return a table's rows with these columns; a column that this version lacks is None in every row."""
        there = {name.lower(): name for name in self.columns(table)}
        if not there:
            return []
        names = ", ".join(f'"{there[name]}"' if name in there else "NULL" for name in wanted)
        found = self._run(f'SELECT {names} FROM "{self.tables[table]}"', ())
        return [dict(zip(wanted, row, strict=True)) for row in found]

    def _run(self, query: str, values: tuple) -> list[tuple]:
        end = time.monotonic() + SECONDS
        self.connection.set_progress_handler(lambda: time.monotonic() > end, STEPS)
        try:
            return self.connection.execute(query, values).fetchall()
        except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
            message = f"the database cannot be read ({type(error).__name__})"
            if "too big" in str(error):
                message = f"a value in the database is larger than {VALUE_BYTES // 2**20} MiB; it is refused"
            elif "interrupted" in str(error):
                message = f"a table of the database takes more than {SECONDS} s to read; it is refused"
            do = "open the project in its program, save it under another name, and use that file"
            raise InputError(Problem(self.file, message, do=do)) from None


def text(value: object) -> str:
    """Return a value of a database as text."""
    if value is None:
        return ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@contextmanager
def opened(path: Path | bytes, file: str) -> Iterator[Database]:
    """Open a database for reading.

    Parameters
    ----------
    path : Path or bytes
        The database itself; bytes are read in memory and never stand on the disk.
    file : str
        Its name in messages.
    """
    if isinstance(path, bytes):
        connection = sqlite3.connect(":memory:")
        with _guarded(connection, file):
            closed = path[:18] + b"\1\1" + path[20:] if path[18:20] == b"\2\2" else path  # its log was taken in
            connection.deserialize(closed)
            yield Database(connection, file)
        return
    if not path.is_file():
        raise InputError(missing_file(file))
    if path.stat().st_size > LARGEST:
        raise InputError(Problem(file, f"the database is larger than {LARGEST // 2**30} GiB and is refused"))
    waiting = [path.with_name(path.name + end) for end in BESIDE]
    waiting = [other for other in waiting if other.is_file() and other.stat().st_size]
    with tempfile.TemporaryDirectory() as folder:
        where, mode = path.resolve(), "mode=ro&immutable=1"
        if waiting:
            where, mode = Path(folder) / "copy.sqlite3", "mode=rw"
            shutil.copyfile(path, where)
            for other in waiting:
                shutil.copyfile(other, where.with_name(where.name + other.name.removeprefix(path.name)))
        connection = sqlite3.connect(f"{where.as_uri()}?{mode}", uri=True)
        with _guarded(connection, file):
            yield Database(connection, file)


@contextmanager
def _guarded(connection: sqlite3.Connection, file: str) -> Iterator[None]:
    """Set the limits of a connection, close it in the end, and say in words that a database is broken."""
    try:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        yield
    except sqlite3.Error as error:
        message = f"the file is no readable SQLite database ({type(error).__name__})"
        raise InputError(Problem(file, message, do="copy the project again; close its program first")) from None
    finally:
        connection.close()


@contextmanager
def unpacked(path: str | Path, name: str, expected: str) -> Iterator[Path | bytes]:
    """Yield the database that a project is: the file itself, ``name`` in its folder, or ``name`` in a ZIP archive.

    One in an archive is given as bytes; only where a log with changes stands beside it, as a file in a folder of this
    process's own that goes away with it.
    """
    given = Path(path)
    if given.is_dir():
        inner = given / name
        if not inner.is_file():
            problem = Problem(
                str(path), f"the folder holds no file {name}", expected=expected, do="name the project's folder"
            )
            raise InputError(problem)
        yield inner
        return
    if not given.is_file():
        raise InputError(missing_file(str(path)))
    if is_database(given):
        yield given
        return
    with archive.opened(path, expected, "name the project's folder, or its database") as held:
        found = [member for member in archive.names(held) if member.replace("\\", "/").rpartition("/")[2] == name]
        if len(found) != 1:
            count = "no" if not found else f"{len(found)}"
            raise InputError(Problem(str(path), f"the archive holds {count} files {name}", expected=expected))
        raw = archive.read_member(held, found[0], path)
        logs = [f"{found[0]}{end}" for end in BESIDE if f"{found[0]}{end}" in held.namelist()]
        if not any(held.getinfo(log).file_size for log in logs):
            yield raw
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / name
            copy.write_bytes(raw)
            for log in logs:
                beside = name + log.removeprefix(found[0])
                copy.with_name(beside).write_bytes(archive.read_member(held, log, path))
            yield copy
