"""Reporting checklists: an item is reported by the authors, by the run, or by nobody yet.

What the authors report comes before what the run says. The run fills in an item where the settings and the data show
the fact that its sentence needs; it never says what they do not show.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genequity.errors import Problem, nearest

if TYPE_CHECKING:
    import pandas as pd

REPORTED, BY_AUTHORS, MISSING = "reported", "reported by the authors", "not reported"
NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True)
class Item:
    """One item: number, topic; a sentence, the fact it needs, the section that reports it; and why it may not apply.

    A ``proposed`` sentence is one for the authors to put into title or abstract, which a run does not write.
    """

    standard: str
    number: str | int
    topic: str
    sentence: str = ""
    needs: str = ""
    section: str = ""
    otherwise: str = ""
    proposed: bool = False


def answered(
    items: Iterable[Item], authors: Mapping[str, Any], facts: Mapping[str, str], missing: str = MISSING
) -> Iterator[tuple[Item, str, str | None, str | None]]:
    """Yield every item with its state, its answer and the section that reports it.

    Parameters
    ----------
    items : iterable of Item
        The checklist.
    authors : mapping
        Standard in lower case -> item number -> what the authors report.
    facts : mapping
        What the settings and the data say; a blank or absent fact leaves its items to the authors.
    missing : str
        State of an item that nobody reports.
    """
    for item in items:
        own = (authors.get(item.standard.lower()) or {}).get(str(item.number))
        if own := " ".join(str(own or "").split()):
            yield item, BY_AUTHORS, own, None
        elif item.sentence and facts.get(item.needs):
            state = missing if item.proposed else REPORTED
            yield item, state, item.sentence.format_map(facts), item.section or None
        elif item.otherwise:
            yield item, NOT_APPLICABLE, item.otherwise, None
        else:
            yield item, missing, None, None


def unknown(items: Iterable[Item], authors: Mapping[str, Any], setting: str) -> list[Problem]:
    """List the answers to items that no checklist has.

    Parameters
    ----------
    items, authors
        As in :func:`answered`.
    setting : str
        The setting that holds the answers; ``{}`` in it stands for the standard.
    """
    known: dict[str, list[str]] = {}
    for item in items:
        known.setdefault(item.standard, []).append(str(item.number))
    return [
        Problem(
            "config",
            f"{standard} has no item '{number}'.{nearest(number, numbers)}",
            where=setting.format(standard.lower()),
            expected=f"one of {', '.join(numbers)}",
        )
        for standard, numbers in known.items()
        for number in map(str, authors.get(standard.lower()) or {})
        if number not in numbers
    ]


def unreported(table: pd.DataFrame, setting: str, missing: str = MISSING) -> list[Problem]:
    """List the items that nobody reports, for a study that is strict about them.

    Parameters
    ----------
    table : pandas.DataFrame
        The filled checklist: ``standard, item, topic, state``.
    setting : str
        The setting that holds the answers, and ``strict``.
    missing : str
        State of an item that nobody reports.
    """
    return [
        Problem(
            "config",
            f"item {row.item} of {row.standard} is not reported: {row.topic.lower()}",
            where=f"{setting}.{row.standard.lower()}",
            do=f"report it there, or set {setting}.strict: false to list it as missing",
        )
        for row in table[table["state"] == missing].itertuples()
    ]
