"""The small-number rule for words: how much of a speaker may stand beside what the speaker said.

Vocabulary: an *attribute* is what is said of a speaker (role, region, specialty, ethnic group, language); *k* is the
number of people in the population who hold the same combination of attributes, as the study declares it with its
source. k is never counted in the sample: the only consultant of a region is one among the sample's professionals, and
easily found.
Attributes are dropped from the right until k reaches the threshold. It is the threshold of the tables: the profile's
largest withheld count and one more; ``least_k`` can raise it and not lower it.

A dropped attribute speaks too: where every large specialty of a region is named, a speaker without one belongs to a
small one. So k is counted over all people who would be described by the same words, and where those with a dropped
attribute are too few, the smallest description beside them is shortened as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genequity import authored, release
from genequity.errors import Problem, nearest, raise_if

if TYPE_CHECKING:
    import pandas as pd

ROLE, REGION, SPECIALTY, ETHNICITY, LANGUAGE = "role", "region", "specialty", "ethnic_group", "language"
ATTRIBUTES = (ROLE, REGION, SPECIALTY, ETHNICITY, LANGUAGE)
PEOPLE, SOURCE = "people", "source"


def threshold(profile: str, least_k: int) -> int:
    """Return the least k with which a combination is printed: the profile's, or ``least_k`` where that is more."""
    return max(release.profile(profile).hide["to"] + 1, least_k)


def problems(attributes: Sequence[str], where: str, file: str = "config") -> list[Problem]:
    """List what in a study's choice of attributes is refused, whatever the population.

    Role, region and ethnic group together point to a person too easily; since the role comes first, region and ethnic
    group never stand in one list.
    """
    found = []
    if list(attributes[:1]) != [ROLE]:
        found.append(Problem(file, "the attribution does not begin with the role", where, "role first"))
    if REGION in attributes and ETHNICITY in attributes:
        found.append(
            Problem(
                file,
                "the attribution names role, region and ethnic group together",
                where,
                "region or ethnic group, not both, however many people hold the combination",
                f"remove {REGION} or {ETHNICITY}",
            )
        )
    return found


def population(file: str | None, attributes: Sequence[str], known: Mapping[str, Sequence[str]]) -> pd.DataFrame | None:
    """Read how many people of the population hold each combination of attributes.

    Parameters
    ----------
    file : str or None
        CSV with a column for each attribute, ``people`` (a whole number) and ``source`` (where it comes from). Its rows
        do not overlap: they are added up for shorter combinations. A blank attribute means that it does not apply.
    attributes : sequence of str
        The attributes that the study wants to print, in its order.
    known : mapping
        Attribute -> values that the study knows; an empty list accepts any.

    Returns
    -------
    pandas.DataFrame or None
        The attributes as text and ``people`` as integers; None without a file.

    Raises
    ------
    InputError
        With every missing column, repeated or overlapping row, unknown value and number that is none.
    """
    if not file:
        return None
    attributes = list(attributes)
    table = authored.read(file, [*attributes, PEOPLE, SOURCE], filled=(attributes[0], PEOPLE, SOURCE))
    found = []
    for row in table.to_dict("records"):
        here = f"row {row[authored.ROW]}, column "
        if not row[PEOPLE].isdecimal():
            do = authored.mend_number(row[PEOPLE])
            found.append(Problem(file, "this is no number of people", here + PEOPLE, "a whole number", do))
        found += [
            Problem(file, f"this {name} is not known.{nearest(row[name], allowed)}", here + name)
            for name, allowed in known.items()
            if name in attributes and allowed and row[name] and row[name] not in allowed
        ]
    found += [
        Problem(file, "this row repeats an earlier combination of attributes", f"row {row}", do="keep one of them")
        for row in table.loc[table.duplicated(attributes), authored.ROW]
    ]
    for place, name in enumerate(attributes[1:], 1):
        blank = table[name] == ""
        mixed = table[blank].merge(table[~blank][attributes[:place]].drop_duplicates(), on=attributes[:place])
        found += [
            Problem(
                file,
                f"this row leaves {name} blank where others of the same {' and '.join(attributes[:place])} fill it",
                f"row {row}, column {name}",
                "rows that do not overlap, since they are added up",
                "remove the total, or the parts",
            )
            for row in mixed[authored.ROW]
        ]
    raise_if(found)
    return table[[*attributes, PEOPLE]].astype({PEOPLE: int})


def k_of(speaker: Mapping[str, Any], attributes: Sequence[str], of: pd.DataFrame) -> int:
    """Return how many people of the population hold the speaker's values of all these attributes."""
    same = of
    for name in attributes:
        same = same[same[name] == speaker[name]]
    return int(same[PEOPLE].sum())


def told(
    speakers: Sequence[Mapping[str, Any]], attributes: Sequence[str], of: pd.DataFrame | None, least: int
) -> list[list[str]]:
    """Return, for each speaker, the attributes that may be printed: as many of the list, from its left, as reach k.

    Parameters
    ----------
    speakers : sequence of mapping
        Attribute -> value; a blank one ends the list.
    attributes : sequence of str
        In the order of the config.
    of : pandas.DataFrame or None
        From :func:`population`. Without it nothing is known of the population and the role alone stands.
    least : int
        From :func:`threshold`.

    Raises
    ------
    InputError
        If the attributes are refused (:func:`problems`): the step asks again, so that no config is trusted.
    """
    raise_if(problems(attributes, "interviews.attribution"))
    if of is None:
        return [[ROLE] for _ in speakers]
    return described(speakers, attributes, of, least)


def described(
    speakers: Sequence[Mapping[str, Any]], attributes: Sequence[str], of: pd.DataFrame, least: int
) -> list[list[str]]:
    """Return, for each speaker, as many attributes as enough people of the population share; see :func:`told`."""
    mine = [_filled([speaker[name] for name in attributes]) for speaker in speakers]
    people = dict.fromkeys(mine, 0)
    for row in of.to_dict("records"):
        cell = _filled([row[name] for name in attributes])
        people[cell] = people.get(cell, 0) + row[PEOPLE]
    depths = _depths(people, least)
    return [list(attributes[: depths[cell]]) for cell in mine]


def _filled(values: list[str]) -> tuple[str, ...]:
    return tuple(values[: values.index("")] if "" in values else values)


def _depths(people: Mapping[tuple[str, ...], int], least: int) -> dict[tuple[str, ...], int]:
    """Return how many of its values describe each combination, so that every description fits ``least`` people."""
    depths = {cell: len(cell) for cell in people}

    def words_in_use() -> dict[tuple[str, ...], list[tuple[str, ...]]]:
        """Return description -> combinations that it describes."""
        found: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
        for cell in sorted(people):
            found.setdefault(cell[: depths[cell]], []).append(cell)
        return found

    def size(cells: list[tuple[str, ...]]) -> int:
        return sum(people[cell] for cell in cells)

    for shorter in range(max(depths.values(), default=0) - 1, -1, -1):
        for words, cells in words_in_use().items():
            if len(words) == shorter + 1 and size(cells) < least:
                depths |= dict.fromkeys(cells, shorter)
        for words, cells in words_in_use().items():
            if len(words) != shorter:
                continue
            longer = {
                other: own for other, own in words_in_use().items() if len(other) > shorter and other[:shorter] == words
            }
            while size(cells) < least and longer:
                cells = cells + longer.pop(min(longer, key=lambda other: (size(longer[other]), other)))
            depths |= dict.fromkeys(cells, shorter)
    return depths
