"""One deliberately broken copy of the demonstration for each rule of register and panel: refused with its sentence."""

import copy

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
    (tmp_path / "ratings.csv").write_text(f"{HEAD}\n1,P01,I01,7,\n")
    return own


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
        ("1,P01,I01,10,", "this rating looks like '99'"),
        ("1,P01,I01,7,\n1,P01,I01,8,", "repeats the round and panellist and item"),
    ],
)
def test_a_broken_vote_is_refused(section, tmp_path, votes, said):
    (tmp_path / "ratings.csv").write_text(f"{HEAD}\n{votes}\n")
    (only,) = refused(section)
    assert said in only
    assert "P01" not in only


def test_an_item_without_its_recommendation_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "panel_items", ",R13\n", ",R99\n")
    assert "item I13 belongs to a recommendation that is not in the register" in only


def test_a_member_who_is_neither_lay_nor_professional_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "panel_members", "Region A,yes", "Region A,perhaps")
    assert "says neither yes nor no" in only


def test_an_owner_whom_nobody_could_ask_does_not_get_into_the_list(section, tmp_path):
    (first, *_) = edited(section, tmp_path, "organisations", "Research funder,", "All stakeholders,")
    assert "this is not an organisation that can be held to a recommendation" in first


def test_a_judgement_on_nothing_is_refused(section, tmp_path):
    (only,) = edited(section, tmp_path, "assessments", "R12,APEASE,equity", "R99,APEASE,equity")
    assert "no recommendation has this id" in only


@pytest.mark.parametrize("name", ["consensus_rule", "high_share", "low_share", "agreement_share", "iqr_limit"])
def test_another_rule_after_the_votes_is_refused_without_a_dated_reason(section, name):
    section["methods"][name] = "median" if name == "consensus_rule" else section["methods"][name] * 0.9
    (only,) = refused(section)
    assert f"the rule of consensus has another '{name}' since the declaration, and no change says so" in only


def test_an_accord_item_that_does_not_exist_is_refused(section):
    section["accord"] = {"M22": "Nothing."}
    (only,) = refused(section)
    assert "ACCORD has no item 'M22'" in only
