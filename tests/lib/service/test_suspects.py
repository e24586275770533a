"""Faults of a whole extract: each is said once, with its column, rows and cure, and shows no value of a record."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.service import check, extract, formats, suspects

HEAD = "ref,who,day,area,site,years,sex,imd,form,hospital,ok,tested"
GROUPS = ("A", "H")


@pytest.fixture
def study(scheme, tmp_path):
    lookup = tmp_path / "regions.csv"
    lookup.write_text("code,label\na,Area A\nb,Area B\n")
    return {
        "ethnicity": {"concept": "ethnicity", "scheme": scheme.file, "grouping": "five", "comparator": "White"},
        "regions": {"lookup": str(lookup), "national": "All regions"},
    }


def lines(n=20, **changed):
    """Records of two groups in turn; ``changed`` gives every record's value of a column."""
    rows = []
    for i in range(n):
        row = dict(zip(HEAD.split(","), f"r{i},p{i},2024-02-01,a,s1,50,F,1,{GROUPS[i % 2]},,Y,2024-03-01".split(",")))
        rows.append(",".join({**row, **changed}.values()))
    return rows


def said(section, study, tmp_path):
    return "\n".join(map(str, check.problems(section, study))).replace(f"{tmp_path}/", "")


def strict(section, **methods):
    section["methods"]["stop_above"] = dict.fromkeys(("date", "age", "region", "ethnicity", "value"), 0.05)
    section["methods"] |= methods
    return section


def test_sound_records_of_two_groups_are_not_suspect(write, study, tmp_path):
    assert said(strict(write(*lines())), study, tmp_path) == ""


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"day": "01/02/2024", "tested": ""}, "20 values of day are dates written as %d/%m/%Y or %m/%d/%Y: set service.extract.date_format"),
        ({"day": "25/02/2024", "tested": ""}, "20 values of day are dates written as %d/%m/%Y: set"),
        ({"day": "25/02/24", "tested": ""}, "written as %d/%m/%y: set"),
        ({"day": "2024-02-01 00:00:00", "tested": ""}, "written as %Y-%m-%d %H:%M:%S: set"),
        ({"day": "last week", "tested": ""}, "20 values of day are no dates written as %Y-%m-%d"),
        ({"day": "2031-02-01", "tested": ""}, "20 dates are after service.period.observed_until"),
        ({"years": '"50,5"'}, "20 ages have a decimal comma: write a point"),
        ({"form": "a"}, "20 codes differ from the scheme's by capitals, spaces or .0 alone"),
        ({"area": "A"}, "20 differ from a code by capitals, spaces or .0 alone"),
        ({"area": "Area A"}, "20 are labels of the look-up, not its codes"),
    ],
)  # fmt: skip
def test_a_check_that_stops_says_what_most_likely_is_the_matter(write, study, tmp_path, changed, words):
    text = said(strict(write(*lines(**changed))), study, tmp_path)
    assert words in text
    assert "last week" not in text
    assert "(rows 2, 3, 4, 5, 6 …)" in text


@pytest.mark.parametrize(
    ("column", "value", "where"),
    [("sex", "f", "service.fields.sex.values has them: F, M"), ("imd", "1.0", "service.fields.deprivation.values"),
     ("ok", "y", "service.pathway, stage accepted has them: Y"), ("ok", "Y .0", "")],
)  # fmt: skip
def test_values_that_the_config_all_but_names_stop_the_study(write, study, tmp_path, column, value, where):
    text = said(strict(write(*lines(**{column: value}))), study, tmp_path)
    if where:
        assert f"rows 2, 3, 4, 5, 6 …, column {column}): 20 of 20 values differ from those in the config" in text
        assert where in text
    else:
        assert text == ""  # "Y .0" is another value: no number stands before the .0


def test_few_such_values_are_counted_and_nothing_stops(write, study, prepared, tmp_path):
    from genequity.service import records

    mixed = [*lines(), *(line.replace(",Y,", ",y,").replace("r", "q", 1) for line in lines(1))]
    assert said(strict(write(*mixed)), study, tmp_path) == ""
    with prepared(*mixed) as (connection, own):
        noted = records.quality(connection, own).set_index("check")["count"]
    assert noted["value"] == 1


def test_a_column_of_which_the_config_names_no_value(write, study, tmp_path):
    text = said(strict(write(*lines(sex="2"))), study, tmp_path)
    assert "column sex): none of 20 values is one that the config names" in text
    # A stage that nobody reached is a result: it is counted, and stops nothing.
    assert said(strict(write(*lines(ok="N"))), study, tmp_path) == ""


@pytest.mark.parametrize("day", ["2026-01-01", "2023-01-01"])
def test_when_no_record_is_left_the_reasons_are_counted(write, study, tmp_path, day):
    own = strict(write(*lines(day=day, tested="")))
    own["period"]["observed_until"] = "2026-03-31"
    text = said(own, study, tmp_path)
    assert "no record is left to analyse of 20 (outside the study period: 20)" in text


def test_one_group_alone_or_none_has_nobody_to_compare_with(write, study, tmp_path):
    text = said(strict(write(*lines(form="A")), min_events=10), study, tmp_path)
    assert "all records with a known ethnic group are of one, White: there is nobody to compare with" in text
    text = said(strict(write(*lines(form="Z")), min_events=10), study, tmp_path)
    assert "no ethnic group is known: there is nobody to compare with" in text


