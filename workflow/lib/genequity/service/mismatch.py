"""Where numerator and denominator of a rate do not match: what a person looks for before believing a rate by group.

A rate divides people counted in health records by residents counted in a census. The two may record ethnicity in
other words, at another time, in other places; and people whose group is not known are in no numerator while they are
in the denominators. Each check has a verdict; :func:`bounds` gives what the unknown people alone could do to a ratio.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import named, ordered
from genequity.service.population import hole_told, holes, strata_told
from genequity.service.rates import band_of
from genequity.service.records import ALL_GROUPS
from genequity.service.wording import joined

if TYPE_CHECKING:
    import pandas as pd

OLD = 5.0  # years between census and middle of the period from which people have moved, grown older and been born
MUCH = 0.05  # share of people of unknown group, or in no stratum, from which rates are told to be too low
FITS, WARNS, UNTOLD = "fits", "warning", "not stated"
CHECKS = {
    "scheme": "Ethnicity is recorded in the same scheme in records and denominators",
    "groups": "The group holds the same categories in records and denominators",
    "population": "The group has records and residents",
    "complete": "The denominators have a row for every region, age band and sex of the group",
    "codes": "Every code of the group has a row in the denominators for every region, age band and sex",
    "time": "The denominators are of the time of the records",
    "unknown": "The group of the people counted is known",
    "strata": "Age, sex and region of the people counted are those of the denominators",
    "size": "No more people are counted than reside in a stratum",
    "bounds": "The ratio to the comparator does not hang on people of unknown group",
}
COLUMNS = [
    *("measure", "label", "check", "place", "group", "asks", "verdict", "found", "people", "all_people", "share"),
    *("years", "ratio", "ratio_low", "ratio_high"),
]


def table(
    events: pd.DataFrame,
    populations: dict[str, pd.DataFrame] | None,
    denominators: dict[str, dict[str, Any]],
    groups: pd.DataFrame | None,
    *,
    labels: dict[str, str],
    period: dict[str, str] | None,
    scheme: str,
    comparator: str,
    standard: pd.DataFrame | None = None,
    left_out: dict[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Return every check of every measure; empty where the study has no denominators.

    Parameters
    ----------
    events : pandas.DataFrame
        First events: ``measure, group, region, age_from, sex, people``.
    populations : dict or None
        Denominators by measure (:func:`genequity.service.population.populations`).
    denominators : dict
        What they are (:func:`genequity.service.population.denominators`).
    groups : pandas.DataFrame or None
        From :func:`genequity.service.held.compared`.
    labels : dict
        Measure -> label.
    period : dict or None
        The study period.
    scheme : str
        File of the records' scheme.
    comparator : str
        The group compared with.
    standard : pandas.DataFrame or None
        Standard population, whose bands are the strata of age; without it ages are not told apart.
    left_out : dict or None
        Measure -> codes without a row (:func:`genequity.service.population.codes_left_out`).
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for measure, population in (populations or {}).items():
        people, spec = events[events["measure"] == measure], denominators[measure]
        found = [_scheme(scheme, spec["scheme"]), *_groups(groups), *_population(people, population)]
        found += [
            *_complete(population),
            *_codes((left_out or {}).get(measure), population),
            _time(spec.get("date"), period),
            _unknown(people),
            _strata(people, population),
        ]
        found += [_size(people, population, standard), *bounds(people, population, comparator)]
        rows += [{"measure": measure, "label": labels[measure]} | row for row in found]
    blank = {"group": ALL_GROUPS, "people": None, "all_people": None, "share": np.nan, "years": np.nan}
    blank |= dict.fromkeys(("ratio", "ratio_low", "ratio_high"), np.nan)
    places = {check: place for place, check in enumerate(CHECKS, 1)}
    full = [blank | row | {"place": places[row["check"]], "asks": CHECKS[row["check"]]} for row in rows]
    return pd.DataFrame(full, columns=COLUMNS)


def _scheme(ours: str, theirs: str) -> dict[str, Any]:
    same = ours == theirs
    found = "One scheme." if same else "Two schemes, brought to the study's groups by their maps."
    return {"check": "scheme", "verdict": FITS if same else WARNS, "found": found}


def _groups(groups: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Return one row a known group: whether both sides put the same categories into it."""
    if groups is None:
        return []
    differs = groups.groupby("group")["differs"].any()
    return [
        {"check": "groups", "group": group, "verdict": WARNS if differs[group] else FITS}
        | {"found": "Categories differ: the table of groups lists them." if differs[group] else "The same categories."}
        for group in ordered(named(differs.index))
    ]


