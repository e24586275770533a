"""Documents in the frames of policy analysis: policy triangle, PROGRESS-Plus, and the four stages of READ.

A frame has fixed categories, so what documents do not speak of can be told from what nobody looked for: a category is
*raised*, *silent* (codes for it exist, no document has them) or *without code*.

Sources: Walt and Gilson 1994 (policy triangle), doi 10.1093/heapol/9.4.353; O'Neill and others 2014 (PROGRESS-Plus),
doi 10.1016/j.jclinepi.2013.08.005; Dalglish, Khalid and McMahon 2020 (READ), doi 10.1093/heapol/czaa064.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from genequity import authored, config
from genequity.errors import Problem, nearest, raise_if

CATEGORIES = config.ROOT / "config" / "standards" / "policy_frames.csv"
COLUMNS = ("code", "frame", "category")
STATES = ("raised", "silent", "without code")
MATRIX_COLUMNS = ["frame", "category", "order", "state", "codes", "documents", "of", "segments"]
DOCUMENT_COLUMNS = ["document", "frame", "category", "segments"]
READ_COLUMNS = ["step", "stage", "what", "number", "unit"]


def categories(file: str | Path = CATEGORIES) -> pd.DataFrame:
    """Return the frames' categories: ``frame, category, order, meaning, source``."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    return table.assign(order=table["order"].astype(int))


