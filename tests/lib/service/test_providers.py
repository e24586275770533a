"""Spread between providers: what the two tables say, and when they say that there is none."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import findings_stages, providers

METHODS = {"level": 0.95, "separated": "leave_out", "min_events": 5, "model_ages": [0, 40]}


def cells(shares, n=200):
    rows = [
        (group, "A", f"p{i:02d}", 0, "Female", "1", n, round(n * share))
        for i, share in enumerate(shares)
        for group in ("White", "Asian")
    ]
    columns = ["group", "region", "provider", "age_from", "sex", "deprivation", "eligible_x", "reached_x"]
    return pd.DataFrame(rows, columns=columns)


def spread(frame, cluster="provider"):
    return providers.variation(
        frame, ["x"], {"crude": [], "full": ["sex"]}, comparator="White", cluster=cluster, methods=METHODS
    )


def test_providers_are_shrunken_towards_their_average():
    shares = [0.2, 0.3, 0.35, 0.4, 0.5, 0.6]
    variation, each = spread(cells(shares))
    row = variation.iloc[0]
    assert (row["records"], row["events"], row["providers"], row["covariates"]) == (2400, 940, 6, "sex")
    logits = np.log(np.array(shares) / (1 - np.array(shares)))
    # Of the spread of the observed log odds, a little less is not chance.
    assert 0.7 * logits.std() < row["sd"] < logits.std()
    assert 1 < row["mor_low"] < row["mor"] < row["mor_high"]
    assert row["mor"] == pytest.approx(np.exp(np.sqrt(2) * row["sd"] * 0.6744898))
    own = each[each["provider"] != providers.ALL_PROVIDERS]
    assert list(own["provider"]) == [f"p{i:02d}" for i in range(6)]
    effects = np.log(own["odds_ratio"].to_numpy())
    assert (np.diff(effects) > 0).all()
    assert np.abs(effects).max() < np.abs(logits - logits.mean()).max()
    total = each[each["provider"] == providers.ALL_PROVIDERS].iloc[0]
    assert (total["records"], total["events"]) == (own["records"].sum(), own["events"].sum())


def test_providers_alike_differ_by_chance_alone():
    variation, each = spread(cells([0.4] * 5))
    assert variation.iloc[0][["sd", "mor", "p"]].tolist() == [0, 1, 0.5]
    assert each["odds_ratio"].dropna().tolist() == [1] * 5


def test_no_provider_and_one_provider():
    assert all(frame.empty for frame in spread(cells([0.4, 0.5]), cluster=None))
    variation, each = spread(cells([0.4]))
    assert "one cluster" in variation.iloc[0]["reason"]
    assert each.empty


def test_a_comparator_without_events_is_named():
    frame = cells([0.4, 0.5])
    frame.loc[frame["group"] == "White", "reached_x"] = 0
    variation, each = spread(frame)
    assert variation.iloc[0]["reason"] == "the comparator has no record that reached the stage"
    assert each.empty


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "the median odds ratio was 1.20 (1.05 to 1.60), and 1.1% of the variance lay between providers; 900 records."),
        ({"mor_high": np.nan}, "the median odds ratio was 1.20 (1.05 or more, without a limit above)"),
        ({"sd": 0.0, "mor": 1.0, "mor_low": 1.0}, "no more variation was found than chance gives; median odds ratio at most 1.60; 900"),
        ({"mor": np.nan, "sd": np.nan, "reason": "one cluster alone"}, "variation cannot be estimated: one cluster alone"),
    ],
)  # fmt: skip
def test_the_spread_between_providers_is_said_with_its_limits(more, words):
    row = {"outcome": "x", "providers": 9, "records": 900, "sd": 0.19, "mor": 1.2, "mor_low": 1.05, "mor_high": 1.6}
    table = pd.DataFrame([row | {"vpc": 0.011, "reason": ""} | more])
    section = {"pathway": [{"id": "x", "label": "Tested"}], "adjust": {"full": ["sex"]}}
    (found,) = findings_stages.between(table, section, "All", {"x": "access"})
    assert words in found["statement"]
    assert found["statement"].startswith("Tested, between 9 providers after adjustment for group")
