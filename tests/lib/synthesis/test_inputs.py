"""What people write for the integration, refused row by row when it cannot be used."""

import pytest
from genequity import authored
from genequity.errors import InputError
from genequity.synthesis import check, inputs

HEAD = "theme,strand_a,strand_b,explanation,author,date\n"


def write(tmp_path, text, name="explanations.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_pair_is_put_in_the_order_of_the_strands(tmp_path):
    file = write(tmp_path, HEAD + "trust,service,policy,They look at different years.,AB,2026-05-01\n")
    row = inputs.explanations(file, ["trust"]).iloc[0]
    assert (row["strand_a"], row["strand_b"]) == ("policy", "service")


def test_no_file_means_no_explanations():
    assert inputs.explanations(None, ["trust"]).empty


def test_a_file_with_a_header_only_holds_none(tmp_path):
    assert inputs.explanations(write(tmp_path, HEAD), ["trust"]).empty


def test_all_problems_of_the_file_with_row_and_column(tmp_path):
    file = write(tmp_path, HEAD + "truts,policy,policy,Because.,AB,1 May\ntrust,policy,press,Because.,AB,2026-05-01\n")
    with pytest.raises(InputError) as error:
        inputs.explanations(file, ["trust"])
    text = str(error.value)
    assert "(row 2, column theme): no theme has this id. Did you mean 'trust'?" in text
    assert "(row 2, column strand_b): a strand cannot part from itself." in text
    assert "(row 2, column date): not a date." in text
    assert "(row 3, column strand_b): unknown strand." in text


def test_the_same_pair_twice_is_refused_whatever_its_order(tmp_path):
    line = "trust,policy,service,Because.,AB,2026-05-01\n"
    file = write(tmp_path, HEAD + line + line.replace("policy,service", "service,policy"))
    with pytest.raises(InputError, match=r"\(row 3, column strand_b\): this theme and pair of strands has"):
        inputs.explanations(file, ["trust"])


def test_check_lists_problems_and_computes_nothing(tmp_path):
    themes = write(tmp_path, "theme,label,definition\ntrust,Trust,Trust in services\n", "themes.csv")
    bad = write(tmp_path, HEAD + "trust,policy,survey,,AB,2026-05-01\n")
    study = {"themes": themes}
    assert check.problems({"inputs": {"explanations": None}}, study) == []
    found = check.problems({"inputs": {"explanations": bad}}, study)
    assert [problem.where for problem in found] == ["row 2, column explanation"]


def test_a_step_that_the_pathway_does_not_have_is_named_before_the_build(tmp_path):
    themes = write(tmp_path, "theme,label,definition\ntrust,Trust,Trust in services\n", "themes.csv")
    service = {"start": {"id": "referred"}, "pathway": [{"id": "tested"}]}
    section = {"inputs": {"explanations": None}, "steps": {"tested": ["trust"]}, "adverse": ["tested"]}
    assert check.problems(section, {"themes": themes, "service": service}) == []
    found = check.problems(section | {"steps": {"testd": ["trust"]}}, {"themes": themes, "service": service})
    assert [str(problem).splitlines()[0] for problem in found] == [
        "config (synthesis.steps): the pathway has no step 'testd'. Did you mean 'tested'?"
    ]
    without = check.problems(section, {"themes": themes})
    assert [problem.expected for problem in without] == ["no step: the study has no service strand"] * 2


def test_authored_tables_count_rows_as_a_spreadsheet_does(tmp_path):
    file = write(tmp_path, "\ufeffa , b\n1,2\n,\n3,\n", "t.csv")
    frame = authored.read(file, ["a", "b"])
    assert frame["row"].tolist() == [2, 4]
    with pytest.raises(InputError, match=r"\(row 4, column b\): this cell is blank"):
        authored.read(file, ["a", "b"], filled=["b"])


def test_a_missing_column_is_named_with_the_nearest(tmp_path):
    file = write(tmp_path, "panelist,item\nP1,I1\n", "t.csv")
    with pytest.raises(InputError, match=r"column 'panellist' is missing\. Did you mean 'panelist'\?"):
        authored.read(file, ["panellist", "item"])


def test_a_day_that_the_calendar_does_not_have_is_named(tmp_path):
    file = write(tmp_path, HEAD + "trust,policy,survey,Because.,AB,2026-02-30\n")
    with pytest.raises(InputError) as error:
        inputs.explanations(file, ["trust"])
    assert "not a date" in str(error.value)
    assert "correct the month or the day" in str(error.value)
