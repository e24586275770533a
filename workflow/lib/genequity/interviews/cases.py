"""From segments to participants: who raised which theme, the framework matrix, and prevalence.

The unit is the participant. Several segments of one person on one theme count once. The released tables say of each
theme and role, or theme and group, whether nobody, some or many raised it (:mod:`genequity.interviews.bands`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from genequity.attribution import ROLE
from genequity.coding.merge import Merged
from genequity.coding.project import EVENT
from genequity.groups import ordered
from genequity.interviews import bands, speakers
from genequity.interviews.participants import NOT_GIVEN
from genequity.interviews.read import NO_TABLE
from genequity.release import Profile

NOT_RAISED = "not raised"
FACTS = ("session", "setting", "region", "language", "interpreter", "order")  # of a case, besides role, group, consent
LISTED, ANALYSED = "Participants listed", "Participants analysed"
WITHDREW, REFUSED = "Withdrew, and left out of everything", "Consented to no use, and left out of everything"
NOT_CODED = "Without a coded transcript"
NO_TABLE_STEP = "Sources analysed (no participants table)"
ALL = "All participants"
CHARACTERISTICS = {"Language of interview": "language", "Interpreter present": "interpreter", "Setting": "setting"}
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
        ``case, role, group, consent``, :data:`FACTS` and the attributes that are more than these, blank where they were
        not given.
        Without a participants table each source is a case and the rest ``not supplied``.
    """
    if people is None:
        rows = pd.DataFrame({"case": sorted(sources)}, dtype="str")
        blank = dict.fromkeys([*FACTS, *attributes[1:]], "")
        return rows.assign(role=NO_TABLE, group=NO_TABLE, consent="no record", **blank)
    held = staying(people)
    held = held[held["session"].isin(sources)]
    held = held.assign(ethnic_group=held["group"]).rename(columns={"participant": "case"})
    further = [name for name in attributes if name != ROLE]
    held = held.assign(**{name: held[name].replace(NOT_GIVEN, "") for name in further})
    own = [*(name for name in FACTS if name not in further), *further]
    return held[["case", "role", "group", "consent", *own]].sort_values("case", ignore_index=True)


def staying(people: pd.DataFrame) -> pd.DataFrame:
    """Return the participants whose words are used at all: those who neither withdrew nor refused every use."""
    return people[~people["withdrawn"] & (people["consent"] != "none")]


def without_withdrawn(merged: Merged, people: pd.DataFrame | None, others: Sequence[str] = ()) -> Merged:
    """Return what is left when withdrawn participants, and those who consented to nothing, are taken out.

    A session without anybody else goes whole. In a focus group the person's turns become blanks, so that the others'
    positions stay; segments of those turns go, and segments that hold them among others keep the others' words. Where
    a segment of such a group has no position and its speaker cannot be told, it goes too.
    """
    if people is None:
        return merged
    here = people[people["session"].isin(merged.sources["source"])]
    kept = staying(here)
    leaving = here[~here["participant"].isin(kept["participant"])]
    names = set(kept["session"]) | events(merged.segments)
    segments = merged.segments[merged.segments["source"].isin(names)]
    sources = merged.sources[merged.sources["source"].isin(names)]
    known = speakers.sessions(here)
    for session in sorted(set(leaving["session"]) & names):
        gone = set(leaving.loc[leaving["session"] == session, "participant"])
        members = known[session]
        text = sources.loc[sources["source"] == session, "text"].iloc[0] or ""
        hidden = speakers.masked(text, members, gone, others)
        sources = sources.assign(text=sources["text"].where(sources["source"] != session, hidden))
        segments = _without_turns(segments, session, hidden, members, gone, others)
    return replace(merged, segments=segments.reset_index(drop=True), sources=sources.reset_index(drop=True))


def _without_turns(
    segments: pd.DataFrame, session: str, hidden: str, members: Mapping[str, str], gone: set[str], others: Sequence[str]
) -> pd.DataFrame:
    """Return the segments with those of one session as they read in its masked text; what is blank there goes."""
    here = segments["source"] == session
    texts = []
    for row in segments[here].itertuples(index=False):
        if pd.isna(row.start) or not hidden:
            whose = {name for _, name in speakers.of_whom(row.text, members, others)}
            texts.append("" if whose & gone or not whose - {None, ""} else row.text)
        else:
            texts.append(hidden[int(row.start) : int(row.end)])
    left = segments.copy()
    left.loc[here, "text"] = texts
    if "memo" in left:
        left.loc[here, "memo"] = ""  # a note on a group's words may be about the person who left
    return left[~here | (left["text"].str.strip() != "")]


def events(segments: pd.DataFrame) -> set[str]:
    """Return the sources that are notes of an event; they are counted apart from people."""
    return set(segments.loc[segments["kind"] == EVENT, "source"]) if "kind" in segments else set()


