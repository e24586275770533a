"""Probabilistic bias analysis of wrong ethnicity, against simulation by brute force."""

import numpy as np
import pytest
from genequity.service import bias


def recorded_of(agreement, recorded, shares, rng):
    """Return events by recorded group of records that are drawn one by one: true group, then outcome."""
    events = np.zeros(len(recorded))
    who = bias.agreed(agreement, recorded)
    for place, size in enumerate(recorded.astype(int)):
        true = rng.choice(len(recorded), size, p=who[place])
        events[place] = (rng.random(size) < shares[true]).sum()
    return events


def test_intervals_hold_the_truth_as_often_as_they_say_where_intervals_of_chance_do_not():
    """Agreement is drawn within its limits, records one by one: 400 studies, three groups."""
    rng = np.random.default_rng(5)
    low, high = np.array([0.6, 0.7, 0.9]), np.array([0.9, 0.9, 0.98])
    recorded, shares = np.array([700.0, 500, 3000]), np.array([0.3, 0.5, 0.6])
    both = chance = 0
    for _ in range(400):
        events = recorded_of(rng.uniform(low, high), recorded, shares, rng)
        drawn = bias.of_shares(low, high, recorded, events, rng, 1000)
        found = bias.interval(drawn, 0, 2, 0.95)
        both += found["total_low"] < shares[0] - shares[2] < found["total_high"]
        chance += found["chance_low"] < shares[0] - shares[2] < found["chance_high"]
    # 95% of 400 is 380, with a standard deviation of 4.4.
    assert 366 <= both <= 394
    assert chance < 200


def test_the_draws_are_those_of_a_plain_loop():
    """One draw at a time, solved by hand for two groups, from another stream of random numbers."""
    rng = np.random.default_rng(6)
    records, events = np.array([400.0, 1600]), np.array([120.0, 900])
    low, high = np.array([0.7, 0.92]), np.array([0.9, 0.99])
    plain = []
    for _ in range(20_000):
        a, b = rng.uniform(0.7, 0.9), rng.uniform(0.92, 0.99)
        p, q = rng.beta(120.5, 280.5), rng.beta(900.5, 700.5)
        # p = a x + (1 - a) y and q = (1 - b) x + b y
        bottom = a * b - (1 - a) * (1 - b)
        x, y = (b * p - (1 - a) * q) / bottom, (a * q - (1 - b) * p) / bottom
        if 0 <= x <= 1 and 0 <= y <= 1:
            plain.append((x - y, x * (1 - y) / ((1 - x) * y)))
    drawn = bias.of_shares(low, high, records, events, np.random.default_rng(7), 20_000)
    for place, measure in enumerate(({}, {"odds": True})):
        found = bias.interval(drawn, 0, 1, 0.95, **measure)
        wanted = np.quantile([pair[place] for pair in plain], [0.025, 0.5, 0.975])
        assert [found[name] for name in ("total_low", "corrected", "total_high")] == pytest.approx(wanted, abs=0.006)


def test_rates_vary_as_their_variance_says_and_are_divided_by_agreement():
    """Two groups, two strata; agreement fixed, so that only chance moves the rates."""
    people, squares = np.array([[40.0, 60], [300, 600]]), np.array([[40.0, 120], [300, 600]])
    scale, fixed = np.array([[2.0, 1], [0.5, 0.25]]), np.array([0.8, 0.95])
    drawn = bias.of_rates(fixed, fixed, people, squares, scale, np.random.default_rng(8), 40_000)
    # Recorded: 2 * 40 + 60 = 140 and 150 + 150 = 300; variances 4 * 40 + 120 = 280 and 75 + 37.5 = 112.5.
    assert drawn.recorded.mean(axis=0) == pytest.approx([140, 300], rel=0.002)
    assert drawn.recorded.var(axis=0) == pytest.approx([280, 112.5], rel=0.03)
    # True: .8 of the first and .05 of the second group's people, on the first group's scale: 32 + 15 and 48 + 30.
    assert drawn.true.mean(axis=0) == pytest.approx([2 * 47 + 78, 0.5 * 293 + 0.25 * 582], rel=0.002)
    # .64 * 280 + .0025 * (4 * 300 + 600)
    assert drawn.true.var(axis=0)[0] == pytest.approx(0.64 * 280 + 0.0025 * 1800, rel=0.03)


def test_agreement_that_cannot_be_solved_is_not_possible():
    half = np.array([0.5, 0.5])
    drawn = bias.of_shares(half, half, np.array([100.0, 100]), np.array([20.0, 40]), np.random.default_rng(9), 100)
    assert not drawn.possible.any()
    assert "corrected" not in bias.interval(drawn, 0, 1, 0.95)
