"""Find which paragraph, table cell and word of a returned document stands for which of the one that went out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

SIMILAR = 0.5  # from which on two paragraphs of a gap are held to be the same one, edited
MOVED = 0.8  # from which on a paragraph that is gone here and new there has moved
_TOKEN = re.compile(r"\s+|\w+(?:[.,'/-]\w+)*%?|[^\w\s]")


@dataclass(frozen=True)
class Pair:
    """Paragraphs of both documents (by place) that belong together; one side is empty when added or taken out."""

    old: tuple[int, ...]
    new: tuple[int, ...]
    moved: bool = False


def ratio(one: str, other: str) -> float:
    """Return how much two texts have in common, from 0 to 1."""
    from rapidfuzz import fuzz

    return fuzz.ratio(one, other) / 100


def paragraphs(old: list[str], new: list[str]) -> list[Pair]:
    """Pair the paragraphs of two documents, in the order of the old one.

    Paragraphs that read the same are paired first; between them, those most alike, also one with two that it was split
    into or joined from; what is left over on both sides and much alike has moved.
    """
    pairs: list[Pair] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pairs += [Pair((i,), (j,)) for i, j in zip(range(a, b), range(c, d), strict=True)]
        else:
            pairs += _gap(old, new, range(a, b), range(c, d))
    return _with_moves(pairs, old, new)


def _gap(old: list[str], new: list[str], rows: range, columns: range) -> list[Pair]:
    """Pair a run of paragraphs that differ, keeping their order, by the greatest common length."""
    n, m = len(rows), len(columns)
    if not n or not m:
        return [Pair((i,), ()) for i in rows] + [Pair((), (j,)) for j in columns]
    best = [[0.0] * (m + 1) for _ in range(n + 1)]
    step: list[list[tuple[int, int]]] = [[(0, 0)] * (m + 1) for _ in range(n + 1)]

    def gain(i: int, j: int, di: int, dj: int) -> float:
        one = " ".join(old[k] for k in rows[i : i + di])
        other = " ".join(new[k] for k in columns[j : j + dj])
        same = ratio(one, other)
        least = SIMILAR if di == dj else 0.8
        # Two for one only where both are needed: a split or a join reads nearly as before.
        return same * (len(one) + len(other)) if same >= least else -1.0

    for i in range(n, -1, -1):
        for j in range(m, -1, -1):
            choices = []
            if i < n:
                choices.append((best[i + 1][j], (1, 0)))
            if j < m:
                choices.append((best[i][j + 1], (0, 1)))
            for di, dj in ((1, 1), (1, 2), (2, 1)):
                if i + di <= n and j + dj <= m and (worth := gain(i, j, di, dj)) > 0:
                    choices.append((best[i + di][j + dj] + worth, (di, dj)))
            if choices:
                best[i][j], step[i][j] = max(choices, key=lambda choice: (choice[0], choice[1][0] == choice[1][1]))
    pairs, i, j = [], 0, 0
    while i < n or j < m:
        di, dj = step[i][j]
        pairs.append(Pair(tuple(rows[i : i + di]), tuple(columns[j : j + dj])))
        i, j = i + di, j + dj
    return _rewritten(pairs)


def _rewritten(pairs: list[Pair]) -> list[Pair]:
    """Pair what is left of a gap where as many paragraphs are gone as are new: they were written anew."""
    done: list[Pair] = []
    run: list[Pair] = []
    for pair in [*pairs, Pair((-1,), (-1,))]:
        if pair.old and pair.new:
            gone = [p for p in run if p.old]
            fresh = [p for p in run if p.new]
            same = len(gone) == len(fresh)
            done += [Pair(a.old, b.new) for a, b in zip(gone, fresh, strict=True)] if same else run
            done.append(pair)
            run = []
        else:
            run.append(pair)
    return done[:-1]


def _with_moves(pairs: list[Pair], old: list[str], new: list[str]) -> list[Pair]:
    gone = [pair for pair in pairs if not pair.new]
    fresh = [pair for pair in pairs if not pair.old]
    for one in gone:
        text = old[one.old[0]]
        close = [(ratio(text, new[other.new[0]]), -other.new[0], other) for other in fresh]
        if close and (found := max(close, key=lambda item: item[:2]))[0] >= MOVED and len(text) > 20:
            fresh.remove(found[2])
            pairs.remove(found[2])
            pairs[pairs.index(one)] = Pair(one.old, found[2].new, moved=True)
    return pairs


def words(old: str, new: str, class_of: Callable[[int, int], object]) -> list[tuple[int, int, int, int]]:
    """Return the pieces that differ, as ``(start, end)`` in the old text and in the new one.

    Parameters
    ----------
    old, new : str
        A paragraph as it was and as it is.
    class_of : callable
        Given a piece of the old text, says what it is (typed, or computed from a source). Pieces of the same kind that
        only white space parts are joined.
    """
    a = [(match.start(), match.group()) for match in _TOKEN.finditer(old)]
    b = [(match.start(), match.group()) for match in _TOKEN.finditer(new)]
    matcher = SequenceMatcher(None, [t for _, t in a], [t for _, t in b], autojunk=False)

    def place(tokens: list[tuple[int, str]], index: int, text: str) -> int:
        return tokens[index][0] if index < len(tokens) else len(text)

    pieces: list[tuple[int, int, int, int]] = []
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        piece = (place(a, i, old), place(a, j, old), place(b, k, new), place(b, m, new))
        if pieces and not old[pieces[-1][1] : piece[0]].strip() and not new[pieces[-1][3] : piece[2]].strip():
            before = pieces[-1]
            if class_of(*before[:2]) == class_of(*piece[:2]):
                pieces[-1] = (before[0], piece[1], before[2], piece[3])
                continue
        pieces.append(piece)
    return pieces
