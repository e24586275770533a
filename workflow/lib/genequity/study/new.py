"""``genequity new my-study``: the folder of a study, with templates to fill in and a config of one page."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import re
import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from genequity import config
from genequity.errors import InputError, nearest
from genequity.study import draft, templates, workbooks

FILE = "study.yaml"
GUIDE = "export-from-your-tools.md"
PAGES = (FILE, "README.md", GUIDE, ".gitignore")
REFUSED = "{}\n"  # characters that Snakemake or a file list would take for something else
SKELETON = config.ROOT / "config" / "new"  # the pages of a study before anybody has written into them
SWITCHES = (*config.STRANDS, "synthesis", "recommendations")  # sections that are off until they are named


def make(folder: Path, strands: Sequence[str] = (), *, date: str, responses: Path | None = None) -> None:
    """Write the folder of a study.

    Parameters
    ----------
    folder : Path
        The new folder; its parents are made too.
    strands : sequence of str
        Sections of the config that are switched on.
    date : str
        The day that the config begins with (YYYY-MM-DD).
    responses : Path, optional
        The survey's labelled file: it is copied into the folder, and its variables begin the codebook.
    """
    drafted = draft.codebook(str(responses)) if responses else []
    title = _title(folder.name)
    for section in (templates.SHARED, *SWITCHES):
        found = templates.all_of([section])
        for template in found:
            if drafted and (template.section, template.name) == ("survey", "codebook"):
                template = dataclasses.replace(template, start=tuple(drafted))
            workbooks.write(template, str(folder / f"{template.path}.xlsx"))
            templates.write_csv(template, str(folder / f"{template.path}.csv"))
        if found:
            about = (folder / found[0].path).with_name("about-the-columns.txt")
            about.write_text(templates.sentences(found), encoding="utf-8")
    text = _config(title, date, strands)
    if responses:
        target = f"inputs/survey/responses{responses.suffix.lower()}"
        shutil.copyfile(responses, folder / target)
        text = text.replace("inputs/survey/responses.sav", target)
    (folder / FILE).write_text(text, encoding="utf-8")
    readme = (SKELETON / "README.md").read_text(encoding="utf-8").replace("TITLE", title)
    (folder / "README.md").write_text(readme, encoding="utf-8")
    shutil.copyfile(SKELETON / "gitignore", folder / ".gitignore")
    shutil.copyfile(config.ROOT / "config" / "guide" / GUIDE, folder / GUIDE)


def _title(name: str) -> str:
    words = re.sub(r"[-_]+", " ", name).strip() or "Study"
    return words[0].upper() + words[1:] if len(words) > 2 else f"Study {words}"


def _config(title: str, date: str, strands: Sequence[str]) -> str:
    """Return the study's file: sections that were not named are comments."""
    text = (SKELETON / FILE).read_text(encoding="utf-8")
    text = text.replace('"TITLE"', json.dumps(title, ensure_ascii=False)).replace("DATE", date)
    lines, off = [], False
    for line in text.splitlines(keepends=True):
        key = re.match(r"(\w+):", line)
        if key:
            off = key[1] in SWITCHES and key[1] not in strands
        lines.append(f"# {line}" if off else line)
    return "".join(lines)


def refusal(folder: Path, strands: Sequence[str]) -> str | None:
    """Return why no study can be made there, in a sentence; None when it can."""
    unknown = [name for name in strands if name not in SWITCHES]
    if unknown:
        hint = nearest(unknown[0], SWITCHES)
        return f"There is no strand '{unknown[0]}'.{hint} The strands are {', '.join(SWITCHES)}."
    if "recommendations" in strands and "synthesis" not in strands:
        return "Recommendations need synthesis: name both."
    if strands and not set(strands) & set(config.STRANDS):
        return f"Name at least one of {', '.join(config.STRANDS)}."
    if any(character in str(folder) for character in REFUSED):
        return "The path of the folder holds { or }, which the build takes for a pattern: choose another name."
    if folder.is_file():
        return f"'{folder.name}' is a file: choose another name."
    if folder.is_dir() and any(folder.iterdir()):
        return (
            f"The folder '{folder.name}' is there and not empty: choose another name, or empty it. Nothing was written."
        )
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a study's folder and say what to do next; return the exit status."""
    parser = argparse.ArgumentParser(prog="genequity new")
    parser.add_argument("folder")
    parser.add_argument("--strands", default="")
    parser.add_argument("--called", default="", help="the folder as the person wrote it")
    parser.add_argument("--responses", default="")
    parser.add_argument("--elsewhere", action="store_true", help="the person does not stand in genequity's folder")
    given = parser.parse_args(arguments)
    folder = Path(given.folder)
    responses = Path(given.responses) if given.responses else None
    strands = [name.strip() for name in given.strands.split(",") if name.strip()]
    if responses and "survey" not in strands:
        strands.append("survey")
    reason = refusal(folder, strands)
    if reason:
        print(reason, file=sys.stderr)
        return 2
    try:
        make(folder, strands, date=f"{datetime.date.today():%Y-%m-%d}", responses=responses)
    except InputError as error:
        print(f"The survey file cannot be used, and no study was made:\n{error}", file=sys.stderr)
        return 1
    named = shlex.quote(given.called or str(folder))
    call = "genequity {verb} --study {named}" if given.elsewhere else "make {verb} STUDY={named}"
    check, report = (call.format(verb=verb, named=named) for verb in ("check", "report"))
    on = [name for name in SWITCHES if name in strands]
    first = (
        f"Put your files into {named}/inputs/ and fill in the templates of {', '.join(on)}."
        if on
        else f"Put your files into {named}/inputs/, fill in the templates, and switch your strands on in {FILE}."
    )
    if responses:
        first += (
            f"\n     inputs/survey/codebook.xlsx has the variables of {responses.name}: give a role to those you need,"
            "\n     say which answers count, and look at the reasons for missing ones, which are guesses."
        )
    print(
        f"Made the study {named}: {FILE}, README.md, {GUIDE} and templates in inputs/.\n"
        f"  1. {first}\n"
        f"     Where to click in NVivo, Covidence, SPSS …: {named}/{GUIDE}\n"
        f"  2. {check}     says all that is wrong, and writes pages for colleagues\n"
        f"  3. {report}    builds the report into {named}/results/report/"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
