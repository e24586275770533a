"""What a table's schema must say before any of its rows may leave: no number about people without its counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from genequity import tables
from genequity.tables import TableSchema

# Single people show in extremes and residuals, so neither is published (OpenSAFELY, outputs/sdc.md; ACRO statbarns).
EXTREME = re.compile(r"(^|_)(min|max|minimum|maximum|residual|outlier)s?($|_)")
ODDS = ("odds ratio", "risk ratio", "hazard ratio", "coefficient")


def faults(table: TableSchema) -> Iterator[str]:
    """Yield what an output checker would refuse in a table whatever its rows hold.

    Parameters
    ----------
    table : TableSchema
        A schema of ``workflow/schemas/tables/``.
    """
    if table.about not in tables.ABOUT:
        yield f"'about: {table.about}' is none of {', '.join(tables.ABOUT)}"
        return
    if table.about != "people":
        return
    for column in table.columns.values():
        if column.type not in ("integer", "number"):
            continue
        if EXTREME.search(column.name):
            yield f"column {column.name}: extremes and residuals show single people and are not published"
        if column.basis and column.basis not in tables.BASES:
            yield f"column {column.name}: 'basis: {column.basis}' is none of {', '.join(tables.BASES)}"
        if not column.protect and not column.basis:
            yield (
                f"column {column.name}: no underlying count is named (protect: count, with or ratio), nor another basis"
            )
        for base in column.bases:
            if base not in table.columns or not table.columns[base].is_count:
                yield f"column {column.name}: rests on '{base}', which is not a count of this table"
        if column.quantile and not column.bases:
            yield f"column {column.name}: a quantile names no count of the people behind it"
    if any(column.unit in ODDS for column in table.columns.values()) and not table.model:
        yield "holds model estimates, but 'model' does not say where n, events and degrees of freedom stand"
    yield from _model_faults(table)


def _model_faults(table: TableSchema) -> Iterator[str]:
    if not table.model:
        return
    home = table
    if "table" in table.model:
        known = tables.schemas()
        if table.model["table"] not in known:
            yield f"model: there is no table '{table.model['table']}'"
            return
        home = known[table.model["table"]]
    facts = home.model
    for word in ("n", "events"):
        if facts.get(word) not in home.columns:
            yield f"model: '{word}' names no column of {home.name}"
    if facts.get("df") not in home.columns and facts.get("parameters") not in home.columns:
        yield f"model: neither 'df' nor 'parameters' names a column of {home.name}"
