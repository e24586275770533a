"""The pack holds what output checkers ask for, is the same each time, and stops at what they would send back."""

import hashlib
import json
import zipfile

import pytest
import yaml
from genequity.errors import InputError
from genequity.pack import acro, archive, limits

SHEET = "release/toy/seen.context.txt"


def files_of(made):
    return archive.read(made, limits.read())


def test_the_pack_holds_tables_sheets_statement_manifest_results_and_an_approval_to_fill_in(maker):
    made = maker.pack()
    names = set(files_of(made))
    assert {"README.txt", "approval.yaml", "disclosure-control.txt", "manifest.json", "results.json", SHEET} <= names
    assert {"release/study.json", "release/gate.json", "release/toy/seen.csv", "release/toy/numbers.csv"} <= names
    folder = made.with_suffix("")
    assert {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} == names


def test_two_packs_of_the_same_release_are_the_same_bytes(maker):
    first = maker.pack().read_bytes()
    assert maker.pack().read_bytes() == first


def test_no_clock_and_no_order_of_the_file_system_in_the_archive(maker):
    with zipfile.ZipFile(maker.pack()) as opened:
        assert {entry.date_time for entry in opened.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert opened.namelist() == sorted(opened.namelist())


def test_nothing_of_an_earlier_pack_stays_in_the_folder(maker):
    old = maker.pack().with_suffix("") / "release" / "toy" / "old.csv"
    old.write_text("left over")
    maker.pack()
    assert not old.exists()


def test_the_manifest_names_every_file_with_its_hash_and_rows(maker):
    contents = files_of(maker.pack())
    listed = json.loads(contents["manifest.json"])
    paths = [entry["path"] for entry in listed["files"]]
    assert paths == sorted(set(contents) - {"manifest.json", "approval.yaml"})
    for entry in listed["files"]:
        assert entry["sha256"] == hashlib.sha256(contents[entry["path"]]).hexdigest()
        assert entry["bytes"] == len(contents[entry["path"]])
    assert next(entry["rows"] for entry in listed["files"] if entry["path"] == "release/toy/seen.csv") == 3
    assert listed["profile"] == {"name": "nhse", "version": "2018"}


def test_the_context_sheet_says_what_an_output_checker_asks_for(maker):
    text = " ".join(files_of(maker.pack())[SHEET].decode().split())
    assert "Title: People seen, by group" in text
    assert "Population: Invented people of an invented town" in text
    assert (
        "share (number, proportion): Share of the people asked who were seen. Protected: recomputed from seen" in text
    )
    assert "place (whole number): Order in which groups are shown. Not protected: an order, not a count" in text
    assert "people (people) holds counts, withheld or rounded in all rows; the largest shown is 100" in text
    assert "share: resting on seen, people" in text
    assert "2 of 3 rows hold withheld cells" in text
    assert "seen: 2 blank cells" in text
    assert "people: 1 blank cells" in text
    assert "Rows with group = All groups are the totals of the others" in text
    assert "toy/numbers takes 1 of its rows from this table" in text
    assert "Profile nhse, version 2018" in text


def test_a_sheet_does_not_call_rounded_what_the_profile_leaves_alone(maker):
    """Profile nhse protects figures below national level only."""
    maker.entry["level"] = {"column": "group", "national": "All groups"}
    text = " ".join(files_of(maker.pack())[SHEET].decode().split())
    assert "holds counts, withheld or rounded in rows other than group = All groups" in text
    maker.entry["level"] = "national"
    text = " ".join(files_of(maker.pack())[SHEET].decode().split())
    assert "people (people) holds counts as they are" in text
    assert "Not protected: the profile leaves figures of this level as they are" in text
    text = " ".join(files_of(maker.pack(profile="opensafely"))[SHEET].decode().split())
    assert "holds counts, withheld or rounded in all rows" in text


def test_the_statement_counts_what_is_withheld_and_leaves_the_decision_to_people(maker):
    text = " ".join(files_of(maker.pack())["disclosure-control.txt"].decode().split())
    assert "Counts withheld: 3 cells, in 1 of 1 tables about people." in text
    assert "'small number': 1" in text
    assert "Human output checkers decide." in text


def test_the_approval_to_fill_in_is_bound_to_the_manifest(maker):
    contents = files_of(maker.pack())
    record = yaml.safe_load(contents["approval.yaml"])
    assert record["manifest_sha256"] == hashlib.sha256(contents["manifest.json"]).hexdigest()
    assert [person["decision"] for person in record["checkers"]] == [None, None]


def test_results_are_as_acro_writes_them(maker):
    contents = files_of(maker.pack())
    found = json.loads(contents["results.json"])
    assert found["version"] == acro.SCHEMA_VERSION
    by_name = {output["files"][0]["name"]: output for output in found["results"].values()}
    table = by_name["release/toy/seen.csv"]
    # what acro.record.load_records of ACRO 1.0.2 reads of each output
    keys = {"uid", "status", "type", "properties", "files", "fair", "command", "summary", "outcome", "comments"}
    assert keys | {"exception", "timestamp"} == set(table)
    assert (table["status"], table["type"], table["timestamp"]) == ("pass", "table", "2026-01-31T00:00:00")
    # rows A and B; of the columns after the first: seen is 0, people is 1
    assert table["files"][0]["sdc"]["cells"]["threshold"] == [[0, 0], [0, 1], [2, 0]]
    assert by_name["release/study.json"]["status"] == "review"
    for name in by_name:  # where SACRO-Viewer looks for checksums
        assert contents[f"checksums/{name}.txt"].decode() == hashlib.sha256(contents[name]).hexdigest()


# Three of the five reasons for which output checkers refuse files; the gate refuses the other two (tests/lib/gate).


def refused(maker, *words, **options):
    with pytest.raises(InputError) as caught:
        maker.pack(**options)
    assert not (maker.folder / "results" / "pack.zip").exists()
    text = str(caught.value)
    assert all(word in text for word in words), text


def test_missing_context_a_column_without_a_description(maker):
    maker.entry["columns"]["seen"]["description"] = " "
    refused(maker, "toy/seen.csv (column seen)", "no context: a column is not described")


def test_missing_context_nobody_said_whom_the_table_describes(maker):
    refused(maker, "no context: the population is missing", populations={})


def test_missing_context_a_table_without_schema(maker):
    maker.files["toy/other.csv"] = "group\nA\n"
    refused(maker, "toy/other.csv", "no context: the table has no schema")


def test_missing_context_a_column_that_the_schema_does_not_know(maker):
    maker.files["toy/seen.csv"] = ROWS_WITH_POSTCODE
    refused(maker, "(column postcode)", "no context")


ROWS_WITH_POSTCODE = "group,seen,people,share,place,suppressed,postcode\nA,10,20,0.500000,1,,ZZ99\nB,10,20,0.500000,1,,\nC,10,20,0.500000,1,,\n"


def test_no_underlying_data_a_statistic_that_names_no_count(maker):
    del maker.entry["columns"]["share"]["protect"]
    refused(maker, "toy/seen.csv (column share)", "no underlying data")


def test_no_underlying_data_the_count_is_not_in_the_file(maker):
    maker.files["toy/seen.csv"] = "group,people,share,place,suppressed\nA,,,1,x\nAll groups,100,0.55,2,\nB,60,,3,x\n"
    refused(maker, "(column share)", "no underlying data: the counts behind a statistic are not in the file")


def test_no_underlying_data_a_number_whose_table_stays_behind(maker):
    maker.files["toy/numbers.csv"] = maker.files["toy/numbers.csv"].replace("toy/seen", "toy/hidden")
    refused(maker, "(toy.people)", "no underlying data: the table 'toy/hidden' is not in the pack")


def test_no_underlying_data_a_picture_without_its_table(maker):
    maker.files["toy/figure.svg"] = "<svg></svg>"
    refused(maker, "toy/figure.svg", "no underlying data")
    maker.files["toy/figure.svg"], maker.files["toy/seen.svg"] = "", "<svg></svg>"
    (maker.release / "toy" / "figure.svg").unlink()
    del maker.files["toy/figure.svg"]
    assert maker.pack().exists()


@pytest.mark.parametrize("name", ["toy/seen.xlsx", "toy/seen.html", "toy/model.pkl", "toy/seen.parquet", "toy/log"])
def test_wrong_file_type(maker, name):
    maker.files[name] = "text"
    refused(maker, name, "may not leave")


def test_a_table_that_the_gate_has_not_passed_as_it_stands(maker):
    maker.gate["tables"][0]["rows"] = 2
    refused(maker, "the gate has not passed this table")


def test_a_release_that_has_not_passed_the_gate(maker):
    maker.gate["passed"] = False
    refused(maker, "has not passed the gate")


def test_all_reasons_are_said_at_once(maker):
    maker.entry["columns"]["seen"]["description"] = ""
    del maker.entry["columns"]["share"]["protect"]
    refused(maker, "no context", "no underlying data")
