"""The scorecard: what is held, how complete, how valid, and what cannot be measured."""

import numpy as np
import pandas as pd
from genequity.service import adequacy, extract, records, sources, stages

WISH = [
    {"id": "language", "label": "Language", "not_measurable": "No field.", "holder": "Clinics"},
    {"id": "visit", "label": "Visit", "column": "hospital", "values": ["H"]},
]
LINES = [
    "1,P1,2024-06-01,a,X1,30,F,1,A,H,Y,2024-06-10",
    "2,P2,2024-06-01,a,X1,300,F,7,A,J,N,",  # age impossible: excluded, but counted against the field; no such deprivation
    "3,P3,2024-06-01,b,,30,,1,99,,,",  # no provider, no sex, no known ethnicity; acceptance not recorded
    "4,P4,2024-06-01,b,X1,30,M,1,Z,H,Y,",
    "4,P4,2024-06-01,b,X1,30,M,1,Z,H,Y,",  # a duplicate is no record of its own
]


def scorecard(write, scheme, *more, only=None):
    own = write(*LINES, *more) | {"scorecard": WISH}
    own["methods"]["adequate_from"] = 0.9
    own["pathway"] = [
        *own["pathway"],
        {"id": "why", "label": "Why not", "not_measurable": "Not asked.", "holder": "Labs"},
    ]
    if only:
        own["pathway"][0] = own["pathway"][0] | {"only": only}
    path, measured = own["inputs"]["extract"], stages.measured(own)
    with extract.opened(path, own["extract"]) as connection:
        extract.read_records(connection, path, own["fields"], adequacy.wanted(measured), own["extract"])
        sources.load(connection, measured)
        regions = {"a": "Area A", "b": "Area B"}
        records.prepare(connection, measured, scheme, "five", regions, "All regions")
        return adequacy.scorecard(connection, measured, own, "All regions")


def test_each_field_is_counted_and_judged(write, scheme):
    found = scorecard(write, scheme).set_index(["item", "region"])

    def of(item, region="All regions"):
        return found.loc[(item, region), ["records", "filled", "valid", "verdict"]].tolist()

    assert of("age") == [4, 4, 3, "partial"]
    assert of("sex") == [4, 3, 3, "partial"]
    assert of("deprivation") == [4, 4, 3, "partial"]
    assert of("provider") == [4, 3, 3, "partial"]
    assert of("ethnicity") == [4, 4, 3, "partial"]  # Z is an answer, 99 is none
    assert of("date") == [4, 4, 4, "adequate"]
    assert of("visit") == [4, 3, 2, "partial"]
    # Of three records that were referred and are kept, one has no word on acceptance.
    assert of("stage_accepted") == [3, 2, 2, "partial"]
    assert of("provider", "Area A") == [2, 2, 2, "adequate"]
    assert ("region", "Area A") not in found.index


def test_a_record_of_no_known_region_counts_against_the_region_alone(write, scheme):
    lost = "5,P5,2024-06-01,zz,X1,30,F,1,A,H,Y,"
    found = scorecard(write, scheme, lost).set_index(["item", "region"])
    assert found.loc[("region", "All regions"), ["records", "filled", "valid"]].tolist() == [5, 5, 4]
    assert found.loc[("sex", "All regions"), "records"] == 4
    for item, part in found.drop(index="region", level="item").groupby(level="item"):
        whole = part.loc[(item, "All regions"), "records"]
        assert part["records"].sum() == 2 * whole, item  # the regions add up to all of them


def test_a_stage_asked_of_some_records_alone_is_judged_within_these(write, scheme):
    # Of the three kept records that were referred, the two with the first form have a word on acceptance.
    found = scorecard(write, scheme, only={"column": "hospital", "equals": ["H"]}).set_index(["item", "region"])
    row = found.loc[("stage_accepted", "All regions")]
    assert row[["records", "filled", "valid", "verdict"]].tolist() == [2, 2, 2, "adequate"]
    assert row["label"] == "Accepted (asked of H only)"
    # Without a word on it, such a record is missing.
    more = "5,P5,2024-06-01,b,X1,30,F,1,A,H,,"
    found = scorecard(write, scheme, more, only={"column": "hospital", "equals": ["H"]}).set_index(["item", "region"])
    row = found.loc[("stage_accepted", "All regions")]
    assert row[["records", "filled", "valid", "verdict"]].tolist() == [3, 2, 2, "partial"]


def test_what_has_no_field_is_a_result(write, scheme):
    found = scorecard(write, scheme).set_index(["item", "region"])
    for item, why, who in (("language", "No field.", "Clinics"), ("stage_why", "Not asked.", "Labs")):
        row = found.loc[(item, "Area B")]
        assert (row["verdict"], bool(row["held"]), row["reason"], row["holder"]) == ("not measurable", False, why, who)
        assert (row["filled"], row["complete"]) == (0, 0.0)
    assert found.loc[("language", "All regions"), "records"] == 4
    assert found.loc[("stage_why", "All regions"), "records"] == 3


def test_an_empty_field_is_not_measurable_and_a_withheld_count_gives_no_verdict():
    frame = pd.DataFrame(
        {"held": [True, True, True], "records": [50, 50, None], "filled": [0, 50, None], "valid": [0, 45, None]}
    ).astype({"records": "Int64", "filled": "Int64", "valid": "Int64"})
    found = adequacy.judged(frame.assign(adequate_from=0.9))
    assert found["verdict"].tolist() == ["not measurable", "adequate", "withheld"]
    assert found["complete"].tolist()[:2] == [0.0, 1.0]
    assert np.isnan(found["complete"].iloc[2])
