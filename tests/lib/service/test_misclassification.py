"""Ranges for wrong ethnicity."""

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.service import bias, rates, text_unknown
from genequity.service import misclassification as wrong


def test_recorded_groups_are_divided_by_agreement_and_size():
    # Of 90 recorded A, a tenth is spread over B and C as 30 : 60; and so on.
    found = bias.agreed(np.array([0.9, 1.0, 0.5]), np.array([90, 30, 60]))
    assert found == pytest.approx(np.array([[0.9, 0.1 / 3, 0.2 / 3], [0, 1, 0], [0.375, 0.125, 0.5]]))


def test_matrix_method_undoes_error_that_does_not_hang_on_the_outcome():
    """True: A 800 with 400 reached, B 200 with 50. Records keep .95 of A and .8 of B, whatever the outcome."""
    kept = np.array([[0.95, 0.05], [0.2, 0.8]])  # by true group
    true, reached = np.array([800.0, 200]), np.array([400.0, 50])
    recorded, seen = true @ kept, reached @ kept  # 800 and 200 recorded; 390 and 60 reached
    agreement = true * np.diag(kept) / recorded  # 760 / 800, 160 / 200
    found = wrong.corrected(agreement, recorded, seen)
    assert found[0] == pytest.approx(true)
    assert found[1] == pytest.approx(reached)


def test_full_agreement_changes_nothing_and_what_cannot_be_is_refused():
    records, events = np.array([900.0, 100]), np.array([450.0, 2])
    assert wrong.corrected(np.ones(2), records, events)[1] == pytest.approx(events)
    # At 50% agreement half of B would be A, and A's share is a half: 2 of 100 reached cannot be.
    assert wrong.corrected(np.array([0.95, 0.5]), records, events) is None


DRAWN = {"level": 0.95, "seed": 1}


def rows(counts, limits, measure="difference"):
    frame = pd.DataFrame(counts, columns=["group", "group_records", "group_events"])
    low, high = zip(*limits)
    return frame.assign(
        of="share", outcome="x", place=1, label="X", measure=measure, comparator="White", agreement_low=low,
        agreement_high=high, source="s", observed=np.nan, low=np.nan, high=np.nan, scenarios=8, possible=np.nan, reason="",
    ).assign(**dict.fromkeys(bias.COLUMNS, np.nan))  # fmt: skip


def test_the_range_holds_the_truth_and_lies_away_from_no_difference():
    counts = [("Asian", 200, 60), ("White", 800, 390)]
    found = wrong.of_shares(rows(counts, [(0.8, 1.0), (0.95, 1.0)]), **DRAWN).set_index("group").loc["Asian"]
    assert found["observed"] == pytest.approx(0.3 - 390 / 800)
    # With both limits low: 50/200 against 400/800; with full agreement as recorded.
    assert found["low"] == pytest.approx(-0.25)
    assert found["high"] == pytest.approx(0.3 - 390 / 800)
    assert found["possible"] == 8


def test_ratio_is_that_of_the_odds():
    counts = [("Asian", 200, 60), ("White", 800, 390)]
    found = wrong.of_shares(rows(counts, [(0.8, 1.0), (0.95, 1.0)], "ratio"), **DRAWN).set_index("group").loc["Asian"]
    assert found["observed"] == pytest.approx((60 / 140) / (390 / 410))
    assert found["low"] == pytest.approx((50 / 150) / (400 / 400))


def test_a_group_without_published_agreement_and_impossible_limits_say_so():
    counts = [("Asian", 100, 2), ("Black", 100, 40), ("White", 900, 450)]
    limits = [(0.3, 0.4), (np.nan, np.nan), (0.95, 0.95)]
    found = wrong.of_shares(rows(counts, limits), **DRAWN).set_index("group")
    assert found.loc["Asian", "reason"] == wrong.NOT_POSSIBLE
    assert found.loc["Black", "reason"] == wrong.NOT_PUBLISHED
    assert np.isnan(found.loc["White", "observed"])


