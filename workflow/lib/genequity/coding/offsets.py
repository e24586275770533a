"""Bringing character positions of different programs to one count, with the proof.

REFI-QDA counts positions in Unicode code points. Programs differ in what they count: a Windows line end as
one or as two characters, a byte order mark as none or one, an emoji as one or (in UTF-16) two, an accent with its
letter or by itself, the last character of a passage as its end or as inside it. Our text has line ends of one
character, no byte order mark and composed characters (NFC). For each source all readings that differ are tried;
the one whose selections start and end at word edges, and whose recorded wordings fit, is taken. The standard's own
reading wins unless another is clearly better.
"""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

BOM = "\ufeff"
MARGIN = 0.10  # ASSUME: another reading must put at least a tenth more of the boundaries (and two) on word edges
HINT_CHARACTERS = 4  # shorter recorded wordings prove nothing
HINTS = 300  # recorded wordings of one source that are enough to tell readings apart
OVERSHOOT = 2  # characters by which an end may lie behind the text: programs count a last paragraph mark
SURE = 3  # boundaries by which ends inside the passage must do better
# Whether a byte order mark counts, accents melt into their letters, emoji count as two; the width of a line end.
HABITS = [
    (bom, melted, wide, width)
    for bom in (False, True)
    for melted in (False, True)
    for wide in (False, True)
    for width in ("file", 1, 2)
]
INCLUSIVE = 0.80  # where fewer ends than this stand at word edges, ends inside the passage are tried


@dataclass(frozen=True)
class Selection:
    """Positions as they stand in the file, and the wordings recorded beside them (blank when there is none)."""

    start: int
    end: int
    hint: str = ""


@dataclass(frozen=True)
class Reading:
    """One way to count: label of the repair it means, and the file position of every code point of our text.

    ``last`` is 1 where an end is the passage's last character, 0 where it is the one behind it. ``habits`` are the
    programs' habits (:data:`HABITS`) that lead to it; in most texts several do.
    """

    label: str
    positions: np.ndarray
    last: int = 0
    habits: frozenset[tuple] = frozenset()


def line_feeds(raw: str) -> str:
    """Return the text without byte order mark, with every line end as one line feed."""
    return raw.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")


def canonical(raw: str) -> str:
    """Return the text as this project keeps it: no byte order mark, line feeds, composed characters (NFC)."""
    return unicodedata.normalize("NFC", line_feeds(raw))


@functools.cache
def _following() -> re.Pattern[str]:
    """Match a character together with the marks that may melt into it."""
    marks = [
        point
        for point in range(0x300, sys.maxunicode + 1)
        if unicodedata.category(chr(point)).startswith("M") or 0x1160 <= point <= 0x11FF
    ]
    runs, start = [], None
    for point, after in zip(marks, [*marks[1:], -1]):
        start = point if start is None else start
        if after != point + 1:
            runs.append(f"\\U{start:08x}-\\U{point:08x}")
            start = None
    return re.compile(f".[{''.join(runs)}]+", re.DOTALL)


def _composition(text: str) -> tuple[str, np.ndarray, np.ndarray]:
    """Return the composed text, and for each of its code points how many of the file's, and how many astral, it is."""
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    if unicodedata.is_normalized("NFC", text):
        return text, np.ones(len(points), dtype=np.int64), (points > 0xFFFF).astype(np.int64)
    pieces: list[str] = []
    widths: list[np.ndarray] = []
    astral: list[np.ndarray] = []

    def add(chunk: str) -> None:
        composed = unicodedata.normalize("NFC", chunk)
        own = np.array([ord(c) > 0xFFFF for c in chunk], dtype=np.int64)
        width = np.zeros(len(composed), dtype=np.int64)
        if len(composed) == len(chunk):
            width[:], wide = 1, own
        else:
            width[: len(chunk)] = 1
            width[-1] += max(len(chunk) - len(composed), 0)
            wide = np.zeros(len(composed), dtype=np.int64)
            wide[-1] = own.sum()
        pieces.append(composed)
        widths.append(width)
        astral.append(wide)

    at = 0
    for found in _following().finditer(text):
        _plain(text[at : found.start()], add)
        add(found.group())
        at = found.end()
    _plain(text[at:], add)
    return "".join(pieces), np.concatenate(widths), np.concatenate(astral)


