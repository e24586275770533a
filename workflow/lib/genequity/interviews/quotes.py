"""The quote register: every segment with whether it may be quoted and why not, and the quotations that leave.

A quotation leaves only with its participant's recorded consent to quotation. No record means no: the segment
is counted, not shown. What leaves has an id of its own and never a participant's; beside the words stands no more of
the speaker than :mod:`genequity.attribution` allows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from genequity import attribution
from genequity.attribution import LANGUAGE
from genequity.coding import load
from genequity.interviews import speakers, translations

if TYPE_CHECKING:
    import numpy as np

STATUS = {
    "quotation": "may be quoted",
    "summary": "consent to a summary only",
    "analysis": "consent to analysis only",
    "no record": "no record of consent",
}
SPOKEN = {"public": "member of the public"}  # roles as an attribution says them
NOBODY = "participant"  # where not even the role may stand
TOO_SHORT = "too short to stand alone"
TOO_LONG = "too long to quote whole"
NO_THEME = "its code has no theme"
OTHERS = "holds the words of another speaker"
NOT_CHECKED = "its translation was not checked"
MAY = STATUS["quotation"]
ENDS = '.!?\u2026"\u201d\u2019)]'  # what stands at the end of a sentence
CUT = "\u2026"  # stands where a passage begins or ends within a sentence
REGISTER_COLUMNS = [
    *("segment", "case", "session", "setting", "role", "group", "language", "interpreter", "consent"),
    *("theme", "code", "project", "start", "end", "words", "status", "clipped"),
    *("original_language", "original", "translation", "translator", "back_check", "text"),
]
QUOTE_COLUMNS = ["quote", "theme", "attribution", "text", "note", "original"]
COUNT_COLUMNS = ["theme", "status", "segments", "released"]


def register(
    cases: pd.DataFrame,
    segments: pd.DataFrame,
    options: Mapping[str, object],
    texts: Mapping[str, str] | None = None,
    translated: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return every segment of the analysed cases with its quotation status.

    Parameters
    ----------
    cases : pandas.DataFrame
        ``case, role, consent`` and more; withdrawn participants are not among them.
    segments : pandas.DataFrame
        The segments that stand, with ``theme``, ``speech``, ``words`` (without labels of speakers); one row a segment
        and participant.
    options : mapping
        ``least_words``, ``most_words``; ``back_check``: whether a translation must have been checked.
    texts : mapping, optional
        Session -> transcript, to see where a segment begins or ends within a sentence.
    translated : pandas.DataFrame, optional
        From :func:`genequity.interviews.translations.read`.
    """
    blank = {name: "" for name in REGISTER_COLUMNS if name not in segments and name not in cases}
    held = segments.drop(columns=[name for name in ("session", "case") if name in segments])
    held = held.merge(cases.drop(columns=[c for c in ("order",) if c in cases]), left_on="source", right_on="case")
    held = held.assign(**{name: text for name, text in blank.items() if name not in held})
    held["speech"] = held.get("speech", speakers.ONE)
    said = held["words"] if "words" in segments else held["text"]
    held = held.assign(words=said.map(lambda text: " ".join(text.split())))
    if translated is not None:
        held = translations.joined(held, translated)
    edges = [_edges(row, (texts or {}).get(row.session, "")) for row in held.itertuples(index=False)]
    plain = [" ".join(filter(None, [head, row.words, tail])) for row, (head, tail) in zip(held.itertuples(), edges)]
    in_original = [
        bool(old) and " ".join(words.split()).casefold() in " ".join(old.split()).casefold()
        for words, old in zip(held["words"], held["original"])
    ]
    held["text"] = pd.Series(plain, index=held.index, dtype="str").mask(in_original, held["translation"])
    held["clipped"] = [bool(head or tail) for head, tail in edges]
    count = held["text"].str.split().str.len()
    status = held["consent"].map(STATUS)
    for holds, reason in (
        (held["speech"] != speakers.ONE, OTHERS),
        (count < options["least_words"], TOO_SHORT),
        (count > options["most_words"], TOO_LONG),
        (held["theme"] == "", NO_THEME),
        (_unchecked(held, str(options.get("back_check", "note"))), NOT_CHECKED),
    ):
        status = status.mask((status == MAY) & holds, reason)
    return held.assign(status=status, words=count)[REGISTER_COLUMNS]


