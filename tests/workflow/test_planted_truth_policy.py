"""The built demonstration: what was planted in the policy documents is found, exactly."""

import pytest
from genequity import config, files, tables
from genequity.coding import agreement
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config" / "demo" / "truth.yaml")["policy"]


@pytest.fixture(scope="module")
def release(built):
    return built / "release"


def read(release, name):
    return tables.read(files.find_table(release, name), name)


def test_grades_are_those_planted(release, truth):
    counts = read(release, "policy/grade_counts")
    whole = counts[counts["publisher"] == "All publishers"].set_index("grade")["documents"]
    assert whole.to_dict() == {grade: spec["documents"] for grade, spec in truth["grades"].items()}


def test_themes_are_those_planted_and_the_silent_one_stays_silent(release, truth):
    focus = read(release, "policy/review_focus").set_index("theme")
    assert focus["documents"].to_dict() == {theme: spec["documents"] for theme, spec in truth["themes"].items()}
    assert focus.loc["travel", "priority"] == "not raised"


def test_disagreement_is_what_was_planted(release, truth):
    pairs = sum(spec["documents"] for spec in truth["themes"].values())
    pairs += sum(spec["documents"] for grade, spec in truth["grades"].items() if grade != "none")
    omitted, added = truth["second_coder"]["omitted"], truth["second_coder"]["added"]
    table = read(release, "policy/agreement").set_index("code")
    codes = len(table) - 1
    cells = truth["documents"] * truth["passages"] * codes
    row = table.loc["All codes"]
    both, neither = pairs - omitted, cells - pairs - added
    assert row[["both", "first_only", "second_only", "neither"]].tolist() == [both, omitted, added, neither]
    expected = agreement.cohen([[both, omitted], [added, neither]]).value
    assert row["kappa"] == pytest.approx(expected, abs=5e-5)


def test_the_flow_sums(release, truth):
    flow = read(release, "policy/flow").drop_duplicates("stage").set_index("stage")["documents"]
    assert flow["identified"] == flow["excluded"] + flow["included"]
    assert flow["included"] == flow["coded"] == truth["documents"]


def test_what_commitments_lack_is_as_planted(release, truth):
    gaps = read(release, "policy/commitment_gaps")
    named = dict(zip(gaps["element"], gaps["named"], strict=True))
    assert named == truth["commitments"]["named"]
    assert set(gaps["of"]) == {6}


def test_the_silent_category_is_found_and_what_nobody_looked_for_is_not_called_silent(release, truth):
    frames = read(release, "policy/frames")
    silent = frames[frames["state"] == "silent"].groupby("frame")["category"].apply(list).to_dict()
    assert silent == truth["silent_categories"]
    religion = frames[frames["category"] == "Religion"].iloc[0]
    assert (religion["state"], religion["codes"], religion["documents"]) == ("without code", 0, 0)
