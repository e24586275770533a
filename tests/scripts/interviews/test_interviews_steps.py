"""The steps of the interviews, called as Snakemake calls them, on a small demonstration of their own."""

import importlib.util
import re

import numpy as np
import pandas as pd
import pytest
from genequity import config, tables
from genequity.coding import writer
from genequity.config import ROOT
from genequity.demo import interviews as demo
from genequity.errors import InputError

METHODS = {
    "method": "framework",
    "unit": "paragraph",
    "level": 0.95,
    "decide": "lead",
    "allow_set_aside": False,
    "our_side": [],
    "saturation": {"base": 4, "run": 2},
}
ATTRIBUTES = ["role", "region", "specialty"]
QUOTES = {"per_role": 1, "least_words": 4, "most_words": 60, "least_k": 1, "attribution": "{who}, interview"}
EVERY = (
    "agreement",
    "agreement_coefficients",
    "agreement_why",
    "codebook",
    "flow",
    "framework",
    "participants",
    "prevalence",
    "quotable",
    "quotes",
    "reading",
    "reconcile",
)


def step(name):
    spec = importlib.util.spec_from_file_location(f"interviews_{name}", ROOT / f"workflow/scripts/interviews/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def build(folder, people=True, planted="", refused="", attributes=ATTRIBUTES):
    truth = config.read(ROOT / "config/demo/truth.yaml")["interviews"]
    rng = np.random.default_rng(7)
    table = demo.participants(truth, rng)
    tables.write(table, folder / "people.csv")
    paths = [str(folder / f"{name}.qdpx") for name in ("a", "b")]
    for content, path in zip(demo.projects(table, truth, rng), paths, strict=True):
        if planted:
            spot = content.segments["text"].str.len().eq(len(content.segments["text"].iloc[0])).idxmax()
            old = content.segments.loc[spot, "text"]
            new = old[: -len(planted) - 1] + planted + "."
            content.segments.loc[spot, "text"] = new
            content.sources["text"] = content.sources["text"].str.replace(old, new, regex=False)
        writer.write(content, path)
    f = lambda name, end="csv": str(folder / f"{name}.{end}")  # noqa: E731
    themes = str(ROOT / "config/demo/themes.csv")
    step("segments")(
        project_files=paths,
        codebook_file=[str(ROOT / "config/demo/interviews_codebook.csv")],
        participants_file=[f("people")] if people else [],
        frequencies_file=[],
        ethnicity_scheme=str(ROOT / "config/schemes/nhs2001.csv"),
        region_lookup=[str(ROOT / "config/demo/regions.csv")],
        themes=themes,
        cases=f("cases", "parquet"),
        sources=f("sources", "parquet"),
        segments=f("segments", "parquet"),
        **{name: f(name) for name in ("flow", "participants", "reading", "codebook", "reconcile")},
        projects=[{"path": path, "format": "refi-qda"} for path in paths],
        grouping="five_2021",
        methods=METHODS,
        attributes=attributes,
    )
    compared = ("agreement", "agreement_coefficients", "agreement_why", "disagreements", "stale_outcomes")
    step("agreement")(
        sources=f("sources", "parquet"),
        segments=f("segments", "parquet"),
        codebook=f("codebook"),
        cases=f("cases", "parquet"),
        consensus_file=[],
        **{name: f(name) for name in compared},
        disagreements_page=f("disagreements", "html"),
        disagreements_workbook=f("disagreements", "xlsx"),
        merged_project=f("merged", "qdpx"),
        standing_project=f("standing", "qdpx"),
        codebook_qdc=f("codebook", "qdc"),
        unit="paragraph",
        units=["character", "sentence", "turn", "document"],
        level=0.95,
        low=0.667,
        method="",
        seed=1,
    )
    step("themes")(
        f("cases", "parquet"),
        f("segments", "parquet"),
        f("codebook"),
        themes,
        f("matrix"),
        f("prevalence"),
        f("framework"),
        profile="nhse",
    )
    (folder / "names.txt").write_text(refused)
    step("quotes")(
        f("cases", "parquet"),
        f("segments", "parquet"),
        themes,
        str(ROOT / "config/schemes/nhs2001.csv"),
        [str(ROOT / "config/demo/regions.csv")],
        [str(ROOT / "config/demo/interviews_population.csv")],
        [str(folder / "names.txt")],
        f("quote_register"),
        f("quotes"),
        f("quotable"),
        project_files=paths,
        options=QUOTES,
        attributes=attributes,
        grouping="five_2021",
        profile="nhse",
        seed=1,
    )
    released = [str(folder / "release" / f"{name}.csv") for name in EVERY]
    step("release")([f(name) for name in EVERY], released, profile="nhse")
    step("findings")(
        released, themes, str(folder / "release" / "findings.csv"), str(folder / "release" / "numbers.csv")
    )
    return table


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interviews")
    return folder, build(folder)


def test_withdrawn_words_are_in_no_file_after_the_first_step(study):
    tmp_path, table = study
    (gone,) = table.loc[table["withdrawn"] == "yes", "participant"]
    written = [
        path for path in tmp_path.rglob("*") if path.suffix in (".csv", ".parquet") and path.name != "people.csv"
    ]
    assert len(written) > 20
    for path in written:
        raw = path.read_bytes()
        assert gone.encode() not in raw, path.name
        assert not re.search(rb"Placeholder passage 9\d{3}", raw), path.name


def test_nothing_released_names_a_participant_or_quotes_without_consent(study):
    tmp_path, table = study
    released = b"".join(path.read_bytes() for path in sorted((tmp_path / "release").iterdir()))
    for participant in table["participant"]:
        assert participant.encode() not in released
    register = pd.read_csv(tmp_path / "quote_register.csv")
    texts = set(tables.read(tmp_path / "release" / "quotes.csv")["text"])
    allowed = set(table.loc[(table["consent"] == "quotation") & (table["withdrawn"] == "no"), "participant"])
    assert texts
    assert set(register.loc[register["text"].isin(texts), "case"]) <= allowed


def test_no_number_of_few_participants_is_released(study):
    tmp_path, _ = study
    for name, column in (("framework", "participants"), ("prevalence", "participants"), ("quotable", "segments")):
        truth = tables.read(tmp_path / f"{name}.csv", f"interviews/{name}")
        shown = tables.read(tmp_path / "release" / f"{name}.csv", f"interviews/{name}")[column].dropna()
        assert truth[column].between(1, 7).any(), name
        assert not shown.between(1, 7).any(), name
        assert (shown % 5 == 0).all(), name


def test_a_theme_that_nobody_raises_stays_a_result(study):
    tmp_path, _ = study
    silent = tables.read(tmp_path / "release" / "prevalence.csv", "interviews/prevalence").query(
        "theme == 'data_recording'"
    )
    assert set(silent["raised"]) == {"none"}
    assert (silent["participants"] == 0).all()
    findings = pd.read_csv(tmp_path / "release" / "findings.csv").set_index("id")
    assert findings.filter(like="interviews.data_recording", axis=0)["estimate"].eq(0).all()


def test_attributions_are_those_of_enough_people_of_the_population(study):
    tmp_path, table = study
    population = pd.read_csv(ROOT / "config/demo/interviews_population.csv", keep_default_na=False)
    register = pd.read_csv(tmp_path / "quote_register.csv").set_index("quote")
    people = table.set_index("participant")
    said = tables.read(tmp_path / "release" / "quotes.csv").set_index("quote")["attribution"]
    for quote, words in said.items():
        of = people.loc[register.loc[quote, "case"]]
        names = [name for name in ("region", "specialty") if of[name] and of[name] in words]
        same = population[(population[["role", *names]] == of[["role", *names]]).all(axis=1)]
        assert same["people"].sum() >= 8, quote
        assert of["ethnic_group"] not in words
    assert said.str.contains("Region").any()
    few = population[(population["specialty"] == "clinical genetics") & (population["people"] < 8)]
    for region in few["region"]:
        assert not said.str.contains(f"{region}, clinical genetics").any()


def test_role_region_and_ethnic_group_together_stop_the_step(tmp_path):
    with pytest.raises(InputError, match="role, region and ethnic group together"):
        build(tmp_path, attributes=["role", "region", "ethnic_group"])
    assert not (tmp_path / "quotes.csv").exists()


def test_a_name_on_the_list_stops_the_quotations_without_being_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        build(tmp_path, refused="appointment\n")
    assert "a name on the list of names" in str(caught.value)
    assert "appointment" not in str(caught.value)
    assert not (tmp_path / "quotes.csv").exists()


def test_without_participants_there_is_no_quotation(tmp_path):
    build(tmp_path, people=False)
    assert tables.read(tmp_path / "release" / "quotes.csv", "interviews/quotes").empty
    assert set(tables.read(tmp_path / "release" / "quotable.csv")["status"]) == {"no record of consent"}
    assert pd.read_csv(tmp_path / "release" / "findings.csv").empty


def test_a_planted_identifier_stops_the_quotations_without_being_shown(tmp_path):
    with pytest.raises(InputError) as caught:
        build(tmp_path, planted="ZZ99 3VZ")
    assert "looks like a postcode" in str(caught.value)
    assert "ZZ99" not in str(caught.value)
    assert not (tmp_path / "quotes.csv").exists()


def test_check_finds_every_problem_of_every_file(tmp_path):
    from genequity.interviews import check

    (tmp_path / "a.qdpx").write_text("broken")
    (tmp_path / "p.csv").write_text("participant,role\nP1,patient\n")
    (tmp_path / "k.csv").write_text("role,people,source\npatient,few,register\n")
    section = {
        "inputs": {
            "projects": [{"path": str(tmp_path / "a.qdpx"), "format": "refi-qda"}],
            "participants": str(tmp_path / "p.csv"),
            "population": str(tmp_path / "k.csv"),
        },
        "attribution": ["role"],
        "methods": METHODS,
    }
    study = {
        "themes": str(ROOT / "config/demo/themes.csv"),
        "ethnicity": {"scheme": str(ROOT / "config/schemes/nhs2001.csv"), "grouping": "five_2021"},
        "regions": {},
    }
    found = {problem.file.rpartition("/")[2] for problem in check.problems(section, study)}
    assert found == {"a.qdpx", "p.csv", "k.csv"}
