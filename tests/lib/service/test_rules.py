"""The same records under every rule: counts by hand, and what is derived from them."""

import pandas as pd
import pytest
from genequity.service import rules


def test_outcomes_move_with_the_rule(prepared, scheme):
    lines = (
        # p1: White twice, then Asian once, latest: White by mode, Asian by recency.
        "r1,p1,2024-02-01,a,s1,50,F,1,A,A,Y,2024-03-01",
        "r2,p1,2024-03-01,a,s1,50,F,1,H,,N,",
        "r3,p2,2024-02-01,a,s1,50,F,1,A,,Y,",
        "r4,p3,2024-02-01,a,s1,50,F,1,H,,Y,",
        # p4: one code each way: the mode takes the later, GDPPR's leaves it unknown.
        "r5,p4,2024-02-01,a,s1,50,F,1,A,,N,",
        "r6,p4,2024-03-01,a,s1,50,F,1,J,,N,",
    )
    with prepared(*lines) as (connection, own):
        offered = rules.count_cells(connection, scheme, "five", own)
        table = rules.outcomes(connection, scheme, "five", own, "White", offered)
    assert set(table["rule"]) == {"most_recent_valid", "modal", "prefer_specific", "gdppr_modal"}
    at = table.set_index(["outcome", "rule", "group"])
    counts = at[["eligible", "reached"]].apply(tuple, axis=1)
    assert counts["accepted", "most_recent_valid", "White"] == (1, 1)
    assert counts["accepted", "most_recent_valid", "Asian"] == (5, 2)
    assert counts["accepted", "modal", "White"] == (3, 2)
    assert counts["accepted", "modal", "Asian"] == (3, 1)
    assert counts["accepted", "gdppr_modal", "Not known"] == (2, 0)
    # Every rule keeps every record: 6 of the first stage.
    assert (table[table["outcome"] == "accepted"].groupby("rule")["eligible"].sum() == 6).all()
    # 2/5 − 1 = −0.6 by recency; 1/3 − 2/3 = −1/3 by mode: it moves by 0.6 − 1/3.
    assert at.loc[("accepted", "most_recent_valid", "Asian"), "difference"] == pytest.approx(-0.6)
    assert at.loc[("accepted", "modal", "Asian"), "difference"] == pytest.approx(-1 / 3)
    assert at.loc[("accepted", "modal", "Asian"), "moved"] == pytest.approx(0.6 - 1 / 3)
    assert pd.isna(at.loc[("accepted", "modal", "White"), "difference"])
    assert at.loc[at["chosen"], "moved"].isna().all()


def test_a_suppressed_count_hides_what_rests_on_it():
    counts = pd.DataFrame(
        {
            "outcome": "accepted", "rule": ["a", "a", "b", "b"], "chosen": [True, True, False, False],
            "group": ["Asian", "White"] * 2, "comparator": "White", "eligible": pd.array([10, 20, 10, 20], "Int64"),
            "reached": pd.array([5, 15, None, 15], "Int64"),
        }
    )  # fmt: skip
    out = rules.differences(counts)
    assert out["difference"].tolist()[0] == -0.25
    assert out["difference"].isna().tolist() == [False, True, True, True]
    assert out["moved"].isna().all()
