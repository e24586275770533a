"""What the findings say of gaps, waits, families, inequality, funnels and of what cannot be measured."""

import numpy as np
import pandas as pd
import pytest
from genequity.findings import finding
from genequity.service import findings_delivery, findings_spread, wording

NAN = float("nan")
METHODS = {"level": 0.95, "power": 0.8}
SECTION = {
    "methods": METHODS,
    "start": {"id": "referred", "label": "Referred"},
    "pathway": [{"id": "accepted", "label": "Accepted"}, {"id": "tested", "label": "Tested", "theme": "travel"}],
    "outcomes": ["accepted", "tested"],
    "scorecard": [{"id": "language", "label": "Language", "theme": "language"}],
}
THEMES = {"accepted": "access", "tested": "travel"}


def checked(rows):
    """Return the rows by id, each of them a finding of the register."""
    return {row["id"]: finding(strand="service", voice="data", certainty="not graded", **row) for row in rows}


def step(group, name, place, part, low, high, reason=None):
    return {
        "region": "All", "group": group, "comparator": "White", "step": name, "place": place, "label": name.title(),
        "eligible": 100, "contribution": part, "low": low, "high": high, "reason": reason,
    }  # fmt: skip


def test_a_gap_names_the_steps_at_which_it_arises():
    frame = pd.DataFrame(
        [
            step("Asian", "accepted", 1, -0.05, -0.06, -0.04), step("Asian", "tested", 2, -0.01, -0.03, 0.01),
            step("Asian", "total", 3, -0.06, -0.08, -0.04),
            step("Mixed", "accepted", 1, 0.0, -0.01, 0.01), step("Mixed", "tested", 2, 0.0, -0.01, 0.01),
            step("Mixed", "total", 3, 0.0, -0.02, 0.02),
            step("Other", "accepted", 1, NAN, NAN, NAN, "no record reached one of the steps"),
            step("Other", "total", 2, NAN, NAN, NAN, "no record reached one of the steps"),
            step("Not known", "total", 3, 0.5, 0.4, 0.6),
        ]
    )  # fmt: skip
    found = checked(findings_delivery.gaps(frame, SECTION, "White", "All", {"Not known"}))
    assert list(found) == ["service.gap", "service.gap.asian", "service.gap.mixed", "service.gap.other"]
    asian, mixed, other = (found[f"service.gap.{group}"] for group in ("asian", "mixed", "other"))
    assert (asian["direction"], asian["estimate"], asian["n"]) == ("lower", -0.06, 100)
    assert "Clear parts arise at: Accepted (−5.0 percentage points; −6.0 to −4.0)." in asian["statement"]
    assert mixed["direction"] == "no_clear_difference"
    # .02 / 1.95996 · (1.95996 + .84162) = .0286.
    least = "A difference of 2.9 percentage points would be found with 80% power."
    assert f"No clear difference. {least} No step has a clear part." in mixed["statement"]
    assert "would be found" not in asian["statement"]
    assert other["direction"] == "not_measurable"
    assert "because no record reached one of the steps" in other["statement"]
    assert found["service.gap"]["direction"] == "lower"
    assert "most of it at Accepted" in found["service.gap"]["statement"]


def wait(group, difference, low, high, **more):
    row = {"outcome": "tested", "label": "Tested", "after": "Accepted", "group": group, "records": 900, "horizon": 60}
    row |= {"difference": difference, "difference_low": low, "difference_high": high, "median": 20.0, "reason": None}
    row |= {"hazard_ratio": NAN, "hazard_ratio_low": NAN, "hazard_ratio_high": NAN, "adjusted_for": None}
    return row | more


def test_a_wait_says_longer_or_shorter_and_the_adjusted_hazard():
    hazard = {"hazard_ratio": 0.9, "hazard_ratio_low": 0.85, "hazard_ratio_high": 0.95, "adjusted_for": "age, sex"}
    frame = pd.DataFrame(
        [
            wait("White", NAN, NAN, NAN, median=18.0),
            wait("Asian", 3.14, 1.0, 5.2, **hazard),
            wait("Mixed", -0.4, -2.0, 1.2),
            wait("Other", NAN, NAN, NAN, reason="fewer than 10 came to an end"),
            wait("All groups", 0.0, 0.0, 0.0),
        ]
    )
    found = checked(findings_delivery.waits(frame, METHODS, "White", "All", set(), THEMES))
    assert set(found) == {f"service.wait.tested.{group}" for group in ("asian", "mixed", "other")}
    asian, mixed, other = (found[f"service.wait.tested.{group}"] for group in ("asian", "mixed", "other"))
    assert "on average 3.1 days longer than for White within 60 days (difference 1.0 to 5.2)" in asian["statement"]
    assert "after adjustment for age and sex, the hazard ratio was 0.90 (0.85 to 0.95)" in asian["statement"]
    assert (asian["direction"], asian["unit"], asian["theme"]) == ("higher", "days", "travel")
    assert "0.4 days shorter" in mixed["statement"]
    assert mixed["direction"] == "no_clear_difference"
    assert "hazard" not in mixed["statement"]
    assert other["direction"] == "not_measurable"
    assert other["statement"].endswith("can be given: fewer than 10 came to an end.")


