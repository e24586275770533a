"""``make check``: read every input of a study with the readers that the build uses, and list all problems at once."""

from __future__ import annotations

import dataclasses
import functools
import importlib
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from genequity import config, groups, intake, reading
from genequity.errors import LOCK, InputError, Problem, together
from genequity.step import describe
from genequity.study import check_pages

ROWS_SAID = 8  # of rows with the same mistake, in the text; the workbook lists them all


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
            gone = {problem.file for problem in own} | ({section} if own else set())
            found[section] = own + [more for more in _section_problems(section, study) if more.file not in gone]
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
    """Print all problems of a study, write a page of each section, and return the exit status."""
    file = file or config.DEMONSTRATION
    folder = Path(config.results(file)) / "check"
    try:
        study = config.load(file)
    except InputError as error:
        print(f"The study cannot be read:\n{error}", file=sys.stderr)
        _write(folder, [check_pages.Page("study", file, error.problems)])
        return 1
    if study["demonstration"] and not _demonstration_written(study, file):
        return 1
    with reading.collected() as notes:
        found = problems(study)
    shown = functools.partial(_shown, file=file, study=study)
    count = 0
    pages = []
    for section, own in found.items():
        told = [shown(problem, notes) for problem in own]
        page = check_pages.Page(
            section,
            study["study"]["title"],
            told,
            list(_read(section, study, own, notes, shown)),
            list(_open_elsewhere(section, study, shown)),
        )
        pages.append(page)
        print(f"{section}: {'no problems' if not told else f'{len(told)} to mend'}")
        for problem in together(told, ROWS_SAID):
            print(f"  - {str(problem).replace(chr(10), chr(10) + '  ')}")
        for note in page.notes:
            print(f"  Please note: {note}")
        count += len(told)
    if study["recommendations"]:
        print("Not checked here: whether the findings that recommendations cite exist. The build does that.")
    summary = f"{count} problem{'s' if count > 1 else ''}. Nothing was computed."
    print(f"\n{summary if count else 'All inputs can be used.'}")
    _write(folder, pages)
    return 1 if count else 0


def _write(folder: Path, pages: list[check_pages.Page]) -> None:
    try:
        check_pages.write(folder, pages, ("study", *config.SECTIONS))
    except OSError as error:
        print(f"The pages of the check could not be written ({error.strerror}): close them if they are open.")
        return
    print(f"The same to print and to tick off, one page a section: {folder}")


def _shown(problem: Problem, notes: dict[str, reading.Note], *, file: str, study: dict[str, Any]) -> Problem:
    """Return a problem with its file as the study names it, and with the sheet when it is a workbook."""
    name, where = problem.file, problem.where
    note = notes.get(name, reading.Note())
    if note.sheet and re.match(r"rows? |column ", where):
        where = f"sheet {note.sheet}, {where}"
    texts = {"file": name, "where": where, "message": problem.message, "expected": problem.expected, "do": problem.do}
    if study.get("paths_from") == "study":
        folder = os.path.abspath(os.path.dirname(file))
        for base in (os.path.join(folder, ""), os.path.join(os.path.relpath(folder), "")):
            texts = {key: text.replace(base, "") for key, text in texts.items()} if len(base) > 2 else texts
    return dataclasses.replace(problem, **texts)


def _named(section: str, study: dict[str, Any]) -> list[tuple[str, str]]:
    """Return setting and path of each file of a section; the study's own are those of no section."""
    prefixes = tuple(f"{name}." for name in config.SECTIONS)
    return [
        (setting, path)
        for setting, path in intake.named(study)
        if (setting.startswith(f"{section}.") if section != "study" else not setting.startswith(prefixes))
    ]


def _read(
    section: str,
    study: dict[str, Any],
    own: list[Problem],
    notes: dict[str, reading.Note],
    shown: Callable[..., Problem],
) -> Iterator[check_pages.File]:
    faults = Counter(problem.file for problem in own)
    for setting, path in _named(section, study):
        note = notes.get(path, reading.Note())
        if faults[path]:
            state = f"{faults[path]} to mend"
        elif note.amount or not own:
            state = check_pages.FINE
        else:
            state = check_pages.WAITING
        name = shown(Problem(path, ""), {}).file
        yield check_pages.File(setting, name, note.amount, note.sheet, state)


def _open_elsewhere(section: str, study: dict[str, Any], shown: Callable[..., Problem]) -> Iterator[str]:
    """Workbooks that are open in a spreadsheet program: what is not saved there is not read here."""
    for _, path in _named(section, study):
        if Path(path).with_name(f"{LOCK}{Path(path).name}").exists():
            name = shown(Problem(path, ""), {}).file
            yield f"{name} is open in the spreadsheet program: what is not saved there was not read."


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
