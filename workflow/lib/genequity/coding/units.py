"""Cutting sources into units, and asking of each unit which coder used which code in it.

A unit is marked when a segment shares at least one character with it. Characters are not listed one by one: the
stretches between the ends of segments stand for them, each with its length as weight, which gives the same counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

MOST_CODERS = 62  # coders of one comparison: bits of a 64-bit number
PATTERN_COLUMNS = ["source", "code", "mask", "weight"]
# A stop after one of these does not end a sentence.
ABBREVIATIONS = frozenset("mr mrs ms dr prof st no vs cf al fig e.g i.e approx dept ref para sec vol pp".split())  # noqa: SIM905
_CLOSE = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s+(\S)|$)")
_STAMP = r"[\[(]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d+)?[\])]?"
_LABEL = re.compile(rf"^[ \t]*(?:{_STAMP}[ \t]*)?([^\W\d_][^\n:\[(]{{0,39}}?)[ \t]*(?:{_STAMP}[ \t]*)?:(?=\s|$)", re.M)


def spans_of_paragraphs(text: str) -> list[tuple[int, int]]:
    """Return start and end of every line that is not blank."""
    return [found.span() for found in re.finditer(r"[^\n]*\S[^\n]*", text)]


def spans_of_sentences(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence: up to . ? ! or … before a blank, or to the line's end.

    A stop before a small letter, after an abbreviation or after a single capital (an initial) does not end one.
    """
    spans = []
    for line in re.finditer(r"[^\n]+", text):
        words, base, start = line.group(), line.start(), 0
        for close in _CLOSE.finditer(words):
            if close[1] and _goes_on(words[start : close.start()], close.group(), close[1]):
                continue
            spans.append((base + start, base + close.end()))
            start = close.end()
        spans.append((base + start, base + len(words)))
    found = []
    for start, end in spans:
        body = text[start:end]
        kept = body.strip()
        if any(letter.isalnum() for letter in kept):
            at = start + body.index(kept[0])
            found.append((at, at + len(kept)))
    return found


def _goes_on(before: str, close: str, following: str) -> bool:
    """Whether a sentence goes on after what looks like its end."""
    if following.islower():
        return True
    if close != ".":
        return False
    word = re.split(r"[\s(\[“\"]", before)[-1].lower()
    return word in ABBREVIATIONS or (len(word) == 1 and word.isalpha() and word != "i")


def spans_of_characters(text: str) -> list[tuple[int, int]]:
    """Return every character by itself."""
    return [(index, index + 1) for index in range(len(text))]


def spans_of_turns(text: str) -> list[tuple[int, int]]:
    """Return every speaker turn: from a line that opens with a speaker's label and a colon to the next one.

    A time may stand before or after the label. What looks like a label counts as one when each of its words begins
    with a capital or a digit, or when it comes twice. A text without labels has no turns.
    """
    found = [(line.start(), " ".join(line[1].split())) for line in _LABEL.finditer(text)]
    labels = [label for _, label in found]
    starts = [at for at, label in found if _names_a_speaker(label) or labels.count(label) > 1]
    if not starts:
        return []
    bounds = sorted({0, *starts})
    return [(a, b) for a, b in zip(bounds, [*bounds[1:], len(text)]) if text[a:b].strip()]


def _names_a_speaker(label: str) -> bool:
    words = label.split()
    return len(words) <= 3 and all(word[0].isupper() or word[0].isdigit() for word in words)


def whole_text(text: str) -> list[tuple[int, int]]:
    """Return the source as one unit."""
    return [(0, len(text))] if text else []


UNITS = {
    "character": spans_of_characters,
    "sentence": spans_of_sentences,
    "paragraph": spans_of_paragraphs,
    "turn": spans_of_turns,
    "document": whole_text,
}
ALIASES = {"source": "document"}


def named(unit: str) -> str:
    """Return the unit's own name: a source is a document."""
    return ALIASES.get(unit, unit)


@dataclass(frozen=True)
class Cut:
    """All sources cut into units of one kind, in the order of the sources.

    Attributes
    ----------
    source, start, end, weight : arrays of int
        For each unit the place of its source, its ends, and how many units it stands for.
    stride : int
        More than the length of any source; positions of source ``s`` begin at ``s * stride``.
    """

    source: np.ndarray
    start: np.ndarray
    end: np.ndarray
    weight: np.ndarray
    stride: int

    def per_source(self, sources: int) -> np.ndarray:
        """Return the number of units of each source."""
        return np.bincount(self.source, weights=self.weight, minlength=sources).astype(np.int64)


