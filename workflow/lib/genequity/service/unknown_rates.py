"""Standardised rates with unknown ethnicity treated in several ways, all regions together.

People whose group is not known have no residents of their own to be compared with. The report's rates leave them out,
and so are too low for every group. Here they are also divided among the groups by multiple imputation, within region,
age and sex (:mod:`genequity.service.imputation`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import named
from genequity.service import contrasts, glm, imputation, intervals, rates
from genequity.service.unknown import CALIBRATED, COMPLETE, IMPUTED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ASSUMES = {
    COMPLETE: "People whose group is not known are left out. Every rate is too low; a ratio holds if groups have the "
    "same share of them.",
    IMPUTED: "Among people of the same region, age and sex, those whose group is not known are divided as the others "
    "are.",
    CALIBRATED: "All people counted would be divided as residents are.",
}
CIRCULAR = "to divide people as residents are would assume away the difference that the rate is to show"
RATE = ["rate", "low", "high"]
SHOWN = [*RATE, *rates.COMPARED]
COLUMNS = [
    *("measure", "label", "treatment", "assumes", "group", "comparator", "denominator", "events", "population"),
    *("imputed", "imputations", *SHOWN, "df", "missing", "reason"),
]


def treatments(
    events: pd.DataFrame,
    table: pd.DataFrame,
    population: dict[str, pd.DataFrame] | None,
    standard: pd.DataFrame | None,
    *,
    comparator: str,
    national: str,
    years: float,
    methods: dict[str, Any],
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return national rates under each treatment, one row a measure, treatment and group with a population.

    Parameters
    ----------
    events : pandas.DataFrame
        First events, as :func:`genequity.service.rates.by_group` takes them.
    table : pandas.DataFrame
        Result of that function, which holds the first treatment.
    population : dict or None
        Denominators by measure; without them the table is empty.
    standard : pandas.DataFrame or None
        Standard population.
    comparator, national : str
        The group compared with; the label of all regions together.
    years : float
        Length of the study period.
    methods : dict
        ``level``, ``standardise_by``, ``imputations``.
    rng : numpy.random.Generator
        From the study's seed.
    """
    import pandas as pd

    here = table[(table["region"] == national) & (table["reason"] != rates.NO_POPULATION) & table["population"].notna()]
    frames = []
    for measure, own in here.groupby("measure", sort=False):
        shared = {"imputed": 0, "imputations": 0, "df": np.nan, "missing": np.nan}
        frames.append(own.assign(treatment=COMPLETE, **shared))
        people = events[(events["measure"] == measure) & (events["age_from"] >= 0)]
        if people["group"].isin(named(people["group"])).all():
            continue
        blank = own.assign(**dict.fromkeys(SHOWN, np.nan), **shared)
        frames.append(
            _imputed(blank, people, population[measure], standard, comparator, years, methods, rng).assign(
                treatment=IMPUTED
            )
        )
        frames.append(blank.assign(treatment=CALIBRATED, reason=CIRCULAR))
    if not frames:
        return pd.DataFrame(columns=COLUMNS)
    found = pd.concat(frames, ignore_index=True)
    return found.assign(assumes=found["treatment"].map(ASSUMES)).reindex(columns=COLUMNS)


