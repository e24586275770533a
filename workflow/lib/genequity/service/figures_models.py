"""Figures of models in depth: regions partially pooled, and strata where dimensions meet. Released frames only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import absent
from genequity.service.figures import facets
from genequity.service.strata import ALL_STRATA, ANY

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

RATIOS = (0.25, 0.5, 1, 2, 4)
APART = 0.13  # of a line, between two marks of one name


def pooled(
    adjusted: pd.DataFrame, regional: pd.DataFrame, outcome: str, model: str, release: Release | None = None
) -> Figure | Absent:
    """Each region's own odds ratio (hollow) above the partially pooled one (filled), one panel a group.

    Parameters
    ----------
    adjusted, regional : DataFrame
        ``service/adjusted`` and ``service/regional``.
    outcome, model : str
        Which stage, and the step of the ladder that is reported.
    release : Release, optional
        The open release, for the watermark.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    here = regional[(regional["outcome"] == outcome) & regional["group"].isin(named(regional["group"]))]
    if here["pooled"].notna().sum() == 0:
        return absent("There are too few regions to pool.")
    own = adjusted[(adjusted["outcome"] == outcome) & (adjusted["model"] == model)].set_index(["group", "region"])
    groups, names = ordered(here["group"]), sorted(set(here["region"]))
    left = 0.075 * max(map(len, names))
    fig, axes = facets(groups, 0.8 + 0.3 * len(names), left, sharex=True, sharey=True)
    for ax, group in zip(axes, groups):
        part = here[here["group"] == group].set_index("region")
        for y, name in enumerate(names):
            alone = own.loc[(group, name)] if (group, name) in own.index else None
            if alone is not None:
                _dot(ax, y - APART, *alone[["odds_ratio", "odds_ratio_low", "odds_ratio_high"]], figures.MUTED, False)
            if name in part.index:
                columns = ["pooled", "pooled_low", "pooled_high"]
                _dot(ax, y + APART, *part.loc[name, columns], figures.ACCENT, True)
        figures.reference_line(ax, 1.0)
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(FixedLocator(RATIOS))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.grid(axis="x")
        ax.set_xlabel(f"odds ratio\n({here['comparator'].iloc[0]} = 1)")
    axes[0].set_yticks(range(len(names)), names)
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    return figures.finish(fig, release)


def _dot(ax, y: float, value, low, high, colour: str, filled: bool) -> None:
    """Draw one value and its interval across a line; nothing where it is blank."""
    if value != value or low != low:
        return
    ax.plot([low, high], [y, y], color=colour, linewidth=1.4, solid_capstyle="butt")
    ax.plot(value, y, "o", color=colour, markersize=4.6, markerfacecolor=colour if filled else "white")


def strata(table: pd.DataFrame, outcome: str, release: Release | None = None) -> Figure | Absent:
    """Share expected in each stratum with its interval, one panel a group; ticks mark what main effects alone give.

    Parameters
    ----------
    table : DataFrame
        ``service/strata``.
    outcome : str
        Which stage.
    release : Release, optional
        The open release, for the watermark.
    """
    here = table[(table["outcome"] == outcome) & (table["group"] != ALL_STRATA)]
    if here["predicted"].notna().sum() == 0:
        return absent("No stratum has an estimate of its own.")
    across = "deprivation" if set(here["deprivation"]) != {ANY} else "sex"
    colours = sorted(set(here["sex"])) if across == "deprivation" else [ANY]
    groups, steps = ordered(here["group"]), sorted(set(here[across]))
    fig, axes = facets(groups, 2.5, 0.5, sharey=True)
    for place, (ax, group) in enumerate(zip(axes, groups)):
        part = here[here["group"] == group]
        for i, name in enumerate(colours):
            rows = part[part["sex"] == name] if across == "deprivation" else part
            shift = 0.34 * (i - (len(colours) - 1) / 2) / max(len(colours) - 1, 1)
            colour = figures.PALETTE[i]
            for row in rows.to_dict("records"):
                if row["predicted"] != row["predicted"]:
                    continue
                x = steps.index(row[across]) + shift
                ax.plot([x, x], [100 * row["predicted_low"], 100 * row["predicted_high"]], color=colour, linewidth=1.3)
                ax.plot(x, 100 * row["predicted"], "o" if i == 0 else "s", color=colour, markersize=3.6)
                ax.plot([x - 0.2, x + 0.2], [100 * row["additive"]] * 2, color=figures.INK, linewidth=0.8)
            if place == 0 and name != ANY:
                ax.annotate(
                    name, (0.05, 0.97 - 0.08 * i), xycoords="axes fraction", color=colour, fontsize=8.5, va="top"
                )
        ax.set_xticks(range(len(steps)), [step.split(" ")[0] for step in steps])
        ax.grid(axis="y")
        ax.set_xlabel(f"{across}\n(1 = most deprived)" if steps[0].startswith("1 (most") else across)
    low, high = axes[0].get_ylim()
    room = max(0.0, 6.0 - (high - low)) / 2
    axes[0].set_ylim(max(0.0, low - room), min(100.0, high + room + 0.18 * (high - low)))
    axes[0].set_ylabel("reached, %")
    return figures.finish(fig, release)
