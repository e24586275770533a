"""Continuous covariates in chunks of records against one fit in memory."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import chunked, glm


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
    # Scores add up by cluster as those of the records do.
    rows = pd.DataFrame(x * (y - mean)[:, None]).groupby(people["place"]).sum().to_numpy()
    ours = pd.DataFrame(found.scores).groupby(cells["place"]).sum().to_numpy()
    assert ours / width == pytest.approx(rows / width, abs=1e-6)


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
