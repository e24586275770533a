"""Measures of inequality and funnel limits on numbers worked by hand."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import funnel, inequality

VALUES, PEOPLE = np.array([0.2, 0.4]), np.array([100.0, 300.0])


def measured(**more):
    options = {"reference": 1, "ordered": True, "proportion": True, "level": 0.95, "rng": np.random.default_rng(1)}
    cov = np.diag(VALUES * (1 - VALUES) / PEOPLE)
    return {row["measure"]: row for row in inequality.measured(VALUES, PEOPLE, cov, **(options | more))}


def test_measures_are_as_defined():
    found = {key: row["estimate"] for key, row in measured().items()}
    # Mean of all: 0.25 * 0.2 + 0.75 * 0.4 = 0.35.
    assert found["bgv"] == pytest.approx(0.25 * 0.15**2 + 0.75 * 0.05**2)
    assert found["idis"] == pytest.approx((0.15 + 0.05) / 2 / 0.35)
    assert found["mld"] == pytest.approx(-0.25 * np.log(0.2 / 0.35) - 0.75 * np.log(0.4 / 0.35))
    assert found["theil"] == pytest.approx(
        0.25 * 0.2 / 0.35 * np.log(0.2 / 0.35) + 0.75 * 0.4 / 0.35 * np.log(0.4 / 0.35)
    )
    assert (found["par"], found["paf"]) == (pytest.approx(0.05), pytest.approx(0.05 / 0.35))
    assert (found["difference"], found["ratio"]) == (pytest.approx(0.2), pytest.approx(2.0))
    # Ranks -0.75 and 0.25: 0.25 * -0.75 * 0.2 + 0.75 * 0.25 * 0.4 = 0.0375.
    assert (found["aci"], found["rci"]) == (pytest.approx(0.0375), pytest.approx(0.0375 / 0.35))
    # Midpoints 0.125 and 0.625: a line of slope 0.4 that begins at 0.15 and ends at 0.55.
    assert (found["sii_ohid"], found["rii_ohid"]) == (pytest.approx(0.4), pytest.approx(0.55 / 0.15))
    # Two groups: the logistic curve passes through both.
    slope = (np.log(0.4 / 0.6) - np.log(0.2 / 0.8)) / 0.5
    start = np.log(0.25) - 0.125 * slope
    ends = [1 / (1 + np.exp(-x)) for x in (start, start + slope)]
    assert (found["sii_who"], found["rii_who"]) == (pytest.approx(ends[1] - ends[0]), pytest.approx(ends[1] / ends[0]))


def test_every_measure_says_whether_it_is_absolute_or_relative_and_both_kinds_are_there():
    for ordered in (True, False):
        scales = [row["scale"] for row in measured(ordered=ordered).values()]
        assert set(scales) == {"absolute", "relative"}
        assert min(scales.count("absolute"), scales.count("relative")) >= 5


def test_groups_without_an_order_have_no_slope():
    found = set(measured(ordered=False))
    assert not found & {*inequality.IN_ORDER, *inequality.LOGISTIC}
    assert {"range", "range_ratio", "mdr"} <= found


def test_intervals_are_the_delta_methods():
    row = measured()["difference"]
    error = np.sqrt(0.2 * 0.8 / 100 + 0.4 * 0.6 / 300)
    assert (row["low"], row["high"]) == (pytest.approx(0.2 - 1.959964 * error), pytest.approx(0.2 + 1.959964 * error))
    # The ratio's: 2 * sqrt of the sum of squared relative errors.
    row = measured()["ratio"]
    error = 2 * np.sqrt(0.16 / 100 / 0.04 + 0.24 / 300 / 0.16)
    assert row["high"] - row["estimate"] == pytest.approx(1.959964 * error, rel=1e-6)


def test_chance_is_what_equal_groups_would_show():
    """Two groups of one true value: the range is |a - b|, whose 95% quantile is 1.96 standard errors."""
    row = measured(ordered=False)["range"]
    error = np.sqrt(0.2 * 0.8 / 100 + 0.4 * 0.6 / 300)
    assert row["chance"] == pytest.approx(1.959964 * error, rel=0.06)
    assert np.isnan(measured()["difference"]["chance"])  # it may lie on either side of none


def cells(shares, n=400):
    rows = [
        {"group": group, "region": "A", "provider": f"P{i}", "deprivation": str(1 + i % 2), "eligible_s": n,
         "reached_s": round(n * share)}
        for group, share in shares.items() for i in range(4)
    ]  # fmt: skip
    return pd.DataFrame(rows)


SECTION = {
    "fields": {"deprivation": {"values": {"1": "1", "2": "2"}}, "provider": "p"}, "pathway": [{"id": "s"}],
    "cluster": None, "methods": {"level": 0.95, "min_events": 10, "min_clusters": 10},
}  # fmt: skip


def test_stages_have_measures_between_groups_and_between_fifths_of_deprivation():
    options = {"groups": ["Asian", "White"], "comparator": "White", "rng": np.random.default_rng(1)}
    found = pd.DataFrame(inequality.of_stages(cells({"Asian": 0.5, "White": 0.7}), SECTION, {"s": "Stage"}, **options))
    at = found.set_index(["dimension", "measure"])
    assert at.loc[("group", "range"), "estimate"] == pytest.approx(0.2)
    assert at.loc[("deprivation", "sii_ohid"), "estimate"] == pytest.approx(0.0, abs=1e-12)
    assert set(found["n"]) == {3200}
    # A group that nobody of reached the stage: no measure, and why.
    found = pd.DataFrame(inequality.of_stages(cells({"Asian": 0.0, "White": 0.7}), SECTION, {"s": "Stage"}, **options))
    assert found.set_index("dimension").loc["group", "reason"].startswith("a group has too few records")


def test_providers_alike_by_chance_lie_within_the_limits_and_one_apart_does_not():
    rng = np.random.default_rng(5)
    n = np.full(40, 400)
    reached = rng.binomial(n, 0.6)
    reached[0] = 120  # 0.30 against 0.60
    frame = pd.DataFrame(
        {"outcome": "s", "kind": "provider", "region": "A", "provider": range(40), "eligible": n, "reached": reached}
    )
    found = funnel.limits(frame)
    assert found["position"].iloc[0] == "below the 99.8% limits"
    assert (found["position"].iloc[1:] == "below the 99.8% limits").sum() == 0
    assert found["phi"].iloc[0] == pytest.approx(dispersed(found), rel=1e-12)
    # Providers that truly differ: over-dispersion widens the limits until hardly any stands out.
    frame["reached"] = rng.binomial(n, np.clip(rng.normal(0.6, 0.08, 40), 0, 1))
    wide = funnel.limits(frame)
    assert wide["tau"].iloc[0] > 0.05
    outside = (wide["share"] < wide["low998"]) | (wide["share"] > wide["high998"])
    assert outside.sum() > 5 > (wide["position"].str.contains("99.8")).sum()


def dispersed(found):
    """Phi by hand: squared z scores on the arcsine scale, the four at either end drawn in."""
    z = (np.arcsin(np.sqrt(found["share"])) - np.arcsin(np.sqrt(found["target"]))) * 2 * np.sqrt(found["eligible"])
    low, high = np.quantile(z, [0.1, 0.9])
    return (z.clip(low, high) ** 2).mean()


def test_a_withheld_unit_has_no_limits():
    frame = pd.DataFrame({"outcome": "s", "kind": "region", "region": list("ABC"), "provider": "All providers",
                          "eligible": [100, 100, None], "reached": [50, 60, 8]})  # fmt: skip
    found = funnel.limits(frame)
    assert found["position"].tolist() == ["within the limits", "within the limits", "not given"]
    assert found.loc[2, ["share", "low95", "wide_high998"]].isna().all()
    assert found["phi"].isna().all()  # too few units
