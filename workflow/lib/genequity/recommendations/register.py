"""The register of recommendations: read, and refused in plain words where nobody could act on an entry."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity import authored, sheets
from genequity import config as yaml_files
from genequity.errors import InputError, Problem, masked, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

TYPES = ("policy", "practice", "research", "education", "data")
TEXT = ("id", "title", "type", "organisation", "action", "what", "for_whom", "by_when", "measure", "resources")
LISTS = ("evidence", "co_design")
FIELDS = (*TEXT, *LISTS)
# What every recommendation gives; the co-design log may not know it.
NEEDED = (*TEXT, "evidence")
NAMED = ("organisation", "type")
ORGANISATIONS = ("organisation", "type", "description")
CO_DESIGN = ("entry", "date", "activity", "with_whom", "said", "did")
# Owners that nobody can be held to.
VAGUE_OWNERS = re.compile(
    r"(?:the |all |key |relevant |various |other )*"
    r"(?:stakeholders?|nhs|national health service|government|policy[- ]?makers?|commissioners|providers|clinicians|"
    r"researchers|partners|services|the system|everyone|everybody|all|others|nobody|none|n/?a|tb[acd]|to be confirmed)",
    re.IGNORECASE,
)
# Wording that asks for a thought and not for a deed.
WEAK_WORDING = re.compile(
    r"\b(?:should consider|consider(?:ing)?|give(?:s)? (?:thought|consideration) to|explore(?: the possibility)?|"
    r"look into|be mindful|where possible|where appropriate|as appropriate|raise awareness)\b",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"(?:n/?a|none|tb[acd]|to be (?:confirmed|agreed|decided)|unknown|\?+|-+)\.?", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def organisations(file: str) -> pd.DataFrame:
    """Read the controlled list of organisations: ``organisation, type, description``."""
    frame = authored.read(file, ORGANISATIONS, filled=NAMED, unique=("organisation",))
    raise_if(
        Problem(
            file,
            "this is not an organisation that can be held to a recommendation",
            where=f"row {row[authored.ROW]}, column organisation",
            expected="the name of one body",
        )
        for row in frame.to_dict("records")
        if VAGUE_OWNERS.fullmatch(row["organisation"])
    )
    return frame.drop(columns=authored.ROW)


def co_design(file: str | None) -> pd.DataFrame:
    """Read the log of co-design: ``entry, date, activity, with_whom, said, did``; empty when there is no file."""
    import pandas as pd

    if not file:
        return pd.DataFrame(columns=list(CO_DESIGN), dtype="str")
    frame = authored.read(file, CO_DESIGN, filled=CO_DESIGN, unique=("entry",))
    raise_if(
        Problem(
            file,
            "not a date",
            where=f"row {row[authored.ROW]}, column date",
            expected="such as 2026-03-31",
            do=authored.mend_day(row["date"]),
        )
        for row in frame.to_dict("records")
        if _date(row["date"]) is None
    )
    return frame.drop(columns=authored.ROW)


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
        One row a recommendation: the fields of :data:`TEXT` as text, ``evidence`` and ``co_design`` as lists.

    Raises
    ------
    InputError
        With every problem of every recommendation.
    """
    import pandas as pd

    entries, places = _entries(file)
    known = {
        "organisations": list(owners["organisation"]),
        "entries": list(log["entry"]),
        "verbs": list(verbs),
        "findings": None if findings is None else list(findings),
    }
    problems, seen, rows = [], set(), []
    for place, entry in enumerate(entries):
        name = str(entry.get("id") or f"entry {place + 1}").strip()
        row = {field: _text(entry.get(field)) for field in TEXT} | {field: _items(entry.get(field)) for field in LISTS}
        faults = [*_form(entry, name), *_owner(entry, row, name, known), *_deed(row, name, known["verbs"])]
        faults += [*_deadline(row, name, study_date), *_support(row, name, known)]
        if name in seen:
            faults.append((f"{name} stands twice", "id", "", "give each recommendation its own id"))
        seen.add(name)
        problems += [
            Problem(file, message, where=f"{places[place]}{field}", expected=expected, do=do)
            for message, field, expected, do in faults
        ]
        rows.append(row)
    raise_if(problems)
    return pd.DataFrame(rows, columns=list(FIELDS))


Fault = tuple[str, str, str, str]  # message, field, expected, what to do


