"""Reading every input of the interviews strand; used by the steps and by the check alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from genequity import authored
from genequity.attribution import ETHNICITY, REGION, ROLE
from genequity.coding import load, maxqda
from genequity.coding.project import EVENT
from genequity.errors import InputError
from genequity.groups import Scheme
from genequity.interviews import participants, speakers

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


def known_attributes(ethnicity: Mapping[str, str], lookup: str | None) -> dict[str, Sequence[str]]:
    """Return, for each attribute of a speaker, the values that the study knows; none where any is accepted."""
    groups = Scheme.read(ethnicity["scheme"]).groups(ethnicity["grouping"])
    return {ROLE: participants.ROLES, REGION: regions(lookup), ETHNICITY: groups}


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
    attribution: Sequence[str] = (),
    our_side: Sequence[str] = (),
    transcript_files: Sequence[str] = (),
) -> Inputs:
    """Read coded projects, codebook and participants, and see that every speaker is known.

    Raises
    ------
    InputError
        With the problems of all files.
    """
    problems, coded, people, declared = [], None, None, None
    try:
        coded = load.read(
            projects, codebook, theme_ids, allow_set_aside=allow_set_aside, transcript_files=transcript_files
        )
    except InputError as error:
        problems += error.problems
    try:
        if people_file:
            scheme = Scheme.read(ethnicity["scheme"])
            further = [name for name in attribution if name not in participants.COLUMNS]
            people = participants.read(people_file, scheme, ethnicity["grouping"], regions(lookup), further)
    except InputError as error:
        problems += error.problems
    try:
        declared = maxqda.read_code_system(frequencies) if frequencies else None
    except InputError as error:
        problems += error.problems
    if coded is not None and people is not None:
        events = set(coded.merged.segments.loc[coded.merged.segments["kind"] == EVENT, "source"])
        sources = coded.merged.sources[~coded.merged.sources["source"].isin(events)]
        problems += participants.source_problems(people, list(sources["source"]), str(people_file))
        problems += speakers.problems(sources, people, our_side, str(people_file))
    if problems:
        raise InputError(problems)
    return Inputs(coded, people, declared)


def sessions(held: Inputs) -> list[str]:
    """Return the names that other tables may give as a source: sessions of participants, and coded sources."""
    named = set(held.coded.merged.sources["source"])
    return sorted(named | (set() if held.people is None else set(held.people["session"])))
