"""Probands apart from relatives: what came to a family, with intervals by pedigree."""

import numpy as np
import pytest
from genequity.service import extract, family, records, sources

HEAD = "ref,who,day,area,site,years,sex,imd,form,hospital,ok,tested,fam,role"


@pytest.fixture
def section_of_families(section):
    section["fields"] |= {"pedigree": "fam", "role": {"column": "role", "proband": ["proband"]}}
    section["pathway"] = [
        section["pathway"][0],
        {"id": "kin", "label": "A relative tested", "column": "tested", "relatives": True, "of": "accepted",
         "branch": True, "part": "family", "within": {"of": "tested", "days": 60}},
    ]  # fmt: skip
    section["outcomes"] = ["accepted"]
    return section


LINES = [
    "1,P1,2024-06-01,a,X1,30,F,1,A,,Y,2024-06-10,F1,proband",
    "2,P2,2024-06-01,a,X1,30,F,1,A,,Y,2024-06-10,F2,proband",
    "3,P3,2024-06-01,a,X1,30,F,1,A,,Y,2024-06-10,F3,",  # role not recorded: a proband
    "4,P4,2024-06-01,a,X1,30,F,1,H,,Y,2025-03-01,F4,proband",  # the 60 days are not over on 31 March 2025
    "5,P5,2024-06-01,a,X1,30,F,1,H,,N,,F5,proband",
    "6,P6,2024-07-01,a,X1,30,F,1,A,,Y,2024-07-10,F1,relative",  # day 30
    "7,P7,2024-07-01,a,X1,30,F,1,J,,Y,2024-07-20,F1,relative",  # day 40
    "8,P8,2024-07-01,a,X1,30,F,1,A,,Y,2024-12-10,F2,relative",  # day 183: too late
    "9,P9,2024-07-01,a,X1,30,F,1,A,,Y,2024-07-10,F9,relative",  # of nobody in the extract
    "10,P10,2025-02-01,a,X1,30,F,1,A,,N,,F2,relative",  # after the period, which is for probands
]


@pytest.fixture
def staged(section_of_families, write, scheme):
    own = write(*LINES, head=HEAD)
    path = own["inputs"]["extract"]
    with extract.opened(path, own["extract"]) as connection:
        extract.read_records(connection, path, own["fields"], own["pathway"], own["extract"])
        sources.load(connection, own)
        records.prepare(connection, own, scheme, "five", {"a": "Area A"}, "All regions")
        yield connection, own


def test_relatives_are_counted_apart_and_nothing_is_lost(staged):
    connection, own = staged
    flow = records.flow(connection).set_index("step")["records"].to_dict()
    assert flow == {"relative": 5, "analysed": 5, "read": 10}
    noted = records.quality(connection, own).set_index("check")["count"]
    assert (noted["role"], noted["pedigree"]) == (1, 1)


def test_a_proband_reaches_what_a_relative_reached_in_time(staged):
    connection, _ = staged
    found = connection.execute('SELECT row, "e_kin", "r_kin", "p_kin" FROM staged ORDER BY row').fetchall()
    assert found == [
        (2, True, True, False), (3, True, False, False), (4, True, False, False),
        (5, False, False, True), (6, False, False, False),
    ]  # fmt: skip


def test_cascade_counts_families_and_relatives(staged):
    connection, own = staged
    found = family.cascade(connection, own, "White").set_index("group")
    row = found.loc["White"]
    # Three probands in three families: one with a relative tested in time, two relatives in all.
    assert (row["probands"], row["families"], row["reached"], row["relatives"]) == (3, 3, 1, 2)
    assert row["share"] == pytest.approx(1 / 3)
    assert row["each"] == pytest.approx(2 / 3)
    assert "Asian" not in found.index  # their only proband's time is not over


def test_relatives_have_a_pathway_of_their_own(staged, scheme):
    connection, own = staged
    found = family.relatives(connection, own, scheme, "five").set_index(["group", "stage"])
    assert found.loc[("White", "accepted"), ["eligible", "reached"]].tolist() == [4, 3]
    assert found.loc[("Asian", "accepted"), ["eligible", "reached"]].tolist() == [1, 1]
    assert "kin" not in found.index.get_level_values("stage")


