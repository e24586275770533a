"""Figures: every group and item is drawn, order and labels follow the house rules."""

import pandas as pd
import pytest
from genequity.survey import figures

ANSWERS = ["Disagree", "Neither", "Agree"]


@pytest.fixture
def items():
    return pd.DataFrame(
        {"item": ["a", "b"], "position": [1, 2], "text": ["First.", "Second."], "short": ["One", "Two"], "battery": "B"}
    )


@pytest.fixture
def distribution():
    rows = []
    for item in ("a", "b"):
        for group, base in (("White", "shown"), ("Other", "shown"), ("Asian", "shown"), ("Mixed", "small")):
            for place, (answer, share) in enumerate(zip(ANSWERS, (0.3, 0.2, 0.5), strict=True), start=1):
                rows.append((item, group, place, answer, 1200, share, base))
    return pd.DataFrame(rows, columns=["item", "group", "position", "answer", "n", "share", "base"])


def test_likert_bars_stand_around_the_middle_answer(distribution, items):
    fig = figures.likert(distribution, items, "B")
    first = fig.axes[0]
    assert [text.get_text() for text in first.get_yticklabels()] == ["Asian (1,200)", "White (1,200)", "Other (1,200)"]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ANSWERS
    lefts = sorted(bar.get_x() for bar in first.patches[:3])
    assert lefts == pytest.approx([-0.4, -0.1, 0.1])  # 0.3 and half of 0.2 stand left of zero
    assert {text.get_text() for text in first.texts} == {"30%", "20%", "50%"}


def test_items_with_other_answers_are_not_explained_by_the_same_key(distribution, items):
    distribution.loc[distribution["item"] == "b", "answer"] += " strongly"
    fig = figures.likert(distribution, items, "B")
    assert [ax.get_title(loc="left") for ax in fig.axes] == ["First."]
    assert [text.get_text() for text in fig.legends[0].get_texts()] == ANSWERS


def test_scales_of_other_lengths_have_a_colour_for_each_answer():
    for count in range(2, 8):
        assert len(set(figures._colours(count))) == count


@pytest.mark.parametrize("count", [1, 2, 3])
def test_shares_have_a_panel_for_each_item_and_name_the_comparator(count):
    items = pd.DataFrame(
        {"item": list("abc")[:count], "position": range(1, count + 1), "short": ["One", "Two", "Three"][:count]}
    )
    table = pd.DataFrame(
        [
            (item, group, 100, 0.5, 0.4, 0.6, base)
            for item in items["item"]
            for group, base in (("White", "shown"), ("Asian", "small"), ("All groups", "shown"))
        ],
        columns=["item", "group", "n", "share", "ci_low", "ci_high", "base"],
    )
    fig = figures.shares(table, items, "White")
    titles = [ax.get_title(loc="left") for ax in fig.axes]
    assert titles[:count] == ["One", "Two", "Three"][:count]
    assert [text.get_text() for text in fig.axes[0].get_yticklabels()] == ["Asian", "White"]
    legend = fig.legends[0] if fig.legends else next(ax.get_legend() for ax in fig.axes if ax.get_legend())
    assert "White (comparator)" in [text.get_text() for text in legend.get_texts()]
