"""Markdown as its readers see it, each letter with its place in the source, so that an edit can be taken back there.

A *projection* is a paragraph without Markdown's signs; what the build fills in (inline expressions, references,
citations, shortcodes) is one sign, :data:`FILLED`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from genequity.publish.wordmap import alike

FILLED = "\ufffc"
SPECIAL = re.compile(r"([\\`*_\[\]<>#$@^~|{}])")
_LINE = re.compile(r"^(\s*(#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s?|:{3,}[^\n]*|\[\^[^\]]+\]:\s+))")
_PATTERNS = [
    ("filled", re.compile(r"(?<!`)`\{python\} [^`]*`(?!`)")),
    ("filled", re.compile(r"\{\{<.*?>\}\}")),
    ("filled", re.compile(r"\[[^\[\]]*?(?<![\w\\])-?@[\w][^\[\]]*\]")),
    ("skip", re.compile(r"<!--.*?-->", re.S)),
    ("skip", re.compile(r"\[\^[^\]]+\]")),
    ("skip", re.compile(r"!\[[^\]]*\]\([^)]*\)(\{[^}]*\})?")),
    ("filled", re.compile(r"(?<![\w\\])-?@(?:\{[^}]+\}|\w(?:[\w:.#$%&+?<>~/-]*\w)?)")),
    ("escape", re.compile(r"\\(?:[^\w\s]|_)")),
    ("skip", re.compile(r"\]\([^)\s]*(?:\s\"[^\"]*\")?\)(\{[^}]*\})?")),
    ("skip", re.compile(r"\]\{[^}]*\}")),
    ("skip", re.compile(r"\[(?=[^\[\]]*\](?:\(|\{))")),
    ("skip", re.compile(r"\*{1,3}|`+|~~")),
    ("skip", re.compile(r"(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)")),
    ("dash", re.compile(r"---?")),
]


@dataclass
class Projection:
    """One paragraph: its words, and the place in the source where each letter starts and ends."""

    text: str
    starts: list[int]
    ends: list[int]


def project(source: str) -> list[Projection]:
    """Return the paragraphs, headings and list items of a Markdown cell as readers see them."""
    done = []
    fence = ""
    block: list[tuple[int, str]] = []
    offset = 0
    for line in [*source.splitlines(keepends=True), ""]:
        mark = re.match(r"^ {0,3}(`{3,}|~{3,})", line)
        begins = _LINE.match(line)
        if fence or mark or not line.strip() or begins:
            if block:
                done.append(_projected(block))
            block = []
        if mark and not fence:
            fence = mark.group(1)
        elif fence:
            fence = "" if mark and mark.group(1).startswith(fence) else fence
        elif line.strip():
            skip = begins.end() if begins else 0
            if line[skip:].strip():
                block.append((offset + skip, line[skip:]))
        offset += len(line)
    return [item for item in done if item.text]


def _projected(block: list[tuple[int, str]]) -> Projection:
    letters: list[tuple[str, int, int]] = []
    for offset, line in block:
        text = line.rstrip()
        if line.lstrip().startswith("|"):
            text = text.replace("|", " ")
        heading = re.search(r"\s*\{[^{}]*#[^{}]*\}$", text)
        text = text[: heading.start()] if heading and FILLED not in text else text
        letters += _letters(text, offset)
        letters.append((" ", offset + len(text), offset + len(line)))
    kept: list[tuple[str, int, int]] = []
    for letter, start, end in letters:
        for one in alike(f"x{letter}x")[1:-1]:
            if one != " " or (kept and kept[-1][0] != " "):
                kept.append((one, start, end))
    while kept and kept[-1][0] == " ":
        kept.pop()
    return Projection("".join(k[0] for k in kept), [k[1] for k in kept], [k[2] for k in kept])


def _letters(text: str, offset: int) -> list[tuple[str, int, int]]:
    letters: list[tuple[str, int, int]] = []
    place = 0
    while place < len(text):
        for kind, pattern in _PATTERNS:
            if found := pattern.match(text, place):
                start, end = offset + place, offset + found.end()
                if kind == "filled":
                    letters.append((FILLED, start, end))
                elif kind == "escape":
                    letters.append((found.group()[1], start, end))
                elif kind == "dash":
                    letters.append(("—" if len(found.group()) == 3 else "–", start, end))
                place = found.end()
                break
        else:
            letters.append((text[place], offset + place, offset + place + 1))
            place += 1
    return letters


def found(source: str, text: str) -> Projection | None:
    """Return the one paragraph of a cell that reads so, or nothing when none or several do."""
    hits = [item for item in project(source) if item.text == text]
    return hits[0] if len(hits) == 1 else None


def edited(source: str, text: str, pieces: list[tuple[int, int, str]]) -> str | None:
    """Return a cell with pieces of one paragraph replaced, or nothing when that cannot be done surely.

    Parameters
    ----------
    source : str
        The cell.
    text : str
        The paragraph as readers see it, with :data:`FILLED` for what the build fills in.
    pieces : list of (start, end, words)
        What is replaced by which words, from the first to the last.
    """
    place = found(source, text)
    if place is None:
        return None
    wanted, changed = text, source
    for start, end, words in sorted(pieces, reverse=True):
        if FILLED in text[start:end]:
            return None
        wanted = wanted[:start] + words + wanted[end:]
        if start < end:
            first, last = place.starts[start], place.ends[end - 1]
            if sum(b - a for a, b in zip(place.starts[start:end], place.ends[start:end], strict=True)) != last - first:
                return None  # Markdown's signs stand within
        elif start:
            first = last = place.ends[start - 1] if start == len(text) else place.starts[start]
        else:
            first = last = place.starts[0]
        changed = changed[:first] + SPECIAL.sub(r"\\\1", words) + changed[last:]
    return changed if found(changed, alike(wanted)) else None
