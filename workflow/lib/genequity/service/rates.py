"""Standardised rates of first events by group, on census denominators.

Each measure declares what its denominator counts: *census* (residents), *eligible* (people who meet the criteria of the
service) or *incident* (new cases of the condition). A census counts residents, not people in need of a genomic test. A
difference on such a denominator is a *difference in use, need unknown*: no table or sentence says more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity import authored
from genequity.errors import InputError, Problem, nearest, raise_if
from genequity.groups import ordered
from genequity.service import intervals

if TYPE_CHECKING:
    import pandas as pd

    from genequity.groups import Scheme

NO_POPULATION = "no population of this group is counted"
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
    """Return what is counted for rates: stage id -> label. Without a choice in the config, the start."""
    chosen = (section.get("rates") or {}).get("measures") or [section["start"]]
    return {measure["id"]: measure["label"] for measure in chosen}


def denominators(section: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each measure's denominators: the study's description, with what the measure says of its own.

    Returns
    -------
    dict
        Measure -> ``file, kind, source, scheme, columns, sex_values``; empty where the study has no denominators.
    """
    given = section.get("rates") or {}
    path, usual = section["inputs"].get("denominators"), given.get("denominators")
    if not path or not usual:
        return {}
    chosen = given.get("measures") or [section["start"]]
    return {m["id"]: {"file": path} | usual | (m.get("denominators") or {}) for m in chosen}


def populations(
    section: dict[str, Any], grouping: str, regions: dict[str, str], national: str
) -> dict[str, pd.DataFrame] | None:
    """Return each measure's denominators, read and checked against the standard population; None without any.

    Parameters
    ----------
    section : dict
        The config section.
    grouping : str
        The study's grouping.
    regions : dict
        Region code -> label; empty when the study has no regions.
    national : str
        Label of all regions together.

    Raises
    ------
    InputError
        As :func:`read_population`; and where residents and people would stand in different strata.
    """
    from genequity.groups import Scheme

    found: dict[str, pd.DataFrame] = {}
    for measure, own in denominators(section).items():
        scheme, weights = Scheme.read(own["scheme"]), section["inputs"]["standard"]
        found[measure] = read_population(own["file"], own, scheme, grouping, regions, national)
        raise_if(mismatches(section, found[measure], read_standard(weights), own["file"], weights))
    return found or None


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


def read_standard(path: str) -> pd.DataFrame:
    """Read a standard population: ``age_from`` (lower bound of the band, years) and ``weight``."""
    import pandas as pd

    standard = authored.cells(path, ("age_from", "weight"), comment="#")
    raise_if(
        Problem(path, f"column '{column}' is missing", expected="age_from, weight")
        for column in ("age_from", "weight")
        if column not in standard.columns
    )
    standard = standard[["age_from", "weight"]].apply(pd.to_numeric, errors="coerce")
    if standard.isna().any().any():
        rows = ", ".join(str(row) for row in standard.index[standard.isna().any(axis=1)][:5])
        raise InputError(
            Problem(path, "not a number", where=f"row {rows}, columns age_from, weight", expected="numbers")
        )
    if (standard["weight"] <= 0).any() or standard["age_from"].duplicated().any():
        raise InputError(
            Problem(path, "weights must be positive and age bands stand once", where="columns age_from, weight")
        )
    return standard[["age_from", "weight"]].sort_values("age_from").reset_index(drop=True)


def read_population(
    path: str, spec: dict[str, Any], scheme: Scheme, grouping: str, regions: dict[str, str], national: str
) -> pd.DataFrame:
    """Read denominators and sum them to the study's groups.

    Parameters
    ----------
    path : str
        CSV in the team's columns, one row an ethnic code, age band, sex and region.
    spec : dict
        ``columns`` (code, age_from, sex, region, population) and ``sex_values`` of the config.
    scheme, grouping
        Scheme of the denominators (it may differ from the records') and the study's grouping, which both must have.
    regions : dict
        Region code -> label.
    national : str
        Label of all regions together, used when the study has no regions.

    Raises
    ------
    InputError
        With every problem: missing file or column, unknown codes or regions, populations that are not counts.
    """
    import pandas as pd

    columns = {ours: theirs for ours, theirs in spec["columns"].items() if theirs}
    raw = authored.cells(path, columns.values(), comment="#")
    raw = raw[(raw != "").any(axis=1)]
    raise_if(
        Problem(
            path,
            f"column '{theirs}' is missing.{nearest(theirs, raw.columns)}",
            where=f"named by service.rates.denominators.columns.{ours}",
        )
        for ours, theirs in columns.items()
        if theirs not in raw.columns
    )
    frame = pd.DataFrame({ours: raw[theirs].str.strip() for ours, theirs in columns.items()})
    frame["group"] = scheme.to_group(frame["code"], grouping)
    number = pd.to_numeric(frame["population"], errors="coerce")
    age = pd.to_numeric(frame["age_from"], errors="coerce")
    tests = [
        (
            frame["group"].isna(),
            "code",
            "an ethnicity code that the denominators' scheme does not have",
            f"a code of {scheme.file}",
        ),
        (~(number >= 0), "population", "a population that is not a count", "0 or more"),
        (~(age >= 0), "age_from", "an age that is not a number of years", "the lower bound of the band"),
    ]
    if regions:
        frame["region"] = frame["region"].map(regions) if "region" in frame else None
        tests.append(
            (frame["region"].isna(), "region", "a region that is not in the look-up", f"one of {', '.join(regions)}")
        )
    else:
        frame["region"] = national
    if "sex" in frame:
        frame["sex"] = frame["sex"].map(spec["sex_values"])
        tests.append(
            (frame["sex"].isna(), "sex", "a sex that is not in sex_values", f"one of {', '.join(spec['sex_values'])}")
        )
    else:
        frame["sex"] = "All"
    raise_if(
        Problem(
            path,
            f"{what}: {int(bad.sum())} rows",
            where=f"first in row {bad.idxmax()}, column {columns.get(ours, ours)}",
            expected=expected,
        )
        for bad, ours, what, expected in tests
        if bad.any()
    )
    frame = frame.assign(population=number, age_from=age.astype(int))
    return frame.groupby(["group", "region", "age_from", "sex"], as_index=False)["population"].sum()


