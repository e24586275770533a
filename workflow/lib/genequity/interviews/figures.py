"""Figures of the interviews chapter; they draw released tables and estimate nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.interviews import bands, cooccurrence
from genequity.interviews.cases import ALL, ALL_SOURCES
from genequity.interviews.cooccurrence import PERSON
from genequity.notebook import absent

NO_PAIR = "No pair of themes is shown: none goes together in the words of enough people."
TITLES = {"patient": "Patients", "professional": "Professionals", "public": "Public"}

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release


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


MOST_THEMES = 14  # rows and columns that a printed page holds
MOST_EDGES = 20


def together(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw how strongly each pair of themes goes together in the words of the same participants.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``interviews/cooccurrence``.
    release : Release
        For the watermark.
    """
    import numpy as np

    from genequity.coding.figures import grid

    person = table[table["unit"] == PERSON]
    shown = person[person["coefficient"].notna()]
    if shown.empty:
        return absent(NO_PAIR)
    names = _busiest(shown, MOST_THEMES)
    place = {name: number for number, name in enumerate(names)}
    size = len(names)
    shade, words = np.zeros((size, size)), [[""] * size for _ in names]
    for row in person.itertuples():
        if row.first not in place or row.second not in place:
            continue
        low, high = sorted((place[row.first], place[row.second]))
        known = row.coefficient == row.coefficient
        shade[high, low] = row.coefficient if known else 0
        words[high][low] = f"{row.coefficient:.2f}" if known else "\u00b7"
    fig, ax = figures.new(6.5, 1.35 + 0.22 * size)
    grid(ax, names[1:], names[:-1], shade[1:, :-1], [line[:-1] for line in words[1:]], slanted=True)
    return figures.finish(fig, release)


def network(table: pd.DataFrame, release: Release) -> Figure | Absent:
    """Draw the pairs of themes that go together most as lines between places on a circle.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``interviews/cooccurrence``.
    release : Release
        For the watermark.
    """
    shown = cooccurrence.strongest(table, PERSON)
    if shown.empty:
        return absent(NO_PAIR)
    names = sorted(_busiest(shown, MOST_THEMES))
    places = cooccurrence.network(names)
    lines = shown[shown["first"].isin(places) & shown["second"].isin(places)].head(MOST_EDGES)
    fig, ax = figures.new(6.5, 3.6)
    most = lines["coefficient"].max()
    for row in lines.iloc[::-1].itertuples():
        (x, y), (u, v) = places[row.first], places[row.second]
        ax.plot([x, u], [y, v], color=figures.ACCENT, lw=0.6 + 4 * row.coefficient / most, alpha=0.45, zorder=1)
    for name, (x, y) in places.items():
        ax.plot(x, y, "o", ms=7, color=figures.ACCENT, zorder=2)
        side = "left" if x > 0.05 else "right" if x < -0.05 else "center"
        level = "bottom" if y > 0.9 else "top" if y < -0.9 else "center"
        ax.text(1.08 * x, 1.08 * y, name, ha=side, va=level, fontsize=8.5)
    ax.set_xlim(-2.9, 2.9)
    ax.set_ylim(-1.25, 1.25)
    ax.set_aspect("equal")
    ax.axis("off")
    return figures.finish(fig, release)


def saturation(table: pd.DataFrame, release: Release, why_not: str = "") -> Figure | Absent:
    """Draw the codes known after each participant, with the band of random orders.

    Parameters
    ----------
    table : pandas.DataFrame
        Released table ``interviews/saturation``.
    release : Release
        For the watermark.
    why_not : str
        Why the study makes no claim of saturation.
    """
    if why_not or table.empty:
        return absent(why_not or "Nobody was heard, so there is no curve.")
    rows = table.sort_values("interviews")
    fig, ax = figures.new(6.5, 2.6)
    ax.fill_between(rows["interviews"], rows["low"], rows["high"], step="mid", color=figures.ACCENT, alpha=0.18, lw=0)
    ax.plot(rows["interviews"], rows["codes"], color=figures.ACCENT, lw=1.8, drawstyle="steps-mid")
    last = rows.iloc[-1]
    ax.annotate(
        f"{int(last['codes'])} codes",
        (last["interviews"], last["codes"]),
        (0, -12),
        textcoords="offset points",
        ha="right",
        fontsize=8.5,
    )
    ax.set_ylim(0, float(rows["high"].max()) * 1.08)
    ax.set_xlim(0.5, float(last["interviews"]) + 0.5)
    ax.grid(axis="y")
    ax.set_xlabel("Participants, in the order of the interviews")
    ax.set_ylabel("Different codes so far")
    return figures.finish(fig, release)


def _busiest(shown: pd.DataFrame, most: int) -> list[str]:
    """Return the names that stand in most pairs, by name, as many as a page holds."""
    weight: dict[str, float] = {}
    for row in shown.itertuples():
        for name in (row.first, row.second):
            weight[name] = weight.get(name, 0) + row.coefficient
    return sorted(sorted(weight, key=lambda name: (-weight[name], name))[:most])