def _plain(span: str, add) -> None:
    """Add a stretch without marks, whole where composing leaves its length alone."""
    if not span:
        return
    if len(unicodedata.normalize("NFC", span)) == len(span):
        add(span)
    else:
        for character in span:
            add(character)


def _newline_widths(body: str) -> np.ndarray:
    """Width of each line end of the file, in order: 2 for CR LF, 1 for a lone CR or LF."""
    return np.array([len(found) for found in re.findall("\r\n|\r|\n", body)], dtype=np.int64)


def readings(raw: str) -> list[Reading]:
    """Return every way of counting that differs for this text, the standard's own first.

    Parameters
    ----------
    raw : str
        The text as decoded from the file, with its line ends and byte order mark.
    """
    body = raw.removeprefix(BOM)
    text, composed, astral = _composition(line_feeds(raw))
    newline = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4") == 10
    in_file = _newline_widths(body)
    newline_there = bool(len(in_file))
    marked, changed, wide_there = raw.startswith(BOM), bool((composed != 1).any()), bool(astral.any())
    found: dict[bytes, tuple[str, np.ndarray, list[tuple]]] = {}
    known: dict[tuple, bytes] = {}
    for habit in HABITS:
        bom, melted, wide, width = habit
        width = width if newline_there else 1
        effect = (bom and marked, melted and changed, wide and wide_there, width)
        if effect not in known:
            widths = np.ones(len(text), dtype=np.int64) if effect[1] else composed.copy()
            widths[newline] = in_file if width == "file" else width
            crlf = bool((widths[newline] != 1).any())
            widths = widths + astral if effect[2] else widths
            positions = np.concatenate([[0], np.cumsum(widths)]) + int(effect[0])
            known[effect] = positions.tobytes()
            parts = (
                ["crlf"] * crlf + ["bom"] * effect[0] + ["utf16"] * effect[2] + ["nfc"] * (changed and not effect[1])
            )
            found.setdefault(known[effect], ("+".join(parts) or "none", positions, []))
        found[known[effect]][2].append(habit)
    return [Reading(label, positions, 0, frozenset(habits)) for label, positions, habits in found.values()]


def locate(reading: Reading, position: int) -> int | None:
    """Return the index in our text of a position in the file, or None when it falls outside or inside a character."""
    index = int(np.searchsorted(reading.positions, position))
    inside = index < len(reading.positions) and reading.positions[index] == position
    return index if inside else None


def place(reading: Reading, selection: Selection) -> tuple[int, int] | str:
    """Return start and end of a selection in our text, or why it has none.

    A boundary inside a character (between CR and LF, a letter and its accent) is moved outwards; an end that lies
    behind the text by no more than :data:`OVERSHOOT` characters is the text's end.
    """
    positions = reading.positions
    first, last = selection.start, selection.end + reading.last
    if first > last:
        return "its end stands before its start"
    if first < positions[0] or first > positions[-1] or last > positions[-1] + OVERSHOOT:
        return "its positions lie outside the text"
    start = int(np.searchsorted(positions, first, side="right")) - 1
    end = min(int(np.searchsorted(positions, last)), len(positions) - 1)
    if start >= end:
        return "it marks no character"
    return start, end


def _squeezed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


