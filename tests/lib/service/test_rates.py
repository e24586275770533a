"""Denominators and standardised rates on tables with the arithmetic beside them."""

import numpy as np
import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.service import intervals, rates
from genequity.service import population as counted

SPEC = {
    "columns": {"code": "code", "age_from": "age", "sex": "sex", "region": "area", "population": "n"},
    "sex_values": {"F": "Female", "M": "Male"},
}
METHODS = {"level": 0.95, "standardise_by": ["age"]}
STANDARD = pd.DataFrame({"age_from": [0, 40], "weight": [60_000, 40_000]})


def events(*rows):
    return pd.DataFrame(rows, columns=["group", "region", "age_from", "sex", "people"]).assign(measure="referred")


def population(*rows):
    return pd.DataFrame(rows, columns=["group", "region", "age_from", "sex", "population"])


def table(first, residents, **more):
    options = {
        "measures": {"referred": "People referred"},
        "kinds": {"referred": "census"},
        "groups": ["Asian", "White", "Not known"],
        "comparator": "White",
        "national": "All regions",
        "years": 2.0,
        "methods": METHODS,
    } | more
    return rates.by_group(first, residents, STANDARD, **options).set_index(["region", "group"])


def test_rate_is_the_weighted_sum_of_age_specific_rates():
    first = events(("Asian", "A", 0, "Female", 30), ("Asian", "A", 40, "Male", 20), ("White", "A", 0, "Male", 100))
    residents = population(
        ("Asian", "A", 0, "Female", 1000), ("Asian", "A", 0, "Male", 1000), ("Asian", "A", 40, "Male", 500),
        ("White", "A", 0, "Male", 4000), ("White", "A", 40, "Male", 1000), ("Asian", "A", 40, "Female", 0),
        ("White", "A", 0, "Female", 0), ("White", "A", 40, "Female", 0),
    )  # fmt: skip
    found = table(first, residents)
    # Asian: 0.6 * 30/(2000*2) + 0.4 * 20/(500*2) = 0.0045 + 0.008 = 1250 per 100,000 person-years.
    assert found.loc[("A", "Asian"), "rate"] == pytest.approx(1250)
    # White: 0.6 * 100/8000 = 750; ratio 1250/750, difference 500.
    assert found.loc[("A", "White"), "rate"] == pytest.approx(750)
    assert found.loc[("A", "Asian"), "ratio"] == pytest.approx(1250 / 750)
    assert found.loc[("A", "Asian"), "difference"] == pytest.approx(500)
    # Crude: 50 people in (2000 + 500) * 2 person-years.
    assert found.loc[("A", "Asian"), "crude"] == pytest.approx(1000)
    # One region only: the whole equals it.
    assert found.loc[("All regions", "Asian"), "rate"] == pytest.approx(1250)


def test_groups_without_a_population_are_counted_but_not_rated():
    found = table(
        events(("Not known", "A", 0, "Male", 50)),
        population(("White", "A", 0, "Male", 100), ("White", "A", 40, "Male", 100)),
    )
    row = found.loc[("A", "Not known")]
    assert (row["events"], row["reason"]) == (50, "no population of this group is counted")
    assert np.isnan(row["rate"])


def test_reasons_where_no_rate_is_given():
    found = table(
        events(("Asian", "A", 0, "Male", 9), ("White", "A", 0, "Male", 90)),
        population(
            ("Asian", "A", 0, "Male", 100),
            ("Asian", "A", 40, "Male", 100),
            ("White", "A", 0, "Male", 100),
            ("White", "A", 40, "Male", 0),
        ),
    )
    assert found.loc[("A", "Asian"), "reason"] == "fewer than 10 people"
    assert found.loc[("A", "White"), "reason"] == "an age band has no population"
    assert table(events(("White", "A", 0, "Male", 90)), None)["reason"].unique().tolist() == [
        "no population was supplied"
    ]


FULL = population(
    *[(group, region, age, sex, 10_000) for group in ("Asian", "White") for region in "AB" for age in (0, 40)
      for sex in ("Female", "Male")]
)  # fmt: skip
WOMEN_TWICE = FULL.assign(people=FULL["sex"].map({"Female": 40, "Male": 20}), measure="referred")
SHOWN = ["population", "rate", "low", "high", "crude", "ratio", "difference", "expected", "indirect"]


