"""What changed between two builds, and what of it tells of a few people."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.synthesis import changes


def register(*rows):
    columns = ["id", "strand", "theme", "statement", "estimate", "ci_low", "ci_high", "direction", "certainty", "n"]
    return pd.DataFrame(rows, columns=columns, dtype=str)


def pairs(*rows):
    return pd.DataFrame(rows, columns=["theme", "label", "strand_a", "strand_b", "code"], dtype=str)


def build(findings, coded=(), recommendations=(), decisions=()):
    names = ["recommendation", "title", "organisation", "action", "what", "by_when", "evidence", "n_strands"]
    return {
        "synthesis/register": register(*findings),
        "synthesis/convergence": pairs(*coded),
        "recommendations/register": pd.DataFrame(list(recommendations), columns=names, dtype=str),
        "recommendations/decisions": pd.DataFrame(
            list(decisions), columns=["recommendation", "round", "decision", "final"], dtype=str
        ),
    }


def survey(n, estimate="-0.10", direction="lower"):
    return ["survey.a", "survey", "trust", f"It is {estimate}.", estimate, "-0.15", "-0.05", direction, "moderate", n]


def policy(share):
    return ["policy.a", "policy", "trust", f"{share} of documents.", share, "", "", "described", "not graded", "24"]


def held(now, before, least=8):
    found = changes.compare(now, before, least)
    return dict(zip(found["item"], found["held"]))


@pytest.mark.parametrize(
    ("n_before", "n_now", "hidden"),
    [("375", "380", True), ("375", "375", True), ("375", "400", False), ("", "400", True), ("400", "375", False)],
)
def test_a_change_that_rests_on_few_people_is_held_back(n_before, n_now, hidden):
    now, before = build([survey(n_now, "-0.12")]), build([survey(n_before)])
    assert held(now, before) == {"survey.a": hidden}
    assert held(now, before, least=0) == {"survey.a": False}  # public data: no rule applies


def test_documents_are_no_people():
    assert held(build([policy("0.5")]), build([policy("0.6")])) == {"policy.a": False}


def test_what_did_not_change_is_not_listed():
    assert changes.compare(build([survey("375")]), build([survey("375")]), 8).empty


def test_what_was_added_or_has_gone_is_shown_with_enough_people_only():
    both = build([survey("375")]), build([])
    assert held(*both) == {"survey.a": False}
    assert held(*reversed(both)) == {"survey.a": False}
    assert held(build([survey("")]), build([])) == {"survey.a": True}


def test_the_detail_says_direction_and_whether_intervals_overlap():
    before = build([survey("375")])
    near = changes.compare(build([survey("400", "-0.12")]), before, 8)
    assert near["detail"].tolist() == ["intervals overlap"]
    far = survey("400", "0.10", "higher")
    far[5:7] = ["0.05", "0.15"]
    found = changes.compare(build([far]), before, 8)
    assert found["detail"].tolist() == ["direction from lower to higher; intervals do not overlap"]


def test_a_flipped_pair_is_held_back_with_the_finding_behind_it():
    old = build([survey("375"), policy("0.5")], [("trust", "Trust", "policy", "survey", "silence")])
    few = build([survey("380", "-0.12"), policy("0.5")], [("trust", "Trust", "policy", "survey", "partial")])
    many = build([survey("475", "-0.12"), policy("0.5")], [("trust", "Trust", "policy", "survey", "partial")])
    assert held(few, old) == {"survey.a": True, "trust; policy; survey": True}
    assert held(many, old) == {"survey.a": False, "trust; policy; survey": False}


def asked(evidence, strands, by="2027-01-31"):
    return ["R01", "Title", "Body", "publish", "a list", by, evidence, strands]


def test_recommendations_whose_support_moved_or_that_the_panel_decided_otherwise():
    old = build([], [], [asked("a; b", "2")], [("R01", "1", "agreed", "true")])
    new = build([], [], [asked("a; b; c", "3", "2027-06-30")], [("R01", "2", "no consensus", "true")])
    (row,) = changes.compare(new, old, 8).to_dict("records")
    assert row["detail"] == (
        "support grew by 1 finding; support grew from 2 to 3 strands; text, owner or date changed; "
        "panel from agreed to no consensus"
    )
    assert not row["held"]  # another round: everybody voted anew


def test_another_decision_of_the_same_round_is_held_back():
    old = build([], [], [asked("a", "1")], [("R01", "2", "agreed", "true")])
    new = build([], [], [asked("a", "1")], [("R01", "2", "no consensus", "true")])
    assert held(new, old) == {"R01": True}


def test_counts_add_up():
    now, before = build([survey("380", "-0.12"), policy("0.6")]), build([survey("375"), policy("0.5")])
    assert changes.counts(changes.compare(now, before, 8)).to_numpy().tolist() == [["finding", "changed", 1, 1]]


def test_a_folder_that_is_no_release_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no released table synthesis/register"):
        changes.read(tmp_path)


def test_a_finding_that_went_and_is_held_back_is_not_given_away_by_its_recommendation():
    old = build([survey("5")], [], [asked("survey.a; policy.a", "2")])
    new = build([], [], [asked("policy.a", "1")])
    assert held(new, old) == {"survey.a": True, "R01": True}


def test_citing_a_finding_no_more_that_is_still_there_gives_nothing_away():
    old = build([survey("375"), policy("0.5")], [], [asked("survey.a; policy.a", "2")])
    new = build([survey("380", "-0.12"), policy("0.5")], [], [asked("policy.a", "1")])
    assert held(new, old) == {"survey.a": True, "R01": False}


def test_a_cited_finding_that_turned_changes_the_support():
    old = build([survey("375")], [], [asked("survey.a", "1")])
    new = build([survey("475", "-0.01", "no_clear_difference")], [], [asked("survey.a", "1")])
    found = changes.compare(new, old, 8).set_index("item")
    assert found.loc["R01", "detail"] == "support changed: survey.a, direction from lower to no clear difference"
    few = build([survey("380", "-0.01", "no_clear_difference")], [], [asked("survey.a", "1")])
    assert held(few, old) == {"survey.a": True}  # the finding is held back, and so is what follows from it
