"""Reading every input of the policy strand; used by the steps and by the check alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from genequity.coding import load
from genequity.errors import InputError
from genequity.policy import grades as grading
from genequity.policy import register as registering


@dataclass(frozen=True)
class Inputs:
    """The strand's inputs: register with text sizes, texts by source, coded projects."""

    documents: pd.DataFrame
    texts: dict[str, str]
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
) -> Inputs:
    """Read register, texts and coded projects.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    problems, table, texts, coded = [], None, {}, None
    try:
        table = registering.read(register)
    except InputError as error:
        problems += error.problems
    try:
        texts = registering.texts(text_files)
    except InputError as error:
        problems += error.problems
    try:
        coded = load.read(projects, codebook, theme_ids, allow_set_aside=allow_set_aside)
    except InputError as error:
        problems += error.problems
    if table is not None and coded is not None:
        problems += registering.unregistered(table, list(coded.merged.sources["source"]), register)
    if coded is not None and coded.supplied:
        problems += grading.code_problems(grades, coded.codebook, str(codebook))
    if problems:
        raise InputError(problems)
    sources = coded.merged.sources
    texts |= {name: text for name, text in zip(sources["source"], sources["text"]) if text}
    return Inputs(registering.documents(table, texts, list(sources["source"])), texts, coded)
