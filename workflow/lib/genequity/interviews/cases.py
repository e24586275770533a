"""From segments to participants: who raised which theme, the framework matrix, and prevalence.

The unit is the participant. Several segments of one person on one theme count once.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from genequity.coding.merge import Merged
from genequity.groups import ordered
from genequity.interviews.read import NO_TABLE

NOT_RAISED = "not raised"
ALL = "All participants"
ALL_SOURCES = "All sources"  # where the study has no participants table
PREVALENCE_COLUMNS = ["theme", "role", "participants", "of", "share", "segments"]
GROUP_COLUMNS = ["theme", "group", "participants", "of", "share"]


def frame(sources: Sequence[str], people: pd.DataFrame | None) -> pd.DataFrame:
    """Return the cases: participants who did not withdraw and whose words were coded, or the sources themselves.

    Returns
    -------
    pandas.DataFrame
        ``case, role, group, consent``. Without a participants table each source is a case and the rest ``not
        supplied``.
    """
    if people is None:
        rows = pd.DataFrame({"case": sorted(sources)}, dtype="str")
        return rows.assign(role=NO_TABLE, group=NO_TABLE, consent="no record")
    held = people[~people["withdrawn"] & people["participant"].isin(sources)]
    return held.rename(columns={"participant": "case"})[["case", "role", "group", "consent"]].sort_values(
        "case", ignore_index=True
    )


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


def prevalence(matrix: pd.DataFrame) -> pd.DataFrame:
    """Count participants who raise each theme, by role and over all."""
    rows = []
    whole = ALL_SOURCES if (matrix["role"] == NO_TABLE).all() else ALL
    roles = [*sorted(set(matrix["role"]) - {NO_TABLE}), whole]
    for theme in dict.fromkeys(matrix["theme"]):
        of_theme = matrix[matrix["theme"] == theme]
        for role in roles:
            part = of_theme if role == whole else of_theme[of_theme["role"] == role]
            raised = int((part["segments"] > 0).sum())
            rows.append([theme, role, raised, len(part), raised / len(part), int(part["segments"].sum())])
    return pd.DataFrame(rows, columns=PREVALENCE_COLUMNS)


def by_group(matrix: pd.DataFrame) -> pd.DataFrame:
    """Count participants who raise each theme, by ethnic group; the small-number rule applies to these counts."""
    rows = []
    whole = ALL_SOURCES if (matrix["group"] == NO_TABLE).all() else ALL
    groups = [*ordered(set(matrix["group"]) - {NO_TABLE}), whole]
    for theme in dict.fromkeys(matrix["theme"]):
        of_theme = matrix[matrix["theme"] == theme]
        for group in groups:
            part = of_theme if group == whole else of_theme[of_theme["group"] == group]
            raised = int((part["segments"] > 0).sum())
            rows.append([theme, group, raised, len(part), raised / len(part)])
    return pd.DataFrame(rows, columns=GROUP_COLUMNS)


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
