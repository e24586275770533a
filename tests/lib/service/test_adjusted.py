"""Adjusted differences, reasons for none, and contrasts between regions."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import adjusted, pathway, regional, release

METHODS = {
    "level": 0.95,
    "power": 0.8,
    "variance": "auto",
    "separated": "leave_out",
    "min_clusters": 10,
    "min_events": 5,
    "model_ages": [0, 40],
}


def cells(*rows):
    frame = pd.DataFrame(rows, columns=["group", "region", "provider", "age_from", "n", "reached"])
    return frame.assign(sex="Female", deprivation="1", eligible_x=frame["n"], reached_x=frame["reached"])


def fit(frame, ladder=None, cluster=None, **more):
    return adjusted.differences(
        frame,
        ["x"],
        ladder or {"crude": []},
        comparator="White",
        national="All regions",
        cluster=cluster,
        methods=METHODS | more,
    ).set_index(["model", "region", "group"])


def test_crude_model_is_the_two_by_two_table():
    found = fit(cells(("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40)))
    row = found.loc[("crude", "All regions", "Asian")]
    # (40/60) / (120/80) = 0.4444; 40% - 60% = -20 points; se = sqrt(.4*.6/100 + .6*.4/200) = 0.06.
    assert row["odds_ratio"] == pytest.approx(4 / 9)
    assert row["risk_difference"] == pytest.approx(-0.2)
    assert row["risk_difference_low"] == pytest.approx(-0.2 - 1.959964 * 0.06, rel=1e-6)
    assert (row["group_records"], row["group_events"], row["records"], row["events"]) == (100, 40, 300, 160)


def test_adjustment_takes_away_a_difference_that_age_explains():
    # In each age band both groups reach the same share (80%, 40%), but their ages differ.
    frame = cells(
        ("White", "A", "p", 0, 800, 640), ("White", "A", "p", 40, 200, 80),
        ("Asian", "A", "p", 0, 100, 80), ("Asian", "A", "p", 40, 400, 160),
    )  # fmt: skip
    found = fit(frame, {"crude": [], "age": ["age"]})
    assert found.loc[("crude", "All regions", "Asian"), "risk_difference"] == pytest.approx(0.48 - 0.72)
    assert found.loc[("age", "All regions", "Asian"), "risk_difference"] == pytest.approx(0, abs=1e-12)
    assert found.loc[("age", "All regions", "Asian"), "odds_ratio"] == pytest.approx(1)


def test_a_group_without_an_event_gets_a_reason_and_leaves_the_others_alone():
    frame = cells(
        ("White", "A", "p", 0, 200, 120),
        ("Asian", "A", "p", 0, 100, 40),
        ("Other", "A", "p", 0, 30, 0),
        ("Mixed", "A", "p", 0, 30, 4),
    )
    found = fit(frame).loc[("crude", "All regions")]
    assert found.loc["Other", "reason"] == "no record that reached the stage"
    assert found.loc["Mixed", "reason"] == "fewer than 5 records that reached the stage, or that did not"
    assert found.loc[["Other", "Mixed"], "odds_ratio"].isna().all()
    assert found.loc["Asian", "odds_ratio"] == pytest.approx(4 / 9)


def test_no_estimate_without_a_comparator():
    found = fit(cells(("White", "A", "p", 0, 20, 20), ("Asian", "A", "p", 0, 100, 40)))
    assert set(found["reason"]) == {"the comparator has no record that missed the stage"}
    assert found["odds_ratio"].isna().all()


def test_covariate_levels_without_an_event_are_left_out_of_the_fit():
    frame = cells(
        ("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40),
        ("White", "A", "p", 40, 50, 0), ("Asian", "A", "p", 40, 20, 0),
    )  # fmt: skip
    row = fit(frame, {"age": ["age"]}).loc[("age", "All regions", "Asian")]
    assert row["odds_ratio"] == pytest.approx(4 / 9)
    assert row["records"] == 300
    assert row["group_records"] == 120


def by_provider(providers):
    return cells(
        *[
            (group, "A", f"p{i}", 0, 100, 50 + (7 * i) % 11 + (5 if group == "Asian" else 0))
            for group in ("White", "Asian")
            for i in range(providers)
        ]
    )


def test_few_clusters_get_the_bias_reduced_variance():
    few = fit(by_provider(9), cluster="provider")
    assert set(few["variance"]) == {"cluster-robust by provider (CR2, Satterthwaite)"}
    # Both groups at each of nine providers of one size: eight degrees of freedom, less a little for unequal shares.
    assert 7.5 < few.loc[("crude", "All regions", "Asian"), "df"] <= 8 + 1e-9
    many = fit(by_provider(10), cluster="provider")
    assert set(many["variance"]) == {"cluster-robust by provider (CR1)"}
    assert set(many["clusters"]) == {10}
    assert many.loc[("crude", "All regions", "Asian"), "df"] == 9


def test_plain_variance_is_refused_with_few_clusters_even_if_asked_for():
    assert set(fit(by_provider(4), cluster="provider", variance="CR1")["variance"]) == {
        "cluster-robust by provider (CR2, Satterthwaite)"
    }
    assert set(fit(by_provider(4), cluster="provider", variance="HC1")["variance"]) == {"robust (HC1)"}
    assert set(fit(by_provider(1), cluster="provider")["variance"]) == {"model-based"}


def test_a_group_of_one_cluster_says_that_its_interval_is_model_based():
    frame = pd.concat([by_provider(12), cells(("Mixed", "A", "p3", 0, 100, 40))])
    found = fit(frame, cluster="provider").loc[("crude", "All regions")]
    assert found.loc["Mixed", "variance"] == "model-based: all records of the group are of one provider"
    assert found.loc["Asian", "variance"] == "cluster-robust by provider (CR1)"
    # (40/60) / odds of White; variance 1/40 + 1/60 + 1/a + 1/b with White's a of 1200.
    a = found.loc["White", "group_events"]
    se = np.sqrt(1 / 40 + 1 / 60 + 1 / a + 1 / (1200 - a))
    assert np.log(found.loc["Mixed", "odds_ratio_high"] / found.loc["Mixed", "odds_ratio"]) == pytest.approx(
        1.959964 * se
    )


def test_ratio_difference_and_average_come_from_one_fit():
    found = fit(cells(("White", "A", "p", 0, 300, 180), ("Asian", "A", "p", 0, 100, 40))).loc[("crude", "All regions")]
    row = found.loc["Asian"]
    # .4 / .6; variance of its log = .6/(.4·100) + .4/(.6·300) = .015 + .002222.
    assert row["risk_ratio"] == pytest.approx(2 / 3)
    assert np.log(row["risk_ratio_high"] * 1.5) == pytest.approx(1.959964 * np.sqrt(0.015 + 0.4 / 180))
    # The modified Poisson model of two groups is the same ratio with the same robust variance.
    assert row[adjusted.POISSON].tolist() == pytest.approx(
        row[["risk_ratio", "risk_ratio_low", "risk_ratio_high"]].tolist()
    )
    # The average is .75 · .6 + .25 · .4 = .55: White stands .05 above it, Asian .15 below.
    assert found["risk_difference_average"].to_dict() == pytest.approx({"White": 0.05, "Asian": -0.15})
    assert row["risk_ratio_average"] == pytest.approx(0.4 / 0.55)
    # Asian less the average is .75 of the difference of -.2, and so is its error.
    width = row["risk_difference_high"] - row["risk_difference_low"]
    assert row["risk_difference_average_high"] - row["risk_difference_average_low"] == pytest.approx(0.75 * width)
    assert np.log(found.loc["White", "odds_ratio_average"]) == pytest.approx(-0.25 * np.log(row["odds_ratio"]))
    # 80% power at 5%: (1.959964 + 0.841621) standard errors.
    assert row["detectable"] == pytest.approx((1.959964 + 0.841621) * width / 2 / 1.959964, rel=1e-6)


def test_a_group_without_an_event_is_kept_by_penalised_likelihood_where_asked():
    frame = cells(("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40), ("Other", "A", "p", 0, 30, 0))
    found = fit(frame, separated="firth").loc[("crude", "All regions")]
    # A saturated model adds half an event and half a non-event to each group (Firth, 1993).
    assert found.loc["Other", "odds_ratio"] == pytest.approx((0.5 / 30.5) / (120.5 / 80.5), rel=1e-6)
    assert found.loc["Asian", "odds_ratio"] == pytest.approx((40.5 / 60.5) / (120.5 / 80.5), rel=1e-6)
    assert (
        0
        < found.loc["Other", "odds_ratio_low"]
        < found.loc["Other", "odds_ratio"]
        < found.loc["Other", "odds_ratio_high"]
    )
    assert set(found["method"]) == {adjusted.PENALISED}
    assert set(found["reason"]) == {""}
    # A group that small is left out still.
    small = fit(frame.assign(n=1), separated="firth", min_events=20).loc[("crude", "All regions")]
    assert small.loc["Other", "reason"] == "no record that reached the stage"
    assert set(small["method"]) == {adjusted.LIKELIHOOD}


def test_a_group_that_only_stands_where_nothing_varies_is_named_and_leaves_the_others_alone():
    frame = cells(
        ("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40), ("Other", "A", "p", 0, 40, 20),
        ("White", "A", "q", 40, 50, 0), ("Mixed", "A", "q", 40, 40, 0), ("Mixed", "A", "r", 80, 40, 40),
    )  # fmt: skip
    found = fit(frame, {"age": ["age"]}, model_ages=[0, 40, 80]).loc[("age", "All regions")]
    assert found.loc["Mixed", "reason"] == "its records lie where every record, or none, reached the stage"
    assert found.loc["Asian", "odds_ratio"] == pytest.approx(4 / 9)
    assert found.loc["Other", "odds_ratio"] == pytest.approx(1 / 1.5)


def test_regions_run_the_last_model_without_the_region():
    rows = [(g, r, "p", a, 100, 50 + a // 8) for g in ("White", "Asian") for r in ("A", "B") for a in (0, 40)]
    found = fit(cells(*rows), {"crude": [], "full": ["age", "region"]}).reset_index()
    assert set(found[["model", "region"]].itertuples(index=False, name=None)) == {
        ("crude", "All regions"), ("full", "All regions"), ("full", "A"), ("full", "B"),
    }  # fmt: skip
    named = adjusted.labelled(found, {"x": "Reached"}, {"crude": [], "full": ["age", "region"]}, "All regions")
    assert named.groupby(["model", "region"])["covariates"].first().to_dict() == {
        ("crude", "All regions"): "", ("full", "All regions"): "age, region", ("full", "A"): "age", ("full", "B"): "age",
    }  # fmt: skip


def test_a_region_is_compared_with_the_others():
    base = {
        "outcome": "x",
        "model": "m",
        "group": "Asian",
        "comparator": "White",
        "group_records": 9,
        "group_events": 3,
    }
    frame = pd.DataFrame(
        [
            base | {"region": r, "odds_ratio": np.exp(b), "log_se": s, "log_se_model": s, "df": np.nan}
            for r, b, s in (("A", -1.0, 0.2), ("B", 0.0, 0.1), ("C", 0.3, 0.2))
        ]
    )
    found = regional.contrasts(frame, national="All regions", level=0.95).set_index("region")
    # Others of A: weights 100 and 25 -> (0 + 7.5)/125 = 0.06, variance 1/125; gap -1.06, se sqrt(.04 + .008).
    assert np.log(found.loc["A", "ratio"]) == pytest.approx(-1.06)
    assert np.log(found.loc["A", "ratio_high"]) == pytest.approx(-1.06 + 1.959964 * 0.048**0.5, rel=1e-6)
    assert (found["p_holm"] >= found["p"]).all()
    assert found.loc["A", "p_holm"] == pytest.approx(3 * found.loc["A", "p"])


def test_few_clusters_widen_the_contrast_of_regions():
    frame = pd.DataFrame(
        [
            {
                "outcome": "x",
                "model": "m",
                "group": "Asian",
                "comparator": "White",
                "group_records": 9,
                "group_events": 3,
            }
            | {"region": r, "odds_ratio": np.exp(b), "log_se": s, "log_se_model": m, "df": d}
            for r, b, s, m, d in (("A", -1.0, 0.2, 0.1, 4), ("B", 0.0, 0.01, 0.1, 2), ("C", 0.6, 0.2, 0.2, 4))
        ]
    )
    row = regional.contrasts(frame, national="All regions", level=0.95).set_index("region").loc["A"]
    # Model-based weights .8 and .2: gap -1 - .12. B looks surer than its model allows, so that its error is .1:
    # variance .04 + .64 · .01 + .04 · .04 = .048.
    assert np.log(row["ratio"]) == pytest.approx(-1.12)
    degrees = 0.048**2 / (0.04**2 / 4 + 0.0064**2 / 2 + 0.0016**2 / 4)
    assert degrees == pytest.approx(5.471, abs=1e-3)
    # Student's t at .975 with 5.471 degrees, by linear interpolation of the tables' 2.5706 (5) and 2.4469 (6): 2.51.
    half = np.log(row["ratio_high"] / row["ratio"])
    assert half == pytest.approx(2.51 * np.sqrt(0.048), rel=5e-3)


def test_a_study_without_regions_has_no_contrasts():
    found = fit(
        cells(("White", "All regions", "p", 0, 200, 120), ("Asian", "All regions", "p", 0, 100, 40))
    ).reset_index()
    assert regional.contrasts(found, national="All regions", level=0.95).empty


def test_cascade_adds_up_over_groups_and_regions():
    frame = pd.DataFrame(
        [("White", "A", 10, 8, 6, 1, 7), ("White", "B", 20, 20, 5, 0, 5), ("Asian", "A", 4, 4, 4, 0, 4)],
        columns=["group", "region", "n", "eligible_x", "reached_x", "pending_x", "attained_x"],
    )
    stages = [{"id": "x", "label": "Reached", "column": "c"}]
    counts = pathway.cascade(frame, {"id": "s", "label": "Started"}, stages, national="All regions")
    found = pathway.shares(counts, 0.95).set_index(["region", "group"])
    assert found.loc[
        ("All regions", "All groups"), ["started", "eligible", "reached", "pending", "attained"]
    ].tolist() == [34, 32, 15, 1, 16]
    assert found.loc[("B", "Asian"), "started"] == 0
    assert np.isnan(found.loc[("B", "Asian"), "share"])
    assert found.loc[("A", "White"), "share"] == pytest.approx(6 / 8)
    assert found.loc[("A", "White"), "cumulative"] == pytest.approx(7 / 10)


def test_released_shares_and_intervals_come_from_the_rounded_counts(tmp_path):
    from genequity import tables
    from genequity.service.intervals import wilson

    frame = pd.DataFrame(
        [
            ("White", "Region A", 203, 187, 121, 11, 129),
            ("Asian", "Region A", 41, 33, 18, 0, 18),
            ("Other", "Region A", 12, 9, 3, 0, 3),
        ],
        columns=["group", "region", "n", "eligible_x", "reached_x", "pending_x", "attained_x"],
    )
    stages = [{"id": "x", "label": "Reached", "column": "c"}]
    counts = pathway.cascade(frame, {"id": "s", "label": "Started"}, stages, national="All regions")
    source, target = str(tmp_path / "pathway.csv"), str(tmp_path / "out" / "pathway.csv")
    tables.write(pathway.shares(counts, 0.95), source, "service/pathway")
    release.release([source], [target], "nhse", 0.95, 1)
    found = tables.read(target, "service/pathway").set_index(["region", "group"]).loc["Region A"]
    # 187 -> 185, 121 -> 120, 203 -> 205, 129 -> 130; a count of 3 is withheld, and a second one with it.
    assert found.loc["White", ["started", "eligible", "reached"]].tolist() == [205, 185, 120]
    assert found.loc["White", "share"] == pytest.approx(120 / 185, abs=5e-5)
    assert found.loc["White", "share_low"] == pytest.approx(float(wilson(120, 185)[0]), abs=5e-5)
    assert found.loc["White", "cumulative"] == pytest.approx(130 / 205, abs=5e-5)
    assert found.loc["Other", ["reached", "share", "share_low", "cumulative"]].isna().all()
    assert found["reached"].isna().sum() >= 2


def other(frame, ladder):
    return adjusted.variants(
        frame, ["x"], ladder, comparator="White", national="All regions", cluster=None, methods=METHODS
    ).set_index(["variant", "group"])


def test_variants_leave_out_unknown_groups_or_keep_unknown_covariates():
    frame = cells(
        ("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40), ("Not known", "A", "p", 0, 50, 10),
        ("Asian", "A", "p", 0, 100, 90),
    )  # fmt: skip
    frame.loc[3, "sex"] = "Unknown"
    found = other(frame, {"crude": [], "sex": ["sex"]})
    known = found.loc[adjusted.KNOWN_ONLY]
    assert list(known.index) == ["White", "Asian"]
    # Complete cases: (40/60) / (120/80), as in the two by two table.
    assert known.loc["Asian", "odds_ratio"] == pytest.approx(4 / 9)
    kept = found.loc[adjusted.UNKNOWN_KEPT]
    assert kept.loc["Asian", "group_records"] == 200
    # Those of unknown sex are Asian alone: they bear on the group only through their own category, which fits exactly.
    assert kept.loc["Asian", "odds_ratio"] == pytest.approx(4 / 9)
    assert kept.loc["Asian", "risk_difference"] != pytest.approx(known.loc["Asian", "risk_difference"])


def test_a_variant_that_changes_no_record_has_no_rows():
    frame = cells(("White", "A", "p", 0, 200, 120), ("Asian", "A", "p", 0, 100, 40))
    assert other(frame, {"crude": [], "sex": ["sex"]}).empty
