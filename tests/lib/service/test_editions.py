"""What an edition says: first and widest gap, other regions, the funnel, what is withheld; all from released frames."""

from dataclasses import replace

import pandas as pd
import pytest
from genequity.service import edition_alike, edition_limits, edition_text, figures_regions
from genequity.service.editions import Edition, listed

STAGES = ["accepted", "tested", "total"]
LABELS = {"accepted": "Accepted", "tested": "Tested", "total": "Whole pathway"}


def steps(region, group, *values, records=500, reason=""):
    """One group's rows: (contribution, low, high) of each step and of the whole; None where not given."""
    rows = []
    for place, (step, triple) in enumerate(zip(STAGES, values, strict=True), 1):
        value, low, high = triple or (float("nan"),) * 3
        counts = {"eligible": records, "reached": records - 100}
        rows.append(
            {"step": step, "place": place, "label": LABELS[step], "region": region, "group": group, **counts}
            | {"contribution": value, "low": low, "high": high, "reason": reason, "suppressed": ""}
        )
    return rows


def pathway(region, **shares):
    """Share accepted and tested by group; 1,000 records each."""
    rows = []
    for group, pair in {"All groups": (0.8, 0.8), **shares}.items():
        for place, (stage, share) in enumerate(zip(STAGES, pair, strict=False), 1):
            rows.append(
                {"stage": stage, "place": place, "label": LABELS[stage], "after": "Referred", "region": region}
                | {"group": group, "started": 1000, "share": share, "suppressed": "" if share == share else "small"}
            )
    return pd.DataFrame(rows)


METHODS = {"level": 0.95, "power": 0.8}
DOWN, UP, NONE = (-0.05, -0.06, -0.04), (0.05, 0.04, 0.06), (0.0, -0.01, 0.01)


def frames(region="North", funnel=None, regional=None, **shares):
    shares = shares or {"Asian": (0.75, 0.8), "Black": (0.8, 0.7), "White": (0.85, 0.8)}
    columns = ["outcome", "region", "group", "ratio", "p_holm"]
    return {
        "pathway": pd.concat([pathway(region, **shares), pathway("All", **shares)]),
        "regional": pd.DataFrame(regional or [], columns=columns),
        "funnel": pd.DataFrame(funnel or [], columns=["kind", "region", "place", "label", "position"]),
    }


def test_gaps_name_the_steps_whose_interval_holds_no_zero():
    table = pd.DataFrame(
        [
            *steps("North", "Other", NONE, (-0.02, -0.03, -0.01), (-0.02, -0.03, -0.01)),
            *steps("North", "Asian", DOWN, UP, NONE),
            *steps("North", "Not known", DOWN, DOWN, DOWN),
            *steps("South", "Asian", DOWN, DOWN, DOWN),
        ]
    )
    asian, other = edition_text.gaps(table, "North")  # Other stands last; unknown groups are no groups
    assert (asian.group, asian.lower, asian.higher, asian.widest) == ("Asian", ("Accepted",), ("Tested",), "Accepted")
    assert (asian.side, other.side, other.lower) == ("no clear difference", "lower", ("Tested",))


def test_the_widest_part_is_the_lowest_of_the_clear_ones():
    rows = pd.DataFrame(steps("North", "Asian", (-0.02, -0.03, -0.01), (-0.04, -0.06, -0.02), DOWN))
    assert edition_text.gaps(rows, "North")[0].widest == "Tested"


def test_a_gap_that_is_not_given_says_why():
    rows = pd.DataFrame(steps("North", "Asian", None, None, None, reason="fewer than 10 events"))
    found = edition_text.gaps(rows, "North")[0]
    assert (found.side, found.reason) == ("not given", "fewer than 10 events")
    assert edition_text.blank({"reason": "", "suppressed": "small number"}) == "withheld"


def test_a_group_whose_count_is_withheld_is_said_to_be():
    """As the released table is read: a blank count is pandas' NA, which is neither equal nor unequal."""
    table = pd.DataFrame([*steps("North", "Asian", DOWN, DOWN, DOWN), *steps("North", "Other", None, None, None)])
    for column in ("eligible", "reached"):
        table[column] = table[column].astype("Int64").mask(table["group"] == "Other")
    table["suppressed"] = table["suppressed"].mask(table["group"] == "Other", "small number")
    found = edition_text.gaps(table, "North")
    shown = edition_text.table({"gap_steps": table}, found, "North", "All").set_index("group")
    assert shown["suppressed"].to_dict() == {"Asian": "", "Other": "withheld"}
    assert shown.loc["Asian", "records"] == 500
    started = pathway("North").assign(started=pd.Series([pd.NA, pd.NA], dtype="Int64"))
    assert edition_text.scope(started, "North", "All") == (
        "No record of this region was analysed, or too few to publish their number."
    )


