"""The review as a whole: records, decisions and studies brought together, for the ledger step and for the check."""

from dataclasses import dataclass

import pandas as pd

from genequity import authored
from genequity.errors import raise_if
from genequity.evidence import ledger, linking, screening, studies


@dataclass(frozen=True)
class Review:
    """What screening comes to: ledger, agreement, flow, and the reports of included studies."""

    ledger: pd.DataFrame
    agreement: pd.DataFrame
    flow: pd.DataFrame
    reports: pd.DataFrame


def text(path: str) -> pd.DataFrame:
    """Read a table of ours as text throughout: a volume "007" stays what it is, a blank is an empty text."""
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")


def theme_ids(path: str) -> pd.DataFrame:
    """Read the study's shared themes: theme, label."""
    return authored.read(path, ["theme", "label"], filled=["theme", "label"], unique=["theme"])


def settle(
    records: pd.DataFrame,
    merges: pd.DataFrame,
    unsure: int,
    decisions_file: str | None,
    studies_file: str | None,
    themes_file: str,
    settings: dict,
    methods: dict,
) -> Review:
    """Bring records, decisions and the table of studies together.

    Parameters
    ----------
    records : from `searches.collect`, blanks as empty text.
    merges, unsure : from `deduplicate.find`: duplicates, and the number of pairs it left open.
    decisions_file, studies_file : None where the study has none; the flow then ends where they are missing.
    settings : config `evidence.screening` (columns, reviewers, adjudicator).
    methods : config `evidence.methods`.

    Raises
    ------
    InputError
        With the problems of the file that stops it.
    """
    kept = dict(zip(merges["record"], merges["kept"], strict=True))
    index = linking.Index(records, kept)
    decisions, outcomes = None, None
    adjudicator = settings.get("adjudicator")
    if decisions_file:
        read = screening.read(decisions_file, settings["columns"], methods["stage_words"], methods["decision_words"])
        decisions = screening.linked(read, index, decisions_file)
        outcomes = screening.settle(decisions, reviewers=settings["reviewers"], adjudicator=adjudicator)
    whole = ledger.build(records, merges, outcomes)
    if decisions is not None:
        raise_if(ledger.contradictions(whole, decisions, decisions_file))
    reports = pd.DataFrame(columns=[*studies.COLUMNS, "row"])
    number = None
    if studies_file:
        table = studies.read(studies_file, list(theme_ids(themes_file)["theme"]))
        reports = studies.linked(table, index, whole, studies_file)
        number = reports["study"].nunique()
    found = screening.agreement(
        decisions if decisions is not None else pd.DataFrame(columns=screening.COLUMNS), adjudicator=adjudicator
    )
    return Review(whole, found, ledger.flow(whole, unsure, number), reports)
