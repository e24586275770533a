"""How far choices move one stage's differences: models, rules of one code, treatments of unknown group, side by side.

One primary analysis leads; each other line changes one choice and keeps the rest. A function of released frames only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity import figures
from genequity.groups import named, ordered
from genequity.notebook import absent
from genequity.service.figures import facets
from genequity.service.unknown import OWN_GROUP, TREATMENTS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

REPORTED = "As reported"
VALUES = ["risk_difference", "risk_difference_low", "risk_difference_high"]


def lines(
    adjusted: pd.DataFrame, rules: pd.DataFrame, treatments: pd.DataFrame, outcome: str, national: str
) -> pd.DataFrame:
    """Return one row a choice and group at one stage: the reported estimate first, then what changes one choice.

    Parameters
    ----------
    adjusted, rules, treatments : DataFrame
        ``service/adjusted``, ``service/resolution_models`` and ``service/unknown_treatments``.
    outcome : str
        The stage.
    national : str
        Name of all regions together.

    Returns
    -------
    DataFrame
        ``choice, group, risk_difference, risk_difference_low, risk_difference_high``.
    """
    import pandas as pd

    ladder = adjusted[(adjusted["outcome"] == outcome) & (adjusted["region"] == national)]
    other = ladder[~ladder["final"]]
    rules = rules[(rules["outcome"] == outcome) & ~rules["chosen"].astype(bool)]
    unknown = treatments[(treatments["outcome"] == outcome) & (treatments["treatment"] != OWN_GROUP)]
    place = {treatment: at for at, treatment in enumerate(TREATMENTS)}
    unknown = unknown.assign(at=unknown["treatment"].map(place)).sort_values("at")
    parts = [
        ladder[ladder["final"]].assign(choice=REPORTED),
        other.assign(choice=[_adjusted(names) for names in other["covariates"]]),
        rules.assign(choice="Rule: " + rules["rule_label"].astype(str)),
        unknown.assign(choice="Unknown: " + unknown["treatment"].astype(str)),
    ]
    rows = pd.concat([part[["choice", "group", *VALUES]] for part in parts], ignore_index=True)
    return rows[rows["group"].isin(named(rows["group"]))]


def _adjusted(covariates: object) -> str:
    return f"Adjusted for: {covariates}" if isinstance(covariates, str) and covariates else "Not adjusted"


def choices(rows: pd.DataFrame, comparator: str, release: Release | None = None) -> Figure | Absent:
    """Draw the differences under each choice, one panel a group; the line repeats the reported one.

    Parameters
    ----------
    rows : DataFrame
        From :func:`lines`.
    comparator : str
        Group compared with; it has no panel.
    release : Release, optional
        The open release, for the watermark.
    """
    rows = rows[(rows["group"] != comparator) & rows["risk_difference"].notna()]
    groups = ordered(rows["group"])
    if not groups:
        return absent("No difference can be given at this stage.")
    names = list(dict.fromkeys(rows["choice"]))
    left = 0.065 * max(map(len, names))
    fig, axes = facets(groups, 0.6 + 0.2 * len(names), left, widest=4, sharex=True, sharey=True)
    for ax, group in zip(axes, groups):
        part = rows[rows["group"] == group].set_index("choice")
        for y, name in enumerate(names):
            if name in part.index:
                value, low, high_end = (100 * float(part.loc[name, column]) for column in VALUES)
                colour = figures.ACCENT if name == REPORTED else figures.MUTED
                ax.plot([low, high_end], [y, y], color=colour, linewidth=1.5, solid_capstyle="butt")
                ax.plot(value, y, "o", color=colour, markersize=4.5)
        if REPORTED in part.index:
            ax.axvline(100 * part.loc[REPORTED, VALUES[0]], color=figures.ACCENT, linewidth=0.7, zorder=0)
        figures.reference_line(ax, 0.0)
        ax.grid(axis="x")
        ax.locator_params(axis="x", nbins=3)
        ax.set_xlabel("points")
    axes[0].set_yticks(range(len(names)), names, fontsize=8)
    axes[0].set_ylim(len(names) - 0.5, -0.6)
    return figures.finish(fig, release)
