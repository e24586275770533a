"""Do differences depend on the region: what the tests find, what they leave out, and what small regions lean on."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import adjusted, heterogeneity, regional

METHODS = {
    "level": 0.95,
    "power": 0.8,
    "variance": "auto",
    "separated": "leave_out",
    "min_clusters": 10,
    "min_events": 5,
    "model_ages": [0, 40],
}
CHOICE = {"comparator": "White", "national": "All regions", "methods": METHODS}
LADDER = {"crude": [], "full": ["sex", "region"]}


def cells(share, regions="ABC", providers=5, n=200):
    """Every group at every provider, with the share that ``share(group, region, provider)`` says."""
    rows = [
        (group, region, f"{region}{i}", 0, "Female", n, round(n * share(group, region, i)))
        for group in ("White", "Asian", "Other")
        for region in regions
        for i in range(providers)
    ]
    return pd.DataFrame(
        rows, columns=["group", "region", "provider", "age_from", "sex", "eligible_x", "reached_x"]
    ).assign(deprivation="1")


def both(frame, cluster="provider"):
    estimates = adjusted.differences(frame, ["x"], LADDER, cluster=cluster, **CHOICE)
    found = heterogeneity.tests(frame, estimates, ["x"], LADDER, cluster=cluster, **CHOICE)
    return estimates, found.set_index("group")


def uneven(group, region, i):
    """Asian stands out in region B alone; every provider has its own level and some noise."""
    noise = 0.02 * ((i * 7 + ord(region) * 3 + len(group) * 5) % 5 - 2)
    return 0.5 + 0.03 * i + noise - (0.25 if (group, region) == ("Asian", "B") else 0.0)


def test_a_group_that_differs_in_one_region_is_found_and_the_other_group_is_not():
    _, found = both(cells(uneven))
    assert found.loc["Asian", "p"] < 0.01
    assert found.loc["Other", "p"] > 0.05
    assert found.loc["Asian", ["regions", "df1", "clusters", "records"]].tolist() == [3, 2, 15, 3000]
    assert "CR2" in found.loc["Asian", "method"]
    assert 4 < found.loc["Asian", "df2"] < 14
    # 6 log odds differences of pairs, 9 pairs of group and region, no other covariate varies: 9 coefficients.
    assert found.loc["Asian", "parameters"] == 9
    assert found.loc["Asian", "sd"] > 0.3 > found.loc["Other", "sd"]
    assert found.loc["Asian", "sd_low"] < found.loc["Asian", "sd"] < found.loc["Asian", "sd_high"]


def test_too_few_clusters_for_all_groups_together_fall_back_on_the_smallest_p_value():
    _, found = both(cells(uneven, providers=3))
    joint = found.loc[heterogeneity.ALL_GROUPS]
    assert "too few for a joint test of 4 differences" in joint["reason"]
    single = found.drop(index=heterogeneity.ALL_GROUPS)["p"]
    assert single.notna().all()
    assert joint["p"] == pytest.approx(min(1, 2 * single.min()))
    assert joint["method"] == heterogeneity.LEAST


def test_without_clusters_the_test_is_that_of_the_likelihood():
    """Two regions, one group: the ratio of the two odds ratios over its error, squared."""
    frame = cells(lambda g, r, i: {"White": 0.5, "Asian": 0.4 if r == "A" else 0.5, "Other": 0.5}[g], "AB", 1)
    row = both(frame, None)[1].loc["Asian"]
    # 200 each. Region A: 80/120 against 100/100; B: even. Variance 1/80 + 1/120 + 6/100.
    z = np.log(80 / 120) / np.sqrt(1 / 80 + 1 / 120 + 0.06)
    assert row["statistic"] == pytest.approx(z**2, rel=1e-8)
    assert (row["df1"], np.isnan(row["df2"]), row["method"]) == (1, True, heterogeneity.MODEL_TEST)
    from scipy.stats import norm

    assert row["p"] == pytest.approx(2 * norm.sf(abs(z)), rel=1e-8)


def test_a_region_with_few_records_of_a_group_is_left_out_of_its_test_and_pooled_with_the_others():
    frame = cells(uneven)
    small = (frame["group"] == "Other") & (frame["region"] == "C")
    frame.loc[small, ["eligible_x", "reached_x"]] = (4, 0)
    estimates, found = both(frame)
    assert found.loc["Other", "regions"] == 2
    assert found.loc["Asian", "regions"] == 3
    table = regional.contrasts(estimates, national="All regions", level=0.95).set_index(["group", "region"])
    row = table.loc[("Other", "C")]
    assert np.isnan(row["ratio"])
    assert row["own_share"] == 0
    assert row["pooled_low"] < row["pooled"] < row["pooled_high"]
    others = table.loc[("Other", "A")], table.loc[("Other", "B")]
    # What the others lead one to expect is less certain than what either of them knows of itself.
    assert all(row["pooled_high"] / row["pooled_low"] > other["pooled_high"] / other["pooled_low"] for other in others)


def test_pooled_values_lie_between_the_own_one_and_the_mean():
    estimates, _ = both(cells(uneven))
    table = regional.contrasts(estimates, national="All regions", level=0.95).set_index(["group", "region"])
    own = estimates[estimates["region"] != "All regions"].set_index(["group", "region"])["odds_ratio"]
    for group in ("Asian", "Other"):
        values, drawn = np.log(own[group]), np.log(table.loc[group, "pooled"])
        assert drawn.std() < values.std()
        assert list(drawn.sort_values().index) == list(values.sort_values().index)
        assert table.loc[group, "own_share"].between(0, 1).all()


def test_no_test_without_regions_or_without_a_comparator():
    assert heterogeneity.tests(
        cells(uneven).assign(region="All regions"),
        adjusted.differences(cells(uneven).assign(region="All regions"), ["x"], LADDER, cluster=None, **CHOICE),
        ["x"], LADDER, cluster=None, **CHOICE,
    ).empty  # fmt: skip
    frame = cells(uneven)
    frame.loc[frame["group"] == "White", "reached_x"] = 0
    _, found = both(frame)
    assert found.loc[heterogeneity.ALL_GROUPS, "reason"] == "the comparator has no record that reached the stage"
    assert found["p"].isna().all()


def test_regions_that_differ_less_than_chance_lets_expect_have_no_upper_limit_of_spread():
    from genequity.service import pooling

    errors = np.full(6, 0.3)
    # Q is nil: below the 2.5% quantile of a chi-square with 5 degrees of freedom, 0.831.
    alike = pooling.spread(np.full(6, -0.4), errors, 0.95)
    assert (alike.tau, alike.tau_low) == (0, 0)
    assert np.isnan(alike.tau_high)
    # Q = 6 (a / 0.3)²: just above that quantile the profile has its upper end again, near 0.
    signs = np.array([1.0, -1, 1, -1, 1, -1])
    just = pooling.spread(signs * 0.3 * np.sqrt(0.832 / 6), errors, 0.95)
    assert 0 < just.tau_high < 0.02
    assert np.isnan(pooling.spread(signs * 0.3 * np.sqrt(0.830 / 6), errors, 0.95).tau_high)


def test_a_spread_without_an_upper_limit_is_blank_with_its_reason_and_printed_as_not_estimable():
    from genequity.service import text_models

    _, found = both(cells(lambda group, region, i: 0.5 + 0.03 * i - (0.1 if group == "Asian" else 0)))
    row = found.loc["Asian"]
    assert row["sd"] == 0
    assert np.isnan(row["sd_high"])
    assert row["reason"] == heterogeneity.NO_UPPER
    assert np.isfinite(row["odds_ratio"])
    shown = text_models.heterogeneity(found.reset_index(), {"x": "X"}).set_index("group")
    assert shown.loc["Asian", "spread"] == "0.00 (limits not estimable)"
