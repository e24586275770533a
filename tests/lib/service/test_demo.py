"""The demonstration's referrals: calibrated to the census, planted defects exact, the same from the same seed."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from genequity import seeds
from genequity.config import ROOT
from genequity.demo import service
from genequity.service import targets

PERIOD = {"from": "2023-04-01", "to": "2025-03-31", "observed_until": "2025-06-30"}


@pytest.fixture(scope="module")
def truth():
    planted = yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text(encoding="utf-8"))["service"]
    return planted | {"records": 20_000, "defects": {k: v // 10 for k, v in planted["defects"].items()}}


@pytest.fixture(scope="module")
def residents(truth):
    return service.census(truth, ROOT / truth["census"]["counts"])


TARGETS = targets.read(str(ROOT / "config" / "demo" / "service_targets.csv"))


def draw(truth, residents):
    return service.referrals(truth, residents, seeds.generator(1, "demo_service"), PERIOD, TARGETS)


@pytest.fixture(scope="module")
def referrals(truth, residents):
    return draw(truth, residents)


def test_denominators_sum_to_the_census(truth, residents):
    counts = pd.read_csv(ROOT / truth["census"]["counts"], comment="#").set_index("code")["residents"]
    assert residents.groupby("code")["residents"].sum().to_dict() == counts.to_dict()
    assert len(residents) == 19 * 7 * 19 * 2
    assert (residents["residents"] >= 0).all()


def test_the_same_seed_gives_the_same_records(truth, residents, referrals):
    pd.testing.assert_frame_equal(referrals, draw(truth, residents))


def test_planted_defects_are_exact(truth, referrals):
    defects = truth["defects"]
    referrals = referrals[~referrals["relative"]]
    assert len(referrals) == truth["records"]
    assert referrals["referral"].duplicated().sum() == defects["duplicate"]
    once = referrals.drop_duplicates("referral")
    assert (once["age"] > 120).sum() == defects["age"]
    assert (once["code_form"] == service.UNLISTED).sum() == defects["unlisted_code"]
    assert (once["deprivation"] == 0).sum() == defects["deprivation"]
    assert (once["sex"] == 2).sum() == defects["sex"]
    tested = once["test_day"] > -9999
    assert (tested & (once["test_day"] < once["day"])).sum() == defects["date"] // 2
    assert (once["report_day"] > 821).sum() == defects["date"] - defects["date"] // 2  # 821 days to 30 June 2025


def test_records_hold_conflicts_declined_and_not_known(referrals):
    assert set(referrals["code_form"]) >= {"A", "H", "Z", "99"}
    assert "" in set(referrals["code_hospital"])
    assert (referrals["person"].duplicated()).any()
    valid = referrals[~referrals["code_form"].isin(["Z", "99", service.UNLISTED])]
    assert (valid.groupby("person")["code_form"].nunique() > 1).any()


def test_the_written_extract_uses_reserved_words_and_no_identifier(truth, residents, tmp_path):
    import duckdb

    path = str(tmp_path / "referrals.parquet")
    service.write_referrals(truth, residents, seeds.generator(1, "demo_service"), path, PERIOD, TARGETS)
    first = Path(path).read_bytes()
    service.write_referrals(truth, residents, seeds.generator(1, "demo_service"), path, PERIOD, TARGETS)
    assert Path(path).read_bytes() == first
    names = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    assert names[:4] == ["referral_ref", "pseudo_id", "referral_date", "gms_region"]
    counts = duckdb.sql(f"SELECT family_role, count(*) FROM '{path}' GROUP BY 1 ORDER BY 1").fetchall()
    assert counts[0] == ("proband", 20_000)
    assert counts[1][1] > 1_000


def test_relatives_come_after_a_cause_was_found_and_share_the_family(referrals):
    kin, probands = referrals[referrals["relative"]], referrals[~referrals["relative"]]
    found = probands[probands["outcome"] == 1]
    assert set(kin["family"]) <= set(found["family"])
    assert not set(kin["person"]) & set(probands["person"])
    # Families of a proband with a planted date tell nothing of the order.
    spoilt = probands[(probands["report_day"] > 821) | probands["test_day"].between(-999, probands["day"] - 1)]
    kin = kin[~kin["family"].isin(spoilt["family"])]
    assert (kin["day"] > kin["family"].map(found.groupby("family")["report_day"].min())).all()
    assert len(kin) > 1_000


def test_a_test_is_held_to_the_target_in_force_on_its_day(referrals):
    tested = referrals[(referrals["test_day"] > -9999) & (referrals["test_day"] < 821) & ~referrals["relative"]]
    genome = tested[tested["category"] == 2]
    # Version 2 is in force from 1 April 2024, day 366 of the study: 70 days in the place of 84.
    assert set(genome.loc[genome["test_day"].between(0, 365), "target"]) == {84}
    assert set(genome.loc[genome["test_day"] >= 366, "target"]) == {70}
