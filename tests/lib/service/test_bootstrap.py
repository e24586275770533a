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


def test_percentile_intervals_stand_beside_the_estimates_of_the_reported_model():
    import pandas as pd
    from genequity.service import adjusted

    rng, rows = np.random.default_rng(3), []
    for place in range(20):
        for group, effect in (("White", 0.0), ("Asian", -0.5)):
            share = 1 / (1 + np.exp(-(0.3 + effect + 0.2 * (place % 3 - 1))))
            rows.append((group, "A", f"p{place}", 40, 300, rng.binomial(300, share)))
    keys = ["group", "region", "provider", "age_from", "eligible_tested", "reached_tested"]
    cells = pd.DataFrame(rows, columns=keys)
    methods = {"level": 0.95, "power": 0.8, "variance": "auto", "min_clusters": 10, "min_events": 10}
    methods |= {"separated": "leave_out", "model_ages": [0], "bootstrap": 400}
    asked = (["tested"], {"crude": []})
    choices = {"comparator": "White", "national": "All", "cluster": "provider", "methods": methods}
    estimates = adjusted.differences(cells, *asked, **choices)
    found = bootstrap.variants(cells, estimates, *asked, **choices, rng=np.random.default_rng(4)).set_index("group")
    base, own = estimates.set_index("group").loc["Asian"], found.loc["Asian"]
    assert own["odds_ratio"] == pytest.approx(base["odds_ratio"])
    # As wide as the interval by cluster-robust variance, but for Monte Carlo error and few clusters.
    width, expected = (np.log(row["odds_ratio_high"] / row["odds_ratio_low"]) for row in (own, base))
    assert width == pytest.approx(expected, rel=0.25)
    assert own["variance"] == "percentiles of 400 bootstrap samples of providers"
    assert own["variant"] == "bootstrap intervals"
    assert np.isnan(own["risk_difference_low"])
