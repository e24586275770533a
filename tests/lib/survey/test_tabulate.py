"""Tables about the sample: counts, shares and diagnostics, by hand."""

import numpy as np
import pandas as pd
import pytest
from genequity.survey import sample, tabulate
from genequity.survey.weighting import Margin


@pytest.fixture
def people():
    return pd.DataFrame(
        {
            "group": ["Apple", "Apple", "Other", "Not known"],
            "base_weight": [1.0, 1, 1, 1],
            "weight": [1.0, 3, 2, 2],
            "trust": ["3", None, "1", None],
            "trust__why": [None, "don't know", None, "don't know"],
            "worry": ["1", "1", "1", None],
            "worry__why": [None, None, None, "not answered"],
        }
    )


def test_respondents_beside_the_population(people):
    population = pd.DataFrame({"variable": "ethnicity", "category": ["Apple", "Other"], "population": [75.0, 25]})
    table = tabulate.respondents(people, population).set_index("group")
    assert list(table.index) == ["Apple", "Other", "Not known", "All groups"]
    assert table["n"].tolist() == [2, 1, 1, 4]
    np.testing.assert_allclose(table["share_weighted"], [0.5, 0.25, 0.25, 1])  # weights 4, 2, 2 of 8
    np.testing.assert_allclose(table["population_share"], [0.75, 0.25, np.nan, 1])
    assert tabulate.respondents(people, None)["population_share"].isna().all()


def test_margins_before_and_after(people):
    counts = pd.DataFrame({"variable": "sex", "category": ["F", "M"], "population": [50.0, 50], "source": "x"})
    matched = [Margin("sex", ("F", "M"), np.array([50.0, 50]), np.array([0, 0, 1, 1]))]
    table = tabulate.margins(people, counts, matched)
    assert table["n"].tolist() == [2, 2]
    assert table["share_before"].tolist() == [0.5, 0.5]
    assert table["share_after"].tolist() == [0.5, 0.5]  # weights 1 + 3 and 2 + 2


def test_missing_reasons_add_up_to_all_respondents(people, book):
    table = tabulate.missing(people, book)
    trust = table[table["item"] == "trust"].set_index("reason")["n"].to_dict()
    assert trust == {"answered": 2, "don't know": 2, "all respondents": 4}


def test_method_counts_the_design_and_keeps_the_settings(people, book):
    people = people.assign(stratum=["a", "a", "b", "b"], cluster=["1", "2", "3", "4"])
    settings = {"level": 0.9, "weighting": "supplied"}
    table = tabulate.method(people, sample.design_of(people), None, book, settings).set_index("measure")
    assert table.loc[["strata", "clusters", "degrees_of_freedom", "items", "batteries"], "value"].tolist() == [
        2,
        4,
        2,
        2,
        1,
    ]
    assert table.loc["weighting_effect", "value"] == 1.12  # 4 x (1 + 9 + 4 + 4) / 8 squared = 1.125
    assert table.loc["weight_ratio", "value"] == 3
    assert table.loc["level", "value"] == 0.9
    assert table.loc["weighting", "text"] == "supplied"
