"""What a comparison of coders rests on: who worked on which source, and which of them marked each unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from genequity.coding import units
from genequity.coding.merge import Merged


def coders(merged: Merged) -> list[str]:
    """Return the coders in the order of the config: the lead coder first."""
    return list(dict.fromkeys(merged.segments.sort_values("project", kind="stable")["coder"]))


def worked(merged: Merged, names: Sequence[str]) -> dict[str, set[str]]:
    """Return the sources of each coder: all of a project of their own, else those in which they marked something."""
    found: dict[str, set[str]] = {name: set() for name in names}
    held = merged.sources["projects"].astype(str).str.split(",")
    for project, part in merged.segments.groupby("project"):
        present = set(part["coder"])
        if len(present) == 1:
            mine = held.map(lambda places, p=str(project): p in places)
            found[present.pop()] |= set(merged.sources.loc[mine, "source"])
        else:
            for coder, own in part.groupby("coder"):
                found[coder] |= set(own["source"])
    return found


def why_not(merged: Merged) -> str:
    """Return why agreement cannot be computed for this study, or an empty string."""
    if merged.segments.empty:
        return "no coded text was supplied"
    names = coders(merged)
    if len(names) < 2:
        return "there is one coder only"
    of = worked(merged, names)
    both = [of[a] & of[b] for a, b in combinations(names, 2)]
    shared_names = set().union(*both)
    if not shared_names:
        return "no source was coded by two coders"
    here = merged.segments[merged.segments["source"].isin(shared_names)]
    if not here.empty and here["start"].isna().all():
        return "the segments have no positions"
    if not (merged.sources.loc[merged.sources["source"].isin(shared_names), "text"] != "").any():
        return "the texts of the sources were not supplied"
    return ""


@dataclass(frozen=True)
class Held:
    """What the comparisons share: sources with text, coders, who worked on what, and the segments as arrays."""

    names: list[str]
    texts: list[str]
    coders: list[str]
    worked: np.ndarray
    marks: units.Marks
    codes: list[str]
    unplaced: pd.DataFrame


def held(merged: Merged, codes: Sequence[str]) -> Held:
    """Return the sources that at least two coders worked on, with everything the comparisons need of them."""
    names = coders(merged)
    if len(names) > units.MOST_CODERS:
        raise ValueError(f"more than {units.MOST_CODERS} coders")
    of = worked(merged, names)
    sources = merged.sources[merged.sources["text"] != ""]
    matrix = np.array([[source in of[name] for name in names] for source in sources["source"]], dtype=bool)
    matrix = matrix.reshape(len(sources), len(names))
    keep = matrix.sum(axis=1) >= 2
    kept = list(sources["source"][keep])
    found = units.marks(merged.segments, kept, names, codes)
    here = merged.segments["source"].isin(kept) & merged.segments["code"].isin(codes)
    unplaced = merged.segments.loc[here & merged.segments["start"].isna(), ["source", "coder", "code"]]
    return Held(kept, list(sources["text"][keep]), names, matrix[keep], found, list(codes), unplaced)


@dataclass(frozen=True)
class Group:
    """Coders compared with one another, and the sources they share."""

    label: str
    members: tuple[int, ...]
    sources: np.ndarray

    @property
    def is_pair(self) -> bool:
        """Whether these are two coders."""
        return len(self.members) == 2


def groups(held_: Held) -> list[Group]:
    """Return every pair of coders that share a source, then all of these coders where they are more than two."""
    pairs = [
        Group(f"Coder {i + 1} and coder {j + 1}", (i, j), np.flatnonzero(held_.worked[:, i] & held_.worked[:, j]))
        for i, j in combinations(range(len(held_.coders)), 2)
    ]
    found = [pair for pair in pairs if len(pair.sources)]
    everyone = tuple(sorted({member for pair in found for member in pair.members}))
    if len(everyone) > 2:
        numbers = [str(member + 1) for member in everyone]
        gapless = everyone == tuple(range(everyone[0], everyone[-1] + 1))
        named = f"{numbers[0]} to {numbers[-1]}" if gapless else f"{', '.join(numbers[:-1])} and {numbers[-1]}"
        shared = np.flatnonzero(held_.worked[:, list(everyone)].sum(axis=1) >= 2)
        found.append(Group(f"Coders {named}", everyone, shared))
    return found


def pair_tables(rows: pd.DataFrame, size_of: np.ndarray, group: Group, codes: int) -> np.ndarray:
    """Count, for two coders, the units that both, one or neither marked: shape (codes + 1, sources, 4), all codes last.

    Parameters
    ----------
    rows : pandas.DataFrame
        From :func:`genequity.coding.units.patterns`.
    size_of : array
        Units of each source.
    group : Group
        A pair.
    codes : int
        Number of codes.
    """
    place = np.full(len(size_of), -1)
    place[group.sources] = np.arange(len(group.sources))
    at = place[rows["source"].to_numpy()]
    mask, weight = rows["mask"].to_numpy(), rows["weight"].to_numpy()
    first, second = ((mask >> member) & 1 for member in group.members)
    cell = np.where(first & second, 0, np.where(first == 1, 1, 2))
    keep = (at >= 0) & (first + second > 0)
    shape = (codes, len(group.sources), 4)
    flat = np.ravel_multi_index((rows["code"].to_numpy()[keep], at[keep], cell[keep]), shape)
    tables = np.bincount(flat, weights=weight[keep], minlength=int(np.prod(shape))).reshape(shape)
    tables[..., 3] = size_of[group.sources] - tables[..., :3].sum(axis=-1)
    return np.concatenate([tables, tables.sum(axis=0, keepdims=True)])


def group_counts(
    rows: pd.DataFrame, size_of: np.ndarray, held_: Held, group: Group, codes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count, for several coders, the units by how many of the source's coders marked them.

    Returns
    -------
    (array, array)
        Units by number of coders who marked them, shape (codes + 1, sources, coders + 1), and coders of each source.
    """
    present = held_.worked[group.sources].sum(axis=1)
    place = np.full(len(size_of), -1)
    place[group.sources] = np.arange(len(group.sources))
    at = place[rows["source"].to_numpy()]
    number = np.bitwise_count(rows["mask"].to_numpy())
    keep = at >= 0
    shape = (codes, len(group.sources), len(group.members) + 1)
    flat = np.ravel_multi_index((rows["code"].to_numpy()[keep], at[keep], number[keep]), shape)
    counts = np.bincount(flat, weights=rows["weight"].to_numpy()[keep], minlength=int(np.prod(shape))).reshape(shape)
    counts[..., 0] = size_of[group.sources] - counts[..., 1:].sum(axis=-1)
    return np.concatenate([counts, counts.sum(axis=0, keepdims=True)]), present


def laid_out(held_: Held, unit: str) -> tuple[units.Cut, tuple, pd.DataFrame]:
    """Return the sources in units, who marked which, and how many units have each pattern of coders."""
    cut = units.cut(held_.texts, unit, held_.marks)
    return (
        cut,
        units.marked(cut, held_.marks, len(held_.codes)),
        units.patterns(cut, held_.marks, len(held_.codes)),
    )
