"""Where two coders differ, passage by passage, and of which kind the difference is.

A *passage* is a stretch that the segments of one code cover together, of either coder, without a break. It is a
disagreement when at least one unit it touches carries the code of one coder only. Three kinds:

- ``one coder only``: the other coder has nothing there that the first has not;
- ``other code``: in the same place (half of the shorter passage at least) each coder has a code of their own;
- ``other ends``: both marked the code, over different stretches.

A disagreement's identifier is made of its source, its coders, its codes and its ends: while nobody changes the coding
it stays the same, whatever else is added to the study.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from genequity.coding import units
from genequity.coding.compare import ALL_CODES
from genequity.coding.held import Group, Held, groups, held, why_not
from genequity.coding.merge import Merged

ONE_ONLY, OTHER_CODE, OTHER_ENDS = "one coder only", "other code", "other ends"
TYPES = (ONE_ONLY, OTHER_CODE, OTHER_ENDS)
COLUMNS = [
    *("disagreement", "pair", "source", "type", "code", "other_code", "marked_by", "unit", "start", "end"),
    *("first_spans", "second_spans", "text"),
]


def listed(merged: Merged, codes: Sequence[str], unit: str) -> pd.DataFrame:
    """List the passages on which each pair of coders differs.

    Parameters
    ----------
    merged : Merged
        Projects of all coders.
    codes : sequence of str
        Codes to compare.
    unit : str
        A key of :data:`genequity.coding.units.UNITS`: differences within one unit are none.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, by source, place and pair. ``code`` is the first coder's where the codes differ, and
        ``other_code`` the second's; ``unit`` is the number of the first unit that differs, from 1; spans are
        ``start-end`` in code points. Restricted, since it holds text.
    """
    if why_not(merged):
        return pd.DataFrame(columns=COLUMNS)
    held_ = held(merged, codes)
    cut = units.cut(held_.texts, unit, held_.marks)
    marked = units.marked(cut, held_.marks, len(held_.codes))
    first_unit = np.searchsorted(cut.source, np.arange(len(held_.names)))
    parts = [_of_pair(held_, group, cut, marked, first_unit) for group in groups(held_) if group.is_pair]
    rows = [row for part in parts for row in part]
    table = pd.DataFrame(rows, columns=COLUMNS)
    order = ["source", "start", "end", "code", "other_code", "pair"]
    return table.sort_values(order, kind="stable", ignore_index=True)


def _of_pair(held_: Held, group: Group, cut: units.Cut, marked: tuple, first_unit: np.ndarray) -> list[dict]:
    """Return the disagreements of one pair of coders."""
    first, second = group.members
    shared = np.zeros(len(held_.names), dtype=bool)
    shared[group.sources] = True
    found = held_.marks
    found = found.where(shared[found.source] & ((found.coder == first) | (found.coder == second)))
    if not len(found.source):
        return []
    stride, codes = cut.stride, len(held_.codes)
    lengths = np.array([len(text) for text in held_.texts])
    end = np.minimum(found.end, lengths[found.source])
    base = (found.source * codes + found.code) * stride
    order = np.lexsort((end, found.start, base))
    found, low, high = found.where(order), (base + found.start)[order], (base + end)[order]
    reach = np.maximum.accumulate(high)
    opens = np.concatenate([[True], low[1:] >= reach[:-1]])
    passage = np.cumsum(opens) - 1
    at = np.flatnonzero(opens)
    source, code = found.source[at], found.code[at]
    start, stop = found.start[at], np.maximum.reduceat(high, at) - (source * codes + code) * stride
    of_first = np.bincount(passage[found.coder == first], minlength=len(at)) > 0
    of_second = np.bincount(passage[found.coder == second], minlength=len(at)) > 0
    differs, where = _differing(cut, marked, (first, second), source, code, start, stop)
    spans = _spans(found, np.minimum(found.end, lengths[found.source]), passage, first, len(at))
    kinds = np.where(of_first & of_second, 2, np.where(of_first, 0, 1))
    rows, taken = [], np.zeros(len(at), dtype=bool)
    for a, b in _facing(source, start, stop, kinds, differs):
        taken[[a, b]] = True
        rows.append(_row(held_, group, cut, first_unit, (a, b), source, code, start, stop, where, spans, OTHER_CODE))
    for place in np.flatnonzero(differs & ~taken):
        kind = OTHER_ENDS if kinds[place] == 2 else ONE_ONLY
        rows.append(_row(held_, group, cut, first_unit, (place,), source, code, start, stop, where, spans, kind))
    return rows


def _differing(
    cut: units.Cut,
    marked: tuple,
    pair: tuple[int, int],
    source: np.ndarray,
    code: np.ndarray,
    start: np.ndarray,
    stop: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Say of each passage whether a unit it touches is marked by one coder only, and which is the first such unit."""
    unit, of_code, mask = marked
    one, other = ((mask >> member) & 1 for member in pair)
    keep = one != other
    span = len(cut.source) + 1
    apart = np.sort(of_code[keep] * span + unit[keep])
    low, high = units.touched(cut, source, start, stop)
    first = np.searchsorted(apart, code * span + low, side="left")
    last = np.searchsorted(apart, code * span + high, side="left")
    differs = last > first
    at = apart[np.minimum(first, max(len(apart) - 1, 0))] - code * span if len(apart) else low
    return differs, np.where(differs, at, low)


