"""Who speaks where in a transcript, and so whose words a coded segment holds.

Vocabulary. A *session* is one recording with one transcript: an interview, or a focus group with several participants.
A *turn* runs from one speaker's label to the next. Labels are read as ``Name: words``, with a time before or after the
name, alone on a line above the words, or as WebVTT voice tags (``<v Name>``). In an interview everybody who is not the
study's own side (interviewer, interpreter) is the participant. In a focus group every label must be a participant's or
the study's own side's: an unknown one is a fault of the input.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from genequity.errors import Problem, shape

TIME = r"[\[(<]?\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{1,3})?[\])>]?"
NAME = r"[^\W_][\w.'\u2019()/&-]*(?:[ ][\w.'\u2019()/&-]+){0,3}"
TURN = re.compile(
    rf"^[ \t]*(?:<v(?:\.[\w.]+)?[ ](?P<voice>[^>\n]{{1,60}})>"
    rf"|(?:{TIME}[ \t]*[-\u2013\u2014|]?[ \t]*)?(?P<name>{NAME}?)[ \t]*(?:[ \t]{TIME})?[ \t]*:(?=[ \t\n]|$)[ \t]*"
    rf"|(?P<above>{NAME}?)[ \t]{{1,4}}{TIME}[ \t]*(?=\n))",
    re.MULTILINE,
)
NO_LABELS = frozenset(
    "and but he i'm it no note she so that then there they this we well yeah yes you".split(),  # noqa: SIM905
)
# What the study's own side is called in transcripts, whatever the capitals, with or without a number behind it.
OUR_SIDE = (
    "interviewer", "moderator", "facilitator", "interpreter", "researcher", "observer", "int", "mod", "i", "q", "m",
)  # fmt: skip
ONE, SEVERAL, WITH_OURS, OURS, NOBODY = "one participant", "several participants", "with our side", "our side", "nobody"
JOIN = "\x1f"  # between the participants of one segment, in the table that is kept between steps


@dataclass(frozen=True)
class Turn:
    """One speaker's turn: where its label starts, where its words start and end, and the label."""

    label_start: int
    start: int
    end: int
    label: str


def turns(text: str) -> list[Turn]:
    """Return the turns of a transcript; text before the first label has the label ``""``.

    >>> [turn.label for turn in turns("Ann: first\\n[00:01:02] Ben: second")]
    ['Ann', 'Ben']
    """
    found = [match for match in TURN.finditer(text) if _is_label(_label(match))]
    ends = [match.start() for match in found[1:]] + [len(text)]
    held = [Turn(match.start(), match.end(), end, _label(match)) for match, end in zip(found, ends)]
    before = held[0].label_start if held else len(text)
    return [Turn(0, 0, before, ""), *held] if text[:before].strip() else held


def _label(match: re.Match[str]) -> str:
    return " ".join((match["voice"] or match["name"] or match["above"] or "").split())


def _is_label(label: str) -> bool:
    first = label.split(" ")[0].lower()
    return 0 < len(label) <= 40 and not (first in NO_LABELS or (first == "i" and label.lower() != "i"))


def is_ours(label: str, others: Iterable[str] = ()) -> bool:
    """Whether a label is that of the study's own side.

    >>> is_ours("Interviewer 2"), is_ours("MODERATOR"), is_ours("Speaker 1")
    (True, True, False)
    """
    plain = re.sub(r"\s*\d+$", "", label).casefold()
    return plain in {*OUR_SIDE, *(name.casefold() for name in others)} or label.casefold() in map(str.casefold, others)


