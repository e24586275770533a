"""Intervals of proportions, domains, contrasts, and the logistic model on a table."""

import numpy as np
import pytest
from genequity.survey import estimate, glm, rao_scott
from genequity.survey.design import design
from scipy import stats


def test_clopper_pearson_on_a_simple_random_sample():
    # nobody of 20: the upper limit is 1 - 0.025 ** (1 / 20) = 0.1684
    low, high = estimate.proportion_interval(0.0, 0.0, 20, 19)
    assert (low, high) == (0.0, pytest.approx(1 - 0.025 ** (1 / 20)))
    low, high = estimate.proportion_interval(1.0, 0.0, 20, 19, method="logit")
    assert (low, high) == (pytest.approx(0.025 ** (1 / 20)), 1.0)


def test_korn_graubard_never_claims_more_than_the_sample():
    # a variance below that of a simple random sample would give an effective size above n
    n, p = 50, 0.3
    small = p * (1 - p) / 400
    capped = estimate.proportion_interval(p, small, n, 49, method="korn_graubard")
    free = estimate.proportion_interval(p, small, n, 49, method="beta")
    assert capped[1] - capped[0] > free[1] - free[0]
    exact = stats.beta.ppf([0.025, 0.975], [n * p, n * p + 1], [n * (1 - p) + 1, n * (1 - p)])
    assert capped == pytest.approx(tuple(exact))


@pytest.mark.parametrize("method", sorted(set(estimate.INTERVALS) - {"mean"}))
def test_intervals_hold_the_estimate_and_stay_between_zero_and_one(method):
    for p in (0.01, 0.2, 0.5, 0.99):
        low, high = estimate.proportion_interval(p, p * (1 - p) / 40, 60, 12, method=method)
        assert 0 <= low <= p <= high <= 1


def test_missing_values_are_outside_the_domain():
    y = np.array([1.0, np.nan, 3, 5])
    whole = estimate.mean(design(np.ones(4)), y)
    domain = estimate.mean(design(np.ones(4)), np.array([1.0, 0, 3, 5]), np.array([True, False, True, True]))
    assert whole.value[0] == domain.value[0] == 3
    assert whole.se[0] == domain.se[0]
    assert whole.n == 3


def test_a_difference_of_domains_uses_their_covariance():
    """Clusters that hold both groups: the variance of the difference is less than the sum of variances."""
    y = np.array([1.0, 2, 4, 5, 8, 9])
    clusters = np.array([1, 1, 2, 2, 3, 3])
    group = np.array([0, 1, 0, 1, 0, 1])
    means = estimate.domain_means(design(np.ones(6), clusters=clusters), y, [group == 0, group == 1])
    difference = means.contrast(np.array([-1.0, 1.0]))
    assert difference.value[0] == pytest.approx(1)
    assert difference.se[0] == pytest.approx(0, abs=1e-12)  # every cluster differs by exactly one
    assert means.se[0] > 1


def test_logistic_model_of_a_two_by_two_table():
    # odds 30/10 and 20/40: odds ratio 1/6 from first to second; the marginal difference is 20/60 - 30/40
    y = np.repeat([1.0, 0, 1, 0], [30, 10, 20, 40])
    group = np.repeat([0.0, 1], [40, 60])
    x = np.column_stack([np.ones(100), group])
    fitted = glm.fit(design(np.ones(100)), y, x)
    assert np.exp(fitted.coefficients.value[1]) == pytest.approx(1 / 6)
    ones, zeros = np.column_stack([np.ones(100)] * 2), np.column_stack([np.ones(100), np.zeros(100)])
    margins = fitted.margins([zeros, ones])
    assert margins.value == pytest.approx([0.75, 1 / 3])
    # without covariates the difference of predictions is the difference of domain means, with the same variance
    means = estimate.domain_means(design(np.ones(100)), y, [group == 0, group == 1])
    contrast = np.array([-1.0, 1.0])
    assert margins.contrast(contrast).se[0] == pytest.approx(means.contrast(contrast).se[0])
    assert (fitted.n, fitted.events) == (100, 50)


def test_models_without_an_answer_say_why():
    x = np.column_stack([np.ones(6), np.array([0.0, 0, 0, 1, 1, 1])])
    with pytest.raises(glm.NotEstimable, match="separation"):
        glm.fit(design(np.ones(6)), np.array([0.0, 0, 0, 1, 1, 1]), x)
    with pytest.raises(glm.NotEstimable, match="does not vary"):
        glm.fit(design(np.ones(6)), np.ones(6), x)
    with pytest.raises(glm.NotEstimable, match="repeats others"):
        glm.fit(design(np.ones(6)), np.array([0.0, 1, 0, 1, 0, 1]), np.column_stack([x, x[:, 1]]))


def test_rao_scott_of_a_simple_random_sample_is_pearson_s():
    # with equal weights and no clusters the mean generalised design effect is n / (n - 1): F = X2 (n - 1) / n
    rows = np.repeat([0, 0, 1, 1], [30, 10, 20, 40])
    columns = np.repeat([0, 1, 0, 1], [30, 10, 20, 40])
    test = rao_scott.independence(design(np.ones(100)), rows, columns)
    pearson = stats.chi2_contingency([[30, 10], [20, 40]], correction=False).statistic
    assert test.x2 == pytest.approx(pearson)
    assert test.df_numerator == pytest.approx(1)
    assert test.f == pytest.approx(pearson * 99 / 100)


def test_no_test_without_variation():
    assert rao_scott.independence(design(np.ones(4)), np.zeros(4, int), np.array([0, 1, 0, 1])) is None
