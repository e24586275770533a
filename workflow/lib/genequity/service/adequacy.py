"""Data adequacy: for each field that the study needs, whether it is held, how complete and how valid, by region.

A scorecard in which *not measurable* is a result: where no field exists, the row says why and who holds it. A field is
*adequate* when the share of records in which it is filled with a valid value comes up to the study's mark, *partial*
below it. A stage that is asked of some records alone (``only``) is judged within these, as its shares are; its label
says so. Records of which it is not known whether it applies to them are no part of either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.service import sql, stages

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

ADEQUATE, PARTIAL, NONE, WITHHELD = "adequate", "partial", "not measurable", "withheld"
FIELDS = {
    "ethnicity": "Ethnicity",
    "date": "Date that opens the pathway",
    "age": "Age",
    "sex": "Sex",
    "deprivation": "Deprivation of the area",
    "region": "Region",
    "provider": "Provider",
    "pedigree": "Family",
}
COLUMNS = [
    *("item", "place", "label", "kind", "part", "region", "held", "records", "filled", "valid"),
    *("complete", "validity", "adequate_from", "verdict", "holder", "reason"),
]
# Records that are judged for a field: all that were read but the ones that are none of their own.
PLACED = "region IS NOT NULL"
ASKED = "coalesce(reason, '') NOT IN ('duplicate', 'relative', 'period', 'repeat')"


def wanted(section: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the pathway, and the scorecard's own columns as if they were stages, for reading the extract."""
    return [*section["pathway"], *[item for item in section.get("scorecard") or [] if item.get("column")]]


def scorecard(
    connection: duckdb.DuckDBPyConnection, section: dict[str, Any], declared: dict[str, Any], national: str
) -> pd.DataFrame:
    """Return the scorecard, one row an item and region; verdicts are added by :func:`judged`.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    section : dict
        The config section with the stages that are measured.
    declared : dict
        The config section as it was declared, with those that are not.
    national : str
        Label of all regions together.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    regions = [row[0] for row in connection.execute("SELECT DISTINCT region FROM staged ORDER BY 1").fetchall()]
    regions = [*[region for region in regions if region != national], national]
    mark = section["methods"]["adequate_from"]
    for place, item in enumerate(_items(section, declared), 1):
        base = {key: item[key] for key in ("item", "label", "kind", "part", "holder", "reason")}
        base |= {"place": place, "held": item["held"], "adequate_from": mark}
        counts = _counts(connection, item, national)
        for region in [national] if item["item"] == "region" else regions:
            records, filled, valid = counts.get(region, (0, 0, 0))
            rows.append(base | {"region": region, "records": records, "filled": filled, "valid": valid})
    return judged(pd.DataFrame(rows, columns=COLUMNS))


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """Add completeness, validity and the verdict; used again on the protected counts."""
    records, filled, valid = (
        frame[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in ("records", "filled", "valid")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Independent rounding may lift a numerator above its denominator by one step.
        complete, validity, both = (
            np.where(below > 0, np.minimum(above / below, 1.0), np.nan)
            for above, below in ((filled, records), (valid, filled), (valid, records))
        )
    held = frame["held"].astype(bool).to_numpy()
    empty = (records == 0) | (filled == 0)
    verdict = np.select(
        [~held | empty, np.isnan(both), both >= frame["adequate_from"].to_numpy(float)],
        [NONE, WITHHELD, ADEQUATE],
        PARTIAL,
    )
    return frame.assign(complete=complete, validity=validity, verdict=verdict)


def _items(section: dict[str, Any], declared: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the fields, the stages and what else the study wants: where it is counted, and when filled and valid."""
    usual = {"part": "", "holder": "", "reason": "", "source": "fields", "asked": PLACED, "held": True}
    for key, (filled, valid) in _of_fields(section["fields"]).items():
        # A record without a known region is in no region's row; only the item on regions counts it.
        own = {"asked": "true"} if key == "region" else {}
        yield usual | own | {"item": key, "label": FIELDS[key], "kind": "field", "filled": filled, "valid": valid}
    follows = stages.parents(section["start"], section["pathway"])
    lost = {"held": False, "filled": "false", "valid": "false"}
    measured = {stage["id"]: stage for stage in section["pathway"]}  # with the targets of their versions
    for stage in declared["pathway"]:
        item = usual | {"item": f"stage_{stage['id']}", "label": _label(stage), "kind": "stage"}
        item |= {"part": stage.get("part", "access"), "holder": stage.get("holder", "")}
        if stage.get("not_measurable"):
            known = sql.name(f"a_{stage['of']}") if stage.get("of") in (section["start"]["id"], *measured) else "true"
            yield item | lost | {"source": "staged", "asked": known, "reason": stage["not_measurable"]}
        else:
            filled = _of_stage(measured[stage["id"]], section["fields"])
            asked = " AND ".join([sql.name(f"a_{follows[stage['id']]}"), *stages.only(stage)])
            yield item | {"source": "staged", "asked": asked, "filled": filled, "valid": filled}
    for wish in section.get("scorecard") or []:
        item = usual | {"item": wish["id"], "label": wish["label"], "kind": "field", "holder": wish.get("holder", "")}
        if wish.get("not_measurable"):
            yield item | lost | {"reason": wish["not_measurable"]}
        else:
            column = sql.name(f"x_{wish['column']}")
            values = f"coalesce({column} IN {sql.listed(wish['values'])}, false)" if wish.get("values") else "true"
            yield item | {"filled": f"{column} IS NOT NULL", "valid": values}


