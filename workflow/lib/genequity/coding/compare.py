"""The agreement table of a study: each code and all codes together, for every pair of coders."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

from genequity.coding import agreement, units
from genequity.coding.merge import Merged
from genequity.coding.project import SEPARATOR

ALL_CODES = "All codes"
DRAWS = 1000  # ASSUME: enough for limits to two decimals
LEAST_SOURCES = 5  # ASSUME: fewer sources give no useful interval
LEAST_DEFINED = 0.95  # ASSUME: share of draws in which the coefficient exists
COUNTS = ["both", "first_only", "second_only", "neither"]
COLUMNS = [
    "pair",
    "code",
    "unit",
    "sources",
    "units",
    "both",
    "first_only",
    "second_only",
    "neither",
    "percent",
    "kappa",
    "kappa_low",
    "kappa_high",
    "alpha",
    "alpha_low",
    "alpha_high",
    "ac1",
    "not_computed",
]


def coders(merged: Merged) -> list[str]:
    """Return the coders in the order of the config: the lead coder first."""
    return list(dict.fromkeys(merged.segments.sort_values("project", kind="stable")["coder"]))


def _sources_of(coder: str, merged: Merged) -> set[str]:
    """Sources the coder worked on: all of a project of their own, else those in which they marked something."""
    found: set[str] = set()
    for project, part in merged.segments.groupby("project"):
        own = part[part["coder"] == coder]
        if own.empty:
            continue
        if part["coder"].nunique() == 1:
            held = merged.sources["projects"].str.split(",").map(lambda places, p=str(project): p in places)
            found |= set(merged.sources.loc[held, "source"])
        else:
            found |= set(own["source"])
    return found


def why_not(merged: Merged) -> str:
    """Return why agreement cannot be computed for this study, or an empty string."""
    if merged.segments.empty:
        return "no coded text was supplied"
    if len(coders(merged)) < 2:
        return "there is one coder only"
    both = [_sources_of(a, merged) & _sources_of(b, merged) for a, b in combinations(coders(merged), 2)]
    names = set().union(*both)
    if not names:
        return "no source was coded by two coders"
    if merged.segments.loc[merged.segments["source"].isin(names), "start"].isna().any():
        return "the segments have no positions"
    return ""


def table(merged: Merged, codes: list[str], unit: str, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """Compute agreement of every pair of coders.

    Parameters
    ----------
    merged : Merged
        Projects of all coders.
    codes : list of str
        Codes to compare, in order.
    unit : str
        A key of :data:`genequity.coding.units.UNITS`.
    level : float
        Confidence level of the intervals, which resample whole sources.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; blanks have their reason in ``not_computed``. ``All codes`` pools the unit-by-code
        pairs.
    """
    rows = []
    if reason := why_not(merged):
        blank = dict.fromkeys(COLUMNS) | {"pair": "No pair", "code": ALL_CODES, "unit": unit}
        return pd.DataFrame([blank | {"not_computed": reason}], columns=COLUMNS)
    names = coders(merged)
    for (i, a), (j, b) in combinations(enumerate(names, 1), 2):
        sources, segments = shared(merged, a, b)
        if sources.empty:
            continue
        counts = units.two_by_two(sources, segments, codes, unit)
        draws = rng.multinomial(len(sources), np.full(len(sources), 1 / len(sources)), size=DRAWS)
        for code in [*codes, ALL_CODES]:
            part = counts if code == ALL_CODES else counts[counts["code"] == code]
            by_source = part.groupby("source", sort=False)[COUNTS].sum().reindex(sources["source"]).to_numpy()
            row = {"pair": f"Coder {i} and coder {j}", "code": code, "unit": unit, "sources": len(sources)}
            rows.append(row | _row(by_source, draws, level))
    return pd.DataFrame(rows, columns=COLUMNS)


def without_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the counts and the agreement of all codes together only.

    What both coders marked of one code in interviews is close to the number of people who raised it; with the
    percentage that number could be worked out again. The chance-corrected coefficients of each code stay.
    """
    counts = table[[*COUNTS, "percent"]]
    return table.assign(**{name: counts[name].where(table["code"] == ALL_CODES) for name in counts})


