"""Which recorded categories each group holds, in the records and in the denominators: where a map loses, it says what.

Schemes differ in how finely they ask. NHS records still use the sixteen categories of 2001, the census of 2021 has
nineteen; a group of the study may therefore hold Roma or Arab on one side and have no name for them on the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.errors import Problem, raise_if

if TYPE_CHECKING:
    import pandas as pd

    from genequity.groups import Scheme


def categories(scheme: Scheme, grouping: str, source: str) -> pd.DataFrame:
    """Return one row a group of the study: what the scheme's codes in it are called.

    Parameters
    ----------
    scheme, grouping
        A scheme and the study's grouping; groups without a known answer are left out.
    source : str
        Whose codes they are: records, or denominators.

    Returns
    -------
    pandas.DataFrame
        ``source, scheme, group, categories, held, lossy``; ``lossy`` where a group holds more than one category, which
        no result by group can tell apart.
    """
    import pandas as pd

    rows = [
        {
            "source": source,
            "scheme": Path(scheme.file).stem,
            "group": group,
            "categories": len(labels),
            "held": "; ".join(labels),
            "lossy": len(labels) > 1,
        }
        for group, labels in scheme.members(grouping).items()
    ]
    return pd.DataFrame(rows, columns=["source", "scheme", "group", "categories", "held", "lossy"])


def compared(records: pd.DataFrame, denominators: pd.DataFrame | None) -> pd.DataFrame:
    """Put both sources into one table; ``differs`` marks groups that the two divide unlike.

    Without denominators there is nothing to differ from.
    """
    import pandas as pd

    if denominators is None:
        return records.assign(differs=False)
    both = pd.concat([records, denominators], ignore_index=True)
    counts = both.groupby("group")["categories"].nunique()
    sides = both.groupby("group")["source"].nunique()
    return both.assign(differs=both["group"].map((counts > 1) | (sides < 2)))


def mixes(scheme: Scheme, grouping: str, section: dict[str, Any]) -> list[Problem]:
    """Return a problem for each file of denominators that puts a category elsewhere, under a name that both have."""
    from genequity.groups import Scheme, mixed

    rates = section["rates"] or {}
    own = [measure["denominators"] for measure in rates.get("measures", []) if measure.get("denominators")]
    schemes = {entry["scheme"] for entry in [rates.get("denominators"), *own] if entry and entry.get("scheme")}
    return [
        Problem(
            file,
            f"a group's name means one thing in the records and another here: {found}",
            where=f"column {grouping}",
            do="give both schemes the same grouping: that of 2001, or that of 2021",
        )
        for file in sorted(schemes)
        for found in mixed(scheme, grouping, Scheme.read(file), grouping)
    ]


def lost(released: pd.DataFrame) -> pd.DataFrame:
    """Return one row a group: what it holds in the records and in the denominators, and what cannot be told apart.

    Parameters
    ----------
    released : pandas.DataFrame
        Table ``service/groups``.

    Returns
    -------
    pandas.DataFrame
        ``group, records, denominators, lossy, differs``; the last two are yes or no.
    """
    import pandas as pd

    from genequity.groups import ordered

    held = released.pivot(index="group", columns="source", values="held").reindex(columns=["records", "denominators"])
    one = released.groupby("group")["lossy"].any()
    unlike = released.groupby("group")["differs"].any()
    words = {True: "yes", False: "no"}
    rows = [
        {
            "group": group,
            **{side: _short(held.loc[group, side]) for side in held.columns},
            "lossy": words[bool(one[group])],
            "differs": words[bool(unlike[group])],
        }
        for group in ordered(held.index)
    ]
    return pd.DataFrame(rows, columns=["group", *held.columns, "lossy", "differs"])


def _short(words: object) -> str:
    """Return categories without their headings, as in ``Mixed: White and Asian; …``."""
    if not isinstance(words, str):
        return "–"
    parts = [label.split(": ", 1)[-1].split(" - ", 1)[-1] for label in words.split("; ")]
    return "; ".join(parts)


def of_study(scheme: Scheme, grouping: str, section: dict[str, Any]) -> pd.DataFrame:
    """Return :func:`compared` for a study: its records' scheme beside that of its denominators, if it has any.

    Raises
    ------
    InputError
        If a group's name means one thing in the records and another in the denominators.
    """
    from genequity.groups import Scheme

    raise_if(mixes(scheme, grouping, section))
    counted = (section["rates"] or {}).get("denominators") if section["inputs"].get("denominators") else None
    other = categories(Scheme.read(counted["scheme"]), grouping, "denominators") if counted else None
    return compared(categories(scheme, grouping, "records"), other)
