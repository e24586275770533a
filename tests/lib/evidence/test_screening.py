"""Decisions, agreement and settling; the ledger and the flow that follow."""

import pandas as pd
import pytest
from genequity.errors import InputError
from genequity.evidence import ledger, linking, screening

COLUMNS = {
    "stage": "stage",
    "reviewer": "reviewer",
    "decision": "decision",
    "reason": "reason",
    "doi": "doi",
    "title": "title",
}
STAGES = {"title_abstract": ["abstract"], "full_text": ["full text"]}
WORDS = {"include": ["yes"], "exclude": ["no"], "maybe": ["unsure"], "not retrieved": []}


def decisions_file(tmp_path, *rows):
    path = tmp_path / "decisions.csv"
    path.write_text("doi,title,stage,reviewer,decision,reason\n" + "\n".join(rows) + "\n")
    return str(path)


def records(n):
    names = [f"a:{i}" for i in range(1, n + 1)]
    return pd.DataFrame({
        "record": names, "source": "A", "title": [f"Placeholder title {i}" for i in range(1, n + 1)], "authors": "Author-A, B.",
        "year": "2020", "journal": "Placeholder", "doi": [f"10.5555/{i}" for i in range(1, n + 1)],
    })  # fmt: skip


NO_MERGES = pd.DataFrame(columns=["record", "kept", "matched", "reason"])


def read(path, n=3):
    found = screening.read(path, COLUMNS, STAGES, WORDS)
    return screening.linked(found, linking.Index(records(n), {}), path)


def test_words_of_the_file_become_ours_and_rows_find_records(tmp_path):
    path = decisions_file(tmp_path, "10.5555/1,,abstract,A,Yes,", ",Placeholder Title 2.,abstract,A,no,")
    found = read(path)
    assert found[["record", "stage", "decision"]].values.tolist() == [
        ["a:1", "title_abstract", "include"],
        ["a:2", "title_abstract", "exclude"],
    ]


def test_unknown_words_and_missing_reasons_are_all_listed(tmp_path):
    path = decisions_file(tmp_path, "10.5555/1,,abstract,A,inclde,", "10.5555/2,,full text,A,no,")
    with pytest.raises(InputError) as error:
        screening.read(path, COLUMNS, STAGES, WORDS)
    assert str(error.value).split("decisions.csv", 1)[1] == (
        " (row 2, column decision): a word of the shape 'xxxxxx' is not a known decision. Did you mean 'include'?\n"
        "    Expected: one of exclude, include, maybe, no, not retrieved, unsure, yes.\n"
        "    What to do: mend the word, or add it to evidence.methods.decision_words in the config."
    )
    path = decisions_file(tmp_path, "10.5555/2,,full text,A,no,", "10.5555/1,,full text,A,unsure,")
    with pytest.raises(InputError) as error:
        screening.read(path, COLUMNS, STAGES, WORDS)
    assert [p.where for p in error.value.problems] == ["row 2, column reason", "row 3, column decision"]


def test_a_row_without_a_record_and_a_second_thought_are_problems(tmp_path):
    path = decisions_file(
        tmp_path, "10.5555/99,,abstract,A,yes,", "10.5555/1,,abstract,A,yes,", "10.5555/1,,abstract,A,no,"
    )
    with pytest.raises(InputError) as error:
        read(path)
    assert [p.where for p in error.value.problems] == ["row 2", "row 4"]


def settled(rows, **options):
    frame = pd.DataFrame(rows, columns=["record", "stage", "reviewer", "decision", "reason"])
    return screening.settle(frame, **{"reviewers": 2, "adjudicator": "C", **options}).set_index("record")


def test_settling():
    stage = "title_abstract"
    outcome = settled([
        ("agreed", stage, "A", "include", ""), ("agreed", stage, "B", "maybe", ""),
        ("open", stage, "A", "include", ""), ("open", stage, "B", "exclude", ""),
        ("judged", stage, "A", "include", ""), ("judged", stage, "B", "exclude", ""), ("judged", stage, "C", "exclude", ""),
        ("one", stage, "A", "include", ""),
    ])  # fmt: skip
    assert outcome["outcome"].to_dict() == {
        "agreed": "include", "open": "open conflict", "judged": "exclude", "one": "incomplete",
    }  # fmt: skip
    assert outcome["conflict"].to_dict() == {"agreed": False, "open": True, "judged": True, "one": False}


def test_reviewers_who_give_different_reasons():
    outcome = settled(
        [("r", "full_text", "A", "exclude", "No data"), ("r", "full_text", "B", "exclude", "Wrong design")]
    )
    assert outcome.loc["r", "reason"] == "Reviewers gave different reasons"


