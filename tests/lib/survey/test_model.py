"""The declared model: terms, references, events, and clear refusals."""

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.survey import model, sample

OPTIONS = {"outcome": "trust", "comparator": "Apple", "valid": ["Apple", "Berry"], "level": 0.95, "least_base": 5}


@pytest.fixture
def people():
    """Apple: 30 of 40 agree; Berry: 20 of 60; half of each are Female; three people of an unknown group."""
    trust = ["3"] * 30 + ["1"] * 10 + ["3"] * 20 + ["1"] * 40 + ["3"] * 3
    return pd.DataFrame(
        {
            "group": ["Apple"] * 40 + ["Berry"] * 60 + ["Not stated"] * 3,
            "base_weight": 1.0,
            "weight": 1.0,
            "sex": ["Female", "Male"] * 51 + ["Female"],
            "age": np.tile([20.0, 30, 40, 50, 60], 21)[:103],
            "trust": trust,
        }
    )


def test_terms_of_a_model_without_covariates(people, book):
    terms, fit = model.fit(people, sample.design_of(people), book, covariates=[], **OPTIONS)
    terms = terms.set_index("level")
    assert terms.loc["Berry", "odds_ratio"] == pytest.approx((20 / 40) / (30 / 10))
    assert terms.loc["Berry", "difference"] == pytest.approx(20 / 60 - 30 / 40)
    assert terms.loc["Apple", "reference"]
    assert pd.isna(terms.loc["Apple", "odds_ratio"])
    assert terms["n"].to_dict() == {"Apple": 40, "Berry": 60}
    assert terms["events"].to_dict() == {"Apple": 30, "Berry": 20}
    row = fit.iloc[0]
    assert (row["n"], row["events"], row["left_out"], row["parameters"]) == (100, 50, 3, 2)
    assert row["covariates"] == "none"


def test_covariates_enter_as_categories_or_numbers(people, book):
    terms, fit = model.fit(people, sample.design_of(people), book, covariates=["sex", "age"], **OPTIONS)
    assert terms[["variable", "level"]].apply(tuple, axis=1).tolist() == [
        ("group", "Apple"),
        ("group", "Berry"),
        ("sex", "Female"),
        ("sex", "Male"),
        ("age", "per unit"),
    ]
    assert fit["parameters"].iloc[0] == 4
    # sex and age are balanced over groups by design, so adjustment hardly moves the odds ratio
    assert terms.set_index("level").loc["Berry", "odds_ratio"] == pytest.approx(1 / 6, rel=0.05)


def test_a_comparator_that_is_not_there(people, book):
    with pytest.raises(InputError, match="the comparator 'Cherry' has too few people in the model"):
        model.fit(people, sample.design_of(people), book, covariates=[], **(OPTIONS | {"comparator": "Cherry"}))


def test_separation_is_said(people, book):
    people = people.assign(trust=np.where(people["group"] == "Apple", "3", people["trust"]))
    with pytest.raises(InputError, match=r"the model of 'trust' cannot be estimated: .*separation"):
        model.fit(people, sample.design_of(people), book, covariates=[], **OPTIONS)


def test_too_few_clusters_for_the_coefficients(people, book):
    people = people.assign(cluster=["a", "b"] * 51 + ["a"])
    with pytest.raises(InputError, match="leaves 0 degrees of freedom for 2 coefficients"):
        model.fit(people, sample.design_of(people), book, covariates=[], **OPTIONS)


def test_variants_leave_out_the_covariates_or_the_weights(people, book):
    """Without covariates the odds ratio is 2:4 over 3:1 = 1/6; without weights it is the model on equal weights."""
    weighted = people.assign(weight=np.where(people["sex"] == "Female", 2.0, 1.0))
    other = model.variants(weighted, book, covariates=["age"], lonely="fail", **OPTIONS)
    assert sorted(other["variant"].unique()) == [model.NO_COVARIATES, model.NO_WEIGHTS]
    berry = other[other["group"] == "Berry"].set_index("variant")
    crude, _ = model.fit(weighted, sample.design_of(weighted), book, covariates=[], **OPTIONS)
    equal, _ = model.fit(people, sample.design_of(people), book, covariates=["age"], **OPTIONS)
    for name, terms in ((model.NO_COVARIATES, crude), (model.NO_WEIGHTS, equal)):
        expected = terms.set_index("level").loc["Berry", ["odds_ratio", "ci_low", "ci_high", "difference"]]
        assert berry.loc[name, expected.index].astype(float).to_numpy() == pytest.approx(
            expected.astype(float).to_numpy()
        )
    flat = model.variants(people, book, covariates=["age"], lonely="fail", **OPTIONS)
    assert flat["variant"].unique().tolist() == [model.NO_COVARIATES]  # equal weights cannot be left out
    assert flat.set_index("group").loc["Berry", "odds_ratio"] == pytest.approx(1 / 6)
    assert model.variants(weighted, book, covariates=[], lonely="fail", **OPTIONS).empty


def test_a_variant_that_cannot_be_estimated_has_no_rows_and_stops_nothing(people, book):
    """Everybody in one group agrees: no variant has a finite answer."""
    split = people.assign(trust=np.where(people["group"] == "Apple", "3", people["trust"]))
    assert model.variants(split, book, covariates=["age"], lonely="fail", **OPTIONS).empty
