"""A codebook begun from a survey file: wordings and answers are the file's, roles a person's."""

import openpyxl
import pandas as pd
import pyreadstat
import pytest
from genequity import config
from genequity.errors import InputError
from genequity.study import draft, new, templates
from genequity.survey import codebook


@pytest.fixture
def survey(tmp_path):
    frame = pd.DataFrame({"ethnic": [1.0, 2.0, 9.0], "q1": [1.0, 3.0, -8.0], "age": [34.0, 999.0, 51.0]})
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "own.sav"),
        column_labels={"ethnic": "Ethnic group", "q1": "=How much do you trust a|b=c?", "age": "Age in years"},
        variable_value_labels={
            "ethnic": {1: "White", 2: "Black", 9: "Refused"},
            "q1": {1: "Not = at all", 3: "A | lot", -8: "Don't know", -1: "Route"},
        },
        missing_ranges={"q1": [{"lo": -9, "hi": -1}], "age": [999]},
    )
    return tmp_path / "own.sav"


def rows(file):
    header = templates.get("survey/codebook").header
    return {row[0]: dict(zip(header, row, strict=True)) for row in draft.codebook(str(file))}


def test_wordings_answers_and_missing_codes_come_from_the_file(survey):
    found = rows(survey)
    assert list(found) == ["ethnic", "q1", "age"]
    assert {row["role"] for row in found.values()} == {"unused"}
    assert found["ethnic"]["codes"] == "1=White|2=Black"
    assert found["ethnic"]["missing"] == "9=declined to answer"
    assert found["q1"]["codes"] == "1=Not : at all|3=A / lot"
    assert found["q1"]["missing"] == "-9..-1=not answered"
    assert found["age"]["missing"] == "999=not answered"
    assert found["age"]["codes"] == ""


def test_the_drafted_codebook_is_read_once_roles_are_given(survey, tmp_path):
    folder = tmp_path / "my study"
    new.make(folder, ["survey"], date="2026-11-22", responses=survey)
    whole = config.load(folder / "study.yaml")
    assert whole["survey"]["inputs"]["responses"] == str(folder / "inputs" / "survey" / "responses.sav")
    file = folder / "inputs" / "survey" / "codebook.xlsx"
    with pytest.raises(InputError) as caught:
        codebook.read(str(file))
    assert {problem.message for problem in caught.value.problems} == {
        "no variable has the role ethnicity",
        "no variable has the role item",
    }
    book = openpyxl.load_workbook(file)
    sheet = book.worksheets[0]
    sheet["B2"], sheet["B3"], sheet["H3"] = "ethnicity", "item", "3"
    book.save(file)
    found = codebook.read(str(file))
    assert [variable.variable for variable in found.variables] == ["ethnic", "q1"]
    assert found.items[0].text == "=How much do you trust a|b=c?"
    assert found.items[0].counted_label == "a / lot"
    assert found.items[0].reason("-8") == "not answered"


def test_a_file_that_is_no_survey_leaves_no_folder(tmp_path, capsys):
    (tmp_path / "own.sav").write_bytes(b"nothing")
    assert new.main([str(tmp_path / "s"), "--responses", str(tmp_path / "own.sav")]) == 1
    assert not (tmp_path / "s").exists()
    assert "no study was made" in capsys.readouterr().err
