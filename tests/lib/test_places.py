"""Regions as the report prints them: names of files, tiles, and outlines from a GeoJSON file."""

import json
from pathlib import Path

import pytest
from genequity import places
from genequity.errors import InputError

SQUARE = [[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]


def test_names_of_files_are_safe_and_told_apart_where_case_does_not_count():
    rows = [{"code": code, "label": code} for code in ("A/1", "a 1", "national", "Ø")]
    assert [place["name"] for place in places.listed(rows)] == ["A-1", "a-1-2", "national-2", "region"]


def test_a_tile_needs_row_and_column():
    rows = [{"code": "A", "label": "Region A", "row": "1", "column": ""}]
    assert places.listed(rows) == [{"code": "A", "label": "Region A", "name": "A"}]


def test_regions_are_those_of_the_records(tmp_path):
    lookup = tmp_path / "regions.csv"
    lookup.write_text("# comment\ncode,label\nA,Region A\n,\n", encoding="utf-8-sig")
    study = {"regions": {"lookup": str(lookup)}, "service": {"fields": {"region": "area"}}}
    assert [place["label"] for place in places.of(study)] == ["Region A"]
    assert places.of({**study, "service": {"fields": {}}}) == []
    assert places.of({**study, "service": None}) == []
    assert places.of({"pack": {}, "study": {"regions": [1]}}) == [1]


def geojson(tmp_path, *features):
    file = tmp_path / "regions.geojson"
    shapes = [
        {"type": "Feature", "properties": properties, "geometry": {"type": kind, "coordinates": held}}
        for properties, kind, held in features
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}))
    return str(file)


def test_outlines_are_matched_by_the_property_that_holds_all_labels_and_small_islands_go(tmp_path):
    island = [[9, 9], [9.1, 9], [9.1, 9.1], [9, 9]]  # area 0.005 against 16: below 0.2%
    file = geojson(
        tmp_path,
        ({"n": 1, "name": "Region A"}, "MultiPolygon", [[SQUARE], [island]]),
        ({"n": 2, "name": "Region B"}, "Polygon", [SQUARE]),
    )
    found = places.outlined(places.listed([{"code": "A", "label": "Region A"}]), file)
    assert found == [{"code": "A", "label": "Region A", "name": "A", "outline": [SQUARE]}]


@pytest.mark.parametrize("text", ["", "[]", '{"features": [{"properties": {}, "geometry": {"type": "Point"}}]}'])
def test_what_is_no_geojson_of_polygons_is_refused(tmp_path, text):
    file = tmp_path / "x.geojson"
    file.write_text(text)
    with pytest.raises(InputError, match="not a GeoJSON file of polygons"):
        places.outlined(places.listed([{"code": "A", "label": "A"}]), str(file))


def test_a_region_without_a_boundary_is_named(tmp_path):
    file = geojson(tmp_path, ({"code": "A"}, "Polygon", [SQUARE]))
    rows = [{"code": "A", "label": "Region A"}, {"code": "B", "label": "Region B"}]
    with pytest.raises(InputError, match="no boundary for: 'B'"):
        places.outlined(places.listed(rows), file)


def test_simplifying_takes_out_the_points_that_bend_least():
    """A square with points along its sides: the corners stay, whatever else goes."""
    sides = [[x / 50, 0] for x in range(200)] + [[4, y / 50] for y in range(200)]
    ring = [*sides, [4, 4], [0, 4], [0, 0]]
    thin = places._simple([ring])[0]
    assert len(thin) <= places.POINTS + 1
    assert {(0, 0), (4, 0), (4, 4), (0, 4)} <= {tuple(point) for point in thin}
    assert places._area(thin) == pytest.approx(16)


def test_public_boundaries_of_the_regions_of_england(real_folder):
    """London is found by code and by name; a fifth of its points keep its area within 1%."""
    file = str(real_folder / "geography" / "NHSER_JUL_2022_EN_BUC.geojson")
    by_code = places.outlined(places.listed([{"code": "E40000003", "label": "Capital"}]), file)
    by_name = places.outlined(places.listed([{"code": "L", "label": "London"}]), file)
    assert by_code[0]["outline"] == by_name[0]["outline"]
    features = json.loads(Path(file).read_text())["features"]
    whole = next(f["geometry"] for f in features if f["properties"]["NHSER22NM"] == "London")["coordinates"][0]
    thin = places._thinned(whole, len(whole) // 5)
    assert len(thin) <= len(whole) // 5 + 1
    assert places._area(thin) == pytest.approx(places._area(whole), rel=0.01)
    assert max(map(len, by_code[0]["outline"])) <= places.POINTS + 1
