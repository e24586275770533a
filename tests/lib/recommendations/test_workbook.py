"""The register as a workbook: drop-downs of the study's own lists, and a way back into the register."""

import json

import openpyxl
import pandas as pd
import pytest
from genequity import config, sheets, tables
from genequity.config import ROOT
from genequity.recommendations import assessments, register, trace, workbook

DEMO = ROOT / "config" / "demo"


@pytest.fixture(scope="module")
def demo():
    section = config.load(ROOT / config.DEMONSTRATION)["recommendations"]
    owners = register.organisations(str(DEMO / "organisations.csv"))
    log = register.co_design(str(DEMO / "co_design_log.csv"))
    known = {"verbs": section["methods"]["action_verbs"], "study_date": "2026-11-22"}
    return owners, log, known, register.read(str(DEMO / "recommendations.yaml"), owners, log, **known)


@pytest.fixture(scope="module")
def release(demo, tmp_path_factory):
    """A release folder with the demonstration's register and a panel that rated one item."""
    owners, log, _, entries = demo
    folder = tmp_path_factory.mktemp("release")
    (folder / "study.json").write_text(json.dumps({"watermark": "SYNTHETIC DATA", "strands": {}}))
    cited = sorted({finding for ids in entries["evidence"] for finding in ids})
    found = pd.DataFrame({"id": cited, "strand": [name.split(".")[0] for name in cited], "voice": "public"})
    for column in ("statement", "direction", "source_table", "source_row", "source_file"):
        found[column] = "described"
    found = found.assign(source_line=2, source_rows=1)
    supported = trace.support(entries, found)
    item = {"item": "I01", "round": 1, "recommendation": "R01", "wording": "=1+1", "reworded": False, "final": True}
    item |= {"n": 10, "n_unable": 0, "n_high": 8, "n_low": 0, "median": 8.0, "share_high": 0.8, "share_low": 0.0}
    item |= dict.fromkeys(("p25", "p75", "p30", "p70"), 8.0) | {"ipras": 6.0, "disagreement": False}
    panel = pd.DataFrame([item | {"panel_size": "agreement", "decision": "agreed"}])
    decided = pd.DataFrame([["R01", 1, 1, "agreed", False, True]])
    decided.columns = ["recommendation", "round", "n_items", "decision", "disagreement", "final"]
    names = list(supported["recommendation"])
    content = {
        "register": supported,
        "decisions": decided,
        "organisations": trace.by_organisation(supported, owners),
        "history": register.history(entries),
        "panel": panel,
        "trace": trace.trace(supported, found, panel, decided),
        "assessments": assessments.whole(assessments.read(None, names), names),
        "co_design": log,
    }
    for name, frame in content.items():
        schema = tables.schema(f"recommendations/{name}")
        frame = frame.reindex(columns=list(schema.columns))
        tables.write(frame, folder / "recommendations" / f"{name}.csv", schema.name)
    return folder


@pytest.fixture(scope="module")
def book(release):
    path = release.parent / "register.xlsx"
    workbook.write(release, path)
    return path


def test_the_workbook_reads_back_as_the_register_it_was_made_from(demo, book):
    owners, log, known, entries = demo
    again = register.read(str(book), owners, log, **known)
    pd.testing.assert_frame_equal(
        again.sort_values("id", ignore_index=True), entries.sort_values("id", ignore_index=True)
    )


def test_drop_downs_offer_the_studys_own_organisations_and_no_other(demo, book):
    whole = openpyxl.load_workbook(book)
    sheet, lists = whole["Recommendations"], whole[sheets.LISTS]
    heads = [cell.value for cell in sheet[1]]
    rules = {next(iter(rule.sqref.ranges)).min_col: rule for rule in sheet.data_validations.dataValidation}
    place = heads.index("organisation") + 1
    assert rules[place].errorStyle in (None, "stop")  # the default, so not always written
    letter = rules[place].formula1.split("$")[1]
    assert [cell.value for cell in lists[letter] if cell.value][1:] == list(demo[0]["organisation"])
    assert heads.index("type") + 1 in rules
    assert heads.index("action") + 1 in rules


def test_at_a_glance_stands_first_and_no_wording_becomes_a_formula(book):
    whole = openpyxl.load_workbook(book)
    assert whole.sheetnames[:2] == ["At a glance", "Recommendations"]
    glance = whole["At a glance"]
    organisations = [row[0].value for row in glance.iter_rows(min_row=2)]
    assert organisations == sorted(organisations)
    assert len(organisations) == 14
    wording = next(cell for row in whole["Panel"].iter_rows(min_row=2) for cell in row if cell.value == "=1+1")
    assert wording.data_type == "s"
    assert glance.oddHeader.center.text == "SYNTHETIC DATA"


def test_two_workbooks_are_the_same_bytes(release, book, tmp_path):
    workbook.write(release, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == book.read_bytes()