def _unchecked(held: pd.DataFrame, wanted: str) -> pd.Series:
    if wanted != "required":
        return pd.Series(False, index=held.index)
    return (held["original"] != "") & ~held["back_check"].isin(translations.CHECKED)


def _edges(row, text: str) -> tuple[str, str]:
    """Return the signs of omission before and after a segment's words: where it begins or ends within a sentence."""
    if not text or pd.isna(row.start):
        return "", ""
    before, after = text[: int(row.start)].rstrip(" \t"), text[int(row.end) :]
    begins = not before or before[-1] in '.!?\u2026\n:>"\u201d\u2019)]' or row.words[:1] in "\u2026"
    ends = (
        row.words[-1:] in '.!?\u2026"\u201d\u2019)]' or not after.strip(" \t") or after.lstrip(" \t").startswith("\n")
    )
    return "" if begins else CUT, "" if ends else CUT


def choose(quotable: pd.DataFrame, agreed: Sequence[str], per_role: int, per_person: int | None = None) -> pd.DataFrame:
    """Choose the quotations that leave: for each theme and role up to ``per_role``, each of another participant.

    Those who are quoted least so far come first, and of them those whose ethnic group and language are quoted least, so
    that quotations are spread over people and groups. Then come segments that begin and end with a sentence, those on
    which another coder agrees, and the order of cases and positions. Nothing is chosen for its content. People then
    read and replace them.

    Parameters
    ----------
    quotable : pandas.DataFrame
        Rows of the register with status ``may be quoted``.
    agreed : sequence of str
        Ids of segments on which another coder used the same code.
    per_role : int
        Quotations of each theme and role.
    per_person : int, optional
        Quotations of each participant at most.

    Returns
    -------
    pandas.DataFrame
        ``segment, case, theme, role, text`` and what the register holds of translation; restricted.
    """
    pool = quotable.assign(first=~quotable["segment"].isin(list(agreed)))
    pool = pool.assign(**{name: "" for name in ("clipped", "group", "language") if name not in pool})
    pool = pool.sort_values(["theme", "role", "clipped", "first", "case", "start"], kind="stable")
    pool = pool.drop_duplicates(["theme", "role", "case"]).drop_duplicates("text")
    used: Counter[str] = Counter()
    shown: Counter[tuple[str, str]] = Counter()
    taken: list[int] = []
    for _, part in pool.groupby(["theme", "role"], sort=True):
        left = list(part.itertuples())
        for _ in range(per_role):
            left = [row for row in left if per_person is None or used[row.case] < per_person]
            if not left:
                break
            row = min(left, key=lambda row: (used[row.case], shown[row.group, row.language]))
            left.remove(row)
            used[row.case] += 1
            shown[row.group, row.language] += 1
            taken.append(row.Index)
    kept = [name for name in CHOSEN_COLUMNS if name in pool]
    chosen = pool.loc[taken, kept].reset_index(drop=True)
    return chosen.assign(text=[" ".join(text.split()) for text in chosen["text"]])


CHOSEN_COLUMNS = [
    *("segment", "case", "theme", "role", "text", "setting", "interpreter"),
    *("original_language", "original", "translation", "back_check"),
]


