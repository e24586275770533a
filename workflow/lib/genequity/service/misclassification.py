"""Wrong ethnicity: how far each estimate could move if records agree with people's own answers as published.

Vocabulary: *agreement* is the share of the people recorded in a group who say themselves that they are of it. Published
limits stand in a data file of the study (``service.inputs.agreement``). The others recorded in a group are divided
among the other groups as these are recorded. With the recorded sizes, that gives the chance of every record for people
of every group, and solving for the people gives counts as they would be without error (the matrix method).

Assumptions: error does not depend on the outcome, age or sex; whoever is recorded wrongly is spread as said. The result
is a range over low and high agreement of the group, of the comparator and of the others together (eight scenarios).
Chance is not in the range; beside it stand intervals that hold chance too (:mod:`genequity.service.bias`). Where
corrected counts would be negative, or above the number of people, agreement that low cannot have produced the counts,
and the scenario is not possible.

Sources: Barron (1977) and Greenland (1988) for the matrix method; Lash, Fox & Fink (2009) for its use as a range; Fox,
MacLehose & Lash (2021) for the intervals.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity import authored, seeds
from genequity.errors import Problem, raise_if
from genequity.groups import named, ordered
from genequity.service import bias, rates
from genequity.service.bias import agreed
from genequity.service.population import HOLE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

SCENARIOS = list(product((0, 1), repeat=3))  # agreement of the group, of the comparator, of the others: low or high
NOT_PUBLISHED = "no agreement is published for this group or for the comparator"
NOT_POSSIBLE = "not possible: agreement within the published limits cannot have given these counts"
NO_COMPARATOR = "the comparator has no rate"
RANGES = ["observed", "low", "high", "possible", *bias.COLUMNS, "reason"]
COLUMNS = [
    *("of", "outcome", "place", "label", "measure", "group", "comparator", "agreement_low", "agreement_high", "source"),
    *("group_records", "group_events", "observed", "low", "high", "scenarios", "possible", *bias.COLUMNS, "reason"),
]


def read(path: str, grouping: str) -> pd.DataFrame:
    """Read the published limits of one grouping: ``low, high, source`` by group.

    Parameters
    ----------
    path : str
        CSV with ``grouping, group, low, high, source``. A blank low is taken as the high, a blank high as 1.
    grouping : str
        The study's grouping.

    Raises
    ------
    InputError
        With every missing column, value that is no share, and limit out of order.
    """
    import pandas as pd

    wanted = ("grouping", "group", "low", "high", "source")
    table = authored.cells(path, wanted, comment="#")
    raise_if(
        Problem(path, f"column '{name}' is missing", expected=", ".join(wanted))
        for name in wanted
        if name not in table.columns
    )
    table = table[table["grouping"] == grouping]
    limits = table[["low", "high"]].apply(lambda column: pd.to_numeric(column, errors="coerce"))
    wrong = limits.isna() & (table[["low", "high"]] != "") | (limits <= 0) | (limits > 1)
    low, high = limits["low"].fillna(limits["high"]), limits["high"].fillna(1.0)
    blank = low.isna()
    tests = [
        (wrong.any(axis=1), "a limit that is no share", "above 0, at most 1"),
        (blank & ~wrong.any(axis=1), "a group without a limit", "low, high or both"),
        (low > high, "a low limit above the high one", "low, then high"),
        (table["group"].duplicated(), "a group that stands twice", "one row a group"),
    ]
    raise_if(
        Problem(path, what, where=f"row {', '.join(map(str, table.index[bad][:5]))}", expected=expected)
        for bad, what, expected in tests
        if bad.any()
    )
    return pd.DataFrame({"low": low, "high": high, "source": table["source"]}).set_index(table["group"])


def corrected(agreement: NDArray, records: NDArray, events: NDArray) -> tuple[NDArray, NDArray] | None:
    """Return records and events as they would be without error, by the matrix method; None where that cannot be.

    Parameters
    ----------
    agreement : ndarray
        Share of each recorded group that is truly of it.
    records, events : ndarray
        Recorded counts by group.
    """
    joint = records[:, None] * agreed(agreement, records)
    truly = joint.sum(axis=0)
    try:
        reached = np.linalg.solve(joint / truly, events)
    except np.linalg.LinAlgError:
        return None
    small = 1e-9 * records.sum()
    if (truly <= 0).any() or (reached < -small).any() or (reached > truly + small).any():
        return None
    return truly, np.clip(reached, 0.0, truly)


def of_shares(counts: pd.DataFrame, level: float, seed: int) -> pd.DataFrame:
    """Fill the range and the intervals of each group's difference in shares and odds ratio, from the table's counts.

    Used on the unreleased counts and again on the protected ones, so that what is released is derived from what is
    released: a withheld count leaves the outcome without a range.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of the table with ``of`` share: counts and limits of agreement of every known group of each outcome.
    level : float
        Of the intervals.
    seed : int
        The study's: each outcome has draws of its own, the same for both measures.
    """
    import pandas as pd

    out = counts.assign(**dict.fromkeys(RANGES[:-1], np.nan), reason=None)
    out["reason"] = out["reason"].astype(object)
    for (outcome, measure), part in counts.groupby(["outcome", "measure"], sort=False):
        columns = (part[name] for name in ("group_records", "group_events"))
        records, events = (
            pd.to_numeric(column).astype("Float64").to_numpy(float, na_value=np.nan) for column in columns
        )
        base = _place(part)
        if base is None or np.isnan(records + events).any():
            continue
        drawn = bias.of_shares(*_limits(part), records, events, _own(seed, outcome))
        for place, index in enumerate(part.index):
            found = []
            for scenario in SCENARIOS:
                true = corrected(_agreement(part, place, base, scenario), records, events)
                found.append(true and _difference(*true, place, base, measure))
            _fill(out, index, part, place, _difference(records, events, place, base, measure), found)
            _chance(out, index, drawn, (place, base), level, odds=measure == "ratio")
    return out


def released(table: pd.DataFrame, level: float, seed: int) -> pd.DataFrame:
    """Return the protected table with the ranges of shares anew from its protected counts; rates stay as they are."""
    numbers = dict.fromkeys(RANGES[:-1], "float64")
    out, shares = table.astype(numbers | {"reason": object}), table[table["of"] == "share"]
    if len(shares):
        out.loc[shares.index, RANGES] = of_shares(shares, level, seed)[RANGES]
    return out


def of_rates(
    rows: pd.DataFrame, strata: dict[str, dict[str, pd.DataFrame]], years: float, level: float, seed: int
) -> pd.DataFrame:
    """Fill each group's rate ratio and difference: people counted by record, residents by own answer.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows of the table with ``of`` rate.
    strata : dict
        Measure -> group -> ``people, squares, population, weight`` by stratum
        (:func:`genequity.service.rates.by_stratum`).
    years : float
        Length of the study period.
    level, seed
        As in :func:`of_shares`.

    Notes
    -----
    Only the numerators are corrected: the denominators are people's own answers. Those recorded in a group are divided
    by agreement, which needs no solving, so every scenario is possible.
    """
    out = rows.copy()
    out["reason"] = out["reason"].astype(object)
    for (outcome, measure), part in rows.groupby(["outcome", "measure"], sort=False):
        base, tables = _place(part), [strata[outcome][group] for group in part["group"]]
        if base is None:
            out.loc[part.index, "reason"] = NO_COMPARATOR
            continue
        people, squares, residents = (
            np.array([table[name].to_numpy(float) for table in tables]) for name in ("people", "squares", "population")
        )
        weight = tables[base]["weight"].to_numpy(float)
        scale = rates.PER * weight / weight.sum() / (residents * years)
        drawn = bias.of_rates(*_limits(part), people, squares, scale, _own(seed, f"rate {outcome}"))
        for place, index in enumerate(part.index):
            found = []
            for scenario in SCENARIOS:
                true = agreed(_agreement(part, place, base, scenario), people.sum(axis=1)).T @ people
                found.append(_compared(*(scale * true).sum(axis=1)[[place, base]], measure))
            observed = _compared(*(scale * people).sum(axis=1)[[place, base]], measure)
            _fill(out, index, part, place, observed, found)
            _chance(out, index, drawn, (place, base), level, ratio=measure == "ratio")
    return out


def _own(seed: int, what: str) -> np.random.Generator:
    """Return the generator of one outcome or measure of rates."""
    return seeds.generator(seed, f"service_misclassification {what}")


def _limits(part: pd.DataFrame) -> tuple[NDArray, NDArray]:
    """Return the limits of every group's agreement; full where none is published."""
    limits = part[["agreement_low", "agreement_high"]].astype(float).fillna(1.0).to_numpy()
    return limits[:, 0], limits[:, 1]


