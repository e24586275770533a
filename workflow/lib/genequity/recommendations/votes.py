"""Votes of the panel as programs write them, in long form or wide, and what was shown when they were cast.

Long form has one row a panellist, round and item. Wide form has one row a panellist (and round, where the file has a
column for it) and one column an item. The study's config says which columns mean what and which scores mean that the
panellist could not rate; nothing is guessed. A blank cell of a wide file is no vote; a blank rating of a long one is a
vote of somebody who could not rate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from genequity import authored
from genequity.errors import InputError, Problem, nearest, raise_if, shape

if TYPE_CHECKING:
    import pandas as pd

RATINGS = ("round", "panellist", "item", "rating", "comment")
VOTE = ("round", "panellist", "item")
WORDING = "wording"
UNABLE = ("", "NA")  # the panellist saw the item and could not rate it
LONG, WIDE = "long", "wide"
WHOLE = r"(?<=^[0-9])\.0+$"
PLACE = "place"  # where a vote stands in its file, for messages


def read(
    file: str, of_members: pd.DataFrame, of_items: pd.DataFrame, form: Mapping[str, Any] | None = None
) -> pd.DataFrame:
    """Read the votes: one row a panellist, item and round.

    Parameters
    ----------
    file : str
        CSV or workbook; ratings from 1 to 9.
    of_members, of_items : pandas.DataFrame
        Who sits on the panel, and what was shown in each round.
    form : mapping, optional
        ``recommendations.votes`` of the config: ``form``, ``columns``, ``items``, ``unable``, ``pattern``,
        ``comment_pattern``. Long form with our own names without it.

    Returns
    -------
    pandas.DataFrame
        ``round, panellist, item, rating, comment``; ``rating`` is missing when the panellist could not rate.

    Raises
    ------
    InputError
        With every rating outside 1-9, unknown panellist, repeated vote and vote on a wording not shown in that round.
    """
    import pandas as pd

    form = dict(form or {})
    unable = {*UNABLE, *map(str, form.get("unable") or ())}
    frame = _wide(file, form) if form.get("form") == WIDE else _long(file, form)
    frame["item"] = frame["item"].replace({str(theirs): ours for theirs, ours in (form.get("items") or {}).items()})
    for column in ("round", "rating"):  # other programs write 7.0 where cells of the column are blank
        frame[column] = frame[column].str.replace(WHOLE, "", regex=True)
    raise_if(_problems(frame, file, of_members, of_items, unable))
    rating = pd.to_numeric(frame["rating"].where(~frame["rating"].isin(unable)), errors="coerce").astype("Int64")
    return frame[list(RATINGS)].assign(rating=rating).astype({"round": int})


def _long(file: str, form: Mapping[str, Any]) -> pd.DataFrame:
    names = {name: str((form.get("columns") or {}).get(name) or name) for name in RATINGS}
    once = [names[name] for name in VOTE]
    present = list(authored.cells(file, list(names.values())).columns)
    raise_if(_looks_wide(file, present, names))
    if form.get("columns") and names["comment"] not in present:
        names.pop("comment")
    shown = [WORDING] if WORDING in present else []
    frame = authored.read(file, [*names.values(), *shown], filled=once, unique=once)
    frame = frame.rename(columns={theirs: ours for ours, theirs in names.items()})
    frame = frame.assign(**{PLACE: [f"row {row}, column " for row in frame[authored.ROW]]})
    frame["comment"] = frame.get("comment", "")
    frame.attrs["head"] = {name: names.get(name, name) for name in (*RATINGS, WORDING)}
    return frame


def _looks_wide(file: str, present: list[str], names: Mapping[str, str]) -> Iterator[Problem]:
    if names["panellist"] in present and not {names["item"], names["rating"]} & set(present):
        yield Problem(
            file,
            "there is neither a column of items nor one of ratings",
            where="row 1",
            expected=f"the columns {', '.join(names.values())}",
            do="where the file has a column for each item, set recommendations.votes.form: wide, and its pattern; "
            "otherwise give the names of its columns in recommendations.votes.columns",
        )


def _wide(file: str, form: Mapping[str, Any]) -> pd.DataFrame:
    """Read a file with a column for each item, and turn it into one row a vote."""
    import pandas as pd

    columns = form.get("columns") or {}
    name, number = str(columns.get("panellist") or "panellist"), columns.get("round")
    cells = authored.cells(file, [name])
    pattern, said = form.get("pattern") or "{item}", form.get("comment_pattern")
    if number is None and "{round}" not in pattern:
        raise InputError(
            Problem(
                "config",
                "a wide file of votes does not say the round of a vote",
                where="recommendations.votes",
                expected="columns.round, or {round} in pattern",
            )
        )
    needed = [column for column in (name, number) if column]
    raise_if(
        Problem(file, f"column '{column}' is missing.{nearest(column, list(cells.columns))}", where="row 1")
        for column in needed
        if column not in cells.columns
    )
    found, comments = _named(cells.columns, pattern), _named(cells.columns, said) if said else {}
    found = {column: what for column, what in found.items() if column not in (*needed, *comments)}
    if not found:
        raise InputError(
            Problem(
                file,
                f"no column is named like '{pattern}'",
                where="row 1",
                expected="recommendations.votes.pattern as the columns of the file are named",
                do="correct the pattern; capitals count",
            )
        )
    spoken = {what: column for column, what in comments.items()}
    rows = [
        {
            "round": what.get("round") or row[number],
            "panellist": row[name],
            "item": what["item"],
            "rating": row[column],
            "comment": row[spoken[what]] if what in spoken else "",
            PLACE: f"row {place}, column {column}",
        }
        for place, row in zip(cells.index, cells.to_dict("records"), strict=True)
        for column, what in found.items()
        if row[column] or (what in spoken and row[spoken[what]])
    ]
    frame = pd.DataFrame(rows, columns=[*RATINGS, PLACE]).astype("str")
    frame.attrs["head"] = dict.fromkeys((*RATINGS, WORDING), "")
    return frame


class _What(dict):
    """Item and round of a column, usable as a key."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash((self["item"], self.get("round")))


