"""The answer to a question in plain words: what, compared with whom, estimate, interval, n, certainty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from genequity.numbers import say, say_interval
from genequity.primary import measures

WORDS = {
    "higher": "higher for",
    "lower": "lower for",
    "no_clear_difference": "no clear difference for",
    "described": "",
    "not_measurable": "not measurable for",
}
NO_GROUP = "-"


def answer(short: str, rows: Iterable[Mapping[str, Any]], told: Mapping[str, str] | None = None) -> str:
    """Return the answer; groups stand in the order given, under what is said of them.

    Parameters
    ----------
    short : str
        What is compared, in a few words.
    rows : iterable of mappings
        Rows of the table ``primary/answers`` of one question.
    told : mapping, optional
        Statements of findings by id. Where nothing is compared, the strand's own statement is the answer.
    """
    rows = list(rows)
    told = told or {}
    certainty = f"Certainty: {' and '.join(sorted({row['certainty'] for row in rows}))}."
    if all(row["no_difference"] is None for row in rows):
        said = [told.get(row["finding"]) or f"{short}: {_described(row)}." for row in rows]
        return f"{' '.join(dict.fromkeys(said))} Nothing is compared. {certainty}"
    comparator = next((row["comparator"] for row in rows if row["comparator"]), "the comparator")
    parts = []
    for direction, word in WORDS.items():
        of_it = [row for row in rows if row["direction"] == direction]
        if of_it:
            parts.append(f"{word} {_listed([_compared(row) for row in of_it])}".strip())
    compared = f"{short}, compared with {comparator}: {'; '.join(parts)}."
    return " ".join(part for part in (compared, _kind(rows), certainty) if part)


def _compared(row: Mapping[str, Any]) -> str:
    """Return ``Asian (−5.0, −6.3 to −3.7; n = 14,092)``, or the group with the reason why it has no estimate."""
    if row["estimate"] is None:
        return f"{row['group']} ({row['reason'].rstrip('.')})"
    base = f"; n = {say(row['n'])}" if row["n"] is not None else ""
    return f"{row['group']} ({value(row['estimate'], row['unit'])}, {limits(row)}{base})"


def _described(row: Mapping[str, Any]) -> str:
    group = "" if row["group"] == NO_GROUP else f"{row['group']} "
    if row["estimate"] is None:
        return f"{group}cannot be given ({row['reason'].rstrip('.')})"
    interval = f"{limits(row)}; " if row["ci_low"] is not None else ""
    base = f"{interval}n = {say(row['n'])}" if row["n"] is not None else interval.rstrip("; ")
    return f"{group}{say(row['estimate'], row['unit'] or '')}" + (f" ({base})" if base else "")


def _kind(rows: list[Mapping[str, Any]]) -> str:
    """Say what the values are, and how wide their intervals."""
    with_value = [row for row in rows if row["estimate"] is not None]
    if not with_value:
        return ""
    name = measures.NAMES.get(with_value[0]["unit"] or "", "Estimate")
    level = next((row["level"] for row in with_value if row.get("level")), None)
    many = "s" if len(with_value) > 1 else ""
    first, within, rest = name.partition(" in ")
    return f"{first}{many}{within}{rest} with {_width(level)}{many}."


def _width(level: float | None) -> str:
    return f"{say(level, 'proportion')} interval" if level else "interval"


def value(number: float, unit: str | None) -> str:
    """Return an estimate without its unit.

    >>> value(-0.0498, "proportion difference"), value(0.7, "odds ratio")
    ('−5.0', '0.70')
    """
    if unit == "proportion difference":
        return say(number * 100, "", 1)
    return say(number, "per 100000").split()[0] if unit == "per 100000" else say(number, unit or "")


def limits(row: Mapping[str, Any]) -> str:
    """Return the limits of an interval, without the unit."""
    if row["ci_low"] is None or row["ci_high"] is None:
        return "no interval"
    if row["no_difference"] is None:
        return say_interval(row["ci_low"], row["ci_high"], row["unit"] or "")
    return f"{value(row['ci_low'], row['unit'])} to {value(row['ci_high'], row['unit'])}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
