"""The built demonstration: what was planted in the interviews is found, and what must not leave has not left."""

import re
import zipfile

import pandas as pd
import pytest
from genequity import config, files, tables
from genequity.coding import agreement
from genequity.config import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def truth():
    return config.read(ROOT / "config" / "demo" / "truth.yaml")["interviews"]


@pytest.fixture(scope="module")
def release(built):
    return built / "release"


def read(release, name):
    return tables.read(files.find_table(release, name), name)


def test_prevalence_is_what_was_planted(release, truth):
    table = read(release, "interviews/prevalence").set_index(["theme", "role"])
    for theme, spec in truth["themes"].items():
        for role, of in truth["roles"].items():
            assert table.loc[(theme, role), ["participants", "of"]].tolist() == [spec.get(role, 0), of]


def test_disagreement_is_what_was_planted(release, truth):
    pairs = sum(spec.get(role, 0) for spec in truth["themes"].values() for role in truth["roles"])
    omitted, added = truth["second_coder"]["omitted"], truth["second_coder"]["added"]
    table = read(release, "interviews/agreement").set_index("code")
    cells = sum(truth["roles"].values()) * truth["passages"] * (len(table) - 1)
    both, neither = pairs - omitted, cells - pairs - added
    row = table.loc["All codes"]
    assert row[["both", "first_only", "second_only", "neither"]].tolist() == [both, omitted, added, neither]
    assert row["kappa"] == pytest.approx(agreement.cohen([[both, omitted], [added, neither]]).value, abs=5e-5)


def test_silent_themes(release):
    findings = pd.read_csv(files.find_table(release, "interviews/findings"))
    estimate = findings.set_index("id")["estimate"]
    assert estimate["interviews.travel.patient"] > 0
    assert estimate[["interviews.travel.professional", "interviews.travel.public"]].eq(0).all()
    assert estimate.filter(like="interviews.data_recording.").eq(0).all()


def every_byte(folder):
    """Yield the name and the bytes of every released and reported file, and of every part of those that are archives."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())


def test_withdrawn_words_and_participants_are_in_no_file_that_leaves(built):
    people = pd.read_csv(built / "demo" / "interviews" / "participants.csv", dtype=str)
    assert (people["withdrawn"] == "yes").any()
    for folder in ("release/interviews", "report"):
        for name, raw in every_byte(built / folder):
            assert not re.search(rb"Placeholder passage 9\d{3}", raw), name


def test_no_participant_is_named_and_only_consented_words_are_quoted(built, release):
    people = pd.read_csv(built / "demo" / "interviews" / "participants.csv", dtype=str, keep_default_na=False)
    register = pd.read_csv(built / "restricted" / "interviews" / "quote_register.csv")
    released = read(release, "interviews/quotes")
    allowed = people.loc[(people["consent"] == "quotation") & (people["withdrawn"] == "no"), "participant"]
    assert set(register.loc[register["text"].isin(released["text"]), "case"]) <= set(allowed)
    for name, raw in every_byte(release / "interviews"):
        for participant in people["participant"]:
            assert not re.search(rf"\b{participant}\b".encode(), raw), name