def _imputed(rows, people, population, standard, comparator, years, methods, rng) -> pd.DataFrame:
    """Fill the rows of one measure by multiple imputation; a group without a rate keeps its reason."""
    strata = ["age_from", *(["sex"] if "sex" in methods["standardise_by"] else [])]
    grid = population.assign(age_from=rates.band_of(population["age_from"], standard))
    residents = grid.groupby([*strata, "group"])["population"].sum().unstack("group").fillna(0.0)
    weight = standard.set_index("age_from")["weight"].reindex(residents.index.get_level_values("age_from"))
    usable = [group for group in rows["group"] if not rows.set_index("group").loc[group, "reason"]]
    known = [group for group in residents.columns if (people["group"] == group).any()]
    counted = people[people["region"].isin(population["region"])] if population["region"].nunique() > 1 else people
    if "sex" in strata:
        counted = counted[counted["sex"].isin(population["sex"])]
    keys = ["region", "age_from", "sex"]
    unknown = ~counted["group"].isin(named(people["group"]))
    wide = counted.assign(group=counted["group"].mask(unknown, "")).pivot_table(
        index=keys, columns="group", values="people", aggfunc="sum", fill_value=0
    )
    cells = wide.index.to_frame(index=False)
    band = cells.assign(age_from=rates.band_of(cells["age_from"], standard))
    place = residents.index.get_indexer(band[strata[0]] if len(strata) == 1 else list(zip(*(band[s] for s in strata))))
    try:
        model = imputation.fit(_design(cells), wide[known].to_numpy(float))
    except glm.NotEstimable as why:
        return rows.assign(reason=rows["reason"].where(rows["reason"] != "", str(why)))
    missing = wide[""].to_numpy() if "" in wide else np.zeros(len(wide))
    # ASSUME: people whose group is imputed repeat as those of the group do, where records are counted.
    sums = people.assign(squares=people["squares"] if "squares" in people else people["people"]).groupby("group")
    spread = sums["squares"].sum() / sums["people"].sum()
    drawn: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for extra in imputation.draws(model, missing, np.arange(len(wide)), methods["imputations"], rng):
        counts = wide[known].to_numpy(float) + extra
        found = {}
        for number, group in enumerate(known):
            if group in usable:
                sums = np.bincount(place, counts[:, number], len(residents))
                person_years = residents[group].to_numpy(float) * years
                found[group] = intervals.standardised_rate(
                    sums, person_years, weight, methods["level"], rates.PER, sums * spread[group]
                )
        for key, value in _values(found, comparator).items():
            drawn.setdefault(key, []).append(value)
    return _filled(rows, drawn, int(missing.sum()), methods)


def _design(cells: pd.DataFrame) -> glm.Design:
    """Return the design of the imputation: region, age and sex."""
    factors = []
    for name in ("region", "age_from", "sex"):
        levels, codes = np.unique(cells[name].to_numpy(), return_inverse=True)
        if len(levels) > 1:
            factors.append(glm.Factor(name, tuple(map(str, levels)), codes))
    return glm.Design(tuple(factors), len(cells))


def _values(found: dict[str, dict[str, float]], comparator: str) -> dict[tuple[str, str], tuple[float, float]]:
    """Return value and variance of each group's log rate, log ratio and difference in one imputed data set."""
    values = {}
    base = found.get(comparator)
    for group, own in found.items():
        log = own["variance"] / own["rate"] ** 2
        values[group, "rate"] = (np.log(own["rate"]), log)
        if base is None or group == comparator:
            continue
        gap = np.log(own["rate"] / base["rate"])
        values[group, "ratio"] = (gap, log + base["variance"] / base["rate"] ** 2)
        values[group, "difference"] = (own["rate"] - base["rate"], own["variance"] + base["variance"])
    return values


def _filled(rows, drawn: dict[tuple[str, str], list[tuple[float, float]]], imputed: int, methods) -> pd.DataFrame:
    """Return the rows with the pooled estimates."""
    rows = rows.set_index("group")
    for (group, measure), several in drawn.items():
        values: NDArray = np.array(several)
        pooled = imputation.pool(values[:, 0], values[:, 1])
        half = contrasts.quantile(0.5 + methods["level"] / 2, pooled.degrees) * np.sqrt(pooled.variance)
        ends = np.array([pooled.estimate, pooled.estimate - half, pooled.estimate + half])
        ends = ends if measure == "difference" else np.exp(ends)
        names = RATE if measure == "rate" else [measure, f"{measure}_low", f"{measure}_high"]
        rows.loc[group, names] = ends
        rows.loc[group, ["imputed", "imputations"]] = imputed, methods["imputations"]
        if measure in ("rate", "ratio"):
            rows.loc[group, "missing"] = pooled.missing
            rows.loc[group, "df"] = pooled.degrees if np.isfinite(pooled.degrees) else np.nan
    return rows.reset_index()
