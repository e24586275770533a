"""Adjusted differences between groups at each stage: odds ratios and risk differences, national and by region.

A *ladder* of models is declared in the config (crude, then age and sex, then all covariates). Every estimate stands
beside its records and events, and where none can be given the reason stands in its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import named, ordered
from genequity.service import glm, intervals

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "Unknown"
ESTIMATES = [
    "odds_ratio",
    "odds_ratio_low",
    "odds_ratio_high",
    "risk_difference",
    "risk_difference_low",
    "risk_difference_high",
    "risk",
    "log_se",
]


BASE = ["outcome", "model", "region", "comparator", "group", "reason", "group_records", "group_events"]


def coarser_ages(cells: pd.DataFrame, bounds: list[int]) -> pd.DataFrame:
    """Return cells with the column ``age``: the lower bound of the model's age band as text, or Unknown."""
    low = np.sort(np.asarray(bounds))
    place = np.searchsorted(low, cells["age_from"], side="right") - 1
    names = [f"{value:03d}" for value in low]
    return cells.assign(age=[UNKNOWN if p < 0 else names[p] for p in place])


def differences(
    cells: pd.DataFrame,
    outcomes: list[str],
    ladder: dict[str, list[str]],
    *,
    comparator: str,
    national: str,
    cluster: str | None,
    methods: dict[str, Any],
) -> pd.DataFrame:
    """Return every group's difference from the comparator, one row an outcome, model, region and group.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row a covariate pattern with ``eligible_<outcome>``, ``reached_<outcome>`` and the covariates.
    outcomes : list of str
        Stage ids.
    ladder : dict
        Model name -> covariates (``age``, ``sex``, ``deprivation``, ``region``). The national fits run the whole
        ladder, the regional ones its last model, without the region.
    comparator, national : str
        The group compared with; the label of all regions together.
    cluster : str or None
        ``provider`` for a cluster-robust variance. With fewer than ``methods["min_clusters"]`` clusters it is refused,
        and the model-based variance is given instead, saying so.
    methods : dict
        ``level``, ``min_clusters``, ``min_events``, ``model_ages``.
    """
    import pandas as pd

    cells = coarser_ages(cells, methods["model_ages"])
    last = list(ladder)[-1]
    rows: list[dict[str, Any]] = []
    regions = [r for r in sorted(cells["region"].unique()) if r != national]
    for outcome in outcomes:
        for model, covariates in ladder.items():
            rows += _one(cells, outcome, model, covariates, national, comparator, cluster, methods)
        for region in regions:
            part = cells[cells["region"] == region]
            covariates = [c for c in ladder[last] if c != "region"]
            rows += _one(part, outcome, last, covariates, region, comparator, cluster, methods)
    return pd.DataFrame(rows)


KNOWN_ONLY, UNKNOWN_KEPT = "known groups only", "unknown covariates kept"
NOT_RECORDED = "not recorded"  # a category of its own, in the place of what leaves a record out


def variants(
    cells: pd.DataFrame,
    outcomes: list[str],
    ladder: dict[str, list[str]],
    *,
    comparator: str,
    national: str,
    cluster: str | None,
    methods: dict[str, Any],
) -> pd.DataFrame:
    """Return the national estimates of the ladder's last model on other records, one row an outcome, variant and group.

    The ladder keeps records whose group is not known as groups of their own, and leaves out records with an unknown
    covariate (complete cases). Here the former are left out, or the latter are kept, as a category of their own.

    Parameters
    ----------
    cells, outcomes, ladder, comparator, national, cluster, methods
        As in :func:`differences`.

    Returns
    -------
    pandas.DataFrame
        As :func:`differences`, with ``variant`` in the place of ``model``. A variant that leaves all records as they
        are has no rows.
    """
    import pandas as pd

    cells = coarser_ages(cells, methods["model_ages"])
    covariates = ladder[list(ladder)[-1]]
    known = cells[cells["group"].isin(named(cells["group"].unique()))]
    kept = cells.assign(**{name: cells[name].replace(UNKNOWN, NOT_RECORDED) for name in covariates})
    frames = {KNOWN_ONLY: known} if len(known) < len(cells) else {}
    if covariates and (cells[covariates] == UNKNOWN).any(axis=None):
        frames[UNKNOWN_KEPT] = kept
    rows = [
        row
        for outcome in outcomes
        for variant, frame in frames.items()
        for row in _one(frame, outcome, variant, covariates, national, comparator, cluster, methods)
    ]
    frame = pd.DataFrame(rows, columns=[*BASE, *ESTIMATES, "records", "events", "parameters", "clusters", "variance"])
    return frame.rename(columns={"model": "variant"})


