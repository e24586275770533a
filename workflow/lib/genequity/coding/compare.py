"""The agreement tables of a study: each code and all codes together, every pair of coders and all coders, each unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from genequity.coding import sets, units
from genequity.coding.binary import alphas, kappas
from genequity.coding.estimates import LEAST_SOURCES, Compared, compared, draws_of, unitised
from genequity.coding.held import Held, coders, groups, held, laid_out, why_not
from genequity.coding.merge import Merged
from genequity.coding.project import SEPARATOR

__all__ = ["alphas", "coders", "kappas", "why_not"]
ALL_CODES = "All codes"
SEGMENT = "segment"  # what unitised alpha compares
MOST_PAIRS = 3  # with more pairs of coders, further units are compared over all coders only
COUNTS = ["both", "first_only", "second_only", "neither"]
TWO_ONLY = "it compares two coders"
NO_UNIT = "the texts hold no {unit}"
LABELS = {
    "percent": "Percent agreement",
    "positive": "Positive agreement",
    "negative": "Negative agreement",
    "kappa": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "alpha": "Krippendorff's alpha, nominal",
    "ac1": "Gwet's AC1",
    "unitised": "Krippendorff's unitised alpha (1995 form)",
    "masi": f"Set-valued alpha, {sets.FORMS[0]}",
    "jaccard": f"Set-valued alpha, {sets.FORMS[1]}",
}
COLUMNS = [
    *("pair", "code", "unit", "sources", "units", *COUNTS, "percent", "positive", "negative"),
    *("kappa", "kappa_low", "kappa_high", "fleiss", "alpha", "alpha_low", "alpha_high", "ac1", "ac1_low", "ac1_high"),
    *("unplaced", "interval", "not_computed"),
]
LONG_COLUMNS = [
    *("unit", "pair", "code", "coefficient", "sources", "units", "value", "low", "high", "interval", "reason"),
]


def study(
    merged: Merged, codes: Sequence[str], unit: str, level: float, rng: np.random.Generator, further: Sequence[str] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compute agreement of every pair of coders and of all coders.

    Parameters
    ----------
    merged : Merged
        Projects of all coders.
    codes : list of str
        Codes to compare, in order.
    unit : str
        A key of :data:`genequity.coding.units.UNITS`: the unit of the first table.
    level : float
        Confidence level of the intervals.
    rng : numpy.random.Generator
        Draws the resamples.
    further : sequence of str
        Further units, side by side in the second table.

    Returns
    -------
    (pandas.DataFrame, pandas.DataFrame)
        :data:`COLUMNS`, one row a pair and code; :data:`LONG_COLUMNS`, one row a unit, pair, code and coefficient.
        Blanks have their reason. ``All codes`` pools the unit-by-code pairs.
    """
    unit = units.named(unit)
    if reason := why_not(merged):
        return blank(reason, unit)
    held_ = held(merged, codes)
    every = groups(held_)
    samples = {
        group.label: draws_of(len(group.sources), rng) if len(group.sources) >= LEAST_SOURCES else None
        for group in every
    }
    pairs = sum(group.is_pair for group in every)
    wide, long = [], []
    for each in dict.fromkeys([unit, *map(units.named, further)]):
        laid = laid_out(held_, each)
        for group in every:
            if each != unit and group.is_pair and pairs > MOST_PAIRS:
                continue
            part = compared(held_, group, each, level, samples[group.label], laid)
            if not part.number[-1]:
                long.append(_nothing(part))
                continue
            if each == unit:
                part.found["unitised"] = unitised(held_, group, level, samples[group.label])
                wide.append(_wide(held_, part))
            long.append(_long(held_, part))
    if not wide:
        wide.append(blank(NO_UNIT.format(unit=unit), unit)[0].assign(pair=every[0].label))
    return pd.concat(wide, ignore_index=True), pd.concat(long, ignore_index=True)


