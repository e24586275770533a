"""Time to event against a textbook's data and an independent implementation."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import survival

# Freireich et al. (1963), remission in weeks of children with leukaemia, as in Gehan (1965); 0 = still in remission.
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_curve_equals_the_published_one():
    found = survival.curve(TREATED, RELAPSED)
    # Kleinbaum & Klein, Survival Analysis, table of Kaplan-Meier estimates of the treated group.
    assert found.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.waiting == pytest.approx([0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482], abs=5e-5)
    errors = [np.sqrt(found.at(time)[1]) for time in found.times]
    assert errors == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346], abs=5e-5)
    assert found.median()[0] == 23
    assert survival.curve(PLACEBO, [1] * 21).median()[0] == 8
    # Without censoring the restricted mean up to the last event is the mean: 182 weeks of 21 children.
    mean, variance = survival.curve(PLACEBO, [1] * 21).restricted_mean(23)
    assert mean == pytest.approx(182 / 21)
    assert variance == pytest.approx(np.var(PLACEBO) / 21)


@pytest.mark.parametrize("seed", range(4))
def test_median_and_its_limits_equal_an_independent_implementation(seed):
    duration = pytest.importorskip("statsmodels.duration.survfunc", reason="statsmodels is not installed")
    rng = np.random.default_rng(seed)
    times, until = rng.integers(1, 60, 150), rng.integers(20, 90, 150)
    days, done = np.minimum(times, until), times <= until
    found = survival.curve(days, done)
    theirs = duration.SurvfuncRight(days.astype(float), done.astype(int))
    assert found.waiting == pytest.approx(theirs.surv_prob[np.isin(theirs.surv_times, found.times)])
    median, low, high = found.median()
    assert median == theirs.quantile(0.5)
    assert (low, high) == tuple(theirs.quantile_ci(0.5, method="cloglog"))


def test_a_row_may_stand_for_many_records():
    one, many = survival.curve([1, 1, 2, 3], [1, 1, 0, 1]), survival.curve([1, 2, 3], [1, 0, 1], [2, 1, 1])
    assert one.waiting.tolist() == many.waiting.tolist() == [0.5, 0.0]


def test_many_records_give_a_narrow_interval_and_no_gap():
    """Half of 200,000 are done by day 10, fewer by day 9 and more by day 11: all three limits are day 10."""
    found = survival.curve([9, 10, 11], [1, 1, 1], [80_000, 40_000, 80_000]).median()
    assert found == (10.0, 10.0, 10.0)


def test_a_median_that_is_not_reached_is_not_given():
    found = survival.curve([1] * 2 + [9] * 8, [1] * 2 + [0] * 8)
    assert np.isnan(found.median()[0])
    # Two of ten done after a day; the rest watched until the ninth: mean up to 9 days 1 + 8 * 0.8 = 7.4.
    assert found.restricted_mean(9)[0] == pytest.approx(7.4)


def section(**more):
    pathway = [
        {"id": "accepted", "label": "Accepted", "column": "ok"},
        {"id": "reported", "label": "Reported", "column": "out", "within": {"of": "in", "days": 20}},
        {"id": "in_target", "label": "In target", "column": "out", "within": {"of": "in", "days_column": "t"},
         "of": "accepted", "branch": True},
    ]  # fmt: skip
    return {
        "start": {"id": "referred", "label": "Referred"}, "pathway": pathway,
        "adjust": {"crude": []}, "cluster": None,
        "methods": {"level": 0.95, "min_events": 3, "model_ages": [0], "min_clusters": 10},
    } | more  # fmt: skip


def test_stages_with_the_same_dates_are_one_wait():
    found = survival.intervals_watched(section()["start"], section()["pathway"])
    assert len(found) == 1
    assert (found[0]["id"], found[0]["after"], found[0]["horizon"], found[0]["target"]) == (
        "reported",
        "accepted",
        20,
        {"of": "in", "days_column": "t"},
    )


def test_turnaround_weighs_categories_and_compares_means():
    rows = [
        # White: 10-day category, 6 done on day 5, 4 on day 15; 20-day category, 10 on day 15.
        ("White", 10, 5, True, 6), ("White", 10, 15, True, 4), ("White", 20, 15, True, 10),
        # Asian: the same, 5 days later; of the 20-day category half are open since day 25.
        ("Asian", 10, 10, True, 6), ("Asian", 10, 20, True, 4), ("Asian", 20, 20, True, 5), ("Asian", 20, 25, False, 5),
        ("Mixed", 10, 5, True, 2), ("Mixed", 10, 30, False, 9),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["group", "target", "days", "done", "n"]).assign(outcome="reported")
    frame = frame.assign(age_from=0, sex="Female", deprivation="1", region="All", provider="P")
    found = survival.turnaround(frame, section(), comparator="White").set_index("group")
    # Within target: White (6 + 10) of 20; Asian (6 + 5) of 20.
    assert found.loc["White", "within"] == pytest.approx(16 / 20)
    assert found.loc["Asian", "within"] == pytest.approx(11 / 20)
    # Mean up to 20 days: White (6 * 5 + 14 * 15) / 20 = 12; Asian (6 * 10 + 14 * 20) / 20 = 17.
    assert found.loc["Asian", "difference"] == pytest.approx(17 - 12)
    assert found.loc["White", "median"] == 15
    # Asian waits end later in both categories: the hazard is lower, and nobody is adjusted for anything.
    assert found.loc["Asian", "hazard_ratio_high"] < 1
    assert (found.loc["Asian", "adjusted_for"], found.loc["Asian", "variance"]) == ("nothing", "model-based")
    assert np.isnan(found.loc["White", "hazard_ratio"])
    assert found.loc["Mixed", "reason"] == "fewer than 3 came to an end"
    assert np.isnan(found.loc["Mixed", "within"])
    assert (found.loc["All groups", "records"], found.loc["All groups", "done"]) == (51, 37)
    assert np.isnan(found.loc["All groups", "difference"])


def test_open_records_are_censored_on_the_day_of_the_extract(prepared, tmp_path):
    lines = [
        "1,P1,2024-06-01,a,X1,30,F,1,A,,Y,2024-06-11",  # done on day 10
        "2,P2,2024-06-01,a,X1,30,F,1,A,,Y,",  # open since 2024-06-01 on 2025-03-31: 303 days
        "3,P3,2024-06-01,a,X1,30,F,1,A,,N,2024-06-11",  # not accepted: nothing to wait for
    ]
    with prepared(*lines) as (connection, own):
        survival.write_durations(connection, own, str(tmp_path / "d.parquet"))
    from genequity import tables

    found = tables.read(tmp_path / "d.parquet")
    assert {"region", "age_from", "sex", "deprivation", "provider"} <= set(found.columns)
    assert found[["days", "done", "n", "target"]].values.tolist() == [[10, True, 1, 60], [303, False, 1, 60]]


def test_the_hazard_ratio_is_adjusted_and_by_cluster():
    """Older people wait longer, and one group is older: the crude ratio is below one, the adjusted one is not."""
    rng = np.random.default_rng(5)
    size = 6_000
    group = np.where(rng.random(size) < 0.5, "Asian", "White")
    old = rng.random(size) < np.where(group == "Asian", 0.8, 0.2)
    days = np.ceil(rng.exponential(np.where(old, 20, 10)))
    frame = pd.DataFrame({"group": group, "age_from": np.where(old, 60, 20), "days": days, "done": days < 40, "n": 1})
    frame = frame.assign(days=frame["days"].clip(upper=40), target=30, sex="Female", deprivation="1", region="All")
    frame = frame.assign(provider=rng.integers(0, 20, size))
    own = section(cluster="provider", fields={})
    own["methods"] |= {"model_ages": [0, 40]}
    crude = survival.sooner(frame, own, ["Asian", "White"], "White")["Asian"]
    fair = survival.sooner(frame, own | {"adjust": {"crude": [], "full": ["age"]}}, ["Asian", "White"], "White")[
        "Asian"
    ]
    assert crude["hazard_ratio_high"] < 0.85
    assert fair["hazard_ratio_low"] < 1 < fair["hazard_ratio_high"]
    assert fair["adjusted_for"] == "age"
    assert fair["variance"] == "cluster-robust by provider"
    assert survival.sooner(frame, own, ["Asian"], "White") == {}


def clustered(providers=12, apart=0, each=40):
    """Two groups at every provider, without censoring; in one group providers lie so many days apart."""
    rng = np.random.default_rng(8)
    rows = [
        (group, provider, 10 + apart * (provider % 3) * (group == "Asian") + day)
        for group in ("Asian", "White")
        for provider in range(providers)
        for day in rng.integers(0, 8, each)
    ]
    frame = pd.DataFrame(rows, columns=["group", "provider", "days"])
    return frame.assign(
        outcome="reported", done=True, n=1, target=20, age_from=0, sex="Female", deprivation="1", region="All"
    )


def test_without_censoring_the_jackknife_of_single_records_is_the_error_of_two_means():
    """Every record its own cluster: the standard error is that of a difference of means, divisors nearly n - 1."""
    frame = clustered(each=10).assign(provider=lambda f: [f"{i:03}" for i in range(len(f))])
    parts = [frame[frame["group"] == group] for group in ("Asian", "White")]
    a, b = (survival.left_out(part, "provider", 1000.0) for part in parts)
    means = [float(part["days"].mean()) for part in parts]
    error, clusters = survival.jackknife(a, means[0], b, means[1])
    assert clusters == 240
    # With m = 240 clusters: (m - 1) / m times the sums of squares over (n - 1)², both groups having n = 120.
    sums = sum(((part["days"] - part["days"].mean()) ** 2).sum() / 119**2 for part in parts)
    assert error == pytest.approx(np.sqrt(239 / 240 * sums), rel=1e-9)


def test_differences_in_means_have_a_jackknifes_interval_where_there_are_enough_providers():
    frame = clustered(apart=3)
    alone = survival.turnaround(frame, section(), comparator="White").set_index("group").loc["Asian"]
    by = survival.turnaround(frame, section(cluster="provider"), comparator="White").set_index("group")
    row = by.loc["Asian"]
    assert alone["difference_variance"] == survival.INDEPENDENT
    assert row["difference_variance"] == "cluster-robust by provider (jackknife)"
    assert row["difference"] == pytest.approx(alone["difference"])
    assert row["difference_high"] - row["difference_low"] > 1.5 * (alone["difference_high"] - alone["difference_low"])
    assert by.loc["White", "difference_variance"] == ""
    few = frame[frame["provider"] < 9]
    row = survival.turnaround(few, section(cluster="provider"), comparator="White").set_index("group").loc["Asian"]
    assert row["difference_variance"] == survival.INDEPENDENT
    # A group at one provider alone cannot do without it.
    one = frame[(frame["group"] == "White") | (frame["provider"] == 0)]
    row = survival.turnaround(one, section(cluster="provider"), comparator="White").set_index("group").loc["Asian"]
    assert row["difference_variance"] == survival.INDEPENDENT
