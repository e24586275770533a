"""Regions side by side, the long table of differences, the scorecard, and the drawn flow of records."""

import re
from types import SimpleNamespace

import pandas as pd
from genequity.service import edition_limits, figures, figures_flow, text, text_regions

NAN = float("nan")


def test_the_gap_of_each_region_stands_in_reading_order_all_regions_last():
    rows = [
        ("total", "North", "Other", -0.02, -0.03, -0.01),
        ("total", "North", "Asian", NAN, NAN, NAN),
        ("total", "All", "Asian", -0.05, -0.06, -0.0004),
        ("total", "All", "Other", 0.01, -0.01, 0.03),
        ("total", "East", "Asian", 0.0, -0.01, 0.01),
        ("total", "East", "Not known", 0.5, 0.4, 0.6),
        ("tested", "East", "Asian", 0.9, 0.8, 1.0),
    ]
    frame = pd.DataFrame(rows, columns=["step", "region", "group", "contribution", "low", "high"])
    found = text_regions.whole_gap(frame, "All")
    assert list(found.columns) == ["region", "Asian", "Other"]
    assert list(found["region"]) == ["East", "North", "All"]
    assert list(found["Asian"]) == ["0.0 (−1.0 to 1.0)", "not given", "−5.0 (−6.00 to −0.04)"]
    assert text_regions.whole_gap(frame[frame["region"] == "All"], "All").attrs["absent"] == text_regions.NO_REGIONS


def test_differences_leave_out_comparator_and_unknown_and_a_clear_ratio_never_prints_one():
    columns = ["risk_difference", "odds_ratio", "risk_ratio", "risk_difference_average"]
    values = {f"{c}{end}": 0.0 for c in columns for end in ("", "_low", "_high")}
    values |= {"odds_ratio": 1.2, "odds_ratio_low": 1.002, "odds_ratio_high": 1.4}
    values |= {"risk_difference_average": -0.02, "risk_difference_average_low": -0.03}
    base = {"model": "full", "region": "All", "comparator": "White", "place": 1, "detectable": 0.02} | values
    frame = pd.DataFrame([base | {"group": group} for group in ("White", "Other", "Asian", "Not stated")])
    found = text_regions.differences(frame, "full", "All")
    assert list(found["group"]) == ["Asian", "Other"]
    assert list(found["least"]) == ["2.0", "2.0"]  # percentage points
    assert found["odds_ratio_text"].iloc[0] == "1.20 (1.002 to 1.400)"
    assert found["average"].iloc[0] == "−2.0 (−3.0 to 0.0)"


def test_the_scorecard_lists_what_cannot_be_shown_first_and_says_why():
    rows = [
        ("a", 1, "North", "adequate", 1.0, 1.0, 0.9, "", ""),
        ("b", 2, "North", "partial", 0.5, 0.8, 0.9, "", ""),
        ("c", 3, "North", "not measurable", NAN, NAN, NAN, "Clinics", "No field."),
        ("d", 4, "North", "withheld", NAN, NAN, 0.9, "", ""),
        ("e", 5, "South", "partial", 0.5, 0.5, 0.9, "", ""),
    ]
    columns = ["label", "place", "region", "verdict", "complete", "validity", "adequate_from", "holder", "reason"]
    found = edition_limits.scorecard(pd.DataFrame(rows, columns=columns), "North")
    assert list(found["label"]) == ["c", "b", "d"]
    assert list(found["holder"]) == ["Clinics", "–", "–"]
    # 0.5 of 0.8: 40% can be used
    assert list(found["why"]) == [
        "No field.",
        "40% of records can be used; 90% are asked for.",
        "Its counts are withheld.",
    ]


def test_the_flow_draws_each_reason_and_both_ends():
    rows = [
        (1, "duplicate", "Same record identifier", 400.0),
        (2, "age", "Missing or impossible age", NAN),
        (3, "analysed", "Records analysed", 1600.0),
        (4, "read", "Records read", 2000.0),
    ]
    figure = figures_flow.flow(pd.DataFrame(rows, columns=["place", "step", "label", "records"]))
    words = " | ".join(text.get_text() for text in figure.axes[0].texts)
    assert "Records read | 2,000 | Records analysed | 1,600" in words
    assert "400  Same record identifier" in words
    assert "withheld  Missing or impossible age" in words


def test_a_figure_of_parts_shows_those_parts_alone():
    base = {"region": "All", "after": "Referred", "share": 0.5, "share_low": 0.4, "share_high": 0.6}
    rows = [base | {"label": "Accepted", "part": "access", "place": 1}, base | {"label": "Failed", "part": "delivery"}]
    frame = pd.DataFrame([row | {"group": group} for row in rows for group in ("Asian", "White")])
    figure = figures.pathway(frame, "All", "White", None, ("delivery",))
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["Failed\n(of: Referred)"]
    assert "no such stage" in figures.pathway(frame, "All", "White", None, ("family",))


def release(*statements):
    table = pd.DataFrame({"place": range(len(statements)), "outcome": [f"o{i}" for i in range(len(statements))]})
    said = {f"service.o{i}": statement for i, statement in enumerate(statements)}
    return SimpleNamespace(table=lambda name: table, finding=said.__getitem__)


def test_what_all_outcomes_say_stands_once():
    same = ", compared with White after adjustment for age: lower for Asian (−5.0 percentage points; −6.0 to −4.0; 1,200 records)"
    unclear = "; no clear difference for Mixed (1.3 points; 800 records); 9,000 records in all."
    unclear += " In brackets: what would be found with 80% power."
    found = text.outcomes(release(f"Accepted{same}{unclear}", f"Tested{same}."))
    lead, *items = re.split(r"\n+", found.strip())
    assert lead == (
        "Compared with White after adjustment for age. In brackets: percentage points; interval; the group's records. "
        "Beside no clear difference: what would be found with 80% power; records."
    )
    lower = "lower for Asian (−5.0; −6.0 to −4.0; 1,200)"
    assert items == [f"- Accepted: {lower}; no clear difference for Mixed (1.3; 800).", f"- Tested: {lower}."]


def test_outcomes_that_differ_in_what_they_adjust_for_say_it_each():
    lines = ["Accepted, compared with White after adjustment for age: lower.", "Tested, compared with White: lower."]
    assert text.outcomes(release(*lines)) == "".join(f"- {line}\n" for line in lines)
