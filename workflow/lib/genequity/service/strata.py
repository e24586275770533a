"""Where group, deprivation and sex meet: strata as clusters of a random-intercept model ("MAIHDA").

Every combination of the dimensions is a stratum with an intercept of its own, drawn from one distribution. In the
*null* model the spread between strata is all there is; in the *additive* one the dimensions have main effects, and what
still varies between strata is more than their sum: the interactions. Small strata lean on the others. Clusters of
records (providers) are not in these models.

Sources: Evans, Williams, Onnela & Subramanian (2018); Merlo (2018); Evans, Leckie, Subramanian, Bell & Merlo (2024), a
tutorial, for the share of variance, its proportional change and the predictions. Fitted by :mod:`.mixed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from genequity.groups import named
from genequity.service import adjusted, contrasts, glm, mixed

if TYPE_CHECKING:
    import pandas as pd

ALL_STRATA = "All strata"
ANY = "all"  # a dimension that the study's strata leave out
DIMENSIONS = ("group", "deprivation", "sex")
METHOD = f"logistic, random intercept of each stratum, adaptive Gauss-Hermite quadrature ({mixed.NODES} nodes)"
SPREAD = ["sd_null", "sd_null_low", "sd_null_high", "vpc_null", "sd", "sd_low", "sd_high", "vpc", "mor", "pcv", "p"]
PREDICTED = ["predicted", "predicted_low", "predicted_high", "additive"]
PREDICTED += ["interaction", "interaction_low", "interaction_high"]
COLUMNS = ["outcome", *DIMENSIONS, "records", "events", *PREDICTED]
VARIATION = ["outcome", "dimensions", "covariates", "strata", "records", "events", "parameters", "method", *SPREAD]


def tables(
    cells: pd.DataFrame, outcomes: list[str], choice: dict[str, list[str]] | None, *, comparator: str, methods
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the spread between strata at each outcome, and each stratum's own prediction.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row a covariate pattern with ``eligible_<outcome>`` and ``reached_<outcome>``.
    outcomes : list of str
        Stage ids.
    choice : dict or None
        ``by``: two or more of :data:`DIMENSIONS`; ``adjust``: covariates of both models. None gives empty tables.
    comparator : str
        The group that stands first in the additive model.
    methods : dict
        ``level``, ``model_ages``, ``min_events``.

    Returns
    -------
    variation : pandas.DataFrame
        One row an outcome: standard deviation and share of variance of both models, proportional change, or a reason.
    strata : pandas.DataFrame
        One row an outcome and stratum: the share expected with the age (…) of all records, what main effects alone
        give, and the difference; and a row of all strata.
    """
    import pandas as pd

    spread, each = [], []
    if choice:
        cells = adjusted.coarser_ages(cells, methods["model_ages"])
        for outcome in outcomes:
            row, own = _one(cells, outcome, choice["by"], choice.get("adjust", []), comparator, methods)
            spread.append(row)
            each += own
    return pd.DataFrame(spread, columns=[*VARIATION, "reason"]), pd.DataFrame(each, columns=COLUMNS)


@dataclass(frozen=True)
class Sample:
    """Cells of one outcome: one a stratum and covariate pattern, the factors of both, and the stratum of each."""

    events: NDArray
    records: NDArray
    dimensions: tuple[glm.Factor, ...]
    covariates: tuple[glm.Factor, ...]
    stratum: NDArray[np.intp]
    strata: list[tuple[str, ...]]

    def design(self, additive: bool) -> glm.Design:
        """Return the fixed part of the additive or of the null model."""
        return glm.Design((*(self.dimensions if additive else ()), *self.covariates), len(self.records))


def _one(cells, outcome, by, covariates, comparator, methods) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    row: dict[str, Any] = dict.fromkeys(VARIATION, np.nan) | {"outcome": outcome, "dimensions": ", ".join(by)}
    row |= {"covariates": ", ".join(covariates), "method": METHOD, "parameters": None, "reason": ""}
    data = _sample(cells, outcome, by, covariates, comparator)
    row |= {"records": int(data.records.sum()), "events": int(data.events.sum()), "strata": len(data.strata)}
    total = dict(zip(DIMENSIONS, (ALL_STRATA, ANY, ANY))) | {"records": row["records"], "events": row["events"]}
    each = [{"outcome": outcome} | dict.fromkeys(PREDICTED, np.nan) | total]
    for i, stratum in enumerate(data.strata):
        mine = data.stratum == i
        counts = {"records": int(data.records[mine].sum()), "events": int(data.events[mine].sum())}
        each.append(each[0] | dict.fromkeys(DIMENSIONS, ANY) | dict(zip(by, stratum)) | counts)
    if min(row["events"], row["records"] - row["events"]) < methods["min_events"]:
        few = f"fewer than {methods['min_events']} records that reached the stage, or that did not"
        return row | {"reason": few}, each
    try:
        fits = [mixed.fit(data.design(way), data.events, data.records, data.stratum) for way in (False, True)]
    except glm.NotEstimable as why:
        return row | {"reason": str(why).replace("clusters", "strata").replace("cluster", "stratum")}, each
    z = contrasts.quantile(0.5 + methods["level"] / 2, np.inf)
    row |= _spread(*fits) | {"parameters": data.design(True).size + 1}
    for name, way, fitted in zip(("sd_null", "sd"), (False, True), fits):
        quadrature = mixed.Quadrature(data.design(way), data.events, data.records, data.stratum)
        ends = mixed.limits(quadrature, fitted, methods["level"])
        row |= dict(zip((f"{name}_low", f"{name}_high"), ends))
    predictions = predicted(data, fits[1], z)
    return row, [each[0], *(one | own for one, own in zip(each[1:], predictions))]