def _spans(
    found: units.Marks, end: np.ndarray, passage: np.ndarray, first: int, number: int
) -> list[tuple[list, list]]:
    """Return the stretches of either coder in each passage, those that overlap put together."""
    spans: list[tuple[list, list]] = [([], []) for _ in range(number)]
    for place, coder, low, high in zip(passage, found.coder, found.start, end, strict=True):
        side = spans[place][0 if coder == first else 1]
        if side and low < side[-1][1]:
            side[-1][1] = max(side[-1][1], int(high))
        else:
            side.append([int(low), int(high)])
    return spans


def _facing(
    source: np.ndarray, start: np.ndarray, stop: np.ndarray, kinds: np.ndarray, differs: np.ndarray
) -> list[tuple[int, int]]:
    """Pair passages of one coder with passages of the other in the same place, those that share most first."""
    pairs = []
    for place in np.unique(source[differs]):
        low, high = np.searchsorted(source, [place, place + 1])  # passages are sorted by source
        inside = low + np.flatnonzero(differs[low:high])
        a, b = inside[kinds[inside] == 0], inside[kinds[inside] == 1]
        if not len(a) or not len(b):
            continue
        shared = np.minimum(stop[a][:, None], stop[b][None, :]) - np.maximum(start[a][:, None], start[b][None, :])
        shorter = np.minimum((stop - start)[a][:, None], (stop - start)[b][None, :])
        rows, columns = np.nonzero(2 * shared >= shorter)
        order = np.lexsort((start[b[columns]], start[a[rows]], -shared[rows, columns]))
        used: set[int] = set()
        for one, other in zip(a[rows[order]], b[columns[order]], strict=True):
            if one not in used and other not in used:
                used |= {int(one), int(other)}
                pairs.append((int(one), int(other)))
    return pairs


def _row(held_, group, cut, first_unit, places, source, code, start, stop, where, spans, kind) -> dict:
    """Return one disagreement: one passage, or two that face each other."""
    at = source[places[0]]
    low, high = int(min(start[p] for p in places)), int(max(stop[p] for p in places))
    text = held_.texts[at]
    names = [held_.codes[code[p]] for p in places]
    sides = ("; ".join(f"{a}-{b}" for p in places for a, b in spans[p][side]) for side in (0, 1))
    first_spans, second_spans = sides
    by = {(True, True): "both", (True, False): "first", (False, True): "second"}[bool(first_spans), bool(second_spans)]
    pair = [held_.coders[member] for member in group.members]
    parts = [held_.names[at], *pair, kind, *names, first_spans, second_spans]
    return {
        "disagreement": hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:10],
        "pair": group.label,
        "source": held_.names[at],
        "type": kind,
        "code": names[0],
        "other_code": names[1] if len(names) > 1 else "",
        "marked_by": by,
        "unit": int(min(where[p] for p in places) - first_unit[at] + 1),
        "start": low,
        "end": high,
        "first_spans": first_spans,
        "second_spans": second_spans,
        "text": text[low:high],
    }


def counted(table: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Count the disagreements of each pair and code by type; one between two codes counts for both, and once in all.

    Returns
    -------
    pandas.DataFrame
        ``pair, code`` and a column for each of :data:`TYPES`; the code ``All codes`` last.
    """
    rows = []
    for pair, part in table.groupby("pair", sort=True):
        both = pd.concat([part[["code", "type"]], part[["other_code", "type"]].set_axis(["code", "type"], axis=1)])
        tally = both.groupby(["code", "type"]).size()
        for code in codes:
            rows.append({"pair": pair, "code": code} | {kind: int(tally.get((code, kind), 0)) for kind in TYPES})
        whole = part["type"].value_counts()
        rows.append({"pair": pair, "code": ALL_CODES} | {kind: int(whole.get(kind, 0)) for kind in TYPES})
    return pd.DataFrame(rows, columns=["pair", "code", *TYPES])
