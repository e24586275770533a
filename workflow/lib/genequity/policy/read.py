"""Reading every input of the policy strand; used by the steps and by the check alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from genequity.coding import load
from genequity.errors import InputError, Problem
from genequity.policy import convert, frames, pledges
from genequity.policy import grades as grading
from genequity.policy import register as registering


@dataclass(frozen=True)
class Inputs:
    """The strand's inputs: register with text sizes, texts by source, files behind them, coded projects."""

    documents: pd.DataFrame
    texts: dict[str, str]
    converted: dict[str, convert.Text]
    coded: load.Coded


def read(
    register: str,
    projects: Sequence[Mapping[str, str]],
    codebook: str | None,
    text_files: Sequence[str],
    grades: Mapping[str, str],
    theme_ids: Sequence[str],
    *,
    allow_set_aside: bool,
    frames_file: str | None = None,
    commitments_file: str | None = None,
) -> Inputs:
    """Read register, texts, coded projects, and what was set against frames and extracted from commitments.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    problems, table, converted, coded = [], None, {}, None
    try:
        table = registering.read(register)
    except InputError as error:
        problems += error.problems
    try:
        converted = registering.texts(text_files)
    except InputError as error:
        problems += error.problems
    try:
        words = {name: text.text for name, text in converted.items()}
        coded = load.read(projects, codebook, theme_ids, allow_set_aside=allow_set_aside, texts=words)
    except InputError as error:
        problems += error.problems
    if table is not None and coded is not None:
        problems += registering.unregistered(table, list(coded.merged.sources["source"]), register)
    if coded is not None and coded.supplied:
        problems += grading.code_problems(grades, coded.codebook, str(codebook))
        problems += _set_against(frames_file, coded.codebook, str(codebook))
    if problems:
        raise InputError(problems)
    sources = coded.merged.sources
    texts = {name: text.text for name, text in converted.items()}
    texts |= {name: text for name, text in zip(sources["source"], sources["text"]) if text}
    documents = registering.documents(table, texts, list(sources["source"]), converted)
    if commitments_file:
        pledges.read(commitments_file, documents, texts)
    return Inputs(documents, texts, converted, coded)


def _set_against(file: str | None, codebook: pd.DataFrame, codebook_file: str) -> list[Problem]:
    try:
        if file:
            frames.read(file, list(codebook["path"]), codebook_file)
    except InputError as error:
        return error.problems
    return []


def page_of(segments: pd.DataFrame, converted: Mapping[str, convert.Text]) -> list[int | None]:
    """Return the page on which each segment's words stand, where its document came from a file with pages.

    Parameters
    ----------
    segments : pandas.DataFrame
        With ``source`` and ``text``.
    converted : mapping
        Source -> text converted from a file.
    """
    found = []
    for source, words in zip(segments["source"], segments["text"], strict=True):
        text = converted.get(source)
        place = pledges.find(words, text.text) if text and text.pages and words else None
        found.append(text.page(place[0]) if text and place else None)
    return found
