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


def test_a_stage_for_some_records_alone_asks_no_others(prepared, section):
    lines = [f"{i},P{i},2024-06-01,a,X1,30,F,1,A,{kind},{ok},2024-06-11" for i, (kind, ok) in enumerate(
        [("H", "Y"), ("H", "N"), ("H", ""), ("J", "Y"), ("", "Y")], 1)]  # fmt: skip
    stage = {"id": "asked", "label": "Asked", "column": "ok", "equals": ["Y"], "branch": True}
    stage["only"] = {"column": "hospital", "equals": ["H"]}
    with prepared(*lines) as (connection, own):
        connection.execute('ALTER TABLE records ADD COLUMN "x_hospital" VARCHAR')
        connection.execute("UPDATE records SET x_hospital = code_2")
        query = stages.select(own["start"], [stage], None, "records")
        sums = ", ".join(f'count_if("{kind}_asked")' for kind in "erpa")
        # Of three records of kind H one is not known yet: 1 of 2 reached; J and a blank kind are not asked.
        assert connection.execute(f"SELECT {sums} FROM ({query})").fetchone() == (2, 1, 1, 1)


def test_a_stage_that_is_not_measurable_is_no_stage_of_the_counts(section):
    lost = {"id": "reason", "label": "Reason", "not_measurable": "No field.", "holder": "Clinics", "of": "accepted"}
    own = section | {"pathway": [*section["pathway"], lost]}
    assert stages.config_problems(own) == []
    assert stages.measured(own) == section
    problems = stages.config_problems(own | {"outcomes": ["reason"]})
    assert [str(p) for p in problems if "'reason' is declared not measurable" in str(p)]
    later = {"id": "later", "label": "Later", "column": "ok", "of": "reason"}
    assert "'of' names a stage that is not measurable" in str(
        stages.config_problems(own | {"pathway": [*own["pathway"], later]})[0]
    )


def test_relatives_need_a_role_and_a_pedigree(section):
    stage = {"id": "kin", "label": "Kin", "column": "tested", "relatives": True, "branch": True}
    own = section | {"pathway": [*section["pathway"], stage]}
    assert "who is whose relative" in str(stages.config_problems(own)[0])
    named = section["fields"] | {"pedigree": "fam", "role": {"column": "role", "proband": ["p"]}}
    assert stages.config_problems(own | {"fields": named}) == []
    assert "is a branch" in str(stages.config_problems(
        section | {"fields": named, "pathway": [*section["pathway"], stage | {"branch": False}]})[0])  # fmt: skip