def _form(entry: Mapping[str, Any], name: str) -> Iterable[Fault]:
    for field in entry:
        if field not in FIELDS:
            yield f"{name} has an unknown field.{nearest(str(field), FIELDS)}", str(field), f"{', '.join(FIELDS)}", ""
    for field, why in {
        "id": "an id",
        "title": "a short title",
        "for_whom": "whom it is for",
        "resources": "the resources it takes",
    }.items():
        if not _text(entry.get(field)):
            yield f"{name} does not give {why}", field, "", "fill it in"
    if _text(entry.get("type")) not in TYPES:
        yield f"{name} has no known type", "type", f"one of {', '.join(TYPES)}", ""


def _owner(entry: Mapping[str, Any], row: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Iterable[Fault]:
    owner, expected = row["organisation"], "exactly one organisation of the controlled list"
    if isinstance(entry.get("organisation"), list) or ";" in owner:
        yield (
            f"{name} is addressed to more than one organisation: what all own, nobody does",
            "organisation",
            expected,
            "write one recommendation for each of them",
        )
    elif not owner:
        yield f"{name} has no owner: nobody is asked to act", "organisation", expected, "name the one that can act"
    elif owner in known["organisations"]:
        return
    elif VAGUE_OWNERS.fullmatch(owner):
        yield (
            f"{name} is addressed to '{owner}', which is nobody who could be asked whether it was done",
            "organisation",
            expected,
            "name the one body that can act",
        )
    else:
        yield (
            f"{name} is addressed to an organisation that is not in the controlled list."
            f"{nearest(owner, known['organisations'])}",
            "organisation",
            expected,
            "correct the name, or add the organisation to the list",
        )


def _deed(row: Mapping[str, Any], name: str, verbs: list[str]) -> Iterable[Fault]:
    action = row["action"]
    weak = WEAK_WORDING.search(" ".join(row[field] for field in ("action", "what", "title")))
    if weak:
        yield (
            f"{name} says '{weak.group().lower()}': that asks for a thought, not for a deed",
            "action" if WEAK_WORDING.search(action) else "what",
            "an action whose completion can be seen",
            "say what is to be done",
        )
    elif not action:
        yield f"{name} names no action", "action", "one verb, such as publish or fund", ""
    elif action.lower() not in verbs:
        yield (
            f"{name} does not begin with a verb of action.{nearest(action.lower(), verbs)}",
            "action",
            f"one of {', '.join(verbs)}",
            "use one of them, or add the verb to recommendations.methods.action_verbs",
        )
    if not row["what"]:
        yield f"{name} does not say what is to be done", "what", "", "say it in one sentence"
    if not row["measure"] or PLACEHOLDER.fullmatch(row["measure"]):
        yield (
            f"{name} has no measure: nobody could tell whether it was done",
            "measure",
            "something that can be counted or seen, and where",
            "",
        )


def _deadline(row: Mapping[str, Any], name: str, study_date: str) -> Iterable[Fault]:
    expected, when = "a day, such as 2027-03-31", row["by_when"]
    if not when or PLACEHOLDER.fullmatch(when):
        yield f"{name} has no date by which it is to be done", "by_when", expected, "agree one with the organisation"
    elif _date(when) is None:
        yield f"{name} has a date that is not a day of the calendar", "by_when", expected, authored.mend_day(when)
    elif when <= study_date:
        yield f"{name} is due before the report is published", "by_when", f"a day after {study_date}", ""


def _support(row: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Iterable[Fault]:
    evidence, findings = row["evidence"], known["findings"]
    if not evidence:
        yield f"{name} rests on no evidence", "evidence", "at least one id of a finding", "cite findings, or remove it"
    for identifier in dict.fromkeys(evidence):
        if evidence.count(identifier) > 1:
            yield f"{name} cites finding {identifier} twice", "evidence", "", "cite it once"
        if findings is not None and identifier not in findings:
            yield (
                f"{name} rests on finding {identifier}, which is not in the findings register."
                f"{nearest(identifier, findings)}",
                "evidence",
                "ids of findings of this build",
                "cite another finding, or withdraw the recommendation",
            )
    for entry in dict.fromkeys(row["co_design"]):
        if entry not in known["entries"]:
            yield (
                f"{name} names co-design entry {entry}, which is not in the log.{nearest(entry, known['entries'])}",
                "co_design",
                "",
                "add the entry to the co-design log, or correct the id",
            )


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
            field: [item.strip() for item in row[field].split(";") if item.strip()] if field in LISTS else row[field]
            for field in FIELDS
        }
        for row in rows
    ]
    return entries, [f"row {row[authored.ROW]}, column " for row in rows]


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())


def _items(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    return [_text(item) for item in (value if isinstance(value, list) else [value])]


def _date(text: str) -> datetime.date | None:
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None