class _Evidence:
    """What the selections of one source say for or against a reading."""

    def __init__(self, text: str, selections: Sequence[Selection]):
        self.text = text
        self.starts = np.array([s.start for s in selections], dtype=np.int64)
        self.ends = np.array([s.end for s in selections], dtype=np.int64)
        self.hints = [
            (index, hint)
            for index, hint in enumerate(_squeezed(s.hint) for s in selections)
            if len(hint) >= HINT_CHARACTERS
        ][:HINTS]
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        kinds, where = np.unique(points, return_inverse=True)
        characters = [chr(point) for point in kinds]
        word = np.array([c.isalnum() for c in characters], dtype=bool)[where] if len(points) else np.zeros(0, bool)
        blank = np.array([c.isspace() for c in characters], dtype=bool)[where] if len(points) else np.zeros(0, bool)
        within = np.zeros(len(points) + 1, dtype=bool)  # between two characters of one word
        within[1:-1] = word[:-1] & word[1:]
        self.start_at_edge = ~np.append(blank, True) & ~within
        newline = np.concatenate([[False], points == 10])
        self.end_at_edge = newline | (~np.concatenate([[True], blank]) & ~within)

    def score(self, reading: Reading) -> tuple[int, int, int]:
        """Count recorded wordings that fit, selections inside the text, boundaries at word edges.

        A blank inside a boundary counts against it, but a line end that a selection takes along does not.
        """
        positions = reading.positions
        ends = self.ends + reading.last
        start, end = np.searchsorted(positions, self.starts), np.searchsorted(positions, ends)
        top = len(positions) - 1
        valid = (positions[np.minimum(start, top)] == self.starts) & (positions[np.minimum(end, top)] == ends)
        valid &= start < end
        first, last = start[valid], end[valid]
        edges = int(self.start_at_edge[first].sum() + self.end_at_edge[last].sum())
        fit = sum(
            1
            for index, hint in self.hints
            if valid[index]
            and _squeezed(self.text[start[index] : min(end[index], start[index] + 4 * len(hint))]).startswith(hint)
        )
        return fit, int(valid.sum()), edges

    def ends_at_edges(self, reading: Reading) -> float:
        """Return the share of selections inside the text whose end stands at a word's edge."""
        end = np.searchsorted(reading.positions, self.ends)
        inside = end < len(reading.positions)
        return float(self.end_at_edge[end[inside]].mean()) if inside.any() else 1.0


def at_word_edges(text: str, starts: Sequence[int], ends: Sequence[int]) -> int:
    """Count the boundaries of placed segments that stand at a word's edge: two a segment, where all is well."""
    evidence = _Evidence(text, [Selection(start, end) for start, end in zip(starts, ends, strict=True)])
    return int(evidence.start_at_edge[evidence.starts].sum() + evidence.end_at_edge[evidence.ends].sum())


def choose(raw: str, selections: Sequence[Selection]) -> tuple[Reading, str]:
    """Choose the way of counting that fits the selections of one source, and say why; see :func:`choose_all`."""
    return choose_all([(raw, selections)])[0]


def choose_all(sources: Sequence[tuple[str, Sequence[Selection]]]) -> list[tuple[Reading, str]]:
    """Choose the way of counting of each source of one file, and say why.

    A program has one habit: that which fits all sources together best is tried first in each, so that a source with a
    single selection is read as the others prove. Another reading of one source must then be clearly better.

    Parameters
    ----------
    sources : sequence of (str, sequence of Selection)
        Text as decoded, with its line ends and byte order mark, and what is marked in it.

    Returns
    -------
    list of (Reading, str)
        For each source the reading and its proof in one sentence. With no selections, or when the evidence does not
        tell the readings apart, the standard's reading is kept and the sentence says so.
    """
    trials = [_Trial(raw, selections) for raw, selections in sources]
    habit = _habit([trial for trial in trials if trial.scores])
    return [trial.choice(*habit) for trial in trials]


