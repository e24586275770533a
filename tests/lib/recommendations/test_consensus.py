"""Decision rules at their limits."""

import pytest
from genequity.recommendations import consensus
from hypothesis import given
from hypothesis import strategies as st

SHARES = {"high_share": 0.70, "low_share": 0.15, "agreement_share": 0.75, "iqr_limit": 2}
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
    assert consensus.sentence("heap", **SHARES | {"high_share": 0.75, "low_share": 0.1}) == (
        "Agreed when at least 75% of the panel rate 7 to 9 and fewer than 10% rate 1 to 3."
    )


@pytest.mark.parametrize(
    ("low", "middle", "high", "decision"),
    [(5, 0, 15, "agreed"), (0, 6, 14, "no consensus"), (15, 5, 0, "rejected"), (10, 0, 10, "no consensus")],
)
def test_percent_agreement_looks_at_one_end_only(low, middle, high, decision):
    # 15 of 20 is 75 %: enough, however many stand at the other end
    assert consensus.percent_agreement([2] * low + [5] * middle + [8] * high, **SHARES) == decision


def test_the_interquartile_range_holds_back_a_high_median_that_is_spread():
    # 5, 6, 7, 8, 9: quartiles 6 and 8, range 2; 4, 5, 7, 8, 9: quartiles 5 and 8, range 3
    assert consensus.narrow([5, 6, 7, 8, 9], **SHARES) == "agreed"
    assert consensus.narrow([4, 5, 7, 8, 9], **SHARES) == "no consensus"
    assert consensus.median([4, 5, 7, 8, 9], **SHARES) == "agreed"
    assert consensus.narrow([1, 2, 2, 3, 3], **SHARES) == "rejected"
    assert consensus.median([4, 5, 6]) == "no consensus"


def test_one_item_under_each_definition():
    split = [1] * 4 + [7] * 9  # 9 of 13 is 69 %; median 7; P30 2.8 (place 3.6: 1 + 0.6 * 6 = 4.6), P70 7
    said = consensus.under_each(split, SHARES)
    assert said == {
        "heap": "no consensus",
        "percent_agreement": "no consensus",
        "rand_ucla": "agreed",  # IPRAS 2.35 + 1.5 * |5 - (4.6 + 7) / 2| = 3.55; 7 - 4.6 = 2.4
        "iqr": "no consensus",  # quartiles 1 and 7
        "median": "agreed",
    }
    assert set(consensus.under_each([], SHARES).values()) == {"no consensus"}


def test_every_rule_has_a_label_and_a_sentence():
    assert list(consensus.LABELS) == list(consensus.RULES)
    assert len({consensus.sentence(name, **SHARES) for name in consensus.RULES}) == len(consensus.RULES)


@given(RATINGS, st.sampled_from(sorted(consensus.RULES)))
def test_every_rule_turns_round_with_the_scale_unless_the_median_is_at_a_border(ratings, name):
    if consensus.percentile(ratings, 0.5) in (3.5, 6.5):
        return  # the manual gives both borders to the higher third
    turned = [10 - rating for rating in ratings]
    mirror = {"agreed": "rejected", "rejected": "agreed", "no consensus": "no consensus"}
    assert consensus.RULES[name](turned, **SHARES) == mirror[consensus.RULES[name](ratings, **SHARES)]


@pytest.mark.parametrize("rule", consensus.RULES)
@pytest.mark.parametrize("limit", consensus.LIMITS)
def test_a_limit_changes_the_words_of_the_definitions_that_it_belongs_to(rule, limit):
    limits = {"high_share": 0.7, "low_share": 0.15, "agreement_share": 0.75, "iqr_limit": 2}
    other = consensus.sentence(rule, **limits | {limit: 0.5})
    assert (other != consensus.sentence(rule, **limits)) == (limit in consensus.LIMITS_OF[rule])
