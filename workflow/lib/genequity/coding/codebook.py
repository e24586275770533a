"""The codebook as data: which codes exist, what they mean, what they were called before, and their themes.

A code is known by its path, the names of its parents and its own (``Barriers > Letters``). What it was called in an
earlier version stands in ``renamed_from``: segments coded under an old path belong to the new one. Two old codes may
have become one; one old code cannot have become two, since nobody can tell which of its segments went where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from genequity import authored
from genequity.coding import codebooks
from genequity.coding.project import SEPARATOR, Project, frame
from genequity.errors import Problem, nearest, raise_if

REQUIRED = ("code", "parent", "theme", "definition", "include", "exclude", "example", "origin")
OPTIONAL = ("version", "status", "renamed_from")
COLUMNS = ["path", *REQUIRED, *OPTIONAL]
ORIGINS = ("deductive", "inductive")
ACTIVE, RETIRED = "active", "retired"
STATUSES = (ACTIVE, "draft", RETIRED)
NOT_SUPPLIED = "not supplied"
PARTS = ("include", "exclude", "example", "origin", "version", "status", "theme", "renamed_from")


def read(path: str | Path, themes: Iterable[str] | None = None) -> pd.DataFrame:
    """Read a codebook.

    Parameters
    ----------
    path : str or Path
        CSV or workbook with the columns ``code, parent, theme, definition, include, exclude, example, origin``
        and, if wanted, ``version, status, renamed_from``; or a REFI-QDA codebook (.qdc). ``parent`` is the name of
        another code (its path where two have the same name) or blank, ``theme`` may be blank, ``origin`` is deductive
        or inductive, ``status`` active, draft or retired, ``renamed_from`` old paths joined by ``;``.
    themes : iterable of str, optional
        The study's theme ids; another theme is an error.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS` in the file's order; ``path`` joins the names of the parents and the code by ``>``.

    Raises
    ------
    InputError
        With every problem: missing columns, a code without definition, a code named twice under one parent, an
        unknown parent or theme, an old name that is still in use, stands at two codes or leads back to itself.
    """
    file = str(path)
    qdc = Path(path).suffix.lower() == ".qdc"
    table = _of_qdc(path) if qdc else _of_table(file)
    places = [f"code {n}" if qdc else f"row {n}" for n in table.index]
    table = table.reset_index(drop=True)
    paths, bad = _paths(file, table, places)
    known = None if themes is None else set(themes)
    parents = {path.rpartition(SEPARATOR)[0] for path in paths}
    for place, where in enumerate(places):
        heading = qdc and paths[place] in parents  # coding programs give headings no description
        bad += _problems(file, where, table.loc[place].to_dict(), known, qdc, heading)
    seen: set[str] = set()
    for place, where in enumerate(places):
        if paths[place] in seen:
            message = f"the code '{table.loc[place, 'code']}' stands twice"
            bad.append(Problem(file, message, where=where, do="merge or rename"))
        seen.add(paths[place])
    table.insert(0, "path", paths)
    table["status"] = table["status"].where(table["status"] != "", ACTIVE)
    if not bad:
        bad += _renames(file, table, places)[1]
    raise_if(bad)
    return table[COLUMNS]


def _of_table(file: str) -> pd.DataFrame:
    table = authored.cells(file, REQUIRED)
    raise_if(
        Problem(file, f"column '{column}' is missing", where="row 1", expected=", ".join(REQUIRED))
        for column in REQUIRED
        if column not in table.columns
    )
    table = table.reindex(columns=[*REQUIRED, *OPTIONAL], fill_value="")
    return table[(table != "").any(axis=1)]


def _of_qdc(path: str | Path) -> pd.DataFrame:
    """Read a REFI-QDA codebook; include, exclude and the rest stand in the description as lines that name them."""
    rows = []
    for row in codebooks.read(path).codes.to_dict("records"):
        parent, _, code = row["code"].rpartition(SEPARATOR)
        blank = dict.fromkeys([*REQUIRED, *OPTIONAL], "")
        rows.append(blank | {"code": code, "parent": parent} | _described(row["description"]))
    table = frame(rows, [*REQUIRED, *OPTIONAL])
    table.index = pd.Index(range(1, len(table) + 1))
    return table


def description(row: Mapping[str, str]) -> str:
    """Return all that a codebook says of a code as one text, which :func:`read` takes apart again."""
    lines = [str(row.get("definition") or "")]
    for part in PARTS:
        value = row.get(part)
        if isinstance(value, str) and value and value != NOT_SUPPLIED:
            lines.append(f"{part.replace('_', ' ').capitalize()}: {value}")
    return "\n".join(line for line in lines if line)


def _described(text: str) -> dict[str, str]:
    """Take a description apart."""
    marks = {f"{part.replace('_', ' ').capitalize()}: ": part for part in PARTS}
    found: dict[str, list[str]] = {"definition": []}
    current = "definition"
    for line in text.split("\n"):
        mark = next((mark for mark in marks if line.startswith(mark)), None)
        if mark:
            current, line = marks[mark], line[len(mark) :]
        found.setdefault(current, []).append(line)
    return {"origin": NOT_SUPPLIED} | {part: "\n".join(lines).strip() for part, lines in found.items()}


def _paths(file: str, table: pd.DataFrame, places: list[str]) -> tuple[list[str], list[Problem]]:
    """Return the path of every code, and the problems of parents."""
    by_name: dict[str, list[int]] = {}
    for place, code in enumerate(table["code"]):
        by_name.setdefault(code, []).append(place)
    found: dict[int, str] = {}
    bad: dict[int, Problem] = {}

    def problem(place: int, message: str, do: str = "") -> None:
        bad.setdefault(place, Problem(file, message, where=f"{places[place]}, column parent", do=do))

    def path(place: int, below: tuple[int, ...] = ()) -> str:
        if place in found:
            return found[place]
        code, parent = table.loc[place, "code"], table.loc[place, "parent"]
        if place in below:
            problem(place, f"the code '{code}' is its own ancestor")
            return code
        above = _parent(parent, by_name, lambda other: path(other, (*below, place)))
        if parent and not above:
            hint = nearest(parent, by_name)
            problem(place, f"the parent of '{code}' is not a code.{hint}", "correct the name")
        elif len(above) > 1:
            do = "give the parent's whole path, as in 'Grandparent > Parent'"
            problem(place, f"the parent of '{code}' is the name of {len(above)} codes", do)
        result = f"{path(above[0], (*below, place))}{SEPARATOR}{code}" if above else code
        found[place] = result
        return result

    paths = [path(place) for place in range(len(table))]
    return paths, [bad[place] for place in sorted(bad)]


def _parent(parent: str, by_name: Mapping[str, list[int]], path_of) -> list[int]:
    """Return the codes that a parent's name or path may mean."""
    if not parent:
        return []
    if SEPARATOR not in parent:
        named = by_name.get(parent, [])
        return [place for place in named if path_of(place) == parent] or named if len(named) > 1 else named
    last = by_name.get(parent.rpartition(SEPARATOR)[2], [])
    return [place for place in last if path_of(place) == parent]