def _label(stage: dict[str, Any]) -> str:
    """Name a stage, and the records that alone it is asked of."""
    only = stage.get("only")
    return f"{stage['label']} (asked of {', '.join(map(str, only['equals']))} only)" if only else stage["label"]


def _of_fields(fields: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Return when each field of the config is filled, and when its value is valid, as SQL on ``records``."""
    codes = " OR ".join(f"code_{i} IS NOT NULL" for i in range(1, len(fields["ethnicity"]) + 1))
    found = {"ethnicity": (f"({codes})", "status IN ('valid', 'declined')")}
    if fields.get("date"):
        found["date"] = ("(date IS NOT NULL OR bad_date)", "date IS NOT NULL")
    if fields.get("age"):
        found["age"] = ("(age IS NOT NULL OR bad_age)", "age IS NOT NULL")
    for name in ("sex", "deprivation"):
        if fields.get(name):
            found[name] = (f"({name} <> 'Unknown' OR bad_{name})", f"{name} <> 'Unknown'")
    if fields.get("region"):
        found["region"] = ("region_code IS NOT NULL", "region IS NOT NULL")
    if fields.get("provider"):
        found["provider"] = ("provider IS NOT NULL", "true")
    if fields.get("pedigree"):
        found["pedigree"] = (_family(), "true")
    return found


def _family() -> str:
    return "pedigree <> 'of ' || person_id"


def _of_stage(stage: dict[str, Any], fields: dict[str, Any]) -> str:
    """Return when a stage can be judged: its value is there, or the dates and the target that it starts from."""
    within, parts = stage.get("within"), []
    if stage.get("relatives"):
        parts.append(_family())
    if within:
        parts.append(f"{sql.name('x_' + within['of'])} IS NOT NULL")
        parts += [] if within.get("days") is not None else [f"({stages.allowed(within)}) IS NOT NULL"]
    elif not stage.get("relatives") and ("equals" in stage or "not_equals" in stage):
        parts.append(f"{sql.name('x_' + stage['column'])} IS NOT NULL")
    return " AND ".join(parts) or "true"


def _counts(connection: duckdb.DuckDBPyConnection, item: dict[str, Any], national: str) -> dict[str, tuple]:
    """Return (records, filled, valid) by region and of all."""
    fields = f"(SELECT * FROM records LEFT JOIN people USING (person_id) WHERE {ASKED})"
    source, filled = "staged" if item["source"] == "staged" else fields, item["filled"]
    valid = f"({filled}) AND ({item['valid']})"
    rows = connection.execute(f"""
        SELECT region, count(*), count_if({filled}), count_if({valid}) FROM {source}
        WHERE {item["asked"]} GROUP BY region
    """).fetchall()
    found = {region: tuple(counts) for region, *counts in rows if region is not None}
    return found | {national: tuple(sum(row[i] for row in rows) for i in (1, 2, 3))}
