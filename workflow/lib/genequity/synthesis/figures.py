"""Figures of the integration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.synthesis.register import NAMES, STRANDS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release

# Stance -> (word in the cell, fill, ink): the word carries the meaning, the fill only helps the eye.
CELLS = {
    "difference": ("differs", figures.ACCENT, "white"),
    "no clear difference": ("no clear difference", "#cfe0ec", figures.INK),
    "described": ("described", "#86b3d1", figures.INK),
    "not measurable": ("not measurable", "#f0d9c8", figures.INK),
    "absent": ("looked for, absent", "white", figures.INK),
    "silent": ("silent", "white", figures.INK),
    "not supplied": ("", "#eef1f3", figures.MUTED),
}
LINES = {
    "no clear difference": "no clear\ndifference",
    "not measurable": "not\nmeasurable",
    "looked for, absent": "looked for,\nabsent",
}
GAPS = ("silent", "absent")


def stances(display: pd.DataFrame, release: Release | None = None) -> Figure:
    """Draw what each strand says of each theme: a word and the number of findings in each cell.

    Parameters
    ----------
    display : pandas.DataFrame
        Released table ``synthesis/display``.
    release : Release, optional
        For the watermark.
    """
    from matplotlib.patches import Rectangle

    labels = sorted(display["label"].unique(), key=str.casefold)
    fig, ax = figures.new(6.5, 0.7 + 0.36 * len(labels))
    for row in display.to_dict("records"):
        x, y = STRANDS.index(row["strand"]), labels.index(row["label"])
        word, fill, ink = CELLS[row["stance"]]
        gap = row["stance"] in GAPS
        edge, hatch = (figures.RULE, "//////") if gap else ("white", None)
        ax.add_patch(Rectangle((x - 0.48, y - 0.45), 0.96, 0.9, facecolor=fill, edgecolor=edge, hatch=hatch, lw=0.8))
        count = f" ({row['n_findings'] - row['n_absent']})" if row["n_findings"] and not gap else ""
        box = {"facecolor": "white", "edgecolor": "none", "pad": 1.2} if gap else None
        text = LINES.get(word, word)
        ax.text(x, y, text + count, ha="center", va="center", fontsize=8, color=ink, bbox=box, linespacing=0.95)
    absent = set(display.loc[display["stance"] == "not supplied", "strand"])
    heads = [f"{NAMES[strand]}\n(not supplied)" if strand in absent else NAMES[strand] for strand in STRANDS]
    ax.set_xticks(range(len(STRANDS)), heads)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_xlim(-0.5, len(STRANDS) - 0.5)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.xaxis.tick_top()
    ax.tick_params(axis="both", length=0)
    ax.tick_params(axis="x", labelcolor=figures.INK, labelsize=9)
    ax.spines["bottom"].set_visible(False)
    return figures.finish(fig, release)


def pathway_map(gaps: pd.DataFrame, barriers: pd.DataFrame, release: Release | None = None) -> Figure:
    """Draw the pathway from top to bottom: each step, the largest gap counted at it, and the barriers voiced at it.

    Parameters
    ----------
    gaps, barriers : pandas.DataFrame
        Released tables ``synthesis/step_gaps`` and ``synthesis/step_barriers``.
    release : Release, optional
        For the watermark.
    """
    from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

    steps = gaps.sort_values("position").to_dict("records")
    voiced = dict(iter(barriers.groupby("step")))
    texts = [_barrier_lines(voiced.get(row["step"])) for row in steps]
    heights = [max(3, text.count("\n") + 1) * 0.155 + 0.24 for text in texts]
    total = sum(heights) + 0.4
    fig, ax = figures.new(6.5, total)
    ax.set_xlim(0, 6.5)
    ax.set_ylim(-sum(heights), 0.4)
    ax.axis("off")
    for x, head in ((0.05, "Step"), (1.75, "Largest gap counted"), (4.1, "Barriers voiced, and by whom")):
        ax.text(x, 0.18, head, fontsize=9, fontweight="bold", color=figures.INK, va="center")
    top, chained = 0.0, True  # whether the steps so far follow one another
    for place, (row, text, height) in enumerate(zip(steps, texts, heights)):
        middle = top - height / 2
        box = FancyBboxPatch((0.05, middle - 0.2), 1.45, 0.4, boxstyle="round,pad=0,rounding_size=0.06")
        before = steps[place - 1] if place else {"label": row["after"], "after": None}
        follows = row["after"] == before["label"] or not isinstance(before["after"], str)
        onward = chained = chained and follows
        box.set(facecolor=figures.ACCENT if onward else "white", edgecolor=figures.ACCENT, lw=0.9)
        ax.add_patch(box)
        ax.text(0.775, middle, _folded(row["label"], 20), color="white" if onward else figures.ACCENT,
                fontsize=8.5, ha="center", va="center")  # fmt: skip
        if place and follows:
            above = top + heights[place - 1] / 2 - 0.2
            arrow = {"arrowstyle": "-|>", "mutation_scale": 8, "color": figures.MUTED, "lw": 0.9}
            ax.add_patch(FancyArrowPatch((0.775, above), (0.775, middle + 0.2), **arrow))
        clear = row["direction"] in ("higher", "lower")
        ax.text(1.75, middle, _gap_lines(row), fontsize=8, va="center", linespacing=1.25,
                color=figures.SIGNAL if clear else figures.MUTED)  # fmt: skip
        ax.text(4.1, middle, text, fontsize=8, va="center", linespacing=1.25, color=figures.INK)
        top -= height
        if place + 1 < len(steps):
            ax.plot([1.7, 6.5], [top, top], color=figures.RULE, lw=0.6)
    return figures.finish(fig, release)


def _gap_lines(row: dict) -> str:
    if not isinstance(row["finding"], str):
        return "groups not compared\nat this step"
    if row["direction"] not in ("higher", "lower"):
        return f"no clear difference\nin {row['n_compared']} comparisons"
    unit, values = row["unit"], [row[name] for name in ("estimate", "ci_low", "ci_high")]
    if any(value != value for value in values):
        size = "no interval is given"
    elif unit == "proportion difference":
        said = [f"{100 * value:.1f}" for value in values]
        size = f"{said[0]} points ({said[1]} to {said[2]})"
    elif "ratio" in unit:
        size = f"{unit} {values[0]:.2f} ({values[1]:.2f} to {values[2]:.2f})"
    else:
        size = f"{values[0]:.1f} {unit} ({values[1]:.1f} to {values[2]:.1f})"
    size = size.replace("-", "−")
    first = f"{row['group']} {row['direction']} than {row['comparator']}"
    how_many = f"{row['n_differences']} of {row['n_compared']} groups differ"
    return f"{_folded(first, 34)}\n{size}\n{how_many}"


def _barrier_lines(rows) -> str:
    if rows is None:
        return "none named at this step"
    lines = []
    for row in rows.sort_values("label").to_dict("records"):
        lines += [_folded(row["label"], 38), f"  {_folded(row['voices'].replace('; ', ', '), 40)}"]
    return "\n".join(lines)


def _folded(text: str, width: int) -> str:
    import textwrap

    return textwrap.fill(text, width)
