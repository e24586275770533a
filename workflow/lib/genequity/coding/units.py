"""Cutting sources into units and asking, for each unit, which coder used which code in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

TABLE_COLUMNS = ["source", "code", "both", "first_only", "second_only", "neither"]


def spans_of_paragraphs(text: str) -> list[tuple[int, int]]:
    """Return start and end of every line that is not blank."""
    return [found.span() for found in re.finditer(r"[^\n]*\S[^\n]*", text)]


def spans_of_sentences(text: str) -> list[tuple[int, int]]:
    """Return start and end of every sentence: text up to . ? ! or the line's end."""
    return [found.span() for found in re.finditer(r"[^\s.!?][^.!?\n]*(?:[.!?]+|(?=\n)|$)", text)]


def spans_of_characters(text: str) -> list[tuple[int, int]]:
    """Return every character by itself."""
    return [(index, index + 1) for index in range(len(text))]


def whole_text(text: str) -> list[tuple[int, int]]:
    """Return the source as one unit."""
    return [(0, len(text))] if text else []


UNITS = {
    "paragraph": spans_of_paragraphs,
    "sentence": spans_of_sentences,
    "character": spans_of_characters,
    "source": whole_text,
}


def marked(spans: Sequence[tuple[int, int]], segments: Iterable[tuple[int, int]], length: int) -> np.ndarray:
    """Say of each unit whether any segment shares a character with it."""
    covered = np.zeros(length + 1, dtype=np.int64)
    for start, end in segments:
        covered[start] += 1
        covered[min(end, length)] -= 1
    inside = np.concatenate([[0], np.cumsum(np.cumsum(covered)[:length] > 0)])
    bounds = np.array(spans, dtype=np.int64).reshape(-1, 2)
    return inside[bounds[:, 1]] > inside[bounds[:, 0]]


def two_by_two(sources: pd.DataFrame, segments: pd.DataFrame, codes: Sequence[str], unit: str) -> pd.DataFrame:
    """Count agreement of two coders on each code in each source.

    Parameters
    ----------
    sources : pandas.DataFrame
        ``source, text``: the texts that both coders had.
    segments : pandas.DataFrame
        ``source, code, start, end`` and ``first`` (true for the first coder's).
    codes : sequence of str
        Codes to compare.
    unit : str
        A key of :data:`UNITS`.

    Returns
    -------
    pandas.DataFrame
        One row for each source and code: units marked by both, by one only, by neither.
    """
    rows = []
    by_source = dict(list(segments.groupby("source")))
    for entry in sources.to_dict("records"):
        spans, length = UNITS[unit](entry["text"]), len(entry["text"])
        part = by_source.get(entry["source"], segments.iloc[:0])
        for code in codes:
            here = part[part["code"] == code]
            a, b = (
                marked(spans, zip(h["start"], h["end"]), length) for h in (here[here["first"]], here[~here["first"]])
            )
            both, first, second = int((a & b).sum()), int((a & ~b).sum()), int((~a & b).sum())
            rows.append([entry["source"], code, both, first, second, len(spans) - both - first - second])
    return pd.DataFrame(rows, columns=TABLE_COLUMNS)


def disagreements(sources: pd.DataFrame, segments: pd.DataFrame, codes: Sequence[str], unit: str) -> pd.DataFrame:
    """List the units on which the two coders differ, with both coders' segments, for discussion.

    Returns
    -------
    pandas.DataFrame
        ``source, code, unit, start, end, marked_by, text``; restricted, since it holds text.
    """
    rows = []
    for entry in sources.to_dict("records"):
        spans, text = UNITS[unit](entry["text"]), entry["text"]
        part = segments[segments["source"] == entry["source"]]
        for code in codes:
            here = part[part["code"] == code]
            if here.empty:
                continue
            a, b = (
                marked(spans, zip(h["start"], h["end"]), len(text)) for h in (here[here["first"]], here[~here["first"]])
            )
            for index in np.flatnonzero(a != b):
                start, end = spans[index]
                by = "first" if a[index] else "second"
                rows.append([entry["source"], code, index + 1, start, end, by, text[start:end]])
    return pd.DataFrame(rows, columns=["source", "code", "unit", "start", "end", "marked_by", "text"])
