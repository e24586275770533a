"""Figures that set regions side by side: small multiples and a tile map. Functions of released frames only."""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import absent
from genequity.service.figures import small_multiples

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

FEW = 8  # groups, up to which a page has room for two rows of panels
NO_REGIONS = "This study has no regions: there is nothing to set side by side."


def in_order(regions, national: str) -> list[str]:
    """Return regions in alphabetical order, all of them together last."""
    return [*sorted({region for region in regions if region != national}), national]


def whole_gap(steps: pd.DataFrame, national: str, comparator: str, release: Release | None = None) -> Figure | Absent:
    """Gap of each group over the whole pathway, one panel a region and one for all of them.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    national : str
        Name of all regions together.
    comparator : str
        Group compared with.
    release : Release, optional
        The open release, for the watermark.
    """
    whole = steps[(steps["step"] == "total") & steps["group"].isin(named(steps["group"]))]
    if whole["region"].nunique() < 2:
        return absent(NO_REGIONS)
    shown = [(region, whole[whole["region"] == region]) for region in in_order(whole["region"], national)]
    columns = ("contribution", "low", "high")
    return small_multiples(
        shown, columns, 100.0, "percentage points", comparator, release, wide=4, zero=0.0, share_x=True
    )


def edition(
    steps: pd.DataFrame, region: str, national: str, comparator: str, release: Release | None = None
) -> Figure | None:
    """Gap of each group at each step in one region (filled) beside all regions (hollow), one panel a step.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    region, national : str
        What the edition is about, and the name of all regions together.
    comparator : str
        Group compared with.
    release : Release, optional
        The open release, for the watermark.

    Returns
    -------
    Figure or None
        None where nothing is given for the region.
    """
    rows = steps[steps["group"].isin(named(steps["group"])) & steps["region"].isin([region, national])]
    rows = rows.sort_values("place")
    if rows.loc[rows["region"] == region, "contribution"].isna().all():
        return None
    names = ordered(rows["group"])
    panels = _room(list(rows.groupby("label", sort=False)), region, len(names))
    wide = min(4, len(panels))
    high = math.ceil(len(panels) / wide)
    height = high * (0.45 + (0.28 if len(names) <= FEW else 0.15) * len(names)) + 0.35
    fig, axes = figures.new(6.5, height, nrows=high, ncols=wide, sharex=True, sharey=True, squeeze=False)
    for place, ax in enumerate(axes.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        label, part = panels[place]
        for y, name in enumerate(names):
            for row in part[part["group"] == name].itertuples():
                _pair(ax, row, y, of_region=row.region == region, alone=region == national)
        figures.reference_line(ax, 0.0)
        ax.set_title("\n".join(wrap(label, max(9, int(11.5 * (6.5 - 0.06 * max(map(len, names))) / wide)))))
        ax.grid(axis="x")
        ax.tick_params(labelbottom=True)
        ax.locator_params(axis="x", nbins=4)
        if place + wide >= len(panels):
            ax.set_xlabel("points of 100")
    axes[0][0].set_yticks(range(len(names)), names, fontsize=9 if len(names) <= FEW else 8)
    axes[0][0].set_ylim(len(names) - 0.4, -0.6)
    return figures.finish(fig, release)


def _room(panels: list, region: str, groups: int) -> list:
    """Return the panels that a page has room for: all, or the whole and the steps with the widest parts here."""
    if len(panels) <= 4 or (groups <= FEW and len(panels) <= 8):
        return panels
    widest = {label: part.loc[part["region"] == region, "contribution"].abs().max() for label, part in panels[:-1]}
    kept = sorted(widest, key=lambda label: -widest[label] if widest[label] == widest[label] else 0.0)[:3]
    return [panel for panel in panels[:-1] if panel[0] in kept] + panels[-1:]


def _pair(ax: Axes, row, y: int, *, of_region: bool, alone: bool) -> None:
    """Draw one estimate: the region's own in colour, that of all regions hollow and grey below it."""
    at = y if alone else y - 0.14 if of_region else y + 0.2
    if row.contribution != row.contribution:
        if of_region:
            ax.annotate("not given", (0.02, at), xycoords=("axes fraction", "data"), va="center", fontsize=8)
        return
    colour = figures.ACCENT if of_region else figures.MUTED
    ax.plot([100 * row.low, 100 * row.high], [at, at], color=colour, linewidth=1.6 if of_region else 1.0)
    fill = colour if of_region else "white"
    ax.plot(100 * row.contribution, at, "o", color=colour, markersize=5 if of_region else 4, markerfacecolor=fill)
