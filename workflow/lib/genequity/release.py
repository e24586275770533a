"""The release step: every table passes here before anything else may read it.

Counts are withheld or rounded first; ratios are then recomputed from the protected counts, and whatever rests on a
withheld count goes with it. A single withheld part beside its published total gets a second, so that subtraction does
not bring it back. The rules are data: ``config/release/profiles.yaml``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from genequity import tables
from genequity.errors import nearest
from genequity.tables import SUPPRESSED, Column, TableSchema

if TYPE_CHECKING:
    import pandas as pd

PROFILES = Path(__file__).parents[3] / "config" / "release" / "profiles.yaml"
SMALL = "small number"
ESTIMATES = ("odds ratio", "risk ratio", "hazard ratio", "coefficient", "proportion difference")
SECOND = "protects another cell"


@dataclass(frozen=True)
class Profile:
    """A small-number rule, as an institution states it. The words are explained in ``config/release/profiles.yaml``."""

    name: str
    title: str
    version: str
    source: str
    hide: dict[str, int]
    rounding: dict[str, Any]
    zero: str
    totals: str
    levels: tuple[str, ...]
    quantiles_from: int
    width: int

    @property
    def sentence(self) -> str:
        """The rule in one sentence, as notes under tables print it."""
        if not self.levels:
            return "Counts are shown as they are."
        low, high = self.hide["from"], self.hide["to"]
        parts = [f"counts of {low} to {high} are withheld"] if high else []
        base = self.rounding["base"]
        parts += {
            "nearest": [f"others are rounded to the nearest {base}" if parts else f"counts are rounded to {base}"],
            "midpoint": [f"each count stands at the middle of its band of {base}"],
            "none": [],
        }[self.rounding["method"]]
        where = "" if "national" in self.levels else " below national level"
        text = " and ".join(parts)
        return f"{text[0].upper()}{text[1:]}{where} ({self.title})."

    def hides(self, counts: pd.Series) -> pd.Series:
        """Mark the counts that are withheld because they are small."""
        hidden = counts.between(max(self.hide["from"], 1), self.hide["to"])
        return hidden | (counts == 0) if self.zero == "hide" else hidden

    def rounded(self, counts: pd.Series) -> pd.Series:
        """Return counts as they are shown."""
        import numpy as np

        base = self.rounding["base"]
        if self.rounding["method"] == "nearest":
            return np.floor(counts / base + 0.5) * base
        if self.rounding["method"] == "midpoint":
            return np.ceil(counts / base) * base - (base // 2) * (counts != 0)
        return counts


def profile(name: str) -> Profile:
    """Return a profile of ``config/release/profiles.yaml``.

    Raises
    ------
    KeyError
        With the nearest name, when there is none of that name.
    """
    known = yaml.safe_load(PROFILES.read_text(encoding="utf-8"))
    if name not in known:
        raise KeyError(f"no release profile '{name}'.{nearest(name, known)}")
    entry = known[name]
    return Profile(name=name, **{**entry, "levels": tuple(entry["levels"])})


def release_tables(restricted: Iterable[str], released: Iterable[str], profile_name: str, strand: str) -> None:
    """Protect and write the tables of a strand.

    Parameters
    ----------
    restricted, released : iterables of str
        Paths, in the same order and with the same file names.
    profile_name : str
        The study's profile.
    strand : str
        Prefix of the table names: ``survey`` makes ``…/shares.csv`` the table ``survey/shares``.
    """
    rule = profile(profile_name)
    paths = {
        f"{strand}/{Path(source).stem}": (source, target) for source, target in zip(restricted, released, strict=True)
    }
    shown: dict[str, pd.DataFrame] = {}

    def show(name: str) -> pd.DataFrame:
        if name not in shown:
            table, frame = tables.schema(name), tables.read(paths[name][0], name)
            leader = table.follows.get("table")
            also = withheld_there(frame, table, show(leader)) if leader in paths else None
            shown[name] = protect(frame, table, rule, also)
        return shown[name]

    for name, (_, target) in paths.items():
        tables.write(show(name), target, name)


def withheld_there(frame: pd.DataFrame, table: TableSchema, leader: pd.DataFrame) -> pd.Series:
    """Mark the rows of a table whose people are withheld in the table that it follows.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows of the table.
    table : TableSchema
        Its schema, with ``follows``.
    leader : pandas.DataFrame
        The followed table, protected.
    """
    import pandas as pd

    by = list(table.follows["by"])
    gone = set(leader.loc[leader[SUPPRESSED].notna(), by].itertuples(index=False, name=None))
    return pd.Series([row in gone for row in frame[by].itertuples(index=False, name=None)], index=frame.index)


def protect(
    frame: pd.DataFrame, table: TableSchema, rule: Profile | str, also: pd.Series | None = None
) -> pd.DataFrame:
    """Return the table as it may be released, with a column ``suppressed`` that gives the reason for blanks.

    Parameters
    ----------
    frame : pandas.DataFrame
        The unprotected table; not changed.
    table : TableSchema
        Its schema, which says what each column counts or rests on.
    rule : Profile or str
        The profile.
    also : pandas.Series, optional
        Rows whose counts are withheld too, since another table withholds the same people.
    """
    import pandas as pd

    rule = profile(rule) if isinstance(rule, str) else rule
    also = pd.Series(False, index=range(len(frame))) if also is None else also.reset_index(drop=True)
    frame = frame.reset_index(drop=True).copy()
    reasons = pd.Series([""] * len(frame), dtype=object)
    protected = protected_rows(frame, table, rule)
    counts = [column.name for column in table.columns.values() if column.is_count]
    hidden: dict[str, Any] = {}
    all_sums = sums(frame, table)
    for name in counts:
        values = pd.to_numeric(frame[name]).astype(float)
        first = protected & (rule.hides(values) | (also & values.notna()))
        adding = [(parts, total) for parts, total, columns in all_sums if name in columns]
        second = _second_cells(values, first, adding) if rule.totals == "rounded" else first & False
        hidden[name] = first | second
        reasons[second & (reasons == "")] = SECOND
        reasons[first] = SMALL
        reasons[first & also & ~rule.hides(values)] = SECOND
        shown = values.where(~protected, rule.rounded(values)).mask(hidden[name])
        if rule.totals == "sum":
            shown = _summed(shown, adding)
        frame[name] = shown.astype("Int64")
    lost = without_reference(frame, table)
    for column in table.columns.values():
        if not column.bases:
            continue
        withheld = lost & (column.unit in ESTIMATES)
        for base in column.bases:
            withheld |= hidden.get(base, False)
            if column.quantile:
                withheld |= protected & (pd.to_numeric(frame[base]) < rule.quantiles_from).fillna(True)
        if "ratio" in column.protect:
            ratio = ratio_of(frame, column)
            frame[column.name] = pd.to_numeric(frame[column.name]).astype(float).where(~protected, ratio)
        if withheld.any():
            frame[column.name] = frame[column.name].mask(withheld)
    frame[SUPPRESSED] = reasons.where(reasons != "", None)
    return frame


def ratio_of(frame: pd.DataFrame, column: Column) -> pd.Series:
    """Return a ratio column computed from the counts as they are shown.

    Counts that are rounded apart from each other can give a share a little above one: it stays in the column's range.
    """
    import pandas as pd

    top, bottom = (pd.to_numeric(frame[name]).astype(float) for name in column.protect["ratio"])
    ratio = column.protect.get("per", 1) * top / bottom.where(bottom > 0)
    return ratio.clip(upper=column.max) if column.max is not None else ratio


def protected_rows(frame: pd.DataFrame, table: TableSchema, rule: Profile) -> pd.Series:
    """Mark the rows that the profile protects, by the level that the table's schema gives them."""
    import pandas as pd

    if table.about != "people":
        return pd.Series(False, index=frame.index)

    everywhere = "national" in rule.levels
    if isinstance(table.level, dict):
        local = frame[table.level["column"]] != table.level["national"]
        return local & ("sub-national" in rule.levels) | everywhere
    return pd.Series(everywhere or table.level in rule.levels, index=frame.index)


