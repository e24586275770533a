"""What makes a whole extract suspect: values that the config all but names, nothing left, nobody to compare with.

A single bad value excludes its record, or is counted. Here are the faults of a whole column or file, that would empty
a table without a word: codes in other capitals, dates in another order, a sex that no record has. Each is said once,
with its column and its rows; no value of a record is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genequity.errors import Problem
from genequity.groups import named
from genequity.service import extract, records, sql, stages

if TYPE_CHECKING:
    import duckdb

    from genequity.groups import Scheme

MOST_VALUES = 1000  # a column with more different values holds no codes
DATE_FORMATS = (
    *("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%d-%b-%Y"),
    *(
        "%d%b%Y",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%dT%H:%M:%S",
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y %H:%M:%S",
    ),
)


def problems(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    section: dict[str, Any],
    scheme: Scheme,
    regions: dict[str, str],
    listing: str = "",
) -> list[Problem]:
    """Return everything that stops a study at its extract, once its records are prepared.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    path : str
        The extract.
    section : dict
        The config section, with the targets.
    scheme : Scheme
        The records' scheme.
    regions : dict
        Region code -> label.
    listing : str
        The restricted file in which the rows are listed, when there is one.
    """

    def told(check: str) -> str:
        return hint(connection, check, section, scheme, regions)

    found = limit_problems(connection, path, section["methods"], listing, told)
    found += value_problems(connection, path, section) + number_problems(connection, path, section)
    return found or nothing_left(connection, path, section["methods"]["min_events"])


def limit_problems(
    connection: duckdb.DuckDBPyConnection,
    path: str,
    methods: dict[str, Any],
    listing: str = "",
    hint: Callable[[str], str] = lambda check: "",
) -> list[Problem]:
    """Return a problem for each check whose share of records is above the study's limit (0 = stop at the first).

    ``listing`` is the restricted file in which the rows are listed, when there is one; ``hint`` says of a check what
    most likely is the matter.
    """
    total = connection.execute("SELECT count(*) FROM records").fetchall()[0][0]
    counts = dict(
        connection.execute("SELECT reason, count(*) FROM records WHERE reason IS NOT NULL GROUP BY 1").fetchall()
    )
    counts["ethnicity"] = connection.execute(f"SELECT count_if({_unlisted(connection)}) FROM records").fetchall()[0][0]
    told = records.EXCLUSIONS | {"ethnicity": records.NOTED["ethnicity"][0]}
    found = []
    for check, limit in methods["stop_above"].items():
        count = counts.get(check, 0) if check in told else 0
        if not count or count <= limit * total:
            continue
        rows = _first_rows(connection, check)
        found.append(
            Problem(
                path,
                f"{told[check][0].lower() + told[check][1:]}: {count:,} of {total:,} records",
                where=f"rows {', '.join(map(str, rows))}{' …' if count > len(rows) else ''}",
                expected=f"at most {limit:.1%} of records (service.methods.stop_above.{check})",
                do="correct the extract, the code lists in the config, or the limit"
                + hint(check)
                + (_foreign(connection) if check == "ethnicity" else "")
                + (f"; the rows are listed in {listing}" if listing else ""),
            )
        )
    return found


def _foreign(connection: duckdb.DuckDBPyConnection) -> str:
    """Say of which other scheme the unlisted codes are, when one knows any of them; no code is shown."""
    found = connection.execute("""
        SELECT scheme, count(*) AS n FROM codes JOIN foreign_codes USING (code)
        WHERE kind = 'unlisted' AND origin = 'records' GROUP BY scheme ORDER BY n DESC, scheme
    """).fetchall()
    if not found:
        return ""
    most = [name for name, count in found if count == found[0][1]]
    return f"; {found[0][1]:,} of them are codes of {' or '.join(most)}: recode them, or set ethnicity.scheme"


def _unlisted(connection: duckdb.DuckDBPyConnection) -> str:
    """Return the condition for a record with an ethnicity code that the scheme does not have."""
    columns = [c[0] for c in connection.execute("DESCRIBE records").fetchall() if c[0].startswith("code_")]
    listed = "(SELECT code FROM codes WHERE kind = 'unlisted' AND origin = 'records')"
    return " OR ".join(f"coalesce({column} IN {listed}, false)" for column in columns)


def _first_rows(connection: duckdb.DuckDBPyConnection, check: str, rows: int = 5) -> list[int]:
    if check == "ethnicity":
        where = _unlisted(connection)
    else:
        where = f"reason = {sql.text(check)}"
    found = connection.execute(f"SELECT row FROM records WHERE {where} ORDER BY row LIMIT {rows}").fetchall()
    return [row[0] for row in found]


@dataclass(frozen=True)
class Codes:
    """A column of codes, and those that the config names; ``key`` is where it does.

    ``held`` is the column in the table ``records``; None where only the label of the code is kept there. Where
    ``complete``, the config must name some value that occurs.
    """

    column: str
    key: str
    values: tuple[str, ...]
    held: str | None
    complete: bool = False


def folded(value: str) -> str:
    """Return a value without capitals, spaces and the ``.0`` that programs add to a number.

    >>> folded(" Yes "), folded("3.0"), folded("a b")
    ('yes', '3', 'ab')
    """
    return re.sub(r"(?<=\d)\.0+$", "", re.sub(r"\s", "", value.casefold()))


def code_columns(section: dict[str, Any]) -> Iterator[Codes]:
    """Yield every column of codes that the config names values of."""
    fields = section["fields"]
    for name in ("sex", "deprivation"):
        if fields.get(name):
            yield Codes(fields[name]["column"], f"service.fields.{name}.values", (*fields[name]["values"],), None, True)
    if fields.get("role"):
        yield Codes(fields["role"]["column"], "service.fields.role.proband", (*fields["role"]["proband"],), "role")
    for stage in section["pathway"]:
        where, within = f"service.pathway, stage {stage['id']}", stage.get("within") or {}
        own = {*stage.get("equals", ()), *stage.get("among", ()), *stage.get("not_equals", ())}
        if own:
            yield Codes(stage["column"], where, (*sorted(own),), f"x_{stage['column']}")
        if stage.get("only"):
            column = stage["only"]["column"]
            yield Codes(column, f"{where}, only", (*stage["only"]["equals"],), f"x_{column}")
        if within.get("target_of"):
            column, cases = within["target_of"], {case["category"] for case in within["cases"]}
            yield Codes(column, "service.inputs.targets", (*sorted(cases),), f"x_{column}", True)


def near(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> list[tuple[Codes, dict[str, int], int]]:
    """Return for each column of codes the values that only capitals, spaces or a ``.0`` keep from being named.

    Returns
    -------
    list of tuple
        The column, its near misses with their records, and the records with any value. A column without a near miss
        is there too where no record holds a value that the config names.
    """
    found = []
    for codes in code_columns(section):
        held = codes.held and sql.name(codes.held)
        if not held and not connection.execute(f"SELECT bool_or(bad_{_ours(codes)}) FROM records").fetchall()[0][0]:
            continue
        value = held or extract.plain(codes.column, section["extract"])
        query = f"SELECT {value} AS value, count(*) FROM {'records' if held else 'source'} GROUP BY 1"
        counts = connection.execute(f"{query} HAVING value IS NOT NULL LIMIT {MOST_VALUES + 1}").fetchall()
        if len(counts) > MOST_VALUES:
            continue
        wanted, present = {folded(one) for one in codes.values}, {value for value, _ in counts}
        misses = {v: n for v, n in counts if v not in codes.values and folded(v) in wanted}
        if misses or (counts and not present & set(codes.values)):
            found.append((codes, misses, sum(n for _, n in counts)))
    return found


def _ours(codes: Codes) -> str:
    return codes.key.split(".")[2]


def value_problems(connection: duckdb.DuckDBPyConnection, path: str, section: dict[str, Any]) -> list[Problem]:
    """Return a problem for each column of codes that the config all but names, or of which it names no value."""
    limit, found = section["methods"]["stop_above"].get("value", 1.0), []
    for codes, misses, total in near(connection, section):
        where = f"{rows_of(connection, codes, misses, section)}column {codes.column}"
        if misses and sum(misses.values()) > limit * total:
            count = sum(misses.values())
            told = f"{count:,} of {total:,} values differ from those in the config by capitals, spaces or .0 alone"
            found.append(
                Problem(
                    path,
                    told,
                    where=where,
                    expected=f"the values as {codes.key} has them: {', '.join(codes.values[:10])}",
                    do="write them alike in the extract, or in the config (limit: service.methods.stop_above.value)",
                )
            )
        elif not misses and codes.complete:
            found.append(
                Problem(
                    path,
                    f"none of {total:,} values is one that the config names",
                    where=where,
                    expected=f"the values of {codes.key}: {', '.join(codes.values[:10])}",
                    do="name the codes as the extract has them",
                )
            )
    return found


def rows_of(connection: duckdb.DuckDBPyConnection, codes: Codes, misses: Iterable[str], section: dict[str, Any]) -> str:
    """Return the first rows of a column's near misses, or of its values, as a message says where it is."""
    value = sql.name(codes.held) if codes.held else extract.plain(codes.column, section["extract"])
    test = f"({value}) IN {sql.listed(misses)}" if misses else f"({value}) IS NOT NULL"
    table = "records" if codes.held else "source"
    rows = connection.execute(f"SELECT row FROM {table} WHERE {test} ORDER BY row LIMIT 6").fetchall()
    return f"rows {', '.join(str(row) for (row,) in rows[:5])}{' …' if rows[5:] else ''}, "


