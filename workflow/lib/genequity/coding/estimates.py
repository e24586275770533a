"""Coefficients of one group of coders with their intervals, every code at once; blanks have their reason.

Intervals resample whole sources, since units of one source are alike. With fewer than :data:`LEAST_SOURCES` sources
they are those published for large samples of independent units, and say so; characters are never independent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from genequity.coding import agreement, binary, sets, unitising, units
from genequity.coding.held import Group, Held, group_counts, pair_tables

DRAWS = 1000  # ASSUME: enough for limits to two decimals
LEAST_SOURCES = 5  # ASSUME: fewer sources give no useful resamples
LEAST_UNITS = 10  # ASSUME: fewer units give no large-sample limits
LEAST_DEFINED = 0.95  # ASSUME: share of draws in which the coefficient exists
RESAMPLED = "resampling sources"
CHANCE_HELD = "resampling sources, agreement by chance held (Krippendorff)"
NOT_COMPLETE = "no source was coded by all coders"
PAIRWISE = {
    "percent": binary.percents,
    "positive": binary.positives,
    "negative": binary.negatives,
    "kappa": binary.kappas,
    "fleiss": lambda tables: binary.fleiss(binary.as_sums(tables)),
    "alpha": binary.alphas,
    "ac1": lambda tables: binary.ac1s(binary.as_sums(tables)),
}
OF_ALL = {
    "percent": binary.mean_percents,
    "fleiss": binary.fleiss,
    "alpha": binary.alphas_of,
    "ac1": binary.ac1s,
}


@dataclass
class Estimate:
    """One coefficient of every code and of all codes: values, limits, how these were made, and reasons for blanks."""

    value: np.ndarray
    low: np.ndarray
    high: np.ndarray
    interval: np.ndarray
    reason: list[str]


def draws_of(sources: int, rng: np.random.Generator) -> np.ndarray:
    """Return how often each source counts in each resample, shape (draws, sources)."""
    return rng.multinomial(sources, np.full(sources, 1 / sources), size=DRAWS).astype(float)


def _of_pair(tables: np.ndarray, draws: np.ndarray | None, unit: str, level: float) -> dict[str, Estimate]:
    """Return the coefficients of two coders."""
    whole = tables.sum(axis=1)
    used = whole[:, :3].sum(axis=1) > 0
    counts = np.stack([np.full(len(whole), 2.0)[:, None] * [1, 1, 1], np.tile([2, 1, 0], (len(whole), 1))])
    weight = np.stack([whole[:, 0], whole[:, 1] + whole[:, 2], whole[:, 3]], axis=-1)
    resampled = None if draws is None else np.einsum("ds,csk->dck", draws, tables, optimize=True)
    found = {}
    for name, function in PAIRWISE.items():
        value = function(whole)
        undefined = agreement.NO_VARIATION if whole.sum() else agreement.NO_UNITS
        reason = np.where(used | (name in ("percent", "negative")), undefined, agreement.NOT_USED)
        if name not in ("percent", "negative"):
            value = np.where(used, value, np.nan)
        if name == "positive":
            reason = np.where(used, undefined, agreement.NOT_USED)
        errors = _errors(name, value, whole, counts, weight)
        sampled = None if resampled is None else function(resampled)
        found[name] = _estimate(value, reason, sampled, errors, unit, level, whole.sum(axis=1), name)
    return found


def _of_all(
    counts: np.ndarray, present: np.ndarray, draws: np.ndarray | None, unit: str, level: float, members: int
) -> dict[str, Estimate]:
    """Return the coefficients of more than two coders; Fleiss' kappa rests on sources that all of them coded."""
    marked = np.arange(counts.shape[-1])
    n = present[None, :, None]
    sums = binary.sums_of(n, marked[None, None, :], counts).sum(axis=-2)
    whole = sums.sum(axis=1)
    used = whole[:, 4] > 0
    complete = present == members
    found = {}
    for name, function in OF_ALL.items():
        rows = sums * complete[None, :, None] if name == "fleiss" else sums
        value = function(rows.sum(axis=1))
        undefined = agreement.NO_VARIATION
        if name == "fleiss" and not complete.any():
            undefined = NOT_COMPLETE
        reason = np.where(used | (name == "percent"), undefined, agreement.NOT_USED)
        value = np.where(used | (name == "percent"), value, np.nan)
        errors = None
        if name in ("ac1", "fleiss") and draws is None:
            shape = (len(counts), -1)
            who = np.broadcast_to(n, counts.shape).reshape(shape)
            weight = counts * complete[None, :, None] if name == "fleiss" else counts
            how = np.broadcast_to(marked, counts.shape).reshape(shape)
            errors = binary.gwet_errors(who, how, weight.reshape(shape), name)[1]
        sampled = None if draws is None else function(np.einsum("ds,csk->dck", draws, rows, optimize=True))
        found[name] = _estimate(value, reason, sampled, errors, unit, level, whole[:, 0], name)
    return found


