"""Summaries that people write into the framework matrix: kept when the data change, and flagged when they are stale.

A summary rests on the segments of its cell. Their *mark*, a digest of their words, is recorded beside it; when the
segments change, the mark of today differs and the summary is stale. The workbook that the workflow writes carries the
marks, and takes them back: a summary that was rewritten there rests on the segments that the workbook showed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from genequity import authored
from genequity.errors import Problem, nearest, raise_if

REQUIRED = ("case", "theme", "summary")
RECORDED, NOW, EXPORTED = "based_on", "segments_now", "summary_was"  # columns of the workbook
COLUMNS = ["case", "theme", "summary", RECORDED, "row"]
NOTHING = "none"  # the mark of a cell without segments
CURRENT, STALE, UNCHECKED, ABSENT = "current", "stale", "not checked", ""
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def mark(texts: Iterable[str]) -> str:
    """Return the digest of the words of a cell's segments, whatever their order and blanks.

    >>> mark(["b", "a  c"]) == mark(["a c", "b"])
    True
    """
    words = sorted(" ".join(text.split()) for text in texts)
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()[:12] if words else NOTHING


def read(
    file: str | None, participants: Iterable[str], totals: Iterable[str], themes: Mapping[str, str]
) -> pd.DataFrame:
    """Read hand-written summaries.

    Parameters
    ----------
    file : str or None
        CSV or workbook with ``case, theme, summary`` and, if wanted, ``based_on``: the mark that the workflow's own
        workbook gives, or the day (YYYY-MM-DD) on which the summary was written.
    participants : iterable of str
        All participants, also those who withdrew: what is said of them is left out by the caller, not a fault.
    totals : iterable of str
        Roles, and the word for all participants: a summary of a whole row of people.
    themes : mapping
        Theme -> label; either may be written.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; rows without a summary are left out.

    Raises
    ------
    InputError
        With every unknown case and theme and every repeated cell; a case is not shown, since it may be a name.
    """
    if not file:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS}).astype({"row": int})
    cells = authored.cells(file, REQUIRED)
    further = [name for name in (RECORDED, NOW, EXPORTED) if name in cells]
    table = authored.read(file, [*REQUIRED, *further])
    table = table.assign(**dict.fromkeys([name for name in (RECORDED, NOW, EXPORTED) if name not in further], ""))
    by_label = {label.casefold(): theme for theme, label in themes.items()}
    table["theme"] = [theme if theme in themes else by_label.get(theme.casefold(), theme) for theme in table["theme"]]
    held = table[table["summary"] != ""]
    known, found = {*participants, *totals}, []
    for row in held.itertuples():
        where = f"row {row.row}, column "
        if row.case not in known:
            do = "write the participant's name as in the participants table, or a role"
            found.append(Problem(file, "this case is no participant and no role", where + "case", do=do))
        if row.theme not in themes:
            found.append(Problem(file, f"this theme is not known.{nearest(row.theme, themes)}", where + "theme"))
    for row in held[held.duplicated(["case", "theme"])]["row"]:
        found.append(Problem(file, "this cell has a summary in an earlier row", f"row {row}", do="keep one of them"))
    raise_if(found)
    rewritten = (held[NOW] != "") & (held[EXPORTED] != mark_of(held["summary"]))
    return held.assign(**{RECORDED: held[RECORDED].mask(rewritten, held[NOW])})[COLUMNS].reset_index(drop=True)


def mark_of(summaries: pd.Series) -> pd.Series:
    """Return the digest of each summary itself: the workbook tells by it which were rewritten there."""
    return summaries.map(lambda text: mark([text]) if text.strip() else NOTHING).astype("str")


def state(summary: str, recorded: str, now: str, newest: str = "") -> str:
    """Return whether a summary still rests on its cell's segments.

    Parameters
    ----------
    summary, recorded : str
        The summary, and the mark or the day recorded with it.
    now : str
        The mark of the segments of today.
    newest : str
        Day of the newest coding of the cell, where the coding program says it.
    """
    if not summary:
        return ABSENT
    if DATE.fullmatch(recorded):
        return (STALE if newest[:10] > recorded else CURRENT) if newest else UNCHECKED
    if not recorded:
        return UNCHECKED
    return CURRENT if recorded == now else STALE


def texts(summaries: pd.DataFrame, file: str) -> list[tuple[str, str, int, str]]:
    """Return summaries as the identifier gate reads them: file, place, offset, words."""
    return [(file, f"row {row.row}, column summary", 0, row.summary) for row in summaries.itertuples()]


def of_programs(held: pd.DataFrame) -> pd.DataFrame:
    """Return the summaries that coding programs' own framework matrices hold; they carry no mark.

    Parameters
    ----------
    held : pandas.DataFrame
        ``case, theme, text``; several codes of a theme are put together.
    """
    if held.empty:
        return pd.DataFrame(columns=COLUMNS)
    parts = held[held["text"].str.strip() != ""].groupby(["case", "theme"], sort=False)["text"]
    joined = [[case, theme, " ".join(words), "", 0] for (case, theme), words in parts]
    return pd.DataFrame(joined, columns=COLUMNS)


def together(own: pd.DataFrame, further: pd.DataFrame) -> pd.DataFrame:
    """Return the study's own summaries, and those of programs for cells that have none."""
    if further.empty:
        return own
    return pd.concat([own, further], ignore_index=True).drop_duplicates(["case", "theme"], ignore_index=True)
