"""Editions of regions as readers meet them: two printed pages, accessible, one file, the released numbers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pikepdf
import pytest
from conftest import program
from docx import Document
from docx.oxml.ns import qn
from genequity import tables
from genequity.files import find_table
from genequity.numbers import say
from genequity.service import editions

pytestmark = pytest.mark.slow

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser():
    path = program("chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def folder(built_report):
    return built_report / "regions"


@pytest.fixture(scope="module", params=[6, 16])
def many(built, tmp_path_factory, request):
    """Editions of the same study with six or sixteen groups, of which some have long names."""
    where = tmp_path_factory.mktemp("many")
    base = ["Asian", "Black"] if request.param == 6 else ["Asian", "Black", "Mixed", "Other"]
    words = ("African", "Caribbean", "Indian or Pakistani heritage")[-1 if request.param == 6 else -3 :]
    shutil.copytree(built / "release", where / "release")
    for name in ("gap_steps", "adjusted", "regional", "pathway"):
        path = find_table(where / "release", f"service/{name}")
        whole = pd.read_csv(path, dtype=str, keep_default_na=False)
        parts = [whole]
        for word in words:
            part = whole[whole["group"].isin(base)]
            parts.append(part.assign(group=part["group"] + ", " + word))
        pd.concat(parts).to_csv(path, index=False)
    outputs = {
        name: {form: str(where / f"{name}.{form}") for form in ("html", "docx")} for name in ("national", "A", "D")
    }
    editions.write(where / "release", outputs)
    return where


def printed(browser, page: Path, tmp_path: Path) -> int:
    """Return how many pages A4 the page prints on."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(page.as_uri())
    opened.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    context.close()
    with pikepdf.open(tmp_path / "page.pdf") as pdf:
        return len(pdf.pages)


def office(pages: list[Path], tmp_path: Path) -> dict[str, int]:
    """Return how many pages each Word document has in LibreOffice."""
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    arguments = [program("soffice"), profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
    subprocess.run([*arguments, *map(str, pages)], check=True, capture_output=True, timeout=300)
    found = {}
    for page in pages:
        with pikepdf.open(tmp_path / f"{page.stem}.pdf") as pdf:
            found[page.stem] = len(pdf.pages)
    return found


def test_there_is_one_edition_for_all_regions_and_one_for_each(folder, built):
    study = json.loads((built / "release" / "study.json").read_text())
    wanted = {"national", *(place["name"] for place in study["regions"])}
    assert len(wanted) == 8
    assert {path.name for path in folder.iterdir()} == {
        f"{name}.{form}" for name in wanted for form in ("html", "docx")
    }


def test_each_edition_prints_on_two_pages(folder, browser, tmp_path):
    assert {path.stem: printed(browser, path, tmp_path) for path in folder.glob("*.html")} == dict.fromkeys(
        [path.stem for path in folder.glob("*.html")], 2
    )


def test_each_word_edition_has_two_pages(folder, tmp_path):
    found = office(sorted(folder.glob("*.docx")), tmp_path)
    assert len(found) == 8
    assert set(found.values()) == {2}


def test_many_groups_with_long_names_fit_on_two_pages(many, browser, tmp_path):
    assert {path.stem: printed(browser, path, tmp_path) for path in many.glob("*.html")} == {
        "national": 2,
        "A": 2,
        "D": 2,
    }
    assert set(office(sorted(many.glob("*.docx")), tmp_path).values()) == {2}


@pytest.mark.parametrize("name", ["national", "D"])
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
def test_no_accessibility_violation_and_no_request(folder, browser, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto((folder / f"{name}.html").as_uri())
    found = Axe().run(page, options={"runOnly": RULES}).response
    context.close()
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found["violations"]] == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("name", ["national", "A", "D"])
def test_sentences_are_short(folder, name):
    words = Document(str(folder / f"{name}.docx"))
    text = [p.text for p in words.paragraphs if p.style.name in ("Compact", "First Paragraph", "Body Text")]
    assert len(text) > 12
    long = [s for line in text for s in re.split(r"(?<=[.?!:])\s", line) if len(s.split()) > 20]
    assert long == []


def test_word_has_headings_alternative_texts_table_heads_and_the_watermark(folder):
    word = Document(str(folder / "D.docx"))
    assert [p.text for p in word.paragraphs if p.style.name == "Heading 2"] == [
        "In brief",
        "Where in the pathway the gap is",
        "How sure this is",
        "Differences between like records",
        "Beside the other regions",
        "What cannot be measured here",
    ]
    pictures = list(word.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == 2
    assert all(picture.get("descr") for picture in pictures)
    heads = [table.rows[0]._tr.get_or_add_trPr().find(qn("w:tblHeader")) for table in word.tables]
    assert len(heads) == 4
    assert all(head is not None for head in heads)
    assert "SYNTHETIC DATA" in word.sections[0].header.paragraphs[0].text


def test_the_gaps_are_those_that_were_released_here_and_everywhere(folder, built):
    name = "service/gap_steps"
    steps = tables.read(find_table(built / "release", name), name)
    whole = steps[steps["step"] == "total"].set_index(["region", "group"])["contribution"]
    table = Document(str(folder / "D.docx")).tables[0]
    rows = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    assert [row[0] for row in rows] == ["Asian", "Black", "Mixed", "Other"]
    for group, _, here, everywhere, *_ in rows:
        assert here.split(" ")[0] == say(100 * whole[("Region D", group)], "", 1)
        assert everywhere.split(" ")[0] == say(100 * whole[("All regions", group)], "", 1)
