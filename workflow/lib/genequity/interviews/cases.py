"""From segments to participants: who raised which theme, the framework matrix, and prevalence.

The unit is the participant. Several segments of one person on one theme count once. The released tables say of each
theme and role, or theme and group, whether nobody, some or many raised it (:mod:`genequity.interviews.bands`).
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from genequity.attribution import ROLE
from genequity.coding.merge import Merged
from genequity.groups import ordered
from genequity.interviews import bands
from genequity.interviews.participants import NOT_GIVEN
from genequity.interviews.read import NO_TABLE
from genequity.release import Profile

NOT_RAISED = "not raised"
ALL = "All participants"
ALL_SOURCES = "All sources"  # where the study has no participants table


def frame(sources: Sequence[str], people: pd.DataFrame | None, attributes: Sequence[str] = ()) -> pd.DataFrame:
    """Return the cases: participants who did not withdraw and whose words were coded, or the sources themselves.

    Parameters
    ----------
    sources : sequence of str
        Names of the coded sources.
    people : pandas.DataFrame or None
        The participants table.
    attributes : sequence of str
        What an attribution may say of a speaker; the ethnic group is that of the grouping, never a person's own words.

    Returns
    -------
    pandas.DataFrame
        ``case, role, group, consent`` and the attributes that are more than these, blank where they were not given.
        Without a participants table each source is a case and the rest ``not supplied``.
    """
    if people is None:
        rows = pd.DataFrame({"case": sorted(sources)}, dtype="str")
        return rows.assign(role=NO_TABLE, group=NO_TABLE, consent="no record", **dict.fromkeys(attributes[1:], ""))
    held = people[~people["withdrawn"] & people["participant"].isin(sources)]
    held = held.assign(ethnic_group=held["group"]).rename(columns={"participant": "case"})
    further = [name for name in attributes if name != ROLE]
    held = held.assign(**{name: held[name].replace(NOT_GIVEN, "") for name in further})
    return held[["case", "role", "group", "consent", *further]].sort_values("case", ignore_index=True)


def without_withdrawn(merged: Merged, cases: pd.DataFrame) -> Merged:
    """Return the sources and segments of the analysed cases only: nothing of a withdrawn participant goes further."""
    names = set(cases["case"])
    return Merged(
        merged.segments[merged.segments["source"].isin(names)].reset_index(drop=True),
        merged.sources[merged.sources["source"].isin(names)].reset_index(drop=True),
        merged.reading,
    )


def flow(people: pd.DataFrame | None, sources: Sequence[str]) -> pd.DataFrame:
    """Derive the flow of participants: listed, withdrawn, without coded words, analysed.

    Returns
    -------
    pandas.DataFrame
        ``step, label, number``; analysed is listed less withdrawn less not coded.
    """
    if people is None:
        return pd.DataFrame(
            {"step": [1], "label": ["Sources analysed (no participants table)"], "number": [len(sources)]}
        )
    withdrawn = people["withdrawn"]
    coded = people["participant"].isin(sources)
    rows = [
        ("Participants listed", len(people)),
        ("Withdrew, and left out of everything", int(withdrawn.sum())),
        ("Without a coded transcript", int((~withdrawn & ~coded).sum())),
        ("Participants analysed", int((~withdrawn & coded).sum())),
    ]
    return pd.DataFrame([(i, *row) for i, row in enumerate(rows, 1)], columns=["step", "label", "number"])


def framework(cases: pd.DataFrame, segments: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Build the framework matrix in long form: one row a case and theme, with its segments and their words.

    Returns
    -------
    pandas.DataFrame
        ``case, role, group, theme, segments, segment_ids, words``; a theme the case does not raise reads
        ``not raised``. Restricted, since it holds words.
    """
    by_cell = dict(list(segments.groupby(["source", "theme"])))
    rows = []
    for case in cases.to_dict("records"):
        for theme in order:
            part = by_cell.get((case["case"], theme))
            found = part is not None
            rows.append(
                {
                    "case": case["case"],
                    "role": case["role"],
                    "group": case["group"],
                    "theme": theme,
                    "segments": len(part) if found else 0,
                    "segment_ids": " ".join(part["segment"]) if found else NOT_RAISED,
                    "words": " / ".join(" ".join(text.split()) for text in part["text"]) if found else NOT_RAISED,
                }
            )
    columns = ["case", "role", "group", "theme", "segments", "segment_ids", "words"]
    return pd.DataFrame(rows, columns=columns)


