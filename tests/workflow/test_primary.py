"""The built demonstration's primary analyses: planted truth, limits of the chapter, released values and nothing else."""

import re
from numbers import Real

import openpyxl
import pikepdf
import pytest
from conftest import build, chapter_pages, clone, said
from genequity import config, files, findings, tables
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config" / "demo" / "truth.yaml")


@pytest.fixture(scope="module")
def release(built):
    return built / "release"


def read(release, name):
    return tables.read(files.find_table(release, name), name)


def answers(release, question):
    found = read(release, "primary/answers")
    return found[found["question"] == question].set_index("group")


def chapter(built, name="report.html"):
    page = (built / "report" / name).read_text(encoding="utf-8")
    start = page.index('id="sec-primary-answers"')
    return page[start : page.index('id="sec-policy', start)]


def test_the_planted_difference_is_found(release, truth):
    """Acceptance is planted lower for some groups on the log odds scale; trust is planted lower for one."""
    planted = truth["service"]["stages"]["accepted"]["group"]
    found = answers(release, "accepted")
    for group, log_odds in planted.items():
        assert found.loc[group, "direction"] == "lower", group
        assert found.loc[group, "estimate"] == pytest.approx(0.13 * log_odds, abs=0.025)  # p(1 − p) at 0.84 is 0.13
    assert found.loc["Mixed", "direction"] == "no_clear_difference"
    assert truth["survey"]["items"]["trust_safe"]["group"] == {"Black": -0.8}
    trust = answers(release, "trust").loc["Black"]
    assert trust["direction"] == "lower"
    assert trust["ci_low"] < 0.24 * -0.8 < trust["ci_high"]  # p(1 − p) at 0.61 is 0.24


def test_the_planted_zero_shows_no_clear_difference_though_a_crude_model_says_otherwise(built, release, truth):
    assert truth["service"]["stages"]["tested"]["group"] == {}
    assert set(answers(release, "tested")["direction"]) == {"no_clear_difference"}
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", chapter(built)))
    assert "Test done once a referral is accepted, compared with White: no clear difference for Asian" in text
    other = read(release, "primary/alternatives")
    crude = other[(other["question"] == "tested") & (other["alternative"] == "Crude")]
    assert not crude["same_direction"].astype(bool).all()


def test_the_change_stands_in_the_chapter_with_day_and_reason(built, release):
    changes = read(release, "primary/changes")
    assert len(changes) == 2
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", chapter(built)))
    assert "11 May 2026, before the data were seen" in text
    for reason in changes["reason"]:
        assert reason in text


def test_the_chapter_keeps_its_limits(built, release):
    """At most six headlines, five figures and ten pages."""
    assert read(release, "primary/questions")["headline"].astype(bool).sum() <= 6
    assert len(re.findall(r"<figcaption", chapter(built))) <= 5
    with pikepdf.open(built / "report" / "report.pdf") as pdf:
        assert 1 <= chapter_pages(pdf, "Primary results") <= 10


def test_the_findings_of_the_executive_summary_begin_with_primary_answers_and_have_six_headlines_at_most(built):
    page = (built / "report" / "executive-summary.html").read_text(encoding="utf-8")
    assert page.index('id="sec-summary-asked"') < page.index('id="sec-summary-found"')
    part = page[page.index('id="sec-summary-found"') :].partition("</main>")[0]
    assert 1 <= part.count("<li>") <= 6
    assert part.index("Questions declared beforehand") < part.index("<li>")


def test_every_value_of_the_spreadsheet_is_a_cell_of_a_released_table(built, release):
    book = openpyxl.load_workbook(built / "report" / "alternatives.xlsx")
    assert book["alternatives"].cell(1, 1).value == "SYNTHETIC DATA"
    checked = 0
    for sheet in ("primary", "alternatives"):
        head, *rows = book[sheet].iter_rows(min_row=2, values_only=True)
        for row in (dict(zip(head, values, strict=True)) for values in rows):
            source = findings.source(row, read(release, row["source_table"]))
            assert len(source) == 1, row["source_row"]
            cells = [value for value in source.iloc[0] if isinstance(value, Real)]
            assert any(value == pytest.approx(row["estimate"], abs=1e-6) for value in cells), row
            checked += 1
    assert checked == len(read(release, "primary/answers")) + len(read(release, "primary/alternatives"))


def test_findings_named_by_answers_are_findings(release):
    known = {
        identifier
        for strand in config.STRANDS
        for identifier in findings.read(files.find_table(release, f"{strand}/findings"))["id"]
    }
    named = read(release, "primary/answers")["finding"].dropna()
    assert len(named) == 12
    assert set(named) <= known


def test_a_choice_changed_without_a_reason_stops_the_build_before_its_first_step(tmp_path):
    folder = clone(tmp_path / "changed")
    path = folder / "config" / "config.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.count("rows: {level: Black}") == 1
    path.write_text(text.replace("rows: {level: Black}", "rows: {level: Asian}"), encoding="utf-8")
    done = build(folder, "--dry-run")
    assert done.returncode != 0
    assert "the question 'trust' has another analysis since the declaration, and no change says so" in said(done)
    assert "difference in survey/model where level is Black" in said(done)
    assert not (folder / "results" / "release").exists()
