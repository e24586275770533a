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
