"""What the findings say of unknown ethnicity and of denominators that do not match."""

import pandas as pd
from genequity.findings import finding
from genequity.service import findings_unknown, unknown


def checked(rows):
    return [finding(strand="service", voice="data", certainty="not graded", **row) for row in rows]


def table(*rows):
    columns = ["group", "treatment", "risk_difference", "risk_difference_low", "risk_difference_high"]
    return pd.DataFrame(rows, columns=columns).assign(outcome="x", imputed=1200)


def test_changes_between_treatments_are_counted():
    frame = table(
        ("Asian", unknown.OWN_GROUP, -0.05, -0.08, -0.02), ("Asian", unknown.IMPUTED, -0.02, -0.05, 0.01),
        ("Mixed", unknown.OWN_GROUP, 0.0, -0.02, 0.02), ("Mixed", unknown.IMPUTED, 0.01, -0.01, 0.03),
        ("Not known", unknown.OWN_GROUP, 0.5, 0.4, 0.6),
    )  # fmt: skip
    (row,) = checked(findings_unknown.treatments(frame, "White", "All"))
    assert "Of 2 adjusted differences from White, what is clear changed in 1." in row["statement"]
    assert "by at most 3.0 percentage points, with up to 1,200 records imputed." in row["statement"]
    assert row["direction"] == "described"
    (same,) = checked(findings_unknown.treatments(frame[frame["group"] == "Mixed"], "White", "All"))
    assert "what is clear changed in none." in same["statement"]


def test_nothing_imputed_is_no_finding():
    assert findings_unknown.treatments(table(("Asian", unknown.OWN_GROUP, 0, -1, 1)), "White", "All") == []


def test_a_measure_with_a_warning_is_a_finding_and_one_without_is_none():
    frame = pd.DataFrame(
        {
            "measure": ["a", "a", "b"], "label": "People referred", "check": ["time", "unknown", "unknown"],
            "place": [4, 5, 5], "group": "All groups", "asks": ["In time", "Group known", "Group known"],
            "verdict": ["warning", "fits", "fits"], "share": [float("nan"), 0.05, 0.0], "all_people": [None, 400, 10],
        }
    )  # fmt: skip
    (row,) = checked(findings_unknown.mismatches(frame, "All"))
    assert row["id"] == "service.mismatch.a"
    assert "This does not hold: in time. 5.0% of the people counted have no known group." in row["statement"]
    assert row["n"] == 400
