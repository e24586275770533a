"""Delivery: every share with its own denominator, and the steps on the way."""

import pytest
from genequity.service import stages

DONE = ["found", "not found", "uncertain"]


def delivery(*, among=DONE, equals=("found",)):
    """Return the pathway: tested, then cause found among some results, and failed among all."""
    found = {"id": "found", "label": "Found", "column": "ok", "equals": list(equals), "branch": True}
    failed = {"id": "failed", "label": "Failed", "column": "ok", "equals": ["failed"], "branch": True}
    return [found | ({"among": among} if among else {}), failed]


def test_each_share_of_delivery_has_its_own_denominator(prepared, section):
    lines = [f"{i},P{i},2024-06-01,a,X1,30,F,1,A,,{value},2024-06-11" for i, value in enumerate(
        ["found"] * 3 + ["not found"] * 4 + ["uncertain"] * 2 + ["failed"] * 1 + [""] * 2, 1)]  # fmt: skip
    with prepared(*lines) as (connection, own):
        connection.execute("DROP TABLE staged")
        query = stages.select(own["start"], delivery(), "2025-03-31")
        connection.execute(f"CREATE TABLE staged AS {query}")

        def counts(stage):
            sums = ", ".join(f'count_if("{kind}_{stage}")' for kind in "erp")
            return connection.execute(f"SELECT {sums} FROM staged").fetchone()

        # Found: 3 of 9 (failed tests found nothing out); failed: 1 of all 10 results. Two results are not known yet.
        assert counts("found") == (9, 3, 2)
        assert counts("failed") == (10, 1, 2)


@pytest.mark.parametrize(("among", "equals", "wanted"), [(DONE, ("found",), 0), (["not found"], ("found",), 1)])
def test_a_denominator_must_hold_its_numerator(section, among, equals, wanted):
    own = section | {"pathway": delivery(among=among, equals=equals), "outcomes": ["found"]}
    problems = stages.config_problems(own)
    assert len([p for p in problems if "'among' must hold every value of 'equals'" in str(p)]) == wanted


def test_the_main_line_leaves_branches_out():
    pathway = [
        {"id": "a", "column": "x"}, {"id": "b", "column": "x"}, {"id": "look", "column": "x", "branch": True},
        {"id": "c", "column": "x"},
    ]  # fmt: skip
    assert stages.main_line({"id": "start"}, pathway) == ["a", "b", "c"]
