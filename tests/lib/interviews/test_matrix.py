import openpyxl
import pandas as pd
import pytest
from docx import Document
from genequity.errors import InputError
from genequity.interviews import matrix, matrix_html, matrix_office, summaries

THEMES = {"trust": "Trust", "access": "Access"}
CASES = pd.DataFrame(
    [["P1", "patient", "Asian", "interview", "English"], ["P2", "public", "White", "interview", "English"]],
    columns=["case", "role", "group", "setting", "language"],
)


def segments(*rows):
    frame = pd.DataFrame(rows, columns=["source", "theme", "segment", "text"])
    return frame.assign(code=frame["theme"], start=range(len(frame)), created="")


NOW = segments(("P1", "trust", "a1", "first words"), ("P1", "trust", "a2", "=more words"), ("P2", "access", "b1", "x"))


def written(*rows):
    return pd.DataFrame(rows, columns=["case", "theme", "summary", "based_on"]).assign(row=2)


def test_a_summary_is_kept_and_stale_when_its_passages_change():
    mark = summaries.mark(["first words", "=more words"])
    held = written(
        ("P1", "trust", "They trust.", mark), ("P1", "access", "Nothing.", "none"), ("P2", "access", "Y", "")
    )
    then = matrix.build(CASES, NOW, THEMES, held)
    states = {pair: cell.state for pair, cell in then.cells.items()}
    assert states == {
        ("P1", "trust"): "current",
        ("P1", "access"): "current",
        ("P2", "trust"): "",
        ("P2", "access"): "not checked",
    }
    later = matrix.build(CASES, NOW[NOW["segment"] != "a2"], THEMES, held)
    assert later.cells["P1", "trust"].state == "stale"
    assert later.cells["P1", "trust"].summary == "They trust."


@pytest.mark.parametrize(
    ("recorded", "newest", "state"),
    [
        ("2026-03-01", "2026-02-01T10:00:00", "current"),
        ("2026-03-01", "2026-03-02", "stale"),
        ("2026-03-01", "", "not checked"),
    ],
)
def test_a_day_may_stand_for_the_mark(recorded, newest, state):
    assert summaries.state("Words.", recorded, "whatever", newest) == state


def test_the_workbook_is_taken_back_and_a_rewritten_summary_is_current(tmp_path):
    held = written(("P1", "trust", "Old words.", "0" * 12), ("P2", "access", "Kept.", summaries.mark(["x"])))
    path = str(tmp_path / "matrix.xlsx")
    matrix_office.write_workbook(matrix.build(CASES, NOW, THEMES, held), path, "Title")

    def back():
        return summaries.read(path, ["P1", "P2"], ["patient", "public", "All participants"], THEMES)

    same = back().set_index(["case", "theme"])
    assert same["summary"].to_dict() == {("P1", "trust"): "Old words.", ("P2", "access"): "Kept."}
    assert same["based_on"].to_dict() == {("P1", "trust"): "0" * 12, ("P2", "access"): summaries.mark(["x"])}
    book = openpyxl.load_workbook(path)
    cells = book["Cells"]
    rows = {(row[0].value, row[1].value): row for row in cells.iter_rows(min_row=2)}
    rows["P1", "trust"][3].value = "New words."  # written after reading the passages of today
    rows["patient", "trust"][3].value = "Of all patients."
    book.save(path)
    again = matrix.build(CASES, NOW, THEMES, back())
    assert again.cells["P1", "trust"].state == "current"
    assert again.cells["P2", "access"].state == "current"
    (whole,) = [cell for cell in again.wholes if cell.summary]
    assert (whole.case, whole.state) == ("patient", "current")
    changed = matrix.build(CASES, NOW[NOW["segment"] != "a1"], THEMES, back())
    assert changed.cells["P1", "trust"].state == "stale"


