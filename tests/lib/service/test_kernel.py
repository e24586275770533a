"""The never-expanded design against the dense one."""

import numpy as np
import pytest
from genequity.service import glm, kernel


def design_of(cells, widths, seed=2):
    rng = np.random.default_rng(seed)
    factors = [
        kernel.Factor(f"f{i}", tuple(map(str, range(wide))), rng.integers(0, wide, cells))
        for i, wide in enumerate(widths)
    ]
    return kernel.Design(tuple(factors), cells)


def dense(design):
    columns = [np.ones(design.cells)]
    for factor in design.factors:
        columns += [factor.codes == level for level in range(1, len(factor.levels))]
    return np.column_stack(columns).astype(float)


# The last one has more patterns than cells, so that its two-way tables are counted pair by pair.
SHAPES = [(500, ()), (500, (4,)), (3000, (6, 18, 2, 10)), (3000, (6, 5, 2, 5, 7)), (40, (19, 18, 2, 10, 7, 5))]


@pytest.mark.parametrize(("cells", "widths"), SHAPES)
def test_information_score_and_predictor_equal_the_dense_ones(cells, widths):
    design, rng = design_of(cells, widths), np.random.default_rng(5)
    x, weights, values = dense(design), rng.uniform(0, 30, cells), rng.normal(size=cells)
    beta, cluster = rng.normal(size=design.size), rng.integers(0, 9, cells)
    assert (design.halves is None) == (len(widths) == 6)
    assert design.gram(weights) == pytest.approx((x * weights[:, None]).T @ x, rel=1e-10, abs=1e-10)
    assert design.sums(values) == pytest.approx(x.T @ values, rel=1e-10, abs=1e-10)
    assert design.linear(beta) == pytest.approx(x @ beta, rel=1e-10, abs=1e-10)
    by_cluster = np.array([x[cluster == g].T @ values[cluster == g] for g in range(9)])
    assert design.cluster_sums(cluster, values) == pytest.approx(by_cluster, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("cells", "widths"), SHAPES)
def test_collapsed_cells_hold_the_same_sums(cells, widths):
    design, rng = design_of(cells, widths), np.random.default_rng(6)
    records, events = rng.integers(1, 9, cells).astype(float), rng.integers(0, 2, cells).astype(float)
    few, (n, y) = design.collapsed(records, events)
    assert few.cells == len(np.unique(dense(design), axis=0))
    assert few.sums(n) == pytest.approx(design.sums(records))
    assert few.sums(y) == pytest.approx(design.sums(events))
    assert few.gram(n) == pytest.approx(design.gram(records))


def test_a_warm_start_reaches_the_same_maximum():
    design, rng = design_of(5000, (4, 5)), np.random.default_rng(7)
    events, records = rng.integers(0, 4, 5000).astype(float), np.full(5000, 5.0)
    cold = glm.fit(design, events, records)
    warm = glm.fit(design, events, records, start=cold.beta + 0.05)
    assert warm.beta == pytest.approx(cold.beta, abs=1e-11)
    assert warm.covariance == pytest.approx(cold.covariance, rel=1e-9)


def test_a_rate_may_have_more_events_than_person_years():
    # Crude: log rates ln(30/10) and ln(12/8); variances of log rates 1/30 and 1/12.
    design = kernel.Design((kernel.Factor("group", ("a", "b"), np.array([0, 1])),), 2)
    events, years = np.array([30.0, 12.0]), np.array([10.0, 8.0])
    fitted = glm.fit(design, events, years, glm.RATE)
    assert fitted.beta == pytest.approx([np.log(3), np.log(0.5)])
    assert fitted.covariance[1, 1] == pytest.approx(1 / 30 + 1 / 12)
    with pytest.raises(glm.NotEstimable):
        glm.fit(design, events, years, glm.POISSON)


def test_linear_model_on_cells_equals_least_squares_on_records():
    rng = np.random.default_rng(8)
    design = design_of(4000, (3, 4))
    y = rng.normal(3, 1, 4000) + 0.4 * design.factors[0].codes
    few, (n, total, squares) = design.collapsed(np.ones(4000), y, y**2)
    found = glm.fit_linear(few, n, total, squares)
    x = dense(design)
    beta, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    assert found.beta == pytest.approx(beta, abs=1e-10)
    expected = np.linalg.inv(x.T @ x) * rest[0] / (4000 - design.size)
    assert found.covariance == pytest.approx(expected, rel=1e-9, abs=1e-14)
