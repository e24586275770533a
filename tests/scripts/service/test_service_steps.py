"""The strand's steps one after the other, on a small demonstration and with the study's real settings."""

import importlib.util
import inspect
import re

import pandas as pd
import pytest
import yaml
from genequity import config, findings, tables
from genequity.config import ROOT
from genequity.errors import InputError

TABLES = [
    "flow",
    "quality",
    "groups",
    "completeness",
    "characteristics",
    "recording",
    "resolution",
    "resolution_rules",
    "resolution_models",
    "rates",
    "adjusted_rates",
    "pathway",
    "adjusted",
    "regional",
    "heterogeneity",
    "variants",
    "variation",
    "providers",
    "strata_variation",
    "strata",
    "interaction",
    "gap_steps",
    "inequality",
    "funnel",
    "turnaround",
    "cascade",
    "relatives",
    "adequacy",
    "unknown_treatments",
    "unknown_rates",
    "misclassification",
    "mismatch",
    "reporting",
]
PARQUET = ("cells", "rule_cells", "first_events", "durations")
FORBIDDEN = re.compile(
    r"hard[ -]to[ -]reach|BAME|BME|Caucasian|non-compliant|lack of awareness|non-White|\bcaus(?:e|es|ed) (?!(?:not )?found)|"
    r"leads? to|due to|effect of",
    re.IGNORECASE,
)


def step(name):
    path = ROOT / "workflow" / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def run(folder, study):
    """Run every step after the records are written; return the folder of released tables."""
    section, ethnicity = study["service"], study["ethnicity"]
    inputs, inner, outer = section["inputs"], folder / "restricted", folder / "release"
    lookup = [str(ROOT / study["regions"]["lookup"])] if study["regions"].get("lookup") else []
    known = {
        "extract": inputs["extract"],
        "scheme": str(ROOT / ethnicity["scheme"]),
        "lookup": lookup,
        "other_sources": [],
        "targets": [inputs["targets"]] if inputs.get("targets") else [],
        "population": [inputs["denominators"], inputs["standard"]] if inputs["denominators"] else [],
        "agreement": [str(ROOT / inputs["agreement"])] if inputs.get("agreement") else [],
        "values": [],  # no continuous covariate
        "section": section,
        "grouping": ethnicity["grouping"],
        "comparator": ethnicity["comparator"],
        "national": study["regions"]["national"],
        "seed": 1,
    }
    for name in ("records", "rates", "models"):
        main = step(f"service/{name}")
        others = [key for key in inspect.signature(main).parameters if key not in known]
        main(**{key: known[key] for key in inspect.signature(main).parameters if key in known}, **{
            key: str(inner / f"{key}.{'parquet' if key in PARQUET else 'csv'}") for key in others
        })  # fmt: skip
    publish(inner, outer, study)
    return outer


