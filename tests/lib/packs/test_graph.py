"""Each recommendation is followed to its leaves; a leaf of any kind that has gone is missed by recommendation."""

import re

import pandas as pd
import pytest
from genequity.packs import graph, leaves, table
from genequity.synthesis.register import FILE, LINE


def test_each_recommendation_is_followed_to_rows_leaves_votes_co_design_and_inputs(release):
    way = graph.build(release)
    assert way.problems == []
    below = {node.key for node in way.below("recommendation/R1")}
    assert below == {
        *("finding/interviews.travel", "finding/policy.theme", "finding/evidence.pooled", "finding/survey.trust"),
        *("co-design/C1", "vote/I1, round 1", "vote/I1, round 2"),
    }
    assert [node.id for node in way.below("finding/survey.trust", graph.INPUT)] == ["survey.inputs.file"]
    counts = {kind: len(way.of(kind)) for kind in (leaves.PASSAGE, leaves.RESULT, leaves.STUDY, leaves.QUESTION)}
    assert counts == {leaves.PASSAGE: 1, leaves.RESULT: 2, leaves.STUDY: 1, leaves.QUESTION: 1}
    row = way.below("finding/survey.trust", graph.ROW)[0]
    assert (row.place, row.text) == ("release/survey/shares.csv#2", "item=q1; group=Asian; n=100; share=0.5")


def test_quotations_of_the_role_that_the_row_is_about_are_shown(release):
    """The theme has two quotations; the row is about patients, and one of them is a patient's."""
    way = graph.build(release)
    assert [node.id for node in way.of(leaves.QUOTATION)] == ["Q001"]
    assert way.of(leaves.QUOTATION)[0].sha256 == graph.digest("Words one")


LEAVES = {
    "finding": ("synthesis/register", {"id": "policy.theme"}, "R1 rests on finding policy.theme"),
    "row": ("survey/shares", {"item": "q1"}, "R1 rests on finding survey.trust, whose row"),
    "quotation": ("interviews/quotes", {"quote": "Q002"}, "R1 .*counts 2 quotations, and the release holds 1"),
    "passage": ("policy/excerpts", {"document": "D1"}, "R1 .*counts 1 passages, and the release holds 0"),
    "forest row": ("evidence/effects", {"study": "Study 2"}, "R1 .*counts 2 study results, and the release holds 1"),
    "study": ("evidence/studies", {"study": "Study 1"}, "R2 .*counts 1 studies, and the release holds 0"),
    "question": ("survey/items", {"item": "q1"}, "R1 .*counts 1 questions, and the release holds 0"),
    "co-design entry": ("recommendations/co_design", {"entry": "C1"}, "R1 names co-design entry C1"),
    "vote": ("recommendations/panel", {"item": "I1"}, "R1 was rated by the panel as item I1"),
    "input": ("audit/inputs", {"strand": "evidence"}, "R[12] .*no input of the part 'evidence'"),
}


@pytest.mark.parametrize("kind", LEAVES)
def test_a_leaf_that_has_gone_is_missed_and_the_recommendation_named(release, kind):
    table, cells, message = LEAVES[kind]
    for column, value in cells.items():
        release[table] = release[table][release[table][column] != value]
    problems = [str(problem) for problem in graph.build(release).problems]
    assert any(re.search(f"recommendation {message}", problem) for problem in problems), problems


def test_a_table_that_has_gone_is_missed(release):
    del release["evidence/pooled"]
    problems = [str(problem) for problem in graph.build(release).problems]
    assert any("R1 rests on finding evidence.pooled, whose table evidence/pooled" in problem for problem in problems)


def test_a_withheld_number_of_quotations_is_not_taken_for_none(release):
    release["interviews/quotable"]["released"] = ""
    assert graph.build(release).problems == []


@pytest.mark.parametrize("publisher", ["All publishers", "Body A"])
def test_passages_of_one_publisher_or_of_all(release, publisher):
    row = {"grade": "mentioned", "publisher": publisher, "documents": "1"}
    release["policy/grades"] = release["policy/excerpts"].assign(grade="mentioned")
    behind = leaves.BEHIND["policy/grade_counts"][0]
    assert len(leaves.rows(behind, row, release)) == leaves.expected(behind, row, release) == 1


