"""Bringing character positions of different programs to one count, with the proof.

REFI-QDA counts positions in Unicode code points. Programs differ in what they count: a Windows line end as
one or as two characters, a byte order mark as none or one, an emoji as one or (in UTF-16) two. Our text has
line ends of one character and no byte order mark. For each source all readings that differ are tried; the one
whose selections start and end at word edges, and whose recorded wordings fit, is taken. The standard's own
reading wins unless another is clearly better.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BOM = "\ufeff"
MARGIN = 0.10  # ASSUME: another reading must put at least a tenth more of the boundaries (and two) on word edges
HINT_CHARACTERS = 4  # shorter recorded wordings prove nothing


@dataclass(frozen=True)
class Selection:
    """Positions as they stand in the file, and the wording recorded beside them (blank when there is none)."""

    start: int
    end: int
    hint: str = ""


@dataclass(frozen=True)
class Reading:
    """One way to count: label of the repair it means, and the file position of every code point of our text."""

    label: str
    positions: np.ndarray


def canonical(raw: str) -> str:
    """Return the text without byte order mark, with every line end as one line feed."""
    return raw.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def _newline_widths(raw: str) -> list[int]:
    """Width of each line end of the file, in order: 2 for CR LF, 1 for a lone CR or LF."""
    widths, index = [], 0
    while index < len(raw):
        if raw[index] == "\r":
            pair = raw[index + 1 : index + 2] == "\n"
            widths.append(2 if pair else 1)
            index += 2 if pair else 1
        else:
            if raw[index] == "\n":
                widths.append(1)
            index += 1
    return widths


def readings(raw: str) -> list[Reading]:
    """Return every way of counting that differs for this text, the standard's own first.

    Parameters
    ----------
    raw : str
        The text as decoded from the file, with its line ends and byte order mark.
    """
    text = canonical(raw)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    newline, astral = points == 10, points > 0xFFFF
    in_file = np.array(_newline_widths(raw.removeprefix(BOM)), dtype=np.int64)
    found: list[Reading] = []
    for bom in (0, 1) if raw.startswith(BOM) else (0,):
        for wide in (False, True) if astral.any() else (False,):
            for width in ("file", 1, 2):
                widths = np.ones(len(points), dtype=np.int64)
                widths[newline] = in_file if width == "file" else width
                crlf = bool((widths[newline] != 1).any())
                if wide:
                    widths[astral] = 2
                positions = np.concatenate([[0], np.cumsum(widths)]) + bom
                if any(np.array_equal(positions, other.positions) for other in found):
                    continue
                parts = ["crlf"] * crlf + ["bom"] * bool(bom) + ["utf16"] * wide
                found.append(Reading("+".join(parts) or "none", positions))
    return found


def locate(reading: Reading, position: int) -> int | None:
    """Return the index in our text of a position in the file, or None when it falls outside or inside a character."""
    index = int(np.searchsorted(reading.positions, position))
    inside = index < len(reading.positions) and reading.positions[index] == position
    return index if inside else None


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _edges(text: str, start: int, end: int) -> int:
    """Count how many of the two boundaries stand at a word's edge; a blank inside the boundary counts against it.

    A selection that takes its line end along is common and does not count against it.
    """
    starts = not text[start].isspace() and (start == 0 or not (text[start - 1].isalnum() and text[start].isalnum()))
    last = text[end - 1]
    ends = last == "\n" or (not last.isspace() and (end == len(text) or not (last.isalnum() and text[end].isalnum())))
    return int(starts) + int(ends)


def _score(text: str, reading: Reading, selections: Sequence[Selection]) -> tuple[int, int, int]:
    """Recorded wordings that fit, selections inside the text, boundaries at word edges."""
    hints = valid = edges = 0
    for selection in selections:
        start, end = locate(reading, selection.start), locate(reading, selection.end)
        if start is None or end is None or not start < end:
            continue
        valid += 1
        edges += _edges(text, start, end)
        hint = _squeezed(selection.hint)
        hints += len(hint) >= HINT_CHARACTERS and _squeezed(text[start:end]).startswith(hint)
    return hints, valid, edges


def choose(raw: str, selections: Sequence[Selection]) -> tuple[Reading, str]:
    """Choose the way of counting that fits the selections of one source, and say why.

    Returns
    -------
    (Reading, str)
        The reading and its proof in one sentence. With no selections, or when the evidence does not tell the
        readings apart, the standard's reading is kept and the sentence says so.
    """
    text, options = canonical(raw), readings(raw)
    if not selections:
        return options[0], "no selection to prove a reading by"
    scores = [_score(text, option, selections) for option in options]
    if len(options) == 1:
        return options[0], f"one way to count; {_shown(scores[0], selections)}"
    needed = max(2, int(np.ceil(MARGIN * 2 * len(selections))))
    best = 0
    for index in range(1, len(options)):
        now, new = scores[best], scores[index]
        if new[:2] > now[:2] or (new[:2] == now[:2] and new[2] >= now[2] + (needed if best == 0 else 1)):
            best = index
    others = [score for index, score in enumerate(scores) if index != best]
    if scores[best] in others:
        return options[
            best
        ], f"readings cannot be told apart, the standard's is kept; {_shown(scores[best], selections)}"
    runner = max(others)
    return options[best], f"{_shown(scores[best], selections)}; next reading: {_shown(runner, selections)}"


def _shown(score: tuple[int, int, int], selections: Sequence[Selection]) -> str:
    hinted = sum(len(_squeezed(selection.hint)) >= HINT_CHARACTERS for selection in selections)
    wording = f", {score[0]} of {hinted} recorded wordings fit" if score[0] else ""
    return (
        f"{score[1]} of {len(selections)} selections inside the text, {score[2]} of "
        f"{2 * len(selections)} boundaries at word edges{wording}"
    )
