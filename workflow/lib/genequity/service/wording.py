"""Words that the strand's findings share: sides, verdicts, counts, intervals in percentage points."""

from __future__ import annotations

from typing import Any

from genequity.numbers import say, say_interval

UNCLEAR = "no_clear_difference"
NAMES = {"age": "age", "sex": "sex", "deprivation": "deprivation", "region": "region"}


def count(value: Any) -> int | None:
    """Return a released count, or None where it is withheld."""
    return None if value is None or str(value) in ("<NA>", "nan") else int(value)


def side(low: float, high: float, none: float) -> str:
    """Return where an interval lies from the value of no difference."""
    return "lower" if high < none else "higher" if low > none else UNCLEAR


def overall(sides: dict[str, str]) -> str:
    """One direction for an overview: that of all clear differences; "described" when they point both ways."""
    clear = {each for each in sides.values() if each != UNCLEAR}
    return UNCLEAR if not clear else clear.pop() if len(clear) == 1 else "described"


def verdict(direction: str) -> str:
    """Return the sentence that says that there is no clear difference, or nothing."""
    return " No clear difference." if direction == UNCLEAR else ""


def points(value: float, low: float, high: float) -> str:
    """Return a difference of shares with its interval, in percentage points."""
    return f"{say(value, 'proportion difference')}; {say_interval(100 * low, 100 * high, '', 1, 0)}"


def ratio(value: float, low: float, high: float, unit: str = "ratio") -> str:
    """Return a ratio with its interval."""
    return f"{say(value, unit)} ({say_interval(low, high, unit, none=1)})"


def adjusted_for(covariates: list[str]) -> str:
    """Say what a model adjusts for."""
    return f"after adjustment for {joined([NAMES[c] for c in covariates])}" if covariates else "without adjustment"


def reason(value: Any, otherwise: str = "it is withheld") -> str:
    """Return a table's reason in words, or another."""
    return value if isinstance(value, str) and value else otherwise


def joined(words: list[str]) -> str:
    """Return words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def slug(text: str) -> str:
    """Return a label as a part of an id."""
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
