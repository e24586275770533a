"""What the survey's notebook shows: released tables put into reading order, and sentences. No estimation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from genequity import groups
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.survey.battery import SMALL, WITHHELD
from genequity.survey.tabulate import ALL, ANSWERED, EVERYBODY

if TYPE_CHECKING:
    from genequity.notebook import Release

POINTS = "proportion difference"
WITHHELD_TEXT = "withheld"


def respondents(table: pd.DataFrame) -> pd.DataFrame:
    """Return respondents in the order of groups, the total last."""
    return _by_group(table)


def items(release: Release) -> pd.DataFrame:
    """Return each item with its base, the share of everybody, and the test across groups."""
    asked = release.table("survey/items").sort_values("position")
    shares = release.table("survey/shares")
    overall = shares[shares["group"] == ALL].set_index("item")
    tests = release.table("survey/tests").set_index("item")
    rows = []
    for item in asked.itertuples():
        share, test = overall.loc[item.item], tests.loc[item.item]
        rows.append(
            {
                "text": item.text,
                "counted": item.counted,
                "n": share["n"],
                "share": _share(share),
                "test": _p(test["p_adjusted"]),
            }
        )
    return pd.DataFrame(rows)


def differences(release: Release) -> pd.DataFrame:
    """Return the differences between a group and the comparator that the findings call clear, in the order of items."""
    found = release.findings("survey")
    found = found[(found["source_table"] == "survey/shares") & found["direction"].isin(["higher", "lower"])]
    shares = release.table("survey/shares").set_index(["item", "group"])
    asked = release.table("survey/items").set_index("item")
    rows = []
    for row in found.itertuples():
        item = dict(pair.split("=", 1) for pair in row.source_row.split(";"))["item"]
        own, other = shares.loc[(item, row.group)], shares.loc[(item, row.comparator)]
        rows.append(
            {
                "position": asked.loc[item, "position"],
                "item": asked.loc[item, "short"],
                "group": row.group,
                "n": own["n"],
                "share": say(own["share"], "proportion") + ("*" if own["base"] == SMALL else ""),
                "comparator": say(other["share"], "proportion"),
                "difference": _points(row.estimate),
                "interval": f"{_points(row.ci_low)} to {_points(row.ci_high)}",
            }
        )
    columns = ["position", "item", "group", "n", "share", "comparator", "difference", "interval"]
    frame = pd.DataFrame(rows, columns=columns)
    place = {group: i for i, group in enumerate(groups.ordered(frame["group"]))}
    frame = frame.assign(place=frame["group"].map(place)).sort_values(["position", "place"])
    frame = frame.drop(columns=["position", "place"]).reset_index(drop=True)
    return or_absent(frame, "No difference in an item that belongs to a theme of this study was clear.")


def missing(release: Release) -> pd.DataFrame:
    """Return, for each item, how many answered and the reasons of those who did not."""
    asked = release.table("survey/items").set_index("item").sort_values("position")
    table = release.table("survey/missing")
    reasons = [reason for reason in sorted(set(table["reason"])) if reason not in (ANSWERED, EVERYBODY)]
    wide = table.pivot(index="item", columns="reason", values="n").loc[asked.index]
    given = set(zip(table["item"], table["reason"], strict=True))
    frame = pd.DataFrame({"item": asked["short"], ANSWERED: [_count(n) for n in wide[ANSWERED]]}, index=asked.index)
    for reason in reasons:
        frame[reason] = [_count(wide.loc[item, reason]) if (item, reason) in given else "0" for item in asked.index]
    return frame.reset_index(drop=True)


def model(release: Release) -> pd.DataFrame:
    """Return the model's terms: ethnic groups first, then each variable, levels in order; empty without a model."""
    columns = ["variable", "level", "n", "events", "odds_ratio", "difference", "suppressed"]
    if not release.has("survey.model.df"):
        return or_absent(pd.DataFrame(columns=columns), "No adjusted model was declared for this survey.")
    table = release.table("survey/model")
    rows = []
    order = ["group", *sorted(set(table["variable"]) - {"group"})]
    for variable in order:
        for term in table[table["variable"] == variable].sort_values("position").itertuples():
            hidden = isinstance(getattr(term, "suppressed", None), str) and bool(term.suppressed)
            reference = bool(term.reference)
            rows.append(
                {
                    "variable": term.label.capitalize(),
                    "level": term.level,
                    "n": term.n,
                    "events": term.events,
                    "odds_ratio": "1 (reference)"
                    if reference
                    else WITHHELD_TEXT
                    if hidden
                    else f"{say(term.odds_ratio, 'odds ratio')} "
                    f"({say_interval(term.ci_low, term.ci_high, 'odds ratio')})",
                    "difference": "–"
                    if pd.isna(term.difference)
                    else f"{_points(term.difference)} "
                    f"({_points(term.difference_low)} to {_points(term.difference_high)})",
                    "suppressed": getattr(term, "suppressed", None),
                }
            )
    return pd.DataFrame(rows, columns=columns)


