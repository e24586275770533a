"""Population margins: totals that agree, categories that match the sample, people without an answer."""

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.survey import margins

ROWS = ["ethnicity,Apple,60,made up", "ethnicity,Berry,40,made up", "sex,Female,55,made up", "sex,Male,45,made up"]
DECLARED = {"ethnicity": ["Apple", "Berry"], "sex": ["Female", "Male"]}


def write(tmp_path, rows=ROWS):
    path = tmp_path / "margins.csv"
    path.write_text("\n".join(["variable,category,population,source", *rows]) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "group": ["Apple", "Apple", "Berry", "Not stated"],
            "sex": ["Female", "Male", "Female", "Male"],
            "base_weight": [1.0, 2.0, 1.0, 1.0],
        }
    )


def test_margins_that_do_not_sum_name_file_and_rows(tmp_path):
    path = write(tmp_path, [*ROWS[:3], "sex,Male,44,made up"])
    with pytest.raises(InputError) as caught:
        margins.read(path)
    assert str(caught.value) == (
        f"- {path} (rows 4 to 5, column population): the categories of 'sex' sum to 99, those of 'ethnicity' to 100.\n"
        "    Expected: the same population total for every variable.\n"
        "    What to do: use counts of one population (same year, area and ages) and correct the rows."
    )


def test_the_odd_one_of_three_totals_is_blamed(tmp_path):
    rows = ["ethnicity,Apple,70,x", "ethnicity,Berry,40,x", *ROWS[2:], "age,Young,50,x", "age,Old,50,x"]
    with pytest.raises(InputError, match="rows 2 to 3") as caught:
        margins.read(write(tmp_path, rows))
    assert len(caught.value.problems) == 1


def test_a_count_that_is_no_number(tmp_path):
    with pytest.raises(InputError) as caught:
        margins.read(write(tmp_path, ["sex,Female,about half,x", "sex,Male,50,x"]))
    assert "row 2, column population" in str(caught.value)
    assert "about half" not in str(caught.value)


def test_people_without_an_answer_keep_their_share(tmp_path, people):
    path = write(tmp_path)
    matched = margins.matched(margins.read(path), people, path, declared=DECLARED)
    ethnicity = matched[0]
    # one of five weight units is "Not stated": 20 of 100 people, and 60 and 40 shrink to 48 and 32
    np.testing.assert_allclose(ethnicity.totals, [48, 32, 20])
    assert ethnicity.codes.tolist() == [0, 0, 1, 2]
    np.testing.assert_allclose(matched[1].totals, [55, 45])


def test_or_they_stop_the_build(tmp_path, people):
    path = write(tmp_path)
    with pytest.raises(InputError, match="1 respondents have no answer on 'ethnicity'"):
        margins.matched(margins.read(path), people, path, declared=DECLARED, unknown="stop")


def test_categories_must_match_both_ways(tmp_path, people):
    rows = [*ROWS[:2], "sex,Women,55,made up", "sex,Male,45,made up"]
    path = write(tmp_path, rows)
    with pytest.raises(InputError) as caught:
        margins.matched(margins.read(path), people, path, declared=DECLARED)
    text = str(caught.value)
    assert "2 respondents are in category 'Female' of 'sex', which has no population count" in text
    assert f"{path} (row 4, column category): nobody in the sample is in category 'Women' of 'sex'" in text


def test_a_margin_that_the_codebook_does_not_know(tmp_path, people):
    path = write(tmp_path, [*ROWS[:2], "gender,Female,55,x", "gender,Male,45,x"])
    with pytest.raises(InputError, match="no background variable 'gender' with codes"):
        margins.matched(margins.read(path), people, path, declared=DECLARED)
