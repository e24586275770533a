"""How many of a few people raised a theme, in words that do not give the number away.

A sample of interviews is a small population. Rounding to the nearest 5 makes 8 of 10 professionals "10 of 10", and a
withheld 2 beside a shown total is no secret. So a theme and role has a band: none, some (a number the rule withholds)
or many (a number it shows). None is kept where the rule keeps zero, since a theme looked for in vain is a result. The
number over all participants stands only where it narrows no withheld number.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from genequity.release import Profile

NONE, SOME, MANY, NONE_OR_SOME = "none", "some", "many", "none or some"
TOO_FEW = "too few people"
WITHHELD = "withheld"  # the whole characteristic, since it would narrow what other tables withhold
BANDS = (NONE, SOME, MANY, NONE_OR_SOME, TOO_FEW, WITHHELD)
LEVEL = "sub-national"  # a role or a group of a sample is a part, whatever country the sample is of

Count = tuple[int, int]  # people who raise a theme, people


def hides(rule: Profile) -> bool:
    """Whether the rule withholds small numbers of a sample's parts."""
    return LEVEL in rule.levels and rule.hide["to"] > 0


def hidden(count: int, rule: Profile) -> bool:
    """Whether the rule withholds this count."""
    return hides(rule) and bool(rule.hides(pd.Series([count])).iloc[0])


def band(raised: int, rule: Profile) -> str:
    """Return how many people raise a theme, in a word of :data:`BANDS`.

    >>> from genequity.release import profile
    >>> [band(count, profile("nhse")) for count in (0, 1, 7, 8)]
    ['none', 'some', 'some', 'many']
    """
    if hidden(0, rule) and hidden(max(raised, 1), rule):
        return NONE_OR_SOME
    if raised == 0:
        return NONE
    return MANY if hides(rule) and not hidden(raised, rule) else SOME


def interval(count: Count, rule: Profile) -> tuple[int, int]:
    """Return the least and the largest number that a reader must think possible for a released count."""
    raised, of = count
    if hidden(raised, rule):
        return (0 if rule.zero == "hide" else 1), min(rule.hide["to"], of)
    if raised == 0 or rule.rounding["method"] == "none":
        return raised, raised
    base, shown = rule.rounding["base"], float(rule.rounded(pd.Series([raised])).iloc[0])
    low = math.ceil(shown - base / 2)
    high = low + base - 1
    return max(low, rule.hide["to"] + 1), min(high, of)


def total_may_stand(total: Count, parts: Mapping[str, Count], rule: Profile, *, sizes_known: bool) -> bool:
    """Whether the number over all, set beside its parts, leaves each withheld part as wide as the rule demands.

    Parameters
    ----------
    total : (int, int)
        Participants who raise the theme, participants.
    parts : mapping
        Role or group -> the same; they add up to the total.
    rule : Profile
        Its ``width`` is the least width, in persons, of the interval to which anybody can narrow a withheld number. A
        part that is narrower before the total is known, for want of people, must not become narrower.
    sizes_known : bool
        Whether the number of people of each part is published. Where it is not, nothing is said of a small part.
    """
    low, high = interval(total, rule)
    if low == high == 0:  # the parts say so already
        return True
    return keeps_width(parts, (low, high), rule, sizes_known=sizes_known)


def ranges_of(parts: Mapping[str, Count], rule: Profile, *, sizes_known: bool) -> dict[str, tuple[int, int]]:
    """Return the least and largest number of each part that a reader must think possible, looking at it alone."""
    silent = _silent(parts, rule, sizes_known=sizes_known)
    return {name: (0, rule.hide["to"]) if name in silent else interval(count, rule) for name, count in parts.items()}


def _silent(parts: Mapping[str, Count], rule: Profile, *, sizes_known: bool) -> set[str]:
    return {name for name, (_, of) in parts.items() if not sizes_known and hidden(of, rule)}


def keeps_width(parts: Mapping[str, Count], total: tuple[int, int], rule: Profile, *, sizes_known: bool) -> bool:
    """Whether parts that add up to a number between two limits keep each withheld part as wide as the rule demands."""
    low, high = total
    silent = _silent(parts, rule, sizes_known=sizes_known)
    ranges = ranges_of(parts, rule, sizes_known=sizes_known)
    lows, highs = (sum(ends[place] for ends in ranges.values()) for place in (0, 1))
    for name, (least, most) in ranges.items():
        if name not in silent and not hidden(parts[name][0], rule):
            continue
        narrowed = min(most, high - (lows - least)) - max(least, low - (highs - most))
        if narrowed < min(rule.width, most - least):
            return False
    return True


def may_stand_beside(
    partitions: Sequence[tuple[Mapping[str, Count], bool]], total: tuple[int, int], rule: Profile
) -> bool:
    """Whether several partitions of the same people, laid side by side, narrow no withheld number too far.

    Parameters
    ----------
    partitions : sequence of (mapping, bool)
        Part -> (participants who raise the theme, participants), and whether the parts' sizes are published.
    total : (int, int)
        Limits of the number over all, from elsewhere.
    rule : Profile
        Its ``width`` is the least width of an interval that may be left.
    """
    low, high = total
    for parts, sizes_known in partitions:
        ranges = ranges_of(parts, rule, sizes_known=sizes_known).values()
        low, high = max(low, sum(ends[0] for ends in ranges)), min(high, sum(ends[1] for ends in ranges))
    return all(keeps_width(parts, (low, high), rule, sizes_known=known) for parts, known in partitions)
