"""The context sheet of a released table: what an output checker has to know to judge it, from its schema and the study.

A table without title, row, population or a description of each column has no context; a statistic about people whose
counts cannot be named has no underlying data. Either stops the pack. Source: OpenSAFELY documentation,
outputs/requesting-file-release.md and outputs/output-checking.md (why checkers refuse files).
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from genequity import tables
from genequity.errors import Problem
from genequity.pack import limits, registers
from genequity.release import Profile
from genequity.tables import MARK, SUPPRESSED, Column, TableSchema

WIDTH = 100
REGISTERS = ("findings", "numbers")
# Whom or what each part of a study describes, where the study's config does not say; and the number of it.
POPULATIONS = {
    "policy": ("Published policy documents; no people", ""),
    "evidence": ("Published studies and the effects that they report; no records of people", ""),
    "survey": ("People who answered the survey and were analysed", "survey.respondents"),
    "service": ("People with a record in the service extract, within the study period", "service.people"),
    "interviews": ("Participants of interviews and groups whose sources were coded", "interviews.analysed"),
    "synthesis": ("Findings of the other strands; no records of people", ""),
    "recommendations": ("Recommendations, and the members of the panel who rated them", ""),
    "primary": ("Primary analyses and their alternatives, from released tables; no records of people", ""),
    "audit": ("Counts in the released tables, and hashes of the inputs; no records of people", ""),
}
_KINDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false", "date": "date"}
_BASES = {
    "order": "an order, not a count",
    "population": "of the published population, not of the people studied",
    "setting": "a setting of the method",
    "model": "a property of the model",
    "items": "counts items, not people",
}


@dataclass(frozen=True)
class Table:
    """A released table with its schema and its rows as text."""

    path: str
    schema: TableSchema
    header: list[str]
    rows: list[dict[str, str]]

    @cached_property
    def withheld(self) -> dict[str, int]:
        """Blank counts by column, where the row gives a reason."""
        counts = [column.name for column in self.schema.columns.values() if column.is_count]
        reasoned = [row for row in self.rows if row.get(SUPPRESSED)]
        blanks = {name: sum(not row.get(name) for row in reasoned) for name in counts}
        return {name: number for name, number in blanks.items() if number}


def read(path: str, content: bytes) -> Table:
    """Return a released table of the pack, with the schema that its name tells.

    Raises
    ------
    KeyError
        If there is no schema of that name.
    """
    section, word = name_of(path).split("/")
    schema = registers.schema(section, word) if word in REGISTERS else tables.schema(f"{section}/{word}")
    found = limits.rows(content)
    header = found[0] if found else []
    return Table(path, schema, header, [dict(zip(header, row, strict=False)) for row in found[1:]])


def name_of(path: str) -> str:
    """Return the table's name.

    >>> name_of("release/survey/shares.synthetic.csv")
    'survey/shares'
    """
    parts = path.split("/")
    return f"{parts[-2]}/{parts[-1].split('.')[0]}"


def sheet_of(path: str) -> str:
    """Return the path of a table's context sheet.

    >>> sheet_of("release/survey/shares.synthetic.csv")
    'release/survey/shares.synthetic.context.txt'
    """
    return f"{path.removesuffix('.csv')}.context.txt"


def underlying(table: TableSchema, column: Column) -> str:
    """Say on which released counts a column rests; nothing when that cannot be said.

    Parameters
    ----------
    table : TableSchema
        The table.
    column : Column
        One of its numbers.
    """
    if column.is_count:
        return "is a count itself"
    if column.bases:
        return ", ".join(column.bases)
    return _BASES.get(column.basis, "") if column.basis else ""


def problems(table: Table, population: str) -> Iterator[Problem]:
    """Yield what an output checker would miss beside a table: its context, or its underlying data.

    Parameters
    ----------
    table : Table
        A released table.
    population : str
        Whom it describes.
    """
    schema = table.schema
    for word, text in (("title", schema.title), ("description of a row", schema.row), ("population", population)):
        if not text.strip():
            yield Problem(table.path, f"no context: the {word} is missing", do="complete the table's schema")
    described = {name for name, column in schema.columns.items() if column.description.strip()}
    for name in table.header:
        if name not in described and name not in (SUPPRESSED, MARK):
            yield Problem(
                table.path,
                "no context: a column is not described",
                where=f"column {name}",
                do="describe it in the table's schema",
            )
    if schema.about != "people":
        return
    for column in schema.columns.values():
        if column.type not in ("integer", "number") or column.name in schema.key:
            continue
        lost = [base for base in column.bases if base not in table.header]
        if lost or not underlying(schema, column):
            yield Problem(
                table.path,
                "no underlying data: the counts behind a statistic are not in the file",
                where=f"column {column.name}",
                do="release the counts beside it, and name them in the table's schema",
            )


def unsupported(table: Table, packed: Mapping[str, Table]) -> Iterator[Problem]:
    """Yield findings and numbers whose table is not in the pack; that the row stands in it, the gate has seen.

    Parameters
    ----------
    table : Table
        A table whose rows name their source.
    packed : mapping
        Table name -> table, for all tables of the pack.
    """
    for source in sorted({row["source_table"] for row in table.rows} - set(packed)):
        lost = [row[table.schema.key[0]] for row in table.rows if row["source_table"] == source]
        message = f"no underlying data: the table '{source}' is not in the pack"
        yield Problem(table.path, message, where=", ".join(lost[:5]) + (" and more" if len(lost) > 5 else ""))


def sheet(
    table: Table,
    study: Mapping[str, Any],
    rule: Profile,
    population: str,
    packed: Mapping[str, Table],
) -> str:
    """Return the context sheet of a table as plain text.

    Parameters
    ----------
    table : Table
        The table.
    study : mapping
        ``study.json``.
    rule : Profile
        The study's profile.
    population : str
        Whom the table describes, with their number.
    packed : mapping
        Table name -> table, for all tables of the pack.
    """
    schema = table.schema
    about = [
        ("Title", schema.title),
        ("Study", f"{study['title']}, version {study['version']}, {study['date']}; data: {study['data']}"),
        ("Population", population),
        ("Rows", f"{len(table.rows):,}. One row: {schema.row}. Rows are told apart by: {', '.join(schema.key)}"),
    ]
    parts = [_heading(f"Context sheet: {table.path}", "="), "\n".join(_entry(name, text) for name, text in about)]
    variables = [_variable(table, name, rule) for name in table.header]
    parts += [_heading("Variables"), "\n".join(variables)]
    parts += [_heading("Underlying counts"), "\n".join(_counts(table, rule))]
    parts += [_heading("Withheld"), "\n".join(_withheld(table))]
    parts += [_heading("Relation to other outputs"), "\n".join(_relations(table, packed))]
    parts += [_heading("Disclosure control"), "\n".join(_control(table, rule))]
    return "\n\n".join(parts) + "\n"


def _heading(text: str, line: str = "-") -> str:
    return f"{text}\n{line * len(text)}"


def _entry(name: str, text: str) -> str:
    return textwrap.fill(f"{name}: {text}", WIDTH, subsequent_indent="  ")


def _item(text: str) -> str:
    return textwrap.fill(f"- {text}", WIDTH, subsequent_indent="  ")


def _scope(schema: TableSchema, rule: Profile) -> str:
    """Say in which rows the profile protects counts; nothing when in none."""
    if schema.about != "people" or not rule.levels:
        return ""
    if "national" in rule.levels:
        return "in all rows"
    if isinstance(schema.level, dict):
        return f"in rows other than {schema.level['column']} = {schema.level['national']}"
    return "in all rows" if schema.level in rule.levels else ""


def _variable(table: Table, name: str, rule: Profile) -> str:
    if name == SUPPRESSED:
        return _item(f"{SUPPRESSED} (text): Why cells of the row are blank")
    if name == MARK:
        return _item(f"{MARK} (text): Says in each row that the data are synthetic")
    column = table.schema.columns[name]
    unit = f", {column.unit}" if column.unit else ""
    treated = _treatment(table.schema, column, rule)
    return _item(f"{name} ({_KINDS[column.type]}{unit}): {column.description}{f'. {treated}' if treated else ''}")


def _treatment(schema: TableSchema, column: Column, rule: Profile) -> str:
    if schema.about != "people" or column.type not in ("integer", "number"):
        return ""
    scope = _scope(schema, rule)
    if (column.is_count or column.bases) and not scope:
        return "Not protected: the profile leaves figures of this level as they are"
    if column.is_count:
        return f"A count, protected by the profile {scope}"
    if column.bases and "ratio" in column.protect:
        return f"Protected: recomputed from {' and '.join(column.bases)} as shown, blank where either is"
    if column.bases:
        return f"Protected: blank where {' or '.join(column.bases)} is withheld"
    return f"Not protected: {_BASES.get(column.basis, 'tells rows apart')}"


def _counts(table: Table, rule: Profile) -> Iterator[str]:
    schema = table.schema
    scope = _scope(schema, rule)
    kind = f"counts, withheld or rounded {scope}" if scope else "counts as they are"
    counts = [column for column in schema.columns.values() if column.is_count]
    for column in counts:
        shown = [float(row[column.name]) for row in table.rows if row.get(column.name)]
        largest = f"the largest shown is {max(shown):,.0f}" if shown else "none is shown"
        yield _item(f"{column.name} ({column.unit or 'people'}) holds {kind}; {largest}")
    resting: dict[str, list[str]] = {}
    for column in schema.columns.values():
        if column.bases:
            resting.setdefault(", ".join(column.bases), []).append(column.name)
    for bases, names in resting.items():
        yield _item(f"{', '.join(names)}: resting on {bases}")
    if schema.model:
        facts = {word: schema.model[word] for word in ("n", "events", "df", "parameters") if word in schema.model}
        where = f"in {schema.model['table']}" if "table" in schema.model else "in this table"
        named = ", ".join(f"{word} in column {name}" for word, name in facts.items())
        told = f": {named}" if named else ""
        yield _item(f"The model's observations, events and degrees of freedom stand {where}{told}")
    if "source_table" in schema.columns:
        yield _item("Each row names the released table and row that it rests on; the counts stand there")
    elif not counts:
        yield _item("The table holds no counts of people")


def _withheld(table: Table) -> Iterator[str]:
    reasons = Counter(row[SUPPRESSED] for row in table.rows if row.get(SUPPRESSED))
    if not reasons:
        yield _item("Nothing is withheld in this table")
        return
    number = sum(reasons.values())
    yield _item(f"{number:,} of {len(table.rows):,} rows hold withheld cells; column {SUPPRESSED} says why")
    for reason, number in sorted(reasons.items()):
        yield _item(f"{reason}: {number:,} rows")
    for name, number in table.withheld.items():
        yield _item(f"{name}: {number:,} blank cells")


def _relations(table: Table, packed: Mapping[str, Table]) -> list[str]:
    return list(_related(table, packed)) or [_item("No other output repeats its cells")]


def _related(table: Table, packed: Mapping[str, Table]) -> Iterator[str]:
    schema = table.schema
    totals = schema.totals if isinstance(schema.totals, list) else [schema.totals] if schema.totals else []
    for spec in totals:
        within = f" within each {' and '.join(spec['per'])}" if spec.get("per") else ""
        yield _item(f"Rows with {spec['column']} = {spec['total']} are the totals of the others{within}")
    if isinstance(schema.level, dict):
        column, national = schema.level["column"], schema.level["national"]
        yield _item(f"Rows with {column} = {national} are national, the others are parts")
    for name, other in sorted(packed.items()):
        shared = [key for key in schema.key if key in other.schema.key]
        kin = name != schema.name and name.split("/")[0] == schema.name.split("/")[0]
        if kin and shared and other.schema.about == schema.about == "people":
            yield _item(f"{name} describes the same people by {', '.join(shared)} too")
    citing = Counter(
        name
        for name, other in packed.items()
        if "source_table" in other.header
        for row in other.rows
        if row["source_table"] == schema.name
    )
    for name, number in sorted(citing.items()):
        yield _item(f"{name} takes {number:,} of its rows from this table")


def _control(table: Table, rule: Profile) -> Iterator[str]:
    about = {
        "people": "people: the profile applies",
        "published": "published documents: no profile applies",
        "method": "the method of the study: no profile applies",
        "findings": "findings, which rest on released rows alone",
    }
    yield _item(f"The table is about {about[table.schema.about]}")
    if table.schema.about == "people":
        level = table.schema.level
        where = f"rows below the national one in column {level['column']}" if isinstance(level, dict) else level
        yield _item(f"Level: {where}; the profile protects: {', '.join(rule.levels) or 'nothing'}")
    yield _item(f"Profile {rule.name}, version {rule.version}: {rule.sentence}")
    if rule.source:
        yield _item(f"Source: {rule.source}")
    yield _item("The gate read this file again and found no reason to refuse it; people still decide")