class _Trial:
    """How each reading of one source does. Positions are not kept: of many long texts they would fill the memory."""

    def __init__(self, raw: str, selections: Sequence[Selection]):
        self.raw, self.scores = raw, []
        self.options = readings(raw)
        if selections:
            evidence = _Evidence(canonical(raw), selections)
            if evidence.ends_at_edges(self.options[0]) < INCLUSIVE:
                self.options = [*self.options, *map(_inside, self.options)]
            self.scores = [evidence.score(option) for option in self.options]
            self.selections, self.hints = len(selections), len(evidence.hints)
        self.options = [replace(option, positions=np.zeros(0, dtype=np.int64)) for option in self.options]
        self.places = {(habit, option.last): n for n, option in enumerate(self.options) for habit in option.habits}

    def place(self, habit: tuple, last: int) -> int:
        """Return the reading that a program's habit leads to here."""
        return self.places.get((habit, last), self.places[habit, 0])

    def choice(self, habit: tuple, last: int) -> tuple[Reading, str]:
        """Return the reading taken and its proof; ``habit`` and ``last`` are those of the whole file."""
        if not self.scores:
            return self._reading(0), "no selection to prove a reading by"
        first = best = self.place(habit, last)
        for index, score in enumerate(self.scores):
            needed = _needed(self.selections) if best == first else 1
            if index != best and _better(score, self.scores[best], needed, self.options[index].last):
                best = index
        others = [score for index, score in enumerate(self.scores) if index != best]
        shown = self._shown(best)
        if not others:
            return self._reading(best), f"one way to count; {shown}"
        if self.scores[best] in others:
            kept = "that of the file's other texts" if best == first and first else "the standard's"
            return self._reading(best), f"readings cannot be told apart, {kept} is kept; {shown}"
        return self._reading(best), f"{shown}; next reading: {self._shown(self.scores.index(max(others)))}"

    def _reading(self, index: int) -> Reading:
        plain = readings(self.raw)
        return plain[index] if index < len(plain) else _inside(plain[index - len(plain)])

    def _shown(self, index: int) -> str:
        fit, valid, edges = self.scores[index]
        wording = f", {fit} of {self.hints} recorded wordings fit" if fit else ""
        return (
            f"{valid} of {self.selections} selections inside the text, {edges} of {2 * self.selections} "
            f"boundaries at word edges{wording}"
        )


def _inside(reading: Reading) -> Reading:
    """Return the reading in which an end is the last character of a passage."""
    return replace(reading, label="end" if reading.label == "none" else f"{reading.label}+end", last=1)


def _needed(selections: int) -> int:
    """Return the boundaries at word edges by which a reading must beat the one expected."""
    return max(2, int(np.ceil(MARGIN * 2 * selections)))


def _better(new: tuple[int, int, int], now: tuple[int, int, int], needed: int, last: int) -> bool:
    """Whether a reading does clearly better than another."""
    if last:
        return new[0] > now[0] or (new[0] == now[0] and new[2] >= now[2] + max(needed, SURE))
    return _more(new, now) or (new[:2] == now[:2] and new[2] >= now[2] + needed)


def _habit(trials: Sequence[_Trial]) -> tuple[tuple, int]:
    """Return the habit that fits all sources together, and whether ends are inside; the standard's in doubt."""
    candidates = [(habit, last) for last in (0, 1) for habit in HABITS]
    standard = best = candidates[0]
    if not trials:
        return standard

    def together(candidate: tuple[tuple, int]) -> tuple[int, int, int]:
        scores = [trial.scores[trial.place(*candidate)] for trial in trials]
        return tuple(sum(score[part] for score in scores) for part in range(3))

    now = together(best)
    for candidate in candidates[1:]:
        apart = sum(t.selections for t in trials if t.place(*candidate) != t.place(*best))
        if apart:
            new = together(candidate)
            if _better(new, now, _needed(apart) if best == standard else 1, candidate[1]):
                best, now = candidate, new
    return best


def _more(new: tuple[int, int, int], now: tuple[int, int, int]) -> bool:
    """Whether a reading has more wordings that fit; or as many, more selections in the text, and no fewer edges."""
    return new[0] > now[0] or (new[0] == now[0] and new[1] > now[1] and new[2] >= now[2])