def outcome_battery(release: Release) -> str:
    """Return the battery of the model's outcome, or the first battery where there is no model."""
    asked = release.table("survey/items").sort_values("position")
    if release.has("survey.model.df"):
        outcome = release.table("survey/model_fit")["outcome"].iloc[0]
        return str(asked.set_index("item").loc[outcome, "battery"])
    return str(asked["battery"].iloc[0])


def battery_shown(release: Release) -> str:
    """Return which items the figure of answers shows: a battery by its name, or those with the same answers."""
    battery = outcome_battery(release)
    return "the items that share their answers with the first" if battery == "-" else f"the items of “{battery}”"


def model_introduction(release: Release) -> str:
    """Return what was modelled, or that no model was declared."""
    if not release.has("survey.model.df"):
        return "No adjusted model was declared for this survey."

    def number(name: str) -> str:
        return release.number(f"survey.model.{name}")

    return (
        f"One model was declared before the data were analysed. Its outcome is answering “{number('counted')}” to "
        f"“{number('outcome').rstrip('.')}”. It is a survey-weighted logistic model that adjusts for "
        f"{number('covariates')}. It rests on {number('n')} people, of whom {number('events')} gave such an answer; "
        f"{number('left_out')} were left out, having no answer or no known ethnic group. The design leaves "
        f"{number('df')} degrees of freedom."
    )


def model_results(release: Release) -> str:
    """Return what the model says of each ethnic group compared with the comparator; nothing without a model."""
    if not release.has("survey.model.df"):
        return ""
    table = release.table("survey/model")
    fit = release.table("survey/model_fit").iloc[0]
    level = release.number("survey.level")
    own = _by_group(table[(table["variable"] == "group") & ~table["reference"].astype(bool)], "level")
    said: dict[str, list[str]] = {"lower": [], "higher": [], "unclear": [], "withheld": []}
    for term in own.itertuples():
        if pd.isna(term.odds_ratio):
            said["withheld"].append(term.level)
            continue
        direction = "higher" if term.ci_low > 1 else "lower" if term.ci_high < 1 else "unclear"
        interval = say_interval(term.ci_low, term.ci_high, "odds ratio")
        said[direction].append(f"{term.level} ({say(term.odds_ratio, 'odds ratio')}, {interval}; n = {say(term.n)})")
    opening = {
        "lower": "Adjusted odds were lower than in the {} ethnic group for",
        "higher": "Adjusted odds were higher than in the {} ethnic group for",
        "unclear": "There was no clear difference in adjusted odds from the {} ethnic group for",
        "withheld": "Too few people allow no comparison with the {} ethnic group for",
    }
    parts = [f"{opening[name].format(fit['comparator'])}: {'; '.join(found)}." for name, found in said.items() if found]
    return f"{' '.join(parts)} Brackets hold the odds ratio, its {level} interval and the people in the group."


def _by_group(table: pd.DataFrame, column: str = "group") -> pd.DataFrame:
    place = {group: i for i, group in enumerate(groups.ordered(table[column]))}
    return table.assign(place=table[column].map(place)).sort_values("place").drop(columns="place")


def _share(row: pd.Series) -> str:
    if row["base"] == WITHHELD or pd.isna(row["share"]):
        return WITHHELD_TEXT
    return f"{say(row['share'], 'proportion')} ({say_interval(row['ci_low'], row['ci_high'], 'proportion')})"


def _points(value: float) -> str:
    return say(float(value) * 100, "", 1)


def _count(n: object) -> str:
    return WITHHELD_TEXT if pd.isna(n) else say(n)


def _p(p: float) -> str:
    if pd.isna(p):
        return "not tested"
    return "<0.001" if p < 0.001 else f"{p:.3f}"
