"""Short sentences from the fields of findings: direction, group, comparator, what is compared, a share in words.

Findings on one measure (one survey item, one step, one pooled outcome) form a *family*: what is said names every group
of it, so that no group is singled out. Words come from released tables; no number is printed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity import groups

if TYPE_CHECKING:
    import pandas as pd

    from genequity.notebook import Release

# Shares in words, by the nearest.
FRACTIONS = (
    (0.0, "none"),
    (0.1, "about one in ten"),
    (0.2, "about one in five"),
    (0.25, "about one in four"),
    (1 / 3, "about one in three"),
    (0.4, "about two in five"),
    (0.5, "about half"),
    (0.6, "about three in five"),
    (2 / 3, "about two in three"),
    (0.75, "about three in four"),
    (0.8, "about four in five"),
    (0.9, "about nine in ten"),
    (1.0, "all"),
)
# Measures of how common something is; for others only "higher" and "lower" hold.
COMMON = ("proportion", "proportion difference", "odds ratio", "risk ratio", "rate ratio", "risk difference")
VOICES = {
    "documents": "policy documents",
    "patient": "patients we spoke to",
    "professional": "professionals we spoke to",
    "public": "members of the public we spoke to",
}
_OF_A_GROUP = ("group", "level", "comparator")  # keys of a released row that tell groups apart


def share(value: float) -> str:
    """Return a share in words.

    >>> share(0.67), share(0.02), share(0.97)
    ('about two in three', 'very few', 'nearly all')
    """
    if 0 < value < 0.05:
        return "very few"
    if 0.95 < value < 1:
        return "nearly all"
    return min(FRACTIONS, key=lambda known: abs(known[0] - value))[1]


def listed(names: list[str]) -> str:
    """Return names as a list in words.

    >>> listed(["Asian", "Black", "Mixed"])
    'Asian, Black and Mixed'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def keys(source_row: str) -> dict[str, str]:
    """Return the released row on which a finding rests, as column and value."""
    return dict(part.split("=", 1) for part in str(source_row).split(";") if "=" in part)


