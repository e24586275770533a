"""What a researcher reads when something is wrong: the texts themselves."""

import pytest
from genequity.errors import InputError
from genequity.service import check, extract

GOOD = "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,2024-03-01"


@pytest.fixture
def study(scheme, tmp_path):
    lookup = tmp_path / "regions.csv"
    lookup.write_text("code,label,provenance\na,Area A,made up\nb,Area B,made up\n")
    return {
        "ethnicity": {"concept": "ethnicity", "scheme": scheme.file, "grouping": "five", "comparator": "White"},
        "regions": {"lookup": str(lookup), "national": "All regions"},
    }


def said(section, study, tmp_path):
    return "\n".join(f"- {problem}" for problem in check.problems(section, study)).replace(f"{tmp_path}/", "")


def test_a_sound_extract_has_no_problem(write, study):
    assert check.problems(write(GOOD), study) == []


def test_missing_file(section, study, tmp_path):
    assert said(section, study, tmp_path) == (
        "- extract.csv: this file does not exist.\n"
        "    What to do: put the file there, or correct its path in the config."
    )


def test_wrong_columns_are_all_named_with_the_nearest_one(write, study, tmp_path):
    own = write(GOOD)
    own["fields"]["date"], own["fields"]["sex"]["column"] = "dya", "gender"
    known = "one of its 12 columns: ref, who, day, area, site, years, sex, imd, form, hospital, ok, tested."
    assert said(own, study, tmp_path) == (
        "- extract.csv (named by service.fields.date): the extract has no column 'dya'. Did you mean 'day'?\n"
        f"    Expected: {known}\n    What to do: correct the column name in the config.\n"
        "- extract.csv (named by service.fields.sex.column): the extract has no column 'gender'.\n"
        f"    Expected: {known}\n    What to do: correct the column name in the config."
    )


def test_unknown_codes_beyond_the_limit_are_told_by_rows_and_count(write, study, tmp_path):
    own = write(GOOD, "r2,p2,2024-02-01,a,s1,50,F,1,Zebra,,Y,", "r3,p3,2024-02-01,a,s1,50,F,1,QQ,,Y,")
    own["methods"]["stop_above"]["ethnicity"] = 0.05
    text = said(own, study, tmp_path)
    assert text == (
        "- extract.csv (rows 3, 4): ethnicity code that the scheme does not have: 2 of 3 records.\n"
        "    Expected: at most 5.0% of records (service.methods.stop_above.ethnicity).\n"
        "    What to do: correct the extract, the code lists in the config, or the limit."
    )
    assert "Zebra" not in text


def test_codes_of_another_scheme_are_named_by_that_scheme(write, study, tmp_path):
    # T and W are in the scheme of 2011 only; QQ is in none.
    lines = [GOOD.replace("r1", f"r{i}").replace(",A,", f",{code},") for i, code in enumerate(("T", "W", "QQ"), 2)]
    own = write(GOOD, *lines)
    own["methods"]["stop_above"]["ethnicity"] = 0
    text = said(own, study, tmp_path)
    assert "ethnicity code that the scheme does not have: 3 of 4 records" in text
    assert "2 of them are codes of ons2011_18: recode them, or set ethnicity.scheme." in text


def test_codes_of_another_scheme_are_counted_and_listed(prepared):
    from genequity.service import records

    with prepared(GOOD, GOOD.replace("r1", "r2").replace(",A,", ",W,")) as (connection, own):
        counts = records.quality(connection, own).set_index("check")["count"]
        listed = records.offending_rows(connection, own["fields"])
    assert (counts["ethnicity"], counts["scheme"]) == (1, 1)
    assert set(listed.itertuples(index=False, name=None)) == {("ethnicity", 3, "form"), ("scheme", 3, "form")}


