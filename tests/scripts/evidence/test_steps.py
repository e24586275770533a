"""The steps of the evidence strand, run one after the other on the demonstration's inputs in a temporary folder."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest
from genequity import config, findings, tables
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.evidence import check, ledger


def step(name):
    spec = importlib.util.spec_from_file_location("step", ROOT / "workflow" / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture(scope="module")
def study():
    return config.load(ROOT / "config" / "config.yaml")


@pytest.fixture(scope="module")
def built(study, tmp_path_factory):
    """Inputs of the demonstration and all tables that follow: (section with paths, folder of released tables)."""
    folder = tmp_path_factory.mktemp("evidence")
    section = study["evidence"]
    inputs = {}
    for name, value in section["inputs"].items():
        moved = [str(folder / path.rsplit("/", 1)[1]) if "results/demo" in path else str(ROOT / path)
                 for path in ([value] if isinstance(value, str) else value)]  # fmt: skip
        inputs[name] = moved[0] if isinstance(value, str) else moved
    written = {
        name: inputs[name] for name in ("search_log", "exports", "screening", "studies", "effects", "participants")
    }
    truth = str(ROOT / study["demonstration"]["truth"])
    step("demo/evidence")(truth, **written, seed=study["study"]["seed"], section=section)
    themes = str(ROOT / study["themes"])

    def at(name):
        return str(folder / "tables" / f"{name}.csv")

    step("evidence/records")(
        inputs["search_log"], inputs["exports"], at("records"), at("searches"), at("merges"), at("unsure")
    )
    step("evidence/ledger")(
        at("records"), at("merges"), at("unsure"), themes, at("ledger"), at("agreement"), at("flow"), at("reports"),
        settings=section["screening"], methods=section["methods"], screening=inputs["screening"], studies=inputs["studies"],
    )  # fmt: skip
    step("evidence/pool")(
        at("reports"), at("effects"), at("pooled"), at("sensitivity"),
        settings=section["effects"], methods=section["methods"], outcomes=section["outcomes"], table=inputs["effects"],
    )  # fmt: skip
    step("evidence/studies")(
        at("reports"), themes, at("studies"), at("representation"), at("focus"),
        outcome_themes={o["outcome"]: o["theme"] for o in section["outcomes"]}, effects=at("effects"),
        participants=inputs["participants"], population=inputs["population"],
    )  # fmt: skip
    step("evidence/findings")(
        at("agreement"), at("flow"), at("focus"), at("pooled"), at("representation"), at("searches"),
        at("findings"), at("numbers"), outcomes=section["outcomes"], question=section["question"],
    )  # fmt: skip
    return section | {"inputs": inputs}, folder / "tables"


def test_every_finding_rests_on_a_row(built):
    _, folder = built
    found = findings.read(folder / "findings.csv")
    assert found["id"].is_unique
    for row in found.to_dict("records"):
        table = tables.read(folder / f"{row['source_table'].split('/')[1]}.csv", row["source_table"])
        assert len(findings.source(row, table)) == 1, row["id"]


def test_every_number_rests_on_a_row(built):
    _, folder = built
    for row in pd.read_csv(folder / "numbers.csv", dtype=str).to_dict("records"):
        table = tables.read(folder / f"{row['source_table'].split('/')[1]}.csv", row["source_table"])
        source = findings.source(row, table)
        assert len(source) == 1, row["key"]
        assert row["source_column"] in source


def test_a_zero_difference_is_a_finding_without_a_story(built):
    _, folder = built
    found = findings.read(folder / "findings.csv").set_index("id")
    row = found.loc["evidence.referral_to_a_specialist_clinic.black"]
    assert row["direction"] == "no_clear_difference"
    assert row["ci_low"] < 1 < row["ci_high"]
    assert found.loc["evidence.days_to_report.mixed", "direction"] == "not_measurable"


def test_a_released_flow_adds_up(built):
    _, folder = built
    ledger.check(
        tables.read(folder / "flow.csv", "evidence/flow"), tables.read(folder / "ledger.csv", "evidence/ledger")
    )


def test_check_finds_nothing_in_the_demonstration(built, study):
    section, _ = built
    assert check.problems(section, study | {"themes": str(ROOT / study["themes"])}) == []


def test_check_lists_problems_of_several_files_at_once(built, study, tmp_path):
    section, _ = built
    effects = tmp_path / "effects.csv"
    effects.write_text(
        "study,outcome,group,comparator,measure,ai,n1i,ci,n2i\nSynthetic study 002,O,Black,White,OR,9,4,1,4\n"
    )
    people = tmp_path / "people.csv"
    people.write_text("study,group,n\nSynthetic study 002,Black,many\n")
    changed = section | {"inputs": section["inputs"] | {"effects": str(effects), "participants": str(people)}}
    found = check.problems(changed, study | {"themes": str(ROOT / study["themes"])})
    assert [p.where for p in found] == ["row 2, column ai", "row 2, column n"]


def test_check_reads_decisions_and_studies_behind_a_search_log_that_stops(built, study, tmp_path):
    section, _ = built
    log = tmp_path / "log.csv"
    log.write_text("source,kind,platform,date,strategy,hits,file\nA,Databank,,2026-03-31,x,1,a.ris\n")
    screening = tmp_path / "screening.csv"
    text = Path(section["inputs"]["screening"]).read_text(encoding="utf-8").splitlines()
    screening.write_text("\n".join([text[0], text[1].replace("title and abstract", "titel"), *text[2:]]))
    changed = section | {"inputs": section["inputs"] | {"search_log": str(log), "screening": str(screening)}}
    found = check.problems(changed, study | {"themes": str(ROOT / study["themes"])})
    assert {p.file for p in found} == {str(log), str(screening)}


def test_declared_hits_that_differ_name_both_numbers(built, tmp_path):
    section, _ = built
    log = pd.read_csv(section["inputs"]["search_log"])
    log.loc[0, "hits"] = 95
    log.to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(InputError) as error:
        step("evidence/records")(
            str(tmp_path / "log.csv"), section["inputs"]["exports"], *[str(tmp_path / n) for n in "abcd"]
        )
    assert str(error.value).split("database_a.nbib", 1)[1] == (
        " (log.csv, row 2, column hits): holds 92 records, but the search log declares 95 hits.\n"
        "    Expected: the same number.\n"
        "    What to do: export all hits again (many databases export in parts), or mend the search log."
    )
    assert not (tmp_path / "a").exists()


def test_steps_without_decisions_studies_or_effects(built, study, tmp_path):
    section, folder = built

    def at(name):
        return str(tmp_path / f"{name}.csv")

    themes = str(ROOT / study["themes"])
    step("evidence/ledger")(
        str(folder / "records.csv"), str(folder / "merges.csv"), str(folder / "unsure.csv"), themes,
        at("ledger"), at("agreement"), at("flow"), at("reports"), settings=section["screening"], methods=section["methods"],
    )  # fmt: skip
    choices = {"settings": section["effects"], "methods": section["methods"], "outcomes": []}
    step("evidence/pool")(at("reports"), at("effects"), at("pooled"), at("sensitivity"), **choices)
    paths = [at(name) for name in ("studies", "representation", "focus")]
    step("evidence/studies")(at("reports"), themes, *paths, outcome_themes={}, effects=at("effects"))
    step("evidence/findings")(
        at("agreement"), at("flow"), at("focus"), at("pooled"), at("representation"), str(folder / "searches.csv"),
        at("findings"), at("numbers"), outcomes=[], question="What is known?",
    )  # fmt: skip
    assert findings.read(at("findings")).empty
    flow = tables.read(at("flow"), "evidence/flow").set_index(["box", "item"])
    assert flow.loc[("duplicates", "All"), "n"] == 82
    assert pd.isna(flow.loc[("screened", "All"), "n"])


def test_figures_draw_what_the_tables_hold(built):
    from genequity.evidence import figures

    _, folder = built
    flow = figures.flow(tables.read(folder / "flow.csv", "evidence/flow"))
    drawn = " ".join(text.get_text() for text in flow.axes[0].texts).replace("\u00a0", " ")
    assert "Duplicate records removed (n = 82)" in drawn
    assert "Studies included in review (n = 16)" in drawn
    pooled = tables.read(folder / "pooled.csv", "evidence/pooled")
    forests = figures.forests(tables.read(folder / "effects.csv", "evidence/effects"), pooled)
    assert len(forests.axes) == (pooled["status"] == "pooled").sum()
    assert all(text.get_fontsize() >= 8 for ax in forests.axes for text in ax.texts)
    nothing = figures.forests(
        tables.read(folder / "effects.csv", "evidence/effects"), pooled[pooled["status"] != "pooled"]
    )
    assert nothing == "No estimates were pooled."
