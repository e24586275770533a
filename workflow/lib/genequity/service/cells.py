"""Covariate-pattern cells as arrays: counted by DuckDB out of core, merged, cut, and handed to models.

A cell is a combination of levels of the keys, with sums over its records. At the size of a country the cells saturate:
more records fill the same cells, so that everything after the count stops growing.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from genequity.service import sql
from genequity.service.kernel import Design, Factor

if TYPE_CHECKING:
    import duckdb

UNKNOWN = "Unknown"
MOST_NUMBERS = 1000  # levels of a key of whole numbers
FULL = 1 << 24  # largest table of keys that is counted directly; beyond it keys are sorted


@dataclass(frozen=True)
class Cells:
    """Level numbers of each key and sums of each measure, one value a cell; levels stand in order."""

    codes: dict[str, NDArray[np.intp]]
    levels: dict[str, tuple[str, ...]]
    sums: dict[str, NDArray]

    def __len__(self) -> int:
        return len(next(iter(self.codes.values()), ()))

    def taken(self, cells: NDArray) -> Cells:
        """Return some of the cells, chosen by number or by a condition."""
        codes = {key: codes[cells] for key, codes in self.codes.items()}
        return Cells(codes, self.levels, {name: values[cells] for name, values in self.sums.items()})

    def where(self, key: str, level: str) -> Cells:
        """Return the cells of one level of a key."""
        return self.taken(self.codes[key] == self.levels[key].index(level))

    def held(self, name: str, *others: str) -> Cells:
        """Return the cells with any of a measure, and of the measures only these."""
        kept = self.taken(self.sums[name] > 0)
        return Cells(kept.codes, kept.levels, {each: kept.sums[each] for each in (name, *others)})

    def over(self, *keys: str) -> Cells:
        """Return cells of fewer keys, their measures summed."""
        wide = [len(self.levels[key]) for key in keys]
        number = np.zeros(len(self), np.int64)
        for key, size in zip(keys, wide):
            number = number * size + self.codes[key]
        if prod(wide) <= FULL:
            found = np.flatnonzero(np.bincount(number, minlength=prod(wide)))
            place = np.zeros(prod(wide), np.intp)
            place[found] = np.arange(len(found))
            inverse = place[number]
        else:
            found, inverse = np.unique(number, return_inverse=True)
        codes = np.unravel_index(found, wide)
        sums = {name: np.bincount(inverse, values, len(found)) for name, values in self.sums.items()}
        return Cells(dict(zip(keys, codes)), {key: self.levels[key] for key in keys}, sums)

    def grouped(self, key: str, groups: dict[str, str], name: str) -> Cells:
        """Add a coarser key: each level's group; a level without one is unknown."""
        own = [groups.get(level, UNKNOWN) for level in self.levels[key]]
        levels = tuple(dict.fromkeys([*groups.values(), *own]))
        number = np.array([levels.index(group) for group in own], np.intp)
        codes = self.codes | {name: number[self.codes[key]]}
        return Cells(codes, self.levels | {name: levels}, self.sums)

    def informative(self, keys: list[str], events: str, records: str | None) -> Cells:
        """Drop levels without any event or, given the records, any non-event: in the limit they add nothing."""
        cells = self
        while True:
            keep = np.ones(len(cells), bool)
            for key in keys:
                wide = len(cells.levels[key])
                count = np.bincount(cells.codes[key], cells.sums[events], wide)
                mixed = count > 0
                if records:
                    mixed &= count < np.bincount(cells.codes[key], cells.sums[records], wide)
                keep &= mixed[cells.codes[key]]
            if keep.all():
                return cells
            cells = cells.taken(keep)

    def design(self, keys: list[str], reference: dict[str, str] | None = None) -> Design:
        """Return the design of some keys, without levels that no cell has; keys with one level left are left out.

        Parameters
        ----------
        keys : list of str
            The covariates.
        reference : dict, optional
            Key -> the level compared with; where none is given, or no cell has it, the first.
        """
        factors = []
        for key in keys:
            levels = self.levels[key]
            present = list(np.flatnonzero(np.bincount(self.codes[key], minlength=len(levels))))
            if len(present) < 2:
                continue
            first = levels.index(reference[key]) if reference and key in reference else present[0]
            if first in present:
                present = [first, *[level for level in present if level != first]]
            place = np.zeros(len(levels), np.intp)
            place[present] = np.arange(len(present))
            factors.append(Factor(key, tuple(levels[level] for level in present), place[self.codes[key]]))
        return Design(tuple(factors), len(self))


