"""Reading QualCoder projects: the folder ``x.qda``, the same as a ZIP archive, or the database ``data.qda`` in it.

Verified in the program's source, database versions v4 to v17: tables ``source``, ``code_text``, ``code_name``,
``code_cat``, ``code_image``, ``code_av``, ``cases``, ``case_text``, ``attribute``, ``attribute_type``, ``annotation``;
positions are Python's, in code points of ``fulltext``; ``supercid`` (a code under a code) came with v17.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genequity.coding import naming, offsets, project
from genequity.coding.project import Project
from genequity.coding.readers import sqlite
from genequity.errors import InputError, Problem

FORMAT = "qualcoder"
DATABASE = "data.qda"
EXPECTED = "a QualCoder project: its folder (.qda), that folder zipped, or data.qda in it"
TABLES = ("source", "code_text", "code_name")
TYPES = {"numeric": "Float", "character": "Text"}


def read(path: str | Path, texts: Mapping[str, str] | None = None) -> Project:
    """Read one QualCoder project; it is not changed.

    Raises
    ------
    InputError
        When it is no QualCoder project or cannot be opened safely.
    """
    with sqlite.unpacked(path, DATABASE, EXPECTED) as database, sqlite.opened(database, str(path)) as held:
        missing = [table for table in TABLES if table not in held.tables]
        if missing:
            message = f"the database has no table {', '.join(missing)}"
            raise InputError(Problem(str(path), message, expected=EXPECTED, do="set 'format: auto' beside this path"))
        return _Reader(held, str(path), texts or {}).project()


class _Reader:
    def __init__(self, held: sqlite.Database, file: str, texts: Mapping[str, str]):
        self.held, self.file, self.texts = held, file, texts
        self.codes = _paths(held)
        self.segments: list[dict[str, Any]] = []
        self.unreadable: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def project(self) -> Project:
        held = self.held
        about = (held.rows("project", "databaseversion", "about") or [{"databaseversion": "", "about": ""}])[0]
        names = naming.Names()
        sources: dict[Any, dict[str, Any]] = {}
        for row in held.rows("source", "id", "name", "fulltext", "mediapath"):
            raw = sqlite.text(row["fulltext"])
            name = names.unique(" ".join(sqlite.text(row["name"]).split()) or "source without a name")
            sources[row["id"]] = {"name": name, "raw": raw or self.texts.get(naming.key(name), "")}
        wanted = ("cid", "fid", "seltext", "pos0", "pos1", "owner", "date", "memo")
        by_source: dict[Any, list[dict]] = {}
        for row in held.rows("code_text", *wanted):
            by_source.setdefault(row["fid"], []).append(row)
        marks = {key: [_mark(row) for row in by_source.get(key, [])] for key in sources}
        chosen = offsets.choose_all([(sources[key]["raw"], [m for m in marks[key] if m]) for key in sources])
        frames = [
            self._source(sources[key], by_source.pop(key, []), marks[key], *choice)
            for key, choice in zip(list(sources), chosen, strict=True)
        ]
        for rows in by_source.values():
            for row in rows:
                self._lose("", row, "its source is not in the project")
        for table, reason in (
            ("code_image", "an area of a picture or of a PDF page"),
            ("code_av", "a stretch of a recording"),
        ):
            for row in held.rows(table, "cid", "id", "owner"):
                self._lose(sources.get(row["id"], {"name": ""})["name"], row | {"pos0": "", "pos1": ""}, reason)
        cases, variables = self._cases(sources)
        codes = [{"code": path, "description": memo, "colour": colour} for path, memo, colour in self.codes.values()]
        owners = dict.fromkeys(row["coder"] for row in self.segments)
        return Project(
            name=Path(self.file).stem,
            origin="QualCoder",
            version=sqlite.text(about["about"]).replace("QualCoder", "").strip()
            or sqlite.text(about["databaseversion"]),
            format=FORMAT,
            users=project.frame(
                [{"user": owner} for owner in owners if owner != project.NO_CODER], project.USER_COLUMNS
            ),
            codes=project.frame(codes, project.CODE_COLUMNS).drop_duplicates("code", ignore_index=True),
            sources=project.frame([frame for frame in frames if frame], project.SOURCE_COLUMNS),
            segments=project.segment_frame(self.segments),
            cases=project.frame(cases, project.CASE_COLUMNS),
            variables=project.frame(variables, project.VARIABLE_COLUMNS),
            unreadable=project.frame(self.unreadable, project.UNREADABLE_COLUMNS),
            comments=project.frame(self._comments(sources), project.COMMENT_COLUMNS),
            codings=sum(len(held.rows(table, "cid")) for table in ("code_text", "code_image", "code_av")),
            notes=self.notes,
        )

    def _source(
        self,
        source: Mapping[str, str],
        rows: list[dict],
        marks: list[offsets.Selection | None],
        reading: offsets.Reading,
        proof: str,
    ) -> dict[str, Any] | None:
        """Read the codings of one source; media without text have no row among the sources."""
        raw, name = source["raw"], source["name"]
        body = offsets.canonical(raw)
        for row, mark in zip(rows, marks, strict=True):
            span = offsets.place(reading, mark) if mark else "its positions are not whole numbers"
            if not raw:
                span = "the source has no plain text"
            if row["cid"] not in self.codes:
                span = "its code is not in the project's codebook"
            if isinstance(span, str):
                self._lose(name, row, span)
                continue
            words = offsets.canonical(sqlite.text(row["seltext"])).strip()
            found = body[span[0] : span[1]]
            fits = not words or "".join(found.split()) == "".join(words.split())
            if not fits:  # the text was edited after coding: its words count, not its old place
                span, found = (None, None), words
            self.segments.append(
                {
                    "source": name,
                    "coder": sqlite.text(row["owner"]) or project.NO_CODER,
                    "code": self.codes[row["cid"]][0],
                    "start": span[0],
                    "end": span[1],
                    "text": found,
                    "repaired": reading.label,
                    "memo": sqlite.text(row["memo"]),
                    "created": sqlite.text(row["date"]),
                }
            )
        return {"source": name, "text": body, "repaired": reading.label, "proof": proof} if raw or rows else None

    def _lose(self, source: str, row: Mapping[str, Any], reason: str) -> None:
        code = self.codes.get(row["cid"], ("", "", ""))[0]
        coder = sqlite.text(row["owner"]) or project.NO_CODER
        where = {"start": sqlite.text(row["pos0"]), "end": sqlite.text(row["pos1"])}
        self.unreadable.append({"source": source, "reason": reason, "code": code, "coder": coder, "lost": True} | where)

    def _comments(self, sources: Mapping[Any, Mapping[str, str]]) -> list[dict[str, Any]]:
        rows = []
        for row in self.held.rows("annotation", "fid", "pos0", "pos1", "memo", "owner"):
            place = {"start": row["pos0"], "end": row["pos1"], "text": "", "memo": sqlite.text(row["memo"])}
            name = sources.get(row["fid"], {"name": ""})["name"]
            rows.append({"source": name, "coder": sqlite.text(row["owner"])} | place)
        return rows

    def _cases(self, sources: Mapping[Any, Mapping[str, str]]) -> tuple[list[dict], list[dict]]:
        held = self.held
        names = {row["caseid"]: sqlite.text(row["name"]) for row in held.rows("cases", "caseid", "name")}
        pairs = {
            (names[row["caseid"]], sources[row["fid"]]["name"])
            for row in held.rows("case_text", "caseid", "fid")
            if row["caseid"] in names and row["fid"] in sources
        }
        kinds = {row["name"]: row for row in held.rows("attribute_type", "name", "caseorfile", "valuetype")}
        values = []
        for row in held.rows("attribute", "name", "attr_type", "value", "id"):
            is_case = sqlite.text(row["attr_type"]) == "case"
            holder = names.get(row["id"]) if is_case else sources.get(row["id"], {}).get("name")
            if holder and sqlite.text(row["value"]):
                kind = TYPES.get(sqlite.text(kinds.get(row["name"], {}).get("valuetype")), "Text")
                value = {"variable": sqlite.text(row["name"]), "type": kind, "value": sqlite.text(row["value"])}
                values.append({"case": holder} | value)
                if not is_case:
                    pairs.add((holder, holder))
        return [{"case": case, "source": source} for case, source in sorted(pairs)], values


def _mark(row: Mapping[str, Any]) -> offsets.Selection | None:
    if not isinstance(row["pos0"], int) or not isinstance(row["pos1"], int):
        return None
    return offsets.Selection(row["pos0"], row["pos1"], sqlite.text(row["seltext"]))


def _paths(held: sqlite.Database) -> dict[Any, tuple[str, str, str]]:
    """Return path, memo and colour of each code: categories above it, codes above it, itself."""
    categories = {row["catid"]: row for row in held.rows("code_cat", "catid", "name", "supercatid")}
    names = held.rows("code_name", "cid", "name", "memo", "catid", "color", "supercid")
    codes = {row["cid"]: row for row in names}

    def steps(row: Mapping[str, Any]) -> list[str]:
        found, seen, category = [], set(), row["catid"]
        while row is not None and row["cid"] not in seen:
            seen.add(row["cid"])
            found.append(" ".join(sqlite.text(row["name"]).split()))
            category = row["catid"] if row["catid"] is not None else category
            row = codes.get(row["supercid"])
        seen = set()
        while category in categories and category not in seen:
            seen.add(category)
            found.append(" ".join(sqlite.text(categories[category]["name"]).split()))
            category = categories[category]["supercatid"]
        return found[::-1]

    return {
        row["cid"]: (project.SEPARATOR.join(steps(row)), sqlite.text(row["memo"]), sqlite.text(row["color"]))
        for row in names
    }
