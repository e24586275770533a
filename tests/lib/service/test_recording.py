"""Completeness and validity by provider, region and year, by hand."""

import pandas as pd
import pytest
from genequity import tables
from genequity.notebook import Absent
from genequity.release import protect
from genequity.service import figures_recording, recording

LINES = (
    # ref, who, day, area, site, …, form, hospital: what the two columns say, and the better of them
    "r1,p1,2024-02-01,a,s1,50,F,1,A,,Y,",  # known
    "r2,p1,2024-02-02,a,s1,50,F,1,Z,H,Y,",  # the hospital knows
    "r3,p3,2024-02-03,a,s1,50,F,1,Z,99,Y,",  # declined, above not known
    "r4,p4,2024-02-04,a,s2,50,F,1,99,,Y,",
    "r5,p5,2024-02-05,a,s2,50,F,1,QQ,,Y,",  # no code of the scheme
    "r6,p6,2024-02-06,b,s3,50,F,1,,,Y,",  # no code
    "r7,p7,2024-02-07,b,,50,F,1,J,QQ,Y,",  # no provider
)


def table(prepared, scheme, *lines):
    with prepared(*lines) as (connection, own):
        return recording.counts(connection, own, scheme, "All regions")


def test_a_record_has_one_answer_and_the_parts_add_up(prepared, scheme):
    out = table(prepared, scheme, *LINES).set_index(["dimension", "region", "unit", "part", "status"]).sort_index()
    at = out["records"]
    s1 = at["provider", "Area A", "s1", "answers"]
    assert s1.to_dict() == {"Known": 2, "Not stated": 1, "Not known": 0, "All records": 3}
    # A code that the scheme does not have says nothing of the person.
    assert at["provider", "Area A", "s2", "answers"].to_dict()["Not known"] == 2
    assert at["provider", "Area A", "s2", "codes"].to_dict() == {
        "Code in the scheme": 1, "Code not in the scheme": 1, "No code": 0, "All records": 2,
    }  # fmt: skip
    assert at["provider", "Area B", recording.NO_PROVIDER, "answers"]["Known"] == 1
    everywhere = at["provider", "All regions", recording.ALL_PROVIDERS]
    assert everywhere["answers", "All records"] == everywhere["codes", "All records"] == 7
    assert everywhere.to_dict() == at["year", "All regions", "2024"].to_dict()
    for region in ("Area A", "Area B"):
        units = at["provider", region].unstack(["part", "status"]).sort_index()
        assert (units.drop(recording.ALL_PROVIDERS).sum() == units.loc[recording.ALL_PROVIDERS]).all()


def test_validity_is_of_the_records_with_a_code(prepared, scheme):
    out = table(prepared, scheme, *LINES).assign(suppressed=None)
    found = recording.measures(out, "provider").set_index(["region", "unit"])
    # All: 7 records, 3 known; 6 with a code, 2 of them with one that is not in the scheme.
    assert found.loc[("All regions", "All providers"), "complete"] == pytest.approx(3 / 7)
    assert found.loc[("All regions", "All providers"), "valid"] == pytest.approx(4 / 6)
    assert found.loc[("Area A", "s2"), "valid"] == pytest.approx(1 / 2)
    assert pd.isna(found.loc[("Area B", "s3"), "valid"])  # no code at all: no validity
    codes = out[(out["part"] == "codes") & (out["unit"] == "s2")].set_index("status")["of_codes"]
    assert codes["Code in the scheme"] == pytest.approx(1 / 2)


def test_excluded_records_do_not_count(prepared, scheme):
    out = table(prepared, scheme, *LINES, "r8,p8,2024-02-08,q,s1,50,F,1,A,,Y,")  # region not in the look-up
    assert out.loc[out["status"] == "All records", "records"].max() == 7


def test_a_few_foreign_codes_are_withheld_and_take_no_answer_with_them():
    rows = []
    for unit, foreign in (("s1", 3), ("s2", 0), ("All providers", 3)):
        n = 200 if unit == "All providers" else 100
        answers = dict(zip(recording.PARTS["answers"], (n - 30, 30, 0), strict=True))
        codes = dict(zip(recording.PARTS["codes"], (n - foreign, foreign, 0), strict=True))
        rows += [
            {
                "dimension": "provider",
                "region": "Area A",
                "unit": unit,
                "part": part,
                "status": status,
                "records": count,
            }
            for part, counts in (("answers", answers), ("codes", codes))
            for status, count in [*counts.items(), ("All records", n)]
        ]
    frame = recording.shares(pd.DataFrame(rows))
    shown = recording.shares(protect(frame, tables.schema("service/recording"), "nhse"))
    at = shown.set_index(["unit", "part", "status"]).sort_index().sort_index()
    assert at.loc[("s1", "answers"), "records"].notna().all()
    assert pd.isna(at.loc[("s1", "codes", "Code not in the scheme"), "records"])
    assert pd.isna(at.loc[("s1", "codes", "Code in the scheme"), "records"])  # the rest would give it back
    found = recording.measures(shown, "provider").set_index("unit")
    assert found.loc["s1", "few"]
    assert pd.isna(found.loc["s1", "valid"])
    assert found.loc["s1", "complete"] == 0.7
    assert (at["share"].isna() == (at["records"].isna() | at["all_records"].isna())).all()


def test_a_withheld_total_stands_nowhere():
    rows = [
        ("answers", "Known", 3),
        ("answers", "All records", None),
        ("codes", "No code", 0),
        ("codes", "All records", None),
    ]
    frame = pd.DataFrame(rows, columns=["part", "status", "records"]).assign(
        dimension="provider", region="A", unit="s1"
    )
    out = recording.shares(frame.assign(all_records=3, share=1.0))
    assert out[["all_records", "share", "of_codes"]].isna().all(axis=None)


def test_the_figure_has_a_line_a_region_and_says_when_there_is_nothing(prepared, scheme):
    out = table(prepared, scheme, *LINES).assign(suppressed=None)
    drawn = figures_recording.providers(out, "All regions")
    assert [label.get_text() for label in drawn.axes[0].get_yticklabels()] == ["Area A", "Area B", "All regions"]
    whole = out[out["unit"] == recording.ALL_PROVIDERS]
    assert isinstance(figures_recording.providers(whole, "All regions"), Absent)
