"""Days allowed by category and version of the directory."""

import pytest
from genequity.errors import InputError
from genequity.service import stages, targets

HEAD = "category,valid_from,valid_to,days,source\n"


@pytest.fixture
def file(tmp_path):
    def make(*lines):
        path = tmp_path / "targets.csv"
        path.write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return make


def test_versions_are_read_in_order(file):
    found = targets.read(file("b,2024-01-01,,42,one", "a,2024-07-01,,70,two", "a,2024-01-01,2024-06-30,84,one"))
    assert [(row["category"], row["valid_from"], row["valid_to"], row["days"]) for row in found] == [
        ("a", "2024-01-01", "2024-06-30", 84),
        ("a", "2024-07-01", "", 70),
        ("b", "2024-01-01", "", 42),
    ]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["a,2024-01-01,,84,", "a,2024-07-01,,70,"], "two targets of category 'a' are in force on 2024-07-01"),
        (["a,01/01/2024,,84,"], "not a date"),
        (["a,2024-01-01,2023-01-01,84,"], "ends before it begins"),
        (["a,2024-01-01,,soon,"], "not a number of days"),
        ([",2024-01-01,,84,"], "this cell is blank"),
    ],
)
def test_what_cannot_be_a_target_is_named(file, lines, message):
    with pytest.raises(InputError, match=message):
        targets.read(file(*lines))


def test_each_record_is_held_to_the_version_of_its_day(file, prepared, section):
    section["inputs"]["targets"] = file("H,2024-01-01,2024-06-30,30,", "H,2024-07-01,,10,")
    stage = {"id": "quick", "label": "Quick", "column": "tested", "branch": True}
    stage["within"] = {"of": "day", "target_of": "hospital"}
    own = targets.resolved(section | {"pathway": [stage]})
    lines = [
        "1,P1,2024-06-30,a,X1,30,F,1,A,H,Y,2024-07-20",  # 20 days, 30 allowed: within target
        "2,P2,2024-07-01,a,X1,30,F,1,A,H,Y,2024-07-21",  # 20 days, 10 allowed: late
        "3,P3,2024-07-01,a,X1,30,F,1,A,J,Y,2024-07-02",  # no target: not judged
        "4,P4,2023-07-01,a,X1,30,F,1,A,H,Y,2024-07-02",  # no version in force yet: not judged
    ]
    with prepared(*lines) as (connection, _):
        connection.execute('ALTER TABLE records ADD COLUMN "x_hospital" VARCHAR')
        connection.execute("UPDATE records SET x_hospital = code_2")
        query = stages.select(own["start"], own["pathway"], "2025-03-31", "records")
        sums = ", ".join(f'count_if("{kind}_quick")' for kind in "erp")
        assert connection.execute(f"SELECT {sums} FROM ({query})").fetchone() == (2, 1, 0)
        where = stages.without_target(own["pathway"])
        assert connection.execute(f"SELECT list(row ORDER BY row) FROM records WHERE {where}").fetchone() == ([4, 5],)
