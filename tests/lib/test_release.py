"""Counts are withheld at the boundary, rounded, and not brought back by subtraction."""

import pandas as pd
import pytest
from genequity import release, tables
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = {
    "region": {"type": "string", "description": "Region"},
    "group": {"type": "string", "description": "Group"},
    "events": {"type": "integer", "protect": "count", "description": "Events"},
    "people": {"type": "integer", "protect": "count", "description": "People"},
    "rate": {"type": "number", "protect": {"ratio": ["events", "people"], "per": 100}, "description": "Rate"},
    "model": {"type": "number", "protect": {"with": ["events"]}, "description": "Estimate"},
}


def schema(**more):
    return tables._parse(
        "toy/x",
        {"title": "t", "row": "r", "key": ["region", "group"], "columns": COLUMNS, "level": "sub-national"} | more,
    )


def frame(events, people=None, region="A", groups=None):
    size = len(events)
    return pd.DataFrame(
        {
            "region": [region] * size,
            "group": groups or [f"g{i}" for i in range(size)],
            "events": events,
            "people": people or [1000] * size,
            "rate": [float("nan")] * size,
            "model": [1.5] * size,
        }
    )


@pytest.mark.parametrize(
    ("count", "shown"), [(0, 0), (1, None), (7, None), (8, 10), (12, 10), (13, 15), (1002, 1000), (1003, 1005)]
)
def test_boundaries_of_the_nhs_england_rule(count, shown):
    out = release.protect(frame([count]), schema(), "nhse")
    value = out["events"].iloc[0]
    assert (None if pd.isna(value) else value) == shown


def test_ratios_come_from_rounded_counts_and_what_rests_on_a_withheld_count_goes_with_it():
    out = release.protect(frame([13, 3], people=[1003, 1000]), schema(), "nhse")
    assert out["rate"].iloc[0] == pytest.approx(100 * 15 / 1005)
    assert pd.isna(out["rate"].iloc[1])
    assert pd.isna(out["model"].iloc[1])
    assert out["suppressed"].tolist()[1] == release.SMALL
    assert pd.isna(out["suppressed"].iloc[0])


def test_a_single_withheld_part_beside_its_total_gets_a_second():
    groups = ["a", "b", "c", "All"]
    table = schema(totals={"column": "group", "total": "All", "per": ["region"]})
    out = release.protect(frame([3, 40, 20, 63], groups=groups), table, "nhse")
    assert out["events"].isna().tolist() == [True, False, True, False]  # c is the smallest other part
    assert out["suppressed"].tolist()[2] == release.SECOND


def test_where_no_other_part_is_left_the_total_goes():
    table = schema(totals={"column": "group", "total": "All", "per": ["region"]})
    out = release.protect(frame([3, 0, 3], groups=["a", "b", "All"]), table, "nhse")
    assert out["events"].isna().tolist() == [True, False, True]


def test_national_rows_stay_exact_under_a_sub_national_rule():
    table = schema(level={"column": "region", "national": "All regions"})
    parts = {"A": [3, 21], "B": [12, 33], "C": [40, 52], "All regions": [55, 106]}
    rows = pd.concat([frame(events, region=region) for region, events in parts.items()])
    out = release.protect(rows, table, "nhse").set_index(["region", "group"])["events"]
    assert out["All regions"].tolist() == [55, 106]
    assert out["A"].isna().tolist() == [True, False]
    assert out["B"].isna().tolist() == [True, False]  # the smallest other region: A does not follow by subtraction
    assert out["A", "g1"] == 20
    assert out["C", "g0"] == 40


def test_no_protection_leaves_the_table_as_it_is():
    out = release.protect(frame([3, 21]), schema(), "none")
    assert out["events"].tolist() == [3, 21]
    assert out["suppressed"].isna().all()


def test_an_unknown_profile_names_the_nearest():
    with pytest.raises(KeyError, match="nhse"):
        release.profile("nhs")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=7))
