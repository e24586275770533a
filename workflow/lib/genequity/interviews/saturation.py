"""Whether further interviews still bring new codes, and how far this depends on the order of the interviews.

Vocabulary, after Guest, Namey and Chen (2020), "A simple method to assess and report thematic saturation in qualitative
research", PLoS ONE 15(5): e0232076. The *base* is the number of different codes in the first interviews; a *run* is a
number of interviews in a row; the new codes of a run, divided by the base, are compared with the *threshold*. Runs
follow one another at a step of one interview. "6+2" says that the two interviews after the sixth brought no more new
codes than the threshold allows, so that six would have been enough and two confirm it.

Saturation is a claim of codebook approaches. Reflexive thematic analysis makes none: there it is off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

BASE, RUN = 4, 2
THRESHOLDS = (0.05, 0.0)
ORDERS = 1000  # ASSUME: enough for limits to whole codes
CURVE_COLUMNS = ["interviews", "codes", "low", "high"]
RULE_COLUMNS = ["threshold", "base", "run", "base_codes", "reached_at", "run_codes", "notation", "not_reached"]


def incidence(segments: pd.DataFrame, cases: Sequence[str]) -> np.ndarray:
    """Return which case holds which code: booleans, cases x codes, cases in the given order."""
    held = segments[segments["source"].isin(list(cases))]
    codes = sorted(set(held["code"]))
    found = np.zeros((len(cases), len(codes)), dtype=bool)
    rows = held["source"].map({case: place for place, case in enumerate(cases)}).to_numpy(dtype=int)
    columns = held["code"].map({code: place for place, code in enumerate(codes)}).to_numpy(dtype=int)
    found[rows, columns] = True
    return found


def in_order(cases: pd.DataFrame) -> list[str]:
    """Return the cases in the order of the interviews: by the column ``order``, then by name."""
    place = pd.to_numeric(cases["order"], errors="coerce")
    return list(cases.assign(place=place).sort_values(["place", "case"], kind="stable")["case"])


def curve(found: np.ndarray, level: float, rng: np.random.Generator) -> pd.DataFrame:
    """Return the codes known after each interview, with the band of random orders of the same interviews.

    Parameters
    ----------
    found : numpy.ndarray
        From :func:`incidence`.
    level : float
        Share of :data:`ORDERS` orders that lie within the band.
    rng : numpy.random.Generator
        Draws the orders.

    Returns
    -------
    pandas.DataFrame
        ``interviews, codes, low, high``.
    """
    cases, codes = found.shape
    if not cases:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    orders = rng.permuted(np.tile(np.arange(cases), (ORDERS, 1)), axis=1)  # place of each case
    counts = np.zeros((ORDERS, cases + 1), dtype=int)
    for code in range(codes):
        first = orders[:, found[:, code]].min(axis=1)
        counts[np.arange(ORDERS), first] += 1
    known = counts[:, :cases].cumsum(axis=1)
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2], axis=0, method="inverted_cdf")
    return pd.DataFrame(
        {
            "interviews": range(1, cases + 1),
            "codes": np.logical_or.accumulate(found, axis=0).sum(axis=1),
            "low": low.astype(int),
            "high": high.astype(int),
        }
    )


def by_rule(found: np.ndarray, base: int = BASE, run: int = RUN) -> pd.DataFrame:
    """Return, for each threshold, after how many interviews saturation is reached.

    Parameters
    ----------
    found : numpy.ndarray
        From :func:`incidence`, in the order of the interviews.
    base, run : int
        Interviews of the base and of a run.

    Returns
    -------
    pandas.DataFrame
        :data:`RULE_COLUMNS`: ``reached_at`` and ``notation`` are blank where it is not reached; ``not_reached`` says
        why.

    Examples
    --------
    Codes 1-4 come in the first four interviews, one more in the fifth, none later: the run of 5 and 6 brings 1 of 4,
    25 %; that of 6 and 7 none.

    >>> steps = np.zeros((7, 5), dtype=bool)
    >>> steps[[0, 1, 2, 3, 4], [0, 1, 2, 3, 4]] = True
    >>> list(by_rule(steps)["notation"])
    ['5+2', '5+2']
    """
    cases = len(found)
    known = np.logical_or.accumulate(found, axis=0).sum(axis=1) if cases else np.zeros(0, dtype=int)
    rows = []
    for threshold in THRESHOLDS:
        row = {"threshold": threshold, "base": base, "run": run, "base_codes": None, "not_reached": None}
        if cases < base + run:
            rows.append(row | {"not_reached": f"fewer than {base + run} interviews"})
            continue
        row["base_codes"] = int(known[base - 1])
        if not row["base_codes"]:
            rows.append(row | {"not_reached": "the first interviews hold no code"})
            continue
        for last in range(base, cases - run + 1):
            new = int(known[last + run - 1] - known[last - 1])
            if new / row["base_codes"] <= threshold + 1e-12:
                rows.append(row | {"reached_at": last, "run_codes": new, "notation": f"{last}+{run}"})
                break
        else:
            rows.append(row | {"not_reached": "every run brought more new codes than the threshold allows"})
    frame = pd.DataFrame(rows, columns=RULE_COLUMNS)
    return frame.astype(dict.fromkeys(["base_codes", "reached_at", "run_codes"], "Int64"))


def off() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the two tables of a study that makes no claim of saturation."""
    return pd.DataFrame(columns=CURVE_COLUMNS), pd.DataFrame(columns=RULE_COLUMNS)


def settings(methods: Mapping[str, object]) -> dict[str, int]:
    """Return base and run of the config."""
    own = dict(methods.get("saturation") or {})
    return {"base": int(own.get("base", BASE)), "run": int(own.get("run", RUN))}