def test_a_withheld_count_takes_the_ranges_of_its_outcome_with_it():
    frame = rows([("Asian", 200, 60), ("White", 800, 390)], [(0.8, 1.0), (0.95, 1.0)])
    shown = wrong.of_shares(frame, **DRAWN).astype({"group_records": "Int64"})
    shown.loc[0, "group_records"] = pd.NA
    released = wrong.released(shown.assign(suppressed=None), **DRAWN)
    assert released[["observed", "low", "high", "chance_low", "corrected", "total_high"]].isna().all(axis=None)


def test_rates_divide_the_people_counted_by_agreement():
    """Records: 100 Asian, 900 White. At .8 and .95, 80 + 45 = 125 and 875 are truly so; residents 1,000 and 5,000."""
    strata = {
        "x": {
            group: pd.DataFrame({"people": [people], "squares": [people], "population": [residents], "weight": [1.0]})
            for group, people, residents in (("Asian", 100, 1000), ("White", 900, 5000))
        }
    }
    frame = rows([("Asian", 100, 100), ("White", 900, 900)], [(0.8, 0.8), (0.95, 0.95)], "ratio").assign(of="rate")
    found = wrong.of_rates(frame, strata, 1.0, **DRAWN).set_index("group").loc["Asian"]
    assert found["observed"] == pytest.approx(0.1 / 0.18)
    assert (found["low"], found["high"]) == pytest.approx((0.125 / 0.175, 0.125 / 0.175))


def test_the_published_file_is_read_and_a_bad_one_refused(tmp_path):
    limits = wrong.read("config/agreement/england_health_records.csv", "five_2021")
    assert limits.loc["White", ["low", "high"]].tolist() == [0.95, 0.981]
    assert limits.loc["Other", ["low", "high"]].tolist() == [0.26, 0.26]  # only "fewer than" is published
    assert wrong.read("config/agreement/england_health_records.csv", "sixteen").loc["Pakistani", "high"] == 1
    bad = tmp_path / "a.csv"
    bad.write_text("grouping,group,low,high,source\nfive,A,0.9,0.5,s\nfive,B,1.5,,s\nfive,C,,,s\nfive,C,0.5,,s\n")
    with pytest.raises(InputError) as caught:
        wrong.read(str(bad), "five")
    told = str(caught.value)
    assert "a low limit above the high one" in told
    assert "a limit that is no share" in told
    assert "a group without a limit" in told
    assert "stands twice" in told


def test_a_group_with_a_hole_in_its_denominators_is_named_and_the_others_have_their_range():
    """Asian women have no row: of Asian people no range, of Black people that of the full file."""
    full = pd.DataFrame(
        [(group, "All regions", age, sex, 1000) for group in ("Asian", "Black", "White") for age in (0, 40)
         for sex in ("Female", "Male")],
        columns=["group", "region", "age_from", "sex", "population"],
    )  # fmt: skip
    events = full.assign(measure="x", people=full["group"].map({"Asian": 30, "Black": 20, "White": 40}))
    standard = pd.DataFrame({"age_from": [0, 40], "weight": [60, 40]})
    limits = pd.DataFrame({"low": 0.8, "high": 1.0, "source": "s"}, index=["Asian", "Black", "White"])

    def ranges(population, comparator="White"):
        shared = {"comparator": comparator, "national": "All regions", "years": 1.0}
        table = rates.by_group(
            events, population, standard, measures={"x": "X"}, kinds={"x": "census"}, **shared,
            groups=["Asian", "Black", "White"], methods={"level": 0.95, "standardise_by": ["age", "sex"]},
        )  # fmt: skip
        strata = rates.strata_of(events, {"x": population}, standard, ["age", "sex"])
        assert len({len(own) for own in strata["x"].values()}) == 1
        cells, section = full[["group"]], {"pathway": [], "outcomes": []}
        found = wrong.table(cells, table, strata, section, limits, **shared, **DRAWN)
        return found[found["measure"] == "ratio"].set_index("group")

    holed = full[(full["group"] != "Asian") | (full["sex"] != "Female")]
    found = ranges(holed)
    assert found.loc["Asian", "reason"] == "the denominators have no row for Female"
    assert found.loc["Asian", ["observed", "low", "high"]].isna().all()
    assert found.loc["Black", "observed"] == pytest.approx(0.5)
    assert found.loc["Black", "low"] < 0.5 < found.loc["Black", "high"] + 1e-9
    assert not ranges(full)["reason"].any()
    assert ranges(holed, "Asian").loc["Black", "reason"] == wrong.NO_COMPARATOR


