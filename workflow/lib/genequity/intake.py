"""Before any reader opens an input: is it there, is it a file, and is a CSV what its name says?

The same questions are asked when a build is planned, by ``make check`` and by the readers. Snakemake alone would not
ask them: where earlier results exist it builds on, although an input has gone.
"""

from __future__ import annotations

import csv as tables
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from genequity import config, errors, release, sheets
from genequity.errors import InputError, Problem, raise_if

DO = "save it as CSV in UTF-8, one header row, commas between the cells"
SCHEME_COLUMNS = ("code", "label", "kind")
PROJECT_FOLDER = "data.qda"  # a folder that holds this is one QualCoder project
# Their absence has a message of its own (genequity.primary.declaration, genequity.recommendations.declaration).
DECLARATIONS = ("primary.inputs.declaration", "recommendations.inputs.consensus_declaration")
LOOKED_AT = 1 << 16  # bytes of a file that are enough to tell what it is
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def named(study: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return every file that a study's config names: setting and path, in the order of the sections.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    single = [(setting, config.setting(study, setting)) for setting in config.SINGLE_PATHS if setting != "results"]
    inputs = [
        found
        for section in config.SECTIONS
        for found in config.named_paths((study.get(section) or {}).get("inputs"), f"{section}.inputs")
    ]
    return [(setting, path) for setting, path in [*single, *inputs] if path]


def problems(study: Mapping[str, Any]) -> list[Problem]:
    """Return what stops a study before its first step: absent files, regions without a list, groups not in the scheme.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    found = absent(study) + region_problems(study)
    own = (study.get("survey") or {}).get("ethnicity")
    if not found:
        found += [*group_problems(study["ethnicity"]), *(group_problems(own) if own else [])]
        found += [*theme_problems(study), *profile_problems(study), *primary_problems(study)]
        found += consensus_problems(study)
    if own and not found:
        found += mix_problems(study["ethnicity"], own)
    return found


def mix_problems(ethnicity: Mapping[str, Any], own: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the survey's groups and the study's, which the synthesis sets side by side, do not mean alike.

    Parameters
    ----------
    ethnicity, own : mapping
        ``scheme`` and ``grouping`` of the study and of its survey.
    """
    from genequity import groups

    first, second = (groups.Scheme.read(each["scheme"]) for each in (ethnicity, own))
    for told in groups.mixed(first, ethnicity["grouping"], second, own["grouping"]):
        yield Problem(
            "config",
            f"the survey's groups and the study's have the same names but do not mean the same: {told}",
            where="survey.ethnicity.grouping",
            do="take the same grouping in both, that of 2001 or that of 2021",
        )


def primary_problems(study: Mapping[str, Any]) -> list[Problem]:
    """Return primary analyses that differ from their declaration without a change that says so.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    if not study.get("primary"):
        return []
    from genequity.primary import check

    return check.declared_problems(study["primary"], study)


def consensus_problems(study: Mapping[str, Any]) -> list[Problem]:
    """Return a rule of consensus that differs from its declaration without a change that says so.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    if not study.get("recommendations"):
        return []
    from genequity.recommendations import declaration

    return declaration.of_study(study["recommendations"], study["study"]["date"])


def theme_problems(study: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield themes that the config gives to stages and outcomes and that the study's list of themes does not have.

    Parameters
    ----------
    study : mapping
        A complete config.

    Raises
    ------
    InputError
        If the list cannot be read.
    """
    named_themes = [
        (f"service.pathway, {stage['id']}", stage["theme"])
        for stage in (study.get("service") or {}).get("pathway", [])
        if stage.get("theme")
    ]
    named_themes += [
        (f"service.scorecard, {item['id']}", item["theme"])
        for item in (study.get("service") or {}).get("scorecard") or []
        if item.get("theme")
    ]
    named_themes += [
        (f"evidence.outcomes, {entry['outcome']}", entry["theme"])
        for entry in (study.get("evidence") or {}).get("outcomes", [])
    ]
    small(study["themes"])
    if sheets.is_workbook(study["themes"]):
        sheet = sheets.read(study["themes"], ["theme"])
        known = [row[sheet.header.index("theme")] for _, row in sheet.rows] if "theme" in sheet.header else []
    else:
        with Path(study["themes"]).open(encoding="utf-8-sig", newline="") as handle:
            known = [(row.get("theme") or "").strip() for row in tables.DictReader(handle)]
    for where, theme in named_themes:
        if theme not in known:
            yield Problem(
                "config",
                f"'{theme}' is not one of the study's themes.{errors.nearest(theme, known)}",
                where=where,
                expected=f"one of {', '.join(known)}",
            )


def profile_problems(study: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield a problem when the study's release profile is not known."""
    try:
        release.profile(study["release"]["profile"])
    except KeyError as error:
        yield Problem(
            "config",
            str(error.args[0]),
            where="release.profile",
            expected="a profile of config/release/profiles.yaml",
        )


def region_problems(study: Mapping[str, Any]) -> list[Problem]:
    """Return a problem when records have regions and no file says which regions there are.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    if not ((study.get("service") or {}).get("fields") or {}).get("region") or study["regions"].get("lookup"):
        return []
    return [
        Problem(
            "config",
            "service.fields.region names a column of regions, but no file says which regions there are",
            where="regions.lookup",
            expected="a CSV with the columns code and label",
            do="name the file, or take service.fields.region out for a study of the whole area",
        )
    ]


def group_problems(ethnicity: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what of a grouping and its comparator the scheme file does not have.

    Parameters
    ----------
    ethnicity : mapping
        ``scheme``, ``grouping`` and ``comparator`` of the config.

    Raises
    ------
    InputError
        If the scheme cannot be read.
    """
    file = ethnicity["scheme"]  # read without pandas, since every build asks this, even when nothing is to be done
    small(file)
    if sheets.is_workbook(file):
        sheet = sheets.read(file, SCHEME_COLUMNS)
        numbered = [(number, dict(zip(sheet.header, row, strict=True))) for number, row in sheet.rows]
    else:
        with Path(file).open(encoding="utf-8-sig", newline="") as handle:
            lines = list(handle)
        plain = [line for line in lines if not line.startswith("#")]
        numbered = list(enumerate(tables.DictReader(plain), start=len(lines) - len(plain) + 2))
    rows = [row for _, row in numbered]
    groupings = [name for name in (rows[0] if rows else {}) if name not in (*SCHEME_COLUMNS, "source", "note", None)]
    grouping, comparator = ethnicity["grouping"], ethnicity["comparator"]
    if grouping not in groupings:
        yield Problem(
            file,
            f"has no grouping '{grouping}'.{errors.nearest(grouping, groupings)}",
            expected=f"one of {', '.join(groupings)}",
            do="change ethnicity.grouping in the config",
        )
        return
    for number, row in numbered:
        if not (row[grouping] or "").strip():
            yield Problem(
                file,
                "this code has no group",
                where=f"row {number}, column {grouping}",
                do="name one; for people without a known group, words such as Not stated or Not known",
            )
    known = sorted({row[grouping] or "" for row in rows if row.get("kind") == "valid"})
    if comparator not in known:
        yield Problem(
            file,
            f"has no group '{comparator}'.{errors.nearest(comparator, known)}",
            expected=f"one of {', '.join(known)}",
            do="change ethnicity.comparator in the config",
        )


def absent(study: Mapping[str, Any]) -> list[Problem]:
    """Return a problem for each named file that is not there, or is a folder; the demonstration's are still to come.

    Parameters
    ----------
    study : mapping
        A complete config.
    """
    to_come = f"{study['results']}/demo/" if study.get("demonstration") else None
    return [
        problem
        for setting, path in named(study)
        if not (to_come and path.startswith(to_come)) and setting not in DECLARATIONS
        for problem in _absent(path, setting)
    ]


def _absent(file: str, setting: str = "") -> Iterator[Problem]:
    if not Path(file).exists():
        missing = errors.missing_file(file)
        yield Problem(file, missing.message, where=setting, do=missing.do)
    elif Path(file).name.startswith(errors.LOCK):
        yield errors.lock_file(file, setting)
    elif Path(file).is_dir() and not (Path(file) / PROJECT_FOLDER).is_file():
        yield Problem(file, "this is a folder", where=setting, expected="a file", do="name the file in the config")


def csv(file: str | Path, delimiter: str = ",", called: str | None = None) -> None:
    """Raise when a file cannot be a CSV in UTF-8 with this character between its cells; say what it is instead.

    Parameters
    ----------
    file : str or Path
        As named in the config.
    delimiter : str
        Character between the cells.
    called : str, optional
        Its name in messages, where the file was unpacked from another.

    Raises
    ------
    InputError
        With one problem. It repeats nothing of the file.
    """
    found = next(_absent(str(file)), None) or _unlike_csv(Path(file), called or str(file), delimiter)
    if found:
        raise InputError(found)


def small(file: str | Path) -> None:
    """Raise as :func:`csv` does, and when a row has more cells than the header: readers would shift its columns.

    Parameters
    ----------
    file : str or Path
        A table that people write, small enough to be read whole. A workbook is only asked whether it is one.
    """
    if sheets.is_workbook(file):
        raise_if(_absent(str(file)))
        raise_if(filter(None, [sheets.unlike_workbook(Path(file), str(file))]))
        return
    csv(file)
    with (
        errors.masked("reading the table", str(file), do=DO),
        Path(file).open(encoding="utf-8-sig", newline="") as lines,
    ):
        rows = [
            (place, len(cells))
            for place, cells in enumerate(tables.reader(lines), start=1)
            if cells and not cells[0].startswith("#")
        ]
    header = rows[0][1] if rows else 0
    raise_if(
        Problem(
            str(file),
            f"this row has {length} cells, the header has {header}",
            where=f"row {place}",
            do="take out commas at its end, and put cells that hold a comma in double quotes",
        )
        for place, length in rows
        if length > header
    )


def _unlike_csv(path: Path, file: str, delimiter: str) -> Problem | None:
    with path.open("rb") as handle:
        start = handle.read(LOOKED_AT)
    if not start.strip():
        return Problem(file, "the file is empty", expected="a header row and one row for each entry", do=DO)
    if start.startswith(sheets.OLD):
        return sheets.old(path.read_bytes(), file)
    if start.startswith(sheets.ZIP):
        return Problem(file, "this is a workbook or an archive, not a CSV", do=f"open it in the spreadsheet; {DO}")
    if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start:
        return Problem(file, "the text is in UTF-16 or is not text", expected="text in UTF-8", do=DO)
    whole = start if len(start) < LOOKED_AT else start[: start.rfind(b"\n") + 1]
    try:
        text = whole.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = whole[: error.start].count(b"\n") + 1
        return Problem(file, "the text is not in UTF-8", where=f"row {row}", expected="text in UTF-8", do=DO)
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    for mark, name in SEPARATORS.items():
        if mark != delimiter and delimiter not in header and mark in header:
            expected = "commas" if delimiter == "," else f"'{delimiter}'"
            return Problem(file, f"{name} stand between the cells", where="row 1", expected=expected, do=DO)
    return None