def _population(people: pd.DataFrame, population: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each known group that only one side has."""
    ours = named(people[people["people"] > 0]["group"])
    theirs = set(population[population["population"] > 0]["group"])
    told = {True: "Counted in the records, without residents: no rate.", False: "Residents, but nobody counted."}
    return [
        {"check": "population", "group": group, "verdict": WARNS, "found": told[group in ours]}
        for group in ordered(ours ^ named(theirs))
    ] or [{"check": "population", "verdict": FITS, "found": "Every group has both."}]


def _time(counted: str | None, period: dict[str, str] | None) -> dict[str, Any]:
    """Return how many years lie between the denominators and the middle of the period."""
    if not counted or not period:
        return {"check": "time", "verdict": UNTOLD, "found": "The config states no date of the denominators."}
    first, last = (date.fromisoformat(period[end]) for end in ("from", "to"))
    years = ((first + (last - first) / 2) - date.fromisoformat(str(counted))).days / 365.25
    old = abs(years) > OLD
    found = "More years apart than people stay where and as they were." if old else "Near enough in time."
    return {"check": "time", "verdict": WARNS if old else FITS, "found": found, "years": years}


def _unknown(people: pd.DataFrame) -> dict[str, Any]:
    """Return the people counted whose group is not known: they are in no numerator."""
    total = int(people["people"].sum())
    missing = int(people.loc[~people["group"].isin(named(people["group"])), "people"].sum())
    share = missing / total if total else np.nan
    found = "Some people counted are in no numerator, so every rate is too low." if missing else "Every group is known."
    verdict = WARNS if missing and share > MUCH else FITS
    return {
        "check": "unknown",
        "verdict": verdict,
        "found": found,
        "people": missing,
        "all_people": total,
        "share": share,
    }


def _strata(people: pd.DataFrame, population: pd.DataFrame) -> dict[str, Any]:
    """Return the people counted who stand in no stratum of the denominators."""
    outside = people["age_from"] < 0
    for key in ("region", "sex"):
        theirs = set(population[key])
        if len(theirs) > 1:
            outside |= ~people[key].isin(theirs)
    total, lost = int(people["people"].sum()), int(people.loc[outside, "people"].sum())
    share = lost / total if total else np.nan
    found = "Some people counted stand in no stratum and are left out." if lost else "Everybody counted has a stratum."
    verdict = WARNS if lost and share > MUCH else FITS
    row = {"check": "strata", "verdict": verdict, "found": found}
    return row | {"people": lost, "all_people": total, "share": share}


def _size(people: pd.DataFrame, population: pd.DataFrame, standard: pd.DataFrame | None) -> dict[str, Any]:
    """Return whether a stratum has more people counted than residents, who cannot then be the same people.

    A stratum is a group in a region, age band of the standard and sex, as far as the denominators tell these apart. One
    that they leave out is not compared: :func:`_complete` names it.
    """
    keys = ["group", *(key for key in ("region", "sex") if population[key].nunique() > 1)]
    people = people[people["group"].isin(named(people["group"]))]
    if standard is not None:
        keys.append("age_from")
        people, population = (
            frame.assign(age_from=band_of(frame["age_from"], standard))
            for frame in (people[people["age_from"] >= 0], population)
        )
    counted = people.groupby(keys)["people"].sum()
    residents = population.groupby(keys)["population"].sum().reindex(counted.index)
    beyond = ordered(set(counted.index[counted > residents].get_level_values("group")))
    found = f"More people counted than residents in a stratum of {joined(beyond)}." if beyond else (
        "In every stratum no more people counted than residents."
    )  # fmt: skip
    return {"check": "size", "verdict": WARNS if beyond else FITS, "found": found}


def _complete(population: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each group that the denominators leave out of a stratum."""
    missing = holes(population)
    return [
        {"check": "complete", "group": group, "verdict": WARNS}
        | {"found": f"No rate: {hole_told(missing[missing['group'] == group], population)}."}
        for group in ordered(set(missing["group"]))
    ] or [{"check": "complete", "verdict": FITS, "found": "Every group has every stratum."}]


def _codes(missing: pd.DataFrame | None, population: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a row for each group of which one code has no row in a stratum that has others: it counts as nobody."""
    if missing is None:
        return []
    rows = []
    for group in ordered(set(missing["group"])):
        own = missing[missing["group"] == group]
        told = [_left_out(label, part, population) for label, part in own.groupby("label", sort=True)]
        rows.append({"check": "codes", "group": group, "verdict": WARNS, "found": " ".join(told)})
    return rows or [{"check": "codes", "verdict": FITS, "found": "No code is left out of a stratum."}]


def _left_out(label: str, missing: pd.DataFrame, population: pd.DataFrame) -> str:
    """Say where one code has no row, and how many of the group's residents it would be there."""
    share, told = missing["share"].iloc[0], strata_told(missing, population)
    size = f", about {share:.0%} of the group's residents there if it is as elsewhere" if share == share else ""
    where = f"no row for {told}" if told else "no row at all"
    return f"{label} has {where}: it counts as nobody{size}."


def bounds(people: pd.DataFrame, population: pd.DataFrame, comparator: str) -> list[dict[str, Any]]:
    """Return each group's crude ratio to the comparator, and its bounds over all that the unknown people could be.

    Parameters
    ----------
    people : pandas.DataFrame
        First events of one measure.
    population : pandas.DataFrame
        Its denominators.
    comparator : str
        The group compared with.

    Returns
    -------
    list of dict
        A row a group that has every stratum: the lower bound has all unknown people in the comparator, the upper one
        all in the group. A ratio whose bounds lie on both sides of one could be turned by them.
    """
    groups = named(people["group"])
    residents = population[~population["group"].isin(holes(population)["group"])].groupby("group")["population"].sum()
    counted = people.groupby("group")["people"].sum()
    unknown = int(counted[[group for group in counted.index if group not in groups]].sum())
    if not residents.get(comparator, 0) or not counted.get(comparator, 0):
        return []
    base, below = counted[comparator], residents[comparator]
    rows = []
    for group in ordered(groups - {comparator}):
        if not residents.get(group, 0) or not counted.get(group, 0):
            continue
        own, scale = counted[group], below / residents[group]
        low, ratio, high = scale * own / (base + unknown), scale * own / base, scale * (own + unknown) / base
        turned = low < 1 < high
        rows.append(
            {"check": "bounds", "group": group, "verdict": WARNS if turned else FITS, "people": int(own)}
            | {"found": "The unknown alone could turn the ratio." if turned else "The unknown alone cannot turn it."}
            | {"ratio": float(ratio), "ratio_low": float(low), "ratio_high": float(high)}
        )
    return rows
