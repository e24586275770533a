"""What was declared, and whether later choices are accounted for.

The declaration is a file that ``genequity declare`` writes once, from the config, on the day of the declaration. From
then on a build replays the dated changes of the config over it. Declaration and changes together have to give the
present choices exactly: a choice that differs without a change that says so stops the build. The fingerprint of the
declaration is printed in the report, so that it can be compared with a registered protocol.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from genequity import config, files
from genequity.errors import InputError, Problem, nearest
from genequity.primary import measures

CHOICES = ("question", "strand", "analysis", "comparator", "model", "settings", "headline")
# Settings of a strand that decide its estimates, and so are declared with each question that it answers.
DECIDING = {
    "policy": ("methods.decide",),
    "evidence": ("methods.estimator", "methods.test", "methods.level", "methods.fewest_studies"),
    "survey": ("sample", "weighting", "model", "methods.level", "methods.interval", "methods.trim"),
    "service": ("adjust", "cluster", "period", "methods.resolution", "methods.repeat_records", "methods.model_ages",
                "methods.standardise_by", "methods.level"),
    "interviews": ("methods.decide",),
}  # fmt: skip
GROUPED = ("survey", "service")  # strands whose estimates rest on the grouping of ethnicity
ADDED, REMOVED = "added", "removed"
NOTHING = "nothing"
HEAD = """\
# The primary analyses of a study as they were declared. Written by `genequity declare`; do not edit.
# A later change goes into the section `primary.changes` of the study's config, with its date and reason.
"""


def choices(question: Mapping[str, Any], study: Mapping[str, Any]) -> dict[str, str]:
    """Return the declared choices of a question as text: what may not change without a reason.

    Parameters
    ----------
    question : mapping
        An entry of ``primary.questions`` of a complete config.
    study : mapping
        The whole config: the strand's own settings are part of what is declared.
    """
    return {
        "question": " ".join(question["question"].split()),
        "strand": question["strand"],
        "analysis": analysis(question["analysis"]),
        "comparator": question["comparator"],
        "model": " ".join(question["model"].split()),
        "settings": settings(question["strand"], study),
        "headline": "yes" if question.get("headline", True) else "no",
    }


def settings(strand: str, study: Mapping[str, Any]) -> str:
    """Return the settings that decide a strand's estimates, as text in a fixed order; those not set are left out.

    >>> settings("evidence", {"evidence": {"methods": {"test": "knha", "estimator": "REML"}}})
    'evidence.methods.estimator = "REML"; evidence.methods.test = "knha"'
    """
    own = {f"{strand}.{name}": config.setting(study.get(strand) or {}, name) for name in DECIDING[strand]}
    if strand in GROUPED:
        kind = "survey.ethnicity" if strand == "survey" and config.setting(study, "survey.ethnicity") else "ethnicity"
        own[f"{kind}.grouping"] = config.setting(study, f"{kind}.grouping")
    told = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in own.items() if value is not None]
    return " ".join("; ".join(told).split())


def analysis(chosen: Mapping[str, Any]) -> str:
    """Return which released estimate was chosen, as text that does not depend on the order of keys.

    >>> analysis({"table": "survey/model", "rows": {"level": ["Black", "Asian"]}, "measure": "difference"})
    'difference in survey/model where level is Asian or Black'
    """
    if "finding" in chosen:
        return f"the findings {chosen['finding']}"
    rows = chosen.get("rows") or {}
    told = [
        f"{column} is {' or '.join(sorted(map(str, value if isinstance(value, list) else [value])))}"
        for column, value in sorted(rows.items())
    ]
    measure = chosen.get("measure") or (measures.first(chosen["table"]) if chosen["table"] in measures.SOURCES else "")
    return f"{measure} in {chosen['table']}" + (f" where {' and '.join(told)}" if told else "")


def whole(chosen: Mapping[str, str]) -> str:
    """Return all choices of a question in one line, as the change that adds or removes it has them."""
    return " | ".join(chosen[name] for name in CHOICES)


def alternatives(question: Mapping[str, Any]) -> list[str]:
    """Return the labels of a question's alternatives."""
    return [entry["label"] for entry in question.get("alternatives") or []]


