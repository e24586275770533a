"""What was read: readers note each file and how much of it there is, and the check tells it to people.

Nobody listens in a build; then a note costs nothing and is forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """One file that was opened: what was counted in it, and the sheet it was found on when it is a workbook."""

    amount: str = ""
    sheet: str = ""


_notes: ContextVar[dict[str, Note] | None] = ContextVar("notes", default=None)


@contextmanager
def collected() -> Iterator[dict[str, Note]]:
    """Yield file -> note, filled while readers run."""
    found: dict[str, Note] = {}
    token = _notes.set(found)
    try:
        yield found
    finally:
        _notes.reset(token)


def note(file: str, count: int | None = None, what: str = "row", *, sheet: str = "") -> None:
    """Say that a file was read, and how many rows or records it holds.

    Parameters
    ----------
    file : str
        The file as named in the config.
    count : int, optional
        How many.
    what : str
        Of what, in the singular.
    sheet : str
        Name of the sheet, for a workbook.
    """
    notes = _notes.get()
    if notes is None:
        return
    earlier = notes.get(str(file), Note())
    amount = "" if count is None else f"{count:,} {what}{'' if count == 1 else 's'}"
    notes[str(file)] = Note(amount or earlier.amount, sheet or earlier.sheet)
