"""Whether anybody could act on a recommendation, and be asked whether it was done: one sentence for each thing missing.

Vocabulary: a *fault* is a message, the field it stands in, what was expected and what to do. Source of the questions:
Lotfi T et al. J Clin Epidemiol 2022;141:161-171 (actionable, formal recommendations), AGREE-REX (Brouwers MC et al.
JAMA Netw Open 2020;3:e205535).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from genequity import authored
from genequity.errors import nearest

TYPES = ("policy", "practice", "research", "education", "data")
Fault = tuple[str, str, str, str]  # message, field, expected, what to do
# Owners that nobody can be held to.
VAGUE_OWNERS = re.compile(
    r"(?:the |all |key |relevant |various |other |national |local |regional |appropriate |responsible |wider |whole |"
    r"hospital |clinical |frontline )*"
    r"(?:stakeholders?|nhs(?: (?:organisations?|bodies|trusts|services?))?|national health service|"
    r"(?:central |devolved )?governments?|policy[- ]?makers?|decision[- ]?makers?|commissioners|(?:care )?providers|"
    r"clinicians|clinical teams|researchers|academia|academics|industry|funders|regulators|professionals|partners|"
    r"partner organisations|organisations|bodies|agencies|authorities|services|public sector|systems?|"
    r"communit(?:y|ies)|health(?:care)? (?:services?|systems?|sector|organisations|providers|professionals)|public|"
    r"trusts|hospitals|gps|general practi(?:ces|tioners)|clinics|laboratories|charities|universities|staff|managers|"
    r"(?:nhs )?leaders|boards|sectors?|patients|society|us|we|everyone|everybody|anyone|all|others|nobody|none|n/?a|"
    r"tb[acd]|"
    r"to be (?:confirmed|agreed|decided|determined)|unknown|\?+|-+)\.?",
    re.IGNORECASE,
)
JOINED = re.compile(r"\s*(?:;|,|/|&|\+|\band\b|\bor\b|\bwith\b)\s*", re.IGNORECASE)
# Wording that asks for a thought and not for a deed.
WEAK_WORDING = re.compile(
    r"\b(?:(?:(?:should|could|might|may|must|needs? to|ought to) (?:also )?(?:be )?)?consider(?:ed|ing|s)?|"
    r"may (?:wish|want) to|give(?:s)? (?:thought|consideration|regard) to|explor(?:e|ing)(?: the possibility)?|"
    r"look(?:ing)? into|reflect(?:ing)? on|be (?:mindful|aware) of|be mindful|"
    r"where(?:ver)? (?:possible|feasible|practicable|appropriate)|if (?:possible|feasible)|"
    r"as (?:far as )?(?:possible|appropriate|needed)|(?:aim|seek|try|strive|endeavour)(?:ing)? to|work(?:ing)? towards|"
    r"rais(?:e|ing) awareness)\b",
    re.IGNORECASE,
)
# The same, where a sentence begins with it.
WEAK_OPENING = re.compile(r"(?:should|could|might|may|ought to|encourag(?:e|ing)|look(?:ing)? at)\b", re.IGNORECASE)
PLACEHOLDER = re.compile(
    r"(?:n/?a|none|nil|tb[acd]|to be (?:confirmed|agreed|decided|determined|defined)|unknown|not known|ongoing|asap|"
    r"as soon as possible|in due course|continuous(?:ly)?|immediately|soon|later|\?+|-+|\.+)\.?",
    re.IGNORECASE,
)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
VERSION = re.compile(r"(\d{4}-\d{2}-\d{2}): *(\S.*)")
WORDED = ("action", "what", "title")
MANY = ("depends_on", "evidence", "co_design", "panel_items", "history")  # fields that hold lists
GIVEN = {
    "id": "an id",
    "title": "a short title",
    "for_whom": "whom it is for",
    "resources": "the resources it takes",
    "equality": "how it bears on equality between groups",
}


def faults(
    entry: Mapping[str, Any], row: Mapping[str, Any], name: str, known: Mapping[str, Any], study_date: str
) -> Iterable[Fault]:
    """Yield all that keeps anybody from acting on an entry of the register.

    Parameters
    ----------
    entry : mapping
        As written.
    row : mapping
        Its fields as text and lists.
    name : str
        Its id, or its place where it has none.
    known : mapping
        ``fields, organisations, entries, verbs, recommendations``, and ``findings`` or None before they are built.
    study_date : str
        Date of the report.
    """
    nested = list(_nested(entry, name, known["fields"]))
    yield from nested
    told = {field for _, field, *_ in nested}
    for fault in (
        *_form(entry, row, name, known["fields"]),
        *_owner(entry, row, name, known["organisations"]),
        *_deed(row, name, known["verbs"]),
        *_deadline(row, name, study_date),
        *_support(row, name, known),
        *_dependencies(row, name, known["recommendations"]),
        *_history(row, name, study_date),
    ):
        if fault[1] not in told:
            yield fault


def day(text: str) -> datetime.date | None:
    """Return a day written as YYYY-MM-DD; None when it is none."""
    if not DATE.fullmatch(text):
        return None
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        return None


def _nested(entry: Mapping[str, Any], name: str, fields: Iterable[str]) -> Iterable[Fault]:
    """Yield the fields that hold a list, or settings of their own, where text belongs."""
    for field, value in entry.items():
        parts = value if isinstance(value, list) else [value]
        several = isinstance(value, list) and field not in (*MANY, "organisation")
        versions = field == "history" and all(isinstance(part, str) or as_version(part) for part in parts)
        if field in fields and not versions and (several or any(isinstance(part, dict | list) for part in parts)):
            do = "put text with a colon in quotes" if not several else "write it in one line"
            yield f"{name} has a list or settings where text belongs", str(field), "text", do


def as_version(part: Any) -> str:
    """Return a version as text where YAML took its day for a setting's name; blank where it is no version.

    >>> as_version({"2026-05-14": "drafted"})
    '2026-05-14: drafted'
    """
    if not isinstance(part, dict) or len(part) != 1:
        return ""
    ((key, value),) = part.items()
    return f"{key}: {value}" if day(str(key)) and isinstance(value, str) else ""


def _form(entry: Mapping[str, Any], row: Mapping[str, Any], name: str, fields: Iterable[str]) -> Iterable[Fault]:
    for field in entry:
        if field not in fields:
            yield f"{name} has an unknown field.{nearest(str(field), fields)}", str(field), f"{', '.join(fields)}", ""
    for field, why in GIVEN.items():
        if not row[field] or PLACEHOLDER.fullmatch(row[field]):
            yield f"{name} does not give {why}", field, "", "fill it in"
    if row["type"] not in TYPES:
        yield f"{name} has no known type.{nearest(row['type'], TYPES)}", "type", f"one of {', '.join(TYPES)}", ""


def _owner(entry: Mapping[str, Any], row: Mapping[str, Any], name: str, organisations: list[str]) -> Iterable[Fault]:
    owner, expected = row["organisation"], "exactly one organisation of the controlled list"
    parts = [part for part in JOINED.split(owner) if part]
    listed = {one.casefold() for one in organisations}
    several = len(parts) > 1 and (";" in owner or sum(part.casefold().removeprefix("the ") in listed for part in parts))
    if owner in organisations and not isinstance(entry.get("organisation"), list):
        return
    if not owner:
        yield f"{name} has no owner: nobody is asked to act", "organisation", expected, "name the one that can act"
    elif isinstance(entry.get("organisation"), list) or several:
        yield (
            f"{name} is addressed to more than one organisation: what all own, nobody does",
            "organisation",
            expected,
            "write one recommendation for each of them",
        )
    elif VAGUE_OWNERS.fullmatch(owner) or all(VAGUE_OWNERS.fullmatch(part) for part in parts):
        yield (
            f"{name} is addressed to '{owner}', which is nobody who could be asked whether it was done",
            "organisation",
            expected,
            "name the one body that can act",
        )
    else:
        near = nearest(owner, organisations)
        yield (
            f"{name} is addressed to an organisation that is not in the controlled list.{near}",
            "organisation",
            expected,
            "correct the name, or add the organisation to the list",
        )


def _deed(row: Mapping[str, Any], name: str, verbs: list[str]) -> Iterable[Fault]:
    action = row["action"]
    found = ((field, WEAK_WORDING.search(row[field]) or WEAK_OPENING.match(row[field])) for field in WORDED)
    field, weak = next(((field, match) for field, match in found if match), (None, None))
    if weak:
        yield (
            f"{name} says '{weak.group().lower()}': that asks for a thought, not for a deed",
            field,
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
    if not row["what"] or PLACEHOLDER.fullmatch(row["what"]):
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
    elif day(when) is None:
        do = "correct the month or the day" if DATE.fullmatch(when) else authored.mend_day(when)
        yield f"{name} has a date that is not a day of the calendar", "by_when", expected, do
    elif when <= study_date:
        yield f"{name} is due before the report is published", "by_when", f"a day after {study_date}", ""


def _support(row: Mapping[str, Any], name: str, known: Mapping[str, Any]) -> Iterable[Fault]:
    evidence, findings = row["evidence"], known["findings"]
    if not evidence:
        yield f"{name} rests on no evidence", "evidence", "at least one id of a finding", "cite findings, or remove it"
    for identifier in dict.fromkeys(evidence):
        if evidence.count(identifier) > 1:
            yield f"{name} cites finding {identifier} twice", "evidence", "", "cite it once"
        if re.search(r"[,\s]", identifier):
            yield (
                f"{name} cites several findings in one",
                "evidence",
                "ids of findings, each on its own line of the list, or with ; between them",
                "write ; where commas or spaces stand",
            )
        elif findings is not None and identifier not in findings:
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


def _dependencies(row: Mapping[str, Any], name: str, recommendations: list[str]) -> Iterable[Fault]:
    for other in dict.fromkeys(row["depends_on"]):
        if other == row["id"]:
            yield f"{name} depends on itself", "depends_on", "", "take it out"
        elif other not in recommendations:
            message = f"{name} depends on {other}, which is not in the register.{nearest(other, recommendations)}"
            yield message, "depends_on", "ids of other recommendations", "correct the id, or add the recommendation"


def _history(row: Mapping[str, Any], name: str, study_date: str) -> Iterable[Fault]:
    expected, last = "a day and what changed, such as 2026-05-14: drafted", ""
    if not row["history"]:
        yield f"{name} has no version history: nobody could tell when it was written", "history", expected, ""
    for version in row["history"]:
        found = VERSION.fullmatch(version)
        if not found or day(found[1]) is None:
            yield f"{name} has a version without a day", "history", expected, ""
            return
        if not last <= found[1] <= study_date:
            message = f"{name} has a version out of order, or one after the report"
            yield message, "history", f"days in order, up to {study_date}", ""
        last = found[1]


def circles(depends_on: Mapping[str, list[str]]) -> list[list[str]]:
    """Return each circle of recommendations that wait for one another.

    >>> circles({"R1": ["R2"], "R2": ["R1"], "R3": ["R1"]})
    [['R1', 'R2']]
    """
    reach = {name: _reach(name, depends_on) for name in depends_on}
    waiting = {name: sorted(other for other in reach[name] if name in reach.get(other, ())) for name in reach}
    return [list(circle) for circle in dict.fromkeys(tuple(circle) for circle in waiting.values() if circle)]


def _reach(start: str, depends_on: Mapping[str, list[str]]) -> set[str]:
    """Return all recommendations that one waits for, near and far."""
    seen: set[str] = set()
    ahead = list(depends_on.get(start, []))
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += depends_on.get(name, [])
    return seen
