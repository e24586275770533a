"""Read the words of a Word document, and keep the map of each document that was written.

Vocabulary: a *place* is where words come from (a notebook's cell); a *span* is a piece of a paragraph that was
computed, with its source; the *map* of a document lists its paragraphs with place and spans. A document names its map
by a digest in its properties (``genequity``), which Word and LibreOffice keep, so that one that comes back is compared
with the document that went out, whatever was built since.

Changes that Word tracks are read as accepted. White space, quotation marks and hyphens that do not break are read
alike, since word processors change them by themselves.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity import files

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MARK = "gq-"  # begins the names of bookmarks that stand in a document only until its map is made
PROPERTY = "genequity"
KEPT = 60  # maps of earlier documents
_ALIKE = {
    **dict.fromkeys("‘’ʼ‚‛", "'"),
    **dict.fromkeys("“”„‟", '"'),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\t\n\r\v", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\ufeff", ""),
    "\u2011": "-",
    "…": "...",
}
_INNER = ("ins", "moveTo", "hyperlink", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "dir", "bdo")


@dataclass
class Paragraph:
    """One paragraph: its words, style, table position (table, row, column), pictures' descriptions, place and spans."""

    text: str
    style: str = ""
    table: tuple[int, int, int] | None = None
    pictures: list[str] = field(default_factory=list)
    place: tuple[str, str] = ("", "")
    spans: list[tuple[int, int, str]] = field(default_factory=list)


@dataclass
class Document:
    """What a Word file says: paragraphs in reading order, comments as (words commented on, comment), and its map."""

    paragraphs: list[Paragraph]
    comments: list[tuple[int, str]]
    digest: str


def alike(text: str) -> str:
    """Return words in the form in which they are compared.

    >>> alike("it’s  “so”…")
    'it\\'s "so"...'
    """
    words = _Words()
    words.add(text)
    return words.text()


class _Words:
    """Text in the making, in the form in which it is compared."""

    def __init__(self) -> None:
        self.letters: list[str] = []

    def add(self, text: str) -> None:
        for letter in text:
            for one in _ALIKE.get(letter, letter):
                if one != " " or (self.letters and self.letters[-1] != " "):
                    self.letters.append(one)

    def text(self) -> str:
        return "".join(self.letters).rstrip(" ")


def read(data: bytes) -> Document:
    """Read a Word document.

    Raises
    ------
    ValueError
        If it is none.
    """
    from lxml import etree

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist() if name.endswith(".xml")}
        body = etree.fromstring(parts["word/document.xml"]).find(f"{WORD}body")
        styles = {
            style.get(f"{WORD}styleId"): style.find(f"{WORD}name").get(f"{WORD}val")
            for style in etree.fromstring(parts["word/styles.xml"]).iter(f"{WORD}style")
            if style.find(f"{WORD}name") is not None
        }
    except (KeyError, zipfile.BadZipFile, etree.XMLSyntaxError):
        raise ValueError("this is not a Word document (.docx)") from None
    reader = _Reader(styles)
    reader.blocks(body, None)
    said = {}
    if "word/comments.xml" in parts:
        for comment in etree.fromstring(parts["word/comments.xml"]).iter(f"{WORD}comment"):
            words = " ".join("".join(p.itertext(f"{WORD}t")) for p in comment.iter(f"{WORD}p"))
            said[comment.get(f"{WORD}id")] = alike(words)
    comments = [(number, said[key]) for number, key in reader.comments if said.get(key)]
    return Document(reader.paragraphs, comments, _digest(parts))


def _digest(parts: dict[str, bytes]) -> str:
    from lxml import etree

    if "docProps/custom.xml" not in parts:
        return ""
    for item in etree.fromstring(parts["docProps/custom.xml"]):
        if item.get("name") == PROPERTY:
            return "".join(item.itertext()).strip()
    return ""


