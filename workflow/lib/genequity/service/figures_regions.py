"""Figures that set regions side by side: small multiples and a tile map. Functions of released frames only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import named
from genequity.notebook import absent
from genequity.service.figures import small_multiples

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from genequity.notebook import Absent, Release

NO_REGIONS = "This study has no regions: there is nothing to set side by side."


def in_order(regions, national: str) -> list[str]:
    """Return regions in alphabetical order, all of them together last."""
    return [*sorted({region for region in regions if region != national}), national]


def whole_gap(steps: pd.DataFrame, national: str, comparator: str, release: Release | None = None) -> Figure | Absent:
    """Gap of each group over the whole pathway, one panel a region and one for all of them.

    Parameters
    ----------
    steps : DataFrame
        ``service/gap_steps``.
    national : str
        Name of all regions together.
    comparator : str
        Group compared with.
    release : Release, optional
        The open release, for the watermark.
    """
    whole = steps[(steps["step"] == "total") & steps["group"].isin(named(steps["group"]))]
    if whole["region"].nunique() < 2:
        return absent(NO_REGIONS)
    shown = [(region, whole[whole["region"] == region]) for region in in_order(whole["region"], national)]
    columns = ("contribution", "low", "high")
    return small_multiples(
        shown, columns, 100.0, "percentage points", comparator, release, wide=4, zero=0.0, share_x=True
    )
