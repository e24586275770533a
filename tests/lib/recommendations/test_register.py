"""The register refuses what nobody could act on, in plain words, all at once."""

import pandas as pd
import pytest
import yaml
from genequity.errors import InputError
from genequity.recommendations import register

OWNERS = pd.DataFrame({"organisation": ["Professional college", "Research funder"], "type": "national"})
LOG = pd.DataFrame({"entry": ["C01"]})
GOOD = {
    "id": "R01",
    "title": "Teach ethnicity and ancestry",
    "type": "education",
    "organisation": "Professional college",
    "action": "add",
    "what": "a taught unit on ethnicity and ancestry",
    "for_whom": "health professionals who refer",
    "by_when": "2027-08-31",
    "measure": "share of trainees who have passed the unit",
    "resources": "a curriculum lead for one year",
    "equality": "material is reviewed by people of the groups it speaks of",
    "evidence": ["survey.training.all"],
    "co_design": ["C01"],
    "history": ["2026-05-14: drafted", "2026-06-18: one owner named"],
}
FINDINGS = ["survey.training.all", "interviews.training"]


def write(tmp_path, *entries):
    path = tmp_path / "recommendations.yaml"
    path.write_text(yaml.safe_dump({"recommendations": list(entries)}, sort_keys=False), encoding="utf-8")
    return str(path)


def read(tmp_path, *entries, findings=FINDINGS):
    file = write(tmp_path, *entries)
    return register.read(file, OWNERS, LOG, verbs=["add", "fund"], study_date="2026-11-22", findings=findings)


def refusal(tmp_path, **changes):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD | changes)
    return str(error.value).replace(str(tmp_path) + "/", "")


def test_a_complete_recommendation_is_read(tmp_path):
    row = read(tmp_path, GOOD).iloc[0]
    assert row["organisation"] == "Professional college"
    assert row["evidence"] == ["survey.training.all"]


@pytest.mark.parametrize(
    "owner",
    [
        *("stakeholders", "Key stakeholders", "the NHS", "NHS", "NHS organisations", "policy makers", "tbc"),
        *("All relevant stakeholders", "The government", "clinicians and researchers", "the health system", "everyone"),
        *("all trusts", "GPs", "hospital staff and managers", "Local universities and charities", "NHS leaders"),
        *("Healthcare providers", "local services", "the public", "To be agreed", "us"),
    ],
)
def test_an_owner_that_is_nobody_is_refused(tmp_path, owner):
    assert refusal(tmp_path, organisation=owner) == (
        f"- recommendations.yaml (line 2, organisation): R01 is addressed to '{owner}', which is nobody who could be "
        "asked whether it was done.\n"
        "    Expected: exactly one organisation of the controlled list.\n"
        "    What to do: name the one body that can act."
    )


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"organisation": ""}, "organisation", "R01 has no owner: nobody is asked to act."),
        ({"organisation": None}, "organisation", "R01 has no owner: nobody is asked to act."),
        (
            {"organisation": ["Research funder", "Professional college"]},
            "organisation",
            "R01 is addressed to more than one organisation: what all own, nobody does.",
        ),
        (
            {"organisation": "Professional colege"},
            "organisation",
            "R01 is addressed to an organisation that is not in the controlled list. "
            "Did you mean 'Professional college'?",
        ),
        *(
            ({"organisation": both}, "organisation", "R01 is addressed to more than one organisation")
            for both in (
                *("Research funder; Professional college", "Research funder and the Professional college"),
                *("Research funder, Professional college", "Research funder / NHS", "Professional college with others"),
            )
        ),
        ({"by_when": None}, "by_when", "R01 has no date by which it is to be done."),
        ({"by_when": "tbc"}, "by_when", "R01 has no date by which it is to be done."),
        ({"by_when": "2027-02-30"}, "by_when", "R01 has a date that is not a day of the calendar."),
        ({"by_when": "spring"}, "by_when", "R01 has a date that is not a day of the calendar."),
        ({"by_when": "2026-11-22"}, "by_when", "R01 is due before the report is published."),
        ({"measure": " "}, "measure", "R01 has no measure: nobody could tell whether it was done."),
        ({"measure": "n/a"}, "measure", "R01 has no measure: nobody could tell whether it was done."),
        ({"evidence": []}, "evidence", "R01 rests on no evidence."),
        (
            {"evidence": ["interviews.trainng"]},
            "evidence",
            "R01 rests on finding interviews.trainng, which is not in the findings register. "
            "Did you mean 'interviews.training'?",
        ),
        (
            {"action": "should consider"},
            "action",
            "R01 says 'should consider': that asks for a thought, not for a deed.",
        ),
        (
            {"what": "explore a taught unit"},
            "what",
            "R01 says 'explore': that asks for a thought, not for a deed.",
        ),
        ({"action": "fnd"}, "action", "R01 does not begin with a verb of action. Did you mean 'fund'?"),
        ({"action": ""}, "action", "R01 names no action."),
        ({"by_when": "ongoing"}, "by_when", "R01 has no date by which it is to be done."),
        ({"action": "consider"}, "action", "R01 says 'consider': that asks for a thought, not for a deed."),
        ({"what": "a unit, where possible"}, "what", "R01 says 'where possible': that asks for a thought"),
        ({"what": "could be a unit"}, "what", "R01 says 'could': that asks for a thought, not for a deed."),
        ({"title": "Raising awareness of ancestry"}, "title", "R01 says 'raising awareness': that asks for a thought"),
        ({"measure": "to be agreed"}, "measure", "R01 has no measure: nobody could tell whether it was done."),
        ({"equality": ""}, "equality", "R01 does not give how it bears on equality between groups."),
        ({"history": []}, "history", "R01 has no version history: nobody could tell when it was written."),
        ({"history": ["drafted in May"]}, "history", "R01 has a version without a day."),
        ({"history": ["2026-13-01: drafted"]}, "history", "R01 has a version without a day."),
        ({"history": ["2026-06-18: b", "2026-05-14: a"]}, "history", "R01 has a version out of order, or one after"),
        ({"history": ["2027-06-18: drafted"]}, "history", "R01 has a version out of order, or one after the report."),
        ({"depends_on": ["R01"]}, "depends_on", "R01 depends on itself."),
        ({"depends_on": ["R09"]}, "depends_on", "R01 depends on R09, which is not in the register."),
        ({"what": ""}, "what", "R01 does not say what is to be done."),
        ({"for_whom": ""}, "for_whom", "R01 does not give whom it is for."),
        ({"resources": ""}, "resources", "R01 does not give the resources it takes."),
        ({"type": "advice"}, "type", "R01 has no known type."),
        ({"co_design": ["C02"]}, "co_design", "R01 names co-design entry C02, which is not in the log."),
        ({"owner": "x"}, "owner", "R01 has an unknown field."),
    ],
)
def test_each_rule_refuses_in_its_own_words(tmp_path, changes, field, sentence):
    text = refusal(tmp_path, **changes)
    assert text.count("- recommendations.yaml") == 1
    assert f"(line 2, {field}): {sentence}" in text


