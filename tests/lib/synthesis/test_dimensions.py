"""Prominence and examples, what strands add, and analysts compared with one another and with the rule."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.synthesis import readings
from genequity.synthesis.convergence import COLUMNS, unexplained
from genequity.synthesis.dimensions import completeness, examples, prominence


def said(*headlines, group=None, step=None, estimate=None):
    n = len(headlines)
    return pd.DataFrame(
        {
            "headline": list(headlines),
            "direction": ["described"] * n,
            "estimate": pd.Series([estimate] * n, dtype=float),
            "group": [group] * n,
            "pathway_step": [step] * n,
        }
    )


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        (said(), said(), ""),
        (said(True), said(), "silence"),
        (said(True), said(True, False), "agreement"),
        (said(False), said(False), "agreement"),
        (said(False), said(True), "partial"),
        (said(True, estimate=0.0), said(True), "silence"),  # looked for and absent
    ],
)
def test_prominence_compares_what_strands_put_forward(a, b, code):
    assert prominence(a, b, "policy", "survey")[0] == code


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        (said(True), said(True), "none"),
        (said(True, group="Black"), said(True), "silence"),
        (said(True, group="Black"), said(True, group="Black"), "agreement"),
        (said(True, group="Black", step="tested"), said(True, group="Black"), "partial"),
        (said(True, group="Asian"), said(True, group="Black"), "partial"),
    ],
)
def test_examples_are_the_groups_and_steps_named(a, b, code):
    assert examples(a, b, "policy", "survey")[0] == code


def test_a_strand_adds_the_themes_of_which_it_speaks_alone():
    display = pd.DataFrame(
        [
            ("trust", "Trust", "policy", "described"),
            ("trust", "Trust", "survey", "difference"),
            ("travel", "Travel", "policy", "silent"),
            ("travel", "Travel", "survey", "described"),
            ("trust", "Trust", "service", "not supplied"),
            ("travel", "Travel", "service", "not supplied"),
        ],
        columns=["theme", "label", "strand", "stance"],
    )
    found = completeness(display).set_index("strand")
    assert list(found.index) == ["policy", "survey"]  # what was not supplied adds nothing and is not silent
    assert found.loc["survey", ["spoken", "alone", "silent", "only_here"]].tolist() == [2, 1, 0, "Travel"]
    assert found.loc["policy", ["spoken", "alone", "silent"]].tolist() == [1, 0, 1]


CODED = pd.DataFrame(
    [
        ["a", "A", "policy", "survey", "agreement", "", "partial", "", "none", "", None, None, False],
        ["b", "B", "policy", "survey", "silence", "", "silence", "", "silence", "", None, None, False],
        ["c", "C", "policy", "survey", "partial", "", "partial", "", "none", "", None, None, False],
        ["d", "D", "policy", "survey", "agreement", "", "partial", "", "none", "", None, None, False],
    ],
    columns=COLUMNS,
)


def written(path, rows):
    lines = ["theme,strand_a,strand_b,dimension,analyst,code", *rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def test_analysts_are_compared_with_one_another_and_with_the_rule(tmp_path):
    rows = [
        *(f"{theme},survey,policy,meaning,Ann,{code}" for theme, code in zip("abcd", ["agreement", "silence"] * 2)),
        *(
            f"{theme},policy,survey,meaning,Ben,{code}"
            for theme, code in zip("abc", ["agreement", "silence", "partial"])
        ),
    ]
    found = readings.compared(readings.read(written(tmp_path / "r.csv", rows), list("abcd")), CODED)
    found = found.set_index(["first", "second"])
    # Ann and Ben both coded a, b, c: same code for two; chance 1/3 x (1/3 + 2/3) + 0 = 1/3; kappa (2/3-1/3)/(2/3) = 1/2
    assert found.loc[("Ann", "Ben"), ["pairs", "agree"]].tolist() == [3, 2]
    assert found.loc[("Ann", "Ben"), "kappa"] == pytest.approx(0.5)
    assert found.loc[("Ben", "rule"), "kappa"] == pytest.approx(1)
    assert found.loc[("Ann", "rule"), "share"] == pytest.approx(0.5)  # b is the same, a is the same; c and d differ


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("trst,policy,survey,meaning,Ann,silence", "no theme has this id. Did you mean 'trust'?"),
        ("trust,policy,surveys,meaning,Ann,silence", "unknown strand"),
        ("trust,policy,policy,meaning,Ann,silence", "a pair needs two strands"),
        ("trust,policy,survey,tone,Ann,silence", "unknown dimension"),
        ("trust,policy,survey,prominence,Ann,dissonance", "no code of prominence"),
        ("trust,policy,survey,meaning,Rule,silence", "this name stands for the computed code"),
    ],
)
def test_a_wrong_reading_is_named_with_its_row(tmp_path, row, sentence):
    with pytest.raises(InputError) as caught:
        readings.read(written(tmp_path / "r.csv", ["trust,policy,survey,meaning,Ann,silence", row]), ["trust"])
    assert sentence in str(caught.value)
    assert "row 3" in str(caught.value)


def test_a_pair_coded_twice_by_one_analyst_is_refused_in_either_order(tmp_path):
    rows = ["trust,policy,survey,meaning,Ann,silence", "trust,survey,policy,meaning,Ann,partial"]
    with pytest.raises(InputError, match="coded this pair already"):
        readings.read(written(tmp_path / "r.csv", rows), ["trust"])


def test_a_dissonance_without_explanation_says_what_to_write():
    open_pair = CODED.head(1).assign(code="dissonance", open=True, reason="opposite directions for Black")
    (problem,) = unexplained(open_pair)
    assert "policy and survey contradict one another on the theme a" in str(problem)
    assert "strand_a policy, strand_b survey" in str(problem)
    assert unexplained(CODED) == []