def test_no_small_count_leaves_and_none_follows_from_its_total(parts):
    groups = [f"g{i}" for i in range(len(parts))] + ["All"]
    table = schema(totals={"column": "group", "total": "All", "per": ["region"]})
    out = release.protect(frame([*parts, sum(parts)], people=[100] * len(groups), groups=groups), table, "nhse")
    shown = out["events"]
    assert not shown.dropna().between(1, 7).any()
    assert (shown.dropna() % 5 == 0).all()
    hidden_parts = shown.iloc[:-1].isna().sum()
    assert hidden_parts != 1 or pd.isna(shown.iloc[-1])


def shown(counts, profile):
    return [None if pd.isna(v) else int(v) for v in release.protect(frame(counts), schema(), profile)["events"]]


def test_midpoint_6_as_published():
    """OpenSAFELY documentation, outputs/sdc.md: ceil(x / 6) * 6 - 3 * (x != 0)."""
    assert shown([0, 1, 6, 7, 12, 13, 18], "opensafely-midpoint6") == [0, 3, 3, 9, 9, 15, 15]


def test_redact_and_round_with_summed_totals_as_published():
    """The sample table of the OpenSAFELY documentation, outputs/sdc.md; totals are sums of rounded counts."""
    table = schema(totals={"column": "group", "total": "All", "per": ["region"]}, level="national")
    rows = frame([3, 8, 16, 23, 50], people=[18, 23, 31, 44, 116], groups=["a", "b", "c", "d", "All"])
    out = release.protect(rows, table, "opensafely")
    assert [None if pd.isna(v) else int(v) for v in out["events"]] == [None, 10, 15, 25, 50]
    assert out["people"].tolist() == [20, 25, 30, 45, 120]


@pytest.mark.parametrize(
    ("profile", "counts", "expected"),
    [
        ("opensafely", [0, 1, 7, 8], [0, None, None, 10]),
        ("acro", [0, 1, 9, 10], [0, None, None, 10]),
        ("gpps", [0, 1, 9, 10, 11], [None, None, None, 10, 11]),
        ("none", [0, 1, 9, 10], [0, 1, 9, 10]),
    ],
)
def test_each_profile_at_its_boundary(profile, counts, expected):
    assert shown(counts, profile) == expected


@pytest.mark.parametrize("name", ["nhse", "opensafely", "opensafely-midpoint6", "acro", "gpps", "none"])
def test_each_profile_says_itself_in_one_sentence(name):
    sentence = release.profile(name).sentence
    assert sentence.endswith(".")
    assert sentence.count(".") <= 2 + release.profile(name).title.count(".")


def test_what_one_table_withholds_another_of_the_same_people_withholds_too(tmp_path):
    """Respondents of Mixed are withheld to protect Other; their answers to an item must not tell how many they are."""
    groups = {"Asian": 40, "Mixed": 12, "Other": 3, "White": 90}
    respondents = pd.DataFrame({"group": ["All groups", *groups], "n": [145, *groups.values()]})
    columns = tables.schema("survey/respondents").columns
    respondents = respondents.assign(**{name: 0.1 for name in columns if name not in respondents.columns})
    shares = pd.DataFrame({"item": "trust", "group": ["All groups", *groups], "n": [140, 38, 12, 3, 87]})
    named = tables.schema("survey/shares").columns
    shares = shares.assign(**{name: 0.1 for name in named if name not in (*shares.columns, "base")}, base="shown")
    paths = {}
    for name, frame in (("respondents", respondents), ("shares", shares)):
        for folder in ("restricted", "release"):
            (tmp_path / folder).mkdir(exist_ok=True)
            paths[name, folder] = str(tmp_path / folder / f"{name}.csv")
        frame.to_csv(paths[name, "restricted"], index=False)
    order = ("shares", "respondents")  # whatever the order in which they are listed
    sources, targets = ([paths[name, folder] for name in order] for folder in ("restricted", "release"))
    release.release_tables(sources, targets, "nhse", "survey")
    shown = {name: pd.read_csv(paths[name, "release"]).set_index("group") for name in order}
    hidden = set(shown["respondents"].index[shown["respondents"]["n"].isna()])
    assert "Other" in hidden
    assert len(hidden) == 2
    assert set(shown["shares"].index[shown["shares"]["n"].isna()]) == hidden
    assert shown["shares"].loc[sorted(hidden), "share"].isna().all()
    assert set(shown["shares"].loc[sorted(hidden), "suppressed"]) == {"small number", "protects another cell"}
