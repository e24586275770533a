"""Letters put around the value of an inline expression, so that it is known in the finished document.

They are letters (of Linear A), not control characters: pandoc reads quotes and emphasis beside them as beside a word.
"""

from __future__ import annotations

import re

START, MIDDLE, END = "\U00010600", "\U0001060b", "\U0001060c"
DIGITS = "".join(chr(0x10601 + digit) for digit in range(10))
_BLOCK = re.compile(r"\s|[-*+:]\s|[-*_]{3}|#|>|\||`{3}|~{3}|:{3}|\(?(\d+|[A-Za-z#@])[.)]\s")


def around(value: str, place: int) -> str:
    """Return a value between marks that hold its place; what pandoc may read as blocks stays as it is."""
    if "\n" in value or not value.strip() or _BLOCK.match(value):
        return value
    return f"{START}{''.join(DIGITS[int(digit)] for digit in str(place))}{MIDDLE}{value}{END}"
