"""Tests between rounds against published and hand-computed values."""

import pytest
from genequity.recommendations import attrition, stability
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

SCORES = st.integers(1, 9)


def test_signed_rank_of_a_textbook_example():
    """Normal approximation with ties, by hand.

    Differences +1 +1 -1 +2 +3 (zeros left out): absolute ranks 2 2 2 4 5; the positive ones sum to 13. Mean 7.5,
    variance 5*6*11/24 - (27-3)/48 = 13.75 - 0.5 = 13.25; z = 5.5/3.640 = 1.511; two-sided p = 0.1308.
    """
    before, after = [5, 5, 5, 5, 5, 7], [6, 6, 4, 7, 8, 7]
    assert stability.signed_rank(before, after) == pytest.approx(0.1308, abs=5e-4)


def test_rank_sum_by_hand():
    """Normal approximation with the correction for continuity, no ties.

    1 2 3 4 against 5 6 7 8: U = 0, mean 8, variance 4*4*9/12 = 12; z = (8 - 0.5)/3.464 = 2.165; p = 0.0304.
    """
    assert attrition.rank_sum([1, 2, 3, 4], [5, 6, 7, 8]) == pytest.approx(0.0304, abs=5e-4)


def test_weighted_kappa_by_hand():
    """Squared weights, two raters as two rounds.

    Ratings 7 8 9 and 7 8 8. Squared distances seen: 0, 0, 1, mean 1/3. Expected over all nine pairs: (0 1 1 + 1 0 0 +
    4 1 1)/9 = 1. Kappa = 1 - (1/3)/1 = 0.6667.
    """
    assert stability.weighted_kappa([7, 8, 9], [7, 8, 8]) == pytest.approx(2 / 3)


def test_the_change_of_a_distribution_counts_each_move_once():
    # 10 ratings, one moves from 6 to 7 and one from 7 to 8: the histograms differ by one at 6 and one at 8
    before = [6, 6, 7, 7, 7, 8, 8, 8, 9, 9]
    after = [6, 7, 7, 7, 8, 8, 8, 8, 9, 9]
    assert stability.change(before, after)["distribution_change"] == pytest.approx(0.1)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=40))
def test_signed_rank_is_that_of_scipy(pairs):
    before, after = zip(*pairs, strict=True)
    own = stability.signed_rank(before, after)
    if own is None:
        assert before == after
        return
    difference = [new - old for old, new in pairs]
    theirs = stats.wilcoxon(difference, zero_method="wilcox", correction=False, method="asymptotic").pvalue
    assert own == pytest.approx(theirs, abs=1e-9)


@given(st.lists(SCORES, min_size=1, max_size=20), st.lists(SCORES, min_size=1, max_size=20))
def test_rank_sum_is_that_of_scipy(first, second):
    own = attrition.rank_sum(first, second)
    if own is None:
        assert len({*first, *second}) == 1
        return
    theirs = stats.mannwhitneyu(first, second, alternative="two-sided", method="asymptotic").pvalue
    assert own == pytest.approx(theirs, abs=1e-9)
