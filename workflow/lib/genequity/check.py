"""``make check``: read every input of a study with the readers that the build uses, and list all problems at once."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from genequity import config, groups, intake
from genequity.errors import InputError, Problem
from genequity.step import describe


def problems(study: dict[str, Any]) -> dict[str, list[Problem]]:
    """Return the problems of each section of a complete config; nothing is computed.

    Parameters
    ----------
    study : dict
        From :func:`genequity.config.load`.
    """
    absent = [*intake.absent(study), *intake.region_problems(study)]
    found = {"study": list(_study_problems(study, absent))}
    for section in config.SECTIONS:
        if study.get(section):
            own = [problem for problem in absent if problem.where.startswith(f"{section}.")]
            found[section] = own or _section_problems(section, study)
    return _once(found)


def _once(found: dict[str, list[Problem]]) -> dict[str, list[Problem]]:
    """Say once what several strands would say of a file that they share."""
    seen: set[tuple[str, str]] = set()
    kept: dict[str, list[Problem]] = {}
    for section, problems_of in found.items():
        kept[section] = [problem for problem in problems_of if (problem.file, problem.message) not in seen]
        seen |= {(problem.file, problem.message) for problem in problems_of}
    return kept


def _section_problems(section: str, study: dict[str, Any]) -> list[Problem]:
    try:
        return list(importlib.import_module(f"genequity.{section}.check").problems(study[section], study))
    except InputError as error:
        return error.problems
    except Exception as error:
        told = describe(error, open_data=study["study"]["data"] != "restricted")
        return [Problem(section, f"the check itself stopped. {told}")]


def _study_problems(study: dict[str, Any], absent: list[Problem]) -> Iterator[Problem]:
    sections = tuple(f"{section}." for section in config.SECTIONS)
    yield from (problem for problem in absent if not problem.where.startswith(sections))
    if not any(problem.where == "ethnicity.scheme" for problem in absent):
        yield from _scheme_problems(study["ethnicity"])
    yield from intake.profile_problems(study)
    if not any(problem.where == "themes" for problem in absent):
        try:
            yield from intake.theme_problems(study)
        except InputError as error:
            yield from error.problems


def _scheme_problems(ethnicity: dict[str, Any]) -> Iterator[Problem]:
    try:
        groups.Scheme.read(ethnicity["scheme"])
        yield from intake.group_problems(ethnicity)
    except InputError as error:
        yield from error.problems


def main(file: str = "") -> int:
    """Print all problems of a study and return the exit status."""
    file = file or config.DEMONSTRATION
    try:
        study = config.load(file)
    except InputError as error:
        print(f"The study cannot be read:\n{error}", file=sys.stderr)
        return 1
    if study["demonstration"] and not _demonstration_written(study, file):
        return 1
    count = 0
    for section, found in problems(study).items():
        print(f"{section}: {'no problems' if not found else f'{len(found)} to mend'}")
        for problem in found:
            print(f"  - {str(problem).replace(chr(10), chr(10) + '  ')}")
        count += len(found)
    if study["recommendations"]:
        print("Not checked here: whether the findings that recommendations cite exist. The build does that.")
    told = f"{count} problem{'s' if count > 1 else ''}. Nothing was computed."
    print(f"\n{told if count else 'All inputs can be used.'}")
    return 1 if count else 0


def _demonstration_written(study: dict[str, Any], file: str) -> bool:
    paths = [path for section in config.SECTIONS for path in config.input_paths(study.get(section))]
    wanted = [path for path in paths if path.startswith(f"{study['results']}/demo/") and not Path(path).exists()]
    if not wanted:
        return True
    print("Writing the demonstration's synthetic inputs first ...")
    command = [sys.executable, "-m", "snakemake", "--cores", "all", "--quiet", "all", "--configfile", file]
    return subprocess.run([*command, "--", *wanted]).returncode == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
