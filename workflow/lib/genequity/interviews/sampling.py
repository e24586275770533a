"""The sampling frame: how many participants were planned in each cell, and how many were heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from genequity import authored
from genequity.errors import Problem, nearest, raise_if
from genequity.interviews import bands
from genequity.interviews.participants import NOT_GIVEN
from genequity.release import Profile

PLANNED = "planned"
DIMENSIONS = {
    "role": "role",
    "ethnic_group": "group",
    "region": "region",
    "language": "language",
    "interpreter": "interpreter",
    "setting": "setting",
}
COLUMNS = ["cell", "planned", "achieved", "state"]
MET, BELOW, EMPTY, WITHHELD = "met", "below the plan", "empty", "withheld"


def read(
    file: str | None, attributes: Sequence[str] = (), known: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame | None:
    """Read the sampling frame.

    Parameters
    ----------
    file : str or None
        CSV or workbook with ``planned`` (a whole number) and at least one dimension: a key of :data:`DIMENSIONS` or an
        attribute of the config. A blank cell of a dimension means all of its levels.
    attributes : sequence of str
        Further columns of the participants table that the study reads.
    known : mapping, optional
        Dimension -> levels that the study knows; an empty list accepts any.

    Returns
    -------
    pandas.DataFrame or None
        The dimensions in the file's order and ``planned``; None without a file.

    Raises
    ------
    InputError
        With every unknown level, repeated cell and number that is none.
    """
    if not file:
        return None
    present = list(authored.cells(file, [PLANNED]).columns)
    own = [name for name in present if name in DIMENSIONS or name in attributes]
    if not own:
        expected = f"at least one of {', '.join(DIMENSIONS)}"
        do = "name a column as in the participants table"
        raise_if([Problem(file, "the frame has no dimension", "row 1", expected, do)])
    table = authored.read(file, [*own, PLANNED], filled=[PLANNED])
    found = []
    for row in table.to_dict("records"):
        here = f"row {row[authored.ROW]}, column "
        if not row[PLANNED].isdecimal():
            found.append(Problem(file, "this is no number of participants", here + PLANNED, "a whole number"))
        for name in own:
            allowed = (known or {}).get(name) or []
            if allowed and row[name] and row[name] not in allowed:
                found.append(Problem(file, f"this {name} is not known.{nearest(row[name], allowed)}", here + name))
    found += [
        Problem(file, "this row repeats an earlier cell of the frame", f"row {row}", do="keep one of them")
        for row in table.loc[table.duplicated(own), authored.ROW]
    ]
    raise_if(found)
    return table[[*own, PLANNED]].astype({PLANNED: int})


def achieved(frame: pd.DataFrame | None, cases: pd.DataFrame) -> pd.DataFrame:
    """Count the analysed participants of each cell of the frame.

    Returns
    -------
    pandas.DataFrame
        ``cell`` (``patient, English``), ``planned``, ``achieved`` and ``state``; people outside every
        cell have a row ``Outside the frame``, planned 0.
    """
    if frame is None:
        return pd.DataFrame(columns=COLUMNS)
    dimensions = [name for name in frame.columns if name != PLANNED]
    held = {name: cases[_column(name, cases)].replace("", NOT_GIVEN) for name in dimensions}
    inside = pd.Series(False, index=cases.index)
    rows = []
    for entry in frame.to_dict("records"):
        here = pd.Series(True, index=cases.index)
        for name in dimensions:
            if entry[name]:
                here &= held[name] == entry[name]
        inside |= here
        cell = ", ".join(_said(name, entry[name]) for name in dimensions)
        rows.append([cell, entry[PLANNED], int(here.sum())])
    if (~inside).any():
        rows.append(["Outside the frame", 0, int((~inside).sum())])
    table = pd.DataFrame(rows, columns=COLUMNS[:3])
    return table.assign(state=[_state(*row) for row in table[["planned", "achieved"]].itertuples(index=False)])


def _said(name: str, level: str) -> str:
    """Return a level of a dimension as a reader says it.

    >>> _said("setting", "focus group"), _said("interpreter", "no"), _said("region", "")
    ('focus group', 'without interpreter', 'any region')
    """
    if name == "interpreter" and level:
        return "with interpreter" if level == "yes" else "without interpreter"
    return level or f"any {name.replace('_', ' ')}"


def _column(name: str, cases: pd.DataFrame) -> str:
    column = DIMENSIONS.get(name, name)
    return column if column in cases else name


def _state(planned: int, reached: int) -> str:
    if reached == 0:
        return EMPTY
    return MET if reached >= planned else BELOW


def protected(table: pd.DataFrame, frame: pd.DataFrame | None, cases: pd.DataFrame, rule: Profile) -> pd.DataFrame:
    """Return the table with counts that give no withheld one away.

    The cells of a role add up to its number of people, which is published as it is (without roles in the frame: to the
    number of all). Where a count that is shown would narrow a withheld one of the same role too far, no count of the
    role is shown. A state follows the count: it is told where the count is, where the cell is empty, or where it
    follows from the plan.
    """
    table = table.astype({"planned": "Int64", "achieved": "Int64"})
    if table.empty or frame is None or not bands.hides(rule):
        return table
    counts = {row.Index: int(row.achieved) for row in table.itertuples()}
    shown = {place: not bands.hidden(count, rule) for place, count in counts.items()}
    roles = list(frame["role"]) if "role" in frame else [""] * len(frame)
    roles += [""] * (len(table) - len(frame))  # people outside the frame may have any role
    sizes = cases["role"].value_counts()
    for role in sorted(set(roles)):
        here = [place for place, own in enumerate(roles) if own == role]
        of = int(sizes.get(role, 0)) if role else len(cases)
        parts = {str(place): (counts[place], of) for place in here}
        rest = of - sum(counts[place] for place in here)
        if rest > 0:
            parts["rest"] = (rest, of)
        if not bands.keeps_width(parts, (of, of), rule, sizes_known=True):
            shown |= {place: counts[place] == 0 and shown[place] for place in here}
    states = []
    for place, row in table.iterrows():
        if shown[place]:
            states.append(row["state"])
        else:
            small = bands.hidden(counts[place], rule) and row["planned"] > rule.hide["to"]
            states.append(BELOW if small else WITHHELD)
    return table.assign(achieved=table["achieved"].where(pd.Series(shown)), state=states)
