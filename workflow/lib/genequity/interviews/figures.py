"""Figures of the interviews chapter; they draw released tables and estimate nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.interviews.cases import ALL, ALL_SOURCES

TITLES = {"patient": "Patients", "professional": "Professionals", "public": "Public"}

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Release


def prevalence(table: pd.DataFrame, release: Release) -> Figure:
    """Draw the share of participants who raise each theme, one panel for each role.

    Themes stand in the order of how many participants raise them; a withheld count says so.
    """
    whole = table[table["role"].isin([ALL, ALL_SOURCES])]
    order = list(whole.sort_values(["participants", "label"], ascending=[True, False])["theme"])
    labels = dict(zip(table["theme"], table["label"], strict=True))
    roles = [role for role in TITLES if role in set(table["role"])] or [whole["role"].iloc[0]]
    fig, axes = figures.new(6.5, 0.8 + 0.24 * len(order), ncols=len(roles), sharey=True, squeeze=False)
    for ax, role in zip(axes[0], roles, strict=True):
        rows = table[table["role"] == role].set_index("theme").loc[order]
        shares = rows["share"].astype(float)
        ax.barh(range(len(order)), shares.fillna(0), color=figures.ACCENT, height=0.6)
        for place, row in enumerate(rows.itertuples()):
            withheld = row.share != row.share
            words = "withheld" if withheld else f"{row.participants} of {row.of}"
            ax.annotate(f" {words}", (0 if withheld else row.share, place), va="center", fontsize=8)
        ax.set_title(TITLES.get(role, role))
        ax.set_xlim(0, 1.3)
        ax.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
        ax.set_yticks(range(len(order)), [labels[theme] for theme in order])
        ax.set_ylim(-0.6, len(order) - 0.4)
    return figures.finish(fig, release)
