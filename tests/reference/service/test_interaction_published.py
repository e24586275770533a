"""Additive interaction against published values and against statsmodels' delta method on single records."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import contrasts, glm, interaction, variance

# Oral cancer among men, cases and controls: neither, smoking only, alcohol only, both. Rothman & Keller (1972), J Chronic
# Dis 25:711, as used by Hosmer & Lemeshow (1992), Epidemiology 3:452.
CASES, CONTROLS = np.array([3.0, 8, 6, 225]), np.array([20.0, 18, 12, 166])


def oral_cancer():
    design = glm.Design((glm.Factor("pair", ("neither", "smoking", "alcohol", "both"), np.arange(4)),), 4)
    fit = glm.fit(design, CASES, CASES + CONTROLS)
    single = np.eye(4)[[3, 1, 2]]
    found = interaction.of_odds(single @ fit.beta, single)
    plain = variance.estimate(design, fit, CASES, CASES + CONTROLS, variance.MODEL)
    return {name: one.interval(plain, 0.95) for name, one in found.items()}


@pytest.mark.parametrize(
    ("measure", "published"),
    [("reri", (3.74, -1.84, 9.32)), ("ap", (0.41, -0.07, 0.90)), ("synergy", (1.87, 0.65, 5.42))],
)
def test_oral_cancer_as_hosmer_and_lemeshow_published_it(measure, published):
    assert tuple(round(value, 2) for value in oral_cancer()[f"{measure}_odds"]) == published


def test_the_same_by_statsmodels_and_its_delta_method():
    import statsmodels.api as sm
    from statsmodels.stats._delta_method import NonlinearDeltaCov

    y = np.concatenate([np.repeat([1.0, 0.0], [int(a), int(b)]) for a, b in zip(CASES, CONTROLS)])
    pair = np.repeat(np.arange(4), (CASES + CONTROLS).astype(int))
    smoking, alcohol = np.isin(pair, (1, 3)), np.isin(pair, (2, 3))
    x = np.column_stack([np.ones(len(y)), smoking, alcohol, smoking & alcohol]).astype(float)
    fit = sm.GLM(y, x, family=sm.families.Binomial()).fit(tol=1e-14)

    def ratios(beta):
        return np.exp(beta[1] + beta[2] + beta[3]), np.exp(beta[1]), np.exp(beta[2])

    def reri(beta):
        both, one, other = ratios(beta)
        return np.array([both - one - other + 1])

    measures = {
        "reri": reri,
        "ap": lambda beta: reri(beta) / ratios(beta)[0],
        "synergy": lambda beta: np.array([np.log((ratios(beta)[0] - 1) / (sum(ratios(beta)[1:]) - 2))]),
    }
    ours = oral_cancer()
    for name, function in measures.items():
        theirs = NonlinearDeltaCov(function, fit.params, fit.cov_params())
        value, error = float(theirs.predicted()[0]), float(theirs.se_vectorized()[0])
        limits = np.array([value, value - 1.959964 * error, value + 1.959964 * error])
        wanted = np.exp(limits) if name == "synergy" else limits
        assert ours[f"{name}_odds"] == pytest.approx(wanted, abs=1e-5), name


@pytest.fixture(scope="module")
def records():
    rng = np.random.default_rng(8)
    n = 6000
    frame = pd.DataFrame(
        {
            "group": rng.choice(["Asian", "White"], n, p=[0.35, 0.65]),
            "sex": rng.choice(["Female", "Male"], n),
            "age_from": rng.choice([0, 40, 65], n),
            "provider": rng.choice([f"P{i:02d}" for i in range(25)], n),
        }
    )
    own, male = (frame["group"] == "Asian").to_numpy(float), (frame["sex"] == "Male").to_numpy(float)
    place = rng.normal(0, 0.3, 25)[frame["provider"].str[1:].astype(int)]
    log_odds = -0.8 + 0.3 * own + 0.2 * male + 0.4 * own * male + 0.01 * frame["age_from"].to_numpy() + place
    return frame.assign(y=(rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int), n=1)


SECTION = {
    "outcomes": ["x"],
    "adjust": {"crude": [], "full": ["age", "sex"]},
    "strata": {"by": ["group", "sex"]},
    "fields": {"sex": {"values": {"F": "Female", "M": "Male"}}},
    "cluster": "provider",
    "methods": {
        "level": 0.95, "min_events": 10, "min_clusters": 10, "variance": "auto", "separated": "leave_out", "power": 0.8,
        "model_ages": [0, 40, 65],
    },
}  # fmt: skip


def test_standardised_risks_and_clustered_limits_equal_those_from_single_records(records):
    """Logit with a product term in statsmodels; every record set to each of the four, the shares averaged."""
    import statsmodels.api as sm
    from statsmodels.stats._delta_method import NonlinearDeltaCov

    keys = ["group", "sex", "age_from", "provider"]
    cells = records.groupby(keys, as_index=False).agg(eligible_x=("n", "sum"), reached_x=("y", "sum"))
    row = interaction.table(cells, SECTION, comparator="White").iloc[0]

    own, male = (records["group"] == "Asian").to_numpy(float), (records["sex"] == "Male").to_numpy(float)
    ages = [(records["age_from"] == age).to_numpy(float) for age in (40, 65)]

    def matrix(own, male):
        return np.column_stack([np.ones(len(records)), own, male, own * male, *ages])

    model = sm.GLM(records["y"].to_numpy(float), matrix(own, male), family=sm.families.Binomial())
    fit = model.fit(
        tol=1e-14, cov_type="cluster", cov_kwds={"groups": pd.factorize(records["provider"])[0], "use_correction": True}
    )
    four = [matrix(np.full(len(records), a), np.full(len(records), b)) for a, b in ((1, 1), (1, 0), (0, 1), (0, 0))]

    def risks(beta):
        return np.array([np.mean(1 / (1 + np.exp(-(x @ beta)))) for x in four])

    def reri(beta):
        both, group, level, neither = risks(beta)
        return (both - group - level + neither) / neither

    def synergy(beta):
        both, group, level, neither = risks(beta)
        return np.log((both - neither) / (group + level - 2 * neither))

    measures = {
        "difference": lambda beta: risks(beta) @ np.array([1, -1, -1, 1]),
        "reri": reri,
        "ap": lambda beta: reri(beta) * risks(beta)[3] / risks(beta)[0],
        "synergy": synergy,
    }
    assert [row[f"risk_{cell}"] for cell in interaction.CELLS] == pytest.approx(risks(fit.params), abs=1e-8)
    quantile = contrasts.quantile(0.975, 24)
    for name, function in measures.items():
        theirs = NonlinearDeltaCov(lambda beta, f=function: np.atleast_1d(f(beta)), fit.params, fit.cov_params())
        value, error = float(theirs.predicted()[0]), float(theirs.se_vectorized()[0])
        limits = np.array([value, value - quantile * error, value + quantile * error])
        wanted = np.exp(limits) if name == "synergy" else limits
        assert [row[name + end] for end in contrasts.ENDS] == pytest.approx(wanted, abs=1e-6), name
    assert (row["variance"], row["clusters"], row["df"]) == ("cluster-robust by provider (CR1)", 25, 24)
