"""Models and variances on cells against R's glm and sandwich on single records (R 4.2.2, sandwich 3.0-2).

Petersen's panel, 5,000 records of 500 firms: glm(y > 0 ~ size), size being x cut at -1, 0 and 1. vcovHC for HC0
and HC1; vcovCL(cluster = firm) with type HC0 and cadjust = FALSE for CR0, type HC1 for CR1. Coefficients of size.
"""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm, variance

R = {
    "logit": {
        "beta": [0.8915181544684, 1.5925727356939, 2.4923110439623],
        "model": [0.09798939853304, 0.09749782281607, 0.12048552062452],
        "HC0": [0.09798939853308, 0.09749782281611, 0.12048552062457],
        "HC1": [0.09802861782564, 0.09753684536032, 0.12053374376864],
        "CR0": [0.1084494042617, 0.1272582415194, 0.1665251257826],
        "CR1": [0.1085906051999, 0.1274239315315, 0.1667419412107],
    },
    "poisson": {
        "beta": [0.6058580643657, 0.9507312218544, 1.2258503943168],
        "model": [0.08320502896995, 0.08034951075784, 0.08424410673781],
        "HC0": [0.07112500223720, 0.06798280962625, 0.06767376293772],
        "HC1": [0.07115346931949, 0.06801001907687, 0.06770084869544],
        "CR0": [0.08139646321567, 0.08985253137137, 0.09288277157939],
        "CR1": [0.08150244127111, 0.08996951921305, 0.09300370478861],
    },
}


@pytest.fixture(scope="module")
def panel(reference_folder):
    data = pd.read_csv(reference_folder / "data" / "cluster" / "petersen.csv")
    size = np.digitize(data["x"], [-1, 0, 1])
    cells = (
        data.assign(size_=size, up=data["y"] > 0)
        .groupby(["size_", "firm"], as_index=False)
        .agg(n=("up", "size"), events=("up", "sum"))
    )
    assert len(cells) < len(data) / 2
    factors = (glm.Factor("size", tuple("abcd"), cells["size_"].to_numpy(np.intp)),)
    numbers = cells["events"].to_numpy(float), cells["n"].to_numpy(float), cells["firm"].to_numpy(np.intp) - 1
    return glm.Design(factors, len(cells)), *numbers


@pytest.mark.parametrize("family", list(R))
def test_coefficients_and_every_variance_equal_those_of_r(panel, family):
    design, events, n, firm = panel
    fitted = glm.fit(design, events, n, family)
    assert np.abs(fitted.beta[1:4] - R[family]["beta"]).max() < 1e-8
    for kind in ("model", "HC0", "HC1", "CR0", "CR1"):
        errors = np.sqrt(np.diag(variance.estimate(design, fitted, events, n, kind, firm).covariance))[1:4]
        assert np.abs(errors - R[family][kind]).max() < 1e-8, kind


def test_small_sample_factors_count_records_and_not_cells(panel):
    """5,000 records, 4 coefficients, 500 firms: HC1 is HC0 times 5000/4996, CR1 is CR0 times 500/499 · 4999/4996."""
    design, events, n, firm = panel
    fitted = glm.fit(design, events, n)
    spread = {k: variance.estimate(design, fitted, events, n, k, firm).covariance for k in ("HC0", "HC1", "CR0", "CR1")}
    assert spread["HC1"] == pytest.approx(spread["HC0"] * 5000 / 4996, rel=1e-12)
    assert spread["CR1"] == pytest.approx(spread["CR0"] * 500 / 499 * 4999 / 4996, rel=1e-12)
