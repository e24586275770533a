"""What a tired researcher's spreadsheet holds: each mistake is answered in plain words, or simply read right."""

import datetime

import openpyxl
import pytest
from genequity import authored, intake, reading, sheets
from genequity.errors import InputError, missing_file
from genequity.study import templates, workbooks

COLUMNS = ["id", "date", "n"]
SECRET = "Testperson Surname"


def book(path, rows, *, title="Table", more=()):
    whole = openpyxl.Workbook()
    sheet = whole.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, content in more:
        other = whole.create_sheet(name)
        for row in content:
            other.append(row)
    whole.save(path)
    return str(path)


def problem_of(call, *arguments, **options):
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    (problem,) = caught.value.problems
    assert SECRET not in str(problem)
    return problem


def test_cells_are_read_as_people_see_them(tmp_path):
    day = datetime.datetime(2026, 3, 31)
    file = book(tmp_path / "t.xlsx", [COLUMNS, ["A", day, 12], ["B", "2026-04", 12.5], [" C ", None, "0012"]])
    found = authored.read(file, COLUMNS)
    assert found.to_dict("list") == {
        "id": ["A", "B", "C"],
        "date": ["2026-03-31", "2026-04", ""],
        "n": ["12", "12.5", "0012"],
        "row": [2, 3, 4],
    }


def test_a_month_that_the_program_made_a_day_stays_a_month(tmp_path):
    file = book(tmp_path / "t.xlsx", [COLUMNS, ["A", datetime.date(2017, 1, 1), 1]])
    whole = openpyxl.load_workbook(file)
    whole.active["B2"].number_format = "mmm-yy"
    whole.save(file)
    assert list(authored.read(file, COLUMNS)["date"]) == ["2017-01"]


def test_blank_rows_keep_the_numbers_of_those_below(tmp_path):
    file = book(tmp_path / "t.xlsx", [COLUMNS, ["A", "", 1], ["", "", ""], ["B", "", ""]])
    problem = problem_of(authored.read, file, COLUMNS, filled=["n"])
    assert problem.where == "row 4, column n"


def test_a_renamed_sheet_and_another_one_before_it_do_not_matter(tmp_path):
    file = book(tmp_path / "t.xlsx", [["Notes of ours"]], title="Read me", more=[("My data", [COLUMNS, ["A", "", 1]])])
    with reading.collected() as notes:
        assert len(authored.read(file, COLUMNS)) == 1
    assert notes[file] == reading.Note("1 row", "My data")


def test_a_deleted_column_is_named(tmp_path):
    problem = problem_of(authored.read, book(tmp_path / "t.xlsx", [["id", "n"], ["A", 1]]), COLUMNS)
    assert (problem.message, problem.where) == ("column 'date' is missing.", "row 1")


def test_the_same_column_twice_is_said(tmp_path):
    problem = problem_of(authored.read, book(tmp_path / "t.xlsx", [[*COLUMNS, "n"], ["A", "", 1, 2]]), COLUMNS)
    assert problem.message == "the column name 'n' stands more than once"


def test_a_title_above_the_header_is_told_from_a_missing_column(tmp_path):
    file = book(tmp_path / "t.xlsx", [["Our table, version 3"], [], COLUMNS, [SECRET, "", 1]])
    problem = problem_of(authored.read, file, COLUMNS)
    assert (problem.message, problem.do) == ("the names of the columns stand in row 3", "delete the rows above them")


def test_merged_header_cells_are_named(tmp_path):
    file = book(tmp_path / "t.xlsx", [COLUMNS, ["A", "", 1]])
    whole = openpyxl.load_workbook(file)
    whole.active.merge_cells("B1:C1")
    whole.save(file)
    problem = problem_of(authored.read, file, COLUMNS)
    assert problem.message == "cells of the header row are merged"
    assert problem.where == "sheet Table, row 1, cells B1:C1"


def test_merged_cells_below_are_named(tmp_path):
    file = book(tmp_path / "t.xlsx", [COLUMNS, [SECRET, "", 1], ["", "", 2]])
    whole = openpyxl.load_workbook(file)
    whole.active.merge_cells("A2:A3")
    whole.save(file)
    assert "cells are merged" in problem_of(authored.read, file, COLUMNS).message


def test_a_formula_that_nobody_computed_is_named(tmp_path):
    problem = problem_of(authored.read, book(tmp_path / "t.xlsx", [COLUMNS, ["A", "", "=1+1"]]), COLUMNS)
    assert problem.message == "the cell holds a formula, and its result was not saved"
    assert problem.where == "sheet Table, row 2, cell C2"


