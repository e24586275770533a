"""Reading every input of the interviews strand; used by the steps and by the check alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from genequity import authored
from genequity.coding import load, maxqda
from genequity.errors import InputError
from genequity.groups import Scheme
from genequity.interviews import participants

NO_TABLE = "not supplied"


@dataclass(frozen=True)
class Inputs:
    """The strand's inputs: coded projects, and participants where the study has a table of them."""

    coded: load.Coded
    people: pd.DataFrame | None
    frequencies: pd.DataFrame | None


def regions(lookup: str | None) -> list[str]:
    """Return the codes and labels of the study's regions; empty when it has no look-up."""
    if not lookup:
        return []
    table = authored.read(lookup, ["code", "label"])
    return [*table["code"], *table["label"]]


def read(
    projects: Sequence[Mapping[str, str]],
    codebook: str | None,
    people_file: str | None,
    frequencies: str | None,
    ethnicity: Mapping[str, str],
    lookup: str | None,
    theme_ids: Sequence[str],
    *,
    allow_set_aside: bool,
) -> Inputs:
    """Read coded projects, codebook and participants.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    problems, coded, people, declared = [], None, None, None
    try:
        coded = load.read(projects, codebook, theme_ids, allow_set_aside=allow_set_aside)
    except InputError as error:
        problems += error.problems
    try:
        if people_file:
            scheme = Scheme.read(ethnicity["scheme"])
            people = participants.read(people_file, scheme, ethnicity["grouping"], regions(lookup))
    except InputError as error:
        problems += error.problems
    try:
        declared = maxqda.read_code_system(frequencies) if frequencies else None
    except InputError as error:
        problems += error.problems
    if coded is not None and people is not None:
        problems += participants.source_problems(people, list(coded.merged.sources["source"]), str(people_file))
    if problems:
        raise InputError(problems)
    return Inputs(coded, people, declared)
