"""Other data sets that hold people's ethnicity codes: each with a person, a date and a code, in the config's order.

Hospital and practice records often know what a referral form does not. Their codes join those of the extract before a
rule chooses; where a rule goes by source, the extract's own columns come first, then these data sets in the order in
which ``service.fields.ethnicity_sources`` lists them. Only people of the extract are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.errors import InputError, Problem, masked, missing_file, nearest, raise_if
from genequity.service import extract, formats, sql

if TYPE_CHECKING:
    import duckdb

TABLE = "source_codes"


def settings_problems(section: dict[str, Any]) -> list[Problem]:
    """Return what does not fit together between the files, their fields and the extract's own fields."""
    files, fields = section["inputs"].get("ethnicity_sources") or {}, section["fields"].get("ethnicity_sources") or []
    names = [entry["name"] for entry in fields]
    where = "service.fields.ethnicity_sources"
    found = [
        Problem("config", f"no file is named for the source '{name}'.{nearest(name, files)}", where=where)
        for name in names
        if name not in files
    ]
    found += [
        Problem(
            "config",
            f"the columns of the source '{name}' are not named",
            where=f"service.inputs.ethnicity_sources.{name}",
            do=f"add it to {where}, in the order of trust",
        )
        for name in files
        if name not in names
    ]
    if len(set(names)) != len(names):
        found.append(Problem("config", "a source stands twice", where=where))
    if names and not section["fields"].get("person"):
        found.append(
            Problem(
                "config",
                "codes of other data sets can be joined only by person",
                where="service.fields.person",
                do="name the column of pseudonyms, the same as in the other data sets",
            )
        )
    return found


def load(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> None:
    """Make the table ``source_codes``: ``name, row, person, date, bad_date, source, code`` of every row with a code.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.extract.read_records`; ``source`` goes on from the extract's own columns.
    section : dict
        The config section.

    Raises
    ------
    InputError
        With the problems of every file: missing, unreadable, or without a column that the config names.
    """
    connection.execute(
        f"CREATE TABLE {TABLE} (name VARCHAR, row BIGINT, person VARCHAR, date DATE, bad_date BOOLEAN, "
        "source INTEGER, code VARCHAR)"
    )
    own, found = len(section["fields"]["ethnicity"]), []
    for place, entry in enumerate(section["fields"].get("ethnicity_sources") or [], own + 1):
        path = section["inputs"]["ethnicity_sources"][entry["name"]]
        try:
            _load(connection, path, entry, place, section["extract"])
        except InputError as error:
            found += error.problems
    raise_if(found)


def _load(connection: duckdb.DuckDBPyConnection, path: str, entry: dict[str, Any], place: int, options: dict) -> None:
    if not Path(path).exists():
        raise InputError(missing_file(path))
    if Path(path).suffix.casefold() == ".zip":
        raise InputError(Problem(path, "an archive cannot be read here", do="unpack it and name the file inside"))
    view, table = sql.name(f"other_{place}"), f"other_rows_{place}"
    key = f"service.fields.ethnicity_sources, {entry['name']}, table"
    reading = options | {"table": entry.get("table"), "named_by": key}
    with masked("reading the data set", path, "check that the file is complete and of the kind its name says"):
        query = formats.copied(connection, path, reading, table) or extract.scan(Path(path), reading, path)
        connection.execute(f"CREATE VIEW {view} AS {query}")
        present = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {view}").fetchall() if row[0] != "row"}
    wanted = {entry[key]: f"service.fields.ethnicity_sources, {entry['name']}, {key}" for key in ("person", "code")}
    if entry.get("date"):
        wanted[entry["date"]] = f"service.fields.ethnicity_sources, {entry['name']}, date"
    raise_if(extract.column_problems(path, present, wanted, "the data set"))
    person, code = (extract.plain(entry[key], reading) for key in ("person", "code"))
    date, bad = extract.day(entry["date"], present, reading) if entry.get("date") else ("NULL::DATE", "false")
    with extract.reading(path, "check that every row has as many cells as the header", "the data set"):
        connection.execute(f"""
            INSERT INTO {TABLE}
            SELECT {sql.text(entry["name"])}, row, {person}, {date}, {bad}, {place}, {code} FROM {view}
            WHERE ({code}) IS NOT NULL
        """)
