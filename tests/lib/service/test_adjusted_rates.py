"""Adjusted rate ratios: strata, refused models, spread beyond chance, and what is said of them."""

import numpy as np
import pandas as pd
import pytest
from genequity import release, tables
from genequity.gate import checks
from genequity.service import adjusted_rates, text_rates

STANDARD = pd.DataFrame({"age_from": [0, 40], "weight": [60_000, 40_000]})
LADDER = {"crude": [], "age_sex": ["age", "sex"], "full": ["age", "sex", "deprivation", "region"]}
METHODS = {"level": 0.95, "min_events": 10}
GROUPS, NATIONAL = ["Asian", "White", "Not known"], "All regions"
KEYS = ["group", "region", "age_from", "sex"]


def studied(rate, spread=0.0, seed=1):
    """People by group, region, age and sex in two years, and their residents; gamma-Poisson where there is a spread."""
    rng = np.random.default_rng(seed)
    rows = [(g, f"Area {r}", a, s) for g in GROUPS[:2] for r in "ABCDEFGH" for a in (0, 20, 40, 60) for s in ("F", "M")]
    frame = pd.DataFrame(rows, columns=KEYS)
    frame["population"] = rng.integers(2_000, 20_000, len(frame))
    mean = frame["population"] * 2.0 * [rate(*row) for row in rows]
    frame["people"] = (
        rng.poisson(mean * rng.gamma(1 / spread, spread, len(frame))) if spread else mean.round().astype(int)
    )
    first = frame.drop(columns="population").assign(measure="referred")
    return first, frame.drop(columns="people")


def rate(group, region, age, sex):
    return (
        0.002 * (0.7 if group == "Asian" else 1.0) * (1.5 if age >= 40 else 1.0) * (1.2 if region > "Area D" else 1.0)
    )


def built(first, residents, ladder=LADDER, **more):
    options = {
        "measures": {"referred": "People referred"}, "kinds": {"referred": "census"}, "groups": GROUPS,
        "comparator": "White", "national": NATIONAL, "years": 2.0, "methods": METHODS,
    }  # fmt: skip
    populations = None if residents is None else {"referred": residents}
    return adjusted_rates.table(first, populations, STANDARD, ladder=ladder, **options | more).set_index(
        ["model", "group"]
    )


def test_the_planted_ratio_is_recovered_and_the_strata_are_those_of_the_standards_bands():
    found = built(*studied(rate)).loc[(adjusted_rates.AS_HELD, "Asian")]
    assert found["ratio"] == pytest.approx(0.7, rel=0.01)
    # Two groups, eight regions, two bands (20 lies in the first, 60 in the second), two sexes.
    assert (found["strata"], found["parameters"], found["df"]) == (64, 11, 53)
    assert (found["covariates"], found["final"]) == ("age, sex, region", True)
    # Counts that were not drawn at all spread less than chance.
    assert found["dispersion"] < 0.1
    assert (found["alpha"], found["negative_reason"]) == (0, adjusted_rates.NO_SPREAD)
    assert np.isnan(found["negative"])


def test_a_step_with_a_covariate_that_the_denominators_lack_is_refused_by_name():
    found = built(*studied(rate))
    assert found.loc[("full", "Asian"), "reason"] == "the denominators do not count deprivation"
    assert np.isnan(found.loc[("full", "Asian"), "ratio"])
    assert found.loc[("age_sex", "Asian"), "ratio"] == pytest.approx(0.7, rel=0.02)
    first, residents = studied(rate)
    one = built(
        first.assign(region=NATIONAL), residents.assign(region=NATIONAL, sex="All").groupby(KEYS, as_index=False).sum()
    )
    assert one.loc[("age_sex", "Asian"), "reason"] == "the denominators do not count sex"
    assert one.loc[("full", "Asian"), "reason"] == "the denominators do not count sex and deprivation and region"
    assert one.loc[(adjusted_rates.AS_HELD, "Asian"), ["covariates", "strata"]].tolist() == ["age", 4]
    whole = built(first, residents, {"full": ["age", "region"]})
    assert whole.index.get_level_values("model").unique().tolist() == ["full"]
    assert whole["final"].all()


def test_spread_beyond_chance_widens_the_intervals_and_both_models_find_it():
    first, residents = studied(rate, spread=0.3)
    found = built(first, residents).loc[(adjusted_rates.AS_HELD, "Asian")]
    assert found["dispersion"] > 3
    # Two of the drawn ages lie in each band of the standard, so that half the spread is left of their sum.
    assert found["alpha"] == pytest.approx(0.3 / 2, rel=0.4)
    assert found["ratio_low"] < 0.7 < found["ratio_high"]
    assert found["negative_low"] < 0.7 < found["negative_high"]
    # By chance alone the standard error of the log ratio would be smaller by the root of the dispersion.
    errors = [np.log(found[f"{name}_high"] / found[f"{name}_low"]) for name in ("ratio", "negative")]
    events = first.groupby("group")["people"].sum()
    assert errors[0] / 3.92 > 0.9 * np.sqrt(found["dispersion"] * (1 / events).sum())


