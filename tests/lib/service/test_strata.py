"""Strata where group, deprivation and sex meet: spread, shares of the main effects, and predictions."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import mixed, strata

METHODS = {"level": 0.95, "min_events": 5, "model_ages": [0, 40]}
CHOICE = {"by": ["group", "deprivation", "sex"], "adjust": ["age"]}
GROUPS, FIFTHS, SEXES = ("Asian", "Black", "Mixed", "Other", "White"), "12345", ("Female", "Male")


def log_odds(seed, sd):
    """Main effects and, with a spread of ``sd``, a departure of each stratum."""
    rng = np.random.default_rng(seed)
    main = dict(zip(GROUPS, (-0.3, -0.5, 0.0, -0.2, 0.2)))
    return {
        (g, d, s): 0.4 + main[g] + 0.1 * int(d) + 0.15 * (s == "Female") + rng.normal(0, sd)
        for g in GROUPS
        for d in FIFTHS
        for s in SEXES
    }


def cells(odds, n=1000, seed=2, expected=False):
    rng = np.random.default_rng(seed)
    rows = []
    for (g, d, s), value in odds.items():
        for age, moved in ((0, 0.0), (50, -0.4)):
            p = 1 / (1 + np.exp(-(value + moved)))
            rows.append((g, d, s, age, n, round(n * p) if expected else rng.binomial(n, p)))
    columns = ["group", "deprivation", "sex", "age_from", "eligible_x", "reached_x"]
    return pd.DataFrame(rows, columns=columns)


def built(frame, choice=CHOICE):
    variation, each = strata.tables(frame, ["x"], choice, comparator="White", methods=METHODS)
    return variation.iloc[0] if len(variation) else None, each


def test_main_effects_alone_take_up_all_the_spread():
    row, each = built(cells(log_odds(1, 0.0), 4000, expected=True))
    assert (row["sd"], row["vpc"], row["pcv"], row["mor"], row["p"]) == (0, 0, 1, 1, 0.5)
    # The main effects' own spread: variances .0664 of groups, .02 of fifths, .005625 of sexes.
    assert row["sd_null"] == pytest.approx(np.sqrt(0.0664 - 0.0256 + 0.0256 + 0.02 + 0.005625), rel=0.05)
    own = each[each["group"] != strata.ALL_STRATA]
    assert (row["strata"], len(own)) == (50, 50)
    assert own["predicted"].tolist() == pytest.approx(own["additive"].tolist())
    assert own["interaction_low"].isna().all()


def test_planted_interactions_are_recovered():
    odds = log_odds(4, 0.3)
    row, each = built(cells(odds, 2000))
    assert row["sd_low"] < 0.3 < row["sd_high"]
    assert row["p"] < 1e-6
    assert row["vpc"] == pytest.approx(row["sd"] ** 2 / (row["sd"] ** 2 + np.pi**2 / 3))
    assert row["pcv"] == pytest.approx(1 - row["sd"] ** 2 / row["sd_null"] ** 2)
    assert row["mor"] == pytest.approx(mixed.median_odds_ratio(row["sd"]))
    own = each[each["group"] != strata.ALL_STRATA].set_index(["group", "deprivation", "sex"])
    truth = pd.Series({k: np.mean([1 / (1 + np.exp(-(v + m))) for m in (0.0, -0.4)]) for k, v in odds.items()})
    inside = (own["predicted_low"] < truth[own.index]) & (truth[own.index] < own["predicted_high"])
    # 95% intervals of fifty strata: the binomial's .1% point is 42.
    assert inside.sum() >= 43
    assert own["interaction"].to_numpy() == pytest.approx((own["predicted"] - own["additive"]).to_numpy())
    assert ((own["interaction_low"] < own["interaction"]) & (own["interaction"] < own["interaction_high"])).all()


def test_intervals_cover_strata_of_many_simulated_studies():
    """Small strata, whose departures are drawn anew each time: nineteen in twenty intervals hold the truth."""
    covered, total = 0, 0
    for seed in range(12):
        odds = log_odds(100 + seed, 0.35)
        _, each = built(cells(odds, 40, seed=seed))
        own = each[each["group"] != strata.ALL_STRATA].set_index(["group", "deprivation", "sex"])
        truth = pd.Series({k: np.mean([1 / (1 + np.exp(-(v + m))) for m in (0.0, -0.4)]) for k, v in odds.items()})
        covered += int(((own["predicted_low"] < truth[own.index]) & (truth[own.index] < own["predicted_high"])).sum())
        total += len(own)
    assert 0.90 <= covered / total <= 0.99


def test_small_strata_lean_on_the_sum_of_their_dimensions():
    frame = cells(log_odds(4, 0.3), 2000)
    tiny = (frame["group"] == "Other") & (frame["deprivation"] == "1") & (frame["sex"] == "Male")
    frame.loc[tiny, ["eligible_x", "reached_x"]] = (4, 4)
    own = built(frame)[1].set_index(["group", "deprivation", "sex"])
    row = own.loc[("Other", "1", "Male")]
    assert (row["records"], row["events"]) == (8, 8)
    assert row["additive"] < row["predicted"] < 0.9
    assert row["predicted_high"] - row["predicted_low"] > 2 * (
        own.loc[("Other", "1", "Female"), "predicted_high"] - own.loc[("Other", "1", "Female"), "predicted_low"]
    )


def test_the_covariance_of_predictions_is_that_of_the_mixed_model_equations():
    """A balanced linear case by hand: one intercept, two strata of weight 4, spread 1.

    Information [[8, 4, 4], [4, 5, 0], [4, 0, 5]]: its determinant is 8·25 - 4·20 - 4·20 = 40. The variance of the
    intercept plus the first stratum's part: (25 + 24 - 40) / 40 = .225, below the 1/4 of the stratum alone.
    """
    found = strata.joint_covariance(np.ones((2, 1)), np.full(2, 4.0), np.array([0, 1]), 2, 1.0)
    a = np.array([1.0, 1.0, 0.0])
    assert a @ found @ a == pytest.approx(0.225)


def test_unknown_groups_and_covariates_are_left_out_and_totals_add_up():
    frame = cells(log_odds(4, 0.3), 300)
    more = frame.iloc[:3].assign(group="Not known"), frame.iloc[:3].assign(sex="Unknown")
    row, each = built(pd.concat([frame, *more]))
    assert row["records"] == frame["eligible_x"].sum()
    total = each[each["group"] == strata.ALL_STRATA].iloc[0]
    assert total["records"] == each["records"].sum() - total["records"]
    assert total["events"] == frame["reached_x"].sum()


def test_two_dimensions_and_none():
    row, each = built(cells(log_odds(4, 0.3)), {"by": ["group", "sex"], "adjust": []})
    assert (row["strata"], row["dimensions"], row["covariates"]) == (10, "group, sex", "")
    assert set(each["deprivation"]) == {strata.ANY}
    row, each = built(cells(log_odds(4, 0.3)), None)
    assert row is None
    assert each.empty


def test_separated_groups_are_named_and_not_fatal():
    frame = cells(log_odds(4, 0.3), 300)
    frame.loc[frame["group"] == "Mixed", "reached_x"] = 0
    row, each = built(frame)
    assert "infinity" in row["reason"]
    assert len(each) == 51
    assert each["predicted"].isna().all()
    frame["reached_x"] = 0
    assert "fewer than 5" in built(frame)[0]["reason"]


def test_where_no_spread_is_found_the_largest_that_the_data_allow_is_given():
    """Eight strata of one share each, in a model of a mean: the profile by a grid over mean and spread."""
    n, events = np.array([40.0, 60, 50, 80, 30, 70, 50, 60]), np.array([16.0, 25, 19, 33, 12, 28, 21, 24])
    data = strata.Sample(events, n, (), (), np.arange(8), [(str(i),) for i in range(8)])
    model = mixed.fit(data.design(False), events, n, data.stratum)
    assert model.sd == 0
    least, found = mixed.limits(mixed.Quadrature(data.design(False), events, n, data.stratum), model, 0.95)
    assert least == 0
    z, w = np.polynomial.hermite_e.hermegauss(80)

    def likelihood(mean, sd):
        eta = mean + sd * z[:, None]
        inside = events * eta - n * np.logaddexp(0, eta) - (events * mean - n * np.logaddexp(0, mean))
        each = np.log((w / w.sum()) @ np.exp(inside))
        return each.sum() + (events * mean - n * np.logaddexp(0, mean)).sum()

    best = max(likelihood(model.beta[0] + d, found) for d in np.linspace(-0.2, 0.2, 401))
    # Half the 95% point of chi-square on one degree, 3.841459.
    assert likelihood(model.beta[0], 0.0) - best == pytest.approx(3.841459 / 2, abs=1e-3)