@pytest.mark.parametrize("by", [["age"], ["age", "sex"]])
def test_a_group_without_womens_rows_has_no_rate_anywhere(by):
    """Women have twice the men's rate, so that the men's rows alone would give another rate."""
    options = {"methods": {"level": 0.95, "standardise_by": by}}
    whole = table(WOMEN_TWICE, FULL, **options)
    # 120 people of 40,000 in a region, over two years.
    assert whole.loc[("A", "Asian"), "rate"] == pytest.approx(150)
    found = table(WOMEN_TWICE, FULL[(FULL["group"] != "Asian") | (FULL["sex"] != "Female")], **options)
    for region, where in (("A", "A; Female"), ("B", "B; Female"), ("All regions", "Female")):
        row = found.loc[(region, "Asian")]
        assert row["reason"] == f"the denominators have no row for {where}"
        assert row[SHOWN].isna().all()
        other = found.loc[(region, "White")]
        assert (other["reason"], other["rate"]) == ("", pytest.approx(whole.loc[(region, "White"), "rate"]))
    # White people's indirect ratio rests on the groups that have every stratum: on themselves alone.
    assert found.loc[("All regions", "White"), "indirect"] == pytest.approx(1)


def test_a_group_without_one_region_has_no_rate_there_nor_in_all_regions():
    found = table(WOMEN_TWICE, FULL[(FULL["group"] != "Asian") | (FULL["region"] != "B")])
    assert found.loc[("A", "Asian"), ["rate", "ratio"]].tolist() == pytest.approx([150, 1])
    for region in ("B", "All regions"):
        assert found.loc[(region, "Asian"), "reason"] == "the denominators have no row for B"
        assert found.loc[(region, "Asian"), SHOWN].isna().all()


def test_a_hole_of_odd_shape_is_told_by_its_first_stratum():
    first = (FULL["region"] == "A") & (FULL["age_from"] == 40) & (FULL["sex"] == "Male")
    second = (FULL["region"] == "B") & (FULL["age_from"] == 0) & (FULL["sex"] == "Female")
    population = FULL[(FULL["group"] != "Asian") | ~(first | second)]
    missing = counted.holes(population)
    assert len(missing) == 2
    told = counted.hole_told(missing, population)
    assert told == "the denominators have no row for A; Male; ages from 40 and 1 more strata"
    assert counted.holes(FULL).empty


def test_people_without_an_age_are_not_in_a_rate():
    first = events(("White", "A", -1, "Male", 40), ("White", "A", 0, "Male", 20))
    found = table(first, population(("White", "A", 0, "Male", 100), ("White", "A", 40, "Male", 100)))
    assert found.loc[("A", "White"), "events"] == 20


def test_ratio_and_difference_have_their_intervals():
    a, b = ({"rate": 20.0, "variance": 4.0}, {"rate": 10.0, "variance": 1.0})
    found = intervals.compare_rates(a, b)
    # log ratio: se = sqrt(4/400 + 1/100) = 0.141421; difference: se = sqrt(5).
    assert found["ratio_low"] == pytest.approx(2 * np.exp(-1.959964 * 0.1414214), rel=1e-6)
    assert found["ratio_high"] == pytest.approx(2 * np.exp(1.959964 * 0.1414214), rel=1e-6)
    assert found["difference_low"] == pytest.approx(10 - 1.959964 * 5**0.5, rel=1e-6)


@pytest.fixture
def denominators(tmp_path):
    def write(text):
        (tmp_path / "d.csv").write_text(text)
        return str(tmp_path / "d.csv")

    return write


def test_denominators_are_summed_to_groups(denominators, scheme):
    path = denominators("code,age,sex,area,n\nH,0,F,a,10\nJ,0,F,a,5\nA,0,M,a,7\n")
    frame = counted.read_population(path, SPEC, scheme, "five", {"a": "Area A"}, "All regions")
    assert frame.set_index("group")["population"].to_dict() == {"Asian": 15, "White": 7}


def test_a_stratum_that_stands_twice_is_refused(denominators, scheme):
    path = denominators("code,age,sex,area,n\nH,0,F,a,10\nJ,0,F,a,5\nH,0,F,a,10\nH, 0 ,F,a,3\nH,0,M,a,3\n")
    with pytest.raises(InputError) as caught:
        counted.read_population(path, SPEC, scheme, "five", {"a": "Area A"}, "All regions")
    told = str(caught.value)
    assert path in told
    assert "row 4, 5, columns code, age, sex, area" in told
    assert "2 rows repeat an earlier one" in told


