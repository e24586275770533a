"""The look of the Word report: a reference document built on pandoc's own, with real styles, header and footer."""

from __future__ import annotations

import io
from functools import cache
from typing import Any

from genequity.publish import shared
from genequity.publish.pandoc import program

FONT = "Arial"  # on every machine with Word; LibreOffice has a twin of the same widths
INK, SOFT, FRONT, SIGNAL, LINK, PANEL, RULE = "1D2B36", "4D5C68", "12384F", "9C3A08", "0B4F7D", "F3F6F8", "CCD5DC"
KINDS = {"note": "12507B", "tip": "1B6E53", "warning": "8A5A00", "caution": SIGNAL, "important": "6B3F86"}


def reference(study: dict[str, Any], language: str, paper: str = "") -> bytes:
    """Return a reference document with the study's title and watermark in header and footer.

    ``paper`` is ``sheet`` or ``landscape`` for a page or a few: small margins, small type, no page of its own for the
    title.
    """
    from docx import Document
    from docx.shared import Cm, Pt

    word = Document(io.BytesIO(_default()))
    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.7)
    section.top_margin, section.bottom_margin = Cm(2.7), Cm(2.4)
    _fonts(word, language)
    body = {"size": 10.5, "before": 0, "after": 8, "line": 1.25}
    for name in ("Normal", "Body Text", "First Paragraph"):
        _paragraph(word, name, **body)
    _paragraph(word, "Compact", size=10.5, before=1, after=3, line=1.15)
    _paragraph(word, "Title", size=30, bold=True, color=FRONT, before=90, after=10, line=1.05, align="left")
    _paragraph(word, "Subtitle", size=14, color=INK, before=0, after=24, align="left")
    _paragraph(word, "Author", size=10.5, before=0, after=2, align="left")
    _paragraph(word, "Date", size=10.5, color=SOFT, before=0, after=18, align="left")
    _paragraph(word, "Heading 1", size=22, bold=True, color=INK, before=0, after=14, line=1.1)
    word.styles["Heading 1"].paragraph_format.page_break_before = True
    _paragraph(word, "Heading 2", size=15, bold=True, color=INK, before=20, after=6, line=1.1)
    _paragraph(word, "Heading 3", size=11.5, bold=True, color=INK, before=15, after=4)
    _paragraph(word, "Heading 4", size=10.5, bold=True, color=INK, before=12, after=3)
    _paragraph(word, "TOC Heading", size=22, bold=True, color=INK, before=0, after=12)
    for level, indent in ((1, 0), (2, 0.6)):
        style = _paragraph(
            word, f"TOC {level}", size=9.5, bold=level == 1, before=4 if level == 1 else 0, after=0, new=True
        )
        style.paragraph_format.left_indent = Cm(indent)
    for name in ("Table Caption", "Image Caption"):
        _paragraph(
            word, name, size=9.5, italic=False, before=10 if "Table" in name else 3, after=4 if "Table" in name else 14
        )
    word.styles["Table Caption"].paragraph_format.keep_with_next = True
    _paragraph(word, "Captioned Figure", before=10, after=3, align="left").paragraph_format.keep_with_next = True
    _paragraph(word, "Block Text", size=10.5, before=4, after=8)
    _edge(word.styles["Block Text"], "left", RULE, 18)
    _paragraph(word, "Footnote Text", size=8.5, before=0, after=2)
    _paragraph(word, "Table Note", size=8.5, color=SOFT, before=4, after=14, new=True)
    _paragraph(word, "Table Text", size=9, before=2, after=2, line=1.1, new=True)
    _paragraph(word, "Table Text Small", size=7.5, before=0.5, after=0.5, line=1.0, new=True)
    _paragraph(word, "Chapter Mark", size=8.5, bold=True, color=SIGNAL, before=0, after=12, new=True)
    _paragraph(word, "Watermark", size=13, bold=True, color=SIGNAL, before=4, after=20, new=True)
    _paragraph(word, "Key Number", size=12, color=KINDS["note"], before=0, after=3, new=True)
    _edge(word.styles["Key Number"], "left", KINDS["note"], 24)
    _paragraph(word, "Plain Language", size=10.5, before=0, after=0, line=1.3, new=True)
    _box(word.styles["Plain Language"], KINDS["tip"])
    for kind, color in KINDS.items():
        title = _paragraph(
            word, f"Callout {kind.title()} Title", size=10.5, bold=True, color=color, before=10, after=0, new=True
        )
        title.paragraph_format.keep_with_next = True
        _paragraph(word, f"Callout {kind.title()}", size=10.5, before=0, after=0, line=1.25, new=True)
        for name in (f"Callout {kind.title()} Title", f"Callout {kind.title()}"):
            _box(word.styles[name], color)
    word.styles["Hyperlink"].font.color.rgb = _rgb(LINK)
    word.styles["Hyperlink"].font.underline = True
    _table_style(word)
    if paper:
        _sheet(word, across=paper == "landscape")
    _header_and_footer(section, study, Pt)
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


