"""The built demonstration: what was planted in synthesis and panel is found, and nothing else is."""

import math

import pandas as pd
import pytest
from genequity import config, files, tables
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config" / "demo" / "truth.yaml")


@pytest.fixture(scope="module")
def release(built):
    return built / "release"


def read(release, name):
    return tables.read(files.find_table(release, name), name)


def test_planted_silences_are_found_and_no_other_of_their_kind(release, truth):
    found = read(release, "synthesis/silences").groupby("kind")["theme"].apply(sorted).to_dict()
    for kind, themes in truth["synthesis"].items():
        assert found.get(kind, []) == sorted(themes), kind


def test_every_finding_of_every_strand_is_in_the_register(release):
    register = read(release, "synthesis/register")
    written = [pd.read_csv(files.find_table(release, f"{strand}/findings"), dtype=str) for strand in config.STRANDS]
    assert set(register["id"]) == set(pd.concat(written)["id"])
    assert set(register["strand"]) == set(config.STRANDS)


def test_each_finding_stands_on_the_line_the_register_names(release):
    for row in read(release, "synthesis/register").itertuples():
        table = pd.read_csv(release.parent / row.source_file, dtype=str, keep_default_na=False)
        line = table.iloc[row.source_line - 2]
        for pair in row.source_row.split(";"):
            column, _, value = pair.partition("=")
            assert line[column] == value, row.id


def test_votes_come_back_as_planted(release, truth):
    panel = read(release, "recommendations/panel").set_index(["item", "round"])
    for item, by_round in truth["recommendations"]["votes"].items():
        for number, (low, middle, high) in by_round.items():
            row = panel.loc[(item, int(number))]
            assert (row["n_low"], row["n"], row["n_high"]) == (low, low + middle + high, high), (item, number)


def test_decisions_and_disagreement_as_planted(release, truth):
    planted = truth["recommendations"]
    decisions = read(release, "recommendations/decisions")
    final = decisions[decisions["final"].astype(bool)]
    by_decision = final.groupby("decision")["recommendation"].apply(sorted).to_dict()
    assert by_decision == {"agreed": planted["agreed"], "no consensus": planted["no_consensus"]}
    assert sorted(final.loc[final["disagreement"].astype(bool), "recommendation"]) == planted["disagreement"]


def test_attrition_as_planted(release, truth):
    rounds = read(release, "recommendations/rounds").set_index("round")
    last = truth["recommendations"]["leaves_after"].values()
    assert rounds["left"].tolist() == [0, *(sum(value == number for value in last) for number in (1, 2))]
    assert rounds["unable"].sum() == len(truth["recommendations"]["unable"])


def test_lay_and_professional_panellists_part_where_planted(release, truth):
    sides = read(release, "recommendations/panel_groups")
    for item in truth["recommendations"]["lay_rate_higher"]:
        mine = sides[(sides["item"] == item) & (sides["dimension"] == "Lay and professional") & (sides["round"] == 3)]
        median = mine.set_index("panel_group")["median"]
        assert median["Lay panellists"] >= 7
        assert median["Professional panellists"] <= 4


def test_small_sides_of_the_panel_stand_together(release):
    sides = read(release, "recommendations/panel_groups")
    ethnic = sides[sides["dimension"] == "Ethnic group"]
    assert set(ethnic["panel_group"]) == {"All panellists", "Asian", "Black", "Mixed and Other, together", "White"}
    assert ethnic["median"].notna().all()


def test_as_many_recommendations_stand_under_each_definition_as_planted(release, truth):
    table = read(release, "recommendations/sensitivity")
    stand = table[table["stands"].astype(bool)].groupby("definition").size().to_dict()
    planted = truth["recommendations"]["stand"]
    assert {name: stand[name] for name in planted} == planted
    assert table.loc[table["study_rule"].astype(bool), "definition"].unique().tolist() == ["heap"]


def test_those_who_leave_were_planted_to_be_no_different(release, truth):
    whole = read(release, "recommendations/attrition").set_index("panel_group").loc["All panellists"]
    left = len(truth["recommendations"]["leaves_after"])
    assert whole["n_left"] == 5 * math.floor(left / 5 + 0.5)  # the demonstration's profile rounds to the nearest 5
    assert pd.notna(whole["rating_left"])
    assert whole["p_value"] > 0.05


def test_three_rounds_of_thirty_panellists_and_evidence_from_every_part(release):
    rounds = read(release, "recommendations/rounds")
    assert len(rounds) == 3
    assert rounds["panellists"].min() >= 30
    assert set(read(release, "recommendations/breadth")["verdict"]) == {"met", "no limit set"}
    register = read(release, "recommendations/register")
    assert len(register) >= 12
    assert {strand for strands in register["strands"] for strand in strands.split("; ")} == set(config.STRANDS)


def test_single_strand_support_is_labelled(release, truth):
    register = read(release, "recommendations/register").set_index("recommendation")
    assert sorted(register.index[register["support"] == "single strand"]) == truth["recommendations"]["single_strand"]


def test_no_vote_leaves_the_restricted_folder(built):
    votes = pd.read_csv(built / "restricted" / "recommendations" / "votes.csv", dtype=str)
    for path in sorted((built / "release").rglob("*.csv")):
        text = path.read_text(encoding="utf-8")
        assert not any(f"{name}," in text for name in sorted(votes["panellist"].unique())), path.name
