"""Unknown ethnicity treated in several ways, side by side: what each outcome's differences would be under each.

The report's models keep records whose group is not known as groups of their own. Here the same model is given on the
records of known groups alone, with the unknown groups imputed, and with the imputation shifted towards the census. No
treatment is right by itself: each says what it assumes (:data:`ASSUMES`), and the differences between them show how
much rests on that. The imputation of an outcome's model holds its covariates and the outcome itself.

Records of one person may be imputed to different groups, since cells do not know people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import named, ordered
from genequity.service import adjusted, contrasts, glm, imputation
from genequity.service import variance as variances

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

OWN_GROUP, COMPLETE = "unknown as a group", "complete cases"
IMPUTED, CALIBRATED = "multiple imputation", "census-calibrated imputation"
TREATMENTS = (OWN_GROUP, COMPLETE, IMPUTED, CALIBRATED)
ASSUMES = {
    OWN_GROUP: "Records whose group is not known stay in the model as groups of their own; nothing is assumed of whose "
    "they are.",
    COMPLETE: "Records whose group is not known are left out; those kept are taken to stand for them.",
    IMPUTED: "Among records alike in the outcome and all covariates, those whose group is not known are divided as the "
    "others are.",
    CALIBRATED: "As multiple imputation, shifted so that all records come as near as they can to how residents of the "
    "same age, sex and region are divided.",
}
SHOWN = [measure + end for measure in contrasts.MEASURES for end in contrasts.ENDS]
COLUMNS = [
    *("outcome", "place", "label", "treatment", "assumes", "group", "comparator", "group_records", "group_events"),
    *("records", "events", "parameters", "imputed", "imputations", *SHOWN, "detectable", "df", "missing"),
    *("variance", "method", "reason"),
]
SHIFT_UNKNOWN = "the census counts no population that is divided like the study's groups"


def outcomes(
    cells: pd.DataFrame,
    estimates: pd.DataFrame,
    variants: pd.DataFrame,
    section: dict[str, Any],
    *,
    population: pd.DataFrame | None,
    comparator: str,
    national: str,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the national estimates of the ladder's last model under each treatment, one row an outcome and group.

    Parameters
    ----------
    cells : pandas.DataFrame
        From :func:`genequity.service.records.write_cells`.
    estimates, variants : pandas.DataFrame
        Results of :func:`genequity.service.adjusted.differences` and :func:`~genequity.service.adjusted.variants`,
        which hold the first two treatments.
    section : dict
        The config section.
    population : pandas.DataFrame or None
        Denominators (:func:`genequity.service.population.read_population`), towards which the last treatment is shifted.
    comparator, national : str
        The group compared with; the label of all regions together.
    rng : numpy.random.Generator
        From the study's seed.
    """
    import pandas as pd

    ladder, methods = section["adjust"], section["methods"]
    covariates = ladder[list(ladder)[-1]]
    own = estimates[(estimates["model"] == list(ladder)[-1]) & (estimates["region"] == national)]
    complete = variants[variants["variant"] == adjusted.KNOWN_ONLY]
    without = set(cells["group"]) <= named(cells["group"])
    frames = [own.assign(treatment=OWN_GROUP), (own if without else complete).assign(treatment=COMPLETE)]
    frame = pd.concat(frames, ignore_index=True).assign(imputed=0, imputations=0, missing=np.nan)
    rows = [frame]
    if not without:
        cells = adjusted.coarser_ages(cells, methods["model_ages"])
        margin = census_margin(cells, population)
        groups = _known_groups(cells, comparator)
        shifts = _shifts(cells, covariates, groups, margin, methods["imputations"], rng)
        for outcome in section["outcomes"]:
            data = _imputable(cells, outcome, covariates, groups, comparator, section["cluster"], methods)
            for treatment, shift in ((IMPUTED, None), (CALIBRATED, shifts)):
                rows.append(pd.DataFrame(_imputed(data, treatment, shift, methods, section["cluster"], rng)))
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    places = {outcome: place for place, outcome in enumerate(labels, 1)}
    table = pd.concat(rows, ignore_index=True)
    table = table.assign(
        label=table["outcome"].map(labels), place=table["outcome"].map(places), assumes=table["treatment"].map(ASSUMES)
    )
    return table.reindex(columns=COLUMNS)


