"""Three formats of one small book: the same numbers, the same bytes each time, and what each format owes its readers."""

import collections
import hashlib
import html
import itertools
import re
import shutil
import subprocess

import pikepdf
import pytest
from docx import Document
from docx.oxml.ns import qn

MATHS = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
NUMBER = re.compile(r"\d[\d,.]*\d|\d")


def numbers(text):
    return collections.Counter(NUMBER.findall(text))


def html_text(path):
    page = path.read_text(encoding="utf-8")
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(r"<annotation.*?</annotation>", "", main, flags=re.S)
    return html.unescape(re.sub(r"<[^>]+>", " ", main))


def docx_text(path):
    """Return the text from the first chapter on, without title page and contents."""
    paragraphs = [
        (
            "".join(t.text or "" for t in p.iter(qn("w:t"), MATHS)),
            p.pPr is not None and p.pPr.pStyle is not None and p.pPr.pStyle.val,
        )
        for p in Document(path).element.body.iter(qn("w:p"))
    ]
    first = next(place for place, (_, style) in enumerate(paragraphs) if style == "Heading1")
    return " ".join(text for text, _ in paragraphs[first:])


def pdf_text(path, first=1):
    # The page without running header and footer (A4, points).
    crop = ["-x", "0", "-y", "72", "-W", "595", "-H", "700"]
    command = ["pdftotext", "-f", str(first), "-layout", *crop, str(path), "-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def page(small):
    return (small / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def word(small):
    return Document(small / "report.docx")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_the_three_formats_carry_the_same_numbers(small):
    """Every number of a table or sentence as often in each format; contents and foot-note marks differ by format."""
    web, word, pdf = (
        numbers(html_text(small / "report.html")),
        numbers(docx_text(small / "report.docx")),
        numbers(pdf_text(small / "report.pdf", 3)),
    )
    telling = [number for number in web if len(number) > 2 and number not in ("1.1", "1.2", "A.1")]
    assert len(telling) > 35
    assert {"71.2%"[:4], "1,234", "9,120", "73.1", "1,029"} <= set(telling)
    for number in telling:
        assert web[number] == word[number] == pdf[number], number


OUTPUTS = [f"{name}.{ending}" for name in ("report", "index") for ending in ("html", "pdf", "docx")]


def digests(folder):
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in OUTPUTS}


def test_writing_twice_in_different_folders_gives_the_same_bytes(small, make_small, tmp_path):
    shutil.copytree(small / "cache", tmp_path / "cache")
    assert digests(make_small(tmp_path)) == digests(small)


@pytest.mark.slow
def test_executing_and_writing_twice_gives_the_same_bytes(small, make_small, tmp_path):
    assert digests(make_small(tmp_path)) == digests(small)


def test_html_asks_nothing_of_the_network_and_runs_no_script(page):
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#|data:|https://)[^"]*"', page) == []
    assert re.findall(r'<(?:img|link|source)[^>]+(?:src|href)="http', page) == []
    assert "url(http" not in page
    assert "@import" not in page


def test_html_has_one_title_and_no_heading_is_skipped(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_html_tables_say_what_their_heads_are_for(page):
    assert "<th>" not in page
    assert '<th scope="col"' in page.replace("\n", " ")
    assert 'scope="row"' in page
    regions = re.findall(r'role="region" aria-label="([^"]+)" tabindex="0"', page)
    assert len(regions) == len(set(regions)) == page.count("<table") == 3
    assert regions[1].replace("\u00a0", " ").startswith("Table 1.1: Share agreeing")


def test_html_images_have_the_alternative_text_of_the_notebook(page):
    alts = [html.unescape(alt) for alt in re.findall(r'<img[^>]* alt="([^"]*)"', page)]
    assert 'Line chart: the "share" rises from year to year & <never> falls.' in alts
    assert all(alts)
    assert len(alts) == 4


def test_the_watermark_stands_in_each_chapter_and_in_the_title(page, small):
    assert page.count("<h2") <= page.count('class="chapter-mark"') + 1
    assert page.count('class="chapter-mark"') == 4
    assert "<title>A small book – SYNTHETIC DATA</title>" in page
    assert 'class="watermark-bar"' in page


def test_ids_are_unique_and_links_go_somewhere(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert [name for name, count in collections.Counter(ids).items() if count > 1] == []
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_format_conditions_reach_the_right_format(small, page, word):
    assert "Only in HTML." in page
    assert "Not in HTML." not in page
    text = docx_text(small / "report.docx")
    assert "Only in HTML." not in text
    assert "Not in HTML." in text


def test_word_has_headings_contents_and_properties(word):
    headings = [(p.style.name, p.text) for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert ("Heading 1", "1 Results: what we found") in headings
    assert ("Heading 2", "1.1 Trend") in headings
    assert ("Heading 1", "Appendix A: Data") in headings
    assert word.core_properties.title == "A small book – SYNTHETIC DATA"
    assert word.core_properties.author == "A. Author; B. Author"
    assert word.core_properties.language == "en-GB"
    contents = [p for p in word.paragraphs if p.style.name.startswith("TOC ") or p.style.name.startswith("toc ")]
    assert any("1.1 Trend" in "".join(t.text for t in p._p.iter(qn("w:t"))) for p in contents)
    xml = word.element.xml
    assert xml.count('w:fldCharType="begin"') == xml.count('w:fldCharType="end"')
    assert r"TOC \o" in xml


def test_word_tables_repeat_their_heads_and_keep_rows_whole(word):
    assert len(word.tables) == 3
    for table in word.tables:
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
    shares = [cell.paragraphs[0].alignment for cell in word.tables[1].columns[1].cells]
    assert set(shares) == {2}  # right


def test_word_pictures_have_alternative_texts_and_the_header_the_watermark(word):
    described = [element.get("descr") for element in word.element.body.iter(qn("wp:docPr"))]
    assert 'Line chart: the "share" rises from year to year & <never> falls.' in described
    assert all(described)
    header = word.sections[0].header.paragraphs[0].text
    assert header == "A small book\tSYNTHETIC DATA"
    assert " PAGE " in word.sections[0].footer._element.xml


def test_pdf_is_tagged_with_title_and_language(small):
    with pikepdf.open(small / "report.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang) == "en-GB"
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo["/Title"]) == "A small book – SYNTHETIC DATA"
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
        assert "Figure" in {str(kind).strip("/") for kind in _tags(pdf.Root.StructTreeRoot)}
        fonts = {
            str(f.get("/BaseFont")) for f in pdf.objects if isinstance(f, pikepdf.Dictionary) and f.get("/BaseFont")
        }
    assert all(re.search("NotoSans|NotoNaskh|DejaVuSansMono|NewCM|NewComputerModern", font) for font in fonts), fonts


def _tags(element):
    found = [element.get("/S")] if element.get("/S") is not None else []
    children = element.get("/K")
    if isinstance(children, pikepdf.Array):
        for child in children:
            if isinstance(child, pikepdf.Dictionary):
                found += _tags(child)
    elif isinstance(children, pikepdf.Dictionary):
        found += _tags(children)
    return found


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_every_page_of_the_pdf_says_that_the_data_are_synthetic(small):
    with pikepdf.open(small / "report.pdf") as pdf:
        pages = len(pdf.pages)
    for place in range(1, pages + 1):
        command = ["pdftotext", "-f", str(place), "-l", str(place), str(small / "report.pdf"), "-"]
        assert "SYNTHETIC DATA" in subprocess.run(command, capture_output=True, text=True, check=True).stdout, place


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_other_scripts_can_be_copied_from_the_pdf(small):
    text = subprocess.run(["pdftotext", str(small / "report.pdf"), "-"], capture_output=True, text=True).stdout
    assert "لاہور" in text
    assert "ਪੰਜਾਬੀ"[:1] in text or "ਦਾਖਲੇ" in text


def test_a_chapter_alone_keeps_its_numbers_and_names_what_is_elsewhere(small):
    text = " ".join(html_text(small / "index.html").split())
    assert "see Figure 1.1" in text
    assert "Table 1: What we found" in text
    page = (small / "index.html").read_text(encoding="utf-8")
    assert 'href="#fig-trend"' not in page
    assert 'aria-label="Contents"' not in page


def test_a_picture_beside_the_notebook_reaches_all_formats(write_book, tmp_path):
    from genequity.publish import docx, pdf
    from genequity.publish import html as web

    document = write_book({"index": '# T\n\n![C](x.png){#fig-x fig-alt="A pixel."}\n'})
    for writer, name in ((web, "p.html"), (pdf, "p.pdf"), (docx, "p.docx")):
        writer.write(document, str(tmp_path / name))
    assert 'src="data:image/png;base64,' in (tmp_path / "p.html").read_text()
    described = [element.get("descr") for element in Document(tmp_path / "p.docx").element.body.iter(qn("wp:docPr"))]
    assert described == ["A pixel."]
    with pikepdf.open(tmp_path / "p.pdf") as made:
        assert any(item.get("/Subtype") == "/Image" for item in made.objects if isinstance(item, pikepdf.Stream))


def test_a_study_without_a_watermark_shows_none(write_book, tmp_path):
    from genequity.publish import docx, pdf
    from genequity.publish import html as web

    document = write_book({"index": "# T\n\n| a |\n|---|\n| 1 |\n\n: Cap {#tbl-x}\n"}, authors=["A"])
    for writer, name in ((web, "r.html"), (pdf, "r.pdf"), (docx, "r.docx")):
        writer.write(document, str(tmp_path / name))
    body = (tmp_path / "r.html").read_text().partition("<body>")[2]
    assert "watermark" not in body
    assert "chapter-mark" not in body
    assert Document(tmp_path / "r.docx").sections[0].header.paragraphs[0].text == "T\t"
