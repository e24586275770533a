"""Figures of the interviews chapter; they draw released tables and estimate nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.interviews import bands
from genequity.interviews.cases import ALL, ALL_SOURCES

TITLES = {"patient": "Patients", "professional": "Professionals", "public": "Public"}

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release


def prevalence(table: pd.DataFrame, people: pd.DataFrame, release: Release) -> Figure:
    """Draw how many participants raise each theme, one panel for each role.

    A mark stands at none, some or many; beside it the number, where one was released. Themes that many raise stand
    first.

    Parameters
    ----------
    table, people : pandas.DataFrame
        Released tables ``interviews/prevalence`` and ``interviews/participants``.
    release : Release
        For the watermark.
    """
    from pandas import isna

    labels = dict(zip(table["theme"], table["label"], strict=True))
    roles = [role for role in TITLES if role in set(table["role"])]
    if not roles:
        whole = table[table["role"].isin([ALL, ALL_SOURCES])]
        return _bars(whole, labels, release)
    parts = table[table["role"].isin(roles)]
    weight = parts["raised"].map({bands.MANY: 2, bands.SOME: 1, bands.NONE_OR_SOME: 0.5}).fillna(0)
    order = weight.groupby(parts["theme"]).sum()
    order = sorted(order.index, key=lambda theme: (-order[theme], labels[theme]))
    numbers = people[people["characteristic"] == "Role"].set_index("level")["participants"]
    places = {bands.NONE: 0, bands.SOME: 1, bands.NONE_OR_SOME: 0.5, bands.MANY: 2}
    fig, axes = figures.new(6.5, 0.9 + 0.24 * len(order), ncols=len(roles), sharey=True, squeeze=False)
    for ax, role in zip(axes[0], roles, strict=True):
        rows, of = parts[parts["role"] == role].set_index("theme").loc[order], numbers.get(role)
        for y, row in enumerate(rows.itertuples()):
            x = places[row.raised]
            ax.plot([0, x], [y, y], color=figures.ACCENT, lw=1.6, zorder=1)
            ax.plot(x, y, "o", ms=6.5, color=figures.ACCENT, mfc=figures.ACCENT if x else "white", clip_on=False)
            if not isna(row.participants) and not isna(of) and 0 < row.participants < of:
                ax.annotate(f"{row.participants}", (x, y), (6, 0), textcoords="offset points", va="center", fontsize=8)
        ax.set_title(TITLES[role] + ("" if isna(of) else f" (n = {of})"))
        ax.set_xlim(-0.25, 2.5)
        ax.set_xticks([0, 1, 2], ["none", "some", "many"])
        ax.set_yticks(range(len(order)), [labels[theme] for theme in order])
        ax.set_ylim(len(order) - 0.4, -0.6)
    return figures.finish(fig, release)


def _bars(whole: pd.DataFrame, labels: dict[str, str], release: Release) -> Figure:
    """Draw the number of sources that raise each theme, where the study has no participants table."""
    from pandas import isna

    rows = whole.sort_values(["participants", "label"], ascending=[True, False], na_position="first")
    fig, ax = figures.new(6.5, 0.8 + 0.24 * len(rows))
    for y, row in enumerate(rows.itertuples()):
        withheld = isna(row.participants)
        ax.barh(y, 0 if withheld else row.participants, color=figures.ACCENT, height=0.6)
        words = row.raised if withheld else f"{row.participants}"
        ax.annotate(f" {words}", (0 if withheld else row.participants, y), va="center", fontsize=8)
    ax.set_title(whole["role"].iloc[0])
    ax.set_yticks(range(len(rows)), [labels[theme] for theme in rows["theme"]])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.margins(x=0.1)
    ax.set_xlabel("Number that raised the theme")
    return figures.finish(fig, release)
