"""Paired change between rounds, who left, and how broad the panel was."""

import pandas as pd
import pytest
from genequity import release, tables
from genequity.recommendations import attrition, breadth, stability

ITEMS = pd.DataFrame(
    [["I1", 1, "Do it", "R1"], ["I1", 2, "Do it", "R1"], ["I1", 3, "Do it soon", "R1"], ["I2", 1, "Fund it", "R2"]],
    columns=["item", "round", "wording", "recommendation"],
)


def votes(*rows):
    frame = pd.DataFrame(list(rows), columns=["round", "panellist", "item", "rating"])
    return frame.assign(comment="", rating=frame["rating"].astype("Int64"))


def test_only_those_who_rated_twice_are_compared():
    given = votes(
        *[(1, f"P{n}", "I1", rating) for n, rating in enumerate([5, 6, 7, 8, 9], 1)],
        *[(2, f"P{n}", "I1", rating) for n, rating in enumerate([6, 6, 7, 8], 1)],
        (2, "P9", "I1", 1),
        (3, "P1", "I1", 7),
        (1, "P1", "I2", 3),
    )
    found = stability.between_rounds(given, ITEMS, 0.15).set_index(["item", "round_from"])
    assert list(found.index) == [("I1", 1), ("I1", 2)]  # I2 was shown once
    row = found.loc[("I1", 1)]
    assert (row["n"], row["n_changed"], row["n_up"], row["n_down"], row["share_changed"]) == (4, 1, 1, 0, 0.25)
    assert (row["median_from"], row["median_to"]) == (6.5, 6.5)  # 5, 6, 7, 8 and 6, 6, 7, 8
    assert row["distribution_change"] == 0.25  # one of four ratings moves from 5 to 6
    assert row["verdict"] == "not stable"
    assert found.loc[("I1", 2), "verdict"] == "reworded"
    assert stability.between_rounds(given, ITEMS, 0.25).iloc[0]["verdict"] == "stable"  # at the limit


def test_panellists_may_change_places_without_the_distribution_moving():
    found = stability.change([3, 8], [8, 3])
    assert (found["share_changed"], found["distribution_change"], found["kappa"]) == (1.0, 0.0, -1.0)


def test_what_cannot_be_computed_is_missing():
    assert stability.change([7, 7], [7, 7])["kappa"] is None
    assert stability.change([7, 8], [7, 8])["p_value"] is None
    assert stability.change([], [])["median_to"] is None


def test_dissenters_who_leave_are_seen():
    given = votes(
        *[(1, f"S{n:02d}", "I1", 8) for n in range(9)],
        *[(1, f"S{n:02d}", "I2", 9) for n in range(9)],
        *[(1, f"L{n:02d}", "I1", 2) for n in range(9)],
        *[(3, f"S{n:02d}", "I1", 8) for n in range(9)],
    )
    names = sorted(given["panellist"].unique())
    sides = {"Kind": pd.Series({name: name[0] for name in names})}
    found = attrition.compare(given, sides).set_index("panel_group")
    whole = found.loc["All panellists"]
    assert (whole["n_first"], whole["n_stayed"], whole["n_left"]) == (18, 9, 9)
    assert (whole["rating_stayed"], whole["rating_left"]) == (8.5, 2.0)  # the mean of 8 and 9; 2
    assert whole["p_value"] < 0.001
    assert found.loc["L", ["n_first", "n_stayed", "n_left"]].tolist() == [9, 0, 9]
    assert found.loc["S", ["n_first", "n_stayed", "n_left"]].tolist() == [9, 9, 0]
    assert attrition.compare(given[given["round"] == 1], sides).empty


def test_one_leaver_is_withheld_from_the_whole_panel_too():
    given = votes(
        *[(1, f"P{n:02d}", "I1", 8) for n in range(20)],
        *[(2, f"P{n:02d}", "I1", 8) for n in range(19)],
    )
    given.loc[19, "rating"] = 2  # the one who leaves: the median of those who left is this person's own rating
    found = attrition.compare(given, {})
    assert found["rating_left"].tolist() == [2.0]
    out = release.protect(found, tables.schema("recommendations/attrition"), "nhse").iloc[0]
    assert out[["n_left", "rating_left", "p_value"]].isna().all()
    assert (out["n_first"], out["n_stayed"], out["rating_stayed"], out["suppressed"]) == (20, 20, 8.0, "small number")


def test_breadth_is_rounded_as_the_table_of_leavers_is():
    people = pd.DataFrame(
        {"panellist": [f"P{n}" for n in range(48)], "stakeholder_group": ["Staff"] * 26 + ["Public"] * 22}
        | {"ethnic_group": "Asian", "region": "North", "lay": ["no"] * 26 + ["yes"] * 22}
        | {"conflict": ["a grant"] * 3 + ["none"] * 45}
    )
    broad = breadth.check(people, {"largest_share": 0.6}, ["Asian"], ["North"])
    out = release.protect(broad, tables.schema("recommendations/breadth"), "nhse").set_index("criterion")
    assert out.loc["sector", ["n", "of", "share"]].tolist() == [25, 50, 0.5]
    assert out.loc["conflict", ["n", "share"]].isna().all()
    assert out.loc["regions", ["covered", "to_cover"]].tolist() == [1, 1]
    assert out.loc["sector", "verdict"] == "met"


def test_nobody_left_is_no_test():
    given = votes((1, "A", "I1", 7), (1, "B", "I1", 8), (2, "A", "I1", 7), (2, "B", "I1", 8))
    whole = attrition.compare(given, {}).iloc[0]
    assert whole["n_left"] == 0
    assert pd.isna(whole["rating_left"])
    assert pd.isna(whole["p_value"])


MEMBERS = pd.DataFrame(
    {
        "panellist": list("ABCDE"),
        "stakeholder_group": ["Public", "Public", "Staff", "Staff", "Staff"],
        "ethnic_group": ["Asian", "Black", "White", "White", "White"],
        "region": ["North", "South", "North", "North", "North"],
        "lay": ["yes", "yes", "no", "no", "no"],
        "conflict": ["none declared", "None declared", "holds a grant", "none", "works for it"],
    }
)


def test_breadth_of_a_panel():
    limits = {"largest_share": 0.6, "least_lay": 0.5}
    found = breadth.check(MEMBERS, limits, ["Asian", "Black", "Mixed", "White"], ["North", "South"])
    found = found.set_index("criterion")
    # three of five are staff: 60 %, at the limit; two of five are lay: 40 %
    assert found["verdict"].to_dict() == {
        "sector": "met",
        "lay": "not met",
        "conflict": "no limit set",
        "ethnic_groups": "not met",
        "regions": "met",
    }
    assert found.loc["conflict", ["n", "of"]].tolist() == [2, 5]
    assert found.loc["ethnic_groups", ["covered", "to_cover"]].tolist() == [3, 4]
    said = [problem.message for problem in breadth.problems(found.reset_index(), "panel.csv")]
    assert said == [
        "the panel is not as broad as the study asks (lay members: 40%, limit 50%)",
        "the panel is not as broad as the study asks (ethnic groups of the study on the panel: 3 of 4)",
    ]


@pytest.mark.parametrize("limits", [{}, {"largest_share": None, "least_lay": None}])
def test_without_limits_nothing_is_missed(limits):
    found = breadth.check(MEMBERS, limits, [], [])
    assert set(found["verdict"]) == {"no limit set"}
    assert breadth.problems(found, "panel.csv") == []
