"""GRAMMS: good reporting of a mixed methods study, six items, filled from the run and by the authors.

Source: O'Cathain A, Murphy E, Nicholl J. The quality of mixed methods studies in health services research. J Health
Serv Res Policy 2008;13:92-98. Topics are in our words. Version 2 was in preparation when this was written.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

from genequity import checklists
from genequity.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

STANDARD = "GRAMMS (2008)"
Item = functools.partial(checklists.Item, "GRAMMS")
ITEMS = (
    Item(1, "Why the question needs more than one method"),
    Item(2, "Design: purpose, priority and sequence of the methods", "{design}", "design", "sec-synthesis"),
    Item(3, "Each method: sampling, data collection and analysis", "{methods}", "methods"),
    Item(
        4,
        "Where, how and by whom the strands were integrated",
        "{integration}",
        "integration",
        "sec-synthesis-convergence",
    ),
    Item(5, "Limits of one method that follow from the presence of another"),
    Item(6, "What was learnt by combining the methods", "{insights}", "insights", "sec-synthesis-inferences"),
)


def filled(authors: Mapping[str, str] | None, facts: Mapping[str, str]) -> pd.DataFrame:
    """Return the six items: ``standard, item, topic, state, answer, place``.

    Parameters
    ----------
    authors : mapping or None
        Number -> what the authors report; it comes before what the run says.
    facts : mapping
        ``design, methods, integration, insights``; a blank one leaves its item to the authors.
    """
    import pandas as pd

    rows = [
        [STANDARD, item.number, item.topic, state, answer, place]
        for item, state, answer, place in checklists.answered(ITEMS, {"gramms": authors}, facts)
    ]
    return pd.DataFrame(rows, columns=["standard", "item", "topic", "state", "answer", "place"])


def problems(authors: Mapping[str, str] | None) -> list[Problem]:
    """List the answers to items that the checklist does not have."""
    return checklists.unknown(ITEMS, {"gramms": authors}, "synthesis.reporting")


def facts(supplied: list[str], names: Mapping[str, str], pairs: int, analysts: int, inferences: int) -> dict[str, str]:
    """Return what the run can say of each item.

    Parameters
    ----------
    supplied : list of str
        Strands of the study.
    names : mapping
        Strand -> its name.
    pairs, analysts, inferences : int
        Pairs of strands coded; people who coded pairs by hand; meta-inferences written.
    """
    several = len(supplied) > 1
    listed = ", ".join(names[strand].lower() for strand in supplied)
    first = (
        "The policy review sets the focus of the evidence synthesis; all other strands are"
        if ({"policy", "evidence"} <= set(supplied))
        else "All strands are"
    )
    by_hand = {0: "by a computed rule", 1: "by a computed rule and one analyst"}.get(
        analysts, f"by a computed rule and {analysts} analysts"
    )
    return {
        "design": f"Strands of the study: {listed}. {first} analysed apart and meet in the findings register."
        if several
        else "",
        "methods": "Each strand's chapter and the appendix on methods give its sampling, collection and analysis.",
        "integration": f"The strands were integrated after each was analysed: {pairs} pairs were coded {by_hand}."
        if several
        else "",
        "insights": f"Meta-inferences were written for {inferences} themes." if inferences else "",
    }
