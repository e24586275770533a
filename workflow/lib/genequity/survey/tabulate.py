"""Tables about the sample: who answered, what the weights did, and why answers are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from genequity import groups
from genequity.survey import margins as population
from genequity.survey import weighting
from genequity.survey.codebook import REASONS, Codebook
from genequity.survey.respondents import WHY

if TYPE_CHECKING:
    from genequity.survey.design import Design
    from genequity.survey.weighting import Margin, Raked

ALL = "All groups"
ANSWERED = "answered"
EVERYBODY = "all respondents"


def respondents(people: pd.DataFrame, margins: pd.DataFrame | None) -> pd.DataFrame:
    """Return respondents by ethnic group beside the population.

    Returns
    -------
    pandas.DataFrame
        ``group, n, share_weighted, population_share``; the last is blank where the study has no ethnic margin.
    """
    weights = people["weight"].to_numpy(dtype=float)
    target = {}
    if margins is not None and (margins["variable"] == population.ETHNICITY).any():
        rows = margins[margins["variable"] == population.ETHNICITY]
        target = dict(zip(rows["category"], rows["population"] / rows["population"].sum(), strict=True)) | {ALL: 1.0}
    rows = []
    for group in [*groups.ordered(people["group"]), ALL]:
        inside = np.ones(len(people), dtype=bool) if group == ALL else (people["group"] == group).to_numpy()
        share = weights[inside].sum() / weights.sum()
        rows.append((group, int(inside.sum()), share, target.get(group)))
    return pd.DataFrame(rows, columns=["group", "n", "share_weighted", "population_share"])


def margins(people: pd.DataFrame, table: pd.DataFrame | None, matched: list[Margin]) -> pd.DataFrame:
    """Return each margin before and after weighting, beside the population.

    Returns
    -------
    pandas.DataFrame
        ``variable, category, n, share_before, share_after, population_share, source``.
    """
    columns = ["variable", "category", "n", "share_before", "share_after", "population_share", "source"]
    rows = []
    before, after = people["base_weight"].to_numpy(dtype=float), people["weight"].to_numpy(dtype=float)
    for margin in matched:
        own = table[table["variable"] == margin.variable]
        source = dict(zip(own["category"], own["source"], strict=True))
        for place, category in enumerate(margin.categories):
            inside = margin.codes == place
            rows.append(
                (
                    margin.variable,
                    category,
                    int(inside.sum()),
                    before[inside].sum() / before.sum(),
                    after[inside].sum() / after.sum(),
                    margin.totals[place] / margin.totals.sum(),
                    source.get(category, "share of the sample, since the answer is not known"),
                )
            )
    return pd.DataFrame(rows, columns=columns)


def method(
    people: pd.DataFrame, design: Design, raked: Raked | None, codebook: Codebook, settings: dict[str, object]
) -> pd.DataFrame:
    """Return what was done and what the weights cost, one measure a row.

    Parameters
    ----------
    people : pandas.DataFrame
        Weighted respondents.
    design : Design
        Their sample design.
    raked : Raked or None
        How raking went.
    codebook : Codebook
        The items.
    settings : dict
        Names and values of the config to print beside the results: numbers or words.

    Returns
    -------
    pandas.DataFrame
        ``measure, value, text, meaning``.
    """
    weights = people["weight"].to_numpy(dtype=float)
    size, effect = weighting.kish(weights)
    size, effect = round(size, -1), round(effect, 2)  # their product is the number of respondents: not to the last one
    batteries = {item.battery for item in codebook.items}
    rows: list[tuple[str, float | None, str | None, str]] = [
        ("items", len(codebook.items), None, "Items of the codebook"),
        ("batteries", len(batteries), None, "Batteries of the codebook"),
        (
            "effective_size",
            size,
            None,
            "Kish's effective sample size, to the nearest ten: (sum of weights) squared over sum of squared weights",
        ),
        ("weighting_effect", effect, None, "Respondents over the effective sample size"),
        ("weight_ratio", weights.max() / weights.min(), None, "Largest weight over smallest weight"),
        ("weight_max", weights.max() / weights.mean(), None, "Largest weight over mean weight"),
        ("degrees_of_freedom", design.degrees_of_freedom(), None, "Sampling units less strata"),
        ("strata", len(np.unique(design.strata[0])) if "stratum" in people else 0, None, "Strata named in the file"),
        (
            "clusters",
            len(np.unique(design.clusters[0])) if "cluster" in people else 0,
            None,
            "Sampling units named in the file",
        ),
        ("fpc", float("fpc" in people), None, "1 when the file gives the finite population correction"),
        (
            "base_weights",
            float(people["base_weight"].nunique() > 1),
            None,
            "1 when base weights differ between respondents",
        ),
    ]
    if raked is not None:
        rows += [
            ("sweeps", raked.iterations, None, "Sweeps of raking over all margins"),
            ("discrepancy", raked.discrepancy, None, "Largest relative distance of a weighted margin from its total"),
            ("trimmed", raked.trimmed, None, "Respondents whose weight is at a bound"),
        ]
    for name, value in settings.items():
        number = isinstance(value, int | float) and not isinstance(value, bool)
        rows.append((name, float(value) if number else None, None if number else str(value), "Setting of the config"))
    return pd.DataFrame(rows, columns=["measure", "value", "text", "meaning"])


def missing(people: pd.DataFrame, codebook: Codebook) -> pd.DataFrame:
    """Return how many answered each item, and for how many each reason stands.

    Returns
    -------
    pandas.DataFrame
        ``item, reason, n``, with a row ``all respondents`` for each item.
    """
    rows = []
    for item in codebook.items:
        why = people[item.variable + WHY]
        rows.append((item.variable, ANSWERED, int(people[item.variable].notna().sum())))
        rows += [(item.variable, reason, int((why == reason).sum())) for reason in REASONS if (why == reason).any()]
        rows.append((item.variable, EVERYBODY, len(people)))
    return pd.DataFrame(rows, columns=["item", "reason", "n"])


def items(codebook: Codebook) -> pd.DataFrame:
    """Return the items as asked.

    Returns
    -------
    pandas.DataFrame
        ``item, position, text, short, battery, theme, counted, reversed``.
    """
    return pd.DataFrame(
        [
            (i.variable, place, i.text, i.short or i.text, i.battery or "-", i.theme or "-", i.counted_label, i.reverse)
            for place, i in enumerate(codebook.items, start=1)
        ],
        columns=["item", "position", "text", "short", "battery", "theme", "counted", "reversed"],
    )