def _named(columns: Any, pattern: str) -> dict[str, _What]:
    """Return the columns that a pattern such as ``{item}_R{round}`` fits, with their item and round."""
    form = re.escape(pattern).replace(r"\{item\}", "(?P<item>.+?)").replace(r"\{round\}", "(?P<round>[1-9][0-9]?)")
    fits = {column: re.fullmatch(form, column) for column in columns}
    return {column: _What(match.groupdict()) for column, match in fits.items() if match}


def _problems(
    frame: pd.DataFrame, file: str, of_members: pd.DataFrame, of_items: pd.DataFrame, unable: set[str]
) -> Iterator[Problem]:
    head = frame.attrs["head"]
    wrong = ~frame["round"].str.fullmatch("[1-9][0-9]?")
    for place in frame.loc[wrong, PLACE]:
        yield Problem(file, "this round is not a number", where=place + head["round"], expected="1, 2, 3 …")
    shown = {(row["item"], row["round"]): row["wording"] for row in of_items.to_dict("records")}
    everyone, known = set(of_members["panellist"]), set(of_items["item"])
    votes = frame[~wrong]
    for place in votes.loc[votes.duplicated(list(VOTE)), PLACE]:
        yield Problem(file, "this vote was cast before", where=place + head["item"], do="keep one of the two")
    for row in votes.to_dict("records"):
        here, key = row[PLACE], (row["item"], int(row["round"]))
        if row["panellist"] not in everyone:
            yield Problem(
                file, "this panellist is not on the panel", where=here + head["panellist"], do="add the person to it"
            )
        if row["item"] not in known:
            yield Problem(
                file,
                "no item has this name",
                where=here + head["item"],
                do="correct it, add the item to the items file, or say in recommendations.votes.items what it is",
            )
            continue
        if key not in shown:
            yield Problem(
                file,
                f"rates a wording of item {row['item']} that was not shown in round {row['round']}",
                where=here + head["item"],
                expected="an item listed for that round in the items file",
                do="correct the round, or add the wording that was shown in it to the items file",
            )
        elif WORDING in row and row[WORDING] and _one_line(row[WORDING]) != _one_line(shown[key]):
            yield Problem(
                file,
                f"rates another wording of item {row['item']} than the one shown in round {row['round']}",
                where=here + WORDING,
                expected="the wording listed for that round in the items file",
            )
        if row["rating"] not in unable and not re.fullmatch("[1-9]", row["rating"]):
            yield Problem(
                file,
                "this rating is not on the scale from 1 to 9"
                if re.fullmatch(r"-?[0-9]+([.,][0-9]+)?", row["rating"])
                else f"this rating looks like '{shape(row['rating'])}'",
                where=here + head["rating"],
                expected="a whole number from 1 to 9, or blank for unable to rate",
                do="say in recommendations.votes.unable which score means unable to rate, or correct it",
            )


def unvoted(cast: pd.DataFrame, of_items: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Yield each round, and each item of a round, that was shown and on which nobody voted.

    Such a wording would count as the last one, and undo what was decided in the round before.

    Parameters
    ----------
    cast : pandas.DataFrame
        :func:`read`.
    of_items : pandas.DataFrame
        What was shown in each round.
    file : str
        The file of votes, for messages.
    """
    if cast.empty:
        yield Problem(
            file, "holds no vote", do="add the votes, or set all files of the panel to null until there are any"
        )
        return
    voted = set(zip(cast["item"], cast["round"], strict=True))
    held = {number for _, number in voted}
    do = "add the votes, or take it out of the items file until it has been voted on"
    for number in sorted(set(of_items["round"]) - held):
        yield Problem(file, f"holds no vote of round {number}, which the items file shows", do=do)
    for row in of_items.sort_values(["item", "round"]).to_dict("records"):
        if row["round"] in held and (row["item"], row["round"]) not in voted:
            what = f"item {row['item']} of recommendation {row['recommendation']}"
            yield Problem(file, f"holds no vote on {what}, which was shown in round {row['round']}", do=do)


def _one_line(words: str) -> str:
    return " ".join(words.split())
