"""The identifier gate: words that leave must not hold what points to a person.

Vocabulary: *spoken* words are those of participants and panellists, *printed* words those of documents and labels. Both
are searched for NHS numbers (ten digits with a right check digit), National Insurance numbers, postcodes, telephone
numbers, e-mail addresses, dates of birth and the study's own list of names. In spoken words every full date counts,
since a day that somebody tells may be one on which something happened to them alone. Numbers that are spaced, dashed,
dictated in words or written with invisible characters are found too, and so are e-mail addresses with "at" and "dot".
The gate cannot know names that
are on no list, nor a story that points to one person: people read everything before it leaves.

Sources: NHS Data Dictionary, NHS number (modulus 11); HMRC NIM39110 (National Insurance numbers); Ofcom's numbering
plan; Royal Mail's postcode format.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from genequity.errors import InputError, Problem, missing_file

if TYPE_CHECKING:
    import pandas as pd

    from genequity.tables import TableSchema

GAP = r"[ \u00a0\u2009\u202f.\-\u2010-\u2015/]{0,2}"  # what people write between groups of digits
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"
ORDINAL = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
YEAR = (
    r"(?:\d{4}|['\u2019]?\d{2}|(?:nineteen|twenty)[ -]"
    r"(?:[a-z]+(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?))"
)
DATE = (
    r"(?:(?<!\d)\d{1,2} ?(?:st|nd|rd|th)?(?: of)?[ .-]+" + MONTH + r"[ ,.-]+" + YEAR + r"(?!\d)"
    r"|\b" + ORDINAL + r"(?: of)? " + MONTH + r"[ ,]+" + YEAR + r"(?!\d)"
    r"|\b" + MONTH + r"[ .]+(?:the )?(?:\d{1,2} ?(?:st|nd|rd|th)?|" + ORDINAL + r"),? +" + YEAR + r"(?!\d)"
    r"|(?<!\d)\d{4}[ .-]+" + MONTH + r"[ .-]+\d{1,2}(?!\d)"
    r"|(?<![\d./-])\d{1,2} ?([./-]) ?\d{1,2} ?\1 ?(?:\d{4}|\d{2})(?![./-]?\d)"
    r"|(?<![\d./-])\d{4} ?([./-]) ?\d{1,2} ?\2 ?\d{1,2}(?![./-]?\d))"
)
BORN = r"\b(?:born|birth|birthday|d\.? ?o\.? ?b\.?)\b[^\n]{0,40}?"
SPACED_DATE = r"(?:(?<!\d)\d{1,2} \d{1,2} (?:\d{4}|\d{2})(?!\d))"  # of no use but after a word for birth
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = {word: str(digit) for digit, word in enumerate(WORDS)} | dict.fromkeys(("oh", "o", "nought", "naught"), "0")
TIMES = {"double": 2, "triple": 3, "treble": 3}
SPELT = rf"(?:{'|'.join(DIGITS)})"
BETWEEN = r"[ ,.\-\u2010-\u2015/]"
# Digits one by one, in figures or in words, as a number is dictated.
DICTATED = re.compile(
    rf"(?<![\w.,])(?:(?:(?:double|triple|treble)[ -])?(?:{SPELT}|\d{{1,4}})(?:{BETWEEN}{{1,2}}|(?!\w))){{6,}}",
    re.IGNORECASE,
)
A_DIGIT_IN_WORDS = re.compile(rf"\b{SPELT}\b", re.IGNORECASE)
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
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
    digits = re.sub(r"\D", "", found.group())
    return digits != "0" * 10 and is_nhs_number(digits)


def _postcode(found: re.Match[str]) -> bool:
    """Whether it is more than a label and an ordinal, as in ``Item I12 3rd``."""
    outward, inward = re.split(r"(?=\d\W*[A-Za-z]\W*[A-Za-z]$)", found.group(), maxsplit=1)
    return not (outward != outward.lower() and re.fullmatch(r"1st|2nd|3rd|\dth", inward))


def _always(_: re.Match[str]) -> bool:
    return True


Kind = tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]
NHS, TELEPHONE, INSURANCE = "an NHS number", "a telephone number", "a National Insurance number"
EMAIL, POSTCODE = "an e-mail address", "a postcode"
NO_SUFFIX = f"{INSURANCE} without its last letter"
LEAST_FIGURES = {NHS: 10, TELEPHONE: 8, INSURANCE: 6, NO_SUFFIX: 6, POSTCODE: 2}
ORDINAL_ENDINGS = ("first", "second", "third", "fth", "fourth", "sixth", "nth", "ghth", "ninth", "tieth")
FIGURES_APART = re.compile(r"\d ?[./-] ?\d|\d \d")
PREFIX = r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z]{gap}[A-CEGHJ-NPR-TW-Z]"
DOMAIN = r"(?:com|org|net|uk|co|gov|ac|edu|nhs|info|io|eu|ie|me)"
KINDS: dict[str, Kind] = {
    NHS: (
        re.compile(rf"(?<![\d.,])\d{{3}}\)?{GAP}\d{{3}}{GAP}\d{{4}}(?![.,]?\d)|(?<!\d)\d{{5}}{GAP}\d{{5}}(?!\d)"),
        _nhs,
    ),
    INSURANCE: (
        re.compile(
            rf"(?<!\w){PREFIX.format(gap=GAP)}{GAP}(?:\d{GAP}){{6}}[A-D](?!\w)",
            re.IGNORECASE,
        ),
        _always,
    ),
    POSTCODE: (
        re.compile(
            r"(?<!\w)(?:GIR[ \u00a0]?0AA|[A-Z]{1,2}\d[A-Z\d]?[ \u00a0\u2009\u202f\-\u2010-\u2015.]{0,2}\d[A-Z]{2}"
            r"|(?:[A-Z][ -]){1,2}(?:\d[ -]){2,3}[A-Z][ -][A-Z])(?!\w)",
            re.IGNORECASE,
        ),
        _postcode,
    ),
    TELEPHONE: (
        re.compile(
            r"(?<![\w+./-])(?:(?:\+44|0044)[ \u00a0.-]?(?:\(0\))?[ \u00a0.-]?|\(?0)"
            r"[1-9](?:[ \u00a0()/\-\u2010-\u2015]{0,2}\d){8,9}(?!\d)"
            r"|(?<![\w+./-])(?:\+44|0044|0)[ .]?[1-9]\d{2,4}[.]\d{3}[.]?\d{3,4}(?!\d)"
            r"|(?<![\w+])\+[1-9]\d{0,2}(?:[ \u00a0()./-]{0,2}\d){7,12}(?!\d)"
        ),
        _always,
    ),
    EMAIL: (
        re.compile(
            r"[\w.+'-]+ ?(?:@|[(\[{<] ?(?:at|@) ?[)\]}>]) ?[\w-]+"
            r"(?: ?(?:\.|[(\[{<] ?(?:dot|\.) ?[)\]}>]| dot ) ?[\w-]+)+"
            rf"|[\w.+'-]+ at (?!the\b)[\w-]+(?: dot [\w-]+)* dot {DOMAIN}\b",
            re.IGNORECASE,
        ),
        _always,
    ),
    "a date of birth": (re.compile(BORN + f"(?:{DATE}|{SPACED_DATE})", re.IGNORECASE), _always),
}
SPOKEN: dict[str, Kind] = {
    "a full date": (re.compile(DATE, re.IGNORECASE), _always),
    NO_SUFFIX: (
        re.compile(rf"(?<!\w){PREFIX.format(gap='')} ?\d{{2}} ?\d{{2}} ?\d{{2}}(?!\w)"),
        _always,
    ),
}


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
    plain, places = _plain(text)
    figures = sum(map(plain.count, "0123456789"))
    found = []
    for kind, (pattern, holds) in (KINDS | (SPOKEN if spoken else {})).items():
        if _can_be(kind, plain, figures):
            found += [(kind, match.start(), match.end()) for match in pattern.finditer(plain) if holds(match)]
    if figures >= 10 or figures + len(A_DIGIT_IN_WORDS.findall(plain)) >= 6:
        found += _dictated(plain, found)
    if pattern := _any_of(tuple(refused)):
        found += [(NAMES, match.start(), match.end()) for match in pattern.finditer(_without_accents(plain))]
    if places is not None:
        found = [(kind, places[start], places[end - 1] + 1) for kind, start, end in found]
    return sorted(found, key=lambda item: item[1])


def _can_be(kind: str, text: str, figures: int) -> bool:
    """Whether it is worth while to look for a kind: most passages hold too few figures for any."""
    if kind in LEAST_FIGURES:
        return figures >= LEAST_FIGURES[kind]
    if kind == EMAIL:
        return "@" in text or " dot " in text.lower() or "[at]" in text.lower() or "(at)" in text.lower()
    if figures >= 3 and FIGURES_APART.search(text):
        return True
    small = text.lower()
    if not any(month in small for month in MONTHS):
        return False
    return figures > 0 or any(ending in small for ending in ORDINAL_ENDINGS)


def _plain(text: str) -> tuple[str, list[int] | None]:
    """Return the text without characters that nobody sees and with digits in one script, and where each stood."""
    if text.isascii():
        return text, None
    kept, places = [], []
    for place, letter in enumerate(text):
        if ord(letter) in INVISIBLE:
            continue
        folded = unicodedata.normalize("NFKC", letter) if letter != "\u00a0" else letter
        kept.append(folded if len(folded) == 1 else letter)
        places.append(place)
    return "".join(kept), places


def _without_accents(text: str) -> str:
    """Return the text with each letter's accent taken off, place for place."""
    return text if text.isascii() else "".join(unicodedata.normalize("NFD", letter)[0] for letter in text)


