"""STROBE and RECORD from the settings, and what the appendix says of treatments, ranges and checks."""

import numpy as np
import pandas as pd
import pytest
from genequity import checklists
from genequity.errors import InputError
from genequity.service import checklist, figures_unknown, text_unknown, unknown

RECORD_ITEMS = ["1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1"]


def facts(section, **more):
    return checklist.facts(section | more, "All regions")


def test_every_item_of_both_checklists_stands_once(section):
    table = checklist.filled(None, facts(section))
    assert list(table.loc[table["standard"] == "RECORD", "item"]) == RECORD_ITEMS
    strobe = table.loc[table["standard"] == "STROBE", "item"]
    assert {item.rstrip("abcde") for item in strobe} == {str(number) for number in range(1, 23)}
    assert not table.duplicated(["standard", "item"]).any()


def test_a_run_reports_what_its_settings_say_and_leaves_the_rest_to_the_team(section):
    table = checklist.filled(None, facts(section)).set_index(["standard", "item"])
    assert table.loc[("STROBE", "5"), "answer"] == "Records of 2024-01-01 to 2024-12-31, watched until 2025-03-31."
    assert table.loc[("STROBE", "5"), "section"] == "sec-service-records"
    assert table.loc[("STROBE", "12d"), "state"] == checklists.NOT_APPLICABLE  # no clusters
    assert table.loc[("STROBE", "22"), "state"] == checklist.MISSING
    assert table.loc[("RECORD", "1.3"), "answer"] == "No data sets were linked."
    assert table.loc[("RECORD", "6.2"), "state"] == checklist.MISSING  # no published agreement
    # Words for the abstract are proposed, and are not reported for that.
    assert table.loc[("RECORD", "1.2"), "state"] == checklist.MISSING
    assert "2024-01-01 to 2024-12-31" in table.loc[("RECORD", "1.2"), "answer"]


def test_linkage_clusters_and_agreement_are_reported_where_there_are_any(section):
    inputs = section["inputs"] | {"ethnicity_sources": {"gp": "gp.csv"}, "agreement": "a.csv"}
    table = checklist.filled(None, facts(section, inputs=inputs, cluster="provider")).set_index(["standard", "item"])
    assert table.loc[("RECORD", "6.2"), "state"] == checklists.REPORTED
    assert table.loc[("RECORD", "12.3"), "state"] == checklists.REPORTED
    allowed, independent = table.loc[("STROBE", "12d"), "answer"].rstrip(".").split(". ")
    assert allowed == "Adjusted models and parts of gaps allow for clusters by provider, where there are enough"
    assert independent == "Shares, chances, waits and rates take records as independent: too narrow"
    assert table.loc[("STROBE", "8"), "answer"].endswith("2 columns of the extract and 1 other data set.")


def test_subgroups_and_interactions_are_those_that_the_study_declares(section):
    def item(**more):
        return checklist.filled(None, facts(section, **more)).set_index(["standard", "item"]).loc[("STROBE", "12b")]

    assert item()["answer"] == "Regions are compared group by group."
    strata = {"by": ["group", "deprivation", "sex"]}
    assert item(strata=strata)["answer"] == (
        "Regions are compared group by group. Groups are crossed with deprivation and sex in the appendix."
    )
    none = {key: value for key, value in section["fields"].items() if key != "region"}
    assert item(fields=none)["state"] == checklists.NOT_APPLICABLE
    assert item(fields=none, strata=strata)["answer"].startswith("Groups are crossed")


def test_the_teams_words_come_first_and_a_wrong_number_or_a_strict_gap_stops(section):
    own = {"strobe": {"22": "Paid for by nobody."}, "record": {"12.1": "A secure room."}}
    table = checklist.filled(own, facts(section)).set_index(["standard", "item"])
    assert table.loc[("STROBE", "22"), ["state", "answer"]].tolist() == [checklists.BY_AUTHORS, "Paid for by nobody."]
    with pytest.raises(InputError, match=r"RECORD has no item '2\.1'"):
        checklist.filled({"record": {"2.1": "x"}}, facts(section))
    with pytest.raises(InputError, match="item 20 of STROBE is not reported"):
        checklist.filled({"strict": True}, facts(section))


