"""What readers get: the chapter's text and figures, the executive summary's headlines, the spreadsheet."""

import json
import zipfile

import openpyxl
import pandas as pd
import pytest
from genequity import findings as register
from genequity import numbers, tables
from genequity.notebook import Absent, Release
from genequity.primary import answers, declaration, figures, spreadsheet, text
from genequity.publish import summary

STUDY = {
    "title": "A study",
    "version": "1",
    "date": "2026-11-22",
    "watermark": "SYNTHETIC DATA",
    "authors": ["A. Author"],
    "comparator": "White",
    "release_rule": "Counts are shown as they are.",
    "strands": {name: {"supplied": True} for name in ("policy", "evidence", "service", "primary")},
}
CHANGE = {
    "date": "2026-07-01",
    "question": "accepted",
    "setting": "comparator",
    "from": "Black",
    "to": "White",
    "reason": "The first comparator was a slip of the pen.",
}


@pytest.fixture
def folder(section, released, tmp_path):
    """The release folder of the small study, with one change after the data were seen."""
    section["changes"] = [CHANGE]
    then = {
        one["id"]: {**declaration.choices(one, {}), "alternatives": declaration.alternatives(one)}
        for one in section["questions"]
    }
    declared = {"declared": section["declared"], "questions": then, "fingerprint": "0123456789abcdef"}
    found = answers.tables_of(section, declared, released, {"service": 0.95, "evidence": 0.95})
    for name, frame in found.items():
        tables.write(frame, tmp_path / "primary" / f"{name}.csv", f"primary/{name}")
    numbers.write(answers.numbers(found), tmp_path / "primary" / "numbers.csv")
    for strand in ("policy", "evidence", "service"):
        part = released.findings[released.findings["strand"] == strand]
        register.write(part.assign(headline=True).to_dict("records"), tmp_path / strand / "findings.csv")
    (tmp_path / "study.json").write_text(json.dumps(STUDY), encoding="utf-8")
    return tmp_path


@pytest.fixture
def release(folder):
    return Release(folder)


def written(folder, name):
    path = folder / name
    spreadsheet.write([str(file) for file in sorted((folder / "primary").glob("*.csv"))], STUDY, str(path))
    return path


def test_the_chapter_says_when_it_was_declared_and_what_was_changed(release):
    opening = text.introduction(release)
    assert "were declared on 2 March 2026, before the data were seen" in opening
    assert "One choice was changed since" in opening
    assert "`0123456789abcdef`" in opening
    listed = text.changes(release)
    assert "**1 July 2026, after the data were seen.** `accepted`: comparator was “Black”, is “White”." in listed
    assert "The first comparator was a slip of the pen." in listed


def test_a_chapter_declared_after_the_data_says_so_at_each_answer(folder):
    path = folder / "primary" / "questions.csv"
    path.write_text(path.read_text().replace("before the data were seen", "after the data were seen"))
    said = text.answers(Release(folder))
    assert said.count("after the data were seen.**") == 4
    assert "**after the data were seen**" in text.introduction(Release(folder))


def test_alternatives_that_say_something_else_are_named(release):
    said = text.agreement(release)
    assert "Referral accepted: the one other estimate says the same" in said
    assert (
        "Test done: 0 of 1 other estimates say the same as the primary analysis; “Crude” says lower for Asian." in said
    )
    assert "Uptake: all 2 other estimates say the same" in said
    assert "Measured commitment: no other comparison was released." in said


def test_the_sensitivity_figure_holds_every_comparison_with_alternatives(release):
    fig = figures.sensitivity(release)
    assert len(fig.axes) == 3
    drawn = [label.get_text() for ax in fig.axes for label in ax.get_yticklabels()]
    assert drawn == [
        *("Asian: primary analysis", "Crude", "Asian: primary analysis", "Crude"),
        *("Asian: primary analysis", "Each study left out (2)"),
    ]
    low, high = fig.axes[2].get_xlim()
    assert low < 1 < high  # no difference is in sight on the scale of ratios


