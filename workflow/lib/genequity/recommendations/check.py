"""Check the inputs of the recommendations without computing anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genequity.errors import InputError, Problem
from genequity.recommendations import accord, analysis, assessments, declaration, panel, register, votes


def problems(section: Mapping[str, Any], study: Mapping[str, Any]) -> list[Problem]:
    """List every problem of the register, the controlled list, the co-design log, the judgements and the panel.

    Whether cited findings exist is known only in the build; a ratings file that the demonstration has yet to write is
    left out.

    Parameters
    ----------
    section : mapping
        The study's ``recommendations`` settings.
    study : mapping
        The whole config.
    """
    inputs, found = section["inputs"], []

    def attempt(reader: Callable[..., Any], *given: Any, **options: Any) -> Any:
        try:
            return reader(*given, **options)
        except InputError as error:
            found.extend(error.problems)
            return None

    owners = attempt(register.organisations, inputs["organisations"])
    log = attempt(register.co_design, inputs.get("co_design_log"), study["study"]["date"])
    ids = attempt(register.ids, inputs["register"])
    read = None
    if owners is not None and log is not None and ids is not None:
        options = {"verbs": section["methods"]["action_verbs"], "study_date": study["study"]["date"]}
        read = attempt(register.read, inputs["register"], owners, log, **options)
    if ids is not None:
        attempt(assessments.read, inputs.get("assessments"), ids)
    found += accord.problems(section.get("accord"))
    found += declaration.of_study(section, study["study"]["date"])
    files = {name: inputs.get(name) for name in panel.FILES}
    found += panel.incomplete(files)
    if not all(files.values()):
        return found
    of_members = attempt(panel.members, files["panel_members"], *_study_groups(study))
    of_items = None if ids is None else attempt(panel.items, files["panel_items"], ids)
    if read is not None and of_items is not None:
        found += register.unrated(read, of_items, files["panel_items"])
    unwritten = bool(study.get("demonstration")) and not Path(files["panel_ratings"]).exists()
    if of_members is not None and of_items is not None and not unwritten:
        cast = attempt(votes.read, files["panel_ratings"], of_members, of_items, section.get("votes"))
        found += [] if cast is None else votes.unvoted(cast, of_items, files["panel_ratings"])
    return found


def _study_groups(study: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the ethnic groups and regions of a study; none where they cannot be read, which its own check says."""
    try:
        return analysis.study_groups(study)
    except InputError:
        return [], []
