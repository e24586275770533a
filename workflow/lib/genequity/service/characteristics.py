"""Who comes into the pathway: people of each group by sex, age, deprivation and region, at their first record.

A person counts once, as the first of their records that were analysed says. Ages are in completed years, and medians
are given only where the extract holds ages, not bands. Item 14a of STROBE asks for this table.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import ordered
from genequity.service.cells import UNKNOWN

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    from numpy.typing import NDArray

ALL_GROUPS, ALL_PEOPLE = "All groups", "All people"
LABELS = {"people": "People", "sex": "Sex", "age": "Age", "deprivation": "Deprivation", "region": "Region"}
QUARTILES = {"age_p25": 0.25, "age_median": 0.5, "age_p75": 0.75}
COLUMNS = ["characteristic", "label", "place", "value", "group", "people", "all_people", "share", *QUARTILES]


def gather(connection: duckdb.DuckDBPyConnection) -> None:
    """Add the table ``entries``, once: people by what their first record says, and by the status of their ethnicity."""
    # One text a person: at the size of a country it takes less memory and time than a structure.
    parts = ("region", "sex", "deprivation", "floor(age)::INTEGER::VARCHAR")
    said = ", ".join(f"coalesce({part}, '')" for part in parts)
    held = ", ".join(
        f"nullif(split_part(said, chr(31), {place}), '') AS {name}"
        for place, name in enumerate(("region", "sex", "deprivation", "years"), 1)
    )
    connection.execute(f"""
        CREATE TABLE IF NOT EXISTS entries AS
        SELECT "group", status, {held}, people FROM (
            SELECT e."group", p.status, e.said, count(*) AS people
            FROM (SELECT person_id, any_value("group") AS "group",
                         arg_min(concat_ws(chr(31), {said}), struct_pack(d := date, r := row)) AS said
                  FROM staged GROUP BY person_id) e
            JOIN people p USING (person_id) GROUP BY ALL)
    """)


def table(connection: duckdb.DuckDBPyConnection, section: dict[str, Any], national: str) -> pd.DataFrame:
    """Return people of each group by each characteristic that the study has.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    section : dict
        The config section: fields, and the bounds of the models' age bands.
    national : str
        Label of all regions together; where every record has it, the study has no regions.

    Returns
    -------
    pandas.DataFrame
        One row a group and value, zeros and totals included; quartiles of age in the rows of all people.
    """
    import pandas as pd

    gather(connection)
    people = connection.execute("""
        SELECT * EXCLUDE (status) REPLACE (years::DOUBLE AS years) FROM entries ORDER BY ALL
    """).df()
    fields, bounds = section["fields"], sorted(section["methods"]["model_ages"])
    values: dict[str, tuple[list[str], Any]] = {}
    if fields.get("sex"):
        values["sex"] = _labels(fields["sex"]), people["sex"]
    if fields.get("age"):
        values["age"] = bands(bounds), _band(people["years"], bounds)
    if fields.get("deprivation"):
        values["deprivation"] = _labels(fields["deprivation"]), people["deprivation"]
    if set(people["region"]) - {national}:
        values["region"] = sorted(set(people["region"])), people["region"]
    groups = ordered(people["group"])
    total = people.groupby("group")["people"].sum()
    parts = [_long(pd.DataFrame({ALL_PEOPLE: total}), "people", [ALL_PEOPLE], groups)]
    for name, (labels, held) in values.items():
        counts = people.assign(value=held.fillna(UNKNOWN)).pivot_table(
            index="group", columns="value", values="people", aggfunc="sum", fill_value=0
        )
        known = [*labels, *([UNKNOWN] if UNKNOWN in counts.columns and UNKNOWN not in labels else [])]
        counts = counts.reindex(columns=known, fill_value=0)
        parts.append(_long(counts.assign(**{ALL_PEOPLE: counts.sum(axis=1)}), name, [ALL_PEOPLE, *known], groups))
    found = pd.concat(parts, ignore_index=True)
    found = found.assign(place=found.groupby("group").cumcount() + 1).assign(**dict.fromkeys(QUARTILES, np.nan))
    if fields.get("age") and not fields["age"].get("bands"):
        whole = found["characteristic"] == "people"
        for index, group in found.loc[whole, "group"].items():
            own = people if group == ALL_GROUPS else people[people["group"] == group]
            found.loc[index, list(QUARTILES)] = quantiles(own["years"], own["people"], list(QUARTILES.values()))
    return found[COLUMNS]


def _labels(field: dict[str, Any]) -> list[str]:
    return [label for label in dict.fromkeys(field["values"].values()) if label != UNKNOWN]


def bands(bounds: list[int]) -> list[str]:
    """Return what bands of age are called.

    >>> bands([0, 16, 75])
    ['0 to 15', '16 to 74', '75 and over']
    """
    closed = [f"{low} to {high - 1}" for low, high in pairwise(bounds)]
    return [*closed, f"{bounds[-1]} and over"]


def _band(years: pd.Series, bounds: list[int]) -> pd.Series:
    """Return the band of each age; blank where it is not known, or below the first bound."""
    names = np.array([None, *bands(bounds)], dtype=object)
    place = np.searchsorted(bounds, years.fillna(-1).to_numpy(float), side="right")
    return years.astype(object).where(years.isna(), names[place])


def quantiles(values: pd.Series, counts: pd.Series, at: list[float]) -> NDArray:
    """Return the smallest values up to which at least these shares of the counted people lie; blank without any."""
    kept = values.notna()
    order = np.argsort(values[kept].to_numpy(), kind="stable")
    held, running = values[kept].to_numpy(float)[order], np.cumsum(counts[kept].to_numpy(float)[order])
    if not len(held):
        return np.full(len(at), np.nan)
    return held[np.searchsorted(running, np.array(at) * running[-1], side="left")]


def _long(counts: pd.DataFrame, name: str, order: list[str], groups: list[str]) -> pd.DataFrame:
    """Return counts by group (rows) and value (columns) as rows, with those of all groups."""
    import pandas as pd

    counts = counts[order].reindex(groups, fill_value=0)
    counts = pd.concat([counts, counts.sum().to_frame(ALL_GROUPS).T])
    rows = [
        {"characteristic": name, "label": LABELS[name], "value": value, "group": group}
        | {"people": int(counts.loc[group, value]), "all_people": int(counts.loc[group, ALL_PEOPLE])}
        for value in order
        for group in counts.index
    ]
    found = pd.DataFrame(rows)
    return found.assign(share=found["people"] / found["all_people"].where(found["all_people"] > 0))
