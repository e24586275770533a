"""Ethnic groups: schemes as data, and the order in which groups are shown.

A *scheme* is a file of codes with one column for each *grouping* (five groups of 2001, five of 2021, sixteen …). Groups
stand in alphabetical order, with Other and then the groups without a known answer last; they are never ordered by rate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genequity.errors import InputError, Problem, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("valid", "declined", "unknown")
_OTHER = ("other", "any other", "other ethnic group", "any other ethnic group", "other: any other")
_NOT_KNOWN = ("declined", "not stated", "not known", "unknown", "missing")
_FACTS = ("code", "label", "kind", "source", "note", "other", "census_order")  # columns that are no grouping
FINEST = ("nineteen", "eighteen", "sixteen", "six")  # groupings by which categories of two schemes can be matched
_TOTALS = ("all", "total", "england", "everyone", "overall")


def ordered(labels: Iterable[str]) -> list[str]:
    """Return labels in reading order: alphabetical, then Other, then those without a known answer, then totals.

    >>> ordered(["White", "Not known", "Other", "Asian", "All groups"])
    ['Asian', 'White', 'Other', 'Not known', 'All groups']
    """
    return sorted(dict.fromkeys(labels), key=_rank)


def named(labels: Iterable[str]) -> set[str]:
    """Return the labels that name a group: neither a total nor an answer that is not known.

    >>> sorted(named(["White", "Not known", "Other", "All groups"]))
    ['Other', 'White']
    """
    return {label for label in labels if _rank(label)[0] == 0 or str(label).strip().casefold() in _OTHER}


def _rank(label: str) -> tuple[int, int, str]:
    text = str(label).strip().casefold()
    first = text.split()[0] if text.split() else ""
    if first in _TOTALS:
        return (2, 0, text)
    if text in _OTHER:
        return (1, 0, text)
    if text in _NOT_KNOWN:
        return (1, 1 + _NOT_KNOWN.index(text), text)
    return (0, 0, text)


def mixed(first: Scheme, grouping: str, second: Scheme, other: str) -> list[str]:
    """Return the categories that two groupings put under different ones of the group names that they share.

    The five groups of 2001 and those of 2021 have the same names, but Chinese people stood under Other then and stand
    under Asian now. Results by group from the one cannot be set beside results from the other.

    Parameters
    ----------
    first, grouping
        A scheme and its grouping.
    second, other
        Another scheme (or the same) and its grouping.

    Returns
    -------
    list of str
        Sentences such as ``Chinese is in Other in nhs2001 (five_2001) and in Asian in ons2021_19 (five_2021)``; empty
        where no shared name means two things.
    """
    one, two = (_places(scheme, by, first, second) for scheme, by in ((first, grouping), (second, other)))
    shared = named(first.groups(grouping, valid_only=True)) & named(second.groups(other, valid_only=True))
    told = [f"{Path(scheme.file).stem} ({by})" for scheme, by in ((first, grouping), (second, other))]
    return [
        f"{category} is in {' and '.join(ordered(one[category]))} in {told[0]} "
        f"and in {' and '.join(ordered(two[category]))} in {told[1]}"
        for category in one
        if category in two and one[category].isdisjoint(two[category]) and (one[category] | two[category]) & shared
    ]


def _places(scheme: Scheme, grouping: str, *schemes: Scheme) -> dict[str, set[str]]:
    """Return category -> groups, categories named as in the finest grouping that all schemes have, and Chinese always.

    A scheme without such a grouping still says by its labels where Chinese people stand, on whom the schemes differ.
    """
    rows = scheme.table[scheme.table["kind"] == "valid"]
    fine = next((name for name in FINEST if all(name in each.groupings for each in schemes)), None)
    found: dict[str, set[str]] = {}
    if fine:
        for category, group in zip(rows[fine], rows[grouping], strict=True):
            found.setdefault(category, set()).add(group)
    else:
        words = rows["label"].str.casefold()
        chinese = rows[words.str.contains("chinese") & ~words.str.contains("without chinese")]
        if len(chinese):
            found["Chinese"] = set(chinese[grouping])
    return found


@dataclass(frozen=True)
class Scheme:
    """Codes of one way of recording ethnicity (or race, or ancestry), with their groupings.

    ``table`` has one row a code: ``code, label, kind`` and one column for each grouping. Optional columns say what
    rules of resolution need: ``other`` (yes for "Other ethnic group") and ``census_order`` (1 = the most common).
    """

    file: str
    table: pd.DataFrame

    @classmethod
    def read(cls, file: str | Path) -> Scheme:
        """Read a scheme file.

        Raises
        ------
        InputError
            If columns are missing, codes repeat or a kind is unknown.
        """
        from genequity import authored

        file = str(file)
        table = authored.cells(file, ("code", "label", "kind"), comment="#")
        wanted = ("code", "label", "kind")
        raise_if(
            Problem(
                file,
                f"column '{column}' is missing",
                expected="code, label, kind and a column for each grouping",
            )
            for column in wanted
            if column not in table.columns
        )
        found = [
            Problem(file, "this code stands twice", where=f"row {row}, column code")
            for row in table.index[table["code"].duplicated()]
        ]
        found += [
            Problem(
                file,
                "unknown kind",
                where=f"row {row}, column kind",
                expected=f"one of {', '.join(KINDS)}",
            )
            for row in table.index[~table["kind"].isin(KINDS)]
        ]
        raise_if(found)
        return cls(file, table.reset_index(drop=True))

    @property
    def groupings(self) -> list[str]:
        """Names of the groupings this scheme offers."""
        return [column for column in self.table.columns if column not in _FACTS]

    def groups(self, grouping: str, *, valid_only: bool = False) -> list[str]:
        """Return the groups of a grouping in reading order."""
        self._check(grouping)
        rows = self.table[self.table["kind"] == "valid"] if valid_only else self.table
        return ordered(rows[grouping])

    def members(self, grouping: str) -> dict[str, list[str]]:
        """Return what each group of a grouping is made of: the labels of its valid codes, in the scheme's order.

        A group with more than one label is a lossy map: a result by group cannot tell them apart again.
        """
        self._check(grouping)
        rows = self.table[self.table["kind"] == "valid"]
        return {
            group: rows.loc[rows[grouping] == group, "label"].tolist()
            for group in self.groups(grouping, valid_only=True)
        }

    def to_group(self, codes: pd.Series, grouping: str) -> pd.Series:
        """Map codes to groups; a code the scheme does not know becomes missing (the caller reports it).

        Parameters
        ----------
        codes : pandas.Series
            Codes as text.
        grouping : str
            Name of a grouping column.
        """
        self._check(grouping)
        return codes.astype("str").str.strip().map(dict(zip(self.table["code"], self.table[grouping], strict=True)))

    def kind(self, codes: pd.Series) -> pd.Series:
        """Map codes to ``valid``, ``declined`` or ``unknown``."""
        return codes.astype("str").str.strip().map(dict(zip(self.table["code"], self.table["kind"], strict=True)))

    def others(self) -> dict[str, set[str]]:
        """Return the valid codes of the project's other schemes that this one does not have: name -> codes.

        A code in one of them was most likely recorded under that scheme.
        """
        from genequity.config import ROOT

        own, found = set(self.table["code"]), {}
        for file in sorted((ROOT / "config" / "schemes").glob("*.csv")):
            if file.resolve() == Path(self.file).resolve():
                continue
            table = Scheme.read(file).table
            found[file.stem] = set(table.loc[table["kind"] == "valid", "code"]) - own
        return {name: codes for name, codes in found.items() if codes}

    def _check(self, grouping: str) -> None:
        if grouping not in self.groupings:
            raise InputError(
                Problem(
                    self.file,
                    f"has no grouping '{grouping}'.{nearest(grouping, self.groupings)}",
                    expected=f"one of {', '.join(self.groupings)}",
                    do="change ethnicity.grouping in the config, or add the column to the scheme",
                )
            )
        blank = self.table["code"][self.table[grouping].str.strip() == ""]
        if len(blank):
            told = f"{len(blank)} codes have no group: {', '.join(blank[:10])}"
            raise InputError(Problem(self.file, told, where=f"column {grouping}", do="name a group for every code"))
