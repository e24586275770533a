"""Continuous covariates exactly: Fisher scoring over records in chunks, its memory bounded by cells.

Cells carry every categorical term, records only their cell, their outcome and the continuous values. One pass sums, per
cell, the weights, the weights times each value and the residuals; the information and the score follow from those sums,
and with one pass more every variance. The start is the fit on cells without the continuous terms.

Source: Miller (1992), Algorithm AS 274, for regression by passes over the rows; here the rows are reduced to cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genequity.service import glm
from genequity.service import variance as variances

if TYPE_CHECKING:
    import duckdb

VECTORS = 100  # of 2,048 records in a chunk
TOLERANCE = 1e-11  # largest relative step at convergence
LONGEST = 2.0  # of a step in one coefficient

Chunk = tuple[NDArray, NDArray, NDArray]  # cell of each record, its outcome (0 or 1), its values (records x terms)
Chunks = Callable[[], Iterator[Chunk]]


@dataclass(frozen=True)
class Moments:
    """Sums of weights, and of weights times each term, by cell; and of weights times each product of two terms.

    The last is one sum of all records, or one a cell where clusters are to be told apart.
    """

    none: NDArray
    one: NDArray
    two: NDArray

    @classmethod
    def empty(cls, terms: int, cells: int, apart: bool = False) -> Moments:
        """Return sums of nothing."""
        return cls(np.zeros(cells), np.zeros((terms, cells)), np.zeros((terms, terms, cells if apart else 1)))

    def add(self, cell: NDArray, weights: NDArray, z: NDArray) -> None:
        """Add the weights of a chunk of records."""
        cells = len(self.none)
        moved = z * weights[:, None]
        self.none[:] += np.bincount(cell, weights, cells)
        for a in range(z.shape[1]):
            self.one[a] += np.bincount(cell, moved[:, a], cells)
        if self.two.shape[-1] == 1:
            self.two[..., 0] += moved.T @ z
            return
        for a in range(z.shape[1]):
            for b in range(z.shape[1]):
                self.two[a, b] += np.bincount(cell, moved[:, a] * z[:, b], cells)

    def gram(self, design: glm.Design, cells: NDArray | None = None) -> NDArray:
        """Return X'WX of all cells, or of some of them, whose design is given."""
        none, one, two = (part if cells is None else part[..., cells] for part in (self.none, self.one, self.two))
        size, terms = design.size, len(one)
        out = np.zeros((size + terms, size + terms))
        out[:size, :size] = design.gram(none)
        for a in range(terms):
            out[:size, size + a] = out[size + a, :size] = design.sums(one[a])
        out[size:, size:] = two.sum(axis=-1)
        return out


