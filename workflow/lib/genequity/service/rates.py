"""Standardised rates of first events by group, on census denominators.

Each measure declares what its denominator counts: *census* (residents), *eligible* (people who meet the criteria of the
service) or *incident* (new cases of the condition). A census counts residents, not people in need of a genomic test. A
difference on such a denominator is a *difference in use, need unknown*: no table or sentence says more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import ordered
from genequity.service import intervals
from genequity.service import population as denominators

if TYPE_CHECKING:
    import pandas as pd

NO_POPULATION = "no population of this group is counted"
PEOPLE, RECORDS = "people", "records"  # counted once, at their first event; or every record, so that people repeat
PER = 100_000  # person-years; the unit of every rate of this strand
INDIRECT = ("indirect", "indirect_low", "indirect_high")
COMPARED = ("ratio", "ratio_low", "ratio_high", "difference", "difference_low", "difference_high")
CAVEAT = {
    "census": "difference in use, need unknown",
    "eligible": "difference in use among people counted as eligible",
    "incident": "difference in use among new cases, as the denominator counts them",
}
COUNTED = {"census": "residents", "eligible": "people counted as eligible", "incident": "new cases"}
# Words that judge: they need a denominator of need, which a census is not.
JUDGING = re.compile(r"\b(?:in)?equit|\bunfair|\bunmet need", re.IGNORECASE)


def measures(section: dict[str, Any]) -> dict[str, str]:
    """Return the measures of rates: id -> label. Without a choice in the config, people who reached the start."""
    return {measure["id"]: measure["label"] for measure in _chosen(section)}


def counted(section: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return what each measure counts: id -> (stage, :data:`PEOPLE` or :data:`RECORDS`)."""
    return {one["id"]: (one.get("stage") or one["id"], one.get("count") or PEOPLE) for one in _chosen(section)}


def _chosen(section: dict[str, Any]) -> list[dict[str, Any]]:
    return (section.get("rates") or {}).get("measures") or [section["start"]]


def unjudged(statement: str, kind: str) -> str:
    """Return a statement about rates; refuse one that speaks of inequity on a denominator that does not count need.

    Raises
    ------
    ValueError
        If the denominator is a census and the statement judges.
    """
    if kind == "census" and JUDGING.search(statement):
        raise ValueError("a rate per resident cannot speak of inequity: need is unknown")
    return statement


def by_group(
    first_events: pd.DataFrame,
    population: pd.DataFrame | dict[str, pd.DataFrame] | None,
    standard: pd.DataFrame,
    *,
    measures: dict[str, str],
    kinds: dict[str, str],
    groups: list[str],
    comparator: str,
    national: str,
    years: float,
    methods: dict[str, Any],
) -> pd.DataFrame:
    """Return directly standardised rates of people by measure, region and group, with ratio and difference.

    Parameters
    ----------
    first_events : pandas.DataFrame
        ``measure, group, region, age_from, sex, people``; and ``squares`` where people repeat: in ``people`` stand
        their events then, and in ``squares`` the sum over people of the square of their number of events
        (``squares_together``: a region's part of that sum over all regions).
    population : pandas.DataFrame, dict or None
        From :func:`genequity.service.population.read_population`, for all measures or by measure; None when the study
        has no denominators: rates are then not computable.
    standard : pandas.DataFrame
        Standard population; both sexes carry the same weights.
    measures : dict
        Stage id -> label.
    kinds : dict
        Stage id -> what the denominators count: census, eligible or incident.
    groups : list of str
        Groups of the study, known and not known.
    comparator, national : str
        The group compared with; the label of all regions together.
    years : float
        Length of the study period: a resident counts as so many person-years.
    methods : dict
        ``level`` and ``standardise_by`` ([age] or [age, sex]).

    Notes
    -----
    A group that the denominators leave out of a stratum (:func:`genequity.service.population.holes`) has no rate in
    that region, nor in all regions together: its people would be counted there without their residents.
    """
    import pandas as pd

    strata = ["age_from", *(["sex"] if "sex" in methods["standardise_by"] else [])]
    residents_of = population if isinstance(population, dict) else dict.fromkeys(measures, population)
    first_events = _with_national(first_events, national)
    placed = first_events[first_events["age_from"] >= 0]
    rows = []
    for measure, label in measures.items():
        population = residents_of[measure]
        counted = set() if population is None else set(population["region"])
        regions = sorted((set(first_events["region"]) | counted) - {national})
        gaps = {} if population is None else gaps_of(population, national)
        population = _with_national(population, national)
        own = placed[placed["measure"] == measure]
        usual = None if population is None else _usual_rates(own, population, standard, strata, national, years, gaps)
        for region in [*regions, national]:
            found: dict[str, dict[str, float]] = {}
            part = []
            for group in ordered(groups):
                events = own[(own["region"] == region) & (own["group"] == group)]
                row = {"measure": measure, "label": label, "region": region, "group": group, "comparator": comparator}
                row |= {"denominator": kinds.get(measure, ""), "expected": None}
                row |= {
                    "events": int(events["people"].sum()),
                    "population": None,
                    "rate": np.nan,
                    "low": np.nan,
                    "high": np.nan,
                    "crude": np.nan,
                    "crude_low": np.nan,
                    "crude_high": np.nan,
                }
                row |= dict.fromkeys((*COMPARED, *INDIRECT), np.nan)
                row["reason"] = ""
                if population is None:
                    row["reason"] = "no population was supplied"
                elif (group, region) in gaps:
                    row["reason"] = gaps[group, region]
                else:
                    residents = population[(population["region"] == region) & (population["group"] == group)]
                    sexes = population["sex"].unique()
                    _fill(row, found, group, events, residents, standard, strata, years, methods, usual, sexes)
                part.append(row)
            for row in part:
                if row["group"] != comparator and comparator in found and row["group"] in found:
                    row |= intervals.compare_rates(found[row["group"]], found[comparator], methods["level"])
            rows += part
    return pd.DataFrame(rows)


