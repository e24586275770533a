"""Agreement on the set of codes that a coder put on a unit: Krippendorff's alpha with a distance between sets.

The distance has to be named, since libraries mean different things by the same word. Ours: *Jaccard*, one less the
shared codes over all codes of the two sets; *MASI* (Passonneau 2006, LREC), one less Jaccard's ratio times
monotonicity, which is 1 for equal sets, 2/3 when one holds the other, 1/3 when they overlap, 0 when they share nothing.
Two empty sets are equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from genequity.coding.units import Cut, spread

FORMS = ("MASI (Passonneau 2006)", "Jaccard")
_HASH_SEED = 20060522  # any fixed number: equal sets must meet, different ones must not


def similarity(shared: np.ndarray, first: np.ndarray, second: np.ndarray, form: str) -> np.ndarray:
    """Return one less the distance of sets, from the sizes of their intersection and of each.

    Parameters
    ----------
    shared, first, second : arrays
        Sizes.
    form : str
        One of :data:`FORMS`.
    """
    shared, first, second = (np.asarray(size, dtype=float) for size in (shared, first, second))
    union = first + second - shared
    jaccard = np.where(union > 0, shared / np.where(union > 0, union, 1), 1.0)
    if form == FORMS[1]:
        return jaccard
    within = (shared == first) | (shared == second)
    monotone = np.where(within & (first == second), 1.0, np.where(within, 2 / 3, 1 / 3))
    return jaccard * monotone


@dataclass(frozen=True)
class SetSums:
    """What set-valued alpha rests on: disagreement and ratings of each source, and disagreement expected by chance."""

    apart: np.ndarray
    ratings: np.ndarray
    expected: float

    def alpha(self, draws: np.ndarray) -> np.ndarray:
        """Return alpha for each row of ``draws``: how often each source counts.

        What is expected by chance stays that of all sources, as in Krippendorff's own resampling: drawn again, a
        source would meet itself and look like agreement by chance.
        """
        if self.expected <= 1e-12:
            return np.full(len(draws), np.nan)
        ratings = draws @ self.ratings
        return 1 - draws @ self.apart / np.where(ratings > 0, ratings, np.nan) / self.expected


def sums(
    units: Cut, marked: tuple[np.ndarray, np.ndarray, np.ndarray], worked: np.ndarray, codes: int
) -> dict[str, SetSums]:
    """Add up, for each form of :data:`FORMS`, what set-valued alpha needs.

    Parameters
    ----------
    units : Cut
        The units.
    marked : (array, array, array)
        From :func:`genequity.coding.units.marked`.
    worked : array of bool, shape (sources, coders)
        Who worked on which source; units of sources with fewer than two coders are left out.
    codes : int
        Number of codes.
    """
    number, coders = worked.shape
    of_source = worked.sum(axis=1)
    worked = worked & (of_source >= 2)[:, None]
    unit, code, mask = marked
    own = [(mask >> k) & 1 == 1 for k in range(coders)]
    coder = np.repeat(np.arange(coders), [int(part.sum()) for part in own])
    unit, code = (np.concatenate([values[part] for part in own]) for values in (unit, code))
    keep = worked[units.source[unit], coder]
    coder, unit, code = coder[keep], unit[keep], code[keep]
    order = np.lexsort((code, unit, coder))
    coder, unit, code = coder[order], unit[order], code[order]
    first = np.flatnonzero((np.diff(coder, prepend=-1) != 0) | (np.diff(unit, prepend=-1) != 0))
    identity, incidence = _identified(code, first, codes)
    owner, place = coder[first], unit[first]
    sizes = np.asarray(incidence.sum(axis=1)).ravel().astype(np.int64)
    ratings = (units.per_source(number) * np.where(of_source >= 2, of_source, 0)).astype(float)
    weight = np.bincount(identity, weights=units.weight[place], minlength=len(sizes))
    empty = ratings.sum() - weight.sum()
    held = [(place[owner == k], identity[owner == k]) for k in range(coders)]
    distances = [
        (where[kept], shared[kept], sides[kept], units.source[where[kept]])
        for i in range(coders)
        for j in range(i + 1, coders)
        for where, shared, sides in [_met(held[i], held[j], incidence, sizes)]
        for kept in [(worked[:, i] & worked[:, j])[units.source[where]]]
    ]
    alike = _alike(incidence, sizes, weight)
    total, found = ratings.sum(), {}
    for form in FORMS:
        apart = np.zeros(number)
        for where, shared, sides, spots in distances:
            distance = 1 - similarity(shared, sides[:, 0], sides[:, 1], form)
            add = 2 * distance * units.weight[where] / (of_source[spots] - 1)
            apart += np.bincount(spots, weights=add, minlength=number)
        chance = total**2 - alike[form] - empty**2
        found[form] = SetSums(apart, ratings, chance / (total * (total - 1)) if total > 1 else 0.0)
    return found


def _identified(code: np.ndarray, first: np.ndarray, codes: int) -> tuple[np.ndarray, sparse.csr_matrix]:
    """Return for each group of codes the place of its set among the different sets, and which codes each set holds."""
    if not len(first):
        return np.array([], dtype=np.int64), sparse.csr_matrix((0, codes))
    drawn = np.random.Generator(np.random.PCG64(_HASH_SEED)).integers(1, 2**63, size=(2, codes), dtype=np.int64)
    digest = [np.bitwise_xor.reduceat(row[code], first) for row in drawn]
    order = np.lexsort(digest)
    new = np.concatenate([[True], np.logical_or.reduce([np.diff(part[order]) != 0 for part in digest])])
    identity = np.empty(len(first), dtype=np.int64)
    identity[order] = np.cumsum(new) - 1
    pick = order[new]
    lengths = np.diff(np.append(first, len(code)))[pick]
    columns, rows = spread(first[pick], first[pick] + lengths)
    held = sparse.csr_matrix((np.ones(len(rows)), (rows, code[columns])), shape=(len(pick), codes))
    return identity, held


def _alike(incidence: sparse.csr_matrix, sizes: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """Return, for each form, the likeness of every two sets, times how often each occurs, added up.

    Pairs are counted by the sizes of the two sets and of what they share, some rows at a time.
    """
    total, most = dict.fromkeys(FORMS, 0.0), int(sizes.max(initial=0)) + 1
    other = incidence.T.tocsr()
    step = 400
    for at in range(0, len(sizes), step):
        shared = incidence[at : at + step] @ other
        rows = np.repeat(np.arange(at, min(at + step, len(sizes))), np.diff(shared.indptr))
        kind = (shared.data.astype(np.int64) * most + sizes[rows]) * most + sizes[shared.indices]
        if most <= 64:
            count = np.bincount(kind, weights=weight[rows] * weight[shared.indices])
            kinds = np.flatnonzero(count)
            count = count[kinds]
        else:
            kinds, back = np.unique(kind, return_inverse=True)
            count = np.bincount(back.ravel(), weights=weight[rows] * weight[shared.indices])
        for form in FORMS:
            like = similarity(kinds // most**2, kinds // most % most, kinds % most, form)
            total[form] += float((like * count).sum())
    return total


def _met(first, second, incidence, sizes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the units on which either of two coders put a code: the unit, the codes shared, the size of each set."""
    where = np.union1d(first[0], second[0])
    sides = np.full((len(where), 2), -1)
    for column, (place, identity) in enumerate((first, second)):
        sides[np.searchsorted(where, place), column] = identity
    shared = np.zeros(len(where))
    both = np.flatnonzero((sides >= 0).all(axis=1))
    same = both[sides[both, 0] == sides[both, 1]]
    shared[same] = sizes[sides[same, 0]]
    differ = both[sides[both, 0] != sides[both, 1]]
    for at in range(0, len(differ), 50_000):
        part = differ[at : at + 50_000]
        meet = incidence[sides[part, 0]].multiply(incidence[sides[part, 1]])
        shared[part] = np.asarray(meet.sum(axis=1)).ravel()
    sized = np.where(sides >= 0, np.append(sizes, 0)[sides], 0)
    return where, shared, sized