def _one(cells, outcome, model, covariates, region, comparator, cluster, methods) -> list[dict[str, Any]]:
    """Fit one model; return one row a group."""
    groups = [comparator, *[g for g in ordered(cells["group"].unique()) if g != comparator]]
    keys = ["group", *covariates, *([cluster] if cluster else [])]
    n, events = f"eligible_{outcome}", f"reached_{outcome}"
    known = cells[(cells[covariates] != UNKNOWN).all(axis=1)] if covariates else cells
    patterns = known.groupby(keys, as_index=False, dropna=False, sort=True)[[n, events]].sum()
    patterns = patterns[patterns[n] > 0].rename(columns={n: "n", events: "events"})
    sizes = patterns.groupby("group")[["n", "events"]].sum().reindex(groups, fill_value=0)
    base = {"outcome": outcome, "model": model, "region": region, "comparator": comparator}
    reasons = {group: _too_few(*sizes.loc[group], methods["min_events"]) for group in groups}
    found: dict[str, dict[str, float]] = {}
    shared: dict[str, Any] = {"records": int(patterns["n"].sum()), "events": int(patterns["events"].sum())}
    if reasons[comparator]:
        reasons = dict.fromkeys(groups, f"the comparator has {reasons[comparator]}")
    else:
        usable = [g for g in groups if not reasons[g]]
        try:
            found, shared = _estimates(patterns, usable, covariates, cluster, methods)
        except glm.NotEstimable as why:
            reasons = dict.fromkeys(groups, str(why))
    rows = []
    for group in groups:
        numbers = {"group_records": int(sizes.loc[group, "n"]), "group_events": int(sizes.loc[group, "events"])}
        estimate = found.get(group) or dict.fromkeys(ESTIMATES, np.nan)
        given = {"parameters": None, "clusters": None, "variance": ""} | shared
        rows.append(base | {"group": group, "reason": reasons[group]} | numbers | estimate | given)
    return rows


def _too_few(n: float, events: float, fewest: int) -> str:
    """Say why a group has no estimate, or nothing. Without any event (or non-event) a group is separated."""
    if n == 0:
        return "no eligible record"
    if events in (0, n):
        return "no record that reached the stage" if events == 0 else "no record that missed the stage"
    if min(events, n - events) < fewest:
        return f"fewer than {fewest} records that reached the stage, or that did not"
    return ""


def _estimates(patterns, groups, covariates, cluster, methods):
    patterns = patterns[patterns["group"].isin(groups)]
    patterns = _informative(patterns, covariates)
    design, cluster_codes = _design(patterns, groups, covariates, cluster)
    n, events = patterns["n"].to_numpy(float), patterns["events"].to_numpy(float)
    fitted = glm.fit(design, events, n)
    variance, degrees = "model-based", np.inf
    if cluster_codes is not None:
        clusters = len(np.unique(cluster_codes))
        if clusters < methods["min_clusters"]:
            variance = f"model-based: {clusters} clusters are too few for a cluster-robust variance"
        else:
            fitted = glm.cluster_robust(design, fitted, events, n, cluster_codes)
            variance, degrees = f"cluster-robust by {cluster}", clusters - 1
    from scipy.stats import t

    width = (
        float(t.ppf(0.5 + methods["level"] / 2, degrees)) if np.isfinite(degrees) else intervals.z_of(methods["level"])
    )
    risks, risk_cov = glm.standardised_risks(design, fitted, n)
    found = {}
    for i, group in enumerate(groups):
        estimate = {"risk": float(risks[i])}
        if i:
            beta, se = fitted.beta[i], float(np.sqrt(fitted.covariance[i, i]))
            gap = risks[i] - risks[0]
            gap_se = float(np.sqrt(risk_cov[i, i] + risk_cov[0, 0] - 2 * risk_cov[i, 0]))
            odds = [float(np.exp(beta + k * width * se)) for k in (0, -1, 1)]
            risk = [float(gap + k * width * gap_se) for k in (0, -1, 1)]
            estimate |= dict(zip(ESTIMATES, [*odds, *risk])) | {"log_se": se}
        else:
            estimate |= dict.fromkeys(ESTIMATES[:6], np.nan)
        found[group] = estimate
    shared = {
        "records": int(n.sum()),
        "events": int(events.sum()),
        "parameters": design.size,
        "clusters": fitted.clusters,
        "variance": variance,
    }
    return found, shared