class _Reader:
    def __init__(self, styles: dict[str, str]):
        self.styles = styles
        self.paragraphs: list[Paragraph] = []
        self.comments: list[tuple[int, str]] = []
        self.tables = 0
        self.marks: dict[str, tuple[str, str]] = {}  # bookmark id -> mark's number, for those at block level
        self.open: dict[str, tuple[str, int]] = {}
        self.words: _Words | None = None
        self.spans: list[tuple[str, int, int]] = []
        self.found: list[tuple[int, list[tuple[str, int, int]], list[str]]] = []
        self.pictures: list[str] = []
        self.last_mark = ""

    def blocks(self, parent: Any, cell: tuple[int, int, int] | None) -> None:
        for child in parent:
            name = child.tag.removeprefix(WORD) if isinstance(child.tag, str) else ""
            if name == "p":
                self._paragraph(child, cell)
            elif name == "tbl":
                self._table(child, cell)
            elif name in ("sdt", "sdtContent", "ins", "moveTo", "customXml"):
                self.blocks(child, cell)
            elif name == "bookmarkStart" and child.get(f"{WORD}name", "").startswith(MARK):
                self.last_mark = child.get(f"{WORD}name").removeprefix(MARK)

    def _table(self, table: Any, outer: tuple[int, int, int] | None) -> None:
        if outer is None:
            self.tables += 1
        number = self.tables
        rows = [row for row in table.iter(f"{WORD}tr") if row.find(f"{WORD}trPr/{WORD}del") is None]
        for place, row in enumerate(rows):
            for column, cell in enumerate(row.iterchildren(f"{WORD}tc", f"{WORD}sdt")):
                self.blocks(cell, outer or (number, place, column))

    def _paragraph(self, paragraph: Any, cell: tuple[int, int, int] | None) -> None:
        if self.words is None:
            self.words, self.spans, self.pictures = _Words(), [], []
        self._inlines(paragraph)
        if paragraph.find(f"{WORD}pPr/{WORD}rPr/{WORD}del") is not None:
            self.words.add(" ")  # its end was deleted: it goes on in the next paragraph
            return
        style = paragraph.find(f"{WORD}pPr/{WORD}pStyle")
        name = self.styles.get(style.get(f"{WORD}val"), "") if style is not None else ""
        text = self.words.text()
        spans = [(start, min(end, len(text)), key) for key, start, end in self.spans if start < len(text)]
        self.paragraphs.append(Paragraph(text, name, cell, self.pictures, (self.last_mark, ""), spans))
        self.words = None

    def _inlines(self, parent: Any) -> None:
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            name = child.tag.removeprefix(WORD)
            if name == "r":
                self._run(child)
            elif name in _INNER:
                self._inlines(child)
            elif name in ("bookmarkStart", "bookmarkEnd"):
                self._bookmark(child, name)
            elif name in ("commentRangeStart",):
                self.comments.append((len(self.paragraphs), child.get(f"{WORD}id")))
            elif child.tag in (f"{_MATH}oMath", f"{_MATH}oMathPara"):
                self.words.add("[formula]")

    def _bookmark(self, item: Any, name: str) -> None:
        number = item.get(f"{WORD}id")
        if name == "bookmarkStart" and item.get(f"{WORD}name", "").startswith(MARK):
            self.open[number] = (item.get(f"{WORD}name").removeprefix(MARK), len(self.words.letters))
        elif name == "bookmarkEnd" and number in self.open:
            key, start = self.open.pop(number)
            while start < len(self.words.letters) and self.words.letters[start] == " ":
                start += 1
            self.spans.append((key, start, len(self.words.letters)))

    def _run(self, run: Any) -> None:
        for child in run:
            if not isinstance(child.tag, str):
                continue
            name = child.tag.removeprefix(WORD)
            if name == "t":
                self.words.add(child.text or "")
            elif name in ("tab", "br", "cr"):
                self.words.add(" ")
            elif name == "noBreakHyphen":
                self.words.add("-")
            elif name == "commentReference":
                if (key := child.get(f"{WORD}id")) not in {number for _, number in self.comments}:
                    self.comments.append((len(self.paragraphs), key))
            elif name == "drawing":
                self.pictures += [p.get("descr", "") for p in child.iter(f"{_DRAWING}docPr")]
            elif child.tag == f"{_COMPATIBLE}AlternateContent":
                self.pictures += [p.get("descr", "") for p in child.iter(f"{_DRAWING}docPr")][:1]


def mapped(document: Document, sources: dict[str, tuple[str, str]]) -> list[Paragraph]:
    """Return the paragraphs of a document that still holds its marks, with places and spans named.

    Parameters
    ----------
    document : Document
        As read.
    sources : dict
        Mark -> (notebook, cell) for marks between paragraphs, (kind, source) for those within.
    """
    for paragraph in document.paragraphs:
        paragraph.place = sources.get(paragraph.place[0], ("", ""))
        paragraph.spans = [(start, end, sources[key][1]) for start, end, key in paragraph.spans]
    return document.paragraphs


def keep(paragraphs: list[Paragraph], digest: str, folder: str | Path, spoken: Iterable[str] = ()) -> None:
    """Keep the map of a document that was written; forget the oldest ones, and those that quote who is not quoted now.

    Parameters
    ----------
    paragraphs : list of Paragraph
        From :func:`mapped`.
    digest : str
        The document's own, as its properties hold it.
    folder : str or Path
        Where maps are kept.
    spoken : iterable of str
        Words of participants and panellists that the release holds. Each map remembers them as hashes, so that words
        of somebody who withdrew do not stay in the map of an earlier document.
    """
    now = {hashlib.sha256(words.encode()).hexdigest() for words in spoken}
    rows = [[p.text, p.style, p.table, p.pictures, p.place, p.spans] for p in paragraphs]
    files.write_text(Path(folder) / f"{digest}.spoken", "\n".join(sorted(now)))
    files.write_json(Path(folder) / f"{digest}.json", {"paragraphs": rows})
    every = sorted(Path(folder).glob("*.json"), key=lambda path: (path.stat().st_mtime, path.name))
    for place, path in enumerate(every, start=1):
        said = path.with_suffix(".spoken")
        then = set(said.read_text(encoding="utf-8").split()) if said.exists() else None
        if place <= len(every) - KEPT or then is None or then - now:
            path.unlink(missing_ok=True)
            said.unlink(missing_ok=True)


def kept(digest: str, folder: str | Path) -> list[Paragraph] | None:
    """Return the map of an earlier document, if it is kept."""
    path = Path(folder) / f"{digest}.json"
    if not digest.isalnum() or not path.exists():
        return None
    rows = files.read_json(path)["paragraphs"]
    return [
        Paragraph(text, style, table and tuple(table), pictures, tuple(place), [tuple(span) for span in spans])
        for text, style, table, pictures, place, spans in rows
    ]
