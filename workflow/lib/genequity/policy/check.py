"""What ``make check`` asks of the policy strand: every input is read with the readers of the build."""

from __future__ import annotations

from typing import Any

from genequity.coding import consensus, load
from genequity.errors import InputError, Problem
from genequity.policy import read


def problems(section: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    """Return every problem of the strand's inputs; nothing is computed.

    Parameters
    ----------
    section : dict
        ``config["policy"]``.
    study : dict
        The whole config, for the list of themes.
    """
    inputs = section["inputs"]
    try:
        themes = load.themes(study["themes"])
        held = read.read(
            inputs["register"],
            inputs.get("projects") or [],
            inputs.get("codebook"),
            inputs.get("texts") or [],
            section.get("grades") or {},
            list(themes["theme"]),
            allow_set_aside=section["methods"]["allow_set_aside"],
            frames_file=inputs.get("frames"),
            commitments_file=inputs.get("commitments"),
        )
        if inputs.get("consensus"):
            consensus.read(inputs["consensus"], list(held.coded.codebook["path"]))
    except InputError as error:
        return error.problems
    return []