def sessions(people: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return session -> label of the speaker (folded) -> participant; of an interview there is one participant."""
    found: dict[str, dict[str, str]] = {}
    for row in people[["participant", "session", "speaker"]].itertuples(index=False):
        found.setdefault(row.session, {})[(row.speaker or row.participant).casefold()] = row.participant
    return found


def problems(sources: pd.DataFrame, people: pd.DataFrame, others: Sequence[str], file: str) -> list[Problem]:
    """List the labels of focus groups that are no participant's and not the study's own side's, by session and line.

    A session is named by its place among all in alphabetical order and a label by its shape: both may be names.
    """
    known, found = sessions(people), []
    names = sorted(sources["source"])
    for row in sources[["source", "text"]].itertuples(index=False):
        members = known.get(row.source, {})
        if len(members) < 2 or not row.text:
            continue
        unknown: dict[str, int] = {}
        for turn in turns(row.text):
            if turn.label and turn.label.casefold() not in members and not is_ours(turn.label, others):
                unknown.setdefault(turn.label, row.text.count("\n", 0, turn.label_start) + 1)
        found += [
            Problem(
                file,
                f"a speaker of the shape '{shape(label)}' of source number {names.index(row.source) + 1} is not known",
                where=f"column speaker; the label stands in line {line} of the transcript",
                expected="for every label of a focus group a participant's row, or a name of methods.our_side",
                do="add the speaker to the participants table, or the label to methods.our_side",
            )
            for label, line in unknown.items()
        ]
    return found


def of_whom(text: str, members: Mapping[str, str], others: Sequence[str]) -> list[tuple[Turn, str | None]]:
    """Return each turn with its participant: ``""`` for the study's own side, None where nobody can be told."""
    found: list[tuple[Turn, str | None]] = []
    only = next(iter(members.values())) if len(members) == 1 else None
    for turn in turns(text):
        if turn.label and is_ours(turn.label, others) and turn.label.casefold() not in members:
            found.append((turn, ""))
        else:
            found.append((turn, only or members.get(turn.label.casefold())))
    return found


def attributed(
    segments: pd.DataFrame, sources: pd.DataFrame, people: pd.DataFrame | None, others: Sequence[str]
) -> pd.DataFrame:
    """Add whose words each segment holds.

    Parameters
    ----------
    segments : pandas.DataFrame
        ``source, start, end, text``.
    sources : pandas.DataFrame
        ``source, text``.
    people : pandas.DataFrame or None
        Participants with ``session`` and ``speaker``; without them each source is a case.
    others : sequence of str
        Further labels of the study's own side.

    Returns
    -------
    pandas.DataFrame
        The segments with ``cases`` (participants, joined by :data:`JOIN`; blank where only our side speaks or nobody
        can be told), ``speech`` (:data:`ONE` …) and ``words`` (the text without labels).
    """
    if people is None:
        plain = segments["source"].astype(str)
        return segments.assign(cases=plain, speech=ONE, words=segments["text"])
    known = sessions(people)
    texts = {row.source: row.text or "" for row in sources[["source", "text"]].itertuples(index=False)}
    heard = {name: of_whom(text, known.get(name, {}), others) for name, text in texts.items()}
    rows = []
    for row in segments[["source", "start", "end", "text"]].itertuples(index=False):
        if pd.isna(row.start) or not texts.get(row.source):
            turns_of_it = of_whom(row.text, known.get(row.source, {}), others)
            rows.append(_said(row.text, 0, len(row.text), turns_of_it))
        else:
            rows.append(_said(texts[row.source], int(row.start), int(row.end), heard[row.source]))
    frame = pd.DataFrame(rows, columns=["cases", "speech", "words"], index=segments.index)
    return segments.assign(**{name: frame[name] for name in frame})


def _said(text: str, start: int, end: int, held: list[tuple[Turn, str | None]]) -> tuple[str, str, str]:
    """Return the participants, the kind of speech and the words, without labels, of a part of a text."""
    who, parts = [], []
    ours = False
    for turn, name in held:
        if turn.end <= start or turn.start >= end:
            continue
        words = text[max(start, turn.start) : min(end, turn.end)].replace("</v>", "").strip()
        if not words:
            continue
        parts.append(words)
        ours |= name == ""
        if name and name not in who:
            who.append(name)
    if who:
        speech = SEVERAL if len(who) > 1 else WITH_OURS if ours else ONE
    else:
        speech = OURS if ours else NOBODY
    return JOIN.join(who), speech, " ".join(parts) or text[start:end]


def by_case(segments: pd.DataFrame) -> pd.DataFrame:
    """Return one row a segment and participant, whose name becomes the ``source``; nobody's segments are left out."""
    held = segments[segments["cases"] != ""]
    held = held.assign(source=held["cases"].str.split(JOIN))
    return held.explode("source", ignore_index=True)


def masked(text: str, members: Mapping[str, str], gone: Iterable[str], others: Sequence[str]) -> str:
    """Return a transcript with the turns of some participants, and their labels, as blanks: positions stay.

    A participant is not found in what others say of them: those words are the readers' to redact.
    """
    gone = set(gone)
    for turn, name in of_whom(text, members, others):
        if name in gone:
            hidden = re.sub(r"[^\n]", " ", text[turn.label_start : turn.end])
            text = text[: turn.label_start] + hidden + text[turn.end :]
    return text
