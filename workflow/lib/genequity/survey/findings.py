"""Findings and numbers of the survey, derived from released tables only.

A difference between an ethnic group and the comparator is called higher or lower only when its interval
excludes zero *and* the item differs across groups in the Rao–Scott test after Holm's adjustment over all items;
otherwise there is no clear difference. Items without a theme give no findings.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from genequity import findings as register
from genequity import numbers as figures
from genequity.numbers import say, say_interval
from genequity.survey.battery import WITHHELD
from genequity.survey.tabulate import ALL, ANSWERED

POINTS = "proportion difference"
Tables = dict[str, pd.DataFrame]


def findings(tables: Tables, *, valid: list[str], comparator: str, voice: str) -> list[dict[str, Any]]:
    """Return the findings of the survey.

    Parameters
    ----------
    tables : dict of pandas.DataFrame
        Released tables by name.
    valid : list of str
        Known ethnic groups: people whose group is not known are not compared.
    comparator : str
        Ethnic group the others are compared with.
    voice : str
        Whose voice the respondents are.
    """
    rows, led = [], set()
    common = {"strand": "survey", "comparator": comparator, "region": "", "voice": voice, "certainty": "not graded"}
    level = _setting(tables, "level")
    tables = tables | {"items": tables["items"].assign(text=tables["items"]["text"].str.rstrip(". "))}
    for item in tables["items"].sort_values("position").itertuples():
        if item.theme == "-":
            continue
        test = tables["tests"].set_index("item").loc[item.item]
        differs = pd.notna(test["p_adjusted"]) and test["p_adjusted"] < 1 - level
        mine = common | {"theme": item.theme, "pathway_step": ""}
        if differs:
            found = _differences(tables, item, valid, comparator, level)
        else:
            found = [_no_difference(tables, item, test)]
        for row in found:
            clear = row["direction"] in ("higher", "lower")
            rows.append(register.finding(**(mine | row | {"headline": clear and item.theme not in led})))
        led |= {item.theme} if differs else set()
    rows += [register.finding(**(common | row)) for row in _model(tables, comparator, level)]
    return rows


def numbers(tables: Tables, *, comparator: str) -> list[dict[str, Any]]:
    """Return the numbers and generated sentences that the survey's notebook prints."""
    rows = []

    def add(
        name: str, value: Any, unit: str, table: str, row: str, column: str, rule: str, decimals: int | None = None
    ):
        rows.append(
            figures.number(f"survey.{name}", value, unit, f"survey/{table}", row, column, f"survey_{rule}", decimals)
        )

    everybody = tables["respondents"].set_index("group").loc[ALL]
    add("respondents", everybody["n"], "people", "respondents", f"group={ALL}", "n", "weights")
    for measure, unit, decimals in (
        ("effective_size", "people", 0),
        ("weighting_effect", "ratio", 2),
        ("weight_ratio", "ratio", 1),
        ("degrees_of_freedom", "", 0),
        ("strata", "", 0),
        ("clusters", "", 0),
        ("items", "", 0),
        ("batteries", "", 0),
        ("small_base", "people", 0),
        ("least_base", "people", 0),
        ("level", "proportion", 0),
    ):
        add(measure, _setting(tables, measure), unit, "method", f"measure={measure}", "value", "weights", decimals)
    reasons = tables["missing"]
    least = reasons[reasons["reason"] == ANSWERED].sort_values(["n", "item"]).iloc[0]
    add("least_answered", least["n"], "people", "missing", f"item={least['item']};reason={ANSWERED}", "n", "people")
    add("comparator", comparator, "", "respondents", f"group={comparator}", "group", "weights")
    for measure, text in sentences(tables).items():
        add(f"text.{measure}", text, "", "method", f"measure={measure}", "text", "weights")
    if "model_fit" in tables:
        fit = tables["model_fit"].iloc[0]
        row = f"outcome={fit['outcome']}"
        for column in ("n", "events", "left_out"):
            add(f"model.{column}", fit[column], "people", "model_fit", row, column, "model")
        add("model.df", fit["df"], "", "model_fit", row, "df", "model", 0)
        item = tables["items"].set_index("item").loc[fit["outcome"]]
        add("model.outcome", item["text"], "", "items", f"item={fit['outcome']}", "text", "people")
        add("model.counted", item["counted"], "", "items", f"item={fit['outcome']}", "counted", "people")
        add("model.covariates", _listed(fit["covariates"]), "", "model_fit", row, "covariates", "model")
    return rows


