"""From the labelled file to one tidy frame of respondents: every code is an answer, a reason, or a problem.

``people`` has one row a respondent: ``respondent`` (row of the file), ``code`` and ``group`` (ethnicity as
recorded and as grouped), ``base_weight``, ``stratum``, ``cluster``, ``fpc`` where the codebook names them,
background answers as labels (numbers as numbers), each item as its code, and ``<item>__why``: the reason where
there is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genequity.errors import Problem, raise_if, shape
from genequity.groups import Scheme
from genequity.survey.codebook import Codebook, Variable, code_text
from genequity.survey.reader import Labelled

if TYPE_CHECKING:
    import pandas as pd

WHY = "__why"
NO_CODE = "its code empty, its kind unknown, its group for example Not known"
LEAVE_OUT = "under survey, methods: {blank_weight: leave_out}"
NO_RECORD = "not answered"  # ASSUME: a blank in the survey file (system missing) is an item that was not answered


def tidy(
    labelled: Labelled, codebook: Codebook, scheme: Scheme, grouping: str, *, blank_weight: str = "stop"
) -> pd.DataFrame:
    """Return one row a respondent.

    Parameters
    ----------
    labelled : Labelled
        The file, with at least the codebook's variables.
    codebook : Codebook
        What they mean.
    scheme : Scheme
        The ethnicity scheme of the codes in the file.
    grouping : str
        The grouping to show.
    blank_weight : {"stop", "leave_out"}
        Whether a respondent without a base weight is a problem, or is left out.

    Raises
    ------
    InputError
        With every problem of :func:`problems`.
    """
    import pandas as pd

    raise_if(problems(labelled, codebook, scheme, blank_weight=blank_weight))
    frame = labelled.frame
    columns: dict[str, object] = {"respondent": range(1, len(frame) + 1)}
    for variable in codebook.variables:
        cells = frame[variable.variable]
        if variable.role == "id":
            continue
        if variable.role == "ethnicity":
            codes = cells.map(code_text, na_action="ignore").fillna("")
            columns["code"] = codes
            columns["group"] = scheme.to_group(codes, grouping)
        elif variable.role in ("stratum", "cluster"):
            columns[variable.role] = cells.map(code_text)
        elif variable.is_number:
            name = variable.role if variable.role in ("base_weight", "fpc") else variable.variable
            numbers = pd.to_numeric(cells, errors="coerce")
            columns[name] = numbers.mask(_reasons(cells, variable).notna())
        else:
            codes, why = _answers(cells, variable)
            columns[variable.variable] = codes.map(variable.codes) if variable.role == "background" else codes
            if variable.role == "item":
                columns[variable.variable + WHY] = why
    people = pd.DataFrame(columns)
    if "base_weight" in people.columns:
        people = people[people["base_weight"].notna()].reset_index(drop=True)
    return people


def problems(
    labelled: Labelled, codebook: Codebook, scheme: Scheme, *, blank_weight: str = "stop", listing: str = ""
) -> list[Problem]:
    """List everything in the file that the codebook or the scheme does not account for.

    ``listing`` is the restricted file in which the cells are listed, when there is one.
    """
    found: list[Problem] = []
    for variable in codebook.variables:
        found += _label_problems(labelled, variable)
        faults = _faults(labelled, variable, codebook, scheme, blank_weight)
        found += [fault.problem(labelled.file, listing) for fault in faults]
    return found


def offending(labelled: Labelled, codebook: Codebook, scheme: Scheme, *, blank_weight: str = "stop") -> pd.DataFrame:
    """Return every cell behind :func:`problems`: ``check``, ``row`` (case of the file), ``column``; no value.

    This table belongs in a restricted folder.
    """
    import pandas as pd

    faults = [
        fault
        for variable in codebook.variables
        for fault in _faults(labelled, variable, codebook, scheme, blank_weight)
    ]
    rows = [(fault.check, row, fault.variable) for fault in faults for row in fault.rows]
    return pd.DataFrame(rows, columns=["check", "row", "column"])


@dataclass(frozen=True)
class _Fault:
    """Cells of one variable that cannot be used, by case of the file; ``of`` is the number of cases."""

    variable: str
    check: str
    rows: list[int]
    of: int
    expected: str
    looks: str = ""

    @property
    def do(self) -> str:
        """What helps: a setting or a row of the scheme where those can say what the cells mean."""
        if "blank, zero" in self.check:
            return f"correct the file, or leave these respondents out and have them counted: {LEAVE_OUT} in the config"
        if self.looks == "blank":
            return f"correct the file, or add a row there for people without a code: {NO_CODE}"
        return "correct the file or the codebook"

    def problem(self, file: str, listing: str) -> Problem:
        """Describe the cells by their number and their first rows, never by their content."""
        first = ", ".join(map(str, self.rows[:5])) + (" …" if len(self.rows) > 5 else "")
        return Problem(
            file,
            f"{len(self.rows)} of {self.of} {self.check}" + (f" (looking like {self.looks})" if self.looks else ""),
            where=f"variable {self.variable}, {'case' if len(self.rows) == 1 else 'cases'} {first}",
            expected=self.expected,
            do=self.do + (f"; the cells are listed in {listing}" if listing else ""),
        )


def _faults(
    labelled: Labelled, variable: Variable, codebook: Codebook, scheme: Scheme, blank_weight: str
) -> list[_Fault]:
    cells = labelled.frame[variable.variable]
    codes = cells.map(code_text, na_action="ignore")
    if variable.role == "ethnicity":
        unknown = scheme.kind(codes.fillna("")).isna()
        return _fault(variable, "cells hold a code that is not declared", unknown, f"codes of {scheme.file}", codes)
    if variable.is_number:
        return _number_faults(cells, variable, blank_weight)
    if variable.role in ("stratum", "cluster", "id"):
        found = _fault(variable, "cells are blank", cells.isna(), "a value for every respondent")
        if variable.role == "id":
            found += _fault(variable, "identifiers repeat an earlier one", cells.duplicated(), "one row a respondent")
        return found
    unknown = codes.notna() & ~codes.isin(variable.codes) & _reasons(cells, variable).isna()
    return _fault(variable, "cells hold a code that is not declared", unknown, f"codes of {codebook.file}", codes)


def _fault(
    variable: Variable, check: str, bad: pd.Series, expected: str, shown: pd.Series | None = None
) -> list[_Fault]:
    """Return one fault for the cells flagged, with up to three shapes of what they hold; none when none is flagged."""
    rows = [place + 1 for place, flag in enumerate(bad) if flag]
    if not rows:
        return []
    looks = ""
    if shown is not None:
        looks = ", ".join(sorted({shape(value) for value in shown[bad].fillna("")})[:3]) or "blank"
    return [_Fault(variable.variable, check, rows, len(bad), expected, looks)]


def _answers(cells: pd.Series, variable: Variable) -> tuple[pd.Series, pd.Series]:
    codes = cells.map(code_text, na_action="ignore").astype("str")
    why = _reasons(cells, variable)
    answered = codes.isin(variable.codes)
    return codes.where(answered), why.mask(answered)


def _reasons(cells: pd.Series, variable: Variable) -> pd.Series:
    """Return the reason for each cell without an answer, missing where there is one."""
    codes = cells.map(code_text, na_action="ignore").astype("str")
    known = {code: variable.reason(code) for code in codes.dropna().unique()}
    return codes.map(known).astype("str").mask(codes.isna() | (codes == ""), NO_RECORD)


def _label_problems(labelled: Labelled, variable: Variable) -> list[Problem]:
    found = []
    where = f"variable {variable.variable}"
    for code, label in labelled.labels.get(variable.variable, {}).items():
        declared = variable.codes.get(code)
        if declared is not None and declared.casefold() != label.casefold():
            found.append(
                Problem(
                    labelled.file,
                    f"code {code} is labelled otherwise in the file than in the codebook",
                    where=where,
                    expected=f"'{declared}'",
                    do="correct the label in the codebook or in the file",
                )
            )
    for low, high in labelled.missing.get(variable.variable, ()):
        if any(code in variable.codes for code in (low, high)) or (
            variable.reason(low) is None and variable.reason(high) is None and variable.role != "ethnicity"
        ):
            span = low if low == high else f"{low} to {high}"
            found.append(
                Problem(
                    labelled.file,
                    f"the file declares {span} as missing, the codebook gives no reason for it",
                    where=where,
                    do="add it under missing in the codebook, with its reason",
                )
            )
    return found


def _number_faults(cells: pd.Series, variable: Variable, blank_weight: str) -> list[_Fault]:
    import pandas as pd

    numbers = pd.to_numeric(cells, errors="coerce")
    given = _reasons(cells, variable).isna()
    bad = numbers.isna() & given
    if bad.any():
        return _fault(variable, "cells are not numbers", bad, "numbers", cells)
    if variable.role not in ("base_weight", "fpc"):
        return []
    bad = numbers <= 0
    if variable.role == "fpc" or blank_weight == "stop":
        bad |= ~given
    return _fault(variable, "cells are blank, zero or negative", bad, "a positive number")
