"""The register of recommendations: read, and refused in plain words where nobody could act on an entry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import authored, sheets
from genequity import config as yaml_files
from genequity.errors import InputError, Problem, masked, nearest, raise_if
from genequity.recommendations import actionable, involvement

if TYPE_CHECKING:
    import pandas as pd

TEXT = ("id", "title", "type", "organisation", "action", "what", "for_whom", "by_when", "measure", "resources",
        "equality")  # fmt: skip
LISTS = ("depends_on", "evidence", "co_design", "panel_items", "history")
FIELDS = (*TEXT, *LISTS)
# What every recommendation gives; it may depend on no other, and the co-design log may not know it.
NEEDED = (*TEXT, "evidence", "history")
# What stands between the entries of a cell; a version may hold a semicolon, but begins with its day.
BETWEEN = dict.fromkeys(LISTS, ";") | {"history": r";\s*(?=\d{4}-\d{2}-\d{2}:)"}
NAMED = ("organisation", "type")
ORGANISATIONS = ("organisation", "type", "description")
CO_DESIGN = ("entry", "date", "activity", "with_whom", "said", "did")
CO_DESIGN_MORE = ("stage", "paid")  # a log may leave these out
CO_DESIGN_ALL = (*CO_DESIGN, *CO_DESIGN_MORE)


def organisations(file: str) -> pd.DataFrame:
    """Read the controlled list of organisations: ``organisation, type, description``."""
    frame = authored.read(file, ORGANISATIONS, filled=NAMED, unique=("organisation",))
    problems = [
        Problem(
            file,
            "this is not an organisation that can be held to a recommendation",
            where=f"row {row[authored.ROW]}, column organisation",
            expected="the name of one body",
        )
        for row in frame.to_dict("records")
        if actionable.VAGUE_OWNERS.fullmatch(row["organisation"])
    ]
    again = frame["organisation"].str.casefold().str.split().str.join(" ").duplicated()
    problems += [
        Problem(
            file,
            "an earlier row has this organisation with other capitals or spaces",
            where=f"row {row}, column organisation",
            do="keep one of them",
        )
        for row in frame.loc[again, authored.ROW]
    ]
    raise_if(problems)
    return frame.drop(columns=authored.ROW)


def co_design(file: str | None, study_date: str = "") -> pd.DataFrame:
    """Read the log of co-design: :data:`CO_DESIGN_ALL`; empty when there is no file. No entry lies after the report.

    ``stage`` is one of :data:`genequity.recommendations.involvement.STAGES`, ``paid`` one of its ``PAID``; both may be
    blank, or not there.
    """
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(CO_DESIGN_ALL), dtype="str")
    there = authored.cells(file, CO_DESIGN).columns
    more = [name for name in CO_DESIGN_MORE if name in there]
    frame = authored.read(file, [*CO_DESIGN, *more], filled=CO_DESIGN, unique=("entry",))
    frame = frame.reindex(columns=[*CO_DESIGN_ALL, authored.ROW], fill_value="")
    raise_if(problem for row in frame.to_dict("records") for problem in _entry_faults(row, file, study_date))
    return frame.drop(columns=authored.ROW)


def _entry_faults(row: dict[str, Any], file: str, study_date: str) -> Iterable[Problem]:
    here = f"row {row[authored.ROW]}, column "
    if actionable.day(row["date"]) is None:
        do = authored.mend_day(row["date"])
        yield Problem(file, "not a date", where=f"{here}date", expected="such as 2026-03-31", do=do)
    elif study_date and row["date"] > study_date:
        expected = f"a day up to {study_date}, the study's date"
        yield Problem(file, "this entry lies after the report", where=f"{here}date", expected=expected)
    for column, allowed in (("stage", involvement.STAGES), ("paid", involvement.PAID)):
        if row[column] and row[column] not in allowed:
            expected = f"one of {', '.join(allowed)}, or blank"
            yield Problem(file, f"not a known {column}", where=f"{here}{column}", expected=expected)


def ids(file: str) -> list[str]:
    """Return the ids of the register, whatever else is wrong with it."""
    return [_text(entry.get("id")) for entry in _entries(file)[0] if _text(entry.get("id"))]


def read(
    file: str,
    owners: pd.DataFrame,
    log: pd.DataFrame,
    *,
    verbs: Iterable[str],
    study_date: str,
    findings: Iterable[str] | None = None,
) -> pd.DataFrame:
    """Read the register and refuse every entry on which nobody could act.

    Parameters
    ----------
    file : str
        YAML with a list ``recommendations``, or a table with a column for each field; several findings or entries of
        the log stand in one cell with ``;`` between them.
    owners : pandas.DataFrame
        The controlled list (:func:`organisations`).
    log : pandas.DataFrame
        The co-design log (:func:`co_design`).
    verbs : iterable of str
        Verbs that name an action.
    study_date : str
        Date of the report: a deadline lies after it.
    findings : iterable of str, optional
        Ids of the findings register; None before it is built, when only the form of the evidence is checked.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation: the fields of :data:`TEXT` as text, those of :data:`LISTS` as lists.

    Raises
    ------
    InputError
        With every problem of every recommendation.
    """
    import pandas as pd

    entries, places = _entries(file)
    known = {
        "fields": FIELDS,
        "recommendations": [_text(entry.get("id")) for entry in entries],
        "organisations": list(owners["organisation"]),
        "entries": list(log["entry"]),
        "verbs": list(verbs),
        "findings": None if findings is None else list(findings),
    }
    problems, seen, rows = [], set(), []
    for place, entry in enumerate(entries):
        name = str(entry.get("id") or f"entry {place + 1}").strip()
        row = {field: _text(entry.get(field)) for field in TEXT} | {
            field: _items(entry.get(field), BETWEEN[field]) for field in LISTS
        }
        faults = list(actionable.faults(entry, row, name, known, study_date))
        if name in seen:
            faults.append((f"{name} stands twice", "id", "", "give each recommendation its own id"))
        seen.add(name)
        problems += [
            Problem(file, message, where=f"{places[place]}{field}", expected=expected, do=do)
            for message, field, expected, do in faults
        ]
        rows.append(row)
    problems += [
        Problem(file, f"{' and '.join(circle)} wait for one another", where="depends_on", do="take one of them out")
        for circle in actionable.circles({row["id"]: row["depends_on"] for row in rows})
        if len(circle) > 1
    ]
    raise_if(problems)
    return pd.DataFrame(rows, columns=list(FIELDS))


def unrated(register: pd.DataFrame, items: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Yield each item that a recommendation names as voted on and the panel was never shown for it.

    Parameters
    ----------
    register : pandas.DataFrame
        As read, or as released: with ``panel_items`` as lists, or as text with ``;`` between them.
    items : pandas.DataFrame
        ``item, recommendation`` and more, as read.
    file : str
        The items file, for messages.
    """
    shown = set(items[["item", "recommendation"]].itertuples(index=False, name=None))
    for row in register.to_dict("records"):
        name, cell = row.get("recommendation", row.get("id")), row["panel_items"]
        for item in cell if isinstance(cell, list) else str(cell).split("; ") if isinstance(cell, str) else []:
            if (item, name) not in shown:
                yield Problem(
                    file,
                    f"{name} names the vote on item {item}, which no round showed for it."
                    f"{nearest(item, [one for one, of in shown if of == name] or [one for one, _ in shown])}",
                    expected="an item of the items file",
                    do="put the item back, or correct panel_items in the register",
                )


