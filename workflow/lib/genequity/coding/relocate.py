"""Finding coded segments again in their transcripts, where a file carries words but no positions.

In this order: the words as they stand, in one place; the same words, whatever blanks, punctuation, quotation marks and
capitals stand between and over them; the parts around an omission (``[...]``); nearly the same words. What stands in
several places is *ambiguous* and is left without a position: choosing one would be a guess.
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.distance import LCSseq

from genequity.coding import naming, offsets, project
from genequity.coding.project import AMBIGUOUS, EXACT, FUZZY, NO_TEXT, NOT_FOUND, Project

CUTOFF = 88.0  # ASSUME: share of characters alike (in per cent) from which words are nearly the same
SHORT = 64  # letters and digits; up to this length a wording without a run of words in common is compared too
SHORTEST = 12  # letters and digits; shorter wordings are never matched by likeness
SEED = 4  # words in a row that a nearly-alike place shares with the segment
PLACES = 24  # places of one run of words that are looked at
WINDOWS = 3  # stretches of the transcript that share most runs of words, which are compared letter by letter
APART = 1.0  # per cent by which the best place must beat the next
OMISSION = re.compile(r"\s*(?:\[\s*(?:\.{2,}|…)\s*\]|\(\s*(?:\.{2,}|…)\s*\)|\.{3,}|…)\s*")
WORD = re.compile(r"[^\W_]+")
RELOCATED = "relocated"


@dataclass(frozen=True)
class Place:
    """Where a segment stands, by a word of :data:`genequity.coding.project.MATCHES`."""

    match: str
    start: int | None = None
    end: int | None = None


class Text:
    """One transcript, ready to be searched: its letters and digits in a row, and where each word of it stands."""

    def __init__(self, text: str):
        self.text = text
        self.bones, self.starts, self.at = _bones(text)
        self._seeds: dict[str, list[int]] | None = None
        self._words: list[str] | None = None

    def original(self, first: int, last: int) -> tuple[int, int]:
        """Return start and end in the text of a stretch of bones (``last`` is behind it)."""
        return self._one(first), self._one(last - 1) + 1

    def _one(self, bone: int) -> int:
        word = bisect.bisect_right(self.starts, bone) - 1
        return self.at[word] + bone - self.starts[word]

    def at_edges(self, first: int, last: int) -> bool:
        """Whether a stretch of bones starts and ends with a whole word."""
        begin = bisect.bisect_left(self.starts, first)
        after = bisect.bisect_left(self.starts, last)
        starts = begin < len(self.starts) and self.starts[begin] == first
        return starts and (last == len(self.bones) or (after < len(self.starts) and self.starts[after] == last))

    def seeds(self) -> dict[str, list[int]]:
        """Return, for each run of :data:`SEED` words, the words at which it begins."""
        if self._seeds is None:
            words = self.words()
            self._seeds = {}
            for index in range(len(words) - SEED + 1):
                self._seeds.setdefault(" ".join(words[index : index + SEED]), []).append(index)
        return self._seeds

    def words(self) -> list[str]:
        """Return the words as they stand in the bones."""
        if self._words is None:
            bounds = [*self.starts, len(self.bones)]
            self._words = [self.bones[a:b] for a, b in pairwise(bounds)]
        return self._words


def _bones(text: str) -> tuple[str, list[int], list[int]]:
    """Return letters and digits in lower case, nothing between, with the start of each word here and in the text."""
    words, starts, at, length = [], [], [], 0
    for found in WORD.finditer(text):
        word = found.group().lower()
        if len(word) != found.end() - found.start():
            word = found.group()
        words.append(word)
        starts.append(length)
        at.append(found.start())
        length += len(word)
    return "".join(words), starts, at


def _occurrences(needle: str, hay: str, most: int = 50) -> list[int]:
    found, at = [], hay.find(needle)
    while at >= 0 and len(found) < most:
        found.append(at)
        at = hay.find(needle, at + 1)
    return found


def find(words: str, text: Text) -> Place:
    """Return where a segment's words stand in a text.

    Parameters
    ----------
    words : str
        The segment as the coding program wrote it.
    text : Text
        Its transcript.
    """
    words = unicodedata.normalize("NFC", words).replace("\r\n", "\n").replace("\r", "\n").strip()
    if not words:
        return Place(NOT_FOUND)
    plain = _occurrences(words, text.text, 2)
    if len(plain) == 1 and _whole_words(text.text, plain[0], plain[0] + len(words)):
        return Place(EXACT, plain[0], plain[0] + len(words))
    bones = _bones(words)[0]
    if not bones:
        return Place(AMBIGUOUS if plain else NOT_FOUND)
    found = _by_bones(words, bones, text)
    if found.match != NOT_FOUND:
        return found
    if len(plain) == 1:
        return Place(EXACT, plain[0], plain[0] + len(words))
    parts = [part for part in OMISSION.split(words) if _bones(part)[0]]
    if len(parts) > 1 or (parts and parts[0] != words):
        found = _around_omissions(parts, text)
        if found.match != NOT_FOUND:
            return found
    return _nearly(words, bones, text)


def _whole_words(text: str, start: int, end: int) -> bool:
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    return before and (end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum()))


def _by_bones(words: str, bones: str, text: Text) -> Place:
    places = _occurrences(bones, text.bones)
    whole = [at for at in places if text.at_edges(at, at + len(bones))]
    if len(whole) == 1 or (not whole and len(places) == 1 and len(bones) >= SHORTEST):
        at = (whole or places)[0]
        return Place(EXACT, *_with_marks(words, text, *text.original(at, at + len(bones))))
    if len(whole) > 1:
        exact = [at for at in _occurrences(words, text.text) if _whole_words(text.text, at, at + len(words))]
        return Place(EXACT, exact[0], exact[0] + len(words)) if len(exact) == 1 else Place(AMBIGUOUS)
    return Place(AMBIGUOUS if len(places) > 1 and len(bones) >= SHORTEST else NOT_FOUND)


def _with_marks(words: str, text: Text, start: int, end: int) -> tuple[int, int]:
    """Take along the marks around the words that the segment has too: a closing full stop, an opening bracket."""
    tail = len(words) - len(words.rstrip("".join({c for c in words if not c.isalnum()})))
    head = len(words) - len(words.lstrip("".join({c for c in words if not c.isalnum()})))
    body = text.text
    while tail > 0 and end < len(body) and not body[end].isalnum() and not body[end].isspace():
        end, tail = end + 1, tail - 1
    while head > 0 and start > 0 and not body[start - 1].isalnum() and not body[start - 1].isspace():
        start, head = start - 1, head - 1
    return start, end


def _around_omissions(parts: list[str], text: Text) -> Place:
    spans = []
    for part in parts:
        place = _by_bones(part, _bones(part)[0], text)
        if place.match == NOT_FOUND:
            return place
        if place.match == EXACT:
            spans.append((place.start, place.end))
    if len(spans) != len(parts) or spans != sorted(spans):
        return Place(AMBIGUOUS)
    return Place(FUZZY, spans[0][0], spans[-1][1])


def _nearly(words: str, bones: str, text: Text) -> Place:
    """Compare the places that share a run of words; where the segment is too short for one, the whole text."""
    if len(bones) < SHORTEST:
        return Place(NOT_FOUND)
    own = [word.lower() for word in WORD.findall(words)]
    found: list[tuple[float, int, int]] = []
    for first, last in _windows(own, text):
        span = _aligned(own, text.words()[first:last])
        if span is not None:
            start = text.starts[first + span[0]]
            end = text.starts[first + span[1]] if first + span[1] < len(text.starts) else len(text.bones)
            found.append((fuzz.ratio(bones, text.bones[start:end]), start, end))
    if not found and len(bones) <= SHORT:
        match = fuzz.partial_ratio_alignment(bones, text.bones, score_cutoff=CUTOFF)
        if match is not None and match.dest_end > match.dest_start:
            start, end = _word_edges(text, match.dest_start, match.dest_end)
            rest = text.bones[:start] + "\n" * len(bones) + text.bones[end:]
            other = fuzz.partial_ratio(bones, rest, score_cutoff=CUTOFF)
            found = [(match.score, start, end), (other, 0, 0)]
    found = sorted((entry for entry in found if entry[0] >= CUTOFF), key=lambda entry: (-entry[0], entry[1]))
    if not found:
        return Place(NOT_FOUND)
    best = found[0]
    if any(score > best[0] - APART and (start >= best[2] or end <= best[1]) for score, start, end in found[1:]):
        return Place(AMBIGUOUS)
    return Place(FUZZY, *_with_marks(words, text, *text.original(best[1], best[2])))


def _windows(own: list[str], text: Text) -> list[tuple[int, int]]:
    """Return the stretches of the text, in words, that share most runs of words with a segment."""
    slack = max(len(own) // 4, SEED)
    votes: dict[int, int] = {}
    for index in range(len(own) - SEED + 1):
        for place in text.seeds().get(" ".join(own[index : index + SEED]), [])[:PLACES]:
            block = max(place - index, 0) // slack
            votes[block] = votes.get(block, 0) + 1
    found: list[tuple[int, int]] = []
    for block in sorted(votes, key=lambda block: (-votes[block], block)):
        first = max((block - 1) * slack, 0)
        if len(found) < WINDOWS and not any(abs(first - known) <= slack for known, _ in found):
            found.append((first, min(first + len(own) + 3 * slack, len(text.starts))))
    return found


def _aligned(own: list[str], there: list[str]) -> tuple[int, int] | None:
    """Return the words of a window that answer a segment's, by the longest run of words in common."""
    blocks = [(op.src_start, op.src_end, op.dest_start) for op in LCSseq.opcodes(own, there) if op.tag == "equal"]
    while len(blocks) > 1 and _stray(blocks[0], blocks[1]):
        del blocks[0]
    while len(blocks) > 1 and _stray(blocks[-1], blocks[-2]):
        del blocks[-1]
    if not blocks:
        return None
    first, last = blocks[0], blocks[-1]
    start = max(first[2] - first[0], 0)
    end = min(last[2] + (last[1] - last[0]) + len(own) - last[1], len(there))
    return start, end


