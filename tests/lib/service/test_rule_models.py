"""The reported model under every rule: what a study with that rule would report, from cells counted once."""

import numpy as np
import pandas as pd
import pytest
from genequity import tables
from genequity.notebook import Absent
from genequity.service import adjusted, figures_recording, records, rule_models, rules

OUTCOME = ["outcome", "group"]


def lines(people=240):
    """Two records a person; a third of them disagree, so that recency and mode keep different codes."""
    rng = np.random.default_rng(7)
    rows = []
    for who in range(people):
        first, second = ("A", "H") if who % 2 else ("H", "A")
        usual = first if who % 3 else second
        years, sex, imd = rng.integers(20, 70), "FM"[rng.integers(2)], rng.integers(1, 3)
        for month, code in ((2, usual), (3, usual), (4, first)):
            ok = "YN"[int(rng.random() < (0.3 if first == "A" else 0.5))]
            area = "ab"[who % 2 if who % 5 else rng.integers(2)]
            rows.append(f"r{who}-{month},p{who},2024-0{month}-11,{area},s{who % 24},{years},{sex},{imd},{code},,{ok},")
    return rows


@pytest.fixture
def fitted(prepared, scheme, tmp_path):
    """Return (table under every rule, what a study with the rule reports) for a study with a rule."""

    def make(rule, cluster="provider"):
        with prepared(*lines(), resolution=rule) as (connection, own):
            own |= {"outcomes": ["accepted"], "cluster": cluster, "adjust": {"full": ["age", "sex", "region"]}}
            records.write_cells(connection, own, str(tmp_path / "cells.parquet"))
            rules.count_cells(connection, scheme, "five", own)
            rules.write_cells(connection, str(tmp_path / "rule_cells.parquet"))
        against = {"comparator": "White", "national": "All regions"}
        estimates = adjusted.differences(
            tables.read(tmp_path / "cells.parquet"), own["outcomes"], own["adjust"], cluster=cluster,
            methods=own["methods"], **against,
        )  # fmt: skip
        under = rule_models.outcomes(tables.read(tmp_path / "rule_cells.parquet"), estimates, own, **against)
        return under, estimates[estimates["region"] == "All regions"]

    return make


@pytest.mark.parametrize("cluster", ["provider", None])
def test_each_rule_has_the_estimates_of_a_study_with_that_rule(fitted, cluster):
    under, own = fitted("most_recent_valid", cluster)
    _, modal = fitted("modal", cluster)
    shown = [*rule_models.SHOWN, "group_records", "group_events", "records", "events"]
    for rule, reported in (("most_recent_valid", own), ("modal", modal)):
        rows = under[under["rule"] == rule].set_index(OUTCOME)[shown].sort_index().astype(float)
        wanted = reported.set_index(OUTCOME)[shown].sort_index().astype(float)
        # The two designs name the region differently, so the fits may end some rounding errors apart.
        pd.testing.assert_frame_equal(rows, wanted, rtol=1e-9, atol=1e-12)
    asian = under.set_index([*OUTCOME, "rule"]).sort_index().loc[("accepted", "Asian")]
    assert not np.isclose(asian.loc["modal", "odds_ratio"], asian.loc["most_recent_valid", "odds_ratio"])


def test_what_moves_is_the_difference_from_the_rule_of_the_study(fitted):
    under, _ = fitted("most_recent_valid")
    rows = under[under["group"] == "Asian"].set_index("rule")
    moved = rows["risk_difference"] - rows.loc["most_recent_valid", "risk_difference"]
    assert rows.loc["modal", "moved"] == pytest.approx(moved["modal"])
    assert rows.loc["modal", "moved"] != 0
    assert pd.isna(rows.loc["most_recent_valid", "moved"])
    blank = under.assign(risk_difference=under["risk_difference"].mask(under["chosen"]))
    assert rule_models.moved(blank)["moved"].isna().all()


def test_a_rule_that_moves_nobody_has_the_same_rows(fitted):
    under, _ = fitted("modal")
    same = [under[under["rule"] == rule].set_index("group")["odds_ratio"] for rule in ("modal", "gdppr_modal")]
    pd.testing.assert_series_equal(*same)


def test_the_figure_draws_the_own_rule_with_its_interval_and_the_others_as_ticks(fitted):
    under, _ = fitted("most_recent_valid")
    (panel,) = figures_recording.under_rules(under).axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["Asian"]
    ticks = [line for line in panel.lines if line.get_marker() == "|"]
    assert sum(len(line.get_xdata()) for line in ticks) == under["rule"].nunique() - 1
    assert isinstance(figures_recording.under_rules(under[under["chosen"]]), Absent)
