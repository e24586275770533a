"""Read any search export into records, whatever its name says it is.

Vocabulary: an *export* is the file one database gave for one search; a *record* is one reference in it. The
format is found from the content: PubMed names MEDLINE text ".ris", and Embase puts a preamble above its table.
"""

import csv
import io
import re
from pathlib import Path

import pandas as pd

from genequity.errors import InputError, Problem, missing_file, raise_if
from genequity.evidence import fields, tagged

COLUMNS = ["source", "file", "line", "format", *fields.FIELDS]
KNOWN = {name for names in fields.HEADINGS.values() for name in names}


def text_of(path: str) -> str:
    """Return the text of an export in whichever encoding it has (UTF-8, UTF-16 with mark, Windows)."""
    if not Path(path).exists():
        raise InputError(missing_file(path))
    raw = Path(path).read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def sniff(text: str) -> str:
    """Name the format of an export from its content: ris, medline, ciw, table, or an empty text if unknown."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if re.match(r"^(FN|VR|PT) \S", first) and any(line.startswith("PT ") for line in lines):
        return "ciw"
    for line in lines:
        if re.match(r"^PMID ?- *\d", line):
            return "medline"
        hit = tagged.ris_tag(line)
        if hit and hit[0] == "TY":
            return "ris"
    return "table" if _header(lines) else ""


def read(path: str, source: str = "") -> pd.DataFrame:
    """Read one export.

    Parameters
    ----------
    path : file of one search in one database.
    source : name of the database, kept in every row.

    Returns
    -------
    One row a record, columns `COLUMNS`; `line` is where the record begins in the file.

    Raises
    ------
    InputError
        If the file is not empty and holds no record, is of unknown format, has been cut, or holds records
        without a title and without any other identification.
    """
    file = str(path)
    text = text_of(file)
    # Not str.splitlines: exporters leave form feeds and Unicode line marks inside abstracts.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    if not text.strip():
        return pd.DataFrame(columns=COLUMNS)
    kind = sniff(text)
    problems: list[Problem] = []
    if kind == "ris":
        found, problems = tagged.read_ris(lines, file)
        rows = [(line, fields.from_ris(tags)) for line, tags in found]
    elif kind == "medline":
        rows = [(line, fields.from_medline(tags)) for line, tags in tagged.read_medline(lines)]
    elif kind == "ciw":
        found, problems = tagged.read_ciw(lines, file)
        rows = [(line, fields.from_ciw(tags)) for line, tags in found]
    else:
        rows = _table_rows(lines) if kind else []
    if not rows:
        what = {"table": "this table has a heading row but no records", "": "no record was found in this file"}
        problems.append(
            Problem(
                file,
                what.get(kind, "no complete record was found in this file"),
                expected="RIS ('TY  - '), MEDLINE/NBIB ('PMID- '), Web of Science ('PT ') or a table with a title "
                "column",
                do="export the search again and choose RIS, or take the file out of the search log",
            )
        )
    problems += [
        Problem(
            file,
            "this record has neither a title nor a DOI or accession number",
            where=f"line {line}",
            expected="a title (TI or T1)",
            do="export the search again with full records",
        )
        for line, row in rows
        if not (row["title"] or row["doi"] or row["pmid"] or row["accession"])
    ]
    raise_if(problems)
    return pd.DataFrame(
        [{"source": source, "file": Path(file).name, "line": line, "format": kind, **row} for line, row in rows],
        columns=COLUMNS,
    )


def _header(lines: list[str]) -> tuple[int, str] | None:
    """Find the heading row among the first lines: (its index, the delimiter)."""
    for index, line in enumerate(lines[:30]):
        for delimiter in ("\t", ",", ";"):
            cells = next(csv.reader([line], delimiter=delimiter), [])
            names = {fields.heading(cell) for cell in cells}
            if len(cells) >= 3 and len(names & KNOWN) >= 3 and names & set(fields.HEADINGS["title"]):
                return index, delimiter
    return None


def _table_rows(lines: list[str]) -> list[tuple[int, dict[str, str]]]:
    """Read the rows below the heading row; a heading that repeats keeps its first column."""
    index, delimiter = _header(lines)
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO("\n".join(lines[index:])), delimiter=delimiter)
    names = [fields.heading(cell) for cell in next(reader)]
    rows = []
    for cells in reader:
        if len([cell for cell in cells if cell.strip()]) < 2:
            continue
        row: dict[str, str] = {}
        for name, cell in zip(names, cells, strict=False):
            row.setdefault(name, re.sub(r'^="(.*)"$', r"\1", cell.strip()))
        rows.append((index + reader.line_num, fields.from_row(row)))
    return rows