def treated(*rows):
    frame = pd.DataFrame(rows, columns=["group", "treatment", "value", "low", "high"])
    return pd.DataFrame(
        {
            "outcome": "x", "place": 1, "label": "Accepted", "group": frame["group"], "comparator": "White",
            "treatment": frame["treatment"], "assumes": frame["treatment"].map(unknown.ASSUMES),
            "risk_difference": frame["value"], "risk_difference_low": frame["low"], "risk_difference_high": frame["high"],
        }
    )  # fmt: skip


def test_a_treatment_that_changes_what_is_clear_is_named():
    table = treated(
        ("Asian", unknown.OWN_GROUP, -0.05, -0.08, -0.02), ("Asian", unknown.IMPUTED, -0.03, -0.07, 0.01),
        ("Mixed", unknown.OWN_GROUP, 0.0, -0.02, 0.02), ("Mixed", unknown.IMPUTED, 0.0, -0.02, 0.02),
    )  # fmt: skip
    said = text_unknown.moved(table)
    assert "Accepted, Asian: lower as reported, no clear difference with multiple imputation." in said
    assert "Mixed" not in said
    assert text_unknown.moved(table[table["group"] == "Mixed"]).startswith("No treatment changes")
    assert text_unknown.moved(table[table["treatment"] == unknown.OWN_GROUP]).startswith("Every record")


def test_a_clear_limit_is_never_shown_as_no_difference():
    wide = text_unknown.treatments(treated(("Asian", unknown.OWN_GROUP, -0.0137, -0.027, -0.0003)))
    assert wide[unknown.OWN_GROUP].iloc[0] == "−1.4 (−2.70 to −0.03)"
    assert text_unknown.columns(wide)[unknown.OWN_GROUP] == "As a group"


def test_the_figure_has_a_mark_for_each_treatment_and_says_when_there_is_one_alone():
    table = treated(("Asian", unknown.OWN_GROUP, -0.05, -0.08, -0.02), ("Asian", unknown.IMPUTED, -0.03, -0.07, 0.01))
    figure = figures_unknown.treatments(table)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["Unknown as a group", "Multiple imputation"]
    alone = figures_unknown.treatments(table[table["treatment"] == unknown.OWN_GROUP])
    assert "known group" in str(alone)


def test_ranges_and_warnings_are_told_in_words():
    frame = pd.DataFrame(
        {
            "of": ["share"] * 3, "outcome": "x", "place": 1, "label": "Accepted", "measure": "difference",
            "group": ["Asian", "Black", "White"], "comparator": "White", "agreement_low": [0.8, 0.3, 0.95],
            "agreement_high": [0.9, 0.3, 1.0], "observed": [-0.05, 0.02, np.nan], "low": [-0.07, np.nan, np.nan],
            "chance_low": [-0.055, np.nan, np.nan], "chance_high": [-0.045, np.nan, np.nan], "corrected": np.nan,
            "total_low": np.nan, "total_high": np.nan,
            "high": [-0.06, np.nan, np.nan], "reason": [None, "not possible: the rest", None],
        }
    )  # fmt: skip
    shown = text_unknown.wrong(frame)[["group", "agreement", "as_recorded", "range", "both"]].to_numpy().tolist()
    assert shown == [
        ["Asian", "80% to 90%", "−5.0 (−5.5 to −4.5)", "−7.0 to −6.0", "not given"],
        ["Black", "30%", "2.0", "not possible", "not given"],
    ]
    checks = pd.DataFrame(
        {
            "measure": "x", "check": ["time", "groups", "groups"], "place": [4, 2, 2],
            "group": ["All groups", "White", "Other"], "asks": ["In time", "Same held", "Same held"],
            "verdict": ["fits", "warning", "warning"], "found": ["Near.", "Unlike.", "Unlike."],
        }
    )  # fmt: skip
    said = text_unknown.warnings(checks)
    assert "- Same held: no. Unlike. Groups: White, Other." in said
    assert "No warning: in time." in said
    few = checks.assign(share=np.nan)
    few = pd.concat([few, checks.head(1).assign(check="unknown", asks="Group known", measure="y", share=0.0484)])
    assert "No warning: in time; group known, but for 4.8%." in text_unknown.warnings(few)
