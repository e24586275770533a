"""A template that is filled in passes the reader of the build: each is filled with its own example and read."""

import csv
import subprocess
import sys

import openpyxl
import pytest
from genequity import authored, config, sheets
from genequity.coding import canonical, codebook, load
from genequity.errors import InputError
from genequity.evidence import effects, extraction, screening, searches, studies
from genequity.groups import Scheme
from genequity.interviews import participants, redactions, summaries, translations
from genequity.policy import register as documents
from genequity.recommendations import assessments, panel, votes
from genequity.recommendations import register as recommendations
from genequity.service import check as service
from genequity.service import population as counted
from genequity.study import templates, workbooks
from genequity.survey import codebook as questions
from genequity.survey import margins
from genequity.synthesis import inferences, readings
from genequity.synthesis import inputs as synthesis

ALL = templates.all_of()
PLACES = [f"{template.section}/{template.name}" for template in ALL]
DEFAULTS = config.parse(config.DEFAULTS.read_text(encoding="utf-8"), "defaults")
WORDS = DEFAULTS["evidence"]["methods"]


@pytest.fixture
def scheme(monkeypatch):
    monkeypatch.chdir(config.ROOT)
    return Scheme.read(templates.SCHEME)


def themes():
    return [row[0] for row in templates.get("shared/themes").start]


def promoted(template):
    """Return the example as a person writes it: over the yellow row, without the word EXAMPLE."""
    if template.start:
        return [list(row) for row in template.start]
    first, *rest = template.example()
    return [[first.removeprefix(authored.EXAMPLE), *rest], *MORE.get(f"{template.section}/{template.name}", [])]


MORE = {  # rows without which the example alone would be no whole table
    "survey/codebook": [["ethnic", "ethnicity", "Ethnic group", "", "", "", "1=White|2=Black", "", "", ""]],
}
PLAIN = {name: name for name in templates.SCREENING}


def read_ratings(file):
    import pandas as pd

    members, items = (
        pd.DataFrame({"panellist": ["M01"]}),
        pd.DataFrame({"item": ["I01"], "round": [1], "wording": "Do it"}),
    )
    return votes.read(file, members, items)


def read_recommendations(file):
    import pandas as pd

    owners, log = pd.DataFrame({"organisation": ["Data standards body"]}), pd.DataFrame({"entry": ["C01"]})
    verbs = DEFAULTS["recommendations"]["methods"]["action_verbs"]
    return recommendations.read(file, owners, log, verbs=verbs, study_date="2026-11-22")


def read_people(file, attributes):
    from genequity import attribution

    return attribution.population(file, attributes, {})


def read_denominators(file, scheme):
    spec = {"columns": {name: name for name in templates.DENOMINATORS}, "sex_values": {"F": "Female"}}
    return counted.read_population(file, spec, scheme, "five_2021", {"R1": "Region 1"}, "All")


READ = {
    "shared/themes": lambda file, _: load.themes(file),
    "shared/ethnicity": lambda file, _: Scheme.read(file).table,
    "shared/regions": lambda file, _: service.read_regions(file),
    "policy/register": lambda file, _: documents.read(file),
    "policy/codebook": lambda file, _: codebook.read(file, themes()),
    "evidence/search_log": lambda file, _: searches.read_log(file),
    "evidence/screening": lambda file, _: screening.read(file, PLAIN, WORDS["stage_words"], WORDS["decision_words"]),
    "evidence/studies": lambda file, _: studies.read(file, themes()),
    "evidence/effects": lambda file, _: extraction.read_effects(file, {}, {}),
    "evidence/participants": lambda file, _: studies.read_participants(file),
    "evidence/population": lambda file, _: studies.read_population(file),
    "survey/codebook": lambda file, _: questions.read(file).variables,
    "survey/margins": lambda file, _: margins.read(file),
    "service/denominators": read_denominators,
    "interviews/participants": lambda file, scheme: participants.read(file, scheme, "five_2021"),
    "interviews/codebook": lambda file, _: codebook.read(file, themes()),
    "interviews/population": lambda file, _: read_people(file, ["role"]),
    "interviews/segments": lambda file, _: canonical.read(file).segments,
    "interviews/summaries": lambda file, _: summaries.read(file, ["P01"], [], dict.fromkeys(themes(), "")),
    "interviews/translations": lambda file, _: translations.read(file, ["P01"]),
    "interviews/redactions": lambda file, _: redactions.read(file, ["P01"]),
    "synthesis/explanations": lambda file, _: synthesis.explanations(file, themes()),
    "synthesis/meta_inferences": lambda file, _: inferences.read(file, themes()),
    "synthesis/readings": lambda file, _: readings.read(file, themes()),
    "recommendations/register": lambda file, _: read_recommendations(file),
    "recommendations/organisations": lambda file, _: recommendations.organisations(file),
    "recommendations/co_design_log": lambda file, _: recommendations.co_design(file),
    "recommendations/assessments": lambda file, _: assessments.read(file, ["R01"]),
    "recommendations/panel_members": lambda file, _: panel.members(file),
    "recommendations/panel_items": lambda file, _: panel.items(file, ["R01"]),
    "recommendations/panel_ratings": lambda file, _: read_ratings(file),
    "recommendations/panel_population": lambda file, _: read_people(file, ["stakeholder_group"]),
}


