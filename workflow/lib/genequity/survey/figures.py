"""Figures of the survey, drawn from released tables: answers of a battery, and shares with their intervals."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from genequity import figures, groups
from genequity.survey.battery import SHOWN, SMALL
from genequity.survey.tabulate import ALL

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

LEAST_LABEL = 0.08  # a narrower bar has no room for its percentage


def likert(distribution: pd.DataFrame, items: pd.DataFrame, battery: str, release: Release | None = None) -> Figure:
    """Draw the answers to every item of a battery as bars around their middle, one bar a group.

    Items that are in no battery stand together in ``items``; those whose answers are not the first one's are left out,
    since one key explains all bars.

    Parameters
    ----------
    distribution : pandas.DataFrame
        Released ``survey/distribution``.
    items : pandas.DataFrame
        Released ``survey/items``.
    battery : str
        The battery to draw.
    release : Release, optional
        For the watermark.
    """
    own = items[items["battery"] == battery].sort_values("position")
    shown = distribution[distribution["item"].isin(own["item"]) & distribution["share"].notna()]
    shown = shown[shown["base"] == SHOWN]
    scales = {item: _answers(rows) for item, rows in shown.groupby("item", observed=True)}
    answers = next((scales[item] for item in own["item"] if item in scales), [])
    own = own[own["item"].map(lambda item: scales.get(item, answers) == answers)]
    shown = shown[shown["item"].isin(own["item"])]
    names = groups.ordered(shown["group"])
    colours = _colours(len(answers))
    height = 0.62 + len(own) * (0.36 + 0.19 * len(names))
    fig, axes = figures.new(6.5, height, nrows=len(own), sharex=True, squeeze=False)
    for place, (item, ax) in enumerate(zip(own.itertuples(), axes[:, 0], strict=True)):
        rows = shown[shown["item"] == item.item].pivot(index="group", columns="position", values="share")
        bases = shown[shown["item"] == item.item].groupby("group")["n"].first()
        for y, group in enumerate(names):
            if group in rows.index:
                _bar(ax, y, rows.loc[group].to_numpy(dtype=float), colours)
        ax.set_yticks(range(len(names)), [_with_base(group, bases) for group in names])
        ax.set_ylim(len(names) - 0.45, -0.55)
        ax.set_title("\n".join(textwrap.wrap(item.text, 84)), loc="left", pad=4, fontsize=9)
        if len(answers) % 2 == 0:
            ax.axvline(0, color=figures.INK, linewidth=0.7)
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="y", labelsize=8)
        if place == 0:
            _key(fig, answers, colours)
    return figures.finish(fig, release)


def shares(table: pd.DataFrame, items: pd.DataFrame, comparator: str, release: Release | None = None) -> Figure:
    """Draw the weighted share of counted answers by group, one panel an item, with intervals.

    Parameters
    ----------
    table : pandas.DataFrame
        Released ``survey/shares``.
    items : pandas.DataFrame
        Released ``survey/items``.
    comparator : str
        The group whose share is the dashed line of each panel.
    release : Release, optional
        For the watermark.
    """
    ordered = items.sort_values("position")
    shown = table[(table["group"] != ALL) & table["share"].notna()]
    names = groups.ordered(shown["group"])
    columns = min(3, len(ordered))
    rows = -(-len(ordered) // columns)
    spare = rows * columns - len(ordered)
    height = 0.3 + rows * (0.5 + 0.165 * len(names)) + (0 if spare else 0.3)
    fig, axes = figures.new(6.5, height, nrows=rows, ncols=columns, sharex=True, sharey=True, squeeze=False)
    _share_key(fig, axes.flat[len(ordered)] if spare else None, comparator)
    for item, ax in zip(ordered.itertuples(), axes.flat, strict=False):
        own = shown[shown["item"] == item.item].set_index("group")
        if comparator in own.index:
            figures.reference_line(ax, own.loc[comparator, "share"])
        for y, group in enumerate(names):
            if group not in own.index:
                continue
            row = own.loc[group]
            colour = figures.MUTED if group == comparator else figures.ACCENT
            ax.plot([row["ci_low"], row["ci_high"]], [y, y], color=colour, linewidth=1.6, solid_capstyle="round")
            face = "white" if row["base"] == SMALL else colour
            ax.plot(row["share"], y, "o", markersize=4.5, markerfacecolor=face, markeredgecolor=colour)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0%", "25%", "50%", "75%", "100%"])
        ax.tick_params(axis="y", labelsize=8)
        ax.grid(axis="x")
        ax.set_title(item.short, loc="left", fontsize=8.2, pad=3)
    for ax in axes[-1]:
        ax.tick_params(axis="x", labelsize=8, labelbottom=True)
    return figures.finish(fig, release)


def _bar(ax, y: int, values: np.ndarray, colours: list[str]) -> None:
    """Draw one bar so that its middle answer (or the gap between the two halves) stands at zero."""
    half = len(values) // 2
    below = values[:half].sum() + (values[half] / 2 if len(values) % 2 else 0)
    left = -below
    for value, colour in zip(values, colours, strict=True):
        ax.barh(y, value, left=left, height=0.78, color=colour, edgecolor="white", linewidth=0.6)
        if value >= LEAST_LABEL:
            ink = "white" if colour in (figures.LIKERT[0], figures.LIKERT[-1]) else figures.INK
            ax.text(left + value / 2, y, f"{value:.0%}", ha="center", va="center", fontsize=8, color=ink)
        left += value


def _with_base(group: str, bases: pd.Series) -> str:
    n = bases.get(group)
    return group if n is None or n != n else f"{group} ({int(n):,})"


def _answers(shown: pd.DataFrame) -> list[str]:
    return list(shown.drop_duplicates("position").sort_values("position")["answer"])


def _colours(count: int) -> list[str]:
    if count <= len(figures.LIKERT) and count % 2:
        skip = (len(figures.LIKERT) - count) // 2
        return list(figures.LIKERT[skip : len(figures.LIKERT) - skip])
    if count == 2:
        return [figures.LIKERT[0], figures.LIKERT[-1]]
    if count == 4:
        return [colour for place, colour in enumerate(figures.LIKERT) if place != 2]
    from matplotlib.colors import LinearSegmentedColormap, to_hex

    ramp = LinearSegmentedColormap.from_list("likert", figures.LIKERT)
    return [to_hex(ramp(place / (count - 1))) for place in range(count)]


def _key(fig, answers: list[str], colours: list[str]) -> None:
    from matplotlib.patches import Patch

    fig.legend(
        handles=[Patch(facecolor=colour, label=answer) for answer, colour in zip(answers, colours, strict=True)],
        loc="outside upper center",
        ncols=len(answers),
        fontsize=8,
        handlelength=0.9,
        handleheight=0.9,
        columnspacing=1.1,
        handletextpad=0.4,
    )


def _share_key(fig, ax, comparator: str) -> None:
    from matplotlib.lines import Line2D

    line = {"linewidth": 1.6, "markersize": 4.5}
    handles = [
        Line2D([], [], color=figures.ACCENT, marker="o", label="Share and interval", **line),
        Line2D([], [], color=figures.ACCENT, marker="o", markerfacecolor="white", label="Small base", **line),
        Line2D([], [], color=figures.MUTED, marker="o", label=f"{comparator} (comparator)", **line),
    ]
    if ax is None:
        fig.legend(handles=handles, loc="outside upper center", ncols=3, fontsize=8)
    else:
        ax.legend(handles=handles, loc="center left", fontsize=8, handlelength=2.2)
