"""How far providers differ once their records are alike, and each one's own estimate, shrunken to the average.

One model an outcome: the last of the ladder, all regions, with a random intercept. See :mod:`genequity.service.mixed`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import adjusted, contrasts, glm, mixed

if TYPE_CHECKING:
    import pandas as pd

ALL_PROVIDERS = "All providers"
VARIATION = ["outcome", "covariates", "records", "events", "parameters", "providers", "method"]
SPREAD = ["sd", "mor", "mor_low", "mor_high", "vpc", "p"]
PROVIDERS = ["outcome", "provider", "records", "events"]
EFFECT = ["odds_ratio", "odds_ratio_low", "odds_ratio_high"]
METHOD = f"logistic, random intercept, adaptive Gauss-Hermite quadrature ({mixed.NODES} nodes)"


def variation(
    cells: pd.DataFrame,
    outcomes: list[str],
    ladder: dict[str, list[str]],
    *,
    comparator: str,
    cluster: str | None,
    methods: dict[str, Any],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the spread between providers at each outcome, and every provider's shrunken odds ratio.

    Parameters
    ----------
    cells, outcomes, ladder, comparator, cluster, methods
        As in :func:`genequity.service.adjusted.differences`.

    Returns
    -------
    variation : pandas.DataFrame
        One row an outcome: standard deviation, median odds ratio, share of variance, or the reason for none.
    providers : pandas.DataFrame
        One row an outcome and provider, and one of all providers. Both are empty in a study without providers.
    """
    import pandas as pd

    spread, each = [], []
    if cluster:
        cells = adjusted.coarser_ages(cells, methods["model_ages"])
        covariates = ladder[list(ladder)[-1]]
        for outcome in outcomes:
            row, own = _one(cells, outcome, covariates, comparator, cluster, methods)
            spread.append(row)
            each += own
    return (
        pd.DataFrame(spread, columns=[*VARIATION, *SPREAD, "reason"]),
        pd.DataFrame(each, columns=[*PROVIDERS, *EFFECT]),
    )


def _one(cells, outcome, covariates, comparator, cluster, methods) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    here = adjusted.sample(cells, outcome, covariates, comparator, cluster, methods | {"separated": "leave_out"})
    row = {"outcome": outcome, "covariates": ", ".join(covariates), "method": METHOD, "parameters": None}
    row |= dict.fromkeys(SPREAD, np.nan) | {"reason": here.reasons[comparator]}
    patterns = here.patterns[here.patterns[cluster].notna()]
    row |= {"records": int(patterns["n"].sum()), "events": int(patterns["events"].sum())}
    row["providers"] = int(patterns[cluster].nunique())
    if not here.usable:
        return row, []
    design, codes = adjusted.design_of(patterns, here.usable, covariates, cluster)
    n, events = patterns["n"].to_numpy(float), patterns["events"].to_numpy(float)
    try:
        found = mixed.fit(design, events, n, codes)
    except glm.NotEstimable as why:
        return row | {"reason": str(why)}, []
    z = contrasts.quantile(0.5 + methods["level"] / 2, np.inf)
    row |= {"sd": found.sd, "mor": found.mor, "vpc": found.vpc, "p": found.p, "parameters": design.size + 1}
    ends = mixed.limits(mixed.Quadrature(design, events, n, codes), found, methods["level"])
    row |= dict(zip(("mor_low", "mor_high"), map(mixed.median_odds_ratio, ends)))
    names = patterns[cluster].drop_duplicates()
    sizes = patterns.groupby(cluster)[["n", "events"]].sum()
    own = [
        {"outcome": outcome, "provider": name, "records": int(sizes.loc[name, "n"])}
        | {"events": int(sizes.loc[name, "events"])}
        | dict(zip(EFFECT, map(float, np.exp(effect + error * np.array([0.0, -z, z])))))
        for name, effect, error in zip(names, found.effects, found.errors)
    ]
    total = {"outcome": outcome, "provider": ALL_PROVIDERS, "records": row["records"], "events": row["events"]}
    return row, [*own, total | dict.fromkeys(EFFECT, np.nan)]