def test_full_agreement_leaves_chance_alone_and_two_runs_are_the_same():
    counts = [("Asian", 200, 60), ("White", 800, 390)]
    frame = rows(counts, [(1.0, 1.0), (1.0, 1.0)])
    found = wrong.of_shares(frame, **DRAWN).iloc[0]
    assert (found["total_low"], found["total_high"]) == pytest.approx((found["chance_low"], found["chance_high"]))
    # Difference -0.1875; Wald's limits are 1.96 * sqrt(.3 * .7 / 200 + .4875 * .5125 / 800) = 0.0723 to either side.
    assert (found["chance_low"], found["chance_high"]) == pytest.approx((-0.2598, -0.1152), abs=0.004)
    assert wrong.of_shares(frame, **DRAWN).equals(wrong.of_shares(frame, **DRAWN))
    other = wrong.of_shares(frame, level=0.95, seed=2).iloc[0]
    assert other["total_low"] != found["total_low"]


def test_a_group_without_published_agreement_has_no_interval_and_hardly_possible_draws_none_either():
    counts = [("Asian", 100, 2), ("Black", 100, 40), ("White", 900, 450)]
    found = wrong.of_shares(rows(counts, [(0.3, 0.98), (np.nan, np.nan), (0.95, 0.95)]), **DRAWN).set_index("group")
    assert found.loc["Black", ["chance_low", "corrected", "total_low"]].isna().all()
    # Only of agreement near its upper limit can 2 of 100 have come about.
    assert 0 < found.loc["Asian", "draws_possible"] < found.loc["Asian", "draws"] == bias.DRAWS
    found = wrong.of_shares(rows(counts, [(0.3, 0.4), (1.0, 1.0), (0.95, 0.95)]), **DRAWN).set_index("group")
    assert found.loc["Asian", "draws_possible"] < bias.FEWEST
    assert np.isnan(found.loc["Asian", "corrected"])
    assert found.loc["Black", "reason"] == wrong.NOT_POSSIBLE


def test_the_text_sets_chance_error_and_both_side_by_side_and_names_what_is_clear_no_longer():
    counts = [("Asian", 2000, 900), ("Mixed", 800, 340), ("White", 8000, 3900)]
    limits = [(0.79, 0.92), (0.12, 0.42), (0.95, 0.981)]
    found = wrong.of_shares(rows(counts, limits), **DRAWN)
    shown = text_unknown.wrong(found).set_index("group")
    # 45 of 100 less 48.75; 42.5 less 48.75; the standard errors are 1.24 and 1.83.
    assert shown.loc["Asian", "as_recorded"].startswith(("−3.8 (−6.", "−3.7 (−6."))
    assert shown.loc["Mixed", "as_recorded"].startswith(("−6.2 (−9.", "−6.3 (−9."))
    assert shown.loc["Mixed", "both"] != shown.loc["Mixed", "as_recorded"]
    assert text_unknown.both(found).startswith("Of 2 differences between shares, 2 are clear by chance alone.")
    few = wrong.of_shares(rows([("Mixed", 80, 30), ("White", 8000, 3900)], [limits[1], limits[2]]), **DRAWN)
    assert text_unknown.wrong(few)["as_recorded"].iloc[0].startswith(("−11.2 (−21", "−11.3 (−21"))
    assert "clear no longer: X (Mixed)." in text_unknown.both(few)
    assert text_unknown.both(found.iloc[:0]) == "No interval of both kinds of error can be given."
