"""Support, organisations, and the way from each recommendation to its rows and votes."""

import pandas as pd
from genequity.recommendations import register, trace

FINDINGS = pd.DataFrame(
    {
        "id": ["survey.trust", "survey.travel", "interviews.trust"],
        "strand": ["survey", "survey", "interviews"],
        "voice": ["public", "public", "patient"],
        "statement": ["Statement 1.", "Statement 2.", "Statement 3."],
        "direction": ["lower", "described", "described"],
        "source_table": ["survey/shares", "survey/shares", "interviews/prevalence"],
        "source_row": ["item=a", "item=b", "theme=trust"],
        "source_file": ["f1", "f1", "f2"],
        "source_line": [2, 3, 2],
        "source_rows": 1,
    }
)
REGISTER = pd.DataFrame(
    {
        "id": ["R1", "R2"],
        "organisation": ["Research funder", "Research funder"],
        "evidence": [["survey.trust", "interviews.trust"], ["survey.trust", "survey.travel"]],
        "depends_on": [[], ["R1"]],
        "co_design": [["C1", "C2"], []],
        "panel_items": [["I1"], []],
        "history": [["2026-05-14: drafted"], ["2026-05-14: drafted"]],
    }
)
OWNERS = pd.DataFrame({"organisation": ["Professional college", "Research funder"], "type": ["a", "b"]})
PANEL = pd.DataFrame({"item": ["I1", "I1"], "recommendation": ["R1", "R1"], "final": [False, True]})
DECISIONS = pd.DataFrame(
    {
        "recommendation": ["R1", "R1"],
        "round": [1, 2],
        "decision": ["no consensus", "agreed"],
        "disagreement": [True, False],
        "final": [False, True],
    }
)
SUPPORTED = trace.support(REGISTER, FINDINGS)


def test_evidence_of_one_strand_is_labelled():
    assert SUPPORTED["support"].tolist() == ["2 strands", "single strand"]
    assert SUPPORTED["strands"].tolist() == ["interviews; survey", "survey"]
    assert SUPPORTED["voices"].tolist() == ["patient; public", "public"]


def test_an_organisation_without_a_recommendation_is_still_listed():
    found = trace.by_organisation(SUPPORTED, OWNERS).set_index("organisation")
    assert found["n"].to_dict() == {"Professional college": 0, "Research funder": 2}
    assert found.loc["Research funder", "recommendations"] == "R1; R2"


def test_each_leaf_of_the_trace():
    rows = trace.trace(SUPPORTED, FINDINGS, PANEL, DECISIONS).set_index(["recommendation", "finding"])
    assert len(rows) == 4
    leaf = rows.loc[("R1", "interviews.trust")]
    assert (leaf["source_file"], leaf["source_line"], leaf["source_row"]) == ("f2", 2, "theme=trust")
    assert (leaf["panel_items"], leaf["panel_round"], leaf["panel_decision"]) == ("I1", 2, "agreed")
    assert leaf["co_design"] == "C1; C2"
    assert rows.loc[("R2", "survey.trust"), "panel_decision"] == "not put to the panel"


def test_counts_and_their_numbers():
    traced = trace.trace(SUPPORTED, FINDINGS, PANEL, DECISIONS)
    counts = trace.tally(SUPPORTED, traced, DECISIONS).set_index("measure")["n"]
    expected = {"recommendations": 2, "organisations": 1, "findings_cited": 3, "single_strand": 1, "co_designed": 1}
    expected |= {"agreed": 1, "rejected": 0, "no_consensus": 0, "not_rated": 1, "disagreement": 0}
    assert counts.to_dict() == expected


def test_numbers_of_the_panel_come_from_its_rounds():
    columns = ("members", "panellists", "left", "items", "reworded", "unable")
    rounds = pd.DataFrame({"round": [1, 2], **{name: [5, 4] for name in columns}})
    tallied = pd.DataFrame({"measure": ["agreed"], "label": ["Agreed"], "n": [3]})
    found = {row["key"]: row for row in trace.numbers(tallied, rounds)}
    assert found["recommendations.panellists_last"]["value"] == 4
    assert found["recommendations.panellists_last"]["source_row"] == "round=2"
    assert [row["key"] for row in trace.numbers(tallied, rounds.iloc[:0])] == ["recommendations.agreed"]


def test_a_vote_that_has_gone_is_missed_and_the_recommendation_named():
    items = PANEL[["item", "recommendation"]]
    assert list(register.unrated(SUPPORTED, items, "items.csv")) == []
    gone = items[items["item"] != "I1"]
    (problem,) = register.unrated(SUPPORTED, gone, "items.csv")
    assert "R1 names the vote on item I1" in str(problem)
    (other,) = register.unrated(SUPPORTED, items.assign(recommendation="R2"), "items.csv")
    assert "R1 names the vote on item I1" in str(other)
