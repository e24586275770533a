"""Findings and numbers: one way back each, honest directions, sentences that name the comparator."""

import pandas as pd
import pytest
from genequity import findings as register
from genequity.survey import findings


@pytest.fixture
def tables():
    shares = pd.DataFrame(
        [
            ("trust", "All groups", 500, 0.50, 0.45, 0.55, None, None, None, "shown"),
            ("trust", "Apple", 300, 0.60, 0.55, 0.65, None, None, None, "shown"),
            ("trust", "Berry", 150, 0.40, 0.32, 0.48, -0.20, -0.29, -0.11, "shown"),
            ("trust", "Cherry", 45, 0.58, 0.44, 0.72, -0.02, -0.17, 0.13, "shown"),
            ("trust", "Damson", 5, None, None, None, None, None, None, "withheld"),
            ("trust", "Not stated", 40, 0.10, 0.02, 0.20, -0.50, -0.60, -0.40, "shown"),
            ("willing", "All groups", 500, 0.70, 0.65, 0.75, None, None, None, "shown"),
            ("willing", "Apple", 300, 0.72, 0.66, 0.78, None, None, None, "shown"),
            ("willing", "Berry", 150, 0.60, 0.52, 0.68, -0.12, -0.22, -0.02, "shown"),
        ],
        columns=[
            *("item", "group", "n", "share", "ci_low", "ci_high"),
            *("difference", "difference_low", "difference_high", "base"),
        ],
    )
    tests = pd.DataFrame(
        {"item": ["trust", "willing"], "n": [495, 450], "p": [0.001, 0.04], "p_adjusted": [0.002, 0.08]}
    )
    items = pd.DataFrame(
        [
            ("trust", 1, "I trust it.", "Trust", "B", "trust", "agree"),
            ("willing", 2, "I would.", "Willing", "B", "access", "agree"),
        ],
        columns=["item", "position", "text", "short", "battery", "theme", "counted"],
    )
    method = pd.DataFrame(
        [
            *[(name, value, None) for name, value in (("level", 0.95), ("strata", 7), ("clusters", 0))],
            *[
                (name, None, value)
                for name, value in (("weighting", "rake"), ("sample", "probability"), ("interval", "logit"))
            ],
        ],
        columns=["measure", "value", "text"],
    )
    return {
        "shares": shares,
        "tests": tests,
        "items": items,
        "method": method,
        "margins": pd.DataFrame({"variable": ["sex", "age_band"]}),
    }


def found(tables):
    valid = ["Apple", "Berry", "Cherry", "Damson"]
    rows = findings.findings(tables, valid=valid, comparator="Apple", voice="public")
    return {row["id"]: row for row in rows}


def test_directions(tables):
    rows = found(tables)
    assert {name: row["direction"] for name, row in rows.items()} == {
        "survey.trust.berry": "lower",
        "survey.trust.cherry": "no_clear_difference",
        "survey.trust.damson": "not_measurable",
        "survey.willing.all": "no_clear_difference",
    }
    assert rows["survey.trust.berry"]["headline"]
    assert not rows["survey.willing.all"]["headline"]


def test_an_interval_beyond_zero_is_not_enough_when_the_adjusted_test_is_not_passed(tables):
    assert "survey.willing.berry" not in found(tables)
    assert "adjusted p = 0.080" in found(tables)["survey.willing.all"]["statement"]


def test_a_statement_names_both_groups_both_bases_and_the_interval(tables):
    assert found(tables)["survey.trust.berry"]["statement"] == (
        "In the Berry ethnic group 40% answered “agree” to “I trust it”, compared with 60% in the Apple ethnic group. "
        "The difference is −20.0 percentage points (95% interval −29.0 to −11.0; n = 150 and 300)."
    )


def test_people_whose_group_is_not_known_are_not_compared(tables):
    assert not any("not_stated" in name for name in found(tables))


def test_every_finding_leads_back_to_one_row(tables):
    for row in found(tables).values():
        assert len(register.source(row, tables["shares"])) == 1


def test_items_without_a_theme_give_no_findings(tables):
    tables["items"] = tables["items"].assign(theme="-")
    assert found(tables) == {}


@pytest.mark.parametrize(
    ("measure", "setting", "words"),
    [
        ("sample", "non-probability", "do not make the sample random"),
        ("weighting", "supplied", "used as it is"),
        ("weighting", "none", "the same weight"),
    ],
)
def test_sentences_follow_the_settings(tables, measure, setting, words):
    method = tables["method"]
    tables["method"] = method.assign(text=method["text"].mask(method["measure"] == measure, setting))
    assert words in findings.sentences(tables)[measure]


def test_a_file_without_design_information_says_so(tables):
    tables["method"] = tables["method"].assign(
        value=tables["method"]["value"].mask(tables["method"]["measure"] == "strata", 0)
    )
    assert "rest on the weights alone" in findings.sentences(tables)["strata"]
    assert "7 strata" not in findings.sentences(tables)["strata"]


def test_raked_margins_are_named(tables):
    assert findings.sentences(tables)["weighting"] == "Weights were raked to population totals of sex and age band."
