"""Checks, exclusions, stages and cells on extracts small enough to count by eye."""

import pandas as pd
import pytest
from genequity.service import adjusted, records, suspects

GOOD = "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01"
LINES = (
    GOOD,  # row 2
    "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01",  # 3: same identifier
    "r2,p2,2024-02-01,a,s1,50,F,1,H,,Y,2024-01-15",  # 4: tested before being referred
    "r3,p3,not a day,a,s1,50,F,1,H,,Y,",  # 5: unreadable date
    "r4,p4,2023-12-31,a,s1,50,F,1,H,,Y,",  # 6: before the period
    "r5,p5,2024-02-01,a,s1,199,F,1,H,,Y,",  # 7: impossible age
    "r6,p6,2024-02-01,x,s1,50,F,1,H,,Y,",  # 8: unknown region
    "r7,p7,2024-02-01,b,s2,30,M,2,QQ,,N,",  # 9: unknown code
    "r8,p8,2024-02-01,b,s2,30,M,2,Z,,Y,",  # 10: accepted, not tested in 60 days
    "r9,p9,2024-12-30,b,s2,30,M,9,H,,Y,2025-03-30",  # 11: tested after 90 days
    "r10,p10,2024-02-01,b,s2,30,U,2,H,,Y,2025-04-30",  # 12: tested after the extract was taken
)


def test_flow_gives_one_reason_each_and_sums(prepared):
    with prepared(*LINES) as (connection, _):
        flow = records.flow(connection).set_index("step")["records"].to_dict()
    assert flow == {
        "duplicate": 1,
        "date": 2,
        "order": 1,
        "period": 1,
        "age": 1,
        "region": 1,
        "analysed": 4,
        "read": 11,
    }
    assert sum(v for k, v in flow.items() if k != "read") == flow["read"]


def test_problems_list_rows_of_the_file_and_nothing_else(prepared):
    with prepared(*LINES) as (connection, own):
        listed = records.offending_rows(connection, own["fields"])
    assert list(listed.columns) == ["check", "row", "column"]
    by_check = listed.groupby("check")["row"].apply(list).to_dict()
    assert by_check == {
        "duplicate": [3], "date": [5, 12], "order": [4], "age": [7], "region": [8], "ethnicity": [9], "deprivation": [11], "sex": [12],
    }  # fmt: skip


def test_noted_checks_are_counted(prepared):
    with prepared(*LINES) as (connection, own):
        counts = records.quality(connection, own).set_index("check")["count"].to_dict()
    # The record with unknown sex is excluded for its date, so only deprivation is left among the analysed.
    assert counts == {"ethnicity": 1, "scheme": 0, "conflict": 0, "unresolved": 0, "sex": 0, "deprivation": 1}


def test_a_stage_counts_only_records_whose_time_is_over(prepared):
    lines = (
        "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01",  # tested after 29 days
        "r2,p2,2024-02-01,a,s1,50,F,1,A,,Y,2024-06-01",  # tested, too late
        "r3,p3,2024-02-01,a,s1,50,F,1,A,,Y,",  # never tested
        "r4,p4,2024-12-31,a,s1,50,F,1,A,,Y,",  # 90 days by 31 March: over
        "r5,p5,2024-02-01,a,s1,50,F,1,A,,N,2024-03-01",  # not accepted: not eligible for the test
        "r6,p6,2024-02-01,a,s1,50,F,1,A,,,",  # outcome of the referral not known
    )
    with prepared(*lines) as (connection, _):
        sums = connection.execute(
            "SELECT count_if(e_accepted), count_if(r_accepted), count_if(p_accepted), "
            "count_if(e_tested), count_if(r_tested), count_if(p_tested), count_if(a_tested) FROM staged"
        ).fetchall()[0]
    assert sums == (5, 4, 1, 4, 1, 0, 1)


def test_a_quick_result_still_in_its_window_is_pending_not_a_success(prepared):
    with prepared("r1,p1,2024-12-31,a,s1,50,F,1,A,,Y,2025-01-05") as (connection, own):
        assert connection.execute("SELECT e_tested, r_tested, p_tested, a_tested FROM staged").fetchall() == [
            (True, True, False, True)
        ]
    own["period"]["observed_until"] = "2025-01-31"  # 31 days after the referral: 60 are allowed
    from genequity.service import stages

    query = stages.select(own["start"], own["pathway"], "2025-01-31")
    assert "2025-01-31" in query
    with prepared("r1,p1,2024-12-31,a,s1,50,F,1,A,,Y,2025-01-05") as (connection, _):
        found = connection.execute(f"SELECT e_tested, r_tested, p_tested, a_tested FROM ({query})").fetchall()
    assert found == [(False, False, True, True)]


