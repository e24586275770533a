"""Tables and sentences of additive interaction: does a group's gap depend on deprivation or sex? Released frames in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genequity.groups import ordered
from genequity.notebook import or_absent
from genequity.numbers import say, say_interval
from genequity.service.interaction import NO_FACTOR

if TYPE_CHECKING:
    import pandas as pd

NO_STRATA = "This study crosses groups with no other dimension."
ALL_LOWER = "In every comparison a factor lowers the share, so that these measures would be hard to read."
NOT_GIVEN = "not given"
NOTE = (
    "S has no value where the excess of both, or the sum of the single ones, is not above nil. "
    "It has no limits where they would lie more than a thousandfold apart."
)


def crossings(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    """Return (dimension, level) -> heading, in the order of the table; the level only where there are several."""
    found = table[["dimension", "level"]].drop_duplicates()
    several = found["dimension"].duplicated(keep=False)
    return {
        (dimension, level): f"{dimension.capitalize()}{f': {level}' if more else ''}"
        for (dimension, level), more in zip(found.itertuples(index=False, name=None), several)
    }


def differences(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return how far each group's gap moves across each dimension, in points: one row a stage and group.

    Parameters
    ----------
    table : DataFrame
        ``service/interaction``.
    names : dict
        Stage id -> label, in the order of the pathway.
    """
    rows = in_order(table, names)
    if rows.empty:
        return or_absent(rows, NO_STRATA)
    headings = crossings(table)
    rows["heading"] = [headings[key] for key in zip(rows["dimension"], rows["level"])]
    rows["cell"] = [_points(*ends) for ends in _ends(rows, "difference")]
    wide = rows.pivot(index=["place", "label", "order", "group"], columns="heading", values="cell")
    return wide[list(headings.values())].reset_index().rename_axis(columns=None)


def relative(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return RERI, AP and S with their limits where neither factor lowers the share: one row a comparison."""
    rows = in_order(table, names)
    if rows.empty:
        return or_absent(rows, NO_STRATA)
    rows = rows[(rows["reading"] == NO_FACTOR) & rows["reri"].notna()]
    if rows.empty:
        return or_absent(rows, ALL_LOWER)
    headings = crossings(table)
    crossed = [headings[key] for key in zip(rows["dimension"], rows["level"])]
    rows = rows.assign(who=[f"{group}, {name[0].lower()}{name[1:]}" for group, name in zip(rows["group"], crossed)])
    for name, none in (("reri", 0), ("ap", 0), ("synergy", 1)):
        rows[f"{name}_text"] = [_number(*ends, none) for ends in _ends(rows, name)]
    return rows


def in_order(table: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    """Return the rows in reading order, with ``label``, ``place`` of the stage and ``order`` of the group."""
    rows = table[table["outcome"].isin(names)].copy()
    order = {group: place for place, group in enumerate(ordered(set(rows["group"])))}
    place = {name: i for i, name in enumerate(names)}
    rows = rows.assign(label=rows["outcome"].map(names), place=rows["outcome"].map(place))
    return rows.assign(order=rows["group"].map(order)).sort_values(["place", "order", "dimension", "level"])


def _ends(rows: pd.DataFrame, name: str):
    return rows[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False, name=None)


def _points(value: float, low: float, high: float) -> str:
    if value != value:
        return NOT_GIVEN
    return f"{say(100 * value, '', 1)} ({say_interval(100 * low, 100 * high, '', 1, none=0)})"


def _number(value: float, low: float, high: float, none: float) -> str:
    if value != value:
        return NOT_GIVEN
    limits = say_interval(low, high, "", 2, none=none) if low == low else "no limits"
    return f"{say(value, '', 2)} ({limits})"


def held_against(table: pd.DataFrame) -> str:
    """Say which level of each dimension is held against which: ``sex, Male against Female``."""
    pairs = table[["dimension", "level", "reference"]].drop_duplicates().itertuples(index=False, name=None)
    parts = [f"{name}, {level} against {reference}" for name, level, reference in pairs]
    return "; ".join(parts) or "none, as this study crosses groups with nothing"


def overall(table: pd.DataFrame) -> str:
    """Say how many comparisons leave out nil, how many would by chance, and how many are left after correction."""
    given = table[table["p"].notna()] if len(table) else table
    if given.empty:
        return "No such comparison can be given."
    level = float(given["confidence"].iloc[0])
    clear, left = int((given["p"] < 1 - level).sum()), int((given["p_holm"] < 1 - level).sum())
    counted = f"Of {len(given)} such comparisons, the interval of {clear or 'none'} leaves out no difference"
    chance = f"about {say((1 - level) * len(given), '', 0)} would by chance alone"
    rest = f"After correction for their number, {left or 'none'} {'are' if left > 1 else 'is'} left."
    return f"{counted}; {chance}. {rest}"
