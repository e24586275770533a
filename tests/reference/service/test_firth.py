"""Penalised likelihood against R (brglm2, logistf's documentation) and against a search of our own."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import firth, glm

NAMES = ("age", "oc", "vic", "vicl", "vis", "dia")


def test_urinary_infections_equal_brglm2_and_logistf(reference_folder):
    """Heinze & Schemper (2002): coefficients of brglm2 0.9 (AS_mean), profile intervals of logistf's documentation."""
    data = pd.read_csv(reference_folder / "data" / "firth" / "sex2.csv")
    factors = [glm.Factor(name, ("0", "1"), data[name].to_numpy(np.intp)) for name in NAMES]
    design = glm.Design(tuple(factors), len(data))
    y = data["case"].to_numpy(float)
    found = firth.fit(design, y, np.ones(len(data)))
    wanted = [
        0.12025404569,
        -1.10598130423,
        -0.06881673149,
        2.26887464128,
        -2.11140816597,
        -0.78831694613,
        3.09601246899,
    ]
    errors = [0.4855415053, 0.4236601286, 0.4437934453, 0.5484159577, 0.5430823543, 0.4173675655, 1.6750088383]
    assert found.fit.beta == pytest.approx(wanted, rel=1e-6)
    assert np.sqrt(np.diag(found.fit.covariance)) == pytest.approx(errors, rel=1e-6)
    assert firth.profile(found, 6, 0.95) == pytest.approx((0.77456817, 8.03029352), rel=1e-6)
    assert firth.profile(found, 5, 0.95) == pytest.approx((-1.60808787, 0.01518468), rel=1e-5)
    assert firth.profile(found, 3, 0.95) == pytest.approx((1.27302157, 3.43543273), rel=1e-6)
    with pytest.raises(glm.Separated):
        glm.fit(design, y, np.ones(len(data)))


def test_separated_groups_equal_a_search_over_dense_records():
    from scipy.optimize import minimize

    a, b = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 0, 1, 0, 1])
    n, events = np.array([40.0, 30, 25, 20, 12, 9]), np.array([20.0, 11, 9, 12, 0, 0])
    design = glm.Design((glm.Factor("a", ("0", "1", "2"), a), glm.Factor("b", ("0", "1"), b)), 6)
    found = firth.fit(design, events, n)
    x = np.column_stack([np.ones(6), a == 1, a == 2, b == 1]).astype(float)

    def penalised(beta):
        mean = 1 / (1 + np.exp(-x @ beta))
        information = x.T @ ((n * mean * (1 - mean))[:, None] * x)
        return -(events @ np.log(mean) + (n - events) @ np.log(1 - mean) + 0.5 * np.linalg.slogdet(information)[1])

    searched = minimize(penalised, np.zeros(4), method="BFGS", options={"gtol": 1e-9})
    assert found.fit.beta == pytest.approx(searched.x, abs=1e-5)
    assert found.reached == pytest.approx(-searched.fun, abs=1e-9)
    low, high = firth.profile(found, 2, 0.95)
    for limit in (low, high):
        held = minimize(
            lambda rest, limit=limit: penalised(np.insert(rest, 2, limit)), np.zeros(3), options={"gtol": 1e-9}
        )
        assert 2 * (held.fun - searched.fun) == pytest.approx(3.841459, abs=1e-5)
    assert low < found.fit.beta[2] < high < 0
