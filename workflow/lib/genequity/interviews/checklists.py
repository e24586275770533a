"""Reporting checklists of qualitative research: what is reported, where it stands, and what is missing.

Items are named by number and topic, in our words. Sources: COREQ (Tong, Sainsbury and Craig, 2007, International
Journal for Quality in Health Care 19(6):349-357), 32 items; SRQR (O'Brien and others, 2014, Academic Medicine
89(9):1245-1251), 21 items. What the settings and the data of a study say is filled in; the rest is the authors'
(``reporting``).
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from genequity import checklists
from genequity.checklists import Item
from genequity.errors import Problem, raise_if

COREQ, SRQR = "COREQ", "SRQR"
COLUMNS = ["standard", "item", "topic", "state", "answer", "place"]
PEOPLE, THEMES, QUOTES = "sec-interviews-people", "sec-interviews-themes", "sec-interviews-quotes"
CODEBOOK, AGREEMENT, LIMITS = "sec-interviews-codebook", "sec-interviews-agreement", "sec-interviews-limits"
SATURATION, SAMPLING, READING = "sec-interviews-saturation", "sec-interviews-sampling", "sec-interviews-reading"
PLANNED = "Planned and achieved numbers stand side by side."
COMPARED = "Coders are compared on every {unit}."
FEW = "Themes that few or nobody raised are named."
ITEMS = (
    Item(COREQ, 1, "Who interviewed or led the groups"),
    Item(COREQ, 2, "Their qualifications"),
    Item(COREQ, 3, "Their occupation at the time"),
    Item(COREQ, 4, "Their gender"),
    Item(COREQ, 5, "Their experience and training"),
    Item(COREQ, 6, "Whether they knew participants before"),
    Item(COREQ, 7, "What participants knew of them"),
    Item(COREQ, 8, "Their assumptions and interests"),
    Item(COREQ, 9, "Methodological orientation", "The analysis follows {method}.", "method", THEMES),
    Item(COREQ, 10, "How participants were chosen", PLANNED, "frame", SAMPLING),
    Item(COREQ, 11, "How participants were approached"),
    Item(COREQ, 12, "Number of participants", "The flow of participants gives their number.", "people", PEOPLE),
    Item(COREQ, 13, "Who declined or dropped out, and why"),
    Item(COREQ, 14, "Where data were collected"),
    Item(COREQ, 15, "Whether others were present", "Interpreters present are counted.", "people", PEOPLE),
    Item(COREQ, 16, "Characteristics of participants", "A table gives their characteristics.", "people", PEOPLE),
    Item(COREQ, 17, "Questions and guides, and whether piloted"),
    Item(COREQ, 18, "Repeated interviews"),
    Item(COREQ, 19, "Audio or video recording"),
    Item(COREQ, 20, "Field notes"),
    Item(COREQ, 21, "Length of interviews and groups"),
    Item(COREQ, 22, "Saturation", "Saturation was assessed by a stated rule.", "saturation", SATURATION),
    Item(COREQ, 23, "Transcripts returned to participants"),
    Item(COREQ, 24, "Number of coders", COMPARED, "agreement", AGREEMENT),
    Item(COREQ, 25, "Description of the coding tree", "The codebook is printed.", "method", CODEBOOK),
    Item(COREQ, 26, "Where themes came from", "The codebook says which codes were set in advance.", "method", CODEBOOK),
    Item(COREQ, 27, "Software", "The programs are read from the coded files.", "method", READING),
    Item(COREQ, 28, "Whether participants gave feedback on findings"),
    Item(COREQ, 29, "Quotations, and who said them", "Quotations stand with their attribution.", "people", QUOTES),
    Item(COREQ, 30, "Findings fit the data shown", "Each theme has its count and its quotations.", "people", THEMES),
    Item(COREQ, 31, "Major themes are clear", "Themes that many raised stand first.", "method", THEMES),
    Item(COREQ, 32, "Minor themes and different cases", FEW, "method", THEMES),
    Item(SRQR, 1, "Title says what kind of study it is"),
    Item(SRQR, 2, "Summary of the study", "The executive summary gives it.", "method"),
    Item(SRQR, 3, "The problem and what is known of it"),
    Item(SRQR, 4, "The question", "The introduction states it.", "method", "sec-introduction-questions"),
    Item(SRQR, 5, "Approach and paradigm", "The analysis follows {method}.", "method", THEMES),
    Item(SRQR, 6, "Researchers and their reflexivity"),
    Item(SRQR, 7, "Context and setting of the study"),
    Item(SRQR, 8, "How participants were chosen", PLANNED, "frame", SAMPLING),
    Item(SRQR, 9, "Ethical approval and consent"),
    Item(SRQR, 10, "How data were collected", "The data come from {settings}.", "settings", PEOPLE),
    Item(SRQR, 11, "Guides, recorders and other instruments"),
    Item(SRQR, 12, "Number and kind of participants", "A table gives their characteristics.", "people", PEOPLE),
    Item(SRQR, 13, "How data were prepared", "What was read and what was lost is counted.", "method", READING),
    Item(SRQR, 14, "How data were analysed", "The analysis follows {method}.", "method", THEMES),
    Item(SRQR, 15, "What makes the analysis trustworthy", COMPARED, "agreement", AGREEMENT),
    Item(SRQR, 16, "Findings and what they mean", "Themes are set out by who raised them.", "method", THEMES),
    Item(SRQR, 17, "Links to the data", "Quotations and counts stand beside the findings.", "people", QUOTES),
    Item(SRQR, 18, "What the findings add to what is known"),
    Item(SRQR, 19, "Limits", "A section names them.", "method", LIMITS),
    Item(SRQR, 20, "Interests of the authors"),
    Item(SRQR, 21, "Funding and the funder's part"),
)


def filled(authors: Mapping[str, Mapping[str, str]] | None, facts: Mapping[str, str]) -> pd.DataFrame:
    """Return both checklists for a study.

    Parameters
    ----------
    authors : mapping or None
        ``coreq`` and ``srqr``: item number -> what the authors report. It comes before what the run says.
    facts : mapping
        What the settings and the data say; a blank fact leaves its items to the authors.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, one row an item; ``place`` is the section in which the item is reported.

    Raises
    ------
    InputError
        For a number that no item has; and, where ``strict`` is set, for every item that is not reported.
    """
    authors = dict(authors or {})
    strict = bool(authors.pop("strict", False))
    raise_if(problems(authors))
    rows = [
        [item.standard, item.number, item.topic, state, answer, place]
        for item, state, answer, place in checklists.answered(ITEMS, authors, facts)
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if strict:
        raise_if(checklists.unreported(table, "interviews.reporting"))
    return table


def problems(authors: Mapping[str, Mapping[str, str]]) -> list[Problem]:
    """List the answers to items that a checklist does not have."""
    return checklists.unknown(ITEMS, authors, "interviews.reporting.{}")
