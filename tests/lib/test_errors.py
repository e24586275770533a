"""Messages name the file, the place and the remedy, and never show a value."""

import pickle

import pytest
from genequity.errors import InputError, Problem, masked, nearest, shape, together


def test_a_problem_reads_as_file_place_found_expected_and_remedy():
    problem = Problem("margins.csv", "column 'n' is missing", "sheet 1", "variable, category, n", "add the column")
    assert str(problem) == (
        "margins.csv (sheet 1): column 'n' is missing.\n"
        "    Expected: variable, category, n.\n"
        "    What to do: add the column."
    )


def test_all_problems_of_a_file_come_in_one_error():
    error = InputError([Problem("a.csv", "first"), Problem("a.csv", "second")])
    assert str(error).count("a.csv") == 2
    assert pickle.loads(pickle.dumps(error)).problems == error.problems


@pytest.mark.parametrize(
    ("value", "seen"), [("AB12 3cd", "XX99 9xx"), ("2021-05-30", "9999-99-99"), (943476, "999999"), ("Ünal", "Xxxx")]
)
def test_shape_shows_form_without_content(value, seen):
    assert shape(value) == seen


def test_a_long_value_is_cut():
    assert shape("a" * 40) == "xxxxxxxxxxxxxxxxxxxxx... (40 characters)"


def test_a_library_error_is_masked():
    with pytest.raises(InputError) as caught, masked("reading the CSV file", "people.csv"):
        float("Testperson Surname")
    assert "Testperson" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "people.csv: reading the CSV file failed (ValueError)" in str(caught.value)


def test_an_input_error_passes_through_the_mask_as_it_is():
    with pytest.raises(InputError, match="row 3"), masked("reading", "a.csv"):
        raise InputError(Problem("a.csv", "bad", where="row 3"))


def test_nearest_names_a_close_word_only():
    assert nearest("comparater", ["comparator", "scheme"]) == " Did you mean 'comparator'?"
    assert nearest("zzz", ["comparator"]) == ""


def test_nearest_passes_over_capitals():
    assert nearest("male", ["Female", "Male"]) == " Did you mean 'Male'?"


def test_the_same_mistake_in_several_rows_is_said_once_with_its_rows():
    kind = [Problem("a.xlsx", "no kind", f"sheet Log, row {row}, column kind") for row in (2, 3, 7)]
    other = [Problem("a.xlsx", "no kind", "sheet Log, row 4, column date"), Problem("a.xlsx", "no kind", "column kind")]
    found = together([kind[0], other[0], *kind[1:], other[1]])
    assert [problem.where for problem in found] == [
        "sheet Log, rows 2, 3, 7, column kind",
        "sheet Log, row 4, column date",
        "column kind",
    ]
    assert together(kind, 2)[0].where == "sheet Log, rows 2, 3 and 1 more, column kind"
    assert together([Problem("a", "x", "row 1"), Problem("b", "x", "row 1"), Problem("a", "y", "row 1")])[2].file == "a"
