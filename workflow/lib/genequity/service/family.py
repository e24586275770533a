"""Families: probands apart from their relatives, and cascade testing as a step that the proband's record reaches.

A *proband* is the person through whom a family comes to the service. Relatives are tested afterwards, for the cause
found in the proband (*cascade testing*). They are no referrals of their own: the pathway counts probands, each with
what came to the relatives in the same *pedigree*, and relatives stand apart. Members of a family are alike, so
intervals here are by pedigree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import intervals, resolve, sql, stages

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from genequity.groups import Scheme

RELATIVE = "reason = 'relative'"


def gather(connection: duckdb.DuckDBPyConnection, section: dict[str, Any]) -> None:
    """Make the table ``family``: one row a pedigree, and for each stage of relatives ``k_<id>``, what they reached."""
    held = stages.of_relatives(section["pathway"])
    if not held:
        return
    parts = []
    for stage in held:
        column = sql.name(f"x_{stage['column']}")
        where = f" FILTER ({column} IN {sql.listed(stage['equals'])})" if stage.get("equals") else ""
        parts.append(f"min({column}){where} AS {sql.name('k_' + stage['id'])}")
    connection.execute(
        f"CREATE TABLE family AS SELECT pedigree, {', '.join(parts)} FROM records WHERE {RELATIVE} GROUP BY pedigree"
    )


def columns(section: dict[str, Any]) -> str:
    """Return the columns of ``family`` that a proband's record takes on, each followed by a comma."""
    return "".join(f"f.{sql.name('k_' + stage['id'])}, " for stage in stages.of_relatives(section["pathway"]))


def joined(section: dict[str, Any]) -> str:
    """Return the join that brings them."""
    return "LEFT JOIN family f USING (pedigree)" if stages.of_relatives(section["pathway"]) else ""


def checks() -> dict[str, str]:
    """Return what is looked at in the data, as queries of a count."""
    apart = f"{RELATIVE} AND pedigree NOT IN (SELECT pedigree FROM records WHERE reason IS DISTINCT FROM 'relative')"
    return {
        "role": "SELECT count(*) FROM staged WHERE role IS NULL",
        "pedigree": f"SELECT count(*) FROM records WHERE {apart}",
    }


def cascade(connection: duckdb.DuckDBPyConnection, section: dict[str, Any], comparator: str) -> pd.DataFrame:
    """Return, by the proband's group, how many families had a relative tested, and how many relatives a proband.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        With ``staged`` and ``records`` of :func:`genequity.service.records.prepare`.
    section : dict
        The config section.
    comparator : str
        The group compared with.

    Returns
    -------
    pandas.DataFrame
        The table ``service/cascade``. Intervals are by pedigree (ratio of totals, linearised); those of the ratio on
        the log scale.
    """
    import pandas as pd

    z, names = intervals.z_of(section["methods"]["level"]), stages.labels(section["start"], section["pathway"])
    follows, rows = stages.parents(section["start"], section["pathway"]), []
    for stage in stages.of_relatives(section["pathway"]):
        families = connection.execute(_families(stage)).df()
        found = []
        for group, part in [*families.groupby("group", sort=True)]:
            each = {name: part[name].to_numpy(float) for name in ("probands", "reached", "relatives")}
            row = {"stage": stage["id"], "label": stage["label"], "after": names[follows[stage["id"]]]}
            row |= {"group": group, "comparator": comparator, "families": len(part)}
            row |= {name: int(values.sum()) for name, values in each.items()}
            for top, name in (("reached", "share"), ("relatives", "each")):
                ratio, error = ratio_of(each[top], each["probands"])
                row |= {name: ratio, f"error_{name}": error}
            row |= {"each_low": max(row["each"] - z * row["error_each"], 0.0)}
            row |= {"each_high": row["each"] + z * row["error_each"]}
            row |= limits("share", row["share"], row["error_share"], len(part), section["methods"]["level"])
            found.append(row)
        against = next((row for row in found if row["group"] == comparator), None)
        for row in found:
            row |= _compared(row, against, z)
        rows += found
    return pd.DataFrame(rows, columns=COLUMNS)


COLUMNS = [
    *("stage", "label", "after", "group", "comparator", "probands", "families", "reached", "relatives"),
    *("share", "share_low", "share_high", "each", "each_low", "each_high"),
    *("difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high"),
]


def ratio_of(above, below) -> tuple[float, float]:
    """Return (sum of one over sum of the other, its standard error), the pairs being independent of each other.

    Parameters
    ----------
    above, below : array_like
        Totals of each pedigree.

    Notes
    -----
    Linearised variance of a ratio of totals, with the factor m / (m - 1) of m pedigrees; Cochran (1977), Sampling
    Techniques, section 6.3. With one record a pedigree it is that of a proportion with n - 1.
    """
    top, bottom = np.asarray(above, float), np.asarray(below, float)
    total, size = bottom.sum(), len(bottom)
    if not total:
        return np.nan, np.nan
    ratio = top.sum() / total
    if size < 2:
        return float(ratio), np.nan
    return float(ratio), float(np.sqrt(np.sum((top - ratio * bottom) ** 2) * size / (size - 1)) / total)


