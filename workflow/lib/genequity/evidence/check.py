"""``make check`` for the evidence synthesis: open every input with the readers of the build and list all problems."""

from genequity.errors import InputError, Problem
from genequity.evidence import deduplicate, extraction, review, screening, searches, studies


def problems(section: dict, study: dict) -> list[Problem]:
    """Return all problems of the strand's inputs; nothing is pooled.

    Parameters
    ----------
    section : config `evidence`, completed.
    study : the whole config.
    """
    inputs = {name: path for name, path in section["inputs"].items() if path}
    found: list[Problem] = []
    names: set[str] = set()
    try:
        records, _ = searches.collect(inputs["search_log"], inputs["exports"])
        merges, unsure = deduplicate.find(records)
        settled = review.settle(
            records.fillna(""),
            merges,
            len(unsure),
            inputs.get("screening"),
            inputs.get("studies"),
            study["themes"],
            section["screening"],
            section["methods"],
        )
        names = set(settled.reports["study"])
    except InputError as error:
        found += error.problems
        found += _behind(inputs, section, study, {problem.file for problem in found})
    found += _outcomes(section, study)
    if "effects" in inputs:
        found += _effects(inputs["effects"], section["effects"], names)
    for name, read in (("participants", studies.read_participants), ("population", studies.read_population)):
        if name in inputs:
            found += _problems_of(read, inputs[name])
    if ("participants" in inputs) != ("population" in inputs):
        found.append(
            Problem(
                "config",
                "participants are compared with a population: both files are needed",
                where="evidence.inputs",
                do="name both, or set both to null",
            )
        )
    return found


def _behind(inputs: dict, section: dict, study: dict, told: set[str]) -> list[Problem]:
    """Problems of the files that are read after the one that stops, as far as they show without it."""
    found: list[Problem] = []
    if "screening" in inputs and inputs["screening"] not in told:
        words = (section["methods"][name] for name in ("stage_words", "decision_words"))
        found += _problems_of(screening.read, inputs["screening"], section["screening"]["columns"], *words)
    if "studies" in inputs and inputs["studies"] not in told:
        try:
            themes = list(review.theme_ids(study["themes"])["theme"])
        except InputError:
            return found
        found += _problems_of(studies.read, inputs["studies"], themes)
    return found


def _problems_of(read, *arguments) -> list[Problem]:
    try:
        read(*arguments)
    except InputError as error:
        return error.problems
    return []


def _effects(path: str, settings: dict, names: set[str]) -> list[Problem]:
    try:
        single = extraction.read_effects(path, settings["columns"], settings["constants"])
    except InputError as error:
        return error.problems
    known = settings["traced"] and names
    return studies.unknown_names(single, names, path) if known else []


def _outcomes(section: dict, study: dict) -> list[Problem]:
    """Themes of outcomes that the study's file of themes does not have."""
    try:
        themes = list(review.theme_ids(study["themes"])["theme"])
    except InputError as error:
        return error.problems
    return studies.theme_problems({entry["outcome"]: entry["theme"] for entry in section["outcomes"]}, themes)
