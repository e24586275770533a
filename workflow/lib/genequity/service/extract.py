"""The extract: one file of records, in the team's own columns, read out of core.

Parquet, CSV (also compressed with gzip) and a CSV inside a zip archive are read by DuckDB; SPSS, Stata and SQLite files
are copied into it in chunks (:mod:`genequity.service.formats`), and a table of PostgreSQL in batches
(:mod:`genequity.service.postgres`). Nothing is loaded whole. The study's config says which column is which (*fields*);
this module turns them into one table ``records`` with our names.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import intake
from genequity.errors import InputError, Problem, masked, missing_file, nearest, raise_if
from genequity.service import formats, sql, stages

if TYPE_CHECKING:
    import duckdb

MAX_AGE = 120  # years; older than anyone on record in England
SPACES = " \t\r\n\u00a0\u200b\ufeff"  # stripped from both ends of a cell
EARLIEST = 1900  # year; an earlier date is a year of two digits, or a mistake
MEMORY = "2GB"  # beyond it DuckDB spills to the working folder


@contextmanager
def opened(path: str, options: dict[str, Any], folder: str | Path | None = None, threads: int = 2) -> Iterator[Any]:
    """Yield a DuckDB connection in which the view ``source`` is the extract, with its ``row`` number first.

    Parameters
    ----------
    path : str
        ``.parquet``, ``.csv``, ``.csv.gz``, ``.zip``, ``.sav``, ``.zsav``, ``.dta``, or SQLite
        (``.sqlite``, ``.sqlite3``, ``.db``), or ``.postgres.yaml``, which says where a table of PostgreSQL is.
    options : dict
        ``member`` (file inside the archive), ``delimiter``, ``table`` (of a database).
    folder : str or Path, optional
        Where the temporary database stands: a restricted folder, since it holds records. It is removed afterwards.
    threads : int
        Threads DuckDB may use.

    Raises
    ------
    InputError
        If the file is missing, cannot be read or holds no row.
    """
    import duckdb

    if not Path(path).exists():
        raise InputError(missing_file(path))
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".records-", dir=folder) as work:
        file = _unpacked(path, options, Path(work))
        connection = duckdb.connect(str(Path(work) / "records.duckdb"))
        try:
            connection.execute(f"SET threads = {int(threads)}; SET memory_limit = '{MEMORY}'")
            # A moment with a time zone is of the same day on every machine: that of UTC.
            connection.execute("SET enable_progress_bar = false; SET TimeZone = 'UTC'")
            with reading(path, "check that the file is complete and of the kind its name says"):
                query = formats.copied(connection, path, options) or scan(file, options, path)
                connection.execute(f"CREATE VIEW source AS {query}")
                connection.execute("SELECT count(*) FROM (SELECT * FROM source LIMIT 1)").fetchall()
            yield connection
        finally:
            connection.close()


def _unpacked(path: str, options: dict[str, Any], work: Path) -> Path:
    if not path.casefold().endswith(".zip"):
        return Path(path)
    with masked("opening the zip archive", path), zipfile.ZipFile(path) as archive:
        names = sorted(n for n in archive.namelist() if n.casefold().endswith((".csv", ".parquet")))
        member = options.get("member") or (names[0] if len(names) == 1 else None)
        if member not in names:
            raise InputError(
                Problem(
                    path,
                    f"the archive has no file '{member}'.{nearest(str(member), names)}"
                    if member
                    else f"the archive holds {len(names)} tables",
                    expected=f"one of {', '.join(names[:10])}" if names else "a .csv or .parquet file in the archive",
                    do="name the file in service.extract.member",
                )
            )
        target = work / f"member{Path(member).suffix.casefold()}"
        with archive.open(member) as packed, target.open("wb") as plain:
            while block := packed.read(1 << 20):
                plain.write(block)
    return target


def scan(file: Path, options: dict[str, Any], path: str) -> str:
    """Return the SELECT that reads a Parquet file or a CSV, with its ``row`` number first."""
    where = sql.text(file)
    if file.suffix.casefold() == ".parquet":
        columns = "file_row_number + 1 AS row, * EXCLUDE file_row_number"
        return f"SELECT {columns} FROM read_parquet({where}, file_row_number = true)"
    delimiter = options.get("delimiter") or ","
    # The columns are those of the first line, never what DuckDB's sniffer takes for a header: it may pick a data row.
    names = _header(file, delimiter, path)
    columns = ", ".join(f"{sql.text(name)}: 'VARCHAR'" for name in names)
    quoting = "auto_detect = false, header = true, quote = '\"', escape = '\"'"
    read = f"read_csv({where}, {quoting}, delim = {sql.text(delimiter)}, columns = {{{columns}}})"
    # The header is row 1 of the file, so that a row number is the one a spreadsheet shows.
    return f"SELECT row_number() OVER () + 1 AS row, * FROM {read}"


def _header(file: Path, delimiter: str, path: str) -> list[str]:
    """Return the column names in the first line of a CSV."""
    import csv
    import gzip

    packed = file.suffix.casefold() == ".gz"
    if not packed:
        intake.csv(file, delimiter, called=path)
    opener = gzip.open if packed else open
    with opener(file, "rt", encoding="utf-8-sig", newline="") as handle:
        names = [name.strip(SPACES) for name in next(csv.reader(handle, delimiter=delimiter), [])]
    raise_if(formats.name_problems(path, names, "row 1"))
    return names


@contextmanager
def reading(path: str, do: str, what: str = "the extract") -> Iterator[None]:
    """As :func:`genequity.errors.masked`; where DuckDB says at which line of a CSV it stopped, so does the message."""
    import duckdb

    with masked(f"reading {what}", path, do):
        try:
            yield
        except duckdb.Error as error:
            line = re.search(r"CSV Error on Line: (\d+)", str(error))
            if not line:
                raise
            told = "this row cannot be read: it has more or fewer cells than the header, or a quotation mark too many"
            raise InputError(Problem(path, told, where=f"row {line[1]}", do=do)) from None


def columns(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the extract's columns and their types, without our row number."""
    rows = connection.execute("DESCRIBE source").fetchall()
    return {row[0]: row[1] for row in rows if row[0] != "row"}


