"""How far each document goes on ethnicity, and what it commits to; both follow from coded segments."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from genequity.errors import Problem, nearest

GRADES = ("none", "mentioned", "described", "commitment", "measured commitment")
COMMITMENTS = ("commitment", "measured commitment")
ALL_PUBLISHERS = "All publishers"
GRADE_COLUMNS = ["document", "publisher", "year", "grade", "segment", "page", "start", "end", "excerpt"]
GRADE_COLUMNS += ["term_hits", "shown_by"]
COMMITMENT_COLUMNS = ["document", "segment", "publisher", "year", "page", "measured", "excerpt"]


def code_problems(grades: Mapping[str, str], codebook: pd.DataFrame, file: str) -> list[Problem]:
    """List the grades of the config whose code is not in the codebook."""
    known = list(codebook["path"])
    return [
        Problem(
            file,
            f"the code '{code}' of the grade '{grade}' is not in the codebook.{nearest(code, known)}",
            expected="the path of a code, as in 'Parent > Code'",
            do="correct policy.grades in the config",
        )
        for grade, code in grades.items()
        if code not in known
    ]


def squeezed(text: str, length: int) -> str:
    """Return the first words of a passage, cut at a word with an ellipsis."""
    words = " ".join(text.split())
    return words if len(words) <= length else words[: length - 1].rsplit(" ", 1)[0] + "…"


def by_document(
    table: pd.DataFrame, segments: pd.DataFrame, grades: Mapping[str, str], hits: pd.Series, length: int
) -> pd.DataFrame:
    """Grade every included and coded document: the highest grade that any of its segments has.

    Parameters
    ----------
    table : pandas.DataFrame
        Documents, with ``source, coded``.
    segments : pandas.DataFrame
        The segments that stand.
    grades : mapping
        Grade -> code path, without ``none``.
    hits : pandas.Series
        Document -> occurrences of ethnicity words, the search log behind a grade of none.
    length : int
        Characters of the excerpt at most.

    Returns
    -------
    pandas.DataFrame
        :data:`GRADE_COLUMNS`; segment, positions and excerpt are blank for none.
    """
    rank = {code: GRADES.index(grade) for grade, code in grades.items()}
    graded = segments[segments["code"].isin(rank)]
    graded = graded.assign(rank=graded["code"].map(rank)).sort_values(["rank", "start"], ascending=[False, True])
    best = {row["source"]: row for row in graded.drop_duplicates("source").to_dict("records")}
    rows = []
    for entry in table[(table["status"] == "included") & table["coded"]].to_dict("records"):
        found = best.get(entry["source"])
        row = {name: entry[name] for name in ("document", "publisher", "year")}
        row |= {"grade": GRADES[found["rank"]] if found else "none", "term_hits": hits.get(entry["document"])}
        row["shown_by"] = "search log" if found is None else "passage"
        if found:
            row |= {name: found.get(name) for name in ("segment", "page", "start", "end")}
            row["excerpt"] = squeezed(found["text"], length)
        rows.append(row)
    whole = ("page", "start", "end", "term_hits")
    return pd.DataFrame(rows, columns=GRADE_COLUMNS).astype(dict.fromkeys(whole, "Int64"))


def unsearched(graded: pd.DataFrame, file: str) -> list[Problem]:
    """List documents that no coder graded and whose text nobody supplied: that they say nothing cannot be shown.

    Parameters
    ----------
    graded : pandas.DataFrame
        From :func:`by_document`.
    file : str
        The register.
    """
    silent = graded[(graded["grade"] == "none") & graded["term_hits"].isna()]
    do = "supply its text under policy.inputs.texts, so that the words for ethnicity can be looked for"
    message = "the document would be graded none, but it has no text to search"
    return [Problem(file, message, where=f"document {name}", do=do) for name in silent["document"]]


def texts(
    segments: pd.DataFrame, grades: Mapping[str, str], files: Mapping[int, str]
) -> list[tuple[str, str, int, str]]:
    """Return the passages behind excerpts as the identifier gate reads them: file, document, offset, words."""
    found = segments[segments["code"].isin(list(grades.values()))]
    starts = found["start"].fillna(0).astype(int)
    return [
        (files[row["project"]], f"document {row['source']}", start, row["text"])
        for start, row in zip(starts, found.to_dict("records"), strict=True)
    ]


def by_publisher(graded: pd.DataFrame) -> pd.DataFrame:
    """Count documents by publisher and grade, every grade shown, with all publishers together."""
    rows = []
    for publisher in [*sorted(graded["publisher"].unique()), ALL_PUBLISHERS]:
        part = graded if publisher == ALL_PUBLISHERS else graded[graded["publisher"] == publisher]
        for order, grade in enumerate(GRADES if len(part) else (), 1):
            count = int((part["grade"] == grade).sum())
            further = int(part["grade"].isin(GRADES[order - 1 :]).sum())
            rows.append([publisher, order, grade, count, further, len(part), count / len(part)])
    return pd.DataFrame(rows, columns=["publisher", "rank", "grade", "documents", "at_least", "of", "share"])


def commitments(table: pd.DataFrame, segments: pd.DataFrame, grades: Mapping[str, str], length: int) -> pd.DataFrame:
    """List every coded commitment, with whether the document says how it is measured."""
    codes = {grades[grade]: grade for grade in COMMITMENTS if grade in grades}
    found = segments[segments["code"].isin(codes)]
    found = found.merge(table[["source", "document", "publisher", "year"]], on="source")
    return found.assign(
        measured=found["code"].map(codes).eq("measured commitment"),
        excerpt=[squeezed(text, length) for text in found["text"]],
    )[COMMITMENT_COLUMNS]
