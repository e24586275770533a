"""Decision rules at their limits."""

import pytest
from genequity.recommendations import consensus
from hypothesis import given
from hypothesis import strategies as st

SHARES = {"high_share": 0.70, "low_share": 0.15}
RATINGS = st.lists(st.integers(1, 9), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("low", "middle", "high", "decision"),
    [
        (0, 3, 7, "agreed"),  # exactly 70 % of 10
        (0, 4, 6, "no consensus"),
        (3, 0, 17, "no consensus"),  # 3 of 20 is 15 %, which is not below 15 %
        (2, 0, 18, "agreed"),
        (7, 3, 0, "rejected"),
        (7, 2, 7, "no consensus"),
    ],
)
def test_heap_counts_at_least_and_fewer_than(low, middle, high, decision):
    assert consensus.heap([2] * low + [5] * middle + [8] * high, **SHARES) == decision


def test_rand_ucla_wants_a_high_median_without_disagreement():
    assert consensus.rand_ucla([7, 7, 8]) == "agreed"
    assert consensus.rand_ucla([6, 7]) == "agreed"  # median 6.5 belongs to the higher third
    assert consensus.rand_ucla([3, 4]) == "no consensus"  # and so does 3.5
    assert consensus.rand_ucla([1, 2, 3]) == "rejected"
    assert consensus.rand_ucla([1] * 4 + [8] * 5) == "no consensus"  # median 8, P30 1, P70 8: disagreement


def test_disagreement_needs_votes_at_both_ends():
    # P30 = 2, P70 = 8: 6 > 2.35 + 1.5 * |5 - 5| = 2.35
    assert consensus.disagrees([2] * 7 + [5] * 2 + [8] * 7)
    assert not consensus.disagrees([2] * 2 + [5] * 7 + [8] * 7)


@given(RATINGS)
def test_turning_the_scale_round_turns_the_decision_round(ratings):
    turned = [10 - rating for rating in ratings]
    mirror = {"agreed": "rejected", "rejected": "agreed", "no consensus": "no consensus"}
    assert consensus.heap(turned, **SHARES) == mirror[consensus.heap(ratings, **SHARES)]
    assert consensus.disagrees(turned) == consensus.disagrees(ratings)


@given(RATINGS)
def test_a_unanimous_shift_of_order_changes_nothing(ratings):
    rule = {"rule": "heap", **SHARES}
    assert consensus.summary(ratings, rule) == consensus.summary(ratings[::-1], rule)


def test_an_item_that_nobody_rated_has_no_statistics():
    row = consensus.summary([], {"rule": "heap", **SHARES})
    assert (row["n"], row["median"], row["share_high"], row["decision"]) == (0, None, None, "no consensus")


def test_the_rule_in_words_says_its_own_limits():
    assert consensus.sentence("heap", high_share=0.75, low_share=0.1) == (
        "Agreed when at least 75% of the panel rate 7 to 9 and fewer than 10% rate 1 to 3."
    )