def test_cells_sum_to_the_records(prepared, tmp_path):
    with prepared(*LINES) as (connection, own):
        records.write_cells(connection, own, str(tmp_path / "cells.parquet"))
        cells = connection.execute(f"SELECT * FROM '{tmp_path}/cells.parquet'").df()
    assert cells["n"].sum() == 4
    assert cells.groupby("group")["n"].sum().to_dict() == {"Asian": 1, "Not known": 1, "Not stated": 1, "White": 1}
    assert set(cells["age_from"]) == {0, 40}
    assert cells["pending_tested"].sum() == 0
    assert cells["reached_tested"].sum() == 1  # r1; r9 was late


def test_people_are_counted_once_for_rates_at_their_first_event(prepared, tmp_path):
    lines = (
        "r1,p1,2024-05-01,b,s2,41,F,1,A,,Y,2024-05-20",
        "r2,p1,2024-02-01,a,s1,39,F,1,A,,N,",  # earlier: this is the first referral
        "r3,p2,2024-02-01,a,s1,39,M,1,H,,Y,2024-03-01",
    )
    with prepared(*lines) as (connection, _):
        asked = {one: (one, "people") for one in ("referred", "tested")}
        records.write_first_events(connection, asked, str(tmp_path / "first.parquet"))
        first = connection.execute(f"SELECT * FROM '{tmp_path}/first.parquet'").df()
    rows = set(first[["measure", "group", "region", "age_from", "people"]].itertuples(index=False, name=None))
    assert rows == {
        ("referred", "White", "Area A", 0, 1), ("tested", "White", "Area B", 40, 1),
        ("referred", "Asian", "Area A", 0, 1), ("tested", "Asian", "Area A", 0, 1),
    }  # fmt: skip


def test_every_record_is_counted_where_asked_with_the_squares_of_who_repeats(prepared, tmp_path):
    lines = (
        *(f"r{i},p1,2024-0{i}-01,a,s1,39,F,1,A,,Y," for i in range(1, 4)),  # three in one stratum: nine
        "r4,p2,2024-02-01,a,s1,39,F,1,A,,Y,",  # one
        "r5,p2,2024-05-01,b,s1,39,F,1,A,,Y,",  # the same person in another region: one
    )
    with prepared(*lines) as (connection, _):
        records.write_first_events(connection, {"all": ("referred", "records")}, str(tmp_path / "first.parquet"))
        found = connection.execute(f"SELECT * FROM '{tmp_path}/first.parquet'").df().set_index("region")
    assert (found["measure"] == "all").all()
    assert found.loc["Area A", ["people", "squares"]].tolist() == [4, 10]
    assert found.loc["Area B", ["people", "squares"]].tolist() == [1, 1]
    # Over both areas: nine, and four for the person with a record in each, of which either area has two.
    assert found["squares_together"].to_dict() == {"Area A": 9 + 2, "Area B": 2}


def test_only_the_first_record_of_a_person_is_kept_when_asked(prepared):
    lines = ("r1,p1,2024-05-01,a,s1,41,F,1,A,,Y,", "r2,p1,2024-02-01,a,s1,39,F,1,A,,N,")
    with prepared(*lines, repeat_records="first") as (connection, _):
        assert records.flow(connection).set_index("step")["records"].to_dict() == {
            "repeat": 1,
            "analysed": 1,
            "read": 2,
        }
        assert connection.execute("SELECT record FROM staged").fetchall() == [("r2",)]


def test_completeness_keeps_declined_apart_from_not_known(prepared):
    lines = (
        "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,", "r2,p2,2024-02-01,a,s1,50,F,1,Z,99,Y,",
        "r3,p3,2024-02-01,b,s2,50,F,1,99,,Y,", "r4,p4,2024-02-01,b,s2,50,F,1,,,Y,",
    )  # fmt: skip
    with prepared(*lines) as (connection, _):
        table = records.completeness(connection, "All regions").set_index(["region", "status"])["people"]
    assert table["Area A"].to_dict() == {"Known": 1, "Not stated": 1, "Not known": 0, "All people": 2}
    assert table["Area B"].to_dict() == {"Known": 0, "Not stated": 0, "Not known": 2, "All people": 2}
    assert table["All regions"].to_dict() == {"Known": 1, "Not stated": 1, "Not known": 2, "All people": 4}


