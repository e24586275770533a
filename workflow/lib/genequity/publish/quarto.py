"""The same book for an installed Quarto: a folder of executed notebooks with execution off.

Tested up to the staged folder, which is checked against the same schema as the book itself; Quarto is not part of the
environment, so rendering is tried only where ``quarto`` is on the path.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from genequity import files
from genequity.errors import Problem, raise_if
from genequity.publish import schema, shared
from genequity.publish.book import Book, read_study


def stage(book_file: str, study_file: str, executed: list[str], staged: str) -> None:
    """Write a Quarto book of executed notebooks; its ``_quarto.yml`` comes last.

    Parameters
    ----------
    book_file : str
        The authors' ``_quarto.yml``.
    study_file : str
        ``study.json`` of the release.
    executed : list of str
        Executed notebooks.
    staged : str
        The ``_quarto.yml`` to write; everything else goes beside it.
    """
    import yaml

    book, study = Book.read(book_file), read_study(study_file)
    folder = Path(staged).parent
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in executed:
        shutil.copyfile(path, folder / Path(path).name)
    for path in book.other_files():
        shutil.copyfile(path, folder / Path(path).name)
    config = _config(book, study)
    raise_if(schema.problems("project", config, "_quarto.yml"))
    files.write_text(staged, yaml.safe_dump(config, sort_keys=False, allow_unicode=True))


def _config(book: Book, study: dict[str, Any]) -> dict[str, Any]:
    kept = [section.file for section in book.supplied(study)]
    own = {
        "title": shared.title(study),
        "subtitle": study["subtitle"],
        "author": [{"name": name} for name in study["authors"]],
        "date": study["date"],
        "chapters": [name for name in book.config["book"]["chapters"] if name in kept],
        "appendices": [name for name in book.config["book"].get("appendices", []) if name in kept],
    }
    config = {key: Path(value).name if key in ("csl", "bibliography") else value for key, value in book.config.items()}
    config["book"] = {key: value for key, value in own.items() if value}
    config["execute"] = {**book.config.get("execute", {}), "enabled": False}
    config["lang"] = study["language"]
    return config | ({"version": study["version"]} if study["version"] else {})


def render(staged: str) -> str:
    """Run ``quarto render`` on a staged book, or say how to.

    Returns
    -------
    str
        One sentence on what happened.

    Raises
    ------
    InputError
        If Quarto is there and fails.
    """
    folder = Path(staged).parent
    program = shutil.which("quarto")
    if program is None:
        return f"Quarto is not on the path. The book is ready in {folder}: run 'quarto render' there."
    done = subprocess.run([program, "render"], cwd=folder, capture_output=True, text=True, env=dict(os.environ))
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise_if([Problem(staged, f"quarto render failed: {last}", do="run it by hand in that folder")])
    return f"Quarto rendered the book into {folder}/_book."