def _errors(
    name: str, value: np.ndarray, whole: np.ndarray, counts: np.ndarray, weight: np.ndarray
) -> np.ndarray | None:
    """Return published standard errors of independent units, or None where there are none."""
    if name == "kappa":
        return binary.kappa_errors(whole)
    if name in ("ac1", "fleiss", "alpha"):
        return binary.gwet_errors(counts[0], counts[1], weight, "ac1" if name == "ac1" else "fleiss")[1]
    return None


PUBLISHED = {
    "percent": "Wilson, units taken as independent",
    "kappa": "Fleiss, Cohen and Everitt, units taken as independent",
    "fleiss": "Gwet, units taken as independent",
    "alpha": "Gwet, units taken as independent",
    "ac1": "Gwet, units taken as independent",
}


def _estimate(
    value: np.ndarray,
    reason: np.ndarray,
    sampled: np.ndarray | None,
    errors: np.ndarray | None,
    unit: str,
    level: float,
    number: np.ndarray,
    name: str,
) -> Estimate:
    defined = np.isfinite(value)
    words = ["" if ok else str(why) for ok, why in zip(defined, reason, strict=True)]
    low, high = np.full((2, len(value)), np.nan)
    interval = np.full(len(value), "", dtype=object)
    if sampled is not None:
        low, high = binary.percentile(sampled, level, LEAST_DEFINED)
        interval[np.isfinite(low) & defined] = RESAMPLED
        missing = "the code is in too few sources"
    elif unit == "character":
        missing = f"fewer than {LEAST_SOURCES} sources coded by both, and neighbouring characters are not independent"
    elif name == "percent":
        low, high = binary.wilson(value, number, level)
    elif errors is not None:
        usable = (errors > 0) & (number >= LEAST_UNITS)
        half = stats.norm.ppf((1 + level) / 2) * np.where(usable, errors, np.nan)
        low, high = np.maximum(value - half, -1), np.minimum(value + half, 1)
    if sampled is None and unit != "character":
        interval[np.isfinite(low) & defined] = PUBLISHED.get(name, "")
        missing = f"fewer than {LEAST_SOURCES} sources coded by both"
    low, high = (np.where(defined, side, np.nan) for side in (low, high))
    for place in np.flatnonzero(defined & ~np.isfinite(low)):
        words[place] = f"interval: {missing}"
    return Estimate(value, low, high, interval, words)


@dataclass(frozen=True)
class Compared:
    """One group of coders on one unit: coefficients of each code and of all codes, counts and numbers."""

    group: Group
    unit: str
    found: dict[str, Estimate]
    counts: np.ndarray | None
    number: np.ndarray


def compared(held_: Held, group: Group, unit: str, level: float, draws: np.ndarray | None, laid: tuple) -> Compared:
    """Compute every coefficient of one group of coders on one unit.

    Parameters
    ----------
    held_ : Held
        The study's sources and segments.
    group : Group
        The coders.
    unit : str
        A key of :data:`genequity.coding.units.UNITS`.
    level : float
        Confidence level.
    draws : array or None
        Resamples of the group's sources, or None where there are too few.
    laid : tuple
        The sources in units, who marked them, and their patterns.
    """
    cut, marked, rows = laid
    size_of, codes = cut.per_source(len(held_.names)), len(held_.codes)
    counts = None
    if group.is_pair:
        tables = pair_tables(rows, size_of, group, codes)
        found, counts = _of_pair(tables, draws, unit, level), tables.sum(axis=1)
        number = counts.sum(axis=1)
    else:
        tables, present = group_counts(rows, size_of, held_, group, codes)
        found = _of_all(tables, present, draws, unit, level, len(group.members))
        number = tables.sum(axis=(1, 2))
    found |= _sets(held_, group, cut, marked, draws, level)
    return Compared(group, unit, found, counts, number)


