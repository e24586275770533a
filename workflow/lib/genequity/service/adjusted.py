"""Adjusted differences between groups at each stage: odds ratios, risk ratios and risk differences, by region too.

Each group is compared with the chosen one and with the average of all records in the model. A *ladder* of models is
declared in the config (crude, then age and sex, then all covariates). Every estimate stands beside its records and
events, and where none can be given the reason stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import named, ordered
from genequity.service import contrasts, firth, glm
from genequity.service import variance as variances

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "Unknown"
POISSON = ["risk_ratio_poisson", "risk_ratio_poisson_low", "risk_ratio_poisson_high"]
ESTIMATES = [*contrasts.COLUMNS, *POISSON, "risk", "detectable", "df", "log_se", "log_se_model", "variance"]
SHARED = ["records", "events", "parameters", "clusters", "method"]
LIKELIHOOD = "logistic, maximum likelihood"
PENALISED = "logistic, Firth's penalised likelihood with profile intervals, as groups or covariates are separated"

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
        ``provider`` for a cluster-robust variance. With fewer than ``methods["min_clusters"]`` clusters the plain one
        is refused, and the bias-reduced one (CR2) with Satterthwaite degrees of freedom stands in its place.
    methods : dict
        ``level``, ``power``, ``variance``, ``min_clusters``, ``min_events``, ``separated``, ``model_ages``.
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
    frame = pd.DataFrame(rows, columns=[*BASE, *ESTIMATES, *SHARED])
    return frame.rename(columns={"model": "variant"})


@dataclass(frozen=True)
class Sample:
    """Who is in one model: its groups with their sizes, why some are not, and the covariate patterns that inform it."""

    groups: list[str]
    sizes: pd.DataFrame
    reasons: dict[str, str]
    usable: list[str]
    patterns: pd.DataFrame
    known: pd.DataFrame


def sample(cells, outcome, covariates, comparator, cluster, methods) -> Sample:
    """Choose the records and groups of one model; the comparator's reason, if any, stands for all."""
    groups = [comparator, *[g for g in ordered(cells["group"].unique()) if g != comparator]]
    keys = ["group", *covariates, *([cluster] if cluster else [])]
    n, events = f"eligible_{outcome}", f"reached_{outcome}"
    known = cells[(cells[covariates] != UNKNOWN).all(axis=1)] if covariates else cells
    known = known.groupby(keys, as_index=False, dropna=False, sort=True)[[n, events]].sum()
    known = known[known[n] > 0].rename(columns={n: "n", events: "events"})
    sizes = known.groupby("group")[["n", "events"]].sum().reindex(groups, fill_value=0)
    separated = methods["separated"] == "firth"
    reasons = {group: too_few(*sizes.loc[group], methods["min_events"], separated) for group in groups}
    usable, patterns = [g for g in groups if not reasons[g]], known
    if not reasons[comparator]:
        patterns, usable, lost = _kept(known, usable, covariates, separated)
        reasons |= lost
    if reasons[comparator]:
        reasons, usable = dict.fromkeys(groups, _of_comparator(reasons[comparator])), []
    return Sample(groups, sizes, reasons, usable, patterns, known)


def _of_comparator(reason: str) -> str:
    return f"the comparator has {reason}" if not reason.startswith("its ") else f"of the comparator, {reason}"


def _one(cells, outcome, model, covariates, region, comparator, cluster, methods) -> list[dict[str, Any]]:
    """Fit one model; return one row a group."""
    here = sample(cells, outcome, covariates, comparator, cluster, methods)
    base = {"outcome": outcome, "model": model, "region": region, "comparator": comparator}
    found: dict[str, dict[str, Any]] = {}
    shared: dict[str, Any] = {"records": int(here.known["n"].sum()), "events": int(here.known["events"].sum())}
    reasons = here.reasons
    if here.usable:
        try:
            found, shared = _estimates(here.patterns, here.usable, covariates, cluster, methods)
        except glm.NotEstimable as why:
            reasons = {group: reasons[group] or str(why) for group in here.groups}
    return rows_of(here, base, found, shared, reasons)


