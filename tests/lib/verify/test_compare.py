"""Two versions of a released file: identical, within one unit of the last decimal, or different, cell by cell."""

import pytest
from genequity.verify import compare
from genequity.verify.compare import DIFFERENT, IDENTICAL, WITHIN

SHARES = "item,group,n,share,suppressed\ntrust,Asian,120,0.3410,\ntrust,Black,,,small number\n"


def shares(**changed: str) -> bytes:
    text = SHARES
    for was, now in changed.values():
        assert was in text
        text = text.replace(was, now)
    return text.encode()


@pytest.mark.parametrize(
    ("was", "now", "state"),
    [
        ("0.3410", "0.3411", WITHIN),  # one unit of the last decimal
        ("0.3410", "0.3412", DIFFERENT),  # two units
        ("120", "121", DIFFERENT),  # a count has no tolerance
        ("small number", "a small number", DIFFERENT),
        ("Black,,", "Black,7,", DIFFERENT),  # a withheld count that is shown
    ],
)
def test_one_changed_cell(was, now, state):
    result = compare.file("survey/shares.synthetic.csv", shares(), shares(cell=(was, now)))
    assert result.state == state
    assert len(result.cells) == 1


def test_the_cell_is_named_with_its_difference():
    cell = compare.file("survey/shares.csv", shares(), shares(cell=("0.3410", "0.3510"))).cells[0]
    assert (cell.row, cell.column) == ("item=trust;group=Asian", "share")
    assert (cell.expected, cell.here, cell.difference) == ("0.3410", "0.3510", "+0.0100")


def test_the_order_of_rows_and_the_form_of_the_file_are_not_values():
    lines = SHARES.splitlines()
    turned = "\r\n".join([lines[0], lines[2], lines[1]]).encode()
    assert compare.file("survey/shares.csv", shares(), turned).state == IDENTICAL


def test_a_row_or_column_more_or_less_is_a_difference():
    less = shares(row=("trust,Black,,,small number\n", ""))
    assert compare.file("survey/shares.csv", shares(), less).cells[0].here == "absent"
    assert compare.file("survey/shares.csv", less, shares()).cells[0].expected == "absent"
    wider = SHARES.replace("suppressed", "suppressed,more").replace("0.3410,", "0.3410,,1").replace("r\n", "r,1\n")
    assert {cell.column for cell in compare.file("survey/shares.csv", shares(), wider.encode()).cells} == {"more"}


def test_rows_of_a_table_without_a_key_of_its_own_are_kept_apart():
    was, now = b"a,b\nx,1\nx,2\n", b"a,b\nx,1\nx,3\n"
    assert [cell.row for cell in compare.file("no/schema.csv", was, now).cells] == ["a=x (again 1)"]


@pytest.mark.parametrize(
    ("was", "now", "same"),
    [
        ("34.1% (30.0 to 38.2; n = 120)", "34.2% (30.1 to 38.2; n = 120)", True),
        ("34.1% (30.0 to 38.2; n = 120)", "34.1% (30.0 to 38.2; n = 121)", False),
        ("34.1% of 120", "34.1% in 120", False),
        ("1,204", "1,205", False),
        ("0.12345678901234", "0.12345678901299", True),  # an unrounded number: relative 1e-9
        ("1.5e-07", "1.6e-07", True),
        ("1.5", "", False),
    ],
)
def test_numbers_in_sentences(was, now, same):
    assert compare.close(was, now) == same


def test_json_is_compared_by_its_leaves_and_without_the_version_of_the_code():
    was = b'{"code_version": "0.1.0+0123456789ab", "strands": [{"n": 12}]}'
    assert compare.file("study.json", was, was.replace(b"0123456789ab", b"ba9876543210")).state == IDENTICAL
    result = compare.file("study.json", was, was.replace(b"12}", b"13}"))
    assert (result.state, result.cells[0].row) == (DIFFERENT, "strands[0].n")


def test_other_files_are_compared_by_bytes():
    assert compare.file("figure.svg", b"<svg/>", b"<svg />").state == DIFFERENT