def blank(reason: str, unit: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return both tables of a study in which nothing is compared: one row that says why."""
    wide = dict.fromkeys(COLUMNS) | {"pair": "No pair", "code": ALL_CODES, "unit": unit, "not_computed": reason}
    long = dict.fromkeys(LONG_COLUMNS) | {"unit": unit, "pair": "No pair", "code": ALL_CODES}
    long |= {"coefficient": LABELS["alpha"], "reason": reason}
    return pd.DataFrame([wide], columns=COLUMNS), pd.DataFrame([long], columns=LONG_COLUMNS)


def table(merged: Merged, codes: Sequence[str], unit: str, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return the first table of :func:`study`."""
    return study(merged, codes, unit, level, rng)[0]


def _blank(values: np.ndarray) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _unplaced(held_: Held, part: Compared) -> list[int]:
    """Count the segments of the group's coders, on its sources, that have no position."""
    names = {held_.coders[member] for member in part.group.members}
    sources = {held_.names[place] for place in part.group.sources}
    mine = held_.unplaced[held_.unplaced["coder"].isin(names) & held_.unplaced["source"].isin(sources)]
    count = mine["code"].value_counts()
    return [*(int(count.get(code, 0)) for code in held_.codes), len(mine)]


def _wide(held_: Held, part: Compared) -> pd.DataFrame:
    codes = [*held_.codes, ALL_CODES]
    table = pd.DataFrame({"pair": part.group.label, "code": codes, "unit": part.unit})
    table["sources"] = len(part.group.sources)
    table["units"] = part.number.astype(np.int64)
    for place, name in enumerate(COUNTS):
        table[name] = None if part.counts is None else part.counts[:, place].astype(np.int64)
    for name in ("percent", "positive", "negative", "kappa", "fleiss", "alpha", "ac1"):
        found = part.found.get(name)
        table[name] = None if found is None else _blank(found.value)
        if f"{name}_low" in COLUMNS:
            table[f"{name}_low"] = None if found is None else _blank(found.low)
            table[f"{name}_high"] = None if found is None else _blank(found.high)
    table["unplaced"] = _unplaced(held_, part)
    table["interval"] = [word or None for word in part.found["alpha"].interval]
    table["not_computed"] = [_not_computed(part, row) for row in range(len(codes))]
    return table[COLUMNS]


def _not_computed(part: Compared, row: int) -> str | None:
    """Say which coefficients of a row are blank and why, and which limits."""
    reasons = []
    for name in ("percent", "kappa", "alpha", "ac1"):
        if name not in part.found:
            reasons.append(f"{name}: {TWO_ONLY}")
        elif word := part.found[name].reason[row]:
            reasons.append(f"{name} {word}" if word.startswith("interval: ") else f"{name}: {word}")
    return "; ".join(reasons) or None


def _long(held_: Held, part: Compared) -> pd.DataFrame:
    rows, codes = [], [*held_.codes, ALL_CODES]
    for name, label in LABELS.items():
        found = part.found.get(name)
        if found is None:
            continue
        alone = name in ("masi", "jaccard")
        places = [len(codes) - 1] if alone else range(len(codes))
        unit = SEGMENT if name == "unitised" else part.unit
        head = {"unit": unit, "pair": part.group.label, "coefficient": label, "sources": len(part.group.sources)}
        for place in places:
            number = None if name == "unitised" else int(part.number[place])
            if alone:
                number = int(part.number[place]) // max(len(held_.codes), 1)
            row = head | {"code": codes[place], "units": number, "interval": found.interval[place] or None}
            value, low, high = (_blank(side[place : place + 1])[0] for side in (found.value, found.low, found.high))
            rows.append(row | {"value": value, "low": low, "high": high, "reason": found.reason[place] or None})
    return pd.DataFrame(rows, columns=LONG_COLUMNS)


def _nothing(part: Compared) -> pd.DataFrame:
    row = {"unit": part.unit, "pair": part.group.label, "code": ALL_CODES, "coefficient": LABELS["alpha"]}
    row |= {"sources": len(part.group.sources), "units": 0, "reason": NO_UNIT.format(unit=part.unit)}
    return pd.DataFrame([row], columns=LONG_COLUMNS)


def without_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return the first table with the counts and the agreement of all codes together only.

    What both coders marked of one code in interviews is close to the number of people who raised it; with the
    percentage that number could be worked out again. The chance-corrected coefficients of each code stay.
    """
    counts = table[[*COUNTS, "percent", "positive", "negative", "unplaced"]]
    return table.assign(**{name: counts[name].where(table["code"] == ALL_CODES) for name in counts})


WITHHELD = "withheld: with it the number of people who raise the code could be worked out"


def without_shares(long: pd.DataFrame) -> pd.DataFrame:
    """Return the second table without what would give away, code by code, how many people raised it.

    Of single codes, the shares of agreement are withheld, and every coefficient on documents: a document is a person.
    """
    shares = long["coefficient"].isin([LABELS[name] for name in ("percent", "positive", "negative")])
    hide = (long["code"] != ALL_CODES) & (shares | (long["unit"] == "document"))
    left = {name: long[name].where(~hide) for name in ("value", "low", "high", "interval")}
    return long.assign(**left, reason=long["reason"].where(~hide, WITHHELD))


def restored(sources: pd.DataFrame, segments: pd.DataFrame) -> Merged:
    """Return sources and segments as kept between steps in the form the comparison takes."""
    whole = segments.assign(start=segments["start"].astype("Int64"), end=segments["end"].astype("Int64"))
    return Merged(whole, sources.assign(text=sources["text"].fillna("")), pd.DataFrame())


def codes_to_compare(codebook: pd.DataFrame) -> list[str]:
    """Return the codes that coders could use: those without codes under them, and those used all the same."""
    parents = {path.rpartition(SEPARATOR)[0] for path in codebook["code"]}
    keep = ~codebook["code"].isin(parents) | (codebook["segments"] > 0)
    return list(codebook.loc[keep, "code"])
