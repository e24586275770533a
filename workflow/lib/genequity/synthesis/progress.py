"""PROGRESS-Plus by strand: along which lines of inequity each strand looked, and where all are silent.

Source: O'Neill J and others. Applying an equity lens to interventions: using PROGRESS ensures consideration of socially
stratifying factors to illuminate inequities in health. J Clin Epidemiol 2014;67:56-64. What a strand reports is read
from its released tables; nothing is declared by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from genequity.synthesis.register import STRANDS

if TYPE_CHECKING:
    import pandas as pd

# Item -> words by which a characteristic's own name is known to belong to it.
ITEMS = {
    "Place of residence": r"\bregion|\bplace\b|residence|rural|urban|postcode|country|\barea",
    "Race, ethnicity, culture and language": r"ethnic|\brace\b|language|cultur|interpreter|ancestry|heritage|migra",
    "Occupation": r"occupation|employ|job|profession",
    "Gender and sex": r"gender|\bsex\b",
    "Religion": r"religio|faith",
    "Education": r"educat|qualification|school",
    "Socioeconomic status": r"depriv|\bimd\b|income|socioeconomic|social class|tenure",
    "Social capital": r"social capital|household|marital|family|network|caring",
    "Plus: personal characteristics": r"\bage\b|disab|sexual orientation|pregnan|health condition",
    "Plus: features of relationships": r"living with|dependant|parental|smoking parent",
    "Plus: time-dependent relationships": r"hospital stay|leaving care|respite|recently arrived",
}
STATES = {
    "reported": "the strand reports results or people by it",
    "silent": "no released table of the strand reports by it",
    "nobody looked": "no code or field for it was declared",
    "not supplied": "the strand is not part of this study",
}


def item_of(name: str) -> str:
    """Return the item to which a characteristic belongs by its own name, or a blank."""
    words = re.sub(r"[_\W]+", " ", name.lower())
    return next((item for item, pattern in ITEMS.items() if re.search(pattern, words)), "")


def matrix(tables: Mapping[str, pd.DataFrame], supplied: Iterable[str]) -> pd.DataFrame:
    """Cross the items of PROGRESS-Plus with the strands.

    Parameters
    ----------
    tables : mapping
        Released tables as text, by name such as ``survey/margins``.
    supplied : iterable of str
        Strands of the study.

    Returns
    -------
    pandas.DataFrame
        One row an item and strand: ``item, position, strand, state, by``; ``by`` names the characteristics.
    """
    import pandas as pd

    supplied, rows = set(supplied), []
    policy = _policy(tables)
    for strand in STRANDS:
        names = sorted({_in_words(name) for name in _characteristics(strand, tables)}, key=str.casefold)
        for position, item in enumerate(ITEMS, start=1):
            mine = [name for name in names if item_of(name) == item]
            state = "reported" if mine else "silent"
            if strand == "policy":
                state, mine = policy.get(item, ("nobody looked", []))
            if strand not in supplied:
                state, mine = "not supplied", []
            rows.append([item, position, strand, state, "; ".join(mine) or None])
    return pd.DataFrame(rows, columns=["item", "position", "strand", "state", "by"])


def unanswered(found: pd.DataFrame) -> list[str]:
    """Return the items by which no supplied strand reports."""
    reported = set(found.loc[found["state"] == "reported", "item"])
    return [item for item in ITEMS if item not in reported]


def _policy(tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[str, list[str]]]:
    frames = tables.get("policy/frames")
    if frames is None:
        return {}
    mine = frames[frames["frame"] == "PROGRESS-Plus"]
    states = {"raised": "reported", "silent": "silent"}
    return {
        row["category"]: (
            states.get(row["state"], "nobody looked"),
            [f"{row['documents']} of {row['of']} documents"] if row["state"] == "raised" and row["documents"] else [],
        )
        for row in mine.to_dict("records")
    }


def _characteristics(strand: str, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the names by which a strand reports, as its released tables have them."""

    def column(table: str, name: str) -> list[str]:
        frame = tables.get(f"{strand}/{table}")
        return [] if frame is None or name not in frame else [value for value in frame[name].unique() if value]

    if strand == "interviews":
        return column("participants", "characteristic")
    if strand == "survey":
        return [*column("margins", "variable"), *column("model", "variable"), *_grouped("respondents", column)]
    if strand == "service":
        covariates = [word for text in column("adjusted", "covariates") for word in re.split(r"[;,]\s*", text)]
        regions = column("rates", "region") or column("adjusted", "region")
        return [*covariates, *_grouped("pathway", column), *(["region"] if len(regions) > 1 else [])]
    if strand == "evidence":
        found = [*_grouped("effects", column), *_grouped("representation", column)]
        return [*found, *(["country"] if column("studies", "country") else [])]
    return []


def _in_words(name: str) -> str:
    """Return a characteristic's name for print: ``age band`` for ``age_band``; ``group`` is the ethnic group."""
    return "ethnic group" if name == "group" else name.replace("_", " ")


def _grouped(table: str, column) -> list[str]:
    return ["ethnic group"] if column(table, "group") else []
