"""Continuous covariates in chunks of records against one fit in memory."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import chunked, glm, variance


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(3)
    n = 200_000
    frame = pd.DataFrame({"group": rng.choice(4, n, p=[0.6, 0.2, 0.15, 0.05]), "place": rng.integers(0, 20, n)})
    frame["age"] = rng.uniform(0, 95, n)
    log_odds = -1 + np.array([0, -0.4, 0.2, 0.1])[frame["group"]] + 0.02 * frame["age"] - 0.0002 * frame["age"] ** 2
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int))


def on_cells(people):
    cells = people[["group", "place"]].drop_duplicates().sort_values(["group", "place"], ignore_index=True)
    factors = (glm.Factor("group", tuple("abcd"), cells["group"].to_numpy(np.intp)),)
    return cells, glm.Design(factors, len(cells))


def test_chunks_from_a_file_equal_the_fit_in_memory(people, tmp_path):
    import duckdb

    cells, design = on_cells(people)
    connection = duckdb.connect()
    connection.register("frame", people)
    connection.register("numbered", cells.assign(cell=range(len(cells))))
    file = tmp_path / "people.parquet"
    query = 'SELECT cell, y, age, age * age AS square FROM frame JOIN numbered USING ("group", place)'
    connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)")
    found = chunked.fit(design, chunked.from_duckdb(connection, f"SELECT * FROM '{file}'", 2), 2)

    dummies = [people["group"] == k for k in (1, 2, 3)]
    x = np.column_stack([np.ones(len(people)), *dummies, people["age"], people["age"] ** 2]).astype(float)
    y, beta = people["y"].to_numpy(float), np.zeros(6)
    width = np.array([1, 1, 1, 1, 100, 1e4])
    for _ in range(30):
        mean = 1 / (1 + np.exp(-x @ beta))
        information = (x / width).T @ ((mean * (1 - mean))[:, None] * (x / width))
        step = np.linalg.solve(information, (x / width).T @ (y - mean)) / width
        beta = beta + step
    covariance = np.linalg.inv(information) / np.outer(width, width)
    assert found.fit.beta == pytest.approx(beta, abs=1e-10)
    errors = np.sqrt(np.diag(covariance))
    assert np.sqrt(np.diag(found.fit.covariance)) == pytest.approx(errors, rel=1e-9)
    assert (found.fit.records, found.fit.events) == (200_000, people["y"].sum())


def in_chunks(cell, y, z, size=4096):
    return lambda: ((cell[i : i + size], y[i : i + size], z[i : i + size]) for i in range(0, len(y), size))


def test_variances_equal_statsmodels_on_records(people):
    import statsmodels.api as sm

    part = people.head(20_000)
    cells, design = on_cells(part)
    number = {key: place for place, key in enumerate(cells.itertuples(index=False, name=None))}
    cell = np.array([number[key] for key in part[["group", "place"]].itertuples(index=False, name=None)])
    y, age = part["y"].to_numpy(float), part["age"].to_numpy()
    found = chunked.fit(design, in_chunks(cell, y, age[:, None]), 1)
    x = np.column_stack([np.ones(len(part)), *(part["group"] == k for k in (1, 2, 3)), age]).astype(float)
    model = sm.GLM(y, x, sm.families.Binomial()).fit(tol=1e-15, maxiter=50)
    assert np.abs(found.fit.beta - model.params).max() < 1e-8
    assert np.abs(np.sqrt(np.diag(found.fit.covariance)) - model.bse).max() < 1e-8
    place = cells["place"].to_numpy()
    kinds = {variance.HC0: {"cov_type": "HC0"}}
    kinds[variance.CR1] = {"cov_type": "cluster", "cov_kwds": {"groups": part["place"], "use_correction": True}}
    for kind, options in kinds.items():
        robust = sm.GLM(y, x, sm.families.Binomial()).fit(tol=1e-15, maxiter=50, **options)
        ours = found.variance(kind, place).covariance
        assert np.abs(np.sqrt(np.diag(ours)) - robust.bse).max() < 1e-8, kind


@pytest.mark.parametrize("family", [glm.LOGIT, glm.POISSON])
def test_a_factor_of_two_levels_taken_as_a_number_changes_nothing(people, family):
    part = people.head(3000).assign(old=lambda d: (d["age"] > 50).astype(int), place=lambda d: d["place"] % 6)
    keys = ["group", "place", "old"]
    full = part.groupby(keys, as_index=False).agg(n=("y", "size"), events=("y", "sum"))
    both = [
        glm.Factor("group", tuple("abcd"), full["group"].to_numpy()),
        glm.Factor("old", ("n", "y"), full["old"].to_numpy()),
    ]
    design, events, n = glm.Design(tuple(both), len(full)), full["events"].to_numpy(float), full["n"].to_numpy(float)
    fitted = glm.fit(design, events, n, family)
    cells, categorical = on_cells(part)
    number = {key: place for place, key in enumerate(cells.itertuples(index=False, name=None))}
    cell = np.array([number[key] for key in part[["group", "place"]].itertuples(index=False, name=None)])
    found = chunked.fit(
        categorical, in_chunks(cell, part["y"].to_numpy(float), part[["old"]].to_numpy(float)), 1, family
    )
    assert found.fit.beta == pytest.approx(fitted.beta, abs=1e-9)
    for kind in (variance.MODEL, variance.HC0, variance.HC1, variance.CR0, variance.CR1, variance.CR2):
        ours = found.variance(kind, cells["place"].to_numpy())
        theirs = variance.estimate(design, fitted, events, n, kind, full["place"].to_numpy())
        assert ours.covariance == pytest.approx(theirs.covariance, rel=1e-7, abs=1e-11), kind
        assert ours.degrees(np.eye(5)[1]) == pytest.approx(theirs.degrees(np.eye(5)[1]), rel=1e-7)
    if family == glm.LOGIT:
        risks, slopes = found.standardised_risks()
        expected, gradient = glm.standardised_risks(design, fitted.beta, n)
        assert risks == pytest.approx(expected, abs=1e-10)
        assert slopes == pytest.approx(gradient, abs=1e-9)


def test_separation_by_a_number_is_said():
    y = np.repeat([0.0, 1.0], 50)
    design = glm.Design((glm.Factor("group", ("a", "b"), np.array([0, 1])),), 2)
    with pytest.raises(glm.NotEstimable, match=r"infinity|converge|told apart"):
        chunked.fit(design, in_chunks(np.tile([0, 1], 50), y, np.arange(100.0)[:, None]), 1)


def test_one_chunk_or_many_is_the_same(people):
    part = people.head(5000)
    cells, design = on_cells(part)
    number = {key: place for place, key in enumerate(cells.itertuples(index=False, name=None))}
    cell = np.array([number[key] for key in part[["group", "place"]].itertuples(index=False, name=None)])
    y, z = part["y"].to_numpy(float), part[["age"]].to_numpy()

    def split(size):
        return lambda: ((cell[i : i + size], y[i : i + size], z[i : i + size]) for i in range(0, 5000, size))

    one, many = (chunked.fit(design, split(size), 1).fit for size in (5000, 137))
    assert many.beta == pytest.approx(one.beta, abs=1e-12)
    assert many.covariance == pytest.approx(one.covariance, rel=1e-10)


def test_a_covariate_that_does_not_vary_is_said(people):
    part = people.head(100).assign(place=0, age=40.0)
    _, design = on_cells(part)
    cell = part["group"].to_numpy(np.intp) - part["group"].min()
    values = part["y"].to_numpy(float), part[["age"]].to_numpy()
    with pytest.raises(glm.NotEstimable, match="does not vary"):
        chunked.fit(design, lambda: iter([(cell, *values)]), 1)
