"""Figure of each stage's adjusted differences under every treatment of unknown ethnicity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import Absent, absent
from genequity.service import unknown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

MARKS = dict(zip(unknown.TREATMENTS, ("o", "s", "D", "^"), strict=True))
COLOURS = dict(zip(unknown.TREATMENTS, (figures.INK, *figures.PALETTE[:3]), strict=True))


def treatments(table: pd.DataFrame, release: Release | None = None) -> Figure | Absent:
    """Draw the differences in percentage points with their intervals, one panel a stage, one mark a treatment.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``service/unknown_treatments``.
    """
    shown = table[table["risk_difference"].notna() & (table["group"] != table["comparator"])]
    shown = shown[shown["group"].isin(named(shown["group"].unique()))]
    if shown["treatment"].nunique() < 2:
        return absent("Every record has a known group, or no difference can be given.")
    stages = shown.sort_values("place")["label"].drop_duplicates().tolist()
    groups, used = (
        ordered(shown["group"].unique()),
        [name for name in unknown.TREATMENTS if name in set(shown["treatment"])],
    )
    wide = 2 if len(stages) > 1 else 1
    tall = -(-len(stages) // wide)
    height = min(1.0 + tall * (0.42 + 0.32 * len(groups)), 8.4)
    fig, axes = figures.new(6.5, height, nrows=tall, ncols=wide, sharey=True, squeeze=False)
    for ax in axes.flat[len(stages) :]:
        ax.set_visible(False)
    offsets = dict(zip(used, np.linspace(-0.3, 0.3, len(used)), strict=True))
    for ax, stage in zip(axes.flat, stages, strict=False):
        here = shown[shown["label"] == stage]
        for row in here.itertuples():
            line, colour = groups.index(row.group) + offsets[row.treatment], COLOURS[row.treatment]
            ends = [100 * row.risk_difference_low, 100 * row.risk_difference_high]
            ax.plot(ends, [line, line], color=colour, lw=1.2)
            ax.plot(100 * row.risk_difference, line, MARKS[row.treatment], color=colour, markersize=3.6)
        ax.axvline(0, color=figures.MUTED, lw=0.9, ls=(0, (4, 3)), zorder=0)
        ax.set_title(stage)
        ax.set_yticks(range(len(groups)), groups)
        ax.set_ylim(len(groups) - 0.45, -0.55)
        ax.grid(axis="x")
    for column in range(wide):
        below = [ax for ax in axes[:, column] if ax.get_visible()]
        below[-1].set_xlabel("Difference, percentage points")
    keys = [
        axes[0, 0].plot([], [], MARKS[name], color=COLOURS[name], markersize=4.5, label=name[0].upper() + name[1:])[0]
        for name in used
    ]
    fig.legend(handles=keys, loc="outside upper left", ncols=2, handletextpad=0.3, columnspacing=1.4)
    return figures.finish(fig, release)