def _problems(
    file: str, where: str, entry: dict[str, str], themes: set[str] | None, qdc: bool, heading: bool
) -> list[Problem]:
    code, found = entry["code"], []
    if not code:
        return [Problem(file, "the code has no name", where=f"{where}, column code")]
    if SEPARATOR.strip() in code:
        message = f"the name of a code holds '{SEPARATOR.strip()}', which joins a code to its parents"
        found.append(Problem(file, message, where=f"{where}, column code", do="name the parent in its own column"))
    if not entry["definition"] and not heading:
        do = "write one sentence that says when the code applies"
        found.append(Problem(file, f"the code '{code}' has no definition", where=f"{where}, column definition", do=do))
    if themes is not None and entry["theme"] and entry["theme"] not in themes:
        hint = nearest(entry["theme"], themes)
        found.append(
            Problem(
                file,
                f"the theme '{entry['theme']}' of '{code}' is not in the study's list.{hint}",
                where=f"{where}, column theme",
                do="use a theme of the list, or add it there",
            )
        )
    allowed = (*ORIGINS, NOT_SUPPLIED) if qdc else ORIGINS
    for column, known in (("origin", allowed), ("status", ("", *STATUSES))):
        if entry[column] not in known:
            message = f"the {column} of '{code}' is not known"
            expected = " or ".join(word for word in known if word)
            found.append(Problem(file, message, where=f"{where}, column {column}", expected=expected))
    return found


def old_names(book: pd.DataFrame) -> dict[str, str]:
    """Return old path -> path of the code it is now, through all renamings, of a codebook that was read."""
    return _renames("", book, [""] * len(book))[0]