def counted(
    connection: duckdb.DuckDBPyConnection,
    source: str,
    keys: list[str],
    sums: dict[str, str],
    among: tuple[str, dict[str, str]] | None = None,
) -> Cells:
    """Count the records of a table, view or file in cells.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The connection; beyond its memory limit DuckDB counts on disk.
    source : str
        What stands after FROM.
    keys : list of str
        Columns that make the cells; a missing value is a level of its own, Unknown.
    sums : dict
        Measure -> SQL aggregate over the records of a cell.
    among : tuple, optional
        A condition and measures of the records that meet it. Where these are few, as people who were referred among
        all residents, a pass of their own is cheaper than more sums for everyone.

    Notes
    -----
    Each key becomes a level number, and all of them one number, before anything is grouped. A column that the file
    keeps as a dictionary is looked up once a dictionary entry, not once a record; what is hashed is one integer.
    """
    levels, parts = {}, []
    for key in keys:
        levels[key], number = _numbered(connection, source, key)
        parts.append(number)
    wide = [len(levels[key]) for key in keys]
    if prod(wide) >= 1 << 62:
        raise OverflowError("the keys have too many combinations of levels to number")
    code = "0::BIGINT"
    for number, size in zip(parts, wide):
        code = f"({code} * {size} + {number})"
    found, measured = _grouped(connection, f"FROM {source}", code, sums)
    if among:
        condition, later = among
        own, values = _grouped(connection, f"FROM {source} WHERE {condition}", code, later)
        places = np.searchsorted(found, own)
        for name in later:
            measured[name] = np.zeros(len(found))
            measured[name][places] = values[name]
    codes = np.unravel_index(found, wide)
    return Cells(dict(zip(keys, codes, strict=True)), levels, measured)


def _numbered(connection: duckdb.DuckDBPyConnection, source: str, key: str) -> tuple[tuple[str, ...], str]:
    """Return the levels of a key in order, and SQL for the number of a record's level."""
    column = sql.name(key)
    kind = connection.execute(f"SELECT {column} FROM {source} LIMIT 0").description[0][1]
    if str(kind).endswith("INTEGER") or str(kind) in ("TINYINT", "SMALLINT", "BIGINT", "UTINYINT", "USMALLINT"):
        low, high, blank = connection.execute(
            f"SELECT min({column}), max({column}), count(*) > count({column}) FROM {source}"
        ).fetchall()[0]
        if low is not None and high - low < MOST_NUMBERS:
            names = (*map(str, range(low, high + 1)), *([UNKNOWN] if blank else []))
            number = f"({column}::BIGINT - {low})"
            return names, f"coalesce({number}, {high - low + 1})" if blank else number
    text = f"{column}::VARCHAR"
    rows = connection.execute(f"SELECT DISTINCT {text} FROM {source}").fetchall()
    names = tuple(sorted({UNKNOWN if row[0] is None else row[0] for row in rows}))
    entries = ", ".join(f"{sql.text(name)}: {place}::BIGINT" for place, name in enumerate(names))
    number = f"map_extract_value(MAP {{{entries}}}, {text})"
    return names, f"coalesce({number}, {names.index(UNKNOWN)})" if UNKNOWN in names else number


def _grouped(connection, source: str, code: str, sums: dict[str, str]) -> tuple[NDArray, dict[str, NDArray]]:
    """Return the numbers of the cells, in order, and the measures of each."""
    measures = "".join(f", ({value})::DOUBLE AS {sql.name(name)}" for name, value in sums.items())
    found = connection.execute(f"SELECT {code} AS cell_{measures} {source} GROUP BY 1").fetchnumpy()
    order = np.argsort(found["cell_"])
    return found["cell_"][order], {name: np.ma.filled(found[name], 0.0)[order] for name in sums}
