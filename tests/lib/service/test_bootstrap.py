"""Bootstrap on cells against the variances it must agree with."""

import numpy as np
import pytest
from genequity.service import bootstrap, glm, variance


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(11)
    group, place = np.repeat([0, 1], 60), np.tile(np.arange(60), 2)
    records = np.full(120, 50.0)
    mean = 1 / (1 + np.exp(-(-0.5 + 0.4 * group + rng.normal(0, 0.6, 60)[place])))
    events = rng.binomial(50, mean).astype(float)
    design = glm.Design((glm.Factor("group", ("a", "b"), group),), 120)
    return design, events, records, place, glm.fit(design, events, records)


def test_records_drawn_again_vary_as_the_robust_variance_says(model):
    design, events, records, _, fitted = model
    found = bootstrap.of_records(design, events, records, fitted, 600, np.random.default_rng(1))
    robust = variance.estimate(design, fitted, events, records, variance.HC0)
    # The Monte Carlo error of a standard deviation of 600 draws is 1/sqrt(1200), 3%.
    assert found.errors == pytest.approx(np.sqrt(np.diag(robust.covariance)), rel=0.12)
    assert found.failed == 0


def test_clusters_drawn_again_vary_as_the_clustered_variance_says(model):
    design, events, records, place, fitted = model
    found = bootstrap.of_clusters(design, events, records, place, fitted, 600, np.random.default_rng(1))
    clustered = variance.estimate(design, fitted, events, records, variance.CR1, place)
    errors = np.sqrt(np.diag(clustered.covariance))
    assert found.errors == pytest.approx(errors, rel=0.15)
    # Providers differ (planted standard deviation 0.6), so that records alone say too little of the intercept.
    alone = bootstrap.of_records(design, events, records, fitted, 200, np.random.default_rng(1))
    assert found.errors[0] > 1.5 * alone.errors[0]
    low, high = found.interval(0.95)
    assert low[1] < fitted.beta[1] < high[1]


def test_a_replicate_without_a_group_is_counted():
    design = glm.Design((glm.Factor("group", ("a", "b"), np.array([0, 0, 1])),), 3)
    events, records = np.array([5.0, 6.0, 4.0]), np.full(3, 12.0)
    fitted = glm.fit(design, events, records)
    found = bootstrap.of_clusters(design, events, records, np.array([0, 1, 1]), fitted, 400, np.random.default_rng(2))
    # Cluster 1, which alone has group b, is drawn in neither of two draws in a quarter of the replicates.
    assert found.failed / 400 == pytest.approx(0.25, abs=0.08)
    assert len(found.beta) == 400 - found.failed
