"""Figures of how ethnicity is recorded, and of how adjusted differences move with the rule that keeps one code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import Absent, absent, or_absent
from genequity.service import recording

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

PANELS = {"complete": "Completeness: code says a group", "valid": "Validity: the scheme has the code"}


def providers(table: pd.DataFrame, national: str, release: Release | None = None) -> Figure | Absent:
    """Draw each provider's completeness and validity, one line a region; the bar is the region as a whole.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``service/recording``.
    national : str
        Label of all regions together.
    """
    found = recording.measures(table, "provider")
    whole = found[found["unit"] == recording.ALL_PROVIDERS].set_index("region")
    each = found[found["unit"] != recording.ALL_PROVIDERS]
    if each.empty or each["complete"].isna().all():
        return absent("The extract names no providers, or what can be shown of them is too little.")
    regions = [*sorted(region for region in whole.index if region != national), national]
    fig, axes = figures.new(6.5, 1.0 + 0.28 * len(regions), ncols=2, sharey=True, squeeze=False)
    for ax, (name, title) in zip(axes[0], PANELS.items(), strict=True):
        for line, region in enumerate(regions):
            own = each if region == national else each[each["region"] == region]
            ax.plot(100 * own[name], [line] * len(own), "o", color=figures.ACCENT, alpha=0.55, markersize=4.5, mew=0)
            if name == "valid" and own["few"].any():  # nearly all; how many are not is withheld
                ax.plot([100] * int(own["few"].sum()), [line] * int(own["few"].sum()), "o", color=figures.ACCENT,
                        markersize=4.5, markerfacecolor="white")  # fmt: skip
            if region in whole.index:
                ax.plot([100 * whole.loc[region, name]] * 2, [line - 0.32, line + 0.32], color=figures.SIGNAL, lw=2)
        span = 100 * (1 - min(found[name].min(), 0.999))
        ax.set_xlim(max(0.0, 100 - 1.08 * span), 100 + 0.06 * span)
        ax.set_title(title)
        ax.set_xlabel("Records, %" if name == "complete" else "Records with a code, %")
        ax.grid(axis="x")
    axes[0, 0].set_yticks(range(len(regions)), regions)
    axes[0, 0].set_ylim(len(regions) - 0.4, -0.6)
    axes[0, 0].get_yticklabels()[-1].set_fontweight("bold")
    return figures.finish(fig, release)


def under_rules(table: pd.DataFrame, release: Release | None = None) -> Figure | Absent:
    """Draw each group's adjusted difference at each stage under every rule, one panel a stage.

    The estimate of the study's own rule is a dot with its interval; those of the other rules are ticks.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``service/resolution_models``.
    """
    shown = table[table["risk_difference"].notna() & (table["group"] != table["comparator"])]
    shown = shown[shown["group"].isin(named(shown["group"].unique()))]
    if shown["rule"].nunique() < 2:
        return absent("Only one rule could be used, or no difference can be shown under another.")
    stages = shown.sort_values("place")["label"].drop_duplicates().tolist()
    groups = ordered(shown["group"].unique())
    wide = 2 if len(stages) > 1 else 1
    tall = -(-len(stages) // wide)
    height = min(0.75 + tall * (0.5 + 0.24 * len(groups)), 8.6)
    fig, axes = figures.new(6.5, height, nrows=tall, ncols=wide, sharex=True, sharey=True, squeeze=False)
    for ax in axes.flat[len(stages) :]:
        ax.set_visible(False)
    for ax, stage in zip(axes.flat, stages, strict=False):
        here = shown[shown["label"] == stage]
        for line, group in enumerate(groups):
            own = here[here["group"] == group]
            kept, others = own[own["chosen"]], own[~own["chosen"].astype(bool)]
            for row in kept.itertuples():
                ends = [100 * row.risk_difference_low, 100 * row.risk_difference_high]
                ax.plot(ends, [line, line], color=figures.ACCENT, lw=1.6, alpha=0.5)
                ax.plot([100 * row.risk_difference], [line], "o", color=figures.ACCENT, markersize=5)
            at = 100 * others["risk_difference"]
            ax.plot(at, [line] * len(others), "|", color=figures.SIGNAL, markersize=11, markeredgewidth=1.1)
        ax.axvline(0, color=figures.MUTED, lw=0.9, ls=(0, (4, 3)))
        ax.set_title(stage)
        ax.set_yticks(range(len(groups)), groups)
        ax.set_ylim(len(groups) - 0.4, -0.6)
        ax.grid(axis="x")
    for column in range(wide):
        below = [ax for ax in axes[:, column] if ax.get_visible()]
        below[-1].set_xlabel("Difference, percentage points")
        below[-1].tick_params(labelbottom=True)
    return figures.finish(fig, release)


def years(table: pd.DataFrame) -> pd.DataFrame:
    """Return completeness and validity by year, from the released table ``service/recording``."""
    return or_absent(recording.measures(table, "year"), "The extract names no dates.")
