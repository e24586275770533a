"""The rule of consensus as it stood before the votes, and every later change with its day and reason.

The rule is written down once, by ``genequity declare``, in a file that nobody edits. From then on a build replays the
dated changes of the config over it. Declaration and changes together have to give the present rule exactly: a rule that
differs without a change that says so stops the build.

Source: Diamond IR et al. J Clin Epidemiol 2014;67:401-409.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from genequity import config, files
from genequity.errors import InputError, Problem, raise_if
from genequity.recommendations import consensus

if TYPE_CHECKING:
    import pandas as pd

RULE = ("consensus_rule", *consensus.LIMITS, "stable_change")
BREADTH = ("largest_share", "least_lay")
BEFORE, AFTER = "before the votes", "after the first vote"
WHERE = "recommendations.consensus"
HEAD = """\
# The rule of consensus of a study as it was declared. Written by `genequity declare`; do not edit.
# A later change goes into `recommendations.consensus.changes` of the study's config, with its date and reason.
"""
NAMES = {
    "consensus_rule": "rule that decides",
    "high_share": "least share rating 7 to 9",
    "low_share": "share rating 1 to 3 that must not be reached",
    "agreement_share": "least share of percent agreement",
    "iqr_limit": "largest interquartile range",
    "stable_change": "largest change of a stable item",
    "largest_share": "largest share of one stakeholder group",
    "least_lay": "least share of lay members",
}
CHANGES = ("change", "date", "setting", "before", "after", "reason", "timing")


def settings(methods: Mapping[str, Any], breadth: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what is declared, as text: the settings of the rule and the limits of the panel's breadth.

    >>> settings({"consensus_rule": "heap", "high_share": 0.7}, None)["high_share"]
    '0.7'
    """
    limits = {name: (breadth or {}).get(name) for name in BREADTH}
    return {name: _text(value) for name, value in ({name: methods.get(name) for name in RULE} | limits).items()}


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return sixteen digits that stand for a declaration: any other rule or date gives others."""
    kept = {"declared": body["declared"], "rule": body["rule"]}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:16]


def write(path: str | Path, declared: str, rule: Mapping[str, str]) -> None:
    """Write the declaration."""
    body: dict[str, Any] = {"declared": declared, "rule": dict(rule)}
    body["fingerprint"] = fingerprint(body)
    files.write_text(Path(path), HEAD + yaml.safe_dump(body, sort_keys=False, width=110))


def read(file: str | Path) -> dict[str, Any]:
    """Read a declaration.

    Raises
    ------
    InputError
        If there is none, or it was edited by hand.
    """
    if not Path(file).exists():
        raise InputError(
            Problem(
                str(file),
                "the rule of consensus has not been written down yet",
                where="recommendations.inputs.consensus_declaration",
                do="write it down once with 'genequity declare --study FILE', before the first vote, and keep the file",
            )
        )
    body = config.read(str(file))
    try:
        whole = body["fingerprint"] == fingerprint(body) and set(body["rule"]) == {*RULE, *BREADTH}
    except (KeyError, TypeError):
        whole = False
    if not whole:
        raise InputError(
            Problem(
                str(file),
                "this declaration is not as 'genequity declare' wrote it",
                do=f"take the file as it was; a later change goes into {WHERE}.changes of the config, with its reason",
            )
        )
    return body


def problems(
    section: Mapping[str, Any], declared: Mapping[str, Any], rule: Mapping[str, str], study_date: str
) -> list[Problem]:
    """Return every setting that differs from the declaration without a change that says so, and impossible days.

    Parameters
    ----------
    section : mapping
        ``recommendations.consensus`` of the config: ``declared``, ``first_vote``, ``changes``.
    declared : mapping
        From :func:`read`.
    rule : mapping
        From :func:`settings`.
    study_date : str
        Date of the report.
    """
    if section["declared"] != declared["declared"]:
        return [
            Problem(
                "config",
                f"the rule's day is {section['declared']}, but it was written down as {declared['declared']}",
                where=f"{WHERE}.declared",
                do=f"put {declared['declared']} back; the day of a later change stands in {WHERE}.changes",
            )
        ]
    return [*_days(section, study_date), *_replayed(section.get("changes") or [], dict(declared["rule"]), rule)]


def _days(section: Mapping[str, Any], study_date: str) -> Iterator[Problem]:
    changes = [
        (f"{WHERE}.changes, entry {n}, date", one["date"]) for n, one in enumerate(section.get("changes") or [], 1)
    ]
    days = [(f"{WHERE}.declared", section["declared"]), (f"{WHERE}.first_vote", section["first_vote"]), *changes]
    for where, day in days:
        try:
            datetime.date.fromisoformat(day)
        except ValueError:
            yield Problem("config", "there is no such day", where=where, expected="a day as YYYY-MM-DD")
            return
    if section["declared"] >= section["first_vote"]:
        yield Problem(
            "config",
            "the rule was declared when votes had been cast already",
            where=f"{WHERE}.declared",
            expected=f"a day before {section['first_vote']}",
            do="a rule that was chosen with the votes in sight decides nothing: say so, or correct the day",
        )
    last = section["declared"]
    for where, day in changes:
        if not last <= day <= study_date:
            yield Problem(
                "config",
                "changes stand in order of their days, after the declaration and up to study.date",
                where=where,
                expected=f"a day from {last} to {study_date}",
            )
        last = max(last, day)


def _replayed(changes: list[Mapping[str, Any]], state: dict[str, str], rule: Mapping[str, str]) -> Iterator[Problem]:
    for place, change in enumerate(changes, start=1):
        name = change["setting"]
        if _text(change["from"]) != state[name]:
            yield Problem(
                "config",
                f"the change of '{name}' starts from what was not declared",
                where=f"{WHERE}.changes, entry {place}, from",
                expected=state[name],
            )
            return
        state[name] = _text(change["to"])
    for name, was in state.items():
        if rule[name] != was:
            yield Problem(
                "config",
                f"the rule of consensus has another '{name}' since the declaration, and no change says so",
                where=f"recommendations.{'breadth' if name in BREADTH else 'methods'}.{name}",
                expected=f"{was}; found {rule[name]}",
                do=f"put it back, or add to {WHERE}.changes:\n{_entry(name, was, rule[name])}",
            )


def _entry(name: str, was: str, now: str) -> str:
    body = {"date": "YYYY-MM-DD", "setting": name, "from": was, "to": now, "reason": "why"}
    return "\n".join(f"    {line}" for line in yaml.safe_dump([body], sort_keys=False, width=1000).splitlines())


def timing(day: str, first_vote: str) -> str:
    """Return whether a day lies before the first vote.

    >>> timing("2026-06-25", "2026-07-01"), timing("2026-07-20", "2026-07-01")
    ('before the votes', 'after the first vote')
    """
    return BEFORE if day < first_vote else AFTER


def changes(section: Mapping[str, Any]) -> pd.DataFrame:
    """Return the changes as a table: :data:`CHANGES`."""
    import pandas as pd

    rows = [
        (place, one["date"], one["setting"], _text(one["from"]), _text(one["to"]), " ".join(one["reason"].split()),
         timing(one["date"], section["first_vote"]))
        for place, one in enumerate(section.get("changes") or [], start=1)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(CHANGES))


def sentence(rule: Mapping[str, Any], changed: pd.DataFrame) -> str:
    """Return the rule in words as it was declared: the present one with its changes taken back.

    Parameters
    ----------
    rule : mapping
        ``consensus_rule`` and :data:`genequity.recommendations.consensus.LIMITS`, as they hold now.
    changed : pandas.DataFrame
        From :func:`changes`.
    """
    first = changed.drop_duplicates("setting").set_index("setting")["before"].to_dict()
    limits = {name: float(first.get(name, rule[name])) for name in consensus.LIMITS}
    return consensus.sentence(first.get("consensus_rule", rule["consensus_rule"]), **limits)


def history(changed: pd.DataFrame) -> list[str]:
    """Return one sentence a change: its day, whether votes had been cast, what changed from what to what."""
    return [
        f"On {spoken(row['date'])}, {row['timing']}, the {NAMES[row['setting']]} was changed from "
        f"{row['before']} to {row['after']}."
        for row in changed.to_dict("records")
    ]


def spoken(date: str) -> str:
    """Return ``2027-03-31`` as ``31 March 2027``."""
    when = datetime.date.fromisoformat(date)
    return f"{when.day} {when:%B %Y}"


def checked(
    file: str | None, section: Mapping[str, Any] | None, rule: Mapping[str, str], study_date: str
) -> dict[str, Any]:
    """Return the declaration when the present rule follows from it.

    Raises
    ------
    InputError
        When votes are given and there is no declaration, or when the rule is another without a reason.
    """
    if not file or not section:
        raise InputError(
            Problem(
                "config",
                "the panel has voted, and nothing says which rule of consensus stood before the votes",
                where=WHERE if file else "recommendations.inputs.consensus_declaration",
                do=f"give {WHERE} with the days, name a file for the declaration, and run 'genequity declare' once",
            )
        )
    body = read(file)
    raise_if(problems(section, body, rule, study_date))
    return body


def of_study(section: Mapping[str, Any], study_date: str) -> list[Problem]:
    """Return what is wrong with the declaration of a study whose panel has voted; nothing before there is a panel.

    Parameters
    ----------
    section : mapping
        ``recommendations`` of the complete config.
    study_date : str
        Date of the report.
    """
    if not section["inputs"].get("panel_ratings"):
        return []
    rule = settings(section["methods"], section.get("breadth"))
    try:
        checked(section["inputs"].get("consensus_declaration"), section.get("consensus"), rule, study_date)
    except InputError as error:
        return error.problems
    return []


def declare(section: Mapping[str, Any]) -> int | None:
    """Write the declaration of a study's rule once, say what was done, and return the exit status.

    None when the study gives no day or no file for it: there is nothing to declare yet.

    Parameters
    ----------
    section : mapping
        ``recommendations`` of the complete config.
    """
    path, days = section["inputs"].get("consensus_declaration"), section.get("consensus")
    if not path or not days:
        return None
    rule = settings(section["methods"], section.get("breadth"))
    if not Path(path).exists():
        write(path, days["declared"], rule)
        print(f"Wrote {path}, the rule of consensus. Fingerprint: {read(path)['fingerprint']}.")
        return 0
    body = read(path)
    unsaid = problems(days, body, rule, "9999-12-31")
    print(f"{path} was written already: declared on {body['declared']}, fingerprint {body['fingerprint']}.")
    for problem in unsaid:
        print(f"- {problem}")
    print(f"A later change goes into {WHERE}.changes, with its date and reason." if unsaid else "It stands as it is.")
    return 1 if unsaid else 0


def _text(value: Any) -> str:
    if value is None:
        return "none"
    return (
        f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else " ".join(str(value).split())
    )
