"""Why agreement on a code is low: rare or common use, one coder using it more, other codes or ends, one coder only.

Indices: Byrt, Bishop and Carlin 1993 (J Clin Epidemiol 46:423); the paradoxes of kappa: Feinstein and Cicchetti 1990
(J Clin Epidemiol 43:543). Counts are of passages, not of units (:mod:`genequity.coding.disagreements`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from genequity.coding import binary, disagreements
from genequity.coding.compare import ALL_CODES, COUNTS
from genequity.coding.project import SEPARATOR

HIGH_PERCENT = 0.80  # ASSUME: agreement from which a low coefficient is the paradox of a rare or common code
ONE_SIDED = 0.75  # ASSUME: share of the units marked by one coder only that makes the difference one coder's habit
LEAST_UNITS = 4  # ASSUME: fewer such units tell nothing of habit
COLUMNS = [
    *("pair", "code", "low", "prevalence_index", "bias_index", "pabak", "kappa_ceiling"),
    *("one_coder_only", "other_code", "other_ends", "disagreements", "resolved", "open", "why"),
]
KINDS = dict(zip(("one_coder_only", "other_code", "other_ends"), disagreements.TYPES, strict=True))


def explained(agreement: pd.DataFrame, listed: pd.DataFrame, low: float) -> pd.DataFrame:
    """Say, for each pair and code, of what the disagreement consists, and where it is low why.

    Parameters
    ----------
    agreement : pandas.DataFrame
        Pairs of coders from :func:`genequity.coding.compare.study`.
    listed : pandas.DataFrame
        From :func:`genequity.coding.disagreements.listed`, with ``outcome`` (blank while open).
    low : float
        Alpha below which agreement counts as low.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; ``low`` is blank where alpha cannot be computed, ``why`` where it is not low.
    """
    pairs = agreement[agreement["both"].notna()]
    tables = pairs[COUNTS].to_numpy(dtype=float).reshape(-1, 4)
    indices = {
        "prevalence_index": binary.prevalence(tables),
        "bias_index": binary.bias(tables),
        "pabak": binary.adjusted(tables),
        "kappa_ceiling": binary.kappa_maxima(tables),
    }
    codes = [code for code in dict.fromkeys(pairs["code"]) if code != ALL_CODES]
    kinds = disagreements.counted(listed, codes).set_index(["pair", "code"])
    settled = disagreements.counted(listed[listed["outcome"] != ""], codes).set_index(["pair", "code"])
    facing = _facing(listed)
    rows = []
    for place, row in enumerate(pairs.to_dict("records")):
        key = (row["pair"], row["code"])
        seen, done = (
            [int(frame.loc[key, kind]) if key in frame.index else 0 for kind in disagreements.TYPES]
            for frame in (kinds, settled)
        )
        values = {name: _number(index[place]) for name, index in indices.items()}
        line = {"pair": row["pair"], "code": row["code"]} | values | dict(zip(KINDS, seen, strict=True))
        line |= {"disagreements": sum(seen), "resolved": sum(done), "open": sum(seen) - sum(done)}
        undefined = row["alpha"] is None or row["alpha"] != row["alpha"]
        line["low"] = None if undefined else bool(row["alpha"] < low)
        line["why"] = _why(row | line, facing[key].most_common(1)) if line["low"] else None
        rows.append(line)
    return pd.DataFrame(rows, columns=COLUMNS)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _facing(listed: pd.DataFrame) -> dict[tuple[str, str], Counter]:
    """Count, for each pair and code, the codes that the other coder used instead."""
    found: dict[tuple[str, str], Counter] = {}
    other = listed[listed["type"] == disagreements.OTHER_CODE]
    for pair, code, instead in zip(other["pair"], other["code"], other["other_code"], strict=True):
        found.setdefault((pair, code), Counter())[instead] += 1
        found.setdefault((pair, instead), Counter())[code] += 1
    return _Lookup(found)


class _Lookup(dict):
    def __missing__(self, key):
        return Counter()


def _why(row: dict, instead: Sequence[tuple[str, int]]) -> str:
    """Return one or two plain sentences; they hold no counts, which small-number rules may withhold."""
    counts = {kind: row[name] for name, kind in KINDS.items()}
    said = []
    if row["percent"] >= HIGH_PERCENT and abs(row["prevalence_index"]) >= HIGH_PERCENT - 0.2:
        common = row["prevalence_index"] > 0
        use = "nearly everywhere" if common else "in few places"
        said.append(
            f"The code stands {use}, so agreement by chance is high and each difference weighs much: "
            f"the coders agree on most units."
        )
    apart = row["first_only"] + row["second_only"]
    if apart >= LEAST_UNITS and max(row["first_only"], row["second_only"]) >= ONE_SIDED * apart:
        more = "first" if row["first_only"] > row["second_only"] else "second"
        said.append(f"The {more} coder uses the code more often: discuss what it includes.")
    elif sum(counts.values()):
        said.append(_main(max(counts, key=lambda kind: counts[kind]), row["code"], instead))
    return " ".join(said)


def _main(kind: str, code: str, instead: Sequence[tuple[str, int]]) -> str:
    if kind == disagreements.OTHER_ENDS:
        return (
            "Mostly the same passages with other ends: agree where a passage begins and ends, or compare larger units."
        )
    if kind == disagreements.OTHER_CODE:
        named = ""
        if instead and code != ALL_CODES:
            named = f", most often “{instead[0][0].rpartition(SEPARATOR)[2]}”"
        return f"Mostly another code on the same passage{named}: sharpen the definitions against each other."
    return "Mostly passages that one coder marks and the other leaves out: say in the codebook when the code applies."
