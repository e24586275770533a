"""Synthetic policy documents: neutral placeholder passages, two coders, planted themes and grades.

Every passage is invented and says that it is a placeholder. The register and the codebook are authored files
of the demonstration; the documents' names and the paths of codes in the planted truth are those of these
files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from genequity.coding.project import Project
from genequity.coding.synthetic import Passage, as_project, second_coder

FILLER = (
    "the document describes the timetable of genomic testing",
    "the document lists the laboratories that take part",
    "the document sets out how orders for tests are sent",
    "the document explains how results are returned",
    "the document gives contact points for questions",
    "the document names the conditions that are covered",
)


def documents(truth: Mapping[str, Any], rng: np.random.Generator) -> dict[str, list[Passage]]:
    """Return each document's passages with the lead coder's codes.

    Parameters
    ----------
    truth : mapping
        ``documents`` (their number), ``passages`` (of each), ``themes`` (theme -> ``code, documents,
        wording``) and ``grades`` (grade -> ``code, documents, wording``; ``none`` needs only its number).
    rng : numpy.random.Generator
        Decides which document raises what.
    """
    names = [f"D{number:02d}" for number in range(1, truth["documents"] + 1)]
    held: dict[str, list[tuple[str, str]]] = {name: [] for name in names}
    shuffled = list(rng.permutation(names))
    for grade, spec in truth["grades"].items():
        for name in [shuffled.pop() for _ in range(spec["documents"])]:
            if grade != "none":
                held[name].append((spec["wording"], spec["code"]))
    room = truth["passages"] - 2
    for spec in truth["themes"].values():
        open_names = sorted(names, key=lambda name: len(held[name]))
        open_names = [name for name in open_names if len(held[name]) < room]
        for index in sorted(rng.choice(len(open_names), size=spec["documents"], replace=False)):
            held[open_names[index]].append((spec["wording"], spec["code"]))
    found, number = {}, 0
    for name in names:
        blank = truth["passages"] - len(held[name])
        parts = held[name] + [(FILLER[int(rng.integers(len(FILLER)))], "") for _ in range(blank)]
        passages = []
        for index in rng.permutation(len(parts)):
            number += 1
            wording, code = parts[index]
            passages.append(Passage(f"Placeholder passage {number}: {wording}.", code))
        found[name] = passages
    return found


def commitments(lead: Project, truth: Mapping[str, Any]) -> pd.DataFrame:
    """Return what a reader found in each commitment of the lead coder; each element is named as often as planted.

    Parameters
    ----------
    lead : Project
        From :func:`projects`.
    truth : mapping
        ``grades`` and ``commitments`` (``named``: element -> how many commitments name it).
    """
    said = {
        "owner": "the publisher",
        "action": "an action is promised",
        "target_group": "ethnic minority groups",
        "metric": "an indicator",
        "due": "2027-12",
        "money": "a placeholder sum",
    }
    codes = [truth["grades"][grade]["code"] for grade in ("measured commitment", "commitment")]
    found = lead.segments[lead.segments["code"].isin(codes)]
    found = found.assign(rank=found["code"].map(codes.index)).sort_values(["rank", "source", "start"])
    table = pd.DataFrame({"document": found["source"], "words": found["text"]}).reset_index(drop=True)
    for element, words in said.items():
        table[element] = [words if place < truth["commitments"]["named"][element] else "" for place in table.index]
    return table.assign(force="intention", delivered="not known")


def projects(truth: Mapping[str, Any], rng: np.random.Generator) -> list[Project]:
    """Return the lead coder's and the second coder's project."""
    lead = documents(truth, rng)
    themes = [spec["code"] for spec in truth["themes"].values()]
    raised = [spec["code"] for spec in truth["themes"].values() if spec["documents"]]
    grades = [spec["code"] for spec in truth["grades"].values() if spec.get("code")]
    second = second_coder(lead, raised, truth["second_coder"]["omitted"], truth["second_coder"]["added"], rng)
    return [
        as_project(lead, "Coder 1", [*grades, *themes], "Policy documents, first coder"),
        as_project(second, "Coder 2", [*grades, *themes], "Policy documents, second coder"),
    ]
