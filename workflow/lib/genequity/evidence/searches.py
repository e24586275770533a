"""The search log and the exports it names: what was searched, how, and how many hits each search declared.

Vocabulary: *declared hits* are what the database showed on the screen (PRISMA-S item 13 asks for them); *records* are
what its export holds. When they differ, an export was cut short or belongs to another search.
"""

import re
from pathlib import Path

import pandas as pd

from genequity import authored, reading
from genequity.errors import InputError, Problem, nearest, raise_if
from genequity.evidence import exports

COLUMNS = ["source", "kind", "platform", "date", "strategy", "hits", "file"]
FILLED = ["source", "kind", "date", "hits", "file"]
KINDS = ("database", "register")


def read_log(path: str) -> pd.DataFrame:
    """Read the search log, one row a search (columns `COLUMNS`); `hits` becomes a whole number.

    Raises
    ------
    InputError
        With every blank cell, unknown kind, impossible date and hits that are no number.
    """
    log = authored.read(path, COLUMNS, filled=FILLED, unique=["file"])
    problems = []
    for row in log.to_dict("records"):
        if row["kind"] not in KINDS:
            problems.append(
                Problem(
                    path,
                    f"this is not a kind of source.{nearest(row['kind'].lower(), KINDS)}",
                    where=f"row {row['row']}, column kind",
                    expected=f"one of {', '.join(KINDS)}",
                )
            )
        if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01])", row["date"]):
            problems.append(
                Problem(
                    path,
                    "this is not a date",
                    where=f"row {row['row']}, column date",
                    expected="YYYY-MM-DD",
                    do=authored.mend_day(row["date"]),
                )
            )
        if not re.fullmatch(r"\d+", row["hits"]):
            problems.append(
                Problem(
                    path,
                    "this is not a number of hits",
                    where=f"row {row['row']}, column hits",
                    expected="the number the database showed, in digits only",
                    do=authored.mend_number(row["hits"]),
                )
            )
    raise_if(problems)
    return log.assign(hits=log["hits"].astype(int))


def collect(log_path: str, files: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read all exports named in the search log.

    Parameters
    ----------
    log_path : the search log.
    files : the exports; each is found in the log by its file name.

    Returns
    -------
    records : columns of `exports.COLUMNS` plus `record`, an id made of source and accession number (or row).
    searches : the log with `records`, the number read from each export.

    Raises
    ------
    InputError
        With all problems of all files, among them every mismatch of declared hits and records.
    """
    log = read_log(log_path)
    by_name = {Path(file).name: file for file in files}
    problems = [
        Problem(
            log_path,
            f"names the export '{name}', which the config does not list",
            where=f"row {row}, column file",
            do="add the file to evidence.inputs.exports, or mend the name",
        )
        for name, row in zip(log["file"], log["row"], strict=True)
        if name not in by_name
    ]
    problems += [
        Problem(file, "this export is not in the search log", do=f"add a row for it to {log_path}")
        for name, file in by_name.items()
        if name not in set(log["file"])
    ]
    found = []
    counts = {}
    for row in log.to_dict("records"):
        file = by_name.get(row["file"])
        if file is None:
            continue
        try:
            frame = exports.read(file, row["source"])
        except InputError as error:
            problems += error.problems
            continue
        counts[row["file"]] = len(frame)
        reading.note(file, len(frame), "record")
        found.append(frame.assign(record=_identifiers(frame)))
        if len(frame) != row["hits"]:
            problems.append(
                Problem(
                    file,
                    f"holds {len(frame):,} records, but the search log declares {row['hits']:,} hits",
                    where=f"{Path(log_path).name}, row {row['row']}, column hits",
                    expected="the same number",
                    do="export all hits again (many databases export in parts), or mend the search log",
                )
            )
    raise_if(problems)
    records = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*exports.COLUMNS, "record"])
    records["record"] = _unique(records["record"])
    searches = log.drop(columns="row").assign(records=[counts[name] for name in log["file"]])
    return records[["record", *exports.COLUMNS]], searches


def _identifiers(frame: pd.DataFrame) -> list[str]:
    """Ids that stay the same when another export is added: source and accession number, else place in the file."""
    ids = []
    for place, (source, accession) in enumerate(zip(frame["source"], frame["accession"], strict=True), start=1):
        slug = re.sub(r"[^a-z0-9]+", "-", source.lower()).strip("-")
        plain = accession if re.fullmatch(r"[A-Za-z0-9:._-]{3,40}", accession or "") else f"{place:05d}"
        ids.append(f"{slug}:{plain}")
    return ids


def _unique(ids: pd.Series) -> list[str]:
    seen: dict[str, int] = {}
    result = []
    for name in ids:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}~{seen[name]}")
    return result
