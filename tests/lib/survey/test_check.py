"""``make check``: every problem of every input at once, with the readers that the build uses."""

import pytest
from genequity.survey import check

MARGINS = "variable,category,population,source\nsex,Female,50,x\nsex,Male,50,x\n"


@pytest.fixture
def section(tmp_path, sav, book, scheme):
    margins = tmp_path / "margins.csv"
    margins.write_text(MARGINS, encoding="utf-8")
    return {
        "inputs": {"responses": sav(), "codebook": book.file, "margins": str(margins)},
        "ethnicity": {"concept": "ethnicity", "scheme": scheme.file, "grouping": "two", "comparator": "Apple"},
        "weighting": "rake",
        "model": {"outcome": "trust", "covariates": ["sex"]},
        "methods": {"blank_weight": "stop", "unknown_margin": "keep_share"},
    }


def texts(section):
    return [str(problem) for problem in check.problems(section, {})]


def test_good_inputs_have_no_problems(section):
    assert texts(section) == []


def test_problems_of_several_files_come_together(tmp_path, section, sav, answers):
    section["inputs"]["responses"] = sav(answers.assign(trust=[77.0, 3, 1, -9, 1, -8, 3, -7]), name="bad.sav")
    (tmp_path / "margins.csv").write_text(MARGINS.replace("Male,50", "Male,60") + "age,Old,100,x\n", encoding="utf-8")
    section["model"] = {"outcome": "Trust", "covariates": ["sex", "agge"]}
    section["ethnicity"]["comparator"] = "Aple"
    text = "\n".join(texts(section))
    assert "1 of 8 cells hold a code that is not declared" in text
    assert "sum to" in text
    assert "'Trust' is no item of the codebook. Did you mean 'trust'?" in text
    assert "'agge' is no background variable of the codebook. Did you mean 'age'?" in text
    assert "has no group 'Aple'. Did you mean 'Apple'?" in text


def test_categories_of_sample_and_margins_are_compared(tmp_path, section):
    (tmp_path / "margins.csv").write_text(MARGINS.replace("Female", "Women"), encoding="utf-8")
    assert any("nobody in the sample is in category 'Women'" in text for text in texts(section))


def test_raking_needs_margins_and_a_supplied_weight_needs_its_role(section):
    section["inputs"]["margins"] = None
    assert any("no margins are given" in text for text in texts(section))
    section["weighting"] = "supplied"
    assert texts(section) == []


def test_an_item_with_an_unknown_theme_is_a_problem(tmp_path, section):
    themes = tmp_path / "themes.csv"
    themes.write_text("theme,label,definition\ntrusts,Trust,x\n", encoding="utf-8")
    text = "\n".join(str(problem) for problem in check.problems(section, {"themes": str(themes)}))
    assert "'trust' is not a theme" in text
    assert "Did you mean 'trusts'?" in text
