"""The panel: votes are read strictly, summarised by round, and shown by side."""

import numpy as np
import pandas as pd
import pytest
from genequity import release, tables
from genequity.errors import InputError
from genequity.recommendations import consensus, panel, sensitivity

RULE = {"rule": "heap", "high_share": 0.70, "low_share": 0.15, "agreement_share": 0.75, "iqr_limit": 2}
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
    assert decided["n_items"].tolist() == [2, 2]  # I2 keeps its result
    assert decided["final"].tolist() == [False, True]


def test_an_item_that_is_not_shown_again_keeps_its_result():
    items = pd.DataFrame(
        [["A", 1, "a", "R1"], ["A", 2, "a", "R1"], ["B", 2, "b", "R1"], ["B", 3, "b", "R1"]],
        columns=["item", "round", "wording", "recommendation"],
    )
    split, high = [2, 5, 5, 8, 9], [8, 8, 8, 9, 9]
    shown = [(1, "A", high), (2, "A", split), (2, "B", split), (3, "B", high)]
    given = votes(*[(number, f"P{n}", item, own) for number, item, all_ in shown for n, own in enumerate(all_)])
    decided = panel.decisions(panel.results(given, items, RULE))
    assert decided["decision"].tolist() == ["agreed", "no consensus", "no consensus"]  # in round 3 B alone was agreed
    assert decided["n_items"].tolist() == [1, 2, 2]
    assert decided["final"].tolist() == [False, False, True]


@pytest.mark.parametrize("seed", range(12))
def test_decisions_are_those_of_the_study_rule_among_the_definitions(seed):
    rng = np.random.default_rng(seed)
    items = pd.DataFrame(
        [
            (f"I{item}", number, "words", f"R{item % 3}")
            for item in range(7)
            for number in sorted(rng.choice(4, size=rng.integers(1, 4), replace=False) + 1)
        ],
        columns=["item", "round", "wording", "recommendation"],
    )
    given = votes(
        *[
            (row.round, f"P{n}", row.item, None if rng.random() < 0.05 else int(rating))
            for row in items.itertuples()
            for n, rating in enumerate(rng.choice([2, 5, 7, 8, 9], size=9, p=[0.05, 0.15, 0.2, 0.3, 0.3]))
        ]
    )
    for name in consensus.RULES:
        rule = RULE | {"rule": name}
        decided = panel.decisions(panel.results(given, items, rule))
        table = sensitivity.table(given, items, rule)
        last = decided[decided["final"]].set_index("recommendation")["decision"].to_dict()
        assert table[table["study_rule"]].set_index("recommendation")["decision"].to_dict() == last


def test_sides_stand_beside_one_another_and_small_ones_are_withheld():
    sides = panel.by_group(GIVEN, panel.sides(MEMBERS, GIVEN, 1))
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


def test_a_comment_of_somebody_who_could_not_rate_is_kept_back():
    given = votes((1, "P1", "I2", 8), (1, "P2", "I2", None), (1, "P4", "I2", 7))
    given["comment"] = ["Fund it soon", "I do not know the budget", ""]
    said = panel.comments(given, ITEMS, MEMBERS, None, 1, np.random.default_rng(0))
    assert said["text"].tolist() == ["Fund it soon"]


def test_small_sides_are_put_together_and_named():
    # Round 1: two Asian, one Black, two White rate; round 2: one Asian, one Black, one White or so. At least two needed.
    sides = panel.sides(MEMBERS, GIVEN[GIVEN["round"] == 1], 2)
    assert sides["Ethnic group"].to_dict() == {
        "P1": "Asian",
        "P2": "Black",
        "P3": "White",
        "P4": "Asian",
        "P5": "White",
    }
    # P5 has left in round 2, so one White is left there: with Black they make one side, in both rounds.
    together = panel.sides(MEMBERS, GIVEN, 2)["Ethnic group"]
    assert together["P3"] == together["P2"] == together["P5"] == "Black and White, together"
    assert together["P1"] == "Asian"
    assert panel.sides(MEMBERS, GIVEN, 9)["Stakeholder group"].unique().tolist() == ["Public and Staff, together"]
    assert set(panel.sides(MEMBERS, GIVEN, 9)["Lay and professional"]) == {"Lay panellists", "Professional panellists"}
