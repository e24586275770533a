"""The whole release through the gate: tables, numbers, findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import files, findings, identifiers, numbers, release, tables
from genequity.errors import Problem, raise_if
from genequity.gate import audit as erasure_audit
from genequity.gate import checks
from genequity.tables import SUPPRESSED

if TYPE_CHECKING:
    import pandas as pd

OTHER = ("findings", "numbers")


def name_of(path: str) -> str:
    """Return the table's name, ``survey/shares``, from its path."""
    return f"{Path(path).parent.name}/{files.table_of(path)}"


def read(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read all released tables by name; findings and numbers are not tables."""
    named = {name_of(path): path for path in sorted(paths) if files.table_of(path) not in OTHER}
    return {name: tables.read(path, name) for name, path in named.items()}


def check(
    paths: Iterable[str],
    profile_name: str,
    refused: Iterable[str] = (),
    released: Mapping[str, pd.DataFrame] | None = None,
) -> dict[str, Any]:
    """Check every released file and return what passed.

    Parameters
    ----------
    paths : iterable of str
        All files of ``results/release`` that are CSV.
    profile_name : str
        The study's profile.
    refused : iterable of str
        Names that no released text may hold, besides identifiers (:mod:`genequity.identifiers`).
    released : mapping, optional
        Result of :func:`read` on these files, where it has been read.

    Raises
    ------
    InputError
        With everything that an output checker would refuse.
    """
    paths, refused = sorted(paths), list(refused)
    rule = release.profile(profile_name)
    released = read(paths) if released is None else released
    problems: list[Problem] = []
    for path in paths:
        word = files.table_of(path)
        if word == "numbers":
            problems += checks.number_problems(numbers.read(path), released, path)
        elif word == "findings":
            said = findings.read(path)
            problems += checks.finding_problems(said, released, rule, path)
            problems += identifiers.in_texts(said["statement"], "statement", path, refused)
        else:
            name = name_of(path)
            problems += checks.table_problems(released[name], tables.schema(name), rule, path)
            problems += identifiers.in_table(released[name], tables.schema(name), path, refused)
    problems += [problem for path in paths for problem in _unfollowed(path, released)]
    raise_if(problems)
    return {
        "profile": rule.name,
        "version": rule.version,
        "rule": rule.sentence,
        "passed": True,
        "tables": [_summary(name, frame) for name, frame in sorted(released.items())],
    }


def _unfollowed(path: str, released: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Return a problem when a table shows counts of people whom the table that it follows withholds."""
    name = name_of(path)
    table = tables.schema(name) if name in released else None
    if table is None or table.follows.get("table") not in released:
        return []
    frame = released[name]
    counts = [column.name for column in table.columns.values() if column.is_count]
    hidden = release.withheld_there(frame, table, released[table.follows["table"]])
    shown = int((hidden & frame[counts].notna().any(axis=1)).sum())
    message = f"{shown} rows show counts of people whom {table.follows['table']} withholds"
    return [Problem(path, message, do="withhold them in both tables")] if shown else []


def audit(released: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the erasure audit over all released tables, from :func:`read`."""
    return erasure_audit.erasure(released.items())


def _summary(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    table = tables.schema(name)
    counts = [column.name for column in table.columns.values() if column.is_count]
    reasons = frame[SUPPRESSED].notna() if SUPPRESSED in frame.columns else frame.index < 0
    return {
        "name": name,
        "about": table.about,
        "rows": len(frame),
        "counts": counts,
        "withheld": int(frame.loc[reasons, counts].isna().sum().sum()) if counts else 0,
    }
