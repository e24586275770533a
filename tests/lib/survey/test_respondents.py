"""From codes to answers and reasons; what the codebook does not account for is a problem without its value."""

import pytest
from genequity.errors import InputError
from genequity.survey import reader, respondents

NAME = "Ada Lovelace"


def tidy(path, book, scheme, **options):
    return respondents.tidy(reader.read_declared(path, book), book, scheme, "two", **options)


def message(path, book, scheme):
    with pytest.raises(InputError) as caught:
        tidy(path, book, scheme)
    return str(caught.value)


def test_every_code_is_an_answer_or_a_reason(sav, book, scheme):
    people = tidy(sav(), book, scheme)
    assert people["group"].tolist() == ["Apple"] * 4 + ["Berry"] * 3 + ["Not stated"]
    assert people["trust"].tolist()[:3] == ["3", "3", "1"]
    assert people["trust__why"].fillna("").tolist() == [
        *["", "", ""],
        *["declined to answer", "", "don't know", "", "don't know"],
    ]
    assert people["worry__why"].fillna("").tolist()[4] == "not answered"  # a blank in the file
    assert people["worry__why"].fillna("").tolist()[6] == "don't know"
    assert people["sex"].fillna("").tolist() == ["Female", "Male", "Female", "Male", "Female", "Male", "", "Female"]
    assert people["age"].isna().tolist() == [False] * 4 + [True] + [False] * 3
    assert "pid" not in people.columns


def test_an_undeclared_code_shows_its_cases_and_shape_only(sav, book, scheme, answers):
    path = sav(answers.assign(trust=[77.0, 3, 1, -9, 1, 77, 3, -7]))
    assert message(path, book, scheme) == (
        f"- {path} (variable trust, cases 1, 6): 2 of 8 cells hold a code that is not declared (looking like 99).\n"
        f"    Expected: codes of {book.file}.\n"
        "    What to do: correct the file or the codebook."
    )


def test_a_name_in_a_number_column_appears_nowhere(sav, book, scheme, answers):
    weights = [str(w) for w in answers["weight"]]
    weights[4] = NAME
    text = message(sav(answers.assign(weight=weights)), book, scheme)
    assert "case 5" in text
    assert "Xxx Xxxxxxxx" in text
    assert not any(part in text for part in NAME.split())


def test_an_unknown_ethnic_code_is_a_problem(sav, book, scheme, answers):
    text = message(sav(answers.assign(eth=["A", "A", "A", "A", "B", "B", "Q", ""])), book, scheme)
    assert "variable eth, cases 7, 8" in text
    assert "codes of" in text


def test_weights_must_be_positive_and_may_be_left_out_when_blank(sav, book, scheme, answers):
    path = sav(answers.assign(weight=[1.0, None, 2, 2, 1, 1, 2, 2]))
    assert "1 of 8 cells are blank, zero or negative" in message(path, book, scheme)
    assert len(tidy(path, book, scheme, blank_weight="leave_out")) == 7
    path = sav(answers.assign(weight=[1.0, -1, 2, 2, 1, 1, 2, 2]))
    with pytest.raises(InputError, match="blank, zero or negative"):
        tidy(path, book, scheme, blank_weight="leave_out")


def test_the_file_s_own_declarations_are_held_against_the_codebook(sav, book, scheme):
    text = message(sav(labels={"trust": {3.0: "Disagree"}}, ranges={"trust": [-5.0, 2.0]}), book, scheme)
    assert "code 3 is labelled otherwise in the file than in the codebook" in text
    assert "the file declares -5 as missing, the codebook gives no reason for it" in text
    assert "the file declares 2 as missing" in text  # an answer of the codebook


def test_repeated_identifiers_are_a_problem(sav, book, scheme, answers):
    assert "1 of 8 identifiers repeat an earlier one" in message(
        sav(answers.assign(pid=["p1", "p1", *answers["pid"][2:]])), book, scheme
    )