def test_every_problem_of_the_denominators_is_named(denominators, scheme):
    path = denominators("code,age,sex,area,n\nQQ,0,F,a,10\nH,old,F,a,5\nA,0,X,b,Ada Placeholder\n")
    with pytest.raises(InputError) as caught:
        counted.read_population(path, SPEC, scheme, "five", {"a": "Area A"}, "All regions")
    lines = [str(problem).split("\n")[0].removeprefix(path) for problem in caught.value.problems]
    assert lines == [
        " (first in row 2, column code): an ethnicity code that the denominators' scheme does not have: 1 rows.",
        " (first in row 4, column n): a population that is not a count: 1 rows.",
        " (first in row 3, column age): an age that is not a number of years: 1 rows.",
        " (first in row 4, column area): a region that is not in the look-up: 1 rows.",
        " (first in row 4, column sex): a sex that is not in sex_values: 1 rows.",
    ]
    assert "Ada" not in str(caught.value)


def test_a_grouping_that_the_denominators_do_not_have_is_refused(denominators, scheme):
    path = denominators("code,age,sex,area,n\nH,0,F,a,10\n")
    with pytest.raises(InputError, match="has no grouping 'five_2021'"):
        counted.read_population(path, SPEC, scheme, "five_2021", {"a": "Area A"}, "All regions")


def section(bands=(0, 40), by=("age", "sex"), sexes=("Female", "Male")):
    values = dict(zip("FM", sexes))
    return {"methods": {"age_bands": list(bands), "standardise_by": list(by)}, "fields": {"sex": {"values": values}}}


def test_strata_that_do_not_match_are_refused():
    residents = population(*[("White", "A", age, sex, 10) for age in (0, 40) for sex in ("Female", "Male")])
    assert counted.mismatches(section(), residents, STANDARD, "d.csv", "s.csv") == []
    one_sex = residents.assign(sex="All")
    assert "sexes of the denominators" in str(counted.mismatches(section(), one_sex, STANDARD, "d.csv", "s.csv")[0])
    assert counted.mismatches(section(by=["age"]), one_sex, STANDARD, "d.csv", "s.csv") == []
    # Records banded by 60 years would all fall into the standard's first band.
    supplied = section()
    supplied["fields"]["age"] = {"column": "years", "bands": {"0 to 99": 0}}
    told = counted.mismatches(supplied, residents, STANDARD, "d.csv", "s.csv")
    assert "the ages, as supplied, have no band that begins at" in str(told[0])
    coarse = counted.mismatches(section(bands=[0, 60]), residents, STANDARD, "d.csv", "s.csv")
    assert "the records' age bands have no band that begins at 40" in str(coarse[0])
    wide = residents[residents["age_from"] == 0]
    assert "the denominators have no band that begins at 40" in str(
        counted.mismatches(section(), wide, STANDARD, "d.csv", "s.csv")[0]
    )


def test_indirect_ratio_divides_by_what_all_groups_rates_expect():
    first = events(("Asian", "A", 0, "Male", 30), ("White", "A", 0, "Male", 100), ("White", "A", 40, "Male", 20))
    residents = population(
        ("Asian", "A", 0, "Male", 1000), ("Asian", "A", 40, "Male", 500),
        ("White", "A", 0, "Male", 4000), ("White", "A", 40, "Male", 1500),
    )  # fmt: skip
    found = table(first, residents).loc[("A", "Asian")]
    # All groups: 130 people of 5,000 under 40 and 20 of 2,000 over; Asian: 1000 * 0.026 + 500 * 0.01 = 31 expected.
    assert (found["expected"], found["indirect"]) == (pytest.approx(31), pytest.approx(30 / 31))
    # Byar's limits of 30 events: 20.24 and 42.83 (UKHSA's form), over 31.
    low, high = intervals.byar(30)
    assert (found["indirect_low"], found["indirect_high"]) == (pytest.approx(low / 31), pytest.approx(high / 31))


def test_each_measure_declares_its_own_denominators():
    section = {
        "inputs": {"denominators": "census.csv"},
        "start": {"id": "referred", "label": "Referred"},
        "rates": {
            "denominators": {"kind": "census", "source": "Census", "scheme": "s.csv", "columns": {"code": "c"}},
            "measures": [
                {"id": "referred", "label": "Referred"},
                {"id": "tested", "label": "Tested",
                 "denominators": {"file": "cases.csv", "kind": "incident", "source": "Register"}},
            ],
        },
    }  # fmt: skip
    found = counted.denominators(section)
    assert found["referred"]["file"] == "census.csv"
    # What the measure does not say of its own is as for all.
    assert found["tested"] == {
        "file": "cases.csv", "kind": "incident", "source": "Register", "scheme": "s.csv", "columns": {"code": "c"},
    }  # fmt: skip
    assert counted.denominators(section | {"inputs": {"denominators": None}}) == {}
    first = pd.concat(
        [events(("White", "A", 0, "Male", 20)), events(("White", "A", 0, "Male", 20)).assign(measure="tested")]
    )
    residents = population(("White", "A", 0, "Male", 4000), ("White", "A", 40, "Male", 1000))
    cases = residents.assign(population=[40, 10])
    rated = rates.by_group(
        first, {"referred": residents, "tested": cases}, STANDARD, measures={"referred": "R", "tested": "T"},
        kinds={"referred": "census", "tested": "incident"}, groups=["White"], comparator="White",
        national="All regions", years=1.0, methods=METHODS,
    ).set_index(["measure", "region"])  # fmt: skip
    # 0.6 * 20/4000 = 300 per 100,000; among cases 0.6 * 20/40 = 30,000.
    assert rated.loc[("referred", "A"), "rate"] == pytest.approx(300)
    assert rated.loc[("tested", "A"), "rate"] == pytest.approx(30_000)
    assert rated["denominator"].tolist() == ["census", "census", "incident", "incident"]


