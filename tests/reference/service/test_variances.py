"""Variances on cells: against single records in statsmodels, and against dense matrices written here."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm, variance

CLUSTERS = 40


def simulated(n, clusters=CLUSTERS, seed=11):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "group": rng.choice(4, n, p=[0.6, 0.2, 0.15, 0.05]),
            "age": rng.integers(0, 5, n),
            "place": rng.choice(clusters, n, p=np.arange(1, clusters + 1) / np.arange(1, clusters + 1).sum()),
        }
    )
    noise = rng.normal(0, 0.4, clusters)[frame["place"]]
    log_odds = -1.0 + np.array([0, -0.4, 0.2, 0.0])[frame["group"]] + 0.15 * frame["age"] + noise
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(float))


def dense(frame):
    columns = [frame["group"] == k for k in range(1, 4)] + [frame["age"] == k for k in range(1, 5)]
    return np.column_stack([np.ones(len(frame)), *columns]).astype(float)


def on_cells(frame):
    cells = frame.groupby(["group", "age", "place"], as_index=False).agg(n=("y", "size"), events=("y", "sum"))
    factors = [
        glm.Factor(name, tuple(map(str, range(levels))), cells[name].to_numpy(np.intp))
        for name, levels in (("group", 4), ("age", 5))
    ]
    numbers = cells["events"].to_numpy(float), cells["n"].to_numpy(float)
    return glm.Design(tuple(factors), len(cells)), *numbers, cells["place"].to_numpy(np.intp)


@pytest.fixture(scope="module")
def large():
    return simulated(200_000)


@pytest.mark.parametrize("family", ["logit", "poisson"])
def test_all_variances_equal_those_of_two_hundred_thousand_records(large, family):
    import statsmodels.api as sm

    x, y = dense(large), large["y"].to_numpy()
    kind = sm.families.Binomial() if family == "logit" else sm.families.Poisson()
    model = sm.GLM(y, x, family=kind)
    wanted = model.fit(tol=1e-14)
    clustered = model.fit(tol=1e-14, cov_type="cluster", cov_kwds={"groups": large["place"], "use_correction": True})
    design, events, n, place = on_cells(large)
    assert len(n) < 900
    fitted = glm.fit(design, events, n, family)
    assert np.abs(fitted.beta - wanted.params).max() < 1e-8

    def errors(kind):
        return np.sqrt(np.diag(variance.estimate(design, fitted, events, n, kind, place).covariance))

    hc0 = model.fit(tol=1e-14, cov_type="HC0").bse
    size = len(large)
    assert np.abs(errors("model") - wanted.bse).max() < 1e-8
    assert np.abs(errors("HC0") - hc0).max() < 1e-8
    assert np.abs(errors("HC1") - hc0 * np.sqrt(size / (size - 8))).max() < 1e-8
    assert np.abs(errors("CR1") - clustered.bse).max() < 1e-8
    # With cells in place of records the factor would be another one, by more than the tolerance.
    wrong = (len(n) - 1) / (len(n) - 8) * (size - 8) / (size - 1)
    assert np.abs(errors("CR1") * np.sqrt(wrong) - clustered.bse).max() > 1e-6


def by_hand(frame, beta, contrast):
    """CR2 and its degrees of freedom with the whole hat matrix: Bell & McCaffrey, equations 3 and 7."""
    x, y, place = dense(frame), frame["y"].to_numpy(), frame["place"].to_numpy()
    mean = 1 / (1 + np.exp(-x @ beta))
    w = mean * (1 - mean)
    z, e = np.sqrt(w)[:, None] * x, (y - mean) / np.sqrt(w)
    bread = np.linalg.inv(z.T @ z)
    residual_maker = np.eye(len(z)) - z @ bread @ z.T
    meat, columns = np.zeros_like(bread), []
    for g in np.unique(place):
        mine = place == g
        values, vectors = np.linalg.eigh(residual_maker[np.ix_(mine, mine)])
        adjust = vectors @ np.diag(values**-0.5) @ vectors.T
        score = z[mine].T @ adjust @ e[mine]
        meat += np.outer(score, score)
        columns.append(residual_maker[:, mine] @ adjust @ z[mine] @ bread @ contrast)
    gamma = np.array(columns) @ np.array(columns).T
    return bread @ meat @ bread, np.trace(gamma) ** 2 / (gamma**2).sum()


def test_bias_reduced_variance_and_its_degrees_equal_the_whole_hat_matrix():
    frame = simulated(900, clusters=7)
    design, events, n, place = on_cells(frame)
    fitted = glm.fit(design, events, n)
    found = variance.estimate(design, fitted, events, n, "CR2", place)
    for contrast in np.eye(8)[[0, 1, 3]]:
        covariance, degrees = by_hand(frame, fitted.beta, contrast)
        assert found.covariance == pytest.approx(covariance, rel=1e-9, abs=1e-12)
        assert found.degrees(contrast) == pytest.approx(degrees, rel=1e-8)
        assert degrees < 6
    assert found.clusters == 7


def test_bias_reduced_variance_is_exact_when_clusters_are_balanced_groups():
    """Four clusters of one size, half of them in each group: CR2 of a mean is the unbiased variance of cluster means."""
    events, n = np.array([10.0, 20.0, 30.0, 40.0]), np.full(4, 100.0)
    design = glm.Design((), 4)
    found = variance.estimate(design, glm.fit(design, events, n), events, n, "CR2", np.arange(4))
    # Shares .1 .2 .3 .4, mean .25: sum of squares .05, variance of the mean .05 / (3 · 4), on the logit / (.25 · .75)².
    assert found.covariance[0, 0] == pytest.approx(0.05 / 12 / 0.1875**2)
    assert found.degrees(np.ones(1)) == pytest.approx(3)


def test_a_cluster_that_decides_a_coefficient_alone_leaves_the_others_their_variance():
    frame = simulated(2000, clusters=5)
    frame = frame[(frame["group"] < 3) | (frame["place"] == 4)]
    design, events, n, place = on_cells(frame)
    found = variance.estimate(design, glm.fit(design, events, n), events, n, "CR2", place)
    assert np.isfinite(found.covariance).all()
    assert (np.diag(found.covariance) > -1e-15).all()


def test_one_cluster_is_refused():
    design = glm.Design((), 2)
    events, n = np.array([1.0, 3.0]), np.array([9.0, 9.0])
    with pytest.raises(glm.NotEstimable, match="one cluster"):
        variance.estimate(design, glm.fit(design, events, n), events, n, "CR1", np.zeros(2, np.intp))
