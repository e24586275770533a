"""What ``make check`` asks of the interviews strand: every input is read with the readers of the build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity import attribution, identifiers
from genequity.coding import consensus, load
from genequity.errors import InputError, Problem, raise_if
from genequity.interviews import checklists, participants, read, redactions, sampling, summaries, translations
from genequity.interviews.cases import ALL

if TYPE_CHECKING:
    import pandas as pd


def problems(section: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    """Return every problem of the strand's inputs; nothing is computed.

    Parameters
    ----------
    section : dict
        ``config["interviews"]``.
    study : dict
        The whole config, for themes, ethnicity and regions.
    """
    inputs, wanted = section["inputs"], section["attribution"]
    found = attribution.problems(wanted, "interviews.attribution")
    try:
        known = read.known_attributes(study["ethnicity"], study["regions"].get("lookup"))
        attribution.population(inputs.get("population"), wanted, known)
    except InputError as error:
        found += error.problems
    refused: list[str] = []
    try:
        refused = identifiers.names((study.get("release") or {}).get("names"))
    except InputError as error:
        found += error.problems
    try:
        themes = load.themes(study["themes"])
        held = read.read(
            inputs["projects"],
            inputs.get("codebook"),
            inputs.get("participants"),
            inputs.get("frequencies"),
            study["ethnicity"],
            study["regions"].get("lookup"),
            list(themes["theme"]),
            allow_set_aside=section["methods"]["allow_set_aside"],
            attribution=wanted,
            our_side=section["methods"].get("our_side", ()),
            transcript_files=inputs.get("transcripts") or [],
        )
    except InputError as error:
        return found + error.problems
    try:
        if inputs.get("consensus"):
            consensus.read(inputs["consensus"], list(held.coded.codebook["path"]))
    except InputError as error:
        found += error.problems
    found += _further(inputs, wanted, held, dict(zip(themes["theme"], themes["label"])), refused)
    reported = {name: answers for name, answers in (section.get("reporting") or {}).items() if name != "strict"}
    return found + checklists.problems(reported)


def _further(
    inputs: dict[str, Any], wanted: list[str], held: read.Inputs, labels: dict[str, str], refused: list[str]
) -> list[Problem]:
    """List the problems of the tables that stand beside the transcripts."""
    names, found = read.sessions(held), []
    people = names if held.people is None else list(held.people["participant"])
    readers = (
        lambda: sampling.read(inputs.get("sampling_frame"), wanted),
        lambda: redactions.read(inputs.get("redactions"), names),
        lambda: _said(translations.read(inputs.get("translations"), names), inputs.get("translations"), refused),
        lambda: _written(
            summaries.read(inputs.get("summaries"), people, [*participants.ROLES, ALL], labels),
            inputs.get("summaries"),
            refused,
        ),
    )
    for reader in readers:
        try:
            reader()
        except InputError as error:
            found += error.problems
    return found


def _said(table: pd.DataFrame, file: str | None, refused: list[str]) -> None:
    raise_if(identifiers.problems(translations.texts(table, str(file)), "a translation", refused, spoken=True))


def _written(table: pd.DataFrame, file: str | None, refused: list[str]) -> None:
    raise_if(identifiers.problems(summaries.texts(table, str(file)), "a summary", refused, spoken=True))
