"""Checks of numerators against denominators: one verdict a check, on tables with the answer beside them."""

import pandas as pd
import pytest
from genequity.service import mismatch, population

STANDARD = pd.DataFrame({"age_from": [0, 40], "weight": [60, 40]})
STRATA = [(group, region, age, sex) for group in ("Asian", "White") for region in "AB" for age in (0, 20, 40)
          for sex in ("Female", "Male")]  # fmt: skip


def people(*counts):
    frame = pd.DataFrame(counts, columns=["group", "people"])
    return frame.assign(measure="x", region="A", age_from=0, sex="Female")


def check(events, *residents, date="2021-03-21", period=("2023-04-01", "2025-03-31"), theirs="s.csv"):
    population = pd.DataFrame(residents, columns=["group", "population"]).assign(region="A", age_from=0, sex="Female")
    frame = mismatch.table(
        events, {"x": population}, {"x": {"date": date, "scheme": theirs}}, None,
        labels={"x": "X"}, period={"from": period[0], "to": period[1]}, scheme="s.csv", comparator="White",
        standard=STANDARD,
    )  # fmt: skip
    return frame.set_index(["check", "group"])


def test_unknown_people_bound_the_ratio():
    # Asian 50 of 1,000, White 400 of 4,000: ratio .5. With 100 unknown: 50/1000 ÷ 500/4000 = .4; 150/1000 ÷ .1 = 1.5.
    found = check(people(("Asian", 50), ("White", 400), ("Not known", 100)), ("Asian", 1000), ("White", 4000))
    row = found.loc[("bounds", "Asian")]
    assert tuple(row[["ratio", "ratio_low", "ratio_high"]]) == pytest.approx((0.5, 0.4, 1.5))
    assert row["verdict"] == "warning"
    unknown = found.loc[("unknown", "All groups")]
    assert (unknown["people"], unknown["all_people"], unknown["verdict"]) == (100, 550, "warning")


def test_few_unknown_people_cannot_turn_the_ratio():
    found = check(people(("Asian", 50), ("White", 400), ("Not known", 10)), ("Asian", 1000), ("White", 4000))
    assert found.loc[("bounds", "Asian"), "verdict"] == "fits"
    assert found.loc[("unknown", "All groups"), "verdict"] == "fits"


def test_an_old_census_another_scheme_and_missing_sides_are_told():
    events = people(("Asian", 50), ("White", 400), ("Arab", 3))
    found = check(events, ("Asian", 20), ("White", 4000), ("Black", 9), date="2011-03-27", theirs="other.csv")
    # Middle of the period: 2024-03-31 less 2011-03-27, 13.0 years.
    assert found.loc[("time", "All groups"), "years"] == pytest.approx(13.01, abs=0.01)
    for place in (("time", "All groups"), ("scheme", "All groups"), ("size", "All groups")):
        assert found.loc[place, "verdict"] == "warning"
    assert "without residents" in found.loc[("population", "Arab"), "found"]
    assert "nobody counted" in found.loc[("population", "Black"), "found"]


def test_no_date_is_not_stated_and_people_outside_the_strata_are_counted():
    events = people(("Asian", 50), ("White", 400)).assign(age_from=[-1, 0])
    found = check(events, ("Asian", 1000), ("White", 4000), date=None)
    assert found.loc[("time", "All groups"), "verdict"] == "not stated"
    assert found.loc[("strata", "All groups"), "people"] == 50
    assert found.loc[("strata", "All groups"), "verdict"] == "warning"


def test_a_study_without_denominators_has_no_checks():
    empty = mismatch.table(
        people(("Asian", 1)), None, {}, None, labels={}, period=None, scheme="s.csv", comparator="White"
    )
    assert empty.empty


def full(people=20, residents=1000):
    frame = pd.DataFrame(STRATA, columns=["group", "region", "age_from", "sex"])
    return frame.assign(measure="x", people=people), frame.assign(population=residents)


def verdicts(events, population, groups=None, **more):
    spec = {"date": "2021-03-21", "scheme": "s.csv"}
    frame = mismatch.table(
        events, {"x": population}, {"x": spec}, groups, labels={"x": "X"}, scheme="s.csv", comparator="White",
        period={"from": "2023-04-01", "to": "2025-03-31"}, standard=STANDARD, **more,
    )  # fmt: skip
    return frame.set_index(["check", "group"])


def test_every_check_fits_where_both_sides_match_and_stands_in_its_place():
    groups = pd.DataFrame({"group": ["Asian", "White"], "differs": [False, False]})
    found = verdicts(*full(), groups, left_out={"x": population.code_holes(by_code())})
    assert set(found.index.get_level_values("check")) == set(mismatch.CHECKS)
    assert (found["verdict"] == "fits").all()
    assert found["place"].is_monotonic_increasing
    assert found.loc[("strata", "All groups"), "share"] == 0


def test_a_group_of_other_categories_is_warned_of():
    groups = pd.DataFrame({"group": ["Asian", "Asian", "White"], "differs": [False, True, False]})
    found = verdicts(*full(), groups, left_out={"x": population.code_holes(by_code())})
    assert found.loc[("groups", "Asian"), "verdict"] == "warning"
    assert found.loc[("groups", "White"), "verdict"] == "fits"


def test_more_people_than_residents_in_one_full_stratum_are_found():
    """5 Asian women of 40 and over reside in region A, where 20 are counted; in the region there are enough."""
    events, population = full()
    here = (population["group"] == "Asian") & (population["region"] == "A") & (population["age_from"] == 40)
    small = here & (population["sex"] == "Female")
    population.loc[small, "population"] = 5
    assert population[here]["population"].sum() > events[here]["people"].sum()
    row = verdicts(events, population).loc[("size", "All groups")]
    assert row["verdict"] == "warning"
    assert row["found"] == "More people counted than residents in a stratum of Asian."


