"""What may leave, at each boundary: type, content, size, rows."""

import pytest
from genequity.pack import limits
from genequity.pack.limits import Limits

ALLOWED = Limits(("csv", "jpeg", "jpg", "json", "png", "svg", "txt"), 100, 3)


def said(name, content):
    return [str(problem) for problem in limits.problems(name, content, ALLOWED)]


def test_the_limits_are_those_of_the_source():
    found = limits.read()
    assert found == Limits(("csv", "jpeg", "jpg", "json", "png", "svg", "txt"), 16_000_000, 5_000)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"x,y\n1,2\n"),
        ("a.CSV", b"x\n1\n"),
        ("a.json", b'{"x": 1}'),
        ("a.txt", "é".encode()),
        ("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"/></svg>'),
        ("a.png", b"\x89PNG\r\n\x1a\n...."),
        ("a.jpg", b"\xff\xd8\xff...."),
    ],
)
def test_allowed(name, content):
    assert said(name, content) == []


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("a.xlsx", b"x", "type 'xlsx' may not leave"),
        ("a", b"x", "type '' may not leave"),
        ("a.csv.exe", b"x", "may not leave"),
        ("a.csv", b"PK\x03\x04\x00", "holds something else"),
        ("a.csv", b"\xff\xfe1\x00", "holds something else"),
        ("a.json", b"{", "holds something else"),
        ("a.png", b"GIF89a", "holds something else"),
        ("a.jpg", b"\x89PNG\r\n\x1a\n", "holds something else"),
        ("a.svg", b"<svg><script>1</script></svg>", "scripts or links"),
        ("a.svg", b"<svg onload = 'f()'></svg>", "scripts or links"),
        ("a.svg", b"<svg><image href='https://example.org/x.png'/></svg>", "scripts or links"),
        ("a.svg", b"no drawing", "scripts or links"),
    ],
)
def test_refused(name, content, word):
    assert word in " ".join(said(name, content))


def test_the_largest_file_and_one_byte_more():
    assert said("a.txt", b"x" * 100) == []
    assert "101 bytes are too many" in said("a.txt", b"x" * 101)[0]


def test_the_longest_table_and_one_row_more():
    assert said("a.csv", b"x\n1\n2\n3\n") == []
    assert "4 rows are too many" in said("a.csv", b"x\n1\n2\n3\n4\n")[0]


def test_a_line_break_in_a_cell_is_no_row():
    assert said("a.csv", b'x\n"1\n1"\n"2\n2"\n') == []
