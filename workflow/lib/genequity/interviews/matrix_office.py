"""The framework matrix for a spreadsheet program and for a word processor.

The workbook is also the way back: its sheet *Cells* is filled in by hand and named in the config as ``summaries``.
"""

from __future__ import annotations

import io
import re
import zipfile
from xml.sax.saxutils import escape

from genequity import files, sheets
from genequity.interviews import summaries
from genequity.interviews.cases import NOT_RAISED
from genequity.interviews.matrix import Cell, Matrix, blocks
from genequity.interviews.matrix_html import counted, note

MOST_CHARACTERS = 32_000  # a cell of a workbook holds 32,767
MOST_LINKS = 20_000
MOST_PASSAGES = 20_000  # with more, a workbook is slow to write and to open; the page holds them all
SIDE_BY_SIDE = 5  # themes that a landscape page holds
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CELLS = ["case", "theme", "theme_label", "summary", "state", "passages", "segment_ids"]


def write_workbook(matrix: Matrix, path: str, title: str) -> None:
    """Write the workbook: the matrix, its cells one by one with the marks of their passages, and the passages."""
    import openpyxl
    from openpyxl.styles import Alignment, Font, PatternFill

    book = openpyxl.Workbook()
    wrap, bold, shade = (
        Alignment(wrap_text=True, vertical="top"),
        Font(bold=True),
        PatternFill("solid", fgColor="EEF2F5"),
    )

    def put(sheet, row: int, column: int, text: object, link: str = "") -> None:
        cell = sheet.cell(row, column)
        cell.value = _clean(text) if isinstance(text, str) else text
        if isinstance(text, str):
            cell.data_type = "s"  # words that begin with = are no formula
        cell.alignment = wrap
        if row == 1:
            cell.font, cell.fill = bold, shade
        if link:
            cell.hyperlink = f"#{link}"

    def landscape(sheet, widths: list[int], freeze: str) -> None:
        for place, width in enumerate(widths):
            sheet.column_dimensions[openpyxl.utils.get_column_letter(place + 1)].width = width
        sheet.freeze_panes = freeze
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.print_title_rows = "1:1"
        sheet.sheet_properties.pageSetUpPr = openpyxl.worksheet.properties.PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToHeight = 0
        sheet.oddHeader.center.text = "RESTRICTED: holds participants' words"

    whole, cells, passages = book.active, book.create_sheet("Cells"), book.create_sheet("Passages")
    count = sum(len(cell.segments) for cell in matrix.cells.values())
    listed = count <= MOST_PASSAGES
    whole.title = "Matrix"
    for column, text in enumerate(["Case", "Who", *matrix.themes.values()], 1):
        put(whole, 1, column, text)
    for column, text in enumerate([*CELLS, summaries.RECORDED, summaries.NOW, summaries.EXPORTED], 1):
        put(cells, 1, column, text)
    for column, text in enumerate(["segment", "case", "theme", "code", "words"], 1):
        put(passages, 1, column, text)
    linked = len(matrix.cells) <= MOST_LINKS
    line = below = 2
    for row, (case, beside) in enumerate(matrix.cases, 2):
        put(whole, row, 1, case)
        put(whole, row, 2, beside)
        for column, cell in enumerate(matrix.row(case), 3):
            put(whole, row, column, _in_one(cell), f"Cells!D{line}" if linked else "")
            for place, value in enumerate(_values(cell, matrix), 1):
                link = cell.segments and linked and listed and place == CELLS.index("segment_ids") + 1
                put(cells, line, place, value, f"Passages!A{below}" if link else "")
            for name, code, words in cell.segments if listed else ():
                for place, value in enumerate([name, case, cell.theme, code, _clean(words)], 1):
                    passages.cell(below, place, value).data_type = "s"
                below += 1
            line += 1
    for cell in matrix.wholes:
        for place, value in enumerate(_values(cell, matrix), 1):
            put(cells, line, place, value)
        line += 1
    landscape(whole, [14, 22, *[42] * len(matrix.themes)], "C2")
    landscape(cells, [14, 18, 26, 70, 12, 10, 30, 16, 16, 16], "D2")
    landscape(passages, [16, 14, 18, 30, 90], "A2")
    if not listed:
        book.remove(passages)
    about = book.create_sheet(sheets.ABOUT)
    told = [
        title,
        *([matrix.watermark] if matrix.watermark else []),
        "Restricted: this workbook holds participants' words and must stay in the secure folder.",
        counted(matrix),
        "Write summaries into the column summary of the sheet Cells, save, and name the file in the config as "
        "interviews.inputs.summaries.",
        "Leave the columns to the right of it as they are: they tell which passages a summary rests on.",
        *([] if listed else [f"The {count:,} passages are too many to list one by one; matrix.html holds them all."]),
        "The last rows of Cells are for whole roles and for all participants: such summaries can be released.",
        f"'{NOT_RAISED}' means that the theme was looked for in the case and not found.",
    ]
    for row, text in enumerate(told, 1):
        about.cell(row, 1, text).alignment = wrap
    about.column_dimensions["A"].width = 100
    sheets.save(book, path)


