"""Krippendorff's alpha for unitised texts: do coders mark the same stretches, with the same ends?

The 1995 form (Krippendorff 2004, Content Analysis, chapter 11). Several sources are laid end to end; a gap ends with
its source, since no segment reaches from one source into the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sections:
    """One coder's marked stretches and the gaps between them, in order, over all sources."""

    start: np.ndarray
    end: np.ndarray
    marked: np.ndarray
    source: np.ndarray


def sections(source: np.ndarray, start: np.ndarray, end: np.ndarray, bases: np.ndarray) -> Sections:
    """Cut the continuum into one coder's stretches and gaps; stretches that overlap become one.

    Parameters
    ----------
    source, start, end : arrays
        Segments of one code.
    bases : array, one longer than the number of sources
        Where each source begins on the continuum, and where the last ends.
    """
    low = start + bases[source]
    high = np.minimum(end + bases[source], bases[source + 1])
    order = np.lexsort((high, low))
    low, high = low[order], high[order]
    reach = np.maximum.accumulate(high) if len(high) else high
    opens = np.flatnonzero(np.concatenate([[True], low[1:] >= reach[:-1]])) if len(low) else np.array([], dtype=int)
    begins = low[opens]
    ends = reach[np.append(opens[1:], len(low)) - 1] if len(low) else low
    keep = ends > begins
    begins, ends = begins[keep], ends[keep]
    points = np.unique(np.concatenate([bases, begins, ends]))
    left, right = points[:-1], points[1:]
    return Sections(left, right, np.isin(left, begins), np.searchsorted(bases, left, side="right") - 1)


@dataclass(frozen=True)
class UnitisedSums:
    """Observed disagreement of one code by source, and that expected by chance over all sources."""

    observed: np.ndarray
    expected: float
    length: np.ndarray
    coders: int

    def disagreement(self, draws: np.ndarray) -> np.ndarray:
        """Return observed disagreement for each row of ``draws``: how often each source counts."""
        length = draws @ self.length
        return draws @ self.observed / (self.coders * (self.coders - 1) * length**2) * (length / self.length.sum())


def sums(coders: Sequence[Sections], bases: np.ndarray) -> UnitisedSums:
    """Add up what unitised alpha of one code needs.

    Parameters
    ----------
    coders : sequence of Sections
        At least two.
    bases : array
        As in :func:`sections`.
    """
    number = len(bases) - 1
    observed = np.zeros(number)
    for i, first in enumerate(coders):
        for second in coders[i + 1 :]:
            observed += 2 * _observed(first, second, number)
    extent = np.concatenate([(c.end - c.start)[c.marked] for c in coders]).astype(float)
    gap = np.concatenate([(c.end - c.start)[~c.marked] for c in coders]).astype(float)
    length = float(bases[-1])
    span = len(coders) * length
    pairs = span * (span - 1) - (extent * (extent - 1)).sum()
    total = (len(extent) - 1) / 3 * (2 * extent**3 - 3 * extent**2 + extent).sum() + _beside(extent, gap)
    expected = 2 / length * total / pairs if pairs > 0 and len(extent) else 0.0
    return UnitisedSums(observed, float(expected), np.diff(bases).astype(float), len(coders))


def _observed(first: Sections, second: Sections, number: int) -> np.ndarray:
    """Squared lengths of what does not overlap, by source; each pair of overlapping sections once."""
    points = np.union1d(first.start, second.start)
    a = np.searchsorted(first.start, points, side="right") - 1
    b = np.searchsorted(second.start, points, side="right") - 1
    start_a, end_a, start_b, end_b = first.start[a], first.end[a], second.start[b], second.end[b]
    marked_a, marked_b = first.marked[a], second.marked[b]
    both = marked_a & marked_b
    alone_a = marked_a & ~marked_b & (start_b <= start_a) & (end_b >= end_a)
    alone_b = marked_b & ~marked_a & (start_a <= start_b) & (end_a >= end_b)
    value = np.where(both, (start_a - start_b).astype(float) ** 2 + (end_a - end_b).astype(float) ** 2, 0.0)
    value = np.where(alone_a, (end_a - start_a).astype(float) ** 2, value)
    value = np.where(alone_b, (end_b - start_b).astype(float) ** 2, value)
    return np.bincount(first.source[a], weights=value, minlength=number)


def _beside(extent: np.ndarray, gap: np.ndarray) -> float:
    """Sum over stretches of their squared length times the places at which they fit into gaps."""
    ordered = np.sort(gap)
    above = np.append(np.cumsum(ordered[::-1])[::-1], 0.0)
    at = np.searchsorted(ordered, extent, side="left")
    fitting = len(ordered) - at
    return float((extent**2 * (above[at] - fitting * (extent - 1))).sum())
