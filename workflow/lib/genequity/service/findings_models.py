"""Findings of models in depth: do differences depend on the region, do dimensions add up? Released tables only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity.numbers import say, say_interval
from genequity.service import wording
from genequity.service.heterogeneity import ALL_GROUPS, LEAST
from genequity.service.text_models import beyond, p_value

if TYPE_CHECKING:
    import pandas as pd


def between_regions(
    table: pd.DataFrame, section: dict[str, Any], comparator: str, unknown: set[str], themes: dict[str, str]
) -> list[dict[str, Any]]:
    """Say for each outcome whether the groups' differences depend on the region, and for which group most clearly.

    Parameters
    ----------
    table : DataFrame
        ``service/heterogeneity``.
    section : dict
        The config section.
    comparator : str
        The group compared with.
    unknown : set of str
        Groups that stand for no answer.
    themes : dict
        Stage id -> theme.
    """
    found, limit = [], 1 - section["methods"]["level"]
    names = {stage["id"]: stage["label"] for stage in section["pathway"]}
    depend = f"differences from {comparator} depend on the region"
    none = f"no clear difference between regions in how far groups differ from {comparator}"
    for outcome, part in table.groupby("outcome", sort=True):
        joint = part[part["group"] == ALL_GROUPS].iloc[0]
        single = part[(part["group"] != ALL_GROUPS) & ~part["group"].isin(unknown)]
        base = {
            "id": f"service.heterogeneity.{outcome}",
            "theme": themes[outcome],
            "pathway_step": outcome,
            "comparator": comparator,
            "n": wording.count(joint["records"]),
            "source_table": "service/heterogeneity",
            "source_row": f"outcome={outcome};group={ALL_GROUPS}",
        }
        if joint["p"] != joint["p"]:
            words = f"whether {depend} cannot be tested: {wording.reason(joint['reason'])}"
            direction = "not_measurable"
        else:
            how = ", corrected for the number of groups" if joint["method"] == LEAST else ""
            counted = f"; {base['n']:,} records" if base["n"] else ""
            facts = f"{p_value(joint['p'])}{how}; {int(joint['regions'])} regions{counted}"
            clear = joint["p"] < limit
            words = f"{depend if clear else none} ({facts})"
            direction = "described" if clear else "no_clear_difference"
            if clear:
                words += _clearest(single, limit)
        found.append(base | {"statement": f"{names[outcome]}: {words}.", "direction": direction})
    return found


def _clearest(single: pd.DataFrame, limit: float) -> str:
    """Name the groups whose own test stands after correction, with their spread."""
    rows = single[single["p"] * single["p"].notna().sum() < limit]
    parts = [
        f"{row.group} (standard deviation of the log odds ratio {say(row.sd, '', 2)}; "
        f"{say_interval(row.sd_low, row.sd_high, '', 2) if row.sd_high == row.sd_high else 'limits not estimable'})"
        for row in rows.itertuples()
        if row.sd == row.sd
    ]
    return f". They do for {wording.joined(parts)}" if parts else ""


def strata(table: pd.DataFrame, section: dict[str, Any], national: str, themes: dict[str, str]) -> list[dict[str, Any]]:
    """Say for each outcome how far strata differ, and how much of it the sum of their dimensions takes up.

    Parameters
    ----------
    table : DataFrame
        ``service/strata_variation``.
    section, national, themes
        As in :func:`between_regions`; the label of all regions together.
    """
    found = []
    names = {stage["id"]: stage["label"] for stage in section["pathway"]}
    for row in table.to_dict("records"):
        n = wording.count(row["records"])
        given = row["vpc_null"] == row["vpc_null"]
        dimensions = wording.joined(row["dimensions"].split(", "))
        about = f"{names[row['outcome']]}, between {row['strata']} strata of {dimensions}"
        if not given:
            words = f"variation cannot be estimated: {wording.reason(row['reason'])}"
        elif row["pcv"] != row["pcv"]:
            words = "no more variation was found than chance gives"
        else:
            taken = "nothing" if row["pcv"] < 0 else say(row["pcv"], "proportion", 0)
            more = f"a median odds ratio of {say(row['mor'], 'odds ratio')} remained ({p_value(row['p'])})"
            rest = more if row["sd"] else f"what remained was {beyond(row)}"
            share = say(row["vpc_null"], "proportion", 1)
            words = f"{share} of the variance lay between strata; the main effects took up {taken} of it, and {rest}"
        found.append(
            {
                "id": f"service.strata.{row['outcome']}",
                "theme": themes[row["outcome"]],
                "statement": f"{about}: {words}{f'; {n:,} records' if n else ''}.",
                "estimate": row["vpc_null"] if given else None,
                "unit": "proportion" if given else None,
                "region": national,
                "pathway_step": row["outcome"],
                "direction": "described" if given else "not_measurable",
                "n": n,
                "source_table": "service/strata_variation",
                "source_row": f"outcome={row['outcome']}",
            }
        )
    return found


def interactions(
    table: pd.DataFrame, section: dict[str, Any], comparator: str, national: str, themes: dict[str, str]
) -> list[dict[str, Any]]:
    """Say at which outcomes a group's gap depends on deprivation or sex: one finding an outcome, after correction.

    Outcomes at which no comparison stands after correction have no finding here: whether the dimensions add up there
    is said of the strata as a whole (:func:`strata`).

    Parameters
    ----------
    table : DataFrame
        ``service/interaction``.
    section, comparator, national, themes
        As in :func:`between_regions`; the label of all regions together.
    """
    found = []
    names = {stage["id"]: stage["label"] for stage in section["pathway"]}
    clear = table[table["p_holm"] < 1 - section["methods"]["level"]] if len(table) else table
    for outcome, part in clear.groupby("outcome", sort=True):
        rows = part.to_dict("records")
        words = [
            f"of {row['group']} by {wording.points(*(row[f'difference{end}'] for end in ('', '_low', '_high')))} "
            f"from {row['reference']} to {row['level']}"
            for row in rows
        ]
        first, n = rows[0], wording.count(rows[0]["records"])
        found.append(
            {
                "id": f"service.interaction.{outcome}",
                "theme": themes[outcome],
                "statement": f"{names[outcome]}: the difference from {comparator} moves, {wording.joined(words)} "
                f"(corrected for the number of comparisons{f'; {n:,} records' if n else ''}).",
                "estimate": first["difference"],
                "ci_low": first["difference_low"],
                "ci_high": first["difference_high"],
                "unit": "proportion difference",
                "group": first["group"],
                "comparator": comparator,
                "region": national,
                "pathway_step": outcome,
                "direction": "described",
                "n": n,
                "source_table": "service/interaction",
                "source_row": ";".join(f"{key}={first[key]}" for key in ("outcome", "dimension", "level", "group")),
            }
        )
    return found
