"""Votes are read strictly, in long form and wide, with the names that the study's config gives."""

import pandas as pd
import pytest
from genequity.errors import InputError, shape
from genequity.recommendations import panel, votes

RULE = {"rule": "heap", "high_share": 0.70, "low_share": 0.15, "agreement_share": 0.75, "iqr_limit": 2}
MEMBERS = pd.DataFrame({"panellist": [f"P{n}" for n in range(1, 6)]})
ITEMS = pd.DataFrame(
    [["I1", 1, "Publish it", "R1"], ["I1", 2, "Publish it yearly", "R1"], ["I2", 1, "Fund it", "R2"]],
    columns=["item", "round", "wording", "recommendation"],
)
OURS = "round,panellist,item,rating,comment"
WIDE = {"form": "wide", "columns": {"panellist": "ParticipantID"}, "pattern": "{item}_R{round}", "unable": ["10"]}


def read(tmp_path, *lines, head=OURS, form=None):
    path = tmp_path / "ratings.csv"
    path.write_text("\n".join([head, *lines]) + "\n")
    return votes.read(str(path), MEMBERS, ITEMS, form)


def refusal(tmp_path, *lines, head=OURS, form=None):
    with pytest.raises(InputError) as error:
        read(tmp_path, *lines, head=head, form=form)
    return str(error.value).replace(str(tmp_path) + "/", "")


def test_a_rating_of_a_wording_not_shown_in_that_round_is_refused(tmp_path):
    assert refusal(tmp_path, "1,P1,I2,7,", "2,P1,I2,8,") == (
        "- ratings.csv (row 3, column item): rates a wording of item I2 that was not shown in round 2.\n"
        "    Expected: an item listed for that round in the items file.\n"
        "    What to do: correct the round, or add the wording that was shown in it to the items file."
    )


def test_a_file_that_repeats_the_wording_is_held_to_it(tmp_path):
    head = f"{OURS},wording"
    assert len(read(tmp_path, "1,P1,I1,7,,Publish it", "2,P1,I1,7,,Publish  it yearly", head=head)) == 2
    text = refusal(tmp_path, "2,P1,I1,7,,Publish it", head=head)
    assert "(row 2, column wording): rates another wording of item I1 than the one shown in round 2." in text


@pytest.mark.parametrize("rating", ["0", "10", "7.5", "high", "-3"])
def test_a_rating_outside_the_scale_is_refused_without_showing_it(tmp_path, rating):
    text = refusal(tmp_path, f"1,P1,I1,{rating},Said by a named person")
    said = f"looks like '{shape(rating)}'" if rating == "high" else "is not on the scale from 1 to 9"
    assert f"(row 2, column rating): this rating {said}." in text
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
    found = panel.results(read(tmp_path, "1,P1,I1,NA,", "1,P2,I1,,", "1,P3,I1,9,"), ITEMS, RULE)
    row = found[(found["item"] == "I1") & (found["round"] == 1)].iloc[0]
    assert (row["n"], row["n_unable"], row["median"]) == (1, 2, 9)


def test_other_names_and_a_score_for_unable_in_long_form(tmp_path):
    form = {
        "columns": {"round": "Round", "panellist": "User", "item": "Outcome", "rating": "Score", "comment": "Notes"},
        "items": {"Yearly publication": "I1"},
        "unable": ["10"],
    }
    found = read(tmp_path, "1,P1,Yearly publication,10", "1,P2,I2,9", head="Round,User,Outcome,Score", form=form)
    assert found["item"].tolist() == ["I1", "I2"]
    assert found["rating"].isna().tolist() == [True, False]
    assert found["comment"].tolist() == ["", ""]
    text = refusal(tmp_path, "1,P1,I1,0", head="Round,User,Outcome,Score", form=form)
    assert "(row 2, column Score): this rating is not on the scale from 1 to 9." in text


def test_a_wide_file_has_a_column_for_each_item_and_round(tmp_path):
    form = WIDE | {"comment_pattern": "{item}_R{round}_comment"}
    head = "ParticipantID,Name,I1_R1,I1_R1_comment,I1_R2,I2_R1"
    found = read(tmp_path, "P1,x,7,Why not,8,10", "P2,y,,,9,", head=head, form=form).set_index(VOTE)
    assert found["rating"].dropna().to_dict() == {(1, "P1", "I1"): 7, (2, "P1", "I1"): 8, (2, "P2", "I1"): 9}
    assert found.loc[(1, "P1", "I1"), "comment"] == "Why not"
    assert list(found.index[found["rating"].isna()]) == [(1, "P1", "I2")]  # a blank cell is no vote; 10 is unable


def test_a_wide_file_may_have_a_row_for_each_round(tmp_path):
    form = {"form": "wide", "columns": {"panellist": "id", "round": "round"}, "items": {"First": "I1", "Second": "I2"}}
    found = read(tmp_path, "P1,1,7,8", "P1,2,9,", head="id,round,First,Second", form=form)
    assert found[["round", "item", "rating"]].to_numpy().tolist() == [[1, "I1", 7], [1, "I2", 8], [2, "I1", 9]]


def test_a_wide_file_is_held_to_the_same_rules(tmp_path):
    text = refusal(tmp_path, "P1,7,8", head="ParticipantID,I1_R1,I2_R2", form=WIDE)
    assert "(row 2, column I2_R2): rates a wording of item I2 that was not shown in round 2." in text
    assert "(row 2, column I1_R1): this rating is not on the scale from 1 to 9." in refusal(
        tmp_path, "P1,12", head="ParticipantID,I1_R1", form=WIDE
    )
    assert "(row 3, column I1_R1): this vote was cast before." in refusal(
        tmp_path, "P1,7", "P1,8", head="ParticipantID,I1_R1", form=WIDE
    )
    assert "column 'ParticipantID' is missing" in refusal(tmp_path, "P1,7", head="Participant,I1_R1", form=WIDE)
    nowhere = {"form": "wide", "columns": {"panellist": "id"}}
    assert "does not say the round of a vote" in refusal(tmp_path, "P1,7", head="id,I1", form=nowhere)


VOTE = list(votes.VOTE)
