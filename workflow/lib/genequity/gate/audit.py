"""The erasure audit: what protection cost each group, in cells. It never says how many people a withheld cell holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from genequity import groups, tables

if TYPE_CHECKING:
    import pandas as pd

GROUP = "group"
ALL = "All tables"


def erasure(released: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """Count, for each group, the cells that protection withheld.

    Parameters
    ----------
    released : iterable of (str, pandas.DataFrame)
        Table names with their released tables; those without a column ``group`` are passed over.

    Returns
    -------
    pandas.DataFrame
        Columns ``table, group, cells, withheld, share``; one row a table and group, and one a group for all tables.
    """
    import pandas as pd

    rows = []
    for name, frame in released:
        table = tables.schema(name)
        counts = [column.name for column in table.columns.values() if column.is_count]
        if GROUP not in table.columns or not counts or table.about != "people":
            continue
        specs = table.totals if isinstance(table.totals, list) else [table.totals]
        total = {spec["total"] for spec in specs if spec.get("column") == GROUP}
        for label, own in frame[~frame[GROUP].isin(total)].groupby(GROUP, sort=True):
            rows.append(
                {
                    "table": name,
                    "group": label,
                    "cells": own[counts].size,
                    "withheld": int(own[counts].isna().sum().sum()),
                }
            )
    audit = pd.DataFrame(rows, columns=["table", "group", "cells", "withheld"])
    whole = audit.groupby("group", as_index=False)[["cells", "withheld"]].sum().assign(table=ALL)
    audit = pd.concat([audit, whole], ignore_index=True)
    audit["share"] = audit["withheld"] / audit["cells"].where(audit["cells"] > 0)
    audit["place"] = audit["group"].map({label: place for place, label in enumerate(groups.ordered(audit["group"]), 1)})
    return audit
