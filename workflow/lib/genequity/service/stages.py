"""Stages of the pathway: what the config says of each, as conditions on a record.

A stage follows another one (``of``), reads one column and is reached when

- ``equals`` / ``not_equals``: the column holds (does not hold) one of these values; a blank is *pending*;
- ``within``: the column is a date that lies at most so many days after another date. A record is *pending* until that
  time has passed by the day of the extract, whether or not the date is already there: to count the quick ones as
  successes while the slow ones are still out would flatter the service.
- neither: the column is not blank.

``among`` restricts a stage with ``equals`` to records with one of these values, so that each share of delivery has its
own denominator: cause found among cause found, not found and uncertain; failed among all results.

A stage with ``branch: true`` looks at the records of an earlier stage without being a step on the way to the next one.
"""

from __future__ import annotations

from typing import Any

from genequity.errors import Problem, nearest
from genequity.service import sql


def columns(stage: dict[str, Any]) -> list[str]:
    """Return the columns a stage reads."""
    within = stage.get("within") or {}
    named = [stage["column"], within.get("of"), within.get("days_column")]
    return [column for column in named if column]


def date_columns(stage: dict[str, Any]) -> list[str]:
    """Return those that are dates."""
    return [stage["column"], stage["within"]["of"]] if stage.get("within") else []


def number_columns(stage: dict[str, Any]) -> list[str]:
    """Return those that are whole numbers of days."""
    days = (stage.get("within") or {}).get("days_column")
    return [days] if days else []


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
    start, pathway = section["start"], section["pathway"]
    found, known = [], [start["id"]]
    for place, stage in enumerate(pathway, 1):
        where = f"service.pathway, stage {place} ({stage['id']})"
        if stage["id"] in known:
            found.append(Problem(file, "this stage id stands twice", where=where, do="give every stage its own id"))
        if stage.get("of") and stage["of"] not in known:
            found.append(
                Problem(
                    file,
                    f"'of' names no earlier stage.{nearest(stage['of'], known)}",
                    where=where,
                    expected=f"one of {', '.join(known)}",
                )
            )
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
        if stage.get("within") and not (section.get("period") or {}).get("observed_until"):
            found.append(
                Problem(
                    file,
                    "a stage with 'within' needs the day on which the extract was taken",
                    where=where,
                    do="set service.period.observed_until",
                )
            )
        known.append(stage["id"])
    named = [("service.outcomes", outcome) for outcome in section["outcomes"]]
    named += [("service.rates.measures", measure["id"]) for measure in (section.get("rates") or {}).get("measures", [])]
    stages = known[1:]
    for where, stage_id in named:
        choice = stages if where == "service.outcomes" else known
        if stage_id not in choice:
            found.append(
                Problem(
                    file,
                    f"'{stage_id}' is no stage of the pathway.{nearest(stage_id, choice)}",
                    where=where,
                    expected=f"one of {', '.join(choice)}",
                )
            )
    return found


def select(start: dict[str, str], pathway: list[dict[str, Any]], observed_until: str | None) -> str:
    """Return nested SELECTs that judge every record of the table ``included`` at every stage.

    Each stage adds ``a_<id>`` (attained by the day of the extract), ``e_<id>`` (eligible: attained the stage before,
    and this outcome is known), ``r_<id>`` (eligible and reached) and ``p_<id>`` (pending).
    """
    query = f"SELECT *, true AS {sql.name('a_' + start['id'])} FROM included"
    follows = parents(start, pathway)
    for stage in pathway:
        reached, known = _conditions(stage, observed_until)
        parent = sql.name(f"a_{follows[stage['id']]}")
        if stage.get("among"):
            column = sql.name(f"x_{stage['column']}")
            parent = f"({parent} AND coalesce({column} IN {sql.listed(stage['among'])}, true))"
        names = {kind: sql.name(f"{kind}_{stage['id']}") for kind in "aepr"}
        query = (
            f"SELECT *, {parent} AND ({reached}) AS {names['a']}, {parent} AND ({known}) AS {names['e']}, "
            f"{parent} AND NOT ({known}) AS {names['p']}, {parent} AND ({known}) AND ({reached}) AS {names['r']} "
            f"FROM ({query})"
        )
    return query


def _conditions(stage: dict[str, Any], observed_until: str | None) -> tuple[str, str]:
    """Return (reached, outcome known) as SQL that is never NULL."""
    column = sql.name(f"x_{stage['column']}")
    for key, operator in (("equals", "IN"), ("not_equals", "NOT IN")):
        if key in stage:
            return f"coalesce({column} {operator} {sql.listed(stage[key])}, false)", f"{column} IS NOT NULL"
    if "within" not in stage:
        return f"{column} IS NOT NULL", "true"
    within = stage["within"]
    since = sql.name(f"x_{within['of']}")
    days = sql.name(f"x_{within['days_column']}") if within.get("days_column") else str(int(within["days"]))
    reached = f"coalesce({column} - {since} <= {days}, false)"
    return reached, f"coalesce(date {sql.text(observed_until)} - {since} > {days}, false)"