def test_the_first_gap_is_the_earliest_step_of_any_group_and_stands_in_records_of_100():
    found = edition_text.gaps(
        pd.DataFrame([*steps("North", "Asian", DOWN, NONE, DOWN), *steps("North", "Black", NONE, DOWN, DOWN)]), "North"
    )
    lines = edition_text.brief(frames(), found, "North", "All", "White", METHODS)
    assert "This edition is about 1,000 of 1,000 records of care. Each begins at “Referred”." in lines
    assert "Compared with White, a lower share came through the whole pathway for Asian and Black." in lines
    assert "The first clear gap is at “Accepted”, for Asian." in lines
    assert "Of 100 records there, 75 for Asian went on; 85 for White." in lines
    assert "The widest clear part lies at “Tested” for Black." in lines


def test_groups_stand_in_reading_order_never_by_size():
    found = edition_text.gaps(
        pd.DataFrame([*steps("North", "Black", DOWN, NONE, DOWN), *steps("North", "Asian", NONE, NONE, DOWN)]), "North"
    )
    assert [gap.group for gap in found] == ["Asian", "Black"]


def test_no_clear_step_is_said():
    found = edition_text.gaps(pd.DataFrame(steps("North", "Asian", NONE, NONE, NONE)), "North")
    lines = edition_text.brief(frames(), found, "North", "All", "White", METHODS)
    # Limits of 1 to either side: 2 * 1 / 3.92 is the standard error, times 1.96 + 0.84 for 80% power.
    said = "For Asian there is no clear difference from White over the whole pathway."
    assert f"{said} There, a gap of 1.4 points would be found with 80% power." in lines
    assert "No step of the pathway has a clear gap." in lines


def test_where_no_share_is_lower_a_higher_one_is_not_passed_over():
    found = edition_text.gaps(pd.DataFrame(steps("North", "Asian", NONE, UP, NONE)), "North")
    lines = edition_text.brief(frames(), found, "North", "All", "White", METHODS)
    at = lines.index("No step of the pathway has a clear gap.")
    assert lines[at + 1] == "At “Tested”, the share that went on is higher for Asian."


def test_other_regions_count_only_after_correction_for_many_comparisons():
    rows = [("accepted", "North", "Asian", 0.7, 0.04), ("tested", "North", "Black", 0.7, 0.2)]
    lines = edition_text.brief(frames(regional=rows), [], "North", "All", "White", METHODS)
    assert "At “Accepted”, the group Asian stands lower against White than elsewhere." in lines
    assert not any("Black stand" in line for line in lines)
    lines = edition_text.brief(frames(regional=rows[1:]), [], "North", "All", "White", METHODS)
    assert "No group's difference from White is clearly unlike that in the other regions." in lines


@pytest.mark.parametrize(
    ("positions", "sentence"),
    [
        (["within the limits"], "lies within the expected range (99.8% limits) at every step."),
        (["below the 95% limits"], "lies within the expected range (99.8% limits) at every step."),
        (["below the 95% limits", "above the 99.8% limits"], "lies above the expected range (99.8% limits) at “S1”."),
        (["below the 99.8% limits"] * 2, "lies below the expected range (99.8% limits) at “S0” and “S1”."),
        (["below the 99.8% limits", "above the 99.8% limits"], "at “S0”. It lies above the expected range at “S1”."),
    ],
)
def test_the_funnel_says_where_the_region_lies(positions, sentence):
    rows = [("region", "North", place, f"S{place}", position) for place, position in enumerate(positions)]
    lines = edition_text.brief(frames(funnel=rows), [], "North", "All", "White", METHODS)
    assert any(line.endswith(sentence) for line in lines)


def test_a_clear_interval_never_prints_its_zero():
    assert edition_text.points((0.034, 0.0004, 0.068)) == "3.4 (0.04 to 6.80)"
    assert edition_text.points((0.034, -0.0004, 0.068)) == "3.4 (0.0 to 6.8)"


def test_withheld_counts_are_counted_and_named():
    some = frames(Asian=(float("nan"), float("nan")), White=(0.8, 0.8))
    said = edition_limits.withheld(some, "North")
    assert said == "2 counts are withheld, since small numbers could identify people: Asian."
    assert edition_limits.withheld(frames(), "North") == "No count of this edition is withheld."


def test_who_is_not_known_and_who_declined_are_two_shares():
    rows = [("All", "Known", 0.952), ("All", "Not known", 0.028), ("All", "Not stated", 0.02)]
    rows += [("North", "Known", 0.9), ("North", "Not known", 0.07), ("North", "Not stated", 0.03)]
    columns = ["region", "verdict", "place", "label", "holder", "reason"]
    tables = {
        "completeness": pd.DataFrame(rows, columns=["region", "status", "share"]),
        "adequacy": pd.DataFrame(columns=columns),
    }
    words, _ = edition_limits.unmeasured(tables, "All", "All")
    assert words.startswith("The group of 2.8% of people is not known. Of all people, 2.0% declined to state theirs. ")
    words, _ = edition_limits.unmeasured(tables, "North", "All")
    assert (
        "7.0% of people is not known (2.8% in all regions). Of all people, 3.0% declined to state theirs (2.0%" in words
    )
    tables["completeness"].loc[1:2, "share"] = float("nan")
    assert edition_limits.unmeasured(tables, "All", "All")[0].startswith("These data")
    tables["completeness"].loc[2, "share"] = 0.02
    assert edition_limits.unmeasured(tables, "All", "All")[0].startswith("Of all people, 2.0% declined")


