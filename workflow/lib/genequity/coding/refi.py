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

from lxml import etree

from genequity.coding import archive, decode, naming, offsets, project, refi_cases
from genequity.coding.project import Project
from genequity.coding.refi_xml import TEXTS, child, children, guid, local, text_of
from genequity.errors import InputError, Problem

FORMAT = "refi-qda"
NAMESPACES = ("urn:QDA-XML:project:1.0", "urn:QDA-XML:project:0.4")
FAMILY = "urn:qda-xml:project:"  # any version is tried; what it holds is counted all the same
NO_TEXT = {
    "PDFSelection": "an area of a PDF page, without its text",
    "PictureSelection": "an area of a picture",
    "AudioSelection": "a stretch of a recording",
    "VideoSelection": "a stretch of a recording",
    "TranscriptSelection": "a stretch of a transcript whose time marks have no place in the text",
}
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


class _Reader:
    """Walks one project file; holds the look-ups that its parts share."""

    def __init__(self, root: etree._Element, opened, file: str, texts: Mapping[str, str], notes: list[str]):
        self.root, self.opened, self.file, self.texts, self.notes = root, opened, file, texts, notes
        self.members = {name.replace("\\", "/").lower(): name for name in archive.names(opened)} if opened else {}
        self.by_file = {key.rpartition("/")[2]: name for key, name in reversed(self.members.items())}
        self.users = {guid(user.get("guid")): user.get("name") or user.get("id") or "" for user in self._users()}
        self.cases_by_guid = {guid(case.get("guid")): case for case in children(child(root, "Cases"), "Case")}
        self.codes: dict[str, str] = {}
        self.code_rows: list[dict[str, Any]] = []
        self._walk_codes(child(child(root, "CodeBook"), "Codes"), "")
        self.sources: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.unreadable: list[dict[str, Any]] = []
        self.comments: list[dict[str, Any]] = []
        self.case_links: list[dict[str, Any]] = []
        self.names = naming.Names()
        self.source_names: dict[str, str] = {}
        self.held: dict[etree._Element, tuple] = {}

    def _users(self) -> Iterator[etree._Element]:
        return children(child(self.root, "Users"), "User")

    def _walk_codes(self, parent: etree._Element | None, prefix: str) -> None:
        for code in children(parent, "Code"):
            name = " ".join((code.get("name") or "").split())
            path = f"{prefix}{name or 'code without a name'}"
            identity = guid(code.get("guid"))
            self.codes[identity] = path
            if identity not in self.cases_by_guid:
                row = {"code": path, "description": text_of(code, "Description"), "colour": code.get("color") or ""}
                self.code_rows.append(row)
            self._walk_codes(code, f"{path}{project.SEPARATOR}")

    def project(self) -> Project:
        codings = sum(1 for _ in self.root.iter("{*}Coding"))
        self.held = self._prepare()
        for element in children(child(self.root, "Sources")):
            self._source(element)
        for element in children(self.root):
            if local(element) != "Sources":
                for coding in element.iter("{*}Coding"):
                    self._lose("", coding, "the coding stands outside the sources")
        cases, variables = refi_cases.read(self.root, self.cases_by_guid.values(), self.source_names, self.case_links)
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
        memos = sum(1 for _ in children(child(self.root, "Notes")))
        if memos:
            self.notes.append(f"{memos} notes (memos) are in the file; they are no codings and were not read")

    def _lose(self, source: str, coding, reason: str, lost: bool = True, span: tuple[Any, Any] = ("", "")) -> None:
        name = self.codes.get(self._target(coding), "")
        row = {"source": source, "reason": reason, "code": name, "coder": self._coder(coding, None)}
        self.unreadable.append(row | {"start": str(span[0]), "end": str(span[1]), "lost": lost})

    def _source(self, element: etree._Element) -> None:
        kind = local(element)
        name = self.names.unique(self._name(element))
        self.source_names[guid(element.get("guid"))] = name
        texts = [element] if kind == "TextSource" else list(children(element, *TEXTS))
        for place, text in enumerate(texts):
            self._text_source(text, name if place == 0 else self.names.unique(f"{name} (transcript {place + 1})"))
        body = self.sources[-len(texts)] if texts else None
        for part in children(element):
            tag = local(part)
            if part in texts or (element in texts and tag in ("PlainTextSelection", "Coding")):
                continue
            if tag == "Coding" and body is not None:
                self._whole(part, name, body)
            elif tag.endswith("Selection"):
                self._area(part, tag, name)
            else:
                for coding in part.iter("{*}Coding"):
                    self._lose(name, coding, f"a coding of a source without text ({kind})")

    def _area(self, element: etree._Element, tag: str, name: str) -> None:
        """Read what is marked on a page, picture or recording: by its words where the file has them."""
        words = text_of(child(element, "Representation"), "PlainTextContent")
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

    def _read_text(self, element: etree._Element, name: str, number: int) -> tuple[str, str]:
        """Return the text as decoded, or an empty one and why there is none."""
        content = child(element, "PlainTextContent")
        path = (element.get("plainTextPath") or "").strip()
        if content is not None and (content.text or not path):
            return content.text or "", ""
        if not path:
            return self.texts.get(naming.key(name), ""), "the source has no plain text"
        scheme, mark, rest = path.partition("://")
        file = (rest if mark else path).replace("\\", "/").rpartition("/")[2].lower()
        file = file if file in self.by_file else unquote(file)
        member = self.members.get(f"sources/{file}") or self.by_file.get(file)
        if member is not None:
            found = decode.decode(archive.read_member(self.opened, member, self.file))
            if found.warning:
                self.notes.append(f"text number {number}: {found.warning}")
            return found.text, ""
        held = self.texts.get(naming.key(name), self.texts.get(naming.key(file), ""))
        outside = mark and scheme.lower() != "internal"
        reason = "the text lies outside the project file" if outside else "the text is missing from the project file"
        return held, reason

    def _prepare(self) -> dict[etree._Element, tuple]:
        """Read every text of the file with what is marked in it, and choose how its positions are counted."""
        held, texts = [], []
        for source in children(child(self.root, "Sources")):
            texts += [source] if local(source) == "TextSource" else list(children(source, *TEXTS))
        for element in texts:
            above = element if local(element) == "TextSource" else element.getparent()
            raw, missing = self._read_text(element, self._name(above), len(held) + 1)
            points = {guid(p.get("guid")): p.get("position") for p in children(element, "SyncPoint")}
            selections = list(children(element, "PlainTextSelection", "TranscriptSelection"))
            positions = [self._selection(selection, points) for selection in selections]
            held.append((raw, "" if raw else missing, selections, positions))
        chosen = offsets.choose_all([(raw, [p for p in positions if p]) for raw, _, _, positions in held])
        return {element: (*parts, *choice) for element, parts, choice in zip(texts, held, chosen, strict=True)}

    def _text_source(self, element: etree._Element, name: str) -> None:
        raw, missing, selections, positions, reading, proof = self.held[element]
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
        for coding in children(element, "Coding"):
            self._whole(coding, name, row)

    @staticmethod
    def _why_no_place(element: etree._Element) -> str:
        if local(element) == "TranscriptSelection":
            return NO_TEXT["TranscriptSelection"]
        return "its positions are not whole numbers"

    @staticmethod
    def _selection(element: etree._Element, points: Mapping[str, str | None]) -> offsets.Selection | None:
        if local(element) == "TranscriptSelection":
            ends = [points.get(guid(element.get(name))) for name in ("fromSyncPoint", "toSyncPoint")]
        else:
            ends = [element.get("startPosition"), element.get("endPosition")]
        try:
            start, end = (int(value or "") for value in ends)
        except ValueError:
            return None
        return offsets.Selection(start, end, text_of(element, "Description") or element.get("name") or "")

    def _whole(self, coding: etree._Element, name: str, row: Mapping[str, Any]) -> None:
        if row["text"].strip():
            self._keep(coding, name, row["text"], (0, len(row["text"])), "none", coding)
        else:
            self._lose(name, coding, row["missing"] or "the text of the source is empty")

    @staticmethod
    def _target(coding: etree._Element) -> str:
        reference = child(coding, "CodeRef")
        return guid(reference.get("targetGUID") if reference is not None else None)

    def _coder(self, coding: etree._Element, selection: etree._Element | None) -> str:
        author = coding.get("creatingUser") or (selection.get("creatingUser") if selection is not None else None)
        return self.users.get(guid(author or self.root.get("creatingUserGUID"))) or project.NO_CODER

    def _keep(self, coding, name: str, body: str, span: tuple[int | None, int | None], repaired: str, selection):
        target = self._target(coding)
        if target in self.cases_by_guid:
            self.case_links.append({"case": self.cases_by_guid[target].get("name") or "", "source": name})
            self._lose(name, coding, "it assigns a case, not a code; the case is kept", lost=False, span=span)
            return
        if target not in self.codes:
            self._lose(name, coding, "its code is not in the project's codebook", span=span)
            return
        text = body[span[0] : span[1]]
        memo = text_of(selection, "Description")
        row = {
            "source": name,
            "coder": self._coder(coding, selection),
            "code": self.codes[target],
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
        self.comments.append(row | {"memo": text_of(selection, "Description") or selection.get("name") or ""})