@dataclass(frozen=True)
class Chunked:
    """A fit with continuous terms; their coefficients stand last.

    ``scaled`` are the coefficients of the centred and scaled terms and ``bread`` is their inverse information; ``back``
    brings coefficients on these to the terms as they are.
    """

    fit: glm.Fit
    design: glm.Design
    chunks: Chunks
    scaled: NDArray
    bread: NDArray
    back: NDArray
    centre: NDArray
    scale: NDArray

    def variance(self, kind: str, cluster: NDArray[np.intp] | None = None) -> variances.Variance:
        """Return one kind of variance; ``cluster`` is the cluster number of each cell.

        Raises
        ------
        NotEstimable
            If a clustered variance is asked for with fewer than two clusters.
        """
        records, size = self.fit.records, self.design.size + len(self.centre)
        if kind == variances.MODEL:
            return self._back(variances.Variance(self.bread, kind))
        if kind in (variances.HC0, variances.HC1):
            meat = self._meat()
            factor = records / (records - size) if kind == variances.HC1 else 1.0
            return self._back(variances.Variance(factor * self.bread @ meat @ self.bread, kind))
        names, cluster = np.unique(cluster, return_inverse=True)
        if len(names) < 2:
            raise glm.NotEstimable("one cluster alone gives no cluster-robust variance")
        weights, residuals, moved = self._apart(kind == variances.CR2)
        moved = np.column_stack([np.bincount(cluster, values, len(names)) for values in moved])
        scores = np.column_stack([self.design.cluster_sums(cluster, residuals), moved])
        if kind != variances.CR2:
            return self._back(variances.of_scores(self.bread, scores, kind, records))
        members = (np.flatnonzero(cluster == g) for g in range(len(names)))
        grams = (weights.gram(self.design.taken(cells), cells) for cells in members)
        return self._back(variances.bias_reduced(self.bread, scores, grams))

    def _back(self, found: variances.Variance) -> variances.Variance:
        root = None if found.root is None else self.back @ found.root
        return replace(found, covariance=self.back @ found.covariance @ self.back.T, root=root)

    def _predictors(self) -> Iterator[tuple[NDArray, NDArray, NDArray, NDArray]]:
        """Yield cell, outcome, scaled terms and linear predictor of the records, chunk by chunk."""
        size = self.design.size
        eta = self.design.linear(self.scaled[:size])
        for cell, outcome, values in self.chunks():
            z = (values - self.centre) / self.scale
            yield cell, outcome, z, eta[cell] + z @ self.scaled[size:]

    def _meat(self) -> NDArray:
        found = Moments.empty(len(self.centre), self.design.cells)
        for cell, outcome, z, eta in self._predictors():
            mean, _ = glm.moments(eta, self.fit.family)
            found.add(cell, (outcome - mean) ** 2, z)
        return found.gram(self.design)

    def _apart(self, weighed: bool) -> tuple[Moments, NDArray, NDArray]:
        """Return what clusters are made of: the cells' working weights, where asked, and their scores."""
        terms, cells = len(self.centre), self.design.cells
        weights, residuals, moved = Moments.empty(terms, cells, weighed), np.zeros(cells), np.zeros((terms, cells))
        for cell, outcome, z, eta in self._predictors():
            mean, spread = glm.moments(eta, self.fit.family)
            rest = outcome - mean
            residuals += np.bincount(cell, rest, cells)
            for term in range(terms):
                moved[term] += np.bincount(cell, rest * z[:, term], cells)
            if weighed:
                weights.add(cell, spread, z)
        return weights, residuals, moved

    def standardised_risks(self, factor: int = 0) -> tuple[NDArray, NDArray]:
        """Return what :func:`genequity.service.glm.standardised_risks` does, by one pass over the records."""
        place, chosen = self.design.slices[factor], self.design.factors[factor]
        effects = np.concatenate(([0.0], self.scaled[place]))
        levels, terms, cells = len(chosen.levels), len(self.centre), self.design.cells
        risks, spreads, along = np.zeros(levels), np.zeros((levels, cells)), np.zeros((levels, terms))
        for cell, _, z, eta in self._predictors():
            rest = eta - effects[chosen.codes[cell]]
            for level, effect in enumerate(effects):
                mean, spread = glm.moments(rest + effect)
                risks[level] += mean.sum()
                spreads[level] += np.bincount(cell, spread, cells)
                along[level] += spread @ z
        slopes = np.zeros((levels, self.design.size + terms))
        for level in range(levels):
            slopes[level, : self.design.size] = self.design.sums(spreads[level])
            slopes[level, place] = 0.0
            if level:
                slopes[level, place.start + level - 1] = spreads[level].sum()
        slopes[:, self.design.size :] = along
        return risks / self.fit.records, slopes @ np.linalg.inv(self.back) / self.fit.records


def from_duckdb(connection: duckdb.DuckDBPyConnection, query: str, terms: int) -> Chunks:
    """Return a function that runs a query anew for each pass and yields it in chunks.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The connection; the query may read a Parquet file, so that nothing is loaded whole.
    query : str
        Returns the number of the cell, the outcome as 0 or 1, and the terms, in this order.
    terms : int
        Number of continuous terms.
    """

    def chunks() -> Iterator[Chunk]:
        result = connection.execute(query)
        while len(part := result.fetch_df_chunk(VECTORS)):
            columns = [part.iloc[:, place].to_numpy() for place in range(2 + terms)]
            values = np.array([column.astype(float) for column in columns[2:]]).T  # each term in one piece
            yield columns[0].astype(np.intp), columns[1].astype(float), values

    return chunks