def family(finding: Any, findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings on the same measure that name a group and a comparator, in the order of groups."""
    found = findings[(findings["source_table"] == finding.source_table) & findings["group"].notna()]
    found = found[found["comparator"].notna() & (found["unit"].fillna("") == _text(finding.unit))]
    same = [_measure(row) == _measure(finding.source_row) for row in found["source_row"]]
    found = found.iloc[[place for place, own in enumerate(same) if own]]
    place = {group: number for number, group in enumerate(groups.ordered(found["group"].unique()))}
    return found.assign(place=found["group"].map(place)).sort_values("place")


def _measure(source_row: str) -> dict[str, str]:
    return {column: value for column, value in keys(source_row).items() if column not in _OF_A_GROUP}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def subject(release: Release, finding: Any) -> tuple[str, str]:
    """Return what a finding is about, in words of released tables, and a sentence that has to come before it.

    Returns
    -------
    tuple of str
        Such as ``("“Referral accepted”", "")`` or ``("The answer “agree”", "We asked: “…”.")``.
    """
    row = keys(finding.source_row)
    if "item" in row:
        item = release.table("survey/items").set_index("item").loc[row["item"]]
        return f"The answer “{item['counted']}”", f"One line of the survey was: “{str(item['text']).rstrip('.')}”."
    if "outcome" in row and finding.strand == "evidence":
        return f"“{row['outcome']}”", ""
    table = release.table(str(finding.source_table))
    for column, value in row.items():
        if column in table and "label" in table:
            table = table[table[column].astype(str) == value]
    if "label" in table and len(table):
        return f"“{table['label'].iloc[0]}”", ""
    return "", ""


def comparison(release: Release, finding: Any, findings: pd.DataFrame) -> list[str]:
    """Return sentences that compare the groups of a finding's family, or none where that cannot be said.

    Each names the groups and with whom they are compared, for all directions a finding may have.
    """
    rows = family(finding, findings)
    what, before = subject(release, finding)
    if rows.empty or not what:
        return []
    comparator = rows["comparator"].iloc[0]
    common = _text(finding.unit) in COMMON
    words = {"higher": "more common" if common else "higher", "lower": "less common" if common else "lower"}
    said = [before] if before else []
    for direction, word in words.items():
        names = list(rows.loc[rows["direction"] == direction, "group"])
        if names:
            said.append(f"{what} was {word} in the {_groups(names)} than in the {comparator} group.")
            what = "It"
    unclear = list(rows.loc[rows["direction"] == "no_clear_difference", "group"])
    if unclear:
        about = "" if what == "It" else f"{what}: "
        start = f"{about}there was no clear difference between the {_groups(unclear)} and the {comparator} group."
        said.append(start[0].upper() + start[1:])
        what = "It"
    unknown = list(rows.loc[rows["direction"] == "not_measurable", "group"])
    if unknown:
        said.append(f"{what} could not be measured for the {_groups(unknown)}, compared with the {comparator} group.")
    return said


def _groups(names: list[str]) -> str:
    return f"{listed(names)} {'group' if len(names) == 1 else 'groups'}"


def counted(release: Release, finding: Any) -> list[str]:
    """Return the sentence of a share that documents or people raise a theme, or none where it is another thing."""
    what, _ = subject(release, finding)
    who = VOICES.get(str(finding.voice))
    about_theme = "theme" in keys(finding.source_row)
    if not (what and who and about_theme and finding.unit == "proportion" and finding.estimate == finding.estimate):
        return []
    value = float(finding.estimate)
    words = share(value)
    of = " of the" if words.startswith("about") else ""
    verb = "speak about" if finding.voice == "documents" else "talked about"
    if words == "none":
        return [f"None of the {who} {verb} {what}."]
    return [f"{words[0].upper()}{words[1:]}{of} {who} {verb} {what}."]


def unmeasured(release: Release, finding: Any) -> list[str]:
    """Return the sentence that something could not be measured."""
    what, _ = subject(release, finding)
    return [f"{what or 'One thing'} could not be measured. The chapter says why."]


def plain(release: Release, findings: pd.DataFrame) -> list[str]:
    """Return the plain sentences of one strand: of its first headline finding, in order of id, that has some.

    Comparisons of groups come first, then shares, then what could not be measured.
    """
    chosen = list(findings[findings["headline"]].sort_values("id").itertuples())
    ways = (
        lambda one: comparison(release, one, findings) if one.direction != "described" and _whole(one) else [],
        lambda one: counted(release, one) if one.direction == "described" else [],
        lambda one: unmeasured(release, one) if one.direction == "not_measurable" else [],
    )
    for way in ways:
        for one in chosen:
            if said := way(one):
                return said
    return []


def _whole(finding: Any) -> bool:
    """Whether a finding compares groups themselves: no difference between regions, and no term of a model."""
    return finding.unit != "ratio" and "variable" not in keys(finding.source_row)


def brief(release: Release, finding: Any, findings: pd.DataFrame) -> str:
    """Return a finding for the executive summary: its statement, or one line for all groups of its family.

    The intervals of the groups stand in the chapter.
    """
    from genequity.numbers import say

    rows = family(finding, findings)
    what, _ = subject(release, finding)
    if len(rows) < 2 or not what:
        return finding.statement
    points = finding.unit == "proportion difference"

    def named(row: Any) -> str:
        value = (
            ""
            if row.estimate != row.estimate
            else say(row.estimate * 100, "", 1)
            if points
            else say(row.estimate, row.unit)
        )
        return f"{row.group} ({value})" if value and row.direction != "no_clear_difference" else row.group

    words = {
        "higher": "higher for",
        "lower": "lower for",
        "no_clear_difference": "no clear difference for",
        "not_measurable": "not measurable for",
    }
    parts = [
        f"{word} {listed([named(row) for row in rows[rows['direction'] == direction].itertuples()])}"
        for direction, word in words.items()
        if (rows["direction"] == direction).any()
    ]
    item = keys(finding.source_row).get("item")
    if item:
        asked = release.table("survey/items").set_index("item").loc[item]
        what = f"“{str(asked['text']).rstrip('.')}”, answered “{asked['counted']}”"
    rate = "Rate ratio of " if finding.unit == "rate ratio" else ""
    unit = ", in percentage points" if points else ""
    return f"{rate}{what}, compared with {rows['comparator'].iloc[0]}{unit}: {'; '.join(parts)}."


def first(findings: pd.DataFrame, most: int) -> pd.DataFrame:
    """Return the headline findings of a strand: the first of each theme by id, at most ``most``.

    A comparison of groups comes before a model's term for the same theme.
    """
    chosen = findings[findings["headline"]]
    order = [not _whole(one) for one in chosen.itertuples()]
    return chosen.assign(order=order).sort_values(["order", "id"]).drop_duplicates("theme").head(most)
