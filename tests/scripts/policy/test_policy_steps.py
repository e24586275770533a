"""The steps of the policy review, called as Snakemake calls them, on a study of three documents."""

import importlib.util

import pandas as pd
import pytest
from genequity import tables
from genequity.coding import writer
from genequity.coding.synthetic import Passage, as_project
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.policy import register

METHODS = {
    "decide": "lead",
    "allow_set_aside": False,
    "excerpt": 60,
    "focus": {"high": 0.5, "medium": 0.2},
    "terms": [{"term": "Ethnicity", "match": ["ethnicity", "ethnic"]}],
    "content_terms": ["Ethnicity"],
}
GRADES = {"mentioned": "Ethnicity > Mentioned", "commitment": "Ethnicity > Commitment"}
BOOK = """code,parent,theme,definition,include,exclude,example,origin
Ethnicity,,,A heading.,,,,deductive
Mentioned,Ethnicity,,It is mentioned.,,,,deductive
Commitment,Ethnicity,,An action is promised.,,,,deductive
Trust,,trust,Confidence.,,,,deductive
"""


def step(name, strand="policy"):
    spec = importlib.util.spec_from_file_location(f"{strand}_{name}", ROOT / f"workflow/scripts/{strand}/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


@pytest.fixture
def study(tmp_path):
    rows = [f"D{i},Title {i},Body {'AB'[i % 2]},commissioner,202{i},All,1,,included,,website," for i in (1, 2, 3)]
    (tmp_path / "register.csv").write_text(",".join(register.COLUMNS) + "\n" + "\n".join(rows) + "\n")
    (tmp_path / "book.csv").write_text(BOOK)
    (tmp_path / "themes.csv").write_text("theme,label,definition\ntrust,Trust,x\ntravel,Travel,x\n")
    lead = {
        "D1": [Passage("An ethnic group is named.", "Ethnicity > Mentioned"), Passage("Confidence matters.", "Trust")],
        "D2": [Passage("We promise to act.", "Ethnicity > Commitment"), Passage("Confidence again.", "Trust")],
        "D3": [Passage("Nothing of the kind."), Passage("Nor here.")],
    }
    second = lead | {"D2": [Passage("We promise to act."), Passage("Confidence again.", "Trust")]}
    codes = ["Ethnicity > Mentioned", "Ethnicity > Commitment", "Trust"]
    writer.write(as_project(lead, "Ann", codes, "a"), tmp_path / "a.qdpx")
    writer.write(as_project(second, "Ben", codes, "b"), tmp_path / "b.qdpx")
    return tmp_path


def documents(folder, projects=("a.qdpx", "b.qdpx"), texts=(), grades=GRADES):
    entries = [{"path": str(folder / name), "format": "refi-qda"} for name in projects]
    out = {
        name: str(folder / f"{name}.csv")
        for name in ("documents", "flow", "reading", "codebook", "terminology", "search_log")
    }
    step("documents")(
        register=str(folder / "register.csv"),
        project_files=[entry["path"] for entry in entries],
        codebook_file=[str(folder / "book.csv")] if entries else [],
        texts=[str(path) for path in texts],
        frames_file=[],
        commitments_file=[],
        themes=str(folder / "themes.csv"),
        losses=str(folder / "losses.csv"),
        loss_card=str(folder / "loss_card.html"),
        lost_codings=str(folder / "lost_codings.csv"),
        segments=str(folder / "segments.parquet"),
        sources=str(folder / "sources.parquet"),
        projects=entries,
        grades=grades,
        methods=METHODS,
        **out,
    )


def rest(folder, grades=GRADES, names=()):
    held = ("agreement", "agreement_coefficients", "agreement_why", "disagreements", "stale_outcomes")
    restricted = {"disagreements_page": "disagreements.html", "disagreements_workbook": "disagreements.xlsx"}
    restricted |= {"merged_project": "merged.qdpx", "standing_project": "standing.qdpx", "codebook_qdc": "codebook.qdc"}
    step("agreement")(
        sources=str(folder / "sources.parquet"),
        segments=str(folder / "segments.parquet"),
        codebook=str(folder / "codebook.csv"),
        consensus_file=[],
        **{name: str(folder / f"{name}.csv") for name in held},
        **{name: str(folder / file) for name, file in restricted.items()},
        unit="paragraph",
        units=["character", "sentence", "turn", "document"],
        level=0.95,
        low=0.667,
        method="",
        grading=grades,
        seed=1,
    )
    tables_of_step = ("grades", "grade_counts", "commitments", "commitment_gaps", "frames", "frame_documents")
    tables_of_step += ("read_stages", "matrix", "review_focus", "excerpts")
    step("themes")(
        documents=str(folder / "documents.csv"),
        sources=str(folder / "sources.parquet"),
        frames_file=[],
        commitments_file=[],
        categories=str(ROOT / "config/standards/policy_frames.csv"),
        register_file=str(folder / "register.csv"),
        segments=str(folder / "segments.parquet"),
        codebook=str(folder / "codebook.csv"),
        themes=str(folder / "themes.csv"),
        names_file=[str(path) for path in names],
        grading=grades,
        methods=METHODS,
        project_files=["a.qdpx", "b.qdpx"],
        **{n: str(folder / f"{n}.csv") for n in tables_of_step},
    )
    every = (
        "agreement",
        "agreement_coefficients",
        "agreement_why",
        "codebook",
        "commitment_gaps",
        "commitments",
        "documents",
        "excerpts",
        "flow",
        "frame_documents",
        "frames",
        "grade_counts",
        "grades",
        "losses",
        "matrix",
        "read_stages",
        "reading",
        "review_focus",
        "search_log",
        "terminology",
    )
    released = [str(folder / "release" / f"{n}.csv") for n in every]
    said = [str(folder / name) for name in ("themes.csv", "findings.csv", "numbers.csv")]
    step("release")([str(folder / f"{n}.csv") for n in every], released, *said, profile="nhse")


def test_from_register_and_projects_to_findings(study):
    documents(study)
    rest(study)
    grades = tables.read(study / "release" / "grades.csv", "policy/grades").set_index("document")
    assert grades["grade"].to_dict() == {"D1": "mentioned", "D2": "commitment", "D3": "none"}
    assert grades["term_hits"].to_dict() == {"D1": 1, "D2": 0, "D3": 0}
    agreement = tables.read(study / "release" / "agreement.csv", "policy/agreement").set_index("code")
    assert agreement.loc["All codes", ["both", "first_only", "second_only"]].tolist() == [3, 1, 0]
    assert pd.read_csv(study / "disagreements.csv")["source"].tolist() == ["D2"]
    focus = tables.read(study / "release" / "review_focus.csv", "policy/review_focus")
    assert focus[["theme", "documents", "of", "priority"]].values.tolist() == [["trust", 2, 3, "high"]]
    shown = tables.read(study / "release" / "excerpts.csv", "policy/excerpts")
    assert shown[["theme", "document"]].values.tolist() == [["trust", "D1"], ["trust", "D2"]]
    findings = pd.read_csv(study / "findings.csv").set_index("id")
    assert findings.loc["policy.theme.trust", "statement"] == "2 of 3 policy documents (67%) raise the theme “Trust”."


def test_texts_without_coding_give_register_and_terminology_only(study):
    texts = []
    for number in (1, 2):
        texts.append(study / f"D{number}.txt")
        texts[-1].write_text("ethnic words and ethnicity\n")
    documents(study, projects=(), texts=texts, grades={})
    rest(study, grades={})
    terms = tables.read(study / "release" / "terminology.csv", "policy/terminology").set_index("year")
    assert terms.loc["All years", ["hits", "documents"]].tolist() == [4, 2]
    assert tables.read(study / "release" / "grades.csv", "policy/grades").empty
    assert tables.read(study / "release" / "agreement.csv")["not_computed"].tolist() == ["no coded text was supplied"]
    assert pd.read_csv(study / "findings.csv").empty


def test_problems_of_all_files_are_raised_together(study):
    (study / "a.qdpx").write_text("broken")
    (study / "book.csv").write_text(BOOK.replace("Confidence.", ""))
    with pytest.raises(InputError) as caught:
        documents(study)
    files = {problem.file.rpartition("/")[2] for problem in caught.value.problems}
    assert files == {"a.qdpx", "book.csv"}


def test_codings_that_cannot_be_used_stop_the_build_unless_allowed(study):
    import zipfile

    with zipfile.ZipFile(study / "a.qdpx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["project.qde"] = parts["project.qde"].replace(b'endPosition="25"', b'endPosition="9999"', 1)
    with zipfile.ZipFile(study / "a.qdpx", "w") as archive:
        for name, raw in parts.items():
            archive.writestr(name, raw)
    with pytest.raises(InputError, match="1 of 4 codings cannot be used: its positions lie outside the text"):
        documents(study)
    METHODS["allow_set_aside"] = True
    try:
        documents(study)
    finally:
        METHODS["allow_set_aside"] = False
    reading = tables.read(study / "reading.csv", "policy/reading").set_index("project")
    assert reading.loc["Project 1", ["codings", "segments", "set_aside"]].tolist() == [4, 3, 1]


def test_an_identifier_in_an_excerpt_stops_the_step_without_being_shown(study):
    documents(study)
    (study / "names.txt").write_text("ethnic group\n")
    with pytest.raises(InputError) as error:
        rest(study, names=[study / "names.txt"])
    (only,) = error.value.problems
    assert (only.file, only.where) == ("a.qdpx", "document D1, characters 3 to 15")
    assert "ethnic group" not in str(only)
    assert not (study / "grades.csv").exists()
