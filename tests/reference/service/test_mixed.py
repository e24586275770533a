"""Variation between providers against lme4, and against quadrature by another method."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm, mixed


def test_cattle_herds_equal_lme4_with_nine_nodes(reference_folder):
    """Contagious bovine pleuropneumonia: glmer(cbind(incidence, size - incidence) ~ period + (1 | herd), nAGQ = 9)."""
    data = pd.read_csv(reference_folder / "data" / "mixed" / "cbpp.csv")
    periods = glm.Factor("period", ("1", "2", "3", "4"), data["period"].to_numpy(np.intp) - 1)
    design = glm.Design((periods,), len(data))
    herd = pd.factorize(data["herd"])[0]
    cells = data["incidence"].to_numpy(float), data["size"].to_numpy(float)
    found = mixed.fit(design, *cells, herd, nodes=9)
    assert found.beta == pytest.approx([-1.39923, -0.991404, -1.127819, -1.579471], rel=1e-4)
    assert np.sqrt(np.diag(found.covariance))[:4] == pytest.approx([0.233511, 0.306768, 0.326768, 0.427594], rel=1e-3)
    assert found.sd**2 == pytest.approx(0.419279, rel=1e-4)
    # Larsen & Merlo: exp(sqrt(2 · .419279) · .674490) = exp(.617652).
    assert found.mor == pytest.approx(np.exp(0.617652), rel=1e-4)
    assert found.vpc == pytest.approx(0.419279 / (0.419279 + 3.289868), rel=1e-4)
    assert found.p < 0.001


@pytest.fixture(scope="module")
def places():
    rng = np.random.default_rng(5)
    cluster, group = np.repeat(np.arange(12), 3), np.tile(np.arange(3), 12)
    records = rng.integers(4, 60, 36).astype(float)
    truth = -0.5 + np.array([0, 0.5, -0.7])[group] + rng.normal(0, 0.6, 12)[cluster]
    events = rng.binomial(records.astype(int), 1 / (1 + np.exp(-truth))).astype(float)
    return glm.Design((glm.Factor("group", ("a", "b", "c"), group),), 36), events, records, cluster


def by_integration(design, events, records, cluster, beta, sd):
    """Log-likelihood, posterior means and standard deviations by adaptive integration of each cluster's integral."""
    from scipy.integrate import quad

    eta, total, means, errors = design.linear(beta), 0.0, [], []
    for g in range(cluster.max() + 1):
        mine = cluster == g

        def inside(z, mine=mine):
            moved = eta[mine] + sd * z
            return events[mine] @ moved - records[mine] @ np.logaddexp(0, moved) - z**2 / 2

        grid = np.linspace(-8, 8, 2001)
        top = max(inside(z) for z in grid)
        at = grid[np.argmax([inside(z) for z in grid])]
        zeroth, first, second = (
            quad(
                lambda z, k=k, top=top, inside=inside: z**k * np.exp(inside(z) - top),
                -12,
                12,
                points=[at],
                epsabs=1e-14,
                epsrel=1e-12,
                limit=200,
            )[0]
            for k in range(3)
        )
        total += top + np.log(zeroth) - np.log(2 * np.pi) / 2
        means.append(sd * first / zeroth)
        errors.append(sd * np.sqrt(second / zeroth - (first / zeroth) ** 2))
    return total, np.array(means), np.array(errors)


def test_likelihood_and_shrunken_effects_equal_adaptive_integration(places):
    found = mixed.fit(*places, nodes=25)
    total, means, errors = by_integration(*places, found.beta, found.sd)
    assert found.log_likelihood == pytest.approx(total, abs=1e-8)
    assert found.effects == pytest.approx(means, abs=1e-6)
    assert found.errors == pytest.approx(errors, abs=1e-6)


def test_the_estimate_is_where_the_integrated_likelihood_is_highest(places):
    found = mixed.fit(*places)
    best = np.append(found.beta, np.log(found.sd))
    for place in range(4):
        step = np.zeros(4)
        step[place] = 1e-3
        sides = [by_integration(*places, t[:-1], np.exp(t[-1]))[0] for t in (best - step, best, best + step)]
        slope = (sides[2] - sides[0]) / 2e-3
        curvature = (sides[0] + sides[2] - 2 * sides[1]) / 1e-6
        assert curvature < 0
        assert abs(slope / curvature) < 1e-6


def test_small_clusters_are_shrunk_more(places):
    design, events, records, cluster = places
    found = mixed.fit(design, events, records, cluster)
    alone = [
        np.log(events[cluster == g].sum() / (records - events)[cluster == g].sum()) - found.beta[0] for g in range(12)
    ]
    assert np.abs(found.effects).sum() < np.abs(alone).sum()
    sizes = np.bincount(cluster, records)
    assert found.errors[np.argmin(sizes)] > found.errors[np.argmax(sizes)]


def test_no_variation_is_none_and_not_an_error():
    cluster = np.arange(8)
    found = mixed.fit(glm.Design((), 8), np.full(8, 30.0), np.full(8, 100.0), cluster)
    assert (found.sd, found.mor, found.vpc) == (0, 1, 0)
    assert found.p == 0.5
    assert not found.effects.any()


def test_one_cluster_is_refused():
    with pytest.raises(glm.NotEstimable, match="one cluster"):
        mixed.fit(glm.Design((), 2), np.array([3.0, 4.0]), np.array([9.0, 9.0]), np.zeros(2, np.intp))


def test_limits_of_the_spread_are_where_the_integrated_likelihood_has_dropped_by_half_a_chi_square(places):
    """The 95% point of chi-square on one degree is 3.841459; the coefficients are free at every spread."""
    from scipy.optimize import minimize

    design, events, records, cluster = places
    z, w = np.polynomial.hermite_e.hermegauss(120)

    def fallen(beta, sd):
        eta = design.linear(beta) + sd * z[:, None]
        cells = events * eta - records * np.logaddexp(0, eta)
        sums = np.stack([cells[:, cluster == g].sum(axis=1) for g in range(cluster.max() + 1)])
        top = sums.max(axis=1)
        return -(top + np.log(np.exp(sums - top[:, None]) @ (w / w.sum()))).sum()

    found = mixed.fit(*places)
    ends = mixed.limits(mixed.Quadrature(*places), found, 0.95)
    assert ends[0] < found.sd < ends[1]
    for end in ends:
        best = minimize(fallen, found.beta, args=(end,), method="BFGS").fun
        assert best - fallen(found.beta, found.sd) == pytest.approx(3.841459 / 2, abs=1e-3)


def test_a_spread_hardly_above_none_has_limits_that_data_can_have():
    """Wald's limits on the log of the standard deviation would run from nothing to 10 to the power of hundreds."""
    rng = np.random.default_rng(3)
    cluster = np.arange(24)
    for _ in range(40):
        records = rng.integers(80, 160, 24).astype(float)
        events = rng.binomial(records.astype(int), 0.03).astype(float)
        found = mixed.fit(glm.Design((), 24), events, records, cluster)
        if 0 < found.sd < 0.15:
            break
    low, high = mixed.limits(mixed.Quadrature(glm.Design((), 24), events, records, cluster), found, 0.95)
    assert 0 < found.sd < 0.15
    assert low == 0
    assert found.sd < high < 1
