"""Bad input through the real steps: each kind is named with its count and rows, and stops nothing that it need not."""

import copy
import importlib.util
import inspect

import duckdb
import pandas as pd
import pytest
import yaml
from genequity import config, tables
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.service import glm

PARQUET = ("cells", "rule_cells", "first_events", "durations")
BLACK = ["M", "N", "P"]
# Kind -> where it is in the extract (0 = first record), planted by `planted` in records of their own.
PLANTED = {"ethnicity": [3, 9], "scheme": [14], "region": [21, 30, 33], "order": [40, 44], "duplicate": [51]}


def step(name):
    path = ROOT / "workflow" / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def run(study, folder, *names):
    """Run steps of the strand; return the folder of their unreleased tables."""
    section, ethnicity = study["service"], study["ethnicity"]
    inputs = section["inputs"]
    known = {
        "extract": inputs["extract"], "scheme": str(ROOT / ethnicity["scheme"]), "other_sources": [],
        "lookup": [str(ROOT / study["regions"]["lookup"])], "targets": [inputs["targets"]],
        "agreement": [inputs["agreement"]], "population": [inputs["denominators"], inputs["standard"]],
        "section": section, "grouping": ethnicity["grouping"], "comparator": ethnicity["comparator"],
        "national": study["regions"]["national"], "seed": 1,
    }  # fmt: skip
    for name in names:
        main = step(f"service/{name}")
        wanted = inspect.signature(main).parameters
        own = {
            key: [] if about.annotation is list else str(folder / f"{key}.{'parquet' if key in PARQUET else 'csv'}")
            for key, about in wanted.items()
            if key not in known
        }
        main(**own, **{key: value for key, value in known.items() if key in wanted})
    return folder


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The demonstration's study with few, faultless records and few outcomes; and its extract as a frame."""
    folder = tmp_path_factory.mktemp("clean")
    study = config.load(ROOT / "config" / "config.yaml")
    truth = yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text(encoding="utf-8"))
    truth["service"]["records"] = 6000
    truth["service"]["defects"] = dict.fromkeys(truth["service"]["defects"], 0)
    (folder / "truth.yaml").write_text(yaml.safe_dump(truth))
    section = study["service"]
    inputs = section["inputs"]
    for name in ("standard", "targets", "agreement"):
        inputs[name] = str(ROOT / inputs[name])
    inputs["extract"], inputs["denominators"] = str(folder / "referrals.parquet"), str(folder / "denominators.csv")
    for entry in [section["rates"]["denominators"], *(m.get("denominators") for m in section["rates"]["measures"])]:
        if entry and entry.get("scheme"):
            entry["scheme"] = str(ROOT / entry["scheme"])
    section["outcomes"], section["adjust"] = ["accepted", "tested"], {"crude": [], "full": ["age", "sex"]}
    section["methods"] |= {"imputations": 2, "repeat_records": "keep"}
    step("demo/service")(str(folder / "truth.yaml"), inputs["extract"], inputs["denominators"], seed=1, section=section)
    frame = duckdb.sql(f"SELECT * FROM '{inputs['extract']}'").df()
    # First records in time order of their own persons, accepted and tested: whatever is planted is the only fault.
    usual = (
        frame["test_date"].notna() & (frame["family_role"] == "proband") & ~frame["pseudo_id"].duplicated(keep=False)
    )
    inside = frame["referral_date"].between(section["period"]["from"], section["period"]["to"])
    return study, pd.concat([frame[usual & inside], frame[~(usual & inside)]], ignore_index=True)


def written(study, frame, folder):
    """Write an extract and return the study that reads it."""
    own = copy.deepcopy(study)
    own["service"]["inputs"]["extract"] = str(folder / "extract.parquet")
    duckdb.sql("SELECT * FROM frame").write_parquet(own["service"]["inputs"]["extract"])
    return own


