"""The same records from SPSS, Stata and SQLite as from a CSV, and what a person reads when such a file is unsound."""

import gzip
import sqlite3

import pandas as pd
import pyreadstat
import pytest
from genequity.errors import InputError
from genequity.service import extract, formats

LINES = (
    "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01",
    "r2,p2,2024-02-02,b,s2,39.5,M,2,Z,H,N,",
    "r3,p3,2024-02-03,a,s1,41,F,1,,99,Y,2024-03-09",
)


def records(own, path, **options):
    with extract.opened(str(path), options) as connection:
        extract.read_records(connection, str(path), own["fields"], own["pathway"], options)
        return connection.execute("SELECT * EXCLUDE row FROM records ORDER BY row").df()


@pytest.fixture
def frame(write):
    own = write(*LINES)
    frame = pd.read_csv(own["inputs"]["extract"], dtype=str, keep_default_na=False)
    return own, frame


@pytest.mark.parametrize("chunk", [2, 50_000])
def test_statistics_files_give_the_same_records(frame, tmp_path, monkeypatch, chunk):
    own, table = frame
    plain = records(own, own["inputs"]["extract"])
    table["years"], table["imd"] = table["years"].astype(float), table["imd"].astype(float)
    for column in ("day", "tested"):
        table[column] = pd.to_datetime(table[column].replace("", None)).astype("datetime64[ns]")
    pyreadstat.write_sav(table, tmp_path / "e.sav", variable_value_labels={"imd": {1.0: "most", 2.0: "less"}})
    pyreadstat.write_dta(table, tmp_path / "e.dta")
    monkeypatch.setattr(formats, "CHUNK", chunk)
    for name in ("e.sav", "e.dta"):
        pd.testing.assert_frame_equal(records(own, tmp_path / name), plain)


def test_rows_are_numbered_on_through_the_chunks(frame, tmp_path, monkeypatch):
    _, table = frame
    pyreadstat.write_sav(table, tmp_path / "e.sav")
    monkeypatch.setattr(formats, "CHUNK", 2)
    with extract.opened(str(tmp_path / "e.sav"), {}) as connection:
        assert connection.execute("SELECT row, ref FROM source ORDER BY row").fetchall() == [
            (1, "r1"), (2, "r2"), (3, "r3"),
        ]  # fmt: skip


def database(path, table, name="referrals"):
    with sqlite3.connect(path) as base:
        table.replace("", None).to_sql(name, base, index=False)
    base.close()


def test_sqlite_and_gzip_give_the_same_records(frame, tmp_path, monkeypatch):
    own, table = frame
    plain = records(own, own["inputs"]["extract"])
    table["years"] = table["years"].astype(float)
    database(tmp_path / "e.sqlite", table)
    (tmp_path / "e.csv.gz").write_bytes(gzip.compress((tmp_path / "extract.csv").read_bytes()))
    monkeypatch.setattr(formats, "CHUNK", 2)
    pd.testing.assert_frame_equal(records(own, tmp_path / "e.sqlite"), plain)
    pd.testing.assert_frame_equal(records(own, tmp_path / "e.csv.gz"), plain)


def test_a_database_with_several_tables_asks_which(frame, tmp_path):
    own, table = frame
    for name in ("referrals", "tests"):
        database(tmp_path / "e.db", table, name)
    with pytest.raises(InputError, match="the database holds 2 tables"):
        records(own, tmp_path / "e.db")
    with pytest.raises(InputError, match=r"no table 'referral'\. Did you mean 'referrals'"):
        records(own, tmp_path / "e.db", table="referral")
    assert len(records(own, tmp_path / "e.db", table="tests")) == 3


@pytest.mark.parametrize("name", ["e.sav", "e.dta", "e.sqlite"])
def test_a_malformed_file_shows_nothing_of_its_content(frame, tmp_path, name):
    own, _ = frame
    (tmp_path / name).write_bytes(b"Ada Placeholder, this is no such file" * 40)
    with pytest.raises(InputError) as raised:
        records(own, tmp_path / name)
    assert "failed (" in str(raised.value)
    assert "Ada" not in str(raised.value)
