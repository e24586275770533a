"""The two figures of the chapter: primary answers, and how each moves when it is answered in another way.

Their data are the released tables primary/answers and primary/alternatives.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from genequity import figures, groups
from genequity.notebook import Absent, absent
from genequity.primary import sentences
from genequity.primary.measures import LOGARITHMIC, NAMES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Release

ROW, LEAST, HEAD, AXIS = 0.165, 0.125, 0.2, 0.5  # inches of a row, of the lowest row, of a heading and an axis
TALLEST, MOST, PANELS = 9.0, 50, 8  # inches of a figure on a printed page; rows and questions that it can hold
NO_COMPARISON = "No primary analysis of this study compares groups, so nothing can be drawn."
NO_ALTERNATIVE = "No other comparison that answers a question was released."
UNIT = {
    "proportion difference": "Difference in percentage points",
    "odds ratio": "Odds ratio (logarithmic scale)",
    "rate ratio": "Rate ratio (logarithmic scale)",
    "ratio": "Ratio (logarithmic scale)",
}


def compared(release: Release) -> pd.DataFrame:
    """Return the primary comparisons that have an estimate, in the order of questions and groups, with ``short``."""
    asked = release.table("primary/questions")
    rows = release.table("primary/answers").merge(asked[["question", "place", "short", "headline"]], on="question")
    rows = rows[rows["no_difference"].notna() & rows["estimate"].notna()]
    order = {group: place for place, group in enumerate(groups.ordered(rows["group"].unique()))}
    return rows.assign(rank=rows["group"].map(order)).sort_values(["place", "rank"])


def kept(rows: pd.DataFrame, lines: int) -> pd.DataFrame:
    """Return the rows that a printed page holds: all; else those of headlines; else the first of these.

    Parameters
    ----------
    rows : pandas.DataFrame
        From :func:`compared`.
    lines : int
        Lines that all of them would need.
    """
    if lines <= MOST and rows["place"].nunique() <= PANELS:
        return rows
    first = rows[rows["headline"].astype(bool)]
    shown = first if len(first) else rows
    return shown[shown["place"].isin(shown["place"].unique()[:PANELS])].head(MOST)


def forest(release: Release) -> Figure | Absent:
    """Draw every primary comparison with its interval, one panel a unit.

    Parameters
    ----------
    release : Release
        The open release.
    """
    rows = kept(compared(release), len(compared(release)))
    if rows.empty:
        return absent(NO_COMPARISON)
    units = list(dict.fromkeys(rows["unit"]))
    panels = [rows[rows["unit"] == unit] for unit in units]
    lines = [len(part) + 1.35 * part["question"].nunique() for part in panels]
    sizes = [AXIS + ROW * 1.15 * number for number in lines]
    fig, axes = figures.new(6.5, min(sum(sizes) + 0.25, TALLEST), nrows=len(units), height_ratios=lines, squeeze=False)
    for ax, part, unit in zip(axes[:, 0], panels, units, strict=True):
        _panel(ax, part, unit)
    return figures.finish(fig, release)


def _panel(ax: Axes, part: pd.DataFrame, unit: str) -> None:
    line, ticks, names = 0.0, [], []
    for _, of_one in part.groupby("place", sort=True):
        first = of_one.iloc[0]
        line += 0.35 if ticks else 0
        ax.text(-0.02, line, f"{first['short']} (comparator: {first['comparator']})", transform=_across(ax), fontsize=9,
                fontweight="bold", va="center", ha="left")  # fmt: skip
        line += 1
        for row in of_one.to_dict("records"):
            clear = row["direction"] != "no_clear_difference"
            _point(ax, row, line, unit, figures.ACCENT, filled=clear)
            value = f"{sentences.value(row['estimate'], unit)} ({sentences.limits(_plain(row))})"
            ax.text(1.02, line, value, transform=_across(ax), fontsize=8.5, va="center", ha="left")
            ticks.append(line)
            names.append(row["group"])
            line += 1
    ax.set_yticks(ticks, names)
    _finish(ax, line, unit, float(part["no_difference"].iloc[0]))


def sensitivity(release: Release) -> Figure | Absent:
    """Draw how each primary estimate moves under its alternatives, one panel a question.

    The primary estimate is filled and its interval is shaded over its alternatives, which are open. Several estimates
    of one alternative (each study left out) share a row, without intervals. With more rows than a page holds, each
    group has one row: its alternatives are ticks on it.

    Parameters
    ----------
    release : Release
        The open release.
    """
    others = release.table("primary/alternatives")
    others = others[others["estimate"].notna() & others["no_difference"].notna()]
    rows = compared(release).merge(others[["question", "group"]].drop_duplicates(), on=["question", "group"])
    if rows.empty:
        return absent(NO_ALTERNATIVE)
    labels = {name: list(dict.fromkeys(part["alternative"])) for name, part in others.groupby("question", sort=False)}
    rows = rows if rows["place"].nunique() <= PANELS else kept(rows, len(rows))
    needed = sum(1 + len(labels[row.question]) for row in rows.itertuples())
    room = TALLEST - (HEAD + AXIS) * rows["place"].nunique()
    narrow = needed > MOST or needed * LEAST > room
    rows = kept(rows, len(rows)) if narrow else rows
    panels = [part for _, part in rows.groupby("place", sort=True)]
    lines = [sum(1 if narrow else 1 + len(labels[name]) for name in part["question"]) for part in panels]
    height = min(ROW * (1.4 if narrow else 1), (TALLEST - (HEAD + AXIS) * len(panels)) / sum(lines))
    sizes = [HEAD + AXIS + height * number for number in lines]
    fig, axes = figures.new(6.5, sum(sizes), nrows=len(panels), height_ratios=[n + 0.6 for n in lines], squeeze=False)
    for ax, part in zip(axes[:, 0], panels, strict=True):
        own = others[others["question"] == part["question"].iloc[0]]
        (_ticks if narrow else _alternatives)(ax, part, own, labels[part["question"].iloc[0]])
    return figures.finish(fig, release)


def _alternatives(ax: Axes, part: pd.DataFrame, others: pd.DataFrame, labels: list[str]) -> None:
    unit = part["unit"].iloc[0]
    line, ticks, names, bold = 0, [], [], []
    for row in part.to_dict("records"):
        low, high = _plain(row)["ci_low"], _plain(row)["ci_high"]
        if low is not None and high is not None:
            top, bottom = line - 0.4, line + len(labels) + 0.4
            ax.fill_betweenx([top, bottom], _scaled(low, unit), _scaled(high, unit), color="#dbe7f0", lw=0, zorder=0)
        _point(ax, row, line, unit, figures.ACCENT, filled=True, marker="D")
        ticks.append(line)
        names.append(f"{row['group']}: primary analysis")
        bold.append(True)
        line += 1
        for label in labels:
            own = others[(others["group"] == row["group"]) & (others["alternative"] == label)]
            if own.empty:
                continue
            for one in own.to_dict("records"):
                _point(ax, one, line, unit, figures.SIGNAL, filled=False, interval=len(own) == 1)
            ticks.append(line)
            names.append(f"{label} ({len(own)})" if len(own) > 1 else label)
            bold.append(False)
            line += 1
    ax.set_yticks(ticks, names, fontsize=8)
    for tick, strong in zip(ax.get_yticklabels(), bold, strict=True):
        tick.set_fontweight("bold" if strong else "normal")
    ax.set_title(part["short"].iloc[0])
    _finish(ax, line, unit, float(part["no_difference"].iloc[0]))


def _ticks(ax: Axes, part: pd.DataFrame, others: pd.DataFrame, labels: list[str]) -> None:
    unit = part["unit"].iloc[0]
    for line, row in enumerate(part.to_dict("records")):
        own = others[others["group"] == row["group"]]
        ax.plot([_scaled(value, unit) for value in own["estimate"]], [line] * len(own), "|", ms=9, mew=1.2,
                color=figures.SIGNAL, zorder=2)  # fmt: skip
        _point(ax, row, line, unit, figures.ACCENT, filled=True, marker="D")
    ax.set_yticks(range(len(part)), list(part["group"]), fontsize=8)
    ax.set_title(f"{part['short'].iloc[0]} (ticks: {len(labels)} alternatives)")
    _finish(ax, len(part), unit, float(part["no_difference"].iloc[0]))


def _point(
    ax: Axes,
    row: dict[str, Any],
    line: float,
    unit: str,
    colour: str,
    *,
    filled: bool,
    marker: str = "o",
    interval: bool = True,
) -> None:
    row = _plain(row)
    if interval and row["ci_low"] is not None and row["ci_high"] is not None:
        ends = [_scaled(row["ci_low"], unit), _scaled(row["ci_high"], unit)]
        ax.plot(ends, [line, line], color=colour, lw=1.4, zorder=2, solid_capstyle="butt")
    face = colour if filled else "white"
    ax.plot([_scaled(row["estimate"], unit)], [line], marker, ms=5, mfc=face, mec=colour, mew=1.2, zorder=3)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row of a released table with None for blanks."""
    return {
        name: None if value is None or value != value or str(value) == "<NA>" else value for name, value in row.items()
    }


