"""Figures of the recommendations."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from genequity import figures, numbers
from genequity.notebook import Absent, absent
from genequity.recommendations import consensus
from genequity.recommendations.text import NO_PANEL

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release


def ratings(panel: pd.DataFrame, release: Release | None = None) -> Figure:
    """Draw median and interquartile range of each item in its last round, with shares and decision beside it.

    Parameters
    ----------
    panel : pandas.DataFrame
        Released table ``recommendations/panel``.
    release : Release, optional
        For the watermark.
    """
    last = panel[panel["final"].astype(bool)].sort_values(["recommendation", "item"]).reset_index(drop=True)
    several = last["recommendation"].duplicated().any()
    names = last["recommendation"] + (" " + last["item"] if several else "")
    fig, ax = figures.new(6.5, 0.9 + 0.22 * len(last))
    ax.axvspan(6.5, 9.3, color="#e8f0f6", zorder=-2)
    ax.axvspan(0.7, 3.5, color="#f7ece4", zorder=-2)
    for y, row in last.iterrows():
        agreed = row["decision"] == "agreed"
        colour = figures.ACCENT if agreed else figures.SIGNAL
        if row["median"] == row["median"]:
            ax.plot([row["p25"], row["p75"]], [y, y], color=colour, lw=2.2, solid_capstyle="butt")
            ax.plot(row["median"], y, "o" if agreed else "D", ms=6, color=colour, mfc=colour if agreed else "white")
        said = row["decision"] + (", disagreement" if row["disagreement"] else "")
        for x, text in (
            (9.8, numbers.say(row["share_high"], "proportion")),
            (11.15, numbers.say(row["share_low"], "proportion")),
            (12.0, said),
        ):
            ax.text(x, y, text, va="center", ha="left" if x == 12.0 else "center", fontsize=8.5, clip_on=False)
    for x, text, side in (
        (9.8, "rated\n7 to 9", "center"),
        (11.15, "rated\n1 to 3", "center"),
        (12.0, "\ndecision", "left"),
    ):
        ax.text(x, -1.15, text, ha=side, va="center", fontsize=8.5, color=figures.MUTED, clip_on=False)
    ax.set_yticks(range(len(last)), names)
    ax.set_xticks(range(1, 10))
    ax.set_xlim(0.7, 16.2)
    ax.set_ylim(len(last) - 0.4, -1.8)
    ax.spines["bottom"].set_bounds(1, 9)
    for x, text in ((2.1, "\nbottom third"), (7.9, "\ntop third")):
        ax.text(x, -1.15, text, ha="center", va="center", fontsize=8, color=figures.MUTED)
    ax.set_xlabel("Rating: median and interquartile range", loc="left")
    return figures.finish(fig, release)


def sensitivity(table: pd.DataFrame, release: Release | None = None) -> Figure:
    """Draw which recommendations stand under each definition of consensus, and how many.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``recommendations/sensitivity``.
    release : Release, optional
        For the watermark.
    """
    names, own = list(table["recommendation"].drop_duplicates().sort_values()), table[table["study_rule"].astype(bool)]
    order = [*own["definition"].unique(), *(name for name in consensus.LABELS if name not in set(own["definition"]))]
    fig, ax = figures.new(6.5, 1.2 + 0.2 * len(names))
    stands = table.set_index(["recommendation", "definition"])["stands"].astype(bool)
    for x, definition in enumerate(order):
        if definition in set(own["definition"]):
            ax.axvspan(x - 0.45, x + 0.45, color="#e8f0f6", zorder=-2)
        mine = [bool(stands[(name, definition)]) for name in names]
        for y, stood in enumerate(mine):
            colour = figures.ACCENT if stood else figures.SIGNAL
            ax.plot(x, y, "o" if stood else "D", ms=6.5, color=colour, mfc=colour if stood else "white")
        label = "\n".join(textwrap.wrap(consensus.LABELS[definition], 14))
        ax.text(x, -0.9, label, ha="center", va="bottom", fontsize=8.5)
        ax.text(x, len(names) + 0.1, f"{sum(mine)} of {len(names)}", ha="center", va="center", fontweight="bold")
    ax.set_yticks([*range(len(names)), len(names) + 0.1], [*names, "stand"])
    ax.axhline(len(names) - 0.5, color=figures.RULE, lw=0.8)
    ax.set_xticks([])
    ax.set_xlim(-0.6, len(order) - 0.4)
    ax.set_ylim(len(names) + 0.6, -2.2)
    ax.spines["bottom"].set_visible(False)
    return figures.finish(fig, release)


def sensitivity_or_absent(release: Release) -> Figure | Absent:
    """Draw :func:`sensitivity` from a release, or say that no panel has rated."""
    table = release.table("recommendations/sensitivity")
    return absent(NO_PANEL) if table.empty else sensitivity(table, release)
