"""The tables of the primary analyses: questions, answers, every alternative, every change. All from released rows.

Where a strand has a finding on the same released row and measure, the answer has its direction and certainty: the
chapters never contradict each other. A strand that found no clear difference over all groups of a row (a survey item
whose adjusted test is not significant) makes that the answer for each group. Elsewhere the interval decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from genequity import files, groups, tables
from genequity.errors import InputError, Problem, raise_if
from genequity.numbers import number
from genequity.primary import declaration, sentences
from genequity.primary.check import NO_COMPARATOR
from genequity.primary.select import CONFIG, Estimate, Released, estimates

if TYPE_CHECKING:
    import pandas as pd

UNGRADED = "not graded"
UNCLEAR = "no_clear_difference"
POOL = ("outcome", "group", "comparator")
DASH = "-"  # in the place of a group where a question compares none: keys have no blanks


def read_tables(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read the strands' released tables by name."""
    from pathlib import Path

    named = {f"{Path(path).parent.name}/{files.table_of(path)}": path for path in paths}
    return {name: tables.read(path, name) for name, path in named.items()}


def tables_of(
    section: Mapping[str, Any],
    declared: Mapping[str, Any],
    released: Released,
    levels: Mapping[str, float],
) -> dict[str, pd.DataFrame]:
    """Return the tables ``questions``, ``answers``, ``alternatives`` and ``changes``.

    Parameters
    ----------
    section : mapping
        The section ``primary`` of a complete config.
    declared : mapping
        The declaration (:func:`genequity.primary.declaration.read`).
    released : Released
        What the strands released.
    levels : mapping
        Strand -> coverage of its intervals.

    Raises
    ------
    InputError
        With every selection that names nothing, and every comparator that is not the one declared.
    """
    import pandas as pd

    problems: list[Problem] = []
    questions, answers, others = [], [], []
    for place, question in enumerate(section["questions"], start=1):
        try:
            found, more = _answered(question, released, declared)
        except InputError as error:
            problems += error.problems
            continue
        problems += list(_mismatches(question, found))
        rows = [_row(question, one, released, levels) for one in found]
        told = {row["id"]: row["statement"] for row in released.findings.to_dict("records")}
        questions.append(_question(section, question, place, rows, declared, told))
        answers += rows
        others += _moved(more, rows)
    raise_if(problems)
    return {
        "questions": pd.DataFrame(questions),
        "answers": pd.DataFrame(answers),
        "alternatives": pd.DataFrame(others, columns=ALTERNATIVES),
        "changes": pd.DataFrame(_changes(section), columns=CHANGES),
    }


ALTERNATIVES = [
    *("question", "group", "alternative", "place", "variation", "declared", "comparator", "estimate", "ci_low"),
    *("ci_high", "unit", "no_difference", "n", "direction", "same_direction", "reason", "source_table", "source_row"),
]
CHANGES = ["change", "date", "question", "setting", "before", "after", "reason", "timing"]


def _answered(
    question: Mapping[str, Any], released: Released, declared: Mapping[str, Any]
) -> tuple[list[Estimate], list[dict[str, Any]]]:
    """Return the primary estimates of a question, and its alternatives as rows."""
    where = f"primary.questions, {question['id']}"
    found = estimates(question["analysis"], released, f"{where}, analysis")
    then = (declared["questions"].get(question["id"]) or {}).get("alternatives") or []
    primary = {(one.table, one.row, one.measure) for one in found}
    compared = {one.group for one in found}
    others, problems = [], []
    for entry in question.get("alternatives") or []:
        here = f"{where}, alternative '{entry['label']}'"
        try:
            more = estimates(entry, released, here)
        except InputError as error:
            problems += error.problems
            continue
        kept = [one for one in more if one.group in compared and (one.table, one.row, one.measure) not in primary]
        kept = [one for one in kept if not _same_fit(one, found, released)]
        units = {one.unit for one in found} | {one.unit for one in kept}
        if not kept:
            problems.append(
                Problem(CONFIG, "no row of this alternative is about a group that the primary analysis compares", here)
            )
        elif len(units) > 1:
            problems.append(
                Problem(
                    CONFIG,
                    f"primary analysis and alternative have to be in one unit, not in {' and '.join(sorted(units))}",
                    where=here,
                    do="name another measure of the same table",
                )
            )
        seen: Counter[str] = Counter()
        for one in kept:
            seen[one.group] += 1
            others.append(
                {
                    "question": question["id"],
                    "group": one.group or DASH,
                    "alternative": entry["label"],
                    "place": seen[one.group],
                    "variation": one.variation or None,
                    "declared": entry["label"] in then,
                    "comparator": one.comparator or None,
                    "estimate": one.value,
                    "ci_low": one.low,
                    "ci_high": one.high,
                    "unit": one.unit or None,
                    "no_difference": one.none,
                    "n": one.n,
                    "direction": one.direction,
                    "reason": one.reason or None,
                    "source_table": one.table,
                    "source_row": one.row,
                }
            )
    raise_if(problems)
    return found, others


