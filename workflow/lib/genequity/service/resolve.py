"""One ethnic group for each person, when their records disagree.

People are asked several times; codes conflict. Each rule below takes a person's codes (one row a record and source)
and keeps one. Only codes that the scheme calls valid are considered; a person without any is *Not stated* when they
declined at least once (Z), else *Not known* (99, X, blank, or a code the scheme does not have): the two are never
merged. Codes are counted over all sources together. The sources' order is that of the config.

``most_recent_valid``
    The recency rule that NHS Digital published with its GDPPR ethnicity asset (github.com/NHSDigital/
    GDPPR_Analytical_Code, Ethnic_Category): unknown codes removed; the latest date; on that date the first source;
    still tied, nothing is known. NHS Digital's order is GDPPR journal, GDPPR patient, HES APC, AE, OP.
``gdppr_modal``
    The modal rule of the same asset: the most frequent code; a person with two modes counts as not known.
``ohid``
    The rule of OHID's CHIME tool (method paper of 24 May 2023, as its steps are restated in Genomics England's
    ``ethnicity_store``): the most frequent code; then the latest; then the first source (HES APC, AE, OP); then the
    code more common in the census of 2011, England and Wales. "Other ethnic group" only when there is no other valid
    code. The scheme's columns ``other`` and ``census_order`` say which code that is, and the order of the census.
``modal``, ``prefer_specific``
    House rules: the most frequent code, then the latest, then the first source; the second takes every "any other"
    code, not only "Other ethnic group", when nothing else is known. What is still tied is not known.

Neither source says what to do with undated codes: here they count, and come after dated ones. Both assets also remove
people who have died or live outside England; that is for the extract, not for the rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.errors import Problem
from genequity.service import sql

if TYPE_CHECKING:
    import duckdb

    from genequity.groups import Scheme

# Each rule is the ORDER BY in which a person's candidate codes are ranked; the first is kept.
# n: how often the code stands in the person's records; latest: its latest date; source: its first column in the config.
RULES = {
    "most_recent_valid": "latest DESC NULLS LAST, source_at_latest",
    "modal": "n DESC, latest DESC NULLS LAST, source_at_latest",
    "prefer_specific": "unspecific, n DESC, latest DESC NULLS LAST, source_at_latest",
    "gdppr_modal": "n DESC",
    "ohid": "other, n DESC, latest DESC NULLS LAST, source_at_latest, census_order NULLS LAST",
}
LABELS = {
    "most_recent_valid": "Most recent valid code",
    "modal": "Most frequent valid code",
    "prefer_specific": "Most frequent, 'any other' codes last",
    "gdppr_modal": "GDPPR: most frequent, ties not known",
    "ohid": "OHID: most frequent, 'other' only if alone",
}
NEEDS_DATES = ("most_recent_valid", "ohid")
NEEDS_ORDER = ("ohid",)  # of the scheme: which code is "Other", and which of two is the more common in the census
ORDER = ("other", "census_order")


def offered(scheme: Scheme, *, dated: bool) -> list[str]:
    """Return the rules that this scheme and this extract allow."""
    ordered = set(ORDER) <= set(scheme.table.columns)
    return [rule for rule in RULES if (dated or rule not in NEEDS_DATES) and (ordered or rule not in NEEDS_ORDER)]


def rule_problems(scheme: Scheme, rule: str) -> list[Problem]:
    """Return a problem when the study's rule needs columns that the scheme does not have."""
    lacking = [column for column in ORDER if column not in scheme.table.columns]
    if rule not in NEEDS_ORDER or not lacking:
        return []
    return [
        Problem(
            scheme.file,
            f"the rule '{rule}' needs the column{'s' if lacking[1:] else ''} {' and '.join(lacking)}",
            where="service.methods.resolution",
            expected="other: yes for 'Other ethnic group'; census_order: 1 for the most common code, 2 for the next",
            do=f"add them to the scheme, or choose one of {', '.join(r for r in RULES if r not in NEEDS_ORDER)}",
        )
    ]


def load_codes(connection: duckdb.DuckDBPyConnection, scheme: Scheme, sources: int) -> None:
    """Make the table ``codes``: person, date, source (1 = first configured column), code, and the scheme's ``kind``.

    Codes of other data sets (:mod:`genequity.service.sources`) are added for the people of the extract; ``origin`` says
    where a code is from. A code the scheme does not have gets the kind ``unlisted``. The table ``ranks`` holds what
    else the scheme says.
    """
    known = scheme.table.to_dict("records")
    connection.execute("CREATE TABLE ranks (code VARCHAR, other BOOLEAN, census_order INTEGER)")
    connection.executemany(
        "INSERT INTO ranks VALUES (?, ?, try_cast(? AS INTEGER))",
        [(row["code"], row.get("other", "") == "yes", row.get("census_order", "")) for row in known],
    )
    kinds = dict(zip(scheme.table["code"], scheme.table["kind"], strict=True))
    long = " UNION ALL ".join(
        f"SELECT person_id, date, {i} AS source, code_{i} AS code, 'records' AS origin FROM records "
        f"WHERE code_{i} IS NOT NULL"
        for i in range(1, sources + 1)
    )
    if ("source_codes",) in connection.execute("SHOW TABLES").fetchall():
        long += (
            " UNION ALL SELECT person, date, source, code, 'sources' FROM source_codes "
            "WHERE person IN (SELECT person_id FROM records)"
        )
    connection.execute(
        f"CREATE TABLE codes AS SELECT *, {sql.lookup('code', kinds, sql.text('unlisted'))} AS kind FROM ({long})"
    )