def test_the_workbook_is_a_matrix_with_links_frozen_heads_and_no_formulas(tmp_path):
    path = str(tmp_path / "matrix.xlsx")
    matrix_office.write_workbook(matrix.build(CASES, NOW, THEMES, written()), path, "Title")
    book = openpyxl.load_workbook(path)
    sheet = book["Matrix"]
    assert [cell.value for cell in sheet[1]] == ["Case", "Who", "Trust", "Access"]
    assert sheet.freeze_panes == "C2"
    assert sheet.page_setup.orientation == "landscape"
    assert sheet["C2"].value == "\u2022 first words [a1]\n\u2022 =more words [a2]"
    assert sheet["D2"].value == "not raised"
    assert sheet["C2"].hyperlink.location == "Cells!D2" or sheet["C2"].hyperlink.target == "#Cells!D2"
    assert sheet["C2"].alignment.wrap_text
    assert [cell.data_type for cell in book["Passages"]["E"]] == ["s"] * 4
    first = (tmp_path / "matrix.xlsx").read_bytes()
    matrix_office.write_workbook(matrix.build(CASES, NOW, THEMES, written()), path, "Title")
    assert (tmp_path / "matrix.xlsx").read_bytes() == first


def test_the_document_is_landscape_and_repeats_its_heads(tmp_path):
    path = tmp_path / "matrix.docx"
    matrix_office.write_document(
        matrix.build(CASES, NOW, THEMES, written(("P1", "trust", "S", "0" * 12))), str(path), "T"
    )
    document = Document(path)
    section = document.sections[0]
    assert section.page_width > section.page_height
    (table,) = document.tables
    assert [[cell.text for cell in row.cells] for row in table.rows][2] == [
        "P2\npublic, White, interview, English",
        "not raised",
        "\u2022 x [b1]",
    ]
    assert "Stale" in table.rows[1].cells[1].text
    assert "tblHeader" in table.rows[0]._tr.xml
    first = path.read_bytes()
    matrix_office.write_document(
        matrix.build(CASES, NOW, THEMES, written(("P1", "trust", "S", "0" * 12))), str(path), "T"
    )
    assert path.read_bytes() == first


def test_the_page_names_its_heads_and_escapes_words(tmp_path):
    path = tmp_path / "matrix.html"
    held = segments(("P1", "trust", "a1", "a < b & c"))
    matrix_html.write(matrix.build(CASES, held, THEMES, written()), str(path), "Title")
    page = path.read_text()
    assert "a &lt; b &amp; c" in page
    assert page.count('<th scope="row">') == 2
    assert page.count('<th scope="col">') == 3
    assert page.count("not raised</span>") == 3
    assert 'id="s-P1-a1"' in page
    assert "http" not in page


def test_problems_of_summaries_name_the_row_and_no_person(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("case,theme,summary\nP1,Trust,fine\nJane Doe,trust,words\nP2,trsut,words\nP1,trust,again\n")
    with pytest.raises(InputError) as caught:
        summaries.read(str(path), ["P1", "P2"], ["patient"], THEMES)
    assert [problem.where for problem in caught.value.problems] == [
        "row 3, column case",
        "row 4, column theme",
        "row 5",
    ]
    assert "Jane" not in str(caught.value)


def test_a_summary_of_a_role_leaves_only_while_it_is_current():
    prevalence = pd.DataFrame([["trust", "patient", "some"]], columns=["theme", "role", "raised"])
    quotes = pd.DataFrame([["Q001", "trust", "patient"]], columns=["quote", "theme", "role"])
    mark = summaries.mark(["first words", "=more words"])
    for recorded, shown in ((mark, "All say."), ("0" * 12, None), ("", None)):
        held = written(("patient", "trust", "All say.", recorded))
        (row,) = matrix.excerpt(prevalence, NOW, CASES, held, quotes).to_dict("records")
        assert (row["quotes"], row["summary"]) == ("Q001", shown)


def test_a_program_s_own_summaries_fill_cells_that_have_none():
    held = pd.DataFrame(
        [["P1", "trust", "From the program."], ["P1", "trust", "More."], ["P2", "access", "Theirs."]],
        columns=["case", "theme", "text"],
    )
    both = summaries.together(written(("P2", "access", "Ours.", "")), summaries.of_programs(held))
    cells = matrix.build(CASES, NOW, THEMES, both).cells
    assert (cells["P1", "trust"].summary, cells["P1", "trust"].state) == ("From the program. More.", "not checked")
    assert cells["P2", "access"].summary == "Ours."
    assert summaries.of_programs(held.iloc[:0]).empty
