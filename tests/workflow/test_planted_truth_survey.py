"""The built demonstration against what was planted in its survey, and the coverage of intervals over many seeds."""

import numpy as np
import pytest
from genequity import config, findings, tables
from genequity.config import ROOT
from genequity.demo import survey as demo
from genequity.files import find_table
from genequity.groups import Scheme
from genequity.seeds import generator
from genequity.survey import codebook, estimate, glm, margins, sample
from genequity.survey.respondents import Labelled, tidy

pytestmark = pytest.mark.slow

GROUPS = ("Asian", "Black", "Mixed", "Other", "White")


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config/demo/truth.yaml")["survey"]


@pytest.fixture(scope="module")
def population():
    return margins.read(str(ROOT / "config/demo/survey_margins.csv"))


@pytest.fixture(scope="module")
def release(built):
    return built / "release" / "survey"


def test_shares_of_every_item_and_group(release, truth, population):
    """55 intervals of 95 %: about three may miss, and none by more than one more half-width."""
    shares = tables.read(find_table(release.parent, "survey/shares"), "survey/shares").set_index(["item", "group"])
    missed = []
    for item in truth["items"]:
        for group in GROUPS:
            row, expected = shares.loc[(item, group)], demo.expected_share(truth, population, item, group)
            assert abs(row["share"] - expected) < 1.1 * (row["ci_high"] - row["ci_low"]), (item, group)
            if not row["ci_low"] <= expected <= row["ci_high"]:
                missed.append((item, group))
    assert len(missed) <= 7, missed  # more than seven of 55 has a chance below 1 in 100 if they were independent


def test_the_planted_odds_ratio_is_inside_its_interval(release, truth):
    model = tables.read(find_table(release.parent, "survey/model"), "survey/model")
    terms = model[model["variable"] == "group"].set_index("level")
    for group in ("Asian", "Black", "Mixed", "Other"):
        planted = np.exp(truth["items"]["trust_safe"]["group"].get(group, 0.0))
        row = terms.loc[group]
        assert row["ci_low"] <= planted <= row["ci_high"], group
    assert terms.loc["Black", "ci_high"] < 1


def test_planted_differences_are_found_and_zeros_are_not(release, truth):
    found = findings.read(find_table(release.parent, "survey/findings"))
    own = found[found["source_table"] == "survey/shares"].set_index("id")["direction"]
    for item, planted in truth["items"].items():
        effects = planted.get("group", {})
        if not effects:
            assert own[f"survey.{item}.all"] == "no_clear_difference", item
            continue
        for group, effect in effects.items():
            assert own[f"survey.{item}.{group.lower()}"] == ("higher" if effect > 0 else "lower"), (item, group)
        for group in set(GROUPS) - set(effects) - {"White"}:
            assert own[f"survey.{item}.{group.lower()}"] == "no_clear_difference", (item, group)


def test_raking_reaches_the_margins(release):
    table = tables.read(find_table(release.parent, "survey/margins"), "survey/margins")
    assert (table["share_after"] - table["population_share"]).abs().max() < 1e-4


def test_every_planted_reason_is_counted(release, truth):
    missing = tables.read(find_table(release.parent, "survey/missing"), "survey/missing")
    for item in truth["items"]:
        reasons = set(missing.loc[missing["item"] == item, "reason"])
        assert {"answered", "declined to answer", "don't know", "not answered"} <= reasons
        assert ("not asked" in reasons) == (item in truth["half_sample"])


def test_coverage_and_bias_over_many_seeds(truth, population):
    """100 seeds: intervals cover as stated; raking removes the bias that answering by age and education brings.

    The overall share of trust_safe has a coverage of 95 % (standard error 2 %), so at least 88 % is asked; so has the
    log-odds ratio of the planted group.
    """
    book = codebook.read(str(ROOT / "config/demo/survey_codebook.yaml"))
    scheme = Scheme.read(ROOT / "config/schemes/nhs2001.csv")
    share = population[population["variable"] == "ethnicity"].set_index("category")["population"]
    overall = sum(demo.expected_share(truth, population, "trust_safe", g) * share[g] for g in GROUPS) / share.sum()
    planted = truth["items"]["trust_safe"]["group"]["Black"]
    inside_share, inside_model, raked_error, base_error = [], [], [], []
    for seed in range(100):
        frame = demo.respondents(truth, population, book, generator(seed, "coverage"))
        people = tidy(Labelled("simulated", frame, {}, {}, {}), book, scheme, "five_2021")
        people = people[people["group"].isin(GROUPS)].reset_index(drop=True)
        known = sample.declared(book, list(GROUPS))
        matched = margins.matched(population, people, "margins", declared=known)
        options = {"method": "rake", "margins_file": "margins", "tolerance": 1e-8, "iterations": 200, "bounds": None}
        people, _ = sample.weigh(people, matched, **options)
        design = sample.design_of(people)
        y = np.where(people["trust_safe"].notna(), people["trust_safe"].isin(["4", "5"]), np.nan)
        mean = estimate.mean(design, y)
        low, high = mean.interval()
        inside_share.append(low[0] <= overall <= high[0])
        answered, base = np.isfinite(y), people["base_weight"].to_numpy()
        raked_error.append(mean.value[0] - overall)
        base_error.append(base[answered] @ y[answered] / base[answered].sum() - overall)
        columns = [np.ones(len(people))]
        for name, labels in (
            ("group", GROUPS[:4]),
            ("age_band", known["age_band"][1:]),
            ("education", known["education"][1:]),
        ):
            columns += [(people[name] == label).to_numpy(dtype=float) for label in labels]
        complete = people["education"].notna().to_numpy()
        coefficients = glm.fit(design, y, np.column_stack(columns), domain=complete).coefficients
        low, high = coefficients.interval(df=67)
        inside_model.append(low[2] <= planted <= high[2])
    assert np.mean(inside_share) >= 0.86
    assert np.mean(inside_model) >= 0.86
    assert abs(np.mean(raked_error)) < 0.006
    assert np.mean(base_error) > 0.012
