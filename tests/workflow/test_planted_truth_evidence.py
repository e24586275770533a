"""The built evidence synthesis against what truth.yaml plants."""

import re

import numpy as np
import pandas as pd
import pytest
import yaml
from genequity import config, tables
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text())["evidence"]


@pytest.fixture(scope="module")
def table(built):
    def read(name):
        return tables.read(config.marked(f"{built}/release/evidence/{name}.csv", "synthetic"), f"evidence/{name}")

    return read


def boxes(flow):
    return {box: int(n) for box, n in flow[flow["item"] == "All"].set_index("box")["n"].items()}


def test_the_planted_duplicates_are_found_and_no_others(table, truth):
    """A title's number and its kind say which work a record is; the merges are exactly the planted copies."""
    ledger = table("ledger").set_index("record")
    assert ledger["duplicate_of"].notna().sum() == truth["duplicates"]
    for record, kept in ledger["duplicate_of"].dropna().items():
        ours, theirs = (
            re.sub(r"\W+", " ", ledger.loc[r, "title"].lower().replace(" of the ", " of ")).strip()
            for r in (record, kept)
        )
        assert ours == theirs
        dois = {ledger.loc[r, "doi"] for r in (record, kept)} - {np.nan}
        assert len({doi for doi in dois if isinstance(doi, str)}) <= 1
    assert len(table("unsure")) == truth["look_alikes"].count("preprint")


def test_the_flow_is_the_planted_one(table, truth):
    found, plan = boxes(table("flow")), truth["screening"]
    hits = sum(len(where) * n for where, n in truth["overlap"].items())
    assert found["identified"] == hits
    assert found["screened"] == hits - truth["duplicates"]
    assert (found["sought"], found["not_retrieved"]) == (plan["sought"], plan["not_retrieved"])
    assert (found["reports"], found["studies"]) == (plan["reports"], plan["studies"])
    assert found["conflicts_screening"] == plan["open_conflicts"]
    flow = table("flow")
    reasons = flow[(flow["box"] == "excluded_full_text") & (flow["item"] != "All")].set_index("item")["n"]
    assert reasons.to_dict() == plan["excluded"]


def test_the_planted_conflicts_are_counted(table, truth):
    agreement = table("agreement").set_index("stage")
    assert agreement.loc["title_abstract", "conflicts"] == truth["screening"]["conflicts"]
    assert agreement.loc["full_text", "conflicts"] == 0


def test_the_planted_effects_are_recovered(table, truth):
    pooled = table("pooled").set_index(["outcome", "group"])
    for plan in truth["effects"]:
        row = pooled.loc[(plan["outcome"], plan["group"])]
        assert row["k"] == plan["k"]
        if plan["k"] < 2:
            assert row["status"] == "not pooled"
            continue
        assert row["log_estimate"] == pytest.approx(plan["effect"], abs=0.05)
        assert row["tau2"] == pytest.approx(plan["tau2"], abs=0.02)
        assert row["tau2_low"] <= plan["tau2"] <= row["tau2_high"]


def test_the_planted_zero_is_no_clear_difference(built, truth):
    found = pd.read_csv(config.marked(f"{built}/release/evidence/findings.csv", "synthetic")).set_index("id")
    assert found.loc["evidence.referral_to_a_specialist_clinic.black", "direction"] == "no_clear_difference"
    assert found.loc["evidence.uptake_of_genomic_testing.asian", "direction"] == "lower"
    assert found.loc["evidence.understanding_of_results.asian", "direction"] == "not_measurable"


def test_representation_is_the_planted_one(table, truth):
    found = table("representation").set_index("group")["share"]
    for group, share in truth["participants"].items():
        assert found[group] == pytest.approx(share, abs=0.002)


def test_the_silent_theme_stays_silent(table, built, truth):
    focus = table("focus").set_index("theme")
    assert focus.loc[truth["silent_theme"], "studies"] == 0
    found = pd.read_csv(config.marked(f"{built}/release/evidence/findings.csv", "synthetic"))
    assert truth["silent_theme"] not in set(found["theme"])
