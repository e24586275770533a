"""Check all inputs of the survey with the readers that the build uses; nothing is estimated."""

from __future__ import annotations

from typing import Any

from genequity.errors import InputError, Problem, nearest
from genequity.groups import Scheme
from genequity.survey import codebook as books
from genequity.survey import margins, model, reader, respondents, sample


def problems(section: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    """List every problem of the survey's inputs.

    Parameters
    ----------
    section : dict
        Section ``survey`` of the complete config.
    study : dict
        The whole config.
    """
    inputs, methods = section["inputs"], section["methods"]
    ethnicity = section.get("ethnicity") or study["ethnicity"]
    found: list[Problem] = []
    book = _tried(found, lambda: books.read(inputs["codebook"]))
    scheme = _tried(found, lambda: Scheme.read(ethnicity["scheme"]))
    groups = _tried(found, lambda: scheme.groups(ethnicity["grouping"], valid_only=True)) if scheme else None
    table = _tried(found, lambda: margins.read(inputs["margins"])) if inputs.get("margins") else None
    if groups and ethnicity["comparator"] not in groups:
        found.append(
            Problem(
                ethnicity["scheme"],
                f"has no group '{ethnicity['comparator']}'.{nearest(ethnicity['comparator'], groups)}",
                expected=f"one of {', '.join(groups)}",
                do="change the comparator in the config",
            )
        )
    if book is None:
        return found
    found += _settings(section, book)
    found += _tried(found, lambda: books.theme_problems(book, study.get("themes"))) or []
    labelled = _tried(found, lambda: reader.read_declared(inputs["responses"], book, section.get("encoding")))
    if labelled is None or scheme is None or groups is None:
        return found
    coded = respondents.problems(labelled, book, scheme, blank_weight=methods["blank_weight"])
    found += coded
    if table is not None and not coded:
        people = respondents.tidy(labelled, book, scheme, ethnicity["grouping"], blank_weight=methods["blank_weight"])
        known = sample.declared(book, groups)
        found += margins.mismatches(table, people, inputs["margins"], known, methods["unknown_margin"])
    return found


def _settings(section: dict[str, Any], book: books.Codebook) -> list[Problem]:
    found = []
    if section["weighting"] == "rake" and not section["inputs"].get("margins"):
        found.append(
            Problem(
                "config",
                "weights are to be raked but no margins are given",
                where="survey.inputs.margins",
                do="give a margins file, or set survey.weighting to supplied or none",
            )
        )
    if section["weighting"] == "supplied" and book.of_role("base_weight") is None:
        found.append(
            Problem(
                book.file,
                "no variable has the role base_weight",
                expected="one, since survey.weighting is supplied",
                do="give that role to the weight, or change survey.weighting",
            )
        )
    return found + model.setting_problems(section.get("model"), book)


def _tried(found: list[Problem], read: Any) -> Any:
    """Return what a reader returns, or None after noting its problems."""
    try:
        return read()
    except InputError as error:
        found += error.problems
        return None
