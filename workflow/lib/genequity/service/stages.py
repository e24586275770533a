"""Stages of the pathway: what the config says of each, as conditions on a record.

A stage follows another one (``of``), reads one column and is reached when

- ``equals`` / ``not_equals``: the column holds (does not hold) one of these values; a blank is *pending*;
- ``within``: the column is a date that lies at most so many days after another date. A record is *pending* until that
  time has passed by the day of the extract, whether or not the date is already there: to count the quick ones as
  successes while the slow ones are still out would flatter the service.
- neither: the column is not blank.

``among`` restricts a stage with ``equals`` to records with one of these values, so that each share of delivery has its
own denominator: cause found among cause found, not found and uncertain; failed among all results. ``only`` restricts it
to records of which another column holds one of these values: the others are not asked, neither reached nor pending.

A stage with ``relatives: true`` is a proband's, and reads its column in the records of the relatives in the same
pedigree: the first date among them, for ``within``, or whether any of them has the value.

A stage with ``not_measurable`` has no column: the extract has no field for it. It is no part of the counts
(:func:`measured`), and stands in the scorecard with its reason and who holds the field.

A stage with ``branch: true`` looks at the records of an earlier stage without being a step on the way to the next one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from genequity.errors import Problem, nearest
from genequity.service import sql


def measured(section: dict[str, Any]) -> dict[str, Any]:
    """Return the config section with the stages that have a column alone."""
    return section | {"pathway": [stage for stage in section["pathway"] if not stage.get("not_measurable")]}


def columns(stage: dict[str, Any]) -> list[str]:
    """Return the columns a stage reads."""
    within, only = stage.get("within") or {}, stage.get("only") or {}
    named = [stage["column"], within.get("of"), within.get("days_column"), within.get("target_of"), only.get("column")]
    return [column for column in named if column]


def date_columns(stage: dict[str, Any]) -> list[str]:
    """Return those that are dates."""
    return [stage["column"], stage["within"]["of"]] if stage.get("within") else []


def number_columns(stage: dict[str, Any]) -> list[str]:
    """Return those that are whole numbers of days."""
    days = (stage.get("within") or {}).get("days_column")
    return [days] if days else []


def of_relatives(pathway: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the stages that look at a proband's relatives."""
    return [stage for stage in pathway if stage.get("relatives")]


def parents(start: dict[str, str], pathway: list[dict[str, Any]]) -> dict[str, str]:
    """Return each stage's parent: the stage it names, else the last step of the main line before it."""
    found, last = {}, start["id"]
    for stage in pathway:
        found[stage["id"]] = stage.get("of") or last
        if not stage.get("branch"):
            last = stage["id"]
    return found


def main_line(start: dict[str, str], pathway: list[dict[str, Any]]) -> list[str]:
    """Return the steps from the start to the last stage that is no branch, each following the one before."""
    follows = parents(start, pathway)
    last = [stage["id"] for stage in pathway if not stage.get("branch")]
    line: list[str] = []
    here = last[-1] if last else start["id"]
    while here != start["id"]:
        line.insert(0, here)
        here = follows[here]
    return line


def labels(start: dict[str, str], pathway: list[dict[str, Any]]) -> dict[str, str]:
    """Return the label of the start and of every stage, in pathway order."""
    return {start["id"]: start["label"]} | {stage["id"]: stage["label"] for stage in pathway}


def config_problems(section: dict[str, Any], file: str = "config") -> list[Problem]:
    """Return what does not fit together in the pathway: unknown parents, repeated ids, outcomes that are no stage."""
    found, known, unmeasured = [], [section["start"]["id"]], set()
    for place, stage in enumerate(section["pathway"], 1):
        where = f"service.pathway, stage {place} ({stage['id']})"
        if stage["id"] in [*known, *unmeasured]:
            found.append(Problem(file, "this stage id stands twice", where=where, do="give every stage its own id"))
        if stage.get("of") and stage["of"] not in [*known, *(unmeasured if stage.get("not_measurable") else ())]:
            found.append(
                Problem(
                    file,
                    "'of' names a stage that is not measurable"
                    if stage["of"] in unmeasured
                    else f"'of' names no earlier stage.{nearest(stage['of'], known)}",
                    where=where,
                    expected=f"one of {', '.join(known)}",
                )
            )
        if stage.get("not_measurable"):
            unmeasured.add(stage["id"])
            continue
        found += _stage_problems(stage, section, file, where)
        known.append(stage["id"])
    named = [("service.outcomes", outcome) for outcome in section["outcomes"]]
    rated = (section.get("rates") or {}).get("measures", [])
    named += [("service.rates.measures", measure.get("stage") or measure["id"]) for measure in rated]
    stages = known[1:]
    for where, stage_id in named:
        choice = stages if where == "service.outcomes" else known
        if stage_id not in choice:
            found.append(
                Problem(
                    file,
                    f"'{stage_id}' is declared not measurable"
                    if stage_id in unmeasured
                    else f"'{stage_id}' is no stage of the pathway.{nearest(stage_id, choice)}",
                    where=where,
                    expected=f"one of {', '.join(choice)}",
                )
            )
    return found


