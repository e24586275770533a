"""Unknown ethnicity treated in several ways, side by side: what each outcome's differences would be under each.

The report's models keep records whose group is not known as groups of their own. Here the same model is given on the
records of known groups alone, with the unknown groups imputed, and with the imputation shifted towards the census. No
treatment is right by itself: each says what it assumes (:data:`ASSUMES`), and the differences between them show how
much rests on that. The imputation of a stage holds the covariates of its model, and whether a record was eligible for
the stage and reached it; so the census margin is that of all records, at every stage.

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
STATES = ["apart", "missed", "reached"]  # of a record at a stage: not eligible for it, or eligible with an outcome
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
        Denominators (:func:`genequity.service.population.read_population`): the last treatment is shifted to them.
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
        groups = _known_groups(cells, comparator)
        for outcome in section["outcomes"]:
            data = _imputable(cells, outcome, covariates, groups, comparator, section["cluster"], methods, population)
            for treatment in (IMPUTED, CALIBRATED):
                rows.append(pd.DataFrame(_imputed(data, treatment, methods, section["cluster"], rng)))
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
    ``known`` is states x places x groups and ``unknown`` states x places, the states being: not eligible, missed the
    stage, reached it. ``usable`` are the groups of the model, the comparator first; ``reasons`` says why others are
    not. ``margin`` is each group's share of like residents.
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
    unknown: NDArray
    margin: dict[str, float] | None


def _imputable(cells, outcome, covariates, groups, comparator, cluster, methods, population) -> Imputable:
    """Return the records of one outcome's model: all covariates known, in the strata that inform the model."""
    known = cells[cells["group"].isin(groups)]
    here = adjusted.sample(known, outcome, covariates, comparator, cluster, methods | {"separated": "leave_out"})
    eligible, reached = cells[f"eligible_{outcome}"], cells[f"reached_{outcome}"]
    part = cells.assign(all=0, apart=cells["n"] - eligible, missed=eligible - reached, reached=reached)
    for name in covariates:
        part = part[part[name].isin(set(here.patterns[name])) if here.usable else part[name] != adjusted.UNKNOWN]
    keys = ["all", *covariates, *([cluster] if cluster else [])]
    sums = part.groupby([*keys, "group"], as_index=False, dropna=False, sort=True)[STATES].sum()
    place = sums.groupby(keys, dropna=False, sort=True).ngroup().to_numpy()
    places = sums.iloc[np.unique(place, return_index=True)[1]][keys].reset_index(drop=True)
    cell = places.groupby(["all", *covariates], sort=True).ngroup().to_numpy()
    order = {group: number for number, group in enumerate(groups)}
    number = sums["group"].map(order).fillna(len(groups)).to_numpy(int)
    counts = np.zeros((len(STATES), len(places), len(groups) + 1))
    for state, name in enumerate(STATES):
        np.add.at(counts[state], (place, number), sums[name].to_numpy(float))
    patterns = places.iloc[np.unique(cell, return_index=True)[1]][covariates].reset_index(drop=True)
    margin = census_margin(part, population) if len(part) else None
    fixed = (outcome, comparator, groups, here.usable, here.reasons)
    return Imputable(*fixed, places, cell, patterns, counts[:, :, :-1], counts[:, :, -1], margin)


def _known_groups(cells: pd.DataFrame, comparator: str) -> list[str]:
    """Return the groups of a known answer that have records, the comparator first."""
    return [comparator, *[group for group in ordered(named(cells["group"].unique())) if group != comparator]]


def _design(cells: pd.DataFrame, covariates: list[str], states: list[int]) -> glm.Design:
    """Return the design of an imputation: the state of the record at this stage, and the covariates."""
    factors = []
    if len(states) > 1:
        names = tuple(STATES[state] for state in states)
        factors.append(glm.Factor("state", names, np.repeat(np.arange(len(states)), len(cells))))
    for name in covariates:
        levels = sorted(cells[name].unique())
        if len(levels) > 1:
            place = {level: number for number, level in enumerate(levels)}
            factors.append(
                glm.Factor(name, tuple(levels), np.tile(cells[name].map(place).to_numpy(np.intp), len(states)))
            )
    return glm.Design(tuple(factors), len(cells) * len(states))


def _by_cell(cell: NDArray, values: NDArray) -> NDArray:
    """Sum places to their cells."""
    out = np.zeros((int(cell.max()) + 1, values.shape[1]))
    np.add.at(out, cell, values)
    return out


