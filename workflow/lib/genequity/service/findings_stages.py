"""Findings about each stage: adjusted differences, providers and regions. From released tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.groups import ordered
from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.heterogeneity import ALL_GROUPS, LEAST
from genequity.service.text_models import p_value

if TYPE_CHECKING:
    import pandas as pd

ADJUSTED_KEY = ("outcome", "model", "region", "group")


def adjusted(
    estimates: pd.DataFrame, section: dict[str, Any], comparator: str, national: str, unknown: set[str], themes: dict
) -> list[dict[str, Any]]:
    """Return the findings of the last model: an overview of each outcome, and one finding for each group in it."""
    last, power = list(section["adjust"])[-1], section["methods"]["power"]
    here = estimates[(estimates["model"] == last) & (estimates["region"] == national)]
    found = []
    for outcome in section["outcomes"]:
        part = here[(here["outcome"] == outcome) & ~here["group"].isin([*unknown, comparator])]
        part = part.set_index("group", drop=False).loc[ordered(part["group"])]
        reference = here[(here["outcome"] == outcome) & (here["group"] == comparator)].iloc[0]
        label, n = reference["label"], wording.count(reference["records"])
        covariates = section["adjust"][last]
        after = wording.adjusted_for(covariates)
        base = {
            "theme": themes[outcome],
            "comparator": comparator,
            "region": national,
            "pathway_step": outcome,
            "unit": "proportion difference",
            "source_table": "service/adjusted",
        }
        given = part[part["risk_difference"].notna()]
        sides = {r.group: wording.side(r.risk_difference_low, r.risk_difference_high, 0) for r in given.itertuples()}
        clear = [
            f"{sides[r.group]} for {r.group} "
            f"({wording.points(r.risk_difference, r.risk_difference_low, r.risk_difference_high)}{_of(r)})"
            for r in given.itertuples()
            if sides[r.group] != "no_clear_difference"
        ]
        unclear = [f"{r.group}{_could_find(r)}" for r in given.itertuples() if sides[r.group] == "no_clear_difference"]
        words = clear + ([f"no clear difference for {wording.joined(unclear)}"] if unclear else [])
        without = [group for group in part["group"] if group not in sides]
        words += [f"not estimable for {wording.joined(without)}"] if without else []
        counted = f"; {n:,} records in all" if n else ""
        power_said = f" In brackets: what would be found with {power:.0%} power." if unclear else ""
        found.append(
            base
            | {
                "id": f"service.{outcome}",
                "statement": f"{label}, compared with {comparator} {after}: {'; '.join(words)}{counted}.{power_said}",
                "direction": wording.overall(sides) if sides else "not_measurable",
                "n": n,
                "source_row": f"outcome={outcome};model={last};region={national}",
                "headline": True,
            }
        )
        for row in part.to_dict("records"):
            found.append(base | _one_group(row, label, after, sides.get(row["group"]), reference, power))
    return found


def _of(row: Any) -> str:
    """Return a group's records beside its difference."""
    n = wording.count(row.group_records)
    return f"; {n:,} records" if n else ""


def _could_find(row: Any) -> str:
    """Return beside "no clear difference" how large one would be found, and the group's records."""
    n, least = wording.count(row.group_records), row.detectable
    parts = [f"{say(100 * least, '', 1)} points" if least == least else "", f"{n:,} records" if n else ""]
    told = "; ".join(filter(None, parts))
    return f" ({told})" if told else ""


def _one_group(row, label, after, side, reference, power) -> dict[str, Any]:
    common = {
        "id": f"service.{row['outcome']}.{wording.slug(row['group'])}",
        "group": row["group"],
        "n": wording.count(row["group_records"]),
        "source_row": ";".join(f"{c}={row[c]}" for c in ADJUSTED_KEY),
    }
    if side is None:
        why = row["reason"] if isinstance(row["reason"], str) else row.get("suppressed") or "it is withheld"
        statement = (
            f"{label}, {row['group']} group: no adjusted difference from {reference['group']} can be given: {why}."
        )
        return common | {"statement": statement, "direction": "not_measurable", "unit": None}
    ratio = say_interval(row["odds_ratio_low"], row["odds_ratio_high"], "odds ratio", none=1)
    limits = say_interval(100 * row["risk_difference_low"], 100 * row["risk_difference_high"], "", 1, 0)
    return common | {
        "statement": (
            f"{label}, {row['group']} group: {say(row['risk'], 'proportion', 1)} compared with "
            f"{say(reference['risk'], 'proportion', 1)} for {reference['group']} {after}, a difference of "
            f"{say(row['risk_difference'], 'proportion difference')} ({limits}); odds ratio "
            f"{say(row['odds_ratio'], 'odds ratio')} ({ratio}); {int(row['group_records']):,} records."
            f"{wording.verdict(side)}{_detectable(row, side, power)}{_average(row)}"
        ),
        "estimate": row["risk_difference"],
        "ci_low": row["risk_difference_low"],
        "ci_high": row["risk_difference_high"],
        "direction": side,
    }