def test_an_error_of_the_spreadsheet_program_is_named(tmp_path):
    file = book(tmp_path / "t.xlsx", [COLUMNS, ["A", "", 1]])
    whole = openpyxl.load_workbook(file)
    whole.active["C2"].value = "#N/A"
    whole.active["C2"].data_type = "e"
    whole.save(file)
    problem = problem_of(authored.read, file, COLUMNS)
    assert problem.message == "the cell shows an error of the spreadsheet program"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.xlsx", b"id,date,n\nA,,1\n", "the file is named as a workbook, but it is text or something else"),
        ("t.xlsx", b"", "the file is empty"),
        ("t.xlsx", b"\xd0\xcf\x11\xe0 old", "this is an old Excel workbook (.xls)"),
        ("t.xls", b"\xd0\xcf\x11\xe0 old", "this is an old Excel workbook (.xls)"),
        ("t.csv", b"\xd0\xcf\x11\xe0 old", "this is an old Excel workbook (.xls)"),
        (
            "t.xlsx",
            b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"),
            "the workbook is protected by a password",
        ),
    ],
)
def test_files_that_are_no_workbook_are_told_apart(tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    assert problem_of(authored.read, str(tmp_path / name), COLUMNS).message == message


def test_an_empty_workbook_is_said(tmp_path):
    assert problem_of(authored.read, book(tmp_path / "t.xlsx", []), COLUMNS).message == "no sheet holds anything"


def test_the_example_row_beside_data_is_named_and_nothing_of_it_is_data(tmp_path):
    template = templates.get("evidence/population")
    file = book(tmp_path / "t.xlsx", [template.header, template.example(), ["White", 10, "Census"]])
    problem = problem_of(authored.read, file, template.header)
    assert problem.message == "the template's example row is still there"
    assert problem.where == "row 2, column group"


def test_the_other_format_of_a_template_that_was_filled_in_is_found(tmp_path):
    template = templates.get("evidence/population")
    workbooks.write(template, str(tmp_path / "population.xlsx"))
    (tmp_path / "population.csv").write_text("group,n,source\nWhite,10,Census\n")
    problem = problem_of(authored.read, str(tmp_path / "population.xlsx"), template.header)
    assert problem.do == "you seem to have filled in population.csv instead: name that file in the config"


def test_another_template_in_its_place_is_recognised(tmp_path):
    workbooks.write(templates.get("survey/margins"), str(tmp_path / "register.xlsx"))
    whole = openpyxl.load_workbook(tmp_path / "register.xlsx")
    whole.worksheets[0]["A2"] = "sex"
    whole.save(tmp_path / "register.xlsx")
    problem = problem_of(authored.read, str(tmp_path / "register.xlsx"), templates.get("policy/register").header)
    assert "it looks like the table 'Population margins'" in problem.message


def test_days_and_numbers_as_spreadsheets_keep_them_are_explained():
    assert authored.mend_day("45123").startswith("the program keeps this day as a number")
    assert authored.mend_day("31/03/2026").startswith("write the year first")
    assert authored.mend_number("1,204") == "take the comma or space out: it separates thousands"
    assert authored.mend_number("12.0") == "give the whole number"


def lost(tmp_path, name):
    return missing_file(str(tmp_path / "inputs" / "policy" / name)).do


@pytest.fixture
def folder(tmp_path):
    for strand in ("policy", "survey"):
        (tmp_path / "inputs" / strand).mkdir(parents=True)
    (tmp_path / "inputs" / "policy" / "register.xlsx").write_bytes(b"x")
    (tmp_path / "inputs" / "survey" / "codebook.xlsx").write_bytes(b"x")
    return tmp_path


def test_a_path_that_leads_nowhere_is_helped(folder):
    assert "register.xlsx, which lies in the same folder" in lost(folder, "register.csv")
    assert lost(folder, "Register.xlsx") == "write its name as the folder has it, with its capitals: register.xlsx"
    assert "Did you mean 'register.xlsx'?" in lost(folder, "registr.xlsx")
    assert lost(folder, "codebook.xlsx").startswith("it lies in the folder survey: move it to policy")
    assert "write the path with /" in missing_file("inputs\\policy\\register.xlsx").do
    assert lost(folder, "nothing at all") == "put the file there, or correct its path in the config"


def test_the_mark_of_an_open_workbook_is_no_workbook(folder):
    lock = folder / "inputs" / "policy" / "~$register.xlsx"
    lock.write_bytes(b"\x05Testperson Surname")
    problem = problem_of(intake.small, str(lock))
    assert "open in the spreadsheet program" in problem.message


def test_saving_reads_no_clock(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        whole = openpyxl.Workbook()
        whole.active["A1"] = "x"
        whole.properties.created = datetime.datetime.now()
        sheets.save(whole, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
