"""What the three writers say in the same words: title, date, headings, sizes of pictures."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from genequity.publish import pandoc
from genequity.publish.pandoc import Node, keys

SHORT = 9  # rows of a table that is kept on one page, its head included
LONG = 40  # rows from which on a table is set in smaller type
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def title(study: dict[str, Any]) -> str:
    """Return the document's title, which says the watermark too."""
    return " – ".join(part for part in (study["title"], study["watermark"]) if part)


def long_date(day: str) -> str:
    """Return a date in words.

    >>> long_date("2026-11-02")
    '2 November 2026'
    """
    moment = date.fromisoformat(day[:10])
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def headings(blocks: list[Node], depth: int) -> list[tuple[int, str, str, str]]:
    """Return ``(level, id, number, title)`` of each heading down to a level; appendices say so."""
    found = []
    for block in blocks:
        if block["t"] == "Header" and block["c"][0] <= depth:
            level, attribute, inlines = block["c"]
            number = keys(attribute).get("number", "")
            if number and level == 1 and "appendix" in attribute[1]:
                number = f"Appendix {number}:"
            found.append((level, attribute[0], number, pandoc.text(inlines).strip()))
    return found


def svg_size(svg: bytes) -> tuple[float, float] | None:
    """Return width and height of a drawing in points, when it gives them."""
    head = svg[:2000].decode("utf-8", "replace")
    found = [re.search(rf'<svg[^>]*\b{name}="([\d.]+)(pt|px)?"', head, re.S) for name in ("width", "height")]
    if not all(found):
        return None
    width, height = (float(m.group(1)) * (0.75 if m.group(2) != "pt" else 1) for m in found if m)
    return width, height


def key_number(entry: list[Node]) -> tuple[list[Node], list[Node]]:
    """Part an item of a ``key-numbers`` list into its number (the first strong words) and what it counts."""
    inlines = entry[0]["c"] if entry and entry[0]["t"] in ("Plain", "Para") else []
    if inlines and inlines[0]["t"] == "Strong":
        rest = inlines[1:]
        return inlines[0]["c"], rest[1:] if rest and rest[0]["t"] in ("Space", "SoftBreak") else rest
    return [], inlines
