"""The built demonstration finds what was planted in the service data, and nothing where nothing was planted."""

import numpy as np
import pytest
import yaml
from genequity import findings, tables
from genequity.config import ROOT
from genequity.files import find_table

pytestmark = pytest.mark.slow

STANDARD_ERRORS = 3.5  # an estimate may lie this far from the planted value: fewer than 1 in 2,000 does so by chance


@pytest.fixture(scope="module")
def truth():
    return yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text(encoding="utf-8"))["service"]


@pytest.fixture(scope="module")
def table(built):
    folder = built / "release" / "service"
    return lambda name: tables.read(find_table(folder, name), f"service/{name}")


@pytest.fixture(scope="module")
def found(built):
    return findings.read(find_table(built / "release" / "service", "findings")).set_index("id")


def distance(estimate, low, high, planted):
    """How many standard errors an estimate on the log scale lies from the truth."""
    se = (np.log(high) - np.log(low)) / (2 * 1.96)
    return abs(np.log(estimate) - planted) / se


def test_planted_defects_are_found_exactly(truth, table):
    flow = table("flow").set_index("step")["records"]
    assert flow["read"] == truth["records"]
    assert flow["order"] == truth["defects"]["date"] // 2  # half of the planted dates come before the referral
    assert flow["order"] + flow["date"] == truth["defects"]["date"]  # the others after the day of the extract
    assert {step: flow[step] for step in ("duplicate", "age")} == {
        step: truth["defects"][step] for step in ("duplicate", "age")
    }
    quality = table("quality").set_index("check")["count"]
    assert quality["ethnicity"] == truth["defects"]["unlisted_code"]
    assert quality["deprivation"] == truth["defects"]["deprivation"]
    assert quality["sex"] == truth["defects"]["sex"]
    assert quality["conflict"] > 0


def test_tests_that_may_still_be_reported_are_pending(table):
    pathway = table("pathway")
    national = pathway[(pathway["region"] == "All regions") & (pathway["group"] == "All groups")].set_index("stage")
    assert national.loc["reported", "pending"] > 0
    assert national.loc["accepted", "pending"] == 0
    # Planted: all but 4 in 1,000 tests are reported in the end; pending ones counted as failures would hide it.
    assert national.loc["reported", "share"] == pytest.approx(0.996, abs=0.001)


def test_rate_ratios_are_recovered(truth, table):
    rates = table("rates")
    national = rates[(rates["region"] == "All regions") & (rates["measure"] == "referred")].set_index("group")
    for group, ratio in truth["rate_ratio"].items():
        row = national.loc[group]
        assert distance(row["ratio"], row["ratio_low"], row["ratio_high"], np.log(ratio)) < STANDARD_ERRORS, group


@pytest.mark.parametrize("stage", ["accepted", "tested", "in_target", "cause_found"])
def test_log_odds_are_recovered(truth, table, stage):
    planted, extra = truth["stages"][stage]["group"], truth["regional"]
    adjusted = table("adjusted")
    fits = adjusted[
        (adjusted["outcome"] == stage) & (adjusted["model"] == "full") & (adjusted["region"] == "All regions")
    ]
    for row in fits.set_index("group").loc[["Asian", "Black", "Mixed", "Other"]].itertuples():
        if (stage, row.Index) == (extra["stage"], extra["group"]):
            continue  # one region differs: see below
        far = distance(row.odds_ratio, row.odds_ratio_low, row.odds_ratio_high, planted.get(row.Index, 0.0))
        assert far < STANDARD_ERRORS, (stage, row.Index)


def test_uncertain_results_differ_as_planted(truth, found):
    for group in truth["stages"]["uncertain"]["group"]:
        assert found.loc[f"service.uncertain.{group.lower()}", "direction"] == "higher"


def test_the_planted_zero_is_reported_as_no_clear_difference(truth, found):
    assert truth["stages"]["tested"]["group"] == {}
    assert found.loc["service.tested", "direction"] == "no_clear_difference"
    assert found.loc["service.regional.tested", "direction"] == "no_clear_difference"


def test_the_one_region_that_differs_is_found_and_no_other(truth, found, table):
    extra = truth["regional"]
    clear = [
        identifier
        for identifier in found.index
        if identifier.startswith("service.regional.") and identifier.count(".") == 4
    ]
    assert clear == [f"service.regional.{extra['stage']}.{extra['group'].lower()}.region_{extra['region'].lower()}"]
    row = (
        table("regional")
        .set_index(["outcome", "group", "region"])
        .loc[(extra["stage"], extra["group"], f"Region {extra['region']}")]
    )
    assert distance(row["ratio"], row["ratio_low"], row["ratio_high"], extra["extra"]) < STANDARD_ERRORS


def test_missing_ethnicity_is_a_finding(found):
    row = found.loc["service.recording"]
    assert (row["theme"], row["direction"]) == ("data_recording", "described")
    assert 0.03 < row["estimate"] < 0.08
