"""Settings of primary analyses that a schema cannot see."""

import pytest
from genequity import config
from genequity.errors import InputError
from genequity.primary import check

STUDY = {"study": {"date": "2026-11-22"}, "service": {"a": 1}, "evidence": {"a": 1}, "policy": {"a": 1}}


def said(section):
    return "\n".join(str(problem) for problem in check.setting_problems(section, STUDY))


def test_a_sound_section_has_no_problems(section):
    assert said(section) == ""


def test_more_than_six_headlines_are_refused(section):
    one = section["questions"][0]
    section["questions"] = [one | {"id": f"q{place}"} for place in range(6)]
    assert said(section) == ""
    section["questions"].append(one | {"id": "q6"})
    assert "7 questions are headlines" in said(section)
    section["questions"][-1]["headline"] = False
    assert said(section) == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "tested"}, "2 questions have the id 'tested'"),
        ({"strand": "interviews"}, "its strand 'interviews' is not part of this study"),
        ({"analysis": {"table": "service/adjustd"}}, "Did you mean 'service/adjusted'?"),
        ({"analysis": {"table": "evidence/pooled"}}, "no table 'evidence/pooled' of the strand 'service'"),
        ({"analysis": {"table": "service/adjusted", "rows": {"modell": "x"}}}, "Did you mean 'model'?"),
        ({"analysis": {"table": "service/adjusted", "measure": "risk_diff"}}, "Did you mean 'risk_difference'?"),
        ({"analysis": {"finding": "survey.model.*"}}, "is not of the strand 'service'"),
        ({"alternatives": [{"label": "Crude", "finding": "service.x"}] * 2}, "two alternatives are called 'Crude'"),
    ],
)
def test_each_contradiction_is_told(section, change, message):
    section["questions"][0] |= change
    assert message in said(section)


def test_the_demonstration_stops_when_a_choice_is_changed_without_a_reason():
    study = config.load(config.ROOT / config.DEMONSTRATION)
    assert check.declared_problems(study["primary"], study) == []
    study["primary"]["changes"] = []
    text = "\n".join(str(problem) for problem in check.declared_problems(study["primary"], study))
    assert "the question 'accepted' has another analysis since the declaration" in text
    assert "reason: why" in text


def test_a_seventh_headline_stops_the_config():
    study = config.read(config.ROOT / config.DEMONSTRATION)
    study["primary"]["questions"].append(study["primary"]["questions"][0] | {"id": "seventh"})
    with pytest.raises(InputError, match="7 questions are headlines"):
        config.complete(study, "mine.yaml")
