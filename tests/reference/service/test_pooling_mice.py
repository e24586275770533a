"""Rubin's rules against R's mice, on frozen imputations."""

import json

import numpy as np
import pandas as pd
import pytest
from genequity.service import imputation


@pytest.fixture(scope="module")
def cases(reference_folder):
    listed = json.loads((reference_folder / "quantitative.json").read_text(encoding="utf-8"))["fixtures"]
    return {case["id"]: case for case in listed}


def test_scalar_pooling_equals_mice(cases):
    case = cases["mi-pool-scalar"]
    data, wanted = case["data"], case["expected"]
    pooled = imputation.pool(np.array(data["Q"]), np.array(data["U"]), data["n"] - data["k"])
    found = (pooled.estimate, pooled.within, pooled.between, pooled.variance, pooled.degrees, pooled.missing)
    names = ("qbar", "ubar", "b", "t", "df", "fmi")
    assert found == pytest.approx([wanted[name] for name in names], rel=case["rel_tol"])


def test_pooled_linear_model_equals_mice(cases, reference_folder):
    case = cases["mi-pool-lm"]
    data, wanted = pd.read_csv(reference_folder / case["data"]), case["expected"]
    fits = []
    for _, part in data.groupby(".imp"):
        if part[["chl", "age", "bmi"]].isna().any(axis=None):
            continue
        x = np.column_stack([np.ones(len(part)), part["age"], part["bmi"]])
        beta, rest, *_ = np.linalg.lstsq(x, part["chl"].to_numpy(float), rcond=None)
        fits.append((beta, np.diag(np.linalg.inv(x.T @ x)) * rest[0] / (len(part) - 3)))
    assert len(fits) == 5
    for place in range(3):
        pooled = imputation.pool(*(np.array([fit[side][place] for fit in fits]) for side in (0, 1)), 22)
        found = (pooled.estimate, np.sqrt(pooled.variance), pooled.degrees, pooled.missing)
        assert found == pytest.approx([wanted[name][place] for name in ("est", "se", "df", "fmi")], rel=1e-7)


def test_multinomial_model_equals_statsmodels_on_records():
    from genequity.service import glm
    from statsmodels.discrete.discrete_model import MNLogit

    rng = np.random.default_rng(5)
    x, z, n = rng.integers(0, 3, 4000), rng.integers(0, 2, 4000), 4000
    eta = np.column_stack([np.zeros(n), 0.3 * x - 0.5, 0.2 * z + 0.4 * (x == 1)])
    group = (rng.random(n)[:, None] > (np.exp(eta) / np.exp(eta).sum(axis=1, keepdims=True)).cumsum(axis=1)).sum(axis=1)
    cells = pd.crosstab([x, z], group)
    codes = cells.index.to_frame(index=False).to_numpy()
    factors = tuple(glm.Factor(str(i), ("a", "b", "c")[: codes[:, i].max() + 1], codes[:, i]) for i in range(2))
    known = cells.to_numpy(float)
    weight = 4 / 6 * known.sum(axis=0) / known.sum()  # what the model adds to each cell: 4 coefficients, 6 cells
    model = imputation.fit(glm.Design(factors, 6), known - weight)
    dense = np.column_stack([np.ones(n), x == 1, x == 2, z]).astype(float)
    oracle = MNLogit(group, dense).fit(disp=0, method="newton", maxiter=100, tol=1e-14)
    # The added weight is taken out again but for its share of itself, 4/4000 of the records.
    assert model.beta == pytest.approx(oracle.params.T, abs=1e-3)
    assert np.sqrt(np.diag(model.root @ model.root.T)) == pytest.approx(oracle.bse.T.ravel(), rel=2e-3)
