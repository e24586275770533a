"""The format trial: the same workflow, without code changes, on public data that nobody in this project wrote."""

from __future__ import annotations

import re
import subprocess

import openpyxl
import pandas as pd
import pikepdf
import pytest
import yaml
from conftest import chapter_pages, program, snakemake
from genequity.config import ROOT
from genequity.notebook import open_release

pytestmark = pytest.mark.slow
MARK = "FORMAT TRIAL: UNRELATED PUBLIC DATA, NO FINDINGS"


@pytest.fixture(scope="module")
def real(real_folder):
    done = snakemake("--configfile", "config/real.yaml")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return ROOT / "results" / "real"


@pytest.fixture(scope="module")
def release(real):
    return open_release(real / "release")


def test_the_report_says_on_every_page_what_it_is(real):
    program("pdftotext")
    for name in ("report", "executive-summary"):
        text = subprocess.run(
            ["pdftotext", "-layout", real / "report" / f"{name}.pdf", "-"], capture_output=True, text=True
        ).stdout
        pages = text.split("\f")[:-1]
        assert pages
        assert all(MARK in page for page in pages), f"{name}: a page without its watermark"
        assert MARK in (real / "report" / f"{name}.html").read_text(encoding="utf-8")


def test_synthesis_and_recommendations_are_off(real, release):
    assert not release.supplied("synthesis")
    assert not release.supplied("recommendations")
    assert not (real / "release" / "synthesis").exists()


def test_no_value_of_the_demonstration_survives(real):
    demonstration = yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text())
    assert demonstration
    words = ("Region A", "National commissioner", "Placeholder", "SYNTHETIC")
    for path in (real / "release").rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not [word for word in words if word in text], path


def test_us_race_keeps_its_own_groups(release):
    groups = set(release.table("service/rates")["group"])
    assert groups & {"African American (US)", "Hispanic (US)"}
    assert not groups & {"Asian British", "Black", "Mixed"}


def test_rates_without_a_population_are_not_computed(release):
    rates = release.table("service/rates")
    assert rates["rate"].isna().all()
    assert rates["reason"].notna().all()


def test_the_pathway_of_the_encounters_is_counted_from_the_file(release):
    """101,766 encounters of 71,518 people (UCI, Diabetes 130-US hospitals)."""
    flow = release.table("service/flow").set_index("step")["records"]
    assert flow.max() == 101_766
    assert 71_518 in flow.tolist()


def test_the_search_ends_where_decisions_are_missing(release):
    flow = release.table("evidence/flow")
    assert 645 in flow["n"].dropna().tolist()  # 41 + 49 + 124 + 176 + 255, as the files' names say
    assert release.table("evidence/agreement").empty


def test_the_bcg_trials_give_the_published_estimate(release):
    """Colditz and others (1994); REML risk ratio 0.489 (0.344 to 0.696) with metafor's defaults."""
    pooled = release.table("evidence/pooled").iloc[0]
    assert pooled["k"] == 13
    assert pooled["estimate"] == pytest.approx(0.489, abs=5e-4)


def test_every_coding_was_read_and_no_words_are_printed(release):
    reading = release.table("interviews/reading").set_index("project")["segments"]
    assert {205, 261} <= set(reading)  # the two files, as counted by hand
    assert release.table("interviews/quotes").empty


def test_the_survey_uses_the_weight_of_the_file(release):
    people = release.table("survey/respondents").set_index("group")["n"]
    assert isinstance(people, pd.Series)
    assert people["All groups"] == 11_660  # 11,676 people, of whom 16 have no weight


def test_no_finding_is_headed(real):
    text = (real / "report" / "executive-summary.html").read_text(encoding="utf-8")
    assert "no findings" in re.sub(r"<[^>]+>", " ", text).casefold()


def test_the_chapter_of_primary_results_keeps_its_limits_and_says_that_it_came_late(real, release):
    with pikepdf.open(real / "report" / "report.pdf") as pdf:
        assert 1 <= chapter_pages(pdf, "Primary results") <= 10
    assert set(release.table("primary/questions")["timing"]) == {"after the data were seen"}
    page = (real / "report" / "report.html").read_text(encoding="utf-8")
    assert "Declared on 20 November 2026, after the data were seen." in page
    book = openpyxl.load_workbook(real / "report" / "alternatives.xlsx")
    assert {sheet.cell(1, 1).value for sheet in book if sheet.title != "read me"} == {MARK}
