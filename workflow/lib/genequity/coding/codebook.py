"""The codebook as data: which codes exist, what they mean, and under which theme they are reported."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from genequity import authored
from genequity.coding.project import SEPARATOR, Project
from genequity.errors import InputError, Problem, nearest

REQUIRED = ("code", "parent", "theme", "definition", "include", "exclude", "example", "origin")
COLUMNS = ["path", *REQUIRED]
ORIGINS = ("deductive", "inductive")
NOT_SUPPLIED = "not supplied"


def read(path: str | Path, themes: Iterable[str] | None = None) -> pd.DataFrame:
    """Read a codebook.

    Parameters
    ----------
    path : str or Path
        CSV or workbook with the columns ``code, parent, theme, definition, include, exclude, example, origin``;
        ``parent`` is the name of another code or blank, ``theme`` may be blank, ``origin`` is deductive or
        inductive.
    themes : iterable of str, optional
        The study's theme ids; another theme is an error.

    Returns
    -------
    pandas.DataFrame
        The same with ``path`` first (names of the parents and the code, joined by ``>``), in the file's
        order.

    Raises
    ------
    InputError
        With every problem: missing columns, a code without definition, a code named twice, an unknown parent
        or theme.
    """
    file = str(path)
    table = authored.cells(path, REQUIRED)
    bad = [
        Problem(file, f"column '{column}' is missing", where="row 1", expected=", ".join(REQUIRED))
        for column in REQUIRED
        if column not in table.columns
    ]
    if bad:
        raise InputError(bad)
    table = table.loc[(table != "").any(axis=1), list(REQUIRED)].rename_axis(None)
    parents = dict(zip(table["code"], table["parent"]))
    known = None if themes is None else set(themes)
    for row, entry in zip(table.index, table.to_dict("records")):
        bad += _problems(file, row, entry, parents, known)
    twice = table.index[table["code"].duplicated()]
    bad += [
        Problem(file, f"the code '{table['code'][i]}' stands twice", where=f"row {i}", do="merge or rename")
        for i in twice
    ]
    if bad:
        raise InputError(bad)
    path_of = [SEPARATOR.join(_chain(code, parents)) for code in table["code"]]
    return table.assign(path=path_of).reset_index(drop=True)[COLUMNS]


def _problems(
    file: str, row: int, entry: dict[str, str], parents: dict[str, str], themes: set[str] | None
) -> list[Problem]:
    code, where, found = entry["code"], f"row {row}", []
    if not code:
        return [Problem(file, "the code has no name", where=f"{where}, column code")]
    if not entry["definition"]:
        do = "write one sentence that says when the code applies"
        found.append(Problem(file, f"the code '{code}' has no definition", where=f"{where}, column definition", do=do))
    if entry["parent"] and entry["parent"] not in parents:
        hint = nearest(entry["parent"], parents)
        found.append(
            Problem(
                file,
                f"the parent of '{code}' is not a code.{hint}",
                where=f"{where}, column parent",
                do="correct the name",
            )
        )
    elif len(set(_chain(code, parents))) != len(_chain(code, parents)):
        found.append(Problem(file, f"the code '{code}' is its own ancestor", where=f"{where}, column parent"))
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
    if entry["origin"] not in ORIGINS:
        found.append(
            Problem(
                file,
                f"the origin of '{code}' is not known",
                where=f"{where}, column origin",
                expected=" or ".join(ORIGINS),
            )
        )
    return found


def _chain(code: str, parents: dict[str, str]) -> list[str]:
    """Names from the root down to the code; stops when a name comes back."""
    chain = [code]
    while parents.get(chain[0]) and len(chain) <= len(parents):
        chain.insert(0, parents[chain[0]])
    return chain


def check_codes(segments: pd.DataFrame, codebook: pd.DataFrame, file: str) -> list[Problem]:
    """List the codes used in segments that the codebook does not define, with their number of segments."""
    known = set(codebook["path"])
    used = segments["code"].value_counts().sort_index()
    return [
        Problem(
            file,
            f"the code '{code}' is used for {count} segment{'s' if count != 1 else ''} but is not "
            f"defined.{nearest(code, known)}",
            expected="every code used by a coder, under its parents",
            do="add the code with its definition to the codebook, or correct its name in the coding program",
        )
        for code, count in used.items()
        if code not in known
    ]


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
            row["origin"] = NOT_SUPPLIED
    return pd.DataFrame(list(rows.values()), columns=COLUMNS)
