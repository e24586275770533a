"""Words in two languages: what was said, its translation, who translated it and whether it was checked."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from genequity import authored
from genequity.errors import Problem, raise_if

COLUMNS = ("source", "original", "translation", "language", "translator", "back_check")
FILLED = ("source", "original", "translation", "language")
NONE, AGREED, REVISED, DIFFERS = "none", "agreed", "revised", "differs"
CHECKS = ("", NONE, AGREED, REVISED, DIFFERS)
CHECKED = (AGREED, REVISED)
NOTES = {
    AGREED: "Translated; a translation back agreed.",
    REVISED: "Translated; revised after a translation back.",
    DIFFERS: "Translated; a translation back differed.",
    NONE: "Translated; no translation back was made.",
}
THROUGH_INTERPRETER = "Said through an interpreter."


def read(file: str | None, sessions: Iterable[str]) -> pd.DataFrame:
    """Read the table of translations.

    Parameters
    ----------
    file : str or None
        CSV or workbook: ``source`` (the session), ``original`` and ``translation`` (whole passages, one of them as it
        stands in the coded transcript), ``language`` of the original, ``translator`` (not a name: a role or initials)
        and ``back_check``: one of :data:`CHECKS`.
    sessions : iterable of str
        Sessions of the participants table, also of those who withdrew.

    Raises
    ------
    InputError
        With every unknown session and check; neither is shown.
    """
    if not file:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in (*COLUMNS, authored.ROW)})
    table = authored.read(file, COLUMNS, filled=FILLED)
    known = set(sessions)
    found = [
        Problem(file, "this is no session of the participants table", f"row {row.row}, column source")
        for row in table.itertuples()
        if row.source not in known
    ]
    found += [
        Problem(file, "this check is not known", f"row {row.row}, column back_check", f"one of {', '.join(CHECKS[1:])}")
        for row in table.itertuples()
        if row.back_check not in CHECKS
    ]
    raise_if(found)
    return table.assign(back_check=table["back_check"].where(table["back_check"] != "", NONE))


def texts(table: pd.DataFrame, file: str) -> list[tuple[str, str, int, str]]:
    """Return both sides as the identifier gate reads them: file, place, offset, words."""
    return [
        (file, f"row {row[authored.ROW]}, column {column}", 0, row[column])
        for row in table.to_dict("records")
        for column in ("original", "translation")
    ]


def joined(segments: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Add the other language to the segments whose words, or a part of them, stand in the table.

    Parameters
    ----------
    segments : pandas.DataFrame
        ``session, words``.
    table : pandas.DataFrame
        From :func:`read`.

    Returns
    -------
    pandas.DataFrame
        The segments with ``original, translation, original_language, translator, back_check``; blank where nothing is
        recorded. Where the segment is a part of a passage, the whole passage is given: a part of it has no translation
        of its own.
    """
    columns = ["original", "translation", "original_language", "translator", "back_check"]
    by_session: dict[str, list] = {}
    for row in table.itertuples(index=False):
        by_session.setdefault(row.source, []).append((_plain(row.original), _plain(row.translation), row))
    rows = []
    for session, words in zip(segments["session"], segments["words"]):
        plain = _plain(words)
        sides = [row for old, new, row in by_session.get(session, []) if plain and (plain in old or plain in new)]
        if sides:
            row = sides[0]
            rows.append([row.original, row.translation, row.language, row.translator, row.back_check])
        else:
            rows.append([""] * len(columns))
    held = pd.DataFrame(rows, columns=columns, index=segments.index)
    return segments.assign(**{name: held[name] for name in columns})


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
