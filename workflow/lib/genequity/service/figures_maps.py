"""Maps of regions: tiles in a grid, or outlines where the study names a boundary file. Functions of released frames.

Every value stands in its region as a number; colour only repeats it, from lower (orange) over none (white) to higher
(blue), a pair that colour-blind readers tell apart.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import absent
from genequity.numbers import say
from genequity.places import geographic
from genequity.service.decomposition import TOTAL
from genequity.service.figures_regions import NO_REGIONS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

NO_PLACES = "The look-up of regions gives no rows and columns for tiles, and no boundary file is named."
LOWER, HIGHER = figures.SIGNAL, figures.ACCENT
TILE = 0.36  # inches that a tile needs for its two lines of words
SHORT = 4  # letters of a region's code that fit into its tile


def short(place: Mapping[str, Any]) -> str:
    """Return what a tile calls its region: its code, or the capitals of its label where the code is long.

    >>> short({"code": "E40000012", "label": "North East and Yorkshire"})
    'NEY'
    """
    capitals = "".join(re.findall(r"\b[A-Z]", place["label"]))
    return place["code"] if len(place["code"]) <= SHORT else capitals or place["code"][:SHORT]


def whole_gap(steps: pd.DataFrame, comparator: str, release: Release, *, tiles: bool = False) -> Figure | Absent:
    """Gap of each group over the whole pathway in each region: one map a group.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    comparator : str
        Group compared with; it has no map.
    release : Release
        The open release, for regions and watermark.
    tiles : bool
        Draw tiles even where there are outlines: they need less room.
    """
    places = release.study.get("regions", [])
    rows = steps[(steps["step"] == TOTAL) & steps["group"].isin(named(steps["group"]))]
    rows = rows[rows["region"].isin([place["label"] for place in places]) & (rows["group"] != comparator)]
    if rows.empty:
        return absent(NO_REGIONS)
    tiles = tiles or not all(place.get("outline") for place in places)
    drawn = shapes(places, tiles)
    if drawn is None:
        return absent(NO_PLACES)
    groups = ordered(rows["group"])
    (left, bottom), (right, top) = _corners(drawn, 0.02 if tiles else 0.35)
    wide = min(max(4, int(6.5 / (TILE * round(right - left)))) if tiles else 2, len(groups), 6)
    high = math.ceil(len(groups) / wide)
    width = 6.5 / wide
    titles = ["\n".join(wrap(group, int(80 / wide))) if tiles else group for group in groups]
    lines = max(title.count("\n") for title in titles)
    height = high * (0.3 + 0.15 * lines + min(3.2, width * (top - bottom) / (right - left))) + 0.25
    fig, axes = figures.new(6.5, height, nrows=high, ncols=wide, squeeze=False)
    furthest = max(1e-9, rows["contribution"].abs().max())
    for place, ax in enumerate(axes.flat):
        ax.set_axis_off()
        if place < len(groups):
            part = rows[rows["group"] == groups[place]].set_index("region")
            if tiles:
                tiles_of(ax, drawn, places, part, 100 * furthest)
            else:
                _fill(ax, drawn, places, part, 100 * furthest)
                at = [(*_middle(rings), "center") for rings in drawn]
                _words(ax, places, part, _beside(ax, at, (left, right), (bottom, top)), tiles)
                _framed(ax, (left, bottom), (right, top))
            ax.set_title(titles[place])
    return figures.finish(fig, release)


def tiles_of(
    ax: Axes, drawn, places: Sequence[Mapping[str, Any]], part: pd.DataFrame, furthest: float, marked: str = ""
) -> None:
    """Draw one map of tiles: values in words and fills, the tile of one region marked by its edge.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    drawn : list
        From :func:`shapes`.
    places : sequence of mapping
        ``regions`` of the study.
    part : DataFrame
        ``contribution, low, high`` by region.
    furthest : float
        The value, in points, that has the full colour.
    marked : str
        Label of a region.
    """
    from matplotlib.patches import Polygon

    ax.set_axis_off()
    _fill(ax, drawn, places, part, furthest)
    _words(ax, places, part, [(*_middle(rings), "center") for rings in drawn], True)
    for rings, place in zip(drawn, places, strict=True):
        if place["label"] == marked:
            ax.add_patch(Polygon(rings[0], fill=False, edgecolor=figures.INK, linewidth=1.8, zorder=2.5))
    _framed(ax, *_corners(drawn, 0.02))


def _framed(ax: Axes, low: tuple[float, float], high: tuple[float, float]) -> None:
    ax.set_xlim(low[0], high[0])
    ax.set_ylim(low[1], high[1])
    ax.set_aspect("equal")


def shapes(places: Sequence[Mapping[str, Any]], tiles: bool) -> list[list[list[list[float]]]] | None:
    """Return the rings to draw for each region: its outline or its tile; None where tiles have no place."""
    if not tiles:
        rings = [ring for place in places for ring in place["outline"]]
        if not geographic(rings):
            return [place["outline"] for place in places]
        middle = sum(y for ring in rings for _, y in ring) / sum(map(len, rings))
        squeeze = math.cos(math.radians(middle))  # a degree of longitude is shorter than one of latitude
        return [[[[x * squeeze, y] for x, y in ring] for ring in place["outline"]] for place in places]
    if not all("row" in place for place in places):
        return None
    return [[_tile(place["row"], place["column"])] for place in places]


def _tile(row: int, column: int, edge: float = 0.94) -> list[list[float]]:
    left, top = float(column), float(-row)
    return [[left, top], [left + edge, top], [left + edge, top - edge], [left, top - edge], [left, top]]


def _corners(drawn, margin: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return two corners of the panel: the map and, beside it, a margin as a share of its width."""
    xs, ys = zip(*[point for rings in drawn for ring in rings for point in ring], strict=True)
    wide, high = margin * (max(xs) - min(xs)), 0.02 * (max(ys) - min(ys))
    return (min(xs) - wide, min(ys) - high), (max(xs) + wide, max(ys) + high)