def _same_fit(one: Estimate, found: list[Estimate], released: Released) -> bool:
    """Whether a row of the evidence's sensitivity table is the pooled estimate itself: its own estimator and test."""
    pooled = [other for other in found if other.table == "evidence/pooled"]
    if one.table != "evidence/sensitivity" or not pooled:
        return False
    mine = _pairs(one.row)
    if mine["kind"] != "estimator and test":
        return False
    table = released.tables["evidence/pooled"]
    same = table[[all(str(row[key]) == mine[key] for key in POOL) for row in table.to_dict("records")]]
    return mine["variation"] in {f"{row['method']}, {row['test']}" for row in same.to_dict("records")}


def _mismatches(question: Mapping[str, Any], found: list[Estimate]):
    """Yield where the released row compares with another group than the one declared, or several with one unit each."""
    where = f"primary.questions, {question['id']}"
    actual = {one.comparator or NO_COMPARATOR for one in found if one.value is not None} or {question["comparator"]}
    if actual != {question["comparator"]}:
        yield Problem(
            CONFIG,
            f"the declared comparator is '{question['comparator']}', and the released rows compare with "
            f"{' and '.join(sorted(actual))}",
            where=f"{where}, comparator",
            expected="the comparator of the rows" if actual != {NO_COMPARATOR} else "none, since nothing is compared",
        )
    if len({one.group for one in found}) < len(found):
        yield Problem(
            CONFIG,
            "the primary analysis has more than one estimate for a group",
            where=f"{where}, analysis",
            expected="one row for each group; the others are alternatives",
            do="select by every column of the table's key: " + "; ".join(sorted({one.row for one in found})[:3]),
        )


def _row(question: Mapping[str, Any], one: Estimate, released: Released, levels: Mapping[str, float]) -> dict[str, Any]:
    finding, direction = _finding(one, released)
    return {
        "question": question["id"],
        "group": one.group or DASH,
        "comparator": one.comparator or None,
        "measure": one.measure or None,
        "estimate": one.value,
        "ci_low": one.low,
        "ci_high": one.high,
        "level": levels.get(question["strand"]) if one.low is not None else None,
        "unit": one.unit or None,
        "no_difference": one.none,
        "n": _count(finding["n"]) if one.n is None and finding else one.n,
        "direction": direction or one.direction,
        "certainty": finding["certainty"] if finding else UNGRADED,
        "reason": one.reason or None,
        "finding": finding["id"] if finding else None,
        "source_table": one.table,
        "source_row": one.row,
    }


def _finding(one: Estimate, released: Released) -> tuple[dict[str, Any] | None, str]:
    """Return the strand's own finding on a released estimate, and the direction that it gives it."""
    same = released.findings[released.findings["source_table"] == one.table]
    mine = _pairs(one.row)
    exact = [row for row in same.to_dict("records") if _pairs(row["source_row"]) == mine]
    for row in exact:
        said = row["unit"] if isinstance(row["unit"], str) else ""
        if said in (one.unit, "") and row["direction"] != "described":
            return row, row["direction"]
        if said == one.unit:
            return row, ""
    for row in same.to_dict("records"):
        pairs = _pairs(row["source_row"])
        over_all = pairs.get("group") in (None, "All groups") and "group" in mine
        pairs.pop("group", None)
        if over_all and row["direction"] == UNCLEAR and pairs.items() <= mine.items() and one.none is not None:
            return row, UNCLEAR if one.value is not None else ""
    return (exact[0], "") if exact else (None, "")


