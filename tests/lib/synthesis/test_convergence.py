"""Joint display and convergence codes, rule by rule."""

import pandas as pd
import pytest
from genequity.synthesis.convergence import compare, convergence
from genequity.synthesis.display import joint_display, stance
from genequity.synthesis.inputs import EXPLANATION_COLUMNS

THEMES = pd.DataFrame({"theme": ["trust", "travel"], "label": ["Trust", "Travel"]})
NO_EXPLANATIONS = pd.DataFrame(columns=list(EXPLANATION_COLUMNS))


def said(*directions, groups=None, strand="survey", theme="trust", regions=None, estimates=None):
    n = len(directions)
    return pd.DataFrame(
        {
            "id": [f"{strand}.{theme}.{place}" for place in range(n)],
            "strand": strand,
            "theme": theme,
            "statement": [f"Statement {place}." for place in range(n)],
            "estimate": estimates or [None] * n,
            "group": groups or ["Black"] * n,
            "comparator": "White",
            "region": regions or [None] * n,
            "pathway_step": None,
            "voice": "public",
            "direction": directions,
            "headline": [place == n - 1 for place in range(n)],
        }
    ).astype({"estimate": float})


@pytest.mark.parametrize(
    ("directions", "word"),
    [
        ((), "silent"),
        (("no_clear_difference", "higher"), "difference"),
        (("described", "no_clear_difference"), "no clear difference"),
        (("described", "not_measurable"), "described"),
        (("not_measurable",), "not measurable"),
    ],
)
def test_stance_is_the_strongest_thing_said(directions, word):
    assert stance(said(*directions)) == word


def test_a_theme_looked_for_in_vain_is_absent_not_described():
    assert stance(said("described", estimates=[0.0])) == "absent"
    assert stance(said("described", estimates=[0.2])) == "described"


def code(a, b, national=""):
    return compare(a, b, "survey", "service", national)[0]


def test_rules_of_convergence():
    nothing = said()
    assert code(nothing, nothing) == ""
    assert code(said("described"), nothing) == "silence"
    assert code(said("lower"), said("lower")) == "agreement"
    assert code(said("lower"), said("higher")) == "dissonance"
    assert code(said("lower"), said("no_clear_difference")) == "partial"
    assert code(said("lower"), said("described")) == "partial"
    assert code(said("described"), said("described")) == "agreement"
    assert code(said("described"), said("not_measurable")) == "partial"
    assert code(said("not_measurable"), said("not_measurable")) == "agreement"
    assert code(said("lower"), said("lower", groups=["Asian"])) == "partial"


def test_one_group_more_makes_agreement_partial():
    both = said("lower", "lower", groups=["Asian", "Black"])
    assert compare(both, said("lower"), "survey", "service") == ("partial", "same directions for Black only")


def test_dissonance_names_the_groups():
    a = said("lower", "lower", groups=["Asian", "Black"])
    b = said("lower", "higher", groups=["Asian", "Black"])
    assert compare(a, b, "survey", "service") == ("dissonance", "opposite directions for Black")


def test_a_strand_that_says_both_is_not_opposed():
    assert code(said("lower", "higher"), said("higher")) == "partial"


def test_national_findings_come_before_regional_ones():
    service = said("lower", "higher", regions=["All regions", "Region A"])
    assert code(said("lower"), service, national="All regions") == "agreement"
    only_regional = said("higher", regions=["Region A"])
    assert code(said("lower"), only_regional, national="All regions") == "dissonance"


def test_a_theme_looked_for_in_vain_counts_as_silence():
    assert code(said("described", estimates=[0.0]), said("lower")) == "silence"


def test_a_strand_that_was_not_supplied_is_not_silent():
    register = said("lower")
    shown = joint_display(register, THEMES, ["survey", "service"]).set_index(["theme", "strand"])
    assert shown.loc[("trust", "service"), "stance"] == "silent"
    assert shown.loc[("trust", "policy"), "stance"] == "not supplied"
    pairs = convergence(register, THEMES, ["survey", "service"], NO_EXPLANATIONS)
    assert pairs[["strand_a", "strand_b", "code"]].values.tolist() == [["survey", "service", "silence"]]


def test_the_lead_finding_is_a_headline_one():
    shown = joint_display(said("lower", "higher"), THEMES, ["survey"]).set_index(["theme", "strand"])
    row = shown.loc[("trust", "survey")]
    assert row["lead_finding"] == "survey.trust.1"
    assert row["findings"] == "survey.trust.0; survey.trust.1"
    assert (row["n_lower"], row["n_higher"], row["n_findings"]) == (1, 1, 2)


def test_findings_that_looked_in_vain_are_counted_apart_and_do_not_lead():
    shown = joint_display(said("described", "described", estimates=[0.4, 0.0]), THEMES, ["survey"])
    row = shown.set_index(["theme", "strand"]).loc[("trust", "survey")]
    assert (row["n_findings"], row["n_described"], row["n_absent"]) == (2, 1, 1)
    assert row["lead_finding"] == "survey.trust.0"


def test_one_strand_alone_has_no_pairs():
    assert convergence(said("lower"), THEMES, ["survey"], NO_EXPLANATIONS).empty


def test_a_dissonance_is_open_until_somebody_explains_it():
    register = pd.concat([said("lower"), said("higher", strand="service")])
    pairs = convergence(register, THEMES, ["survey", "service"], NO_EXPLANATIONS)
    assert pairs["open"].tolist() == [True]
    why = pd.DataFrame([["trust", "survey", "service", "They ask different people.", "AB", "2026-05-01"]])
    why.columns = EXPLANATION_COLUMNS
    pairs = convergence(register, THEMES, ["survey", "service"], why)
    assert pairs["open"].tolist() == [False]
    assert pairs["explained_by"].tolist() == ["AB, 2026-05-01"]
