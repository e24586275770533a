"""Convergence coding: for each theme and pair of strands, whether they agree in meaning, prominence and examples.

Source: Farmer T, Robinson K, Elliott SJ, Eyles J. Developing and implementing a triangulation protocol for qualitative
health research. Qual Health Res 2006;16:377-394. The rule below is computed; a reading of meaning stays with people,
who explain every dissonance in writing.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from genequity.errors import Problem
from genequity.synthesis.dimensions import examples, prominence
from genequity.synthesis.display import COMPARES, looked_in_vain, stance
from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd

# The rule, in the order in which it is applied; printed in the report.
RULE = {
    "silence": "exactly one of the two strands says nothing of the theme",
    "dissonance": "both compare the same group with the same comparator, and one reports higher where the other "
    "reports lower",
    "agreement": "both compare the same groups and report the same directions; or both only describe the theme; or "
    "both say it cannot be measured",
    "partial": "both speak of the theme in any other way: only one compares groups, they compare different groups, or "
    "only some of their directions are the same",
}
CODES = ("agreement", "partial", "dissonance", "silence")
COLUMNS = ["theme", "label", "strand_a", "strand_b", "code", "reason", "prominence", "prominence_reason", "examples"]
COLUMNS += ["examples_reason", "explanation", "explained_by", "open"]


def convergence(
    register: pd.DataFrame,
    themes: pd.DataFrame,
    supplied: list[str],
    explanations: pd.DataFrame,
    national: str = "",
) -> pd.DataFrame:
    """Code every pair of supplied strands on every theme that at least one of them speaks of.

    Parameters
    ----------
    register : pandas.DataFrame
        One row a finding.
    themes : pandas.DataFrame
        ``theme, label``.
    supplied : list of str
        Strands of this study.
    explanations : pandas.DataFrame
        Written explanations (:func:`genequity.synthesis.inputs.explanations`).
    national : str
        Label of the whole country: where a strand has national findings for a group, its regional ones are left out.

    Returns
    -------
    pandas.DataFrame
        One row a theme and pair: ``theme, label, strand_a, strand_b, code, reason, prominence, prominence_reason,
        examples, examples_reason, explanation, explained_by, open``. ``code`` is that of meaning; ``open`` marks a
        dissonance that nobody has explained.
    """
    import pandas as pd

    written = explanations.set_index(["theme", "strand_a", "strand_b"])
    rows = []
    for entry in themes.to_dict("records"):
        of_theme = register[register["theme"] == entry["theme"]]
        for pair in combinations([strand for strand in STRANDS if strand in supplied], 2):
            said = [of_theme[of_theme["strand"] == strand] for strand in pair]
            code, reason = compare(*said, *pair, national)
            if not code:
                continue
            key = (entry["theme"], *pair)
            why = written.loc[key] if code == "dissonance" and key in written.index else None
            rows.append(
                {
                    "theme": entry["theme"],
                    "label": entry["label"],
                    "strand_a": pair[0],
                    "strand_b": pair[1],
                    "code": code,
                    "reason": reason,
                    **dict(zip(("prominence", "prominence_reason"), prominence(*said, *pair))),
                    **dict(zip(("examples", "examples_reason"), examples(*said, *pair))),
                    "explanation": None if why is None else why["explanation"],
                    "explained_by": None if why is None else f"{why['author']}, {why['date']}",
                    "open": code == "dissonance" and why is None,
                }
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def unexplained(coded: pd.DataFrame) -> list[Problem]:
    """List the dissonances that nobody has explained, each with what to write and where."""
    return [
        Problem(
            "synthesis.inputs.explanations",
            f"{row['strand_a']} and {row['strand_b']} contradict one another on the theme {row['theme']}, and nobody "
            f"has explained it: {row['reason']}",
            where=f"theme {row['theme']}",
            do=f"write a row with theme {row['theme']}, strand_a {row['strand_a']}, strand_b {row['strand_b']}, the "
            "explanation, its author and its date; while drafting, set synthesis.methods.unexplained: list",
        )
        for row in coded[coded["open"].astype(bool)].to_dict("records")
    ]


def compare(
    findings_a: pd.DataFrame, findings_b: pd.DataFrame, name_a: str, name_b: str, national: str = ""
) -> tuple[str, str]:
    """Code two strands' findings on one theme by :data:`RULE`.

    Returns
    -------
    tuple of str
        Code and reason; two blanks when neither strand speaks of the theme.
    """
    a, b = (found[~looked_in_vain(found)] for found in (findings_a, findings_b))
    if a.empty and b.empty:
        return "", ""
    if a.empty or b.empty:
        speaks, silent = (name_b, name_a) if a.empty else (name_a, name_b)
        return "silence", f"{speaks} speaks of the theme, {silent} does not"
    by_group_a, by_group_b = directions(a, national), directions(b, national)
    if not by_group_a and not by_group_b:
        said = [stance(a), stance(b)]
        if said[0] == said[1]:
            meaning = "describe the theme" if said[0] == "described" else "say that the theme cannot be measured"
            return "agreement", f"both {meaning}; neither compares groups"
        return "partial", "one describes the theme, the other says that it cannot be measured"
    if not by_group_a or not by_group_b:
        compares, other = (name_a, name_b) if by_group_a else (name_b, name_a)
        return "partial", f"{compares} compares groups, {other} does not"
    shared = sorted(set(by_group_a) & set(by_group_b))
    if not shared:
        return "partial", "they compare different groups, or with different comparators"
    opposed = [group for group in shared if _opposed(by_group_a[group], by_group_b[group])]
    if opposed:
        return "dissonance", f"opposite directions for {_list(group for group, _ in opposed)}"
    same = [group for group in shared if by_group_a[group] == by_group_b[group]]
    if len(same) == len(shared) == len(by_group_a) == len(by_group_b):
        return "agreement", f"same directions for {_list(group for group, _ in same)}"
    if same:
        return "partial", f"same directions for {_list(group for group, _ in same)} only"
    return "partial", f"directions differ for {_list(group for group, _ in shared)} without being opposite"


def directions(findings: pd.DataFrame, national: str) -> dict[tuple[str, str], set[str]]:
    """Return (group, comparator) -> directions, national findings before regional ones."""
    found: dict[tuple[str, str], set[str]] = {}
    compared = findings[findings["direction"].isin(COMPARES)].fillna({"group": "", "comparator": "", "region": ""})
    for key, rows in compared.groupby(["group", "comparator"], sort=True):
        whole = rows[rows["region"].isin(["", national])]
        found[key] = set((rows if whole.empty else whole)["direction"])
    return found


def _opposed(a: set[str], b: set[str]) -> bool:
    gap = {"higher", "lower"}
    return bool(a & gap) and bool(b & gap) and not a & b & gap


def _list(groups) -> str:
    return ", ".join(dict.fromkeys(group or "everyone" for group in groups))