def filled(template, folder, ending):
    """Write the template as `new` does, fill it in as a person does, and return its path."""
    path = folder / f"{template.name}.{ending}"
    rows = promoted(template)
    if ending == "csv":
        templates.write_csv(template, str(path))
        with path.open("w", encoding="utf-8-sig", newline="") as handle:
            csv.writer(handle).writerows([template.header, *rows])
        return str(path)
    workbooks.write(template, str(path))
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for place, value in enumerate(row, start=1):
            sheet.cell(number, place).value = value or None
    book.save(path)
    return str(path)


def test_every_template_has_a_reader_here():
    assert set(PLACES) == set(READ)


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
@pytest.mark.parametrize("place", PLACES)
def test_a_filled_template_is_read_by_the_reader_of_the_build(place, ending, tmp_path, scheme):
    template = templates.get(place)
    found = READ[place](filled(template, tmp_path, ending), scheme)
    assert len(found) == len(promoted(template))


@pytest.mark.parametrize("place", [place for place in PLACES if place != "shared/themes"])
def test_the_example_row_is_asked_to_be_deleted(place, tmp_path, scheme):
    template = templates.get(place)
    path = tmp_path / f"{template.name}.xlsx"
    workbooks.write(template, str(path))
    with pytest.raises(InputError) as caught:
        READ[place](str(path), scheme)
    (problem,) = caught.value.problems
    assert problem.message == "the template is not filled in: it holds its example row alone"
    assert problem.where == f"row 2, column {template.header[0]}"


@pytest.mark.parametrize("place", PLACES)
def test_columns_needs_and_words_are_those_of_the_readers(place):
    """The description adds sentences and examples; what is asked for comes from the code that reads."""
    template = templates.get(place)
    assert set(templates.reader_columns(template)) <= set(template.header)
    for column in template.columns:
        assert column.about.endswith(".")
        assert len(column.about.split(".")[0].split()) <= 20
        if column.values and not column.open and column.example:
            assert column.example in column.values
        if column.needed and not template.start:
            assert column.example, f"{place}: the example leaves {column.name} blank, which may not stay blank"


def test_the_words_of_a_drop_down_are_those_of_the_code():
    words = {column.name: column.values for column in templates.get("policy/register").columns}
    assert words["status"] == documents.STATUSES
    measures = {column.name: column.values for column in templates.get("evidence/effects").columns}
    assert measures["measure"] == tuple(effects.MEASURES)


def test_a_workbook_has_drop_downs_a_frozen_header_notes_and_a_sheet_about_its_columns(tmp_path):
    template = templates.get("policy/register")
    workbooks.write(template, str(tmp_path / "register.xlsx"))
    book = openpyxl.load_workbook(tmp_path / "register.xlsx")
    table, about, lists = book.worksheets
    assert [table.title, about.title, lists.sheet_state] == ["Document register", sheets.ABOUT, "hidden"]
    assert table.freeze_panes == "B2"
    assert all(
        cell.comment.text.startswith(column.about) for cell, column in zip(table[1], template.columns, strict=True)
    )
    (rule,) = table.data_validations.dataValidation
    assert str(rule.sqref) == "I2:I2000"
    assert rule.formula1 == "=Lists!$A$2:$A$3"
    assert [lists["A2"].value, lists["A3"].value] == list(documents.STATUSES)
    told = {row[0].value: row[2].value for row in about.iter_rows()}
    assert all(told[column.name] == column.about for column in template.columns)


def test_the_same_template_has_the_same_bytes(tmp_path):
    template = templates.get("survey/codebook")
    for name in ("a.xlsx", "b.xlsx"):
        workbooks.write(template, str(tmp_path / name))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_readers_import_nothing_of_the_templates():
    """Templates rest on readers, not the reverse: a build must not need them."""
    code = "import sys; from genequity.policy import register; print('genequity.study.templates' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_frames_of_themes_hold_what_findings_fall_back_on():
    assert "access" in themes()