def _informative(patterns: pd.DataFrame, covariates: list[str]) -> pd.DataFrame:
    """Drop covariate levels without any event or any non-event: in the limit they add nothing to the likelihood."""
    while True:
        before = len(patterns)
        for covariate in covariates:
            sums = patterns.groupby(covariate)[["n", "events"]].sum()
            mixed = sums.index[(sums["events"] > 0) & (sums["events"] < sums["n"])]
            patterns = patterns[patterns[covariate].isin(mixed)]
        if len(patterns) == before:
            return patterns


def _design(patterns, groups, covariates, cluster):
    import pandas as pd

    factors = [_factor("group", patterns["group"], groups)]
    factors += [_factor(c, patterns[c], sorted(patterns[c].unique())) for c in covariates if patterns[c].nunique() > 1]
    codes = pd.factorize(patterns[cluster], use_na_sentinel=False)[0] if cluster else None
    return glm.Design(tuple(factors), len(patterns)), codes


def _factor(name: str, values: pd.Series, levels: list[str]) -> glm.Factor:
    place = {level: i for i, level in enumerate(levels)}
    return glm.Factor(name, tuple(levels), values.map(place).to_numpy(np.intp))


def labelled(
    estimates: pd.DataFrame, labels: dict[str, str], ladder: dict[str, list[str]], national: str
) -> pd.DataFrame:
    """Return the estimates as the table ``service/adjusted`` has them: with stage names and covariates."""
    covariates = [
        ", ".join(c for c in ladder[model] if region == national or c != "region")
        for model, region in zip(estimates["model"], estimates["region"])
    ]
    place = {outcome: i for i, outcome in enumerate(labels, 1)}
    return estimates.assign(
        label=estimates["outcome"].map(labels),
        place=estimates["outcome"].map(place),
        covariates=covariates,
        final=estimates["model"] == list(ladder)[-1],
    ).drop(columns="log_se")


def regional_contrasts(by_region: pd.DataFrame, *, national: str, level: float) -> pd.DataFrame:
    """Compare each region's adjusted odds ratio with that of the other regions together.

    Parameters
    ----------
    by_region : pandas.DataFrame
        Result of :func:`differences`.
    national : str
        Label of all regions together (left out here).
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        ``outcome, group, region, ratio, ratio_low, ratio_high, p, p_holm``: ratio of the region's odds ratio to the
        inverse-variance pooled odds ratio of the others, and its test, with Holm's correction over all groups and
        regions of an outcome. Blank where the region has no estimate.
    """
    import pandas as pd
    from scipy.stats import norm

    z = intervals.z_of(level)
    rows = by_region[(by_region["region"] != national) & (by_region["group"] != by_region["comparator"])].copy()
    rows["log"] = np.log(rows["odds_ratio"])
    out = []
    for (outcome, group), part in rows.groupby(["outcome", "group"], sort=True):
        for place in part.index:
            here, others = part.loc[place], part.drop(index=place).dropna(subset=["log", "log_se"])
            row = {"outcome": outcome, "group": group, "region": here["region"], "comparator": here["comparator"]}
            row |= dict.fromkeys(("ratio", "ratio_low", "ratio_high", "p"), np.nan)
            row["group_records"], row["group_events"] = here["group_records"], here["group_events"]
            if np.isfinite(here["log"]) and len(others):
                weight = 1 / others["log_se"] ** 2
                gap = here["log"] - (weight * others["log"]).sum() / weight.sum()
                se = np.sqrt(here["log_se"] ** 2 + 1 / weight.sum())
                limits = np.exp([gap, gap - z * se, gap + z * se])
                row |= dict(zip(("ratio", "ratio_low", "ratio_high"), limits)) | {"p": 2 * norm.sf(abs(gap / se))}
            out.append(row)
    frame = pd.DataFrame(out)
    if frame.empty:
        columns = [
            "outcome",
            "group",
            "region",
            "comparator",
            "ratio",
            "ratio_low",
            "ratio_high",
            "p",
            "group_records",
            "group_events",
            "p_holm",
        ]
        return pd.DataFrame(columns=columns)
    return frame.assign(p_holm=frame.groupby("outcome")["p"].transform(_holm))


def _holm(p: pd.Series) -> pd.Series:
    """Holm (1979): step-down adjusted p values; missing ones stay missing and are not counted."""
    known = p.dropna().sort_values()
    steps = known * np.arange(len(known), 0, -1)
    return steps.cummax().clip(upper=1).reindex(p.index)