def flow(people: pd.DataFrame | None, sources: Sequence[str]) -> pd.DataFrame:
    """Derive the flow of participants: listed, withdrawn, without coded words, analysed.

    Returns
    -------
    pandas.DataFrame
        ``step, label, number``; analysed is listed less withdrawn less not coded.
    """
    if people is None:
        return pd.DataFrame({"step": [1], "label": [NO_TABLE_STEP], "number": [len(sources)]})
    withdrawn, refused = people["withdrawn"], people["consent"] == "none"
    coded, stay = people["session"].isin(sources), ~(people["withdrawn"] | refused)
    rows = [
        (LISTED, len(people)),
        (WITHDREW, int(withdrawn.sum())),
        (REFUSED, int((refused & ~withdrawn).sum())),
        (NOT_CODED, int((stay & ~coded).sum())),
        (ANALYSED, int((stay & coded).sum())),
    ]
    rows = [row for row in rows if row[0] != REFUSED or row[1]]
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
    for theme, of_theme in matrix.groupby("theme", sort=False):
        counts = _tally(of_theme, "group")
        rows += [[theme, group, *_said(counts[group], rule)] for group in groups]
    frame = pd.DataFrame(rows, columns=["theme", "group", "raised", "participants"])
    return frame.astype({"participants": "Int64"})


def by_characteristic(matrix: pd.DataFrame, cases: pd.DataFrame, shown: pd.DataFrame, rule: Profile) -> pd.DataFrame:
    """Say how many participants raise each theme by language of interview, interpreter and setting.

    The parts of a characteristic add up to the same people as the roles and the ethnic groups, whose numbers stand in
    other tables. A characteristic is told of a theme only where all of them, laid side by side, leave every withheld
    number as wide as the rule demands; else its rows read ``withheld``.

    Parameters
    ----------
    matrix : pandas.DataFrame
        From :func:`framework`.
    cases : pandas.DataFrame
        From :func:`frame`.
    shown : pandas.DataFrame
        From :func:`prevalence`: whether the number over all stands.
    rule : Profile
        The study's small-number rule.

    Returns
    -------
    pandas.DataFrame
        ``theme, characteristic, level, raised, participants``.
    """
    facts = cases.set_index("case")
    held = matrix.assign(**{column: matrix["case"].map(facts[column]) for column in CHARACTERISTICS.values()})
    told = set(shown.loc[shown["role"] == ALL, "theme"])
    rows = []
    for theme, of_theme in held.groupby("theme", sort=False):
        tallies = [(_tally(of_theme, "role"), True), (_tally(of_theme, "group"), False)]
        total = (int((of_theme["segments"] > 0).sum()), len(of_theme))
        if not tallies[0][0]:
            continue
        limits = bands.interval(total, rule) if theme in told else (0, total[1])
        for title, column in CHARACTERISTICS.items():
            counts = _tally(of_theme, column)
            may = bands.may_stand_beside([*tallies, (counts, False)], limits, rule)
            if may:
                tallies.append((counts, False))
            levels = ordered(set(counts))
            rows += [[theme, title, lv, *(_said(counts[lv], rule) if may else (bands.WITHHELD, None))] for lv in levels]
    frame = pd.DataFrame(rows, columns=["theme", "characteristic", "level", "raised", "participants"])
    return frame.astype({"participants": "Int64"})


def by_event(segments: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Count the events (round tables, open meetings) whose notes raise each theme; an event is no participant.

    Returns
    -------
    pandas.DataFrame
        ``theme, events, of``; empty without events.
    """
    names = events(segments)
    held = segments[segments["source"].isin(names)].groupby("theme")["source"].nunique()
    rows = [[theme, int(held.get(theme, 0)), len(names)] for theme in order] if names else []
    return pd.DataFrame(rows, columns=["theme", "events", "of"])


def held_sessions(cases: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Count the interviews, focus groups and events that were analysed: ``kind, sessions, people``.

    ``people`` is blank for events, whose people are not participants, and where the study has no participants table.
    """
    rows = []
    for kind in ("interview", "focus group"):
        here = cases[cases["setting"] == kind]
        if len(here):
            rows.append([kind, here["session"].nunique()])
    if not rows and len(cases):
        rows.append(["source", len(cases)])
    if names := events(segments):
        rows.append(["event", len(names)])
    return pd.DataFrame(rows, columns=["kind", "sessions"])


def _said(count: tuple[int, int], rule: Profile) -> tuple[str, int | None]:
    """Return the band and the number of people of a part who raise a theme; of a small part nothing."""
    raised, of = count
    return (bands.TOO_FEW, None) if bands.hidden(of, rule) else (bands.band(raised, rule), raised)


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
