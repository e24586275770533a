"""Flow of records from the extract to the analysis, drawn (RECORD 13.1). A function of the released frame only."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from genequity import figures
from genequity.numbers import say
from genequity.service import wording

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Release

READ, ANALYSED = "read", "analysed"
LINE = 0.19  # inches from one line of words to the next


def flow(table: pd.DataFrame, release: Release | None = None) -> Figure:
    """Boxes from the records read to those analysed, and beside them each reason for which records were excluded.

    Parameters
    ----------
    table : DataFrame
        ``service/flow``.
    release : Release, optional
        The open release, for the watermark.
    """
    ends = table[table["step"].isin([READ, ANALYSED])].set_index("step")
    reasons = table[~table["step"].isin([READ, ANALYSED])].sort_values("place")
    lines = [wrap(f"{_count(row.records)}  {row.label}", 52) for row in reasons.itertuples()]
    count = max(2, sum(map(len, lines)) + 1)
    height = 1.0 + 0.5 + LINE * count
    fig, ax = figures.new(6.5, height)
    ax.set_axis_off()
    ax.set_xlim(0, 6.5)
    ax.set_ylim(0, height)
    middle = height / 2
    _box(ax, 0.05, height - 0.52, 2.1, 0.46, [ends.loc[READ, "label"], _count(ends.loc[READ, "records"])], centre=True)
    _box(ax, 0.05, 0.06, 2.1, 0.46, [ends.loc[ANALYSED, "label"], _count(ends.loc[ANALYSED, "records"])], centre=True)
    _arrow(ax, (1.1, height - 0.52), (1.1, 0.52))
    if len(reasons):
        tall = LINE * count + 0.14
        words = ["Excluded, each for the first reason that held", *(line for reason in lines for line in reason)]
        _box(ax, 2.75, middle - tall / 2, 3.7, tall, words, centre=False)
        _arrow(ax, (1.1, middle), (2.75, middle))
    return figures.finish(fig, release)


def _count(value: float) -> str:
    return "withheld" if wording.count(value) is None else say(value, "records")


def _box(ax: Axes, left: float, low: float, wide: float, high: float, words: list[str], *, centre: bool) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(Rectangle((left, low), wide, high, facecolor="#f3f6f8", edgecolor=figures.MUTED, linewidth=0.8))
    top = low + high / 2 + LINE * (len(words) - 1) / 2
    for place, line in enumerate(words):
        x = left + wide / 2 if centre else left + 0.1
        weight = "bold" if place == (1 if centre else 0) else "normal"
        side = "center" if centre else "left"
        ax.text(x, top - LINE * place, line, ha=side, va="center_baseline", fontsize=8.5, fontweight=weight)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    style = {"arrowstyle": "-|>", "color": figures.MUTED, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)