def test_the_error_of_a_ratio_is_by_pedigree():
    # One record a pedigree: p = 0.3 of 10, variance p (1 - p) / (n - 1).
    share, error = family.ratio_of([1] * 3 + [0] * 7, [1] * 10)
    assert (share, error) == (pytest.approx(0.3), pytest.approx(np.sqrt(0.3 * 0.7 / 9)))
    # Five pedigrees of two records that always agree: as five records, not ten.
    share, error = family.ratio_of([2, 0, 2, 0, 0], [2] * 5)
    assert error == pytest.approx(np.sqrt(0.4 * 0.6 / 4))
    # Totals 3, 1, 2 over sizes 3, 2, 3: R = 6/8, residuals 0.75, -0.5, -0.25; sum of squares 0.875 * 3/2 over 64.
    share, error = family.ratio_of([3, 1, 2], [3, 2, 3])
    assert (share, error) == (pytest.approx(0.75), pytest.approx(np.sqrt(0.875 * 1.5) / 8))


def test_limits_of_a_share_are_wilsons_at_its_effective_number():
    from genequity.service import intervals

    error = np.sqrt(0.3 * 0.7 / 50)
    found = family.limits("share", 0.3, error, 80, 0.95)
    assert found["share_low"] == pytest.approx(float(intervals.wilson(15, 50, 0.95)[0]))
    assert family.limits("share", 0.0, 0.0, 20, 0.95)["share_high"] == pytest.approx(
        float(intervals.wilson(0, 20, 0.95)[1])
    )


def test_clusters_may_be_pedigrees(section_of_families, write, scheme, tmp_path):
    """Cells keep the pedigree, so that the variance by pedigree is that of single records."""
    from genequity import tables
    from genequity.service import glm
    from genequity.service import variance as variances

    rng = np.random.default_rng(11)
    fam, old = rng.integers(0, 40, 300), rng.integers(0, 2, 300)
    code, ok = rng.choice(["A", "H"], 300), rng.random(300) < 0.4 + 0.3 * (rng.random(40) < 0.5)[fam]
    lines = [
        f"{i},P{i},2024-06-01,a,X1,{30 + 30 * old[i]},F,1,{code[i]},,{'Y' if ok[i] else 'N'},,F{fam[i]},proband"
        for i in range(300)
    ]
    section_of_families["cluster"] = "pedigree"
    own, path = write(*lines, head=HEAD), section_of_families["inputs"]["extract"]
    with extract.opened(path, own["extract"]) as connection:
        extract.read_records(connection, path, own["fields"], own["pathway"], own["extract"])
        sources.load(connection, own)
        records.prepare(connection, own, scheme, "five", {"a": "Area A"}, "All regions")
        records.write_cells(connection, own, str(tmp_path / "cells.parquet"))
    cells = tables.read(tmp_path / "cells.parquet")
    assert set(cells["pedigree"]) == {f"F{i}" for i in fam}
    assert len(cells) < 300

    def clustered(group, age, family, events, n):
        factors = (
            glm.Factor("group", ("White", "Asian"), (group == "Asian").astype(np.intp)),
            glm.Factor("age", ("0", "40"), (age >= 40).astype(np.intp)),
        )
        design = glm.Design(factors, len(n))
        fitted = glm.fit(design, events, n)
        codes = np.unique(family, return_inverse=True)[1]
        return fitted.beta, variances.estimate(design, fitted, events, n, variances.CR1, codes).covariance

    on_cells = clustered(
        cells["group"].to_numpy(str), cells["age_from"].to_numpy(), cells["pedigree"].to_numpy(str),
        cells["reached_accepted"].to_numpy(float), cells["eligible_accepted"].to_numpy(float),
    )  # fmt: skip
    group = np.where(code == "A", "White", "Asian")
    on_records = clustered(group, 30 + 30 * old, fam, ok.astype(float), np.ones(300))
    assert on_cells[0] == pytest.approx(on_records[0], abs=1e-10)
    assert on_cells[1] == pytest.approx(on_records[1], abs=1e-10)