def _stray(edge: tuple[int, int, int], inner: tuple[int, int, int]) -> bool:
    """Whether a short common run at the edge stands much further off in the window than in the segment."""
    shift = abs((inner[2] - edge[2]) - (inner[0] - edge[0]))
    return edge[1] - edge[0] < SEED and shift > 2 * SEED


def _word_edges(text: Text, first: int, last: int) -> tuple[int, int]:
    """Move the ends of a nearly-alike place to the edges of the words they fall into."""
    word = bisect.bisect_right(text.starts, first) - 1
    after = bisect.bisect_left(text.starts, last)
    return text.starts[word], text.starts[after] if after < len(text.starts) else len(text.bones)


def project_with_places(content: Project, texts: Mapping[str, str]) -> Project:
    """Return the project with a position for each segment that has none and whose words stand in one place.

    Parameters
    ----------
    content : Project
        Its own texts come first.
    texts : mapping
        Texts of the study by :func:`genequity.coding.naming.key`.

    Returns
    -------
    Project
        Segments that were placed hold the words of the text; ``repaired`` says ``relocated``. Sources get their texts.
    """
    segments = content.segments.reset_index(drop=True)
    wanted = segments[segments["start"].isna()] if len(segments) else segments
    own = dict(zip(content.sources["source"], content.sources["text"]))
    for name, text in own.items():
        own[name] = text or texts.get(naming.key(name), "")
    sources = content.sources.assign(text=[own[name] for name in content.sources["source"]])
    if wanted.empty:
        return replace(content, sources=sources)
    columns = {name: list(segments[name]) for name in ("start", "end", "match", "text", "repaired", "status")}
    for source, part in wanted.groupby("source", sort=False):  # one transcript's index at a time
        body = own.get(source, "")
        text = Text(body) if body else None
        known: dict[str, Place] = {}
        for at, words in zip(part.index, part["text"]):
            if words not in known:
                known[words] = find(words, text) if text else Place(NO_TEXT)
            place = known[words]
            columns["match"][at] = place.match
            if place.start is not None:
                columns["start"][at], columns["end"][at] = place.start, place.end
                columns["text"][at] = body[place.start : place.end]
                columns["repaired"][at], columns["status"][at] = RELOCATED, project.PLACED
    return replace(content, sources=sources, segments=_with(segments, columns))