def test_the_limits_of_the_study_stop_it(prepared):
    limits = {"duplicate": 1, "date": 0.1, "order": 0.05, "age": 0, "region": 1, "ethnicity": 1}
    with prepared(*LINES, stop_above=limits) as (connection, own):
        found = suspects.limit_problems(connection, "extract.csv", own["methods"])
    assert [str(problem).split("\n")[0] for problem in found] == [
        "extract.csv (rows 5, 12): date missing, unreadable or after the extract: 2 of 11 records.",
        "extract.csv (rows 4): dates out of order: 1 of 11 records.",
        "extract.csv (rows 7): missing or impossible age: 1 of 11 records.",
    ]


def test_bands_are_closed_below(prepared):
    with prepared(GOOD) as (connection, _):
        ages = connection.execute(
            f"SELECT {records.band('age', [0, 40, 90])} FROM (SELECT unnest([0, 39.9, 40, 95, NULL]) AS age)"
        ).fetchall()
    assert [age for (age,) in ages] == [0, 0, 40, 90, -1]


def test_parquet_zip_and_csv_give_the_same_records(write, tmp_path):
    import zipfile

    import duckdb
    from genequity.service import extract

    own = write(GOOD)
    csv = own["inputs"]["extract"]
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{csv}', all_varchar=true)) TO '{tmp_path}/e.parquet' (FORMAT parquet)")
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        archive.write(csv, "folder/extract.csv")
    frames = []
    for path in (csv, f"{tmp_path}/e.parquet", f"{tmp_path}/e.zip"):
        with extract.opened(path, {}, tmp_path) as connection:
            extract.read_records(connection, path, own["fields"], own["pathway"], {})
            frames.append(connection.execute("SELECT * FROM records").df())
    # Rows are numbered as a spreadsheet shows them (the header is row 1); a Parquet file has no header.
    assert [frame["row"].tolist() for frame in frames] == [[2], [1], [2]]
    for other in frames[1:]:
        pd.testing.assert_frame_equal(frames[0].drop(columns="row"), other.drop(columns="row"))
    assert not list(tmp_path.glob(".records-*")), "the temporary database holds records and must go"


def test_an_age_band_of_models_begins_where_it_says_whatever_the_bands_of_rates(prepared, tmp_path):
    """Aged 15, 16 and 20, with rates in fives of years and a model whose second band begins at 16."""
    lines = [GOOD.replace("r1", f"r{age}").replace("p1", f"p{age}").replace(",50,", f",{age},") for age in (15, 16, 20)]
    with prepared(*lines, age_bands=[0, 15, 20], model_ages=[0, 16]) as (connection, own):
        records.write_cells(connection, own, str(tmp_path / "cells.parquet"))
        cells = connection.execute(f"SELECT * FROM '{tmp_path}/cells.parquet'").df()
        asked, path = {"all": ("referred", "records")}, str(tmp_path / "first.parquet")
        records.write_first_events(connection, asked, path, own["methods"]["age_bands"])
        events = connection.execute(f"SELECT age_from, people FROM '{path}' ORDER BY 1").fetchall()
    assert sorted(cells["age_from"]) == [15, 16, 20]
    assert events == [(15, 2), (20, 1)]  # rates keep their own bands
    by_band = adjusted.coarser_ages(cells, [0, 16]).groupby("age")["n"].sum()
    assert by_band.to_dict() == {"000": 1, "016": 2}


def test_ages_in_bands_are_read_by_their_lower_bound(write):
    from genequity.service import extract

    own = write(GOOD.replace(",50,", ",[50-60),"))
    own["fields"]["age"] = {"column": "years", "bands": {"[50-60)": 50}}
    path = own["inputs"]["extract"]
    with extract.opened(path, {}) as connection:
        extract.read_records(connection, path, own["fields"], own["pathway"], {})
        assert connection.execute("SELECT age, bad_age FROM records").fetchall() == [(50.0, False)]


@pytest.mark.parametrize("value", ["R'1", 'R"1', "R;--"])
def test_values_with_quotes_do_no_harm(prepared, value):
    cell = '"' + value.replace('"', '""') + '"'
    with prepared(GOOD.replace("r1", cell), regions={"a": "O'Area"}) as (connection, _):
        assert connection.execute("SELECT record, region FROM staged").fetchall() == [(value, "O'Area")]