def test_all_problems_of_all_entries_come_in_one_message(tmp_path):
    with pytest.raises(InputError) as error:
        read(tmp_path, GOOD | {"organisation": "the NHS", "measure": ""}, GOOD | {"evidence": [], "by_when": None})
    # two of the first entry; three of the second, whose id stands twice
    assert len(error.value.problems) == 5
    assert "R01 stands twice" in str(error.value)


def test_without_a_findings_register_only_the_form_is_checked(tmp_path):
    assert len(read(tmp_path, GOOD | {"evidence": ["not.yet.built"]}, findings=None)) == 1


def test_a_file_without_recommendations_is_refused(tmp_path):
    path = tmp_path / "recommendations.yaml"
    path.write_text("recommendations: nothing\n")
    with pytest.raises(InputError, match="holds no list of recommendations"):
        register.ids(str(path))


def test_the_controlled_list_holds_no_vague_owner(tmp_path):
    path = tmp_path / "organisations.csv"
    path.write_text("organisation,type,description\nThe NHS,national,All of it\n")
    with pytest.raises(InputError, match=r"\(row 2, column organisation\): this is not an organisation"):
        register.organisations(str(path))


def test_an_empty_register_is_told_what_a_register_holds(tmp_path):
    path = tmp_path / "empty.yaml"
    path.write_text("\n")
    with pytest.raises(InputError) as caught:
        register.ids(str(path))
    assert "holds no list of recommendations" in str(caught.value)
    assert "config.yaml" not in str(caught.value)


def test_words_that_only_look_weak_are_left_alone(tmp_path):
    words = "a list of what people could expect, considerable or not, and should they ask, whom to call"
    assert read(tmp_path, GOOD | {"what": words}).iloc[0]["what"] == words


def test_an_organisation_whose_name_holds_and_is_one(tmp_path):
    file = write(tmp_path, GOOD | {"organisation": "Department of Health and Care"})
    owners = pd.DataFrame({"organisation": ["Department of Health and Care"], "type": "national"})
    given = {"verbs": ["add"], "study_date": "2026-11-22", "findings": FINDINGS}
    assert len(register.read(file, owners, LOG, **given)) == 1


def test_recommendations_that_wait_for_one_another_are_refused(tmp_path):
    with pytest.raises(InputError, match="R01 and R02 wait for one another"):
        read(tmp_path, GOOD | {"depends_on": ["R02"]}, GOOD | {"id": "R02", "depends_on": ["R01"]})
    chain = read(tmp_path, GOOD | {"depends_on": ["R02"]}, GOOD | {"id": "R02"})
    assert chain["depends_on"].tolist() == [["R02"], []]


def test_versions_become_rows(tmp_path):
    found = register.history(read(tmp_path, GOOD))
    assert found.to_numpy().tolist() == [
        ["R01", 1, "2026-05-14", "drafted"],
        ["R01", 2, "2026-06-18", "one owner named"],
    ]
