"""Cells counted by DuckDB against pandas on the records, and models on them against models on the records."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from genequity.service import cells, glm


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(4)
    n = 20_000
    frame = pd.DataFrame(
        {
            "group": rng.choice(["Asian", "Black", "White", None], n, p=[0.2, 0.1, 0.6, 0.1]),
            "decile": rng.choice([1, 2, 3, 4], n),
            "site": rng.choice([f"R{i}" for i in range(12)], n),
            "referred": rng.integers(0, 2, n),
        }
    )
    wait = np.where(frame["referred"] == 1, rng.integers(1, 90, n), np.nan)
    return frame.assign(decile=frame["decile"].where(rng.random(n) > 0.02).astype("Int64"), wait=wait)


@pytest.fixture(scope="module")
def found(people, tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "people.parquet"
    connection = duckdb.connect()
    connection.register("frame", people)
    connection.execute(f"COPY (SELECT * REPLACE (decile::UTINYINT AS decile) FROM frame) TO '{path}' (FORMAT parquet)")
    sums = {"n": "count(*)", "referred": "sum(referred)"}
    later = ("referred = 1", {"days": "sum(wait)"})
    return cells.counted(connection, f"read_parquet('{path}')", ["group", "decile", "site"], sums, later)


def test_cells_equal_counts_of_the_records(people, found):
    keys = ["group", "decile", "site"]
    filled = people.assign(group=people["group"].fillna("Unknown"), decile=people["decile"].astype("str"))
    filled["decile"] = people["decile"].map(str, na_action="ignore").astype(object).fillna("Unknown")
    expected = filled.groupby(keys).agg(n=("site", "size"), referred=("referred", "sum"), days=("wait", "sum"))
    named = {key: np.array(found.levels[key], object)[found.codes[key]] for key in keys}
    ours = pd.DataFrame(named | found.sums).set_index(keys).sort_index()
    assert found.levels["decile"] == ("1", "2", "3", "4", "Unknown")
    assert len(ours) == len(expected)
    assert (ours == expected.sort_index().astype(float)).all(axis=None)


def test_merged_and_cut_cells_keep_their_sums(people, found):
    broad = found.grouped("group", {"Asian": "Minority", "Black": "Minority", "White": "White"}, "broad")
    few = broad.over("broad", "site")
    assert few.levels["broad"] == ("Minority", "White", "Unknown")
    assert few.sums["n"].sum() == len(people)
    minority = people["group"].isin(["Asian", "Black"])
    assert few.where("broad", "Minority").sums["referred"].sum() == people.loc[minority, "referred"].sum()
    assert len(few) == 3 * 12


def test_a_model_on_the_cells_equals_statsmodels_on_the_records(people, found):
    import statsmodels.api as sm

    few = found.over("group", "decile")
    design = few.design(["group", "decile"], {"group": "White"})
    fitted = glm.fit(design, few.sums["referred"], few.sums["n"])
    group = people["group"].fillna("Unknown")
    x = [np.ones(len(people))] + [group == level for level in design.factors[0].levels[1:]]
    decile = people["decile"].map(str, na_action="ignore").astype(object).fillna("Unknown")
    x += [decile == level for level in design.factors[1].levels[1:]]
    model = sm.GLM(people["referred"], np.column_stack(x).astype(float), sm.families.Binomial()).fit(tol=1e-14)
    assert np.abs(fitted.beta - model.params.to_numpy()).max() < 1e-8
    assert np.abs(np.sqrt(np.diag(fitted.covariance)) - model.bse.to_numpy()).max() < 1e-8


def test_levels_that_inform_nothing_are_dropped():
    # Site c has no event and site a no non-event; without them group y is left with one level of site.
    codes = {"group": np.array([0, 0, 1, 1, 0]), "site": np.array([0, 1, 1, 2, 2])}
    levels = {"group": ("x", "y"), "site": ("a", "b", "c")}
    sums = {"n": np.array([5.0, 8.0, 9.0, 4.0, 3.0]), "events": np.array([5.0, 2.0, 3.0, 0.0, 0.0])}
    kept = cells.Cells(codes, levels, sums).informative(["group", "site"], "events", "n")
    assert list(kept.codes["site"]) == [1, 1]
    design = kept.design(["group", "site"])
    assert [factor.name for factor in design.factors] == ["group"]
