"""The demonstration's referrals: calibrated to the census, planted defects exact, the same from the same seed."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from genequity import seeds
from genequity.config import ROOT
from genequity.demo import service

PERIOD = {"from": "2023-04-01", "to": "2025-03-31", "observed_until": "2025-06-30"}


@pytest.fixture(scope="module")
def truth():
    planted = yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text(encoding="utf-8"))["service"]
    return planted | {"records": 20_000, "defects": {k: v // 10 for k, v in planted["defects"].items()}}


@pytest.fixture(scope="module")
def residents(truth):
    return service.census(truth, ROOT / truth["census"]["counts"])


def draw(truth, residents):
    return service.referrals(truth, residents, seeds.generator(1, "demo_service"), PERIOD)


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
    service.write_referrals(truth, residents, seeds.generator(1, "demo_service"), path, PERIOD)
    first = Path(path).read_bytes()
    service.write_referrals(truth, residents, seeds.generator(1, "demo_service"), path, PERIOD)
    assert Path(path).read_bytes() == first
    names = [row[0] for row in duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()]
    assert names[:4] == ["referral_ref", "pseudo_id", "referral_date", "gms_region"]
    assert duckdb.sql(f"SELECT count(*) FROM '{path}'").fetchall() == [(20_000,)]