def between(variation: pd.DataFrame, section: dict[str, Any], national: str, themes: dict) -> list[dict[str, Any]]:
    """Say how far providers differ at each outcome; no provider is named."""
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    found = []
    for row in variation.to_dict("records"):
        covariates = [wording.NAMES[c] for c in section["adjust"][list(section["adjust"])[-1]]]
        after = f"after adjustment for group{''.join(f', {name}' for name in covariates)}"
        given = row["mor"] == row["mor"]
        about = f"{labels[row['outcome']]}, between {row['providers']} providers {after}"
        most = row["mor_high"]
        if given and row["sd"] > 0:
            low = say(row["mor_low"], "odds ratio")
            limits = f"{low} to {say(most, 'odds ratio')}" if most == most else f"{low} or more, without a limit above"
            words = (
                f"{about}: the median odds ratio was {say(row['mor'], 'odds ratio')} ({limits}), "
                f"and {say(row['vpc'], 'proportion', 1)} of the variance lay between providers"
            )
        elif given:
            limit = f"; median odds ratio at most {say(most, 'odds ratio')}" if most == most else ""
            words = f"{about}: no more variation was found than chance gives{limit}"
        else:
            why = row["reason"] if isinstance(row["reason"], str) else "it is withheld"
            words = f"{about}: variation cannot be estimated: {why}"
        n = wording.count(row["records"])
        found.append(
            {
                "id": f"service.providers.{row['outcome']}",
                "theme": themes[row["outcome"]],
                "statement": f"{words}{f'; {n:,} records' if n else ''}.",
                "estimate": row["mor"] if given else None,
                "unit": "odds ratio" if given else None,
                "region": national,
                "pathway_step": row["outcome"],
                "direction": "described" if given else "not_measurable",
                "n": n,
                "source_table": "service/variation",
                "source_row": f"outcome={row['outcome']}",
            }
        )
    return found


def regional(
    contrasts: pd.DataFrame,
    section: dict[str, Any],
    comparator: str,
    unknown: set[str],
    themes: dict,
    heterogeneity: pd.DataFrame,
) -> list[dict[str, Any]]:
    """Return one finding for each region that differs from the others, or one that says that none does.

    Where none does, the one test of all regions at once (``service/heterogeneity``) stands beside: it may be clear.
    """
    at_once = heterogeneity[heterogeneity["group"] == ALL_GROUPS].set_index("outcome")
    found = []
    limit = 1 - section["methods"]["level"]
    for outcome, part in contrasts[~contrasts["group"].isin(unknown)].groupby("outcome", sort=True):
        label = next(stage["label"] for stage in section["pathway"] if stage["id"] == outcome)
        base = {
            "theme": themes[outcome],
            "comparator": comparator,
            "pathway_step": outcome,
            "unit": "ratio",
            "source_table": "service/regional",
        }
        clear = part[part["p_holm"] < limit]
        for row in clear.to_dict("records"):
            side = "lower" if row["ratio"] < 1 else "higher"
            found.append(
                base
                | {
                    "id": f"service.regional.{outcome}.{wording.slug(row['group'])}.{wording.slug(row['region'])}",
                    "statement": (
                        f"{label}: in {row['region']} the adjusted odds ratio of {row['group']} compared with "
                        f"{comparator} was {side} than in the other regions together: "
                        f"ratio {say(row['ratio'], 'ratio')} "
                        f"({say_interval(row['ratio_low'], row['ratio_high'], 'ratio', none=1)}), "
                        f"{int(row['group_records']):,} records, corrected for multiple tests."
                    ),
                    "estimate": row["ratio"],
                    "ci_low": row["ratio_low"],
                    "ci_high": row["ratio_high"],
                    "group": row["group"],
                    "region": row["region"],
                    "direction": side,
                    "n": wording.count(row["group_records"]),
                    "source_row": f"outcome={outcome};group={row['group']};region={row['region']}",
                    "headline": True,
                }
            )
        if clear.empty:
            tested = int(part["p"].notna().sum())
            width = float((part["ratio_high"] / part["ratio_low"]).median()) ** 0.5
            least = wording.least_ratio(1 / width, width, section["methods"]) if tested else ""
            found.append(
                base
                | {
                    "id": f"service.regional.{outcome}",
                    "statement": (
                        f"{label}: no clear difference of any region from the others in any group's adjusted odds "
                        f"ratio compared with {comparator} ({tested} comparisons, corrected for all of them by Holm). "
                        f"{_at_once(at_once, outcome, limit)}{least} "
                        "That is of the middle comparison, before correction."
                        if tested
                        else f"{label}: regions cannot be compared, because too few have an estimate."
                    ),
                    "direction": "no_clear_difference" if tested else "not_measurable",
                    "unit": None,
                    "source_row": f"outcome={outcome}",
                }
            )
    return found


def _at_once(tests: pd.DataFrame, outcome: str, limit: float) -> str:
    """Say what the test of all regions at once finds at a stage, and its correction; nothing where there is none."""
    if outcome not in tests.index or tests.loc[outcome, "p"] != tests.loc[outcome, "p"]:
        return ""
    test = tests.loc[outcome]
    how = "corrected for the number of groups" if test["method"] == LEAST else "a single test, not corrected"
    finds = "finds that differences vary" if test["p"] < limit else "finds no clear sign that differences vary"
    return f"The test of all regions at once {finds} ({p_value(test['p'])}, {how}). "


def _detectable(row: dict[str, Any], side: str, power: float) -> str:
    """Say beside "no clear difference" how large a difference would have had to be."""
    least = row.get("detectable")
    if side != "no_clear_difference" or least is None or least != least:
        return ""
    return f" A difference of {say(least, 'proportion difference')} would be found with {power:.0%} power."


def _average(row: dict[str, Any]) -> str:
    """Say the difference from the population average."""
    value = row.get("risk_difference_average")
    if value is None or value != value:
        return ""
    low, high = (100 * row[f"risk_difference_average_{end}"] for end in ("low", "high"))
    return (
        f" Compared with the average of all records the difference is {say(value, 'proportion difference')} "
        f"({say_interval(low, high, '', 1, 0)})."
    )
