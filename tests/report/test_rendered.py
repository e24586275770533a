"""The built demonstration report as readers meet it: in a real browser, in Office, as a PDF."""

from __future__ import annotations

import html
import itertools
import re
import shutil
import subprocess
from pathlib import Path

import pikepdf
import pytest
from docx import Document
from docx.oxml.ns import qn

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
# WCAG 2.2 AA and axe's best practices.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = ("report", "executive-summary")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def browser():
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        running.close()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light"), (390, "dark")])
def test_no_accessibility_violation_and_no_request(built_report, browser, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((built_report / f"{name}.html").as_uri())
    found = Axe().run(page, options={"runOnly": RULES}).response
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert wide <= 0  # nothing but tables scrolls sideways


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "least"), [(1200, 650), (1000, 600), (390, 340)])
def test_text_has_the_width_it_needs(built_report, browser, name, width, least):
    """A page without contents beside it does not stand in the column of the contents."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((built_report / f"{name}.html").as_uri())
    found = page.evaluate("document.querySelector('main').getBoundingClientRect().width")
    page.close()
    assert found >= least


def test_the_page_can_be_used_with_the_keyboard(built_report, browser):
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto((built_report / "report.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    page.keyboard.press("Tab")
    box = page.evaluate(
        "(() => { const r = document.activeElement.getBoundingClientRect(); return [r.top, r.bottom] })()"
    )
    bar = page.evaluate("document.querySelector('.watermark-bar')?.getBoundingClientRect().bottom ?? 0")
    page.close()
    assert box[0] >= bar - 1  # the status bar does not hide what has the focus


@pytest.mark.parametrize("name", PAGES)
def test_pdf_is_tagged_and_names_itself(built_report, name):
    with pikepdf.open(built_report / f"{name}.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.Lang).startswith("en")
        assert pdf.open_metadata()["pdfuaid:part"] == "1"
        assert "SYNTHETIC" in str(pdf.docinfo["/Title"])


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_that_the_data_are_synthetic(built_report, name):
    path = built_report / f"{name}.pdf"
    with pikepdf.open(path) as pdf:
        pages = len(pdf.pages)
    text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True).stdout
    assert [place for place, page in enumerate(text.split("\f")[:pages], 1) if "SYNTHETIC DATA" not in page] == []


def test_the_executive_summary_is_short(built_report):
    with pikepdf.open(built_report / "executive-summary.pdf") as pdf:
        assert len(pdf.pages) <= 2


def test_the_report_wastes_no_paper(built_report):
    """Nine chapters in sixty pages, none longer than ten; the appendices list every column and item and grow with them."""
    with pikepdf.open(built_report / "report.pdf") as pdf:
        with pdf.open_outline() as outline:
            starts = [(item.title, pdf.pages.index(item.destination[0])) for item in outline.root]
        pages = {name: end - start for (name, start), (_, end) in itertools.pairwise(starts)}
    chapters = {name: length for name, length in pages.items() if name[:1].isdigit()}
    assert len(chapters) == 9
    assert max(chapters.values()) <= 10, chapters
    assert dict(starts)["References"] <= 60


def plain_summary(folder):
    """Return the paragraphs and list items of the summary in plain language."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    part = page[page.index('id="sec-plain"') : page.index('id="sec-reading"')]
    found = re.findall(r"<(p|li)[^>]*>(.*?)</\1>", part.partition(">")[2], re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", text)).strip() for _, text in found]


def test_the_plain_language_summary_is_short_and_plain(built_report):
    """For readers of nine to eleven years: at most 300 words, short sentences, no signs of statistics."""
    paragraphs = plain_summary(built_report)
    assert 60 < len(" ".join(paragraphs).split()) <= 300
    sentences = [part.split() for text in paragraphs for part in re.split(r"(?<=[.?!])[”)]*\s+", text) if part.strip()]
    assert max(map(len, sentences)) <= 20, max(sentences, key=len)
    assert sum(map(len, sentences)) / len(sentences) <= 14
    text = " ".join(paragraphs)
    assert re.findall(r"\b(?:CI|SD|OR|RR|odds|ratio|interval|pooled|adjusted|p =|n =)\b|\d\.\d|%", text) == []


def web_numbers(path):
    page = path.read_text(encoding="utf-8")
    main = page[page.index("<main") : page.index("</main>")]
    main = re.sub(r"<annotation.*?</annotation>", "", main, flags=re.S)
    return _numbers(html.unescape(re.sub(r"<[^>]+>", " ", main)))


def word_numbers(path):
    paragraphs = Document(path).element.body.iter(qn("w:p"))
    return _numbers(" ".join("".join(t.text or "" for t in p.iter(qn("w:t"))) for p in paragraphs))


def pdf_numbers(path):
    crop = ["-x", "0", "-y", "72", "-W", "595", "-H", "715"]
    command = ["pdftotext", *crop, str(path), "-"]
    return _numbers(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _numbers(text):
    """Numbers that are results: with decimals or thousands; small whole numbers stand in contents and lists too."""
    text = re.sub(r"10\.\d{4,}(/\S+)?", " ", text)  # a DOI is no result, and may be broken over lines
    return {found for found in NUMBER.findall(text) if "," in found[1:-1] or ("." in found and len(found) > 3)}


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
@pytest.mark.parametrize("name", PAGES)
def test_the_three_formats_carry_the_same_numbers(built_report, name):
    web, word, pdf = (
        web_numbers(built_report / f"{name}.html"),
        word_numbers(built_report / f"{name}.docx"),
        pdf_numbers(built_report / f"{name}.pdf"),
    )
    assert len(web) > (50 if name == "report" else 5)
    assert sorted(web - word) == sorted(web - pdf) == []


@pytest.mark.parametrize("name", PAGES)
def test_word_opens_in_libreoffice_with_headings_and_table_heads(built_report, tmp_path, name):
    word = Document(built_report / f"{name}.docx")
    assert [p for p in word.paragraphs if p.style.name == "Heading 1"]
    assert all(table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for table in word.tables)
    described = [element.get("descr") for element in word.element.body.iter(qn("wp:docPr"))]
    assert all(described)
    assert "SYNTHETIC DATA" in word.sections[0].header.paragraphs[0].text
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run(
        [*command, "--outdir", str(tmp_path), str(built_report / f"{name}.docx")],
        check=True,
        capture_output=True,
        timeout=180,
    )
    with pikepdf.open(tmp_path / f"{name}.pdf") as pdf:
        assert len(pdf.pages) >= 2
