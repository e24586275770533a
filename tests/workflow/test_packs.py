"""The demonstration's trace, organisation pages and coverage: whole, one page each, and refused when a leaf goes."""

import csv
import json
import re
import runpy
import shutil
import subprocess
from collections import Counter

import pytest
from conftest import program
from genequity import config, files
from genequity.config import ROOT
from genequity.errors import InputError
from genequity.packs import organisations

pytestmark = pytest.mark.slow
BRIEF = str(ROOT / "config" / "standards" / "brief.yaml")


@pytest.fixture
def copied(built, tmp_path):
    """The released folder of the demonstration, from which things are taken away."""
    shutil.copytree(built / "release", tmp_path / "release")
    return tmp_path / "release"


def packs(release, out):
    """Run the step on a release; what it writes lies in ``out``."""
    main = runpy.run_path(str(ROOT / "workflow/scripts/report/packs.py"), run_name="step")["main"]
    tables = sorted(str(path) for path in release.glob("*/*.csv") if path.parent.name != "audit")
    names = {
        "trace": "trace.html",
        "trace_table": "trace.csv",
        "trace_prov": "trace.jsonld",
        "coverage": "coverage.html",
    }
    names |= {"organisations": "organisations", "tracker": "action-tracker.xlsx", "register": "register.xlsx"}
    given = {"inputs": str(files.find_table(release, "audit/inputs")), "study": str(release / "study.json")}
    written = {word: str(out / name) for word, name in names.items()}
    main(tables, **given, frame=[], brief=BRIEF, report=[], **written)


def rows(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def without(release, table, chosen):
    """Take the rows away from a released table for which ``chosen`` holds; return how many."""
    path = files.find_table(release, table)
    held = rows(path)
    kept = [row for row in held if not chosen(row)]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, held[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)
    return len(held) - len(kept)


def first_behind(built, kind):
    """Return recommendation and id of the first leaf of a kind in the demonstration's trace."""
    return next(
        (row["recommendation"], row["id"]) for row in rows(built / "report" / "trace.csv") if row["kind"] == kind
    )


TAKEN = {
    "finding": ("synthesis/register", lambda row, name: row["id"] == name),
    "quotation": ("interviews/quotes", lambda row, name: row["quote"] == name),
    "passage": ("policy/excerpts", lambda row, name: f"{row['theme']}; {row['document']}" == name),
    "study result": ("evidence/effects", lambda row, name: row["study"] in name and row["outcome"] in name),
    "study": ("evidence/studies", lambda row, name: row["study"] == name),
    "question": ("survey/items", lambda row, name: row["item"] == name),
    "co-design": ("recommendations/co_design", lambda row, name: row["entry"] == name),
    "vote": ("recommendations/panel", lambda row, name: f"{row['item']}, round {row['round']}" == name),
    "input": ("audit/inputs", lambda row, name: row["input"] == name),
}


@pytest.mark.parametrize("kind", [*TAKEN, "row"])
def test_a_leaf_that_is_deleted_fails_the_build_naming_the_recommendation(built, copied, tmp_path, kind):
    name, leaf = first_behind(built, kind)
    if kind == "row":
        table, _, line = leaf.partition("#")
        held = rows(files.find_table(copied, table))
        gone = held[int(line) - 2]
        assert without(copied, table, lambda row: row == gone) == 1
    else:
        table, holds = TAKEN[kind]
        assert without(copied, table, lambda row: holds(row, leaf)) > 0
    with pytest.raises(InputError) as error:
        packs(copied, tmp_path / "out")
    assert f"recommendation {name} " in str(error.value)
    assert not (tmp_path / "out" / "trace.html").exists()


def test_the_step_gives_the_same_bytes_a_second_time(built, copied, tmp_path):
    packs(copied, tmp_path / "report")
    for path in sorted((built / "report" / "organisations").glob("*.*")):
        if path.name.startswith("."):  # Snakemake's own mark of a folder
            continue
        assert (tmp_path / "report" / "organisations" / path.name).read_bytes() == path.read_bytes(), path.name
    for name in ("trace.html", "trace.csv", "trace.jsonld", "action-tracker.xlsx", "register.xlsx"):
        assert (tmp_path / "report" / name).read_bytes() == (built / "report" / name).read_bytes(), name


def test_all_recommendations_are_traced_to_inputs_of_all_strands_and_their_own(built):
    traced = rows(built / "report" / "trace.csv")
    register = rows(files.find_table(built / "release", "recommendations/register"))
    ends = {}
    for row in traced:
        if row["kind"] == "input":
            ends.setdefault(row["recommendation"], set()).add(row["words"])
            assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"])
    assert set(ends) == {row["recommendation"] for row in register}
    assert set.union(*ends.values()) == {*config.SECTIONS, "study"}
    assert all({"recommendations", "study", "synthesis"} <= parts for parts in ends.values())
    held = rows(files.find_table(built / "release", "audit/inputs"))
    assert {row["id"] for row in traced if row["kind"] == "input"} == {row["input"] for row in held}


@pytest.mark.parametrize("name", ["themes", "synthesis.inputs.readings", "primary.inputs.declaration"])
def test_an_input_behind_the_whole_study_that_is_gone_names_the_recommendations(copied, tmp_path, name):
    assert without(copied, "audit/inputs", lambda row: row["input"] == name) == 1
    with pytest.raises(InputError) as error:
        packs(copied, tmp_path / "out")
    assert "recommendation R01 rests on" in str(error.value)


def test_prov_and_table_name_the_same_things(built):
    traced = rows(built / "report" / "trace.csv")
    made = json.loads((built / "report" / "trace.jsonld").read_text(encoding="utf-8"))
    entities = [entry for entry in made["@graph"] if "identifier" in entry]
    recommendations = {row["recommendation"] for row in traced}
    assert len(entities) == len({row["on"] for row in traced}) + len(recommendations)


def test_no_vote_and_no_panellist_stands_in_what_people_read(built):
    members = {row["panellist"] for row in rows(ROOT / "config" / "demo" / "panel_members.csv")}
    for name in ("trace.html", "trace.csv", "trace.jsonld"):
        words = set(re.findall(r"\w+", (built / "report" / name).read_text(encoding="utf-8")))
        assert not members & words


def test_each_organisation_that_is_asked_has_its_page_and_each_is_one_page_or_two_with_more_than_three_actions(
    built, tmp_path
):
    register = rows(files.find_table(built / "release", "recommendations/register"))
    pages = sorted((built / "report" / "organisations").glob("*.docx"))
    assert len(pages) == len({row["organisation"] for row in register})
    many = Counter(organisations.slug(row["organisation"]) for row in register)
    office = program("soffice")
    whole = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
    subprocess.run([*whole, "--outdir", str(tmp_path), *map(str, pages)], check=True, capture_output=True)
    import pikepdf

    for page in pages:
        with pikepdf.open(tmp_path / f"{page.stem}.pdf") as pdf:
            assert len(pdf.pages) <= (2 if many[page.stem] > 3 else 1), page.name


def test_the_demonstration_meets_all_that_was_asked(built):
    text = (built / "report" / "coverage.html").read_text(encoding="utf-8")
    assert "This build meets 7 of them in full" in text