def limits(name: str, share: float, error: float, families: int, level: float) -> dict[str, float]:
    """Return Wilson's limits of a share at its effective number of records, share (1 - share) / error².

    At a share of none or all the error says nothing: then each pedigree counts as one record.
    """
    if share != share:
        return {f"{name}_low": np.nan, f"{name}_high": np.nan}
    size = share * (1 - share) / error**2 if error > 0 else families
    low, high = intervals.wilson(np.array([share * size]), np.array([size]), level)
    return {f"{name}_low": float(low[0]), f"{name}_high": float(high[0])}


def _compared(row: dict[str, Any], against: dict[str, Any] | None, z: float) -> dict[str, float]:
    """Return the difference of the shares and the ratio of relatives a proband, compared with the comparator."""
    blank = dict.fromkeys(COLUMNS[15:], np.nan)
    if against is None or row["group"] == against["group"]:
        return blank
    gap, half = row["share"] - against["share"], z * np.hypot(row["error_share"], against["error_share"])
    found = blank | {"difference": gap, "difference_low": gap - half, "difference_high": gap + half}
    if row["each"] > 0 and against["each"] > 0:
        log = np.log(row["each"] / against["each"])
        half = z * np.hypot(row["error_each"] / row["each"], against["error_each"] / against["each"])
        found |= dict(zip(("ratio", "ratio_low", "ratio_high"), np.exp([log, log - half, log + half]), strict=True))
    return found


def _families(stage: dict[str, Any]) -> str:
    """Return the query of one row a group and pedigree: probands asked, those who reached, relatives who did."""
    eligible, reached = sql.name(f"e_{stage['id']}"), sql.name(f"r_{stage['id']}")
    column, within = f"r.{sql.name('x_' + stage['column'])}", stage.get("within")
    if within:
        since = f"p.{sql.name('x_' + within['of'])}"
        days = stages.allowed(within) if within.get("days") is None else str(int(within["days"]))
        done = f"{column} - {since} <= ({days})"
    else:
        done = f"{column} IN {sql.listed(stage['equals'])}" if stage.get("equals") else f"{column} IS NOT NULL"
    return f"""
        WITH asked AS (SELECT * FROM staged p WHERE {eligible}),
        counted AS (
            SELECT p.row, count(*) AS relatives FROM asked p JOIN records r USING (pedigree)
            WHERE r.{RELATIVE} AND coalesce({done}, false) GROUP BY p.row
        )
        SELECT "group", pedigree, count(*) AS probands, count_if({reached}) AS reached,
               coalesce(sum(relatives), 0) AS relatives
        FROM asked LEFT JOIN counted USING (row) GROUP BY "group", pedigree ORDER BY "group", pedigree
    """


def relatives(
    connection: duckdb.DuckDBPyConnection, section: dict[str, Any], scheme: Scheme, grouping: str
) -> pd.DataFrame:
    """Return the stages that relatives' own records reached, by the relative's group, with intervals by pedigree.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    section : dict
        The config section.
    scheme, grouping
        Ethnicity scheme and the grouping to use.
    """
    import pandas as pd

    pathway = [stage for stage in section["pathway"] if not stage.get("relatives") and stage.get("part") != "research"]
    names, follows = stages.labels(section["start"], pathway), stages.parents(section["start"], pathway)
    columns = ["stage", "place", "label", "after", "group", "eligible", "reached", "pending"]
    columns += ["share", "share_low", "share_high"]
    if not section["fields"].get("role"):
        return pd.DataFrame(columns=columns)
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW apart AS
        SELECT r.*, {resolve.group_of(scheme, grouping, "p.code", "p.status")} AS "group"
        FROM records r JOIN people p USING (person_id) WHERE {RELATIVE}
    """)
    kinds = {"e": "eligible", "r": "reached", "p": "pending"}
    sums = ", ".join(
        f"count_if({sql.name(kind + '_' + stage['id'])}) AS {sql.name(word + '_' + stage['id'])}"
        for stage in pathway
        for kind, word in kinds.items()
    )
    judged = stages.select(section["start"], pathway, (section["period"] or {}).get("observed_until"), "apart")
    found = connection.execute(
        f'SELECT "group", pedigree, {sums} FROM ({judged}) GROUP BY ALL ORDER BY "group", pedigree'
    ).df()
    rows = []
    for group, part in found.groupby("group", sort=True):
        for place, stage in enumerate(pathway, 1):
            each = {word: part[f"{word}_{stage['id']}"].to_numpy(float) for word in kinds.values()}
            share, error = ratio_of(each["reached"], each["eligible"])
            row = {"stage": stage["id"], "place": place, "label": stage["label"], "group": group}
            row |= {"after": names[follows[stage["id"]]]} | {word: int(v.sum()) for word, v in each.items()}
            families = int((each["eligible"] > 0).sum())
            row |= {"share": share} | limits("share", share, error, families, section["methods"]["level"])
            rows.append(row)
    return pd.DataFrame(rows, columns=columns)
