"""What a book holds: chapters, appendices, study and which chapters this study has no strand for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genequity.errors import InputError, Problem, missing_file, raise_if
from genequity.files import read_json
from genequity.publish import schema


@dataclass(frozen=True)
class Section:
    """One chapter: where its author keeps it and whether it is an appendix."""

    name: str
    file: str
    appendix: bool

    @property
    def is_notebook(self) -> bool:
        """Whether it has to be executed."""
        return self.file.endswith(".ipynb")

    @property
    def part(self) -> str:
        """The part of the study that it is about: an appendix of a strand is named ``appendix-<strand>``."""
        return self.name.removeprefix("appendix-")


@dataclass(frozen=True)
class Book:
    """A Quarto book on disk, as ``_quarto.yml`` declares it."""

    folder: Path
    config: dict[str, Any]

    @classmethod
    def read(cls, file: str | Path) -> Book:
        """Read ``_quarto.yml`` and check it against the closed schema.

        Raises
        ------
        InputError
            With each key that is not supported.
        """
        import yaml

        file = Path(file)
        if not file.exists():
            raise InputError(missing_file(file.name))
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
        raise_if(schema.problems("project", config, file.name))
        return cls(file.parent, config)

    def missing(self) -> list[Problem]:
        """Return each chapter that is listed and is not there."""
        return [
            Problem("_quarto.yml", f"the chapter {section.file} does not exist", do="add the notebook, or take it out")
            for section in self.sections()
            if not (self.folder / section.file).exists()
        ]

    def sections(self) -> list[Section]:
        """All chapters, then all appendices."""
        parts = ((name, False) for name in self.config["book"]["chapters"])
        rest = ((name, True) for name in self.config["book"].get("appendices", []))
        return [Section(Path(name).stem, name, appendix) for name, appendix in [*parts, *rest]]

    def supplied(self, study: dict[str, Any]) -> list[Section]:
        """Chapters of this study: those whose strand it has, and all that belong to no strand."""
        strands = study.get("strands", {})
        return [s for s in self.sections() if s.part not in strands or strands[s.part].get("supplied")]

    @property
    def execute(self) -> dict[str, Any]:
        """Defaults of cell options."""
        return {key: value for key, value in self.config.get("execute", {}).items() if key != "enabled"}

    def other_files(self) -> list[str]:
        """Return what the book needs beside notebooks, sorted: bibliography, style, pages without code, variables."""
        names = [section.file for section in self.sections() if not section.is_notebook]
        names += [self.config[key] for key in ("bibliography", "csl") if key in self.config]
        extra = ["_variables.yml"] if (self.folder / "_variables.yml").exists() else []
        included = [path.name for path in self.folder.glob("*.qmd")]
        return [os.path.relpath(self.folder / name) for name in sorted({*names, *extra, *included})]

    def citations(self) -> set[str]:
        """Keys of the bibliography."""
        import re

        if "bibliography" not in self.config:
            return set()
        text = (self.folder / self.config["bibliography"]).read_text(encoding="utf-8")
        return set(re.findall(r"^@\w+\{([^,\s]+),", text, re.M))


def read_study(file: str | Path) -> dict[str, Any]:
    """Read ``study.json``, filling in what a small study may leave out."""
    study = read_json(file)
    return {
        "title": "Report",
        "subtitle": "",
        "watermark": "",
        "date": "1970-01-01",
        "version": "",
        "authors": [],
        "language": "en-GB",
        "strands": {},
    } | {key: value for key, value in study.items() if value is not None}


def assets() -> list[str]:
    """Return the style sheets, schemas, word lists and fonts that the report rests on, sorted."""
    here = Path(__file__).parent
    found = [path for path in here.rglob("*") if path.suffix in (".css", ".typ", ".yaml", ".ttf", ".woff2")]
    return [os.path.relpath(path) for path in sorted(found)]


def reads(section: str, strands: Iterable[str]) -> list[str]:
    """Return the strands whose released files a section may read.

    >>> reads("survey", ["policy", "survey"]), reads("introduction", ["policy", "survey"])
    (['survey'], ['policy', 'survey'])
    >>> reads("appendix-survey", ["policy", "survey"])
    ['survey']
    """
    strands = list(strands)
    section = section.removeprefix("appendix-")
    if section in ("synthesis", "recommendations") or section not in strands:
        return strands
    return ["policy", "evidence"] if section == "evidence" else [section]
