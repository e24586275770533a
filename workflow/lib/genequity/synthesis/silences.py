"""Silences, computed: what somebody raises and a strand that should answer does not mention.

A silence is only looked for where the strands that could speak were supplied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genequity.synthesis.display import COMPARES, looked_in_vain

if TYPE_CHECKING:
    import pandas as pd

HEARD = ("interviews", "survey")  # strands in which people speak
MEASURING = ("evidence", "service", "survey")  # strands that can compare groups
PEOPLE = ("patient", "professional", "public")


@dataclass(frozen=True)
class Kind:
    """One kind of silence: its rule, and the strands without which it cannot be looked for."""

    name: str
    title: str
    rule: str
    raised_in: tuple[str, ...]
    silent_in: tuple[str, ...]


KINDS = (
    Kind(
        "no_policy",
        "Raised by patients or the public, in no policy document",
        "At least one finding with the voice of patients or the public; no finding of the policy strand.",
        HEARD,
        ("policy",),
    ),
    Kind(
        "no_voice",
        "Gap in the data that nobody voices",
        "At least one finding from service data, other than no clear difference, or from published studies of a "
        "difference or of what cannot be measured; no patient, professional or member of the public speaks of the "
        "theme in the interviews or the survey.",
        ("evidence", "service"),
        HEARD,
    ),
    Kind(
        "no_measure",
        "Raised, with no field to measure it",
        "At least one finding from people or policy documents; no finding of the evidence, service or survey strand "
        "compares groups on the theme.",
        ("policy", *HEARD),
        MEASURING,
    ),
)


def silences(register: pd.DataFrame, themes: pd.DataFrame, supplied: list[str]) -> pd.DataFrame:
    """List the silences of a study.

    Parameters
    ----------
    register : pandas.DataFrame
        One row a finding.
    themes : pandas.DataFrame
        ``theme, label``.
    supplied : list of str
        Strands of this study.

    Returns
    -------
    pandas.DataFrame
        One row a kind and theme: ``kind, theme, label, raised_by, silent, findings``: the voices and strands that
        raise it, the strands that are silent, and the ids of the findings that raise it.
    """
    import pandas as pd

    rows = []
    spoken = register[~looked_in_vain(register)]
    for kind in KINDS:
        if cannot_tell(kind, supplied):
            continue
        for entry in themes.to_dict("records"):
            raising, answering = _sides(kind, spoken[spoken["theme"] == entry["theme"]])
            if raising.empty or not answering.empty:
                continue
            raising = raising.sort_values("id")
            who = sorted({f"{row.voice} ({row.strand})" for row in raising.itertuples()})
            rows.append(
                {
                    "kind": kind.name,
                    "theme": entry["theme"],
                    "label": entry["label"],
                    "raised_by": "; ".join(who),
                    "silent": "; ".join(strand for strand in kind.silent_in if strand in supplied),
                    "findings": "; ".join(raising["id"]),
                }
            )
    return pd.DataFrame(rows, columns=["kind", "theme", "label", "raised_by", "silent", "findings"])


def kinds(found: pd.DataFrame, supplied: list[str]) -> pd.DataFrame:
    """Return one row a kind of silence: ``kind, title, rule, looked_for, why_not, n``; n is blank if not looked for."""
    import pandas as pd

    rows = []
    for kind in KINDS:
        why_not = cannot_tell(kind, supplied)
        rows.append(
            {
                "kind": kind.name,
                "title": kind.title,
                "rule": kind.rule,
                "looked_for": not why_not,
                "why_not": why_not or None,
                "n": None if why_not else int((found["kind"] == kind.name).sum()),
            }
        )
    return pd.DataFrame(rows).astype({"n": "Int64"})


def cannot_tell(kind: Kind, supplied: list[str]) -> str:
    """Return why a kind of silence cannot be looked for in this study, or a blank."""
    for strands in (kind.raised_in, kind.silent_in):
        if not set(strands) & set(supplied):
            return f"not supplied: {' or '.join(strands)}"
    return ""


def _sides(kind: Kind, findings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the findings on a theme that raise it, and those that would end the silence."""
    strand, voice, direction = findings["strand"], findings["voice"], findings["direction"]
    measured = strand.isin(MEASURING) & direction.isin(COMPARES)
    if kind.name == "no_policy":
        return findings[strand.isin(HEARD) & voice.isin(["patient", "public"])], findings[strand == "policy"]
    if kind.name == "no_voice":
        gap = (strand == "service") & (direction != "no_clear_difference")
        gap |= (strand == "evidence") & direction.isin(["higher", "lower", "not_measurable"])
        return findings[gap], findings[strand.isin(HEARD) & voice.isin(PEOPLE)]
    raised = (strand == "policy") | voice.isin(PEOPLE) & (direction != "not_measurable")
    return findings[raised], findings[measured]