def history(register: pd.DataFrame) -> pd.DataFrame:
    """Return one row a version of a recommendation: ``recommendation, version, date, change``."""
    import pandas as pd

    rows = [
        (entry["id"], place, *actionable.VERSION.fullmatch(version).groups())
        for entry in register.to_dict("records")
        for place, version in enumerate(entry["history"], start=1)
    ]
    return pd.DataFrame(rows, columns=["recommendation", "version", "date", "change"])


def _entries(file: str) -> tuple[list[dict], list[str]]:
    """Return the entries of the register and where each stands."""
    import yaml

    if Path(file).suffix.lower() in (".csv", *sheets.ENDINGS):
        return _rows(file)

    blank = Path(file).is_file() and not Path(file).read_bytes().strip()
    entries = None if blank else yaml_files.read(file).get("recommendations")
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(
            Problem(
                file,
                "holds no list of recommendations",
                expected="'recommendations:' and under it one entry, beginning with '- id:', for each",
            )
        )
    with masked("reading the register", file):
        root = yaml.compose(Path(file).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        nodes = next(value for key, value in root.value if key.value == "recommendations")
        return entries, [f"line {node.start_mark.line + 1}, " for node in nodes.value]


def _rows(file: str) -> tuple[list[dict], list[str]]:
    table = authored.read(file, FIELDS)
    rows = table.to_dict("records")
    entries = [
        {
            field: [item.strip() for item in re.split(BETWEEN[field], row[field]) if item.strip()]
            if field in LISTS
            else row[field]
            for field in FIELDS
        }
        for row in rows
    ]
    return entries, [f"row {row[authored.ROW]}, column " for row in rows]


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _items(value: Any, between: str) -> list[str]:
    """Return the entries of a list; one line of text may hold several, as a cell of a table does."""
    if value is None:
        return []
    parts = value if isinstance(value, list) else re.split(between, _text(value))
    return [text for text in (_text(actionable.as_version(part) or part) for part in parts) if text]
