"""A small study of interviews: its inputs written anew, and its steps called as Snakemake calls them."""

import importlib.util

import numpy as np
from genequity import config, tables
from genequity.coding import writer
from genequity.config import ROOT
from genequity.demo import interviews as demo

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
QUOTES = {
    "per_role": 1,
    "per_person": 3,
    "least_words": 4,
    "most_words": 60,
    "least_k": 1,
    "back_check": "note",
    "attribution": "{who}, {setting}",
}
EVERY = (
    "agreement",
    "agreement_coefficients",
    "agreement_why",
    "characteristics",
    "choices",
    "codebook",
    "cooccurrence",
    "events",
    "excerpt",
    "flow",
    "framework",
    "losses",
    "participants",
    "prevalence",
    "quotable",
    "quotes",
    "reading",
    "reconcile",
    "redactions",
    "reporting",
    "sampling",
    "saturation",
    "saturation_rule",
    "sessions",
)


def step(name):
    spec = importlib.util.spec_from_file_location(f"interviews_{name}", ROOT / f"workflow/scripts/interviews/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def build(
    folder, people=True, planted="", refused="", attributes=ATTRIBUTES, methods=METHODS, summary=None, event=True
):
    truth = config.read(ROOT / "config/demo/truth.yaml")["interviews"]
    rng = np.random.default_rng(7)
    table = demo.participants(truth, rng)
    tables.write(table, folder / "people.csv")
    paths = [str(folder / f"{name}.qdpx") for name in ("a", "b")]
    coded = demo.projects(table, truth, rng)
    for content, path in zip(coded, paths, strict=True):
        if planted:
            spot = content.segments["text"].str.len().eq(len(content.segments["text"].iloc[0])).idxmax()
            old = content.segments.loc[spot, "text"]
            new = old[: -len(planted) - 2] + " " + planted + "."
            content.segments.loc[spot, "text"] = new
            content.sources["text"] = content.sources["text"].str.replace(old, new, regex=False)
        writer.write(content, path)
    f = lambda name, end="csv": str(folder / f"{name}.{end}")  # noqa: E731
    own = demo.summaries(table, coded[0], truth)
    if summary:
        own.loc[1, "summary"] = summary
    tables.write(own, f("summaries"))
    tables.write(demo.translations(table, coded[0]), f("translations"))
    tables.write(demo.redactions(coded[0]), f("log"))
    themes = str(ROOT / "config/demo/themes.csv")
    if event:
        paths.append(str(ROOT / "config/demo/interviews_events.csv"))
    first = (
        "flow",
        "participants",
        "reading",
        "losses",
        "lost_codings",
        "codebook",
        "reconcile",
        "sessions",
        "redactions",
    )
    step("segments")(
        project_files=paths,
        transcripts=[],
        codebook_file=[str(ROOT / "config/demo/interviews_codebook.csv")],
        participants_file=[f("people")] if people else [],
        frequencies_file=[],
        redactions_file=[f("log")],
        ethnicity_scheme=str(ROOT / "config/schemes/nhs2001.csv"),
        region_lookup=[str(ROOT / "config/demo/regions.csv")],
        themes=themes,
        cases=f("cases", "parquet"),
        sources=f("sources", "parquet"),
        segments=f("segments", "parquet"),
        loss_card=f("loss_card", "html"),
        program_summaries=f("program_summaries"),
        **{name: f(name) for name in first},
        projects=[{"path": path, "format": "event-notes" if path.endswith("csv") else "refi-qda"} for path in paths],
        grouping="five_2021",
        methods=methods,
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
        method=methods["method"],
        seed=1,
    )
    (folder / "names.txt").write_text(refused)
    made = (
        "matrix",
        "prevalence",
        "framework",
        "characteristics",
        "events",
        "cooccurrence",
        "cooccurrence_codes",
        "saturation",
    )
    step("themes")(
        cases=f("cases", "parquet"),
        segments=f("segments", "parquet"),
        sources=f("sources", "parquet"),
        codebook=f("codebook"),
        themes=themes,
        participants_file=[f("people")] if people else [],
        summaries_file=[f("summaries")] if people else [],
        program_summaries=f("program_summaries"),
        frame_file=[str(ROOT / "config/demo/interviews_sampling_frame.csv")] if people else [],
        names_file=[f("names", "txt")],
        **{name: f(name) for name in (*made, "saturation_rule", "sampling", "reporting", "choices")},
        **{f"matrix_{end}": f("matrix", end) for end in ("html", "xlsx", "docx")},
        methods=methods,
        attributes=attributes,
        reported={"coreq": {"1": "Two of the authors led the interviews."}},
        profile="nhse",
        seed=1,
        watermark="SYNTHETIC DATA",
        title="A study",
    )
    step("quotes")(
        cases=f("cases", "parquet"),
        segments=f("segments", "parquet"),
        sources=f("sources", "parquet"),
        prevalence=f("prevalence"),
        themes=themes,
        ethnicity_scheme=str(ROOT / "config/schemes/nhs2001.csv"),
        region_lookup=[str(ROOT / "config/demo/regions.csv")],
        participants_file=[f("people")] if people else [],
        population_file=[str(ROOT / "config/demo/interviews_population.csv")],
        names_file=[f("names", "txt")],
        translations_file=[f("translations")],
        summaries_file=[f("summaries")] if people else [],
        quote_register=f("quote_register"),
        quotes=f("quotes"),
        quotable=f("quotable"),
        excerpt=f("excerpt"),
        project_files=paths,
        options=QUOTES,
        restricted_identifiers="stop",
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
