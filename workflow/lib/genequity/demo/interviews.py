"""Synthetic interviews: participants, neutral placeholder passages, two coders, planted themes and defects.

No speech is invented. A passage says that it is a placeholder and, in the third person, what it is about; it
has no dialect and nothing in it depends on the participant's ethnic group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from genequity.coding.project import Project
from genequity.coding.synthetic import Passage, as_project, second_coder
from genequity.interviews.summaries import mark

INTERVIEWER, PARTICIPANT = "Interviewer: ", "Participant: "
QUESTION = "Placeholder question {number}."
ANSWER = "Placeholder passage {number}: the participant {wording}."
FILLER = "speaks of other matters"
REDACTED = "speaks of [name] and of other matters"
MODERATOR, SPEAKER = "Moderator: ", "[00:{minute:02d}:{second:02d}] {label}: "
ORIGINAL = "Placeholder original {number}, in {language}."
SUMMARY = "Placeholder summary {number}."
WITHDRAWN_FROM = 9000  # passages of withdrawn participants are numbered from here, so that a byte search finds them
OWN_WORDS = "Self-description {code}"


def participants(truth: Mapping[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """Return the participants table, with those who withdrew last.

    Parameters
    ----------
    truth : mapping
        ``roles`` (role -> number), ``groups`` (ethnic code -> number), ``regions``, ``specialties`` (of professionals,
        in turn), ``languages`` (language -> number), ``consent`` (scope -> number other than quotation),
        ``withdrawn`` (number; the last of them from the focus group), ``focus_group`` (``session``, ``members``: the
        last ones of the last role).
    """
    total = sum(truth["roles"].values())
    everyone = total + truth["withdrawn"]
    roles = [role for role, count in truth["roles"].items() for _ in range(count)]
    codes = [code for code, count in truth["groups"].items() for _ in range(count)]
    languages = [name for name, count in truth["languages"].items() for _ in range(count)]
    consent = [scope for scope, count in truth["consent"].items() for _ in range(count)]
    consent += ["quotation"] * (total - len(consent))
    rows = pd.DataFrame({"participant": [f"INT{number:02d}" for number in range(1, everyone + 1)]})
    extra = truth["withdrawn"]
    rows["role"] = roles + ["patient"] * extra
    rows["ethnic_code"] = [*rng.permutation(codes), *codes[:extra]]
    rows["ethnic_group"] = [OWN_WORDS.format(code=code) for code in rows["ethnic_code"]]
    rows["region"] = [truth["regions"][index % len(truth["regions"])] for index in range(everyone)]
    rows["language"] = [*rng.permutation(languages), *languages[:extra]]
    rows["interpreter"] = ["no" if language == "English" else "yes" for language in rows["language"]]
    rows["consent"] = [*rng.permutation(consent), *["quotation"] * extra]
    rows["withdrawn"] = ["no"] * total + ["yes"] * extra
    specialties = truth["specialties"]
    rows["specialty"] = [
        specialties[index % len(specialties)] if role == "professional" else ""
        for index, role in enumerate(rows["role"])
    ]
    rows = _seated(rows, truth)
    order = [
        "participant",
        "session",
        "speaker",
        "role",
        "ethnic_group",
        "ethnic_code",
        "region",
        "language",
        "interpreter",
        "consent",
        "withdrawn",
        "specialty",
    ]
    return rows[order].replace({"consent": {"unknown": ""}})


def withdrawing(people: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the participants table after some have withdrawn; what was said and coded is not changed by it."""
    return people.assign(withdrawn=people["withdrawn"].mask(people["participant"].isin(list(names)), "yes"))


def _seated(rows: pd.DataFrame, truth: Mapping[str, Any]) -> pd.DataFrame:
    """Add each participant's session, and the speaker's label of those in the focus group."""
    group, total = truth["focus_group"], sum(truth["roles"].values())
    here = pd.Series(rows.index >= total - group["members"], index=rows.index)
    here &= (rows.index < total) | (rows.index == len(rows) - 1)
    labels = [f"Speaker {chr(65 + place)}" for place in range(int(here.sum()))]
    role = rows["role"].where(~here, list(truth["roles"])[-1])
    session = pd.Series("", index=rows.index, dtype="str").mask(here, group["session"])
    speaker = pd.Series("", index=rows.index, dtype="str")
    speaker[here] = labels
    return rows.assign(role=role, session=session, speaker=speaker)


