"""Adjusted rate ratios against statsmodels: Poisson with Pearson's dispersion, and negative binomial regression."""

import numpy as np
import pytest
from genequity.service import adjusted_rates, glm, strata


def simulated(spread, seed=5):
    """Counts of 5 groups, 12 ages, 2 sexes and 4 regions, with a variance of mean + spread x mean²."""
    rng = np.random.default_rng(seed)
    codes = np.array(np.meshgrid(range(5), range(12), range(2), range(4), indexing="ij")).reshape(4, -1)
    exposure = rng.integers(2_000, 90_000, codes.shape[1]).astype(float)
    effects = (
        np.array([0, -0.4, -0.3, 0.1, -0.2]),
        np.linspace(0.4, -0.9, 12),
        np.array([0, 0.25]),
        np.linspace(0, 0.3, 4),
    )
    mean = exposure * np.exp(-7.5 + sum(effect[code] for effect, code in zip(effects, codes)))
    drawn = mean * rng.gamma(1 / spread, spread, len(mean)) if spread else mean
    factors = [
        glm.Factor(name, tuple(map(str, range(len(effect)))), code.astype(np.intp))
        for name, effect, code in zip(("group", "age", "sex", "region"), effects, codes)
    ]
    return glm.Design(tuple(factors), len(mean)), rng.poisson(drawn).astype(float), exposure


@pytest.mark.parametrize("spread", [0.0, 0.02, 0.4])
def test_quasi_poisson_equals_statsmodels_with_pearson_scale(spread):
    import statsmodels.api as sm

    design, events, exposure = simulated(spread)
    ours = adjusted_rates.quasi_poisson(design, events, exposure)
    model = sm.GLM(events, strata.dense(design), family=sm.families.Poisson(), exposure=exposure)
    theirs = model.fit(scale="X2", tol=1e-14, maxiter=100)
    assert ours.spread == pytest.approx(theirs.scale, abs=1e-6)
    assert ours.beta == pytest.approx(theirs.params, abs=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse, abs=1e-6)


@pytest.mark.parametrize(("spread", "seed"), [(0.02, 5), (0.4, 5), (3.0, 6)])
def test_negative_binomial_equals_statsmodels(spread, seed):
    from statsmodels.discrete.discrete_model import NegativeBinomial

    design, events, exposure = simulated(spread, seed)
    start = adjusted_rates.quasi_poisson(design, events, exposure).beta
    ours = adjusted_rates.negative_binomial(design, events, exposure, start)
    model = NegativeBinomial(events, strata.dense(design), loglike_method="nb2", exposure=exposure)
    theirs = model.fit(start_params=np.append(start, spread), method="newton", maxiter=200, tol=1e-12, disp=0)
    assert theirs.mle_retvals["converged"]
    assert ours.beta == pytest.approx(theirs.params[:-1], abs=1e-6)
    assert ours.spread == pytest.approx(theirs.params[-1], abs=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs.bse[:-1], abs=1e-6)
    assert 0.6 * spread < ours.spread < 1.6 * spread


def test_with_one_factor_alone_the_means_are_those_of_the_counts_whatever_the_spread():
    rng = np.random.default_rng(1)
    level = rng.integers(0, 3, 300)
    y = rng.poisson(np.exp(1.0 + 0.5 * level) * rng.gamma(2, 0.5, 300)).astype(float)
    design = glm.Design((glm.Factor("x", ("0", "1", "2"), level.astype(np.intp)),), 300)
    found = adjusted_rates.negative_binomial(design, y, np.ones(300), np.log([y.mean(), 1, 1]))
    means = [y[level == i].mean() for i in range(3)]
    assert np.exp(found.beta) == pytest.approx([means[0], means[1] / means[0], means[2] / means[0]], rel=1e-6)
