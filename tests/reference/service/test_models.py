"""Models on cells against statsmodels on single records, and on published data."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import glm


def records(n=6000, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "group": rng.choice(4, n, p=[0.6, 0.2, 0.15, 0.05]),
            "age": rng.integers(0, 5, n),
            "place": rng.integers(0, 25, n),
        }
    )
    noise = rng.normal(0, 0.4, 25)[frame["place"]]
    log_odds = 0.3 + np.array([0, -0.4, 0.2, 0.0])[frame["group"]] + 0.15 * frame["age"] + noise
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int))


def design_of(frame):
    factors = [
        glm.Factor(name, tuple(str(v) for v in range(levels)), frame[name].to_numpy(np.intp))
        for name, levels in (("group", 4), ("age", 5))
    ]
    return glm.Design(tuple(factors), len(frame))


def dense(frame):
    dummies = [np.ones(len(frame))]
    dummies += [frame["group"] == k for k in range(1, 4)] + [frame["age"] == k for k in range(1, 5)]
    return np.column_stack(dummies).astype(float)


@pytest.fixture(scope="module")
def both():
    people = records()
    cells = people.groupby(["group", "age", "place"], as_index=False).agg(n=("y", "size"), events=("y", "sum"))
    design = design_of(cells)
    events, n = cells["events"].to_numpy(float), cells["n"].to_numpy(float)
    return people, cells, design, events, n, glm.fit(design, events, n)


def test_cells_equal_records_in_statsmodels(both):
    import statsmodels.api as sm

    people, _, _, _, _, fitted = both
    model = sm.GLM(people["y"], dense(people), family=sm.families.Binomial()).fit(tol=1e-14)
    assert np.abs(fitted.beta - model.params.to_numpy()).max() < 1e-8
    assert np.abs(np.sqrt(np.diag(fitted.covariance)) - model.bse.to_numpy()).max() < 1e-8
    assert (fitted.records, fitted.events) == (len(people), people["y"].sum())


def test_standardised_risks_equal_those_from_records_and_their_numeric_gradient(both):
    people, _, design, _, n, fitted = both
    risks, slopes = glm.standardised_risks(design, fitted.beta, n)

    def by_hand(beta):
        out = []
        for level in range(4):
            x = dense(people.assign(group=level))
            out.append((1 / (1 + np.exp(-x @ beta))).mean())
        return np.array(out)

    assert risks == pytest.approx(by_hand(fitted.beta), abs=1e-12)
    step = 1e-6
    numeric = np.column_stack(
        [(by_hand(fitted.beta + step * e) - by_hand(fitted.beta - step * e)) / (2 * step) for e in np.eye(design.size)]
    )
    assert slopes == pytest.approx(numeric, rel=1e-6, abs=1e-9)


def test_crude_model_is_the_two_by_two_table():
    # 30 of 100 against 45 of 90: odds ratio (30/70)/(45/45) = 0.428571; variance of its log = 1/30+1/70+1/45+1/45.
    design = glm.Design((glm.Factor("group", ("a", "b"), np.array([0, 1])),), 2)
    fitted = glm.fit(design, np.array([45.0, 30.0]), np.array([90.0, 100.0]))
    assert np.exp(fitted.beta[1]) == pytest.approx(30 / 70)
    assert fitted.covariance[1, 1] == pytest.approx(1 / 30 + 1 / 70 + 1 / 45 + 1 / 45)
    risks, _ = glm.standardised_risks(design, fitted.beta, np.array([90.0, 100.0]))
    assert risks == pytest.approx([0.5, 0.3])


def test_birth_weight_equals_hosmer_and_lemeshow(real_folder):
    """Low birth weight on race (Hosmer & Lemeshow, table 2.3: black 0.845 (0.463), other 0.636 (0.348))."""
    births = pd.read_csv(real_folder / "service" / "birthwt.csv")
    cells = births.groupby("race", as_index=False).agg(n=("low", "size"), events=("low", "sum"))
    design = glm.Design((glm.Factor("race", ("1", "2", "3"), cells["race"].to_numpy(np.intp) - 1),), 3)
    fitted = glm.fit(design, cells["events"].to_numpy(float), cells["n"].to_numpy(float))
    assert fitted.beta[1:] == pytest.approx([0.845, 0.636], abs=6e-4)
    assert np.sqrt(np.diag(fitted.covariance))[1:] == pytest.approx([0.463, 0.348], abs=6e-4)


@pytest.mark.parametrize(
    ("events", "why"),
    [([0.0, 0.0], "no record"), ([50.0, 50.0], "every record"), ([20.0, 50.0], "infinity")],
)
def test_separation_is_said(events, why):
    design = glm.Design((glm.Factor("group", ("a", "b"), np.array([0, 1])),), 2)
    with pytest.raises(glm.NotEstimable, match=why):
        glm.fit(design, np.array(events), np.array([50.0, 50.0]))


def test_collinear_covariates_are_said():
    codes = np.array([0, 1, 0, 1])
    design = glm.Design((glm.Factor("a", ("x", "y"), codes), glm.Factor("b", ("x", "y"), codes)), 4)
    with pytest.raises(glm.NotEstimable, match="told apart"):
        glm.fit(design, np.array([5.0, 9.0, 6.0, 8.0]), np.full(4, 20.0))
