"""Words that the strand's findings share: sides, verdicts, counts, intervals in percentage points."""

from __future__ import annotations

from math import exp, log
from statistics import NormalDist
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


def verdict(direction: str, least: str = "") -> str:
    """Return the sentence that says that there is no clear difference, and how large one would be found; or nothing."""
    return f" No clear difference. {least}".rstrip() if direction == UNCLEAR else ""


def least_difference(
    low: float,
    high: float,
    methods: dict[str, Any],
    unit: str = "proportion difference",
    decimals: int | None = None,
) -> str:
    """Say how large a difference would be found with the study's power, from the interval of the one at hand.

    The interval gives the standard error as if it were a normal one (Bloom, 1995), which errs to the careful side.
    """
    least = say(smallest(low, high, methods), unit, decimals)
    return f"A difference of {least} would be found with {methods['power']:.0%} power."


def least_ratio(low: float, high: float, methods: dict[str, Any]) -> str:
    """Say the same of a ratio, above and below one; nothing where a limit was rounded to none at all."""
    if not low > 0:
        return ""
    least = exp(smallest(log(low), log(high), methods))
    pair = f"{say(least, 'rate ratio')}, or of {say(1 / least, 'rate ratio')},"
    return f"A ratio of {pair} would be found with {methods['power']:.0%} power."


def smallest(low: float, high: float, methods: dict[str, Any]) -> float:
    """Return the smallest difference that would be found with the study's power, from an interval's width."""
    sure, power = NormalDist().inv_cdf(0.5 + methods["level"] / 2), NormalDist().inv_cdf(methods["power"])
    return (high - low) / (2 * sure) * (sure + power)


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
