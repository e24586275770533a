"""Prominence and examples: the two dimensions of convergence beside meaning, and how complete the strands are together.

Source: Farmer T, Robinson K, Elliott SJ, Eyles J. Developing and implementing a triangulation protocol for qualitative
health research. Qual Health Res 2006;16:377-394 (steps 2 to 4: convergence coding, assessment, completeness).
Meaning is coded in :mod:`genequity.synthesis.convergence`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.synthesis.display import SPEAKING, looked_in_vain

if TYPE_CHECKING:
    import pandas as pd

PROMINENCE = {
    "silence": "exactly one of the two strands says nothing of the theme",
    "agreement": "both put the theme forward, with at least one headline finding, or both only mention it",
    "partial": "one puts the theme forward and the other only mentions it",
}
EXAMPLES = {
    "silence": "exactly one of the two strands names a group or a step of the pathway",
    "agreement": "both name the same groups and steps",
    "partial": "both name groups or steps, and not the same ones",
    "none": "neither names a group or a step",
}


def prominence(a: pd.DataFrame, b: pd.DataFrame, name_a: str, name_b: str) -> tuple[str, str]:
    """Code two strands' findings on one theme by :data:`PROMINENCE`: code and reason.

    Parameters
    ----------
    a, b : pandas.DataFrame
        Findings of either strand on the theme.
    name_a, name_b : str
        The strands.

    Returns
    -------
    tuple of str
        Two blanks when neither strand speaks of the theme.
    """
    a, b = (found[~looked_in_vain(found)] for found in (a, b))
    if a.empty and b.empty:
        return "", ""
    if a.empty or b.empty:
        return "silence", f"{name_a if a.empty else name_b} says nothing of the theme"
    forward = [name for name, found in ((name_a, a), (name_b, b)) if found["headline"].astype(bool).any()]
    if len(forward) == 1:
        other = name_b if forward == [name_a] else name_a
        return "partial", f"{forward[0]} puts the theme forward, {other} mentions it"
    return "agreement", "both put the theme forward" if forward else "both mention the theme among others"


def examples(a: pd.DataFrame, b: pd.DataFrame, name_a: str, name_b: str) -> tuple[str, str]:
    """Code two strands' examples of one theme by :data:`EXAMPLES`: the groups and pathway steps that they name."""
    a, b = (found[~looked_in_vain(found)] for found in (a, b))
    if a.empty and b.empty:
        return "", ""
    named = [_named(found) for found in (a, b)]
    if not any(named):
        return "none", "neither names a group or a step"
    if not all(named):
        return "silence", f"only {name_a if named[0] else name_b} names groups or steps"
    if named[0] == named[1]:
        return "agreement", f"both name {', '.join(sorted(named[0]))}"
    both = sorted(named[0] & named[1])
    return (
        "partial",
        f"both name {', '.join(both)}; the rest differs" if both else "they name different groups or steps",
    )


def _named(findings: pd.DataFrame) -> set[str]:
    return {
        str(value) for column in ("group", "pathway_step") for value in findings[column].dropna() if str(value).strip()
    }


def completeness(display: pd.DataFrame) -> pd.DataFrame:
    """Say what each strand adds to the others.

    Parameters
    ----------
    display : pandas.DataFrame
        :func:`genequity.synthesis.display.joint_display`.

    Returns
    -------
    pandas.DataFrame
        One row a supplied strand: ``strand, themes, spoken, alone, silent, only_here``: themes of the study, themes it
        speaks of, themes of which it speaks alone, themes it does not speak of, and the labels of the former.
    """
    import pandas as pd

    rows = []
    speaking = display[display["stance"].isin(SPEAKING)]
    strands_of = speaking.groupby("theme")["strand"].nunique()
    for strand, mine in display[display["stance"] != "not supplied"].groupby("strand", sort=True):
        spoken = mine[mine["stance"].isin(SPEAKING)]
        alone = spoken[[strands_of[theme] == 1 for theme in spoken["theme"]]]
        rows.append(
            {
                "strand": strand,
                "themes": len(mine),
                "spoken": len(spoken),
                "alone": len(alone),
                "silent": len(mine) - len(spoken),
                "only_here": "; ".join(sorted(alone["label"], key=str.casefold)) or None,
            }
        )
    return pd.DataFrame(rows, columns=["strand", "themes", "spoken", "alone", "silent", "only_here"])
