"""Codes of other data sets: joined by person, ranked in the config's order, and every fault of theirs counted."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.service import check, extract, records, resolve, rules, sources

LINES = (
    "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,",
    "r2,p2,2024-02-01,a,s1,50,F,1,,,Y,",
    "r3,p3,2024-02-01,a,s1,50,F,1,Z,,Y,",
    "r4,p4,2024-02-01,a,s1,50,F,1,99,,Y,",
)
INPATIENTS = "who,when,ethnos\np1,2024-06-01,H\np2,2023-01-01,H\np9,2023-01-01,A\np4,not a day,A\np3,2023-01-01,QQ\n"
OUTPATIENTS = "nhs,day,code\np2,2023-01-01,J\np1,2024-06-01,S\n"


@pytest.fixture
def linked(write, tmp_path):
    own = write(*LINES)
    (tmp_path / "apc.csv").write_text(INPATIENTS)
    (tmp_path / "op.csv").write_text(OUTPATIENTS)
    own["inputs"]["ethnicity_sources"] = {"op": str(tmp_path / "op.csv"), "apc": str(tmp_path / "apc.csv")}
    own["fields"]["ethnicity_sources"] = [
        {"name": "apc", "person": "who", "date": "when", "code": "ethnos"},
        {"name": "op", "person": "nhs", "date": "day", "code": "code"},
    ]
    return own


@pytest.fixture
def opened(linked, scheme):
    path = linked["inputs"]["extract"]
    with extract.opened(path, {}) as connection:
        extract.read_records(connection, path, linked["fields"], linked["pathway"], {})
        sources.load(connection, linked)
        records.prepare(connection, linked, scheme, "five", {"a": "Area A"}, "All regions")
        yield connection


def test_other_data_sets_fill_and_outvote(opened):
    people = {row[0]: row[1:] for row in opened.execute("SELECT person_id, code, status FROM people").fetchall()}
    # p1: the extract says A in February, both others something else in June: the first listed wins the tie of dates.
    # p2: H and J on one day, inpatients before outpatients. p3: declined, the other code unknown. p4: an undated A.
    assert people == {
        "p1": ("H", "valid"), "p2": ("H", "valid"), "p3": (None, "declined"), "p4": ("A", "valid"),
    }  # fmt: skip


def test_faults_of_other_data_sets_are_counted_and_listed(opened, linked):
    counts = records.quality(opened, linked).set_index("check")["count"].to_dict()
    assert counts["ethnicity"] == 0
    assert {key: counts[key] for key in records.SOURCE_CHECKS} == {
        "source_person": 1, "source_code": 1, "source_date": 1,
    }  # fmt: skip
    listed = records.offending_rows(opened, linked["fields"])
    mine = listed[listed["check"].isin(records.SOURCE_CHECKS)]
    assert set(mine.itertuples(index=False, name=None)) == {
        ("source_person", 4, "apc"), ("source_date", 5, "apc"), ("source_code", 6, "apc"),
    }  # fmt: skip


def test_every_rule_counts_codes_over_all_sources(opened, linked, scheme):
    assert rules.resolve_all(opened, scheme, linked["methods"], True)
    modal = dict(opened.execute("SELECT person_id, status FROM people_gdppr_modal").fetchall())
    assert modal == {"p1": "unresolved", "p2": "unresolved", "p3": "declined", "p4": "valid"}
    assert set(resolve.offered(scheme, dated=True)) <= set(resolve.RULES)


def test_check_names_what_is_wrong_with_files_and_settings(linked, scheme, tmp_path):
    study = {
        "ethnicity": {"concept": "ethnicity", "scheme": scheme.file, "grouping": "five", "comparator": "White"},
        "regions": {"national": "All regions"},
    }
    linked["fields"].pop("region")
    assert check.problems(linked, study) == []
    linked["fields"]["ethnicity_sources"][0]["code"] = "ethno"
    (tmp_path / "op.csv").unlink()
    text = "\n".join(map(str, check.problems(linked, study)))
    assert "the extract has no column 'ethno'" not in text
    assert "'ethno'. Did you mean 'ethnos'?" in text
    assert "op.csv: this file does not exist" in text
    linked["fields"]["ethnicity_sources"][1]["name"] = "outpatients"
    linked["fields"].pop("person")
    text = "\n".join(map(str, sources.settings_problems(linked)))
    assert "no file is named for the source 'outpatients'" in text
    assert "the columns of the source 'op' are not named" in text
    assert "can be joined only by person" in text


def test_a_statistics_file_serves_as_a_source(linked, scheme, tmp_path):
    import pyreadstat

    frame = pd.DataFrame(
        {"who": ["p2"], "when": pd.to_datetime(["2023-01-01"]).astype("datetime64[ns]"), "ethnos": ["J"]}
    )
    pyreadstat.write_sav(frame, tmp_path / "apc.sav")
    linked["inputs"]["ethnicity_sources"]["apc"] = str(tmp_path / "apc.sav")
    path = linked["inputs"]["extract"]
    with extract.opened(path, {}) as connection:
        extract.read_records(connection, path, linked["fields"], linked["pathway"], {})
        sources.load(connection, linked)
        found = connection.execute(
            "SELECT name, row, person, date::VARCHAR, source, code FROM source_codes ORDER BY ALL"
        )
        assert found.fetchall() == [
            ("apc", 1, "p2", "2023-01-01", 3, "J"),
            ("op", 2, "p2", "2023-01-01", 4, "J"), ("op", 3, "p1", "2024-06-01", 4, "S"),
        ]  # fmt: skip


def test_an_archive_is_refused(linked, tmp_path):
    (tmp_path / "apc.zip").write_bytes(b"PK")
    linked["inputs"]["ethnicity_sources"]["apc"] = str(tmp_path / "apc.zip")
    path = linked["inputs"]["extract"]
    with pytest.raises(InputError, match="unpack it"), extract.opened(path, {}) as connection:
        sources.load(connection, linked)