def census_margin(cells: pd.DataFrame, population: pd.DataFrame | None) -> dict[str, float] | None:
    """Return each group's share of residents, for residents of the age, sex and region of the records.

    Parameters
    ----------
    cells : pandas.DataFrame
        Cells with ``n``, known and unknown groups together.
    population : pandas.DataFrame or None
        ``group, region, age_from, sex, population``; None gives None. A stratum without residents, and a record whose
        age or sex is not known, take the shares of their region, or of all.
    """
    import pandas as pd

    if population is None or population.empty:
        return None
    bands = np.sort(population["age_from"].unique())
    band = bands[np.maximum(np.searchsorted(bands, cells["age_from"], side="right") - 1, 0)]
    placed = cells.assign(band=np.where(cells["age_from"] < 0, -1, band))
    residents = population.rename(columns={"age_from": "band"})
    keys = [key for key in ("region", "band", "sex") if set(placed[key]) & set(residents[key])]
    strata = placed.groupby(keys, as_index=False)["n"].sum() if keys else pd.DataFrame({"n": [placed["n"].sum()]})
    groups = sorted(residents["group"].unique())
    found = np.full((len(strata), len(groups)), np.nan)
    for by in (keys, [key for key in keys if key == "region"]):
        if by:
            rows = pd.MultiIndex.from_frame(strata[by])
            found = np.where(np.isnan(found), _shares(residents, by, groups).reindex(rows).to_numpy(), found)
    everyone = residents.groupby("group")["population"].sum()[groups].to_numpy(float)
    found = np.where(np.isnan(found), everyone / everyone.sum(), found)
    return dict(zip(groups, map(float, strata["n"].to_numpy() @ found / strata["n"].sum()), strict=True))


def _shares(residents: pd.DataFrame, by: list[str], groups: list[str]) -> pd.DataFrame:
    """Return the shares of the groups in each stratum that has residents."""
    import pandas as pd

    table = residents.groupby([*by, "group"])["population"].sum().unstack("group").reindex(columns=groups).fillna(0.0)
    table = table[table.sum(axis=1) > 0]
    table.index = pd.MultiIndex.from_frame(table.index.to_frame(index=False))
    return table.div(table.sum(axis=1), axis=0)


@dataclass(frozen=True)
class Imputable:
    """Records of one outcome's model, those of unknown group apart.

    Places are covariate patterns, apart by cluster where there is one; ``cell`` is the covariate pattern of each place.
    ``known`` and ``reached`` are places x groups, ``unknown`` and ``unknown_reached`` one number a place. ``usable``
    are the groups of the model, the comparator first; ``reasons`` says why others are not.
    """

    outcome: str
    comparator: str
    groups: list[str]
    usable: list[str]
    reasons: dict[str, str]
    places: pd.DataFrame
    cell: NDArray
    cells: pd.DataFrame
    known: NDArray
    reached: NDArray
    unknown: NDArray
    unknown_reached: NDArray


def _imputable(cells, outcome, covariates, groups, comparator, cluster, methods) -> Imputable:
    """Return the records of one outcome's model: all covariates known, in the strata that inform the model."""
    known = cells[cells["group"].isin(groups)]
    here = adjusted.sample(known, outcome, covariates, comparator, cluster, methods | {"separated": "leave_out"})
    part = cells.assign(n=cells[f"eligible_{outcome}"], events=cells[f"reached_{outcome}"])
    part = part[part["n"] > 0]
    for name in covariates:
        part = part[part[name].isin(set(here.patterns[name])) if here.usable else part[name] != adjusted.UNKNOWN]
    keys = [*covariates, *([cluster] if cluster else [])]
    part = (
        part.assign(all=0)
        .groupby(["all", *keys, "group"], as_index=False, dropna=False, sort=True)[["n", "events"]]
        .sum()
    )
    place = part.groupby(["all", *keys], dropna=False, sort=True).ngroup().to_numpy()
    places = part.iloc[np.unique(place, return_index=True)[1]][["all", *keys]].reset_index(drop=True)
    cell = places.groupby(["all", *covariates], sort=True).ngroup().to_numpy()
    order = {group: number for number, group in enumerate(groups)}
    number = part["group"].map(order).fillna(len(groups)).to_numpy(int)
    counts = np.zeros((2, len(places), len(groups) + 1))
    np.add.at(counts[0], (place, number), part["n"].to_numpy(float))
    np.add.at(counts[1], (place, number), part["events"].to_numpy(float))
    return Imputable(
        outcome,
        comparator,
        groups,
        here.usable,
        here.reasons,
        places,
        cell,
        places.iloc[np.unique(cell, return_index=True)[1]][covariates].reset_index(drop=True),
        counts[0][:, :-1],
        counts[1][:, :-1],
        counts[0][:, -1],
        counts[1][:, -1],
    )


def _known_groups(cells: pd.DataFrame, comparator: str) -> list[str]:
    """Return the groups of a known answer that have records, the comparator first."""
    return [comparator, *[group for group in ordered(named(cells["group"].unique())) if group != comparator]]