def sentences(tables: Tables) -> dict[str, str]:
    """Return the sentences that say what was done, by the measure of ``survey/method`` that each rests on."""
    method = tables["method"].set_index("measure")
    weighting, sample = method.loc["weighting", "text"], method.loc["sample", "text"]
    interval = {
        "korn_graubard": "the exact method of Korn and Graubard",
        "beta": "the beta (exact binomial) method",
        "logit": "the logit method",
        "wilson": "Wilson's method",
    }[method.loc["interval", "text"]]
    strata, clusters = int(method.loc["strata", "value"]), int(method.loc["clusters", "value"])
    if strata or clusters:
        named = [f"{strata} strata"] * bool(strata) + [f"{clusters} sampling points"] * bool(clusters)
        design = f"Standard errors respect the sample's {' and '.join(named)}."
        if weighting == "rake":
            design += " They also allow for the raking of the weights."
    else:
        design = (
            "The file names neither strata nor sampling points. Standard errors therefore rest on the weights alone, "
            "as if respondents had been drawn one by one with replacement. True standard errors may be larger."
        )
    variables = [name.replace("_", " ") for name in dict.fromkeys(tables["margins"]["variable"])]
    return {
        "weighting": {
            "rake": f"Weights were raked to population totals of {_listed(', '.join(variables))}.",
            "supplied": "The weight that came with the file was used as it is. It was not raked here.",
            "none": "Every respondent has the same weight.",
        }[weighting],
        "strata": design,
        "sample": (
            "Respondents came from a probability sample."
            if sample == "probability"
            else "Respondents did not come from a probability sample. Weights make them resemble the population on the "
            "margins used, but do not make the sample random. Intervals rest on a model and may be too narrow."
        ),
        "interval": f"Intervals of shares use {interval}.",
    }


def _differences(tables: Tables, item: Any, valid: list[str], comparator: str, level: float) -> list[dict[str, Any]]:
    shares = tables["shares"][tables["shares"]["item"] == item.item].set_index("group")
    if comparator not in shares.index:
        return []
    own = shares.loc[comparator]
    rows = []
    for group, row in shares.iterrows():
        if group == comparator or group not in valid:
            continue
        found = {
            "id": f"survey.{_slug(item.item)}.{_slug(group)}",
            "group": group,
            "source_table": "survey/shares",
            "source_row": f"item={item.item};group={group}",
            "unit": POINTS,
        }
        if row["base"] == WITHHELD or pd.isna(row["difference"]):
            why = f"Too few people in the {group} ethnic group answered “{item.text}” to say."
            rows.append(found | {"statement": why, "direction": "not_measurable", "n": None})
            continue
        low, high = row["difference_low"], row["difference_high"]
        direction = "higher" if low > 0 else "lower" if high < 0 else "no_clear_difference"
        tail = "" if direction != "no_clear_difference" else " This is no clear difference."
        rows.append(
            found
            | {
                "statement": (
                    f"In the {group} ethnic group {say(row['share'], 'proportion')} answered “{item.counted}” to "
                    f"“{item.text}”, compared with {say(own['share'], 'proportion')} in the {comparator} ethnic group. "
                    f"The difference is {say(row['difference'], POINTS)} ({_interval(low, high, level)}; "
                    f"n = {say(row['n'])} and {say(own['n'])}).{tail}"
                ),
                "estimate": row["difference"],
                "ci_low": low,
                "ci_high": high,
                "n": row["n"],
                "direction": direction,
            }
        )
    return rows


