"""The table of characteristics as readers see it: a column a group, or, of many groups, a row a group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.notebook import or_absent
from genequity.numbers import say
from genequity.service.cells import UNKNOWN
from genequity.service.characteristics import ALL_GROUPS, ALL_PEOPLE

if TYPE_CHECKING:
    import pandas as pd

MOST = 8  # groups that a page holds side by side, those not known and all together among them
HEADINGS = {"label": "Of people", "value": "Value", "group": "Group"}
MEDIAN, QUARTILES = "Median", "Quartiles"


def wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table as a page holds it: shares of each group's people, their number and median age.

    Parameters
    ----------
    table : pandas.DataFrame
        ``service/characteristics``.

    Returns
    -------
    pandas.DataFrame
        Rows are values and columns groups. Where there are more than :data:`MOST` groups, rows are groups, and columns
        the number of people, their age, and the first and last value of each short characteristic.
    """
    if table.empty:
        return or_absent(table, "No person was analysed.")
    import pandas as pd

    groups = ordered(table["group"])
    rows = []
    for (name, label, value), part in table.sort_values("place").groupby(
        ["characteristic", "label", "value"], sort=False
    ):
        own = part.set_index("group")
        if name != "people" and value != ALL_PEOPLE:
            digits = 1 if value == UNKNOWN else 0  # of few, a whole percent says nothing
            shares = {group: _share(own["share"][group], digits) for group in groups}
            rows.append({"label": label, "value": value} | shares)
        elif name == "people":
            rows.append({"label": label, "value": "Number"} | {g: _count(own["people"][g]) for g in groups})
            if own["age_median"].notna().any():
                rows.append({"label": "Age", "value": MEDIAN} | {g: _years(own.loc[g], "age_median") for g in groups})
                ends = {group: _years(own.loc[group], "age_p25", "age_p75") for group in groups}
                rows.append({"label": "Age", "value": QUARTILES} | ends)
    found = pd.DataFrame(rows)
    return found if len(groups) <= MOST else _transposed(found, groups)


def columns(shown: pd.DataFrame) -> dict[str, str]:
    """Return the headings of :func:`wide`."""
    return {name: HEADINGS.get(name, name) for name in shown.columns}


def heads(shown: pd.DataFrame) -> int:
    """Return how many columns of :func:`wide` name their row."""
    return 2 if "label" in shown.columns else 1


def _transposed(found: pd.DataFrame, groups: list[str]) -> pd.DataFrame:
    """Return a row a group: number, age, and of sex and deprivation the first and last value."""
    import pandas as pd

    kept: dict[str, str] = {}
    for label, part in found.groupby("label", sort=False):
        if label == "People":
            kept[part.index[0]] = "People"
        elif label == "Age":
            kept |= dict.fromkeys(part.index[part["value"] == MEDIAN], f"{MEDIAN} age")
        elif label in ("Sex", "Deprivation"):
            kept |= {index: f"{label}: {part.loc[index, 'value']}" for index in (part.index[0], part.index[-1])}
    body = {name: [found.loc[index, group] for group in groups] for index, name in kept.items()}
    return pd.DataFrame({"group": groups} | body)


def _share(value: float, digits: int) -> str:
    return say(value, "proportion", digits) if value == value else "withheld"


def _count(value: float) -> str:
    return say(value, "people") if value == value else "withheld"


def _years(row: pd.Series, *columns: str) -> str:
    if row[list(columns)].isna().any():
        return "withheld"
    return " to ".join(say(row[name], "", 0) for name in columns)


def unknown(table: pd.DataFrame) -> str:
    """Say of how many people a characteristic is not recorded, all groups together."""
    rows = table[(table["value"] == UNKNOWN) & (table["group"] == ALL_GROUPS) & table["share"].notna()]
    if rows.empty:
        return "Every person has a value of each, or the number without one is withheld."
    first, *others = [(row.label, say(row.share, "proportion", 1)) for row in rows.sort_values("place").itertuples()]
    said = f"{first[0]} is not recorded for {first[1]} of people"
    return f"{said}{''.join(f', {label.lower()} for {share}' for label, share in others)}."
