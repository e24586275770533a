"""Findings and numbers of the evidence synthesis, from its released tables only."""

import re

import pandas as pd

from genequity.evidence import effects
from genequity.evidence.ledger import ALL
from genequity.findings import finding, row_key
from genequity.numbers import number, say, say_interval

POOL_KEY = ["outcome", "group", "comparator"]
COUNTED = {"sources": "sources", "unsure": "pairs", "studies": "studies"} | dict.fromkeys(
    ["sought", "not_retrieved", "awaiting", "assessed", "conflicts_full_text", "excluded_full_text", "reports"],
    "reports",
)
UNCLEAR = "no_clear_difference"
NO_DIFFERENCE = {"identity": 0.0, "exp": 1.0}


def slug(*words: str) -> str:
    """Return words as part of an identifier: small letters, digits and underscores, joined by stops."""
    return ".".join(re.sub(r"[^a-z0-9]+", "_", word.lower()).strip("_") for word in words)


def unit_of(measure: str) -> tuple[str, int]:
    """Return the unit and decimals in which a measure is said."""
    kind, scale = effects.MEASURES[measure][1:]
    if kind == "sample":
        return "proportion", 0
    if measure in ("OR", "PETO"):
        return "odds ratio", 2
    if measure == "RD":
        return "proportion difference", 1
    return ("ratio", 2) if scale == "exp" else ("coefficient", 2)


def findings(
    pooled: pd.DataFrame,
    representation: pd.DataFrame,
    focus: pd.DataFrame,
    flow: pd.DataFrame,
    outcomes: dict[str, dict],
) -> list[dict]:
    """Return the findings.

    Parameters
    ----------
    pooled, representation, focus, flow : released tables.
    outcomes : outcome -> {theme, pathway_step, headline}; an outcome without a theme makes no finding.
    """
    rows = [_pooled(row, outcomes[row["outcome"]]) for row in pooled.to_dict("records") if row["outcome"] in outcomes]
    rows += [_represented(row) for row in representation.to_dict("records")]
    total = flow.loc[(flow["box"] == "studies") & (flow["item"] == ALL), "n"]
    studies = int(total.iloc[0]) if len(total) and pd.notna(total.iloc[0]) else 0
    rows += [_focus(row, studies) for row in focus.to_dict("records") if row["studies"] > 0]
    return rows


def _pooled(row: dict, outcome: dict) -> dict:
    base = {
        "id": f"evidence.{slug(row['outcome'], row['group'])}",
        "strand": "evidence",
        "theme": outcome["theme"],
        "group": row["group"],
        "comparator": row["comparator"],
        "pathway_step": outcome.get("pathway_step"),
        "voice": "documents",
        "certainty": "not graded",
        "n": None if pd.isna(row["n"]) else int(row["n"]),
        "source_table": "evidence/pooled",
        "source_row": row_key(None, row, POOL_KEY),
        "headline": bool(outcome.get("headline")),
    }
    what = f"{row['outcome']} in the {row['group']} group compared with the {row['comparator']} group"
    if row["status"] != "pooled":
        text = f"Published effects on {_lower(what)} were not pooled: {row['reason']}."
        return finding(**base, statement=text, direction="not_measurable")
    unit, decimals = unit_of(row["measure"])
    name, kind, scale = effects.MEASURES[row["measure"]]
    studies = f"{int(row['k'])} studies" + ("" if base["n"] is None else f", n = {base['n']:,}")
    numbers = (
        f"pooled {name} {say(row['estimate'], unit, decimals)}, {100 * row['level']:g}% CI "
        f"{say_interval(row['ci_low'], row['ci_high'], unit, decimals)}; {studies}"
    )
    none = NO_DIFFERENCE.get(scale)
    if kind == "sample" or none is None:
        text, direction = f"{what}: {numbers}.", "described"
    elif row["ci_low"] <= none <= row["ci_high"]:
        text, direction = (
            f"Published studies show no clear difference in {_lower(what)} ({numbers}).",
            "no_clear_difference",
        )
    else:
        direction = "lower" if row["estimate"] < none else "higher"
        text = (
            f"In published studies, {_lower(row['outcome'])} was {direction} in the {row['group']} group than in the "
        )
        text += f"{row['comparator']} group ({numbers})."
    interval = {"estimate": row["estimate"], "ci_low": row["ci_low"], "ci_high": row["ci_high"], "unit": unit}
    return finding(**base, **interval, statement=text, direction=direction)


