"""The identifier gate: words that leave must not hold what points to a person.

Vocabulary: *spoken* words are those of participants and panellists, *printed* words those of documents and labels. Both
are searched for NHS numbers (ten digits with a right check digit), National Insurance numbers, postcodes, telephone
numbers, e-mail addresses, dates of birth and the study's own list of names. In spoken words every full date counts,
since a day that somebody tells may be one on which something happened to them alone. The gate cannot know names that
are on no list, nor a story that points to one person: people read everything before it leaves.

Sources: NHS Data Dictionary, NHS number (modulus 11); HMRC NIM39110 (National Insurance numbers); Ofcom's numbering
plan; Royal Mail's postcode format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from genequity.errors import InputError, Problem, missing_file

if TYPE_CHECKING:
    import pandas as pd

    from genequity.tables import TableSchema

GAP = r"[ \u00a0\u2009\u202f.\-\u2010-\u2013]{0,2}"  # what people write between groups of digits
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE = (
    r"(?:(?<!\d)\d{1,2}(?:st|nd|rd|th)?(?: of)?[ .-]+" + MONTH + r"[ ,.-]+(?:\d{4}|\d{2})(?!\d)"
    r"|\b" + MONTH + r"[ .]+\d{1,2}(?:st|nd|rd|th)?,? +\d{4}(?!\d)"
    r"|(?<![\d./-])\d{1,2}([./-])\d{1,2}\1(?:\d{4}|\d{2})(?![./-]?\d)"
    r"|(?<![\d./-])\d{4}([./-])\d{1,2}\2\d{1,2}(?![./-]?\d))"
)
BORN = r"\b(?:born|birth|birthday|d\.? ?o\.? ?b\.?)\b[^\n]{0,40}?"
NAMES = "a name on the list of names"
DO = {
    True: "replace it by a bracketed note such as [number] in the transcript, or leave the words unquoted",
    False: "remove it from the words, or leave them out",
}


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number (weights 10 to 2, modulus 11)."""
    if len(digits) != 10:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    return check != 10 and check % 11 == int(digits[9])


def _nhs(found: re.Match[str]) -> bool:
    return is_nhs_number(re.sub(r"\D", "", found.group()))


def _always(_: re.Match[str]) -> bool:
    return True


Kind = tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]
KINDS: dict[str, Kind] = {
    "an NHS number": (re.compile(rf"(?<!\d)\d{{3}}{GAP}\d{{3}}{GAP}\d{{4}}(?!\d)"), _nhs),
    "a National Insurance number": (
        re.compile(
            rf"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{GAP}(?:\d{{2}}{GAP}){{3}}[A-D]\b",
            re.IGNORECASE,
        ),
        _always,
    ),
    "a postcode": (
        re.compile(
            r"\b(?:GIR[ \u00a0]?0AA|[A-Z]{1,2}\d[A-Z\d]?[ \u00a0]?\d[A-Z]{2})\b",
            re.IGNORECASE,
        ),
        _always,
    ),
    "a telephone number": (
        re.compile(
            r"(?<![\w+./-])(?:(?:\+44|0044)[ \u00a0-]?(?:\(0\))?[ \u00a0-]?|\(?0)"
            r"[1-9](?:[ \u00a0()-]{0,2}\d){8,9}(?!\d)"
        ),
        _always,
    ),
    "an e-mail address": (re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+"), _always),
    "a date of birth": (re.compile(BORN + DATE, re.IGNORECASE), _always),
}
SPOKEN: dict[str, Kind] = {"a full date": (re.compile(DATE, re.IGNORECASE), _always)}


def names(file: str | Path | None) -> list[str]:
    """Read the study's list of names to refuse: one a line, as they are written; ``#`` begins a remark.

    Raises
    ------
    InputError
        If the file is not there, or a name is too short to be told from a word.
    """
    if not file:
        return []
    if not Path(file).is_file():
        raise InputError(missing_file(str(file)))
    lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    found, problems = [], []
    for number, line in enumerate(lines, 1):
        name = " ".join(line.partition("#")[0].split())
        if len(name) == 1:
            problems.append(Problem(str(file), "this name is one letter", f"line {number}", "at least two letters"))
        elif name:
            found.append(name)
    if problems:
        raise InputError(problems)
    return found


def find(text: str, refused: Iterable[str] = (), *, spoken: bool = False) -> list[tuple[str, int, int]]:
    """Return kind, start and end of everything in a text that looks like an identifier, in order of place.

    Parameters
    ----------
    text : str
        The words.
    refused : iterable of str
        Names to refuse, as whole words, whatever their capitals.
    spoken : bool
        Whether they are a person's own words, in which any full date counts.
    """
    kinds = KINDS | (SPOKEN if spoken else {})
    if pattern := _any_of(refused):
        kinds = kinds | {NAMES: (pattern, _always)}
    found = [
        (kind, match.start(), match.end())
        for kind, (pattern, holds) in kinds.items()
        for match in pattern.finditer(text)
        if holds(match)
    ]
    return sorted(found, key=lambda item: item[1])


def _any_of(refused: Iterable[str]) -> re.Pattern[str] | None:
    words = [r"\s+".join(re.escape(part) for part in name.split()) for name in refused]
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE) if words else None


def problems(
    texts: Iterable[tuple[str, str, int, str]], what: str, refused: Iterable[str] = (), *, spoken: bool
) -> list[Problem]:
    """List identifiers in texts by file and place, without showing them.

    Parameters
    ----------
    texts : iterable of (file, where, offset, text)
        ``where`` names the text inside the file (a row, a source by its number); ``offset`` is the place of its first
        character in that source.
    what : str
        What the texts are, as in ``"a quotation"``.
    refused : iterable of str
        Names to refuse.
    spoken : bool
        As in :func:`find`.
    """
    refused = list(refused)
    return [
        Problem(
            file,
            f"{what} holds what looks like {kind}; nothing was released",
            where=f"{where}, characters {offset + start} to {offset + end}",
            do=DO[spoken],
        )
        for file, where, offset, text in texts
        for kind, start, end in find(text, refused, spoken=spoken)
    ]


def in_texts(texts: Iterable[object], column: str, file: str, refused: Iterable[str] = ()) -> list[Problem]:
    """List identifiers in a column of text that is about to leave, by row, without showing them."""
    rows = [
        (file, f"column {column}, row {row}", 0, text) for row, text in enumerate(texts, 2) if isinstance(text, str)
    ]
    return problems(rows, "a cell", refused, spoken=False)


def in_table(frame: pd.DataFrame, table: TableSchema, file: str, refused: Iterable[str] = ()) -> list[Problem]:
    """List identifiers in the free text of a table: every column of text without a closed list of values.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table that is about to leave.
    table : TableSchema
        Its schema.
    file : str
        Its path, for messages.
    refused : iterable of str
        Names to refuse.
    """
    free = [column.name for column in table.columns.values() if column.type == "string" and not column.values]
    return [problem for name in free for problem in in_texts(frame[name], name, file, refused)]
