"""Characteristics of people at their first record, by group."""

import numpy as np
import pandas as pd
import pytest
from genequity import tables
from genequity.release import protect
from genequity.service import characteristics, records, text_characteristics

LINES = [
    # Two records of one White woman: the first, at 20 in Area A, counts.
    "2,p1,2024-03-01,b,s1,21,F,1,A,A,Y,",
    "1,p1,2024-02-01,a,s1,20,F,2,A,A,Y,",
    "3,p2,2024-02-01,a,s1,39,F,1,A,A,Y,",
    "4,p3,2024-02-01,a,s1,40,M,1,A,A,Y,",
    "5,p4,2024-02-01,b,s1,61,X,2,H,H,Y,",
    "6,p5,2024-02-01,b,s1,50,M,9,Z,Z,Y,",
]


def found(prepared, **methods):
    with prepared(*LINES, **methods) as (connection, section):
        return characteristics.table(connection, section, "All regions")


def test_a_person_counts_once_as_the_first_record_says(prepared):
    table = found(prepared).set_index(["characteristic", "value", "group"])["people"]
    assert table["people", "All people", "White"] == 3
    assert table["people", "All people", "All groups"] == 5
    assert table["region", "Area A", "White"] == 3
    assert table["region", "Area B", "White"] == 0
    assert table["age", "0 to 39", "White"] == 2
    assert table["age", "40 and over", "White"] == 1
    assert table["deprivation", "2", "White"] == 1
    assert table["sex", "Unknown", "Asian"] == 1
    assert table["deprivation", "Unknown", "Not stated"] == 1


def test_every_characteristic_adds_up_to_the_people_of_each_group(prepared):
    table = found(prepared)
    whole = table["value"] == "All people"
    parts = table[~whole].groupby(["characteristic", "group"])["people"].sum()
    totals = table[whole & (table["characteristic"] != "people")].set_index(["characteristic", "group"])["people"]
    assert parts.sort_index().equals(totals.sort_index())
    assert set(totals["sex"].index) == {"White", "Asian", "Not stated", "All groups"}
    assert list(table[table["group"] == "White"]["place"]) == list(
        range(1, table["value"][table["group"] == "White"].size + 1)
    )


def test_median_and_quartiles_are_of_completed_years_and_not_of_bands(prepared, section):
    table = found(prepared).set_index(["characteristic", "value", "group"])
    assert table.loc[("people", "All people", "White"), "age_median"] == 39  # of 20, 39, 40
    assert table.loc[("people", "All people", "All groups"), ["age_p25", "age_p75"]].tolist() == [39, 50]
    assert table.loc[("sex", "Female", "White"), "age_median"] != table.loc[("sex", "Female", "White"), "age_median"]
    section["fields"]["age"]["bands"] = {"21": 0, "20": 0, "39": 30, "40": 40, "61": 60, "50": 50}
    assert found(prepared)["age_median"].isna().all()


def test_ages_are_sorted_as_numbers(prepared):
    lines = [f"{n},p{n},2024-02-01,a,s1,{age},F,1,A,A,Y," for n, age in enumerate((9, 10, 100), 1)]
    with prepared(*lines) as (connection, section):
        table = characteristics.table(connection, section, "All regions").set_index(["value", "group"])
    assert table.loc[("All people", "White"), "age_median"].iloc[0] == 10


def test_weighted_quantiles_are_those_of_the_people_one_by_one():
    rng = np.random.default_rng(3)
    ages, counts = pd.Series(rng.permutation(90)[:40].astype(float)), pd.Series(rng.integers(1, 30, 40))
    wanted = np.quantile(np.repeat(ages, counts), [0.25, 0.5, 0.75], method="inverted_cdf")
    assert characteristics.quantiles(ages, counts, [0.25, 0.5, 0.75]) == pytest.approx(wanted)
    assert np.isnan(characteristics.quantiles(pd.Series([np.nan]), pd.Series([3]), [0.5])).all()


