"""The participants table: who was heard, in what role, and what they agreed to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from genequity import authored
from genequity.errors import Problem, nearest, raise_if, shape
from genequity.groups import Scheme

COLUMNS = (
    "participant",
    "role",
    "ethnic_group",
    "ethnic_code",
    "region",
    "language",
    "interpreter",
    "consent",
    "withdrawn",
)
ROLES = ("patient", "professional", "public")
CONSENT = ("quotation", "analysis")
YES_NO = ("yes", "no")
NOT_GIVEN = "Not given"
NO_RECORD = "no record"


def read(
    file: str, scheme: Scheme, grouping: str, regions: Sequence[str] = (), further: Sequence[str] = ()
) -> pd.DataFrame:
    """Read the participants table.

    Parameters
    ----------
    file : str
        CSV with the columns :data:`COLUMNS`. ``participant`` is the name of the person's source in the coded
        projects (without ending); ``ethnic_group`` is in the person's own words; ``consent`` is ``quotation``
        (analysis and anonymous quotation), ``analysis`` or blank (no record).
    scheme : Scheme
        Codes of ``ethnic_code``.
    grouping : str
        Grouping shown in tables.
    regions : sequence of str
        Known region codes or labels; none means that any is accepted.
    further : sequence of str
        Columns that the study's attribution needs besides these, such as ``specialty``; blank where it does not apply.

    Returns
    -------
    pandas.DataFrame
        The columns, ``group`` (of the grouping), booleans ``interpreter`` and ``withdrawn``; a blank consent
        becomes ``no record``, other blanks ``Not given``.

    Raises
    ------
    InputError
        With every missing column, repeated participant and unknown role, code, consent or region, none of
        them shown.
    """
    table = authored.read(
        file, [*COLUMNS, *further], filled=("participant", "role", "withdrawn"), unique=("participant",)
    )
    known = {
        "role": ROLES,
        "consent": ("", *CONSENT),
        "withdrawn": YES_NO,
        "interpreter": ("", *YES_NO),
        "ethnic_code": ("", *scheme.table["code"]),
    }
    if regions:
        known["region"] = ("", *regions)
    problems = []
    for column, allowed in known.items():
        for entry in table.loc[~table[column].isin(allowed), [column, authored.ROW]].to_dict("records"):
            words = [word for word in allowed if word]
            source = "the regions' look-up" if column == "region" else scheme.file
            expected = f"one of {', '.join(words)}" if len(words) <= 12 else f"a code of {source}"
            message = f"a value of the shape '{shape(entry[column])}' is not known"
            problems.append(Problem(file, message, f"row {entry[authored.ROW]}, column {column}", expected))
    raise_if(problems)
    group = scheme.to_group(table["ethnic_code"], grouping)
    blank = ("ethnic_group", "region", "language")
    return table.drop(columns=authored.ROW).assign(
        group=group.where(table["ethnic_code"] != "", NOT_GIVEN),
        consent=table["consent"].where(table["consent"] != "", NO_RECORD),
        interpreter=table["interpreter"].where(table["interpreter"] != "", NOT_GIVEN),
        withdrawn=table["withdrawn"] == "yes",
        **{column: table[column].where(table[column] != "", NOT_GIVEN) for column in blank},
    )


def source_problems(people: pd.DataFrame, sources: Sequence[str], file: str) -> list[Problem]:
    """List coded sources without a participant, each by its number in alphabetical order, not by its name."""
    known = set(people["participant"])
    found = []
    for number, name in enumerate(sorted(sources), 1):
        if name in known:
            continue
        hint = " A participant's name differs from it by little." if nearest(name, known) else ""
        found.append(
            Problem(
                file,
                f"the coded source number {number} (shape {shape(name)}) belongs to no participant.{hint}",
                where="column participant",
                expected="a row for every transcript, named as the source is in the coded project",
                do="add the row, or rename the source; a withdrawn participant keeps a row with withdrawn = yes",
            )
        )
    return found


CHARACTERISTICS = {
    "Role": "role",
    "Ethnic group": "group",
    "Region": "region",
    "Language of interview": "language",
    "Interpreter present": "interpreter",
}
ALL = "All participants"


def counts(people: pd.DataFrame | None) -> pd.DataFrame:
    """Count the analysed participants by each characteristic, with all of them together.

    Returns
    -------
    pandas.DataFrame
        ``characteristic, level, participants``; empty without a participants table.
    """
    rows = []
    for title, column in CHARACTERISTICS.items() if people is not None else ():
        rows += [[title, level, int(count)] for level, count in people[column].value_counts().sort_index().items()]
        rows.append([title, ALL, len(people)])
    return pd.DataFrame(rows, columns=["characteristic", "level", "participants"])