def _imputed(data: Imputable, treatment, methods, cluster, rng) -> list[dict[str, Any]]:
    """Return the rows of one outcome under one kind of imputation."""
    reasons, found, shared = data.reasons, {}, {}
    target = None
    if treatment == CALIBRATED:
        target = data.margin
        if not target or set(target) != set(data.groups):
            reasons = dict.fromkeys(data.groups, SHIFT_UNKNOWN)
    if data.usable and reasons is data.reasons:
        try:
            found, shared = _pooled(data, target, methods, cluster, rng)
        except glm.NotEstimable as why:
            reasons = {group: reasons[group] or str(why) for group in data.groups}
    known, unknown = data.known[1:].sum(axis=1), data.unknown[1:].sum(axis=1)
    rows = []
    for place, group in enumerate(data.groups):
        row = {"outcome": data.outcome, "treatment": treatment, "group": group, "comparator": data.comparator}
        row |= {"group_records": int(known[:, place].sum()), "group_events": int(known[1, place])}
        row |= {"records": int(known.sum() + unknown.sum()), "events": int(known[1].sum() + unknown[1])}
        row |= {"imputed": int(unknown.sum()), "imputations": methods["imputations"] if found else 0}
        row |= dict.fromkeys((*SHOWN, "detectable", "df", "missing"), np.nan) | {"parameters": None, "variance": ""}
        rows.append(row | shared | found.get(group, {}) | {"reason": reasons[group]})
    return rows


def _pooled(data: Imputable, target, methods, cluster, rng) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Impute, fit and pool; return the estimates of each group compared, and what they share."""
    import pandas as pd

    covariates, count = list(data.cells.columns), len(data.cells)
    present = np.flatnonzero(data.known.sum(axis=(0, 1)) > 0)
    states = [state for state in range(len(STATES)) if data.known[state].any() or data.unknown[state].any()]
    known = np.concatenate([_by_cell(data.cell, data.known[state][:, present]) for state in states])
    model = imputation.fit(_design(data.cells, covariates, states), known)
    unknown = np.concatenate([data.unknown[state] for state in states])
    of = np.concatenate([data.cell + turn * count for turn in range(len(states))])
    wanted = None
    if target is not None:
        shares = np.array([target[data.groups[place]] for place in present])
        wanted = imputation.nearest_margin(known.sum(axis=0), unknown.sum(), shares / shares.sum())
    used = [data.groups.index(group) for group in data.usable]
    grid = pd.concat([data.places.assign(group=group) for group in data.usable], ignore_index=True)
    eligible = data.known[1:].sum(axis=0), data.unknown[1:].sum(axis=0)
    filled = ((eligible[0][:, used] > 0) | (eligible[1] > 0)[:, None]).T.ravel()
    design, codes = adjusted.design_of(grid[filled], data.usable, covariates, cluster)
    alone = _alone(data, used, cluster)
    values: dict[tuple[int, str], list[tuple[float, float, float]]] = {}
    for drawn in imputation.draws(model, unknown, of, methods["imputations"], rng, wanted):
        counts = data.known.copy()
        for state, extra in zip(states, np.split(drawn, len(states)), strict=True):
            counts[state][:, present] += extra
        n, events = (part[:, used].T.ravel()[filled] for part in (counts[1] + counts[2], counts[2]))
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
    chosen = variances.estimate(design, fitted, events, n, adjusted.variance_kind(codes, methods), codes)
    model = variances.estimate(design, fitted, events, n, variances.MODEL)
    found = {}
    for place in range(1, len(risks)):
        used = model if place in alone or 0 in alone else chosen
        for measure, contrast in contrasts.from_comparator(fitted.beta, risks, slopes, place).items():
            error, degrees = contrast.error(used), used.degrees(contrast.slopes)
            found[place, measure] = (contrast.value, error**2, degrees)
    return found


def _alone(data: Imputable, used: list[int], cluster: str | None) -> set[int]:
    """Return the groups whose known records stand in one cluster alone; all of them where the comparator does."""
    if not cluster:
        return set()
    names = data.places[cluster].to_numpy()
    eligible = data.known[1:].sum(axis=0)
    alone = {place for place, group in enumerate(used) if len(set(names[eligible[:, group] > 0])) < 2}
    return set(range(len(used))) if 0 in alone else alone


def _named(place: int, alone: set[int], codes, cluster: str | None, methods: dict[str, Any]) -> str:
    """Say how the intervals of a group were made."""
    kind = variances.MODEL if place in alone else adjusted.variance_kind(codes, methods)
    if kind == variances.MODEL:
        return "Rubin's rules over model-based variances"
    words = f"by {cluster} " if kind in variances.CLUSTERED else ""
    return f"Rubin's rules over robust variances {words}({kind})"