def text(section: Mapping[str, Any], study: Mapping[str, Any]) -> str:
    """Return the declaration of a study's section ``primary`` as the text of its file."""
    questions = {one["id"]: {**choices(one, study), "alternatives": alternatives(one)} for one in section["questions"]}
    body = {"declared": section["declared"], "questions": questions}
    body["fingerprint"] = fingerprint(body)
    return HEAD + yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=110)


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return sixteen digits that stand for a declaration: any other choice or date gives others."""
    kept = {"declared": body["declared"], "questions": body["questions"]}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]


def read(file: str | Path) -> dict[str, Any]:
    """Read a declaration.

    Raises
    ------
    InputError
        If it is none, or was edited by hand.
    """
    if not Path(file).exists():
        raise InputError(
            Problem(
                str(file),
                "the primary analyses have not been written down yet",
                where="primary.inputs.declaration",
                do="write them down once with 'genequity declare --study FILE', and keep the file with the study",
            )
        )
    body = config.read(file)
    try:
        known = body["fingerprint"] == fingerprint(body) and all(
            set(one) == {*CHOICES, "alternatives"} for one in body["questions"].values()
        )
    except (KeyError, TypeError, AttributeError):
        known = False
    if not known:
        raise InputError(
            Problem(
                str(file),
                "this declaration is not as 'genequity declare' wrote it",
                do="take the file as it was; a later choice goes into primary.changes of the config, with its reason",
            )
        )
    return body


def problems(
    section: Mapping[str, Any], declared: Mapping[str, Any], study: Mapping[str, Any], file: str = "config"
) -> list[Problem]:
    """Return every choice that differs from the declaration without a change that says so, and what to write.

    Parameters
    ----------
    section : mapping
        The section ``primary`` of a complete config.
    declared : mapping
        From :func:`read`.
    study : mapping
        The whole config.
    file : str
        For messages.
    """
    found = []
    if section["declared"] != declared["declared"]:
        found.append(
            Problem(
                file,
                f"the declaration's day is {section['declared']}, but it was written down as {declared['declared']}",
                where="primary.declared",
                do=f"put {declared['declared']} back; the day of a later change stands in primary.changes",
            )
        )
    changes = section.get("changes") or []
    now = {one["id"]: choices(one, study) for one in section["questions"]}
    then = {name: {key: one[key] for key in CHOICES} for name, one in declared["questions"].items()}
    for place, change in enumerate(changes, start=1):
        if change["question"] not in {*now, *then}:
            found.append(
                Problem(
                    file,
                    f"no question has the id '{change['question']}'.{nearest(change['question'], [*now, *then])}",
                    where=f"primary.changes, entry {place}",
                )
            )
    for name in [*then, *(name for name in now if name not in then)]:
        own = [(place, change) for place, change in enumerate(changes, start=1) if change["question"] == name]
        found += _replayed(name, then.get(name), now.get(name), own, file)
    return found


def _replayed(
    name: str,
    then: dict[str, str] | None,
    now: dict[str, str] | None,
    changes: list[tuple[int, Mapping[str, Any]]],
    file: str,
) -> Iterator[Problem]:
    """Yield where the declaration and the changes of one question do not lead to its present choices."""
    state = dict(then) if then else None
    for at, (place, change) in enumerate(changes):
        setting = change["setting"]
        was = NOTHING if state is None else whole(state) if setting in (ADDED, REMOVED) else state[setting]
        if (setting == ADDED) != (state is None):
            what = "is a question already" if state else "is no question at that point"
            yield Problem(file, f"'{name}' {what}", where=f"primary.changes, entry {place}")
            return
        if _one_line(change["from"]) != was:
            yield Problem(
                file,
                f"the change of '{name}' starts from what was not declared",
                where=f"primary.changes, entry {place}, from",
                expected=f"'{was}'",
            )
            return
        if setting == ADDED:
            state = _before(now, [entry for _, entry in changes[at + 1 :]])
            if state is None or _one_line(change["to"]) != whole(state):
                yield Problem(
                    file,
                    f"the question '{name}' is not the one that was added",
                    where=f"primary.changes, entry {place}, to",
                    expected=f"'{whole(state)}'" if state else "a question of that id in primary.questions",
                    do="write the later choice as a change of its own, with its reason",
                )
                return
        elif setting == REMOVED:
            state = None
        else:
            state[setting] = _one_line(change["to"])
    yield from _unsaid(name, state, now, file)


def _before(now: dict[str, str] | None, later: list[Mapping[str, Any]]) -> dict[str, str] | None:
    """Return the choices of an added question when it was added: its present ones with later changes undone."""
    state = dict(now) if now else None
    for change in reversed(later):
        if change["setting"] in CHOICES and state:
            state[change["setting"]] = _one_line(change["from"])
    return state


def _unsaid(name: str, state: dict[str, str] | None, now: dict[str, str] | None, file: str) -> Iterator[Problem]:
    if state == now:
        return
    if state is None or now is None:
        setting = ADDED if state is None else REMOVED
        pairs = [(setting, NOTHING if state is None else whole(state), NOTHING if now is None else whole(now))]
    else:
        pairs = [(key, state[key], now[key]) for key in CHOICES if state[key] != now[key]]
    for setting, was, is_now in pairs:
        word = f"was {setting}" if setting in (ADDED, REMOVED) else "has other settings"
        word = f"has another {setting}" if setting in CHOICES and setting != "settings" else word
        yield Problem(
            file,
            f"the question '{name}' {word} since the declaration, and no change says so",
            where=f"primary.questions, {name}",
            expected=f"'{was}'; found '{is_now}'",
            do=f"put it back, or add to primary.changes:\n{entry(name, setting, was, is_now)}",
        )


def entry(name: str, setting: str, was: str, is_now: str) -> str:
    """Return a change as the config has it, its day and reason to be filled in."""
    body = {"date": "YYYY-MM-DD", "question": name, "setting": setting, "from": was, "to": is_now, "reason": "why"}
    lines = yaml.safe_dump([body], sort_keys=False, allow_unicode=True, width=1000).splitlines()
    return "\n".join(f"    {line}" for line in lines)


def date_problems(section: Mapping[str, Any], study_date: str, file: str = "config") -> list[Problem]:
    """Return days that do not exist, or that cannot be: a declaration after the report, a change before it."""
    days = [("primary.declared", section["declared"])]
    days += [("primary.data_seen", section["data_seen"])] if section.get("data_seen") else []
    days += [
        (f"primary.questions, {one['id']}, data_seen", one["data_seen"])
        for one in section["questions"]
        if one.get("data_seen")
    ]
    changes = [
        (f"primary.changes, entry {place}, date", change["date"])
        for place, change in enumerate(section.get("changes") or [], start=1)
    ]
    found = []
    for where, day in [*days, *changes]:
        try:
            datetime.date.fromisoformat(day)
        except ValueError:
            found.append(Problem(file, "there is no such day", where=where, expected="a day as YYYY-MM-DD"))
    if found:
        return found
    if section["declared"] > study_date:
        expected = f"a day up to {study_date}"
        found.append(
            Problem(file, "the declaration is later than study.date", where="primary.declared", expected=expected)
        )
    last = section["declared"]
    for where, day in changes:
        if not last <= day <= study_date:
            found.append(
                Problem(
                    file,
                    "changes stand in order of their days, after the declaration and up to study.date",
                    where=where,
                    expected=f"a day from {last} to {study_date}",
                )
            )
        last = max(last, day)
    return found


def timing(day: str, seen: str | None) -> str:
    """Return whether a choice was made before data were seen.

    >>> timing("2026-03-02", "2026-06-15"), timing("2026-07-01", "2026-06-15"), timing("2026-03-02", None)
    ('before the data were seen', 'after the data were seen', 'not said')
    """
    if not seen:
        return "not said"
    return "before the data were seen" if day < seen else "after the data were seen"


def seen(section: Mapping[str, Any], question: Mapping[str, Any] | None) -> str | None:
    """Return the day on which the data of a question were first seen, where the study says it."""
    return (question or {}).get("data_seen") or section.get("data_seen")


def _one_line(words: Any) -> str:
    return " ".join(str(words).split())


def main(file: str = "") -> int:
    """Write the declaration of a study, once, and return the exit status."""
    file = file or config.DEMONSTRATION
    try:
        study = config.load(file)
        from genequity.recommendations import declaration as consensus

        with_panel = consensus.declare(study["recommendations"]) if study.get("recommendations") else None
        if with_panel is not None and not study.get("primary"):
            return with_panel
        return max(with_panel or 0, _declared(file, study, study.get("primary")))
    except InputError as error:
        print(error, file=sys.stderr)
        return 1


def _declared(file: str, study: Mapping[str, Any], section: Mapping[str, Any] | None) -> int:
    if not section:
        print(f"{file} has no section 'primary': there is nothing to declare. config/README.md describes it.")
        return 1
    path = Path(section["inputs"]["declaration"])
    if path.exists():
        declared = read(path)
        print(f"{path} was written already: declared on {declared['declared']}, fingerprint {declared['fingerprint']}.")
        unsaid = problems(section, declared, study, file)
        for problem in unsaid:
            print(f"- {problem}")
        print(
            "A later change goes into primary.changes, with its date and reason." if unsaid else "It stands as it is."
        )
        return 1 if unsaid else 0
    files.write_text(path, text(section, study))
    print(f"Wrote {path}. Fingerprint: {read(path)['fingerprint']}.")
    print("Put the fingerprint into your protocol or registration: the report prints it again.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
