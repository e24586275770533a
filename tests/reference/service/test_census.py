"""The demonstration's census counts against the official file by local authority (Census 2021, TS021)."""

import pandas as pd
from genequity.config import ROOT

PERTURBED = 30  # people a group: small cells of the local file are perturbed


def test_totals_agree_with_the_local_authority_file(real_folder):
    counts = pd.read_csv(ROOT / "config" / "demo" / "census_ts021.csv", comment="#").set_index("code")["residents"]
    scheme = pd.read_csv(ROOT / "config" / "schemes" / "ons2021_19.csv")
    local = pd.read_csv(real_folder / "geography" / "ethnicity21_ltla21.csv")
    england = local[local["ltla21_code"].str.startswith("E") & local["ethnic_group"].str.endswith("(number)")]
    official = england.groupby(england["ethnic_group"].str.removesuffix(" (number)"))["value"].sum()
    for code, label in zip(scheme["code"], scheme["label"], strict=True):
        assert abs(official[label] - counts[code]) <= PERTURBED, label
    assert counts.sum() == 56_490_048
    five = counts.groupby(scheme.set_index("code")["five_2021"]).sum().to_dict()
    assert five == {"Asian": 5_426_392, "Black": 2_381_724, "Mixed": 1_669_378, "Other": 1_229_153, "White": 45_783_401}


def test_chinese_is_other_in_2001_and_asian_in_2021():
    for file, code in (("nhs2001.csv", "R"), ("ons2021_19.csv", "2")):
        scheme = pd.read_csv(ROOT / "config" / "schemes" / file, dtype=str).set_index("code")
        assert (scheme.loc[code, "five_2001"], scheme.loc[code, "five_2021"]) == ("Other", "Asian")


def test_both_schemes_offer_the_same_groups_of_each_grouping():
    nhs, ons = (
        pd.read_csv(ROOT / "config" / "schemes" / file, dtype=str).query("kind == 'valid'")
        for file in ("nhs2001.csv", "ons2021_19.csv")
    )
    for grouping in ("five_2001", "five_2021", "sixteen"):
        assert set(nhs[grouping]) == set(ons[grouping]), grouping
