"""Reading SPSS and Stata files: labels, user-missing codes, encodings, and files that break readers."""

from pathlib import Path

import pytest
from genequity.errors import InputError
from genequity.survey import reader

NAME = "Ada Lovelace"


def test_labels_and_user_missing_codes_are_kept(sav):
    labelled = reader.read(sav())
    assert labelled.texts["trust"] == "I trust it."
    assert labelled.labels["trust"]["-9"] == "Declined"
    assert set(labelled.missing["trust"]) == {("-8", "-7"), ("-9", "-9")}
    assert labelled.frame["trust"].tolist()[3] == -9  # a user-missing code stays a code


def test_only_declared_variables_are_read(sav, book):
    labelled = reader.read_declared(sav(), book)
    assert list(labelled.frame.columns) == [variable.variable for variable in book.variables]


def test_a_variable_that_is_not_there(sav, book, answers):
    path = sav(answers.rename(columns={"trust": "Trust"}), ranges={}, labels={"sex": {1.0: "Female"}})
    with pytest.raises(InputError) as caught:
        reader.read_declared(path, book)
    assert str(caught.value) == (
        f"- {path}: variable 'trust' of the codebook is not in the file. Did you mean 'Trust'?\n"
        "    Expected: every variable of the codebook.\n"
        "    What to do: correct its name in the codebook; names are case-sensitive."
    )


@pytest.mark.parametrize("content", [b"", b"$FL2 " + NAME.encode() * 40, NAME.encode() * 500])
def test_a_malformed_file_is_one_problem_without_its_content(tmp_path, content):
    path = tmp_path / "broken.sav"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        reader.read(str(path))
    assert "reading the SPSS file failed" in str(caught.value)
    assert NAME.split()[1] not in str(caught.value)


def test_a_truncated_file_is_one_problem(tmp_path, sav):
    path = tmp_path / "short.sav"
    whole = Path(sav()).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="reading the SPSS file failed"):
        reader.read(str(path))


def test_missing_file_and_wrong_ending(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        reader.read(str(tmp_path / "none.sav"))
    (tmp_path / "answers.xlsx").write_bytes(b"")
    with pytest.raises(InputError, match="not read here"):
        reader.read(str(tmp_path / "answers.xlsx"))


# what each file of the readers' folder holds: rows, variables, one declared missing range, one label
FILES = {
    "haven_datetime.sav": None,
    "haven_labelled-num-na.sav": (2, {"VAR00002": (("9", "9"),)}, ("VAR00002", "1", "This is one")),
    "haven_umlauts.sav": (4, {}, ("var1", "2", "the ü umlaut")),
    "pyreadstat_hebrews.sav": (99, {}, None),
    "pyreadstat_missing_test.dta": (1, {"var1": (("a", "a"),)}, ("var1", "a", "missing")),
    "pyreadstat_missing_test.sav": (2, {"var1": (("1", "1"),)}, ("var1", "1", "missing")),
    "pyreadstat_ordered_category.sav": (4, {}, ("Col1", "3", "medium")),
    "pyreadstat_sample.dta": (5, {}, ("myord", "2", "medium")),
    "pyreadstat_sample.sav": (5, {}, ("mylabl", "1", "Male")),
    "pyreadstat_sample_missing.sav": (7, {"mynum": (("2000", "3000"), ("-1", "-1"))}, ("mylabl", "-1", "undetermined")),
}


@pytest.mark.parametrize("name", sorted(FILES))
def test_files_that_break_readers(real_folder, name):
    """A file with dates outside the calendar (haven_datetime) is read too, since dates stay numbers."""
    labelled = reader.read(str(real_folder / "survey/readers" / name))
    assert len(labelled.frame.columns)
    if FILES[name] is None:
        return
    rows, missing, label = FILES[name]
    assert len(labelled.frame) == rows
    for variable, ranges in missing.items():
        assert labelled.missing[variable] == ranges
    if label:
        variable, code, text = label
        assert labelled.labels[variable][code] == text


def test_every_file_of_the_readers_folder_is_tried(real_folder):
    assert {path.name for path in (real_folder / "survey/readers").iterdir()} == set(FILES)
