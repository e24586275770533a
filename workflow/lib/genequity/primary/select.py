"""Which released rows a question or an alternative means, and what stands there; a dangling name is an error."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genequity import findings as register
from genequity import groups, tables
from genequity.errors import InputError, Problem, nearest
from genequity.evidence import effects
from genequity.evidence.findings import NO_DIFFERENCE, unit_of
from genequity.primary import measures

if TYPE_CHECKING:
    import pandas as pd

CONFIG = "config"


@dataclass(frozen=True)
class Released:
    """What the strands released: tables by name, and all findings together.

    ``comparators`` gives, by strand, the group with which its tables compare where they have no column for it.
    """

    tables: Mapping[str, pd.DataFrame]
    findings: pd.DataFrame
    comparators: Mapping[str, str]


@dataclass(frozen=True)
class Estimate:
    """One released estimate. ``group`` and ``comparator`` are blank where no group is meant or none is compared."""

    table: str
    row: str
    measure: str
    group: str
    comparator: str
    value: float | None
    low: float | None
    high: float | None
    n: int | None
    unit: str
    none: float | None
    reason: str
    variation: str

    @property
    def direction(self) -> str:
        """What the interval says by itself."""
        if self.value is None:
            return "not_measurable"
        if self.none is None or self.low is None or self.high is None:
            return "described"
        return "higher" if self.low > self.none else "lower" if self.high < self.none else "no_clear_difference"


def estimates(wanted: Mapping[str, Any], released: Released, where: str) -> list[Estimate]:
    """Return the estimates that ``table``, ``rows`` and ``measure``, or ``finding``, stand for, in order of groups.

    Parameters
    ----------
    wanted : mapping
        ``{table, rows, measure}`` or ``{finding}``, a pattern of finding ids such as ``survey.model.trust_safe.*``.
    released : Released
        What the strands released.
    where : str
        The setting, for messages.

    Raises
    ------
    InputError
        If it names nothing that was released; the nearest name is told.
    """
    if "finding" in wanted:
        found = [one for row in _findings(wanted["finding"], released, where) for one in _of_finding(row, released)]
    else:
        found = _of_table(wanted, released, where)
    if not found:
        message = "no released row is about a group that has a name and is not the comparator"
        raise InputError(Problem(CONFIG, message, where=where, do="name the groups in rows"))
    names = groups.ordered({one.group for one in found})
    return sorted(found, key=lambda one: (names.index(one.group), one.row))


def _findings(pattern: str, released: Released, where: str) -> list[dict[str, Any]]:
    ids = list(released.findings["id"])
    kept = set(fnmatch.filter(ids, pattern))
    if not kept:
        raise InputError(
            Problem(
                CONFIG,
                f"no finding has an id like '{pattern}'.{nearest(pattern, ids)}",
                where=where,
                expected="an id of a released findings.csv, or a pattern with *",
            )
        )
    return released.findings[released.findings["id"].isin(kept)].to_dict("records")


def _of_finding(row: Mapping[str, Any], released: Released) -> list[Estimate]:
    """Return the estimate of a finding, from the released row that it names."""
    table, unit = row["source_table"], row["unit"] if isinstance(row["unit"], str) else ""
    source = measures.SOURCES.get(table)
    known = source.measures if source else {}
    name = next((name for name, measure in known.items() if measure.unit in (unit, "")), "")
    rows = register.source(row, released.tables[table])
    if name and len(rows) == 1:
        return [_estimate(table, source, name, rows.iloc[0].to_dict(), released, "")]
    # A finding of another kind carries its own estimate, and rests on rows that no measure describes.
    words = {key: row[key] if isinstance(row[key], str) else "" for key in ("group", "comparator")}
    value, low, high = (_number(row[key]) for key in ("estimate", "ci_low", "ci_high"))
    reason = "" if value is not None else row["statement"]
    n = _number(row["n"])
    said = (value, low, high, None if n is None else int(n), unit, None, reason, "")
    return [Estimate(table, row["source_row"], "", words["group"], words["comparator"], *said)]


def _of_table(wanted: Mapping[str, Any], released: Released, where: str) -> list[Estimate]:
    name = wanted["table"]
    if name not in released.tables or name not in measures.SOURCES:
        known = [table for table in measures.SOURCES if table in released.tables]
        raise InputError(
            Problem(
                CONFIG,
                f"no released table '{name}' can answer a question.{nearest(name, known)}",
                where=where,
                expected=f"one of {', '.join(known)}",
            )
        )
    source = measures.SOURCES[name]
    measure = wanted.get("measure") or measures.first(name)
    selected = source.fixed | (wanted.get("rows") or {})
    rows = _chosen(name, selected, released.tables[name], where)
    compares = source.measures[measure].none is not None or not source.measures[measure].unit
    if source.group and source.group not in selected and compares:
        rows = _groups(name, source, rows, released)
    varying = [column for column in tables.schema(name).key if column != source.group and rows[column].nunique() > 1]
    return [
        _estimate(name, source, measure, row, released, ", ".join(str(row[column]) for column in varying))
        for row in rows.to_dict("records")
    ]


def _groups(name: str, source: measures.Source, rows: pd.DataFrame, released: Released) -> pd.DataFrame:
    """Return the rows of groups that have a name, without the comparator: what a question means that names no group."""
    named = groups.named(rows[source.group].astype(str))
    own = [released_comparator(name, row, released) for row in rows.to_dict("records")]
    return rows[[str(group) in named and str(group) != other for group, other in zip(rows[source.group], own)]]


def _chosen(name: str, selected: Mapping[str, Any], table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return the rows of a table that have the wanted values."""
    rows = table
    for column, value in selected.items():
        if column not in table.columns:
            raise InputError(
                Problem(
                    CONFIG,
                    f"{name} has no column '{column}'.{nearest(column, table.columns)}",
                    where=f"{where}.rows",
                    expected=f"a column of {name}",
                )
            )
        values = [str(one) for one in (value if isinstance(value, list) else [value])]
        known = sorted({_text(cell) for cell in table[column]})
        for one in values:
            if one not in known:
                shown = f"one of {', '.join(known)}" if len(known) <= 20 else f"a value of {column} in {name}"
                raise InputError(
                    Problem(
                        CONFIG,
                        f"no released row of {name} has {column} '{one}'.{nearest(one, known)}",
                        where=f"{where}.rows.{column}",
                        expected=shown,
                    )
                )
        rows = rows[[_text(cell) in values for cell in rows[column]]]
    if rows.empty:
        asked = "; ".join(f"{column}={value}" for column, value in selected.items())
        raise InputError(
            Problem(
                CONFIG,
                f"no released row of {name} has all of {asked}",
                where=f"{where}.rows",
                do="look the values up in the released table",
            )
        )
    return rows


