"""Models with exact ages through the records step's own rows, against statsmodels on the records."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import adjusted, continuous

METHODS = {
    "level": 0.95,
    "power": 0.8,
    "variance": "auto",
    "min_clusters": 10,
    "min_events": 10,
    "separated": "leave_out",
    "model_ages": [0, 40],
    "continuous": {"age": 2, "distance": 1},
}
SECTION = {
    "outcomes": ["tested"],
    "adjust": {"crude": [], "full": ["age", "sex", "region"]},
    "cluster": "provider",
    "methods": METHODS,
}


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(9)
    n = 6000
    frame = pd.DataFrame(
        {
            "row": range(1, n + 1),
            "group": rng.choice(["White", "Asian", "Black"], n, p=[0.7, 0.2, 0.1]),
            "region": rng.choice(["North", "South"], n),
            "sex": rng.choice(["Female", "Male"], n),
            "deprivation": "1",
            "age": np.round(rng.uniform(0, 90, n), 1),
            "v_distance": rng.lognormal(2, 0.7, n),
        }
    )
    frame["provider"] = "R" + pd.Series(rng.integers(0, 12, n)).astype(str) + frame["region"].str[0]
    log_odds = 0.4 - 0.5 * (frame["group"] == "Asian") + 0.01 * frame["age"] - 0.02 * frame["v_distance"]
    frame["r_tested"] = rng.random(n) < 1 / (1 + np.exp(-log_odds))
    frame["v_distance"] = frame["v_distance"].mask(rng.random(n) < 0.03)
    return frame.assign(e_tested=True)


@pytest.fixture(scope="module")
def path(people, tmp_path_factory):
    import duckdb

    file = tmp_path_factory.mktemp("exact") / "values.parquet"
    with duckdb.connect() as connection:
        connection.register("staged", people)
        continuous.write_records(connection, SECTION, str(file))
    return str(file)


def banded(people, section=SECTION):
    cells = people.assign(age_from=np.where(people["age"] < 40, 0, 40), n=1)
    keys = ["group", "region", "provider", "age_from", "sex", "deprivation"]
    cells = cells.groupby(keys, as_index=False).agg(eligible_tested=("n", "sum"), reached_tested=("r_tested", "sum"))
    return adjusted.differences(
        cells, ["tested"], section["adjust"], comparator="White", national="All", cluster="provider", methods=METHODS
    )


def test_exact_models_equal_statsmodels_on_the_records(people, path):
    import statsmodels.api as sm

    estimates = banded(people)
    found = continuous.exact(estimates, path, SECTION, comparator="White", national="All")
    assert list(found[["model", "region", "group"]].itertuples()) == list(
        estimates[["model", "region", "group"]].itertuples()
    )
    used = people.dropna(subset=["v_distance"])
    x = [np.ones(len(used)), used["group"] == "Asian", used["group"] == "Black", used["sex"] == "Male"]
    x += [used["region"] == "South", used["age"], used["age"] ** 2, used["v_distance"]]
    x, y = np.column_stack(x).astype(float), used["r_tested"].to_numpy(float)
    x[:, 6] /= 100
    options = {"cov_type": "cluster", "cov_kwds": {"groups": pd.factorize(used["provider"])[0], "use_correction": True}}
    model = sm.GLM(y, x, sm.families.Binomial()).fit(tol=1e-15, maxiter=60, **options)
    rows = found[(found["model"] == "full") & (found["region"] == "All")].set_index("group")
    for place, group in ((1, "Asian"), (2, "Black")):
        assert np.log(rows.loc[group, "odds_ratio"]) == pytest.approx(model.params[place], abs=1e-8)
        assert rows.loc[group, "log_se"] == pytest.approx(model.bse[place], abs=1e-8)
        moved = x.copy()
        moved[:, 1:3] = 0
        base = model.predict(moved).mean()
        moved[:, place] = 1
        assert rows.loc[group, "risk_difference"] == pytest.approx(model.predict(moved).mean() - base, abs=1e-9)
    assert rows.loc["Asian", "records"] == len(used)
    assert rows.loc["Asian", "parameters"] == 8
    assert rows["method"].str.contains(r"age \(quadratic\) and distance \(linear\) exact").all()
    assert rows["variance"].str.contains("CR1").all()


def test_models_without_covariates_stay_and_say_so(people, path):
    estimates = banded(people)
    found = continuous.exact(estimates, path, SECTION, comparator="White", national="All")
    crude = found["model"] == "crude"
    pd.testing.assert_frame_equal(found[crude], estimates[estimates["model"] == "crude"], check_dtype=False)
    assert found.loc[crude, "method"].eq(adjusted.LIKELIHOOD).all()


def test_few_clusters_of_a_region_have_the_bias_reduced_variance(people, path):
    methods = METHODS | {"min_clusters": 20}
    found = continuous.exact(banded(people), path, SECTION | {"methods": methods}, comparator="White", national="All")
    regional = found[(found["region"] == "North") & (found["group"] == "Asian")].iloc[0]
    assert "CR2" in regional["variance"]
    assert regional["df"] < regional["clusters"]


def test_a_value_that_does_not_vary_gives_a_reason_and_no_estimate(people, tmp_path):
    import duckdb

    with duckdb.connect() as connection:
        connection.register("staged", people.assign(v_distance=3.0))
        continuous.write_records(connection, SECTION, str(tmp_path / "values.parquet"))
    found = continuous.exact(
        banded(people), str(tmp_path / "values.parquet"), SECTION, comparator="White", national="All"
    )
    full = found[found["model"] == "full"]
    assert full["reason"].eq("a continuous covariate does not vary").all()
    assert full["odds_ratio"].isna().all()


@pytest.mark.parametrize(
    ("fields", "asked", "message"),
    [
        ({"age": {"column": "a"}}, {"distance": 1}, "'distance' is no column of numbers"),
        ({}, {"age": 1}, "no column of ages is named"),
        ({"age": {"column": "a", "bands": {"0-4": 0}}}, {"age": 1}, "not supplied in years"),
    ],
)
def test_settings_that_contradict_are_said(fields, asked, message):
    found = continuous.config_problems({"fields": fields, "methods": {"continuous": asked}})
    assert [message in problem.message for problem in found] == [True]
    assert not continuous.config_problems({"fields": {"age": {"column": "a"}}, "methods": {"continuous": {"age": 3}}})
