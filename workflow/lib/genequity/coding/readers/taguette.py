"""Reading Taguette projects (.sqlite3, as exported by the program or as its own database).

Verified in the program's source: ``documents.contents`` is HTML; ``highlights.start_offset`` and ``end_offset`` count
UTF-8 bytes of the words, tags left out; ``highlights.snippet`` holds the highlighted HTML; a highlight has any number
of tags in ``highlight_tags``; ``tags.path`` is a name, and since 2024 ``tags.parent_id`` makes a tree. Who coded is
not stored with a highlight; it is taken from ``commands``, where every change is logged with its user.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from genequity.coding import naming, offsets, project
from genequity.coding.project import Project
from genequity.coding.readers import markup, sqlite
from genequity.errors import InputError, Problem

FORMAT = "taguette"
EXPECTED = "a Taguette project (.sqlite3)"
TABLES = ("documents", "highlights", "tags", "highlight_tags")
REPAIRED = "utf8 bytes"


def read(path: str | Path) -> Project:
    """Read one Taguette database; it is not changed.

    Raises
    ------
    InputError
        When it is no Taguette database or cannot be opened safely.
    """
    with sqlite.opened(Path(path), str(path)) as held:
        missing = [table for table in TABLES if table not in held.tables]
        if missing:
            message = f"the database has no table {', '.join(missing)}"
            raise InputError(Problem(str(path), message, expected=EXPECTED, do="set 'format: auto' beside this path"))
        return _read(held, str(path))


def _read(held: sqlite.Database, file: str) -> Project:
    notes: list[str] = []
    projects = held.rows("projects", "id", "name")
    if len(projects) > 1:
        notes.append(f"the database holds {len(projects)} projects; all were read as one")
    names = naming.Names()
    documents: dict[Any, tuple[str, markup.Flat]] = {}
    for row in held.rows("documents", "id", "name", "filename", "contents"):
        name = names.unique(sqlite.text(row["name"]) or sqlite.text(row["filename"]) or "source without a name")
        documents[row["id"]] = (name, markup.flat(sqlite.text(row["contents"])))
    codes = _tags(held)
    log = _log(held)
    highlights = {
        row["id"]: row for row in held.rows("highlights", "id", "document_id", "start_offset", "end_offset", "snippet")
    }
    segments: list[dict[str, Any]] = []
    unreadable: list[dict[str, Any]] = []
    tagged = held.rows("highlight_tags", "highlight_id", "tag_id")
    spans = {key: _span(row, documents) for key, row in highlights.items()}
    for link in tagged:
        row = highlights.get(link["highlight_id"])
        code = codes.get(link["tag_id"], ("", ""))[0]
        coder, created = log.get(link["highlight_id"], ("", ""))
        span = "its highlight is not in the project" if row is None else spans[row["id"]]
        span = span if code else "its code is not in the project's codebook"
        name = documents[row["document_id"]][0] if row and row["document_id"] in documents else ""
        if isinstance(span, str):
            where = {"start": sqlite.text(row and row["start_offset"]), "end": sqlite.text(row and row["end_offset"])}
            lost = {"source": name, "reason": span, "code": code, "coder": coder or project.NO_CODER, "lost": True}
            unreadable.append(lost | where)
            continue
        words = {"source": name, "coder": coder or project.NO_CODER, "code": code, "memo": "", "created": created}
        start, end, text = span
        repaired = "none" if start is None or start == row["start_offset"] else REPAIRED
        segments.append(words | {"start": start, "end": end, "text": text, "repaired": repaired})
    plain = set(highlights) - {link["highlight_id"] for link in tagged}
    comments = [
        {
            "source": documents.get(highlights[key]["document_id"], ("",))[0],
            "coder": log.get(key, ("", ""))[0],
            "memo": "",
        }
        | dict(zip(("start", "end", "text"), spans[key] if not isinstance(spans[key], str) else (None, None, "")))
        for key in sorted(plain)
    ]
    proved = _proof(highlights, spans)
    return Project(
        name=" + ".join(sqlite.text(row["name"]) for row in projects) or Path(file).stem,
        origin="Taguette",
        format=FORMAT,
        users=project.frame(
            [{"user": user} for user in sorted({user for user, _ in log.values() if user})], project.USER_COLUMNS
        ),
        codes=project.frame(
            [{"code": path, "description": description, "colour": ""} for path, description in codes.values()],
            project.CODE_COLUMNS,
        ),
        sources=project.frame(
            [
                {
                    "source": name,
                    "text": offsets.canonical(flat.text),
                    "repaired": REPAIRED,
                    "proof": proved.get(key, ""),
                }
                for key, (name, flat) in documents.items()
            ],
            project.SOURCE_COLUMNS,
        ),
        segments=project.segment_frame(segments),
        unreadable=project.frame(unreadable, project.UNREADABLE_COLUMNS),
        comments=project.frame(comments, project.COMMENT_COLUMNS),
        codings=len(tagged),
        notes=notes,
    )


def _span(
    row: Mapping[str, Any], documents: Mapping[Any, tuple[str, markup.Flat]]
) -> tuple[int | None, int | None, str] | str:
    """Return start, end and words of a highlight, only words where they are not at its place, or why it has none."""
    if row["document_id"] not in documents:
        return "its source is not in the project"
    flat = documents[row["document_id"]][1]
    first, last = row["start_offset"], row["end_offset"]
    snippet = markup.flat(sqlite.text(row["snippet"])).text.strip()
    if not flat.text.strip():
        return "the source has no plain text"
    if not isinstance(first, int) or not isinstance(last, int):
        return "its positions are not whole numbers"
    if first >= last:
        return "it marks no character"
    if first > flat.positions[-1] or first < 0:
        return "its positions lie outside the text"
    start = int(np.searchsorted(flat.positions, first, side="right")) - 1
    end = int(min(np.searchsorted(flat.positions, last), len(flat.text)))
    while start < end and flat.text[start] == "\n":
        start += 1
    while end > start and flat.text[end - 1] == "\n":
        end -= 1
    before = len(offsets.canonical(flat.text[:start]))
    words = offsets.canonical(flat.text[start:end])
    if snippet and "".join(offsets.canonical(snippet).split()) != "".join(words.split()):
        return None, None, offsets.canonical(snippet)
    return (before, before + len(words), words) if words else "it marks no character"


def _proof(highlights: Mapping[Any, Mapping[str, Any]], spans: Mapping[Any, Any]) -> dict[Any, str]:
    """Say for each document how many highlights hold the words that were recorded with them."""
    counted: dict[Any, list[int]] = {}
    for key, row in highlights.items():
        if sqlite.text(row["snippet"]):
            held = counted.setdefault(row["document_id"], [0, 0])
            held[0] += not isinstance(spans[key], str) and spans[key][0] is not None
            held[1] += 1
    return {key: f"{fit} of {whole} recorded wordings stand at their place" for key, (fit, whole) in counted.items()}


def _tags(held: sqlite.Database) -> dict[Any, tuple[str, str]]:
    """Return path and description of each tag."""
    rows = {row["id"]: row for row in held.rows("tags", "id", "path", "description", "parent_id")}

    def path(row: Mapping[str, Any] | None) -> str:
        steps, seen = [], set()
        while row is not None and row["id"] not in seen:
            seen.add(row["id"])
            steps.append(" ".join(sqlite.text(row["path"]).split()))
            row = rows.get(row["parent_id"])
        return project.SEPARATOR.join(reversed(steps))

    return {key: (path(row), sqlite.text(row["description"])) for key, row in rows.items()}


def _log(held: sqlite.Database) -> dict[Any, tuple[str, str]]:
    """Return who added each highlight last, and when, as far as the log of changes says."""
    found: dict[Any, tuple[str, str]] = {}
    for row in held.rows("commands", "user_login", "date", "payload"):
        try:
            payload = json.loads(sqlite.text(row["payload"]) or "{}")
        except ValueError:
            continue
        if isinstance(payload, dict) and payload.get("type") == "highlight_add":
            key = payload.get("highlight_id", payload.get("id"))
            found[key] = (sqlite.text(row["user_login"]), sqlite.text(row["date"]))
    return found