def sums(frame: pd.DataFrame, table: TableSchema) -> list[tuple[Any, Any, list[str]]]:
    """Return each sum that the table shows: rows of its parts, row of its total, and the count columns that add up.

    A table says which of its rows add up: ``totals: {column: group, total: All groups, per: [item], columns: [n]}``;
    without ``columns``, all its counts do. Regions add up to the national rows, unless the level says ``adds: false``.
    """
    counts = [column.name for column in table.columns.values() if column.is_count]
    specs = table.totals if isinstance(table.totals, list) else [table.totals] if table.totals else []
    if isinstance(table.level, dict) and table.level.get("adds", True):
        others = [name for name in table.key if name != table.level["column"]]
        specs = [*specs, {"column": table.level["column"], "total": table.level["national"], "per": others}]
    found = []
    for spec in specs:
        per = list(spec.get("per", []))
        parts_of = frame.groupby(per, sort=True, dropna=False).indices.values() if per else [range(len(frame))]
        is_total = (frame[spec["column"]] == spec["total"]).to_numpy()
        for positions in parts_of:
            total = [place for place in positions if is_total[place]]
            parts = [place for place in positions if not is_total[place]]
            if total and parts:
                found.append((frame.index[parts], frame.index[total], spec.get("columns", counts)))
    return found


