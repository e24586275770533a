"""The panel: who sat on it, what was put to it in each round, how it rated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from genequity import attribution, authored
from genequity.errors import Problem, nearest, raise_if
from genequity.recommendations import consensus

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

GROUP = "stakeholder_group"
MEMBERS = ("panellist", "stakeholder_group", "ethnic_group", "region", "lay", "conflict")
ITEMS = ("item", "round", "wording", "recommendation")
FILES = ("panel_members", "panel_items", "panel_ratings")
# Column of the panel -> name of the split; results of the sides stand beside one another, never averaged.
DIMENSIONS = {"lay": "Lay and professional", "stakeholder_group": "Stakeholder group", "ethnic_group": "Ethnic group"}
EVERYONE = "All panellists"
LAY = {"yes": "Lay panellists", "no": "Professional panellists"}
POOLED = ", together"
SLIPS = 4  # letters from which a word with one slip is the same word


def incomplete(files: Mapping[str, str | None]) -> list[Problem]:
    """Return the problem of a panel of which some files are given and others not."""
    missing = [name for name in FILES if not files.get(name)]
    if len(missing) in (0, len(FILES)):
        return []
    message = f"the panel is given without {' and '.join(missing)}"
    where = "recommendations.inputs"
    return [Problem("the config", message, where, "all files of the panel, or none", "name them, or set all to null")]


def members(file: str, groups: Iterable[str] = (), regions: Iterable[str] = ()) -> pd.DataFrame:
    """Read the panel: one row a panellist, ``lay`` being yes or no.

    Parameters
    ----------
    file : str
        CSV or workbook.
    groups, regions : iterable of str
        Ethnic groups and regions of the study. Panellists may have others; one that is a misspelling is refused.

    Raises
    ------
    InputError
        With every blank cell, repeated panellist, and word that is another one misspelt.
    """
    frame = authored.read(file, MEMBERS, filled=MEMBERS, unique=("panellist",))
    problems = [] if len(frame) else [Problem(file, "holds no panellist", do="write one row for each of them")]
    problems += [
        Problem(file, "says neither yes nor no", where=f"row {row}, column lay", expected="yes or no")
        for row in frame.loc[~frame["lay"].isin(["yes", "no"]), authored.ROW]
    ]
    problems += _misspelt(frame, file, "ethnic_group", list(groups))
    problems += _misspelt(frame, file, "region", list(regions))
    raise_if([*problems, *_two_spellings(frame, file)])
    return frame.drop(columns=authored.ROW)


def _misspelt(frame: pd.DataFrame, file: str, column: str, known: list[str]) -> Iterable[Problem]:
    """Yield each cell that is a name of the study but for capitals, spaces or one slip of the fingers."""
    for row in frame[~frame[column].isin(known)].to_dict("records"):
        if meant := next((name for name in known if _slipped(row[column], name)), None):
            message = f"the study has no {column.replace('_', ' ')} of this name. Did you mean '{meant}'?"
            yield Problem(file, message, where=f"row {row[authored.ROW]}, column {column}")


def _slipped(word: str, name: str) -> bool:
    """Whether a word is a name with other capitals or spaces, or with one slip in one of its longer words.

    >>> _slipped("Whtie", "White"), _slipped("white", "White"), _slipped("Region H", "Region A")
    (True, True, False)
    """
    from rapidfuzz.distance import OSA

    ours, theirs = word.casefold().split(), name.casefold().split()
    if len(ours) != len(theirs):
        return "".join(ours) == "".join(theirs)
    apart = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]
    return not apart or (len(apart) == 1 and len(apart[0][1]) >= SLIPS and OSA.distance(*apart[0]) == 1)


def _two_spellings(frame: pd.DataFrame, file: str) -> Iterable[Problem]:
    """Yield each stakeholder group that most rows write with other capitals or spaces."""
    plain = frame[GROUP].str.casefold().str.split().str.join(" ")
    most = frame.groupby(plain)[GROUP].agg(lambda names: names.mode().iloc[0])
    for row in frame[frame[GROUP] != plain.map(most)].to_dict("records"):
        where = f"row {row[authored.ROW]}, column {GROUP}"
        yield Problem(file, "another row writes this group with other capitals or spaces", where=where)


def items(file: str, recommendations: Iterable[str]) -> pd.DataFrame:
    """Read the items: one row an item in a round, with the wording shown in it.

    Raises
    ------
    InputError
        With every round that is not a number, every recommendation that is not in the register, and every item that
        changes its recommendation between rounds.
    """
    known = list(recommendations)
    frame = authored.read(file, ITEMS, filled=ITEMS, unique=("item", "round"))
    problems = _rounds(frame, file)
    problems += [
        Problem(
            file,
            f"item {row['item']} belongs to a recommendation that is not in the register."
            f"{nearest(row['recommendation'], known)}",
            where=f"row {row[authored.ROW]}, column recommendation",
            do="add the recommendation to the register, or correct the id",
        )
        for row in frame[~frame["recommendation"].isin(known)].to_dict("records")
    ]
    listed = frame[frame["recommendation"].isin(known)]
    owners = listed.groupby("item", sort=False)["recommendation"].transform("first")
    problems += [
        Problem(
            file,
            f"item {row['item']} belonged to another recommendation in an earlier row",
            where=f"row {row[authored.ROW]}, column recommendation",
            expected="one recommendation for an item in all rounds",
            do="correct the id, or give the other item a name of its own",
        )
        for row in listed[listed["recommendation"] != owners].to_dict("records")
    ]
    problems += [] if len(frame) else [Problem(file, "holds no item", do="write one row for each item and round")]
    raise_if(problems)
    return frame.drop(columns=authored.ROW).astype({"round": int})


def results(votes: pd.DataFrame, of_items: pd.DataFrame, rule: Mapping[str, Any]) -> pd.DataFrame:
    """Summarise each item in each round (:func:`genequity.recommendations.consensus.summary`).

    Returns
    -------
    pandas.DataFrame
        One row an item and round: ``item, round, recommendation, wording, reworded, final, n_unable`` and the summary.
        ``final`` marks the last round in which the item was shown.
    """
    import pandas as pd

    rows = []
    last = of_items.groupby("item")["round"].max()
    for entry in of_items.sort_values(["item", "round"]).to_dict("records"):
        mine = votes[(votes["item"] == entry["item"]) & (votes["round"] == entry["round"])]["rating"]
        before = of_items[(of_items["item"] == entry["item"]) & (of_items["round"] < entry["round"])]
        earlier = before.sort_values("round")["wording"].tail(1)
        rows.append(
            {
                **{name: entry[name] for name in ("item", "round", "recommendation", "wording")},
                "reworded": bool(len(earlier)) and earlier.iloc[0] != entry["wording"],
                "final": entry["round"] == last[entry["item"]],
                "n_unable": int(mine.isna().sum()),
                **consensus.summary(list(mine.dropna()), rule),
            }
        )
    return pd.DataFrame(rows)


def sides(of_members: pd.DataFrame, votes: pd.DataFrame, least: int) -> dict[str, pd.Series]:
    """Return, for each split of the panel, the side of each panellist; small sides are put together.

    A side is small when fewer than ``least`` of it rated in some round. All small sides of a split make one, whose name
    says of which it is made: where a round withholds it, nobody can be told from its size.

    Parameters
    ----------
    of_members : pandas.DataFrame
        Who sits on the panel.
    votes : pandas.DataFrame
        From :func:`genequity.recommendations.votes.read`.
    least : int
        From :func:`genequity.attribution.threshold`.

    Returns
    -------
    dict
        Name of the split -> side, by panellist.
    """
    people = of_members.set_index("panellist")
    rated = votes.dropna(subset="rating").drop_duplicates(["round", "panellist"])
    found = {}
    for column, dimension in DIMENSIONS.items():
        own = people[column].map(LAY) if column == "lay" else people[column]
        sizes = rated.assign(side=rated["panellist"].map(own)).groupby(["side", "round"]).size().unstack(fill_value=0)
        small = sorted(set(own) - set(sizes.index[(sizes >= least).all(axis=1)]))
        if column != "lay" and len(small) > 1:
            name = " and ".join(small) if len(small) == 2 else f"{', '.join(small[:-1])} and {small[-1]}"
            own = own.where(~own.isin(small), f"{name}{POOLED}")
        found[dimension] = own
    return found


def by_group(votes: pd.DataFrame, of_sides: Mapping[str, pd.Series]) -> pd.DataFrame:
    """Return the median of each side of each split, beside that of everyone.

    Parameters
    ----------
    votes : pandas.DataFrame
        As read.
    of_sides : mapping
        From :func:`sides`.

    Returns
    -------
    pandas.DataFrame
        One row a split, group, item and round: ``dimension, panel_group, item, round, n, median``.
    """
    import pandas as pd

    rated = votes.dropna(subset="rating")
    rows = []
    for dimension, side in of_sides.items():
        own = rated.assign(side=rated["panellist"].map(side))
        for (item, number), of_item in own.groupby(["item", "round"], sort=True):
            for group, part in [(EVERYONE, of_item), *of_item.groupby("side", sort=True)]:
                middle = consensus.percentile(list(part["rating"]), 0.5)
                row = {"dimension": dimension, "panel_group": group, "item": item, "round": number}
                rows.append(row | {"n": len(part), "median": middle})
    return pd.DataFrame(rows, columns=["dimension", "panel_group", "item", "round", "n", "median"])


def rounds(votes: pd.DataFrame, of_members: pd.DataFrame, of_results: pd.DataFrame) -> pd.DataFrame:
    """Return one row a round: who was on the panel, who rated, who had left, what was shown.

    Returns
    -------
    pandas.DataFrame
        ``round, members, panellists, left, items, reworded, ratings, unable``; ``left`` counts those who rated in the
        round before and not in this one.
    """
    import pandas as pd

    rows, before = [], set()
    for number in sorted(of_results["round"].unique()):
        mine, shown = votes[votes["round"] == number], of_results[of_results["round"] == number]
        here = set(mine.loc[mine["rating"].notna(), "panellist"])
        rows.append(
            {
                "round": int(number),
                "members": len(of_members),
                "panellists": len(here),
                "left": len(before - here),
                "items": len(shown),
                "reworded": int(shown["reworded"].sum()),
                "ratings": int(mine["rating"].notna().sum()),
                "unable": int(mine["rating"].isna().sum()),
            }
        )
        before = here
    return pd.DataFrame(rows)


def decisions(of_results: pd.DataFrame) -> pd.DataFrame:
    """Return the decision on each recommendation in each round, from the last result of each of its items so far.

    A recommendation with several items is agreed (or rejected) only when all of them are. An item that is not shown
    again keeps its last result.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation and round: ``recommendation, round, n_items, decision, disagreement, final``.
    """
    import pandas as pd

    rows = []
    for recommendation, mine in of_results.sort_values(["item", "round"]).groupby("recommendation", sort=True):
        for number in sorted(mine["round"].unique()):
            part = mine[mine["round"] <= number].groupby("item").tail(1)
            said = set(part["decision"])
            rows.append(
                {
                    "recommendation": recommendation,
                    "round": int(number),
                    "n_items": len(part),
                    "decision": said.pop() if len(said) == 1 else consensus.NO_CONSENSUS,
                    "disagreement": bool(part["disagreement"].any()),
                }
            )
    columns = ["recommendation", "round", "n_items", "decision", "disagreement"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(final=frame["round"] == frame.groupby("recommendation")["round"].transform("max"))


def comments(
    votes: pd.DataFrame,
    of_items: pd.DataFrame,
    of_members: pd.DataFrame,
    population: pd.DataFrame | None,
    least: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Return the panel's comments as they may leave: with ids of their own, without panellist and without rating.

    A comment of somebody who could not rate the item is kept back: where one person was unable, the released count
    would tell who wrote it, or how the writer voted.

    Parameters
    ----------
    votes, of_items, of_members : pandas.DataFrame
        As read.
    population : pandas.DataFrame or None
        ``stakeholder_group, people``: from how many people the panel was drawn. Without it the panel itself counts.
    least : int
        From :func:`genequity.attribution.threshold`: a stakeholder group with fewer people is not named.
    rng : numpy.random.Generator
        Shuffles the comments on each item, so that their order says nothing of who wrote them.

    Returns
    -------
    pandas.DataFrame
        ``comment, recommendation, item, round, attribution, text``; attribution is blank where the group is small.
    """
    rated = votes.dropna(subset="rating")
    said = rated[rated["comment"].fillna("").str.strip() != ""].merge(of_items, on=["item", "round"])
    said = said.merge(of_members[["panellist", GROUP]], on="panellist").sort_values(["item", "round", "panellist"])
    said = said.iloc[rng.permutation(len(said))].sort_values(["item", "round"], kind="stable", ignore_index=True)
    sizes = population
    if sizes is None:
        sizes = of_members.groupby(GROUP, as_index=False).size().rename(columns={"size": attribution.PEOPLE})
    told = attribution.described(said[[GROUP]].to_dict("records"), [GROUP], sizes, least)
    return said.assign(
        comment=[f"PC{number:03d}" for number in range(1, len(said) + 1)],
        attribution=[group if names else None for group, names in zip(said[GROUP], told, strict=True)],
        text=[" ".join(text.split()) for text in said["comment"]],
    )[["comment", "recommendation", "item", "round", "attribution", "text"]]


def comment_texts(votes: pd.DataFrame, file: str) -> list[tuple[str, str, int, str]]:
    """Return the comments as the identifier gate reads them: file, row, offset, words."""
    return [
        (file, f"row {row}, column comment", 0, text)
        for row, text in enumerate(votes["comment"], 2)
        if isinstance(text, str) and text
    ]


def _rounds(frame: pd.DataFrame, file: str) -> list[Problem]:
    wrong = ~frame["round"].str.fullmatch("[1-9][0-9]?") & (frame["round"] != "")
    return [
        Problem(file, "this round is not a number", where=f"row {row}, column round", expected="1, 2, 3 …")
        for row in frame.loc[wrong, authored.ROW]
    ]
