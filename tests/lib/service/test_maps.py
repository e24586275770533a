"""Maps of regions: each value stands in, or beside, its region; without places there is a reason and no map."""

from itertools import pairwise
from types import SimpleNamespace

import pandas as pd
import pytest
from genequity import places
from genequity.notebook import Absent
from genequity.service import figures_maps

NAN = float("nan")
SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


def release(*regions):
    return SimpleNamespace(study={"watermark": "SYNTHETIC DATA", "regions": list(regions)})


def tile(code, row, column):
    return {"code": code, "label": f"Region {code}", "name": code, "row": row, "column": column}


def steps(*rows):
    """Rows: region, group, contribution, low, high of the whole pathway."""
    frame = pd.DataFrame(rows, columns=["region", "group", "contribution", "low", "high"])
    return frame.assign(step="total")


TABLE = steps(
    ("Region A", "Asian", -0.05, -0.06, -0.04),
    ("Region B", "Asian", 0.01, -0.01, 0.03),
    ("Region A", "Not known", 0.5, 0.4, 0.6),
    ("All", "Asian", -0.02, -0.03, -0.01),
)


def words(figure):
    return {text.get_text(): text.get_fontweight() for ax in figure.axes for text in ax.texts}


def test_a_tile_says_its_region_and_value_and_a_clear_one_is_bold():
    found = words(figures_maps.whole_gap(TABLE, "White", release(tile("A", 1, 1), tile("B", 2, 1))))
    assert found == {"A\n−5.0": "bold", "B\n1.0": "normal"}


def test_what_is_not_given_is_said():
    table = steps(("Region A", "Asian", NAN, NAN, NAN), ("Region B", "Asian", 0.01, -0.01, 0.03))
    found = words(figures_maps.whole_gap(table, "White", release(tile("A", 1, 1), tile("B", 2, 1), tile("C", 3, 1))))
    assert {"A\nn/g", "C\nn/g"} < set(found)


def test_lower_and_higher_have_colours_apart_and_words_stay_readable_on_both():
    table = steps(("Region A", "Asian", -0.1, -0.2, -0.05), ("Region B", "Asian", 0.1, 0.05, 0.2))
    figure = figures_maps.whole_gap(table, "White", release(tile("A", 1, 1), tile("B", 2, 1)))
    lower, higher = (patch.get_facecolor() for patch in figure.axes[0].patches)
    assert lower[0] > lower[2]  # orange: more red than blue
    assert higher[2] > higher[0]

    def luminance(colour):
        parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    ink = luminance((0x1D / 255, 0x2B / 255, 0x36 / 255))
    assert all((luminance(fill) + 0.05) / (ink + 0.05) >= 4.5 for fill in (lower, higher))  # WCAG 2.2 AA


@pytest.mark.parametrize(
    ("regions", "reason"),
    [([], figures_maps.NO_REGIONS), ([{"code": "A", "label": "Region A"}], figures_maps.NO_PLACES)],
)
def test_without_regions_or_places_there_is_a_reason(regions, reason):
    found = figures_maps.whole_gap(TABLE, "White", release(*regions))
    assert isinstance(found, Absent)
    assert found == reason


def test_outlines_take_the_place_of_tiles_and_words_stand_beside_the_map():
    regions = [
        tile("A", 1, 1) | {"outline": [SQUARE]},
        tile("B", 2, 1) | {"outline": [[[x + 5, y] for x, y in SQUARE]]},
    ]
    figure = figures_maps.whole_gap(TABLE, "White", release(*regions))
    assert words(figure) == {"A −5.0": "bold", "B 1.0": "normal"}
    assert [text.get_ha() for text in figure.axes[0].texts] == ["left", "right"]
    assert words(figures_maps.whole_gap(TABLE, "White", release(*regions), tiles=True)) == {
        "A\n−5.0": "bold",
        "B\n1.0": "normal",
    }


def test_words_beside_a_map_do_not_overlap_and_stay_in_order():
    found = figures_maps._spread([0.5, 0.5, 0.5, 0.99], (0.0, 1.0))
    assert all(later - earlier >= 0.089 for earlier, later in pairwise(found))
    assert 0 < found[0] < found[-1] < 1


def test_degrees_of_longitude_are_drawn_shorter_than_those_of_latitude():
    """At 60 degrees north a degree of longitude is half as long: cos(60°) = 0.5."""
    ring = [[0, 59], [2, 59], [2, 61], [0, 61]]
    drawn = figures_maps.shapes([{"outline": [ring]}], False)[0][0]
    assert max(x for x, _ in drawn) == pytest.approx(1.0)
    metres = [[0, 0], [200_000, 0], [200_000, 100_000]]
    assert figures_maps.shapes([{"outline": [metres]}], False) == [[metres]]


def test_public_boundaries_are_drawn(real_folder):
    file = str(real_folder / "geography" / "NHSER_JUL_2022_EN_BUC.geojson")
    rows = [{"code": "E40000003", "label": "London"}, {"code": "E40000012", "label": "North East and Yorkshire"}]
    study = release(*places.outlined(places.listed(rows), file))
    table = steps(("London", "Asian", -0.05, -0.06, -0.04), ("North East and Yorkshire", "Asian", 0.01, -0.01, 0.03))
    assert words(figures_maps.whole_gap(table, "White", study)) == {"L −5.0": "bold", "NEY 1.0": "normal"}
