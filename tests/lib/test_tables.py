"""A table is written as its schema says, the same bytes each time, and read back with its types."""

import pandas as pd
import pytest
from genequity import tables
from genequity.errors import InputError

SCHEMA = tables._parse(
    "toy/rates",
    {
        "title": "Rates",
        "row": "one group",
        "key": ["group"],
        "columns": {
            "group": {"type": "string", "description": "Group"},
            "n": {"type": "integer", "protect": "count", "description": "People"},
            "share": {"type": "number", "decimals": 3, "min": 0, "max": 1, "description": "Share"},
            "kept": {"type": "boolean", "description": "Kept"},
        },
    },
)


@pytest.fixture(autouse=True)
def _toy_schema(monkeypatch):
    monkeypatch.setattr(tables, "schemas", lambda: {"toy/rates": SCHEMA})


def frame(**changes):
    columns = {"group": ["White", "Asian"], "n": [1200, None], "share": [0.12345, 0.5], "kept": [True, False]}
    return pd.DataFrame(columns | changes)


def test_rows_are_sorted_decimals_fixed_and_blanks_blank(tmp_path):
    tables.write(frame(), tmp_path / "rates.csv", "toy/rates")
    assert (tmp_path / "rates.csv").read_bytes() == (b"group,n,share,kept\nAsian,,0.500,false\nWhite,1200,0.123,true\n")


def test_a_table_reads_back_with_its_types(tmp_path):
    tables.write(frame(), tmp_path / "rates.csv", "toy/rates")
    back = tables.read(tmp_path / "rates.csv", "toy/rates")
    assert back["n"].dtype == "Int64"
    assert back["kept"].tolist() == [False, True]
    assert back["share"].tolist() == [0.5, 0.123]


def test_minus_zero_is_zero(tmp_path):
    assert tables._number(-0.0001, 3) == "0.000"
    assert tables._number(-0.0006, 3) == "-0.001"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"share": [1.2, 0.5]}, "values above 1"),
        ({"n": [1.5, 2]}, "not whole numbers"),
        ({"group": ["White", "White"]}, "repeat the key group"),
        ({"share": [None, 0.5]}, "1 blank cells"),
        ({"extra": [1, 2]}, "column 'extra' is not part of toy/rates"),
    ],
)
def test_what_is_not_as_the_schema_says_is_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        tables.write(frame(**change), tmp_path / "rates.csv", "toy/rates")
    assert not list(tmp_path.iterdir())


def test_the_text_na_is_a_text(tmp_path):
    tables.write(frame(group=["NA", "Asian"]), tmp_path / "rates.csv", "toy/rates")
    assert tables.read(tmp_path / "rates.csv", "toy/rates")["group"].tolist() == ["Asian", "NA"]


def test_parquet_round_trip(tmp_path):
    people = pd.DataFrame({"id": ["a", "b"], "age": [30, None]})
    tables.write(people, tmp_path / "people.parquet")
    back = tables.read(tmp_path / "people.parquet")
    assert back["id"].tolist() == ["a", "b"]
    assert back["age"].isna().tolist() == [False, True]


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "rates.csv"
    tables.write(frame(), path, "toy/rates")
    before = path.read_bytes()
    with pytest.raises(InputError):
        tables.write(frame(share=[3, 4]), path, "toy/rates")
    assert path.read_bytes() == before


def test_a_synthetic_table_says_so_in_its_name_and_in_every_row(tmp_path):
    path = tmp_path / "rates.synthetic.csv"
    tables.write(frame(), path, "toy/rates")
    assert path.read_text().splitlines()[0] == "group,n,share,kept,data"
    assert all(row.endswith(",SYNTHETIC") for row in path.read_text().splitlines()[1:])
    assert "data" not in tables.read(path, "toy/rates").columns