def _sample(cells, outcome, by, covariates, comparator) -> Sample:
    """Return the records of known groups, dimensions and covariates that inform the model."""
    import pandas as pd

    n, events = f"eligible_{outcome}", f"reached_{outcome}"
    keep = cells["group"].isin(named(cells["group"])) & (cells[n] > 0)
    for name in (*by, *covariates):
        keep &= cells[name] != adjusted.UNKNOWN
    keys = [*by, *covariates]
    patterns = cells[keep].groupby(keys, as_index=False, sort=True)[[n, events]].sum()
    patterns = patterns.rename(columns={n: "n", events: "events"})
    patterns = adjusted.informative(patterns, covariates)
    codes, strata = pd.factorize(pd.MultiIndex.from_frame(patterns[by]), sort=True)
    factors = []
    for name in keys:
        levels = sorted(patterns[name].unique(), key=lambda level: (level != comparator, level))
        place = {level: i for i, level in enumerate(levels)}
        factors.append(glm.Factor(name, tuple(levels), patterns[name].map(place).to_numpy(np.intp)))
    sums = patterns["events"].to_numpy(float), patterns["n"].to_numpy(float)
    used = [tuple(f for f in part if len(f.levels) > 1) for part in (factors[: len(by)], factors[len(by) :])]
    return Sample(*sums, *used, codes.astype(np.intp), [tuple(stratum) for stratum in strata])


def _spread(null: mixed.Mixed, additive: mixed.Mixed) -> dict[str, float]:
    """Return the spread between strata in both models, and how much of it the main effects take up."""
    found = {"vpc_null": null.vpc, "vpc": additive.vpc, "mor": additive.mor, "p": additive.p}
    found["pcv"] = 1 - additive.sd**2 / null.sd**2 if null.sd else np.nan
    return found | {"sd_null": null.sd, "sd": additive.sd}


def dense(design: glm.Design) -> NDArray:
    """Return the design matrix, cells x coefficients."""
    columns = [np.ones(design.cells)]
    columns += [factor.codes == level for factor in design.factors for level in range(1, len(factor.levels))]
    return np.column_stack(columns).astype(float)


def joint_covariance(x: NDArray, weights: NDArray, stratum: NDArray[np.intp], strata: int, sd: float) -> NDArray:
    """Return the covariance of coefficients and strata's log odds, given the spread between strata.

    Notes
    -----
    The inverse of the curvature at the maximum (Henderson's mixed-model equations), as lme4 and glmmTMB have it for
    predictions: a stratum's main effects and its own departure are not independent.
    """
    member = np.zeros((len(x), strata))
    member[np.arange(len(x)), stratum] = 1.0
    both = np.hstack([x, member]) if sd else x
    information = both.T @ (weights[:, None] * both)
    if sd:
        at = np.arange(x.shape[1], x.shape[1] + strata)
        information[at, at] += 1 / sd**2
    return np.linalg.inv(information)


def predicted(data: Sample, model: mixed.Mixed, z: float) -> list[dict[str, float]]:
    """Return for each stratum the share expected, with and without its own part, if it had the covariates of all.

    Parameters
    ----------
    data : Sample
        The cells.
    model : Mixed
        The additive model.
    z : float
        Normal quantile of the intervals. That of the share is by the delta method on the logit; that of the
        interaction comes from the posterior of the stratum's own part, the main effects held.
    """
    design = data.design(additive=True)
    x = dense(design)
    _, spread = glm.moments(x @ model.beta + model.effects[data.stratum])
    covariance = joint_covariance(x, data.records * spread, data.stratum, len(data.strata), model.sd)
    outer, weights = _patterns(data)
    first = 1 + sum(len(factor.levels) - 1 for factor in data.dimensions)
    size, found = design.size, []
    for i in range(len(data.strata)):
        own = x[np.flatnonzero(data.stratum == i)[0]].copy()
        rows = np.tile(own, (len(weights), 1))
        rows[:, first:] = outer
        fixed, effect, error = rows @ model.beta, model.effects[i], model.errors[i]
        mean, spread = glm.moments(fixed + effect)
        share, alone = float(weights @ mean), float(weights @ glm.moments(fixed)[0])
        slopes = np.zeros(len(covariance))
        slopes[:size] = (weights * spread) @ rows
        if model.sd:
            slopes[size + i] = weights @ spread
        half = z * np.sqrt(slopes @ covariance @ slopes) / (share * (1 - share))
        logit = np.log(share / (1 - share))
        ends = [float(1 / (1 + np.exp(-(logit + side * half)))) for side in (-1, 1)]
        moved = [float(weights @ glm.moments(fixed + effect + side * z * error)[0]) - alone for side in (-1, 1)]
        limits = moved if model.sd else [np.nan, np.nan]
        found.append(dict(zip(PREDICTED, [share, *ends, alone, share - alone, *limits])))
    return found


def _patterns(data: Sample) -> tuple[NDArray, NDArray]:
    """Return the covariate patterns of all records, as rows of the design, and the share of records of each."""
    part = dense(glm.Design(data.covariates, len(data.records)))[:, 1:]
    patterns, inverse = np.unique(part, axis=0, return_inverse=True)
    counts = np.bincount(inverse.ravel(), data.records, len(patterns))
    return patterns, counts / counts.sum()