def released_comparator(name: str, row: Mapping[str, Any], released: Released) -> str:
    """Return with which group a row of a table is compared; blank where nothing is compared."""
    source = measures.SOURCES[name]
    if not source.compares:
        return ""
    return str(row[source.comparator]) if source.comparator else released.comparators.get(name.split("/")[0], "")


def _estimate(
    name: str, source: measures.Source, measure: str, row: Mapping[str, Any], released: Released, variation: str
) -> Estimate:
    columns = source.measures[measure]
    unit, none = columns.unit, columns.none
    if not unit:
        unit, none = _published(name, row, released)
    value = _number(row[measure])
    low, high = (_number(row[column]) if column else None for column in (columns.low, columns.high))
    n = _number(row[columns.n]) if columns.n else None
    reason = ""
    if value is None:
        given = [row.get(column) for column in ("reason", "suppressed") if isinstance(row.get(column), str)]
        reason = next((text for text in given if text), "no estimate was released")
    key = ";".join(f"{column}={_text(row[column])}" for column in tables.schema(name).key)
    group = str(row[source.group]) if source.group else ""
    compared = released_comparator(name, row, released) if none is not None else ""
    return Estimate(
        name,
        key,
        measure,
        group,
        compared,
        value,
        low,
        high,
        None if n is None else int(n),
        unit,
        none,
        reason,
        variation,
    )


def _published(name: str, row: Mapping[str, Any], released: Released) -> tuple[str, float | None]:
    """Return unit and value of no difference of a published effect, which its measure tells."""
    code = row.get("measure")
    if code is None:
        pools = released.tables["evidence/pooled"]
        same = (pools["outcome"] == row["outcome"]) & (pools["group"] == row["group"])
        code = pools.loc[same & (pools["comparator"] == row["comparator"]), "measure"].iloc[0]
    if code not in effects.MEASURES:
        return "", None
    _, kind, scale = effects.MEASURES[code]
    return unit_of(code)[0], None if kind == "sample" else NO_DIFFERENCE.get(scale)


def _text(cell: Any) -> str:
    if type(cell).__name__ in ("bool", "bool_"):
        return "true" if cell else "false"
    number = isinstance(cell, float) and cell == cell and float(cell).is_integer()
    return str(int(cell)) if number else str(cell)


def _number(cell: Any) -> float | None:
    return None if cell is None or str(cell) in ("<NA>", "nan", "None", "") else float(cell)
