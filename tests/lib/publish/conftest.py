"""A small book, executed and written once for all tests of publishing."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from genequity.publish import assemble, book, build, execute

HERE = Path(__file__).parent
# One grey pixel.
PIXEL = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==")
STUDY = HERE / "book" / "release" / "study.json"


def made(folder: Path) -> Path:
    """Execute and write the small book into a folder; returns the folder."""
    whole = book.Book.read(HERE / "book" / "_quarto.yml")
    study = book.read_study(STUDY)
    release = str(HERE / "book" / "release")
    notebooks = []
    for section in whole.supplied(study):
        if section.is_notebook:
            notebooks.append(str(folder / "executed" / f"{section.name}.ipynb"))
            execute.execute(
                str(whole.folder / section.file),
                notebooks[-1],
                parameters={"release_folder": release},
                inputs=[str(STUDY)],
                cache=str(folder / "cache"),
                date=study["date"],
            )
    outputs = {name: str(folder / f"report.{name}") for name in build.FORMATS}
    build.build(whole, str(STUDY), notebooks, outputs)
    alone = {name: str(folder / f"index.{name}") for name in build.FORMATS}
    build.build(whole, str(STUDY), notebooks, alone, only="index")
    return folder


@pytest.fixture(scope="session")
def make_small():
    """Return the function that executes and writes the small book into a folder."""
    return made


@pytest.fixture(scope="session")
def small(make_small, tmp_path_factory) -> Path:
    """The folder of the small book's outputs."""
    return make_small(tmp_path_factory.mktemp("small"))


@pytest.fixture
def write_book(tmp_path):
    """Return a function that assembles pages of Markdown, given by name, and returns the document."""

    def assembled(pages: dict[str, str], *, appendices: tuple[str, ...] = (), extra: str = "", **study):
        (tmp_path / "x.png").write_bytes(PIXEL)
        for name, text in pages.items():
            (tmp_path / f"{name}.qmd").write_text(text, encoding="utf-8")
        chapters = [f"{name}.qmd" for name in pages if name not in appendices]
        lines = ["project: {type: book}", f"book: {json.dumps({'title': 'T', 'chapters': chapters})}", extra]
        if appendices:
            own = {"title": "T", "chapters": chapters, "appendices": [f"{name}.qmd" for name in appendices]}
            lines[1] = f"book: {json.dumps(own)}"
        (tmp_path / "_quarto.yml").write_text("\n".join(lines), encoding="utf-8")
        facts = tmp_path / "study.json"
        facts.write_text(json.dumps({"title": "T", "date": "2026-11-22", **study}), encoding="utf-8")
        return assemble.assemble(book.Book.read(tmp_path / "_quarto.yml"), book.read_study(facts), {})

    return assembled
