"""The design of categorical covariates, never expanded over cells: two tables of patterns stand for it.

The factors are split in two halves. Each half has few patterns, and a one-hot matrix with a row a pattern. With A and B
these matrices and M the table of weights of (pattern of one half) x (pattern of the other), the information is

    X'WX = [A' diag(M 1) A, A' M B; B' M' A, B' diag(M' 1) B]

X'r the same with one-way sums, and X b two look-ups a cell. A scoring step thus costs a few passes over the cells and
two small matrix products, whatever the number of factors and levels. Where the halves' table would be far larger than
the cells, the two-way tables are counted pair by pair.

Source: the normal equations of a cross-classification are its marginal tables (Bishop, Fienberg & Holland, 1975).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import prod

import numpy as np
from numpy.typing import NDArray

ROOM = 4  # times the cells: a larger table of patterns would be mostly empty
LEAST_ROOM = 1 << 16


@dataclass(frozen=True)
class Factor:
    """A categorical covariate: its levels (the first is the reference) and the level number of each cell."""

    name: str
    levels: tuple[str, ...]
    codes: NDArray[np.intp]


@dataclass(frozen=True)
class Half:
    """Some of the factors: the pattern number of each cell, and the one-hot columns of each pattern."""

    codes: NDArray[np.intp]
    columns: NDArray
    places: NDArray[np.intp]

    def totals(self, values: NDArray) -> NDArray:
        """Sum values by pattern."""
        return np.bincount(self.codes, values, len(self.columns))


@dataclass(frozen=True)
class Design:
    """An intercept and factors over cells, without ever being expanded."""

    factors: tuple[Factor, ...]
    cells: int

    @cached_property
    def slices(self) -> list[slice]:
        """Coefficient positions of each factor's non-reference levels."""
        found, start = [], 1
        for factor in self.factors:
            found.append(slice(start, start + len(factor.levels) - 1))
            start += len(factor.levels) - 1
        return found

    @cached_property
    def size(self) -> int:
        """Number of coefficients."""
        return 1 + sum(len(factor.levels) - 1 for factor in self.factors)

    @cached_property
    def halves(self) -> tuple[Half, Half] | None:
        """The factors in two halves of about as many patterns; none where their table would be mostly empty."""
        wide = [len(factor.levels) for factor in self.factors]
        if prod(wide) > max(ROOM * self.cells, LEAST_ROOM):
            return None
        places = range(len(wide))
        splits = [set(some) for count in range(len(wide) // 2 + 1) for some in combinations(places, count)]
        first = min(splits, key=lambda some: abs(2 * sum(np.log(wide[i]) for i in some) - np.log(wide).sum()))
        rest = [place for place in places if place not in first]
        return self._half(sorted(first), True), self._half(rest, False)

    def _half(self, chosen: list[int], intercept: bool) -> Half:
        codes = np.zeros(self.cells, np.intp)
        for i in chosen:
            codes = codes * len(self.factors[i].levels) + self.factors[i].codes
        wide = [len(self.factors[i].levels) for i in chosen]
        patterns = np.unravel_index(np.arange(prod(wide)), wide) if wide else ()
        columns = [np.ones((prod(wide), 1))] if intercept else []
        columns += [np.eye(size)[pattern][:, 1:] for size, pattern in zip(wide, patterns, strict=True)]
        places = [np.array([0])] if intercept else []
        places += [np.arange(self.slices[i].start, self.slices[i].stop) for i in chosen]
        if not columns:
            return Half(codes, np.zeros((1, 0)), np.zeros(0, np.intp))
        return Half(codes, np.hstack(columns), np.concatenate(places))

    @cached_property
    def crossed(self) -> NDArray[np.intp]:
        """Number of each cell in the table of the two halves."""
        a, b = self.halves
        return a.codes * len(b.columns) + b.codes

    def linear(self, beta: NDArray) -> NDArray:
        """X b, one value a cell."""
        if self.halves:
            a, b = ((half.columns @ beta[half.places])[half.codes] for half in self.halves)
            return a + b
        eta = np.full(self.cells, beta[0])
        for factor, place in zip(self.factors, self.slices):
            eta += np.concatenate(([0.0], beta[place]))[factor.codes]
        return eta

    def sums(self, values: NDArray) -> NDArray:
        """X'v: the total, then the one-way table of every factor."""
        out = np.empty(self.size)
        if self.halves:
            for half in self.halves:
                out[half.places] = half.totals(values) @ half.columns
            return out
        out[0] = values.sum()
        for factor, place in zip(self.factors, self.slices):
            out[place] = np.bincount(factor.codes, values, len(factor.levels))[1:]
        return out

    def gram(self, weights: NDArray) -> NDArray:
        """X'WX: from the table of the two halves, or from every two-way table of the weights."""
        out = np.zeros((self.size, self.size))
        if self.halves:
            a, b = self.halves
            table = np.bincount(self.crossed, weights, len(a.columns) * len(b.columns)).reshape(len(a.columns), -1)
            between = a.columns.T @ (table @ b.columns)
            out[np.ix_(a.places, b.places)] = between
            out[np.ix_(b.places, a.places)] = between.T
            for half, total in ((a, table.sum(axis=1)), (b, table.sum(axis=0))):
                out[np.ix_(half.places, half.places)] = (half.columns * total[:, None]).T @ half.columns
            return out
        out[0, 0] = weights.sum()
        for i, (a, place) in enumerate(zip(self.factors, self.slices)):
            one = np.bincount(a.codes, weights, len(a.levels))[1:]
            out[0, place] = one
            out[place, place] = np.diag(one)
            for b, other in zip(self.factors[i + 1 :], self.slices[i + 1 :]):
                wide = len(b.levels)
                two = np.bincount(a.codes * wide + b.codes, weights, len(a.levels) * wide)
                out[place, other] = two.reshape(-1, wide)[1:, 1:]
        return np.triu(out) + np.triu(out, 1).T

    def quadratic(self, matrix: NDArray) -> NDArray:
        """x'Ax of every cell's covariates, by look-ups."""
        padded = np.zeros((self.size + 1, self.size + 1))
        padded[:-1, :-1] = matrix
        places = [np.zeros(self.cells, np.intp)]
        for factor, place in zip(self.factors, self.slices):
            places.append(np.where(factor.codes > 0, place.start + factor.codes - 1, self.size))
        return sum(padded[a, b] for a in places for b in places)

    def cluster_sums(self, cluster: NDArray[np.intp], values: NDArray) -> NDArray:
        """X'v within each cluster: one row a cluster."""
        clusters = int(cluster.max()) + 1
        out = np.zeros((clusters, self.size))
        most = max(len(half.columns) for half in self.halves) if self.halves else np.inf
        if clusters * most <= max(ROOM * self.cells, LEAST_ROOM):
            for half in self.halves:
                wide = len(half.columns)
                table = np.bincount(cluster * wide + half.codes, values, clusters * wide)
                out[:, half.places] = table.reshape(clusters, wide) @ half.columns
            return out
        out[:, 0] = np.bincount(cluster, values, clusters)
        for factor, place in zip(self.factors, self.slices):
            wide = len(factor.levels)
            table = np.bincount(cluster * wide + factor.codes, values, clusters * wide)
            out[:, place] = table.reshape(clusters, wide)[:, 1:]
        return out

    def taken(self, cells: NDArray[np.intp]) -> Design:
        """Return the design of some of the cells."""
        factors = tuple(Factor(factor.name, factor.levels, factor.codes[cells]) for factor in self.factors)
        return Design(factors, len(cells))

    def numbered(self) -> tuple[Design, NDArray[np.intp]]:
        """Return the design with one cell a covariate pattern, and the pattern number of every cell."""
        wide = [len(factor.levels) for factor in self.factors]
        key = np.zeros(self.cells, np.int64)
        for factor in self.factors:
            key = key * len(factor.levels) + factor.codes
        if prod(wide) > max(ROOM * self.cells, LEAST_ROOM):
            found, place = np.unique(key, return_inverse=True)
        else:
            found = np.flatnonzero(np.bincount(key, minlength=prod(wide)))
            numbers = np.zeros(prod(wide), np.intp)
            numbers[found] = np.arange(len(found))
            place = numbers[key]
        codes = np.unravel_index(found, wide) if wide else ()
        factors = tuple(Factor(f.name, f.levels, c) for f, c in zip(self.factors, codes, strict=True))
        return Design(factors, len(found)), place

    def collapsed(self, *values: NDArray) -> tuple[Design, list[NDArray]]:
        """Return the design with one cell a covariate pattern, and the values summed to it."""
        few, place = self.numbered()
        return few, [np.bincount(place, value, few.cells) for value in values]

    def patterns(self, *values: NDArray) -> tuple[Design, list[NDArray]]:
        """Return the design and values by covariate pattern where that makes them fewer, else as they are."""
        if prod(len(factor.levels) for factor in self.factors) < self.cells:
            return self.collapsed(*values)
        return self, list(values)
