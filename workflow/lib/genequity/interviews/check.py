"""What ``make check`` asks of the interviews strand: every input is read with the readers of the build."""

from __future__ import annotations

from typing import Any

from genequity import attribution, identifiers
from genequity.coding import load
from genequity.errors import InputError, Problem
from genequity.interviews import read


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
    try:
        identifiers.names((study.get("release") or {}).get("names"))
        themes = load.themes(study["themes"])
        read.read(
            inputs["projects"],
            inputs.get("codebook"),
            inputs.get("participants"),
            inputs.get("frequencies"),
            study["ethnicity"],
            study["regions"].get("lookup"),
            list(themes["theme"]),
            allow_set_aside=section["methods"]["allow_set_aside"],
            attribution=wanted,
            transcript_files=inputs.get("transcripts") or [],
        )
    except InputError as error:
        found += error.problems
    return found
