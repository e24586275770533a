"""Models and variances on cells against R's glm and sandwich on single records (R 4.2.2, sandwich 3.0-2).

Petersen's panel, 5,000 records of 500 firms: glm(y > 0 ~ size + year), size being x cut at -1, 0 and 1. vcovHC for HC0
and HC1; vcovCL(cluster = firm) with type HC0 and cadjust = FALSE for CR0, type HC1 for CR1. Coefficients of size.
"""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm, variance

R = {
    "logit": {
        "beta": [0.8961298974042, 1.5973519058553, 2.4962199157805],
        "model": [0.09813060444714, 0.09765194887369, 0.12070696473094],
        "HC0": [0.09817376563230, 0.09770539166965, 0.12123873617928],
        "HC1": [0.09830164093857, 0.09783265689986, 0.12139665454393],
        "CR0": [0.1089817998890, 0.1276659369238, 0.1675402095470],
        "CR1": [0.1092221169594, 0.1279474546083, 0.1679096544668],
    },
    "poisson": {
        "beta": [0.6072263911302, 0.9516049097460, 1.2258144178298],
        "model": [0.08322990552587, 0.08037357829258, 0.08431527116326],
        "HC0": [0.07110666349958, 0.06797490686779, 0.06779974840464],
        "HC1": [0.07119928280896, 0.06806344693730, 0.06788806032317],
        "CR0": [0.08151141137631, 0.08991080668878, 0.09304647158432],
        "CR1": [0.08169115316443, 0.09010907008396, 0.09325164947167],
    },
}


@pytest.fixture(scope="module")
def panel(reference_folder):
    data = pd.read_csv(reference_folder / "data" / "cluster" / "petersen.csv")
    size = np.digitize(data["x"], [-1, 0, 1])
    cells = (
        data.assign(size_=size, up=data["y"] > 0)
        .groupby(["size_", "year", "firm"], as_index=False)
        .agg(n=("up", "size"), events=("up", "sum"))
    )
    assert len(cells) < len(data)
    factors = (
        glm.Factor("size", tuple("abcd"), cells["size_"].to_numpy(np.intp)),
        glm.Factor("year", tuple(map(str, range(10))), cells["year"].to_numpy(np.intp) - 1),
    )
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
