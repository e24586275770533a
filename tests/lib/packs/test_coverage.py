"""What the commission asked for is met only where files were made and tables hold rows that are not withheld."""

import pandas as pd
import pytest
from genequity import tables
from genequity.config import ROOT
from genequity.packs import coverage

BRIEF = ROOT / "config" / "standards" / "brief.yaml"


def part(shown, release, folder):
    return coverage.parts([{"id": "Objective 1", "asked": "Ask.", "shown": shown}], release, folder)[0]


def test_a_table_shows_a_part_only_with_rows(release, tmp_path):
    wanted = {"says": "Questions", "table": "survey/items"}
    assert part([wanted], release, tmp_path).status == coverage.MET
    release["survey/items"] = release["survey/items"].iloc[:0]
    assert part([wanted], release, tmp_path).status == coverage.NOT_MET
    del release["survey/items"]
    assert part([wanted], release, tmp_path).shown[0].told == "not part of this study"


def test_rows_of_other_words_and_withheld_rows_show_nothing(release, tmp_path):
    wanted = {"says": "Quotations of patients", "table": "survey/shares", "where": {"group": "Asian"}}
    assert part([wanted], release, tmp_path).status == coverage.MET
    assert part([{**wanted, "where": {"group": "Black"}}], release, tmp_path).status == coverage.NOT_MET
    release["survey/shares"]["suppressed"] = "small number"
    assert part([wanted], release, tmp_path).status == coverage.NOT_MET
    assert part([{**wanted, "even_withheld": True}], release, tmp_path).status == coverage.MET


def test_findings_that_found_nothing_show_nothing(release, tmp_path):
    wanted = {"says": "Training", "table": "synthesis/register", "where": {"theme": "training"}}
    row = {"theme": "training", "direction": "described", "estimate": "0.000000", "_file": "f", "_line": 2}
    known = pd.DataFrame({"theme": ["training"]})

    def shown(**cells):
        return part([wanted], {"synthesis/register": pd.DataFrame([row | cells]), "synthesis/display": known}, tmp_path)

    assert shown(estimate="").status == coverage.MET  # a number that is small and withheld
    assert shown(estimate="0.25").status == coverage.MET
    assert shown().status == coverage.NOT_MET  # none of those who were asked
    assert shown(estimate="", direction="not_measurable").status == coverage.NOT_MET
    assert shown(estimate="0.0", direction="no_clear_difference").status == coverage.MET
    other = {
        "synthesis/register": pd.DataFrame([row | {"theme": "staff"}]),
        "synthesis/display": known.replace("training", "staff"),
    }
    found = part([wanted], other, tmp_path)
    assert (found.status, found.shown[0].told) == (coverage.NOT_MET, "the study has no theme with the id training")


def test_one_of_several_words_is_enough(release, tmp_path):
    release["survey/shares"]["raised"] = "none"
    wanted = {"says": "Raised", "table": "survey/shares", "where": {"raised": ["some", "many"]}}
    assert part([wanted], release, tmp_path).status == coverage.NOT_MET
    release["survey/shares"]["raised"] = "many"
    assert part([wanted], release, tmp_path).status == coverage.MET


def test_every_row_must_be_filled(release, tmp_path):
    wanted = {"says": "Co-designed", "table": "recommendations/register", "every": ["co_design"]}
    found = part(
        [wanted, {"says": "Owner", "table": "recommendations/register", "every": ["organisation"]}], release, tmp_path
    )
    assert [(item.holds, item.told) for item in found.shown] == [(False, "1 of 2"), (True, "2 of 2")]
    assert found.status == coverage.PARTLY


@pytest.mark.parametrize(("content", "status"), [(None, "not met"), (b"", "not met"), (b"x", "met")])
def test_a_file_shows_a_part_only_when_it_was_made_and_is_not_empty(tmp_path, content, status):
    if content is not None:
        (tmp_path / "report.html").write_bytes(content)
    assert part([{"says": "Report", "file": "report.html"}], {}, tmp_path).status == status


def test_a_folder_with_an_empty_file_shows_nothing(tmp_path):
    wanted = {"says": "Pages", "file": "organisations"}
    (tmp_path / "organisations").mkdir()
    assert part([wanted], {}, tmp_path).status == coverage.NOT_MET
    (tmp_path / "organisations" / "a.html").write_text("x")
    assert part([wanted], {}, tmp_path).status == coverage.MET
    (tmp_path / "organisations" / "b.html").write_text("")
    assert part([wanted], {}, tmp_path).status == coverage.NOT_MET


def test_the_brief_has_five_objectives_and_two_outputs_and_names_tables_and_columns_that_exist():
    brief = coverage.read(str(BRIEF))
    assert [entry["id"] for entry in brief] == [*(f"Objective {n}" for n in range(1, 6)), "Output 1", "Output 2"]
    known = tables.schemas()
    for item in [item for entry in brief for item in entry["shown"]]:
        if "table" in item:
            columns = {"strand", "voice", "theme"} if item["table"] == "synthesis/register" else set()
            columns |= set(known[item["table"]].columns)
            assert {*item.get("where", {}), *item.get("every", [])} <= columns, item


def test_the_page_says_met_and_missing_in_words(release, study, tmp_path):
    brief = [
        {"id": "Objective 1", "asked": "Ask.", "shown": [{"says": "Questions", "table": "survey/items"}]},
        {"id": "Objective 2", "asked": "Ask.", "shown": [{"says": "Report", "file": "report.html"}]},
    ]
    coverage.write(coverage.parts(brief, release, tmp_path), study, str(tmp_path / "coverage.html"))
    text = (tmp_path / "coverage.html").read_text(encoding="utf-8")
    assert "Objective 1: met" in text
    assert "Objective 2: not met" in text
    assert "This build meets 1 of them in full" in text
