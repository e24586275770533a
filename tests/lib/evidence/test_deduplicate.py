"""Duplicate rules: what merges, what must not, and the speed on a search of seven thousand records."""

import time

import numpy as np
import pandas as pd
import pytest
from genequity.evidence import deduplicate, exports, fields

PAPER = {
    "title": "A placeholder trial of interpreters in genomic clinics of one region", "authors": "Author-A, B.; Author-C, D.",
    "year": "2020", "journal": "Placeholder Journal of Clinics", "volume": "12", "issue": "3", "pages": "101-109",
    "doi": "10.5555/a", "type": "JOUR", "form": "Article",
}  # fmt: skip


def table(*changes):
    blank = dict.fromkeys(fields.FIELDS, "")
    return pd.DataFrame([{**blank, **PAPER, **change, "record": f"r{i}"} for i, change in enumerate(changes)])


def merged(*changes):
    return len(deduplicate.find(table(*changes))[0])


@pytest.mark.parametrize(
    "change",
    [
        {"doi": ""},
        {"title": "A PLACEHOLDER TRIAL OF INTERPRETERS IN GENOMIC CLINICS OF ONE REGION.", "doi": ""},
        {"title": PAPER["title"] + " [Review] [40 refs]", "doi": ""},
        {"journal": "Placeholder J Clin", "doi": "", "pages": "101-9"},
        {"authors": "Author-A B", "doi": ""},
        {"year": "2021", "doi": ""},
        {"year": "2014"},  # same DOI: the year is wrong
        {"pages": "e1012", "doi": ""},  # article number against page range is unknown, not a conflict
        {"pages": "1-9", "doi": ""},  # ahead of print
        {"title": "[Ein Versuch mit Dolmetschern in Kliniken]", "doi": ""},  # translated title, same place
        {"volume": "", "issue": "", "pages": "", "doi": ""},
    ],
)
def test_copies_merge(change):
    assert merged({}, change) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Erratum: " + PAPER["title"], "doi": "10.5555/b"},
        {"title": "Reply to: " + PAPER["title"], "doi": "10.5555/b", "pages": "110-111"},
        {"title": PAPER["title"] + ", part II", "doi": "10.5555/b", "pages": "110-119"},
        {
            "form": "Conference Abstract",
            "journal": "Placeholder Congress",
            "volume": "1",
            "pages": "7",
            "doi": "10.5555/b",
        },
        {"volume": "19", "pages": "7-9", "doi": "10.5555/b", "year": "2021"},
        {"authors": "Somebody, Y.", "doi": "", "volume": "", "pages": ""},
        {"year": "2014", "doi": "", "pages": "3-5"},
        {"type": "GEN", "journal": "", "volume": "", "issue": "", "pages": "", "doi": "10.5555/b"},  # a preprint
    ],
)
def test_look_alikes_stay_apart(change):
    assert merged({}, change) == 0


def test_numbered_titles_stay_apart():
    assert merged({"title": "Synthetic study 014 of referral for testing in clinics"}, {
        "title": "Synthetic study 015 of referral for testing in clinics", "doi": "", "pages": ""}) == 0  # fmt: skip


def test_a_generic_title_needs_journal_volume_and_page():
    editorial = {"title": "Editorial", "doi": "", "volume": "9", "issue": "1", "pages": "1-2"}
    assert merged(editorial, {**editorial, "journal": "Another Review of Something"}) == 0
    assert merged(editorial, {**editorial, "pages": ""}) == 0
    assert merged(editorial, editorial) == 1


def test_congress_abstracts_share_a_page_only():
    first = {"form": "Conference Abstract", "pages": "S12", "doi": ""}
    assert (
        merged(
            first, {**first, "title": "Quite another piece of work on waiting for results", "authors": "Author-Q, R."}
        )
        == 0
    )


def test_abstracts_of_one_group_that_differ_in_a_word_stay_apart():
    first = {"title": "Waiting for results of genomic tests in men of one region", "pages": "S12", "doi": ""}
    assert merged(first, {**first, "title": first["title"].replace("men", "women")}) == 0
    assert merged(first, {**first, "title": first["title"].replace("results", "result")}) == 1


def test_a_chain_does_not_bridge_a_conflict():
    # r0 and r2 lack what tells them from r1, but have different PubMed numbers.
    bare = {"doi": "", "volume": "", "issue": "", "pages": ""}
    merges, unsure = deduplicate.find(table({**bare, "pmid": "99900001"}, bare, {**bare, "pmid": "99900002"}))
    assert len(merges) == 1
    assert len(unsure) == 1


def test_every_merge_has_a_reason_and_the_fullest_record_stays():
    merges, _ = deduplicate.find(table({"doi": ""}, {"abstract": "Placeholder"}))
    assert merges.to_dict("records") == [
        {"record": "r0", "kept": "r1", "matched": "r1", "reason": "same first author, volume and pages"}
    ]


def test_same_title_with_different_dois_is_left_to_a_person():
    preprint = {"type": "GEN", "journal": "", "volume": "", "issue": "", "pages": "", "doi": "10.5555/b"}
    _, unsure = deduplicate.find(table({}, preprint))
    assert unsure["reason"].tolist() == ["same title, different DOIs"]


def test_no_record_at_all():
    merges, unsure = deduplicate.find(table().reindex(columns=[*fields.FIELDS, "record"]))
    assert merges.empty
    assert unsure.empty


@pytest.mark.parametrize("folder", ["search_exports", "one_search_three_databases"])
@pytest.mark.parametrize("hidden", [False, True])
def test_real_searches_agree_with_their_dois(real_folder, folder, hidden):
    """DOIs as an independent key: nothing merges across two DOIs but a known preprint, even when DOIs are hidden."""
    files = sorted((real_folder / "evidence" / folder).glob("*.*"))
    records = pd.concat([exports.read(str(file)) for file in files], ignore_index=True)
    records["record"] = [f"r{i}" for i in range(len(records))]
    shown = records.assign(doi="", pmid="") if hidden else records
    merges, _ = deduplicate.find(shown)
    doi = records.set_index("record")["doi"]
    crossed = [m for m in merges.itertuples() if doi[m.record] and doi[m.kept] and doi[m.record] != doi[m.kept]]
    assert crossed == []
    repeated = int((records["doi"] != "").sum() - records.loc[records["doi"] != "", "doi"].nunique())
    assert len(merges) >= 0.95 * repeated


def test_seven_thousand_records_in_two_seconds():
    rng = np.random.default_rng(1)
    words = [f"word{i:03d}" for i in range(400)]
    rows = []
    for i in range(7000):
        title = " ".join(rng.choice(words, 10))
        rows.append({**PAPER, "title": title, "doi": "", "authors": f"Author-{i % 900}, A.", "pages": str(i % 800),
                     "volume": str(i % 50), "year": str(2000 + i % 20)})  # fmt: skip
    records = table(*rows)
    start = time.process_time()
    deduplicate.find(records)
    assert time.process_time() - start < 4  # two seconds on an idle core; twice that on a busy runner