def _no_difference(tables: Tables, item: Any, test: pd.Series) -> dict[str, Any]:
    overall = tables["shares"].set_index(["item", "group"]).loc[(item.item, ALL)]
    share = f"Overall {say(overall['share'], 'proportion')} answered “{item.counted}” to “{item.text}”."
    found = {
        "id": f"survey.{_slug(item.item)}.all",
        "group": ALL,
        "source_table": "survey/shares",
        "source_row": f"item={item.item};group={ALL}",
        "unit": "proportion",
        "estimate": overall["share"],
        "ci_low": overall["ci_low"],
        "ci_high": overall["ci_high"],
        "n": overall["n"],
    }
    if pd.isna(test["p_adjusted"]):
        return found | {"statement": f"{share} Ethnic groups could not be compared.", "direction": "not_measurable"}
    return found | {
        "statement": (
            f"{share} There was no clear difference between ethnic groups "
            f"(Rao–Scott test, adjusted p = {_p(test['p_adjusted'])}; n = {say(test['n'])})."
        ),
        "direction": "no_clear_difference",
    }


def _model(tables: Tables, comparator: str, level: float) -> list[dict[str, Any]]:
    if "model" not in tables:
        return []
    fit = tables["model_fit"].iloc[0]
    item = tables["items"].set_index("item").loc[fit["outcome"]]
    if item["theme"] == "-":
        return []
    rows = []
    terms = tables["model"]
    for row in terms[(terms["variable"] == "group") & ~terms["reference"].astype(bool)].itertuples():
        found = {
            "id": f"survey.model.{_slug(fit['outcome'])}.{_slug(row.level)}",
            "theme": item["theme"],
            "group": row.level,
            "unit": "odds ratio",
            "source_table": "survey/model",
            "source_row": f"variable=group;level={row.level}",
        }
        if pd.isna(row.odds_ratio):
            why = f"Too few people in the {row.level} ethnic group are in the model of “{item['text']}” to say."
            rows.append(found | {"statement": why, "direction": "not_measurable"})
            continue
        direction = "higher" if row.ci_low > 1 else "lower" if row.ci_high < 1 else "no_clear_difference"
        clear = direction != "no_clear_difference"
        odds = f"had {direction} odds than" if clear else "showed no clear difference in odds from"
        rows.append(
            found
            | {
                "statement": (
                    f"People in the {row.level} ethnic group {odds} people in the {comparator} ethnic group of "
                    f"answering “{item['counted']}” to “{item['text']}”, after adjustment for "
                    f"{_listed(fit['covariates'])} (odds ratio {say(row.odds_ratio, 'odds ratio')}, "
                    f"{_interval(row.ci_low, row.ci_high, level, 'odds ratio')}; n = {say(row.n)}). The average "
                    f"difference is {say(row.difference, POINTS)} "
                    f"({_interval(row.difference_low, row.difference_high, level)})."
                ),
                "estimate": row.odds_ratio,
                "ci_low": row.ci_low,
                "ci_high": row.ci_high,
                "n": row.n,
                "direction": direction,
                "headline": clear,
            }
        )
    return rows


def _setting(tables: Tables, measure: str) -> float:
    return float(tables["method"].set_index("measure").loc[measure, "value"])


def _interval(low: float, high: float, level: float, unit: str = POINTS) -> str:
    if unit == POINTS:
        return f"{say(level, 'proportion')} interval {say(low * 100, '', 1)} to {say(high * 100, '', 1)}"
    return f"{say(level, 'proportion')} interval {say_interval(low, high, unit)}"


def _p(p: float) -> str:
    return "less than 0.001" if p < 0.001 else f"{p:.3f}"


def _listed(words: str) -> str:
    parts = [word.strip().replace("_", " ") for word in str(words).split(",")]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _slug(text: str) -> str:
    return "_".join("".join(letter if letter.isalnum() else " " for letter in str(text).lower()).split())
