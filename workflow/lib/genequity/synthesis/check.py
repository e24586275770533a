"""Check the inputs of the integration without computing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genequity.errors import InputError, Problem, nearest
from genequity.synthesis import inferences, inputs, readings, reporting


def problems(section: Mapping[str, Any], study: Mapping[str, Any]) -> list[Problem]:
    """List every problem of the themes, of what people wrote for the integration, and of the themes placed at steps.

    Parameters
    ----------
    section : mapping
        The study's ``synthesis`` settings.
    study : mapping
        The whole config.
    """
    try:
        themes = inputs.themes(study["themes"])
    except InputError as error:
        return error.problems
    ids = list(themes["theme"])
    given = section["inputs"]
    found = reporting.problems(section.get("reporting"))
    readers = {"explanations": inputs.explanations, "readings": readings.read, "meta_inferences": inferences.read}
    for name, read in readers.items():
        try:
            read(given.get(name), ids)
        except InputError as error:
            found += error.problems
    found += [
        Problem("config", f"no theme has the id '{theme}'.{nearest(theme, ids)}", where=f"synthesis.steps.{step}")
        for step, named in (section.get("steps") or {}).items()
        for theme in named
        if theme not in ids
    ]
    return found
