"""Whether the panel was broad: no group alone decides, lay members rate, no ethnic group or region is missing.

The limits stand in the config before the votes. What is not met is printed; ``stops: true`` lets it stop the build.

Sources: ACCORD, items on participants (Gattrell WT et al. PLoS Med 2024;21:e1004326); GRIPP2 (Staniszewska S et al.
BMJ 2017;358:j3453).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from genequity.errors import Problem
from genequity.numbers import say

if TYPE_CHECKING:
    import pandas as pd

MET, NOT_MET, OPEN = "met", "not met", "no limit set"
NO_CONFLICT = ("none declared", "none", "no")
COLUMNS = ("criterion", "label", "n", "of", "share", "covered", "to_cover", "limit", "verdict")


def check(
    of_members: pd.DataFrame, limits: Mapping[str, Any], groups: Iterable[str], regions: Iterable[str]
) -> pd.DataFrame:
    """Compare the panel with the limits of the config.

    Parameters
    ----------
    of_members : pandas.DataFrame
        Who sits on the panel.
    limits : mapping
        ``largest_share``, ``least_lay``; null for no limit.
    groups, regions : iterable of str
        Ethnic groups and regions of the study; those with nobody on the panel are not covered.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, one row a criterion.
    """
    import pandas as pd

    n = len(of_members)
    sizes = of_members["stakeholder_group"].value_counts()
    lay = int((of_members["lay"] == "yes").sum())
    declared = int((~of_members["conflict"].str.casefold().str.strip().isin(NO_CONFLICT)).sum())
    most, least = limits.get("largest_share"), limits.get("least_lay")
    rows = [
        _people(
            "sector", "Largest stakeholder group", int(sizes.max()), n, most, most is None or sizes.max() / n <= most
        ),
        _people("lay", "Lay members", lay, n, least, least is None or lay / n >= least - 1e-9),
        _people("conflict", "Members with a declared interest", declared, n, None, True),
    ]
    for name, label, wanted, column in (
        ("ethnic_groups", "Ethnic groups of the study on the panel", groups, "ethnic_group"),
        ("regions", "Regions of the study on the panel", regions, "region"),
    ):
        known = list(dict.fromkeys(wanted))
        here = len(set(known) & set(of_members[column]))
        verdict = OPEN if not known else MET if here == len(known) else NOT_MET
        rows.append({"criterion": name, "label": label, "covered": here, "to_cover": len(known), "verdict": verdict})
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(dict.fromkeys(("n", "of", "covered", "to_cover"), "Int64"))


def _people(name: str, label: str, n: int, of: int, limit: float | None, met: bool) -> dict[str, Any]:
    verdict = OPEN if limit is None else MET if met else NOT_MET
    return {"criterion": name, "label": label, "n": n, "of": of, "share": n / of, "limit": limit, "verdict": verdict}


def problems(checked: pd.DataFrame, file: str) -> list[Problem]:
    """Return what is not met, for a study that stops on it."""
    found = []
    for row in checked[checked["verdict"] == NOT_MET].to_dict("records"):
        if row["limit"] == row["limit"] and row["limit"] is not None:
            said = f"{row['label'].lower()}: {say(row['share'], 'proportion')}, limit {say(row['limit'], 'proportion')}"
        else:
            said = f"{row['label'].lower()}: {row['covered']} of {row['to_cover']}"
        found.append(
            Problem(
                file,
                f"the panel is not as broad as the study asks ({said})",
                where="recommendations.breadth",
                do="invite more members, or set recommendations.breadth.stops: false to have it printed instead",
            )
        )
    return found