def _count(value: Any) -> int | None:
    return None if value is None or str(value) in ("<NA>", "nan") else int(value)


def _pairs(source_row: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in str(source_row).split(";"))


def _moved(others: list[dict[str, Any]], rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the alternatives with whether each gives the direction of its primary answer by its own interval."""
    by_group = {row["group"]: row for row in rows}
    for other in others:
        primary = by_group[other["group"]]
        comparable = primary["no_difference"] is not None and other["estimate"] is not None
        other["same_direction"] = other["direction"] == primary["direction"] if comparable else None
    return others


def _question(
    section: Mapping[str, Any],
    question: Mapping[str, Any],
    place: int,
    rows: list[dict[str, Any]],
    declared: Mapping[str, Any],
    told: Mapping[str, str],
) -> dict[str, Any]:
    changed = [change for change in section.get("changes") or [] if change["question"] == question["id"]]
    added = [change["date"] for change in changes_of(changed, declaration.ADDED)]
    day = added[-1] if added else declared["declared"]
    return {
        "question": question["id"],
        "place": place,
        "text": " ".join(question["question"].split()),
        "short": question["short"],
        "strand": question["strand"],
        "headline": question.get("headline", True),
        "answer": sentences.answer(question["short"], rows, told),
        "analysis": declaration.analysis(question["analysis"]),
        "model": " ".join(question["model"].split()),
        "comparator": question["comparator"],
        "declared": day,
        "data_seen": declaration.seen(section, question),
        "timing": declaration.timing(day, declaration.seen(section, question)),
        "changes": len(changed),
        "fingerprint": declared["fingerprint"],
        "source_table": rows[0]["source_table"],
        "source_row": rows[0]["source_row"] if len(rows) == 1 else _shared(rows) or None,
    }


def changes_of(changes: list[Mapping[str, Any]], setting: str) -> list[Mapping[str, Any]]:
    """Return the changes of one kind."""
    return [change for change in changes if change["setting"] == setting]


def _shared(rows: list[dict[str, Any]]) -> str:
    """Return what the released rows of all groups have in common: a way back that resolves to them."""
    pairs = [_pairs(row["source_row"]) for row in rows]
    return ";".join(f"{key}={value}" for key, value in pairs[0].items() if all(p.get(key) == value for p in pairs))


def _changes(section: Mapping[str, Any]) -> list[dict[str, Any]]:
    by_id = {one["id"]: one for one in section["questions"]}
    return [
        {
            "change": place,
            "date": change["date"],
            "question": change["question"],
            "setting": change["setting"],
            "before": " ".join(str(change["from"]).split()),
            "after": " ".join(str(change["to"]).split()),
            "reason": " ".join(change["reason"].split()),
            "timing": declaration.timing(change["date"], declaration.seen(section, by_id.get(change["question"]))),
        }
        for place, change in enumerate(section.get("changes") or [], start=1)
    ]


def numbers(found: Mapping[str, pd.DataFrame]) -> list[dict[str, Any]]:
    """Return the numbers that prose may use: each answer's estimate, limits and n, and the counts of the chapter."""
    rows = []
    for row in found["answers"].to_dict("records"):
        group = "" if row["group"] == DASH else f".{slug(row['group'])}"
        source = ("primary/answers", f"question={row['question']};group={row['group']}")
        for column, unit in (("estimate", row["unit"]), ("ci_low", row["unit"]), ("ci_high", row["unit"]), ("n", "")):
            key = f"primary.{row['question']}{group}.{column}"
            rows.append(number(key, row[column], unit or "", *source, column, "primary"))
    for row in found["questions"].to_dict("records"):
        source = ("primary/questions", f"question={row['question']}")
        rows.append(number(f"primary.{row['question']}.answer", row["answer"], "text", *source, "answer", "primary"))
    return rows


def slug(words: str) -> str:
    """Return words as part of a key."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in words.lower()).split())


def comparisons(answers: pd.DataFrame) -> int:
    """Return the number of primary comparisons: estimates with a value of no difference."""
    return int(answers["no_difference"].notna().sum())


def in_order(names: pd.Series) -> list[str]:
    """Return groups in reading order, the dash for no group first."""
    return groups.ordered(names.unique())