def _sets(held_: Held, group: Group, cut: units.Cut, marked: tuple, draws, level: float) -> dict[str, Estimate]:
    """Return set-valued alpha, which is of all codes together."""
    found = {}
    keep = np.zeros(len(held_.coders), dtype=bool)
    keep[list(group.members)] = True
    worked_ = held_.worked & keep
    worked_[np.setdiff1d(np.arange(len(held_.names)), group.sources)] = False
    every = sets.sums(cut, marked, worked_, len(held_.codes))
    for name, form in zip(("masi", "jaccard"), sets.FORMS, strict=True):
        value = np.full(len(held_.codes) + 1, np.nan)
        value[-1] = every[form].alpha((worked_.sum(axis=1) >= 2).astype(float)[None, :])[0]
        sampled = None
        if draws is not None:
            wide = np.zeros((len(draws), len(held_.names)))
            wide[:, group.sources] = draws
            sampled = np.full((len(draws), len(value)), np.nan)
            sampled[:, -1] = every[form].alpha(wide)
        reason = np.full(len(value), agreement.NO_VARIATION, dtype=object)
        found[name] = _estimate(value, reason, sampled, None, "", level, np.zeros(len(value)), name)
        found[name].interval[found[name].interval == RESAMPLED] = CHANCE_HELD
    return found


def unitised(held_: Held, group: Group, level: float, draws: np.ndarray | None) -> Estimate:
    """Return unitised alpha of each code and of all codes, on the sources that all coders of the group worked on."""
    complete = group.sources[held_.worked[group.sources][:, list(group.members)].all(axis=1)]
    codes = len(held_.codes)
    value, low, high = np.full((3, codes + 1), np.nan)
    interval, words = np.full(codes + 1, "", dtype=object), [agreement.NOT_USED] * (codes + 1)
    if not len(complete):
        return Estimate(value, low, high, interval, [NOT_COMPLETE] * (codes + 1))
    bases = np.concatenate([[0], np.cumsum([len(held_.texts[place]) for place in complete])])
    place = np.full(len(held_.names), -1)
    place[complete] = np.arange(len(complete))
    found = held_.marks.where((place[held_.marks.source] >= 0) & np.isin(held_.marks.coder, group.members))
    order = np.argsort(found.code, kind="stable")
    found = found.where(order)
    bounds = np.searchsorted(found.code, np.arange(codes + 1))
    whole = np.ones((1, len(complete)))
    samples = None if draws is None or len(complete) != len(group.sources) else draws
    total, total_drawn = np.zeros(2), 0.0
    for code in range(codes):
        here = found.where(np.arange(bounds[code], bounds[code + 1]))
        if not len(here.code):
            continue
        sides = [here.where(here.coder == member) for member in group.members]
        laid = [unitising.sections(place[side.source], side.start, side.end, bases) for side in sides]
        sums = unitising.sums(laid, bases)
        total += sums.disagreement(whole)[0], sums.expected
        words[code] = "" if sums.expected > 0 else agreement.NO_VARIATION
        if sums.expected > 0:
            value[code] = 1 - sums.disagreement(whole)[0] / sums.expected
        if samples is not None and sums.expected > 0:
            drawn = sums.disagreement(samples)
            total_drawn = total_drawn + drawn
            low[code], high[code] = _limits(1 - drawn / sums.expected, level)
    if total[1] > 0:
        value[-1], words[-1] = 1 - total[0] / total[1], ""
        if samples is not None:
            low[-1], high[-1] = _limits(1 - total_drawn / total[1], level)
    interval[np.isfinite(low)] = CHANCE_HELD
    for spot in np.flatnonzero(np.isfinite(value) & ~np.isfinite(low)):
        words[spot] = "interval: too few sources coded by all"
    return Estimate(value, low, high, interval, words)


def _limits(values: np.ndarray, level: float) -> tuple[float, float]:
    low, high = binary.percentile(values[:, None], level, LEAST_DEFINED)
    return float(low[0]), float(high[0])
