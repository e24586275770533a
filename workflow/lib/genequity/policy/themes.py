"""Which themes which publishers write about, and what this means for the focus of the evidence review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from genequity.policy.grades import ALL_PUBLISHERS, squeezed

PRIORITIES = ("high", "medium", "low", "not raised")
MATRIX_COLUMNS = ["theme", "publisher", "documents", "of", "share", "segments"]
EXCERPT_COLUMNS = ["theme", "document", "publisher", "year", "segment", "page", "excerpt"]
FOCUS_COLUMNS = ["theme", "label", "priority", "documents", "of", "share", "segments"]


def matrix(table: pd.DataFrame, segments: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Count, for each theme and publisher, coded documents that raise the theme, and segments.

    Parameters
    ----------
    table : pandas.DataFrame
        Documents, with ``source, publisher, coded, status``.
    segments : pandas.DataFrame
        The segments that stand, with ``theme``.
    order : sequence of str
        Themes to show; those that nobody raises stay, with 0.
    """
    coded = table[(table["status"] == "included") & table["coded"]]
    held = segments.merge(coded[["source", "publisher"]], on="source")
    publishers = [*sorted(coded["publisher"].unique()), ALL_PUBLISHERS] if len(coded) else []
    rows = []
    for theme in order:
        of_theme = held[held["theme"] == theme]
        for publisher in publishers:
            every = publisher == ALL_PUBLISHERS
            part = of_theme if every else of_theme[of_theme["publisher"] == publisher]
            of = len(coded) if every else int((coded["publisher"] == publisher).sum())
            documents = part["source"].nunique()
            rows.append([theme, publisher, documents, of, documents / of, len(part)])
    return pd.DataFrame(rows, columns=MATRIX_COLUMNS)


def excerpts(table: pd.DataFrame, segments: pd.DataFrame, order: Sequence[str], length: int) -> pd.DataFrame:
    """Return the first passage of each document that raises a theme, so that a count of documents can be read.

    Parameters
    ----------
    table : pandas.DataFrame
        Documents, with ``source, document, publisher, year, coded, status``.
    segments : pandas.DataFrame
        The segments that stand, with ``theme, start, text, page``.
    order : sequence of str
        Themes to show.
    length : int
        Characters of the excerpt at most.

    Returns
    -------
    pandas.DataFrame
        Table ``policy/excerpts``.
    """
    coded = table[(table["status"] == "included") & table["coded"]]
    held = segments[segments["theme"].isin(list(order))].merge(
        coded[["source", "document", "publisher", "year"]], on="source"
    )
    first = held.sort_values(["theme", "document", "start"], kind="stable").drop_duplicates(["theme", "document"])
    pages = first["page"].astype("Int64") if "page" in first else None
    first = first.assign(excerpt=[squeezed(text, length) for text in first["text"]], page=pages)
    return first[EXCERPT_COLUMNS].reset_index(drop=True)


def review_focus(by_publisher: pd.DataFrame, thresholds: Mapping[str, float]) -> pd.DataFrame:
    """Give each theme a priority for the evidence review, by the share of coded documents that raise it.

    The rule: ``high`` from ``thresholds["high"]`` of the documents, ``medium`` from ``thresholds["medium"]``,
    ``low`` below that, ``not raised`` where no document raises it. A theme that is not raised is kept, since
    policy's silence is no reason to leave it out of the review.
    """
    whole = by_publisher[by_publisher["publisher"] == ALL_PUBLISHERS]
    steps = [("high", thresholds["high"]), ("medium", thresholds["medium"])]
    priority = [
        "not raised" if share == 0 else next((name for name, least in steps if share >= least), "low")
        for share in whole["share"]
    ]
    return whole.assign(priority=priority)[FOCUS_COLUMNS].reset_index(drop=True)
