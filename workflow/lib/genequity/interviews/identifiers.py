"""The identifier gate: words that may leave must not hold what points to a person.

It finds NHS numbers (ten digits with a right check digit), National Insurance numbers, postcodes, telephone
numbers and e-mail addresses. It cannot find names: people must read every quotation before release.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from genequity.errors import Problem

GAP = r"[ \u00a0-]?"


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


KINDS: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], bool]]] = {
    "an NHS number": (re.compile(rf"(?<!\d)\d{{3}}{GAP}\d{{3}}{GAP}\d{{4}}(?!\d)"), _nhs),
    "a National Insurance number": (
        re.compile(
            rf"\b(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]{GAP}(?:\d{{2}}{GAP}){{3}}[A-D]\b",
            re.IGNORECASE,
        ),
        _always,
    ),
    "a postcode": (
        re.compile(r"\b(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})\b", re.IGNORECASE),
        _always,
    ),
    "a telephone number": (
        re.compile(r"(?<![\d+])(?:\+44[ -]?(?:\(0\))?|\(?0)\d(?:[ ()-]?\d){8,9}(?!\d)"),
        _always,
    ),
    "an e-mail address": (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), _always),
}


def find(text: str) -> list[tuple[str, int, int]]:
    """Return kind, start and end of everything in a text that looks like an identifier."""
    found = [
        (kind, match.start(), match.end())
        for kind, (pattern, holds) in KINDS.items()
        for match in pattern.finditer(text)
        if holds(match)
    ]
    return sorted(found, key=lambda item: item[1])


def problems(quotations: pd.DataFrame, files: dict[int, str]) -> list[Problem]:
    """List identifiers in quotations by file, source number and position, without showing them.

    Parameters
    ----------
    quotations : pandas.DataFrame
        ``project, source_number, start, text``; ``source_number`` counts sources in alphabetical order.
    files : dict
        Project number -> path.
    """
    found = []
    for row in quotations.to_dict("records"):
        for kind, start, end in find(row["text"]):
            base = 0 if pd.isna(row["start"]) else int(row["start"])
            found.append(
                Problem(
                    files[row["project"]],
                    f"a quotation holds what looks like {kind}; nothing was released",
                    where=f"source number {row['source_number']}, characters {base + start} to {base + end}",
                    do=(
                        "replace it by a bracketed note such as [number] in the transcript, or leave "
                        "the segment unquoted"
                    ),
                )
            )
    return found