def test_a_study_without_regions_has_one_edition():
    assert listed({"national": "All"}) == [Edition("All", "national")]
    regions = [{"label": "North", "name": "N"}]
    assert listed({"national": "All", "regions": regions})[1] == Edition("North", "N")


def test_odds_ratios_drawn_together_are_those_of_the_first_clear_gap_and_rest_least_on_their_own_records_first():
    ratio = {"odds_ratio": 0.7, "odds_ratio_low": 0.5, "odds_ratio_high": 0.998}
    base = {"outcome": "tested", "label": "Tested", "place": 2, "final": True, "comparator": "White"} | ratio
    groups = ["Asian", "Black", "Mixed"]
    adjusted = [base | {"group": group, "region": region} for group in groups for region in ("North", "All")]
    shares = dict(zip(groups, (0.9, 0.2, 0.4), strict=True))
    regional = [
        {"outcome": "tested", "region": "North", "group": group, "pooled": 0.8, "pooled_low": 0.6, "pooled_high": 1.1}
        | {"own_share": share, "group_records": 50}
        for group, share in shares.items()
    ]
    tables = {"adjusted": pd.DataFrame(adjusted), "regional": pd.DataFrame(regional)}
    found = edition_text.gaps(pd.DataFrame(steps("North", "Asian", NONE, DOWN, DOWN)), "North")
    label, rows = edition_alike.pooled(tables, found, "North", "All", 2)
    assert label == "Tested"
    assert list(rows["group"]) == ["Black", "Mixed"]  # in reading order
    assert rows[["own", "drawn", "weight"]].iloc[0].tolist() == ["0.70 (0.500 to 0.998)", "0.80 (0.60 to 1.10)", "20%"]


def test_a_page_with_many_groups_keeps_the_widest_steps_and_the_whole():
    panels = [
        (f"S{place}", pd.DataFrame({"region": ["North"], "contribution": [-0.01 * place]})) for place in range(1, 7)
    ]
    panels.append(("Whole", pd.DataFrame({"region": ["North"], "contribution": [-0.2]})))
    assert [label for label, _ in figures_regions._room(panels, "North", 16)] == ["S4", "S5", "S6", "Whole"]
    assert len(figures_regions._room(panels, "North", 4)) == 7


def difference(outcome, place, group, region, value, half):
    row = {"outcome": outcome, "place": place, "label": outcome.title(), "final": True, "comparator": "White"}
    limits = {"risk_difference": value, "risk_difference_low": value - half, "risk_difference_high": value + half}
    return row | {"group": group, "region": region, "group_records": 100, "covariates": ""} | limits


def test_the_widest_difference_of_each_stage_stands_before_any_other():
    wide = [("a", 1, "Asian", -0.05), ("a", 1, "Black", -0.04), ("b", 2, "Asian", -0.02), ("c", 3, "Black", 0.13)]
    frame = pd.DataFrame([difference(*row[:3], "All", row[3], 0.01) for row in wide])
    found = edition_alike.alike(frame, "All", "All", 3)
    assert list(zip(found.shown["outcome"], found.shown["group"], strict=True)) == [
        ("a", "Asian"), ("b", "Asian"), ("c", "Black"),
    ]  # fmt: skip
    assert list(edition_alike.alike(frame, "All", "All", 2).shown["outcome"]) == ["a", "c"]  # the widest stages
    assert list(edition_alike.alike(frame, "All", "All", 4).shown["group"]) == ["Asian", "Black", "Asian", "Black"]


def test_differences_that_are_not_given_are_counted_and_chance_is_named():
    nan = float("nan")
    rows = [difference(stage, 1, "Asian", "All", -0.05, 0.01) for stage in "abcd"]
    rows += [difference(stage, 1, "Asian", "North", -0.05, 0.01) for stage in "ab"]
    rows += [difference("c", 1, "Asian", "North", nan, nan)]  # and of d there is no row
    found = edition_alike.alike(pd.DataFrame(rows), "North", "All", 9)
    assert (found.clear, found.given, found.without) == (2, 2, 2)
    said = edition_alike.of_chance(found, METHODS)
    assert "Of 2 differences between groups that can be given, 2 are clear." in said
    assert "The 2 others have too few records, or counts withheld." in said
    assert said.endswith("If no group differed, about 1 of 2 would look clear by chance.")
    assert "about 2 of 40 would" in edition_alike.of_chance(replace(found, given=40), METHODS)


def test_a_difference_that_is_not_clear_everywhere_is_marked():
    rows = [
        difference(stage, place, "Asian", region, value, 0.01)
        for place, (stage, here, everywhere) in enumerate([("a", -0.05, 0.0), ("b", -0.05, -0.04), ("c", -0.05, 0.04)])
        for region, value in (("North", here), ("All", everywhere))
    ]
    found = edition_alike.alike(pd.DataFrame(rows), "North", "All", 9)
    assert list(found.shown["national"].str.endswith(edition_alike.UNLIKE)) == [True, False, True]
    assert found.unlike == 2
