"""The panel: votes are read strictly, summarised by round, and shown by side."""

import numpy as np
import pandas as pd
import pytest
from genequity import release, tables
from genequity.errors import InputError, shape
from genequity.recommendations import panel

RULE = {"rule": "heap", "high_share": 0.70, "low_share": 0.15}
MEMBERS = pd.DataFrame(
    {
        "panellist": [f"P{n}" for n in range(1, 6)],
        "stakeholder_group": ["Public", "Public", "Public", "Staff", "Staff"],
        "ethnic_group": ["Asian", "Black", "White", "Asian", "White"],
        "region": "Region A",
        "lay": ["yes", "yes", "yes", "no", "no"],
        "conflict": "none declared",
    }
)
ITEMS = pd.DataFrame(
    [["I1", 1, "Publish it", "R1"], ["I1", 2, "Publish it yearly", "R1"], ["I2", 1, "Fund it", "R2"]],
    columns=["item", "round", "wording", "recommendation"],
)


def votes(*rows):
    frame = pd.DataFrame(list(rows), columns=["round", "panellist", "item", "rating"])
    return frame.assign(comment="", rating=frame["rating"].astype("Int64"))


def refusal(tmp_path, *lines):
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join(["round,panellist,item,rating,comment", *lines]) + "\n")
    with pytest.raises(InputError) as error:
        panel.ratings(str(path), MEMBERS, ITEMS)
    return str(error.value).replace(str(tmp_path) + "/", "")


def test_a_rating_of_a_wording_not_shown_in_that_round_is_refused(tmp_path):
    assert refusal(tmp_path, "1,P1,I2,7,", "2,P1,I2,8,") == (
        "- ratings.csv (row 3, column item): rates a wording of item I2 that was not shown in round 2.\n"
        "    Expected: an item listed for that round in the items file.\n"
        "    What to do: correct the round, or add the wording that was shown in it to the items file."
    )


@pytest.mark.parametrize("rating", ["0", "10", "7.5", "high", "-3"])
def test_a_rating_outside_the_scale_is_refused_without_showing_it(tmp_path, rating):
    text = refusal(tmp_path, f"1,P1,I1,{rating},Said by a named person")
    assert f"(row 2, column rating): this rating looks like '{shape(rating)}'." in text
    assert "Expected: a whole number from 1 to 9, or blank for unable to rate." in text
    assert "named person" not in text


def test_unknown_panellists_items_and_repeated_votes_are_refused_at_once(tmp_path):
    text = refusal(tmp_path, "1,P9,I1,7,", "1,P1,I9,7,")
    assert "(row 2, column panellist): this panellist is not on the panel." in text
    assert "P9" not in text
    assert "(row 3, column item): no item has this name." in text
    assert "repeats the round and panellist and item" in refusal(tmp_path, "1,P1,I1,7,", "1,P1,I1,8,")
    assert "(row 2, column round): this round is not a number." in refusal(tmp_path, "one,P1,I1,7,")


def test_blank_and_na_mean_unable_to_rate(tmp_path):
    path = tmp_path / "ratings.csv"
    path.write_text("round,panellist,item,rating,comment\n1,P1,I1,NA,\n1,P2,I1,,\n1,P3,I1,9,\n")
    found = panel.results(panel.ratings(str(path), MEMBERS, ITEMS), ITEMS, RULE)
    row = found[(found["item"] == "I1") & (found["round"] == 1)].iloc[0]
    assert (row["n"], row["n_unable"], row["median"]) == (1, 2, 9)