def _lower(text: str) -> str:
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]  # an abbreviation keeps its capitals


def _represented(row: dict) -> dict:
    clear = row["ratio_low"] > 1 or row["ratio_high"] < 1
    direction = ("higher" if row["ratio"] > 1 else "lower") if clear else UNCLEAR
    words = {
        "higher": "a larger share than in the population",
        "lower": "a smaller share than in the population",
        UNCLEAR: "no clear difference from the population",
    }[direction]
    ratio = f"{say(row['ratio'], 'ratio')}, 95% CI {say_interval(row['ratio_low'], row['ratio_high'], 'ratio')}"
    text = (
        f"The {row['group']} group made up {say(row['share'], 'proportion', 1)} of participants in included studies "
        f"and {say(row['population_share'], 'proportion', 1)} of the population: {words} (ratio {ratio}; "
        f"n = {int(row['participants']):,}; population: {row['population']})."
    )
    return finding(
        id=f"evidence.representation.{slug(row['group'])}",
        strand="evidence",
        theme="representation",
        statement=text,
        estimate=row["ratio"],
        ci_low=row["ratio_low"],
        ci_high=row["ratio_high"],
        unit="ratio",
        group=row["group"],
        comparator=row["population"],
        voice="documents",
        direction=direction,
        certainty="not graded",
        n=int(row["participants"]),
        source_table="evidence/representation",
        source_row=row_key(None, row, ["group"]),
    )


def _focus(row: dict, studies: int) -> dict:
    n = int(row["studies"])
    return finding(
        id=f"evidence.focus.{slug(row['theme'])}",
        strand="evidence",
        theme=row["theme"],
        statement=f"{n} of {studies} included studies {'speaks' if n == 1 else 'speak'} to {_lower(row['label'])}.",
        voice="documents",
        direction="described",
        certainty="not graded",
        n=n,
        source_table="evidence/focus",
        source_row=row_key(None, row, ["theme"]),
    )


def numbers(
    searches: pd.DataFrame,
    agreement: pd.DataFrame,
    flow: pd.DataFrame,
    pooled: pd.DataFrame,
    representation: pd.DataFrame,
    question: str,
) -> list[dict]:
    """Return the numbers that prose may use; a box that the flow has not reached has none."""
    rows = []
    for line in flow[flow["item"] == ALL].to_dict("records"):
        if pd.notna(line["n"]):
            unit = COUNTED.get(line["box"], "records")
            source = ("evidence/flow", row_key(None, line, ["box", "item"]), "n")
            rows.append(number(f"evidence.{line['box']}", int(line["n"]), unit, *source, "evidence_ledger"))
    for line in searches[searches["date"] == searches["date"].max()].head(1).to_dict("records"):
        source = ("evidence/searches", row_key(None, line, ["source", "file"]), "date")
        rows.append(number("evidence.last_search", line["date"], "date", *source, "evidence_records"))
        rows.append(number("evidence.text.question", question, "text", *source[:2], "strategy", "evidence_findings"))
    for line in agreement.to_dict("records"):
        key = f"evidence.agreement.{line['stage']}.{slug(line['reviewers'])}"
        source = ("evidence/agreement", row_key(None, line, ["stage", "reviewers"]))
        for name, unit in (
            ("conflicts", "records"),
            ("agreement", "proportion"),
            ("kappa", "coefficient"),
            ("ac1", "coefficient"),
        ):
            rows.append(number(f"{key}.{name}", line[name], unit, *source, name, "evidence_ledger"))
    for line in pooled[pooled["status"] == "pooled"].to_dict("records"):
        unit, decimals = unit_of(line["measure"])
        source = ("evidence/pooled", row_key(None, line, POOL_KEY))
        key = f"evidence.pooled.{slug(line['outcome'], line['group'])}"
        rows += [
            number(f"{key}.{name}", line[name], unit, *source, name, "evidence_pool", decimals)
            for name in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        ]
        rows.append(number(f"{key}.k", line["k"], "studies", *source, "k", "evidence_pool"))
        rows.append(number(f"{key}.i2", line["i2"], "percent", *source, "i2", "evidence_pool"))
        rows.append(number(f"{key}.tau2", line["tau2"], "coefficient", *source, "tau2", "evidence_pool", 3))
    for line in representation.to_dict("records"):
        source = ("evidence/representation", row_key(None, line, ["group"]), "ratio")
        rows.append(
            number(f"evidence.ratio.{slug(line['group'])}", line["ratio"], "ratio", *source, "evidence_studies")
        )
    return rows