def transcripts(people: pd.DataFrame, truth: Mapping[str, Any], rng: np.random.Generator) -> dict[str, list[Passage]]:
    """Return each participant's passages with the lead coder's codes.

    Parameters
    ----------
    people : pandas.DataFrame
        From :func:`participants`.
    truth : mapping
        ``themes`` (theme -> ``code, wording`` and, for each role, the number of participants who raise it)
        and ``passages`` (of each transcript, half of them questions).
    """
    held: dict[str, list[tuple[str, str]]] = {name: [] for name in people["participant"]}
    stayed = people[people["withdrawn"] == "no"]
    for spec in truth["themes"].values():
        for role in sorted(truth["roles"]):
            names = list(stayed.loc[stayed["role"] == role, "participant"])
            for index in sorted(rng.choice(len(names), size=spec.get(role, 0), replace=False)):
                held[names[index]].append((spec["wording"], spec["code"]))
    for name in people.loc[people["withdrawn"] == "yes", "participant"]:
        held[name] = [(spec["wording"], spec["code"]) for spec in truth["themes"].values() if spec.get("patient")]
    found, number = {}, 0
    everything = len(people) * (truth["passages"] // 2)
    labels = [int(place) + 1 for place in rng.spawn(1)[0].permutation(everything)]  # say nothing of whose passage it is
    gone = set(people.loc[people["withdrawn"] == "yes", "participant"])
    answers = truth["passages"] // 2
    redacted = set(stayed["participant"].head(truth["redactions"]))
    for name in people["participant"]:
        parts = held[name] + [(FILLER, "")] * (answers - len(held[name]))
        passages = []
        for turn, index in enumerate(rng.permutation(len(parts)), 1):
            number += 1
            wording, code = parts[index]
            shown = labels[number - 1] + WITHDRAWN_FROM if name in gone else labels[number - 1]
            if not code and name in redacted and not any(REDACTED in passage.text for passage in passages):
                wording = REDACTED
            passages.append(Passage(QUESTION.format(number=turn), speaker=INTERVIEWER))
            passages.append(Passage(ANSWER.format(number=shown, wording=wording), code, PARTICIPANT))
        found[name] = passages
    return found


def sessions(people: pd.DataFrame, by_person: Mapping[str, list[Passage]]) -> dict[str, list[Passage]]:
    """Return the passages by session: the members of the focus group speak in turn, each with a label and the time."""
    found: dict[str, list[Passage]] = {}
    for session, members in people.groupby(people["session"].where(people["session"] != "", people["participant"])):
        if len(members) == 1:
            found[session] = by_person[members["participant"].iloc[0]]
            continue
        lines, second = [], 0
        for turn in range(len(by_person[members["participant"].iloc[0]]) // 2):
            for row in members.itertuples():
                question, answer = by_person[row.participant][2 * turn : 2 * turn + 2]
                if row.withdrawn == "no":
                    lines.append(replace(question, speaker=MODERATOR))
                label = SPEAKER.format(minute=second // 60, second=second % 60, label=row.speaker)
                lines.append(replace(answer, speaker=label))
                second += 7
        found[session] = lines
    return found


def projects(people: pd.DataFrame, truth: Mapping[str, Any], rng: np.random.Generator) -> list[Project]:
    """Return the lead coder's and the second coder's project.

    The second coder's omissions and additions all lie in passages of participants who did not withdraw. Whoever raises
    both themes of ``together`` does so in one passage, on which both coders agree.
    """
    lead = transcripts(people, truth, rng)
    stayed = set(people.loc[people["withdrawn"] == "no", "participant"])
    codes = [spec["code"] for spec in truth["themes"].values()]
    raised = [spec["code"] for spec in truth["themes"].values() if any(spec.get(role) for role in truth["roles"])]
    kept = {name: passages for name, passages in lead.items() if name in stayed}
    second = second_coder(kept, raised, truth["second_coder"]["omitted"], truth["second_coder"]["added"], rng)
    second |= {name: passages for name, passages in lead.items() if name not in stayed}
    first_code, second_code = (truth["themes"][theme]["code"] for theme in truth["together"])
    joint = [
        passage.text
        for name, passages in lead.items()
        if {first_code, second_code} <= {passage.code for passage in passages}
        for passage in passages
        if passage.code == first_code
    ]
    both = [
        as_project(sessions(people, held), coder, codes, title)
        for held, coder, title in (
            (lead, "Coder 1", "Interviews, first coder"),
            (second, "Coder 2", "Interviews, second coder"),
        )
    ]
    return [_also_coded(content, joint, second_code) for content in both]


def _also_coded(content: Project, texts: list[str], code: str) -> Project:
    """Return the project with a further code on some passages, whether or not they carry one already."""
    rows = []
    for source, whole in content.sources[["source", "text"]].itertuples(index=False):
        for text in texts:
            if (start := whole.find(text)) >= 0:
                rows.append({"source": source, "code": code, "start": start, "end": start + len(text), "text": text})
    further = pd.DataFrame(rows).assign(coder=content.users["user"].iloc[0], repaired="none", memo="", created="")
    further = further.astype({"start": "Int64", "end": "Int64"})
    segments = pd.concat([content.segments, further], ignore_index=True)
    for column in segments.columns.difference(further.columns):
        segments[column] = segments[column].where(segments[column].notna(), content.segments[column].iloc[0])
    return replace(content, segments=segments, codings=len(segments))


def speaker_of(people: pd.DataFrame, lead: Project) -> dict[str, str]:
    """Return passage -> participant, from the labels in the transcripts."""
    label = people.assign(name=people["session"].where(people["session"] != "", people["participant"]))
    by_label = {(row.name, row.speaker): row.participant for row in label.itertuples(index=False)}
    found = {}
    for source, whole in lead.sources[["source", "text"]].itertuples(index=False):
        for line in whole.split("\n"):
            before, _, text = line.rpartition(": Placeholder passage ")
            who = before.rpartition("] ")[2]
            found["Placeholder passage " + text] = by_label.get((source, who)) or source
    return found


def translations(people: pd.DataFrame, lead: Project) -> pd.DataFrame:
    """Return the translations of all coded passages of people who spoke through an interpreter."""
    who = speaker_of(people, lead)
    facts = people.set_index("participant")
    checks = ("agreed", "revised", "none")
    rows = []
    texts = lead.segments.drop_duplicates("text")
    for source, text in texts[["source", "text"]].itertuples(index=False):
        speaker = facts.loc[who[text]]
        if speaker["interpreter"] == "yes":
            number = len(rows) + 1
            original = ORIGINAL.format(number=number, language=speaker["language"])
            rows.append([source, original, text, speaker["language"], "Translator 1", checks[number % len(checks)]])
    columns = ["source", "original", "translation", "language", "translator", "back_check"]
    return pd.DataFrame(rows, columns=columns)


def redactions(lead: Project) -> pd.DataFrame:
    """Return the log of what was taken out of the transcripts."""
    rows = []
    for source, whole in lead.sources[["source", "text"]].itertuples(index=False):
        for number, line in enumerate(whole.split("\n"), 1):
            if "[name]" in line:
                rows.append([source, "name", f"line {number}", "Team member 1", "[name]"])
    return pd.DataFrame(rows, columns=["source", "kind", "where", "by", "replaced_by"])


def summaries(people: pd.DataFrame, lead: Project, truth: Mapping[str, Any]) -> pd.DataFrame:
    """Return hand-written summaries: of some cells, one of them stale, of whole roles, and of somebody who withdrew."""
    who = speaker_of(people, lead)
    theme_of = {spec["code"]: theme for theme, spec in truth["themes"].items()}
    held: dict[tuple[str, str], list[str]] = {}
    roles = people.set_index("participant")["role"]
    gone = set(people.loc[people["withdrawn"] == "yes", "participant"])
    for code, text in lead.segments[["code", "text"]].itertuples(index=False):
        theme = theme_of[code]
        held.setdefault((who[text], theme), []).append(text)
        if who[text] not in gone:
            held.setdefault((roles[who[text]], theme), []).append(text)
    wanted = truth["summaries"]
    own = sorted(cell for cell in held if cell[0] in set(roles.index) - gone)[: wanted["cells"]]
    of_roles = [(role, wanted["theme"]) for role in sorted(truth["roles"]) if (role, wanted["theme"]) in held]
    rows = [
        [case, theme, SUMMARY.format(number=number), mark(held[case, theme])]
        for number, (case, theme) in enumerate([*own, *of_roles], 1)
    ]
    rows[0][3] = mark(["words that were coded before"])  # stale
    theirs = sorted(cell for cell in held if cell[0] in gone)[0]
    rows.append([*theirs, SUMMARY.format(number=WITHDRAWN_FROM + 1), mark(held[theirs])])
    return pd.DataFrame(rows, columns=["case", "theme", "summary", "based_on"])
