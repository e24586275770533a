"""How each headline moves when another rule keeps a person's ethnicity code: the same records, grouped anew.

The share of records that reach each stage is compared with the comparator's, under every rule that this extract and
this scheme allow. The comparison here is not adjusted: only the grouping changes, so what moves is the rule's doing.
:mod:`genequity.service.rule_models` compares the reported model's estimates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genequity.groups import ordered
from genequity.service import records, resolve, sql

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


def sizes(
    connection: duckdb.DuckDBPyConnection, scheme: Scheme, grouping: str, methods: dict[str, Any], dated: bool
) -> pd.DataFrame:
    """Return the size of each group under every rule, to show how far the choice of rule matters."""
    import pandas as pd

    frames = []
    for rule in resolve_all(connection, scheme, methods, dated):
        counts = connection.execute(f"""
            SELECT {resolve.group_of(scheme, grouping)} AS "group", count(*) AS people
            FROM {table(rule, methods["resolution"])}
            WHERE person_id IN (SELECT person_id FROM staged) GROUP BY ALL
        """).df()
        frames.append(counts.assign(rule=rule))
    long = pd.concat(frames, ignore_index=True)
    groups = ordered([*scheme.groups(grouping), *resolve.unknown_labels(scheme, grouping).values()])
    wide = long.pivot_table(index="rule", columns="group", values="people", fill_value=0).reindex(
        columns=groups, fill_value=0
    )
    wide[records.ALL_GROUPS] = wide.sum(axis=1)
    out = wide.stack().rename("people").reset_index()
    total = out["rule"].map(wide[records.ALL_GROUPS])
    return out.assign(
        people=out["people"].astype(int),
        all_people=total.astype(int),
        share=out["people"] / total,
        label=out["rule"].map(resolve.LABELS),
        chosen=out["rule"] == methods["resolution"],
    )


def count_cells(
    connection: duckdb.DuckDBPyConnection, scheme: Scheme, grouping: str, section: dict[str, Any]
) -> list[str]:
    """Make the table ``rule_cells``: records in cells that also say their group under every rule; return the rules.

    Columns ``group_<rule>``, the keys of the cells, ``eligible_<outcome>`` and ``reached_<outcome>``. The rules agree
    for most people, so these cells are few more than those of one rule, and the records are read once for all rules.
    """
    methods = section["methods"]
    rules = resolve_all(connection, scheme, methods, bool(section["fields"].get("date")))
    joins = " ".join(
        f"JOIN (SELECT person_id, {resolve.group_of(scheme, grouping)} AS {sql.name(f'group_{rule}')} "
        f"FROM {table(rule, methods['resolution'])}) USING (person_id)"
        for rule in rules
        if rule != methods["resolution"]
    )
    own = f"""s."group" AS {sql.name(f"group_{methods['resolution']}")}"""
    others = [sql.name(f"group_{rule}") for rule in rules if rule != methods["resolution"]]
    sums = ", ".join(
        f"count_if({sql.name(f'{kind}_{outcome}')}) AS {sql.name(f'{word}_{outcome}')}"
        for outcome in dict.fromkeys(section["outcomes"])
        for kind, word in (("e", "eligible"), ("r", "reached"))
    )
    keys = ", ".join([own, *others, records.cell_keys(section)])
    connection.execute(f"CREATE TABLE rule_cells AS SELECT {keys}, {sums} FROM staged s {joins} GROUP BY ALL")
    return rules


def write_cells(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Write the table ``rule_cells`` (Parquet, sorted): :mod:`genequity.service.rule_models` works on it."""
    sql.copy(connection, "SELECT * FROM rule_cells ORDER BY ALL", path)


def outcomes(
    connection: duckdb.DuckDBPyConnection,
    scheme: Scheme,
    grouping: str,
    section: dict[str, Any],
    comparator: str,
    rules: list[str],
) -> pd.DataFrame:
    """Return records that could reach and that reached each outcome, by group under each rule, all regions together.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        After :func:`count_cells`.
    scheme, grouping
        Ethnicity scheme and the grouping to use.
    section : dict
        The config section.
    comparator : str
        Group with which the others are compared.
    rules : list of str
        What :func:`count_cells` returned.

    Returns
    -------
    pandas.DataFrame
        ``outcome, rule, group, eligible, reached`` and labels; :func:`differences` adds what is derived from them.
    """
    import pandas as pd

    chosen = section["methods"]["resolution"]
    places = {stage["id"]: (i, stage["label"]) for i, stage in enumerate(section["pathway"], 1)}
    wanted = list(dict.fromkeys(section["outcomes"]))
    counts = [f"{word}_{outcome}" for outcome in wanted for word in ("eligible", "reached")]
    sums = ", ".join(f"sum({sql.name(count)})::BIGINT AS {sql.name(count)}" for count in counts)
    groups = ordered([*scheme.groups(grouping), *resolve.unknown_labels(scheme, grouping).values()])
    frames = []
    for rule in rules:
        query = f'SELECT {sql.name(f"group_{rule}")} AS "group", {sums} FROM rule_cells GROUP BY 1'
        wide = connection.execute(query).df().set_index("group")
        wide = wide.reindex(groups, fill_value=0).rename_axis("group").reset_index()
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
