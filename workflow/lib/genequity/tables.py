"""Tables as contracts: one schema is the check, the documentation and the data dictionary.

Schemas stand in ``workflow/schemas/tables/<strand>.yaml``. A table is CSV (UTF-8, sorted by key, fixed decimals) or,
for records, Parquet. A blank cell in a released table has its reason in the column ``suppressed``.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from genequity import files
from genequity.errors import InputError, Problem, masked, missing_file, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

SCHEMAS = Path(__file__).parents[2] / "schemas" / "tables"
# Who or what the rows of a table are about. People are protected; a table that does not say is about people.
ABOUT = ("people", "published", "method", "findings")
# What a number that is no count and rests on no count may be.
BASES = ("order", "population", "setting", "model", "items")
TYPES = ("string", "integer", "number", "boolean", "date")
SUPPRESSED = "suppressed"
MARK = "data"  # last column of every table of a synthetic study; it says SYNTHETIC and is dropped on reading


@dataclass(frozen=True)
class Column:
    """One column of a table: its type, unit, range and the sentence that explains it.

    ``protect`` says how release treats it: ``count``, ``{with: [counts]}``, ``{ratio: [count, count], per: k}``.
    A number about people that is none of these says on what it rests (``basis``: one of :data:`BASES`). ``quantile``
    marks medians and other quantiles, which need more people behind them.
    """

    name: str
    type: str
    description: str
    unit: str = ""
    decimals: int | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    nullable: bool = False
    protect: Any = None
    basis: str = ""
    quantile: bool = False

    @property
    def is_count(self) -> bool:
        """Whether the cells count people or events and so obey the small-number rule."""
        return self.protect == "count"

    @property
    def bases(self) -> tuple[str, ...]:
        """Columns whose suppression takes this one with it."""
        if not isinstance(self.protect, dict):
            return ()
        return tuple(self.protect.get("with") or self.protect.get("ratio") or ())


@dataclass(frozen=True)
class TableSchema:
    """One table: what a row is, which columns tell rows apart, and what each column holds.

    ``about`` is one of :data:`ABOUT`. ``model`` names, for a table of model estimates, the columns (or table) with the
    number of observations, of events and of residual degrees of freedom, and the rows that are the reference.
    ``follows`` names a table that counts the same people (``table``, ``by``: shared key columns): what is withheld
    there is withheld here too.
    """

    name: str
    title: str
    row: str
    key: tuple[str, ...]
    columns: dict[str, Column]
    level: Any = "national"
    totals: dict[str, Any] = field(default_factory=dict)
    about: str = "people"
    model: dict[str, Any] = field(default_factory=dict)
    follows: dict[str, Any] = field(default_factory=dict)

    @property
    def may_be_blank(self) -> set[str]:
        """Columns in which a blank is allowed: nullable ones and those that protection can empty."""
        return {c.name for c in self.columns.values() if c.nullable or c.protect}


def schemas() -> dict[str, TableSchema]:
    """Return all table schemas by name (``"survey/shares"``), in the order in which they are written."""
    strands = sorted(path.stem for path in SCHEMAS.glob("*.yaml"))
    return {name: table for strand in strands for name, table in _of_strand(strand).items()}


def schema(name: str) -> TableSchema:
    """Return one table schema.

    Raises
    ------
    KeyError
        With the nearest known name, when there is none of that name.
    """
    strand = name.partition("/")[0]
    known = _of_strand(strand) if (SCHEMAS / f"{strand}.yaml").exists() else schemas()
    if name not in known:
        raise KeyError(f"no table schema '{name}'.{nearest(name, known)}")
    return known[name]


@functools.cache
def _of_strand(strand: str) -> dict[str, TableSchema]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    entries = yaml.load((SCHEMAS / f"{strand}.yaml").read_text(encoding="utf-8"), Loader=loader) or {}
    return {name: _parse(name, entry) for name, entry in entries.items()}


def _parse(name: str, entry: dict[str, Any]) -> TableSchema:
    columns = {}
    for column, spec in entry["columns"].items():
        spec = dict(spec)
        spec["values"] = tuple(str(value) for value in spec.get("values", ()))
        columns[column] = Column(name=column, **spec)
        if columns[column].type not in TYPES:
            raise ValueError(f"table schema {name}: column {column} has unknown type {columns[column].type}")
    key = tuple(entry["key"])
    if unknown := [k for k in key if k not in columns]:
        raise ValueError(f"table schema {name}: key columns {unknown} are not columns")
    return TableSchema(
        name,
        entry["title"],
        entry["row"],
        key,
        columns,
        entry.get("level", "national"),
        entry.get("totals", {}),
        entry.get("about", "people"),
        entry.get("model", {}),
        entry.get("follows", {}),
    )


def read(path: str | Path, name: str | None = None) -> pd.DataFrame:
    """Read a table of ours.

    Parameters
    ----------
    path : str or Path
        ``.csv`` or ``.parquet``.
    name : str, optional
        Its schema; with it, types are those of the schema and the table is checked.

    Raises
    ------
    InputError
        If the file is missing, unreadable or not as its schema says.
    """
    import pandas as pd

    path = Path(path)
    if not path.exists():
        raise InputError(missing_file(str(path)))
    if path.suffix == ".parquet":
        with masked("reading the Parquet file", str(path)):
            frame = _read_parquet(path)
    else:
        table = schema(name) if name else None
        with masked("reading the CSV file", str(path), do="save it as comma-separated UTF-8"):
            types: Any = None
            if table:
                types = {c.name: str for c in table.columns.values() if c.type in ("string", "date")}
                types[SUPPRESSED] = str
            frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""], encoding="utf-8-sig")
        frame = unmarked(frame, path)
        if table:
            frame = _typed(frame, table)
    if name:
        raise_if(problems(frame, name, str(path)))
    return frame


def write(frame: pd.DataFrame, path: str | Path, name: str | None = None) -> None:
    """Write a table: checked against its schema, sorted by its key, fixed decimals, atomically.

    Parameters
    ----------
    frame : pandas.DataFrame
        At least the columns of the schema; others are an error.
    path : str or Path
        ``.csv`` or ``.parquet``.
    name : str, optional
        The schema.

    Raises
    ------
    InputError
        If the frame is not as its schema says.
    """
    path = Path(path)
    if name:
        table = schema(name)
        raise_if(problems(frame, name, str(path)))
        order = [*table.columns, *([SUPPRESSED] if SUPPRESSED in frame.columns else [])]
        frame = frame[order]
        if path.suffix != ".parquet":
            frame = _written(frame, table)
    with files.writing(path) as part:
        if path.suffix == ".parquet":
            _write_parquet(frame, part)
        else:
            marked(frame, path).to_csv(part, index=False, lineterminator="\n", encoding="utf-8")


def marked(frame: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Return the frame with the word SYNTHETIC in every row, where the file's name says so."""
    return frame.assign(**{MARK: "SYNTHETIC"}) if files.is_synthetic(path) else frame


