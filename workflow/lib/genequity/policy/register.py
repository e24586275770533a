"""The document register: every document found, whether it was included, and the flow that follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from genequity import authored
from genequity.coding.merge import stem
from genequity.errors import InputError, Problem, raise_if
from genequity.policy import convert

COLUMNS = (
    "id",
    "title",
    "publisher",
    "organisation_type",
    "date",
    "nation",
    "version",
    "url",
    "status",
    "reason",
    "search_source",
    "file",
)
FILLED = ("id", "title", "publisher", "organisation_type", "status", "search_source")
STATUSES = ("included", "excluded")
KINDS = {"pdf": "PDF", "docx": "Word", "html": "HTML", "text": "plain text"}
DATE = re.compile(r"(\d{4})(-\d{2}(-\d{2})?)?")


def read(file: str) -> pd.DataFrame:
    """Read a document register.

    Parameters
    ----------
    file : str
        CSV with the columns :data:`COLUMNS`. ``date`` is YYYY, YYYY-MM, YYYY-MM-DD or blank; ``file`` names
        the document's text (a source of the coded projects or a file of ``inputs.texts``) where this is not
        its id.

    Returns
    -------
    pandas.DataFrame
        The columns as text, and ``year`` (nullable integer).

    Raises
    ------
    InputError
        With every blank cell, repeated id, unknown status, wrong date and exclusion without reason.
    """
    table = authored.read(file, COLUMNS, filled=FILLED, unique=("id",))
    problems = []
    for entry in table.to_dict("records"):
        row = f"row {entry[authored.ROW]}"
        if entry["status"] not in STATUSES:
            expected = " or ".join(STATUSES)
            problems.append(Problem(file, "the status is not known", f"{row}, column status", expected))
        elif entry["status"] == "excluded" and not entry["reason"]:
            do = "say in a few words why the document was excluded"
            problems.append(Problem(file, "an excluded document has no reason", f"{row}, column reason", do=do))
        elif entry["status"] == "included" and entry["reason"]:
            do = "remove the reason, or set the status to excluded"
            problems.append(
                Problem(file, "an included document has a reason for exclusion", f"{row}, column reason", do=do)
            )
        if entry["date"] and not DATE.fullmatch(entry["date"]):
            expected = "YYYY, YYYY-MM or YYYY-MM-DD"
            do = authored.mend_day(entry["date"])
            problems.append(Problem(file, "the date cannot be read", f"{row}, column date", expected, do))
    raise_if(problems)
    years = table["date"].str.extract(DATE)[0]
    return table.drop(columns=authored.ROW).assign(year=pd.to_numeric(years).astype("Int64"))


def texts(files: Sequence[str]) -> dict[str, convert.Text]:
    """Read document texts from PDF, Word, HTML or plain text: name without ending -> text with its pages and doubts.

    Raises
    ------
    InputError
        With every file that cannot be read, and every two files of the same name.
    """
    found, problems = {}, []
    for file in files:
        name = stem(Path(file).name)
        if name in found:
            do = "give each document one text"
            problems.append(Problem(file, "another text has the same name without its ending", do=do))
        try:
            found[name] = convert.read(file)
        except InputError as error:
            problems += error.problems
    raise_if(problems)
    return found


def source_of(register: pd.DataFrame) -> pd.Series:
    """Return, for each document, the name under which its text is looked for."""
    named = register["file"].where(register["file"] != "", register["id"])
    return named.map(stem)


def unregistered(register: pd.DataFrame, sources: Sequence[str], file: str) -> list[Problem]:
    """List coded sources that are no included document of the register."""
    included = set(source_of(register[register["status"] == "included"]))
    everything = set(source_of(register))
    found = []
    for number, name in enumerate(sources, 1):
        if name in included:
            continue
        what = "is excluded in the register" if name in everything else "has no row in the register"
        do = "add the document to the register (columns id, file), or remove it from the coded project"
        found.append(Problem(file, f"coded source number {number} {what}", expected="an included document", do=do))
    return found


def documents(
    register: pd.DataFrame,
    texts_by_source: Mapping[str, str],
    coded: Sequence[str],
    converted: Mapping[str, convert.Text] | None = None,
) -> pd.DataFrame:
    """Return the register with the size and quality of each text and whether the document was coded.

    Parameters
    ----------
    register : pandas.DataFrame
        From :func:`read`.
    texts_by_source : mapping
        Name -> text.
    coded : sequence of str
        Names of the sources that a coder had.
    converted : mapping, optional
        Name -> text converted from a file, for its kind, pages and hash.
    """
    source, converted = source_of(register), converted or {}
    doubts = {name: "; ".join(_doubts(text, converted.get(name))) for name, text in texts_by_source.items()}
    words = source.map({name: len(text.split()) for name, text in texts_by_source.items() if text.strip()})
    table = register.rename(columns={"id": "document"}).assign(
        source=source,
        text=source.isin(words.index) | words.notna(),
        words=words.astype("Int64"),
        kind=source.map({name: KINDS[text.kind] for name, text in converted.items()}),
        pages=source.map({name: len(text.pages) or None for name, text in converted.items()}).astype("Int64"),
        conversion=source.map({name: "doubtful" if doubt else "good" for name, doubt in doubts.items()}),
        doubts=source.map({name: doubt or None for name, doubt in doubts.items()}),
        sha256=source.map({name: text.sha256 for name, text in converted.items()}),
        coded=source.isin(coded),
    )
    blank = ["date", "nation", "version", "url", "reason"]
    return table.assign(**{name: table[name].where(table[name] != "", None) for name in blank})


def _doubts(text: str, converted: convert.Text | None) -> Sequence[str]:
    """Return doubts about a text: those of its file where it came from one, else those that its words raise."""
    return converted.doubts if converted and converted.text == text else convert.doubts_of(text)


def flow(table: pd.DataFrame) -> pd.DataFrame:
    """Derive the document flow: found by source, excluded by reason, included, with text, coded.

    Returns
    -------
    pandas.DataFrame
        ``step`` (order), ``stage``, ``label``, ``documents``. Identified equals excluded plus included by
        construction, and parts add up to the stage's total, which comes first.
    """
    included, excluded = table[table["status"] == "included"], table[table["status"] == "excluded"]
    rows = [("identified", "Documents identified", len(table))]
    rows += [("identified", f"from {k}", n) for k, n in table["search_source"].value_counts().sort_index().items()]
    rows += [("excluded", "Documents excluded", len(excluded))]
    rows += [("excluded", k, n) for k, n in excluded["reason"].value_counts().sort_index().items()]
    rows += [("included", "Documents included", len(included))]
    rows += [("text", "Included documents with text", int(included["text"].sum()))]
    rows += [("coded", "Included documents coded", int(included["coded"].sum()))]
    steps = pd.DataFrame(rows, columns=["stage", "label", "documents"])
    return steps.assign(step=range(1, len(steps) + 1))[["step", "stage", "label", "documents"]]
