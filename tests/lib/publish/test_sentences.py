"""Plain sentences from the fields of findings: right for each direction, naming with whom groups are compared."""

from __future__ import annotations

import pandas as pd
import pytest
from genequity.publish import sentences

COLUMNS = {
    "strand": "service",
    "estimate": -0.05,
    "unit": "proportion difference",
    "comparator": "White",
    "source_table": "service/adjusted",
    "voice": "data",
    "headline": True,
    "n": 900.0,
    "statement": "A statement.",
    "theme": "access",
}
ADJUSTED = pd.DataFrame({"outcome": ["accepted"], "label": ["Referral accepted"]})
ITEMS = pd.DataFrame({"item": ["trust"], "text": ["I trust it."], "counted": ["agree"]})
FOCUS = pd.DataFrame({"theme": ["access"], "label": ["Access to services"]})
TABLES = {"service/adjusted": ADJUSTED, "survey/items": ITEMS, "policy/review_focus": FOCUS}


class Release:
    def table(self, name):
        return TABLES[name]


def findings(**directions):
    rows = [
        COLUMNS
        | {
            "id": f"service.accepted.{group.lower()}",
            "group": group,
            "direction": direction,
            "source_row": f"outcome=accepted;group={group}",
        }
        for group, direction in directions.items()
    ]
    return pd.DataFrame(rows)


def said(frame):
    return sentences.comparison(Release(), next(frame.itertuples()), frame)


@pytest.mark.parametrize(
    ("direction", "sentence"),
    [
        ("lower", "“Referral accepted” was less common in the Black group than in the White group."),
        ("higher", "“Referral accepted” was more common in the Black group than in the White group."),
        (
            "no_clear_difference",
            "“Referral accepted”: there was no clear difference between the Black group and the White group.",
        ),
        (
            "not_measurable",
            "“Referral accepted” could not be measured for the Black group, compared with the White group.",
        ),
    ],
)
def test_each_direction_has_its_sentence(direction, sentence):
    assert said(findings(Black=direction)) == [sentence]


def test_all_groups_of_a_measure_are_named_in_alphabetical_order():
    frame = findings(Other="lower", Asian="lower", Mixed="no_clear_difference", Black="higher")
    assert said(frame) == [
        "“Referral accepted” was more common in the Black group than in the White group.",
        "It was less common in the Asian and Other groups than in the White group.",
        "There was no clear difference between the Mixed group and the White group.",
    ]


def test_a_measure_that_is_no_share_is_higher_or_lower():
    frame = findings(Black="lower").assign(unit="score")
    assert said(frame) == ["“Referral accepted” was lower in the Black group than in the White group."]


def test_a_survey_item_is_quoted_before_its_answer():
    frame = findings(Asian="lower").assign(
        source_table="survey/shares", source_row="item=trust;group=Asian", strand="survey"
    )
    assert said(frame) == [
        "One line of the survey was: “I trust it”.",
        "The answer “agree” was less common in the Asian group than in the White group.",
    ]


def test_a_share_is_said_in_words():
    frame = findings(Asian="described").assign(
        source_table="policy/review_focus",
        source_row="theme=access",
        group=None,
        comparator=None,
        unit="proportion",
        estimate=0.66,
        voice="documents",
    )
    assert sentences.plain(Release(), frame) == [
        "About two in three of the policy documents speak about “Access to services”."
    ]


@pytest.mark.parametrize(
    ("value", "words"), [(0.0, "none"), (0.03, "very few"), (0.24, "about one in four"), (1.0, "all")]
)
def test_shares_in_words(value, words):
    assert sentences.share(value) == words


def test_the_executive_summary_says_a_measure_in_one_line():
    frame = findings(Asian="lower", Black="lower", Mixed="no_clear_difference")
    assert sentences.brief(Release(), next(frame.itertuples()), frame) == (
        "“Referral accepted”, compared with White, in percentage points: lower for Asian (−5.0) and Black (−5.0); "
        "no clear difference for Mixed."
    )


def test_a_finding_that_stands_alone_keeps_its_statement():
    frame = findings(Asian="lower")
    assert sentences.brief(Release(), next(frame.itertuples()), frame) == "A statement."


def test_one_headline_a_theme_and_a_model_term_last():
    frame = findings(Asian="lower", Black="lower", Mixed="lower")
    frame.loc[0, "source_row"] = "variable=group;level=Asian"
    frame.loc[2, "theme"] = "trust"
    assert list(sentences.first(frame, 3)["id"]) == ["service.accepted.black", "service.accepted.mixed"]