@cache
def _default() -> bytes:
    import subprocess

    ask = [program(), "--print-default-data-file", "reference.docx"]
    return subprocess.run(ask, capture_output=True, check=True).stdout


def _sheet(word: Any, *, across: bool) -> None:
    """Set a page or a few: more on the page than in a book."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm

    section = word.sections[0]
    section.left_margin = section.right_margin = Cm(2)
    section.top_margin, section.bottom_margin = Cm(1.9), Cm(1.6)
    section.header_distance, section.footer_distance = Cm(0.9), Cm(0.8)
    if across:
        section.orientation = WD_ORIENT.LANDSCAPE
        section.page_width, section.page_height = section.page_height, section.page_width
    for name in ("Normal", "Body Text", "First Paragraph"):
        _paragraph(word, name, size=9.5, before=0, after=4, line=1.12)
    _paragraph(word, "Compact", size=9.5, before=0, after=2, line=1.1)
    _paragraph(word, "Title", size=18, bold=True, color=FRONT, before=0, after=2, line=1.0, align="left")
    _paragraph(word, "Subtitle", size=10, bold=False, color=INK, before=0, after=2, align="left")
    _paragraph(word, "Author", size=8.5, bold=False, color=SOFT, before=0, after=0, align="left")
    _paragraph(word, "Date", size=8.5, bold=False, color=SOFT, before=0, after=4, align="left")
    _paragraph(word, "Heading 2", size=12.5, bold=True, color=INK, before=7, after=2, line=1.0)
    _paragraph(word, "Heading 3", size=10.5, bold=True, color=INK, before=6, after=2)
    _paragraph(word, "Watermark", size=10, bold=True, color=SIGNAL, before=0, after=4)
    _paragraph(word, "Table Note", size=7.5, color=SOFT, before=2, after=5)
    _paragraph(word, "Table Text", size=8.5, before=1, after=1, line=1.0)
    _paragraph(word, "Table Caption", size=8.5, italic=False, before=5, after=2).paragraph_format.keep_with_next = True
    _paragraph(word, "Image Caption", size=8.5, italic=False, before=2, after=6)
    _paragraph(word, "Captioned Figure", before=4, after=2, align="left").paragraph_format.keep_with_next = True


def _rgb(color: str) -> Any:
    from docx.shared import RGBColor

    return RGBColor.from_string(color)


def _fonts(word: Any, language: str) -> None:
    """Set one font family and the language as the document's defaults, over pandoc's theme fonts."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for element in word.styles.element.iter(qn("w:rFonts")):
        mono = "Consolas" in "".join(element.attrib.values())
        for key in list(element.attrib):
            del element.attrib[key]
        for key in ("ascii", "hAnsi", "cs", "eastAsia"):
            element.set(qn(f"w:{key}"), "Consolas" if mono else FONT)
    for element in word.styles.element.iter(qn("w:rPrDefault")):
        properties = element.find(qn("w:rPr"))
        own = properties.find(qn("w:lang"))
        if own is None:
            own = OxmlElement("w:lang")
            properties.append(own)
        own.set(qn("w:val"), language)


