"""Which themes, and which codes, go together: counted in three units, each named.

Units. *overlap*: two codings share at least one character of a transcript; the coefficient is the c-coefficient of
ATLAS.ti, n12 / (n1 + n2 - n12), with n12 the codings of the one that overlap the other, counted from the side that has
fewer, so that it never exceeds 1. *turn*: the same speaker's turn, or paragraph where a text has no speakers. *person*:
the same participant. For turns and persons the coefficient is Jaccard's: units with both, divided by units with either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from genequity.interviews import bands, speakers
from genequity.release import Profile

OVERLAP, TURN, PERSON = "overlap", "turn", "person"
COLUMNS = ["unit", "first", "second", "together", "either", "coefficient", "participants"]


def table(segments: pd.DataFrame, sources: pd.DataFrame, of: str, order: Sequence[str]) -> pd.DataFrame:
    """Count how often each pair occurs together.

    Parameters
    ----------
    segments : pandas.DataFrame
        ``source, session, start, end`` and the column named by ``of``; one row a segment and participant.
    sources : pandas.DataFrame
        ``source, text`` of the sessions.
    of : str
        ``theme`` or ``code``.
    order : sequence of str
        Their order; others are left out.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS` for pairs that occur together at least once in the unit, ``first`` before ``second`` in the
        order. ``participants`` are those in whose words they do.
    """
    place = {name: number for number, name in enumerate(order)}
    held = segments[segments[of].isin(place)]
    held = held.assign(item=held[of].map(place).astype(int))
    counted = {OVERLAP: _overlaps(held, len(place))}
    counted |= {unit: _pairs(frame, len(place)) for unit, frame in _units(held, sources).items()}
    rows = []
    for unit, (both, single, people) in counted.items():
        first, second = np.nonzero(np.triu(both, 1))
        for a, b in zip(first, second):
            either = int(single[a] + single[b] - both[a, b])
            row = [unit, order[a], order[b], int(both[a, b]), either, both[a, b] / either, int(people[a, b])]
            rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _units(held: pd.DataFrame, sources: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return unit -> one row a unit, item and participant, for turns and persons."""
    starts = {row.source: _starts(row.text or "") for row in sources[["source", "text"]].itertuples(index=False)}
    placed = held[held["start"].notna()]
    parts = []
    for session, part in placed.groupby("session", sort=False):
        cuts = starts.get(session)
        if cuts is None or not len(cuts):
            continue
        low = np.searchsorted(cuts, part["start"].to_numpy(dtype=int), side="right") - 1
        high = np.searchsorted(cuts, part["end"].to_numpy(dtype=int) - 1, side="right") - 1
        times = np.maximum(high - low + 1, 1)
        repeated = part.loc[part.index.repeat(times)]
        steps = np.concatenate([np.arange(count) for count in times]) if len(times) else np.zeros(0, dtype=int)
        turns = np.repeat(low, times) + steps
        names = [f"{session}\x1f{turn}" for turn in turns]
        own = {"unit": names, "item": repeated["item"].to_numpy(), "person": repeated["source"].to_numpy()}
        parts.append(pd.DataFrame(own))
    empty = pd.DataFrame({"unit": [], "item": [], "person": []})
    persons = pd.DataFrame({"unit": held["source"], "item": held["item"], "person": held["source"]})
    return {TURN: pd.concat(parts, ignore_index=True) if parts else empty, PERSON: persons}


def _starts(text: str) -> np.ndarray:
    """Return where each unit of the text starts: speakers' turns, or paragraphs where nobody is named."""
    found = speakers.turns(text)
    if any(turn.label for turn in found):
        return np.array([turn.label_start for turn in found])
    starts, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            starts.append(at)
        at += len(line) + 1
    return np.array(starts, dtype=int)


def _pairs(frame: pd.DataFrame, items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return units with both, units with each, and persons with both in one unit."""
    people = np.zeros((items, items), int)
    if frame.empty:
        return people.copy(), np.zeros(items, int), people
    both = _together(frame, items)
    for _, own in frame.groupby("person", sort=False):
        people += _together(own, items) > 0
    return both, both.diagonal().copy(), people


def _together(frame: pd.DataFrame, items: int) -> np.ndarray:
    """Return in how many units each pair of items stands; on the diagonal, each item."""
    units, numbers = np.unique(frame["unit"].to_numpy(dtype=str), return_inverse=True)
    flags = np.zeros((len(units), items), dtype=np.float32)
    flags[numbers, frame["item"].to_numpy(dtype=int)] = 1
    return np.rint(flags.T @ flags).astype(int)


def _overlaps(held: pd.DataFrame, items: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return overlapping codings of each pair, codings of each item, and persons in whose words they overlap."""
    both, people = np.zeros((items, items), int), np.zeros((items, items), int)
    once = held.drop_duplicates("segment")
    single = np.bincount(once["item"].to_numpy(dtype=int), minlength=items)
    for _, part in held[held["start"].notna()].groupby("session", sort=False):
        own = part.drop_duplicates("segment")
        start, end, item = (own[name].to_numpy(dtype=int) for name in ("start", "end", "item"))
        meets = (start[:, None] < end[None, :]) & (start[None, :] < end[:, None]) & (item[:, None] != item[None, :])
        hits = np.zeros((len(own), items), bool)  # coding x item: whether it overlaps a coding of the item
        rows, columns = np.nonzero(meets)
        hits[rows, item[columns]] = True
        codes = np.zeros((len(own), items), dtype=np.float32)
        codes[np.arange(len(own)), item] = 1
        seen = np.rint(codes.T @ hits.astype(np.float32)).astype(int)
        both += np.minimum(seen, seen.T)
        if part["source"].nunique() == 1:
            people += (seen > 0) & (seen.T > 0)
            continue
        which = {name: place for place, name in enumerate(own["segment"])}
        for _, mine in part.groupby("source", sort=False):
            places = mine["segment"].map(which).to_numpy(dtype=int)
            pairs = codes[places].T @ hits[places].astype(np.float32) > 0
            people += pairs & pairs.T
    return both, single, people


def protected(pairs: pd.DataFrame, rule: Profile) -> pd.DataFrame:
    """Return the pairs without counts and coefficient where few people stand behind them.

    The release step rounds the other counts, and works the coefficient out again from the rounded ones.
    """
    few = pd.Series([bands.hidden(int(count), rule) for count in pairs["participants"]], index=pairs.index, dtype=bool)
    counts = {name: pairs[name].astype("Int64").mask(few) for name in ("together", "either", "participants")}
    return pairs.assign(**counts, coefficient=pairs["coefficient"].astype(float).mask(few))


def strongest(pairs: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return the pairs of one unit whose counts are shown, the highest coefficient first."""
    held = pairs[(pairs["unit"] == unit) & pairs["coefficient"].notna()]
    return held.sort_values(["coefficient", "first", "second"], ascending=[False, True, True])


def network(names: Sequence[str]) -> Mapping[str, tuple[float, float]]:
    """Return a place on the unit circle for each name, the first at the top, clockwise: the same every time."""
    turns = 2 * np.pi * np.arange(len(names)) / max(len(names), 1)
    return {name: (float(np.sin(turn)), float(np.cos(turn))) for name, turn in zip(names, turns)}
