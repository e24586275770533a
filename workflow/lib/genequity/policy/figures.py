"""Figures of the policy chapter; they draw released tables and estimate nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.coding.figures import grid
from genequity.notebook import absent
from genequity.policy.grades import ALL_PUBLISHERS
from genequity.policy.terms import ALL_YEARS, NO_YEAR
from genequity.policy.text import NO_THEMES, NOT_CODED, NOT_EXTRACTED

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

MOST_COLUMNS = 12


def grades(counts: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw the number of documents of each grade of ethnicity content."""
    whole = counts[counts["publisher"] == ALL_PUBLISHERS].sort_values("rank", ascending=False)
    if whole.empty:
        return absent(NOT_CODED)
    fig, ax = figures.new(6.5, 1.9)
    colours = [figures.PALETTE[5] if grade == "none" else figures.ACCENT for grade in whole["grade"]]
    ax.barh(whole["grade"].str.capitalize(), whole["documents"], color=colours, height=0.62)
    for place, row in enumerate(whole.itertuples()):
        ax.annotate(f" {row.documents} of {row.of}", (row.documents, place), va="center", fontsize=9)
    ax.set_xlim(0, float(whole["documents"].max()) * 1.15 + 0.5)
    ax.set_xlabel("Documents")
    ax.xaxis.get_major_locator().set_params(integer=True)
    return figures.finish(fig, release)


def gaps(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw, for each element of a commitment, how many commitments name it and how many do not."""
    if table.empty:
        return absent(NOT_EXTRACTED)
    rows = table.sort_values("order", ascending=False)
    fig, ax = figures.new(6.5, 2.0)
    ax.barh(rows["label"], rows["named"], color=figures.ACCENT, height=0.62, label="Named")
    ax.barh(
        rows["label"], rows["missing"], left=rows["named"], color=figures.PALETTE[5], height=0.62, label="Not named"
    )
    for place, row in enumerate(rows.itertuples()):
        ax.annotate(f" {row.named} of {row.of}", (row.of, place), va="center", fontsize=9)
    ax.set_xlim(0, float(rows["of"].max()) * 1.12 + 0.5)
    ax.set_xlabel("Commitments")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=2, frameon=False, fontsize=9)
    return figures.finish(fig, release)


def matrix(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw themes by publisher: share of each publisher's documents, with the number in the cell."""
    if table.empty:
        return absent(NO_THEMES)
    publishers = [name for name in dict.fromkeys(table["publisher"]) if name != ALL_PUBLISHERS][:MOST_COLUMNS]
    columns = [*sorted(publishers), ALL_PUBLISHERS]
    rows = sorted(set(table["label"]))
    wide = table.set_index(["label", "publisher"])
    shade = [[float(wide.loc[(row, column), "share"]) for column in columns] for row in rows]
    words = [[_cell(int(wide.loc[(row, column), "documents"])) for column in columns] for row in rows]
    of = {column: int(wide.loc[(rows[0], column), "of"]) for column in columns}
    fig, ax = figures.new(6.5, 1.5 + 0.22 * len(rows))
    grid(ax, rows, [f"{column} ({of[column]})" for column in columns], shade, words, slanted=True)
    return figures.finish(fig, release)


def _cell(count: int) -> str:
    return "–" if count == 0 else str(count)


def terms(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw occurrences of each term by year of publication; shades are occurrences per 10,000 words."""
    if table.empty:
        return absent("No text of a document was supplied, so no words were counted.")
    years = sorted(set(table["year"]) - {ALL_YEARS, NO_YEAR})[-MOST_COLUMNS:]
    columns = [*years, *([NO_YEAR] if NO_YEAR in set(table["year"]) else []), ALL_YEARS]
    rows = sorted(set(table["term"]))
    wide = table.set_index(["term", "year"])
    most = max(float(table["per_10000_words"].max()), 1e-9)
    shade = [[float(wide.loc[(row, column), "per_10000_words"]) / most for column in columns] for row in rows]
    words = [[_cell(int(wide.loc[(row, column), "hits"])) for column in columns] for row in rows]
    fig, ax = figures.new(6.5, 0.8 + 0.23 * len(rows))
    grid(ax, rows, columns, shade, words, slanted=False)
    return figures.finish(fig, release)