@pytest.fixture(scope="module")
def planted(clean, tmp_path_factory):
    """The study whose extract has every kind of bad record."""
    study, frame = clean
    frame = frame.copy()
    frame.loc[PLANTED["ethnicity"], "ethnic_category"] = "QQ"
    frame.loc[PLANTED["scheme"], "ethnic_category"] = "T"  # Gypsy or Irish Traveller, of the eighteen categories
    frame.loc[PLANTED["region"], "gms_region"] = "ZZ"
    frame.loc[PLANTED["order"], "test_date"] = frame.loc[PLANTED["order"], "referral_date"] - pd.Timedelta(days=2)
    frame.loc[PLANTED["duplicate"], "referral_ref"] = frame.loc[0, "referral_ref"]
    return written(study, frame, tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def checked(planted, tmp_path_factory):
    return run(planted, tmp_path_factory.mktemp("checked"), "records")


def rows_of(folder, check):
    listed = pd.read_csv(folder / "problems.csv")
    return sorted(set(listed.loc[listed["check"] == check, "row"]))


@pytest.mark.parametrize("kind", ["region", "order", "duplicate"])
def test_a_record_that_cannot_be_used_is_excluded_with_its_reason(planted, checked, kind):
    flow = tables.read(checked / "flow.csv", "service/flow").set_index("step")["records"]
    assert flow[kind] == len(PLANTED[kind])
    assert flow.drop("read").sum() == flow["read"]
    assert rows_of(checked, kind) == [place + 1 for place in PLANTED[kind]]


@pytest.mark.parametrize(("kind", "count"), [("ethnicity", 3), ("scheme", 1)])
def test_a_code_that_is_not_the_schemes_is_counted_and_kept_as_not_known(checked, kind, count):
    found = tables.read(checked / "quality.csv", "service/quality").set_index("check")
    assert found.loc[kind, "count"] == count
    assert found.loc[kind, "treatment"] == "read as Not known"
    wanted = PLANTED["scheme"] if kind == "scheme" else sorted(PLANTED["ethnicity"] + PLANTED["scheme"])
    assert rows_of(checked, kind) == [place + 1 for place in wanted]


def test_no_value_of_a_record_leaves_the_restricted_folder(checked):
    """problems.csv says check, row and column, never what stands there."""
    text = (checked / "problems.csv").read_text(encoding="utf-8")
    assert text.splitlines()[0].split(",")[:3] == ["check", "row", "column"]
    assert "QQ" not in text
    assert "ZZ" not in text


def test_a_study_that_allows_none_stops_with_every_kind_and_its_rows(planted, tmp_path):
    strict = copy.deepcopy(planted)
    strict["service"]["methods"]["stop_above"] = dict.fromkeys(strict["service"]["methods"]["stop_above"], 0.0)
    with pytest.raises(InputError) as raised:
        run(strict, tmp_path, "records")
    said = str(raised.value)
    total = f"{len(duckdb.sql('SELECT 1 FROM ' + repr(planted['service']['inputs']['extract'])).fetchall()):,}"
    for words, kind, count in (
        ("same record identifier as an earlier record", "duplicate", 1),
        ("dates out of order", "order", 2),
        ("region not in the look-up", "region", 3),
    ):
        assert f"{words}: {count} of {total} records" in said
        assert f"rows {', '.join(str(place + 1) for place in PLANTED[kind])})" in said
    assert f"ethnicity code that the scheme does not have: 3 of {total} records" in said
    assert "1 of them are codes of ons2011_18" in said
    assert "QQ" not in said
    assert len(raised.value.problems) == 4
    assert not (tmp_path / "cells.parquet").exists()
    assert (tmp_path / "problems-stopped.csv").exists()


@pytest.fixture(scope="module")
def all_zero(clean, tmp_path_factory):
    """No referral of the Black group is accepted; folder of the records' cells."""
    study, frame = clean
    frame = frame.copy()
    black = frame["ethnic_category"].isin(BLACK) | frame["ethnic_category_hospital"].isin(BLACK)
    black = frame["pseudo_id"].isin(frame.loc[black, "pseudo_id"])  # whichever record the rule keeps the code of
    frame.loc[black, "accepted"] = "N"
    frame.loc[black, ["test_date", "report_date", "outcome"]] = None
    own = written(study, frame, tmp_path_factory.mktemp("zero"))
    return own, run(own, tmp_path_factory.mktemp("cells"), "records")


def national(folder, model="full"):
    table = tables.read(folder / "adjusted.csv", "service/adjusted")
    return table[(table["region"] == "All regions") & (table["model"] == model)].set_index(["outcome", "group"])


def test_a_group_without_any_event_is_left_out_with_that_reason(all_zero):
    study, folder = all_zero
    found = national(run(study, folder, "models"))
    assert found.loc[("accepted", "Black"), "reason"] == "no record that reached the stage"
    assert pd.isna(found.loc[("accepted", "Black"), "odds_ratio"])
    assert found.loc[("accepted", "Black"), ["group_records", "group_events"]].tolist()[1] == 0
    assert found.loc[("tested", "Black"), "reason"] == "no eligible record"
    others = found.loc[[("accepted", "Asian"), ("tested", "Asian")]]
    assert others["odds_ratio"].notna().all()


@pytest.mark.slow
def test_separation_can_be_met_by_penalised_likelihood_and_says_so(all_zero, tmp_path):
    study, folder = all_zero
    own = copy.deepcopy(study)
    own["service"]["methods"]["separated"] = "firth"
    for name in ("cells", "rule_cells"):
        (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
    found = national(run(own, tmp_path, "models"))
    row = found.loc[("accepted", "Black")]
    assert "Firth" in row["method"]
    assert row["odds_ratio_low"] < row["odds_ratio"] < row["odds_ratio_high"] < 1
    assert "Firth" not in found.loc[("tested", "Asian"), "method"]


@pytest.mark.slow
def test_a_fit_that_does_not_converge_is_named_and_the_rest_is_written(all_zero, tmp_path, monkeypatch):
    study, folder = all_zero
    for name in ("cells", "rule_cells"):
        (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
    usual, tested = glm.fit, tables.read(folder / "cells.parquet")["eligible_tested"].sum()

    def slow(design, events, n, *arguments, **options):
        if n.sum() <= tested:  # fewer records than can be accepted: the stage 'tested' alone
            raise glm.NotEstimable("the fit did not converge")
        return usual(design, events, n, *arguments, **options)

    monkeypatch.setattr(glm, "fit", slow)
    found = national(run(study, tmp_path, "models"))
    assert found.loc[("tested", "Asian"), "reason"] == "the fit did not converge"
    assert pd.notna(found.loc[("accepted", "Asian"), "odds_ratio"])
    assert len(tables.read(tmp_path / "pathway.csv", "service/pathway"))


def test_a_stratum_without_population_is_named_and_other_groups_have_their_rates(all_zero, clean, tmp_path):
    study, folder = all_zero
    own = copy.deepcopy(study)
    residents = pd.read_csv(own["service"]["inputs"]["denominators"], dtype=str, comment="#")
    codes = own["service"]["rates"]["denominators"]["columns"]
    asian = residents[codes["code"]].isin(["1", "2", "3", "4", "5"])
    gone = asian & (residents[codes["age_from"]] == "40")
    own["service"]["inputs"]["denominators"] = str(tmp_path / "denominators.csv")
    residents[~gone].to_csv(tmp_path / "denominators.csv", index=False)
    for name in ("cells", "first_events", "durations"):
        (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
    rates = tables.read(run(own, tmp_path, "rates") / "rates.csv", "service/rates")
    here = rates[(rates["region"] == "All regions") & (rates["measure"] == "referred")].set_index("group")
    assert here.loc["Asian", "reason"] == "the denominators have no row for ages from 40"
    assert pd.isna(here.loc["Asian", "rate"])
    assert here.loc["White", "rate"] > 0
