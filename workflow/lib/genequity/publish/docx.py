"""Write a Word document: real headings, repeated table heads, alternative texts, a filled list of contents."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from genequity import files
from genequity.publish import docx_styles, elements, kernel, pandoc, shared, traces, wordmap
from genequity.publish.assemble import Document
from genequity.publish.exporter import CELL
from genequity.publish.pandoc import Node, attributes, keys, node, raw

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_IDS = 900_000  # of the bookmarks that stand in the document until its map is made
_BREAK = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def write(
    document: Document,
    path: str,
    *,
    contents: bool = True,
    maps: str | None = None,
    spoken: Iterable[str] = (),
    paper: str = "",
) -> None:
    """Write a document for Word.

    Parameters
    ----------
    document : Document
        The assembled book or chapter.
    path : str
        The ``.docx`` file.
    contents : bool
        Whether to show the list of contents.
    maps : str, optional
        Folder in which the map of the document is kept (:mod:`genequity.publish.wordmap`).
    spoken : iterable of str
        Words of participants and panellists that the release holds.
    paper : str
        ``sheet`` or ``landscape`` for a page or a few (:mod:`genequity.publish.sheet`).
    """
    writer = _Writer(document)
    study = document.study
    traced = document.traced or document.blocks
    digest = hashlib.sha256(json.dumps([traced, study], sort_keys=True).encode()).hexdigest()[:16]
    blocks = _parted(pandoc.walk(elements.visible(traced, "docx"), writer.visit))
    front = [_styled("Watermark", [node("Para", pandoc.words(study["watermark"]))])] if study["watermark"] else []
    if contents:
        front += [_styled("TOC Heading", [node("Para", pandoc.words("Contents"))]), *_contents(document.blocks)]
    moment = kernel.epoch(study["date"])
    with tempfile.TemporaryDirectory(prefix="genequity-") as folder:
        for name, data in document.pictures.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(data)
        (Path(folder) / "reference.docx").write_bytes(docx_styles.reference(study, document.language, paper))
        arguments = ["-f", "json", "-t", "docx", "--reference-doc", "reference.docx", "-o", "report.docx"]
        whole = pandoc.document([*front, *blocks], _meta(document, digest))
        _, warnings = pandoc.run([*arguments, "--syntax-highlighting=none"], whole, epoch=moment, folder=folder)
        if warnings:
            raise RuntimeError(f"Word: {warnings}")
        made = (Path(folder) / "report.docx").read_bytes()
    with files.writing(path) as part:
        part.write_bytes(_finished(made, document, moment, contents))
    if maps:
        wordmap.keep(wordmap.mapped(wordmap.read(made), writer.sources), digest, maps, spoken)


def _parted(blocks: list[Node]) -> list[Node]:
    """Put an empty paragraph between two tables that Word would join, where a mark keeps pandoc from doing so."""
    whole: list[Node] = []
    last = ""
    for block in blocks:
        if block["t"] == "Table" and last == "Table" and not block["c"][1][1] and whole[-1]["t"] == "RawBlock":
            whole.append(raw("openxml", "<w:p/>"))
        whole.append(block)
        last = last if block["t"] == "RawBlock" else block["t"]
    return whole


def _meta(document: Document, digest: str) -> dict[str, Any]:
    study = document.study
    meta = {
        "title": node("MetaString", study["title"]),
        "lang": node("MetaString", document.language),
        "date": node("MetaString", _edition(study)),
        "author": node("MetaList", [node("MetaString", name) for name in study["authors"]]),
        wordmap.PROPERTY: node("MetaString", digest),
    }
    return meta | ({"subtitle": node("MetaString", study["subtitle"])} if study["subtitle"] else {})


def _edition(study: dict[str, Any]) -> str:
    return " · ".join(
        filter(None, [shared.long_date(study["date"]), study["version"] and f"Version {study['version']}"])
    )


def _styled(style: str, blocks: list[Node]) -> Node:
    return node("Div", attributes("", [], custom_style=style), blocks)


def _contents(blocks: list[Node]) -> list[Node]:
    """Return the list of contents as a field that Word updates, already filled with links for everyone else."""
    found = shared.headings(blocks, 2)
    entries = []
    for place, (level, identifier, number, title) in enumerate(found):
        link = node("Link", attributes(), pandoc.words(f"{number} {title}".strip()), [f"#{identifier}", ""])
        inlines: list[Node] = [link]
        if place == 0:
            inlines = [raw("openxml", _FIELD_START, inline=True), *inlines]
        if place == len(found) - 1:
            inlines = [*inlines, raw("openxml", _FIELD_END, inline=True)]
        entries.append(_styled(f"TOC {level}", [node("Para", inlines)]))
    return entries


_FIELD_START = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    r'<w:r><w:instrText xml:space="preserve"> TOC \o "1-2" \h \z \u </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
_FIELD_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


class _Writer:
    """Passes that only Word needs; they run from the leaves up."""

    def __init__(self, document: Document):
        self.document = document
        self.sources: dict[str, tuple[str, str]] = {}
        self.file = ""

    def visit(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "RawBlock":
            return self._place(*item["c"])
        if kind == "Header":
            return self._header(item)
        if kind == "Image":
            return self._image(item)
        if kind == "Cite":
            return self._noted([item], " ".join(f"@{cite['citationId']}" for cite in item["c"][0]))
        if kind == "Link" and "reference" in item["c"][0][1]:
            return self._noted([item], f"@{item['c'][2][0].removeprefix('#')}")
        if kind == "Span" and traces.is_computed(item):
            return self._noted(item["c"][1], traces.source_of(item))
        if kind == "CodeBlock":
            item["c"][0] = attributes(item["c"][0][0])
        if kind == "Span" and "equation" in item["c"][0][1]:
            number = keys(item["c"][0])["number"]
            return node("Span", attributes(item["c"][0][0]), [*item["c"][1], *pandoc.words(f" ({number})")])
        if kind == "Span" and "stamp" in item["c"][0][1]:
            return self._noted([node("Strong", item["c"][1])], "study.watermark")
        if kind == "Div":
            return _div(item)
        return None

    def _header(self, item: Node) -> Any:
        level, attribute, inlines = item["c"]
        number = keys(attribute).get("number")
        if number:
            label = f"Appendix {number}:" if level == 1 and "appendix" in attribute[1] else number
            inlines = [*self._noted(pandoc.words(label), "number of the heading"), node("Space"), *inlines]
        return node("Header", level, attributes(attribute[0]), inlines)

    def _place(self, kind: str, words: str) -> Any:
        """Mark between paragraphs from which notebook and cell the next ones come."""
        if kind == traces.FILE:
            self.file, words = words, ""
        elif kind != CELL:
            return None
        return raw("openxml", "".join(self._mark((self.file, words))))

    def _noted(self, inlines: list[Node], source: str) -> list[Node]:
        """Mark words that were computed."""
        start, end = self._mark(("computed", source))
        return [raw("openxml", start, inline=True), *inlines, raw("openxml", end, inline=True)]

    def _mark(self, source: tuple[str, str]) -> tuple[str, str]:
        number = len(self.sources)
        self.sources[str(number)] = source
        name = f"{wordmap.MARK}{number}"
        place = _IDS + number
        return f'<w:bookmarkStart w:id="{place}" w:name="{name}"/>', f'<w:bookmarkEnd w:id="{place}"/>'

    def _image(self, item: Node) -> None:
        """Word gets the PNG, at its size on paper, never wider than the measure."""
        name = item["c"][2][0]
        alt = keys(item["c"][0])["alt"]
        item["c"][0], item["c"][1] = attributes(), pandoc.words(alt)  # pandoc writes these words as the description
        picture = name.removesuffix(".svg") + ".png"
        if picture in self.document.pictures:
            item["c"][2][0] = picture
        if name.endswith(".svg") and (size := shared.svg_size(self.document.pictures[name])):
            width = min(size[0] / 72, 6.1)
            item["c"][0][2] += [["width", f"{width:.3f}in"]]


def _div(item: Node) -> Any:
    (identifier, classes, pairs), body = item["c"]
    found = dict(pairs)
    if "callout" in classes:
        kind = found["kind"].title()
        head, inner = body
        return [_styled(f"Callout {kind} Title", head["c"][1]), _styled(f"Callout {kind}", inner["c"][1])]
    if "absent" in classes:
        head, *reason = body
        caption = _styled("Image Caption", _paragraphs(head["c"][1]))
        return node("Div", attributes(identifier), [caption, _styled("Table Note", _paragraphs(reason))])
    if "details" in classes:
        return body
    if "panels" in classes:
        *figures, caption = body
        return [node("Div", attributes(identifier), [*figures, _styled("Image Caption", _paragraphs(caption["c"][1]))])]
    if "listing" in classes:
        head, code = body
        return node("Div", attributes(identifier), [_styled("Table Caption", _paragraphs(head["c"][1])), code])
    if "key-numbers" in classes:
        parts = []
        for entry in [entry for block in body if block["t"] == "BulletList" for entry in block["c"]]:
            value, label = shared.key_number(entry)
            parts.append(_styled("Key Number", [node("Para", [node("Strong", value), node("Space"), *label])]))
        return parts
    if "table-note" in classes:
        return _styled("Table Note", _paragraphs(body))
    if "plain-language" in classes:
        return _plain_language(body)
    if "quote" in classes:
        return node("BlockQuote", body)
    if "pagebreak" in classes:
        return raw("openxml", _BREAK)
    return None


def _plain_language(body: list[Node]) -> list[Node]:
    """Shade the paragraphs of the plain-language summary; headings and lists keep their own styles."""
    return [_styled("Plain Language", [block]) if block["t"] in ("Para", "Plain") else block for block in body]


def _paragraphs(blocks: list[Node]) -> list[Node]:
    return [node("Para", block["c"]) if block["t"] == "Plain" else block for block in blocks]


def _finished(data: bytes, document: Document, moment: int, contents: bool) -> bytes:
    """Finish what pandoc cannot say: table rows, properties; then write the zip with fixed dates."""
    from docx import Document as Word
    from docx.oxml.ns import qn

    word = Word(io.BytesIO(data))
    for mark in [*word.element.body.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))]:
        if int(mark.get(qn("w:id"))) >= _IDS:
            mark.getparent().remove(mark)
    for table in word.tables:
        _finish_table(table, qn)
    _space_groups(word)
    properties = word.core_properties
    properties.title = shared.title(document.study)
    properties.language = document.language
    properties.last_modified_by = ""
    properties.comments = document.study["watermark"]
    properties.version = document.study["version"]
    first = next((p for p in word.paragraphs if p.style.name == "Heading 1"), None)
    if first is not None and not contents:
        first.paragraph_format.page_break_before = False
    out = io.BytesIO()
    word.save(out)
    return _fixed_dates(out.getvalue(), moment)


def _finish_table(table: Any, qn: Any) -> None:
    """Keep rows whole, repeat header rows, set table type and alignment of paragraphs."""
    from docx.oxml import OxmlElement

    style = "TableText" if len(table.rows) < shared.LONG else "TableTextSmall"
    for row in table.rows:
        properties = row._tr.get_or_add_trPr()
        if properties.find(qn("w:cantSplit")) is None:
            properties.insert(0, OxmlElement("w:cantSplit"))
        for paragraph in row._tr.iter(qn("w:p")):
            own = paragraph.get_or_add_pPr()
            if own.pStyle is not None and own.pStyle.val == "Compact":
                own.pStyle.val = style
    for row in table.rows[:-1] if len(table.rows) <= shared.SHORT else []:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.keep_with_next = True
    head = table.rows[0]._tr.get_or_add_trPr().find(qn("w:tblHeader")) if table.rows else None
    if head is not None:
        for paragraph in table.rows[0]._tr.iter(qn("w:p")):
            for run in paragraph.iter(qn("w:r")):
                run.get_or_add_rPr().insert(0, OxmlElement("w:b"))
            paragraph.get_or_add_pPr().get_or_add_keepNext()


_GROUPS = ("Callout", "Key Number", "Plain Language")


def _space_groups(word: Any) -> None:
    """Leave room after the last paragraph of a box, and after a table that has no note."""
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    paragraphs = word.paragraphs
    for this, following in zip(paragraphs, [*paragraphs[1:], None], strict=True):
        group = next((name for name in _GROUPS if this.style.name.startswith(name)), None)
        next_style = following.style.name if following is not None else ""
        if group and (not next_style.startswith(group) or next_style.endswith("Title")):
            this.paragraph_format.space_after = Pt(12)
    for table in word.tables:
        after = table._tbl.getnext()
        while after is not None and not after.tag.endswith(("}p", "}tbl")):  # marks of labels stand between
            after = after.getnext()
        if after is not None and after.tag.endswith("}p"):
            paragraph = Paragraph(after, word)
            if paragraph.style.name != "Table Note":
                paragraph.paragraph_format.space_before = Pt(12)


def _fixed_dates(data: bytes, moment: int) -> bytes:
    out = io.BytesIO()
    day = time.gmtime(max(moment, 315532800))[:6]
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in sorted(
            source.infolist(), key=lambda entry: (entry.filename != "[Content_Types].xml", entry.filename)
        ):
            fixed = zipfile.ZipInfo(entry.filename, day)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            fixed.create_system = 3
            target.writestr(fixed, source.read(entry.filename))
    return out.getvalue()
