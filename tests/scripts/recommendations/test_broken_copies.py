"""One deliberately broken copy of the demonstration for each rule of register and panel: refused with its sentence."""

import copy
import csv

import pytest
import yaml
from genequity import config
from genequity.config import ROOT
from genequity.recommendations import check

DEMO = ROOT / "config" / "demo"
STUDY = config.load(ROOT / config.DEMONSTRATION)
HEAD = "round,panellist,item,rating,comment"


@pytest.fixture
def section(tmp_path):
    """The demonstration's section, with paths that hold from anywhere."""
    own = copy.deepcopy(STUDY["recommendations"])
    for name, path in own["inputs"].items():
        own["inputs"][name] = path and str(ROOT / path)
    own["inputs"]["panel_ratings"] = str(tmp_path / "ratings.csv")
    (tmp_path / "ratings.csv").write_text("\n".join([HEAD, *cast()]) + "\n")
    return own


def cast(leave_out=lambda item, number: False):
    """One vote on each item in each round in which it was shown."""
    with (DEMO / "panel_items.csv").open(encoding="utf-8", newline="") as handle:
        shown = [(row["item"], row["round"]) for row in csv.DictReader(handle)]
    return [f"{number},P02,{item},7," for item, number in shown if not leave_out(item, number)]


def refused(section):
    return [str(problem) for problem in check.problems(section, STUDY)]


def with_register(section, tmp_path, changes):
    entries = yaml.safe_load((DEMO / "recommendations.yaml").read_text(encoding="utf-8"))["recommendations"]
    entries[0] |= changes
    (tmp_path / "recommendations.yaml").write_text(yaml.safe_dump({"recommendations": entries}, sort_keys=False))
    section["inputs"]["register"] = str(tmp_path / "recommendations.yaml")
    return refused(section)


def test_the_demonstration_itself_is_not_refused(section):
    assert refused(section) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"organisation": ""}, "R01 has no owner: nobody is asked to act"),
        ({"organisation": "stakeholders"}, "R01 is addressed to 'stakeholders', which is nobody who could be asked"),
        ({"organisation": "the NHS"}, "R01 is addressed to 'the NHS', which is nobody who could be asked"),
        (
            {"organisation": ["Research funder", "Professional college"]},
            "R01 is addressed to more than one organisation",
        ),
        (
            {"organisation": "Research funder and Professional college"},
            "R01 is addressed to more than one organisation",
        ),
        ({"organisation": "Data standard body"}, "Did you mean 'Data standards body'?"),
        ({"by_when": ""}, "R01 has no date by which it is to be done"),
        ({"by_when": "2026-01-01"}, "R01 is due before the report is published"),
        ({"measure": ""}, "R01 has no measure: nobody could tell whether it was done"),
        ({"evidence": []}, "R01 rests on no evidence"),
        ({"action": "should consider"}, "R01 says 'should consider': that asks for a thought, not for a deed"),
        ({"what": "should consider a standard"}, "R01 says 'should consider': that asks for a thought, not for a deed"),
        ({"co_design": ["C99"]}, "R01 names co-design entry C99, which is not in the log"),
        ({"type": "advice"}, "R01 has no known type"),
        ({"depends_on": ["R99"]}, "R01 depends on R99, which is not in the register"),
        ({"depends_on": ["R06"]}, "R01 and R06 wait for one another"),  # R06 depends on R01 already
        ({"equality": ""}, "R01 does not give how it bears on equality between groups"),
        ({"history": []}, "R01 has no version history"),
        ({"by_when": "soon"}, "R01 has no date by which it is to be done"),
        ({"by_when": "2027-02-30"}, "correct the month or the day"),
        ({"by_when": "30/06/2027"}, "write the year first"),
        ({"title": ["Record", "language"]}, "R01 has a list or settings where text belongs"),
        ({"evidence": {"survey.a": 1}}, "R01 has a list or settings where text belongs"),
        ({"evidence": "survey.a, survey.b"}, "R01 cites several findings in one"),
        ({"panel_items": ["I02"]}, "R01 names the vote on item I02, which no round showed for it"),
        ({"panel_items": ["I1"]}, "Did you mean 'I01'?"),
    ],
)
def test_a_broken_entry_is_refused_naming_the_recommendation(section, tmp_path, changes, said):
    (only,) = with_register(section, tmp_path, changes)
    assert said in only


def edited(section, tmp_path, name, old, new):
    path = tmp_path / f"{name}.csv"
    text = (DEMO / f"{name}.csv").read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    section["inputs"][name] = str(path)
    return refused(section)


@pytest.mark.parametrize(
    ("votes", "said"),
    [
        ("3,P01,I01,7,", "rates a wording of item I01 that was not shown in round 3"),
        ("1,P99,I01,7,", "this panellist is not on the panel"),
        ("1,P01,I99,7,", "no item has this name"),
        ("1,P01,I01,10,", "this rating is not on the scale from 1 to 9"),
        ("1,P01,I01,0,", "this rating is not on the scale from 1 to 9"),
        ("1,P01,I01,high,", "this rating looks like 'xxxx'"),
        ("one,P01,I01,7,", "this round is not a number"),
        ("1,P01,I01,7,\n1,P01,I01,8,", "repeats the round and panellist and item"),
    ],
)
def test_a_broken_vote_is_refused(section, tmp_path, votes, said):
    (tmp_path / "ratings.csv").write_text("\n".join([HEAD, *cast(), votes]) + "\n")
    (only,) = refused(section)
    assert said in only
    assert "P01" not in only


