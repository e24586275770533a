"""The appendix's tables on chances, waits, families and what is held where."""

import numpy as np
import pandas as pd
from genequity.service import text_delivery

NAN = float("nan")


def test_chances_stand_by_group_and_stage_in_order():
    rows = [
        ("access", 1, "Accepted", "White", 0.8, 0.79, 0.81), ("access", 2, "Tested", "White", 0.6, 0.59, 0.61),
        ("access", 1, "Accepted", "Asian", 0.7, 0.65, 0.75), ("access", 2, "Tested", "Asian", NAN, NAN, NAN),
        ("delivery", 3, "Found", "White", 0.2, 0.1, 0.3), ("access", 1, "Accepted", "All groups", 0.8, 0.7, 0.9),
    ]  # fmt: skip
    columns = ["part", "place", "label", "group", "chance", "chance_low", "chance_high"]
    frame = pd.DataFrame(rows, columns=columns).assign(region="All")
    found = text_delivery.chances(frame, "All")
    assert found.columns.tolist() == ["group", "Accepted", "Tested"]
    assert found.values.tolist() == [
        ["Asian", "70.0 (65.0 to 75.0)", "not given"], ["White", "80.0 (79.0 to 81.0)", "60.0 (59.0 to 61.0)"],
    ]  # fmt: skip
    assert text_delivery.chances(frame, "All", "family").attrs["absent"]


def test_hazards_say_how_they_were_made_and_leave_out_the_comparator():
    frame = pd.DataFrame({
        "outcome": "reported", "group": ["White", "Black", "Asian"], "hazard_ratio": [NAN, 0.9, 1.0],
        "hazard_ratio_low": [NAN, 0.8, NAN], "hazard_ratio_high": [NAN, 0.98, NAN],
        "adjusted_for": "age, sex", "variance": "model-based",
    })  # fmt: skip
    found = text_delivery.hazards(frame)
    assert found[["group", "hazard_text"]].values.tolist() == [["Asian", "not given"], ["Black", "0.90 (0.80 to 0.98)"]]
    assert text_delivery.hazard_note(frame).endswith("Adjusted for: age, sex. Intervals: model-based.")
    assert text_delivery.hazards(frame.head(1)).attrs["absent"]


def test_families_mark_the_comparator_and_what_is_withheld():
    base = {"stage": "kin", "label": "A relative tested", "comparator": "White"}
    given = {"share": 0.4, "share_low": 0.3, "share_high": 0.5, "each": 0.6, "each_low": 0.5, "each_high": 0.7}
    frame = pd.DataFrame([
        base | given | {"group": "White", "ratio": NAN, "ratio_low": NAN, "ratio_high": NAN},
        base | given | {"group": "Asian", "ratio": 0.9, "ratio_low": 0.8, "ratio_high": 1.0},
        base | dict.fromkeys(given, NAN) | {"group": "Other", "ratio": NAN, "ratio_low": NAN, "ratio_high": NAN},
    ])  # fmt: skip
    found = text_delivery.families(frame)
    columns = ["group", "share_text", "each_text", "ratio_text"]
    assert found[columns].values.tolist() == [
        ["Asian", "40.0 (30.0 to 50.0)", "0.60 (0.50 to 0.70)", "0.90 (0.80 to 1.00)"],
        ["White", "40.0 (30.0 to 50.0)", "0.60 (0.50 to 0.70)", "1 (comparator)"],
        ["Other", "not given", "not given", "not given"],
    ]
    assert found["who"].tolist() == ["Asian", "White", "Other"]
    more = pd.concat([frame, frame.assign(stage="more", label="Another")])
    assert text_delivery.families(more)["who"].tolist()[::3] == ["A relative tested: Asian", "Another: Asian"]
    assert text_delivery.families(frame.head(0)).attrs["absent"] == "This study does not follow relatives."


def test_relatives_show_stages_that_somebody_came_to():
    frame = pd.DataFrame({
        "group": ["White", "White", "Asian"], "label": ["Tested", "Asked", "Tested"], "place": [1, 2, 1],
        "eligible": [10, 0, 20], "share": [0.5, NAN, 0.25], "share_low": [0.3, NAN, 0.1], "share_high": [0.7, NAN, 0.5],
    })  # fmt: skip
    found = text_delivery.relatives(frame)
    assert found.values.tolist() == [["Asian", "25.0 (10.0 to 50.0)"], ["White", "50.0 (30.0 to 70.0)"]]


def test_what_is_held_counts_regions_by_verdict():
    frame = pd.DataFrame({
        "place": [1, 1, 1, 2], "label": ["Age"] * 3 + ["Language"], "region": ["All", "A", "B", "All"],
        "records": [30, 20, 10, None], "complete": [0.9, 1.0, 0.7, np.nan], "validity": [1.0, 1.0, 1.0, np.nan],
        "verdict": ["adequate", "adequate", "partial", "not measurable"],
    })  # fmt: skip
    found = text_delivery.held(frame, "All")
    assert found[["label", "complete", "verdict", "regions"]].values.tolist() == [
        ["Age", "90.0%", "yes", "yes: 1, in part: 1"], ["Language", "–", "no", "–"],
    ]  # fmt: skip