def problems_without(release, table, place):
    """Return what is missed when one row has gone, where the gate counted the inputs as they were."""
    counted = {name: int(many) for name, many in release["audit/inputs"]["strand"].value_counts().items()}
    assert graph.build(release, counted).problems == []
    short = {**release, table: release[table].drop(index=release[table].index[place])}
    return [str(problem) for problem in graph.build(short, counted).problems]


@pytest.mark.parametrize("place", [0, 1])
def test_one_round_of_votes_is_missed(release, place):
    (problem,) = problems_without(release, "recommendations/panel", place)
    assert (
        f"recommendation R1 was decided in round {place + 1} on the votes on items: 1; the release holds: 0" in problem
    )


def test_one_input_of_several_is_missed(release):
    table = release["audit/inputs"]
    release["audit/inputs"] = pd.concat([table, table.assign(input=table["input"] + "s")], ignore_index=True)
    problems = problems_without(release, "audit/inputs", 3)
    assert len(problems) == 1
    assert "recommendation R1 rests on 2 inputs of the part 'survey', and 1 are on record" in problems[0]


def test_one_row_of_several_behind_a_finding_is_missed(release):
    table = release["survey/shares"]
    release["survey/shares"] = pd.concat([table, table.assign(n="90")], ignore_index=True)
    release["synthesis/register"].loc[lambda rows: rows["id"] == "survey.trust", "source_rows"] = "2"
    (problem,) = problems_without(release, "survey/shares", 1)
    assert "recommendation R1 rests on finding survey.trust, drawn from 2 rows" in problem


def test_votes_co_design_and_register_lead_to_their_inputs(release, study):
    names = ("panel_ratings", "consensus_declaration", "co_design_log", "register")
    rows = [{"input": f"recommendations.inputs.{name}", "strand": "recommendations", "sha256": "00"} for name in names]
    release["audit/inputs"] = pd.concat(
        [release["audit/inputs"], pd.DataFrame(rows).assign(**{FILE: "x", LINE: 2})], ignore_index=True
    )
    way = graph.build(release)
    for above, wanted in {
        "vote/I1, round 1": names[:2],
        "co-design/C1": names[2:3],
        "recommendation/R1": names[3:],
    }.items():
        found = [node.id.rpartition(".")[2] for node in way.below(above, graph.INPUT)]
        assert found == list(wanted)
    made = {entry["@id"]: entry for entry in table.prov(way, study)["@graph"]}
    assert len(made["run:activity/panel"]["used"]) == len(made["run:activity/register"]["used"]) == len(names)


def test_what_the_whole_study_rests_on_and_the_declaration_of_answers_have_their_place(release, study):
    names = {"themes": "study", "synthesis.inputs.readings": "synthesis", "primary.inputs.declaration": "primary"}
    rows = [{"input": name, "strand": part, "sha256": "00", FILE: "x", LINE: 2} for name, part in names.items()]
    release["audit/inputs"] = pd.concat([release["audit/inputs"], pd.DataFrame(rows)], ignore_index=True)
    release["primary/answers"] = pd.DataFrame({"question": ["trust"], "finding": ["survey.trust"]})
    way = graph.build(release)
    for name in ("R1", "R2"):
        found = {node.id for node in way.below(f"recommendation/{name}", graph.INPUT)}
        assert found == {"themes", "synthesis.inputs.readings"}
    declared = {node.id for node in way.below("finding/survey.trust", graph.INPUT)}
    assert declared == {"survey.inputs.file", "primary.inputs.declaration"}
    assert "primary.inputs.declaration" not in {node.id for node in way.below("finding/policy.theme", graph.INPUT)}
    made = {entry["@id"]: entry for entry in table.prov(way, study)["@graph"]}
    assert made["run:activity/primary"]["used"] == ["run:input/primary.inputs.declaration"]
    assert "run:activity/synthesis" in made["run:activity/register"]["wasInformedBy"]
    for name in names:
        place = list(release["audit/inputs"]["input"]).index(name)
        problems = problems_without(release, "audit/inputs", place)
        assert {re.search(r"recommendation (R\d)", problem)[1] for problem in problems} == {"R1", "R2"}, name