def _renames(file: str, table: pd.DataFrame, places: list[str]) -> tuple[dict[str, str], list[Problem]]:
    """Return old path -> path in use, and the problems of renamings."""
    retired = set(table.loc[table["status"] == RETIRED, "path"])
    current = set(table["path"]) - retired
    step: dict[str, str] = {}
    bad: list[Problem] = []
    for place, row in enumerate(table.to_dict("records")):
        where = f"{places[place]}, column renamed_from"
        prefix = row["path"].rpartition(SEPARATOR)[0]
        for old in filter(None, (name.strip() for name in row["renamed_from"].split(";"))):
            forms = {old, f"{prefix}{SEPARATOR}{old}" if prefix and SEPARATOR not in old else old}
            if row["path"] in forms:
                message = f"the code '{row['code']}' is renamed from itself"
                bad.append(Problem(file, message, where=where, do="leave the cell blank"))
            elif old in current:
                do = "give the old code the status retired, or delete it, so that its segments belong to one code"
                message = f"the old name '{old}' is still a code of its own"
                bad.append(Problem(file, message, where=where, do=do))
            elif any(form in step for form in forms):
                do = "code the segments of the old code again in the coding program, then leave it out here"
                message = f"the old name '{old}' stands at two codes: a split cannot be done by renaming"
                bad.append(Problem(file, message, where=where, expected="one code for each old name", do=do))
            else:
                step |= dict.fromkeys(forms - current, row["path"])
    found = {}
    for old in step:
        chain = [old]
        while chain[-1] in step and len(chain) <= len(step) + 1:
            chain.append(step[chain[-1]])
        if len(set(chain)) < len(chain):
            bad.append(Problem(file, f"the old name '{old}' leads back to itself", do="correct renamed_from"))
        elif chain[-1] not in current:
            message = f"the old name '{old}' leads to '{chain[-1]}', which is retired and has no successor"
            bad.append(Problem(file, message, do="name the code that took its place in renamed_from"))
        found[old] = chain[-1]
    return found, bad


def renamed(content: Project, book: pd.DataFrame) -> Project:
    """Return a project with its old codes under their new paths, those below a renamed code with it.

    The project's own list of codes loses what became another code, so that no definition is taken from it.
    """
    names = old_names(book)
    if not names:
        return content
    known = set(book.loc[book["status"] != RETIRED, "path"])

    def now(path: str) -> str:
        if path in known:
            return path
        steps = path.split(SEPARATOR)
        for depth in range(len(steps), 0, -1):
            old = SEPARATOR.join(steps[:depth])
            if old in names:
                return SEPARATOR.join([names[old], *steps[depth:]])
        return path

    codes = content.codes.assign(code=[now(path) for path in content.codes["code"]])
    return replace(
        content,
        codes=codes.drop_duplicates("code", ignore_index=True),
        segments=content.segments.assign(code=[now(path) for path in content.segments["code"]]),
    )


def check_codes(segments: pd.DataFrame, codebook: pd.DataFrame, file: str) -> list[Problem]:
    """List the codes used in segments that the codebook does not define, with their number of segments."""
    retired = set(codebook.loc[codebook["status"] == RETIRED, "path"]) if "status" in codebook else set()
    known = set(codebook["path"]) - retired
    used = segments["code"].value_counts().sort_index()
    found = []
    for code, count in used.items():
        if code in known:
            continue
        many = f"is used for {count} segment{'s' if count != 1 else ''}"
        if code in retired:
            do = "name the code that took its place, with this one in its renamed_from, or make it active again"
            found.append(Problem(file, f"the code '{code}' {many} but is retired", do=do))
            continue
        found.append(
            Problem(
                file,
                f"the code '{code}' {many} but is not defined.{nearest(code, known)}",
                expected="every code used by a coder, under its parents",
                do="add the code with its definition to the codebook, or correct its name in the coding program",
            )
        )
    return found


def unused(segments: pd.DataFrame, codebook: pd.DataFrame) -> list[str]:
    """Return the active codes without codes under them that nobody used, in the codebook's order."""
    used, parents = set(segments["code"]), {path.rpartition(SEPARATOR)[0] for path in codebook["path"]}
    active = codebook.loc[codebook["status"] != RETIRED, "path"]
    return [path for path in active if path not in used and path not in parents]


def from_projects(projects: Iterable[Project]) -> pd.DataFrame:
    """Return a codebook of what the projects themselves carry, for a study that supplied none.

    Definitions are the descriptions in the projects and blank where there are none; themes are blank.
    """
    rows: dict[str, dict[str, str]] = {}
    for content in projects:
        for entry in content.codes.to_dict("records"):
            row = rows.setdefault(entry["code"], dict.fromkeys(COLUMNS, "") | {"path": entry["code"]})
            row["code"] = entry["code"].rpartition(SEPARATOR)[2]
            row["parent"] = entry["code"].rpartition(SEPARATOR)[0].rpartition(SEPARATOR)[2]
            row["definition"] = row["definition"] or entry["description"]
            row["origin"], row["status"] = NOT_SUPPLIED, ACTIVE
    return pd.DataFrame(list(rows.values()), columns=COLUMNS)
