"""A small book whose executed notebook is written by hand, so that no kernel runs, and its Word report with its map."""

from __future__ import annotations

import copy
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from genequity import findings, numbers
from genequity.authors import cells, returning
from genequity.publish import build

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="
TEXT = """Of those asked, `{python} release.number("survey.respondents")` people answered, it's the
first *wave*. A share of `{python} release.number("survey.trust")` trusts the service.

@tbl-survey-shares and @fig-survey-shares hold more, as others found [@one].

## Next steps {#sec-survey-next}

- The first thing to do is to ask again.
- The same words.
- The same words.

The report of {{< meta title >}} ends here."""
TABLE = (
    '<table><thead><tr><th scope="col">Group</th><th scope="col">Share</th></tr></thead><tbody>'
    '<tr><th scope="row">Asian</th><td>41%</td></tr><tr><th scope="row">White</th><td>52%</td></tr></tbody></table>'
)
TABLE_CODE = """#| label: tbl-survey-shares
#| tbl-cap: "Share who trust the service, by group."
release.show(release.table("survey/shares"), {"group": "Group", "share": "Share"})"""
FIGURE_CODE = """#| label: fig-survey-shares
#| fig-cap: "The same shares drawn."
#| fig-alt: "Bars of the shares by group."
draw(release)"""


@dataclass
class Book:
    """Folders of the small book, and how to compare a document with it."""

    notebooks: Path
    results: Path
    word: Path

    def compare(self, document: Path):
        return returning.compare(str(document), str(self.results), str(self.notebooks))

    def cell(self, key: str) -> str:
        return cells.Notebooks(self.notebooks).cell("survey.ipynb", key).source


def notebook() -> nbformat.NotebookNode:
    """The notebook as its author keeps it."""
    v4 = nbformat.v4
    whole = v4.new_notebook(
        cells=[
            v4.new_raw_cell('---\ntitle: "Survey"\n---', id="front"),
            v4.new_code_cell('release_folder = "../results/release"', id="parameters"),
            v4.new_code_cell(
                "from genequity.notebook import open_release\nrelease = open_release(release_folder)", id="setup"
            ),
            v4.new_markdown_cell(TEXT, id="text"),
            v4.new_code_cell(TABLE_CODE, id="table"),
            v4.new_code_cell(FIGURE_CODE, id="figure"),
        ],
        metadata={"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    )
    whole.cells[1].metadata["tags"] = ["parameters"]
    return whole


def written(notebook_: nbformat.NotebookNode, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook_, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def tracked(notebook_: nbformat.NotebookNode, path: Path) -> Path:
    """Write a notebook with its sources as lists of lines, as Jupyter does."""
    plain = json.loads(nbformat.writes(notebook_))
    return written(plain, path)


@pytest.fixture
def book(made, tmp_path) -> Book:
    """A copy of the small book, which a test may change."""
    shutil.copytree(made, tmp_path / "book")
    folder = tmp_path / "book"
    return Book(folder / "notebooks", folder / "results", folder / "results" / "report" / "report.docx")


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    """The folder of the small book, with its Word report built once."""
    tmp_path = tmp_path_factory.mktemp("authors")
    notebooks, results = tmp_path / "notebooks", tmp_path / "results"
    source = notebook()
    tracked(source, notebooks / "survey.ipynb")
    (notebooks / "references.bib").write_text(
        "@article{one,\n author = {Amin, A.},\n title = {One},\n year = {2020},\n journal = {J}\n}\n"
    )
    (notebooks / "references.qmd").write_text("# References {.unnumbered}\n\n::: {#refs}\n:::\n")
    chapters = {"title": "T", "chapters": ["survey.ipynb", "references.qmd"]}
    (notebooks / "_quarto.yml").write_text(
        f"project: {{type: book}}\nbook: {json.dumps(chapters)}\nbibliography: references.bib\nexecute: {{echo: false}}\n"
    )
    release = results / "release"
    (release / "survey").mkdir(parents=True)
    study = {"title": "A small study", "date": "2026-11-22", "strands": {"survey": {"supplied": True}}}
    (release / "study.json").write_text(json.dumps(study))
    rows = [
        numbers.number(
            "survey.respondents", 2380, "people", "survey/respondents", "group=All groups", "n", "survey_weights"
        ),
        numbers.number("survey.trust", 0.12, "proportion", "survey/shares", "item=trust", "share", "survey_shares"),
    ]
    numbers.write(rows, release / "survey" / "numbers.csv")
    findings.write([], release / "survey" / "findings.csv")
    executed = copy.deepcopy(source)
    values = {'release.number("survey.respondents")': "'2,380'", 'release.number("survey.trust")': "'12%'"}
    executed.cells[3].metadata["user_expressions"] = [
        {"expression": key, "result": {"status": "ok", "data": {"text/plain": value}}} for key, value in values.items()
    ]
    show = nbformat.v4.new_output
    executed.cells[4].outputs = [show("display_data", {"text/html": TABLE})]
    executed.cells[5].outputs = [show("display_data", {"image/png": PIXEL})]
    kept = results / "report" / "executed"
    kept.mkdir(parents=True)
    nbformat.write(executed, kept / "survey.ipynb")
    word = results / "report" / "report.docx"
    build.build(
        str(notebooks / "_quarto.yml"),
        str(release / "study.json"),
        [str(kept / "survey.ipynb")],
        {"docx": str(word)},
        maps=str(results / "cache" / "word"),
    )
    return tmp_path
