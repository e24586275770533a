"""Check the inputs of the integration without computing anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genequity.errors import InputError, Problem
from genequity.synthesis import inputs


def problems(section: Mapping[str, Any], study: Mapping[str, Any]) -> list[Problem]:
    """List every problem of the themes and of the written explanations.

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
    try:
        inputs.explanations(section["inputs"].get("explanations"), list(themes["theme"]))
    except InputError as error:
        return error.problems
    return []