def rows_of(here: Sample, base, found, shared, reasons) -> list[dict[str, Any]]:
    """Return one row a group: its estimates and what they share, or why there are none."""
    rows = []
    for group in here.groups:
        own = here.sizes.loc[group]
        numbers = {"group_records": int(own["n"]), "group_events": int(own["events"])}
        estimate = dict.fromkeys(ESTIMATES, np.nan) | {"variance": ""} | found.get(group, {})
        given = {"parameters": None, "clusters": None, "method": ""} | shared
        rows.append(base | {"group": group, "reason": reasons[group]} | numbers | estimate | given)
    return rows


def too_few(n: float, events: float, fewest: int, keep_separated: bool = False) -> str:
    """Say why a group has no estimate, or nothing. Without any event (or non-event) a group is separated."""
    if n == 0:
        return "no eligible record"
    if events in (0, n):
        if keep_separated and n >= 2 * fewest:
            return ""
        return "no record that reached the stage" if events == 0 else "no record that missed the stage"
    if min(events, n - events) < fewest:
        return f"fewer than {fewest} records that reached the stage, or that did not"
    return ""


def _estimates(patterns, groups, covariates, cluster, methods):
    """Fit the model once; return the estimates of each group, and what they share."""
    design, codes = design_of(patterns, groups, covariates, cluster)
    n, events = patterns["n"].to_numpy(float), patterns["events"].to_numpy(float)
    sizes = np.bincount(design.factors[0].codes, n, len(groups))
    reached = np.bincount(design.factors[0].codes, events, len(groups))
    penalised = None
    try:
        if ((reached == 0) | (reached == sizes)).any():
            raise glm.Separated
        fitted = glm.fit(design, events, n)
    except glm.Separated:
        penalised = firth.fit(design, events, n)
        fitted = penalised.fit
    kind = variance_kind(codes, methods) if penalised is None else variances.MODEL
    chosen = variances.estimate(design, fitted, events, n, kind, codes)
    found = described(
        groups,
        fitted.beta,
        glm.standardised_risks(design, fitted.beta, n),
        (chosen, variances.estimate(design, fitted, events, n, variances.MODEL)),
        None if penalised else _poisson(design, events, n, kind, codes),
        sizes=sizes,
        alone=alone(design, codes) if chosen.clusters else set(),
        cluster=cluster,
        methods=methods,
    )
    if penalised:
        for i, group in enumerate(groups[1:], 1):
            low, high = firth.profile(penalised, i, methods["level"])
            found[group] |= {"odds_ratio_low": float(np.exp(low)), "odds_ratio_high": float(np.exp(high))}
    shared = {
        "records": int(n.sum()),
        "events": int(events.sum()),
        "parameters": design.size,
        "clusters": chosen.clusters,
        "method": PENALISED if penalised else LIKELIHOOD,
    }
    return found, shared


def described(groups, beta, standardised, used, poisson, *, sizes, alone, cluster, methods) -> dict[str, dict]:
    """Return every group's estimates from one fitted model.

    Parameters
    ----------
    groups, beta, standardised
        Groups in the model, the comparator first; coefficients; risks and slopes of ``glm.standardised_risks``.
    used : tuple of Variance
        The chosen variance and the model-based one, which stands in for groups of one cluster.
    poisson : tuple or None
        Coefficients and variance of the modified Poisson model, where it has a maximum.
    sizes, alone
        Records of each group; the groups that stand in one cluster alone; with the comparator, all do.
    cluster, methods
        As in :func:`differences`.
    """
    risks, slopes = standardised
    chosen, model_based = used
    alone = set(range(len(groups))) if 0 in alone else alone
    found = {}
    for i, group in enumerate(groups):
        own_variance = model_based if i in alone else chosen
        estimate = {"risk": float(risks[i]), "variance": named_variance(own_variance, cluster, i in alone)}
        beside = {contrasts.AVERAGE: contrasts.from_average(beta, risks, slopes, i, sizes)}
        if i:
            beside[""] = contrasts.from_comparator(beta, risks, slopes, i)
            own = beside[""]["odds_ratio"]
            estimate |= {
                "log_se": own.error(own_variance),
                "log_se_model": own.error(model_based),
                "df": finite(own_variance.degrees(own.slopes)),
            }
            estimate["detectable"] = contrasts.detectable(
                beside[""]["risk_difference"], own_variance, methods["level"], methods["power"]
            )
            if poisson and i not in alone:
                only = np.eye(len(beta))[i]
                limits = contrasts.Contrast(float(poisson[0][i]), only, True).interval(poisson[1], methods["level"])
                estimate |= dict(zip(POISSON, limits))
        for ending, several in beside.items():
            for measure, contrast in several.items():
                limits = contrast.interval(own_variance, methods["level"])
                estimate |= {measure + ending + end: value for end, value in zip(contrasts.ENDS, limits)}
        found[group] = estimate
    return found


