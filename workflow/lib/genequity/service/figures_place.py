"""One region among all: where its share lies beside what is expected, and tile maps of the gap with its tile marked.

Functions of released frames only. No provider is shown here.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from genequity import figures
from genequity.groups import named, ordered
from genequity.service import figures_maps
from genequity.service.decomposition import TOTAL
from genequity.service.edition_text import OUTER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Release

NAMED = 12  # regions whose names stand at their lines; of more, only the region's own
LONGEST = 14  # letters of a name that stands at its line; longer ones are shortened as on the tiles
MOST_MAPS = 4
ROWS = 6  # of tiles; a taller map needs more room than a page of an edition has
WIDTH, LEFT = 6.5, 2.0  # inches: the figure, and the lines with their names


def stage(funnel: pd.DataFrame, region: str, gap: str | None) -> str | None:
    """Return the stage at which a region is set beside the others.

    It is the first at which the region lies outside the outer limits, else the first with a clear gap, else the first
    that is given; None where no stage has two regions.

    Parameters
    ----------
    funnel : DataFrame
        ``service/funnel``.
    region : str
        What the edition is about.
    gap : str or None
        Label of the first step with a clear gap.
    """
    rows = funnel[(funnel["kind"] == "region") & funnel["share"].notna()].sort_values("place")
    several = rows.groupby("outcome")["region"].transform("nunique") > 1
    own = rows[several & (rows["region"] == region)]
    if own.empty:
        return None
    outside = own[own["position"].fillna("").astype(str).str.contains(OUTER, regex=False)]
    chosen = next(part for part in (outside, own[own["label"] == gap], own) if len(part))
    return str(chosen["outcome"].iloc[0])


def mapped(steps: pd.DataFrame, region: str, comparator: str, places: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the groups that have a map: as many as there is room for, those with the widest gaps here.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    region, comparator : str
        What the edition is about; the group compared with, which has no map.
    places : sequence of mapping
        ``regions`` of the study, with ``row`` and ``column`` where they have tiles.
    """
    return widest(steps, region, comparator, min(MOST_MAPS, room(places, WIDTH - LEFT)))


def room(places: Sequence[Mapping[str, Any]], width: float) -> int:
    """Return how many maps of tiles one row of this width in inches holds; none where regions have no tiles."""
    if not places or not all("row" in place for place in places) or _tiles(places, "row") > ROWS:
        return 0
    return int(width / (figures_maps.TILE * _tiles(places, "column")))


def widest(steps: pd.DataFrame, region: str, comparator: str, most: int) -> list[str]:
    """Return the groups with the widest gaps over the whole pathway in a region, in reading order."""
    here = steps[(steps["step"] == TOTAL) & (steps["region"] == region) & steps["contribution"].notna()]
    here = here[here["group"].isin(named(here["group"])) & (here["group"] != comparator)]
    order = here.assign(width=-here["contribution"].abs()).sort_values(["width", "group"])
    return ordered(order["group"].head(most))


def _tiles(places: Sequence[Mapping[str, Any]], way: str) -> int:
    """Return how many tiles the map has, by row or column."""
    return max(place[way] for place in places) - min(place[way] for place in places) + 1


def among(funnel: pd.DataFrame, steps: pd.DataFrame, region: str, at: str, comparator: str, release: Release) -> Figure:
    """Draw each region's share at one stage beside what is expected of it, and a map of tiles for each group.

    Parameters
    ----------
    funnel, steps : DataFrame
        ``service/funnel`` and ``service/gap_steps``.
    region : str
        What the edition is about.
    at : str
        The stage (:func:`stage`).
    comparator : str
        Group compared with.
    release : Release
        The open release, for regions and watermark.
    """
    places = release.study.get("regions", [])
    groups = mapped(steps, region, comparator, places)
    rows = funnel[(funnel["kind"] == "region") & (funnel["outcome"] == at) & funnel["share"].notna()]
    drawn = figures_maps.shapes(places, tiles=True) if groups else None
    tall = _tiles(places, "row") if groups else 0
    titles = {group: "\n".join(wrap(group, 15)) for group in groups}
    lines = max((title.count("\n") for title in titles.values()), default=0)
    height = max(0.75 + 0.17 * min(len(rows), NAMED), 0.45 + figures_maps.TILE * tall + 0.15 * lines)
    fig, left, right = _halves(height, len(groups))
    _lines(left, rows, region, {place["label"]: figures_maps.short(place) for place in places})
    whole = steps[(steps["step"] == TOTAL) & steps["group"].isin(groups)]
    furthest = max(1e-9, whole.loc[whole["region"].isin([p["label"] for p in places]), "contribution"].abs().max())
    for group, ax in zip(groups, right, strict=True):
        part = whole[whole["group"] == group].set_index("region")
        figures_maps.tiles_of(ax, drawn, places, part, 100 * furthest, marked=region)
        ax.set_title(titles[group], fontsize=9)
    return figures.finish(fig, release)


def _halves(height: float, maps: int) -> tuple[Figure, Axes, list[Axes]]:
    """Return a figure, the axes of its lines, and those of its maps: they take no room from the lines' words."""
    import matplotlib.pyplot as plt

    figures.use_style()
    fig = plt.figure(figsize=(WIDTH, height))
    if not maps:
        return fig, fig.subplots(), []
    left, right = fig.subfigures(1, 2, width_ratios=[LEFT, WIDTH - LEFT], wspace=0.02)
    return fig, left.subplots(), list(right.subplots(1, maps, squeeze=False)[0])


def _lines(ax: Axes, rows: pd.DataFrame, region: str, short: Mapping[str, str]) -> None:
    """Draw one line a region: the range that is expected of it, and its share; the region's own is filled."""
    rows = rows.sort_values("region" if len(rows) <= NAMED else ["share", "region"])
    for y, row in enumerate(rows.itertuples()):
        own = row.region == region
        outside = not row.wide_low998 <= row.share <= row.wide_high998
        colour = figures.SIGNAL if outside else figures.ACCENT if own else figures.MUTED
        ax.plot([100 * row.wide_low998, 100 * row.wide_high998], [y, y], color=figures.RULE, linewidth=5.5, zorder=1)
        ax.plot(
            100 * row.share, y, "o", color=colour, markersize=6 if own else 4.2,
            markerfacecolor=colour if own else "white", zorder=3,
        )  # fmt: skip
    figures.reference_line(ax, 100 * rows["target"].iloc[0])
    long = rows["region"].str.len().max() > LONGEST
    names = [short.get(name, name) if long else name for name in rows["region"]]
    shown = [
        name if len(rows) <= NAMED or region == whole else "" for name, whole in zip(names, rows["region"], strict=True)
    ]
    ax.set_yticks(range(len(rows)), shown, fontsize=8)
    for name, tick in zip(rows["region"], ax.get_yticklabels(), strict=True):
        tick.set_fontweight("bold" if name == region else "normal")
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.locator_params(axis="x", nbins=4)
    ax.set_xlabel("of 100 records")
    ax.set_title("\n".join(wrap(str(rows["label"].iloc[0]), 24)))
