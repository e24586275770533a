"""Answers, alternatives and their way back to released rows; dangling names; contradictions that must not arise."""

import pandas as pd
import pytest
from genequity import tables
from genequity.errors import InputError
from genequity.primary import answers, declaration

LEVELS = {"service": 0.95, "survey": 0.95, "evidence": 0.95}


def made(section, released):
    declared = {
        "declared": section["declared"],
        "questions": {
            one["id"]: {**declaration.choices(one, {}), "alternatives": declaration.alternatives(one)}
            for one in section["questions"]
        },
        "fingerprint": "0" * 16,
    }
    return answers.tables_of(section, declared, released, LEVELS)


def refused(section, released):
    with pytest.raises(InputError) as error:
        made(section, released)
    return str(error.value)


def test_tables_are_as_their_schemas_say(section, released, tmp_path):
    for name, frame in made(section, released).items():
        tables.write(frame, tmp_path / f"{name}.csv", f"primary/{name}")
        assert len(tables.read(tmp_path / f"{name}.csv", f"primary/{name}")) == len(frame)


def test_each_answer_in_a_sentence_with_estimate_interval_n_comparator_and_certainty(section, released):
    said = made(section, released)["questions"].set_index("question")["answer"]
    assert said["accepted"] == (
        "Referral accepted, compared with White: lower for Asian (−5.0, −7.0 to −3.0; n = 100). "
        "Difference in percentage points with 95% interval. Certainty: low."
    )
    assert said["tested"] == (
        "Test done, compared with White: no clear difference for Asian (−0.5, −1.5 to 0.5; n = 100); "
        "not measurable for Black (small number). "
        "Difference in percentage points with 95% interval. Certainty: not graded."
    )
    assert said["uptake"] == (
        "Uptake, compared with White: lower for Asian (0.70, 0.60 to 0.80; n = 400). "
        "Odds ratio with 95% interval. Certainty: not graded."
    )
    assert said["policy"] == (
        "2 of 24 policy documents (8%) say how it will be measured. Nothing is compared. Certainty: low."
    )


def test_groups_without_a_known_answer_are_no_part_of_a_question_that_names_none(section, released):
    found = made(section, released)["answers"]
    assert list(found.loc[found["question"] == "accepted", "group"]) == ["Asian"]
    section["questions"][0]["analysis"]["rows"]["group"] = ["Asian", "Not known"]
    section["questions"][0]["alternatives"] = []
    found = made(section, released)["answers"]
    assert list(found.loc[found["question"] == "accepted", "group"]) == ["Asian", "Not known"]


def test_alternatives_say_whether_they_agree(section, released):
    found = made(section, released)["alternatives"].set_index(["question", "group", "place"])
    assert found.loc[("accepted", "Asian", 1), "same_direction"]
    assert not found.loc[("tested", "Asian", 1), "same_direction"]
    assert found.loc["uptake"]["variation"].tolist() == ["Study A", "Study B"]


def test_a_strand_that_found_no_clear_difference_over_all_groups_is_not_contradicted(section, released):
    """The interval of one group excludes zero, and the adjusted test of the item does not: no clear difference."""
    question = section["questions"][0] | {"id": "willing", "strand": "survey", "alternatives": []}
    question["analysis"] = {"table": "survey/shares", "rows": {"item": "willing"}}
    section["questions"] = [question]
    row = made(section, released)["answers"].iloc[0]
    assert (row["group"], row["direction"], row["finding"]) == ("Asian", "no_clear_difference", "survey.willing.all")


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        ({"table": "service/adjused", "rows": {}}, "Did you mean 'service/adjusted'?"),
        (
            {"table": "service/adjusted", "rows": {"outcom": "accepted"}},
            "has no column 'outcom'. Did you mean 'outcome'?",
        ),
        (
            {"table": "service/adjusted", "rows": {"outcome": "acepted"}},
            "no released row of service/adjusted has outcome 'acepted'. Did you mean 'accepted'?",
        ),
        (
            {"table": "service/adjusted", "rows": {"outcome": "accepted", "group": "Black"}},
            "no released row of service/adjusted has all of outcome=accepted; group=Black",
        ),
        ({"finding": "service.acepted.asian"}, "no finding has an id like 'service.acepted.asian'. Did you mean"),
        ({"table": "service/adjusted", "rows": {"outcome": "accepted"}}, "more than one estimate for a group"),
    ],
)
def test_a_dangling_choice_names_the_nearest(section, released, analysis, message):
    section["questions"][0]["analysis"] = analysis
    section["questions"][0]["alternatives"] = []
    assert message in refused(section, released)


def test_all_that_dangles_is_told_at_once(section, released):
    section["questions"][0]["analysis"]["rows"]["outcome"] = "acepted"
    section["questions"][1]["alternatives"][0]["rows"]["model"] = "crde"
    said = refused(section, released)
    assert "'acepted'" in said
    assert "'crde'. Did you mean 'crude'?" in said


def test_another_comparator_than_that_of_the_rows_is_refused(section, released):
    section["questions"][0]["comparator"] = "Black"
    assert "the declared comparator is 'Black', and the released rows compare with White" in refused(section, released)


def test_an_alternative_in_another_unit_is_refused(section, released):
    section["questions"][0]["alternatives"][0]["measure"] = "odds_ratio"
    assert "have to be in one unit" in refused(section, released)


def test_an_alternative_added_after_the_declaration_is_marked(section, released):
    declared = {"declared": "2026-03-02", "fingerprint": "0" * 16, "questions": {"accepted": {"alternatives": []}}}
    found = answers.tables_of(section | {"questions": section["questions"][:1]}, declared, released, LEVELS)
    assert not found["alternatives"]["declared"].any()


def test_a_declaration_after_the_data_is_labelled(section, released):
    section["data_seen"] = "2026-01-01"
    section["questions"][1]["data_seen"] = "2026-12-01"
    timing = made(section, released)["questions"].set_index("question")["timing"]
    assert timing["accepted"] == "after the data were seen"
    assert timing["tested"] == "before the data were seen"


def test_numbers_are_cells_of_the_answers(section, released):
    found = made(section, released)
    said = {row["key"]: row["value"] for row in answers.numbers(found)}
    assert said["primary.accepted.asian.estimate"] == -0.05
    assert said["primary.policy.estimate"] == 0.0833
    assert pd.isna(said["primary.tested.black.estimate"])


def test_the_estimator_that_was_declared_is_no_alternative_to_itself(section, released):
    section["questions"][2]["alternatives"] = [
        {"label": "Other estimators", "table": "evidence/sensitivity", "rows": {"kind": "estimator and test"}}
    ]
    found = made(section, released)["alternatives"]
    assert found.loc[found["question"] == "uptake", "estimate"].tolist() == [0.68]