def _with(segments: pd.DataFrame, columns: Mapping[str, list]) -> pd.DataFrame:
    """Return the segments with some columns replaced, positions as nullable integers."""
    made = {
        name: pd.array([None if pd.isna(v) else int(v) for v in values], dtype="Int64")
        if name in ("start", "end")
        else values
        for name, values in columns.items()
    }
    return segments.assign(**made)


def checked(content: Project, texts: Mapping[str, str]) -> Project:
    """Return the project whose given positions were compared with the words beside them, where the file has no texts.

    For each source whose transcript the study brings, the way of counting is chosen as for REFI-QDA; positions that
    still do not hold the words are dropped, so that the words are searched for.
    """
    segments = content.segments.reset_index(drop=True)
    given = segments[segments["start"].notna()] if len(segments) else segments
    own = dict(zip(content.sources["source"], content.sources["text"]))
    parts = {
        source: part
        for source, part in given.groupby("source", sort=False)
        if not own.get(source) and texts.get(naming.key(source))
    }
    if not parts:
        return content
    marks = {
        source: [offsets.Selection(int(s), int(e), w) for s, e, w in zip(part["start"], part["end"], part["text"])]
        for source, part in parts.items()
    }
    raws = {source: texts[naming.key(source)] for source in parts}
    chosen = dict(zip(parts, offsets.choose_all([(raws[source], marks[source]) for source in parts]), strict=True))
    columns = {name: list(segments[name]) for name in ("start", "end", "match", "text", "repaired", "status")}
    for source, part in parts.items():
        body, reading = offsets.canonical(raws[source]), chosen[source][0]
        for at, mark in zip(part.index, marks[source], strict=True):
            span = offsets.place(reading, mark)
            if not isinstance(span, str) and _bones(body[span[0] : span[1]])[0] == _bones(mark.hint)[0]:
                columns["start"][at], columns["end"][at] = span
                columns["text"][at], columns["repaired"][at] = body[span[0] : span[1]], reading.label
            else:
                columns["start"][at] = columns["end"][at] = None
                columns["match"][at], columns["status"][at] = NO_TEXT, project.WORDS_ONLY
    proof = {source: (reading.label, sentence) for source, (reading, sentence) in chosen.items()}
    old = zip(content.sources["source"], zip(content.sources["repaired"], content.sources["proof"]))
    told = [proof.get(name, said) for name, said in old]
    sources = content.sources.assign(repaired=[label for label, _ in told], proof=[sentence for _, sentence in told])
    return replace(content, segments=_with(segments, columns), sources=sources)


def texts_of(projects: Sequence[Project]) -> dict[str, str]:
    """Return the texts that projects hold, by :func:`genequity.coding.naming.key`; of one name, the first."""
    texts: dict[str, str] = {}
    for content in projects:
        for name, text in zip(content.sources["source"], content.sources["text"]):
            if text:
                texts.setdefault(naming.key(name), text)
    return texts


def among(projects: Sequence[Project]) -> list[Project]:
    """Return the projects, with words that had no transcript searched for in the texts that the others hold."""
    lacking = [bool((content.segments["match"] == NO_TEXT).any()) for content in projects]
    texts = texts_of(projects) if any(lacking) else {}
    return [
        project_with_places(checked(content, texts), texts) if lacks else content
        for content, lacks in zip(projects, lacking, strict=True)
    ]