def _design(cells: pd.DataFrame, covariates: list[str], outcome: bool) -> glm.Design:
    """Return the design of an imputation: the covariates, and before them the outcome where it takes part."""
    factors = []
    if outcome:
        factors.append(glm.Factor("outcome", ("missed", "reached"), np.repeat(np.arange(2), len(cells))))
    for name in covariates:
        levels = sorted(cells[name].unique())
        if len(levels) > 1:
            place = {level: number for number, level in enumerate(levels)}
            codes = cells[name].map(place).to_numpy(np.intp)
            factors.append(glm.Factor(name, tuple(levels), np.tile(codes, 2) if outcome else codes))
    return glm.Design(tuple(factors), len(cells) * (2 if outcome else 1))


def _by_cell(cell: NDArray, values: NDArray) -> NDArray:
    """Sum places to their cells."""
    out = np.zeros((int(cell.max()) + 1, values.shape[1]))
    np.add.at(out, cell, values)
    return out


def _shifts(cells, covariates, groups, margin, times, rng) -> NDArray | str:
    """Return the shifts towards the census margin, one row a draw, or why there are none.

    They are found once, among all records, whose margin it is, and hold at every stage.
    """
    if margin is None or set(margin) != set(groups):
        return SHIFT_UNKNOWN
    part = cells[(cells[covariates] != adjusted.UNKNOWN).all(axis=1)] if covariates else cells
    part = part.assign(all=0).groupby(["all", *covariates, "group"], as_index=False)["n"].sum()
    cell = part.groupby(["all", *covariates], sort=True).ngroup().to_numpy()
    order = {group: number for number, group in enumerate(groups)}
    number = part["group"].map(order).fillna(len(groups)).to_numpy(int)
    counts = np.zeros((int(cell.max()) + 1, len(groups) + 1))
    np.add.at(counts, (cell, number), part["n"].to_numpy(float))
    patterns = part.iloc[np.unique(cell, return_index=True)[1]][covariates].reset_index(drop=True)
    known, unknown = counts[:, :-1], counts[:, -1]
    wanted = imputation.nearest_margin(known.sum(axis=0), unknown.sum(), np.array([margin[g] for g in groups]))
    try:
        model = imputation.fit(_design(patterns, covariates, outcome=False), known)
    except glm.NotEstimable as why:
        return str(why)
    return np.array([imputation.shift_to(model.chances(model.drawn(rng)), unknown, wanted) for _ in range(times)])


def _imputed(data: Imputable, treatment, shifts, methods, cluster, rng) -> list[dict[str, Any]]:
    """Return the rows of one outcome under one kind of imputation."""
    reasons, found, shared = data.reasons, {}, {}
    if isinstance(shifts, str):
        reasons = dict.fromkeys(data.groups, shifts)
    elif data.usable:
        try:
            found, shared = _pooled(data, shifts, methods, cluster, rng)
        except glm.NotEstimable as why:
            reasons = {group: reasons[group] or str(why) for group in data.groups}
    rows = []
    for place, group in enumerate(data.groups):
        row = {"outcome": data.outcome, "treatment": treatment, "group": group, "comparator": data.comparator}
        row |= {"group_records": int(data.known[:, place].sum()), "group_events": int(data.reached[:, place].sum())}
        row |= {"records": int(data.known.sum() + data.unknown.sum())}
        row |= {"events": int(data.reached.sum() + data.unknown_reached.sum())}
        row |= {"imputed": int(data.unknown.sum()), "imputations": methods["imputations"] if found else 0}
        row |= dict.fromkeys((*SHOWN, "detectable", "df", "missing"), np.nan) | {"parameters": None, "variance": ""}
        rows.append(row | shared | found.get(group, {}) | {"reason": reasons[group]})
    return rows