def test_agreement_of_the_published_table():
    # Gwet's example [80, 7; 8, 5] (reference/agreement.md): kappa .3144, AC1 .808.
    rows = []
    for n, (a, b) in zip(
        [80, 7, 8, 5], [("include", "include"), ("include", "exclude"), ("exclude", "include"), ("exclude", "exclude")]
    ):
        for _ in range(n):
            record = f"r{len(rows)}"
            rows += [(record, "title_abstract", "A", a, ""), (record, "title_abstract", "B", b, "")]
    frame = pd.DataFrame(rows, columns=["record", "stage", "reviewer", "decision", "reason"])
    row = screening.agreement(frame, adjudicator=None).iloc[0]
    assert (row["records"], row["conflicts"], row["agreement"]) == (100, 15, 0.85)
    assert row["kappa"] == pytest.approx(0.3144, abs=5e-5)
    assert row["ac1"] == pytest.approx(0.808, abs=5e-4)


def test_kappa_that_cannot_be_computed_says_why():
    rows = [("r1", "full_text", "A", "include", ""), ("r1", "full_text", "B", "include", "")]
    frame = pd.DataFrame(rows, columns=["record", "stage", "reviewer", "decision", "reason"])
    row = screening.agreement(frame, adjudicator=None).iloc[0]
    assert pd.isna(row["kappa"])
    assert row["note"] != ""


def outcomes(*rows):
    return pd.DataFrame(rows, columns=["record", "stage", "outcome", "reason"]).assign(conflict=False, reviewers=2)


def counts(flow):
    return {box: None if pd.isna(n) else int(n) for box, n in flow[flow["item"] == "All"].set_index("box")["n"].items()}


def whole_ledger():
    merges = pd.DataFrame([{"record": "a:6", "kept": "a:5", "matched": "a:5", "reason": "same DOI and title"}])
    settled = outcomes(
        ("a:1", "title_abstract", "exclude", ""),
        ("a:2", "title_abstract", "include", ""), ("a:2", "full_text", "exclude", "No data"),
        ("a:3", "title_abstract", "include", ""), ("a:3", "full_text", "not retrieved", ""),
        ("a:4", "title_abstract", "open conflict", ""),
        ("a:5", "title_abstract", "include", ""), ("a:5", "full_text", "include", ""),
    )  # fmt: skip
    return ledger.build(records(7), merges, settled)


def test_every_record_has_a_fate_and_the_boxes_follow():
    # 7 records - 1 duplicate - 1 unscreened = 5 screened; - 1 excluded - 1 open = 3 sought; - 1 = 2 assessed; - 1 = 1 report
    built = whole_ledger()
    assert built["fate"].tolist() == [
        "excluded on title and abstract", "excluded on full text", "report not retrieved",
        "open conflict on title and abstract", "included", "duplicate", "not yet screened",
    ]  # fmt: skip
    flow = ledger.flow(built, unsure=0, studies=1)
    found = counts(flow)
    expected = {
        "identified": 7, "duplicates": 1, "unscreened": 1, "screened": 5, "excluded_screening": 1, "conflicts_screening": 1,
        "sought": 3, "not_retrieved": 1, "assessed": 2, "excluded_full_text": 1, "reports": 1, "studies": 1,
    }  # fmt: skip
    assert {box: found[box] for box in expected} == expected
    assert flow.loc[(flow["box"] == "excluded_full_text") & (flow["item"] == "No data"), "n"].tolist() == [1]


def test_a_changed_fate_stops_the_build():
    built = whole_ledger()
    built.loc[built["fate"] == "included", "fate"] = "excluded on full text"
    with pytest.raises(InputError, match=r"fate 'included' \(0\) and reports of included studies \(1\) do not agree"):
        ledger.flow(built, studies=1)


def test_more_studies_than_reports_stop_the_build():
    with pytest.raises(InputError, match=r"included studies \(2\) and reports of included studies, at most \(1\)"):
        ledger.flow(whole_ledger(), studies=2)


def test_without_decisions_the_flow_ends_after_duplicates():
    flow = ledger.flow(ledger.build(records(3), NO_MERGES, None))
    found = counts(flow)
    assert (found["identified"], found["unscreened"], found["screened"], found["studies"]) == (3, 3, None, None)
    notes = flow.loc[flow["n"].isna(), "note"]
    assert set(notes) == {"No screening decisions were supplied; the flow ends here."}


def test_a_decision_on_full_text_needs_the_first_stage(tmp_path):
    path = decisions_file(tmp_path, "10.5555/1,,full text,A,yes,", "10.5555/1,,full text,B,yes,")
    decisions = read(path)
    built = ledger.build(records(3), NO_MERGES, screening.settle(decisions, reviewers=2, adjudicator=None))
    assert [p.where for p in ledger.contradictions(built, decisions, path)] == ["row 2", "row 3"]
    assert "reviewers" not in ledger.contradictions(built, decisions, path)[0].do


def test_full_texts_after_one_reviewers_decision_name_the_setting(tmp_path):
    path = decisions_file(tmp_path, "10.5555/1,,abstract,A,yes,", "10.5555/1,,full text,A,yes,")
    decisions = read(path)
    built = ledger.build(records(3), NO_MERGES, screening.settle(decisions, reviewers=2, adjudicator=None))
    (problem,) = ledger.contradictions(built, decisions, path)
    assert "screening: {reviewers: 1}" in problem.do
    alone = ledger.build(records(3), NO_MERGES, screening.settle(decisions, reviewers=1, adjudicator=None))
    assert ledger.contradictions(alone, decisions, path) == []