def _dictated(text: str, known: Iterable[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Find NHS and telephone numbers that are dictated digit by digit, in figures or in words."""
    found = []
    for match in DICTATED.finditer(text):
        digits, times = "", 1
        parts = re.findall(r"[a-z]+|\d+", match.group().lower())
        one_by_one = all(part in DIGITS or part in TIMES or len(part) == 1 for part in parts)
        # Groups of figures are a number only where nothing but a blank or a dash stands between them.
        if not one_by_one and re.search(r"[.,/]|[a-z]", match.group(), re.IGNORECASE):
            continue
        for part in parts:
            if part in TIMES:
                times = TIMES[part]
                continue
            digits += DIGITS.get(part, part) * times
            times = 1
        end = match.start() + len(match.group().rstrip(" ,./-\u2010\u2011\u2012\u2013\u2014\u2015"))
        if len(digits) == 10 and digits != "0" * 10 and is_nhs_number(digits):
            found.append((NHS, match.start(), end))
        elif re.fullmatch(r"0[12356789]\d{8,9}|0044[1-9]\d{8,9}", digits) and len(set(digits)) > 2:
            found.append((TELEPHONE, match.start(), end))
    taken = list(known)
    return [item for item in found if not any(item[1] < end and start < item[2] for _, start, end in taken)]


@functools.lru_cache(maxsize=8)
def _any_of(refused: tuple[str, ...]) -> re.Pattern[str] | None:
    words = [
        r"[\s\-\u2010-\u2015]+".join(map(re.escape, re.split(r"[\s-]+", _without_accents(name)))) for name in refused
    ]
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
    refused = tuple(refused)
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
