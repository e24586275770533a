"""Read a labelled survey file (SPSS .sav, Stata .dta) with its labels and user-missing codes.

Only the variables of the codebook are read. Dates stay numbers: some files hold dates that no calendar has, and no
variable of this strand is a date.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from genequity import reading
from genequity.errors import InputError, Problem, masked, missing_file, nearest
from genequity.survey.codebook import Codebook, code_text

if TYPE_CHECKING:
    import pandas as pd

ENDINGS = (".sav", ".zsav", ".dta")


@dataclass(frozen=True)
class Labelled:
    """A labelled file.

    ``frame`` has one row a respondent and raw codes; ``texts`` the wording of each variable; ``labels`` code ->
    label of each; ``missing`` the ranges of codes that the file itself declares missing.
    """

    file: str
    frame: pd.DataFrame
    texts: dict[str, str]
    labels: dict[str, dict[str, str]]
    missing: dict[str, tuple[tuple[str, str], ...]]


def read(file: str, variables: list[str] | None = None, encoding: str | None = None) -> Labelled:
    """Read a labelled file.

    Parameters
    ----------
    file : str
        ``.sav``, ``.zsav`` or ``.dta``.
    variables : list of str, optional
        Variables to read; all when absent.
    encoding : str, optional
        Of text, where the file does not say, such as ``windows-1252``.

    Raises
    ------
    InputError
        If the file is missing, malformed, or lacks a variable. The message repeats nothing of its content.
    """
    import pyreadstat

    path = Path(file)
    if not path.exists():
        raise InputError(missing_file(file))
    if path.suffix.lower() not in ENDINGS:
        raise InputError(
            Problem(file, f"files ending {path.suffix} are not read here", expected="SPSS (.sav) or Stata (.dta)")
        )
    stata = path.suffix.lower() == ".dta"
    reader = pyreadstat.read_dta if stata else pyreadstat.read_sav
    doing = f"reading the {'Stata' if stata else 'SPSS'} file"
    advice = "open it in the program that wrote it, save it again, and set survey.encoding if its text looks wrong"
    options = {"disable_datetime_conversion": True} | ({"encoding": encoding} if encoding else {})
    with masked(doing, file, do=advice):
        _, known = reader(str(path), metadataonly=True, **options)
    if variables is not None:
        absent = [name for name in variables if name not in known.column_names]
        if absent:
            raise InputError(
                Problem(
                    file,
                    f"variable '{name}' of the codebook is not in the file.{nearest(name, known.column_names)}",
                    expected="every variable of the codebook",
                    do="correct its name in the codebook; names are case-sensitive",
                )
                for name in absent
            )
    with masked(doing, file, do=advice):
        frame, meta = reader(str(path), user_missing=True, usecols=variables, **options)
    if variables is not None:
        frame = frame[variables]
    names = list(frame.columns)
    reading.note(file, len(frame), "respondent")
    ranges = {
        name: tuple((code_text(each["lo"]), code_text(each["hi"])) for each in meta.missing_ranges.get(name, ()))
        + tuple((code_text(each),) * 2 for each in meta.missing_user_values.get(name, ()))
        for name in names
    }
    return Labelled(
        file,
        frame,
        {name: text or "" for name, text in meta.column_names_to_labels.items() if name in names},
        {
            name: {code_text(code): str(label).strip() for code, label in labels.items()}
            for name, labels in meta.variable_value_labels.items()
            if name in names
        },
        {name: found for name, found in ranges.items() if found},
    )


def read_declared(file: str, codebook: Codebook, encoding: str | None = None) -> Labelled:
    """Read the variables that a codebook declares."""
    return read(file, [variable.variable for variable in codebook.variables], encoding)