def fit(design: glm.Design, chunks: Chunks, terms: int, family: str = glm.LOGIT) -> Chunked:
    """Fit a logistic or modified Poisson model with continuous terms by maximum likelihood.

    Parameters
    ----------
    design : Design
        Categorical covariates of the cells.
    chunks : callable
        Yields all records in chunks, each time it is called; every record's terms are known.
    terms : int
        Number of continuous terms.
    family : str
        ``logit`` or ``poisson``.

    Raises
    ------
    Separated
        If a coefficient runs away.
    NotEstimable
        As :func:`genequity.service.glm.fit`; also where a continuous covariate does not vary.

    Notes
    -----
    Terms are centred and scaled in the passes, which leaves the maximum where it is, and brought back at the end.
    """
    records, events, centre, scale = _described(design, chunks, terms)
    beta = np.append(glm.fit(design, events, records, family).beta, np.zeros(terms))
    for _ in range(glm.MAX_STEPS):
        weights, residuals, moved = _pass(design, chunks, beta, centre, scale, family)
        information = weights.gram(design)
        score = np.append(design.sums(residuals), moved)
        try:
            change = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise glm.NotEstimable("the covariates cannot be told apart in these data") from None
        change *= min(1.0, LONGEST / max(np.abs(change).max(), 1e-300))
        if np.abs(change).max() < TOLERANCE * (1 + np.abs(beta).max()):
            break
        beta = beta + change
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max() > glm.DIVERGED:
            raise glm.Separated("the groups or covariates are separated: an estimate runs to infinity")
    else:
        raise glm.NotEstimable("the fit did not converge")
    if np.linalg.cond(information) > 1e14:
        raise glm.NotEstimable("the covariates cannot be told apart in these data")
    # With z = (x - c) / s, b'x-part = (b/s)x and the intercept takes -b'c/s.
    back = np.eye(len(beta))
    back[design.size :, design.size :] = np.diag(1 / scale)
    back[0, design.size :] = -centre / scale
    bread = np.linalg.inv(information)
    total = float(records.sum()), float(events.sum())
    fitted = glm.Fit(back @ beta, back @ bread @ back.T, *total, family)
    return Chunked(fitted, design, chunks, beta, bread, back, centre, scale)


def _described(design: glm.Design, chunks: Chunks, terms: int) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return records and events of each cell, and each term's mean and standard deviation, from two passes."""
    records, events = np.zeros(design.cells), np.zeros(design.cells)
    first, second = np.zeros(terms), np.zeros(terms)
    for cell, outcome, values in chunks():
        records += np.bincount(cell, minlength=design.cells)
        events += np.bincount(cell, outcome, design.cells)
        first += values.sum(axis=0)
    centre = first / max(records.sum(), 1)
    for _, _, values in chunks():
        second += ((values - centre) ** 2).sum(axis=0)
    scale = np.sqrt(second / max(records.sum(), 1))
    if (scale <= 1e-12 * (1 + np.abs(centre))).any():
        raise glm.NotEstimable("a continuous covariate does not vary")
    return records, events, centre, scale


def _pass(design: glm.Design, chunks: Chunks, beta: NDArray, centre: NDArray, scale: NDArray, family: str):
    """Run through all records once; return the working weights' sums, the residuals' by cell, and by term."""
    size, terms = design.size, len(centre)
    eta = design.linear(beta[:size])
    weights, residuals, moved = Moments.empty(terms, design.cells), np.zeros(design.cells), np.zeros(terms)
    for cell, outcome, values in chunks():
        z = (values - centre) / scale
        mean, spread = glm.moments(eta[cell] + z @ beta[size:], family)
        rest = outcome - mean
        weights.add(cell, spread, z)
        residuals += np.bincount(cell, rest, design.cells)
        moved += rest @ z
    return weights, residuals, moved