@pytest.mark.parametrize("word", ["inequity", "Inequities", "inequitable", "equity", "unfair", "unmet need"])
def test_a_rate_per_resident_may_not_judge(word):
    with pytest.raises(ValueError, match="need is unknown"):
        rates.unjudged(f"This shows {word}.", "census")
    assert rates.unjudged(f"This shows {word}.", "incident") == f"This shows {word}."
    assert rates.unjudged("A difference in use, need unknown.", "census") == "A difference in use, need unknown."


def test_people_who_repeat_widen_every_interval():
    """40 records of White people: 20 with one, 10 with two. Squares 20 + 40 = 60, so that the variance is half as much
    again; 12 records of Asian people, one each."""
    first = pd.DataFrame([("White", 40, 60), ("Asian", 12, 12)], columns=["group", "people", "squares"]).assign(
        measure="referred", region="All regions", age_from=40, sex="Male"
    )
    residents = population(
        *[(group, "All regions", age, "Male", n) for group, n in (("White", 1000), ("Asian", 400)) for age in (0, 40)]
    )
    found, alone = table(first, residents), table(first.drop(columns="squares"), residents)
    wide, narrow = (one.loc[("All regions", "White")] for one in (found, alone))
    assert wide["rate"] == narrow["rate"]
    for low, high, middle in (("low", "high", "rate"), ("crude_low", "crude_high", "crude"),
                              ("indirect_low", "indirect_high", "indirect")):  # fmt: skip
        assert wide[high] - wide[middle] == pytest.approx(np.sqrt(1.5) * (narrow[high] - narrow[middle]))
        assert wide[middle] - wide[low] == pytest.approx(np.sqrt(1.5) * (narrow[middle] - narrow[low]))
    ratio, before = (one.loc[("All regions", "Asian")] for one in (found, alone))
    # Log variance of the ratio: 1/12 + 1.5/40 in one band that has all events, against 1/12 + 1/40.
    widths = [np.log(row["ratio_high"] / row["ratio"]) ** 2 for row in (ratio, before)]
    assert widths[0] / widths[1] == pytest.approx((1 / 12 + 1.5 / 40) / (1 / 12 + 1 / 40))


def test_a_measure_may_count_records_under_another_name():
    own = {"start": {"id": "referred", "label": "Referred"}, "rates": None}
    assert rates.counted(own) == {"referred": ("referred", "people")}
    own["rates"] = {"measures": [{"id": "tests", "stage": "tested", "count": "records", "label": "Tests"}]}
    assert rates.counted(own) == {"tests": ("tested", "records")}


def test_crude_rate_has_byars_limits():
    # Byar: 40 (1 - 1/360 - z / 3√40)³ and 41 (1 - 1/369 + z / 3√41)³, of 1,000 person-years.
    rate, low, high = intervals.crude_rate(40, 1000, per=1000)
    z = 1.959964
    assert low == pytest.approx(40 * (1 - 1 / 360 - z / (3 * np.sqrt(40))) ** 3, rel=1e-6)
    assert high == pytest.approx(41 * (1 - 1 / 369 + z / (3 * np.sqrt(41))) ** 3, rel=1e-6)
    assert rate == 40


def test_people_who_repeat_in_two_regions_are_one_person_in_all_regions_together():
    """Regions of squares 10 and 10, in which the same people stand: over both, their squares are 40."""
    events = pd.DataFrame(
        [("x", "White", region, 0, "Female", 10, 10, 20) for region in ("A", "B")],
        columns=["measure", "group", "region", "age_from", "sex", "people", "squares", "squares_together"],
    )
    found = rates._with_national(events, "All").groupby("region")["squares"].sum()
    assert found.to_dict() == {"A": 10, "All": 40, "B": 10}
