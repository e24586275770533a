"""Which recorded categories each group holds, in the records and in the denominators: where a map loses, it says what.

Schemes differ in how finely they ask. NHS records still use the sixteen categories of 2001, the census of 2021 has
nineteen; a group of the study may therefore hold Roma or Arab on one side and have no name for them on the other.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

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


def of_study(scheme: Scheme, grouping: str, section: dict[str, Any]) -> pd.DataFrame:
    """Return :func:`compared` for a study: its records' scheme beside that of its denominators, if it has any."""
    from genequity.groups import Scheme

    counted = (section["rates"] or {}).get("denominators") if section["inputs"].get("denominators") else None
    other = categories(Scheme.read(counted["scheme"]), grouping, "denominators") if counted else None
    return compared(categories(scheme, grouping, "records"), other)
