"""How each headline moves when another rule keeps a person's ethnicity code: the same records, grouped anew.

The share of records that reach each stage is compared with the comparator's, under every rule that this extract and
this scheme allow. The comparison is not adjusted: only the grouping changes, so what moves is the rule's doing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import ordered
from genequity.service import resolve, sql

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

    from genequity.groups import Scheme


def table(rule: str, chosen: str) -> str:
    """Return the name of the DuckDB table of people resolved by a rule; the study's own rule made ``people``."""
    return "people" if rule == chosen else f"people_{rule}"


def resolve_all(connection: duckdb.DuckDBPyConnection, scheme: Scheme, methods: dict[str, Any], dated: bool) -> list:
    """Resolve people by every rule offered, once; return the rules."""
    rules = resolve.offered(scheme, dated=dated)
    present = {row[0] for row in connection.execute("SHOW TABLES").fetchall()}
    for rule in rules:
        name = table(rule, methods["resolution"])
        if name not in present:
            resolve.resolve(connection, rule, methods["unspecific_codes"], name)
    return rules


def outcomes(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    grouping: str,
    section: dict[str, Any],
    comparator: str,
) -> pd.DataFrame:
    """Return records that could reach and that reached each outcome, by group under each rule, all regions together.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`genequity.service.records.prepare`.
    scheme, grouping
        Ethnicity scheme and the grouping to use.
    section : dict
        The config section.
    comparator : str
        Group with which the others are compared.

    Returns
    -------
    pandas.DataFrame
        ``outcome, rule, group, eligible, reached`` and labels; :func:`differences` adds what is derived from them.
    """
    import pandas as pd

    methods, chosen = section["methods"], section["methods"]["resolution"]
    rules = resolve_all(connection, scheme, methods, bool(section["fields"].get("date")))
    places = {stage["id"]: (i, stage["label"]) for i, stage in enumerate(section["pathway"], 1)}
    wanted = list(dict.fromkeys(section["outcomes"]))
    sums = ", ".join(
        f"count_if({sql.name(f'{kind}_{outcome}')}) AS {sql.name(f'{word}_{outcome}')}"
        for outcome in wanted
        for kind, word in (("e", "eligible"), ("r", "reached"))
    )
    groups = ordered([*scheme.groups(grouping), *resolve.unknown_labels(scheme, grouping).values()])
    frames = []
    for rule in rules:
        wide = connection.execute(f"""
            SELECT {resolve.group_of(scheme, grouping, "p.code", "p.status")} AS "group", {sums}
            FROM (SELECT * EXCLUDE "group" FROM staged) s JOIN {table(rule, chosen)} p USING (person_id) GROUP BY 1
        """).df()
        wide = wide.set_index("group").reindex(groups, fill_value=0).rename_axis("group").reset_index()
        for outcome in wanted:
            place, label = places[outcome]
            part = wide[["group"]].assign(
                outcome=outcome, place=place, label=label, rule=rule, rule_label=resolve.LABELS[rule],
                chosen=rule == chosen, comparator=comparator,
            )  # fmt: skip
            frames.append(part.assign(eligible=wide[f"eligible_{outcome}"], reached=wide[f"reached_{outcome}"]))
    return differences(pd.concat(frames, ignore_index=True).astype({"eligible": int, "reached": int}))


def differences(counts: pd.DataFrame) -> pd.DataFrame:
    """Add the share, its difference from the comparator's, and how far that moves from the study's own rule.

    Used on the unreleased counts and again on the protected ones, so that what is released is derived from what is
    released. A blank count, or no comparator under a rule, leaves a blank.
    """
    out = counts.copy()
    eligible, reached = (
        out[name].astype("Float64").to_numpy(float, na_value=np.nan) for name in ("eligible", "reached")
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        # Independent rounding may lift a numerator above its denominator by one step.
        out["share"] = np.where(eligible > 0, np.minimum(reached / eligible, 1.0), np.nan)
    against = out[out["group"] == out["comparator"]].set_index(["outcome", "rule"])["share"]
    base = against.reindex([*zip(out["outcome"], out["rule"], strict=True)]).to_numpy(float)
    out["difference"] = np.where(out["group"] == out["comparator"], np.nan, out["share"] - base)
    own = out[out["chosen"]].set_index(["outcome", "group"])["difference"]
    here = own.reindex([*zip(out["outcome"], out["group"], strict=True)]).to_numpy(float)
    out["moved"] = np.where(out["chosen"], np.nan, out["difference"] - here)
    return out
