"""Figures of providers: shrunken estimates in order of size, and funnels. Functions of released frames only.

No provider is named: names stand in the released tables, under the small-number rule.
"""

from __future__ import annotations

import math
from textwrap import wrap
from typing import TYPE_CHECKING

from genequity import figures
from genequity.notebook import absent
from genequity.service.funnel import ALL_PROVIDERS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

NO_PROVIDERS = "The extract names no providers."
WIDE = 4  # panels beside each other


def caterpillar(table: pd.DataFrame, labels: dict[str, str], release: Release | None = None) -> Figure | Absent:
    """Shrunken odds ratio of every provider with its interval, in order of size, one panel a stage.

    Parameters
    ----------
    table : DataFrame
        ``service/providers``.
    labels : dict
        Stage id -> label, in the order of the pathway.
    release : Release, optional
        The open release, for the watermark.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    here = table[(table["provider"] != ALL_PROVIDERS) & table["odds_ratio"].notna()]
    panels = [(label, here[here["outcome"] == stage]) for stage, label in labels.items()]
    panels = [(label, part) for label, part in panels if len(part)]
    if not panels:
        return absent("No shrunken estimate of a provider can be given.")
    fig, axes = _grid(len(panels), 1.55)
    low, high = here["odds_ratio_low"].min() / 1.05, here["odds_ratio_high"].max() * 1.05
    for place, ax in enumerate(axes.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        label, part = panels[place]
        part = part.sort_values(["odds_ratio", "provider"]).astype(dict.fromkeys(part.columns[4:7], float))
        for x, row in enumerate(part.itertuples()):
            clear = row.odds_ratio_low > 1 or row.odds_ratio_high < 1
            colour = figures.SIGNAL if clear else figures.ACCENT
            ax.plot([x, x], [row.odds_ratio_low, row.odds_ratio_high], color=colour, linewidth=0.9)
            ax.plot(x, row.odds_ratio, "o", color=colour, markersize=2.4)
        figures.reference_line(ax, 1.0, "y")
        ax.set_yscale("log")
        ax.set_ylim(low, high)
        ax.yaxis.set_major_locator(FixedLocator([0.25, 0.33, 0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4]))
        ax.yaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.set_xticks([])
        ax.grid(axis="y")
        ax.set_title("\n".join(wrap(label, 19)))
        ax.set_xlabel(f"{len(part)} providers")
        if place % WIDE == 0:
            ax.set_ylabel("odds ratio")
    return figures.finish(fig, release)


def funnel(table: pd.DataFrame, release: Release | None = None) -> Figure | Absent:
    """Share of each provider by its number of records, with funnel limits, one panel a stage.

    Parameters
    ----------
    table : DataFrame
        ``service/funnel``.
    release : Release, optional
        The open release, for the watermark.
    """
    here = table[(table["kind"] == "provider") & (table["provider"] != ALL_PROVIDERS) & table["share"].notna()]
    here = here[here["low998"].notna()].sort_values("place")
    if here.empty:
        return absent(NO_PROVIDERS)
    panels = list(here.groupby("label", sort=False))
    fig, axes = _grid(len(panels), 1.6)
    for place, ax in enumerate(axes.flat):
        if place >= len(panels):
            ax.set_visible(False)
            continue
        label, part = panels[place]
        part = part.sort_values(["eligible", "provider"])
        numbers = [c for c in part.columns if c.startswith(("low", "high", "wide_", "share", "target", "eligible"))]
        part = part.astype(dict.fromkeys(numbers, float))
        n = part["eligible"]
        if part["wide_low998"].notna().all():
            ax.fill_between(
                n, 100 * part["wide_low998"], 100 * part["wide_high998"], color=figures.RULE, alpha=0.45, lw=0
            )
        for side in ("low", "high"):
            ax.plot(n, 100 * part[f"{side}998"], color=figures.MUTED, linewidth=0.9)
        figures.reference_line(ax, 100 * part["target"].iloc[0], "y")
        outside = part["position"].astype(str).str.contains("99.8%", regex=False)
        for rows, colour, size in ((part[~outside], figures.ACCENT, 3.0), (part[outside], figures.SIGNAL, 4.2)):
            ax.plot(rows["eligible"], 100 * rows["share"], "o", color=colour, markersize=size, linestyle="none")
        ax.set_title("\n".join(wrap(label, 19)))
        room = 0.06 * (n.max() - n.min()) or 1.0
        ax.set_xlim(n.min() - room, n.max() + room)
        ax.locator_params(axis="x", nbins=3)
        ax.locator_params(axis="y", nbins=5)
        ax.grid(axis="y")
        if place + WIDE >= len(panels):
            ax.set_xlabel("records")
        if place % WIDE == 0:
            ax.set_ylabel("reached, %")
    return figures.finish(fig, release)


def _grid(panels: int, height: float):
    wide = min(WIDE, panels)
    rows = math.ceil(panels / wide)
    return figures.new(6.5, rows * (height + 0.4) + 0.2, nrows=rows, ncols=wide, squeeze=False)