def _values(cell: Cell, matrix: Matrix) -> list[object]:
    ids = " ".join(name for name, _, _ in cell.segments) or ("" if cell in matrix.wholes else NOT_RAISED)
    exported = summaries.mark([cell.summary]) if cell.summary else summaries.NOTHING
    own = [cell.case, cell.theme, matrix.themes[cell.theme], cell.summary, cell.state, len(cell.segments) or None, ids]
    return [*own, cell.recorded, cell.now, exported]


def _clean(text: str) -> str:
    text = UNPRINTABLE.sub("", text)
    return (
        text if len(text) <= MOST_CHARACTERS else text[:MOST_CHARACTERS].rsplit(" ", 1)[0] + " … (see sheet Passages)"
    )


def _in_one(cell: Cell) -> str:
    """Return a cell of the matrix as one text: summary, its state, passages with their ids."""
    lines = [part for part in (cell.summary, note(cell)) if part]
    lines += [f"\u2022 {words} [{name}]" for name, _, words in cell.segments]
    return "\n".join(lines) if cell.segments else "\n".join([*lines, NOT_RAISED])


def write_document(matrix: Matrix, path: str, title: str, language: str = "en-GB") -> None:
    """Write the matrix for a word processor: A4 landscape, a few themes side by side, heads repeated on each page."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.orientation, section.page_width, section.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Mm(14)
    section.header.paragraphs[0].text = "RESTRICTED: holds participants' words"
    document.styles["Normal"].font.size = Pt(8.5)
    document.styles["Normal"].font.name = "Noto Sans"
    document.styles["Normal"].paragraph_format.space_after = Pt(2)
    document.styles.element.find(qn("w:docDefaults")).find(".//" + qn("w:lang")).set(qn("w:val"), language)
    properties = document.core_properties
    properties.title, properties.author, properties.language = title, "genequity", language
    document.add_heading(title, 0)
    for text in filter(None, [matrix.watermark, counted(matrix)]):
        document.add_paragraph(text)
    parts = blocks(list(matrix.themes), SIDE_BY_SIDE)
    body = document.element.body
    for place, themes in enumerate(parts, 1):
        heading = document.add_heading(
            f"Themes {place} of {len(parts)}: {'; '.join(matrix.themes[t] for t in themes)}", 1
        )
        heading.paragraph_format.page_break_before = place > 1
        body.insert(len(body) - 1, _table(matrix, themes))
    whole = io.BytesIO()
    document.save(whole)
    _save(whole, path)


def _table(matrix: Matrix, themes: list[str]):
    from docx.oxml import parse_xml

    width = [1900, *[(15200 - 1900) // len(themes)] * len(themes)]
    grid = "".join(f'<w:gridCol w:w="{twips}"/>' for twips in width)
    head = "".join(
        _tc(_p(text, bold=True), twips, "EEF2F5")
        for text, twips in zip(["Case", *(matrix.themes[theme] for theme in themes)], width)
    )
    rows = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>"]
    for case, beside in matrix.cases:
        cells = [_tc(_p(case, bold=True) + (_p(beside) if beside else ""), width[0], "F7F9FA")]
        cells += [_tc(_words(matrix.cells[case, theme]), width[1]) for theme in themes]
        rows.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{''.join(cells)}</w:tr>")
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="C9D2D9"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = "".join(f'<w:{side} w:w="80" w:type="dxa"/>' for side in ("top", "left", "bottom", "right"))
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return parse_xml(
        f'<w:tbl xmlns:w="{space}"><w:tblPr><w:tblW w:w="{sum(width)}" w:type="dxa"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar>"
        '<w:tblLook w:val="0620" w:firstRow="1" w:firstColumn="1"/>'
        f'<w:tblCaption w:val="Framework matrix"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>'
    )


def _words(cell: Cell) -> str:
    parts = [_p(cell.summary)] if cell.summary else []
    parts += [_p(note(cell), bold=True)] if note(cell) else []
    parts += [_p(f"\u2022 {words} [{name}]") for name, _, words in cell.segments] or [_p(NOT_RAISED, italic=True)]
    return "".join(parts)


def _p(text: str, *, bold: bool = False, italic: bool = False) -> str:
    style = ("<w:b/>" if bold else "") + ("<w:i/>" if italic else "")
    words = escape(UNPRINTABLE.sub("", text))
    return f'<w:p><w:r><w:rPr>{style}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r></w:p>'


def _tc(content: str, width: int, shade: str = "") -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{shade}"/>' if shade else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{fill}</w:tcPr>{content}</w:tc>'


def _save(whole: io.BytesIO, path: str) -> None:
    """Write a document so that the same content gives the same bytes."""
    with files.writing(path) as part, zipfile.ZipFile(part, "w") as archive, zipfile.ZipFile(whole) as packed:
        for name in sorted(packed.namelist()):
            content = packed.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", content)
            entry = zipfile.ZipInfo(name, sheets.MADE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