def _place(part: pd.DataFrame) -> int | None:
    """Return where the comparator stands; None where it has no row."""
    found = np.flatnonzero((part["group"] == part["comparator"]).to_numpy())
    return int(found[0]) if len(found) else None


def _agreement(part: pd.DataFrame, own: int, base: int, scenario: tuple[int, int, int]) -> NDArray:
    """Return the agreement of every group in one scenario; full where none is published."""
    limits = np.column_stack(_limits(part))
    chosen = np.full(len(part), scenario[2])
    chosen[base], chosen[own] = scenario[1], scenario[0]
    return limits[np.arange(len(part)), chosen]


def _difference(records, events, own: int, base: int, measure: str) -> float | None:
    if records[own] <= 0 or records[base] <= 0:
        return None
    share, other = events[own] / records[own], events[base] / records[base]
    if measure == "difference":
        return float(share - other)
    bottom = (1 - share) * other
    return float(share * (1 - other) / bottom) if bottom > 0 else None


def _compared(rate: float, other: float, measure: str) -> float | None:
    if measure == "difference":
        return float(rate - other)
    return float(rate / other) if other > 0 else None


def _fill(out: pd.DataFrame, index, part: pd.DataFrame, place: int, observed: float | None, found: list) -> None:
    """Fill one row: what was observed, and the range over the scenarios that are possible."""
    row, base = part.iloc[place], _place(part)
    if place == base:
        return
    out.loc[index, "observed"] = np.nan if observed is None else observed
    if np.isnan(row["agreement_low"]) or np.isnan(part["agreement_low"].iloc[base]):
        out.loc[index, "reason"] = NOT_PUBLISHED
        return
    possible = [one for one in found if one is not None]
    out.loc[index, "possible"] = len(possible)
    if possible:
        out.loc[index, ["low", "high"]] = min(possible), max(possible)
    else:
        out.loc[index, "reason"] = NOT_POSSIBLE


