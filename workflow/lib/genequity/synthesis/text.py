"""Markdown of the integration for its notebook: what each strand says, theme by theme, from released tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from genequity.synthesis.convergence import CODES, RULE
from genequity.synthesis.display import COMPARES, SPEAKING
from genequity.synthesis.register import NAMES, STRANDS

if TYPE_CHECKING:
    import pandas as pd

DIRECTION_WORDS = {
    "higher": "higher",
    "lower": "lower",
    "no_clear_difference": "no clear difference",
    "described": "described",
    "not_measurable": "not measurable",
}


def escaped(text: str) -> str:
    """Return text as Markdown that prints just that text."""
    return re.sub(r"([\\`*_\[\]<>#@$|~^{}])", r"\\\1", text)


def joined(words: list[str]) -> str:
    """Return "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def strands(display: pd.DataFrame) -> str:
    """Return one sentence on the strands that were and were not supplied."""
    off = set(display.loc[display["stance"] == "not supplied", "strand"])
    missing = [NAMES[strand].lower() for strand in STRANDS if strand in off]
    if not missing:
        return "All strands of the design were supplied."
    return f"Not supplied: {joined(missing)}. Nothing can be said of what they would have shown."


def cells(display: pd.DataFrame) -> pd.DataFrame:
    """Return the joint display with one row a theme and one column a strand: directions and how many findings each.

    Returns
    -------
    pandas.DataFrame
        ``label`` and one column for each strand, in the order of the strands.
    """
    rows = display.assign(cell=[_cell(row) for row in display.to_dict("records")])
    wide = rows.pivot(index="label", columns="strand", values="cell").reset_index()
    return wide.sort_values("label", key=lambda label: label.str.casefold())[["label", *STRANDS]]


def side_by_side(display: pd.DataFrame) -> str:
    """Return, for each theme, one paragraph: the lead finding of each strand that speaks of it, with its identifier."""
    parts = []
    spoken = display[display["stance"].isin(SPEAKING)]
    for label in sorted(spoken["label"].unique(), key=str.casefold):
        mine = spoken[spoken["label"] == label].set_index("strand")
        said = [
            f"*{NAMES[strand]}*: {escaped(mine.loc[strand, 'lead_statement'])} (`{mine.loc[strand, 'lead_finding']}`)"
            for strand in STRANDS
            if strand in mine.index
        ]
        parts.append(f"**{escaped(label)}.** {' '.join(said)}\n")
    return "\n".join(parts)


def rule() -> str:
    """Return the rule of convergence as a list, in the order in which it is applied."""
    return "\n".join(f"- *{code.capitalize()}*: {sentence}." for code, sentence in RULE.items())


def codes_by_theme(convergence: pd.DataFrame) -> pd.DataFrame:
    """Count the codes of each theme: ``label`` and one column a code."""
    counts = convergence.pivot_table(index="label", columns="code", values="theme", aggfunc="count", fill_value=0)
    counts = counts.reindex(columns=list(CODES), fill_value=0).reset_index()
    return counts.sort_values("label", key=lambda label: label.str.casefold())


def dissonances(convergence: pd.DataFrame) -> str:
    """Return the dissonances of the study, each with its written explanation, or that it has none yet."""
    found = convergence[convergence["code"] == "dissonance"]
    if found.empty:
        return "No pair of strands reports opposite directions for the same group on any theme."
    lines = []
    for row in found.to_dict("records"):
        pair = joined([NAMES[row["strand_a"]], NAMES[row["strand_b"]]])
        why = (
            f"{row['explanation']} ({row['explained_by']})"
            if not row["open"]
            else "**Open: nobody has explained it yet.**"
        )
        lines.append(f"- *{row['label']}, {pair}*: {row['reason']}. {why}")
    return "\n".join(lines)


def _cell(row: dict) -> str:
    if row["stance"] not in SPEAKING:
        return row["stance"]
    counts = [(DIRECTION_WORDS[name], row[f"n_{name}"]) for name in (*COMPARES, "described", "not_measurable")]
    counts.append(("absent", row["n_absent"]))
    return ", ".join(f"{word} {n}" for word, n in counts if n)


def kinds(silence_kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the rules of silence for print: ``title, rule, found``, the latter saying why where not looked for."""
    found = [
        f"not looked for ({row['why_not']})" if not row["looked_for"] else str(int(row["n"]))
        for row in silence_kinds.to_dict("records")
    ]
    return silence_kinds.assign(found=found).sort_values("title")


def silences(found: pd.DataFrame, silence_kinds: pd.DataFrame) -> pd.DataFrame:
    """Return the silences for print: ``title, label, raised_by, silent``."""
    frame = found.merge(silence_kinds[["kind", "title"]], on="kind", how="left")
    frame["silent"] = [joined([NAMES[strand] for strand in row.split("; ")]) for row in frame["silent"]]
    return frame.sort_values(["title", "label"])
