"""Population margins: how many people there are in each category, by variable, with the source of the count."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genequity import authored
from genequity.errors import Problem, nearest, raise_if
from genequity.survey.weighting import Margin

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("variable", "category", "population", "source")
ETHNICITY = "ethnicity"  # as a margin it means the groups of the study's grouping
UNKNOWN = ("stop", "keep_share")


def read(file: str) -> pd.DataFrame:
    """Read a margins file.

    Returns
    -------
    pandas.DataFrame
        ``variable, category, population (float), source, row``.

    Raises
    ------
    InputError
        If a count is no positive number, a category stands twice, or the variables sum to different totals.
    """
    import pandas as pd

    table = authored.read(file, COLUMNS, filled=COLUMNS, unique=("variable", "category"))
    counts = pd.to_numeric(table["population"].str.replace(",", ""), errors="coerce")
    raise_if(
        Problem(
            file,
            "this is not a positive number",
            where=f"row {row}, column population",
            expected="people in the population",
        )
        for row in table.loc[~(counts > 0), authored.ROW]
    )
    table["population"] = counts.astype(float)
    sums = table.groupby("variable", sort=False)["population"].sum()
    usual = float(sums.median())
    first = sums.index[(sums - usual).abs().argmin()]
    raise_if(
        Problem(
            file,
            f"the categories of '{name}' sum to {_count(total)}, those of '{first}' to {_count(sums[first])}",
            where=_span(table, str(name)),
            expected="the same population total for every variable",
            do="use counts of one population (same year, area and ages) and correct the rows",
        )
        for name, total in sums.items()
        if abs(total - sums[first]) > 0.5
    )
    return table


def matched(
    table: pd.DataFrame, people: pd.DataFrame, file: str, *, declared: dict[str, list[str]], unknown: str = "keep_share"
) -> list[Margin]:
    """Match margins with the sample.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`read`.
    people : pandas.DataFrame
        Respondents, with a column for each margin (``group`` for ethnicity) and ``base_weight``.
    file : str
        Name of the margins file, for messages.
    declared : dict
        Variable -> categories of the codebook or of the ethnicity scheme.
    unknown : {"keep_share", "stop"}
        What to do with respondents without an answer on a margin. ``keep_share`` keeps their share of the base weights
        and scales the population's categories to the rest.

    Raises
    ------
    InputError
        If a variable is not in the codebook, or a category is in the sample and not in the margins or the reverse.
    """
    raise_if(mismatches(table, people, file, declared, unknown))
    total = float(table.groupby("variable")["population"].sum().iloc[0])
    base = people["base_weight"].to_numpy(dtype=float)
    margins = []
    for name, rows in table.groupby("variable", sort=False):
        values = _answers(people, str(name), declared)
        categories = list(rows["category"])
        totals = rows["population"].to_numpy(dtype=float)
        codes = values.map({category: place for place, category in enumerate(categories)})
        blank = codes.isna().to_numpy()
        if blank.any():
            # ASSUME: people without an answer on a margin are the share of the population that their base weights give
            share = base[blank].sum() / base.sum()
            totals = np.append(totals * (1 - share), total * share)
            categories = [*categories, "Not known"]
            codes = codes.fillna(len(categories) - 1)
        margins.append(Margin(str(name), tuple(categories), totals, codes.to_numpy(dtype=int)))
    return margins


def column(variable: str) -> str:
    """Return the column of ``people`` that a margin is about."""
    return "group" if variable == ETHNICITY else variable


def _answers(people: pd.DataFrame, name: str, declared: dict[str, list[str]]) -> pd.Series:
    values = people[column(name)]
    return values.where(values.isin(declared[name]))


def mismatches(
    table: pd.DataFrame, people: pd.DataFrame, file: str, declared: dict[str, list[str]], unknown: str
) -> list[Problem]:
    """List what of the margins and the sample does not match (see :func:`matched`)."""
    found = []
    for name, rows in table.groupby("variable", sort=False):
        where = _span(table, str(name))
        if name not in declared:
            found.append(
                Problem(
                    file,
                    f"the codebook has no background variable '{name}' with codes.{nearest(str(name), declared)}",
                    where=where,
                    expected=f"one of {', '.join(declared)}",
                )
            )
            continue
        values = _answers(people, str(name), declared)
        sampled = set(values.dropna())
        for category in sorted(sampled - set(rows["category"])):
            count = int((values == category).sum())
            found.append(
                Problem(
                    file,
                    f"{count} respondents are in category '{category}' of '{name}', which has no population count",
                    where=where,
                    do=f"add a row for it.{nearest(category, rows['category'])}",
                )
            )
        for row, category in zip(rows[authored.ROW], rows["category"], strict=True):
            if category not in sampled:
                found.append(
                    Problem(
                        file,
                        f"nobody in the sample is in category '{category}' of '{name}'.{nearest(category, sampled)}",
                        where=f"row {row}, column category",
                        do="correct the label, or merge the category with another in margins and codebook",
                    )
                )
        if unknown == "stop" and values.isna().any():
            found.append(
                Problem(
                    file,
                    f"{int(values.isna().sum())} respondents have no answer on '{name}'",
                    where=where,
                    do="set survey.methods.unknown_margin to keep_share, or leave the variable out of the margins",
                )
            )
    return found


def _span(table: pd.DataFrame, name: str) -> str:
    rows = table.loc[table["variable"] == name, authored.ROW]
    return f"rows {rows.min()} to {rows.max()}, column population"


def _count(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
