"""Terminology census: how often documents use the words for ethnicity, race, ancestry and heritage, by year.

Rules: whole words only; capitals ignored unless a term says ``case: true``; a blank in a term matches blanks,
line breaks and hyphens; a word joined to another by a hyphen counts. Terms are counted independently of one
another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

JOINT = r"(?:[\s\u2010\u2011\u2013-]+)"
ALL_YEARS = "All years"
NO_YEAR = "No date"
COLUMNS = ["term", "year", "hits", "documents_with_term", "documents", "words", "per_10000_words"]


def pattern(term: Mapping) -> re.Pattern[str]:
    """Return the expression that finds a term: ``match`` holds its forms, ``case`` says whether capitals matter."""
    forms = sorted(term["match"], key=len, reverse=True)
    parts = [JOINT.join(re.escape(word) for word in re.split(r"[\s-]+", form)) for form in forms]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", 0 if term.get("case") else re.IGNORECASE)


def count(text: str, term: Mapping) -> int:
    """Count the occurrences of a term in a text."""
    return sum(1 for _ in pattern(term).finditer(text))


def by_document(table: pd.DataFrame, texts: Mapping[str, str], terms: Sequence[Mapping]) -> pd.DataFrame:
    """Count every term in every included document that has a text.

    Returns
    -------
    pandas.DataFrame
        ``document, year, words, term, hits``.
    """
    rows = []
    held = table[(table["status"] == "included") & table["text"]]
    for entry in held.to_dict("records"):
        text = texts[entry["source"]]
        year = NO_YEAR if pd.isna(entry["year"]) else str(entry["year"])
        for term in terms:
            rows.append([entry["document"], year, entry["words"], term["term"], count(text, term)])
    return pd.DataFrame(rows, columns=["document", "year", "words", "term", "hits"])


def by_year(counts: pd.DataFrame) -> pd.DataFrame:
    """Sum the census over documents of each year and over all years.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`; ``per_10000_words`` is occurrences per 10,000 words of that year's documents.
    """
    if counts.empty:
        return pd.DataFrame(columns=COLUMNS)
    everything = pd.concat([counts, counts.assign(year=ALL_YEARS)])
    grouped = everything.assign(any=(everything["hits"] > 0).astype(int)).groupby(["term", "year"], as_index=False)
    table = grouped.agg(
        hits=("hits", "sum"),
        documents_with_term=("any", "sum"),
        documents=("document", "count"),
        words=("words", "sum"),
    )
    return table.assign(per_10000_words=10_000 * table["hits"] / table["words"].astype(float))[COLUMNS]


def log(counts: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the search log behind a grade of none: each document, each ethnicity term, its occurrences.

    Returns
    -------
    pandas.DataFrame
        ``document, term, hits``.
    """
    return counts.loc[counts["term"].isin(list(names)), ["document", "term", "hits"]]


def hits_of(counts: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """Return, for each document, the occurrences of the named terms together."""
    return counts[counts["term"].isin(list(names))].groupby("document")["hits"].sum()
