"""A region among all: which stage is shown, which groups have a map, and what the picture says."""

from types import SimpleNamespace

import pandas as pd
import pytest
from genequity.service import edition_limits, edition_text, figures_place
from matplotlib.patches import Polygon

NAN = float("nan")


def funnel(*rows):
    """Rows: outcome, place, region, share, position; the limits are 0.7 and 0.9, the share of all is 0.8."""
    frame = pd.DataFrame(rows, columns=["outcome", "place", "region", "share", "position"])
    limits = {"target": 0.8, "wide_low998": 0.7, "wide_high998": 0.9}
    return frame.assign(kind="region", label=frame["outcome"].str.title(), **limits)


BOTH = funnel(
    ("accepted", 1, "North", 0.75, "within the limits"),
    ("accepted", 1, "South", 0.85, "within the limits"),
    ("tested", 2, "North", 0.6, "below the 99.8% limits"),
    ("tested", 2, "South", 0.8, "above the 95% limits"),
)


def steps(**gaps):
    """Gap of each group over the whole pathway, the same in both regions; White is compared with."""
    rows = [
        {"step": "total", "region": region, "group": group, "contribution": gap, "low": gap - 0.01, "high": gap + 0.01}
        for region in ("North", "South")
        for group, gap in gaps.items()
    ]
    return pd.DataFrame(rows)


def release(columns=2):
    regions = [
        {"code": code, "label": label, "name": code, "row": 1, "column": column}
        for code, label, column in (("N", "North", 1), ("S", "South", columns))
    ]
    return SimpleNamespace(study={"watermark": "SYNTHETIC DATA", "regions": regions})


def test_the_stage_is_the_first_outside_the_outer_limits_else_of_the_first_gap_else_the_first():
    assert figures_place.stage(BOTH, "North", "Accepted") == "tested"
    assert figures_place.stage(BOTH, "South", "Tested") == "tested"
    assert figures_place.stage(BOTH, "South", None) == "accepted"
    assert figures_place.stage(BOTH[BOTH["region"] == "South"], "South", None) is None  # nothing to lie among
    assert figures_place.stage(BOTH.assign(share=NAN), "South", None) is None


def test_the_first_clear_gap_is_the_earliest_of_any_group():
    pathway = pd.DataFrame({"place": [1, 2], "label": ["Accepted", "Tested"]})
    gaps = [edition_text.Gap("A", 9, None, "", lower=("Tested",)), edition_text.Gap("B", 9, None, "", ("Accepted",))]
    assert edition_text.first_clear(pathway, gaps) == "Accepted"
    assert edition_text.first_clear(pathway, []) is None


def test_groups_with_the_widest_gaps_have_maps_in_reading_order_as_many_as_there_is_room_for():
    table = steps(Asian=-0.02, Black=-0.05, Mixed=0.04, Other=-0.03, Arab=0.001, White=0.0, **{"Not known": 0.5})
    mapped = figures_place.mapped(table, "North", "White", release().study["regions"])
    assert mapped == ["Asian", "Black", "Mixed", "Other"]
    # Nine columns of 0.36 inches leave room for one map.
    assert figures_place.mapped(table, "North", "White", release(9).study["regions"]) == ["Black"]
    without = [{"code": "N", "label": "North"}, {"code": "S", "label": "South"}]
    assert figures_place.mapped(table, "North", "White", without) == []


def test_the_picture_marks_the_region_says_every_gap_and_names_no_provider():
    table = steps(Asian=-0.05, Black=0.005, White=0.0)
    providers = BOTH.assign(kind="provider", region="North", provider="P01")
    figure = figures_place.among(pd.concat([BOTH, providers]), table, "North", "tested", "White", release())
    lines, *maps = [axes for part in figure.subfigs for axes in part.axes]
    assert [tick.get_text() for tick in lines.get_yticklabels()] == ["North", "South"]
    assert [tick.get_fontweight() for tick in lines.get_yticklabels()] == ["bold", "normal"]
    dots = [line for line in lines.get_lines() if line.get_marker() == "o"]
    assert [dot.get_xdata()[0] for dot in dots] == pytest.approx([60, 80])
    assert dots[0].get_markerfacecolor() != "white"
    assert dots[1].get_markerfacecolor() == "white"
    assert dots[0].get_color() != dots[1].get_color()  # North lies outside its range
    assert [axes.get_title("left") for axes in maps] == ["Asian", "Black"]
    assert [text.get_text() for text in maps[0].texts] == ["N\n−5.0", "S\n−5.0"]
    edges = [patch for patch in maps[0].patches if isinstance(patch, Polygon) and not patch.get_fill()]
    assert len(edges) == 1
    assert edges[0].get_xy()[0][0] == pytest.approx(1.0)  # the tile of North


def test_many_regions_are_not_named_but_for_the_own_and_long_names_are_shortened():
    rows = [("tested", 2, f"Region {n:02}", 0.7 + n / 100, "") for n in range(15)]
    figure = figures_place.among(funnel(*rows), steps(Asian=0.1).iloc[:0], "Region 03", "tested", "White", release())
    names = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    assert [name for name in names if name] == ["Region 03"]
    long = BOTH.assign(region=BOTH["region"] + " and somewhere else")
    other = release()
    for place in other.study["regions"]:
        place["label"] += " and somewhere else"
    one = figures_place.among(long, steps(Asian=0.1).iloc[:0], "North and somewhere else", "tested", "White", other)
    assert [tick.get_text() for tick in one.axes[0].get_yticklabels()] == ["N", "S"]


def test_the_verdict_says_what_can_be_used_where_some_can():
    rows = pd.DataFrame(
        [
            {"verdict": "partial", "complete": 0.5, "validity": 0.4},
            {"verdict": "not measurable", "complete": NAN, "validity": NAN},
        ]
    )
    assert [edition_limits._told(row) for row in rows.itertuples()] == ["partial (20% can be used)", "not measurable"]
