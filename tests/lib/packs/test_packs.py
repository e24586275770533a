"""The trace as page, table and PROV; the page of each organisation; the action tracker."""

import csv
import json
import re

import openpyxl
import pytest
from docx import Document
from genequity.files import write_json
from genequity.notebook import open_release
from genequity.packs import graph, organisations, page, table, tracker


@pytest.fixture
def way(release):
    """Return the graph of the small release."""
    return graph.build(release)


def test_every_link_of_the_page_leads_to_a_place_on_it(way, study, tmp_path):
    page.write(way, study, str(tmp_path / "trace.html"))
    text = (tmp_path / "trace.html").read_text(encoding="utf-8")
    places = re.findall(r'\bid="([^"]+)"', text)
    links = set(re.findall(r'href="#([^"]+)"', text))
    assert len(places) == len(set(places))
    assert {"R1", "finding-survey.trust", "co-design-C1", "input-survey.inputs.file"} <= links
    assert links <= set(places)
    assert not re.search(r"<script|src=\"http|href=\"http", text)
    assert "Words one" in text
    assert "SYNTHETIC DATA" in text


def test_the_table_has_each_step_of_each_recommendation_once(way, study, tmp_path):
    table.write_csv(way, study, str(tmp_path / "trace.csv"))
    with (tmp_path / "trace.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert {row["data"] for row in rows} == {"SYNTHETIC"}
    assert len({(row["recommendation"], row["rests"], row["on"]) for row in rows}) == len(rows)
    # R1: 4 findings, 1 entry, 2 votes; 4 rows, 4 inputs; 1 quotation, 1 passage, 2 results, 1 question
    assert sum(row["recommendation"] == "R1" for row in rows) == 4 + 1 + 2 + 4 + 4 + 5
    assert {row["kind"] for row in rows if row["sha256"]} == {
        "input",
        "quotation",
        "passage",
        "study result",
        "study",
        "question",
    }


def test_prov_defines_what_it_names_and_every_word_of_it(way, study):
    made = json.loads(json.dumps(table.prov(way, study)))
    context, whole = made["@context"], made["@graph"]
    names = [entry["@id"] for entry in whole]
    assert len(names) == len(set(names))
    assert all(name.startswith("run:") for name in names)
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}#", context["run"]["@id"])
    for entry in whole:
        for word, value in entry.items():
            assert word.startswith("@") or word in context, word
            if isinstance(context.get(word), dict) and context[word].get("@type") == "@id":
                assert set([value] if isinstance(value, str) else value) <= set(names), (entry["@id"], word)
        types = [entry["@type"]] if isinstance(entry["@type"], str) else entry["@type"]
        assert set(types) <= set(context)
    by_name = {entry["@id"]: entry for entry in whole}
    top = by_name["run:recommendation/R1"]
    assert top["audience"] == "run:organisation/Body-A"
    assert "run:finding/survey.trust" in top["wasDerivedFrom"]
    assert by_name["run:input/survey.inputs.file"]["sha256"] == 8 * "0123abcd"
    assert by_name["run:activity/survey"]["used"] == ["run:input/survey.inputs.file"]


def test_prov_of_other_inputs_is_another_run(release, study):
    before = table.prov(graph.build(release), study)["@context"]["run"]
    release["audit/inputs"].loc[0, "sha256"] = 8 * "abcd0123"
    assert table.prov(graph.build(release), study)["@context"]["run"] != before


def test_an_organisation_reads_what_it_is_asked_and_nothing_of_others(way, study, tmp_path):
    write_json(tmp_path / "study.json", study)
    organisations.write(way, open_release(tmp_path), study, str(tmp_path / "packs"))
    assert sorted(path.name for path in (tmp_path / "packs").iterdir()) == [
        "body-a.docx",
        "body-a.html",
        "body-b.docx",
        "body-b.html",
    ]
    word = Document(str(tmp_path / "packs" / "body-a.docx"))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "For Body A" in text
    assert "Statement of survey.trust." in text
    assert "evidence.focus" not in text
    cells = [cell.text for cell in word.tables[0].rows[1].cells]
    assert cells[:3] == ["R1", "Publish a yearly table. For: patients. It takes: two days.", "31 March 2027"]
    assert cells[-1] == "agreed (90% in favour)"
    other = Document(str(tmp_path / "packs" / "body-b.docx"))
    assert [cell.text for cell in other.tables[0].rows[1].cells][-1] == organisations.NOT_RATED


def test_the_tracker_has_a_row_for_each_recommendation_and_a_list_of_states(way, study, tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        tracker.write(way, study, str(tmp_path / name))
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["Actions"]
    head, *rows = list(sheet.iter_rows(values_only=True))
    assert [row[:2] for row in rows] == [("Body A", "R1"), ("Body B", "R2")]
    assert rows[0][head.index("Status")] == "not started"
    rule = sheet.data_validations.dataValidation[0]
    assert rule.formula1 == f'"{",".join(tracker.STATUS)}"'
    assert str(rule.sqref) == "I2:I3"


def test_a_page_shows_a_finding_for_each_action_names_what_comes_before_and_tells_of_disagreement(
    release, study, tmp_path
):
    register, panel = release["recommendations/register"], release["recommendations/panel"]
    register["organisation"], register["depends_on"] = "Body A", ["", "R1"]
    long = "A very long statement. " * 200
    release["synthesis/register"].loc[lambda rows: rows["id"] == "interviews.travel", "statement"] = long
    panel["disagreement"] = "true"
    write_json(tmp_path / "study.json", study)
    organisations.write(graph.build(release), open_release(tmp_path), study, str(tmp_path / "packs"))
    word = Document(str(tmp_path / "packs" / "body-a.docx"))
    told = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "R1: A very long" in told
    assert "R2: Statement of evidence.focus." in told
    cells = [[cell.text for cell in row.cells] for row in word.tables[0].rows]
    assert cells[1][-1] == "agreed with disagreement (90% in favour)"
    assert "After: R1 (Title of R1; Body A)." in cells[2][1]
