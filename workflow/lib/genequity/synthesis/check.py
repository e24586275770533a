"""Check the inputs of the integration without computing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genequity.errors import InputError, Problem
from genequity.synthesis import inferences, inputs, readings, reporting, steps


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
    known = _steps(study.get("service") or {})
    found += steps.problems(section.get("steps") or {}, known, ids, section.get("adverse") or [])
    return found


def _steps(service: Mapping[str, Any]) -> list[str]:
    """Return the steps of the pathway as the settings of the service strand name them; empty where it is off."""
    counted = [measure["id"] for measure in (service.get("rates") or {}).get("measures") or []]
    start = [service["start"]["id"]] if service.get("start") else []
    return list(dict.fromkeys([*counted, *start, *(step["id"] for step in service.get("pathway") or [])]))