def test_groups_without_residents_with_holes_or_few_events_have_a_reason():
    first, residents = studied(rate)
    unknown = first.head(1).assign(group="Not known", people=40)
    found = built(pd.concat([first, unknown]), residents)
    assert found.loc[("crude", "Not known"), ["reason", "events"]].tolist() == [
        "no population of this group is counted", 40,
    ]  # fmt: skip
    hole = residents[
        ~((residents["group"] == "Asian") & (residents["region"] == "Area A") & (residents["age_from"] == 20))
    ]
    assert "Area A" in built(first, hole).loc[("crude", "Asian"), "reason"]
    few = first.assign(people=first["people"].where(first["group"] != "Asian", 0))
    assert built(few, residents).loc[("crude", "Asian"), "reason"] == "fewer than 10 events"
    none = first[first["group"] != "White"]
    reasons = built(none, residents).loc["crude", "reason"]
    assert (reasons["White"], reasons["Asian"]) == ("fewer than 10 events", "the comparator: fewer than 10 events")
    absent = built(first, None)
    assert set(absent["reason"]) == {"no population was supplied"}
    assert len(absent) == len(GROUPS)


def test_events_in_no_stratum_are_left_out_of_every_model():
    first, residents = studied(rate)
    stray = first.head(3).assign(people=500)
    stray["age_from"], stray["sex"] = [-1, 0, 20], ["F", "Unknown", "Unknown"]
    alone, more = built(first, residents), built(pd.concat([first, stray]), residents)
    assert more["events"].equals(alone["events"])
    assert more["ratio"].equals(alone["ratio"])


def test_sexes_are_told_apart_only_where_records_and_denominators_both_do():
    first, residents = studied(rate)
    found = built(first.assign(sex="Unknown"), residents)
    assert found.loc[(adjusted_rates.AS_HELD, "Asian"), ["covariates", "strata"]].tolist() == ["age, region", 32]
    assert found.loc[("crude", "Asian"), "events"] == first.loc[first["group"] == "Asian", "people"].sum()
    assert found.loc[("age_sex", "Asian"), "reason"] == "the denominators do not count sex"


def test_a_level_without_events_does_not_stop_the_fit():
    first, residents = studied(
        lambda group, region, age, sex: 0 if region == "Area C" else rate(group, region, age, sex)
    )
    found = built(first, residents).loc[(adjusted_rates.AS_HELD, "Asian")]
    assert found["ratio"] == pytest.approx(0.7, rel=0.01)
    assert found["strata"] == 56


def test_the_table_passes_the_gate_under_every_rule(tmp_path):
    found = built(*studied(rate, spread=0.3)).reset_index()
    tables.write(found, tmp_path / "adjusted_rates.csv", "service/adjusted_rates")
    frame, schema = (
        tables.read(tmp_path / "adjusted_rates.csv", "service/adjusted_rates"),
        tables.schema("service/adjusted_rates"),
    )
    frame.loc[frame["group"] == "Asian", "events"] = 5
    for name in ("nhse", "opensafely"):
        shown = release.protect(frame, schema, name)
        assert not checks.table_problems(shown, schema, release.profile(name), "adjusted_rates.csv")
    assert shown.loc[shown["group"] == "Asian", ["ratio", "negative"]].isna().all(axis=None)


def test_words_say_what_was_held_alike_and_refused():
    found = built(*studied(rate, spread=0.3)).reset_index()
    usual = found[["measure", "group"]].drop_duplicates().assign(
        region=NATIONAL, ratio=0.71, ratio_low=0.6, ratio_high=0.8
    )  # fmt: skip
    shown = text_rates.adjusted(found, usual, NATIONAL)
    assert shown["group"].tolist() == ["Asian"]
    assert shown["standardised"].iloc[0] == "0.71 (0.60 to 0.80)"
    assert shown["poisson"].iloc[0].startswith(f"{found.loc[found['final'], 'ratio'].iloc[0]:.2f} (")
    said = text_rates.spread(found)
    assert said.startswith("People referred: held alike, age, sex and region; dispersion ")
    assert said.endswith("The model *full* is refused: the denominators do not count deprivation.")
    flat = text_rates.adjusted(built(*studied(rate)).reset_index(), usual, NATIONAL)
    assert flat["negative_text"].tolist() == [text_rates.SAME]
    absent = built(studied(rate)[0], None).reset_index()
    assert text_rates.adjusted(absent, usual, NATIONAL).attrs["absent"] == text_rates.NONE
    assert text_rates.spread(absent) == text_rates.NONE
