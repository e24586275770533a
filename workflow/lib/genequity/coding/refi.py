"""Reading REFI-QDA projects (.qdpx), the exchange format of NVivo, ATLAS.ti, MAXQDA, QualCoder and others.

Standard: QDA-XML 1.0, 18 March 2019, www.qdasoftware.org. Files in the wild differ from it; every difference
known to us is read (namespace 0.4, the project under another name, ``Sources`` in capitals, byte order marks,
braces around identifiers, paths without ``internal://``), and every coding of the file is either read or
listed with the reason why not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from lxml import etree

from genequity.coding import archive, offsets, project
from genequity.coding.project import Project
from genequity.errors import InputError, Problem

NAMESPACES = ("urn:QDA-XML:project:1.0", "urn:QDA-XML:project:0.4")
VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")
NO_TEXT = {
    "PDFSelection": "an area of a PDF page, without its text",
    "PictureSelection": "an area of a picture",
    "AudioSelection": "a stretch of a recording",
    "VideoSelection": "a stretch of a recording",
    "TranscriptSelection": "a stretch of a transcript bound to time marks",
}


def read(path: str | Path) -> Project:
    """Read one REFI-QDA project.

    Parameters
    ----------
    path : str or Path
        The .qdpx file.

    Returns
    -------
    Project
        ``codings`` counts the Coding elements of the file; each stands in ``segments`` or in ``unreadable``.

    Raises
    ------
    InputError
        When the file cannot be opened safely, is no REFI-QDA project, or two sources have the same name and
        different texts.
    """
    with archive.opened(path) as opened:
        root = _root(opened, path)
        return _Reader(root, opened, str(path)).project()


def _root(opened, path: str | Path) -> etree._Element:
    names = [name for name in opened.namelist() if name.lower().endswith(".qde")]
    preferred = [name for name in names if name.lower() == "project.qde"] or names
    if len(preferred) != 1:
        problem = Problem(
            str(path),
            "the archive holds no project file (.qde)"
            if not names
            else f"the archive holds {len(names)} project files (.qde)",
            expected="one project.qde",
            do="export one project in the format REFI-QDA project (.qdpx)",
        )
        raise InputError(problem)
    root = archive.parse_xml(archive.read_member(opened, preferred[0], path), path, f"the project file {preferred[0]}")
    name = etree.QName(root)
    if name.localname != "Project" or name.namespace not in NAMESPACES:
        problem = Problem(
            str(path),
            f"the root of {preferred[0]} is '{name.localname}' in the namespace '{name.namespace or 'none'}'",
            expected=f"'Project' in {' or '.join(NAMESPACES)}",
            do="export the project again in the format REFI-QDA project (.qdpx), not as a codebook (.qdc)",
        )
        raise InputError(problem)
    return root


def _guid(value: str | None) -> str:
    return (value or "").strip().strip("{}").lower()


def _children(element: etree._Element | None, *names: str) -> Iterator[etree._Element]:
    if element is not None:
        for child in element:
            if isinstance(child.tag, str) and (not names or etree.QName(child).localname in names):
                yield child


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(_children(element, name), None)


def _text(element: etree._Element | None, name: str) -> str:
    child = _child(element, name)
    return (child.text or "") if child is not None else ""


@dataclass
class _Text:
    """One text of the file: its name, the text as decoded, or why there is none."""

    name: str
    raw: str = ""
    missing: str = ""


class _Reader:
    """Walks one project file; holds the look-ups that its parts share."""

    def __init__(self, root: etree._Element, opened, file: str):
        self.root, self.opened, self.file = root, opened, file
        self.members = {name.replace("\\", "/").lower(): name for name in opened.namelist()}
        self.users = {_guid(user.get("guid")): user.get("name") or user.get("id") or "" for user in self._users()}
        self.cases_by_guid = {_guid(case.get("guid")): case for case in _children(_child(root, "Cases"), "Case")}
        self.codes: dict[str, str] = {}
        self.code_rows: list[dict[str, Any]] = []
        self._walk_codes(_child(_child(root, "CodeBook"), "Codes"), "")
        self.sources: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.unreadable: list[dict[str, Any]] = []
        self.names: dict[str, str] = {}

    def _users(self) -> Iterator[etree._Element]:
        return _children(_child(self.root, "Users"), "User")

    def _walk_codes(self, parent: etree._Element | None, prefix: str) -> None:
        for code in _children(parent, "Code"):
            path = f"{prefix}{(code.get('name') or '').strip()}"
            guid = _guid(code.get("guid"))
            self.codes[guid] = path
            if guid not in self.cases_by_guid:
                row = {"code": path, "description": _text(code, "Description"), "colour": code.get("color") or ""}
                self.code_rows.append(row)
            self._walk_codes(code, f"{path}{project.SEPARATOR}")

    def project(self) -> Project:
        codings = sum(1 for element in self.root.iter("{*}Coding"))
        for element in _children(_child(self.root, "Sources")):
            self._source(element)
        for _ in self._outside_sources():
            self._lose("", "the coding stands outside the sources")
        segments = project.frame(self.segments, project.SEGMENT_COLUMNS)
        segments = segments.astype({"start": "Int64", "end": "Int64"})
        cases, variables = self._cases()
        done = Project(
            name=self.root.get("name") or "",
            origin=self.root.get("origin") or "",
            users=project.frame([{"user": name} for name in self.users.values()], project.USER_COLUMNS),
            codes=project.frame(self.code_rows, project.CODE_COLUMNS),
            sources=project.frame(self.sources, project.SOURCE_COLUMNS),
            segments=segments,
            cases=cases,
            variables=variables,
            unreadable=project.frame(self.unreadable, project.UNREADABLE_COLUMNS),
            codings=codings,
        )
        if codings != len(done.segments) + len(done.unreadable):
            problem = Problem(
                self.file,
                f"the file holds {codings} codings but {len(done.segments)} were read and "
                f"{len(done.unreadable)} set aside",
                do="report this file's program and version to the developers; nothing was analysed",
            )
            raise InputError(problem)
        return done

    def _outside_sources(self) -> Iterator[etree._Element]:
        for child in _children(self.root):
            if etree.QName(child).localname != "Sources":
                yield from child.iter("{*}Coding")

    def _lose(self, source: str, reason: str) -> None:
        self.unreadable.append({"source": source, "reason": reason})

    def _source(self, element: etree._Element) -> None:
        kind = etree.QName(element).localname
        name = self._name(element)
        text = element
        if kind != "TextSource":
            text = _child(element, "Representation") if kind == "PDFSource" else None
        if text is not None:
            self._text_source(text, name)
        for child in element:
            if child is text or not isinstance(child.tag, str):
                continue
            local = etree.QName(child).localname
            if text is element and local in ("PlainTextSelection", "Coding"):
                continue
            if local == "Coding" and text is not None:
                self._whole(child, name, self.sources[-1]["text"])
                continue
            reason = NO_TEXT.get(local, f"a coding of a source without text ({kind})")
            for _ in child.iter("{*}Coding"):
                self._lose(name, reason)

    def _name(self, element: etree._Element) -> str:
        name = (element.get("name") or "").strip()
        if not name:
            path = element.get("plainTextPath") or element.get("path") or element.get("guid") or ""
            name = path.replace("\\", "/").rpartition("/")[2]
        return name

    def _read_text(self, element: etree._Element, name: str) -> _Text:
        content = _child(element, "PlainTextContent")
        if content is not None:
            return _Text(name, content.text or "")
        path = (element.get("plainTextPath") or "").strip()
        if not path:
            return _Text(name, missing="the source has no plain text")
        scheme, mark, rest = path.partition("://")
        if mark and scheme != "internal":
            return _Text(name, missing="the text lies outside the project file")
        file = (rest if mark else path).replace("\\", "/").rpartition("/")[2].lower()
        member = next((self.members[key] for key in (f"sources/{file}", file) if key in self.members), None)
        if member is None:
            return _Text(name, missing="the text is missing from the project file")
        raw = archive.read_member(self.opened, member, self.file)
        encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
        try:
            return _Text(name, raw.decode(encoding))
        except UnicodeDecodeError:
            problem = Problem(
                self.file,
                f"the text of source number {len(self.sources) + 1} is not UTF-8",
                expected="UTF-8, as REFI-QDA asks",
                do="open the project in its program and export it again",
            )
            raise InputError(problem) from None

    def _text_source(self, element: etree._Element, name: str) -> None:
        text = self._read_text(element, name)
        selections = list(_children(element, "PlainTextSelection"))
        positions = [self._selection(selection) for selection in selections]
        reading, proof = offsets.choose(text.raw, [p for p in positions if p])
        body = offsets.canonical(text.raw)
        self.names.setdefault(name, body)
        if self.names[name] != body:
            problem = Problem(
                self.file,
                "two sources have the same name and different texts (the second is source number "
                f"{len(self.sources) + 1})",
                do="rename one of them in the coding program and export again",
            )
            raise InputError(problem)
        row = {"source": name, "text": body, "repaired": reading.label, "proof": text.missing or proof}
        self.sources.append(row)
        for selection, position in zip(selections, positions, strict=True):
            span = position and (offsets.locate(reading, position.start), offsets.locate(reading, position.end))
            for coding in _children(selection, "Coding"):
                if text.missing:
                    self._lose(name, text.missing)
                elif not span or None in span:
                    self._lose(name, "its positions lie outside the text")
                elif span[0] >= span[1]:
                    self._lose(name, "it marks no character")
                else:
                    self._keep(coding, name, body, span, reading.label, selection)
        for coding in _children(element, "Coding"):
            self._whole(coding, name, body)

    @staticmethod
    def _selection(element: etree._Element) -> offsets.Selection | None:
        try:
            start, end = int(element.get("startPosition", "")), int(element.get("endPosition", ""))
        except ValueError:
            return None
        return offsets.Selection(start, end, _text(element, "Description") or element.get("name") or "")

    def _whole(self, coding: etree._Element, name: str, body: str) -> None:
        if body:
            self._keep(coding, name, body, (0, len(body)), "none", coding)
        else:
            self._lose(name, "the source has no plain text")

    def _keep(self, coding, name: str, body: str, span: tuple[int, int], repaired: str, selection) -> None:
        reference = _child(coding, "CodeRef")
        guid = _guid(reference.get("targetGUID") if reference is not None else None)
        if guid in self.cases_by_guid:
            self._lose(name, "it assigns a case, not a code")
            return
        if guid not in self.codes:
            self._lose(name, "its code is not in the project's codebook")
            return
        author = coding.get("creatingUser") or selection.get("creatingUser") or self.root.get("creatingUserGUID")
        text = body[span[0] : span[1]]
        memo = _text(selection, "Description")
        row = {
            "source": name,
            "coder": self.users.get(_guid(author)) or project.NO_CODER,
            "code": self.codes[guid],
            "start": span[0],
            "end": span[1],
            "text": text,
            "repaired": repaired,
            "memo": "" if memo.split() == text.split() else memo,
            "created": coding.get("creationDateTime") or selection.get("creationDateTime") or "",
        }
        self.segments.append(row)

    def _cases(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        variables = {
            _guid(v.get("guid")): (v.get("name") or "", v.get("typeOfVariable") or "Text")
            for v in _children(_child(self.root, "Variables"), "Variable")
        }
        named = {_guid(s.get("guid")): self._name(s) for s in _children(_child(self.root, "Sources"))}
        cases, values = [], []
        for case in self.cases_by_guid.values():
            name = case.get("name") or ""
            for reference in _children(case, "SourceRef"):
                cases.append({"case": name, "source": named.get(_guid(reference.get("targetGUID")), "")})
            for value in _children(case, "VariableValue"):
                reference = _child(value, "VariableRef")
                found = variables.get(_guid(reference.get("targetGUID")) if reference is not None else "")
                if found:
                    content = next((child.text or "" for child in _children(value, *VALUES)), "")
                    values.append({"case": name, "variable": found[0], "type": found[1], "value": content})
        return project.frame(cases, project.CASE_COLUMNS), project.frame(values, project.VARIABLE_COLUMNS)