def _fill(ax: Axes, drawn, places: Sequence[Mapping[str, Any]], part: pd.DataFrame, furthest: float) -> None:
    """Fill each region by its value; grey where none is given."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Polygon

    scale = LinearSegmentedColormap.from_list("gap", [LOWER, "#ffffff", HIGHER])
    for rings, place in zip(drawn, places, strict=True):
        value = part["contribution"].get(place["label"])
        # Half way to the full colour at most: words in ink stay readable on every fill.
        fill = scale(0.5 + 0.25 * 100 * value / furthest) if value is not None and value == value else "#e9edf0"
        for ring in rings:
            ax.add_patch(Polygon(ring, facecolor=fill, edgecolor=figures.MUTED, linewidth=0.6))


def _words(ax: Axes, places: Sequence[Mapping[str, Any]], part: pd.DataFrame, at, tiles: bool) -> None:
    """Write each region's name and value; a clear difference is set in bold."""
    for place, (x, y, side) in zip(places, at, strict=True):
        row = part.loc[place["label"]] if place["label"] in part.index else None
        given = row is not None and row["contribution"] == row["contribution"]
        clear = given and not row["low"] <= 0 <= row["high"]
        value = say(100 * row["contribution"], "", 1) if given else "n/g"
        text = f"{short(place)}\n{value}" if tiles else f"{short(place)} {value}"
        ax.text(x, y, text, ha=side, va="center", fontsize=8, fontweight="bold" if clear else "normal")


def _beside(ax: Axes, at, across: tuple[float, float], along: tuple[float, float]) -> list[tuple[float, float, str]]:
    """Return places for words beside a map, each with a line to its region: small regions hold no words."""
    middle = sum(across) / 2
    placed: list[tuple[float, float, str]] = [(0.0, 0.0, "")] * len(at)
    for side, edge in (("left", across[0]), ("right", across[1])):
        here = sorted(
            (i for i, (x, _, _) in enumerate(at) if (x <= middle) == (side == "left")), key=lambda i: at[i][1]
        )
        for y, i in zip(_spread([at[i][1] for i in here], along), here, strict=True):
            placed[i] = (edge, y, side)
            inner = edge + (0.2 if side == "left" else -0.2) * (across[1] - across[0])
            ax.plot([inner, at[i][0]], [y, at[i][1]], color=figures.INK, linewidth=0.5)
            ax.plot(at[i][0], at[i][1], ".", color=figures.INK, markersize=3)
    return placed


def _spread(wanted: Sequence[float], along: tuple[float, float]) -> list[float]:
    """Return heights as near to those wanted (rising) as a line of words each leaves room for."""
    low, high = along
    room = min(0.09 * (high - low), (high - low) / max(1, len(wanted)))
    found: list[float] = []
    for y in wanted:
        found.append(max(y, found[-1] + room) if found else max(y, low + room / 2))
    for i in range(len(found) - 1, -1, -1):
        found[i] = min(found[i], high - room / 2 if i == len(found) - 1 else found[i + 1] - room)
    return found


def _middle(rings) -> tuple[float, float]:
    """Return the centre of mass of the largest ring."""
    best = (0.0, 0.0, 0.0)
    for ring in rings:
        area = x = y = 0.0
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            cross = x1 * y2 - x2 * y1
            area, x, y = area + cross / 2, x + (x1 + x2) * cross / 6, y + (y1 + y2) * cross / 6
        if abs(area) > abs(best[0]):
            best = (area, x / area, y / area)
    return best[1], best[2]
