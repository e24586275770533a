"""Unknown ethnicity treated in four ways: what each recovers, and what each says when it cannot."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import adjusted, unknown, unknown_rates

METHODS = {
    "level": 0.95,
    "power": 0.8,
    "variance": "auto",
    "separated": "leave_out",
    "min_clusters": 10,
    "min_events": 5,
    "model_ages": [0, 40],
    "imputations": 20,
}
GROUPS = ("White", "Asian")
RISK = {("White", 0): 0.8, ("White", 40): 0.6, ("Asian", 0): 0.65, ("Asian", 40): 0.45}


def section(cluster=None, outcomes=("x",)):
    stages = [{"id": outcome, "label": outcome.upper()} for outcome in outcomes]
    adjust = {"crude": [], "full": ["age"]}
    return {"adjust": adjust, "outcomes": list(outcomes), "pathway": stages, "cluster": cluster, "methods": METHODS}


def simulated(missing, seed=1, n=40_000):
    """Records of two groups and two ages; ``missing`` is the chance of an unknown group by (group, age, reached)."""
    rng = np.random.default_rng(seed)
    age = rng.choice([0, 40], n)
    group = np.where(rng.random(n) < np.where(age == 0, 0.4, 0.2), "Asian", "White")
    reached = rng.random(n) < np.array([RISK[pair] for pair in zip(group, age)])
    lost = rng.random(n) < np.array([missing(*row) for row in zip(group, age, reached)])
    people = pd.DataFrame({"group": np.where(lost, "Not known", group), "age_from": age, "reached_x": reached})
    people = people.assign(provider=rng.integers(0, 30, n).astype(str), n=1)
    keys = ["group", "age_from", "provider"]
    cells = people.groupby(keys, as_index=False).agg(n=("n", "sum"), reached_x=("reached_x", "sum"))
    cells = cells.assign(eligible_x=cells["n"], region="All regions", sex="Female", deprivation="1")
    return cells, pd.DataFrame({"group": group, "age": age})


def residents(share_asian, ages=(0, 40)):
    rows = [
        ("All regions", age, "Female", group, 1000 * (share if group == "Asian" else 1 - share))
        for age, share in zip(ages, np.broadcast_to(share_asian, len(ages)))
        for group in GROUPS
    ]
    return pd.DataFrame(rows, columns=["region", "age_from", "sex", "group", "population"])


def treat(cells, population=None, cluster=None, **more):
    study = section(cluster)
    study["methods"] = METHODS | more
    asked = (cells, study["outcomes"], study["adjust"])
    choices = {"comparator": "White", "national": "All regions", "cluster": cluster, "methods": study["methods"]}
    estimates, variants = adjusted.differences(*asked, **choices), adjusted.variants(*asked, **choices)
    table = unknown.outcomes(
        cells, estimates, variants, study,
        population=population, comparator="White", national="All regions", rng=np.random.default_rng(2),
    )  # fmt: skip
    return table.set_index(["treatment", "group"])


def by_outcome(group, age, reached):
    return 0.1 if reached else 0.6


def test_imputation_recovers_the_truth_where_missingness_hangs_on_the_outcome():
    """Six of ten who missed the stage have no known group, one of ten who reached it: complete cases look too good."""
    cells, _ = simulated(by_outcome)
    found = treat(cells)
    truth = -0.15  # in both ages
    complete, imputed = (found.loc[(name, "Asian")] for name in (unknown.COMPLETE, unknown.IMPUTED))
    # Complete cases: .65·.9/(.65·.9 + .35·.4) = .807 against .8·.9/(.8·.9 + .2·.4) = .9 when young, and so on.
    assert complete["risk_difference_low"] > truth + 0.01
    assert imputed["risk_difference_low"] < truth < imputed["risk_difference_high"]
    assert imputed["risk_difference"] == pytest.approx(truth, abs=0.02)
    # Wider than with all known (se about .0052 with 28,000 and 12,000 records), and says how much is missing.
    full = np.sqrt(0.21 / 28_000 + 0.25 / 12_000)
    assert (imputed["risk_difference_high"] - imputed["risk_difference_low"]) / 3.92 > full
    assert 0.05 < imputed["missing"] < 0.8
    assert (imputed["imputed"], imputed["imputations"]) == (cells.loc[cells["group"] == "Not known", "n"].sum(), 20)


def test_all_four_stand_side_by_side_with_what_they_assume():
    cells, _ = simulated(by_outcome, n=8000)
    found = treat(cells, residents(0.3))
    assert set(found.index.get_level_values("treatment")) == set(unknown.TREATMENTS)
    assert (found["assumes"].str.len() > 40).all()
    known_group = found.loc[(unknown.OWN_GROUP, "Not known")]
    assert known_group["group_records"] == cells.loc[cells["group"] == "Not known", "n"].sum()
    assert (
        found.loc[(unknown.IMPUTED, "Asian"), "group_records"]
        == found.loc[(unknown.COMPLETE, "Asian"), "group_records"]
    )


def test_towards_a_census_that_missingness_at_random_would_give_nothing_moves():
    cells, truth = simulated(by_outcome)
    shares = truth.groupby("age")["group"].agg(lambda group: (group == "Asian").mean())
    found = treat(cells, residents(shares.to_numpy()))
    pair = [found.loc[(name, "Asian"), "risk_difference"] for name in (unknown.IMPUTED, unknown.CALIBRATED)]
    # The margin is that of the truth, so that what shift is left comes of sampling.
    assert pair[1] == pytest.approx(pair[0], abs=0.01)


def test_towards_a_census_with_more_of_a_group_more_unknown_records_are_its():
    """Unknown records mostly missed the stage: the more of them are Asian, the lower the Asian share."""
    cells, _ = simulated(by_outcome)
    few, many = (treat(cells, residents(share)).loc[(unknown.CALIBRATED, "Asian")] for share in (0.25, 0.4))
    assert many["risk_difference"] < few["risk_difference"] - 0.03


def test_without_a_census_the_calibrated_rows_say_why():
    found = treat(simulated(by_outcome, n=4000)[0])
    assert (found.loc[unknown.CALIBRATED, "reason"] == unknown.SHIFT_UNKNOWN).all()
    assert found.loc[unknown.CALIBRATED, "risk_difference"].isna().all()


def test_nothing_is_imputed_where_every_group_is_known():
    found = treat(simulated(lambda *_: 0.0, n=4000)[0], residents(0.3))
    assert set(found.index.get_level_values("treatment")) == {unknown.OWN_GROUP, unknown.COMPLETE}
    assert found.loc[(unknown.OWN_GROUP, "Asian"), "odds_ratio"] == found.loc[(unknown.COMPLETE, "Asian"), "odds_ratio"]


def test_clusters_bound_the_degrees_of_freedom():
    found = treat(simulated(by_outcome, n=8000)[0], cluster="provider").loc[(unknown.IMPUTED, "Asian")]
    assert 0 < found["df"] < 29  # thirty providers
    assert found["variance"] == "Rubin's rules over robust variances by provider (CR1)"


def test_a_group_too_small_keeps_its_reason_and_the_others_their_estimates():
    cells, _ = simulated(by_outcome, n=8000)
    tiny = cells.iloc[:1].assign(group="Black", n=3, eligible_x=3, reached_x=1)
    found = treat(pd.concat([cells, tiny], ignore_index=True)).loc[unknown.IMPUTED]
    assert found.loc["Black", "reason"].startswith("fewer than 5 records")
    assert np.isfinite(found.loc["Asian", "risk_difference"])


def test_census_margin_takes_age_and_region_of_the_records():
    cells = pd.DataFrame(
        [("A", 0, "Female", 30), ("A", 40, "Female", 50), ("B", 40, "Female", 15), ("A", -1, "Female", 5)],
        columns=["region", "age_from", "sex", "n"],
    )
    population = pd.DataFrame(
        [("A", 0, "Female", "Asian", 40), ("A", 0, "Female", "White", 60), ("A", 40, "Female", "White", 100)],
        columns=["region", "age_from", "sex", "group", "population"],
    )
    # 30 young in A at 40%, 50 old in A at 0%; B has no residents: all, 40/200; age not known: A, 40/200.
    share = unknown.census_margin(cells, population)
    assert share["Asian"] == pytest.approx((30 * 0.4 + 0 + 15 * 0.2 + 5 * 0.2) / 100)
    assert sum(share.values()) == pytest.approx(1)


def test_rates_are_raised_by_the_unknown_divided_as_the_known_are():
    """One stratum: 300 White and 100 Asian known, 80 unknown. Divided as the known: 360 and 120 of 1,000 and 500."""
    events = pd.DataFrame(
        [
            ("x", group, "All regions", 0, "Female", n)
            for group, n in (("White", 300), ("Asian", 100), ("Not known", 80))
        ],
        columns=["measure", "group", "region", "age_from", "sex", "people"],
    )
    population = pd.DataFrame(
        [("White", "All regions", 0, "Female", 1000), ("Asian", "All regions", 0, "Female", 500)],
        columns=["group", "region", "age_from", "sex", "population"],
    )
    standard = pd.DataFrame({"age_from": [0], "weight": [1.0]})
    methods = METHODS | {"standardise_by": ["age"], "imputations": 200}
    shared = {"comparator": "White", "national": "All regions", "years": 1.0, "methods": methods}
    from genequity.service import rates

    table = rates.by_group(
        events,
        population,
        standard,
        measures={"x": "X"},
        kinds={"x": "census"},
        groups=[*GROUPS, "Not known"],
        **shared,
    )
    found = unknown_rates.treatments(
        events, table, {"x": population}, standard, **shared, rng=np.random.default_rng(3)
    ).set_index(["treatment", "group"])
    assert found.loc[(unknown.COMPLETE, "Asian"), "rate"] == pytest.approx(20_000)
    # Standard error of a mean of 200 draws is about 60 a 100,000 for Asian people: sqrt(80 · 3/16) / 500 / sqrt(200).
    assert found.loc[(unknown.IMPUTED, "Asian"), "rate"] == pytest.approx(24_000, rel=0.01)
    assert found.loc[(unknown.IMPUTED, "White"), "rate"] == pytest.approx(36_000, rel=0.01)
    assert found.loc[(unknown.IMPUTED, "Asian"), "ratio"] == pytest.approx(2 / 3, rel=0.01)
    # Var of log rate: 1/120 within; between about 80·(3/16)·1.2 / 120² = .00125 (the share itself is drawn too).
    spread = (
        np.log(found.loc[(unknown.IMPUTED, "Asian"), "high"] / found.loc[(unknown.IMPUTED, "Asian"), "rate"]) / 1.96
    )
    assert spread**2 == pytest.approx(1 / 120 + 0.0013, rel=0.1)
    assert found.loc[(unknown.CALIBRATED, "Asian"), "reason"] == unknown_rates.CIRCULAR