def wanted_columns(fields: dict[str, Any], pathway: list[dict[str, Any]]) -> dict[str, str]:
    """Return every column the config names, with the config key that names it."""
    found: dict[str, str] = {}
    for field in ("record", "person", "date", "region", "provider", "pedigree"):
        if fields.get(field):
            found[fields[field]] = f"service.fields.{field}"
    for field in ("age", "sex", "deprivation", "role"):
        if fields.get(field):
            found[fields[field]["column"]] = f"service.fields.{field}.column"
    for column in fields["ethnicity"]:
        found[column] = "service.fields.ethnicity"
    for stage in pathway:
        for column in stages.columns(stage):
            found.setdefault(column, f"service.pathway, stage {stage['id']}")
    for name, column in (fields.get("numbers") or {}).items():
        found.setdefault(column, f"service.fields.numbers.{name}")
    return found


def column_problems(
    path: str, present: dict[str, str], wanted: dict[str, str], what: str = "the extract"
) -> list[Problem]:
    """Return one problem for each configured column that the extract, or another data set, lacks.

    Where none is there the file may have no header row; its first row may then be a record, and is not shown.
    """
    if not set(wanted) & set(present):
        return [
            Problem(
                path,
                f"none of the {len(wanted)} columns named in the config is in row 1",
                expected="a header row",
                do="check that the first row holds the column names, and service.extract.delimiter",
            )
        ]
    known = f"one of its {len(present)} columns: {', '.join(list(present)[:12])}{' …' if len(present) > 12 else ''}"
    return [
        Problem(
            path,
            f"{what} has no column '{column}'.{nearest(column, present)}",
            where=f"named by {key}",
            expected=known,
            do="correct the column name in the config",
        )
        for column, key in wanted.items()
        if column not in present
    ]


def plain(column: str, options: dict[str, Any]) -> str:
    """Return SQL for a column as trimmed text; blank, and what ``extract.missing`` lists, is NULL."""
    cell = f"trim({sql.name(column)}::VARCHAR, {sql.text(SPACES)})"
    return f"CASE WHEN {cell} IN {sql.listed(options.get('missing') or [''])} OR {cell} = '' THEN NULL ELSE {cell} END"


def day(column: str, present: dict[str, str], options: dict[str, Any]) -> tuple[str, str]:
    """Return SQL for a column as a date, and for whether it holds something that cannot be read as one."""
    if present[column].startswith(("DATE", "TIMESTAMP")):
        return f"{sql.name(column)}::DATE", "false"
    text = plain(column, options)
    found = parsed(text, options.get("date_format") or "%Y-%m-%d")
    return found, f"({text}) IS NOT NULL AND {found} IS NULL"


