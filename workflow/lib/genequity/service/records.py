"""From records to counts: checks, exclusions with a reason, resolved ethnicity, and covariate-pattern cells.

This is the only module that touches single records. What it hands on are counts; the rows behind a problem go to a
restricted file, never into a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.errors import raise_if
from genequity.service import characteristics, family, resolve, sql, stages

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from genequity.groups import Scheme

READ = "Records read"
ALL_GROUPS = "All groups"
ALL_STATUS = "All people"
LISTED_ROWS = 1000  # rows a check lists in problems.csv; its count is complete

# Exclusions in the order in which they are applied: a record is excluded for the first that holds.
EXCLUSIONS = {
    "duplicate": "Same record identifier as an earlier record",
    "date": "Date missing, unreadable or after the extract",
    "order": "Dates out of order",
    "relative": "Relative of a proband, counted apart",
    "period": "Outside the study period",
    "age": "Missing or impossible age",
    "region": "Region not in the look-up",
    "repeat": "Later record of a person already counted",
}
NOTED = {
    "ethnicity": ("Ethnicity code that the scheme does not have", "read as Not known"),
    "scheme": ("Ethnicity code of another scheme, among the codes that the scheme does not have", "read as Not known"),
    "conflict": ("People with more than one valid ethnicity code", "settled by the rule"),
    "unresolved": ("People whose codes the rule cannot settle", "read as Not known"),
    "source_person": ("Ethnicity codes of other data sets, for nobody in the extract", "not used"),
    "source_code": ("Ethnicity codes of other data sets that the scheme does not have", "read as Not known"),
    "source_date": ("Ethnicity codes of other data sets with an unreadable or missing date", "used as the oldest"),
    "sex": ("Sex missing, or a code not in the config", "kept; left out of rates and models that use sex"),
    "role": ("Part in the family not recorded", "read as proband"),
    "pedigree": ("Relatives of no proband in the extract", "not used"),
    "target": ("Records whose category has no turnaround target on that day", "kept; left out of that stage"),
    "person": ("Records without a pseudonym", "each taken as a person of its own"),
    "provider": ("Records without a provider", "kept; taken together as one provider"),
    "value": ("Values unlike those of the config by capitals, spaces or .0 alone", "read as other values"),
    "absent": ("Columns in which no record holds a value that the config names", "nobody reaches their stage"),
    "number": ("Values that are no number, of the columns of numbers beside age", "read as blank"),
    "deprivation": (
        "Deprivation missing, or a code not in the config",
        "kept; left out of models that use deprivation",
    ),
}

RARE = ("person", "provider", "value", "absent", "number")  # named only where there are any

# Kept out of what is counted by the study's own choice: nothing is wrong with these records.
CHOSEN = ("relative", "period", "repeat")
SOURCE_CHECKS = ("source_person", "source_code", "source_date")
FOREIGN = "kind = 'unlisted' AND origin = 'records' AND code IN (SELECT code FROM foreign_codes)"
IN_EXTRACT = "coalesce(person IN (SELECT person_id FROM records), false)"


def prepare(
    connection: duckdb.DuckDBPyConnection,
    section: dict[str, Any],
    scheme: Scheme,
    grouping: str,
    regions: dict[str, str],
    national: str,
) -> None:
    """Add to the connection: ``records`` with ``reason``, ``people`` (resolved group), ``staged`` (included records).

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.extract.read_records`.
    section : dict
        The config section.
    scheme, grouping
        Ethnicity scheme and the grouping to use.
    regions : dict
        Region code -> label; empty when the study has no regions.
    national : str
        Label of all regions together.
    """
    fields, methods = section["fields"], section["methods"]
    period = section.get("period") or {}
    connection.execute("ALTER TABLE records ADD COLUMN person_id VARCHAR")
    connection.execute("UPDATE records SET person_id = coalesce(person, 'row ' || row)")
    if fields.get("pedigree"):  # who is in no family is a family of one
        connection.execute("UPDATE records SET pedigree = coalesce(pedigree, 'of ' || person_id)")
    reason = _reason(section, regions)
    first = "row_number() OVER (PARTITION BY person_id, reason IS NULL ORDER BY date NULLS LAST, row)"
    again = f"CASE WHEN reason IS NULL AND {first} > 1 THEN 'repeat' ELSE reason END"
    region = sql.lookup("region_code", regions) if regions else sql.text(national)
    connection.execute(f"""
        CREATE TABLE classed AS
        WITH judged AS (SELECT *, {reason} AS reason, {region} AS region FROM records)
        SELECT * REPLACE ({again if methods["repeat_records"] == "first" else "reason"} AS reason) FROM judged
    """)
    connection.execute("DROP TABLE records")
    connection.execute("ALTER TABLE classed RENAME TO records")
    raise_if(resolve.rule_problems(scheme, methods["resolution"]))
    resolve.load_codes(connection, scheme, len(fields["ethnicity"]))
    resolve.foreign(connection, scheme)
    resolve.resolve(connection, methods["resolution"], methods["unspecific_codes"], "people")
    family.gather(connection, section)
    connection.execute(f"""
        CREATE VIEW included AS
        SELECT r.*, {family.columns(section)}{resolve.group_of(scheme, grouping, "p.code", "p.status")} AS "group",
               {band("r.age", cell_ages(methods))} AS age_from
        FROM records r JOIN people p USING (person_id) {family.joined(section)} WHERE reason IS NULL
    """)
    query = stages.select(section["start"], section["pathway"], period.get("observed_until"))
    connection.execute(f"CREATE TABLE staged AS {query}")


def band(age: str, bounds: list[int]) -> str:
    """Return SQL for the lower bound of the band in which an age lies; -1 where the age is not known."""
    arms = " ".join(f"WHEN {age} >= {int(low)} THEN {int(low)}" for low in sorted(bounds, reverse=True))
    return f"CASE WHEN {age} IS NULL THEN -1 {arms} ELSE -1 END"


def cell_ages(methods: dict[str, Any]) -> list[int]:
    """Return the bounds of the cells' age bands: those of rates and those of models, so that either can be made."""
    return sorted({*methods["age_bands"], *methods["model_ages"]})


def _reason(section: dict[str, Any], regions: dict[str, str]) -> str:
    """Return the CASE that names the first reason for which a record is excluded, in the order of EXCLUSIONS."""
    fields, period = section["fields"], section.get("period") or {}
    tests: dict[str, str] = {}
    if fields.get("record"):
        tests["duplicate"] = "record IS NOT NULL AND row_number() OVER (PARTITION BY record ORDER BY row) > 1"
    tests["date"], tests["order"] = _impossible(section), _out_of_order(section)
    if fields.get("date") and period.get("from"):
        tests["period"] = f"date < date {sql.text(period['from'])} OR date > date {sql.text(period['to'])}"
    if fields.get("age"):
        tests["age"] = "age IS NULL"
    if regions:
        tests["region"] = f"coalesce(region_code NOT IN {sql.listed(regions)}, true)"
    if fields.get("role"):
        tests["relative"] = f"role NOT IN {sql.listed(fields['role']['proband'])}"
    arms = " ".join(f"WHEN {tests[key]} THEN {sql.text(key)}" for key in EXCLUSIONS if tests.get(key))
    return f"CASE {arms} END" if arms else "NULL::VARCHAR"


def _impossible(section: dict[str, Any]) -> str:
    """Return the condition for dates that cannot be by themselves: missing, unreadable, or after the extract."""
    fields, until = section["fields"], (section.get("period") or {}).get("observed_until")
    tests = []
    if fields.get("date"):
        tests.append("date IS NULL")
        if until:
            tests.append(f"date > date {sql.text(until)}")
    for column in _dated(section):
        tests.append(sql.name(f"bad_{column}"))
        if until:
            tests.append(f"coalesce({sql.name(f'x_{column}')} > date {sql.text(until)}, false)")
    return " OR ".join(dict.fromkeys(tests))


def _out_of_order(section: dict[str, Any]) -> str:
    """Return the condition for a date that is before the one it follows, or that follows none."""
    tests = []
    if section["fields"].get("date"):
        tests += [f"coalesce({sql.name(f'x_{column}')} < date, false)" for column in _dated(section)]
    for stage in section["pathway"]:
        if stage.get("within") and not stage.get("relatives"):
            later, earlier = sql.name(f"x_{stage['column']}"), sql.name(f"x_{stage['within']['of']}")
            tests.append(f"coalesce({later} < {earlier}, false)")
            tests.append(f"({later} IS NOT NULL AND {earlier} IS NULL)")
    return " OR ".join(dict.fromkeys(tests))


def _dated(section: dict[str, Any]) -> list[str]:
    return sorted({column for stage in section["pathway"] for column in stages.date_columns(stage)})


def flow(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Return the flow of records: read, excluded by reason, analysed; the parts sum to what was read."""
    import pandas as pd

    counts = dict(connection.execute("SELECT coalesce(reason, ''), count(*) FROM records GROUP BY 1").fetchall())
    rows = [(key, label, counts[key]) for key, label in EXCLUSIONS.items() if counts.get(key)]
    rows += [("analysed", "Records analysed", counts.get("", 0)), ("read", READ, sum(counts.values()))]
    frame = pd.DataFrame(rows, columns=["step", "label", "records"])
    return frame.assign(place=range(1, len(frame) + 1))


def quality(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> pd.DataFrame:
    """Return what was found but does not exclude a record, with its count and what was done."""
    import pandas as pd

    from genequity.service import suspects

    fields, pathway = section["fields"], section["pathway"]

    one = {
        "ethnicity": "SELECT count(*) FROM codes WHERE kind = 'unlisted' AND origin = 'records'",
        "scheme": f"SELECT count(*) FROM codes WHERE {FOREIGN}",
        "conflict": "SELECT count(*) FROM people WHERE conflict",
        "unresolved": "SELECT count(*) FROM people WHERE status = 'unresolved'",
        "source_person": f"SELECT count(*) FROM source_codes WHERE NOT {IN_EXTRACT}",
        "source_code": "SELECT count(*) FROM codes WHERE kind = 'unlisted' AND origin = 'sources'",
        "source_date": f"SELECT count(*) FROM source_codes WHERE date IS NULL AND {IN_EXTRACT}",
        "sex": "SELECT count(*) FROM staged WHERE sex = 'Unknown'",
        "deprivation": "SELECT count(*) FROM staged WHERE deprivation = 'Unknown'",
        "person": "SELECT count(*) FROM staged WHERE person IS NULL",
        "provider": "SELECT count(*) FROM staged WHERE provider IS NULL",
    }
    targets = stages.without_target(pathway)
    one |= family.checks() | ({"target": f"SELECT count(*) FROM staged WHERE {targets}"} if targets else {})
    needs = {name: name for name in ("role", "sex", "deprivation", "person", "provider")} | {"pedigree": "role"}
    needs |= dict.fromkeys(SOURCE_CHECKS, "ethnicity_sources")
    asked = {key: query for key, query in one.items() if key not in needs or fields.get(needs[key])}
    counts = {key: connection.execute(query).fetchall()[0][0] for key, query in asked.items()}
    suspect = suspects.near(connection, section)
    counts["value"] = sum(sum(misses.values()) for _, misses, _ in suspect)
    counts["absent"] = sum(not misses for _, misses, _ in suspect)
    if suspects.number_columns(section):
        counts["number"] = suspects.unread_numbers(connection, section)
    rows = [(key, *NOTED[key], count) for key, count in counts.items() if count or key not in RARE]
    return pd.DataFrame(rows, columns=["check", "label", "treatment", "count"])


def offending_rows(connection: duckdb.DuckDBPyConnection, fields: dict[str, Any]) -> pd.DataFrame:
    """Return the rows behind the problems, for the restricted folder: check, row of the file, column."""
    source = {1: "code_1"} | {i: f"code_{i}" for i in range(2, len(fields["ethnicity"]) + 1)}
    parts = [
        f'(SELECT {sql.text(key)} AS "check", row, \'\' AS "column" FROM records WHERE reason = {sql.text(key)} '
        f"ORDER BY row LIMIT {LISTED_ROWS})"
        for key in EXCLUSIONS
        if key not in CHOSEN
    ]
    listed = "(SELECT code FROM codes WHERE kind = 'unlisted')"
    parts += [
        f"(SELECT 'ethnicity', row, {sql.text(fields['ethnicity'][i - 1])} FROM records WHERE {code} IN {listed} "
        f"ORDER BY row LIMIT {LISTED_ROWS})"
        for i, code in source.items()
    ]
    parts += [
        f"(SELECT 'scheme', row, {sql.text(fields['ethnicity'][i - 1])} FROM records WHERE {code} IN "
        f"(SELECT code FROM foreign_codes) ORDER BY row LIMIT {LISTED_ROWS})"
        for i, code in source.items()
    ]
    parts += [
        f"(SELECT '{ours}', row, {sql.text(fields[ours]['column'])} FROM records WHERE bad_{ours} "
        f"ORDER BY row LIMIT {LISTED_ROWS})"
        for ours in ("sex", "deprivation")
        if fields.get(ours)
    ]
    parts += [
        f"(SELECT '{ours}', row, {sql.text(fields[ours])} FROM records WHERE {ours} IS NULL AND reason IS NULL "
        f"ORDER BY row LIMIT {LISTED_ROWS})"
        for ours in ("person", "provider")
        if fields.get(ours)
    ]
    if fields.get("ethnicity_sources"):
        unlisted = f"{IN_EXTRACT} AND code IN (SELECT code FROM codes WHERE kind = 'unlisted' AND origin = 'sources')"
        wrong = (f"NOT {IN_EXTRACT}", unlisted, f"{IN_EXTRACT} AND date IS NULL")
        parts += [
            f"(SELECT '{key}', row, name FROM source_codes WHERE {where} ORDER BY name, row LIMIT {LISTED_ROWS})"
            for key, where in zip(SOURCE_CHECKS, wrong, strict=True)
        ]
    return connection.execute(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL").df()


def completeness(connection: duckdb.DuckDBPyConnection, national: str) -> pd.DataFrame:
    """Return people by region and by what is known of their ethnicity, under the study's rule."""
    labels = {"valid": "Known", "declined": "Not stated", "unknown": "Not known", "unresolved": "Not known"}
    characteristics.gather(connection)
    people = connection.execute(f"""
        SELECT region, {sql.lookup("status", labels)} AS status, sum(people)::BIGINT AS people
        FROM entries GROUP BY ALL
    """).df()
    return _with_totals(people, "region", national, "status", ALL_STATUS, list(dict.fromkeys(labels.values())))


def _with_totals(counts, region: str, national: str, part: str, total: str, parts: list[str]) -> pd.DataFrame:
    """Cross regions with parts (zero where none), add all regions and all parts."""
    wide = counts.pivot_table(index=region, columns=part, values="people", aggfunc="sum", fill_value=0)
    wide = wide.reindex(columns=parts, fill_value=0)
    if national not in wide.index:
        wide.loc[national] = wide.sum()
    wide[total] = wide[parts].sum(axis=1)
    long = wide.rename_axis(columns=part).stack().rename("people").reset_index()
    base = long[region].map(wide[total])
    return long.assign(people=long["people"].astype(int), all_people=base.astype(int), share=long["people"] / base)


def cell_keys(section: dict[str, Any]) -> str:
    """Return the columns, beside the group, by which records are counted in cells."""
    keys = "region, provider, age_from, sex, deprivation"
    return keys + (", pedigree" if section["cluster"] == "pedigree" else "")


def write_cells(connection: duckdb.DuckDBPyConnection, section: dict[str, Any], path: str) -> None:
    """Write one row a covariate pattern with the record counts of every stage (Parquet, sorted)."""
    keys = f'"group", {cell_keys(section)}'
    sums = ["count(*) AS n"]
    for stage in section["pathway"]:
        sums += [
            f"count_if({sql.name(kind + '_' + stage['id'])}) AS {sql.name(word + '_' + stage['id'])}"
            for kind, word in (("a", "attained"), ("e", "eligible"), ("r", "reached"), ("p", "pending"))
        ]
    sql.copy(connection, f"SELECT {keys}, {', '.join(sums)} FROM staged GROUP BY {keys} ORDER BY {keys}", path)


def write_first_events(
    connection: duckdb.DuckDBPyConnection,
    measures: dict[str, tuple[str, str]],
    path: str,
    bounds: list[int] | None = None,
) -> None:
    """Write people by group, region, age and sex at their *first* record that attained each measured stage (Parquet).

    A measure is a stage and what is counted (:func:`genequity.service.rates.counted`). People count once, so that
    events are independent, as the interval of Dobson assumes. Where records are counted, ``people`` holds their number,
    and ``squares`` the sum over people of the square of their records in a stratum, which the variance needs;
    ``squares_together`` is a region's part of that sum over all regions, in some of which a person may stand twice.
    ``bounds`` are those of the rates' age bands, where cells have narrower ones.
    """
    people = f"(SELECT * REPLACE ({band('age_from', bounds)} AS age_from) FROM staged)" if bounds else "staged"
    at = "first.region AS region, first.age_from AS age_from, first.sex AS sex"
    once = f"""
        SELECT "group", {at}, count(*) AS people, count(*) AS squares, count(*) AS squares_together
        FROM (SELECT person_id, any_value("group") AS "group",
                     arg_min(struct_pack(region, age_from, sex), struct_pack(d := date, r := row)) AS first
              FROM {{people}} WHERE {{reached}} GROUP BY person_id)
        GROUP BY ALL"""
    every = """
        SELECT "group", region, age_from, sex, sum(own)::BIGINT AS people, sum(own * own)::BIGINT AS squares,
               sum(own * everywhere)::BIGINT AS squares_together
        FROM (SELECT person_id, any_value("group") AS "group", region, age_from, sex, count(*) AS own,
                     sum(count(*)) OVER (PARTITION BY person_id, age_from, sex) AS everywhere
              FROM {people} WHERE {reached} GROUP BY person_id, region, age_from, sex)
        GROUP BY ALL"""
    parts = [
        f"SELECT {sql.text(measure)} AS measure, * "
        f"FROM ({(once if count == 'people' else every).format(reached=sql.name(f'a_{stage}'), people=people)})"
        for measure, (stage, count) in measures.items()
    ]
    empty = (
        "SELECT '' AS measure, '' AS \"group\", '' AS region, 0 AS age_from, '' AS sex, 0::BIGINT AS people, "
        "0::BIGINT AS squares, 0::BIGINT AS squares_together WHERE false"
    )
    sql.copy(connection, f"SELECT * FROM ({' UNION ALL '.join(parts) or empty}) ORDER BY ALL", path)
