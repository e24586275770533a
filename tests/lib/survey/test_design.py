"""The variance formula: hand arithmetic, lonely strata, invariances."""

import numpy as np
import pytest
from genequity.errors import InputError
from genequity.survey import estimate
from genequity.survey.design import Calibration, design


def test_simple_random_sample_by_hand():
    # y = 1, 2, 3, 6: mean 3, sum of squares 14, s2 = 14 / 3, variance of the mean = s2 / 4 = 1.1667
    mean = estimate.mean(design(np.ones(4)), np.array([1.0, 2, 3, 6]))
    assert mean.value[0] == 3
    assert mean.covariance[0, 0] == pytest.approx(14 / 12)
    assert mean.df == 3


def test_finite_population_as_size_or_fraction():
    # 4 of 8 sampled: half of the variance is left
    y = np.array([1.0, 2, 3, 6])
    by_size = estimate.mean(design(np.full(4, 2.0), fpc=np.full(4, 8)), y)
    by_fraction = estimate.mean(design(np.full(4, 2.0), fpc=np.full(4, 0.5)), y)
    assert by_size.covariance[0, 0] == pytest.approx(14 / 24)
    assert by_fraction.covariance[0, 0] == pytest.approx(14 / 24)


def test_clusters_of_equal_values_count_once():
    # two respondents in each of three clusters answer alike: the variance is that of three observations
    y = np.array([1.0, 1, 4, 4, 7, 7])
    clusters = np.array([1, 1, 2, 2, 3, 3])
    mean = estimate.mean(design(np.ones(6), clusters=clusters), y)
    alone = estimate.mean(design(np.ones(3)), np.array([1.0, 4, 7]))
    assert mean.covariance[0, 0] == pytest.approx(alone.covariance[0, 0])
    assert mean.df == 2


def test_clusters_are_nested_in_strata():
    strata = np.array(["north", "north", "south", "south"])
    repeated = design(np.ones(4), strata=strata, clusters=np.array([1, 2, 1, 2]))
    distinct = design(np.ones(4), strata=strata, clusters=np.array([1, 2, 3, 4]))
    y = np.array([1.0, 2, 3, 7])
    assert estimate.mean(repeated, y).se[0] == pytest.approx(estimate.mean(distinct, y).se[0])


def test_a_lonely_cluster_stops_by_default():
    strata = np.array([1, 1, 2])
    with pytest.raises(InputError) as caught:
        _ = estimate.mean(design(np.ones(3), strata=strata), np.array([1.0, 2, 9])).se
    assert "1 strata have a single sampling unit" in str(caught.value)
    assert "survey.methods.lonely_psu" in str(caught.value)


def test_lonely_clusters_by_policy():
    """Stratum 1 has influence totals a, b; stratum 2 one total c; all sum to zero about the mean (here weights 1, n = 3)."""
    y, strata = np.array([1.0, 2, 9]), np.array([1, 1, 2])
    z = (y - 4) / 3  # -1, -2/3, 5/3
    first = 2 * ((z[0] - z[:2].mean()) ** 2 + (z[1] - z[:2].mean()) ** 2)  # n / (n - 1) = 2
    expected = {"certainty": first, "adjust": first + z[2] ** 2, "average": first * 2}
    for policy, variance in expected.items():
        mean = estimate.mean(design(np.ones(3), strata=strata, lonely=policy), y)
        assert mean.covariance[0, 0] == pytest.approx(variance), policy


def test_a_stratum_sampled_whole_has_no_variance():
    strata, sizes = np.array([1, 1, 2]), np.array([4, 4, 1])
    mean = estimate.mean(design(np.array([2.0, 2, 1]), strata=strata, fpc=sizes), np.array([1.0, 2, 9]))
    assert mean.se[0] > 0


def test_more_sampled_than_exist_is_a_problem():
    with pytest.raises(InputError, match="more units were sampled than exist"):
        design(np.ones(3), fpc=np.full(3, 2))


def test_calibration_leaves_no_variance_in_what_it_fixed():
    random = np.random.default_rng(1)
    codes = random.integers(0, 3, 60)
    weights = random.uniform(1, 4, 60)
    fixed = Calibration([codes], weights)
    share = estimate.mean(design(weights, calibration=fixed), (codes == 1).astype(float))
    assert share.se[0] == pytest.approx(0, abs=1e-12)


def test_equal_base_weights_make_both_projections_the_same():
    random = np.random.default_rng(2)
    codes, y = random.integers(0, 3, 60), random.normal(size=60)
    weights = random.uniform(1, 4, 60)
    base, equal = (
        estimate.mean(design(weights, calibration=Calibration([codes], np.ones(60), how)), y).se[0]
        for how in ("base", "equal")
    )
    assert base == pytest.approx(equal)


def test_scaling_weights_changes_no_mean():
    random = np.random.default_rng(3)
    y, weights, clusters = random.normal(size=40), random.uniform(1, 4, 40), random.integers(0, 8, 40)
    one = estimate.mean(design(weights, clusters=clusters), y)
    ten = estimate.mean(design(weights * 10, clusters=clusters), y)
    assert [one.value[0], one.se[0]] == pytest.approx([ten.value[0], ten.se[0]])
