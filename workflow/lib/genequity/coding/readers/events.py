"""Reading notes of events and round tables: an authored register with the notes in it or in files beside it.

One row is one event, or one coded note of it. Columns: ``event`` (an id), ``date``, ``title``, ``who`` (the role of
those who spoke), ``people`` (how many were there), ``consent`` (``yes``, ``no`` or ``unknown``: whether what was said
may be used), then ``text`` (the note) or ``file`` (its file, beside the register), and if it was coded ``code``; also
``coder`` and ``memo``. An event whose notes were coded in another file is registered by its name alone.

Notes are a writer's words about what was said: their certainty is lower, and an event is no participant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from genequity.coding import naming, project
from genequity.coding.project import Project
from genequity.coding.readers import grid, segments, transcripts
from genequity.errors import InputError, Problem

FORMAT = "event-notes"
NEEDED = ("event", "date", "who", "people", "consent")
KNOWN = (*NEEDED, "title", "text", "file", "code", "coder", "memo")
CONSENT = ("yes", "no", "unknown")
CERTAINTY = "lower: notes of an event, not a transcript"
EXPECTED = "a register of events: event, date, who, people, consent, and text or file"
REFUSED = "the people at this event did not consent to its use"


def is_register(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row heads a register of events."""
    first = next((row for row in rows if any(cell.strip() for cell in row)), [])
    headings = {segments.folded(cell) for cell in first}
    return headings >= {"event", "date", "who", "consent"}


def read(path: str | Path) -> Project:
    """Read a register of events and their notes.

    Notes of an event without consent are listed as unreadable, with that reason.

    Raises
    ------
    InputError
        With all problems: missing columns, a date that is none, a number that is none, a consent that is not known, a
        file that is missing or lies elsewhere.
    """
    table = grid.read(path)
    rows = [(number, row) for number, row in enumerate(table.sheets[0].rows, 1) if any(cell.strip() for cell in row)]
    headings = [segments.folded(cell) for cell in (rows[0][1] if rows else [])]
    missing = [name for name in NEEDED if name not in headings]
    if "text" not in headings and "file" not in headings:
        missing.append("text or file")
    if missing:
        raise InputError(
            [Problem(str(path), f"column '{name}' is missing", where="row 1", expected=EXPECTED) for name in missing]
        )
    entries = [
        (number, {name: (row[place].strip() if place < len(row) else "") for place, name in enumerate(headings)})
        for number, row in rows[1:]
    ]
    bad = [problem for number, entry in entries for problem in _problems(str(path), number, entry)]
    bad += _differing(str(path), entries)
    if bad:
        raise InputError(bad)
    return _project(Path(path), [entry for _, entry in entries], table.notes)


def _problems(file: str, number: int, entry: dict[str, str]) -> Iterator[Problem]:
    where = f"row {number}, column "
    if not entry["event"]:
        yield Problem(file, "the event has no id", where=f"{where}event")
    try:
        date.fromisoformat(entry["date"][:10])
    except ValueError:
        yield Problem(file, "this is no date", where=f"{where}date", expected="year-month-day, as 2026-03-31")
    if not re.fullmatch(r"[1-9]\d{0,5}", entry["people"]):
        yield Problem(file, "this is no number of people", where=f"{where}people", expected="a whole number from 1")
    if entry["consent"].casefold() not in CONSENT:
        yield Problem(file, "this consent is not known", where=f"{where}consent", expected=" or ".join(CONSENT))
    if not entry["who"]:
        yield Problem(file, "it is not said who spoke", where=f"{where}who", expected="their role, as 'clinicians'")
    name = entry.get("file", "")
    if name and (Path(name).is_absolute() or ".." in re.split(r"[\\/]", name) or ":" in name):
        yield Problem(file, "this file does not lie beside the register", where=f"{where}file")
    elif name and not (Path(file).parent / name).is_file():
        yield Problem(file, "this file of notes is not there", where=f"{where}file")
    if entry.get("code") and not name and not entry.get("text"):
        yield Problem(file, "there are neither words nor a file", where=f"{where}text")


def _differing(file: str, entries: list[tuple[int, dict[str, str]]]) -> Iterator[Problem]:
    """Yield rows of one event that say different things of it."""
    first: dict[str, dict[str, str]] = {}
    for number, entry in entries:
        known = first.setdefault(entry["event"], entry)
        for column in NEEDED[1:]:
            if known[column] != entry[column]:
                yield Problem(file, "this row says something else of the event", where=f"row {number}, column {column}")


def _project(path: Path, entries: list[dict[str, str]], notes: list[str]) -> Project:
    found: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    sources, events = [], []
    by_event: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        by_event.setdefault(entry["event"], []).append(entry)
    names = naming.Names()
    for event, rows in by_event.items():
        head, name = rows[0], names.unique(event)
        consent = head["consent"].casefold()
        about = {"event": name, "date": head["date"][:10], "title": head.get("title", ""), "who": head["who"]}
        events.append(about | {"people": head["people"], "consent": consent, "certainty": CERTAINTY})
        files = list(dict.fromkeys(row["file"] for row in rows if row.get("file")))
        parts = [transcripts.read(path.parent / file).text for file in files]
        own = dict.fromkeys(row["text"] for row in rows if row.get("text") and not row.get("file"))
        body = "\n\n".join([*parts, *own])
        if consent != "no" and any(row.get("code") for row in rows):
            proof = "notes of an event, as they stand in the register"
            sources.append({"source": name, "text": body, "repaired": "none", "proof": proof})
        for row in rows:
            if not row.get("code"):
                continue
            words = row.get("text") or body
            code = project.SEPARATOR.join(step.strip() for step in re.split(r"\s*>\s*", row["code"]) if step.strip())
            coder = row.get("coder") or project.NO_CODER
            if consent == "no":
                lost = {"source": name, "reason": REFUSED, "code": code, "coder": coder, "start": "", "end": ""}
                unreadable.append(lost | {"lost": False})
                continue
            start = body.find(words) if body.count(words) == 1 else None
            place = {"start": start, "end": None if start is None else start + len(words), "repaired": "none"}
            who = {"source": name, "coder": coder, "code": code, "text": words, "kind": project.EVENT}
            found.append(who | place | {"memo": row.get("memo", ""), "created": ""})
    note = f"{len(events)} events: lower certainty, counted apart, never as participants"
    codes = [{"code": code, "description": "", "colour": ""} for code in dict.fromkeys(row["code"] for row in found)]
    users = dict.fromkeys(row["coder"] for row in found if row["coder"] != project.NO_CODER)
    return Project(
        name=path.stem,
        origin="notes of events",
        format=FORMAT,
        users=project.frame([{"user": user} for user in users], project.USER_COLUMNS),
        codes=project.frame(codes, project.CODE_COLUMNS),
        sources=project.frame(sources, project.SOURCE_COLUMNS),
        segments=project.segment_frame(found),
        unreadable=project.frame(unreadable, project.UNREADABLE_COLUMNS),
        events=project.frame(events, project.EVENT_COLUMNS),
        codings=len(found) + len(unreadable),
        notes=[*notes, note],
    )