def number_problems(connection: duckdb.DuckDBPyConnection, path: str, section: dict[str, Any]) -> list[Problem]:
    """Return a problem for each column of numbers without a single one."""
    found = []
    for column, ours, key in number_columns(section):
        numbers, filled = _numbers(connection, column, ours, section)
        if filled and not numbers:
            found.append(
                Problem(
                    path,
                    f"none of {filled:,} values is a number",
                    where=f"column {column}, named by {key}",
                    expected="numbers such as 42 or 42.5, with a point and without units",
                )
            )
    return found


def number_columns(section: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the columns of numbers beside age: column, its name in ``records``, config key."""
    days = {column: stage["id"] for stage in section["pathway"] for column in stages.number_columns(stage)}
    named_ones = (section["fields"].get("numbers") or {}).items()
    return [(c, f"x_{c}", f"service.pathway, stage {stage}") for c, stage in days.items()] + [
        (column, f"v_{name}", f"service.fields.numbers.{name}") for name, column in named_ones
    ]


def _numbers(connection, column: str, ours: str, section: dict[str, Any]) -> tuple[int, int]:
    numbers = connection.execute(f"SELECT count({sql.name(ours)}) FROM records").fetchall()[0][0]
    filled = f"SELECT count({extract.plain(column, section['extract'])}) FROM source"
    return numbers, connection.execute(filled).fetchall()[0][0]


def unread_numbers(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> int:
    """Return how many values of the columns of numbers are none."""
    pairs = [_numbers(connection, column, ours, section) for column, ours, _ in number_columns(section)]
    return sum(filled - numbers for numbers, filled in pairs)


def nothing_left(connection: duckdb.DuckDBPyConnection, path: str, fewest: int) -> list[Problem]:
    """Return a problem when every record is excluded, or when those that are left are not of two known groups.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    path : str
        The extract.
    fewest : int
        With fewer records nothing is estimated, whatever their groups: an example of one row is no fault.
    """
    told = records.EXCLUSIONS
    counts = dict(connection.execute("SELECT coalesce(reason, ''), count(*) FROM records GROUP BY 1").fetchall())
    if not counts.get(""):
        reasons = "; ".join(
            f"{told[key][0].lower()}{told[key][1:]}: {counts[key]:,}" for key in told if counts.get(key)
        )
        return [
            Problem(
                path,
                f"no record is left to analyse of {sum(counts.values()):,} ({reasons})",
                do="check service.period, service.fields and the look-up of regions against the extract",
            )
        ]
    known = sorted(named(row[0] for row in connection.execute('SELECT DISTINCT "group" FROM staged').fetchall()))
    if len(known) > 1 or counts[""] < fewest:
        return []
    words = f"all records with a known ethnic group are of one, {known[0]}" if known else "no ethnic group is known"
    return [
        Problem(
            path,
            f"{words}: there is nobody to compare with",
            do="check service.fields.ethnicity, ethnicity.scheme and ethnicity.grouping",
        )
    ]


def hint(
    connection: duckdb.DuckDBPyConnection, check: str, section: dict[str, Any], scheme: Scheme, regions: dict[str, str]
) -> str:
    """Return what most likely is the matter with the records that a check excludes, as the end of a sentence."""
    if check == "date":
        return _date_hint(connection, section)
    if check == "age" and section["fields"].get("age"):
        cell = extract.plain(section["fields"]["age"]["column"], section["extract"])
        commas = _count(connection, f"regexp_full_match({cell}, '[0-9]+,[0-9]+')", "source")
        return f"; {commas:,} ages have a decimal comma: write a point" if commas else ""
    if check == "ethnicity":
        wanted = {folded(code) for code in scheme.table["code"]}
        query = "SELECT code, count(*) FROM codes WHERE kind = 'unlisted' AND origin = 'records' GROUP BY 1"
        misses = sum(n for code, n in connection.execute(query).fetchall() if folded(code) in wanted)
        return f"; {misses:,} codes differ from the scheme's by capitals, spaces or .0 alone" if misses else ""
    if check == "region" and regions:
        query = "SELECT region_code, count(*) FROM records WHERE region_code IS NOT NULL GROUP BY 1"
        counts = [(code, n) for code, n in connection.execute(query).fetchall() if code not in regions]
        codes, labels = ({folded(word) for word in words} for words in (regions, regions.values()))
        near_codes = sum(n for code, n in counts if folded(code) in codes)
        names = sum(n for code, n in counts if folded(code) in labels)
        parts = [f"; {near_codes:,} differ from a code by capitals, spaces or .0 alone"] if near_codes else []
        parts += [f"; {names:,} are labels of the look-up, not its codes"] if names else []
        return "".join(parts)
    return ""


def _date_hint(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> str:
    """Say in which other way the dates that cannot be read are written, and how many are after the extract."""
    present, written, unreadable = extract.columns(connection), {}, {}
    asked = section["extract"].get("date_format") or "%Y-%m-%d"
    dated = {column for stage in section["pathway"] for column in stages.date_columns(stage)}
    for column in sorted(dated | {section["fields"].get("date")} - {None}):
        bad = extract.day(column, present, section["extract"])[1]
        unread = _count(connection, bad, "source")
        if not unread:
            continue
        text = extract.plain(column, section["extract"])
        counts = {
            form: _count(connection, f"({bad}) AND {extract.parsed(text, form)} IS NOT NULL", "source")
            for form in DATE_FORMATS
            if form != asked
        }
        most = max(counts.values())
        if most:
            written.setdefault(" or ".join(form for form, n in counts.items() if n == most), {})[column] = most
        else:
            unreadable[column] = unread
    told = [
        f"; {_listed(columns)} are dates written as {form}: set service.extract.date_format"
        for form, columns in written.items()
    ]
    told += [f"; {_listed(unreadable)} are no dates written as {asked}"] if unreadable else []
    until = (section.get("period") or {}).get("observed_until")
    late = _count(connection, f"date > date {sql.text(until)}", "records") if until else 0
    return "".join(told) + (f"; {late:,} dates are after service.period.observed_until" if late else "")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{n:,} values of {column}" for column, n in counts.items())


def _count(connection: duckdb.DuckDBPyConnection, condition: str, table: str) -> int:
    return connection.execute(f"SELECT count_if({condition}) FROM {table}").fetchall()[0][0]
