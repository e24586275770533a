"""The rule stands before the votes; a later change needs its day and reason."""

from pathlib import Path

import pytest
import yaml
from genequity.errors import InputError
from genequity.recommendations import declaration

METHODS = {
    "consensus_rule": "heap",
    "high_share": 0.7,
    "low_share": 0.15,
    "agreement_share": 0.75,
    "iqr_limit": 2,
    "stable_change": 0.15,
}
BREADTH = {"largest_share": 0.4, "least_lay": None}
DAYS = {"declared": "2026-06-25", "first_vote": "2026-07-06"}
REASON = "The steering group had asked for it in its minutes."


@pytest.fixture
def section(tmp_path):
    path = tmp_path / "declared.yaml"
    declaration.write(path, DAYS["declared"], declaration.settings(METHODS, BREADTH))
    inputs = {"panel_ratings": "ratings.csv", "consensus_declaration": str(path)}
    return {"inputs": inputs, "methods": dict(METHODS), "breadth": dict(BREADTH), "consensus": dict(DAYS)}


def told(section):
    return [str(problem) for problem in declaration.of_study(section, "2026-11-22")]


def changed(section, *changes):
    section["consensus"]["changes"] = [
        dict(zip(("date", "setting", "from", "to", "reason"), [*change, REASON], strict=True)) for change in changes
    ]
    return told(section)


def test_the_rule_as_it_was_declared_is_accepted(section):
    assert told(section) == []


@pytest.mark.parametrize(("name", "to"), [("high_share", 0.65), ("consensus_rule", "median"), ("iqr_limit", 3)])
def test_another_rule_without_a_reason_stops_the_build_and_says_what_to_write(section, name, to):
    section["methods"][name] = to
    (only,) = told(section)
    assert f"the rule of consensus has another '{name}' since the declaration, and no change says so" in only
    assert f"(recommendations.methods.{name})" in only
    assert f"setting: {name}" in only
    assert "put it back, or add to recommendations.consensus.changes" in only


def test_the_limits_of_breadth_are_declared_too(section):
    section["breadth"]["least_lay"] = 0.2
    (only,) = told(section)
    assert "(recommendations.breadth.least_lay)" in only
    assert changed(section, ("2026-07-20", "least_lay", None, 0.2)) == []


def test_a_dated_change_with_its_reason_is_replayed(section):
    section["methods"]["high_share"] = 0.65
    assert changed(section, ("2026-07-20", "high_share", 0.7, 0.65)) == []
    assert changed(section, ("2026-07-20", "high_share", 0.7, 0.6), ("2026-08-01", "high_share", 0.6, 0.65)) == []
    (only,) = changed(section, ("2026-07-20", "high_share", 0.8, 0.65))
    assert "the change of 'high_share' starts from what was not declared" in only
    (only,) = changed(section, ("2026-07-20", "high_share", 0.7, 0.6))
    assert "has another 'high_share'" in only
    table = declaration.changes(section["consensus"])
    assert table[["before", "after", "timing"]].to_numpy().tolist() == [["0.7", "0.6", "after the first vote"]]


def test_days_that_cannot_be_are_refused(section):
    section["methods"]["high_share"] = 0.65
    (only,) = changed(section, ("2026-06-01", "high_share", 0.7, 0.65))
    assert "changes stand in order of their days" in only
    (only,) = changed(section, ("2026-02-30", "high_share", 0.7, 0.65))
    assert "there is no such day" in only
    section["consensus"] = DAYS | {"first_vote": "2026-06-20"}
    section["methods"]["high_share"] = 0.7
    (only,) = told(section)
    assert "the rule was declared when votes had been cast already" in only
    section["consensus"] = DAYS | {"declared": "2026-06-01"}
    (only,) = told(section)
    assert "but it was written down as 2026-06-25" in only


def test_a_declaration_edited_by_hand_is_noticed(section):
    path = section["inputs"]["consensus_declaration"]
    body = yaml.safe_load(Path(path).read_text())
    body["rule"]["high_share"] = "0.65"
    Path(path).write_text(yaml.safe_dump(body))
    section["methods"]["high_share"] = 0.65
    (only,) = told(section)
    assert "this declaration is not as 'genequity declare' wrote it" in only


def test_votes_without_a_declared_rule_are_not_counted(section, tmp_path):
    section["inputs"]["consensus_declaration"] = str(tmp_path / "none.yaml")
    (only,) = told(section)
    assert "the rule of consensus has not been written down yet" in only
    section["inputs"]["consensus_declaration"] = None
    (only,) = told(section)
    assert "nothing says which rule of consensus stood before the votes" in only
    section["inputs"]["panel_ratings"] = None  # before there is a panel nothing is asked
    assert told(section) == []


def test_declare_writes_once_and_then_only_compares(section, tmp_path, capsys):
    path = tmp_path / "new.yaml"
    section["inputs"]["consensus_declaration"] = str(path)
    assert declaration.declare(section) == 0
    first = path.read_bytes()
    assert declaration.read(path)["fingerprint"] in capsys.readouterr().out
    section["methods"]["high_share"] = 0.65
    assert declaration.declare(section) == 1
    assert path.read_bytes() == first
    assert "was written already" in capsys.readouterr().out
    section["consensus"] = None
    assert declaration.declare(section) is None


def test_any_other_rule_has_another_fingerprint():
    body = {"declared": "2026-06-25", "rule": declaration.settings(METHODS, BREADTH)}
    others = [{"declared": "2026-06-26", "rule": body["rule"]}]
    others += [body | {"rule": body["rule"] | {name: "other"}} for name in body["rule"]]
    assert len({declaration.fingerprint(one) for one in [body, *others]}) == len(others) + 1


def test_without_votes_yet_a_missing_file_is_an_error_of_reading_only(tmp_path):
    with pytest.raises(InputError, match="genequity declare"):
        declaration.read(tmp_path / "absent.yaml")
