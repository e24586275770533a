"""What the appendix says, also where the small-number rule withholds, and before there is a panel."""

import pandas as pd
import pytest
from genequity import tables
from genequity.notebook import Absent
from genequity.recommendations import depth, figures


class Shown:
    """A release that holds the given tables, and the others without rows."""

    def __init__(self, **given):
        self.given, self.study = given, {}

    def table(self, name):
        schema = tables.schema(name)
        rows = self.given.get(name.partition("/")[2], [])
        return pd.DataFrame(rows).reindex(columns=[*schema.columns, "suppressed"])


WHOLE = {"dimension": "Whole panel", "panel_group": "All panellists", "n_first": 48, "n_stayed": 39}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"n_left": 9, "rating_stayed": 7.0, "rating_left": 3.0, "p_value": 0.01},
            "Those who left had rated otherwise",
        ),
        ({"n_left": 9, "rating_stayed": 7.0, "rating_left": 6.8, "p_value": 0.4}, "There was no clear difference"),
        ({"n_left": 0, "rating_stayed": 7.0}, "Nobody left between the first and the last round."),
        ({"n_left": None, "rating_stayed": 7.0}, "Too few left to compare ratings."),
    ],
)
def test_who_left_and_whether_they_had_rated_otherwise(row, said):
    assert said in depth.left(Shown(attrition=[WHOLE | row]))[1]


def test_a_study_without_a_panel_says_so_everywhere():
    none = Shown()
    assert depth.left(none)[1] == depth.settled(none)[1] == depth.ONE_ROUND
    assert depth.unmet(none) == ""
    assert isinstance(depth.accord_table(none), Absent)
    assert isinstance(figures.sensitivity_or_absent(none), Absent)
    for frame in (depth.broad(none), depth.changes(none), depth.evidence_to_decision(none)):
        assert frame.attrs["absent"]


def test_sides_that_part_are_named_with_their_split():
    final = {"item": "I1", "round": 2, "recommendation": "R1", "final": True}
    sides = [
        {"dimension": "Ethnic group", "panel_group": group, "item": "I1", "round": 2, "median": median}
        for group, median in (("All panellists", 5.0), ("Asian", 8.0), ("White", 2.0), ("Black", None))
    ]
    assert "on: R1 (by ethnic group)." in depth.parted(Shown(panel=[final], panel_groups=sides))
    close = [side | {"median": 7.0} for side in sides]
    assert depth.parted(Shown(panel=[final], panel_groups=close)).startswith("On no recommendation")


def test_breadth_says_what_was_asked_and_withholds_small_counts():
    rows = [
        {"criterion": "sector", "label": "Largest", "n": 16, "of": 48, "share": 1 / 3, "limit": 0.4, "verdict": "met"},
        {"criterion": "lay", "label": "Lay", "n": None, "of": 48, "share": None, "limit": 0.2, "verdict": "not met"},
        {"criterion": "regions", "label": "Regions", "covered": 6, "to_cover": 7, "verdict": "not met"},
    ]
    found = depth.broad(Shown(breadth=rows)).set_index("label")
    assert found["found"].to_dict() == {"Largest": "33% (16 of 48)", "Lay": "withheld", "Regions": "6 of 7"}
    assert found["asked"].to_dict() == {"Largest": "at most 40%", "Lay": "at least 20%", "Regions": "all"}
    assert depth.unmet(Shown(breadth=rows)) == "Not met: lay; regions."


def test_a_tiny_p_value_is_not_printed_as_nothing():
    row = {"item": "I1", "round_from": 1, "round_to": 2, "n": 40, "p_value": 0.0001, "verdict": "stable"}
    table, said = depth.settled(Shown(stability=[row], rule=[{"stable_change": 0.15}]))
    assert table["p"].tolist() == ["< 0.001"]
    assert "items that were stable: 1; not stable: 0" in said
