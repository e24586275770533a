"""Groups of 2001 and of 2021 that share their names are not mixed: where Chinese people stand decides."""

import pytest
from genequity import intake
from genequity.config import ROOT
from genequity.groups import FINEST, Scheme, mixed

SCHEMES = ROOT / "config" / "schemes"


def scheme(name):
    return Scheme.read(SCHEMES / f"{name}.csv")


@pytest.mark.parametrize(
    ("first", "grouping", "second", "other"),
    [
        ("nhs2001", "five_2001", "ons2021_19", "five_2021"),
        ("nhs2001", "five_2001", "nhs2001", "five_2021"),
        ("six", "five_2001", "ons2011_18", "five_2021"),
        ("bcs2007", "five", "ons2011_18", "five_2021"),  # no grouping in common: by the label "Chinese or other"
    ],
)
def test_chinese_as_other_is_not_set_beside_chinese_as_asian(first, grouping, second, other):
    found = mixed(scheme(first), grouping, scheme(second), other)
    assert len(found) == 1
    assert found[0].startswith("Chinese is in Other in")
    assert "and in Asian in" in found[0]


def test_schemes_of_one_grouping_agree_whatever_their_year():
    names = ("nhs2001", "ons2011_18", "ons2021_19", "six")
    for grouping in ("five_2001", "five_2021", "six"):
        for first in names:
            for second in names:
                if grouping in scheme(first).groupings and grouping in scheme(second).groupings:
                    assert mixed(scheme(first), grouping, scheme(second), grouping) == [], (first, second, grouping)


def test_names_that_are_not_shared_cannot_be_mixed():
    assert mixed(scheme("us_diabetes_race"), "race", scheme("bcs2007"), "five") == []
    assert mixed(scheme("nhs2001"), "six", scheme("ons2021_19"), "five_2021") != []  # Chinese apart, but Asian shared


def test_a_build_refuses_a_survey_that_is_grouped_by_another_year():
    study = {"scheme": str(SCHEMES / "nhs2001.csv"), "grouping": "five_2021"}
    own = {"scheme": str(SCHEMES / "nhs2001.csv"), "grouping": "five_2001"}
    (found,) = intake.mix_problems(study, own)
    assert "do not mean the same" in str(found)
    assert list(intake.mix_problems(study, study)) == []


@pytest.mark.parametrize("name", ["nhs2001", "ons2011_18", "ons2021_19", "six", "five_2021"])
def test_a_grouping_finer_than_the_scheme_is_not_offered(name):
    """Sixteen categories cannot be made eighteen: a lossless map needs as many valid codes as groups."""
    own = scheme(name)
    valid = own.table[own.table["kind"] == "valid"]
    for grouping in own.groupings:
        assert valid[grouping].nunique() <= len(valid)
        if grouping in FINEST:
            wanted = {"nineteen": 19, "eighteen": 18, "sixteen": 16, "six": 6}[grouping]
            assert valid[grouping].nunique() == wanted


def test_the_readme_says_what_each_scheme_can_be_grouped_into():
    lines = (SCHEMES / "README.md").read_text(encoding="utf-8").splitlines()
    table = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines if line.count("|") == 8]
    header, rows = table[0][1:], [row for row in table[2:] if row[0].endswith(".csv")]
    assert len(rows) == 5
    for file, *cells in rows:
        own = scheme(file.removesuffix(".csv"))
        for grouping, said in zip(header, cells, strict=True):
            if grouping not in own.groupings:
                assert said == "refused"
                continue
            held = own.members(grouping)
            categories = sum(map(len, held.values()))
            assert said == ("exact" if categories == len(held) else f"{categories} into {len(held)}"), (file, grouping)