def _pooled(data: Imputable, shifts, methods, cluster, rng) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Impute, fit and pool; return the estimates of each group compared, and what they share."""
    import pandas as pd

    covariates, count = list(data.cells.columns), len(data.cells)
    known = np.concatenate([_by_cell(data.cell, data.known - data.reached), _by_cell(data.cell, data.reached)])
    present = np.flatnonzero(known.sum(axis=0) > 0)
    model = imputation.fit(_design(data.cells, covariates, outcome=True), known[:, present])
    unknown = np.concatenate([data.unknown - data.unknown_reached, data.unknown_reached])
    of = np.concatenate([data.cell, data.cell + count])
    if shifts is not None:
        shifts = shifts[:, present]
    used = [data.groups.index(group) for group in data.usable]
    grid = pd.concat([data.places.assign(group=group) for group in data.usable], ignore_index=True)
    filled = ((data.known[:, used] > 0) | (data.unknown > 0)[:, None]).T.ravel()
    design, codes = adjusted.design_of(grid[filled], data.usable, covariates, cluster)
    alone = _alone(data, used, cluster)
    values: dict[tuple[int, str], list[tuple[float, float, float]]] = {}
    for drawn in imputation.draws(model, unknown, of, methods["imputations"], rng, shifts):
        missed, reached = np.split(drawn, 2)
        extra = np.zeros((2, len(data.places), len(data.groups)))
        extra[0][:, present], extra[1][:, present] = missed + reached, reached
        n = (data.known + extra[0])[:, used].T.ravel()[filled]
        events = (data.reached + extra[1])[:, used].T.ravel()[filled]
        for key, value in _contrasts(design, codes, events, n, alone, methods).items():
            values.setdefault(key, []).append(value)
    found: dict[str, dict[str, Any]] = {}
    for (place, measure), several in values.items():
        row = found.setdefault(data.usable[place], {"variance": _named(place, alone, codes, cluster, methods)})
        row |= _limits(measure, np.array(several), methods)
    shared = {"parameters": design.size, "method": adjusted.LIKELIHOOD}
    found[data.usable[0]] = {"variance": _named(0, alone, codes, cluster, methods)}
    return found, shared


def _limits(measure: str, several: NDArray, methods: dict[str, Any]) -> dict[str, float]:
    """Return a pooled estimate with its limits; for the difference also what rests on it."""
    pooled = imputation.pool(several[:, 0], several[:, 1], float(several[:, 2].mean()))
    error = np.sqrt(pooled.variance)
    half = contrasts.quantile(0.5 + methods["level"] / 2, pooled.degrees) * error
    ends = np.array([pooled.estimate, pooled.estimate - half, pooled.estimate + half])
    ends = ends if measure == "risk_difference" else np.exp(ends)
    row = {measure + end: float(value) for end, value in zip(contrasts.ENDS, ends, strict=True)}
    if measure == "risk_difference":
        power = contrasts.quantile(methods["power"], pooled.degrees) * error
        row |= {"detectable": half + power, "missing": pooled.missing}
        row["df"] = pooled.degrees if np.isfinite(pooled.degrees) else np.nan
    return row


def _contrasts(design, codes, events, n, alone, methods) -> dict[tuple[int, str], tuple[float, float, float]]:
    """Fit one imputed data set; return each group's contrasts: value, variance, degrees of freedom."""
    patterns, (reached, records) = design.collapsed(events, n)
    fitted = glm.fit(patterns, reached, records)
    risks, slopes = glm.standardised_risks(patterns, fitted.beta, records)
    chosen = variances.estimate(design, fitted, events, n, _kind(codes, methods), codes)
    model = variances.estimate(design, fitted, events, n, variances.MODEL)
    found = {}
    for place in range(1, len(risks)):
        used = model if place in alone or 0 in alone else chosen
        for measure, contrast in contrasts.from_comparator(fitted.beta, risks, slopes, place).items():
            error, degrees = contrast.error(used), used.degrees(contrast.slopes)
            found[place, measure] = (contrast.value, error**2, degrees)
    return found


def _kind(codes, methods: dict[str, Any]) -> str:
    """Choose the variance as the report's models do: by cluster where there are some, CR2 where they are few."""
    wanted, clusters = methods["variance"], 0 if codes is None else len(np.unique(codes))
    if wanted == "auto":
        wanted = variances.CR1 if clusters else variances.MODEL
    if wanted in variances.CLUSTERED and clusters < 2:
        return variances.MODEL
    return variances.CR2 if wanted == variances.CR1 and clusters < methods["min_clusters"] else wanted


def _alone(data: Imputable, used: list[int], cluster: str | None) -> set[int]:
    """Return the groups whose known records stand in one cluster alone; all of them where the comparator does."""
    if not cluster:
        return set()
    names = data.places[cluster].to_numpy()
    alone = {place for place, group in enumerate(used) if len(set(names[data.known[:, group] > 0])) < 2}
    return set(range(len(used))) if 0 in alone else alone


def _named(place: int, alone: set[int], codes, cluster: str | None, methods: dict[str, Any]) -> str:
    """Say how the intervals of a group were made."""
    kind = variances.MODEL if place in alone else _kind(codes, methods)
    if kind == variances.MODEL:
        return "Rubin's rules over model-based variances"
    words = f"by {cluster} " if kind in variances.CLUSTERED else ""
    return f"Rubin's rules over robust variances {words}({kind})"
