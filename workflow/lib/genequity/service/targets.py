"""Turnaround targets: days allowed by category, as each version of the directory has them.

A target changes with the directory, and a test is held to the one that was in force when its clock started. The table
has one row a category and version: ``category, valid_from, valid_to, days``, and any columns beside them (``source``).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from genequity import authored
from genequity.errors import Problem, raise_if

COLUMNS = ("category", "valid_from", "valid_to", "days")
OPEN = "9999-12-31"  # the last day of a version that is still in force


def read(path: str) -> list[dict[str, Any]]:
    """Return the targets: ``category``, ``valid_from``, ``valid_to`` (blank while in force) and ``days``.

    Parameters
    ----------
    path : str
        CSV or Excel workbook.

    Raises
    ------
    InputError
        If columns are missing, a date or a number of days cannot be read, or two versions of a category overlap.
    """
    table = authored.read(path, COLUMNS, filled=("category", "valid_from", "days"), unique=("category", "valid_from"))
    found, rows = [], []
    for row in table.to_dict("records"):
        wrong = _row_problems(path, row, f"row {row.pop(authored.ROW)}")
        found += wrong
        rows += [] if wrong else [row | {"days": int(row["days"])}]
    raise_if(found)
    rows.sort(key=lambda row: (row["category"], row["valid_from"]))
    for earlier, later in pairwise(rows):
        if earlier["category"] == later["category"] and later["valid_from"] <= (earlier["valid_to"] or OPEN):
            found.append(
                Problem(
                    path,
                    f"two targets of category '{later['category']}' are in force on {later['valid_from']}",
                    do="end the earlier one (valid_to) on the day before the later one begins",
                )
            )
    raise_if(found)
    return rows


def _row_problems(path: str, row: dict[str, str], where: str) -> list[Problem]:
    from datetime import date

    found = []
    for column in ("valid_from", "valid_to"):
        try:
            if row[column] or column == "valid_from":
                date.fromisoformat(row[column])
        except ValueError:
            found.append(Problem(path, "not a date", where=f"{where}, column {column}", expected="as in 2024-04-01"))
    if not found and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        found.append(Problem(path, "the target ends before it begins", where=where))
    if not (row["days"].isdigit() and int(row["days"]) > 0):
        found.append(Problem(path, "not a number of days", where=f"{where}, column days", expected="as in 42"))
    return found


def resolved(section: dict[str, Any]) -> dict[str, Any]:
    """Return the config section in which every stage with ``target_of`` carries the targets, as ``within.cases``."""
    if not any((stage.get("within") or {}).get("target_of") for stage in section["pathway"]):
        return section
    cases = read(section["inputs"]["targets"])
    pathway = [
        stage | {"within": stage["within"] | {"cases": cases}}
        if (stage.get("within") or {}).get("target_of")
        else stage
        for stage in section["pathway"]
    ]
    return section | {"pathway": pathway}
