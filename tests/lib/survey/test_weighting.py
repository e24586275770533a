"""Raking: margins are met, bounds are kept, and failure is said."""

import numpy as np
import pytest
from genequity.survey import weighting
from hypothesis import given, settings
from hypothesis import strategies as st

# two by two: the odds ratio of the weighted table stays that of the base weights, since raking only scales rows and columns
CODES = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])


def margins(first, second):
    return [
        weighting.Margin("a", ("x", "y"), np.array(first, dtype=float), CODES[0]),
        weighting.Margin("b", ("x", "y"), np.array(second, dtype=float), CODES[1]),
    ]


def test_a_table_raked_by_hand():
    # independence in, independence out: 100 x (0.6, 0.4) x (0.3, 0.7)
    raked = weighting.rake(np.ones(4), margins([60, 40], [30, 70]))
    np.testing.assert_allclose(raked.weights, [18, 42, 12, 28])
    assert raked.converged


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.2, 5), min_size=4, max_size=4), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_margins_are_met_and_the_odds_ratio_is_kept(base, a, b):
    base = np.array(base)
    raked = weighting.rake(base, margins([a * 100, (1 - a) * 100], [b * 100, (1 - b) * 100]))
    w = raked.weights
    np.testing.assert_allclose([w[0] + w[1], w[0] + w[2]], [a * 100, b * 100], rtol=1e-8)
    np.testing.assert_allclose(w[0] * w[3] / (w[1] * w[2]), base[0] * base[3] / (base[1] * base[2]), rtol=1e-6)


def test_bounds_hold_while_margins_are_met():
    base = np.array([1.0, 1, 1, 1, 1, 9])
    codes = np.array([0, 0, 0, 1, 1, 1])
    other = np.array([0, 1, 1, 0, 1, 1])
    both = [
        weighting.Margin("a", ("x", "y"), np.array([3.0, 3]), codes),
        weighting.Margin("b", ("x", "y"), np.array([2.0, 4]), other),
    ]
    free = weighting.rake(base, both)
    bound = weighting.rake(base, both, bounds=(0.3, 1.6))
    assert free.weights.max() > 1.6
    assert bound.converged
    assert bound.weights.max() <= 1.6 + 1e-9
    assert bound.weights.min() >= 0.3 - 1e-9
    assert bound.trimmed >= 1
    np.testing.assert_allclose(np.bincount(codes, bound.weights), [3, 3], rtol=1e-8)


def test_bounds_that_cannot_be_met_are_reported():
    raked = weighting.rake(np.ones(4), margins([90, 10], [50, 50]), bounds=(0.8, 1.2), iterations=50)
    assert not raked.converged
    assert raked.discrepancy > 0.1


def test_kish_by_hand():
    # weights 1, 1, 2: 4 squared over 6 = 2.667; 3 over it = 1.125
    assert weighting.kish(np.array([1.0, 1, 2])) == pytest.approx((16 / 6, 1.125))