def publish(inner, outer, study):
    """Run the release step and the findings on a folder of restricted tables."""
    section, ethnicity = study["service"], study["ethnicity"]
    released = [str(outer / f"{t}.csv") for t in TABLES]
    step("service/release")(
        [str(inner / f"{t}.csv") for t in TABLES],
        released,
        profile=study["release"]["profile"],
        level=0.95,
        seed=1,
    )
    step("service/findings")(
        released, str(outer / "findings.csv"), str(outer / "numbers.csv"),
        section=section, comparator=ethnicity["comparator"], national=study["regions"]["national"], concept=ethnicity["concept"],
    )  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The demonstration with a tenth of its records, its files in a folder of its own."""
    folder = tmp_path_factory.mktemp("service")
    study = config.load(ROOT / "config" / "config.yaml")
    truth = yaml.safe_load((ROOT / "config" / "demo" / "truth.yaml").read_text(encoding="utf-8"))
    truth["service"]["records"] = 20_000
    truth["service"]["defects"] = {k: v // 10 for k, v in truth["service"]["defects"].items()}
    (folder / "truth.yaml").write_text(yaml.safe_dump(truth))
    inputs = study["service"]["inputs"]
    inputs["extract"], inputs["denominators"] = str(folder / "referrals.parquet"), str(folder / "denominators.csv")
    inputs["standard"], inputs["targets"] = str(ROOT / inputs["standard"]), str(ROOT / inputs["targets"])
    study["service"]["rates"]["denominators"]["scheme"] = str(ROOT / "config" / "schemes" / "ons2021_19.csv")
    step("demo/service")(
        str(folder / "truth.yaml"), inputs["extract"], inputs["denominators"], seed=1, section=study["service"]
    )
    return study


@pytest.fixture(scope="module")
def released(study, tmp_path_factory):
    return run(tmp_path_factory.mktemp("built"), study)


def test_every_released_table_is_as_its_schema_says(released):
    for name in TABLES:
        frame = tables.read(released / f"{name}.csv", f"service/{name}")
        assert len(frame), name


def test_the_flow_sums_to_what_was_read(released):
    flow = tables.read(released / "flow.csv", "service/flow").set_index("step")["records"]
    assert flow["read"] == 20_000 + flow["relative"]
    assert flow.drop("read").sum() == flow["read"]
    assert (flow["duplicate"], flow["date"], flow["order"], flow["age"]) == (40, 9, 9, 6)


def test_no_sub_national_count_is_small_or_unrounded(released):
    for name in ("completeness", "pathway", "adjusted", "regional", "rates"):
        frame = tables.read(released / f"{name}.csv", f"service/{name}")
        local = frame[frame["region"] != "All regions"]
        for column in tables.schema(f"service/{name}").columns.values():
            if column.is_count:
                shown = local[column.name].dropna()
                assert ((shown == 0) | (shown >= 8)).all(), (name, column.name)
                assert (shown % 5 == 0).all(), (name, column.name)


def test_findings_and_numbers_rest_on_released_rows(released):
    rows = findings.read(released / "findings.csv")
    numbers = pd.read_csv(released / "numbers.csv", dtype=str)
    for row in [*rows.to_dict("records"), *numbers.to_dict("records")]:
        strand, table = row["source_table"].split("/")
        assert strand == "service"
        source = findings.source(row, tables.read(released / f"{table}.csv", row["source_table"]))
        assert len(source), row["source_row"]
        if "source_column" in row:
            assert len(source) == 1
            if row["key"] in ("service.denominators", "service.standard", "service.level", "service.power"):
                continue  # words and settings of the config that stand beside the rates
            assert str(source.iloc[0][row["source_column"]]).startswith(str(row["value"])[:4])


def test_findings_are_worded_with_care(released):
    rows = findings.read(released / "findings.csv")
    assert not [text for text in rows["statement"] if FORBIDDEN.search(text)]
    themes = pd.read_csv(ROOT / "config" / "demo" / "themes.csv")["theme"]
    assert set(rows["theme"]) <= set(themes)
    assert "data_recording" in set(rows["theme"])
    assert "not_measurable" in set(rows["direction"])
    compared = rows[rows["estimate"].notna() & rows["ci_low"].notna() & rows["comparator"].notna()]
    among_groups = compared[compared["comparator"] == "White"]
    assert [text for text in among_groups["statement"] if "White" not in text] == []
    none = compared["unit"].map({"proportion difference": 0.0, "days": 0.0, "rate ratio": 1.0, "ratio": 1.0})
    inside = (compared["ci_low"] <= none) & (none <= compared["ci_high"])
    assert (compared["direction"] == "no_clear_difference").tolist() == inside.tolist()
    assert compared.loc[inside, "statement"].str.contains("No clear difference").all()


def test_census_rates_say_that_need_is_unknown(released):
    rows = findings.read(released / "findings.csv")
    rates = rows[(rows["source_table"] == "service/rates") & rows["estimate"].notna()]
    assert len(rates)
    assert rates["statement"].str.contains("difference in use, need unknown").all()


def test_two_runs_are_the_same_bytes(study, released, tmp_path):
    again = run(tmp_path, study)
    for name in [*TABLES, "findings", "numbers"]:
        assert (again / f"{name}.csv").read_bytes() == (released / f"{name}.csv").read_bytes(), name


def test_figures_draw_from_released_tables(released):
    from genequity.service import figures

    def table(name):
        return tables.read(released / f"{name}.csv", f"service/{name}")

    drawn = [
        figures.completeness(table("completeness"), "All regions"),
        figures.rates(table("rates"), "All regions", "White"),
        figures.pathway(table("pathway"), "All regions", "White"),
        figures.adjusted(table("adjusted"), "full", "All regions", "White"),
        figures.regions(table("adjusted"), "accepted", "full", "All regions", "White"),
    ]
    # One panel each: regions, measures, stages, outcomes, groups compared.
    assert [len([ax for ax in fig.axes if ax.get_visible()]) for fig in drawn] == [1, 2, 11, 8, 4]
    assert [label.get_text() for label in drawn[2].axes[0].get_yticklabels()] == [
        "Asian", "Black", "Mixed", "White", "Other", "Not stated", "Not known",
    ]  # fmt: skip


def test_the_build_stops_and_lists_rows_when_the_study_says_so(study, tmp_path):
    import copy

    strict = copy.deepcopy(study)
    strict["service"]["methods"]["stop_above"] |= {"ethnicity": 0.0}
    with pytest.raises(InputError, match=r"ethnicity code that the scheme does not have: 12 of [0-9,]+ records"):
        run(tmp_path, strict)
    listed = pd.read_csv(tmp_path / "restricted" / "problems-stopped.csv")
    assert (listed["check"] == "ethnicity").sum() == 12
    assert list(listed.columns) == ["check", "row", "column"]
    assert not (tmp_path / "restricted" / "cells.parquet").exists()


def test_the_format_trial_needs_only_its_config(real_folder, tmp_path):
    study = config.load(ROOT / "config" / "real.yaml")
    study["service"]["inputs"]["extract"] = str(real_folder / "service" / "dataset_diabetes.zip")
    released = run(tmp_path, study)
    flow = tables.read(released / "flow.csv", "service/flow").set_index("step")["records"].to_dict()
    # 101,766 encounters of 71,518 people (README of the data); one encounter a person is kept.
    assert flow == {"repeat": 30_248, "analysed": 71_518, "read": 101_766}
    groups = set(tables.read(released / "resolution.csv", "service/resolution")["group"])
    assert groups == {
        "African American (US)",
        "Asian (US)",
        "Hispanic (US)",
        "White (US)",
        "Other",
        "Not known",
        "All groups",
    }
    rates = tables.read(released / "rates.csv", "service/rates")
    assert set(rates["reason"]) == {"no population was supplied"}
    rows = findings.read(released / "findings.csv").set_index("id")
    assert rows.loc["service.rate.admitted", "direction"] == "not_measurable"
    assert tables.read(released / "regional.csv", "service/regional").empty


@pytest.mark.parametrize("profile", sorted(yaml.safe_load((ROOT / "config" / "release" / "profiles.yaml").read_text())))
def test_every_profile_can_release_the_strand(study, released, profile, tmp_path):
    publish(released.parent / "restricted", tmp_path, study | {"release": {"profile": profile}})
    rows = findings.read(tmp_path / "findings.csv")
    assert "service.recording" in set(rows["id"])


def test_settings_that_contradict_one_another_stop_the_first_step(study, tmp_path):
    import copy

    typed = copy.deepcopy(study)
    typed["service"]["outcomes"] = ["acepted"]
    with pytest.raises(InputError, match=r"'acepted' is no stage of the pathway. Did you mean 'accepted'"):
        run(tmp_path, typed)
