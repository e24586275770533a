"""Templates of the tables that people write, made from one description of their columns.

``workflow/schemas/inputs/`` says of each table what a row is and what belongs into each column; which columns there
are, which may not stay blank and which words are allowed comes from the readers of the build. So a template that is
filled in passes them: a test fills in each one and reads it.
"""

from __future__ import annotations

import csv
import functools
import importlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from genequity import config, files, groups
from genequity.authored import EXAMPLE

FOLDER = config.SCHEMAS / "inputs"
SHARED = "shared"
SCHEME = "config/schemes/nhs2001.csv"  # whose codes the drop-downs offer until a study names another
# Columns of readers that take them from the config or that have no list of their own.
THEMES = ("theme", "label", "definition")
REGIONS = ("code", "label")
ETHNICITY = ("label", "kind", "group")
INTERVIEWED = ("source", "role", "people")
PARTICIPANT = ("participant", "role", "withdrawn")
CODE = ("code", "definition", "origin")
SEGMENTS = ("source", "code", "text")
SCREENING = ("title", "doi", "stage", "reviewer", "decision", "reason")
SCREENED = ("stage", "reviewer", "decision")
STUDY = ("study",)
EFFECTS = (
    *("study", "outcome", "group", "comparator", "measure"),
    *("ai", "n1i", "ci", "n2i", "est", "lo", "hi", "adjusted"),
)
DECISIONS = ("include", "exclude", "maybe", "not retrieved")
DENOMINATORS = ("code", "age_from", "sex", "region", "population")
PANEL = ("stakeholder_group", "people", "source")


@dataclass(frozen=True)
class Column:
    """One column: what belongs into it, the words it allows, and what stands in the example row."""

    name: str
    about: str
    example: str
    needed: bool
    values: tuple[str, ...] = ()
    open: bool = False
    kind: str = "text"
    long: bool = False

    @property
    def allowed(self) -> str:
        """The allowed words in a sentence; blank when any are."""
        if not self.values:
            return ""
        shown = ", ".join(self.values[:20]) + (" …" if len(self.values) > 20 else "")
        return f"{'such as' if self.open else 'one of'} {shown}"


@dataclass(frozen=True)
class Template:
    """One table that people write; ``start`` holds rows that it begins with in the place of an example."""

    section: str
    name: str
    title: str
    row: str
    setting: str
    columns: tuple[Column, ...]
    start: tuple[tuple[str, ...], ...] = ()

    @property
    def path(self) -> str:
        """Where it lies in a study's folder, without its ending."""
        return f"inputs/{self.name}" if self.section == SHARED else f"inputs/{self.section}/{self.name}"

    @property
    def place(self) -> str:
        """What it is and where it belongs, for messages."""
        return f"the table '{self.title}', which belongs into {self.path}.xlsx or .csv"

    @property
    def header(self) -> list[str]:
        """Names of the columns in their order."""
        return [column.name for column in self.columns]

    def example(self) -> list[str]:
        """Return the example row, marked in its first cell."""
        row = [column.example for column in self.columns]
        return [f"{EXAMPLE}{row[0]}", *row[1:]]

    def rows(self) -> list[list[str]]:
        """Return the rows that the template is written with."""
        return [list(row) for row in self.start] or [self.example()]


def all_of(sections: Iterable[str] = (SHARED, *config.SECTIONS)) -> list[Template]:
    """Return the templates of sections, in the order of the descriptions."""
    return [template for section in sections for template in _of(section)]


def get(place: str) -> Template:
    """Return one template by ``section/name``."""
    section, name = place.split("/")
    return next(template for template in _of(section) if template.name == name)


def of_columns(present: Iterable[str]) -> Template | None:
    """Return the template that a table with these columns was made from, or None."""
    present = set(present)
    found = [
        (len(present & set(template.header)) / len(present | set(template.header)), template) for template in all_of()
    ]
    likeness, template = max(found, key=lambda pair: pair[0])
    return template if likeness > 0.6 else None


@functools.cache
def _of(section: str) -> tuple[Template, ...]:
    described = _described(section)
    return tuple(_template(section, name, entry) for name, entry in described.items())


def _described(section: str) -> dict[str, Any]:
    """Return a section's descriptions; a section for which nobody writes a table has none."""
    file = FOLDER / f"{section}.yaml"
    return yaml.safe_load(file.read_text(encoding="utf-8")) if file.exists() else {}


def _template(section: str, name: str, entry: Mapping[str, Any]) -> Template:
    needed = set(_constant(entry["reader"]["filled"]))
    columns = tuple(_column(column, told, column in needed) for column, told in entry["columns"].items())
    start: tuple[tuple[str, ...], ...] = ()
    if entry.get("start"):
        with (config.ROOT / entry["start"]).open(encoding="utf-8", newline="") as handle:
            start = tuple(tuple(row[column.name] for column in columns) for row in csv.DictReader(handle))
    return Template(section, name, entry["title"], entry["row"], entry["setting"], columns, start)


def _column(name: str, told: Mapping[str, Any], needed: bool) -> Column:
    values = tuple(str(value) for value in _values(told.get("values", ())) if str(value))
    return Column(
        name,
        told["about"],
        str(told.get("example", "")),
        needed,
        values,
        bool(told.get("open")),
        told.get("kind", "text"),
        bool(told.get("long")),
    )


def _values(named: Any) -> Iterable[Any]:
    """Return the words of a drop-down: a list, a constant of the code, or one of the study's own lists."""
    if not isinstance(named, str):
        return named
    if named == "themes":
        return [row[0] for row in get("shared/themes").start]
    if named == "scheme":
        return list(groups.Scheme.read(config.ROOT / SCHEME).table["code"])
    if named == "verbs":
        return yaml.safe_load(config.DEFAULTS.read_text(encoding="utf-8"))["recommendations"]["methods"]["action_verbs"]
    return _constant(named)


def _constant(named: str) -> Iterable[Any]:
    module, constant = named.split(":")
    return getattr(importlib.import_module(module), constant)


def reader_columns(template: Template) -> list[str]:
    """Return the columns that the reader of a table asks for, by the description."""
    return list(_constant(_described(template.section)[template.name]["reader"]["columns"]))


def write_csv(template: Template, path: str) -> None:
    """Write a template as CSV; the mark of UTF-8 at its start lets Excel show accents as they are."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(template.header)
    writer.writerows(template.rows())
    with files.writing(path) as part:
        part.write_bytes(out.getvalue().encode("utf-8-sig"))


def sentences(templates: Iterable[Template]) -> str:
    """Return the text that lies beside CSV templates: a sentence for each column."""
    parts = ["What belongs into each column. A star marks columns that may not stay blank.\n"]
    for template in templates:
        parts.append(f"{template.name}.csv or {template.name}.xlsx: {template.title}")
        parts.append(f"  One row is {template.row}. In study.yaml: {template.setting}")
        for column in template.columns:
            allowed = f" ({column.allowed})" if column.allowed else ""
            parts.append(f"  {'*' if column.needed else ' '} {column.name}: {column.about}{allowed}")
        parts.append("")
    return "\n".join(parts)
