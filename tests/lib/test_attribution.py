"""The small-number rule for words: k is the population's, attributes go from the right, none speaks by its absence."""

import itertools

import pandas as pd
import pytest
from genequity import attribution, config
from genequity.errors import InputError
from hypothesis import given
from hypothesis import strategies as st

ALL = ["role", "region", "specialty"]


def people(*rows):
    return pd.DataFrame([list(row) for row in rows], columns=[*ALL, "people"])


def told(speaker, of, least, attributes=ALL):
    (only,) = attribution.told([dict(zip(ALL, speaker, strict=True))], attributes, of, least)
    return only


@pytest.mark.parametrize(("k", "printed"), [(7, ["role", "region"]), (8, ALL), (9, ALL)])
def test_an_attribute_is_printed_from_the_threshold(k, printed):
    # Laboratory staff of the region are many, nurses k; with 7 they are described together with 93 others below.
    of = people(("professional", "A", "nursing", k), ("professional", "A", "other", 20), ("professional", "A", "", 0))[
        :2
    ]
    of.loc[1, "specialty"] = "laboratory"
    if k == 7:  # the 7 alone would show by the missing specialty, so the laboratory's is dropped too
        assert told(("professional", "A", "laboratory"), of, 8) == ["role", "region"]
    assert told(("professional", "A", "nursing"), of, attribution.threshold("nhse", 1)) == printed


@pytest.mark.parametrize(
    ("profile", "least_k", "threshold"),
    [("nhse", 1, 8), ("nhse", 8, 8), ("nhse", 20, 20), ("acro", 8, 10), ("opensafely-midpoint6", 8, 8), ("none", 1, 1)],
)
def test_least_k_raises_the_profile_s_threshold_and_never_lowers_it(profile, least_k, threshold):
    assert attribution.threshold(profile, least_k) == threshold


def test_attributes_go_from_the_right_until_enough_people_share_the_rest():
    of = people(
        ("professional", "A", "genetics", 3), ("professional", "B", "genetics", 3), ("professional", "B", "lab", 50)
    )
    # A holds 3 in all, so the region goes; with the role alone stand A's 3 and B's 3: 6, too few, so all of B joins them.
    assert told(("professional", "A", "genetics"), of, 8) == ["role"]
    assert told(("professional", "B", "lab"), of, 8) == ["role"]
    assert told(("professional", "B", "lab"), of, 3) == ALL
    assert told(("professional", "A", "genetics"), of, 57) == []


def test_a_blank_attribute_ends_the_list():
    assert told(("patient", "A", ""), people(("patient", "A", "", 900)), 8) == ["role", "region"]


def test_without_a_population_only_the_role_stands():
    assert told(("professional", "A", "genetics"), None, 8) == ["role"]


def test_a_combination_that_the_population_does_not_hold_is_not_printed():
    of = people(("professional", "A", "lab", 50), ("professional", "B", "lab", 50))
    assert "region" not in told(("professional", "C", "lab"), of, 8)


def test_the_sample_is_never_counted():
    of = people(("professional", "A", "genetics", 3), ("professional", "A", "lab", 50))
    crowd = [dict(zip(ALL, ("professional", "A", "genetics"), strict=True))] * 40
    assert {tuple(names) for names in attribution.told(crowd, ALL, of, 8)} == {("role", "region")}


CELLS = st.dictionaries(
    st.tuples(st.sampled_from(["patient", "professional"]), st.sampled_from("ABC"), st.sampled_from(["x", "y", "z"])),
    st.integers(1, 30),
    min_size=1,
)


@given(CELLS, st.integers(1, 20))
def test_everybody_who_fits_the_printed_words_is_among_enough_people(cells, least):
    of = people(*[(*cell, number) for cell, number in cells.items()])
    speakers = [dict(zip(ALL, cell, strict=True)) for cell in cells]
    words = [
        tuple(speaker[name] for name in names)
        for speaker, names in zip(speakers, attribution.told(speakers, ALL, of, least), strict=True)
    ]
    for description, group in itertools.groupby(
        sorted(zip(words, cells.values(), strict=True)), key=lambda pair: pair[0]
    ):
        if description:  # those of whom nothing is said may be few only where the whole population is
            assert sum(number for _, number in group) >= least
        else:
            assert sum(number for _, number in group) >= min(least, sum(cells.values()))


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        (["role", "region", "ethnic_group"], "role, region and ethnic group together"),
        (["role", "ethnic_group", "specialty", "region"], "role, region and ethnic group together"),
        (["region"], "does not begin with the role"),
    ],
)
def test_region_role_and_ethnic_group_together_are_refused_by_the_config_and_at_the_step(attributes, message):
    study = config.read(config.ROOT / config.DEMONSTRATION)
    study["interviews"]["attribution"] = attributes
    with pytest.raises(InputError, match=message):
        config.complete(study, "study.yaml")
    many = pd.DataFrame([[*["x"] * len(attributes), 10**6]], columns=[*attributes, "people"])
    with pytest.raises(InputError, match=message):
        attribution.told([dict.fromkeys(attributes, "x")], attributes, many, 1)


def population(tmp_path, *lines, attributes=ALL, known=None):
    file = tmp_path / "population.csv"
    file.write_text("\n".join(["role,region,specialty,people,source", *lines]) + "\n", encoding="utf-8")
    return attribution.population(
        str(file), attributes, known or {"role": ["patient", "professional"], "region": ["A", "B"]}
    )


def test_a_population_is_read_with_its_numbers(tmp_path):
    table = population(tmp_path, "patient,A,,900,register", "professional,A,lab,12,staff list")
    assert table["people"].tolist() == [900, 12]
    assert attribution.population(None, ALL, {}) is None
    shorter = attribution.population(str(tmp_path / "population.csv"), ["role"], {})
    assert attribution.k_of({"role": "patient"}, ["role"], shorter) == 900


def test_all_problems_of_a_population_are_told_at_once(tmp_path):
    with pytest.raises(InputError) as error:
        population(
            tmp_path,
            "patient,A,,many,register",
            "doctor,A,lab,5,staff list",
            "professional,A,lab,5,staff list",
            "professional,A,lab,6,staff list",
            "professional,,,80,staff list",
        )
    assert [problem.where for problem in error.value.problems] == [
        "row 2, column people",
        "row 3, column role",
        "row 5",
        "row 6, column region",
    ]


def test_a_population_without_a_column_of_the_attribution_is_refused(tmp_path):
    file = tmp_path / "short.csv"
    file.write_text("role,region,people,source\npatient,A,9,register\n")
    with pytest.raises(InputError, match="column 'specialty' is missing"):
        attribution.population(str(file), ALL, {})
