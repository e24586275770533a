"""What was declared cannot change without a dated reason: every way round it is tried."""

import copy

import pytest
import yaml
from genequity.errors import InputError
from genequity.primary import declaration

STUDY = {
    "ethnicity": {"grouping": "five"},
    "service": {"adjust": {"crude": [], "full": ["age", "sex"]}, "cluster": None, "methods": {"level": 0.95}},
    "evidence": {"methods": {"estimator": "REML", "test": "knha"}},
    "policy": {"methods": {"decide": "lead"}},
}


@pytest.fixture
def study():
    """The settings that decide the estimates of three strands."""
    return copy.deepcopy(STUDY)


@pytest.fixture
def declared(section, study, tmp_path):
    path = tmp_path / "declared.yaml"
    path.write_text(declaration.text(section, study), encoding="utf-8")
    return declaration.read(path)


def told(section, declared, study=STUDY):
    return "\n".join(str(problem) for problem in declaration.problems(section, declared, study))


def change(section, declared, day="2026-05-11", study=STUDY):
    """Return the entries that the messages tell to write, as YAML, with a day and a reason."""
    entries = []
    for problem in declaration.problems(section, declared, study):
        text = problem.do.partition("primary.changes:\n")[2]
        entries += yaml.safe_load("\n".join(line[4:] for line in text.splitlines()))
    return [entry | {"date": day, "reason": "Reviewers of the protocol asked for it."} for entry in entries]


def test_what_was_declared_stands(section, declared):
    assert told(section, declared) == ""


@pytest.mark.parametrize(
    ("setting", "value", "was", "now"),
    [
        ("comparator", "All others", "'White'", "'All others'"),
        ("model", "Crude logistic model", "'Logistic model with all covariates'", "'Crude logistic model'"),
        ("question", "Are referrals accepted?", "'Are referrals accepted equally often?'", "'Are referrals accepted?'"),
        ("strand", "survey", "'service'", "'survey'"),
        ("headline", False, "'yes'", "'no'"),
        (
            "analysis",
            {"table": "service/adjusted", "rows": {"outcome": "accepted", "model": "crude"}},
            "'risk_difference in service/adjusted where model is full and outcome is accepted and region is All regions'",
            "'risk_difference in service/adjusted where model is crude and outcome is accepted'",
        ),
    ],
)
def test_each_choice_that_differs_is_named_with_both_values(section, declared, setting, value, was, now):
    section["questions"][0][setting] = value
    said = told(section, declared)
    assert f"the question 'accepted' has another {setting} since the declaration" in said
    assert was in said
    assert now in said
    section["changes"] = change(section, declared)
    assert len(section["changes"]) == (2 if setting == "strand" else 1)  # with the strand its settings change
    assert told(section, declared) == ""


def test_the_measure_that_is_meant_is_the_same_whether_it_is_said_or_not(section, declared):
    section["questions"][0]["analysis"]["measure"] = "risk_difference"
    section["questions"][0]["analysis"]["rows"] = dict(reversed(section["questions"][0]["analysis"]["rows"].items()))
    assert told(section, declared) == ""


def test_a_question_that_goes_or_comes_needs_a_reason_and_may_change_again(section, declared):
    gone = section["questions"].pop(0)
    assert "the question 'accepted' was removed since the declaration" in told(section, declared)
    new = gone | {"id": "new", "question": "Is anything else different?"}
    section["questions"].append(new)
    assert "the question 'new' was added since the declaration" in told(section, declared)
    section["changes"] = change(section, declared)
    assert told(section, declared) == ""
    new["comparator"] = "Black"
    assert "the question 'new' is not the one that was added" in told(section, declared)
    later = {"date": "2026-06-01", "question": "new", "setting": "comparator", "from": "White", "to": "Black"}
    section["changes"].append(later | {"reason": "The first comparator was a slip."})
    assert told(section, declared) == ""


def test_two_changes_of_one_choice_lead_from_one_to_the_next(section, declared):
    steps = [("White", "Black"), ("Black", "Asian")]
    section["questions"][0]["comparator"] = "Asian"
    section["changes"] = [
        {"date": "2026-05-11", "question": "accepted", "setting": "comparator", "from": a, "to": b, "reason": "r" * 20}
        for a, b in steps
    ]
    assert told(section, declared) == ""
    section["changes"].pop(0)
    said = told(section, declared)
    assert "the change of 'accepted' starts from what was not declared" in said
    assert "'White'" in said