@dataclass(frozen=True)
class Marks:
    """Segments as arrays: place of source, of coder and of code, and the two ends."""

    source: np.ndarray
    coder: np.ndarray
    code: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def where(self, keep: np.ndarray) -> Marks:
        """Return the segments for which ``keep`` is true."""
        return Marks(*(getattr(self, name)[keep] for name in ("source", "coder", "code", "start", "end")))


def marks(segments: pd.DataFrame, sources: Sequence[str], coders: Sequence[str], codes: Sequence[str]) -> Marks:
    """Return the segments of these sources, coders and codes as arrays.

    Parameters
    ----------
    segments : pandas.DataFrame
        ``source, coder, code, start, end``.
    sources, coders, codes : sequence of str
        What to keep; the arrays hold places in these.
    """
    places = [
        pd.Index(list(names)).get_indexer(segments[column])
        for column, names in (("source", sources), ("coder", coders), ("code", codes))
    ]
    keep = np.logical_and.reduce([place >= 0 for place in places]) & segments["start"].notna().to_numpy(dtype=bool)
    ends = [segments.loc[keep, name].to_numpy(dtype=np.int64) for name in ("start", "end")]
    return Marks(*(place[keep].astype(np.int64) for place in places), *ends)


def cut(texts: Sequence[str], unit: str, found: Marks) -> Cut:
    """Cut texts into units.

    Parameters
    ----------
    texts : sequence of str
        The sources.
    unit : str
        A key of :data:`UNITS`.
    found : Marks
        Segments; their ends bound the stretches that stand for characters.
    """
    stride = max((len(text) for text in texts), default=0) + 2
    lengths = np.array([len(text) for text in texts], dtype=np.int64)
    if named(unit) == "character":
        bases = np.arange(len(texts), dtype=np.int64) * stride
        limit = lengths[found.source] if len(found.source) else np.array([], dtype=np.int64)
        ends = [found.source * stride + np.minimum(place, limit) for place in (found.start, found.end)]
        points = np.unique(np.concatenate([bases, bases + lengths, *ends]))
        source = points[:-1] // stride
        inside = source == points[1:] // stride
        start, end = points[:-1][inside] % stride, points[1:][inside] % stride
        return Cut(source[inside], start, end, end - start, stride)
    spans = [UNITS[named(unit)](text) for text in texts]
    source = np.repeat(np.arange(len(texts), dtype=np.int64), [len(part) for part in spans])
    bounds = np.array([span for part in spans for span in part], dtype=np.int64).reshape(-1, 2)
    return Cut(source, bounds[:, 0], bounds[:, 1], np.ones(len(bounds), dtype=np.int64), stride)


def touched(units: Cut, source: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first unit and the one after the last unit that each stretch shares a character with."""
    base = units.source * units.stride
    low = np.searchsorted(base + units.end, source * units.stride + start, side="right")
    high = np.searchsorted(base + units.start, source * units.stride + end, side="left")
    return low, np.maximum(low, high)


def spread(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return every number of each range with the place of its range."""
    count = high - low
    owner = np.repeat(np.arange(len(low)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(low, count) + within, owner


def marked(units: Cut, found: Marks, codes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say of each unit and code that any coder marked which coders did.

    Parameters
    ----------
    units : Cut
        The units.
    found : Marks
        The segments; coder ``k`` has the bit ``1 << k``.
    codes : int
        Number of codes.

    Returns
    -------
    (array, array, array)
        Unit, code and the coders' bits, sorted by unit and code.
    """
    unit, owner = spread(*touched(units, found.source, found.start, found.end))
    key = unit * codes + found.code[owner]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    bits = np.left_shift(np.int64(1), found.coder[owner[order]])
    mask = np.bitwise_or.reduceat(bits, first) if len(first) else np.array([], dtype=np.int64)
    return key[first] // codes, key[first] % codes, mask


def patterns(units: Cut, found: Marks, codes: int) -> pd.DataFrame:
    """Count, for each source and code, the units that the same coders marked.

    Returns
    -------
    pandas.DataFrame
        ``source, code`` (places), ``mask`` (bits of the coders who marked), ``weight`` (number of units). Units that
        nobody marked have no row.
    """
    unit, code, mask = marked(units, found, codes)
    rows = pd.DataFrame({"source": units.source[unit], "code": code, "mask": mask, "weight": units.weight[unit]})
    return rows.groupby(["source", "code", "mask"], as_index=False, sort=True)["weight"].sum()