def finite(value: float) -> float:
    """Return a number as it is, and a blank in the place of an infinite one."""
    return value if np.isfinite(value) else np.nan


def variance_kind(codes, methods: dict[str, Any]) -> str:
    """Choose the variance: clustered where there are clusters, and CR2 where they are too few for the plain one."""
    wanted = methods["variance"]
    clusters = 0 if codes is None else len(np.unique(codes))
    if wanted == "auto":
        wanted = variances.CR1 if clusters else variances.MODEL
    if wanted in variances.CLUSTERED and clusters < 2:
        return variances.MODEL
    if wanted == variances.CR1 and clusters < methods["min_clusters"]:
        return variances.CR2
    return wanted


def alone(design: glm.Design, codes) -> set[int]:
    """Return the groups that stand in one cluster alone: nothing is known of how they vary between clusters."""
    pairs = np.unique(np.stack([design.factors[0].codes, codes]), axis=1)
    seen = np.bincount(pairs[0], minlength=len(design.factors[0].levels))
    return set(map(int, np.flatnonzero(seen < 2)))


def named_variance(used: variances.Variance, cluster: str | None, alone: bool) -> str:
    """Say how an interval was made."""
    if used.kind == variances.MODEL:
        why = f"all records of the group are of one {cluster}" if alone else ""
        return f"model-based: {why}" if why else "model-based"
    if used.kind in variances.CLUSTERED:
        words = "CR2, Satterthwaite" if used.kind == variances.CR2 else used.kind
        return f"cluster-robust by {cluster} ({words})"
    return f"robust ({used.kind})"


def _poisson(design, events, n, kind: str, codes) -> tuple[np.ndarray, variances.Variance] | None:
    """Fit the modified Poisson model (Zou, 2004) with the same covariates; none where it has no maximum."""
    try:
        fitted = glm.fit(design, events, n, glm.POISSON)
        robust = variances.HC0 if kind == variances.MODEL else kind
        return fitted.beta, variances.estimate(design, fitted, events, n, robust, codes)
    except glm.NotEstimable:
        return None


def _kept(patterns, groups: list[str], covariates, separated: bool) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """Return the patterns that inform the model, the groups still in it, and why others are not.

    A group may lose all its records, or all its events, with the covariate levels that add nothing.
    """
    lost: dict[str, str] = {}
    while True:
        part = informative(patterns[patterns["group"].isin(groups)], covariates)
        sums = part.groupby("group")[["n", "events"]].sum().reindex(groups, fill_value=0)
        same = (sums["events"] == 0) | (sums["events"] == sums["n"])
        gone = list(sums.index[(sums["n"] == 0) | (same & (not separated))])
        if not gone:
            return part, groups, lost
        lost |= dict.fromkeys(gone, "its records lie where every record, or none, reached the stage")
        groups = [group for group in groups if group not in lost]


def informative(patterns: pd.DataFrame, covariates: list[str]) -> pd.DataFrame:
    """Drop covariate levels without any event or any non-event: in the limit they add nothing to the likelihood."""
    while True:
        before = len(patterns)
        for covariate in covariates:
            sums = patterns.groupby(covariate)[["n", "events"]].sum()
            mixed = sums.index[(sums["events"] > 0) & (sums["events"] < sums["n"])]
            patterns = patterns[patterns[covariate].isin(mixed)]
        if len(patterns) == before:
            return patterns


def design_of(patterns, groups, covariates, cluster):
    """Return the design of a sample's patterns, and the cluster number of each."""
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
    ).drop(columns=["log_se", "log_se_model"])
