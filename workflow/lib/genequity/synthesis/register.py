"""The findings register: every finding of every supplied strand, each traced to the released row it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

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


def file_of(strand: str) -> str:
    """Return how messages and the trace name a strand's findings file."""
    return f"release/{strand}/findings.csv"


def read_tables(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read released tables as text, by name.

    Parameters
    ----------
    paths : iterable of str
        Such as ``results/release/survey/shares.csv``.

    Returns
    -------
    dict
        ``"survey/shares"`` -> frame of text with a column ``line``: the line in the file, the header being line 1.

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
        found[f"{path.parent.name}/{path.stem}"] = frame.assign(line=range(2, len(frame) + 2))
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
        Released tables as text with ``line`` (:func:`read_tables`).
    themes : iterable of str
        Ids of the study's themes.
    supplied : iterable of str
        Strands of this study.

    Returns
    -------
    pandas.DataFrame
        The findings and ``source_file``, ``source_line``: where in the release the row stands.

    Raises
    ------
    InputError
        With every repeated id, unknown word and source that does not resolve, naming finding, table and row.
    """
    themes, supplied = list(themes), list(supplied)
    lines: list[int] = []
    problems: list[Problem] = []
    for row in findings.to_dict("records"):
        problems += _words(row, themes, supplied)
        line, problem = _resolve(row, tables)
        lines.append(line)
        problems += [problem] if problem else []
    repeated = findings["id"].duplicated()
    problems += [
        Problem(file_of(row["strand"]), f"finding {row['id']} stands more than once", do="give each finding its own id")
        for row in findings[repeated].to_dict("records")
    ]
    raise_if(problems)
    register = findings.copy()
    register["source_file"] = "release/" + register["source_table"].astype("str") + ".csv"
    register["source_line"] = lines
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


def _resolve(row: Mapping, tables: Mapping[str, pd.DataFrame]) -> tuple[int, Problem | None]:
    file, name = file_of(str(row["strand"])), row["source_table"]
    if name not in tables:
        problem = Problem(
            file,
            f"finding {row['id']} rests on table {name}, which is not among the released tables",
            where="column source_table",
            do="release that table, or remove the finding",
        )
        return 0, problem
    rows = contract.source(row, tables[name])
    if len(rows) == 1:
        return int(rows["line"].iloc[0]), None
    many = "which is not there" if rows.empty else f"which names {len(rows)} rows"
    problem = Problem(
        file,
        f"finding {row['id']} rests on row {row['source_row']} of table {name}, {many}",
        where="column source_row",
        expected="exactly one released row",
        do="build the strand again, or remove the finding",
    )
    return 0, problem
