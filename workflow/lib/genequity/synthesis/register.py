"""The findings register: every finding of every supplied strand, each traced to the released row it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import files
from genequity import findings as contract
from genequity.errors import Problem, missing_file, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

# The order in which the strands run and are read.
STRANDS = ("policy", "evidence", "survey", "service", "interviews")
NAMES = {
    "policy": "Policy review",
    "evidence": "Evidence",
    "survey": "Survey",
    "service": "Service data",
    "interviews": "Interviews",
}


Place = tuple[str, int, int]  # file, line, number of rows
FILE, LINE = "_file", "_line"  # where a row of a released table stands


def file_of(strand: str) -> str:
    """Return how messages name a strand's findings."""
    return f"findings of {strand}"


def read_tables(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read released tables as text, by name.

    Parameters
    ----------
    paths : iterable of str
        Such as ``results/release/survey/shares.csv``.

    Returns
    -------
    dict
        ``"survey/shares"`` -> frame of text with ``_file`` and ``_line``: where each row stands (the header is line 1).

    Raises
    ------
    InputError
        If a file is not there.
    """
    import pandas as pd

    paths = [Path(path) for path in paths]
    raise_if(missing_file(str(path)) for path in paths if not path.exists())
    found = {}
    for path in sorted(paths):
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
        where = {FILE: f"release/{path.parent.name}/{path.name}", LINE: range(2, len(frame) + 2)}
        found[f"{path.parent.name}/{files.table_of(path)}"] = frame.assign(**where)
    return found


def gather(
    findings: pd.DataFrame, tables: Mapping[str, pd.DataFrame], themes: Iterable[str], supplied: Iterable[str]
) -> pd.DataFrame:
    """Check all findings together and trace each to its released row.

    Parameters
    ----------
    findings : pandas.DataFrame
        One row a finding, of all supplied strands (:func:`genequity.findings.read`).
    tables : mapping
        Released tables as text with ``_file`` and ``_line`` (:func:`read_tables`).
    themes : iterable of str
        Ids of the study's themes.
    supplied : iterable of str
        Strands of this study.

    Returns
    -------
    pandas.DataFrame
        The findings and ``source_file, source_line, source_rows``: where in the release the row stands; for a finding
        that sums up several rows, the line of the first and how many they are.

    Raises
    ------
    InputError
        With every repeated id, unknown word and source that does not resolve, naming finding, table and row.
    """
    themes, supplied = list(themes), list(supplied)
    places: list[Place] = []
    problems: list[Problem] = []
    for row in findings.to_dict("records"):
        problems += _words(row, themes, supplied)
        place, problem = _resolve(row, tables)
        places.append(place)
        problems += [problem] if problem else []
    repeated = findings["id"].duplicated()
    problems += [
        Problem(file_of(row["strand"]), f"finding {row['id']} stands more than once", do="give each finding its own id")
        for row in findings[repeated].to_dict("records")
    ]
    raise_if(problems)
    register = findings.copy()
    for column, values in zip(("source_file", "source_line", "source_rows"), zip(*places) if places else ([], [], [])):
        register[column] = list(values)
    return register


def _words(row: Mapping, themes: list[str], supplied: list[str]) -> list[Problem]:
    lists = {
        "strand": supplied,
        "theme": themes,
        "direction": contract.DIRECTIONS,
        "voice": contract.VOICES,
        "certainty": contract.CERTAINTIES,
    }
    found = []
    for column, allowed in lists.items():
        if row[column] not in allowed:
            found.append(
                Problem(
                    file_of(str(row["strand"])),
                    f"finding {row['id']} has an unknown {column}.{nearest(str(row[column]), allowed)}",
                    where=f"column {column}",
                    expected=f"one of {', '.join(allowed)}",
                )
            )
    if not isinstance(row["statement"], str) or not row["statement"].strip():
        found.append(
            Problem(file_of(str(row["strand"])), f"finding {row['id']} says nothing", where="column statement")
        )
    return found


def _resolve(row: Mapping, tables: Mapping[str, pd.DataFrame]) -> tuple[Place, Problem | None]:
    file, name = file_of(str(row["strand"])), row["source_table"]
    if name not in tables:
        problem = Problem(
            file,
            f"finding {row['id']} rests on table {name}, which is not among the released tables",
            where="column source_table",
            do="release that table, or remove the finding",
        )
        return ("", 0, 0), problem
    rows = contract.source(row, tables[name])
    if len(rows):
        return (rows[FILE].iloc[0], int(rows[LINE].iloc[0]), len(rows)), None
    problem = Problem(
        file,
        f"finding {row['id']} rests on row {row['source_row']} of table {name}, which is not there",
        where="column source_row",
        expected="a released row, or several",
        do="build the strand again, or remove the finding",
    )
    return ("", 0, 0), problem
