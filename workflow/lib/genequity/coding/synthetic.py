"""A second coder who differs from the first in a known number of places; for demonstrations and tests of agreement."""

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