def shared(merged: Merged, first: str, second: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the sources that both coders worked on, and the segments of the two there."""
    names = _sources_of(first, merged) & _sources_of(second, merged)
    sources = merged.sources[merged.sources["source"].isin(names) & (merged.sources["text"] != "")]
    segments = merged.segments[merged.segments["source"].isin(names) & merged.segments["coder"].isin([first, second])]
    return sources[["source", "text"]], segments.assign(first=segments["coder"] == first)


def _row(by_source: np.ndarray, draws: np.ndarray, level: float) -> dict:
    both, first, second, neither = (int(value) for value in by_source.sum(axis=0))
    square = np.array([[both, first], [second, neither]])
    used = both + first + second > 0
    found = {"percent": agreement.percent(square)}
    for name, function in (("kappa", agreement.cohen), ("alpha", agreement.alpha), ("ac1", agreement.ac1)):
        found[name] = function(square) if used else agreement.Coefficient(None, agreement.NOT_USED)
    reasons = [f"{name}: {c.reason}" for name, c in found.items() if c.value is None]
    row = dict(zip(["both", "first_only", "second_only", "neither"], (both, first, second, neither)))
    row |= {"units": both + first + second + neither} | {name: c.value for name, c in found.items()}
    for name, function in (("kappa", kappas), ("alpha", alphas)):
        low, high, reason = None, None, ""
        if found[name].value is not None:
            low, high, reason = _interval(function, by_source, draws, level)
        row |= {f"{name}_low": low, f"{name}_high": high}
        reasons += [f"{name} interval: {reason}"] if reason else []
    return row | {"not_computed": "; ".join(reasons) or None}


def kappas(tables: np.ndarray) -> np.ndarray:
    """Cohen's kappa of many 2 x 2 tables, shape (tables, 4) as both, first, second, neither; NaN where undefined."""
    both, first, second, neither = np.asarray(tables, dtype=float).T
    total = both + first + second + neither
    expected = ((both + first) * (both + second) + (second + neither) * (first + neither)) / total**2
    with np.errstate(divide="ignore", invalid="ignore"):
        value = ((both + neither) / total - expected) / (1 - expected)
    return np.where(np.isclose(expected, 1), np.nan, value)


def alphas(tables: np.ndarray) -> np.ndarray:
    """Krippendorff's nominal alpha of many 2 x 2 tables, as :func:`kappas`."""
    both, first, second, neither = np.asarray(tables, dtype=float).T
    units_ = both + first + second + neither
    marked = 2 * both + first + second
    blank = 2 * units_ - marked
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = 2 * marked * blank / (2 * units_ * (2 * units_ - 1))
        value = 1 - ((first + second) / units_) / expected
    return np.where(expected == 0, np.nan, value)


def _interval(
    function, by_source: np.ndarray, draws: np.ndarray, level: float
) -> tuple[float | None, float | None, str]:
    """Percentile interval of a coefficient over resampled sources, or the reason why there is none."""
    if len(by_source) < LEAST_SOURCES:
        return None, None, f"fewer than {LEAST_SOURCES} sources coded by both"
    values = function(draws @ by_source)
    defined = values[~np.isnan(values)]
    if len(defined) < LEAST_DEFINED * len(values):
        return None, None, "the code is in too few sources"
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high), ""


def restored(sources: pd.DataFrame, segments: pd.DataFrame) -> Merged:
    """Return sources and segments as kept between steps in the form the comparison takes."""
    whole = segments.assign(start=segments["start"].astype("Int64"), end=segments["end"].astype("Int64"))
    return Merged(whole, sources.assign(text=sources["text"].fillna("")), pd.DataFrame())


def codes_to_compare(codebook: pd.DataFrame) -> list[str]:
    """Return the codes that coders could use: those without codes under them, and those used all the same."""
    parents = {path.rpartition(SEPARATOR)[0] for path in codebook["code"]}
    keep = ~codebook["code"].isin(parents) | (codebook["segments"] > 0)
    return list(codebook.loc[keep, "code"])


def disagreements(merged: Merged, codes: list[str], unit: str) -> pd.DataFrame:
    """List the units on which each pair of coders differs, each open until an outcome is recorded.

    Returns
    -------
    pandas.DataFrame
        ``pair`` and the columns of :func:`genequity.coding.units.disagreements`; restricted, since it holds
        text.
    """
    parts = []
    for (i, a), (j, b) in combinations(enumerate(coders(merged), 1), 2) if not why_not(merged) else ():
        found = units.disagreements(*shared(merged, a, b), codes, unit)
        parts.append(found.assign(pair=f"Coder {i} and coder {j}"))
    columns = ["pair", "source", "code", "unit", "start", "end", "marked_by", "text"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)
