"""ACCORD, the reporting checklist of consensus methods: what is reported, where it stands, and what is missing.

Items are named by number and topic, in our words; the EQUATOR Network keeps the checklist. Source: Gattrell WT et al.
ACcurate COnsensus Reporting Document. PLoS Med 2024;21:e1004326, 35 items. What the settings and the votes of a study
say is filled in; the rest is the authors' (``recommendations.accord``), and is called missing where they say nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from genequity import checklists
from genequity.errors import Problem
from genequity.recommendations import consensus, declaration, text

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("place", "item", "topic", "state", "answer", "section")
PANEL, LIST, DEPTH = "sec-recommendations-panel", "sec-recommendations-list", "sec-recommendations-depth"
MEMBERS, SIDES, SETTLED = f"{DEPTH}-panel", f"{DEPTH}-sides", f"{DEPTH}-settled"


Item = functools.partial(checklists.Item, "ACCORD")
ITEMS = (
    Item("T1", "The title says that it is a consensus exercise, and by which method"),
    Item("I1", "Why a consensus exercise was chosen"),
    Item("I2", "Aim, audience and geographical scope", "{scope}", "scope", LIST),
    Item("I3", "Whether an earlier consensus is updated"),
    Item("M1", "Registration of the protocol"),
    Item("M2", "Who directed the exercise, and their experience"),
    Item("M3", "Who could be a panellist, and why so many", "{breadth}", "breadth", MEMBERS),
    Item("M4", "How panellists were found and invited"),
    Item("M5", "The part of patients, carers and the public", "{lay}", "lay", SIDES),
    Item("M6", "Where the items came from", "{sources}", "sources", LIST),
    Item("M7", "Search of the literature", "The evidence review of this report gives it.", "evidence"),
    Item("M8", "Whether panellists were given the evidence"),
    Item("M9", "How panellists gave their views and consensus was sought", "{method}", "method", PANEL),
    Item("M10", "How items were put, and what could be answered", "{scale}", "scale", PANEL),
    Item("M11", "What each round was for"),
    Item("M12", "Definition of consensus, and why", "{rule}", "rule", PANEL),
    Item("M13", "Whether agreed items were rated again", "{again}", "again", SETTLED),
    Item("M14", "How answers were collected in each round, alone or in a group"),
    Item("M15", "How answers were processed", "{processed}", "processed", PANEL),
    Item("M16", "Piloting of the material"),
    Item("M17", "What panellists were told between rounds"),
    Item("M18", "Anonymity: where, towards whom, how", "{anonymity}", "anonymity", PANEL),
    Item("M19", "Whether those who directed took part in decisions"),
    Item("M20", "Payment and other incentives"),
    Item("M21", "What made it more accessible"),
    Item("R1", "When it began, and how long each round took", "{when}", "when", PANEL),
    Item("R2", "Departures from the protocol, and why", "{changes}", "changes", DEPTH),
    Item("R3", "Panellists and response in each round", "{response}", "response", MEMBERS),
    Item("R4", "The final outcome", "Ratings and decisions stand for each item.", "rule", PANEL),
    Item("R5", "Items that were changed or taken out", "{reworded}", "reworded", MEMBERS),
    Item("D1", "Strengths and limits of the exercise"),
    Item("D2", "Whether the result agrees with earlier work"),
    Item("O1", "Organisations that endorse it, and their part"),
    Item("O2", "Interests, and how they were dealt with", "{interests}", "interests", MEMBERS),
    Item("O3", "Funding and the funder's part"),
)


def filled(authors: Mapping[str, str] | None, facts: Mapping[str, str]) -> pd.DataFrame:
    """Return the checklist for a study.

    Parameters
    ----------
    authors : mapping or None
        Item number -> what the authors report. It comes before what the run says.
    facts : mapping
        What the settings and the votes say; a fact that is absent leaves its items to the authors.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, one row an item; ``section`` is where the item is reported.
    """
    import pandas as pd

    answers = checklists.answered(ITEMS, {"accord": authors}, facts)
    rows = [
        (place, item.number, item.topic, state, answer, section)
        for place, (item, state, answer, section) in enumerate(answers, start=1)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def problems(authors: Mapping[str, str] | None) -> list[Problem]:
    """List the answers to items that the checklist does not have."""
    return checklists.unknown(ITEMS, {"accord": authors}, "recommendations.accord")


def facts(found: Mapping[str, pd.DataFrame], register: pd.DataFrame, told: Mapping[str, Any]) -> dict[str, str]:
    """Return what a build can say of its own panel.

    Counts of people are left to the tables, which pass the release step; the sentences name them.

    Parameters
    ----------
    found : mapping
        Tables of the panel by name (:func:`genequity.recommendations.analysis.of_panel`).
    register : pandas.DataFrame
        The register of recommendations.
    told : mapping
        ``rule`` (as declared, in words), ``declared``, ``first_vote`` (days); ``evidence`` and ``commented``: whether
        the study has an evidence review, and whether panellists wrote comments.
    """
    rounds, panel = found["rounds"], found["panel"]
    n = len(rounds)
    lay = found["breadth"].set_index("criterion").loc["lay", "n"]
    again = panel[(panel["decision"] == consensus.AGREED) & ~panel["final"].astype(bool)]
    unable = " Panellists could say that they were unable to rate." if rounds["unable"].sum() else ""
    given = " Comments were invited." if told["commented"] else ""
    since = declaration.history(found["rule_changes"])
    held = f"It was declared on {declaration.spoken(told['declared'])}, before the first vote."
    reasons = " A table gives the reasons." if since else ""
    began = declaration.spoken(told["first_vote"])
    return {
        "scope": f"{len(register)} recommendations, each to one of {register['organisation'].nunique()} organisations.",
        "breadth": "A table sets the panel beside the breadth that the study had asked for.",
        "lay": "Lay members rated; their ratings stand beside those of professionals." if lay else "",
        "sources": f"Each recommendation cites findings of this study. {_co_designed(register)}".strip(),
        "evidence": "yes" if told["evidence"] else "",
        "method": f"Ratings in {n} rounds." if n > 1 else "Ratings in one round.",
        "scale": f"Each item was a sentence, rated from 1 to 9.{unable}{given}",
        "rule": " ".join([told["rule"], held, *since]),
        "again": f"Items rated again after agreement: {again['item'].nunique()}." if n > 1 else "",
        "processed": "Medians, interquartile ranges, shares and agreement were computed for each item and round.",
        "anonymity": "In this report no rating stands beside a panellist; small groups are withheld.",
        "when": f"The first votes were cast on {began}. How long rounds took is not said.",
        "changes": f"Changes of the rule since the declaration: {len(since)}.{reasons}",
        "response": "A table gives members, ratings and those who left, for each round.",
        "reworded": f"{text.reworded(panel)} All wordings are in the released table of the panel.",
        "interests": "Declared interests are counted in the table of breadth.",
    }


def _co_designed(register: pd.DataFrame) -> str:
    """Return how many recommendations name entries of the log of co-design; blank where none does."""
    named, of = int((register["n_co_design"] > 0).sum()), len(register)
    return (
        f"{'Each' if named == of else f'{named} of {of}'} also names the co-design entries behind it." if named else ""
    )
