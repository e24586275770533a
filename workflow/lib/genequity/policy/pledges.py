"""What each commitment says: who does what, for whom, measured how, by when, with what money; and what it lacks.

A reader extracts these by hand into a table, and quotes the words; the quotation is found again in the document, so
that no commitment is attributed to a document that does not make it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from genequity import authored
from genequity.errors import Problem, raise_if

ELEMENTS = {
    "owner": "Who does it",
    "action": "What is done",
    "target_group": "For whom",
    "metric": "How it is measured",
    "due": "By when",
    "money": "With what money",
}
MORE = ("force", "delivered")
COLUMNS = ("document", "words", *ELEMENTS, *MORE)
DUE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|ongoing")
DELIVERED = ("", "yes", "no", "partly", "not known")
GAP_COLUMNS = ["order", "element", "label", "named", "missing", "of", "share"]
MARKS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "\u00a0": " "})


def read(file: str, documents: pd.DataFrame, texts: Mapping[str, str]) -> pd.DataFrame:
    """Read the extracted commitments and find each quotation in its document.

    Parameters
    ----------
    file : str
        Table with the columns :data:`COLUMNS`; blank where the document does not say.
    documents : pandas.DataFrame
        Documents of the register, with ``document, source, status``.
    texts : mapping
        Source -> text.

    Returns
    -------
    pandas.DataFrame
        The columns, and ``source, start, end``: where the words stand in the text.

    Raises
    ------
    InputError
        With every document that is not included, quotation that is not found, and date that cannot be read.
    """
    table = authored.read(file, COLUMNS, filled=("document", "words", "action"))
    included = documents[documents["status"] == "included"].set_index("document")["source"]
    problems, places = [], []
    for entry in table.to_dict("records"):
        row = f"row {entry[authored.ROW]}"
        place = None
        if entry["document"] not in included.index:
            expected = "the id of an included document"
            problems.append(Problem(file, "no included document has this id", f"{row}, column document", expected))
        else:
            place = find(entry["words"], texts.get(included[entry["document"]], ""))
            if place is None:
                do = "copy the words from the document as they stand, without leaving out any"
                problems.append(
                    Problem(file, "these words are not in the document's text", f"{row}, column words", do=do)
                )
        if entry["due"] and not DUE.fullmatch(entry["due"].lower()):
            expected = "YYYY, YYYY-MM, YYYY-MM-DD or ongoing"
            problems.append(Problem(file, "the date cannot be read", f"{row}, column due", expected))
        if entry["delivered"].lower() not in DELIVERED:
            expected = "yes, no, partly, not known or blank"
            problems.append(Problem(file, "this is not an answer", f"{row}, column delivered", expected))
        places.append((included.get(entry["document"]), *(place or (None, None))))
    raise_if(problems)
    where = pd.DataFrame(places, columns=["source", "start", "end"])
    return pd.concat([table.drop(columns=authored.ROW), where], axis=1)


def empty() -> pd.DataFrame:
    """Return the table of a study in which nobody extracted commitments."""
    return pd.DataFrame(columns=[*COLUMNS, "source", "start", "end"])


def find(words: str, text: str) -> tuple[int, int] | None:
    """Return where words stand in a text, whatever its line breaks, capitals, quotation marks and dashes.

    >>> find("a number 'by'  March", "This is a\\nnumber ‘by’ march.")
    (8, 25)
    """
    parts = re.split(r"\s+", words.translate(MARKS).strip())
    pattern = r"\s+".join(re.escape(part) for part in parts)
    found = re.search(pattern, text.translate(MARKS), re.IGNORECASE)
    return found.span() if found and words.strip() else None


def joined(commitments: pd.DataFrame, extracted: pd.DataFrame, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the coded commitments with what was extracted from them, and what they lack.

    A row of the table belongs to the coded commitment of its document with which its words overlap.

    Parameters
    ----------
    commitments : pandas.DataFrame
        Coded commitments, with ``document, segment``.
    extracted : pandas.DataFrame
        From :func:`read`.
    segments : pandas.DataFrame
        Segments, with ``segment, source, start, end``.

    Returns
    -------
    pandas.DataFrame
        ``commitments`` with ``extracted`` (boolean), the elements (blank where the document does not say), ``lacks``.
    """
    places = commitments[["document", "segment"]].merge(segments[["segment", "source", "start", "end"]], on="segment")
    pairs = places.merge(extracted, on=["document", "source"], suffixes=("", "_words"))
    overlap = (pairs["start"] < pairs["end_words"]) & (pairs["start_words"] < pairs["end"])
    said = pairs[overlap].drop_duplicates("segment")[["segment", *ELEMENTS, *MORE]]
    table = commitments.merge(said, on="segment", how="left")
    known = table["segment"].isin(said["segment"])
    for name in (*ELEMENTS, *MORE):
        table[name] = table[name].where(known & (table[name].fillna("") != ""), None)
    missing = [
        "; ".join(ELEMENTS[name].lower() for name in ELEMENTS if pd.isna(row[name])) if there else None
        for there, row in zip(known, table.to_dict("records"), strict=True)
    ]
    return table.assign(extracted=known, lacks=[words or None for words in missing])


def uncoded(commitments: pd.DataFrame, extracted: pd.DataFrame, segments: pd.DataFrame, file: str) -> list[Problem]:
    """List rows of the table whose words no coder marked as a commitment."""
    places = commitments[["document", "segment"]].merge(segments[["segment", "start", "end"]], on="segment")
    found = []
    for number, row in enumerate(extracted.to_dict("records"), 1):
        of = places[places["document"] == row["document"]]
        if not ((of["start"] < row["end"]) & (of["end"] > row["start"])).any():
            do = "code the passage as a commitment, or take the row out"
            found.append(Problem(file, "no coder marked these words as a commitment", f"entry {number}", do=do))
    return found


def gaps(commitments: pd.DataFrame) -> pd.DataFrame:
    """Count, over the commitments looked through, how many name each element; ``share`` is of those that do not.

    Returns
    -------
    pandas.DataFrame
        :data:`GAP_COLUMNS`; no rows where nothing was extracted.
    """
    looked = commitments[commitments["extracted"]]
    if looked.empty:
        return pd.DataFrame(columns=GAP_COLUMNS)
    of = len(looked)
    named = {name: int(looked[name].notna().sum()) for name in ELEMENTS}
    rows = [
        [order, name, label, named[name], of - named[name], of, 1 - named[name] / of]
        for order, (name, label) in enumerate(ELEMENTS.items(), 1)
    ]
    return pd.DataFrame(rows, columns=GAP_COLUMNS)
