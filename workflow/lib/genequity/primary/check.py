"""What is wrong with declared primary analyses before anything is computed: settings, dates, changes without a reason.

Whether the released rows exist is known only when they do: the step ``primary`` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from genequity import tables
from genequity.config import STRANDS
from genequity.errors import InputError, Problem, nearest
from genequity.primary import declaration, measures

HEADLINES = 6
NO_COMPARATOR = "none"


def comparators(study: Mapping[str, Any]) -> dict[str, str]:
    """Return, by strand, the group with which its tables compare: the study's own, or the survey's where it has one.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    survey = (study.get("survey") or {}).get("ethnicity") or study["ethnicity"]
    return {"service": study["ethnicity"]["comparator"], "survey": survey["comparator"]}


def levels(study: Mapping[str, Any]) -> dict[str, float]:
    """Return the coverage of intervals by strand, for the strands that have a setting of it."""
    methods = {strand: (study.get(strand) or {}).get("methods") or {} for strand in STRANDS}
    return {strand: float(own["level"]) for strand, own in methods.items() if "level" in own}


def problems(section: Mapping[str, Any], study: Mapping[str, Any]) -> list[Problem]:
    """Return the problems of the section ``primary``: settings and days, then what differs from the declaration.

    Parameters
    ----------
    section : mapping
        The section of a complete config.
    study : mapping
        The whole config.
    """
    return [*setting_problems(section, study), *declared_problems(section, study)]


def declared_problems(section: Mapping[str, Any], study: Mapping[str, Any]) -> list[Problem]:
    """Return what differs from the declaration without a change that says so; or that there is no declaration."""
    try:
        return declaration.problems(section, declaration.read(section["inputs"]["declaration"]), study)
    except InputError as error:
        return error.problems


def setting_problems(section: Mapping[str, Any], study: Mapping[str, Any], file: str = "config") -> list[Problem]:
    """Return contradictions of the settings that a schema cannot see: names, number of headlines, days."""
    found = declaration.date_problems(section, study["study"]["date"], file)
    ids = Counter(one["id"] for one in section["questions"])
    found += [
        Problem(
            file, f"{number} questions have the id '{name}'", where="primary.questions", expected="ids of their own"
        )
        for name, number in ids.items()
        if number > 1
    ]
    headlines = [one["id"] for one in section["questions"] if one.get("headline", True)]
    if len(headlines) > HEADLINES:
        found.append(
            Problem(
                file,
                f"{len(headlines)} questions are headlines: {', '.join(headlines)}",
                where="primary.questions",
                expected=f"at most {HEADLINES}",
                do="put 'headline: false' at the others; the chapter answers them all the same",
            )
        )
    for one in section["questions"]:
        where = f"primary.questions, {one['id']}"
        if not study.get(one["strand"]):
            found.append(
                Problem(file, f"its strand '{one['strand']}' is not part of this study", where=where, do="switch it on")
            )
        found += _selection(one["analysis"], one["strand"], f"{where}, analysis", file)
        labels = Counter(declaration.alternatives(one))
        for label in (label for label, number in labels.items() if number > 1):
            found.append(Problem(file, f"two alternatives are called '{label}'", where=where))
        for entry in one.get("alternatives") or []:
            found += _selection(entry, one["strand"], f"{where}, alternative '{entry['label']}'", file)
    return found


def _selection(chosen: Mapping[str, Any], strand: str, where: str, file: str) -> Iterator[Problem]:
    """Yield tables, columns and measures that do not exist, before any is released."""
    if "finding" in chosen:
        if not chosen["finding"].startswith(f"{strand}."):
            yield Problem(
                file,
                f"the finding '{chosen['finding']}' is not of the strand '{strand}'",
                where=where,
                expected=f"an id that begins with {strand}.",
            )
        return
    name = chosen["table"]
    known = [table for table in measures.SOURCES if table.startswith(f"{strand}/")]
    if name not in known:
        yield Problem(
            file,
            f"no table '{name}' of the strand '{strand}' can answer a question.{nearest(name, known)}",
            where=where,
            expected=f"one of {', '.join(known)}",
        )
        return
    columns = tables.schema(name).columns
    for column in chosen.get("rows") or {}:
        if column not in columns:
            yield Problem(
                file,
                f"{name} has no column '{column}'.{nearest(column, columns)}",
                where=where,
                expected=f"one of {', '.join(columns)}",
            )
    measure = chosen.get("measure") or measures.first(name)
    if measure not in measures.SOURCES[name].measures:
        possible = measures.SOURCES[name].measures
        yield Problem(
            file,
            f"{name} has no measure '{measure}'.{nearest(measure, possible)}",
            where=where,
            expected=f"one of {', '.join(possible)}",
        )