def _scaled(value: float, unit: str) -> float:
    return value * 100 if unit == "proportion difference" else value


def _across(ax: Axes) -> Any:
    """Return the transform of texts beside the axes: across in their width, down in lines."""
    return ax.get_yaxis_transform()


def _finish(ax: Axes, lines: float, unit: str, none: float) -> None:
    figures.reference_line(ax, _scaled(none, unit))
    if unit in LOGARITHMIC:
        ax.set_xscale("log")
        _plain_ticks(ax)
    ax.set_ylim(lines - 0.4, -0.6)
    ax.set_xlabel(UNIT.get(unit, NAMES.get(unit, "Estimate")), fontsize=8, labelpad=2)
    ax.tick_params(axis="x", labelsize=8)
    ax.grid(axis="x")


def _plain_ticks(ax: Axes) -> None:
    """Put ticks at round ratios that the data reach: 0.5, 0.7, 1, 1.4, 2 …"""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    low, high = ax.get_xlim()
    steps = (1, 1.5, 2, 3, 5, 7) if high / max(low, 1e-9) < 20 else (1, 3)
    known = [step * 10.0**power for power in range(-4, 5) for step in steps]
    inside = [value for value in known if low <= value <= high]
    if len(inside) < 3:
        width = 10.0 ** math.floor(math.log10(max(high - low, 1e-9)))
        inside = [round(math.ceil(low / width) * width + i * width, 6) for i in range(int((high - low) / width) + 1)]
        inside = [value for value in inside if low <= value <= high]
    ax.xaxis.set_major_locator(FixedLocator(inside))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlim(low, high)
