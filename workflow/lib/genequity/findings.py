"""Findings: what each strand hands to the others, one row each, resting on one released row.

A finding may say that there is no clear difference, or that something cannot be measured: both are results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, tables
from genequity.errors import InputError, Problem, missing_file, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = [
    *("id", "strand", "theme", "statement", "estimate", "ci_low", "ci_high", "unit", "group", "comparator", "region"),
    *("pathway_step", "voice", "direction", "certainty", "n", "source_table", "source_row", "headline"),
]
DIRECTIONS = ("higher", "lower", "no_clear_difference", "not_measurable", "described")
VOICES = ("professional", "patient", "public", "documents", "data")
CERTAINTIES = ("high", "moderate", "low", "very low", "not graded")
REQUIRED = (
    "id",
    "strand",
    "theme",
    "statement",
    "voice",
    "direction",
    "certainty",
    "source_table",
    "source_row",
)


def finding(**columns: Any) -> dict[str, Any]:
    """Return one finding; columns that are not given stay blank.

    Raises
    ------
    ValueError
        If a column is unknown or missing, or a word is not of the controlled lists. These are faults of our code.
    """
    if unknown := [name for name in columns if name not in COLUMNS]:
        raise ValueError(f"a finding has no column {unknown[0]}.{nearest(unknown[0], COLUMNS)}")
    if missing := [name for name in REQUIRED if not columns.get(name)]:
        raise ValueError(f"finding {columns.get('id', '?')} lacks {', '.join(missing)}")
    for name, allowed in (("direction", DIRECTIONS), ("voice", VOICES), ("certainty", CERTAINTIES)):
        if columns[name] not in allowed:
            raise ValueError(f"finding {columns['id']}: {name} is none of {', '.join(allowed)}")
    row = dict.fromkeys(COLUMNS) | columns
    row["headline"] = bool(columns.get("headline", False))
    return row


def row_key(frame: pd.DataFrame, row: Mapping[str, Any], key: Iterable[str]) -> str:
    """Return ``"item=trust;group=Asian"`` for a row: the way back that a finding or number carries."""
    return ";".join(f"{column}={row[column]}" for column in key)


def write(rows: Iterable[dict[str, Any]], path: str | Path) -> None:
    """Write ``findings.csv``, sorted by id.

    Raises
    ------
    ValueError
        If an id repeats.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=COLUMNS)
    if repeated := sorted(frame.loc[frame["id"].duplicated(), "id"]):
        raise ValueError(f"these findings have the same id: {', '.join(repeated)}")
    for name in ("estimate", "ci_low", "ci_high"):
        frame[name] = [None if value is None or value != value else f"{float(value):.6g}" for value in frame[name]]
    frame["n"] = [None if value is None or value != value else int(value) for value in frame["n"]]
    frame["n"] = frame["n"].astype("Int64")
    frame["headline"] = frame["headline"].map({True: "true", False: "false"})
    with files.writing(path) as part:
        tables.marked(frame.sort_values("id"), path).to_csv(part, index=False, lineterminator="\n")


def read(paths: str | Path | Iterable[str | Path]) -> pd.DataFrame:
    """Read findings of one or several strands into one frame.

    Raises
    ------
    InputError
        If a file is missing or lacks columns.
    """
    import pandas as pd

    paths = [paths] if isinstance(paths, str | Path) else list(paths)
    frames = []
    for path in paths:
        if not Path(path).exists():
            raise InputError(missing_file(str(path)))
        text = [name for name in COLUMNS if name not in ("estimate", "ci_low", "ci_high", "n", "headline")]
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""], dtype=dict.fromkeys(text, str))
        raise_if(Problem(str(path), f"column '{c}' is missing") for c in COLUMNS if c not in frame.columns)
        frame["headline"] = frame["headline"].map({"true": True, "false": False, True: True, False: False}).astype(bool)
        frames.append(frame[COLUMNS])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def source(finding_row: Mapping[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a released table that a finding (or a number) rests on; empty when it dangles.

    Parameters
    ----------
    finding_row : mapping
        With ``source_row`` such as ``"item=trust;group=Asian"``.
    table : pandas.DataFrame
        The released table named by ``source_table``.
    """
    rows = table
    for pair in str(finding_row["source_row"]).split(";"):
        column, _, value = pair.partition("=")
        if column not in rows.columns:
            return rows.iloc[0:0]
        rows = rows[rows[column].astype("str") == value]
    return rows
