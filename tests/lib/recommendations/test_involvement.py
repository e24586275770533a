"""GRIPP2 is answered by the authors and by what the log tells; what nobody answered is not reported."""

import pandas as pd
import pytest
from genequity import tables
from genequity.errors import InputError
from genequity.recommendations import involvement, register

REGISTER = pd.DataFrame({"recommendation": ["R01", "R02"], "n_co_design": [1, 0]})
HEAD = "entry,date,activity,with_whom,said,did"


def log(tmp_path, *rows, head=f"{HEAD},stage,paid"):
    path = tmp_path / "log.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return register.co_design(str(path))


def test_the_log_tells_kinds_days_stages_and_payment(tmp_path):
    found = log(
        tmp_path,
        "C1,2026-03-12,Workshop,Patients,Said,Did,design,yes",
        "C2,2026-01-05,workshop,Patients,Said,Did,recommendations,no",
        "C3,2026-02-01,Review meeting,Public,Said,Did,,",
    )
    frame = involvement.gripp2(found, REGISTER, {})
    assert tables.problems(frame, "recommendations/gripp2", "gripp2.csv") == []
    assert frame["status"].tolist() == [
        *("not reported", "reported in part", "reported in part", "not reported", "not reported")
    ]
    assert frame.loc[1, "answer"] == (
        "The log has 3 entries, from 5 January 2026 to 12 March 2026: review meeting (1), workshop (2). "
        "Stages of the study: design (1), recommendations (1). No entry: questions, data, analysis, sharing. "
        "Payment of those who took part: paid (1), not paid (1), not stated (1)."
    )
    assert frame.loc[2, "answer"].startswith("1 of 2 recommendations name an entry of the log.")


def test_what_authors_say_comes_first(tmp_path):
    found = log(tmp_path, "C1,2026-03-12,Workshop,Patients,Said,Did,design,yes")
    said = {name: f"Answer {name}." for name in involvement.ITEMS}
    frame = involvement.gripp2(found, REGISTER, said)
    assert set(frame["status"]) == {"reported"}
    assert frame.loc[1, "answer"].startswith("Answer methods. The log has 1 entry, on 12 March 2026")


def test_without_a_log_nothing_is_counted():
    frame = involvement.gripp2(register.co_design(None), REGISTER, {})
    assert set(frame["status"]) == {"not reported"}


def test_a_log_without_stage_and_payment_is_read(tmp_path):
    found = log(tmp_path, "C1,2026-03-12,Workshop,Patients,Said,Did", head=HEAD)
    assert found.loc[0, ["stage", "paid"]].tolist() == ["", ""]
    answer = involvement.gripp2(found, REGISTER, {}).loc[1, "answer"]
    assert "It does not say at which stages" in answer
    assert "not stated (1)" in answer


@pytest.mark.parametrize(("cells", "column"), [("dinner,yes", "stage"), ("design,maybe", "paid")])
def test_unknown_words_are_refused_with_those_allowed(tmp_path, cells, column):
    with pytest.raises(InputError) as error:
        log(tmp_path, f"C1,2026-03-12,Workshop,Patients,Said,Did,{cells}")
    assert f"row 2, column {column}" in str(error.value)
    assert "or blank" in str(error.value)