def test_relatives_are_compared_by_family():
    base = {"stage": "kin", "label": "A relative tested", "probands": 300}
    frame = pd.DataFrame(
        [
            base | {"group": "White", "each": 0.67, "ratio": NAN, "ratio_low": NAN, "ratio_high": NAN},
            base | {"group": "Asian", "each": 0.5, "ratio": 0.75, "ratio_low": 0.6, "ratio_high": 0.93},
            base | {"group": "Mixed", "each": NAN, "ratio": NAN, "ratio_low": NAN, "ratio_high": NAN},
        ]
    )
    found = checked(findings_delivery.cascades(frame, METHODS, "White", "All", set(), {}))
    assert found["service.relatives.kin.asian"]["direction"] == "lower"
    assert (
        "0.50 relatives for each proband compared with 0.67 for White"
        in found["service.relatives.kin.asian"]["statement"]
    )
    assert found["service.relatives.kin.mixed"]["direction"] == "not_measurable"


def measure(dimension, name, estimate, low, high):
    row = {"of": "share", "outcome": "tested", "label": "Tested", "dimension": dimension, "measure": name, "n": 500}
    return row | {"estimate": estimate, "low": low, "high": high}


@pytest.mark.parametrize(("low", "direction"), [(0.01, "higher"), (-0.01, "no_clear_difference")])
def test_inequality_is_absolute_and_relative_at_once(low, direction):
    frame = pd.DataFrame(
        [
            measure("deprivation", "sii_ohid", 0.05, low, 0.09),
            measure("deprivation", "rii_ohid", 1.2, 1.05, 1.35),
            measure("group", "mdr", 0.02, 0.01, 0.03),
        ]
    )
    (row,) = checked(findings_spread.inequality(frame, SECTION, "White", "All", THEMES)).values()
    assert row["direction"] == direction
    assert "slope index 5.0 percentage points" in row["statement"]
    assert "relative index 1.20 (1.05 to 1.35)" in row["statement"]
    assert "the mean difference from White was 2.0 percentage points" in row["statement"]
    assert ("No clear difference" in row["statement"]) == (direction == "no_clear_difference")


def test_a_funnel_counts_providers_and_names_none():
    frame = pd.DataFrame({
        "kind": "provider", "outcome": "tested", "label": "Tested", "provider": ["P1", "P2", "P3"],
        "share": [0.5, 0.8, np.nan], "eligible": [100, 200, 5], "low998": 0.6, "high998": 0.9, "phi": 4.0,
        "position": ["below the 99.8% limits", "within the limits", None],
    })  # fmt: skip
    (row,) = checked(findings_spread.funnels(frame, "All", THEMES)).values()
    assert "1 of 2 providers lay outside the 99.8% limits of chance alone, and 1 outside" in row["statement"]
    assert "4.0 times" in row["statement"]
    assert "P1" not in row["statement"]
    assert row["n"] == 300


def test_what_cannot_be_measured_is_a_finding_that_says_who_holds_it():
    frame = pd.DataFrame({
        "item": ["age", "stage_tested", "language"], "label": ["Age", "Tested", "Language"], "place": [1, 2, 3],
        "kind": ["field", "stage", "field"], "region": "All", "verdict": ["adequate", "partial", "not measurable"],
        "records": [400, 200, None], "valid": [396, 50, None],
        "holder": [None, None, "Clinics"], "reason": [None, None, "No field for it."],
    })  # fmt: skip
    found = checked(findings_spread.adequacy(frame, SECTION, "All"))
    assert list(found) == ["service.adequacy", "service.adequacy.stage_tested", "service.adequacy.language"]
    language = found["service.adequacy.language"]
    assert (language["direction"], language["theme"], language["n"]) == ("not_measurable", "language", None)
    assert language["statement"].endswith("No field for it. Held by: Clinics.")
    partial = found["service.adequacy.stage_tested"]
    assert (partial["theme"], partial["pathway_step"]) == ("travel", "tested")
    assert "known in 25.0% of 200 records" in partial["statement"]
    assert "1 of 3 fields and stages are adequate, 1 partial and 1 not measurable: Language" in found[
        "service.adequacy"]["statement"]  # fmt: skip


def test_a_clear_difference_never_reads_as_none():
    assert wording.points(-0.008, -0.017, -0.0004) == "−0.8 percentage points; −1.70 to −0.04"
    assert wording.ratio(0.95, 0.9, 0.998) == "0.95 (0.900 to 0.998)"


def test_the_least_ratio_that_would_be_found_stands_above_and_below_one():
    # log 1.1 / 1.95996 · 2.80158 = .13624: e to it 1.146, its inverse .873.
    assert wording.least_ratio(1 / 1.1, 1.1, METHODS) == "A ratio of 1.15, or of 0.87, would be found with 80% power."
    assert wording.verdict("lower", "x") == ""
