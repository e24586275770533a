"""A page or a few from Markdown: HTML without network or script, Word with a header row, the same bytes each time."""

import base64
import re

import pytest
from docx import Document
from genequity.errors import InputError
from genequity.publish import sheet

STUDY = {
    "title": "A study",
    "subtitle": "",
    "watermark": "SYNTHETIC DATA",
    "date": "2026-11-22",
    "version": "1.0",
    "authors": ["The team"],
    "language": "en-GB",
}
TABLE = (
    '<table><thead><tr><th scope="col">What</th><th scope="col">n</th></tr></thead>'
    "<tbody><tr><th>Tests</th><td>10</td></tr></tbody></table>"
    '<p class="table-note">SYNTHETIC DATA.</p>'
)
POINT = base64.b64decode(  # one black pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
DOT = b'<svg xmlns="http://www.w3.org/2000/svg" width="20pt" height="20pt"><circle cx="5" cy="5" r="4"/></svg>'


def made(folder, paper="sheet", text="## What to do\n\nSend the form."):
    whole = text + sheet.table(TABLE) + '![A dot](media/dot.svg){#fig-dot fig-alt="One dot."}\n'
    document = sheet.document(
        whole, STUDY, name="page", title="A page", pictures={"media/dot.svg": DOT, "media/dot.png": POINT}
    )
    outputs = {form: str(folder / f"page.{form}") for form in ("html", "docx")}
    sheet.write(document, outputs, paper=paper)
    return folder / "page.html", folder / "page.docx"


def test_one_text_makes_both_formats_and_html_needs_no_network(tmp_path):
    html, word = made(tmp_path)
    page = html.read_text(encoding="utf-8")
    for part in ("<h1>A page</h1>", "A study", "SYNTHETIC DATA", 'scope="col"', 'class="table-note"'):
        assert part in page
    assert not re.search(r"<script|<link|src=\"http|url\(http", page)
    read = Document(str(word))
    assert {"What to do", "Send the form.", "A page"} <= {p.text for p in read.paragraphs}
    assert [cell.text for cell in read.tables[0].rows[0].cells] == ["What", "n"]
    note = next(p for p in read.paragraphs if p.style.name == "Table Note")
    assert note.text == "SYNTHETIC DATA."


def test_across_is_wider_than_high(tmp_path):
    _, word = made(tmp_path, "landscape")
    section = Document(str(word)).sections[0]
    assert section.page_width > section.page_height


def test_two_writings_are_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = made(tmp_path / "a"), made(tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_words_of_the_list_and_unknown_elements_are_refused():
    with pytest.raises(InputError, match="Hard-to-reach"):
        sheet.document("Hard-to-reach groups", STUDY, name="page", title="A page")
    with pytest.raises(InputError, match="raw html"):
        sheet.document("<marquee>Hello</marquee>", STUDY, name="page", title="A page")
