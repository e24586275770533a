"""The demonstration's survey file: the same bytes each time, labels and missing codes as declared."""

import numpy as np
import pytest
from genequity import config
from genequity.config import ROOT
from genequity.demo import survey as demo
from genequity.seeds import generator
from genequity.survey import codebook, margins, reader, respondents


@pytest.fixture(scope="module")
def inputs():
    truth = config.read(ROOT / "config/demo/truth.yaml")["survey"]
    book = codebook.read(str(ROOT / "config/demo/survey_codebook.yaml"))
    table = margins.read(str(ROOT / "config/demo/survey_margins.csv"))
    return truth, table, book, demo.respondents(truth, table, book, generator(1, "demo_survey"))


def test_two_files_are_the_same_bytes(inputs, tmp_path):
    _, _, book, people = inputs
    for name in ("one.sav", "two.sav"):
        demo.write_sav(people, book, str(tmp_path / name))
    assert (tmp_path / "one.sav").read_bytes() == (tmp_path / "two.sav").read_bytes()
    assert b"SYNTHETIC" in (tmp_path / "one.sav").read_bytes()[:200]


def test_the_file_reads_back_with_reasons(inputs, tmp_path):
    _, _, book, people = inputs
    path = str(tmp_path / "responses.sav")
    demo.write_sav(people, book, path)
    labelled = reader.read_declared(path, book)
    assert set(labelled.missing["trust_safe"]) == {("-9", "-7"), ("-1", "-1")}
    scheme = respondents.Scheme.read(ROOT / "config/schemes/nhs2001.csv")
    tidy = respondents.tidy(labelled, book, scheme, "five_2021")
    reasons = set(tidy["need_travel__why"].dropna())
    assert reasons == {"declined to answer", "don't know", "not asked", "not answered"}
    assert set(tidy["group"]) == {"Asian", "Black", "Mixed", "Not known", "Not stated", "Other", "White"}


def test_about_2400_answer_and_planted_groups_are_oversampled(inputs):
    _, table, _, people = inputs
    assert 2200 < len(people) < 2600
    black = people["ethnic_code"].isin(["M", "N", "P"]).mean()
    population = table.loc[table["category"] == "Black", "population"].iloc[0] / 45_000_000
    assert black > 2 * population


def test_the_margins_are_the_census_counts_scaled(inputs):
    _, table, _, _ = inputs
    census = {"Asian": 5_426_392, "Black": 2_381_724, "Mixed": 1_669_378, "Other": 1_229_153, "White": 45_783_401}
    rows = table[table["variable"] == "ethnicity"].set_index("category")["population"]
    for group, count in census.items():
        assert rows[group] == pytest.approx(count / 56_490_048 * 45_000_000, abs=1)
    truth = inputs[0]["codes"]
    assert {group: sum(codes.values()) for group, codes in truth.items()} == census | {"Asian": 5_426_392}


def test_an_expected_share_by_hand(inputs):
    truth, table, _, _ = inputs
    # trust_worry depends on the group only: 1 / (1 + exp(cut 3 - log-odds)), with cut 3 at 0.1 and 0.8 for Black
    assert demo.expected_share(truth, table, "trust_worry", "White") == pytest.approx(1 / (1 + np.exp(0.1)))
    assert demo.expected_share(truth, table, "trust_worry", "Black") == pytest.approx(1 / (1 + np.exp(0.1 - 0.8)))