def test_a_change_of_nothing_that_is_so_does_not_pass(section, declared):
    """A reason alone is not enough: declaration and changes have to give the present choice."""
    section["questions"][0]["comparator"] = "Asian"
    entry = {"date": "2026-05-11", "question": "accepted", "setting": "comparator", "from": "White", "to": "Black"}
    section["changes"] = [entry | {"reason": "r" * 20}]
    assert "found 'Asian'" in told(section, declared)
    section["changes"] = [entry | {"reason": "r" * 20, "question": "acepted"}]
    assert "no question has the id 'acepted'. Did you mean 'accepted'?" in told(section, declared)


def test_the_day_of_the_declaration_cannot_be_moved(section, declared):
    section["declared"] = "2026-01-01"
    assert "was written down as 2026-03-02" in told(section, declared)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("White", "Black", 1),
        lambda text: text.replace("'2026-03-02'", "'2026-01-02'"),
        lambda text: text.replace("- Crude", "- Other", 1),
        lambda text: text.split("fingerprint:")[0],
        lambda text: "declared: [",
    ],
)
def test_a_declaration_edited_by_hand_is_refused(section, study, tmp_path, edit):
    path = tmp_path / "declared.yaml"
    text = declaration.text(section, study)
    assert edit(text) != text
    path.write_text(edit(text), encoding="utf-8")
    with pytest.raises(InputError):
        declaration.read(path)


def test_a_study_without_its_declaration_is_told_how_to_write_it(tmp_path):
    with pytest.raises(InputError, match="genequity declare --study FILE"):
        declaration.read(tmp_path / "declared.yaml")


def test_days_are_days_in_their_order(section):
    def said(**changed):
        return [str(p) for p in declaration.date_problems(section | changed, "2026-11-22")]

    entry = {"question": "accepted", "setting": "comparator", "from": "a", "to": "b", "reason": "r" * 20}
    assert said() == []
    assert "there is no such day" in said(declared="2026-02-30")[0]
    assert "the declaration is later than study.date" in said(declared="2026-12-01")[0]
    assert "in order of their days" in said(changes=[entry | {"date": "2026-03-01"}])[0]
    assert "in order of their days" in said(changes=[entry | {"date": "2026-12-01"}])[0]
    two = [entry | {"date": "2026-06-01"}, entry | {"date": "2026-05-01"}]
    assert len(said(changes=two)) == 1


def test_the_same_day_as_the_data_is_not_before_them():
    assert declaration.timing("2026-06-15", "2026-06-15") == "after the data were seen"


def test_declaring_twice_changes_nothing(section, study, tmp_path, monkeypatch, capsys):
    section["inputs"]["declaration"] = str(tmp_path / "declared.yaml")
    monkeypatch.setattr(declaration.config, "load", lambda file: study | {"primary": section})
    assert declaration.main("mine.yaml") == 0
    first = (tmp_path / "declared.yaml").read_bytes()
    section["questions"][0]["comparator"] = "Black"
    assert declaration.main("mine.yaml") == 1
    assert "has another comparator" in capsys.readouterr().out
    assert (tmp_path / "declared.yaml").read_bytes() == first


@pytest.mark.parametrize(
    ("strand", "name", "value", "questions"),
    [
        ("service", "adjust", {"crude": [], "full": ["age"]}, ["accepted", "tested"]),
        ("evidence", "methods", {"estimator": "DL", "test": "z"}, ["uptake"]),
        ("ethnicity", "grouping", "nineteen", ["accepted", "tested"]),
    ],
)
def test_a_setting_that_decides_an_estimate_is_declared_too(section, declared, study, strand, name, value, questions):
    """Another covariate or estimator changes the analysis although the section `primary` stays as it is."""
    study[strand][name] = value
    found = declaration.problems(section, declared, study)
    assert [problem.where for problem in found] == [f"primary.questions, {name}" for name in questions]
    assert "has other settings since the declaration" in str(found[0])
    section["changes"] = change(section, declared, study=study)
    assert declaration.problems(section, declared, study) == []


def test_a_setting_that_decides_nothing_may_change(section, declared, study):
    study["service"]["methods"]["another"] = 1
    assert declaration.problems(section, declared, study) == []
