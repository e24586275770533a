"""The redaction log: what was taken out of transcripts, by whom, and what stands in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from genequity import authored
from genequity.errors import Problem, raise_if

COLUMNS = ("source", "kind", "where", "by", "replaced_by")
FILLED = ("source", "kind", "by", "replaced_by")
COUNTED = ["kind", "logged", "in_text"]
ALL, NOT_LOGGED = "All kinds", "Bracketed notes that no entry of the log explains"
BRACKETED = re.compile(r"\[[^\[\]\n]*[^\W\d_][^\[\]\n]*\]")  # a note in brackets; a time in brackets has no letter


def read(file: str | None, sessions: Iterable[str]) -> pd.DataFrame:
    """Read the redaction log: one row a redaction.

    Parameters
    ----------
    file : str or None
        CSV or workbook with :data:`COLUMNS`: the session, what was taken out (name, place, date), where it stood, who
        took it out, and the bracketed note in its place. What was taken out is never written down.
    sessions : iterable of str
        Sessions of the participants table, also of those who withdrew.

    Raises
    ------
    InputError
        With every unknown session and every blank cell.
    """
    if not file:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in (*COLUMNS, authored.ROW)})
    table = authored.read(file, COLUMNS, filled=FILLED)
    known = set(sessions)
    raise_if(
        Problem(file, "this is no session of the participants table", f"row {row.row}, column source")
        for row in table.itertuples()
        if row.source not in known
    )
    return table


def counted(log: pd.DataFrame, sources: pd.DataFrame) -> pd.DataFrame:
    """Count redactions by kind, as logged and as their notes stand in the transcripts that are analysed.

    Returns
    -------
    pandas.DataFrame
        ``kind, logged, in_text``: the kinds, all, and bracketed notes that no entry explains. Empty without a log.
    """
    texts = {row.source: row.text or "" for row in sources[["source", "text"]].itertuples(index=False)}
    held = log[log["source"].isin(list(texts))]
    if log.empty:
        return pd.DataFrame(columns=COUNTED)
    rows, explained = [], 0
    notes = held.drop_duplicates(["source", "replaced_by"])
    first_kind = notes.set_index(["source", "replaced_by"])["kind"]
    for kind, part in held.groupby("kind", sort=True):
        own = notes[notes["kind"] == kind]
        stand = sum(texts[row.source].count(row.replaced_by) for row in own.itertuples())
        rows.append([kind, len(part), stand])
        explained += stand
    rows.append([ALL, len(held), explained])
    known = set(first_kind.index)
    loose = sum((source, found) not in known for source, text in texts.items() for found in BRACKETED.findall(text))
    rows.append([NOT_LOGGED, 0, loose])
    return pd.DataFrame(rows, columns=COUNTED)