def numbered(chosen: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Give the quotations their public ids, ``Q001`` onwards: by theme, and shuffled within it.

    The order says nothing of role, participant or place in a transcript.
    """
    shuffled = chosen.iloc[rng.permutation(len(chosen))].sort_values("theme", kind="stable", ignore_index=True)
    return shuffled.assign(quote=[f"Q{number:03d}" for number in range(1, len(shuffled) + 1)])


def attributed(
    chosen: pd.DataFrame,
    cases: pd.DataFrame,
    attributes: Sequence[str],
    population: pd.DataFrame | None,
    least: int,
    template: str,
) -> pd.DataFrame:
    """Add the attribution: as much of each speaker as :mod:`genequity.attribution` lets stand.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Quotations, with ``case``.
    cases : pandas.DataFrame
        All cases with the attributes of the config.
    attributes, population, least
        As in :func:`genequity.attribution.told`.
    template : str
        Where ``{who}`` stands for the attributes and ``{setting}`` for interview or focus group.

    Returns
    -------
    pandas.DataFrame
        The quotations with ``attribution``, ``note`` (on translation) and ``original`` (the original words, where the
        config lets the language be told and enough people share it).
    """
    people = cases.set_index("case")
    said_by = [{name: people.at[case, name] for name in attributes} for case in chosen["case"]]
    told = attribution.told(said_by, attributes, population, least)
    chosen = chosen.assign(**{name: "" for name in CHOSEN_COLUMNS if name not in chosen})
    said, notes, originals = [], [], []
    for speaker, names, row in zip(said_by, told, chosen.itertuples(index=False), strict=True):
        note = _note(row)
        if note and LANGUAGE not in attributes:
            names = names[:1]  # how many of them need a translation is not declared, so that it does not narrow
        who = ", ".join(SPOKEN.get(speaker[name], speaker[name]) for name in names) or NOBODY
        words = template.format(who=who, setting=row.setting or "interview")
        said.append(words[:1].upper() + words[1:])
        notes.append(note or None)
        originals.append(row.original if row.original and LANGUAGE in names else None)
    return chosen.assign(attribution=said, note=notes, original=originals)


def _note(row) -> str:
    """Return what a reader must know of the language of a quotation; never which language it was."""
    if row.original:
        return translations.NOTES[row.back_check or translations.NONE]
    return translations.THROUGH_INTERPRETER if row.interpreter == "yes" else ""


def counts(quotations: pd.DataFrame, chosen: pd.DataFrame) -> pd.DataFrame:
    """Count segments by quotation status over all themes, and those of each theme that may be quoted.

    Why others may not is not said by theme: the themes of one person without consent to quotation would show.

    Parameters
    ----------
    quotations : pandas.DataFrame
        From :func:`register`; one row a segment and participant.
    chosen : pandas.DataFrame
        ``segment, case`` of what is released as quotations.
    """
    released = set(zip(chosen["segment"], chosen["case"]))
    here = [pair in released for pair in zip(quotations["segment"], quotations["case"])]
    quotations = quotations.assign(chosen=pd.Series(here, index=quotations.index).astype(int))
    by_theme = quotations[(quotations["theme"] != "") & (quotations["status"] == MAY)]
    everything = pd.concat([quotations.assign(theme="All themes"), by_theme])
    grouped = everything.groupby(["theme", "status"], as_index=False)
    return grouped.agg(segments=("segment", "count"), released=("chosen", "sum"))[COUNT_COLUMNS]


def agreed(segments: pd.DataFrame) -> list[str]:
    """Return the ids of segments that share a character and the code with another coder's."""
    return list(load.decided(segments, pd.DataFrame(), "both")["segment"])


def texts(
    quotations: pd.DataFrame, segments: pd.DataFrame, files: Mapping[int, str]
) -> list[tuple[str, str, int, str]]:
    """Return quotations as the identifier gate reads them: file, place, offset, words.

    A source is named by its place among all in alphabetical order, not by its name, which may be a person's.

    Parameters
    ----------
    quotations : pandas.DataFrame
        Rows of the register.
    segments : pandas.DataFrame
        All segments, for the sources' numbers.
    files : mapping
        Project number -> path.
    """
    numbers = {name: number for number, name in enumerate(sorted(segments["source"].unique()), 1)}
    return [
        (
            files[row["project"]],
            f"source number {numbers[row['session'] if row['session'] in numbers else row['case']]}",
            0 if pd.isna(row["start"]) else int(row["start"]),
            row["text"],
        )
        for row in quotations.to_dict("records")
    ]


def kept(segments: pd.DataFrame, everything: pd.DataFrame, files: Mapping[int, str]) -> list[tuple[str, str, int, str]]:
    """Return words that stay restricted, and coders' memos, as the identifier gate reads them; each wording once."""
    numbers = {name: number for number, name in enumerate(sorted(everything["source"].unique()), 1)}
    memos = segments["memo"].fillna("") if "memo" in segments else pd.Series("", index=segments.index)
    held, seen = [], set()
    rows = zip(segments["project"], segments["source"], segments["start"], segments["text"], memos)
    for project, source, start, text, memo in rows:
        for what, words, at in (("", text, start), (", memo", memo, None)):
            key = (source, what, words)
            if not words or key in seen:
                continue
            seen.add(key)
            offset = 0 if at is None or pd.isna(at) else int(at)
            held.append((files[project], f"source number {numbers[source]}{what}", offset, words))
    return held
