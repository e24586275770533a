"""The codebook: both formats hold the same, and every mistake is named."""

import pytest
from genequity.errors import InputError
from genequity.survey import codebook

HEADER = "variable,role,text,short,battery,theme,codes,counted,missing,reverse\n"


def csv(tmp_path, *rows):
    path = tmp_path / "codebook.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


def test_csv_and_yaml_hold_the_same(tmp_path, book):
    rows = [
        "eth,ethnicity,,,,,,,,",
        "trust,item,I trust it.,Trust,Trust,trust,1=Disagree|2=Neither|3=Agree,3,-9=declined to answer|-8..-7=don't know,",
        "worry,item,I worry.,Worry,Trust,trust,1=Disagree|2=Neither|3=Agree,3,-9=declined to answer|-8..-7=don't know,yes",
    ]
    read = codebook.read(csv(tmp_path, *rows))
    assert read.get("trust") == book.get("trust")
    assert read.get("worry") == book.get("worry")
    assert read.get("worry").reverse


def test_reasons_come_from_single_codes_and_ranges(book):
    trust = book.get("trust")
    assert trust.reason("-9") == "declined to answer"
    assert trust.reason("-7.5") == "don't know"  # inside the range -8 to -7
    assert trust.reason("-6") is None
    assert trust.reason("3") is None


def test_counted_answers_in_words(book):
    assert book.get("trust").counted_label == "agree"


def test_every_mistake_of_a_codebook_is_named_at_once(tmp_path):
    path = csv(
        tmp_path,
        "eth,ethnic,,,,,,,,",
        "q1,item,Question?,,,,1=Yes|2=No,3,2=refused,",
        "q1,background,,,,,1=a,,,",
    )
    with pytest.raises(InputError) as caught:
        codebook.read(path)
    # a repeated variable stops the table reader first: nothing else of the file is sure
    assert "row 4" in str(caught.value)
    path = csv(tmp_path, "eth,ethnic,,,,,,,,", "q1,item,Question?,,,,1=Yes|2=No,3,2=refused,")
    with pytest.raises(InputError) as caught:
        codebook.read(path)
    text = str(caught.value)
    assert "'ethnic' is not a role. Did you mean 'ethnicity'?" in text
    assert "'refused' is not a reason." in text
    assert "counted code 3 is not one of the answers" in text
    assert "code 2 is both an answer and missing" in text
    assert "no variable has the role ethnicity" in text


def test_broken_yaml_is_one_problem(tmp_path):
    path = tmp_path / "codebook.yaml"
    path.write_text("variables: [", encoding="utf-8")
    with pytest.raises(InputError, match="reading the codebook failed"):
        codebook.read(str(path))
