"""Parts of a gap, against published decompositions and numerical derivatives."""

import numpy as np
import pandas as pd
import pytest
from genequity.service import decomposition

PATHWAY = [
    {"id": "accepted", "label": "Accepted", "column": "a"},
    {"id": "tested", "label": "Tested", "column": "t"},
    {"id": "quick", "label": "Quick", "column": "q", "branch": True},
]


def section(**more):
    methods = {"model_ages": [0, 40], "level": 0.95, "min_clusters": 10}
    return {
        "start": {"id": "referred", "label": "Referred"}, "pathway": PATHWAY, "adjust": {"full": ["age", "sex"]},
        "cluster": None, "methods": methods,
    } | more  # fmt: skip


def test_das_gupta_gives_the_published_parts_of_two_and_of_four_factors():
    # Das Gupta (1993), example 2.1: earnings and share of earners, Black and White people, United States.
    parts = decomposition.das_gupta([16591, 0.825974], [10930, 0.717892])
    assert parts == pytest.approx([4369.913, 1487.262], rel=1e-5)
    # Example 2.3: four factors, 1971 and 1979.
    parts = decomposition.das_gupta([32.7, 0.29, 0.473, 0.986], [25.3, 0.214, 0.279, 0.949])
    assert parts == pytest.approx([0.6889411, 0.8125381, 1.3829055, 0.1047547], rel=1e-5)
    assert parts.sum() == pytest.approx(4.422663 - 1.433523, rel=1e-5)


def test_the_gradient_is_the_numerical_one():
    a, b = np.array([0.8, 0.7, 0.9]), np.array([0.75, 0.8, 0.6])
    found, step = decomposition.gradient(a, b), 1e-6
    for j in range(6):
        shift = np.zeros(6)
        shift[j] = step
        up = decomposition.das_gupta(a + shift[:3], b + shift[3:])
        down = decomposition.das_gupta(a - shift[:3], b - shift[3:])
        assert found[:, j] == pytest.approx((up - down) / (2 * step), abs=1e-8)


def test_kitagawa_separates_composition_from_rate():
    # Weights 0.5, 0.5 and 0.8, 0.2; shares 0.4, 0.2 and 0.5, 0.1. Composition: -0.3 * 0.45 + 0.3 * 0.15 = -0.09;
    # rate: 0.65 * -0.1 + 0.35 * 0.1 = -0.03; the whole: 0.30 - 0.42 = -0.12.
    found = decomposition.kitagawa(([50, 50], [20, 10]), ([80, 20], [40, 2]))
    assert found == (pytest.approx(-0.09), pytest.approx(-0.03))
    # Nobody of the group in the second stratum: its difference is one of composition.
    found = decomposition.kitagawa(([50, 0], [20, 0]), ([50, 50], [20, 40]))
    assert found == (pytest.approx(0.4 - 0.6), pytest.approx(0.0))


def cells(seed=1, providers=12):
    """Cells of two groups in two regions with independent records."""
    rng = np.random.default_rng(seed)
    rows = []
    for group, chance in (("Asian", (0.7, 0.8)), ("White", (0.8, 0.82))):
        for provider in range(providers):
            for age in (0, 40):
                for sex in ("Female", "Male"):
                    n = int(rng.integers(20, 60))
                    first = rng.binomial(n, chance[0] - 0.1 * (age == 40))
                    rows.append(
                        {"group": group, "region": "AB"[provider % 2], "provider": f"P{provider}", "age_from": age,
                         "sex": sex, "deprivation": "1", "n": n, "eligible_accepted": n, "reached_accepted": first,
                         "eligible_tested": first, "reached_tested": rng.binomial(first, chance[1])}
                    )  # fmt: skip
    return pd.DataFrame(rows)