def _paragraph(
    word: Any,
    name: str,
    *,
    size: float | None = None,
    bold: bool | None = None,
    italic: bool | None = None,
    color: str = INK,
    before: float = 0,
    after: float = 6,
    line: float | None = None,
    align: str = "",
    new: bool = False,
) -> Any:
    """Set a paragraph style, making it when it is new; sizes and spaces in points."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    names = [style.name for style in word.styles]
    if name not in names:
        style = word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = word.styles["Normal"]
    else:
        style = word.styles[name]
    if size is not None:
        style.font.size = Pt(size)
    style.font.bold = bold
    style.font.italic = italic
    style.font.color.rgb = _rgb(color)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    if line is not None:
        style.paragraph_format.line_spacing = line
    if align:
        style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.LEFT
    return style


def _element(name: str, **values: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(f"w:{name}")
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _insert(properties: Any, element: Any, before: tuple[str, ...]) -> None:
    """Insert into ``w:pPr`` at the place the schema asks for: before the first of these that is there."""
    from docx.oxml.ns import qn

    for child in properties:
        if child.tag in {qn(f"w:{name}") for name in before}:
            child.addprevious(element)
            return
    properties.append(element)


_AFTER_BORDER = ("shd", "tabs", "suppressAutoHyphens", "spacing", "ind", "contextualSpacing", "jc", "outlineLvl", "rPr")


def _edge(style: Any, side: str, color: str, eighths: int) -> None:
    """Draw a line at one side of a paragraph."""
    from docx.shared import Cm

    borders = _element("pBdr")
    borders.append(_element(side, val="single", sz=str(eighths), space="8", color=color))
    _insert(style.element.get_or_add_pPr(), borders, _AFTER_BORDER)
    if side == "left":
        style.paragraph_format.left_indent = Cm(0.4)


def _box(style: Any, color: str) -> None:
    """Draw a line at the left and a light ground behind a paragraph."""
    _edge(style, "left", color, 24)
    _insert(style.element.get_or_add_pPr(), _element("shd", val="clear", color="auto", fill=PANEL), _AFTER_BORDER[1:])


def _table_style(word: Any) -> None:
    """Horizontal rules only, bold header row."""
    from docx.oxml.ns import qn

    style = word.styles["Table"].element
    for child in list(style):
        if child.tag in (qn("w:tblPr"), qn("w:tblStylePr"), qn("w:pPr"), qn("w:rPr")):
            style.remove(child)
    table = _element("tblPr")
    borders = _element("tblBorders")
    borders.append(_element("top", val="single", sz="10", space="0", color=INK))
    borders.append(_element("bottom", val="single", sz="8", space="0", color=INK))
    borders.append(_element("insideH", val="single", sz="4", space="0", color=RULE))
    margins = _element("tblCellMar")
    for side, width in (("top", "30"), ("left", "70"), ("bottom", "30"), ("right", "70")):
        margins.append(_element(side, w=width, type="dxa"))
    table.append(_element("tblInd", w="0", type="dxa"))
    table.append(borders)
    table.append(margins)
    style.append(table)
    first = _element("tblStylePr", type="firstRow")
    run = _element("rPr")
    run.append(_element("b"))
    cell = _element("tcPr")
    edges = _element("tcBorders")
    edges.append(_element("bottom", val="single", sz="8", space="0", color=INK))
    cell.append(edges)
    cell.append(_element("vAlign", val="bottom"))
    first.append(run)
    first.append(cell)
    style.append(first)


def _header_and_footer(section: Any, study: dict[str, Any], points: Any) -> None:
    edition = [shared.long_date(study["date"]), f"Version {study['version']}" if study["version"] else ""]
    header, footer = section.header.paragraphs[0], section.footer.paragraphs[0]
    for paragraph, left, right in (
        (header, study["title"], study["watermark"]),
        (footer, " · ".join(filter(None, edition)), ""),
    ):
        measure = section.page_width - section.left_margin - section.right_margin
        paragraph.paragraph_format.tab_stops.add_tab_stop(measure, alignment=2)
        _run(paragraph, left, SOFT, points)
        _run(paragraph, "\t", SOFT, points)
        if right:
            _run(paragraph, right, SIGNAL, points).bold = True
    run = _run(footer, "", SOFT, points)
    for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
        if kind:
            run._r.append(_element("fldChar", fldCharType=kind))
        else:
            instruction = _element("instrText")
            instruction.text = text
            run._r.append(instruction)


def _run(paragraph: Any, text: str, color: str, points: Any) -> Any:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb, run.font.name = points(8.5), _rgb(color), FONT
    return run
