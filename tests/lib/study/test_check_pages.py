"""The pages of the check: a colleague without Python can act on them, and they hold nothing of the data."""

import shutil

import openpyxl
import pytest
from genequity import check
from genequity.errors import Problem
from genequity.study import check_pages, templates

SECRET = "Testperson Surname"


@pytest.fixture
def page():
    problems = [
        Problem(
            "inputs/a.xlsx", "the <status> is not known", "sheet My & table, row 5, column status", "one of a, b", ""
        ),
        Problem("inputs/b.csv", '=HYPERLINK("x")', "rows 2 to 4, column n", "", "mend it"),
    ]
    read = [check_pages.File("survey.inputs.codebook", "inputs/c.xlsx", "12 rows", "Codebook of the survey")]
    return check_pages.Page("survey", "=A study <of ours>", problems, read, ["a.xlsx is open"])


def test_the_page_says_what_where_expected_and_what_to_do(page):
    text = check_pages.html(page, ["study", "survey"])
    for part in (
        "2 things to mend",
        "The &lt;status&gt; is not known.",
        "sheet My &amp; table<br>row 5<br>column status",
    ):
        assert part in text
    assert "One of a, b." in text
    assert "12 rows" in text
    assert "a.xlsx is open" in text
    assert text.count('type="checkbox" aria-label="Number') == 2
    assert '<a href="study.html">study</a>' in text
    assert "<of ours>" not in text


def test_the_page_stands_alone_and_is_accessible(page):
    text = check_pages.html(page, ["survey"])
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org", "")
    assert '<html lang="en-GB">' in text
    assert text.count("<h1>") == 1
    assert text.count("<caption>") == text.count("<table>") == 2
    assert '<th scope="col">What to do</th>' in text
    assert "@page { size: A4 landscape" in text


def test_a_sound_section_has_a_page_that_says_so():
    text = check_pages.html(check_pages.Page("survey", "S", []), ["survey"])
    assert "Nothing to mend: all of this can be used." in text
    assert "What to mend</h2>" not in text


def test_the_workbook_can_be_ticked_off_and_holds_no_formula(page, tmp_path):
    check_pages.write(tmp_path, [page], ["survey"])
    book = openpyxl.load_workbook(tmp_path / "survey.xlsx")
    sheet = book["To mend"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    top = next(place for place, row in enumerate(rows) if row[0] == "No.")
    assert rows[top + 1] == [
        *(1, "inputs/a.xlsx", "My & table", "5", "status", "The <status> is not known.", "One of a, b."),
        *("Change it to what was expected, or ask the person who wrote it.", "☐"),
    ]
    assert sheet.cell(top + 3, 6).data_type == sheet["A2"].data_type == "s"
    assert sheet.cell(top + 3, 4).value == "2 to 4"
    (rule,) = sheet.data_validations.dataValidation
    assert rule.formula1 == '"☐,☑"'
    assert book["What was read"].max_row > 4


def test_the_same_result_has_the_same_bytes_and_old_pages_go(page, tmp_path):
    check_pages.write(tmp_path / "a", [page], ["survey"])
    check_pages.write(tmp_path / "b", [page], ["survey"])
    for name in ("survey.html", "survey.xlsx"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    check_pages.write(tmp_path / "a", [], ["survey"])
    assert list((tmp_path / "a").iterdir()) == []


@pytest.fixture
def study(made, tmp_path):
    """A study whose survey is switched on, with the templates filled by their examples and a file that is no survey."""
    folder = shutil.copytree(made, tmp_path / "my study")
    (folder / "inputs" / "survey" / "responses.sav").write_bytes(b"no survey: " + SECRET.encode())
    for name in ("codebook", "margins"):
        template = templates.get(f"survey/{name}")
        book = openpyxl.load_workbook(folder / f"{template.path}.xlsx")
        sheet = book.worksheets[0]
        sheet["A2"] = template.columns[0].example
        if name == "codebook":
            sheet.append(["ethnic", "ethnicity", SECRET, "", "", "", "1=White", "", "", ""])
            sheet["B2"] = "itm"
        book.save(folder / f"{template.path}.xlsx")
    (folder / "inputs" / "survey" / "~$margins.xlsx").write_bytes(b"x")
    return folder


def test_the_check_writes_pages_and_names_their_folder_last(study, capsys):
    assert check.main(str(study / "study.yaml")) == 1
    said = capsys.readouterr().out.splitlines()
    folder = study / "results" / "check"
    assert said[-1] == f"The same to print and to tick off, one page a section: {folder}"
    assert sorted(path.name for path in folder.iterdir()) == ["study.html", "study.xlsx", "survey.html", "survey.xlsx"]
    text = (folder / "survey.html").read_text()
    assert "inputs/survey/codebook.xlsx" in text
    assert str(study) not in text
    assert "margins.xlsx is open in the spreadsheet program" in text
    for path in folder.iterdir():
        assert SECRET.encode() not in path.read_bytes()
    assert "Nothing to mend" in (folder / "study.html").read_text()


def test_a_workbooks_problem_names_its_sheet(study, capsys):
    check.main(str(study / "study.yaml"))
    assert "inputs/survey/codebook.xlsx (sheet Codebook of the survey, row 2, role)" in capsys.readouterr().out


def test_a_config_that_cannot_be_read_has_a_page_too(study, capsys):
    text = (study / "study.yaml").read_text()
    (study / "study.yaml").write_text(text.replace("weighting: rake", "weigthing: rake"))
    assert check.main(str(study / "study.yaml")) == 1
    page = (study / "results" / "check" / "study.html").read_text()
    assert "There is no setting" in page
    assert "Did you mean" in page


def test_files_are_named_as_the_study_names_them_however_it_is_reached(study, capsys, monkeypatch):
    (study.parent / "elsewhere").mkdir()
    monkeypatch.chdir(study.parent / "elsewhere")
    check.main(f"../{study.name}/study.yaml")
    said = capsys.readouterr().out
    assert "  - inputs/survey/codebook.xlsx" in said
    assert str(study) not in said.rsplit("The same to print", 1)[0]


def test_a_mistake_in_many_rows_stands_once_on_the_page_and_by_row_in_the_workbook(tmp_path):
    problems = [Problem("inputs/a.csv", "no such decision", f"row {row}, column decision") for row in range(2, 14)]
    page = check_pages.Page("evidence", "S", problems)
    text = check_pages.html(page, ["evidence"])
    assert "12 things to mend" in text
    assert text.count("No such decision.") == 1
    assert "rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13<br>column decision" in text
    many = [Problem("inputs/a.csv", "no such decision", f"row {row}, column decision") for row in range(2, 102)]
    assert "31 and 70 more<br>column decision" in check_pages.html(
        check_pages.Page("evidence", "S", many), ["evidence"]
    )
    check_pages.write(tmp_path, [page], ["evidence"])
    sheet = openpyxl.load_workbook(tmp_path / "evidence.xlsx")["To mend"]
    assert [row[3].value for row in sheet.iter_rows() if row[8].value == "☐"] == [str(row) for row in range(2, 14)]