def test_columns_of_numbers_without_a_number(write, study, tmp_path):
    head = f"{HEAD},far"
    own = strict(write(*(f'{line},"2,5"' for line in lines()), head=head))
    own["fields"]["numbers"] = {"distance": "far"}
    text = said(own, study, tmp_path)
    assert "(column far, named by service.fields.numbers.distance): none of 20 values is a number" in text


def test_records_without_person_or_provider_are_noted(prepared):
    from genequity.service import records

    with prepared(*lines(3, who="", site="")) as (connection, own):
        noted = records.quality(connection, own).set_index("check")["count"]
        listed = records.offending_rows(connection, own["fields"])
    assert (noted["person"], noted["provider"]) == (3, 3)
    assert set(listed["check"]) == {"person", "provider"}


@pytest.mark.parametrize("space", ["\t", "\u00a0", " "])
def test_spaces_of_any_kind_around_codes_and_names_do_no_harm(write, study, prepared, tmp_path, space):
    head = HEAD.replace("form", f"{space}form{space}")
    assert said(strict(write(*lines(form=f"{space}A{space}"), head=head), min_events=99), study, tmp_path) == ""


def test_days_of_no_calendar_and_periods_in_the_wrong_order(write, study, tmp_path):
    own = write(*lines())
    own["period"] |= {"observed_until": "2025-02-30"}
    assert "config (service.period.observed_until): this day is in no calendar" in said(own, study, tmp_path)
    own["period"] |= {"from": "2025-12-31", "observed_until": "2025-01-31"}
    text = said(own, study, tmp_path)
    assert "the day of 'to' is before that of 'from'" in text
    own["period"] |= {"from": "2024-12-31", "observed_until": "2024-12-30"}
    assert "the day of 'observed_until' is before that of 'to'" in said(own, study, tmp_path)


def test_regions_that_stand_twice_have_no_name_or_that_of_all(write, study, tmp_path):
    path = tmp_path / "regions.csv"
    path.write_text("code,label\na,Area A\na,Area C\nb,\n")
    with pytest.raises(InputError) as caught:
        check.read_regions(str(path))
    told = str(caught.value)
    assert "row 3, column code): this code stands in an earlier row too" in told
    assert "row 4, columns code, label): a blank cell" in told
    path.write_text("code,label\na,All regions\nb,Area B\n")
    assert "a region has the name of all regions together" in said(write(*lines()), study, tmp_path)


def test_column_names_that_differ_in_capitals_alone(write, study, tmp_path):
    import sqlite3

    told = "column names stand twice, or differ in capitals alone: SEX, sex"
    own = write(*(f"{line},F" for line in lines()), head=f"{HEAD},SEX")
    assert told in said(own, study, tmp_path)
    assert formats.name_problems("x.sav", ["sex", "SEX"])[0].message == told
    base = sqlite3.connect(tmp_path / "x.sqlite")  # a column named as our own number of the row is left out
    pd.DataFrame({"row": ["7"], "ref": ["r1"]}).to_sql("t", base, index=False)
    base.commit()
    base.close()
    with extract.opened(str(tmp_path / "x.sqlite"), {}) as connection:
        assert connection.execute("SELECT * FROM source").fetchall() == [(1, "r1")]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_a_moment_with_a_time_zone_is_of_the_same_day_on_every_machine(tmp_path, monkeypatch, zone):
    import time

    import duckdb

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    path = str(tmp_path / "x.parquet")
    duckdb.sql("SELECT timestamptz '2024-02-01 00:30:00+00' AS day, 'A' AS form").write_parquet(path)
    with extract.opened(path, {}) as connection:
        extract.read_records(connection, path, {"ethnicity": ["form"], "date": "day"}, [], {})
        assert str(connection.execute("SELECT date FROM records").fetchone()[0]) == "2024-02-01"
    monkeypatch.undo()
    time.tzset()


def test_a_standard_and_a_source_say_where_they_are_wrong(tmp_path):
    import sqlite3

    from genequity.service import population, sources

    path = tmp_path / "standard.csv"
    path.write_text("age_from,weight\n0,100\n40,-3\n40,5\n")
    with pytest.raises(InputError, match=r"row 3, 4, columns age_from, weight\): weights must be positive"):
        population.read_standard(str(path))
    base = sqlite3.connect(tmp_path / "gp.db")
    base.execute("CREATE TABLE journal (a)")
    base.close()
    (tmp_path / "x.csv").write_text("form\nA\n")
    entry = {"name": "gp", "person": "p", "code": "c", "table": "jurnal"}
    section = {"fields": {"ethnicity": ["form"], "ethnicity_sources": [entry]}, "extract": {}}
    section["inputs"] = {"ethnicity_sources": {"gp": str(tmp_path / "gp.db")}}
    wanted = r"name the table in service\.fields\.ethnicity_sources, gp, table"
    with extract.opened(str(tmp_path / "x.csv"), {}) as connection, pytest.raises(InputError, match=wanted):
        sources.load(connection, section)


def test_what_counts_as_written_alike():
    assert suspects.folded(" 3.0 ") == suspects.folded("3")
    assert suspects.folded("v1.0x") == "v1.0x"
