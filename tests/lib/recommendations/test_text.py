"""What the notebook prints of a recommendation."""

import pandas as pd
import pytest
from genequity.recommendations import text

ENTRY = {
    "recommendation": "R01",
    "title": "Say it",
    "organisation": "Research funder",
    "action": "publish",
    "what": "a call [open]",
    "for_whom": "patients",
    "by_when": "2027-03-01",
    "measure": "date of the call",
    "resources": "one call",
    "strands": "policy; survey",
    "support": "2 strands",
}
PANEL = pd.DataFrame(
    [["I01", "R01", True, "no consensus", True, 6.0, 0.4375, 16]],
    columns=["item", "recommendation", "final", "decision", "disagreement", "median", "share_high", "n"],
)


def test_a_recommendation_is_read_as_who_what_by_when_measure_support_and_panel():
    assert text.listed(pd.DataFrame([ENTRY]), PANEL) == (
        "### Research funder {.unnumbered}\n\n"
        "**R01. Say it.** Publish a call \\[open\\]. *For*: patients. *By*: 1 March 2027. *Measure*: date of the call. "
        "*Resources*: one call. *Support*: 2 strands (policy, survey). *Panel*: no consensus, with disagreement by IPRAS "
        "(median 6.0, 44% rated 7 to 9, n = 16).\n"
    )


def test_a_recommendation_that_nobody_rated_says_so():
    assert text.outcome("R02", PANEL) == "not put to the panel"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "No item was reworded between rounds."),
        (["A"], "1 item was reworded between rounds."),
        (["A", "A"], "1 item was reworded between rounds, 2 times in all."),
        (["A", "B", "C"], "3 items were reworded between rounds."),
        (["A", "B", "C", "A"], "3 items were reworded between rounds, 4 times in all."),
    ],
)
def test_reworded_items_and_rewordings_are_told_apart(rows, said):
    shown = pd.DataFrame({"item": [*rows, "Z"], "reworded": [True] * len(rows) + [False]})
    assert text.reworded(shown) == said


def test_withheld_sides_of_the_panel_say_why():
    groups = pd.DataFrame(
        [
            ["Lay and professional", "All panellists", "I01", 2, 6.0],
            ["Lay and professional", "Lay panellists", "I01", 2, None],
        ],
        columns=["dimension", "panel_group", "item", "round", "median"],
    )
    row = text.sides(groups, PANEL.assign(round=2)).iloc[0]
    assert row["suppressed"] == "small number"
    assert pd.isna(row["Lay panellists"])
