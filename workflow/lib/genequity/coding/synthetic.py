"""Coders who differ in a known number of places, and studies of any size; for demonstrations, tests and benchmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from genequity.coding import project
from genequity.coding.project import Project


@dataclass(frozen=True)
class Passage:
    """One paragraph of a synthetic source: who speaks, the words, the lead coder's code on them."""

    text: str
    code: str = ""
    speaker: str = ""


def second_coder(
    sources: dict[str, list[Passage]], codes: Sequence[str], omitted: int, added: int, rng: np.random.Generator
) -> dict[str, list[Passage]]:
    """Return the same passages as a second coder codes them.

    Parameters
    ----------
    sources : dict
        Source -> passages as the lead coder coded them.
    codes : sequence of str
        Codes the second coder may add.
    omitted, added : int
        How many of the lead coder's codes are left out, and how many uncoded passages get one.
    rng : numpy.random.Generator
        Chooses where.
    """
    coded = [(name, i) for name, passages in sources.items() for i, p in enumerate(passages) if p.code]
    free = [(name, i) for name, passages in sources.items() for i, p in enumerate(passages) if not p.code]
    gone = {coded[i] for i in rng.choice(len(coded), size=omitted, replace=False)}
    new = {free[i]: codes[int(rng.integers(len(codes)))] for i in rng.choice(len(free), size=added, replace=False)}
    return {
        name: [replace(p, code="" if (name, i) in gone else new.get((name, i), p.code)) for i, p in enumerate(passages)]
        for name, passages in sources.items()
    }


def as_project(sources: dict[str, list[Passage]], coder: str, codebook: Sequence[str], name: str) -> Project:
    """Return passages as a coded project; a paragraph is a line, and a code covers its words."""
    texts, segments = [], []
    for source, passages in sources.items():
        at = 0
        for passage in passages:
            start = at + len(passage.speaker)
            end = start + len(passage.text)
            if passage.code:
                row = {"source": source, "coder": coder, "code": passage.code, "start": start, "end": end}
                segments.append(row | {"text": passage.text, "repaired": "none", "memo": "", "created": ""})
            at = end + 1
        body = "\n".join(passage.speaker + passage.text for passage in passages)
        texts.append({"source": source, "text": body, "repaired": "none", "proof": ""})
    codes = [{"code": code, "description": "", "colour": ""} for code in codebook]
    frame = pd.DataFrame(segments, columns=project.SEGMENT_COLUMNS).astype({"start": "Int64", "end": "Int64"})
    return Project(
        name=name,
        origin="genequity demonstration",
        users=pd.DataFrame({"user": [coder]}),
        codes=pd.DataFrame(codes, columns=project.CODE_COLUMNS),
        sources=pd.DataFrame(texts, columns=project.SOURCE_COLUMNS),
        segments=frame,
        codings=len(frame),
    )


def large(sources: int, codes: int, codings: int, coders: int, rng: np.random.Generator) -> list[Project]:
    """Return the projects of several coders of a study of any size, one for each coder.

    Each coder but the first keeps about seven in ten of the first one's segments, leaves one in ten out, moves the
    ends of one in ten and codes one in ten otherwise. Texts are neutral placeholders with speakers' labels.

    Parameters
    ----------
    sources, codes, codings : int
        Size; the codings are those of all coders together.
    coders : int
        Number of coders.
    rng : numpy.random.Generator
        Chooses places and differences.
    """
    each = codings // coders
    paragraphs = max(4, 2 * each // sources // 2)
    line = "{who}: Placeholder passage {number}. It speaks of a matter, and of another. It ends after a third sentence."
    texts = {}
    for place in range(sources):
        lines = [
            line.format(who="Interviewer" if n % 4 == 0 else "Participant", number=f"{place}.{n}")
            for n in range(paragraphs)
        ]
        texts[f"INT{place:04d}"] = "\n".join(lines)
    names, paths = list(texts), [f"Theme {n % 20:02d} > Code {n:03d}" for n in range(codes)]
    source = np.sort(rng.integers(0, sources, size=each))
    length = np.array([len(texts[name]) for name in names])
    start = (rng.random(each) * (length[source] - 160)).astype(np.int64)
    end = start + rng.integers(40, 150, size=each)
    code = (codes * rng.random(each) ** 2).astype(np.int64)  # a few codes are common, many are rare
    projects = []
    for coder in range(coders):
        kind = rng.random(each) if coder else np.zeros(each)
        keep = kind < 0.9
        moved = np.where((kind >= 0.7) & (kind < 0.8), rng.integers(-30, 31, size=each), 0)
        low = np.maximum(start + moved, 0)
        high = np.minimum(end + moved, length[source])
        other = np.where((kind >= 0.8) & (kind < 0.9), (code + 1) % codes, code)
        rows = [
            {"source": names[s], "coder": f"Coder {coder + 1}", "code": paths[c], "start": a, "end": b}
            | {"text": texts[names[s]][a:b], "repaired": "none", "memo": "", "created": ""}
            for s, c, a, b in zip(source[keep], other[keep], low[keep], high[keep], strict=True)
        ]
        frame = pd.DataFrame(rows, columns=project.SEGMENT_COLUMNS).astype({"start": "Int64", "end": "Int64"})
        held = [{"source": name, "text": text, "repaired": "none", "proof": ""} for name, text in texts.items()]
        book = [{"code": path, "description": f"Passages of the kind {path}.", "colour": ""} for path in paths]
        projects.append(
            Project(
                name=f"coder {coder + 1}",
                origin="genequity benchmark",
                users=pd.DataFrame({"user": [f"Coder {coder + 1}"]}),
                codes=pd.DataFrame(book, columns=project.CODE_COLUMNS),
                sources=pd.DataFrame(held, columns=project.SOURCE_COLUMNS),
                segments=frame,
                codings=len(frame),
            )
        )
    return projects