def test_whole_numbers_with_a_decimal_point_are_votes(section, tmp_path):
    (tmp_path / "ratings.csv").write_text("\n".join([HEAD, *cast(), "1.0,P01,I01,7.0,"]) + "\n")
    assert refused(section) == []


@pytest.mark.parametrize(
    ("leave_out", "said"),
    [
        (lambda item, number: True, "holds no vote."),
        (lambda item, number: number == "3", "holds no vote of round 3, which the items file shows"),
        (
            lambda item, number: (item, number) == ("I05", "1"),
            "holds no vote on item I05 of recommendation R05, which was shown in round 1",
        ),
    ],
)
def test_what_was_shown_and_nobody_voted_on_is_named(section, tmp_path, leave_out, said):
    (tmp_path / "ratings.csv").write_text("\n".join([HEAD, *cast(leave_out)]) + "\n")
    (only,) = refused(section)
    assert said in only


def test_a_wide_file_that_is_not_declared_or_whose_pattern_fits_nothing_is_named(section, tmp_path):
    (tmp_path / "ratings.csv").write_text("panellist,I01_R1\nP01,7\n")
    (only,) = refused(section)
    assert "set recommendations.votes.form: wide" in only
    section["votes"] = {"form": "wide", "pattern": "{item}-r{round}"}
    (only,) = refused(section)
    assert "no column is named like '{item}-r{round}'" in only


def test_an_item_without_its_recommendation_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "panel_items", ",R13\n", ",R99\n")
    assert "item I13 belongs to a recommendation that is not in the register" in only


def test_a_member_who_is_neither_lay_nor_professional_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "panel_members", "Region A,yes", "Region A,perhaps")
    assert "says neither yes nor no" in only


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('public",Black,', 'public",black,', "the study has no ethnic group of this name. Did you mean 'Black'?"),
        ('public",White,', 'public",Whtie,', "the study has no ethnic group of this name. Did you mean 'White'?"),
        (",Region C,", ",Regoin C,", "the study has no region of this name. Did you mean 'Region C'?"),
        ('"Patients, carers', '"patients, Carers', "another row writes this group with other capitals or spaces"),
    ],
)
def test_a_misspelt_group_of_a_panellist_is_refused(section, tmp_path, old, new, said):
    (only,) = edited(section, tmp_path, "panel_members", old, new)
    assert said in only


def test_a_group_or_region_that_the_study_does_not_have_is_none_misspelt(section, tmp_path):
    assert edited(section, tmp_path, "panel_members", ",Black,Region B,", ",Prefer not to say,Region Z,") == []


def test_a_scheme_that_cannot_be_read_is_left_to_the_check_of_the_study(section, tmp_path):
    study = copy.deepcopy(STUDY)
    study["ethnicity"]["scheme"] = str(tmp_path / "none.csv")
    assert check.problems(section, study) == []


def test_an_item_that_changes_its_recommendation_between_rounds_is_refused(section, tmp_path):
    found = edited(section, tmp_path, "panel_items", "I01,2,Data standards body: publish", "I02,9,Data: publish")
    assert any("item I02 belonged to another recommendation in an earlier row" in one for one in found)


def test_an_organisation_twice_and_a_co_design_entry_after_the_report_are_refused(section, tmp_path):
    (only,) = edited(
        section, tmp_path, "organisations", "Data standards body,", "data standards Body,x,y\nData standards body,"
    )
    assert "an earlier row has this organisation with other capitals or spaces" in only
    section["inputs"]["organisations"] = str(DEMO / "organisations.csv")
    (only,) = edited(section, tmp_path, "co_design_log", "C01,2026-03-12", "C01,2062-03-12")
    assert "this entry lies after the report" in only


def test_an_owner_whom_nobody_could_ask_does_not_get_into_the_list(section, tmp_path):
    (first, *_) = edited(section, tmp_path, "organisations", "Research funder,", "All stakeholders,")
    assert "this is not an organisation that can be held to a recommendation" in first


def test_a_judgement_on_nothing_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "assessments", "R12,APEASE,equity", "R99,APEASE,equity")
    assert "no recommendation has this id" in only


def test_a_recommendation_that_stands_twice_is_refused(section, tmp_path):
    entries = yaml.safe_load((DEMO / "recommendations.yaml").read_text(encoding="utf-8"))["recommendations"]
    path = tmp_path / "twice.yaml"
    path.write_text(yaml.safe_dump({"recommendations": [*entries, entries[0]]}, sort_keys=False), encoding="utf-8")
    section["inputs"]["register"] = str(path)
    (only,) = refused(section)
    assert "R01 stands twice" in only


def test_several_entries_in_one_line_and_a_version_without_quotes_are_read(section, tmp_path):
    changes = {"co_design": "C01; C02", "history": [{"2026-05-14": "drafted"}]}
    assert with_register(section, tmp_path, changes) == []


@pytest.mark.parametrize("name", ["consensus_rule", "high_share", "low_share", "agreement_share", "iqr_limit"])
def test_another_rule_after_the_votes_is_refused_without_a_dated_reason(section, name):
    section["methods"][name] = "median" if name == "consensus_rule" else section["methods"][name] * 0.9
    (only,) = refused(section)
    assert f"the rule of consensus has another '{name}' since the declaration, and no change says so" in only


def test_an_accord_item_that_does_not_exist_is_refused(section):
    section["accord"] = {"M22": "Nothing."}
    (only,) = refused(section)
    assert "ACCORD has no item 'M22'" in only
