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


def by_themes(inferences: pd.DataFrame) -> pd.DataFrame:
    """Return statistics by themes for print: ``label, counted, said, fit, meta_inference, reason``.

    A fit that nobody wrote is the rule's; where the team reads otherwise, the rule's stands beside it. ``reason`` is
    why the rule says so.
    """
    rows = []
    for row in inferences.to_dict("records"):
        named = {
            side: f"{row[f'{side}_statement']} ({row[side]})" if isinstance(row[side], str) else "nothing"
            for side in ("counted", "said")
        }
        written = isinstance(row["meta_inference"], str)
        other = f" (by the rule: {row['fit_computed']})" if row["fit"] != row["fit_computed"] else ""
        rows.append(
            {
                "label": row["label"],
                **named,
                "fit": f"{row['fit']}{other}" if written else f"{row['fit']} (by the rule)",
                "meta_inference": f"{row['meta_inference']} ({row['written_by']})" if written else "not written yet",
                "reason": row["fit_reason"] if isinstance(row["fit_reason"], str) else "",
            }
        )
    frame = pd_frame(rows, ["label", "counted", "said", "fit", "meta_inference", "reason"])
    return frame.sort_values("label", key=lambda label: label.str.casefold())


def reasons(inferences: pd.DataFrame) -> str:
    """Return why the rule calls themes confirmed or discordant, as a list; blank where it calls none so."""
    said = inferences[inferences["fit_computed"].isin(["confirm", "discord"])]
    rows = said.sort_values("label", key=lambda label: label.str.casefold()).itertuples()
    return "\n".join(f"- *{escaped(row.label)}*, {row.fit_computed}: {escaped(row.fit_reason)}." for row in rows)


def pd_frame(rows: list[dict], columns: list[str]) -> pd.DataFrame:
    """Return rows as a frame that has its columns also when there are none."""
    import pandas as pd

    return pd.DataFrame(rows, columns=columns)


def fits(inferences: pd.DataFrame) -> pd.DataFrame:
    """Return for print which themes have which fit: ``fit, meaning, n, themes``."""
    from genequity.synthesis.inferences import FITS

    rows = []
    for fit, meaning in FITS.items():
        mine = sorted(inferences.loc[inferences["fit"] == fit, "label"], key=str.casefold)
        rows.append({"fit": fit, "meaning": meaning, "n": len(mine), "themes": "; ".join(mine) or "none"})
    return pd_frame(rows, ["fit", "meaning", "n", "themes"])


def dimensions(convergence: pd.DataFrame) -> pd.DataFrame:
    """Count the codes of meaning, prominence and examples: one row a dimension, one column a code."""
    rows = []
    for name, column in (("Meaning", "code"), ("Prominence", "prominence"), ("Examples", "examples")):
        counts = convergence[column].value_counts()
        rows.append({"dimension": name, **{code: int(counts.get(code, 0)) for code in (*CODES, "none")}})
    return pd_frame(rows, ["dimension", *CODES, "none"])


def analysts(compared: pd.DataFrame) -> str:
    """Return one sentence for each pair of coders, or that nobody coded pairs by hand."""
    if compared.empty:
        return "Nobody has coded pairs by hand; the codes are those of the rule alone."
    lines = []
    for row in compared.to_dict("records"):
        second = "the computed rule" if row["second"] == "rule" else row["second"]
        kappa = f"Cohen's kappa {row['kappa']:.2f}" if row["kappa"] == row["kappa"] else f"no kappa: {row['reason']}"
        lines.append(
            f"- {row['dimension'].capitalize()}, {escaped(row['first'])} and {escaped(second)}: same code for "
            f"{row['agree']} of {row['pairs']} pairs ({kappa})."
        )
    return "\n".join(lines)


def added(completeness: pd.DataFrame) -> pd.DataFrame:
    """Return what each strand adds, for print: ``strand, spoken, alone, only_here``."""
    frame = completeness.assign(strand=[NAMES[strand] for strand in completeness["strand"]])
    return frame.assign(only_here=frame["only_here"].fillna("none"))


def equity(progress: pd.DataFrame) -> pd.DataFrame:
    """Return PROGRESS-Plus by strand for print: ``item`` and one column a strand."""
    words = [row["by"] if row["state"] == "reported" and isinstance(row["by"], str) else row["state"]
             for row in progress.to_dict("records")]  # fmt: skip
    wide = progress.assign(cell=words).pivot(index=["position", "item"], columns="strand", values="cell").reset_index()
    return wide.sort_values("position")[["item", *STRANDS]]


def equity_silences(progress: pd.DataFrame) -> str:
    """Return one sentence on the items by which no strand reports."""
    from genequity.synthesis.progress import unanswered

    missing = [escaped(item) for item in unanswered(progress)]
    if not missing:
        return "At least one strand reports by every item."
    return f"No strand reports by: {'; '.join(missing)}."


def meta_inferences(inferences: pd.DataFrame) -> str:
    """Return the written meta-inferences as a list, or that there are none yet."""
    written = inferences[inferences["meta_inference"].notna()].sort_values("label", key=lambda x: x.str.casefold())
    if written.empty:
        return "No meta-inference has been written yet."
    return "\n".join(
        f"- **{escaped(row.label)}** (*{row.fit}*): {escaped(row.meta_inference)} ({escaped(row.written_by)})"
        for row in written.itertuples()
    )


def reporting(table: pd.DataFrame) -> pd.DataFrame:
    """Return the checklist for print: ``item, topic, answer``; what is not reported says so."""
    return table.assign(answer=[a if isinstance(a, str) else "not reported" for a in table["answer"]])
