"""The steps of the survey, one after another, on a small synthetic survey; nothing is mocked."""

import importlib.util

import pytest
from genequity import config, findings, numbers, tables
from genequity.config import ROOT
from genequity.errors import InputError

TABLES = [
    "items",
    "respondents",
    "margins",
    "method",
    "missing",
    "shares",
    "distribution",
    "scores",
    "tests",
    "model",
    "model_fit",
    "model_variants",
]
BOOK, MARGINS = str(ROOT / "config/demo/survey_codebook.yaml"), str(ROOT / "config/demo/survey_margins.csv")
SCHEME = str(ROOT / "config/schemes/nhs2001.csv")
THEMES = str(ROOT / "config/demo/themes.csv")
GROUPING = {"grouping": "five_2021"}
COMPARE = GROUPING | {"comparator": "White"}


def step(name):
    path = ROOT / "workflow/scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name.replace("/", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture(scope="module")
def methods():
    return config.read(config.DEFAULTS)["survey"]["methods"]


@pytest.fixture(scope="module")
def built_steps(tmp_path_factory, methods):
    """Run every step with the demonstration's settings and another seed; return the folder of released tables."""
    folder = tmp_path_factory.mktemp("survey")
    inner, out = folder / "restricted", folder / "release"
    responses = str(folder / "responses.sav")
    section = {"inputs": {"codebook": BOOK, "margins": MARGINS}}
    step("demo/survey")(str(ROOT / "config/demo/truth.yaml"), responses, seed=7, section=section)
    step("survey/people")(
        *(responses, BOOK, SCHEME, THEMES),
        *(str(inner / name) for name in ("people.parquet", "items.csv", "missing.csv")),
        **GROUPING,
        encoding=None,
        blank_weight="stop",
    )
    step("survey/weights")(
        *(str(inner / "people.parquet"), BOOK, SCHEME, MARGINS, str(inner / "weighted.parquet")),
        *(str(inner / f"{name}.csv") for name in ("respondents", "margins", "method")),
        **GROUPING,
        weighting="rake",
        sample="probability",
        methods=methods,
    )
    weighted = (str(inner / "weighted.parquet"), BOOK, SCHEME)
    step("survey/estimates")(
        *weighted,
        *(str(inner / f"{name}.csv") for name in ("shares", "distribution", "scores", "tests")),
        **COMPARE,
        methods=methods,
    )
    step("survey/model")(
        *weighted,
        *(str(inner / f"{name}.csv") for name in ("model", "model_fit", "model_variants")),
        **COMPARE,
        outcome="trust_safe",
        covariates=["age_band", "sex", "education"],
        methods=methods,
    )
    released = [str(out / f"{name}.csv") for name in TABLES]
    step("survey/release")([str(inner / f"{name}.csv") for name in TABLES], released, profile="nhse")
    step("survey/findings")(
        *(released, SCHEME, str(out / "findings.csv"), str(out / "numbers.csv")), **COMPARE, voice="public"
    )
    return folder


def test_weighted_margins_agree_with_the_population(built_steps):
    margins = tables.read(built_steps / "restricted/margins.csv", "survey/margins")
    assert (margins["share_after"] - margins["population_share"]).abs().max() < 1e-4
    assert (margins["share_before"] - margins["population_share"]).abs().max() > 0.02  # there was something to correct


def test_counts_of_a_table_agree_with_each_other(built_steps):
    inner = built_steps / "restricted"
    everybody = tables.read(inner / "respondents.csv").set_index("group")["n"]
    assert everybody.drop("All groups").sum() == everybody["All groups"]
    missing = tables.read(inner / "missing.csv").pivot(index="item", columns="reason", values="n")
    assert (missing["all respondents"] == everybody["All groups"]).all()
    assert (missing.drop(columns="all respondents").sum(axis=1) == everybody["All groups"]).all()
    shares = tables.read(inner / "shares.csv")
    bases = shares[shares["group"] == "All groups"].set_index("item")["n"]
    assert bases.to_dict() == missing["answered"].to_dict()


def test_released_counts_are_rounded(built_steps):
    for name in TABLES:
        table = tables.read(built_steps / f"release/{name}.csv", f"survey/{name}")
        for column in tables.schema(f"survey/{name}").columns.values():
            if column.is_count:
                assert (table[column.name].dropna() % 5 == 0).all(), (name, column.name)


def test_findings_and_numbers_lead_back_to_released_rows(built_steps):
    released = {f"survey/{name}": tables.read(built_steps / f"release/{name}.csv", f"survey/{name}") for name in TABLES}
    found = findings.read(built_steps / "release/findings.csv")
    assert len(found) > 10
    for row in found.to_dict("records"):
        assert len(findings.source(row, released[row["source_table"]])) == 1, row["id"]
    for row in numbers.read(built_steps / "release/numbers.csv").to_dict("records"):
        assert len(findings.source(row, released[row["source_table"]])) == 1, row["key"]
        assert row["source_column"] in released[row["source_table"]].columns