def test_a_name_in_a_number_column_appears_in_no_message(write, study, tmp_path):
    own = write(GOOD, GOOD.replace("r1", "r2").replace(",50,", ",Ada Placeholder,"))
    own["methods"]["stop_above"] = dict.fromkeys(own["methods"]["stop_above"], 0)
    text = said(own, study, tmp_path)
    assert text.startswith("- extract.csv (rows 3): missing or impossible age: 1 of 2 records.")
    assert "Ada" not in text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("extract.parquet", b"PAR1 Ada Placeholder, this is no Parquet file"),
        ("extract.zip", b"PK Ada Placeholder, this is no archive"),
        ("extract.csv.gz", b"\x1f\x8b Ada Placeholder, this is no gzip"),
    ],
)
def test_a_malformed_file_is_masked(section, study, tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    section["inputs"]["extract"] = str(tmp_path / name)
    text = said(section, study, tmp_path)
    assert text.startswith(f"- {name}: ")
    assert "failed (" in text
    assert "Ada" not in text


def test_a_row_with_too_many_cells_is_masked(write, study, tmp_path):
    text = said(write(*[GOOD] * 30, "Ada Placeholder," * 40), study, tmp_path)
    assert text.startswith(
        "- extract.csv (row 32): this row cannot be read: it has more or fewer cells than the header"
    )
    assert "Ada" not in text


def test_a_file_without_a_header_row_shows_nothing_of_its_first_record(section, study, tmp_path):
    (tmp_path / "extract.csv").write_text("r1,Ada Placeholder,2024-02-01\nr2,Ada Placeholder 2,2024-02-01\n")
    text = said(section, study, tmp_path)
    assert text.startswith("- extract.csv: none of the 12 columns named in the config is in row 1.")
    assert "Ada" not in text


def test_an_archive_with_several_tables_asks_which(section, study, tmp_path):
    import zipfile

    section["inputs"]["extract"] = str(tmp_path / "e.zip")
    with zipfile.ZipFile(tmp_path / "e.zip", "w") as archive:
        for name in ("a.csv", "b.csv"):
            archive.writestr(name, "x\n1\n")
    assert said(section, study, tmp_path) == (
        "- e.zip: the archive holds 2 tables.\n    Expected: one of a.csv, b.csv.\n"
        "    What to do: name the file in service.extract.member."
    )


def test_an_empty_extract_is_an_error(write, study, tmp_path):
    assert "the extract has no rows" in said(write(), study, tmp_path)


def test_settings_that_contradict_one_another_are_listed_together(write, study, tmp_path):
    own = write(GOOD)
    del own["fields"]["date"], own["fields"]["sex"]
    own["pathway"][1]["of"] = "accptd"
    own["outcomes"] = ["tested", "reported"]
    text = said(own, study, tmp_path)
    assert "'of' names no earlier stage. Did you mean 'accepted'?" in text
    assert "'reported' is no stage of the pathway." in text
    assert "the rule 'most_recent_valid' needs dates, but no date column is named" in text
    assert "the model adjusts for 'sex', but no such column is named." in text


def test_a_model_cannot_divide_a_band_in_which_ages_are_supplied(write, study, tmp_path):
    own = write(GOOD.replace(",50,", ",[40-60),"))
    own["fields"]["age"]["bands"] = {"[20-40)": 20, "[40-60)": 40}
    assert said(own, study, tmp_path) == ""
    own["methods"]["model_ages"] = [0, 40, 50]
    assert said(own, study, tmp_path) == (
        "- config (service.methods.model_ages): the ages are supplied in bands, and none begins at 50.\n"
        "    Expected: some of 20, 40, as in service.fields.age.bands."
    )


def test_an_unknown_grouping_is_answered(write, study, tmp_path):
    study["ethnicity"]["grouping"] = "fives"
    assert "has no grouping 'fives'. Did you mean 'five'?" in said(write(GOOD), study, tmp_path)


def test_a_region_file_without_its_columns(tmp_path):
    (tmp_path / "r.csv").write_text("id,name\n1,A\n")
    with pytest.raises(InputError, match="columns code and label are needed"):
        check.read_regions(str(tmp_path / "r.csv"))


def test_nothing_is_left_behind_when_reading_fails(write, tmp_path):
    own = write(GOOD)
    own["fields"]["date"] = "dya"
    path = own["inputs"]["extract"]
    with pytest.raises(InputError), extract.opened(path, {}, tmp_path / "work") as connection:
        extract.read_records(connection, path, own["fields"], own["pathway"], {})
    assert list((tmp_path / "work").iterdir()) == []
