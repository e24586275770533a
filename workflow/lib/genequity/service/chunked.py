"""Continuous covariates exactly: Fisher scoring over records in chunks, its memory bounded by cells.

Cells carry every categorical term, records only their cell, their outcome and the continuous values. One pass sums, per
cell, the weights, the weights times each value and the residuals; the information and the score follow from those sums.
The start is the fit on cells without the continuous terms.

Source: Miller (1992), Algorithm AS 274, for regression by passes over the rows; here the rows are reduced to cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genequity.service import glm

if TYPE_CHECKING:
    import duckdb

VECTORS = 100  # of 2,048 records in a chunk
TOLERANCE = 1e-11  # largest relative step at convergence

Chunk = tuple[NDArray, NDArray, NDArray]  # cell of each record, its outcome (0 or 1), its values (records x terms)


@dataclass(frozen=True)
class Chunked:
    """A fit with continuous terms; their coefficients stand last. ``scores`` holds one row a cell."""

    fit: glm.Fit
    information: NDArray
    scores: NDArray


def from_duckdb(connection: duckdb.DuckDBPyConnection, query: str, terms: int) -> Callable[[], Iterator[Chunk]]:
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
            values = np.column_stack([column.astype(float) for column in columns[2:]])
            yield columns[0].astype(np.intp), columns[1].astype(float), values

    return chunks


def fit(design: glm.Design, chunks: Callable[[], Iterator[Chunk]], terms: int) -> Chunked:
    """Fit a logistic model with continuous terms by maximum likelihood.

    Parameters
    ----------
    design : Design
        Categorical covariates of the cells.
    chunks : callable
        Yields all records in chunks, each time it is called; every record's terms are known.
    terms : int
        Number of continuous terms.

    Raises
    ------
    NotEstimable
        As :func:`genequity.service.glm.fit`.

    Notes
    -----
    Terms are centred and scaled in the passes, which leaves the maximum where it is, and brought back at the end.
    """
    records, events = np.zeros(design.cells), np.zeros(design.cells)
    first, second = np.zeros(terms), np.zeros(terms)
    for cell, outcome, values in chunks():
        records += np.bincount(cell, minlength=design.cells)
        events += np.bincount(cell, outcome, design.cells)
        first += values.sum(axis=0)
        second += (values**2).sum(axis=0)
    centre = first / records.sum()
    scale = np.sqrt(np.maximum(second / records.sum() - centre**2, 0))
    if (scale <= 1e-12 * (1 + np.abs(centre))).any():
        raise glm.NotEstimable("a continuous covariate does not vary")
    beta = np.append(glm.fit(design, events, records).beta, np.zeros(terms))
    for _ in range(glm.MAX_STEPS):
        information, score, _ = _pass(design, chunks, beta, centre, scale)
        try:
            change = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            raise glm.NotEstimable("the covariates cannot be told apart in these data") from None
        change *= min(1.0, 2.0 / max(np.abs(change).max(), 1e-300))
        beta = beta + change
        if not np.isfinite(beta).all() or np.abs(beta[1:]).max() > glm.DIVERGED:
            raise glm.Separated("the groups or covariates are separated: an estimate runs to infinity")
        if np.abs(change).max() < TOLERANCE * (1 + np.abs(beta).max()):
            break
    else:
        raise glm.NotEstimable("the fit did not converge")
    information, _, scores = _pass(design, chunks, beta, centre, scale)
    if np.linalg.cond(information) > 1e14:
        raise glm.NotEstimable("the covariates cannot be told apart in these data")
    # With z = (x - c) / s, b'x-part = (b/s)x and the intercept takes -b'c/s.
    back = np.eye(len(beta))
    back[design.size :, design.size :] = np.diag(1 / scale)
    back[0, design.size :] = -centre / scale
    onward = np.linalg.inv(back)
    covariance = back @ np.linalg.inv(information) @ back.T
    fitted = glm.Fit(back @ beta, covariance, float(records.sum()), float(events.sum()))
    return Chunked(fitted, onward.T @ information @ onward, scores @ onward)


def _pass(design: glm.Design, chunks, beta: NDArray, centre: NDArray, scale: NDArray):
    """Run through all records once; return the information, the score and each cell's score."""
    size, terms = design.size, len(centre)
    eta = design.linear(beta[:size])
    weights, residuals = np.zeros(design.cells), np.zeros(design.cells)
    weighted, moved = np.zeros((terms, design.cells)), np.zeros((terms, design.cells))
    square = np.zeros((terms, terms))
    for cell, outcome, values in chunks():
        z = (values - centre) / scale
        mean, spread = glm.moments(eta[cell] + z @ beta[size:])
        rest = outcome - mean
        weights += np.bincount(cell, spread, design.cells)
        residuals += np.bincount(cell, rest, design.cells)
        for term in range(terms):
            weighted[term] += np.bincount(cell, spread * z[:, term], design.cells)
            moved[term] += np.bincount(cell, rest * z[:, term], design.cells)
        square += (z * spread[:, None]).T @ z
    information = np.zeros((size + terms, size + terms))
    information[:size, :size] = design.gram(weights)
    for term in range(terms):
        information[:size, size + term] = information[size + term, :size] = design.sums(weighted[term])
    information[size:, size:] = square
    score = np.append(design.sums(residuals), moved.sum(axis=1))
    own = np.column_stack([design.cluster_sums(np.arange(design.cells), residuals), moved.T])
    return information, score, own