def mismatches(
    section: dict[str, Any], population: pd.DataFrame, standard: pd.DataFrame, path: str, standard_path: str
) -> list[Problem]:
    """Return what would put people and residents into different strata: sexes or age bands that do not match.

    Parameters
    ----------
    section : dict
        The config section.
    population, standard : pandas.DataFrame
        From :func:`read_population` and :func:`read_standard`.
    path, standard_path : str
        Their files, for messages.
    """
    found = []
    if "sex" in section["methods"]["standardise_by"]:
        recorded = set(((section["fields"].get("sex") or {}).get("values") or {}).values())
        if set(population["sex"]) != recorded:
            found.append(
                Problem(
                    path,
                    "the sexes of the denominators are not those of the records: no rate can be standardised by sex",
                    expected=f"the labels {', '.join(sorted(recorded)) or '(none: the records have no sex)'}",
                    do="give service.rates.denominators.sex_values the same labels, or take sex out of standardise_by",
                )
            )
    for ours, ages, where in (
        ("the records' age bands", section["methods"]["age_bands"], "service.methods.age_bands"),
        ("the denominators", population["age_from"].unique(), path),
    ):
        missing = sorted(set(standard["age_from"]) - set(ages))
        if missing:
            found.append(
                Problem(
                    standard_path,
                    f"{ours} have no band that begins at {', '.join(map(str, missing))}",
                    expected="every band of the standard population begins a band there too",
                    do=f"use a standard population with wider bands, or narrower bands in {where}",
                )
            )
    return found


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
        ``measure, group, region, age_from, sex, people``.
    population : pandas.DataFrame, dict or None
        From :func:`read_population`, for all measures or by measure; None when the study has no denominators: rates are
        then not computable.
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
        population = _with_national(population, national)
        own = placed[placed["measure"] == measure]
        usual = None if population is None else _usual_rates(own, population, standard, strata, national, years)
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
                }
                row |= dict.fromkeys((*COMPARED, *INDIRECT), np.nan)
                row["reason"] = ""
                if population is None:
                    row["reason"] = "no population was supplied"
                else:
                    residents = population[(population["region"] == region) & (population["group"] == group)]
                    _fill(row, found, group, events, residents, standard, strata, years, methods, usual)
                part.append(row)
            for row in part:
                if row["group"] != comparator and comparator in found and row["group"] in found:
                    row |= intervals.compare_rates(found[row["group"]], found[comparator], methods["level"])
            rows += part
    return pd.DataFrame(rows)


def _fill(row, found, group, events, residents, standard, strata, years, methods, usual) -> None:
    """Fill one group's rate in place, or the reason why there is none."""
    if residents.empty:
        row["reason"] = NO_POPULATION
        return
    row["population"] = int(residents["population"].sum())
    table = _strata(events, residents, standard, strata)
    person_years = table["population"] * years
    row["events"] = int(table["people"].sum())
    row["crude"] = PER * row["events"] / person_years.sum() if person_years.sum() else np.nan
    expected = float((table.set_index(strata)["population"] * years * usual).sum())
    if expected > 0:
        row["expected"] = expected
        row |= intervals.indirect_ratio(row["events"], expected, methods["level"])
    try:
        rate = intervals.standardised_rate(table["people"], person_years, table["weight"], methods["level"], PER)
    except ValueError:
        row["reason"] = "an age band has no population"
        return
    if np.isnan(rate["rate"]):
        row["reason"] = f"fewer than {intervals.FEWEST_EVENTS} people"
        return
    found[group] = rate
    row |= {"rate": rate["rate"], "low": rate["low"], "high": rate["high"]}


def _usual_rates(events, population, standard, strata, national, years):
    """Return events per person-year in each stratum among all groups with a population, all regions together."""
    counted = population[population["region"] == national]
    here = events[(events["region"] == national) & events["group"].isin(counted["group"])]
    table = _strata(here, counted, standard, strata).set_index(strata)
    rates = table["people"] / (table["population"] * years).where(table["population"] > 0)
    return rates.fillna(0.0)


def band_of(ages, standard: pd.DataFrame):
    """Return the lower bound of the standard's band in which each age lies."""
    bounds = standard["age_from"].to_numpy()
    return bounds[np.maximum(np.searchsorted(bounds, ages, side="right") - 1, 0)]


def _strata(events, residents, standard, strata):
    """Return one row a stratum: people, population, weight. Finer ages are summed into the standard's bands."""

    def summed(frame, value):
        return frame.assign(age_from=band_of(frame["age_from"], standard)).groupby(strata)[value].sum()

    grid = summed(residents, "population").to_frame()
    grid["people"] = summed(events, "people").reindex(grid.index).fillna(0)
    grid["weight"] = (
        standard.set_index("age_from")["weight"].reindex(grid.index.get_level_values("age_from")).to_numpy()
    )
    return grid.reset_index()


def _with_national(frame, national):
    import pandas as pd

    if frame is None or set(frame["region"]) == {national}:
        return frame
    return pd.concat([frame, frame.assign(region=national)], ignore_index=True)
