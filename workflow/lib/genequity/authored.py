"""Read small tables that people write by hand: every cell is text, and every problem has its row and column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from genequity import intake
from genequity.errors import Problem, masked, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

ROW = "row"


def read(file: str, columns: Iterable[str], *, filled: Iterable[str] = (), unique: Iterable[str] = ()) -> pd.DataFrame:
    """Read an authored CSV.

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
    import pandas as pd

    columns, filled, unique = list(columns), list(filled), list(unique)
    intake.small(file)
    with masked("reading the table", file, do=intake.DO):
        frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    frame.columns = [str(name).strip() for name in frame.columns]
    raise_if(
        Problem(
            file,
            f"column '{name}' is missing.{nearest(name, frame.columns)}",
            where="row 1",
            expected=f"the columns {', '.join(columns)}",
        )
        for name in columns
        if name not in frame.columns
    )
    frame = frame[columns].fillna("").apply(lambda cells: cells.str.strip())
    frame[ROW] = range(2, len(frame) + 2)
    frame = frame[(frame[columns] != "").any(axis=1)].reset_index(drop=True)
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
