"""Figure of additive interaction: how far each group's gap moves across deprivation and sex. Released frames only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genequity import figures
from genequity.groups import ordered
from genequity.notebook import Absent, absent
from genequity.service import text_interaction

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

MARKS = ("o", "s", "D", "^")
WIDE = 2


def differences(table: pd.DataFrame, names: dict[str, str], release: Release | None = None) -> Figure | Absent:
    """Draw each difference of differences in points with its interval, one panel a stage, one mark a dimension.

    Parameters
    ----------
    table : pandas.DataFrame
        ``service/interaction``.
    names : dict
        Stage id -> label, in the order of the pathway.
    release : Release, optional
        The open release, for the watermark.
    """
    shown = text_interaction.in_order(table, names)
    shown = shown[shown["difference"].notna()]
    if shown.empty:
        return absent(text_interaction.NO_STRATA if table.empty else "No such comparison can be given.")
    stages, groups = list(dict.fromkeys(shown["label"])), ordered(set(shown["group"]))
    headings = text_interaction.crossings(table)
    wide = min(WIDE, len(stages))
    tall = -(-len(stages) // wide)
    fig, axes = figures.new(
        6.5, min(1.0 + tall * (0.45 + 0.26 * len(groups)), 8.2), nrows=tall, ncols=wide, sharey=True, squeeze=False
    )
    for ax in axes.flat[len(stages) :]:
        ax.set_visible(False)
    offsets = np.linspace(-0.2, 0.2, len(headings)) if len(headings) > 1 else np.zeros(1)
    styles = {key: (offsets[i], MARKS[i % 4], figures.PALETTE[i % 4]) for i, key in enumerate(headings)}
    for ax, stage in zip(axes.flat, stages, strict=False):
        for row in shown[shown["label"] == stage].itertuples():
            offset, mark, colour = styles[row.dimension, row.level]
            line = groups.index(row.group) + offset
            ax.plot([100 * row.difference_low, 100 * row.difference_high], [line, line], color=colour, lw=1.2)
            ax.plot(100 * row.difference, line, mark, color=colour, markersize=3.8)
        figures.reference_line(ax, 0.0)
        ax.set_title(stage)
        ax.set_yticks(range(len(groups)), groups)
        ax.set_ylim(len(groups) - 0.45, -0.55)
        ax.grid(axis="x")
    for column in range(wide):
        below = [ax for ax in axes[:, column] if ax.get_visible()]
        below[-1].set_xlabel("change of the gap, percentage points")
    keys = [
        axes[0, 0].plot([], [], styles[key][1], color=styles[key][2], markersize=4.5, label=heading)[0]
        for key, heading in headings.items()
    ]
    fig.legend(handles=keys, loc="outside upper left", ncols=min(len(keys), 3), handletextpad=0.3, columnspacing=1.4)
    return figures.finish(fig, release)
