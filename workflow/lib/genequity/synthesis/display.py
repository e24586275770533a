"""The joint display: for each theme, what each strand says, side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd

COMPARES = ("higher", "lower", "no_clear_difference")
# What a strand says of a theme, from the directions of its findings; the first that holds.
STANCES = {
    "difference": "at least one finding reports a higher or lower value than the comparator",
    "no clear difference": "groups were compared, and no finding shows a clear difference",
    "described": "the theme is described; groups were not compared",
    "not measurable": "the strand says only that the theme cannot be measured",
    "absent": "the strand looked for the theme and did not find it",
    "silent": "the strand was supplied and no finding mentions the theme",
    "not supplied": "the strand is not part of this study",
}
SPEAKING = ("difference", "no clear difference", "described", "not measurable")


def looked_in_vain(findings: pd.DataFrame) -> pd.Series:
    """Mark findings that report a theme as absent: described, with an estimate of exactly 0 (0 of n documents)."""
    return (findings["direction"] == "described") & (findings["estimate"].astype(float) == 0)


def stance(findings: pd.DataFrame) -> str:
    """Return what the findings of one strand say of one theme: a key of :data:`STANCES`."""
    if findings.empty:
        return "silent"
    directions = set(findings.loc[~looked_in_vain(findings), "direction"])
    if directions & {"higher", "lower"}:
        return "difference"
    for direction, word in (
        ("no_clear_difference", "no clear difference"),
        ("described", "described"),
        ("not_measurable", "not measurable"),
    ):
        if direction in directions:
            return word
    return "absent"


def joint_display(register: pd.DataFrame, themes: pd.DataFrame, supplied: list[str]) -> pd.DataFrame:
    """Set strands side by side for each theme.

    Parameters
    ----------
    register : pandas.DataFrame
        One row a finding.
    themes : pandas.DataFrame
        ``theme, label`` in the study's order.
    supplied : list of str
        Strands of this study.

    Returns
    -------
    pandas.DataFrame
        One row a theme and strand: ``theme, label, strand, stance, n_findings, n_higher, n_lower,
        n_no_clear_difference, n_described, n_not_measurable, n_absent, voices, findings, lead_finding,
        lead_statement``. The lead finding is the first headline finding in order of id, else the first that speaks of
        the theme.
    """
    import pandas as pd

    rows = []
    for entry in themes.to_dict("records"):
        for strand in STRANDS:
            mine = register[(register["theme"] == entry["theme"]) & (register["strand"] == strand)].sort_values("id")
            spoken = mine[~looked_in_vain(mine)]
            lead = next((rows for rows in (spoken[spoken["headline"]], spoken, mine) if len(rows)), mine).head(1)
            row = {
                "theme": entry["theme"],
                "label": entry["label"],
                "strand": strand,
                "stance": stance(mine) if strand in supplied else "not supplied",
                "n_findings": len(mine),
            }
            for direction in (*COMPARES, "described", "not_measurable"):
                row[f"n_{direction}"] = int((spoken["direction"] == direction).sum())
            row["n_absent"] = len(mine) - len(spoken)
            row["voices"] = "; ".join(sorted(set(mine["voice"]))) or None
            row["findings"] = "; ".join(mine["id"]) or None
            row["lead_finding"] = lead["id"].squeeze() if len(lead) else None
            row["lead_statement"] = lead["statement"].squeeze() if len(lead) else None
            rows.append(row)
    return pd.DataFrame(rows)
