"""Reading REFI-QDA projects (.qdpx), the exchange format of NVivo, ATLAS.ti, MAXQDA, QualCoder and others.

Standard: QDA-XML 1.0, 18 March 2019, www.qdasoftware.org. Files in the wild differ from it; every difference
known to us is read (namespace 0.4, the project under another name or in a folder, ``Sources`` in capitals, byte order
marks, UTF-16, braces around identifiers, paths without ``internal://``, cases that are also codes, elements in another
order), and every coding of the file is either read or listed with the reason why not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
from lxml import etree

from genequity.coding import archive, decode, naming, offsets, project
from genequity.coding.project import Project
from genequity.errors import InputError, Problem

FORMAT = "refi-qda"
NAMESPACES = ("urn:QDA-XML:project:1.0", "urn:QDA-XML:project:0.4")
FAMILY = "urn:qda-xml:project:"  # any version is tried; what it holds is counted all the same
VALUES = ("TextValue", "BooleanValue", "IntegerValue", "FloatValue", "DateValue", "DateTimeValue")
NO_TEXT = {
    "PDFSelection": "an area of a PDF page, without its text",
    "PictureSelection": "an area of a picture",
    "AudioSelection": "a stretch of a recording",
    "VideoSelection": "a stretch of a recording",
    "TranscriptSelection": "a stretch of a transcript whose time marks have no place in the text",
}
TEXTS = ("Representation", "TextDescription", "Transcript")  # the text of a PDF, a picture, a recording
EMPTY_TEXT = 1  # characters: NVivo writes one blank where a text was lost


def read(path: str | Path, texts: Mapping[str, str] | None = None) -> Project:
    """Read one REFI-QDA project.

    Parameters
    ----------
    path : str or Path
        The .qdpx file, or the project file (.qde) of an unpacked one whose texts stand in it.
    texts : mapping, optional
        Texts by :func:`genequity.coding.naming.key`, for sources whose text lies outside the project file.

    Returns
    -------
    Project
        ``codings`` counts the Coding elements of the file; each stands in ``segments`` or in ``unreadable``.

    Raises
    ------
    InputError
        When the file cannot be opened safely or is no REFI-QDA project.
    """
    head = b""
    if Path(path).is_file():
        with Path(path).open("rb") as handle:
            head = handle.read(decode.SAMPLE)
    if decode.decode(head).text.lstrip(decode.BOM + " \t\r\n").startswith("<"):
        notes: list[str] = []
        root = _checked(archive.read_file(path), path, Path(path).name, notes)
        return _Reader(root, None, str(path), texts or {}, notes).project()
    with archive.opened(path) as opened:
        notes = []
        root = _root(opened, path, notes)
        return _Reader(root, opened, str(path), texts or {}, notes).project()


def _root(opened, path: str | Path, notes: list[str]) -> etree._Element:
    found = [name for name in archive.names(opened) if name.lower().endswith(".qde")]
    preferred = [name for name in found if name.replace("\\", "/").lower().rpartition("/")[2] == "project.qde"] or found
    if len(preferred) != 1:
        problem = Problem(
            str(path),
            "the archive holds no project file (.qde)"
            if not found
            else f"the archive holds {len(found)} project files (.qde)",
            expected="one project.qde",
            do="export one project in the format REFI-QDA project (.qdpx)",
        )
        raise InputError(problem)
    return _checked(archive.read_member(opened, preferred[0], path), path, preferred[0], notes)


def _checked(raw: bytes, path: str | Path, name: str, notes: list[str]) -> etree._Element:
    root = archive.parse_xml(raw, path, f"the project file {name}", notes)
    qualified = etree.QName(root)
    namespace = (qualified.namespace or "").lower()
    if qualified.localname != "Project" or not (namespace.startswith(FAMILY) or not namespace):
        problem = Problem(
            str(path),
            f"the root of {name} is '{qualified.localname}' in the namespace '{qualified.namespace or 'none'}'",
            expected=f"'Project' in {' or '.join(NAMESPACES)}",
            do="export the project again in the format REFI-QDA project (.qdpx), not as a codebook (.qdc)",
        )
        raise InputError(problem)
    return root


def _guid(value: str | None) -> str:
    return (value or "").strip().strip("{}").lower()


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def _children(element: etree._Element | None, *wanted: str) -> Iterator[etree._Element]:
    if element is not None:
        for child in element:
            if isinstance(child.tag, str) and (not wanted or local(child) in wanted):
                yield child


def _child(element: etree._Element | None, name: str) -> etree._Element | None:
    return next(_children(element, name), None)


def _text(element: etree._Element | None, name: str) -> str:
    child = _child(element, name)
    return (child.text or "") if child is not None else ""


class _Reader:
    """Walks one project file; holds the look-ups that its parts share."""

    def __init__(self, root: etree._Element, opened, file: str, texts: Mapping[str, str], notes: list[str]):
        self.root, self.opened, self.file, self.texts, self.notes = root, opened, file, texts, notes
        self.members = {name.replace("\\", "/").lower(): name for name in archive.names(opened)} if opened else {}
        self.users = {_guid(user.get("guid")): user.get("name") or user.get("id") or "" for user in self._users()}
        self.cases_by_guid = {_guid(case.get("guid")): case for case in _children(_child(root, "Cases"), "Case")}
        self.codes: dict[str, str] = {}
        self.code_rows: list[dict[str, Any]] = []
        self._walk_codes(_child(_child(root, "CodeBook"), "Codes"), "")
        self.sources: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.unreadable: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.case_links: list[dict[str, Any]] = []
        self.names = naming.Names()
        self.source_names: dict[str, str] = {}
        self.set_apart = False

    def _users(self) -> Iterator[etree._Element]:
        return _children(_child(self.root, "Users"), "User")

    def _walk_codes(self, parent: etree._Element | None, prefix: str) -> None:
        for code in _children(parent, "Code"):
            name = " ".join((code.get("name") or "").split())
            path = f"{prefix}{name or 'code without a name'}"
            guid = _guid(code.get("guid"))
            self.codes[guid] = path
            if guid not in self.cases_by_guid:
                row = {"code": path, "description": _text(code, "Description"), "colour": code.get("color") or ""}
                self.code_rows.append(row)
            self._walk_codes(code, f"{path}{project.SEPARATOR}")

    def project(self) -> Project:
        codings = sum(1 for _ in self.root.iter("{*}Coding"))
        for element in _children(_child(self.root, "Sources")):
            self._source(element)
        for element in _children(self.root):
            if local(element) != "Sources":
                for coding in element.iter("{*}Coding"):
                    self._lose("", coding, "the coding stands outside the sources")
        cases, variables = self._cases()
        self._say_what_is_missing(codings)
        origin = self.root.get("origin") or ""
        done = Project(
            name=self.root.get("name") or "",
            origin=origin,
            version=next((word for word in reversed(origin.split()) if word[:1].isdigit()), ""),
            format=FORMAT,
            users=project.frame([{"user": name} for name in self.users.values()], project.USER_COLUMNS),
            codes=project.frame(self.code_rows, project.CODE_COLUMNS).drop_duplicates("code", ignore_index=True),
            sources=project.frame(self.sources, project.SOURCE_COLUMNS),
            segments=project.segment_frame(self.segments),
            cases=cases,
            variables=variables,
            unreadable=project.frame(self.unreadable, project.UNREADABLE_COLUMNS),
            comments=project.frame(self.comments, project.COMMENT_COLUMNS),
            codings=codings,
            notes=self.notes,
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

    def _say_what_is_missing(self, codings: int) -> None:
        bare = sum(len(row["text"].strip()) == 0 and not row["missing"] for row in self.sources)
        if bare:
            self.notes.append(f"{bare} of {len(self.sources)} texts are empty: their words are not in the file")
        if self.code_rows and not codings:
            self.notes.append(
                f"THE CODINGS ARE GONE: the file holds {len(self.code_rows)} codes and {len(self.sources)} texts, but "
                "no coding. The program that wrote it dropped them or never had them"
            )
        twice = len({row["code"] for row in self.code_rows})
        if twice < len(self.code_rows):
            self.notes.append(f"{len(self.code_rows) - twice} codes have the name and parents of another: read as one")
        if self.names.renamed:
            self.notes.append(f"{self.names.renamed} sources have the name of another: numbered (2), (3), …")
        memos = sum(1 for _ in _children(_child(self.root, "Notes")))
        if memos:
            self.notes.append(f"{memos} notes (memos) are in the file; they are no codings and were not read")

    def _lose(self, source: str, coding, reason: str, lost: bool = True, span: tuple[Any, Any] = ("", "")) -> None:
        guid = self._target(coding)
        name = self.codes.get(guid, "")
        row = {"source": source, "reason": reason, "code": name, "coder": self._coder(coding, None)}
        self.unreadable.append(row | {"start": str(span[0]), "end": str(span[1]), "lost": lost})

    def _source(self, element: etree._Element) -> None:
        kind = local(element)
        name = self.names.unique(self._name(element))
        self.source_names[_guid(element.get("guid"))] = name
        texts = [element] if kind == "TextSource" else list(_children(element, *TEXTS))
        for place, text in enumerate(texts):
            self._text_source(text, name if place == 0 else self.names.unique(f"{name} (transcript {place + 1})"))
        body = self.sources[-len(texts)] if texts else None
        for child in _children(element):
            tag = local(child)
            if child in texts or (element in texts and tag in ("PlainTextSelection", "Coding")):
                continue
            if tag == "Coding" and body is not None:
                self._whole(child, name, body)
            elif tag.endswith("Selection"):
                self._area(child, tag, name)
            else:
                for coding in child.iter("{*}Coding"):
                    self._lose(name, coding, f"a coding of a source without text ({kind})")

    def _area(self, element: etree._Element, tag: str, name: str) -> None:
        """Read what is marked on a page, picture or recording: by its words where the file has them."""
        words = _text(_child(element, "Representation"), "PlainTextContent")
        found = False
        for coding in element.iter("{*}Coding"):
            found = True
            if words.strip():
                self._keep(coding, name, words, (None, None), "none", element)
            else:
                self._lose(name, coding, NO_TEXT.get(tag, "a mark on something that is no text"))
        if not found:
            self._comment(element, name, words, (None, None))

    def _name(self, element: etree._Element) -> str:
        name = " ".join((element.get("name") or "").split())
        if not name:
            path = element.get("plainTextPath") or element.get("path") or element.get("guid") or ""
            name = path.replace("\\", "/").rpartition("/")[2]
        return name or "source without a name"

    def _read_text(self, element: etree._Element, name: str) -> tuple[str, str]:
        """Return the text as decoded, or an empty one and why there is none."""
        content = _child(element, "PlainTextContent")
        path = (element.get("plainTextPath") or "").strip()
        if content is not None and (content.text or not path):
            return content.text or "", ""
        if not path:
            return self.texts.get(naming.key(name), ""), "the source has no plain text"
        scheme, mark, rest = path.partition("://")
        file = (rest if mark else path).replace("\\", "/").rpartition("/")[2].lower()
        file = file if any(name.rpartition("/")[2] == file for name in self.members) else unquote(file)
        member = next((self.members[key] for key in (f"sources/{file}", file) if key in self.members), None)
        member = member or next((self.members[key] for key in self.members if key.endswith(f"/{file}")), None)
        if member is not None:
            found = decode.decode(archive.read_member(self.opened, member, self.file))
            if found.warning:
                self.notes.append(f"source number {len(self.sources) + 1}: {found.warning}")
            return found.text, ""
        held = self.texts.get(naming.key(name), self.texts.get(naming.key(file), ""))
        outside = mark and scheme.lower() != "internal"
        reason = "the text lies outside the project file" if outside else "the text is missing from the project file"
        return held, reason

    def _text_source(self, element: etree._Element, name: str) -> None:
        raw, missing = self._read_text(element, name)
        missing = "" if raw else missing
        points = {_guid(p.get("guid")): p.get("position") for p in _children(element, "SyncPoint")}
        selections = list(_children(element, "PlainTextSelection", "TranscriptSelection"))
        positions = [self._selection(selection, points) for selection in selections]
        reading, proof = offsets.choose(raw, [p for p in positions if p])
        body = offsets.canonical(raw)
        row = {"source": name, "text": body, "repaired": reading.label, "proof": missing or proof, "missing": missing}
        self.sources.append(row)
        for selection, position in zip(selections, positions, strict=True):
            span = offsets.place(reading, position) if position else self._why_no_place(selection)
            codings = list(selection.iter("{*}Coding"))
            raw_span = (position.start, position.end) if position else ("", "")
            for coding in codings:
                if missing:
                    self._lose(name, coding, missing, span=raw_span)
                elif isinstance(span, str):
                    self._lose(name, coding, span, span=raw_span)
                else:
                    self._keep(coding, name, body, span, reading.label, selection)
            if not codings:
                self._comment(selection, name, body, span if isinstance(span, tuple) else (None, None))
        for coding in _children(element, "Coding"):
            self._whole(coding, name, row)

    @staticmethod
    def _why_no_place(element: etree._Element) -> str:
        if local(element) == "TranscriptSelection":
            return NO_TEXT["TranscriptSelection"]
        return "its positions are not whole numbers"

    @staticmethod
    def _selection(element: etree._Element, points: Mapping[str, str | None]) -> offsets.Selection | None:
        if local(element) == "TranscriptSelection":
            ends = [points.get(_guid(element.get(name))) for name in ("fromSyncPoint", "toSyncPoint")]
        else:
            ends = [element.get("startPosition"), element.get("endPosition")]
        try:
            start, end = (int(value or "") for value in ends)
        except ValueError:
            return None
        return offsets.Selection(start, end, _text(element, "Description") or element.get("name") or "")

    def _whole(self, coding: etree._Element, name: str, row: Mapping[str, Any]) -> None:
        if row["text"].strip():
            self._keep(coding, name, row["text"], (0, len(row["text"])), "none", coding)
        else:
            self._lose(name, coding, row["missing"] or "the text of the source is empty")

    @staticmethod
    def _target(coding: etree._Element) -> str:
        reference = _child(coding, "CodeRef")
        return _guid(reference.get("targetGUID") if reference is not None else None)

    def _coder(self, coding: etree._Element, selection: etree._Element | None) -> str:
        author = coding.get("creatingUser") or (selection.get("creatingUser") if selection is not None else None)
        return self.users.get(_guid(author or self.root.get("creatingUserGUID"))) or project.NO_CODER

    def _keep(self, coding, name: str, body: str, span: tuple[int | None, int | None], repaired: str, selection):
        guid = self._target(coding)
        if guid in self.cases_by_guid:
            self.case_links.append({"case": self.cases_by_guid[guid].get("name") or "", "source": name})
            self._lose(name, coding, "it assigns a case, not a code; the case is kept", lost=False, span=span)
            return
        if guid not in self.codes:
            self._lose(name, coding, "its code is not in the project's codebook", span=span)
            return
        text = body[span[0] : span[1]]
        memo = _text(selection, "Description")
        row = {
            "source": name,
            "coder": self._coder(coding, selection),
            "code": self.codes[guid],
            "start": span[0],
            "end": span[1],
            "text": text,
            "repaired": repaired,
            "memo": "" if memo.split() == text.split() else memo,
            "created": coding.get("creationDateTime") or selection.get("creationDateTime") or "",
        }
        self.segments.append(row)

    def _comment(self, selection, name: str, body: str, span: tuple[int | None, int | None]) -> None:
        text = body[span[0] : span[1]] if span[0] is not None else ""
        row = {"source": name, "coder": self._coder(selection, None), "start": span[0], "end": span[1], "text": text}
        self.comments.append(row | {"memo": _text(selection, "Description") or selection.get("name") or ""})

    def _cases(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        variables = {
            _guid(v.get("guid")): (v.get("name") or "", v.get("typeOfVariable") or "Text")
            for v in _children(_child(self.root, "Variables"), "Variable")
        }
        cases, values = [], []

        def read_values(holder: etree._Element, name: str) -> bool:
            count = len(values)
            for value in _children(holder, "VariableValue"):
                reference = _child(value, "VariableRef")
                found = variables.get(_guid(reference.get("targetGUID")) if reference is not None else "")
                if found:
                    content = next((child.text or "" for child in _children(value, *VALUES)), "")
                    values.append({"case": name, "variable": found[0], "type": found[1], "value": content})
            return len(values) > count

        for case in self.cases_by_guid.values():
            linked = [_guid(reference.get("targetGUID")) for reference in _children(case, "SourceRef")]
            sources = [self.source_names.get(guid, "") for guid in linked]
            name = case.get("name") or next((source for source in sources if source), "")
            cases += [{"case": name, "source": source} for source in sources]
            read_values(case, name)
        for source in _children(_child(self.root, "Sources")):
            name = self.source_names[_guid(source.get("guid"))]
            found = [read_values(holder, name) for holder in (source, *_children(source, *TEXTS))]
            if any(found):
                cases.append({"case": name, "source": name})
        cases = list({(row["case"], row["source"]): row for row in [*cases, *self.case_links]}.values())
        return project.frame(cases, project.CASE_COLUMNS), project.frame(values, project.VARIABLE_COLUMNS)
