"""Test of association between two questions in a complex survey: Rao and Scott's second-order F.

Source: Rao and Scott (1984), Annals of Statistics 12, 46 (doi:10.1214/aos/1176346391), in the form of Thomas and Rao
(1987) that R's ``svychisq(statistic = "F")`` prints.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from genequity.survey import estimate
from genequity.survey.design import Design


@dataclass(frozen=True)
class Test:
    """F, its degrees of freedom, p, Pearson's statistic on weighted shares, and the respondents used."""

    f: float
    df_numerator: float
    df_denominator: float
    p: float
    x2: float
    n: int


def independence(
    design: Design, rows: np.ndarray, columns: np.ndarray, domain: np.ndarray | None = None
) -> Test | None:
    """Test whether two categorical answers are independent.

    Parameters
    ----------
    design : Design
        The sample of n respondents.
    rows, columns : array (n,) of int
        Categories; negative is missing.
    domain : array (n,) of bool, optional
        Respondents to use.

    Returns
    -------
    Test or None
        None when one of the two does not vary, or the design leaves no degrees of freedom.
    """
    rows, columns = np.asarray(rows), np.asarray(columns)
    inside = (rows >= 0) & (columns >= 0) & (design.weights > 0)
    if domain is not None:
        inside &= domain
    seen_rows, row = np.unique(rows[inside], return_inverse=True)
    seen_columns, column = np.unique(columns[inside], return_inverse=True)
    r, c, n = len(seen_rows), len(seen_columns), int(inside.sum())
    freedom = design.degrees_of_freedom(inside)
    if r < 2 or c < 2 or freedom < 1:
        return None
    cells = np.zeros((design.size, r * c))
    cells[np.flatnonzero(inside), row * c + column] = 1.0
    shares = estimate.mean(design, cells, inside)
    p = shares.value.reshape(r, c)
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    x2 = float(n * ((p - expected) ** 2 / expected).sum())

    grid_row, grid_column = np.divmod(np.arange(r * c), c)
    main = np.column_stack(
        [np.ones(r * c), grid_row[:, None] == np.arange(1, r), grid_column[:, None] == np.arange(1, c)]
    ).astype(float)
    interaction = np.column_stack(
        [(grid_row == i) & (grid_column == j) for j in range(1, c) for i in range(1, r)]
    ).astype(float)
    basis, _ = np.linalg.qr(main)
    contrast = interaction - basis @ (basis.T @ interaction)
    inverse = np.divide(1.0, shares.value, out=np.zeros(r * c), where=shares.value > 0)
    simple = contrast.T @ (inverse[:, None] / n * contrast)
    actual = (inverse[:, None] * contrast).T @ shares.covariance @ (inverse[:, None] * contrast)
    delta = np.linalg.solve(simple, actual)
    trace = float(np.trace(delta))
    numerator = trace**2 / float(np.trace(delta @ delta))
    f = x2 / trace
    return Test(f, numerator, numerator * freedom, float(stats.f.sf(f, numerator, numerator * freedom)), x2, n)
