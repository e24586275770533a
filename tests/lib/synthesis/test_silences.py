"""Silences are computed, and only where the strands that could speak were supplied."""

import pandas as pd
from genequity.synthesis.silences import kinds, silences

THEMES = pd.DataFrame({"theme": ["recording", "travel", "trust"], "label": ["Recording", "Travel", "Trust"]})
ALL = ["policy", "evidence", "survey", "service", "interviews"]


def row(identifier, voice, direction, estimate=None):
    strand, theme = identifier.split(".")
    values = {"id": identifier, "strand": strand, "theme": theme, "voice": voice, "direction": direction}
    return values | {"estimate": estimate}


REGISTER = pd.DataFrame(
    [
        row("interviews.travel", "patient", "described"),
        row("service.recording", "data", "lower"),
        row("policy.recording", "documents", "described"),
        row("interviews.trust", "professional", "described"),
        row("survey.trust", "public", "lower"),
        row("policy.trust", "documents", "described"),
    ]
).astype({"estimate": float})


def found(register=REGISTER, supplied=ALL):
    rows = silences(register, THEMES, supplied)
    return sorted(zip(rows["kind"], rows["theme"]))


def test_planted_silences_are_found_and_no_others():
    assert found() == [("no_measure", "travel"), ("no_policy", "travel"), ("no_voice", "recording")]


def test_who_raises_it_and_who_is_silent():
    travel = silences(REGISTER, THEMES, ALL).set_index(["kind", "theme"]).loc[("no_policy", "travel")]
    assert travel["raised_by"] == "patient (interviews)"
    assert travel["silent"] == "policy"
    assert travel["findings"] == "interviews.travel"


def test_a_policy_that_mentions_the_theme_in_no_document_stays_silent():
    looked = pd.DataFrame([row("policy.travel", "documents", "described", 0.0)])
    assert ("no_policy", "travel") in found(pd.concat([REGISTER, looked]))
    mentioned = pd.DataFrame([row("policy.travel", "documents", "described", 3.0)])
    assert ("no_policy", "travel") not in found(pd.concat([REGISTER, mentioned]))


def test_what_only_professionals_raise_is_not_a_public_concern_without_policy():
    only = pd.DataFrame([row("interviews.travel", "professional", "described")]).astype({"estimate": float})
    assert ("no_policy", "travel") not in found(only)


def test_no_gap_in_the_data_is_no_silence():
    even = pd.DataFrame([row("service.recording", "data", "no_clear_difference")]).astype({"estimate": float})
    assert found(even) == []


def test_how_much_is_recorded_is_a_gap_in_the_data_though_it_compares_no_groups():
    recorded = pd.DataFrame([row("service.recording", "data", "described", 0.12)])
    assert ("no_voice", "recording") in found(recorded)
    counted = pd.DataFrame([row("evidence.recording", "documents", "described", 3.0)])
    assert ("no_voice", "recording") not in found(counted)


def test_a_theme_that_cannot_be_measured_still_has_no_measure():
    said = pd.DataFrame([row("survey.travel", "public", "not_measurable")]).astype({"estimate": float})
    assert ("no_measure", "travel") in found(pd.concat([REGISTER, said]))


def test_without_policy_its_silence_is_not_looked_for():
    supplied = ["survey", "interviews"]
    mine = REGISTER[REGISTER["strand"].isin(supplied)]
    rows = kinds(silences(mine, THEMES, supplied), supplied).set_index("kind")
    assert not rows.loc["no_policy", "looked_for"]
    assert rows.loc["no_policy", "why_not"] == "not supplied: policy"
    assert pd.isna(rows.loc["no_policy", "n"])
    assert rows.loc["no_measure", "n"] == 1