def _chance(out: pd.DataFrame, index, drawn: bias.Draws, places: tuple[int, int], level: float, **measure) -> None:
    """Fill the intervals of one row that may have a range; say where too few draws are possible for one."""
    if places[0] == places[1] or out.loc[index, "reason"] == NOT_PUBLISHED:
        return
    found = bias.interval(drawn, *places, level, **measure)
    out.loc[index, list(found)] = list(found.values())
    if "corrected" not in found and not out.loc[index, "reason"]:
        out.loc[index, "reason"] = bias.TOO_FEW


def table(
    cells: pd.DataFrame,
    by_group: pd.DataFrame,
    strata: dict[str, dict[str, pd.DataFrame]],
    section: dict[str, Any],
    limits: pd.DataFrame | None,
    *,
    comparator: str,
    national: str,
    years: float,
    level: float,
    seed: int,
) -> pd.DataFrame:
    """Return the ranges of every outcome's crude differences and of every rate, all regions together.

    A group whose rate is withheld because the denominators leave out a stratum has that reason and no range.

    Parameters
    ----------
    cells, by_group
        Cells, and rates (:func:`genequity.service.rates.by_group`).
    strata : dict
        Strata of the rates, by measure and group.
    section : dict
        The config section.
    limits : pandas.DataFrame or None
        Published limits (:func:`read`); None gives an empty table.
    comparator, national, years, level, seed
        As elsewhere.
    """
    import pandas as pd

    if limits is None:
        return pd.DataFrame(columns=COLUMNS)
    labels = {stage["id"]: (place, stage["label"]) for place, stage in enumerate(section["pathway"], 1)}
    groups = ordered(named(cells["group"]))
    shares, people = [], []
    for outcome in section["outcomes"]:
        sums = cells.groupby("group")[[f"eligible_{outcome}", f"reached_{outcome}"]].sum()
        for measure, group in product(("difference", "ratio"), groups):
            place, label = labels[outcome]
            records, events = sums.loc[group]
            if not records:
                continue
            shares.append(_row("share", outcome, place, label, measure, group, comparator, records, events, limits))
    known = by_group[(by_group["region"] == national) & by_group["rate"].notna()]
    for row in known.to_dict("records"):
        for measure in ("difference", "ratio"):
            place = list(strata).index(row["measure"]) + 1
            own = (row["measure"], place, row["label"], measure, row["group"], comparator, row["events"], row["events"])
            people.append(_row("rate", *own, limits))
    kept = [frame for frame in (pd.DataFrame(shares), pd.DataFrame(people)) if len(frame)]
    drawn = {"level": level, "seed": seed}
    filled = [
        of_shares(f, **drawn) if f["of"].iloc[0] == "share" else of_rates(f, strata, years, **drawn) for f in kept
    ]
    holed = by_group[(by_group["region"] == national) & by_group["reason"].fillna("").str.startswith(HOLE)]
    gaps = [
        _row("rate", row["measure"], list(strata).index(row["measure"]) + 1, row["label"], measure, row["group"],
             comparator, row["events"], row["events"], limits) | {"reason": row["reason"]}
        for row in holed.to_dict("records")
        for measure in ("difference", "ratio")
    ]  # fmt: skip
    filled += [pd.DataFrame(gaps)] if gaps else []
    return pd.concat(filled, ignore_index=True)[COLUMNS] if filled else pd.DataFrame(columns=COLUMNS)


def _row(of, outcome, place, label, measure, group, comparator, records, events, limits) -> dict[str, Any]:
    published = limits.loc[group] if group in limits.index else {"low": np.nan, "high": np.nan, "source": ""}
    row = {"of": of, "outcome": outcome, "place": place, "label": label, "measure": measure, "group": group}
    row |= {"comparator": comparator, "agreement_low": published["low"], "agreement_high": published["high"]}
    row |= {"source": published["source"], "group_records": int(records), "group_events": int(events)}
    row |= {"observed": np.nan, "low": np.nan, "high": np.nan, "scenarios": len(SCENARIOS), "possible": np.nan}
    row |= dict.fromkeys(bias.COLUMNS, np.nan)
    return row | {"reason": ""}