def foreign(connection: duckdb.DuckDBPyConnection, scheme: Scheme) -> None:
    """Make the table ``foreign_codes`` (scheme, code): unlisted codes of the records that another scheme knows."""
    connection.execute("CREATE TABLE foreign_codes (scheme VARCHAR, code VARCHAR)")
    query = "SELECT DISTINCT code FROM codes WHERE kind = 'unlisted' AND origin = 'records' ORDER BY code"
    unlisted = [row[0] for row in connection.execute(query).fetchall()]
    if unlisted:
        rows = [(name, code) for name, codes in scheme.others().items() for code in unlisted if code in codes]
        if rows:
            connection.executemany("INSERT INTO foreign_codes VALUES (?, ?)", rows)


def resolve(connection: duckdb.DuckDBPyConnection, rule: str, unspecific: list[str], table: str) -> None:
    """Make a table with one row a person: ``person_id, code, status, conflict``.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With the tables ``records`` (person_id) and ``codes``.
    rule : str
        A key of :data:`RULES`.
    unspecific : list of str
        Codes that say "any other"; ``prefer_specific`` uses them only when nothing else is known.
    table : str
        Name of the table to make. ``status`` is ``valid``, ``declined``, ``unknown`` or ``unresolved`` (a tie that the
        rule does not break); ``conflict`` says whether a person has more than one valid code.
    """
    _weigh(connection)
    connection.execute(f"""
        CREATE TABLE {sql.name(table)} AS
        WITH ranked AS (
            SELECT *, code IN {sql.listed(unspecific)} AS unspecific FROM candidates
        ), placed AS (
            SELECT person_id, code, rank() OVER (PARTITION BY person_id ORDER BY {RULES[rule]}) AS place FROM ranked
        ), best AS (
            SELECT person_id, min(code) AS code, count(*) AS tied FROM placed WHERE place = 1 GROUP BY person_id
        )
        SELECT p.person_id,
               CASE WHEN p.conflict THEN CASE WHEN b.tied = 1 THEN b.code END ELSE p.code END AS code,
               CASE WHEN p.conflict AND b.tied > 1 THEN 'unresolved' WHEN p.code IS NOT NULL THEN 'valid'
                    WHEN p.declined THEN 'declined' ELSE 'unknown' END AS status,
               p.conflict
        FROM weighed p LEFT JOIN best b USING (person_id)
    """)


def _weigh(connection: duckdb.DuckDBPyConnection) -> None:
    """Make, once for all rules, the tables ``weighed`` (one row a person) and ``candidates`` (codes that conflict).

    Most people have one valid code or none, and every rule keeps it. Only the others' codes are ranked.
    """
    if ("weighed",) in connection.execute("SHOW TABLES").fetchall():
        return
    connection.execute("""
        CREATE TABLE weighed AS
        WITH known AS (
            SELECT person_id, min(code) FILTER (kind = 'valid') AS code,
                   max(code) FILTER (kind = 'valid') AS other_code,
                   bool_or(kind = 'declined') AS declined
            FROM codes GROUP BY person_id
        )
        SELECT person_id, code, coalesce(code <> other_code, false) AS conflict, coalesce(declined, false) AS declined
        FROM (SELECT DISTINCT person_id FROM records) LEFT JOIN known USING (person_id)
    """)
    connection.execute("""
        CREATE TABLE candidates AS
        SELECT person_id, code, count(*) AS n, max(date) AS latest,
               min(struct_pack(newest := -coalesce(epoch(date), 0), source := source)).source AS source_at_latest,
               any_value(other) AS other, any_value(census_order) AS census_order
        FROM codes LEFT JOIN ranks USING (code)
        WHERE kind = 'valid' AND person_id IN (SELECT person_id FROM weighed WHERE conflict)
        GROUP BY person_id, code
    """)


def group_of(scheme: Scheme, grouping: str, code: str = "code", status: str = "status") -> str:
    """Return SQL that gives the group of a resolved person.

    Declined and unknown people get the scheme's own words for them.
    """
    valid = dict(zip(scheme.table["code"], scheme.table[grouping], strict=True))
    named = unknown_labels(scheme, grouping)
    unknown = named["unknown"]
    return (
        f"CASE {status} WHEN 'valid' THEN {sql.lookup(code, valid)} "
        f"WHEN 'declined' THEN {sql.text(named.get('declined', unknown))} ELSE {sql.text(unknown)} END"
    )


def unknown_labels(scheme: Scheme, grouping: str) -> dict[str, str]:
    """Return the scheme's label for people who declined (when it has a code for them) and for those not known."""
    found = {}
    for kind in ("declined", "unknown"):
        rows = scheme.table.loc[scheme.table["kind"] == kind, grouping]
        if len(rows):
            found[kind] = rows.iloc[0]
    return {"unknown": "Not known"} | found
