"""Regions as the report prints them: code, label, name of their edition, and where they lie on a map.

A *tile* is a region's place in a grid (row, column), from the look-up's own columns. An *outline* is the boundary of a
region, a list of rings of ``[x, y]``, from a GeoJSON file that the study names; both are optional.
"""

from __future__ import annotations

import csv
import itertools
import json
import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from genequity import sheets
from genequity.errors import InputError, Problem, missing_file

NATIONAL = "national"
POINTS = 160  # of one region's outline after simplification: a small map shows no more
SMALLEST = 0.002  # of the largest ring's area: smaller islands cannot be seen on a small map

Ring = list[list[float]]


def of(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the regions that the service strand is reported for; none where its records name no region.

    Read while rules are put together, so the look-up is read without pandas; a missing one is left to the rule's input.

    Parameters
    ----------
    config : mapping
        A complete config, or what a release pack says of its study.
    """
    if "pack" in config:
        return config["study"].get("regions", [])
    lookup = config["regions"].get("lookup")
    named = ((config.get("service") or {}).get("fields") or {}).get("region")
    return listed(rows(lookup)) if lookup and named and Path(lookup).is_file() else []


def rows(lookup: str) -> list[dict[str, str]]:
    """Return the rows of a look-up, a CSV or a workbook, as text."""
    if sheets.is_workbook(lookup):
        sheet = sheets.read(lookup, ("code", "label"))
        found = [dict(zip(sheet.header, cells, strict=False)) for _, cells in sheet.rows]
    else:
        with open(lookup, encoding="utf-8-sig", newline="") as handle:
            found = list(csv.DictReader(line for line in handle if not line.startswith("#")))
    return [{str(key).strip(): str(value or "").strip() for key, value in row.items()} for row in found]


def listed(lookup: Iterable[Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return code, label, file name and place in the grid of each region.

    >>> listed([{"code": "E4 1", "label": "North", "row": "1", "column": "2"}])
    [{'code': 'E4 1', 'label': 'North', 'name': 'E4-1', 'row': 1, 'column': 2}]
    """
    places: list[dict[str, Any]] = []
    taken = {NATIONAL}
    for row in lookup:
        code, label = row.get("code", ""), row.get("label", "")
        if not code or not label:
            continue
        name = re.sub(r"[^A-Za-z0-9._]+", "-", code).strip("-.") or "region"
        stem, more = name, 2
        while name.casefold() in taken:  # some file systems do not tell A from a
            name, more = f"{stem}-{more}", more + 1
        taken.add(name.casefold())
        place: dict[str, Any] = {"code": code, "label": label, "name": name}
        if str(row.get("row", "")).isdigit() and str(row.get("column", "")).isdigit():
            place |= {"row": int(row["row"]), "column": int(row["column"])}
        places.append(place)
    return places


def outlined(places: list[dict[str, Any]], boundaries: str | None) -> list[dict[str, Any]]:
    """Return regions with the outlines of a GeoJSON file, simplified for a small map.

    Features are matched by the property that holds every region's code, or else every region's label.

    Parameters
    ----------
    places : list of dict
        From :func:`listed`.
    boundaries : str or None
        A GeoJSON FeatureCollection of polygons; None leaves the regions as they are.

    Raises
    ------
    InputError
        When the file is missing or is no such collection, or when regions have no feature.
    """
    if not boundaries or not places:
        return places
    file = Path(boundaries)
    if not file.is_file():
        raise InputError(missing_file(boundaries))
    try:
        features = json.loads(file.read_text(encoding="utf-8-sig"))["features"]
        named = [(dict(feature["properties"] or {}), _rings(feature["geometry"])) for feature in features]
    except (ValueError, KeyError, TypeError, IndexError):
        message = "this is not a GeoJSON file of polygons"
        raise InputError(Problem(boundaries, message, expected="a FeatureCollection of polygons")) from None
    key, field = _matched(places, [properties for properties, _ in named], boundaries)
    found: dict[str, list[Ring]] = {}
    for properties, rings in named:
        found.setdefault(str(properties.get(key, "")), []).extend(rings)
    return [place | {"outline": _simple(found[place[field]])} for place in places]


def _matched(places: list[dict[str, Any]], properties: list[dict[str, Any]], file: str) -> tuple[str, str]:
    """Return the property that tells regions apart, and whether it holds codes or labels."""
    best: tuple[int, str, str] = (0, "", "")
    for field in ("code", "label"):
        wanted = {place[field] for place in places}
        for key in dict.fromkeys(key for row in properties for key in row):
            hits = len(wanted & {str(row.get(key, "")) for row in properties})
            if hits == len(wanted):
                return key, field
            best = max(best, (hits, key, field))
    hits, key, field = best
    held = {str(row.get(key, "")) for row in properties}
    lost = [place[field or "label"] for place in places if place[field or "label"] not in held]
    raise InputError(
        Problem(
            file,
            f"it has no boundary for: {', '.join(map(repr, lost[:5]))}",
            where=f"property {key}" if hits else "",
            expected="one property that holds the code, or the label, of every region of regions.lookup",
        )
    )


def _rings(geometry: Mapping[str, Any]) -> list[Ring]:
    """Return the outer rings of a polygon or of several."""
    kind, held = geometry["type"], geometry["coordinates"]
    polygons = {"Polygon": [held], "MultiPolygon": held}[kind]
    return [[[float(point[0]), float(point[1])] for point in polygon[0]] for polygon in polygons]


def _simple(rings: list[Ring]) -> list[Ring]:
    """Drop islands that cannot be seen, and points of outlines that bend little (Visvalingam and Whyatt, 1993)."""
    largest = max(map(_area, rings))
    kept = [ring for ring in rings if _area(ring) >= SMALLEST * largest]
    whole = sum(map(len, kept))
    thinned = [_thinned(ring, max(8, round(POINTS * len(ring) / whole))) for ring in kept]
    digits = 4 if geographic(thinned) else 0
    return [[[round(x, digits), round(y, digits)] for x, y in ring] for ring in thinned]


def geographic(rings: Iterable[Ring]) -> bool:
    """Whether points are degrees of longitude and latitude, rather than metres."""
    return all(abs(x) <= 180 and abs(y) <= 90 for ring in rings for x, y in ring)


def _area(ring: Ring) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in itertools.pairwise(ring))) / 2


def _thinned(ring: Ring, most: int) -> Ring:
    """Take out points, always the one whose triangle with its neighbours is smallest, until ``most`` are left."""
    import heapq

    points = ring[:-1] if ring[0] == ring[-1] else ring
    count = len(points)
    before, after = [(i - 1) % count for i in range(count)], [(i + 1) % count for i in range(count)]

    def size(i: int) -> float:
        (ax, ay), (bx, by), (cx, cy) = points[before[i]], points[i], points[after[i]]
        return abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2

    sizes = [size(i) for i in range(count)]
    heap = [(value, i) for i, value in enumerate(sizes)]
    heapq.heapify(heap)
    left, gone = count, [False] * count
    while left > max(most, 4):
        value, i = heapq.heappop(heap)
        if gone[i] or not math.isclose(value, sizes[i], rel_tol=0, abs_tol=0):
            continue
        gone[i], left = True, left - 1
        after[before[i]], before[after[i]] = after[i], before[i]
        for near in (before[i], after[i]):
            sizes[near] = max(value, size(near))  # a point that was flattened goes no sooner than its neighbour did
            heapq.heappush(heap, (sizes[near], near))
    kept = [point for point, out in zip(points, gone, strict=True) if not out]
    return [*kept, kept[0]]