def test_parts_sum_to_the_gap_and_both_kinds_to_the_step():
    found = decomposition.gaps(cells(), section(), comparator="White", national="All").set_index(["region", "step"])
    assert set(found.index.get_level_values("region")) == {"A", "B", "All"}
    for region in ("A", "B", "All"):
        part = found.loc[region]
        steps = part.drop("total")
        assert list(steps.index) == ["accepted", "tested"]  # a branch is no step
        shares = steps["reached"] / steps["eligible"]
        others = steps["comparator_reached"] / steps["comparator_eligible"]
        assert part.loc["total", "contribution"] == pytest.approx(shares.prod() - others.prod(), abs=1e-12)
        assert steps["contribution"].sum() == pytest.approx(part.loc["total", "contribution"], abs=1e-12)
        both = (steps["composition"] + steps["rate"]).to_numpy()
        assert both == pytest.approx((shares - others).to_numpy(), abs=1e-12)


@pytest.mark.parametrize("cluster", [None, "provider"])
def test_intervals_are_those_of_a_bootstrap(cluster):
    """Records, or whole providers, drawn again 400 times: standard errors agree within 12%."""
    frame = cells(providers=40)
    settings = section(cluster=cluster)
    found = decomposition.gaps(frame, settings, comparator="White", national="All")
    found = found[found["region"] == "All"].set_index("step")
    rng = np.random.default_rng(3)
    by = dict(list(frame.groupby("provider")))
    names = sorted(by)
    draws = []
    for _ in range(400):
        if cluster:
            again = pd.concat([by[names[i]] for i in rng.integers(0, len(names), len(names))])
        else:
            again = frame.copy()
            for _, at in frame.groupby("group").indices.items():
                n = frame["n"].to_numpy()[at]
                again.iloc[at, again.columns.get_loc("n")] = rng.multinomial(n.sum(), n / n.sum())
            first = rng.binomial(again["n"], frame["reached_accepted"] / frame["n"])
            then = rng.binomial(first, frame["reached_tested"] / frame["reached_accepted"])
            again = again.assign(
                eligible_accepted=again["n"], reached_accepted=first, eligible_tested=first, reached_tested=then
            )
        sums = again.groupby("group")[
            ["eligible_accepted", "reached_accepted", "eligible_tested", "reached_tested"]
        ].sum()
        shares = [
            sums["reached_accepted"] / sums["eligible_accepted"], sums["reached_tested"] / sums["eligible_tested"]
        ]  # fmt: skip
        parts = decomposition.das_gupta([s["Asian"] for s in shares], [s["White"] for s in shares])
        strata = again.groupby(["group", "age_from", "sex"])[["eligible_accepted", "reached_accepted"]].sum()
        pairs = [tuple(strata.loc[g].to_numpy().T) for g in ("Asian", "White")]
        draws.append([*parts, parts.sum(), *decomposition.kitagawa(*pairs)])
    wanted = np.std(draws, axis=0)
    first = found.loc["accepted"]
    half = [*(found.loc[s, "high"] - found.loc[s, "low"] for s in ("accepted", "tested", "total")),
            first["composition_high"] - first["composition_low"], first["rate_high"] - first["rate_low"]]  # fmt: skip
    assert np.array(half) / 2 / 1.959964 == pytest.approx(wanted, rel=0.12)


def test_a_step_nobody_reached_is_named():
    frame = cells()
    frame.loc[frame["group"] == "Asian", ["reached_accepted", "eligible_tested", "reached_tested"]] = 0
    found = decomposition.gaps(frame, section(), comparator="White", national="All")
    assert set(found["reason"]) == {"no record reached one of the steps"}
    assert found["contribution"].isna().all()


def test_what_the_pathway_withholds_is_withheld_here():
    frame = decomposition.gaps(cells(), section(), comparator="White", national="All").assign(suppressed=None)
    pathway = pd.DataFrame(
        {"stage": ["accepted", "tested"], "region": ["A", "A"], "group": ["White", "White"],
         "eligible": [None, 5.0], "reached": [5.0, 5.0]}
    )  # fmt: skip
    found = decomposition.aligned(frame, pathway).set_index(["region", "step"])
    gone = found["contribution"].isna()
    assert gone[gone].index.tolist() == [("A", "accepted"), ("A", "total")]
    assert found.loc[("A", "accepted"), "suppressed"] == "protects another cell"
    assert found.loc[("A", "accepted"), ["eligible", "composition"]].isna().all()
