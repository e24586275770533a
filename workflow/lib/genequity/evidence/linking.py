"""Find the record that a row of another file means: by record id, DOI or title."""

import pandas as pd

from genequity.errors import Problem
from genequity.evidence import match
from genequity.evidence.fields import doi_of

LINKS = ("record", "doi", "title")


class Index:
    """Look-up from ids, DOIs and titles to the kept record of each publication.

    Parameters
    ----------
    records : columns `record`, `doi`, `title`.
    kept : record -> the record that stays of its group of duplicates (itself if it has none).
    """

    def __init__(self, records: pd.DataFrame, kept: dict[str, str]):
        self.kept = kept
        self.by: dict[str, dict[str, set[str]]] = {"record": {}, "doi": {}, "title": {}}
        for record, doi, title in zip(records["record"], records["doi"], records["title"], strict=True):
            stays = kept.get(record, record)
            self.by["record"].setdefault(record, set()).add(stays)
            if doi:
                self.by["doi"].setdefault(doi, set()).add(stays)
            if plain := match.plain(title):
                self.by["title"].setdefault(plain, set()).add(stays)

    def find(self, row: dict[str, str]) -> str | None:
        """Return the one record a row means, or None when there is none or more than one.

        The first of `LINKS` that is filled and known decides; a DOI that several records share is narrowed by title.
        """
        titled = self.by["title"].get(match.plain(row.get("title", "")), set())
        for name, value in (("record", row.get("record", "")), ("doi", doi_of(row.get("doi", "")))):
            found = self.by[name].get(value, set()) if value else set()
            if len(found) > 1:
                found = found & titled or found
            if len(found) == 1:
                return next(iter(found))
        return next(iter(titled)) if len(titled) == 1 else None


def link(frame: pd.DataFrame, index: Index, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the frame with `record` replaced by the kept record, and a problem for each row that means none.

    `frame` holds `row` (as a spreadsheet counts) and at least one of `LINKS`.
    """
    found = [index.find(row) for row in frame.to_dict("records")]
    problems = [
        Problem(
            file,
            "this row means no record of the search exports, or more than one",
            where=f"row {row}",
            expected="a record id of the ledger, or the DOI or exact title of one record",
            do="copy the record id from the ledger (results/restricted/evidence/records.csv)",
        )
        for row, record in zip(frame["row"], found, strict=True)
        if record is None
    ]
    return frame.assign(record=found), problems
