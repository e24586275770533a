"""Tables and sentences of models in depth: regions together, providers, strata. Released frames in, words out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import named, ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.heterogeneity import ALL_GROUPS, LEAST
from genequity.service.mixed import median_odds_ratio

if TYPE_CHECKING:
    import pandas as pd


def labels(adjusted: pd.DataFrame) -> dict[str, str]:
    """Return stage id -> label of the modelled stages, in the order of the pathway."""
    rows = adjusted.sort_values("place").drop_duplicates("outcome")
    return dict(zip(rows["outcome"], rows["label"]))


def p_value(p: float) -> str:
    """Return a p value in words.

    >>> p_value(0.0004), p_value(0.25), p_value(1.0)
    ('p < 0.001', 'p = 0.250', 'p = 1.00')
    """
    return "p < 0.001" if p < 0.0005 else "p = 1.00" if p >= 0.9995 else f"p = {p:.3f}"


def heterogeneity(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the tests of each stage and group in reading order, with the spread between regions as text."""
    rows = table[table["outcome"].isin(names)].copy()
    if rows.empty:
        return or_absent(rows, "This study has no regions: there is nothing to set side by side.")
    rows["label"] = rows["outcome"].map(names)
    place = {name: i for i, name in enumerate(names)}
    order = {group: i for i, group in enumerate([ALL_GROUPS, *ordered(set(rows["group"]) - {ALL_GROUPS})])}
    tests = [_test(row) for row in rows.to_dict("records")]
    rows["p_text"], rows["f_text"] = [p for p, _ in tests], [f for _, f in tests]
    rows["spread"] = [
        "–"
        if sd != sd or low != low
        else f"{say(sd, '', 2)} ({say_interval(low, high, '', 2) if high == high else 'limits not estimable'})"
        for sd, low, high in rows[["sd", "sd_low", "sd_high"]].itertuples(index=False)
    ]
    rows["mean"] = [say(value, "odds ratio") if value == value else "–" for value in rows["odds_ratio"]]
    rows["place"], rows["order"] = rows["outcome"].map(place), rows["group"].map(order)
    return rows.sort_values(["place", "order"])


def _test(row) -> tuple[str, str]:
    """Return the p value, or why there is none, and the F statistic with its degrees of freedom."""
    if row["p"] != row["p"]:
        return wording.reason(row["reason"]), "–"
    p = p_value(row["p"]).removeprefix("p ").removeprefix("= ")
    if row["method"] == LEAST:
        return p, "least, corrected"
    left = f", {row['df2']:.0f}" if row["df2"] == row["df2"] else ""
    return p, f"{say(row['statistic'], '', 1)} ({int(row['df1'])}{left})"


def strata(variation: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the spread between strata of each stage in pathway order, as text."""
    rows = variation[variation["outcome"].isin(names)].copy()
    if rows.empty:
        return or_absent(rows, "This study declares no strata.")
    rows["label"], place = rows["outcome"].map(names), {name: i for i, name in enumerate(names)}
    rows["between"] = [_share(row, "vpc_null", row["reason"]) for row in rows.to_dict("records")]
    rows["main"] = [_share(row, "pcv", "") for row in rows.to_dict("records")]
    rows["beyond"] = [beyond(row) for row in rows.to_dict("records")]
    return rows.assign(place=rows["outcome"].map(place)).sort_values("place")


def _share(row, column: str, otherwise) -> str:
    if column == "vpc_null" and row["sd_null"] == 0:
        return "none found"
    if row[column] == row[column]:
        return say(row[column], "proportion", 1 if column == "vpc_null" else 0)
    return wording.reason(otherwise, "–")


def beyond(row) -> str:
    """Say how far strata differ beyond the sum of their dimensions."""
    if row["mor"] != row["mor"]:
        return "–"
    if not row["sd"]:
        most = row["sd_high"]
        limit = f"; median odds ratio at most {say(median_odds_ratio(most), 'odds ratio')}" if most == most else ""
        return f"no more than chance{limit}"
    return f"median odds ratio {say(row['mor'], 'odds ratio')}, {p_value(row['p'])}"


def dimensions(variation: pd.DataFrame) -> str:
    """Name the dimensions of the strata and what their models adjust for."""
    if variation.empty:
        return "no dimension"
    first = variation.iloc[0]
    named = wording.joined(str(first["dimensions"]).split(", "))
    covariates = first["covariates"] if isinstance(first["covariates"], str) and first["covariates"] else ""
    return f"{named}, adjusted for {covariates}" if covariates else named


def shown(rows: pd.DataFrame) -> list[str]:
    """Return the groups that a table for readers shows: all together, then the known ones."""
    return [ALL_GROUPS, *(group for group in ordered(set(rows["group"])) if group in named(rows["group"]))]
