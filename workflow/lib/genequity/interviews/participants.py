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
OPTIONAL = ("session", "speaker", "order")
# What a person agreed to: anonymous quotation; a summary in our words; counting only; nothing.
CONSENT = ("quotation", "summary", "analysis", "none")
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
        CSV or workbook with the columns :data:`COLUMNS` and, if wanted, :data:`OPTIONAL`. ``participant`` is the name
        of the person's source in the coded projects (without ending), unless ``session`` names it: the members of a
        focus group share a session, and ``speaker`` is each one's label in its transcript. ``order`` is the place of
        the interview in time. ``ethnic_group`` is in the person's own words; ``consent`` is one of :data:`CONSENT` or
        blank (no record).
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
        The columns, ``group`` (of the grouping), ``setting``, the boolean ``withdrawn``; a blank consent becomes
        ``no record``, other blanks ``Not given``. A blank session is the participant's own name.

    Raises
    ------
    InputError
        With every missing column, repeated participant and unknown role, code, consent or region, none of
        them shown.
    """
    present = set(authored.cells(file, ["participant"]).columns)
    more = [name for name in OPTIONAL if name in present]
    table = authored.read(
        file, [*COLUMNS, *further, *more], filled=("participant", "role", "withdrawn"), unique=("participant",)
    )
    table = table.assign(**dict.fromkeys([name for name in OPTIONAL if name not in more], ""))
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
    table["session"] = table["session"].where(table["session"] != "", table["participant"])
    problems += _speaker_problems(table, file)
    raise_if(problems)
    together = table["session"].map(table["session"].value_counts())
    group = scheme.to_group(table["ethnic_code"], grouping)
    blank = ("ethnic_group", "region", "language")
    return table.drop(columns=authored.ROW).assign(
        group=group.where(table["ethnic_code"] != "", NOT_GIVEN),
        consent=table["consent"].where(table["consent"] != "", NO_RECORD),
        interpreter=table["interpreter"].where(table["interpreter"] != "", NOT_GIVEN),
        withdrawn=(table["withdrawn"] == "yes"),
        setting=together.map(lambda members: "focus group" if members > 1 else "interview").astype("str"),
        **{column: table[column].where(table[column] != "", NOT_GIVEN) for column in blank},
    )


def _speaker_problems(table: pd.DataFrame, file: str) -> list[Problem]:
    """List members of focus groups without a label of their own, and orders that are no numbers."""
    found = []
    held = table.assign(label=table["speaker"].where(table["speaker"] != "", table["participant"]).str.casefold())
    for row in held[held.duplicated(["session", "label"])][authored.ROW]:
        where = f"row {row}, column speaker"
        found.append(Problem(file, "two members of a session have the same speaker label", where, "a label for each"))
    wrong = table[(table["order"] != "") & ~table["order"].str.fullmatch(r"\d{1,6}")]
    for row in wrong[authored.ROW]:
        found.append(Problem(file, "this is no place in an order", f"row {row}, column order", "a whole number"))
    return found


def withdrawn(people: pd.DataFrame | None) -> list[str]:
    """Return the sources that hold words of people who withdrew or consented to nothing: no list may quote them."""
    if people is None:
        return []
    gone = people[people["withdrawn"] | (people["consent"] == "none")]
    return sorted({*gone["participant"], *gone["session"]})


def source_problems(people: pd.DataFrame, sources: Sequence[str], file: str) -> list[Problem]:
    """List coded sources without a participant, each by its number in alphabetical order, not by its name."""
    known = set(people["session"])
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
    "Setting": "setting",
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