def parsed(text: str, form: str) -> str:
    """Return SQL for a text as a date written in a form; NULL where it is none, or before the year 1900."""
    found = f"try_strptime({text}, {sql.text(form)})::DATE"
    return f"CASE WHEN year({found}) >= {EARLIEST} THEN {found} END"


def read_records(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    fields: dict[str, Any],
    pathway: list[dict[str, Any]],
    options: dict[str, Any],
) -> None:
    """Make the table ``records``: one row a record, our column names, text trimmed, dates and ages typed.

    Columns: ``row, record, person, date, region_code, provider, age, sex, deprivation, code_1 …`` and the pathway's
    columns as ``x_<name>``; a value that could not be read as a date or an age is blank and marked in ``bad_<column>``.

    Raises
    ------
    InputError
        If columns are missing, or the extract has no rows.
    """
    present = columns(connection)
    wanted = wanted_columns(fields, pathway)
    raise_if(column_problems(path, present, wanted))

    def text(column: str) -> str:
        return plain(column, options)

    parts = ["row"]
    for ours in ("record", "person", "provider", "pedigree"):
        parts.append(f"{text(fields[ours]) if fields.get(ours) else 'NULL::VARCHAR'} AS {ours}")
    parts.append(f"{text(fields['region']) if fields.get('region') else 'NULL::VARCHAR'} AS region_code")
    typed, bad = day(fields["date"], present, options) if fields.get("date") else ("NULL::DATE", "false")
    parts += [f"{typed} AS date", f"{bad} AS bad_date"]
    parts += _age(fields.get("age"), text)
    for ours in ("sex", "deprivation"):
        field = fields.get(ours)
        if not field:
            parts += [f"'Unknown' AS {ours}", f"false AS bad_{ours}"]
            continue
        code = f"({text(field['column'])})"
        label = sql.lookup(code, field["values"], "'Unknown'")
        known = sql.listed(field["values"])
        parts += [f"{label} AS {ours}", f"{code} IS NOT NULL AND {code} NOT IN {known} AS bad_{ours}"]
    parts.append(f"{text(fields['role']['column']) if fields.get('role') else 'NULL::VARCHAR'} AS role")
    parts += [f"{text(column)} AS code_{i}" for i, column in enumerate(fields["ethnicity"], 1)]
    for name, column in (fields.get("numbers") or {}).items():
        parts.append(f"try_cast({text(column)} AS DOUBLE) AS {sql.name(f'v_{name}')}")
    dates = {column for stage in pathway for column in stages.date_columns(stage)}
    numbers = {column for stage in pathway for column in stages.number_columns(stage)}
    for column in sorted({c for stage in pathway for c in stages.columns(stage)}):
        ours = sql.name(f"x_{column}")
        if column in dates:
            typed, bad = day(column, present, options)
            parts += [f"{typed} AS {ours}", f"{bad} AS {sql.name(f'bad_{column}')}"]
        elif column in numbers:
            parts.append(f"try_cast({text(column)} AS INTEGER) AS {ours}")
        else:
            parts.append(f"{text(column)} AS {ours}")
    with reading(path, "check that every row has as many cells as the header"):
        connection.execute(f"CREATE TABLE records AS SELECT {', '.join(parts)} FROM source")
        rows = connection.execute("SELECT count(*) FROM records").fetchall()[0][0]
    if not rows:
        raise InputError(Problem(path, "the extract has no rows", do="export it again"))


def _age(field: dict[str, Any] | None, plain) -> list[str]:
    """Age in years, or the lower bound of the band it was supplied in."""
    if not field:
        return ["NULL::DOUBLE AS age", "false AS bad_age"]
    code = f"({plain(field['column'])})"
    number = (
        f"try_cast({sql.lookup(code, field['bands'])} AS DOUBLE)"
        if field.get("bands")
        else f"try_cast({code} AS DOUBLE)"
    )
    wrong = f"{code} IS NOT NULL AND coalesce(NOT {number} BETWEEN 0 AND {MAX_AGE}, true)"
    return [f"CASE WHEN {number} BETWEEN 0 AND {MAX_AGE} THEN {number} END AS age", f"{wrong} AS bad_age"]
