"""What a book holds: chapters, appendices, study and which chapters this study has no strand for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genequity.errors import InputError, Problem, missing_file, raise_if
from genequity.files import read_json
from genequity.publish import schema

STRANDS = ("policy", "evidence", "survey", "service", "interviews", "synthesis", "recommendations")


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
            With each key that is not supported and each chapter that does not exist.
        """
        import yaml

        file = Path(file)
        if not file.exists():
            raise InputError(missing_file(file.name))
        config = yaml.safe_load(file.read_text(encoding="utf-8"))
        raise_if(schema.problems("project", config, file.name))
        book = cls(file.parent, config)
        missing = [section.file for section in book.sections() if not (book.folder / section.file).exists()]
        raise_if(Problem(file.name, f"the chapter {name} does not exist") for name in missing)
        return book

    def sections(self) -> list[Section]:
        """All chapters, then all appendices."""
        parts = ((name, False) for name in self.config["book"]["chapters"])
        rest = ((name, True) for name in self.config["book"].get("appendices", []))
        return [Section(Path(name).stem, name, appendix) for name, appendix in [*parts, *rest]]

    def supplied(self, study: dict[str, Any]) -> list[Section]:
        """Chapters of this study: those whose strand it has, and all that belong to no strand."""
        strands = study.get("strands", {})
        return [s for s in self.sections() if s.name not in strands or strands[s.name].get("supplied")]

    def left_out(self, study: dict[str, Any]) -> str:
        """Return one sentence naming the chapters that this study has no strand for, or nothing."""
        strands = study.get("strands", {})
        kept = self.supplied(study)
        absent = [s.name for s in self.sections() if s not in kept and s.name in strands]
        if not absent:
            return ""
        parts = [f"{name} ({reason})" if (reason := strands[name].get("reason")) else name for name in absent]
        return f"This study has no input for: {', '.join(parts)}. Their chapters are left out."

    @property
    def execute(self) -> dict[str, Any]:
        """Defaults of cell options."""
        return {key: value for key, value in self.config.get("execute", {}).items() if key != "enabled"}

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


def section_inputs(released: dict[str, list[str]], section: str) -> list[str]:
    """Return the released files, relative to the release folder, that one section may read.

    A strand's chapter reads its own strand; synthesis, recommendations and what frames them read all.
    """
    names = [section] if section in released and section not in ("synthesis", "recommendations") else sorted(released)
    own = [f"{name}/{table}.csv" for name in names for table in [*released[name], "findings", "numbers"]]
    return [*sorted(set(own)), "study.json"]
