"""Synthetic interviews: participants, neutral placeholder passages, two coders, planted themes and defects.

No speech is invented. A passage says that it is a placeholder and, in the third person, what it is about; it
has no dialect and nothing in it depends on the participant's ethnic group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from genequity.coding.project import Project
from genequity.coding.synthetic import Passage, as_project, second_coder

INTERVIEWER, PARTICIPANT = "Interviewer: ", "Participant: "
QUESTION = "Placeholder question {number}."
ANSWER = "Placeholder passage {number}: the participant {wording}."
FILLER = "speaks of other matters"
WITHDRAWN_FROM = 9000  # passages of withdrawn participants are numbered from here, so that a byte search finds them
OWN_WORDS = "Self-description {code}"


def participants(truth: Mapping[str, Any], rng: np.random.Generator) -> pd.DataFrame:
    """Return the participants table, with those who withdrew last.

    Parameters
    ----------
    truth : mapping
        ``roles`` (role -> number), ``groups`` (ethnic code -> number), ``regions``, ``specialties`` (of professionals,
        in turn), ``languages`` (language -> number), ``consent`` (scope -> number other than quotation),
        ``withdrawn`` (number).
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
    order = [
        "participant",
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
    for name in people["participant"]:
        parts = held[name] + [(FILLER, "")] * (answers - len(held[name]))
        passages = []
        for turn, index in enumerate(rng.permutation(len(parts)), 1):
            number += 1
            wording, code = parts[index]
            shown = labels[number - 1] + WITHDRAWN_FROM if name in gone else labels[number - 1]
            passages.append(Passage(QUESTION.format(number=turn), speaker=INTERVIEWER))
            passages.append(Passage(ANSWER.format(number=shown, wording=wording), code, PARTICIPANT))
        found[name] = passages
    return found


def projects(people: pd.DataFrame, truth: Mapping[str, Any], rng: np.random.Generator) -> list[Project]:
    """Return the lead coder's and the second coder's project.

    The second coder's omissions and additions all lie in transcripts of participants who did not withdraw.
    """
    lead = transcripts(people, truth, rng)
    stayed = set(people.loc[people["withdrawn"] == "no", "participant"])
    codes = [spec["code"] for spec in truth["themes"].values()]
    raised = [spec["code"] for spec in truth["themes"].values() if any(spec.get(role) for role in truth["roles"])]
    kept = {name: passages for name, passages in lead.items() if name in stayed}
    second = second_coder(kept, raised, truth["second_coder"]["omitted"], truth["second_coder"]["added"], rng)
    second |= {name: passages for name, passages in lead.items() if name not in stayed}
    return [
        as_project(lead, "Coder 1", codes, "Interviews, first coder"),
        as_project(second, "Coder 2", codes, "Interviews, second coder"),
    ]