def _fill(row, found, group, events, residents, standard, strata, years, methods, usual, sexes) -> None:
    """Fill one group's rate in place, or the reason why there is none."""
    if residents.empty:
        row["reason"] = NO_POPULATION
        return
    row["population"] = int(residents["population"].sum())
    table = by_stratum(events, residents, standard, strata, sexes)
    person_years = table["population"] * years
    row["events"] = int(table["people"].sum())
    spread = row["events"] and table["squares"].sum() / row["events"]
    crude = intervals.crude_rate(row["events"], person_years.sum(), methods["level"], PER, spread or 1.0)
    row |= dict(zip(("crude", "crude_low", "crude_high"), map(float, crude), strict=True))
    expected = float((table.set_index(strata)["population"] * years * usual).sum())
    if expected > 0:
        row["expected"] = expected
        row |= intervals.indirect_ratio(row["events"], expected, methods["level"], spread or 1.0)
    count, weight = table["people"], table["weight"]
    try:
        rate = intervals.standardised_rate(count, person_years, weight, methods["level"], PER, table["squares"])
    except ValueError:
        row["reason"] = "an age band has no population"
        return
    if np.isnan(rate["rate"]):
        row["reason"] = f"fewer than {intervals.FEWEST_EVENTS} people"
        return
    found[group] = rate
    row |= {"rate": rate["rate"], "low": rate["low"], "high": rate["high"]}


def gaps_of(population: pd.DataFrame, national: str) -> dict[tuple[str, str], str]:
    """Return why a group has no rate: (group, region) -> the strata that the denominators leave out."""
    missing, gaps = denominators.holes(population), {}
    for group, part in missing.groupby("group"):
        gaps |= {(group, region): denominators.hole_told(own, population) for region, own in part.groupby("region")}
        gaps[group, national] = denominators.hole_told(part, population)
    return gaps


def _usual_rates(events, population, standard, strata, national, years, gaps):
    """Return events per person-year in each stratum among all groups with a population, all regions together."""
    counted = population[population["region"] == national]
    counted = counted[[(group, national) not in gaps for group in counted["group"]]]
    here = events[(events["region"] == national) & events["group"].isin(counted["group"])]
    table = by_stratum(here, counted, standard, strata, population["sex"].unique()).set_index(strata)
    rates = table["people"] / (table["population"] * years).where(table["population"] > 0)
    return rates.fillna(0.0)


def band_of(ages, standard: pd.DataFrame):
    """Return the lower bound of the standard's band in which each age lies."""
    bounds = standard["age_from"].to_numpy()
    return bounds[np.maximum(np.searchsorted(bounds, ages, side="right") - 1, 0)]


def by_stratum(events, residents, standard, strata, sexes) -> pd.DataFrame:
    """Return one row a stratum: people, squares, population, weight; finer ages summed into the standard's bands.

    Every band of the standard and every one of the sexes has its rows, with no population where none is counted: a
    stratum that the file of denominators leaves out is not left out of the rate in silence.
    """
    import pandas as pd

    def summed(frame, value):
        return frame.assign(age_from=band_of(frame["age_from"], standard)).groupby(strata)[value].sum()

    levels = [sorted(standard["age_from"]), *([sorted(sexes)] if "sex" in strata else [])]
    every = pd.MultiIndex.from_product(levels, names=strata) if len(levels) > 1 else pd.Index(levels[0], name=strata[0])
    grid = summed(residents, "population").reindex(every, fill_value=0).to_frame()
    events = events if "squares" in events else events.assign(squares=events["people"])
    for value in ("people", "squares"):
        grid[value] = summed(events, value).reindex(grid.index).fillna(0)
    grid["weight"] = (
        standard.set_index("age_from")["weight"].reindex(grid.index.get_level_values("age_from")).to_numpy()
    )
    return grid.reset_index()


def strata_of(events, populations, standard, standardise_by) -> dict[str, dict[str, pd.DataFrame]]:
    """Return the strata (:func:`by_stratum`) of every group with a population, by measure and group, all regions."""
    strata = ["age_from", *(["sex"] if "sex" in standardise_by else [])]
    found: dict[str, dict[str, pd.DataFrame]] = {}
    for measure, population in (populations or {}).items():
        own = events[(events["measure"] == measure) & (events["age_from"] >= 0)]
        found[measure] = {
            group: by_stratum(own[own["group"] == group], residents, standard, strata, population["sex"].unique())
            for group, residents in population.groupby("group")
        }
    return found


def _with_national(frame, national):
    import pandas as pd

    if frame is None or set(frame["region"]) == {national}:
        return frame
    together = {"squares": frame["squares_together"]} if "squares_together" in frame else {}
    return pd.concat([frame, frame.assign(region=national, **together)], ignore_index=True)