def test_items_name_recommendations_of_the_register(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text("item,round,wording,recommendation\nI1,1,Publish it,R9\nI2,1,Fund it,R2\n")
    with pytest.raises(
        InputError, match=r"row 2, column recommendation\): item I1 belongs to a recommendation that is"
    ):
        panel.items(str(path), ["R1", "R2"])


GIVEN = votes(
    *[(1, f"P{n}", "I1", rating) for n, rating in enumerate([7, 8, 9, 6, 2], 1)],
    *[(2, f"P{n}", "I1", rating) for n, rating in enumerate([7, 8, 9, 7], 1)],
    *[(1, f"P{n}", "I2", 8) for n in range(1, 6)],
)


def test_results_by_item_and_round():
    found = panel.results(GIVEN, ITEMS, RULE).set_index(["item", "round"])
    first, second = found.loc[("I1", 1)], found.loc[("I1", 2)]
    # 2, 6, 7, 8, 9: median 7; 3 of 5 rate 7-9
    assert (first["median"], first["share_high"], first["share_low"], first["decision"]) == (
        7,
        0.6,
        0.2,
        "no consensus",
    )
    assert (second["n"], second["share_high"], second["decision"]) == (4, 1.0, "agreed")
    assert (first["final"], second["final"], found.loc[("I2", 1), "final"]) == (False, True, True)
    assert (first["reworded"], second["reworded"]) == (False, True)


def test_who_left_between_rounds():
    found = panel.rounds(GIVEN, MEMBERS, panel.results(GIVEN, ITEMS, RULE)).set_index("round")
    assert found["panellists"].tolist() == [5, 4]
    assert found["left"].tolist() == [0, 1]
    assert found["reworded"].tolist() == [0, 1]


def test_a_recommendation_with_two_items_needs_both():
    items = ITEMS.assign(recommendation="R1")
    decided = panel.decisions(panel.results(GIVEN, items, RULE)).set_index("round")
    assert decided["decision"].tolist() == ["no consensus", "agreed"]  # round 1: I1 no consensus, I2 agreed
    assert decided["n_items"].tolist() == [2, 1]
    assert decided["final"].tolist() == [False, True]


def test_sides_stand_beside_one_another_and_small_ones_are_withheld():
    sides = panel.by_group(GIVEN, MEMBERS)
    one = sides[(sides["dimension"] == "Lay and professional") & (sides["item"] == "I1") & (sides["round"] == 1)]
    assert one.set_index("panel_group")["median"].to_dict() == {
        "All panellists": 7,
        "Lay panellists": 8,
        "Professional panellists": 4,  # 2 and 6
    }
    out = release.protect(sides, tables.schema("recommendations/panel_groups"), "nhse")
    small = out["panel_group"] != "All panellists"
    assert out.loc[small, ["n", "median"]].isna().all(axis=None)
    assert (out.loc[small, "suppressed"] == "small number").all()
    assert out.loc[~small, "median"].notna().all()


def test_comments_are_shuffled_within_an_item_and_small_sides_are_not_named():
    given = votes(*[(1, f"P{n}", "I2", 8) for n in range(1, 6)]).assign(comment=[f"Comment {n}" for n in range(1, 6)])
    given.loc[4, "comment"] = " "
    said = panel.comments(given, ITEMS, MEMBERS, None, 2, np.random.default_rng(0))
    assert said["comment"].tolist() == ["PC001", "PC002", "PC003", "PC004"]
    assert said["text"].tolist() != [f"Comment {n}" for n in range(1, 5)]
    assert "panellist" not in said
    assert "rating" not in said
    # Three of the public, two of the staff: with at least three the staff goes, and the public with it, since two who are
    # not named would be the staff.
    assert said.set_index("text")["attribution"].to_dict() == {f"Comment {n}": "Public" for n in range(1, 4)} | {
        "Comment 4": "Staff"
    }
    assert panel.comments(given, ITEMS, MEMBERS, None, 3, np.random.default_rng(0))["attribution"].isna().all()
    declared = pd.DataFrame([["Public", 900], ["Staff", 40]], columns=["stakeholder_group", "people"])
    named = panel.comments(given, ITEMS, MEMBERS, declared, 8, np.random.default_rng(0))
    assert named["attribution"].notna().all()