def read(file: str | Path, codes: list[str], codebook: str, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Read which codes stand for which categories; a code may stand for several.

    Parameters
    ----------
    file : str or Path
        Table with the columns :data:`COLUMNS`.
    codes : list of str
        Paths of the codebook's codes.
    codebook : str
        Its file, for messages.
    known : pandas.DataFrame, optional
        From :func:`categories`.

    Raises
    ------
    InputError
        With every frame, category and code that is not known.
    """
    table = authored.read(str(file), COLUMNS, filled=COLUMNS, unique=COLUMNS)
    known = categories() if known is None else known
    frames = list(dict.fromkeys(known["frame"]))
    problems = []
    for entry in table.to_dict("records"):
        row = f"row {entry[authored.ROW]}"
        if entry["frame"] not in frames:
            message = f"there is no frame '{entry['frame']}'.{nearest(entry['frame'], frames)}"
            problems.append(Problem(str(file), message, f"{row}, column frame", expected=f"one of {'; '.join(frames)}"))
            continue
        allowed = list(known.loc[known["frame"] == entry["frame"], "category"])
        if entry["category"] not in allowed:
            message = f"the frame has no category '{entry['category']}'.{nearest(entry['category'], allowed)}"
            expected = f"one of {'; '.join(allowed)}"
            problems.append(Problem(str(file), message, f"{row}, column category", expected=expected))
        if entry["code"] not in codes:
            message = f"the code '{entry['code']}' is not in the codebook.{nearest(entry['code'], codes)}"
            problems.append(Problem(str(file), message, f"{row}, column code", expected=f"a code of {codebook}"))
    raise_if(problems)
    return table[list(COLUMNS)]


def empty() -> pd.DataFrame:
    """Return the table of a study in which nobody set codes against frames."""
    return pd.DataFrame(columns=list(COLUMNS))


def by_document(table: pd.DataFrame, segments: pd.DataFrame, frames: pd.DataFrame) -> pd.DataFrame:
    """Count the segments of each coded document in each category; categories that a document does not have are absent.

    Parameters
    ----------
    table : pandas.DataFrame
        Documents, with ``document, source, coded, status``.
    segments : pandas.DataFrame
        The segments that stand, with ``segment, source, code``.
    frames : pandas.DataFrame
        From :func:`read`.

    Returns
    -------
    pandas.DataFrame
        :data:`DOCUMENT_COLUMNS`.
    """
    coded = table[(table["status"] == "included") & table["coded"]]
    held = segments.merge(coded[["source", "document"]], on="source").merge(frames, on="code")
    if held.empty:
        return pd.DataFrame(columns=DOCUMENT_COLUMNS)
    once = held.drop_duplicates(["document", "frame", "category", "segment"])
    return once.groupby(["document", "frame", "category"], as_index=False).agg(segments=("segment", "count"))


def matrix(counts: pd.DataFrame, frames: pd.DataFrame, coded: int, known: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return every category of every frame with its documents, and whether it is raised, silent or without code.

    Parameters
    ----------
    counts : pandas.DataFrame
        From :func:`by_document`.
    frames : pandas.DataFrame
        From :func:`read`; empty when nobody set codes against frames.
    coded : int
        Documents coded.
    known : pandas.DataFrame, optional
        From :func:`categories`.

    Returns
    -------
    pandas.DataFrame
        :data:`MATRIX_COLUMNS`; no rows without frames or coded documents.
    """
    if frames.empty or not coded:
        return pd.DataFrame(columns=MATRIX_COLUMNS)
    used = set(frames["frame"])
    rows = []
    for entry in (categories() if known is None else known).to_dict("records"):
        if entry["frame"] not in used:
            continue
        here = (frames["frame"] == entry["frame"]) & (frames["category"] == entry["category"])
        of = counts[(counts["frame"] == entry["frame"]) & (counts["category"] == entry["category"])]
        codes = int(frames[here]["code"].nunique())
        state = "raised" if len(of) else "silent" if codes else "without code"
        rows.append(
            [entry["frame"], entry["category"], entry["order"], state, codes, len(of), coded, int(of["segments"].sum())]
        )
    return pd.DataFrame(rows, columns=MATRIX_COLUMNS)


def done(
    table: pd.DataFrame, segments: pd.DataFrame, commitments: pd.DataFrame, frames: pd.DataFrame, focus: pd.DataFrame
) -> dict[str, int]:
    """Return what the review did, for :func:`stages`.

    Parameters
    ----------
    table, segments, commitments, frames, focus : pandas.DataFrame
        Documents, segments of all coders, commitments, codes set against frames, review focus.
    """
    included = table[table["status"] == "included"]
    return {
        "identified": len(table),
        "included": len(included),
        "texts": int(included["text"].sum()),
        "doubtful": int(included["conversion"].eq("doubtful").sum()),
        "coded": int(included["coded"].sum()),
        "coders": int(segments["coder"].nunique()),
        "segments": len(segments),
        "extracted": int(commitments["extracted"].sum()),
        "themes": int((focus["documents"] > 0).sum()),
        "frames": int(frames["frame"].nunique()),
        "priorities": len(focus),
    }


def stages(numbers: Mapping[str, int]) -> pd.DataFrame:
    """Return the four stages of READ with what this review did at each; 0 says that a thing was not done.

    Parameters
    ----------
    numbers : mapping
        ``identified, included, texts, doubtful, coded, segments, coders, extracted, themes, frames, priorities``.

    Returns
    -------
    pandas.DataFrame
        :data:`READ_COLUMNS`.
    """
    rows = [
        ("Ready the materials", "Documents identified", "identified", "documents"),
        ("Ready the materials", "Documents included", "included", "documents"),
        ("Ready the materials", "Included documents with text", "texts", "documents"),
        ("Ready the materials", "Texts of which the conversion is doubtful", "doubtful", "documents"),
        ("Extract data", "Documents coded", "coded", "documents"),
        ("Extract data", "Coders", "coders", "people"),
        ("Extract data", "Passages coded", "segments", "segments"),
        ("Extract data", "Commitments with owner, action, measure and date looked for", "extracted", "commitments"),
        ("Analyse data", "Themes raised", "themes", "themes"),
        ("Analyse data", "Frames used", "frames", "frames"),
        ("Distil findings", "Themes with a priority for the evidence review", "priorities", "themes"),
    ]
    found = [[step, stage, what, int(numbers[key]), unit] for step, (stage, what, key, unit) in enumerate(rows, 1)]
    return pd.DataFrame(found, columns=READ_COLUMNS)
