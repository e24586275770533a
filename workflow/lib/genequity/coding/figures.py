"""Figures that the policy and interview chapters share; they draw released tables and estimate nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from genequity import figures
from genequity.coding.compare import ALL_CODES, LABELS
from genequity.coding.project import SEPARATOR
from genequity.notebook import absent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

MOST_CODES = 24  # lines that a printed page holds
UNIT_ORDER = ("character", "sentence", "paragraph", "turn", "segment", "document")
ALPHAS = {LABELS["alpha"]: "", LABELS["unitised"]: " ends"}  # coefficient -> what its unit is called further


def agreement(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw kappa of each code with its interval, all codes together first, for the first pair of coders.

    Parameters
    ----------
    table : pandas.DataFrame
        Released agreement table.
    release : Release
        For the watermark.
    """
    pair = table["pair"].iloc[0]
    shown = table[(table["pair"] == pair) & table["kappa"].notna()]
    if shown.empty:
        return absent(f"Agreement was not computed: {table['not_computed'].iloc[0]}.")
    whole = shown[shown["code"] == ALL_CODES]
    codes = shown[shown["code"] != ALL_CODES].sort_values("code", ascending=False).tail(MOST_CODES)
    names = [code.rpartition(SEPARATOR)[2] for code in codes["code"]] + [ALL_CODES] * len(whole)
    rows = codes.to_dict("records") + whole.to_dict("records")
    fig, ax = figures.new(6.5, 0.8 + 0.18 * len(rows))
    for place, row in enumerate(rows):
        colour = figures.SIGNAL if row["code"] == ALL_CODES else figures.ACCENT
        if row["kappa_low"] == row["kappa_low"]:
            ax.plot([row["kappa_low"], row["kappa_high"]], [place, place], color=colour, linewidth=1.6)
        ax.plot(row["kappa"], place, "o", color=colour, markersize=5)
        ax.annotate(f"{row['kappa']:.2f}", (1.045, place), va="center", ha="left", fontsize=8.5, annotation_clip=False)
    ax.set_yticks(range(len(rows)), names)
    ax.set_xlim(min(0.0, float(shown["kappa_low"].min(skipna=True) or 0)) - 0.02, 1.02)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.grid(axis="x")
    ax.set_xlabel("Cohen's kappa (0: as by chance, 1: complete agreement)")
    return figures.finish(fig, release)


def grid(
    ax: Axes, rows: Sequence[str], columns: Sequence[str], shade: Sequence, words: Sequence, *, slanted: bool
) -> None:
    """Draw a table of shaded cells with their values, column headings above.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    rows, columns : sequence of str
        Headings.
    shade : array of shape (rows, columns)
        0 to 1, from white to the house blue; text turns white on dark cells.
    words : array of shape (rows, columns)
        What stands in the cells.
    slanted : bool
        Whether the column headings are too long to stand level.
    """
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("house", ["#ffffff", figures.ACCENT])
    ax.imshow(shade, cmap=colours, vmin=0, vmax=1, aspect="auto")
    for i, line in enumerate(words):
        for j, word in enumerate(line):
            ink = "white" if shade[i][j] > 0.55 else figures.INK
            ax.text(j, i, word, ha="center", va="center", fontsize=8, color=ink)
    turned = {"rotation": 40, "ha": "left", "rotation_mode": "anchor"} if slanted else {}
    ax.set_xticks(range(len(columns)), columns, fontsize=8, **turned)
    ax.set_yticks(range(len(rows)), rows)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, colors=figures.INK)
    ax.set_xticks([x - 0.5 for x in range(1, len(columns))], minor=True)
    ax.set_yticks([y - 0.5 for y in range(1, len(rows))], minor=True)
    ax.grid(which="minor", color="white", linewidth=1.5)
    ax.tick_params(which="minor", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def agreement_by_unit(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw alpha of all codes together by unit, with its interval, for the first pair of coders.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table of coefficients (``agreement_coefficients``).
    release : Release
        For the watermark.
    """
    whole = table[(table["code"] == ALL_CODES) & table["coefficient"].isin(list(ALPHAS)) & table["value"].notna()]
    if whole.empty:
        return absent(f"Agreement was not computed: {table['reason'].dropna().iloc[0]}.")
    pair = sorted(whole["pair"])[0]
    order = {unit: place for place, unit in enumerate(UNIT_ORDER)}
    shown = whole[whole["pair"] == pair].assign(place=lambda rows: rows["unit"].map(order))
    rows = shown.sort_values("place", ascending=False).to_dict("records")
    fig, ax = figures.new(6.5, 0.8 + 0.26 * len(rows))
    for place, row in enumerate(rows):
        if row["low"] == row["low"]:
            ax.plot([row["low"], row["high"]], [place, place], color=figures.ACCENT, linewidth=1.6)
        ax.plot(row["value"], place, "o", color=figures.ACCENT, markersize=5)
        ax.annotate(f"{row['value']:.2f}", (1.045, place), va="center", ha="left", fontsize=8.5, annotation_clip=False)
    ax.set_yticks(range(len(rows)), [f"{row['unit'].capitalize()}{ALPHAS[row['coefficient']]}" for row in rows])
    ax.set_xlim(min(0.0, float(shown["low"].min(skipna=True) or 0)) - 0.02, 1.02)
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.grid(axis="x")
    ax.set_xlabel("Krippendorff's alpha (0: as by chance, 1: complete agreement)")
    return figures.finish(fig, release)