def _stage_problems(stage: dict[str, Any], section: dict[str, Any], file: str, where: str) -> list[Problem]:
    """Return what does not fit together in one stage."""
    found, fields, within = [], section["fields"], stage.get("within") or {}
    beyond = sorted(set(stage.get("equals") or []) - set(stage.get("among") or []))
    if stage.get("among") and (beyond or not stage.get("equals")):
        found.append(
            Problem(
                file,
                "'among' must hold every value of 'equals'",
                where=where,
                expected=f"also {', '.join(beyond)}" if beyond else "a stage with 'equals'",
            )
        )
    if sum(key in stage for key in ("equals", "not_equals", "within")) > 1:
        found.append(Problem(file, "a stage takes one of equals, not_equals and within", where=where))
    if within and not (section.get("period") or {}).get("observed_until"):
        found.append(
            Problem(
                file,
                "a stage with 'within' needs the day on which the extract was taken",
                where=where,
                do="set service.period.observed_until",
            )
        )
    if within.get("target_of") and not section["inputs"].get("targets"):
        found.append(
            Problem(
                file,
                "a stage with 'target_of' needs the table of targets",
                where=where,
                do="name the file in service.inputs.targets",
            )
        )
    if stage.get("relatives") and not (fields.get("role") and fields.get("pedigree")):
        found.append(
            Problem(
                file,
                "a stage of relatives needs to know who is whose relative",
                where=where,
                do="name service.fields.role and service.fields.pedigree",
            )
        )
    if stage.get("relatives") and ("among" in stage or "not_equals" in stage or not stage.get("branch")):
        found.append(
            Problem(
                file,
                "a stage of relatives is a branch, and takes 'equals', 'within' or a column that is not blank",
                where=where,
            )
        )
    return found


def select(
    start: dict[str, str], pathway: list[dict[str, Any]], observed_until: str | None, source: str = "included"
) -> str:
    """Return nested SELECTs that judge every record of a table, the ``included`` ones, at every stage.

    Each stage adds ``a_<id>`` (attained by the day of the extract), ``e_<id>`` (eligible: attained the stage before,
    and this outcome is known), ``r_<id>`` (eligible and reached) and ``p_<id>`` (pending).
    """
    query = f"SELECT *, true AS {sql.name('a_' + start['id'])} FROM {source}"
    follows = parents(start, pathway)
    for stage in pathway:
        reached, known = _conditions(stage, observed_until)
        parent = " AND ".join([sql.name(f"a_{follows[stage['id']]}"), *_applies(stage)])
        names = {kind: sql.name(f"{kind}_{stage['id']}") for kind in "aepr"}
        query = (
            f"SELECT *, {parent} AND ({reached}) AS {names['a']}, {parent} AND ({known}) AS {names['e']}, "
            f"{parent} AND NOT ({known}) AS {names['p']}, {parent} AND ({known}) AND ({reached}) AS {names['r']} "
            f"FROM ({query})"
        )
    return query


def allowed(within: dict[str, Any]) -> str:
    """Return SQL for the days allowed: the same for all, the record's own, or its category's on the day it began.

    A category without a target on that day has none: the record is not judged.
    """
    if within.get("days_column"):
        return sql.name(f"x_{within['days_column']}")
    if not within.get("target_of"):
        return str(int(within["days"]))
    category, since = sql.name(f"x_{within['target_of']}"), sql.name(f"x_{within['of']}")
    arms = " ".join(
        f"WHEN {category} = {sql.text(case['category'])} AND {since} >= date {sql.text(case['valid_from'])} "
        + (f"AND {since} <= date {sql.text(case['valid_to'])} " if case["valid_to"] else "")
        + f"THEN {int(case['days'])}"
        for case in within["cases"]
    )
    return f"CASE {arms} END"


def without_target(pathway: Iterable[dict[str, Any]]) -> str:
    """Return the condition for a record that began a stage for whose category there is no target; blank if none can."""
    held = [stage["within"] for stage in pathway if (stage.get("within") or {}).get("target_of")]
    return " OR ".join(f"({sql.name('x_' + w['of'])} IS NOT NULL AND ({allowed(w)}) IS NULL)" for w in held)


def only(stage: dict[str, Any]) -> list[str]:
    """Return the condition for a record that a stage is asked of, where it is asked of some alone; else none."""
    if not stage.get("only"):
        return []
    column = sql.name(f"x_{stage['only']['column']}")
    return [f"coalesce({column} IN {sql.listed(stage['only']['equals'])}, false)"]


def _applies(stage: dict[str, Any]) -> list[str]:
    """Return the conditions without which a record is not asked at a stage, as SQL that is never NULL."""
    found = only(stage)
    if stage.get("among"):
        found.append(f"coalesce({sql.name('x_' + stage['column'])} IN {sql.listed(stage['among'])}, true)")
    within = stage.get("within") or {}
    if within.get("target_of") or within.get("days_column"):
        found.append(f"({allowed(within)}) IS NOT NULL")
    return found


def _conditions(stage: dict[str, Any], observed_until: str | None) -> tuple[str, str]:
    """Return (reached, outcome known) as SQL that is never NULL."""
    column = sql.name(f"k_{stage['id']}" if stage.get("relatives") else f"x_{stage['column']}")
    for key, operator in (("equals", "IN"), ("not_equals", "NOT IN")):
        if key in stage and not stage.get("relatives"):
            return f"coalesce({column} {operator} {sql.listed(stage[key])}, false)", f"{column} IS NOT NULL"
    if "within" not in stage:
        return f"{column} IS NOT NULL", "true"
    within = stage["within"]
    since, days = sql.name(f"x_{within['of']}"), allowed(within)
    reached = f"coalesce({column} - {since} <= {days}, false)"
    return reached, f"coalesce(date {sql.text(observed_until)} - {since} > {days}, false)"