def unmarked(frame: pd.DataFrame, path: str | Path) -> pd.DataFrame:
    """Return the frame without the column that :func:`marked` added."""
    return frame.drop(columns=MARK, errors="ignore") if files.is_synthetic(path) else frame


def problems(frame: pd.DataFrame, name: str, file: str) -> list[Problem]:
    """List what in a frame is not as its schema says."""
    import pandas as pd

    table = schema(name)
    found = [
        Problem(file, f"column '{column}' is missing", expected=f"the columns of {name}")
        for column in table.columns
        if column not in frame.columns
    ]
    for column in frame.columns:
        if column not in table.columns and column != SUPPRESSED:
            found.append(
                Problem(file, f"column '{column}' is not part of {name}.{nearest(str(column), table.columns)}")
            )
    if found:
        return found
    if frame.duplicated(list(table.key)).any():
        rows = int(frame.duplicated(list(table.key)).sum())
        found.append(Problem(file, f"{rows} rows repeat the key {', '.join(table.key)}", expected="unique keys"))
    blanks_allowed = table.may_be_blank
    for column in table.columns.values():
        cells = frame[column.name]
        if column.name not in blanks_allowed and cells.isna().any():
            found.append(Problem(file, f"{int(cells.isna().sum())} blank cells", where=f"column {column.name}"))
        if column.type in ("integer", "number"):
            numbers = pd.to_numeric(cells, errors="coerce")
            if (numbers.isna() & cells.notna()).any():
                found.append(Problem(file, "cells that are not numbers", where=f"column {column.name}"))
            if column.type == "integer" and (numbers.dropna() % 1 != 0).any():
                found.append(Problem(file, "cells that are not whole numbers", where=f"column {column.name}"))
            if column.min is not None and (numbers < column.min - 1e-12).any():
                found.append(Problem(file, f"values below {column.min}", where=f"column {column.name}"))
            if column.max is not None and (numbers > column.max + 1e-12).any():
                found.append(Problem(file, f"values above {column.max}", where=f"column {column.name}"))
        if column.values:
            unknown = ~cells.dropna().astype(str).isin(column.values)
            if unknown.any():
                found.append(
                    Problem(
                        file,
                        f"{int(unknown.sum())} cells hold an unknown value",
                        where=f"column {column.name}",
                        expected=f"one of {', '.join(column.values)}",
                    )
                )
    return found


def _typed(frame: pd.DataFrame, table: TableSchema) -> pd.DataFrame:
    import pandas as pd

    frame = frame.copy()
    for column in table.columns.values():
        if column.name not in frame.columns:
            continue
        cells = frame[column.name]
        if column.type == "boolean":
            frame[column.name] = cells.map({True: True, False: False, "true": True, "false": False}).astype("boolean")
        elif column.type == "integer" and pd.api.types.is_numeric_dtype(cells):
            whole = cells.dropna().mod(1).eq(0).all()
            frame[column.name] = cells.astype("Int64") if whole else cells
        elif column.type == "number" and pd.api.types.is_numeric_dtype(cells):
            frame[column.name] = cells.astype(float)
    return frame


def _written(frame: pd.DataFrame, table: TableSchema) -> pd.DataFrame:
    """Return the frame sorted by key, as the text that is written."""
    import pandas as pd

    frame = frame.sort_values(list(table.key), kind="stable", na_position="last").reset_index(drop=True)
    text = {}
    for name in frame.columns:
        column = table.columns.get(name)
        cells = frame[name]
        if column is None or column.type in ("string", "date"):
            text[name] = cells.astype("str").where(cells.notna(), None)
        elif column.type == "integer":
            text[name] = pd.to_numeric(cells).astype("Int64")
        elif column.type == "boolean":
            text[name] = cells.astype("boolean").map({True: "true", False: "false"})
        else:
            decimals = 6 if column.decimals is None else column.decimals
            text[name] = [_number(cell, decimals) for cell in pd.to_numeric(cells).astype(float)]
    return pd.DataFrame(text, columns=frame.columns)


def _number(cell: float, decimals: int) -> str | None:
    if cell != cell:
        return None
    text = f"{cell:.{decimals}f}"
    return re.sub(r"^-(0(?:\.0*)?)$", r"\1", text)


def _read_parquet(path: Path) -> pd.DataFrame:
    import duckdb

    with duckdb.connect() as connection:
        return connection.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("SET threads TO 1")
        connection.register("frame", frame)
        connection.execute(f"COPY frame TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
