"""Checklists: who reports an item, and what is refused."""

import pandas as pd
from genequity import checklists
from genequity.checklists import Item

ITEMS = (
    Item("ABC", 1, "Title", "{words}", "words", "sec-title", proposed=True),
    Item("ABC", 2, "Setting", "In {place}.", "place", "sec-setting"),
    Item("ABC", 3, "Matching", otherwise="Nobody was matched."),
    Item("ABC", 4, "Funding"),
)


def states(authors, facts):
    return {item.number: rest for item, *rest in checklists.answered(ITEMS, {"abc": authors}, facts)}


def test_the_authors_come_before_the_run_and_the_run_says_only_what_it_knows():
    facts = {"words": "A cohort.", "place": "seven regions"}
    assert states({"2": "In  our\nown words."}, facts)[2] == ["reported by the authors", "In our own words.", None]
    assert states({}, facts)[2] == ["reported", "In seven regions.", "sec-setting"]
    assert states({}, facts | {"place": ""})[2] == ["not reported", None, None]


def test_an_item_may_not_apply_and_a_proposed_sentence_is_still_the_authors_to_write():
    found = states(None, {"words": "A cohort."})
    assert found[1] == ["not reported", "A cohort.", "sec-title"]
    assert found[3] == ["not applicable", "Nobody was matched.", None]
    assert found[4] == ["not reported", None, None]


def test_answers_to_items_that_are_not_there_are_named_with_the_setting():
    (problem,) = checklists.unknown(ITEMS, {"abc": {"2": "x", "22": "y"}}, "study.reporting.{}")
    assert problem.message.startswith("ABC has no item '22'")
    assert problem.where == "study.reporting.abc"
    assert "1, 2, 3, 4" in problem.expected


def test_what_nobody_reports_is_named_one_problem_an_item():
    rows = [[i.standard, i.number, i.topic, state] for i, state, *_ in checklists.answered(ITEMS, {}, {"place": "x"})]
    table = pd.DataFrame(rows, columns=["standard", "item", "topic", "state"])
    assert [p.message for p in checklists.unreported(table, "study.reporting")] == [
        "item 1 of ABC is not reported: title",
        "item 4 of ABC is not reported: funding",
    ]
