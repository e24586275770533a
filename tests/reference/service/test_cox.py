"""Proportional hazards against published values and an independent implementation."""

import numpy as np
import pytest
from genequity.service import cox

# Freireich et al. (1963) as in tests/lib/service/test_survival.py: remission in weeks, treated and placebo.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def simulated(seed, size=400):
    rng = np.random.default_rng(seed)
    x = np.stack([rng.random(size) < 0.4, rng.normal(size=size)], axis=1).astype(float)
    stratum, cluster = rng.integers(0, 3, size), rng.integers(0, 25, size)
    hazard = np.exp(x @ [0.5, -0.3] + 0.3 * rng.normal(size=25)[cluster] + 0.4 * stratum)
    times = np.ceil(rng.exponential(12 / hazard))
    until = rng.integers(5, 30, size)
    return x, np.minimum(times, until), times <= until, stratum, cluster


def test_the_textbook_example_has_its_published_coefficient():
    x = np.array([1.0] * 21 + [0.0] * 21)[:, None]
    found = cox.fit(x, [*TREATED, *PLACEBO], [*RELAPSED, *[1] * 21])
    # R, survival: coxph(Surv(time, cens) ~ treat, MASS::gehan): 1.5721 (0.4124) for placebo against treated, Efron's ties.
    assert -found.beta[0] == pytest.approx(1.5721, abs=5e-5)
    assert np.sqrt(found.covariance[0, 0]) == pytest.approx(0.4124, abs=5e-5)


@pytest.mark.parametrize("seed", range(3))
def test_strata_and_ties_equal_an_independent_implementation(seed):
    phreg = pytest.importorskip("statsmodels.duration.hazard_regression", reason="statsmodels is not installed")
    x, days, ended, stratum, _ = simulated(seed)
    theirs = phreg.PHReg(days, x, status=ended.astype(int), strata=stratum, ties="efron").fit()
    found = cox.fit(x, days, ended, stratum=stratum)
    assert found.beta == pytest.approx(theirs.params, abs=1e-6)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(theirs.bse, rel=1e-5)


def naive_residuals(x, days, ended, beta):
    """Each record's part of the score, by the definition, one tie after the other."""
    risk, out = np.exp(x @ beta), np.zeros_like(x)
    for time in np.unique(days[ended]):
        here, at_risk = ended & (days == time), days >= time
        k = here.sum()
        for tie in range(k):
            part = np.where(here, 1 - tie / k, 1.0) * at_risk * risk
            mean = part @ x / part.sum()
            out -= (part / part.sum())[:, None] * (x - mean)
            out[here] += (x[here] - mean) / k
    return out


def test_the_clustered_variance_is_that_of_the_definition():
    x, days, ended, _, cluster = simulated(7, 150)
    found = cox.fit(x, days, ended, cluster=cluster)
    each = naive_residuals(x - x.mean(axis=0), days, ended, found.beta)
    assert each.sum(axis=0) == pytest.approx([0, 0], abs=1e-6)
    sums = np.stack([np.bincount(cluster, column) for column in each.T], axis=1)
    sums = sums[np.bincount(cluster) > 0]
    meat = sums.T @ sums * len(sums) / (len(sums) - 1)
    assert found.clustered == pytest.approx(found.covariance @ meat @ found.covariance, rel=1e-6)
    assert found.clusters == len(sums)


def test_a_row_may_stand_for_many_records():
    rng = np.random.default_rng(3)
    x, days = rng.integers(0, 2, 300)[:, None].astype(float), rng.integers(1, 8, 300).astype(float)
    ended, cluster = rng.random(300) < 0.7, rng.integers(0, 12, 300)
    single = cox.fit(x, days, ended, cluster=cluster)
    rows, count = np.unique(np.column_stack([x[:, 0], days, ended, cluster]), axis=0, return_counts=True)
    grouped = cox.fit(rows[:, :1], rows[:, 1], rows[:, 2] == 1, count, cluster=rows[:, 3])
    for name in ("beta", "covariance", "clustered"):
        assert getattr(grouped, name) == pytest.approx(getattr(single, name), abs=1e-9)


def test_what_cannot_be_estimated_is_named():
    from genequity.service.glm import NotEstimable

    x = np.array([1.0] * 10 + [0.0] * 10)[:, None]
    with pytest.raises(NotEstimable):  # nobody of the first ten comes to an end
        cox.fit(x, np.arange(20.0) + 1, np.arange(20) >= 10)
    with pytest.raises(NotEstimable):
        cox.fit(np.hstack([x, x]), np.arange(20.0) + 1, np.ones(20, bool))
