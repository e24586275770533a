"""Joint tests of few clusters against R's clubSandwich, and the spread between regions against R's metafor."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm, heterogeneity, pooling, variance


@pytest.fixture(scope="module")
def few():
    """Least squares on 240 records in 8 clusters, with the CR2 variance."""
    i = np.arange(240)
    group, place, age = (i * 7 % 11) % 4, (i * i // 5) % 9, (i * 13 % 17) % 3
    y = np.round(np.sin(i * 1.7) + 0.4 * (group == 2) - 0.3 * (age == 1) + 0.5 * np.cos(place * 2.1), 4)
    factors = (glm.Factor("group", tuple("abcd"), group), glm.Factor("age", tuple("xyz"), age))
    design = glm.Design(factors, 240)
    bread = np.linalg.inv(design.gram(np.ones(240)))
    beta = bread @ design.sums(y)
    cluster = np.unique(place, return_inverse=True)[1]
    scores = design.cluster_sums(cluster, y - design.linear(beta))
    each = [np.flatnonzero(cluster == g) for g in range(8)]
    grams = [design.taken(mine).gram(np.ones(len(mine))) for mine in each]
    return beta, variance.bias_reduced(bread, scores, grams)


def test_standard_errors_equal_clubsandwich(few):
    """vcovCR(lm(y ~ factor(g) + factor(a)), cluster = p, type = "CR2"), clubSandwich 0.5.8."""
    wanted = [0.1905255597291, 0.1370798668389, 0.0790039542598, 0.2192427156814, 0.0613470128700, 0.0618640762182]
    assert np.sqrt(np.diag(few[1].covariance)) == pytest.approx(wanted, rel=1e-10)


@pytest.mark.parametrize(
    ("places", "left"),
    [([1, 2, 3], 2.95913356854), ([1, 2, 3, 4, 5], 0.991653266588), ([2, 4], 4.08735308746)],
)
def test_hotelling_degrees_equal_clubsandwich(few, places, left):
    """Wald_test(…, test = "HTZ"): degrees left are ours less the contrasts plus one."""
    degrees = heterogeneity.hotelling_degrees(few[1], np.eye(6)[places])
    assert degrees - len(places) + 1 == pytest.approx(left, rel=1e-8)


def test_the_joint_test_equals_clubsandwich(few):
    found = heterogeneity.wald(*few, np.eye(6)[[2, 4]])
    assert found.statistic == pytest.approx(17.6397669954, rel=1e-8)
    assert (found.df1, found.df2) == (2, pytest.approx(4.08735308746, rel=1e-8))
    assert found.p == pytest.approx(0.00976468034849, rel=1e-7)


def test_of_one_contrast_the_degrees_are_satterthwaites(few):
    for place, wanted in enumerate([4.59, 4.85, 5.27, 4.94, 5.00, 4.99]):
        degrees = heterogeneity.hotelling_degrees(few[1], np.eye(6)[[place]])
        assert degrees == pytest.approx(few[1].degrees(np.eye(6)[place]), rel=1e-10)
        assert degrees == pytest.approx(wanted, abs=5e-3)


def test_too_many_contrasts_for_the_clusters_are_refused(few):
    with pytest.raises(glm.NotEstimable, match="8 clusters are too few for a joint test of 3"):
        heterogeneity.wald(*few, np.eye(6)[[1, 2, 3]])


def test_spread_between_trials_equals_metafor(reference_folder):
    """Tuberculosis vaccine, log risk ratios: rma(method = "PM"), whose tau² stops at its own tolerance of 1e-4."""
    import json

    known = json.loads((reference_folder / "meta_analysis.json").read_text(encoding="utf-8"))
    values, errors = np.array(known["bcg_RR_yi"]), np.sqrt(known["bcg_RR_vi"])
    found, wanted = pooling.spread(values, errors, 0.95), known["bcg_RR_PM_z"]
    assert found.tau**2 == pytest.approx(0.318068, abs=5e-7)
    assert [found.tau_low**2, found.tau_high**2] == pytest.approx(wanted["tau2.ci"], rel=1e-3)
    assert (found.q, found.df) == (pytest.approx(wanted["QE"], rel=1e-9), 12)
    assert found.mean == pytest.approx(wanted["beta"], rel=1e-4)


EIGHT = np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), np.array([15.0, 10, 16, 11, 9, 11, 10, 18])


def test_eight_schools_have_no_spread_by_moments():
    """Rubin (1981): Q is 4.71 on 7 degrees of freedom, so that tau is estimated as 0."""
    found = pooling.spread(*EIGHT, 0.95)
    assert (found.q, found.tau) == (pytest.approx(4.707, abs=1e-3), 0.0)
    assert found.mean == pytest.approx(7.686, abs=1e-3)


def test_partial_pooling_equals_integration_over_mean_and_spread():
    """The posterior of each true value by a grid over the mean and tau, with nothing integrated by formula."""
    values, errors = EIGHT[0] / 30, EIGHT[1] / 30
    taus = (np.arange(600) + 0.5)[:, None, None] / 200
    means = np.linspace(-2.5, 3, 551)[None, :, None]
    total = errors**2 + taus**2
    logs = (-0.5 * np.log(total) - (values - means) ** 2 / 2 / total).sum(axis=2) - (taus[..., 0] / 0.5) ** 2 / 2
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    shrunken = (values / errors**2 + means / taus**2) / (1 / errors**2 + 1 / taus**2)
    wanted = (weight[..., None] * shrunken).sum(axis=(0, 1))
    found = pooling.pooled(values, errors, 0.95)
    assert found.values[:-1] == pytest.approx(wanted, abs=2e-4)
    assert found.values[-1] == pytest.approx((weight * means[..., 0]).sum(), abs=2e-4)
    from scipy.special import ndtr

    sd = np.sqrt(1 / (1 / errors**2 + 1 / taus**2))
    for ends, probability in ((found.low, 0.025), (found.high, 0.975)):
        below = (weight[..., None] * ndtr((ends[:-1] - shrunken) / sd)).sum(axis=(0, 1))
        assert below == pytest.approx(np.full(8, probability), abs=2e-4)


def test_given_the_spread_the_formula_is_that_of_empirical_bayes():
    """blup.rma.uni of metafor: own value and mean by tau² and error²; here two regions, by hand.

    Errors 1 and 2, tau² 1: weights 1/2 and 1/5, mean (0 · .5 + 7 · .2) / .7 = 2, its variance 1/.7. Shares of the error
    .5 and .8: values 1 and 3; variances .5 · 1 + .25/.7 and .2 · 4 + .64/.7.
    """
    values, variances = pooling.given(np.array([0.0, 7.0]), np.array([1.0, 2.0]), 1.0)
    assert values == pytest.approx([1, 3, 2])
    assert variances == pytest.approx([0.5 + 0.25 / 0.7, 0.8 + 0.64 / 0.7, 1 + 1 / 0.7])


def test_the_joint_test_holds_its_level_with_few_clusters():
    """Twelve clusters, a group's difference the same in three regions: five in a hundred tests reject, not thirty."""
    rng = np.random.default_rng(3)
    cells = pd.MultiIndex.from_product([range(12), range(2)], names=["place", "group"]).to_frame(index=False)
    region = cells["place"].to_numpy() % 3
    pair = cells["group"].to_numpy() * 3 + region
    design = glm.Design((glm.Factor("pair", tuple("abcdef"), pair),), len(cells))
    contrasts = np.zeros((2, 6))
    contrasts[0, [4, 1, 3]], contrasts[1, [5, 2, 3]] = (1, -1, -1), (1, -1, -1)
    n, small, plain = np.full(len(cells), 400.0), 0, 0
    for _ in range(200):
        effect = rng.normal(0, 0.5, 12)[cells["place"]] + 0.4 * cells["group"] * rng.normal(1, 0.8, 12)[cells["place"]]
        events = rng.binomial(400, 1 / (1 + np.exp(-(effect - 0.5)))).astype(float)
        fit = glm.fit(design, events, n)
        used = variance.estimate(design, fit, events, n, "CR2", cells["place"].to_numpy(np.intp))
        small += heterogeneity.wald(fit.beta, used, contrasts).p < 0.05
        crude = variance.estimate(design, fit, events, n, "CR1", cells["place"].to_numpy(np.intp))
        plain += heterogeneity.wald(fit.beta, crude, contrasts).p < 0.05
    assert 2 <= small <= 20
    assert plain > 1.5 * small