def test_completeness_and_characteristics_count_the_same_people(prepared):
    with prepared(*LINES) as (connection, section):
        table = characteristics.table(connection, section, "All regions")
        known = records.completeness(connection, "All regions").set_index(["region", "status"])["people"]
    people = table[table["characteristic"] == "people"].set_index("group")["people"]
    assert people["Not stated"] == known["All regions", "Not stated"]
    assert people["All groups"] == known["All regions", "All people"]


def large():
    """Counts of five groups; few Mixed people live in Area B."""
    rows = []
    sizes = {"Asian": (40, 60), "Mixed": (30, 3), "White": (400, 500)}
    sizes["All groups"] = tuple(map(sum, zip(*sizes.values(), strict=True)))
    for group, (a, b) in sizes.items():
        for name, parts in {"people": {}, "region": {"Area A": a, "Area B": b}}.items():
            for place, (value, people) in enumerate({"All people": a + b, **parts}.items()):
                rows.append((name, name.title(), 10 * (name == "region") + place, value, group, people, a + b))
    columns = ["characteristic", "label", "place", "value", "group", "people", "all_people"]
    ages = {"age_p25": 30.0, "age_median": 40.0, "age_p75": 60.0}
    return pd.DataFrame(rows, columns=columns).assign(share=0.5, **ages)


def test_a_small_count_goes_with_a_second_one_of_its_row_and_of_its_column():
    schema = tables.schema("service/characteristics")
    shown = protect(large(), schema, "nhse").set_index(["value", "group"])
    assert shown.loc[("Area B", "Mixed"), "suppressed"] == "small number"
    for second in (("Area A", "Mixed"), ("Area B", "Asian"), ("Area A", "Asian")):
        assert shown.loc[second, "suppressed"] == "protects another cell"
        assert np.isnan(shown.loc[second, "share"])
    assert shown.loc[("Area A", "White"), "share"] == pytest.approx(400 / 900)


def test_a_page_shows_groups_side_by_side_or_many_groups_below_one_another():
    table = protect(large(), tables.schema("service/characteristics"), "nhse")
    shown = text_characteristics.wide(table)
    assert list(text_characteristics.columns(shown).values()) == [
        "Of people", "Value", "Asian", "Mixed", "White", "All groups",
    ]  # fmt: skip
    rows = shown.set_index("value")
    assert rows.loc["Number", "White"] == "900"
    assert rows.loc["Median", "Asian"] == "40"
    assert rows.loc["Quartiles", "Asian"] == "30 to 60"
    assert rows.loc["Area B", "Mixed"] == "withheld"
    assert rows.loc["Area B", "White"] == "56%"
    many = pd.concat([large().assign(group=large()["group"] + f" {i}") for i in range(4)])
    many = text_characteristics.wide(many)
    assert text_characteristics.heads(many) == 1
    assert list(many.columns) == ["group", "People", "Median age"]
    assert len(many) == 16


def test_the_text_says_of_how_many_nothing_is_recorded():
    table = large()
    assert text_characteristics.unknown(table).startswith("Every person has a value")
    row = {"characteristic": "sex", "label": "Sex", "value": "Unknown", "group": "All groups", "share": 0.021}
    told = text_characteristics.unknown(pd.concat([table, pd.DataFrame([row])]))
    assert told == "Sex is not recorded for 2.1% of people."
    more = row | {"characteristic": "deprivation", "label": "Deprivation", "share": 0.005, "place": 9}
    told = text_characteristics.unknown(pd.DataFrame([more, row | {"place": 3}]))
    assert told == "Sex is not recorded for 2.1% of people, deprivation for 0.5%."


def test_nobody_analysed_gives_zeros_and_no_fault(prepared):
    with prepared("1,p1,2023-02-01,a,s1,20,F,2,A,A,Y,") as (connection, section):
        table = characteristics.table(connection, section, "All regions")
    assert set(table["group"]) == {"All groups"}
    assert (table["people"] == 0).all()
    assert table[["share", "age_median"]].isna().all(axis=None)