def test_many_groups_share_a_row_each_and_fit_a_page(release, monkeypatch):
    monkeypatch.setattr(figures, "MOST", 3)
    fig = figures.sensitivity(release)
    assert [len(ax.get_yticks()) for ax in fig.axes] == [1, 1, 1]
    monkeypatch.setattr(figures, "MOST", 1)
    assert len(figures.sensitivity(release).axes) == 1  # the first headline; the spreadsheet has the others
    assert fig.get_size_inches()[1] < 8.5


def test_any_number_of_questions_and_groups_gives_figures_that_fit_a_page(folder):
    """Forty questions with thirty groups each: the figures show what a page holds, without an error."""
    groups = [f"Group {place:02}" for place in range(30)]
    for name in ("questions", "answers", "alternatives"):
        path = folder / "primary" / f"{name}.csv"
        row = pd.read_csv(path).query("question == 'accepted'").iloc[:1]
        each = groups if name != "questions" else [None]
        rows = [
            row.assign(question=f"q{place:02}", **({"group": group} if group else {"place": place + 1}))
            for place in range(40)
            for group in each
        ]
        pd.concat(rows).to_csv(path, index=False)
    for fig in (figures.forest(Release(folder)), figures.sensitivity(Release(folder))):
        assert fig.get_size_inches()[1] <= figures.TALLEST


def test_a_study_that_compares_nothing_has_a_reason_in_place_of_figures(folder):
    for name in ("answers", "alternatives"):
        path = folder / "primary" / f"{name}.csv"
        frame = pd.read_csv(path)
        kept = frame[frame["question"] == "policy"]
        kept.to_csv(path, index=False)
    assert isinstance(figures.forest(Release(folder)), Absent)
    assert isinstance(figures.sensitivity(Release(folder)), Absent)


def test_headlines_are_primary_answers_first_and_six_at_most(release):
    said = summary.headlines(release)
    assert said.startswith("### Questions declared beforehand\n\n- Referral accepted, compared with White: lower")
    assert "Uptake, compared with" not in said  # answered, and no headline
    assert said.count("\n- ") == 3
    assert summary.headlines(release, most=2).count("\n- ") == 2


def test_without_primary_analyses_one_sentence_says_so(folder):
    study = STUDY | {"strands": {name: {"supplied": name != "primary"} for name in STUDY["strands"]}}
    (folder / "study.json").write_text(json.dumps(study), encoding="utf-8")
    assert summary.NOT_DECLARED in summary.introduction(Release(folder))


def test_the_spreadsheet_holds_every_released_value_and_says_that_it_is_synthetic(folder):
    book = openpyxl.load_workbook(written(folder, "alternatives.xlsx"))
    assert book.sheetnames == ["read me", "primary", "alternatives", "changes"]
    for sheet in book:
        assert "SYNTHETIC DATA" in [sheet.cell(1, 1).value, sheet.cell(2, 1).value]
    rows = list(book["alternatives"].iter_rows(min_row=2, values_only=True))
    values = {row[rows[0].index("estimate")] for row in rows[1:]}
    assert values == {-0.07, -0.02, 0.72, 0.69}
    assert {row[rows[0].index("source_table")] for row in rows[1:]} == {"service/adjusted", "evidence/sensitivity"}
    assert book["changes"].cell(3, 7).value == CHANGE["reason"]


def test_the_spreadsheet_is_the_same_bytes_and_carries_no_clock(folder):
    first, second = written(folder, "a.xlsx"), written(folder, "b.xlsx")
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {spreadsheet.MOMENT}
        core = archive.read("docProps/core.xml").decode()
    assert core.count("2000-01-01T00:00:00Z") == 2


def test_words_of_a_study_never_become_a_formula():
    assert spreadsheet._cell("=1+1") == "'=1+1"
    assert spreadsheet._cell("-5 to 5") == "-5 to 5"