def without_reference(frame: pd.DataFrame, table: TableSchema) -> pd.Series:
    """Mark the rows of a model table whose reference group's counts are withheld: its estimates would give them away.

    The schema says which rows are the reference, in ``model``: ``{reference: {column: group, named_in: comparator, per:
    […]}}``, or ``{flag: reference, per: […]}`` where a column of the table marks them.
    """
    import pandas as pd

    lost = pd.Series(False, index=frame.index)
    spec = table.model.get("reference")
    if not spec:
        return lost
    counts = [column.name for column in table.columns.values() if column.is_count]
    if "flag" in spec:
        reference = frame[frame[spec["flag"]].fillna(False).astype(bool)]
    else:
        reference = frame[frame[spec["column"]] == frame[spec["named_in"]]]
    blank = reference[reference[counts].isna().any(axis=1)]
    gone = set(blank[spec["per"]].itertuples(index=False, name=None))
    keys = frame[spec["per"]].itertuples(index=False, name=None)
    return pd.Series([key in gone for key in keys], index=frame.index)


def _summed(shown: pd.Series, adding: list[tuple[Any, Any]]) -> pd.Series:
    """Return the counts with each total as the sum of the parts that are shown."""
    shown = shown.copy()
    for parts, total in adding:
        shown[total] = shown[parts].sum()
    return shown


def _second_cells(values: pd.Series, first: pd.Series, adding: list[tuple[Any, Any]]) -> pd.Series:
    """Mark the cells to withhold so that no withheld cell follows from a total and the other parts.

    A simple deterministic rule: the smallest other part that is not zero goes too, or the total where there is none.
    Repeated until nothing changes, since a second cell may stand in another sum.
    """
    import pandas as pd

    second = pd.Series(False, index=values.index)
    gone = first.copy()
    changed = bool(first.any())
    while changed:
        changed = False
        for parts, total in adding:
            hidden = gone[parts]
            if hidden.sum() != 1 or gone[total].any():
                continue
            rest = values[parts][~hidden & (values[parts] > 0)]
            pick = rest.sort_values(kind="stable").index[:1] if len(rest) else total
            second[pick] = gone[pick] = True
            changed = True
    return second
