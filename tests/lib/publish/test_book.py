"""The report's own book and notebooks: a valid Quarto book, nothing typed, nothing executed."""

import json
from pathlib import Path

import pytest
import yaml
from genequity.config import ROOT, SECTIONS
from genequity.errors import InputError
from genequity.publish import book, quarto, schema, source, typed

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_book_uses_only_what_both_back_ends_know():
    whole = book.Book.read(ROOT / "notebooks" / "_quarto.yml")
    assert whole.missing() == []
    assert whole.sections()[0].name == "index"
    assert set(SECTIONS) <= {section.name for section in whole.sections()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bok": 1}, "'bok' is not supported. Did you mean 'book'?"),
        ({"project": {"type": "website"}}, "project.type"),
        ({"format": {"pdf": "default"}}, "'pdf' is not supported in format"),
        ({"execute": {"cache": True}}, "'cache' is not supported in execute"),
        ({"book": {"title": "T", "chapters": ["a.md"]}}, "book.chapters.0"),
    ],
)
def test_any_other_key_fails_by_name(tmp_path, change, message):
    config = yaml.safe_load((ROOT / "notebooks" / "_quarto.yml").read_text()) | change
    (tmp_path / "_quarto.yml").write_text(yaml.safe_dump(config))
    with pytest.raises(InputError) as error:
        book.Book.read(tmp_path / "_quarto.yml")
    assert message in str(error.value)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_follow_the_conventions(path):
    notebook = source.read(path)
    assert (notebook.nbformat, notebook.nbformat_minor) >= (4, 5)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert sum(source.has_tag(cell, "parameters") for cell in notebook.cells) == 1
    for place, cell in enumerate(notebook.cells):
        where = source.cell_name(cell, place)
        if cell.cell_type == "code":
            assert not cell.outputs, where
            assert schema.problems("cell", source.split_options(cell.source)[0], path.name, where) == []
        assert not cell.metadata.get("user_expressions"), where


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_number_is_typed_by_hand(path):
    assert [str(problem) for problem in typed.problems(path)] == []


def test_labels_are_unique_over_the_book():
    labels = [
        source.split_options(cell.source)[0].get("label")
        for path in NOTEBOOKS
        for cell in source.read(path).cells
        if cell.cell_type == "code"
    ]
    labels = [label for label in labels if label and label.startswith(("fig-", "tbl-"))]
    assert sorted(set(labels)) == sorted(labels)


def test_a_strand_reads_its_own_release_and_the_frame_reads_all():
    assert book.reads("survey", SECTIONS) == ["survey"]
    assert book.reads("evidence", SECTIONS) == ["policy", "evidence"]
    assert book.reads("appendix-service", SECTIONS) == ["service"]
    for section in ("index", "synthesis", "recommendations", "appendix-data"):
        assert book.reads(section, SECTIONS) == list(SECTIONS)


def test_a_chapter_without_its_strand_is_left_out():
    whole = book.Book.read(ROOT / "notebooks" / "_quarto.yml")
    absent = {"policy": {"supplied": False}, "service": {"supplied": False}}
    names = [section.name for section in whole.supplied({"strands": absent})]
    assert not {"policy", "service", "appendix-service"} & set(names)
    assert "appendix-methods" in names
    assert "survey" in names


def test_the_staged_quarto_book_is_valid_and_has_execution_off(small, tmp_path, monkeypatch):
    here = Path(__file__).parent / "book"
    staged = tmp_path / "quarto" / "_quarto.yml"
    executed = sorted(str(path) for path in (small / "executed").glob("*.ipynb"))
    quarto.stage(str(here / "_quarto.yml"), str(here / "release" / "study.json"), executed, str(staged))
    config = yaml.safe_load(staged.read_text())
    assert schema.problems("project", config, "_quarto.yml") == []
    assert config["execute"]["enabled"] is False
    assert config["book"]["title"] == "A small book – SYNTHETIC DATA"
    assert config["book"]["chapters"] == ["index.ipynb", "results.ipynb", "references.qmd"]
    for name in [*config["book"]["chapters"], *config["book"]["appendices"], config["csl"], config["bibliography"]]:
        assert (staged.parent / name).exists()
    held = json.loads((staged.parent / "index.ipynb").read_text())
    assert any(cell["metadata"].get("user_expressions") for cell in held["cells"])
    monkeypatch.setenv("PATH", "")
    assert "Quarto is not on the path" in quarto.render(str(staged))
