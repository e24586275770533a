"""The codebook through its versions: renamings that keep old codings, merges of codes, and what is refused."""

import openpyxl
import pandas as pd
import pytest
from genequity.coding import codebook, writer
from genequity.coding.synthetic import Passage, as_project
from genequity.errors import InputError

HEADER = "code,parent,theme,definition,include,exclude,example,origin,version,status,renamed_from\n"


def book(tmp_path, *rows, header=HEADER):
    path = tmp_path / "book.csv"
    path.write_text(header + "".join(f"{row}\n" for row in rows))
    return codebook.read(path)


def row(code, parent="", status="", renamed="", version="2"):
    return f"{code},{parent},,A definition of {code}.,,,,inductive,{version},{status},{renamed}"


def coded(*codes):
    return as_project({"S1": [Passage(f"Text {n}.", code) for n, code in enumerate(codes)]}, "Ann", codes, "p")


def test_old_codings_are_kept_under_the_new_name_and_below_it(tmp_path):
    found = book(
        tmp_path, row("Barriers"), row("Letters", "Barriers", renamed="Post; Barriers > Mail"), row("Late", "Letters")
    )
    kept = codebook.renamed(coded("Post", "Barriers > Mail", "Barriers > Letters", "Post > Late", "Barriers"), found)
    assert kept.segments["code"].tolist() == [
        *("Barriers > Letters", "Barriers > Letters", "Barriers > Letters", "Barriers > Letters > Late", "Barriers")
    ]
    assert codebook.check_codes(kept.segments, found, "a.qdpx") == []
    assert kept.codes["code"].is_unique


def test_a_chain_of_renamings_leads_to_the_code_in_use(tmp_path):
    found = book(
        tmp_path, row("Third", renamed="Second"), row("Second", status="retired", renamed="First", version="1")
    )
    assert codebook.old_names(found) == {"Second": "Third", "First": "Third"}
    assert codebook.renamed(coded("First", "Second"), found).segments["code"].tolist() == ["Third", "Third"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("A", renamed="A")], "the code 'A' is renamed from itself"),
        ([row("A", renamed="B"), row("B")], "the old name 'B' is still a code of its own"),
        ([row("A", renamed="Old"), row("B", renamed="Old")], "a split cannot be done by renaming"),
        (
            [row("A", renamed="B", status="retired"), row("B", renamed="A", status="retired")],
            "the old name 'B' leads back to itself",
        ),
        ([row("A", renamed="Old", status="retired")], "which is retired and has no successor"),
        ([row("A", status="gone")], "the status of 'A' is not known"),
        ([row("A > B")], "the name of a code holds '>'"),
        ([row("A"), row("X", "A"), row("A", "X"), row("Y", "Z > A")], "the parent of 'Y' is not a code"),
    ],
)
def test_renamings_that_cannot_be_are_refused_in_words(tmp_path, rows, words):
    with pytest.raises(InputError) as caught:
        book(tmp_path, *rows)
    assert words in str(caught.value)


def test_a_retired_code_is_not_used_and_an_unused_one_is_listed(tmp_path):
    found = book(tmp_path, row("A"), row("B"), row("C", status="retired"))
    (problem,) = codebook.check_codes(coded("A", "C").segments, found, "a.qdpx")
    assert "the code 'C' is used for 1 segment but is retired" in str(problem)
    assert codebook.unused(coded("A").segments, found) == ["B"]


def test_two_codes_of_one_name_under_different_parents(tmp_path):
    found = book(tmp_path, row("A"), row("B"), row("Other", "A"), row("Other", "B"), row("Deep", "B > Other"))
    assert found["path"].tolist() == ["A", "B", "A > Other", "B > Other", "B > Other > Deep"]
    with pytest.raises(InputError, match="the parent of 'Deep' is the name of 2 codes"):
        book(tmp_path, row("A"), row("B"), row("Other", "A"), row("Other", "B"), row("Deep", "Other"))
    with pytest.raises(InputError, match="the code 'Other' stands twice"):
        book(tmp_path, row("A"), row("Other", "A"), row("Other", "A"))


def test_csv_workbook_and_refi_codebook_say_the_same(tmp_path):
    rows = [row("A"), row("B", "A", renamed="Old; Older")]
    of_csv = book(tmp_path, *rows)
    sheet = openpyxl.Workbook()
    for line in (HEADER, *rows):
        sheet.active.append(line.strip().split(","))
    sheet.save(tmp_path / "book.xlsx")
    pd.testing.assert_frame_equal(codebook.read(tmp_path / "book.xlsx"), of_csv)
    described = [codebook.description(entry) for entry in of_csv.to_dict("records")]
    codes = pd.DataFrame({"code": of_csv["path"], "description": described, "colour": ""})
    writer.write_codebook(codes, tmp_path / "book.qdc")
    again = codebook.read(tmp_path / "book.qdc")
    parts = ["path", "definition", "origin", "version", "status", "renamed_from"]
    pd.testing.assert_frame_equal(again[parts], of_csv[parts])


def test_a_code_of_a_refi_codebook_needs_a_definition_but_a_heading_does_not(tmp_path):
    codes = pd.DataFrame([["A", "", ""], ["A > B", "", ""]], columns=["code", "description", "colour"])
    writer.write_codebook(codes, tmp_path / "book.qdc")
    with pytest.raises(InputError) as caught:
        codebook.read(tmp_path / "book.qdc")
    assert [problem.message for problem in caught.value.problems] == ["the code 'B' has no definition"]
