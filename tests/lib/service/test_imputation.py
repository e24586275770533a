"""Multiple imputation on cells: Rubin's rules, the multinomial model, its draws, and the shift towards a margin."""

import numpy as np
import pytest
from genequity.service import glm, imputation


def test_rubin_and_barnard_rubin_by_hand():
    # q 1…5: mean 3, between 2.5; within 1. Total 1 + 1.2 · 2.5 = 4, share 3/4. Old degrees 4 / (3/4)² = 64/9; observed
    # (24 + 1)/(24 + 3) · 24 · 1/4 = 50/9. Together (64/9 · 50/9) / (114/9) = 3200 / 1026 = 3.1189.
    pooled = imputation.pool(np.arange(1.0, 6.0), np.ones(5), 24)
    assert (pooled.estimate, pooled.within, pooled.between, pooled.variance) == (3, 1, 2.5, 4)
    assert pooled.degrees == pytest.approx(3200 / 1026)
    # r = 3: (3 + 2 / (3.1189 + 3)) / 4.
    assert pooled.missing == pytest.approx((3 + 2 / (3200 / 1026 + 3)) / 4)


def test_infinite_complete_degrees_give_rubins_own():
    assert imputation.pool(np.arange(1.0, 6.0), np.ones(5)).degrees == pytest.approx(64 / 9)


def test_nothing_missing_leaves_the_estimate_as_it_is():
    pooled = imputation.pool(np.full(5, 2.0), np.full(5, 0.25), 10)
    # No spread between the sets: (11 / 13) · 10 observed degrees, no information missing.
    assert (pooled.variance, pooled.missing) == (0.25, 0)
    assert pooled.degrees == pytest.approx(110 / 13)


def _cells(codes, levels=2):
    return glm.Design((glm.Factor("x", tuple(map(str, range(levels))), np.asarray(codes)),), len(codes))


def test_saturated_model_gives_each_cells_shares():
    known = np.array([[6000.0, 3000, 1000], [2000, 2000, 6000]])
    model = imputation.fit(_cells([0, 1]), known)
    # Two added records in 20,000 move no share by more than 1e-4.
    assert model.chances() == pytest.approx(known / 10_000, abs=1e-4)


def test_covariance_is_that_of_the_multinomial_coefficients():
    # One cell, groups 400 : 400 : 200. Var of log(n2/n1) is 1/400 + 1/400, of log(n3/n1) 1/400 + 1/200, cov 1/400.
    known = np.array([[400.0, 400, 200]])
    model = imputation.fit(glm.Design((), 1), known)
    wanted = np.array([[1 / 400 + 1 / 400, 1 / 400], [1 / 400, 1 / 400 + 1 / 200]])
    assert model.root @ model.root.T == pytest.approx(wanted, rel=2e-3)
    assert model.beta[:, 0] == pytest.approx(np.log([1, 0.5]), abs=1e-6)


def test_a_group_that_a_covariate_tells_for_sure_has_finite_coefficients():
    model = imputation.fit(_cells([0, 1]), np.array([[50.0, 0], [0, 50]]))
    chance = model.chances()
    assert np.isfinite(model.beta).all()
    assert chance[0, 0] > 0.9
    assert chance[1, 1] > 0.9


def test_draws_divide_all_unknown_records_and_follow_the_chances():
    model = imputation.fit(_cells([0, 1]), np.array([[8000.0, 2000], [3000, 7000]]))
    unknown, of = np.array([500, 0, 1000]), np.array([0, 0, 1])
    taken = np.array(list(imputation.draws(model, unknown, of, 200, np.random.default_rng(1))))
    assert (taken.sum(axis=2) == unknown).all()
    # Standard error of a mean of 200 draws: sqrt(500 · .16 / 200) = .63 and sqrt(1000 · .21 / 200) = 1.02, and a little
    # more for the coefficients: four of them.
    assert taken[:, 0, 1].mean() == pytest.approx(100, abs=4 * 0.75)
    assert taken[:, 2, 1].mean() == pytest.approx(700, abs=4 * 1.3)


def test_a_draw_a_cell_is_a_draw_a_record():
    """Counts drawn by cell have the mean and variance of records drawn one by one with the same chances."""
    model = imputation.fit(_cells([0, 1]), np.array([[600.0, 300, 100], [100, 300, 600]]))
    unknown, times = np.array([30, 50]), 3000
    by_cell = np.array(list(imputation.draws(model, unknown, np.arange(2), times, np.random.default_rng(2))))
    rng, by_record = np.random.default_rng(3), np.zeros((times, 2, 3))
    for turn in range(times):
        chance = model.chances(model.drawn(rng))
        for cell, count in enumerate(unknown):
            groups = (rng.random(count)[:, None] > chance[cell].cumsum()[:2]).sum(axis=1)
            by_record[turn, cell] = np.bincount(groups, minlength=3)
    error = by_record.std(axis=0) / np.sqrt(times)
    assert (np.abs(by_cell.mean(axis=0) - by_record.mean(axis=0)) < 4 * np.sqrt(2) * error).all()
    # The ratio of two variances of 3,000 draws has a standard error of about sqrt(4 / 3000) = .037.
    assert by_cell.var(axis=0) == pytest.approx(by_record.var(axis=0), rel=4 * 0.037)


def test_the_nearest_margin_is_met_where_it_can_be():
    # 100 records, shares .5 .3 .2, known 40 25 15: the 20 unknown are 10 5 5.
    wanted = imputation.nearest_margin(np.array([40.0, 25, 15]), 20, np.array([0.5, 0.3, 0.2]))
    assert wanted == pytest.approx([10, 5, 5])


def test_a_group_above_its_share_gets_none_and_the_others_keep_their_proportions():
    # Known 60 of 50 wanted: none for the first. The other 40 are shared 3 : 2, so 24 and 16, less the known 13 and 7.
    wanted = imputation.nearest_margin(np.array([60.0, 13, 7]), 20, np.array([0.5, 0.3, 0.2]))
    assert wanted == pytest.approx([0, 11, 9])


def test_the_shift_reaches_the_wanted_numbers():
    rng = np.random.default_rng(4)
    chance = rng.dirichlet([5, 2, 1], size=30)
    unknown, wanted = rng.integers(0, 40, 30).astype(float), None
    wanted = np.array([0.2, 0.5, 0.3]) * unknown.sum()
    shift = imputation.shift_to(chance, unknown, wanted)
    odds = chance * np.exp(shift)
    assert unknown @ (odds / odds.sum(axis=1, keepdims=True)) == pytest.approx(wanted, rel=1e-6)
    assert shift[0] == 0
