"""Read small tables that people write by hand: every cell is text, and every problem has its row and column.

A table is a CSV or an Excel workbook; the file's ending says which. A row that the template brought as an example is
never taken for data: it is asked to be deleted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import intake, reading, sheets
from genequity.errors import Problem, masked, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

ROW = "row"
EXAMPLE = "EXAMPLE: "  # begins the first cell of a template's example row


def read(file: str, columns: Iterable[str], *, filled: Iterable[str] = (), unique: Iterable[str] = ()) -> pd.DataFrame:
    """Read an authored table.

    Parameters
    ----------
    file : str
        The file as named in the config.
    columns : iterable of str
        Columns it must have; others are left out.
    filled : iterable of str
        Columns without blank cells.
    unique : iterable of str
        Columns that together tell rows apart.

    Returns
    -------
    pandas.DataFrame
        The columns as text without outer spaces, blank as ``""``, and ``row``: the row as a spreadsheet counts it.

    Raises
    ------
    InputError
        With every missing column, blank cell and repeated row.
    """
    columns, filled, unique = list(columns), list(filled), list(unique)
    frame = cells(file, columns)
    raise_if(_missing_columns(file, columns, list(frame.columns)))
    frame = frame[columns].assign(**{ROW: frame.index})
    frame = frame[(frame[columns] != "").any(axis=1)].reset_index(drop=True)
    reading.note(file, len(frame))
    problems = [
        Problem(file, "this cell is blank", where=f"row {row}, column {name}", do="fill it in")
        for name in filled
        for row in frame.loc[frame[name] == "", ROW]
    ]
    if unique:
        repeats = frame[frame.duplicated(unique) & (frame[unique] != "").all(axis=1)]
        problems += [
            Problem(
                file,
                f"this row repeats the {' and '.join(unique)} of an earlier one",
                where=f"row {row}, column {unique[-1]}",
                do="keep one of them",
            )
            for row in repeats[ROW]
        ]
    raise_if(problems)
    return frame


def cells(
    file: str | Path, wanted: Iterable[str] = (), *, comment: str | None = None, verbatim: bool = False
) -> pd.DataFrame:
    """Read all columns of a table as text without outer spaces; blank rows of a CSV stay.

    Parameters
    ----------
    file : str or Path
        CSV or workbook.
    wanted : iterable of str
        Columns that tell which sheet of a workbook is meant.
    comment : str, optional
        Character with which lines of a CSV begin that are no rows.
    verbatim : bool
        Whether outer spaces of a CSV's cells are kept.

    Returns
    -------
    pandas.DataFrame
        The columns; the index is the row as a spreadsheet counts it.

    Raises
    ------
    InputError
        When it cannot be read, or still holds the template's example.
    """
    import pandas as pd

    file = str(file)
    intake.small(file)
    if sheets.is_workbook(file):
        sheet = sheets.read(file, wanted)
        frame = pd.DataFrame([row for _, row in sheet.rows], columns=sheet.header, dtype="str")
        numbers: Iterable[int] = [number for number, _ in sheet.rows]
        frame = frame.loc[:, [bool(name) for name in sheet.header]]
    else:
        with masked("reading the table", file, do=intake.DO):
            frame = pd.read_csv(
                file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False, comment=comment
            )
        numbers = range(2 + _comments(file, comment), len(frame) + 2 + _comments(file, comment))
    frame.index = pd.Index(numbers, name=ROW)
    frame.columns = [str(name).strip() for name in frame.columns]
    frame = frame.fillna("").astype("str")
    if not verbatim:
        frame = frame.apply(lambda column: column.str.strip())
    raise_if(_examples(file, frame))
    reading.note(file, len(frame))
    return frame


def mend_day(value: str) -> str:
    """Return what to do about a cell that should be a day and is none, by its form; nothing when it has no known form.

    >>> mend_day("45123")
    'the program keeps this day as a number: format the column as a date, or write it as YYYY-MM-DD'
    """
    if re.fullmatch(r"\d{5}(\.\d+)?", value):
        return "the program keeps this day as a number: format the column as a date, or write it as YYYY-MM-DD"
    if re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", value):
        return "write the year first, then month and day with two digits, with - between them"
    return "write it as text, year first, with - between the parts" if value else ""


def mend_number(value: str) -> str:
    """Return what to do about a cell that should be a whole number and is none, by its form.

    >>> mend_number("1,204")
    'take the comma or space out: it separates thousands'
    """
    if re.fullmatch(r"\d{1,3}([,\s']\d{3})+", value):
        return "take the comma or space out: it separates thousands"
    if re.fullmatch(r"\d+[.,]\d+", value):
        return "give the whole number"
    return "write the number in digits, and words in another column" if re.search(r"\d", value) else ""


def _comments(file: str, comment: str | None) -> int:
    """Count the comment lines above the header."""
    if not comment:
        return 0
    count = 0
    with Path(file).open(encoding="utf-8-sig") as lines:
        for line in lines:
            if not line.startswith(comment):
                break
            count += 1
    return count


def _missing_columns(file: str, columns: list[str], present: list[str]) -> Iterator[Problem]:
    missing = [name for name in columns if name not in present]
    if len(missing) > 1 and len(missing) == len(columns):
        from genequity.study import templates

        other = templates.of_columns(present)
        found = f"it looks like {other.place}" if other else "none of the expected columns is there"
        yield Problem(
            file,
            f"this is another table: {found}",
            where="row 1",
            expected=f"the columns {', '.join(columns)}",
            do="name the right file in the config, or copy your rows into the template",
        )
        return
    for name in missing:
        yield Problem(
            file,
            f"column '{name}' is missing.{nearest(name, present)}",
            where="row 1",
            expected=f"the columns {', '.join(columns)}",
        )


def _examples(file: str, frame: pd.DataFrame) -> Iterator[Problem]:
    """Rows of the template that are still in the table; nothing of them is data."""
    if frame.empty:
        return
    marked = frame.apply(lambda column: column.str.match(EXAMPLE.strip(), flags=re.IGNORECASE))
    rows = marked.any(axis=1)
    alone = bool(rows.all())
    for place in [place for place, found in enumerate(rows) if found]:
        column = marked.columns[int(marked.iloc[place].to_numpy().argmax())]
        do = "delete the whole row, or write your own entry over it and take the word EXAMPLE away"
        if alone and (other := _filled_in(Path(file))):
            do = f"you seem to have filled in {other} instead: name that file in the config"
        yield Problem(
            file,
            "the template is not filled in: it holds its example row alone"
            if alone
            else "the template's example row is still there",
            where=f"row {frame.index[place]}, column {column}",
            do=do,
        )


def _filled_in(path: Path) -> str | None:
    """Return the name of the same template in the other format, when that one was filled in."""
    for ending in (".csv", *sheets.ENDINGS):
        other = path.with_suffix(ending)
        if other == path or not other.is_file():
            continue
        if sheets.is_workbook(other):
            if sheets.unlike_workbook(other, other.name) is None:
                rows = [row for _, row in sheets.read(str(other)).rows]
                if any(not any(cell.startswith(EXAMPLE) for cell in row) for row in rows):
                    return other.name
        else:
            lines = other.read_text(encoding="utf-8-sig", errors="replace").splitlines()[1:]
            if any(line.strip() and EXAMPLE.strip() not in line for line in lines):
                return other.name
    return None