def test_a_margins_file_is_needed_only_for_raking(built_steps, tmp_path, methods):
    step("survey/weights")(
        *(str(built_steps / "restricted/people.parquet"), BOOK, SCHEME, [], str(tmp_path / "weighted.parquet")),
        *(str(tmp_path / f"{name}.csv") for name in ("respondents", "margins", "method")),
        **GROUPING,
        weighting="supplied",
        sample="non-probability",
        methods=methods,
    )
    people = tables.read(tmp_path / "weighted.parquet")
    assert (people["weight"] == people["base_weight"]).all()
    assert tables.read(tmp_path / "margins.csv", "survey/margins").empty


def test_bounds_that_are_too_tight_stop_with_advice(built_steps, tmp_path, methods):
    with pytest.raises(InputError, match=r"widen survey\.methods\.trim"):
        step("survey/weights")(
            *(
                str(built_steps / "restricted/people.parquet"),
                BOOK,
                SCHEME,
                MARGINS,
                str(tmp_path / "weighted.parquet"),
            ),
            *(str(tmp_path / f"{name}.csv") for name in ("respondents", "margins", "method")),
            **GROUPING,
            weighting="rake",
            sample="probability",
            methods=methods | {"trim": [0.9, 1.1], "sweeps": 20},
        )
    assert not (tmp_path / "weighted.parquet").exists()


def test_a_raked_group_costs_less_variance_than_weights_alone(built_steps):
    """The share of an item that depends on education: raking to education narrows it; ignoring raking would not."""
    from genequity.survey import battery, codebook, sample

    people, book = tables.read(built_steps / "restricted/weighted.parquet"), codebook.read(BOOK)
    options = {"comparator": "White", "level": 0.95, "interval": "mean", "small_base": 30, "least_base": 10}
    aware = battery.shares(people, sample.design_of(people), book, **options)
    plain = people.drop(columns=[name for name in people.columns if name.startswith(sample.MARGIN)])
    naive = battery.shares(plain, sample.design_of(plain), book, **options)
    both = aware.merge(naive, on=["item", "group"], suffixes=("", "_naive")).query("group == 'All groups'")
    widths = both.set_index("item")[["ci_low", "ci_high", "ci_low_naive", "ci_high_naive"]].loc["know_purpose"]
    assert widths["ci_high"] - widths["ci_low"] < widths["ci_high_naive"] - widths["ci_low_naive"]


def test_cells_that_stop_the_survey_are_listed_in_a_restricted_file(tmp_path, methods):
    """The message gives their number and first cases; the list has no value either."""
    import pyreadstat

    responses, inner = str(tmp_path / "responses.sav"), tmp_path / "restricted" / "survey"
    section = {"inputs": {"codebook": BOOK, "margins": MARGINS}}
    step("demo/survey")(str(ROOT / "config/demo/truth.yaml"), responses, seed=7, section=section)
    frame, meta = pyreadstat.read_sav(responses, user_missing=True)
    frame.loc[[4, 8], "trust_safe"] = 7
    pyreadstat.write_sav(frame, responses, missing_ranges=meta.missing_ranges)
    outputs = [str(inner / name) for name in ("people.parquet", "items.csv", "missing.csv")]
    with pytest.raises(InputError) as caught:
        step("survey/people")(responses, BOOK, SCHEME, THEMES, *outputs, **GROUPING, encoding=None, blank_weight="stop")
    assert "variable trust_safe, cases 5, 9" in str(caught.value)
    assert f"the cells are listed in {inner / 'problems.csv'}" in str(caught.value)
    listed = (inner / "problems.csv").read_text().splitlines()
    assert listed[0] == "check,row,column"
    assert [row for row in listed if row.endswith("trust_safe")] == [
        "cells hold a code that is not declared,5,trust_safe",
        "cells hold a code that is not declared,9,trust_safe",
    ]


def test_a_model_of_unknown_variables_stops_with_their_names(built_steps, methods, tmp_path):
    """The build says what make check says, not a fault of a library."""
    with pytest.raises(
        InputError, match=r"'age_bnd' is no background variable of the codebook\. Did you mean 'age_band'"
    ):
        step("survey/model")(
            str(built_steps / "restricted" / "weighted.parquet"),
            BOOK,
            SCHEME,
            str(tmp_path / "model.csv"),
            str(tmp_path / "fit.csv"),
            str(tmp_path / "variants.csv"),
            **COMPARE,
            outcome="trust_safe",
            covariates=["age_bnd"],
            methods=methods,
        )


def test_an_item_whose_theme_the_study_does_not_have_stops_the_first_step(tmp_path):
    book = tmp_path / "codebook.yaml"
    book.write_text((ROOT / "config/demo/survey_codebook.yaml").read_text().replace("theme: trust", "theme: trsut", 1))
    outputs = [str(tmp_path / name) for name in ("people.parquet", "items.csv", "missing.csv")]
    with pytest.raises(InputError, match=r"'trsut' is not a theme of .*Did you mean 'trust'"):
        step("survey/people")(
            "no.sav", str(book), SCHEME, THEMES, *outputs, **GROUPING, encoding=None, blank_weight="stop"
        )
