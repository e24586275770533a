"""Shares, distributions, scores and tests by group, on frames whose answers can be counted."""

import numpy as np
import pandas as pd
import pytest
from genequity.survey import battery, sample
from genequity.survey.tabulate import ALL

OPTIONS = {"comparator": "Apple", "level": 0.95, "small_base": 30, "least_base": 4}


@pytest.fixture
def people():
    """Forty Apple (20 agree), eight Berry (6 agree), three Not stated; one Berry has no answer; weights 1."""
    trust = ["3"] * 20 + ["1"] * 20 + ["3"] * 6 + ["1"] + [None] + ["2"] * 3
    return pd.DataFrame(
        {
            "group": ["Apple"] * 40 + ["Berry"] * 8 + ["Not stated"] * 3,
            "base_weight": 1.0,
            "weight": 1.0,
            "trust": trust,
            "worry": ["1"] * 50 + [None],
        }
    )


def test_shares_by_hand(people, book):
    design = sample.design_of(people)
    table = battery.shares(people, design, book, interval="korn_graubard", **OPTIONS)
    trust = table[table["item"] == "trust"].set_index("group")
    assert list(trust.index) == ["Apple", "Berry", "Not stated", ALL]
    assert trust["n"].to_dict() == {"Apple": 40, "Berry": 7, "Not stated": 3, ALL: 50}
    assert trust.loc["Apple", "share"] == pytest.approx(0.5)
    assert trust.loc["Berry", "share"] == pytest.approx(6 / 7)
    assert trust.loc["Berry", "difference"] == pytest.approx(6 / 7 - 0.5)
    assert trust.loc[ALL, "share"] == pytest.approx(26 / 50)
    assert pd.isna(trust.loc["Apple", "difference"])
    assert pd.isna(trust.loc[ALL, "difference"])
    assert ((trust["ci_low"] <= trust["share"]) | trust["share"].isna()).all()


def test_small_bases_are_flagged_and_tiny_ones_withheld(people, book):
    table = battery.shares(people, sample.design_of(people), book, interval="logit", **OPTIONS)
    trust = table[table["item"] == "trust"].set_index("group")
    assert trust["base"].to_dict() == {"Apple": "shown", "Berry": "small", "Not stated": "withheld", ALL: "shown"}
    withheld = trust.loc["Not stated", ["share", "ci_low", "ci_high", "difference", "design_effect"]]
    assert withheld.isna().all()


@pytest.mark.parametrize(("n", "rule"), [(9, "withheld"), (10, "small"), (29, "small"), (30, "shown")])
def test_the_base_rule_at_its_boundaries(n, rule):
    assert battery.base_rule(n, 30, 10) == rule


def test_the_distribution_sums_to_one_and_knows_its_base(people, book):
    table = battery.distribution(people, sample.design_of(people), book, small_base=30, least_base=4)
    trust = table[(table["item"] == "trust") & (table["group"] == "Berry")]
    assert trust["answer"].tolist() == ["Disagree", "Neither", "Agree"]
    np.testing.assert_allclose(trust["share"].astype(float), [1 / 7, 0, 6 / 7])
    assert (trust["n"] == 7).all()
    assert table.loc[table["group"] == "Not stated", "share"].isna().all()


def test_scores_turn_reversed_items_round(people, book):
    # worry is reversed: answer 1 counts as 3; with trust 3 the score is 3, with trust 1 it is 2
    score = battery.score_of(people, list(book.items))
    assert score[0] == 3
    assert score[20] == 2
    assert score[47] == 3  # only worry was answered: one of two is enough
    assert score[50] == 2
    table = battery.scores(people, sample.design_of(people), book, **OPTIONS).set_index("group")
    assert table.loc["Apple", "mean"] == pytest.approx(2.5)
    assert table.loc["Berry", "mean"] == pytest.approx((6 * 3 + 2 + 3) / 8)


def test_a_respondent_with_less_than_half_has_no_score(book):
    people = pd.DataFrame({"trust": [None], "worry": [None]}, dtype="str")
    assert np.isnan(battery.score_of(people, list(book.items))).all()


def test_tests_leave_out_unknown_and_tiny_groups(people, book):
    options = {"valid": ["Apple", "Berry"], "least_base": 4}
    table = battery.tests(people, sample.design_of(people), book, **options).set_index("item")
    assert table.loc["trust", "groups"] == 2
    assert table.loc["trust", "n"] == 47
    assert 0 < table.loc["trust", "p"] < 1
    assert pd.isna(table.loc["worry", "p"])  # everybody answers the same
    assert table.loc["trust", "p_adjusted"] == table.loc["trust", "p"]


def test_holm_by_hand():
    # sorted 0.01, 0.02, 0.04: times 3, 2, 1 and never decreasing: 0.03, 0.04, 0.04
    np.testing.assert_allclose(battery.holm(np.array([0.04, np.nan, 0.01, 0.02])), [0.04, np.nan, 0.03, 0.04])
