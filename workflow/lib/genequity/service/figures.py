"""Figures of the service chapter: functions of released frames, nothing is estimated here.

Groups stand in reading order from top to bottom; the comparator is hollow, groups without a known answer are grey.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from textwrap import wrap
from typing import TYPE_CHECKING

from genequity import figures
from genequity.groups import ordered
from genequity.notebook import absent
from genequity.service.rates import COUNTED
from genequity.service.records import ALL_GROUPS, ALL_STATUS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

NOT_GROUPS = ("Not stated", "Not known", "Unknown")
NARROWEST = 6.0  # percentage points: an axis shows at least this much, so that small differences look small


def facets(names: list[str], height: float, left: float = 0.0, widest: int = 6, **options) -> tuple[Figure, list[Axes]]:
    """Return a figure and one titled panel for each name, in as many rows as it takes.

    Parameters
    ----------
    names : list of str
        Titles; they are wrapped to the width of a panel.
    height, left : float
        Inches of one row without its title, and of the labels at its left.
    widest : int
        Panels in a row, at most.
    **options
        For :func:`genequity.figures.new`.
    """
    rows = math.ceil(len(names) / widest)
    columns = math.ceil(len(names) / rows)
    titles = ["\n".join(wrap(name, max(9, int(12 * (6.5 - left) / columns)))) for name in names]
    lines = 1 + max(title.count("\n") for title in titles)
    size = 0.2 + rows * (height + 0.16 * (lines - 1))
    fig, axes = figures.new(6.5, size, nrows=rows, ncols=columns, squeeze=False, **options)
    for ax in axes.flat[len(names) :]:
        ax.set_visible(False)
    for ax, title in zip(axes.flat, titles):
        ax.set_title(title)
        ax.tick_params(labelbottom=True)
    return fig, list(axes.flat[: len(names)])


def completeness(table: pd.DataFrame, national: str, release: Release | None = None) -> Figure:
    """Share of people without a known answer, by region: declined beside not known."""
    shown = table[(table["status"] != "Known") & (table["status"] != ALL_STATUS)]
    regions = [*sorted(r for r in set(shown["region"]) if r != national), national]
    statuses = [
        status
        for status in ("Not stated", "Not known")
        if shown.loc[shown["status"] == status, "people"].fillna(1).sum()
    ]
    fig, ax = figures.new(6.5, 0.95 + 0.27 * len(regions))
    for status, colour, marker in zip(statuses, (figures.ACCENT, figures.SIGNAL), ("o", "s")):
        part = shown[shown["status"] == status].set_index("region")["share"].astype(float)
        at = [100 * part.get(region, math.nan) for region in regions]
        ax.plot(at, range(len(regions)), marker, color=colour, markersize=6)
        label = {"Not stated": "Asked, not stated", "Not known": "Not known"}[status]
        ax.annotate(
            label,
            (at[0] if at[0] == at[0] else at[-1], 0),
            (0, 9),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=8.5,
        )
    ax.set_yticks(range(len(regions)), regions)
    ax.set_ylim(len(regions) - 0.4, -1.0)
    ax.set_xlim(0, max(1.0, 115 * shown["share"].astype(float).max()))
    ax.set_xlabel("People, %")
    ax.grid(axis="x")
    if len(regions) > 1:
        ax.get_yticklabels()[-1].set_fontweight("bold")
    return figures.finish(fig, release)


def rates(table: pd.DataFrame, national: str, comparator: str, release: Release | None = None) -> Figure | Absent:
    """Standardised rate of each group with its interval, one panel a measure."""
    here = table[(table["region"] == national) & ~table["group"].isin(NOT_GROUPS)]
    if here["rate"].notna().sum() == 0:
        return absent("No rate can be computed: there is no population to divide by.")
    panels = [
        (f"{label}\n(of: {COUNTED.get(part['denominator'].iloc[0], 'people')})", part)
        for label, part in here.groupby("label", sort=False)
    ]
    columns = ("rate", "low", "high")
    return small_multiples(
        panels, columns, 1.0, "per 100,000 person-years", comparator, release, wide=2, from_zero=True
    )


def pathway(
    table: pd.DataFrame,
    national: str,
    comparator: str,
    release: Release | None = None,
    parts: tuple[str, ...] | None = None,
) -> Figure | Absent:
    """Share that reaches each stage from the one before, by group, one panel a stage of the parts asked for."""
    here = table[(table["region"] == national) & (table["group"] != ALL_GROUPS)].sort_values("place")
    if parts:
        here = here[here["part"].isin(parts)]
    if here.empty:
        return absent("The pathway of this study has no such stage.")
    panels = [(f"{label}\n(of: {part['after'].iloc[0]})", part) for label, part in here.groupby("label", sort=False)]
    columns = ("share", "share_low", "share_high")
    return small_multiples(panels, columns, 100.0, "records, %", comparator, release, narrowest=NARROWEST)


def adjusted(table: pd.DataFrame, model: str, national: str, comparator: str, release: Release | None = None) -> Figure:
    """Adjusted difference from the comparator in percentage points, one panel a stage."""
    here = table[(table["model"] == model) & (table["region"] == national) & (table["group"] != comparator)]
    here = here[~here["group"].isin(NOT_GROUPS)]
    panels = [(label, part) for label, part in here.sort_values("place").groupby("label", sort=False)]
    columns = ("risk_difference", "risk_difference_low", "risk_difference_high")
    return small_multiples(panels, columns, 100.0, "percentage points", comparator, release, zero=0.0, share_x=True)


def gaps(table: pd.DataFrame, national: str, comparator: str, release: Release | None = None) -> Figure | Absent:
    """Part of each step in the gap over the whole pathway, in percentage points, one panel a step."""
    here = table[(table["region"] == national) & table["contribution"].notna()].sort_values("place")
    here = here[~here["group"].isin(NOT_GROUPS)]
    if here.empty:
        return absent("No gap can be shared out to steps.")
    panels = [(label, part) for label, part in here.groupby("label", sort=False)]
    columns = ("contribution", "low", "high")
    return small_multiples(
        panels,
        columns,
        100.0,
        "percentage points",
        comparator,
        release,
        wide=2,
        zero=0.0,
        share_x=True,
        line=0.25,
    )


def regions(
    table: pd.DataFrame, outcome: str, model: str, national: str, comparator: str, release: Release | None = None
) -> Figure | Absent:
    """Adjusted odds ratio of each group in every region, one panel a group, with the national estimate as a line."""
    here = table[(table["outcome"] == outcome) & (table["model"] == model)]
    here = here[(here["group"] != comparator) & ~here["group"].isin(NOT_GROUPS)]
    names = sorted(r for r in set(here["region"]) if r != national)
    if not names:
        return absent("This study has no regions.")
    groups = ordered(here["group"])
    left = 0.075 * max(map(len, names))
    fig, axes = facets(groups, 0.8 + 0.24 * len(names), left, sharex=True, sharey=True)
    for ax, group in zip(axes, groups):
        part = here[here["group"] == group].set_index("region")
        _dots(
            ax,
            part,
            names,
            ("odds_ratio", "odds_ratio_low", "odds_ratio_high"),
            1.0,
            lambda name: (figures.ACCENT, True),
        )
        figures.reference_line(ax, 1.0)
        if national in part.index and part.loc[national, "odds_ratio"] == part.loc[national, "odds_ratio"]:
            ax.axvline(part.loc[national, "odds_ratio"], color=figures.SIGNAL, linewidth=1.2, zorder=0)
        ax.set_xscale("log")
        _ratio_ticks(ax)
        ax.grid(axis="x")
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    for ax in axes:
        ax.set_xlabel(f"odds ratio\n({comparator} = 1)")
    return figures.finish(fig, release)


def small_multiples(
    panels,
    columns,
    scale,
    words,
    comparator,
    release,
    *,
    wide=3,
    zero=None,
    share_x=False,
    from_zero=False,
    narrowest=0.0,
    line=0.21,
) -> Figure:
    """Draw small multiples of dots with intervals that share their groups; each has a ``line`` of so many inches."""
    wide = min(wide, len(panels))
    rows = math.ceil(len(panels) / wide)
    groups = ordered(group for _, part in panels for group in part["group"])
    line = max(line, 0.28) if rows == 1 else line
    height = rows * (0.75 + line * len(groups)) + 0.4
    fig, axes = figures.new(6.5, height, nrows=rows, ncols=wide, sharey=True, sharex=share_x, squeeze=False)

    def look(group: str) -> tuple[str, bool]:
        return (figures.MUTED if group in NOT_GROUPS else figures.ACCENT, group != comparator)

    for place, ax in enumerate(axes.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        title, part = panels[place]
        part = part.set_index("group")
        _dots(ax, part, groups, columns, scale, look)
        if zero is not None:
            figures.reference_line(ax, zero)
        elif comparator in part.index and part.loc[comparator, columns[0]] == part.loc[comparator, columns[0]]:
            figures.reference_line(ax, scale * part.loc[comparator, columns[0]])
        ax.set_title("\n".join(line for part_of in title.split("\n") for line in wrap(part_of, 75 // wide)))
        ax.grid(axis="x")
        ax.tick_params(labelbottom=True)
        if place + wide >= len(panels):
            ax.set_xlabel(words)
        low, high = ax.get_xlim()
        if high - low < narrowest:
            high = min(100.0, (low + high + narrowest) / 2) if high <= 100 else high
            ax.set_xlim(high - narrowest, high + 0.02 * narrowest)
        if from_zero:
            ax.set_xlim(0, 1.05 * high)
        ax.locator_params(axis="x", nbins=4)
    axes[0][0].set_yticks(range(len(groups)), groups)
    axes[0][0].set_ylim(len(groups) - 0.4, -0.6)
    return figures.finish(fig, release)


def _dots(ax: Axes, part: pd.DataFrame, names: list[str], columns, scale: float, look: Callable) -> None:
    """Draw one dot and its interval for each name; a name without an estimate says so."""
    for y, name in enumerate(names):
        if name not in part.index:
            continue
        value, low, high = (
            scale * float(part.loc[name, c]) if part.loc[name, c] == part.loc[name, c] else math.nan for c in columns
        )
        colour, filled = look(name)
        if math.isnan(value):
            ax.annotate(
                "not given",
                (0.5, y),
                xycoords=("axes fraction", "data"),
                ha="center",
                va="center",
                fontsize=8,
                color=figures.MUTED,
            )
            continue
        ax.plot([low, high], [y, y], color=colour, linewidth=1.6, solid_capstyle="butt")
        ax.plot(
            value,
            y,
            "o",
            color=colour,
            markersize=5.5,
            markerfacecolor=colour if filled else "white",
            markeredgewidth=1.4,
        )


def _ratio_ticks(ax: Axes) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ax.xaxis.set_major_locator(FixedLocator([0.25, 0.5, 1, 2, 4]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