def prevalence(matrix: pd.DataFrame, rule: Profile) -> pd.DataFrame:
    """Say how many participants raise each theme, by role, and over all where this gives no role away.

    Parameters
    ----------
    matrix : pandas.DataFrame
        From :func:`framework`.
    rule : Profile
        The study's small-number rule.

    Returns
    -------
    pandas.DataFrame
        ``theme, role, raised, participants``. All participants have a row for a theme only where their number, set
        beside the roles and the groups, narrows no withheld number further than the rule allows.
    """
    rows = []
    whole = ALL_SOURCES if (matrix["role"] == NO_TABLE).all() else ALL
    roles = sorted(set(matrix["role"]) - {NO_TABLE})
    for theme in dict.fromkeys(matrix["theme"]):
        of_theme = matrix[matrix["theme"] == theme]
        by_role, by_group = (_tally(of_theme, column) for column in ("role", "group"))
        rows += [[theme, role, bands.band(by_role[role][0], rule), by_role[role][0]] for role in roles]
        total = (int((of_theme["segments"] > 0).sum()), len(of_theme))
        known = bands.total_may_stand(total, by_role, rule, sizes_known=True)
        if known and bands.total_may_stand(total, by_group, rule, sizes_known=False):
            rows.append([theme, whole, bands.band(total[0], rule), total[0]])
    return pd.DataFrame(rows, columns=["theme", "role", "raised", "participants"])


def by_group(matrix: pd.DataFrame, rule: Profile) -> pd.DataFrame:
    """Say how many participants of each ethnic group raise each theme.

    Returns
    -------
    pandas.DataFrame
        ``theme, group, raised, participants``. Of a group that is itself small nothing is said, not even that nobody
        raised a theme: this would be said of every one of its few people.
    """
    rows = []
    groups = ordered(set(matrix["group"]) - {NO_TABLE})
    for theme in dict.fromkeys(matrix["theme"]):
        counts = _tally(matrix[matrix["theme"] == theme], "group")
        for group in groups:
            raised, of = counts[group]
            few = bands.hidden(of, rule)
            said = bands.TOO_FEW if few else bands.band(raised, rule)
            rows.append([theme, group, said, None if few else raised])
    frame = pd.DataFrame(rows, columns=["theme", "group", "raised", "participants"])
    return frame.astype({"participants": "Int64"})


def _tally(of_theme: pd.DataFrame, column: str) -> dict[str, tuple[int, int]]:
    """Return level -> (participants who raise the theme, participants)."""
    levels = of_theme[of_theme[column] != NO_TABLE].groupby(column)["segments"]
    return {level: (int((segments > 0).sum()), len(segments)) for level, segments in levels}


def reconcile(declared: pd.DataFrame | None, segments: pd.DataFrame) -> pd.DataFrame:
    """Compare the number of codings the program's code system states with the number of segments read, code by code.

    Returns
    -------
    pandas.DataFrame
        ``code, declared, read, difference``: codes whose numbers differ, then ``All codes``. Empty when
        nothing was declared. Only codes of the code system are compared.
    """
    columns = ["code", "declared", "read", "difference"]
    if declared is None:
        return pd.DataFrame(columns=columns)
    found = segments["code"].value_counts()
    table = declared.rename(columns={"codings": "declared"})
    table = table.assign(read=table["code"].map(found).fillna(0).astype(int))
    whole = pd.DataFrame([{"code": "All codes", "declared": table["declared"].sum(), "read": table["read"].sum()}])
    table = pd.concat([table[table["declared"] != table["read"]], whole], ignore_index=True)
    return table.assign(difference=table["declared"] - table["read"])[columns]