def test_ages_are_compared_in_the_bands_of_the_standard():
    """30 people of 0 to 19 and 10 of 20 to 39 among 20 residents of each age: 40 of 40 under 40."""
    events, population = full(people=0, residents=20)
    own = (events["group"] == "Asian") & (events["region"] == "A") & (events["sex"] == "Male")
    events.loc[own & (events["age_from"] == 0), "people"] = 30
    events.loc[own & (events["age_from"] == 20), "people"] = 10
    assert verdicts(events, population).loc[("size", "All groups"), "verdict"] == "fits"
    events.loc[own & (events["age_from"] == 20), "people"] = 11
    assert verdicts(events, population).loc[("size", "All groups"), "verdict"] == "warning"


@pytest.mark.parametrize(("column", "value"), [("sex", "Female"), ("region", "B"), ("age_from", 20)])
def test_a_stratum_left_out_of_the_denominators_is_named_and_its_group_has_no_bounds(column, value):
    events, population = full()
    population = population[(population["group"] != "Asian") | (population[column] != value)]
    found = verdicts(events, population)
    row = found.loc[("complete", "Asian")]
    assert row["verdict"] == "warning"
    assert row["found"].endswith(f"no row for {'ages from ' if column == 'age_from' else ''}{value}.")
    assert ("bounds", "Asian") not in found.index
    assert ("complete", "White") not in found.index


def by_code(*lacks):
    """Rows of denominators: of Asian people 300 Indian and 100 Pakistani a stratum, of White ones 900 British."""
    codes = [("Asian", "Indian", 300), ("Asian", "Pakistani", 100), ("White", "British", 900)]
    strata = [(region, age, sex) for region in "AB" for age in (0, 40) for sex in ("Female", "Male")]
    rows = [(*code, *stratum) for code in codes for stratum in strata if (code[1], *stratum) not in lacks]
    return pd.DataFrame(rows, columns=["group", "label", "population", "region", "age_from", "sex"])


def test_a_code_without_a_row_where_other_codes_of_its_group_have_one_is_named():
    lacks = [("Pakistani", "B", 40, "Female"), ("Pakistani", "B", 40, "Male")]
    rows = by_code(*lacks)
    missing = population.code_holes(rows)
    assert missing[["group", "label", "region", "age_from", "sex"]].to_numpy().tolist() == [
        ["Asian", "Pakistani", "B", 40, "Female"], ["Asian", "Pakistani", "B", 40, "Male"],
    ]  # fmt: skip
    assert set(missing["share"]) == {0.25}  # 100 of 400 elsewhere
    summed = rows.groupby(["group", "region", "age_from", "sex"], as_index=False)["population"].sum()
    assert population.holes(summed).empty  # the group itself has every stratum
    events = people(("Asian", 50), ("White", 400))
    frame = mismatch.table(
        events, {"x": summed}, {"x": {"date": "2021-03-21", "scheme": "s.csv"}}, None, labels={"x": "X"}, period=None,
        scheme="s.csv", comparator="White", standard=STANDARD, left_out={"x": missing},
    ).set_index(["check", "group"])  # fmt: skip
    row = frame.loc[("codes", "Asian")]
    assert row["verdict"] == "warning"
    assert row["found"] == (
        "Pakistani has no row for B; ages from 40: it counts as nobody, "
        "about 25% of the group's residents there if it is as elsewhere."
    )
    assert ("codes", "White") not in frame.index


def test_a_whole_group_left_out_is_no_hole_of_a_code_and_a_full_file_has_none():
    assert population.code_holes(by_code()).empty
    both = [(label, "A", 0, "Male") for label in ("Indian", "Pakistani")]
    assert population.code_holes(by_code(*both)).empty
    only = population.code_holes(by_code(*[("British", "A", 0, "Male")]))
    assert only.empty  # the one code of its group: the group has a hole, which another check names


def test_codes_are_read_from_the_file_by_measure(tmp_path):
    scheme = tmp_path / "scheme.csv"
    scheme.write_text("code,label,kind,five\nA,British,valid,White\nH,Indian,valid,Asian\nJ,Pakistani,valid,Asian\n")
    file = tmp_path / "d.csv"
    rows = [f"{code},{age},{count}" for code, count in (("A", 90), ("H", 30), ("J", 10)) for age in (0, 40)]
    file.write_text("\n".join(["who,age,n", *[row for row in rows if row != "J,40,10"]]) + "\n")
    section = {
        "inputs": {"denominators": str(file)}, "start": {"id": "x", "label": "X"},
        "rates": {"denominators": {"scheme": str(scheme), "columns": {"code": "who", "age_from": "age", "population": "n"}}},
    }  # fmt: skip
    found = population.codes_left_out(section, "five", {}, "All regions")["x"]
    assert found[["label", "age_from", "share"]].to_numpy().tolist() == [["Pakistani", 40, 0.25]]


def test_a_code_of_the_scheme_that_the_whole_file_leaves_out_is_named():
    rows = by_code()
    missing = population.code_holes(rows, {"Asian": {"Indian", "Pakistani", "Chinese"}, "White": {"British"}})
    assert set(missing["label"]) == {"Chinese"}
    assert len(missing) == 8  # 2 regions, 2 ages, 2 sexes
    assert missing["share"].isna().all()
    (row,) = mismatch._codes(missing, rows)
    assert (row["group"], row["verdict"]) == ("Asian", "warning")
    assert row["found"] == "Chinese has no row at all: it counts as nobody."
