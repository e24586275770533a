"""What the team decided about each disagreement: read back, matched, applied to the segments, and counted.

The list of disagreements goes out as a workbook; the team fills in an outcome; the workbook (or a CSV) comes back as
the strand's input ``consensus``. An outcome belongs to a disagreement by its identifier. Where the coding has changed
since, the identifier no longer exists and the outcome is *stale*: it is listed and not applied.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from genequity import authored
from genequity.coding import disagreements
from genequity.coding.held import coders
from genequity.coding.merge import Merged
from genequity.errors import Problem, nearest, raise_if

KEEP_FIRST, KEEP_SECOND, KEEP_BOTH, KEEP_NONE = "keep first", "keep second", "keep both", "keep neither"
RECODE = "recode to"
CONSENSUS = "Consensus"  # the coder of segments that the team gave another code
OUTCOMES = (KEEP_FIRST, KEEP_SECOND, KEEP_BOTH, KEEP_NONE, RECODE)
FILLED_COLUMNS = ["outcome", "recode_to", "decided_by", "date", "note"]
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
STALE_COLUMNS = ["row", "disagreement", "outcome", "decided_by", "date"]


@dataclass(frozen=True)
class Tracked:
    """Disagreements with their outcomes, and outcomes that match no disagreement any more."""

    listed: pd.DataFrame
    stale: pd.DataFrame


def read(path: str, codes: Sequence[str]) -> pd.DataFrame:
    """Read the outcomes.

    Parameters
    ----------
    path : str
        CSV or workbook with ``disagreement, outcome`` and, if wanted, ``recode_to, decided_by, date, note``; other
        columns of the list are passed over. A row without outcome is open.
    codes : sequence of str
        Codes of the codebook, for ``recode to``.

    Returns
    -------
    pandas.DataFrame
        ``row, disagreement`` and :data:`FILLED_COLUMNS`, rows with an outcome only.

    Raises
    ------
    InputError
        With every unknown outcome, undefined code, missing name or date, and disagreement decided twice.
    """
    frame = authored.cells(path, ["disagreement", "outcome"])
    missing = [name for name in ("disagreement", "outcome") if name not in frame.columns]
    do = "use the workbook of disagreements that the build writes"
    raise_if(Problem(path, f"column '{name}' is missing", where="row 1", do=do) for name in missing)
    frame = frame.reindex(columns=["disagreement", *FILLED_COLUMNS], fill_value="")
    frame.insert(0, "row", frame.index)
    frame = frame[(frame["disagreement"] != "") & (frame["outcome"] != "")].reset_index(drop=True)
    bad: list[Problem] = []
    rows = []
    for row in frame.to_dict("records"):
        outcome, target = _outcome(row["outcome"], row["recode_to"])
        where = f"row {row['row']}, column"
        if outcome not in OUTCOMES:
            bad.append(
                Problem(
                    path,
                    f"the outcome is none of the known ones.{nearest(outcome, OUTCOMES)}",
                    where=f"{where} outcome",
                    expected=", ".join(OUTCOMES[:-1]) + " or recode to a code",
                )
            )
        elif outcome == RECODE and target not in codes:
            bad.append(
                Problem(
                    path,
                    f"the code to recode to is not in the codebook.{nearest(target, codes)}",
                    where=f"{where} recode_to",
                    expected="the path of a code, as in 'Parent > Code'",
                    do="correct the name, or define the code in the codebook first",
                )
            )
        if not row["decided_by"]:
            bad.append(Problem(path, "it is not said who decided", where=f"{where} decided_by", do="fill it in"))
        if not DAY.fullmatch(row["date"]):
            bad.append(
                Problem(
                    path, "the date of the decision is missing or no date", where=f"{where} date", expected="YYYY-MM-DD"
                )
            )
        rows.append(row | {"outcome": outcome, "recode_to": target if outcome == RECODE else ""})
    found = pd.DataFrame(rows, columns=["row", "disagreement", *FILLED_COLUMNS])
    bad += [
        Problem(path, "this disagreement has an outcome in an earlier row", where=f"row {row}", do="keep one of them")
        for row in found.loc[found["disagreement"].duplicated(), "row"]
    ]
    raise_if(bad)
    return found


def _outcome(text: str, target: str) -> tuple[str, str]:
    """Return the outcome and, where it says so itself, the code to recode to."""
    words = " ".join(text.split())
    if words.lower().startswith("recode"):
        rest = re.sub(r"^recode( to)?:?\s*", "", words, flags=re.I).strip(" …")
        return RECODE, target or rest
    return {"both": KEEP_BOTH, "neither": KEEP_NONE}.get(words.lower(), words.lower()), target


def tracked(listed: pd.DataFrame, outcomes: pd.DataFrame | None) -> Tracked:
    """Join disagreements with their outcomes.

    Parameters
    ----------
    listed : pandas.DataFrame
        From :func:`genequity.coding.disagreements.listed`.
    outcomes : pandas.DataFrame or None
        From :func:`read`; None where the study has no file of outcomes yet.
    """
    if outcomes is None:
        outcomes = pd.DataFrame(columns=["row", "disagreement", *FILLED_COLUMNS])
    joined = listed.merge(outcomes.drop(columns="row"), on="disagreement", how="left")
    joined[FILLED_COLUMNS] = joined[FILLED_COLUMNS].fillna("")
    stale = outcomes[~outcomes["disagreement"].isin(listed["disagreement"])]
    return Tracked(joined, stale[STALE_COLUMNS].reset_index(drop=True))


def applied(merged: Merged, lead: pd.DataFrame, found: Tracked, path: str) -> pd.DataFrame:
    """Return all segments with ``stands``, the outcomes applied.

    Parameters
    ----------
    merged : Merged
        All coders' segments.
    lead : pandas.DataFrame
        Segments of the lead coder of each source: they stand where coders agree, and while a disagreement is open.
    found : Tracked
        Disagreements with outcomes.
    path : str
        The file of outcomes, for messages.

    Returns
    -------
    pandas.DataFrame
        The merged segments as they are, so that the same disagreements are found again, then one row by the coder
        :data:`CONSENSUS` for each segment that was given another code.

    Raises
    ------
    InputError
        When two outcomes say opposite things of the same segment.
    """
    segments = merged.segments
    names = coders(merged)
    kept: dict[int, str] = {}
    dropped: dict[int, str] = {}
    recoded: dict[int, str] = {}
    for row in found.listed[found.listed["outcome"] != ""].to_dict("records"):
        sides = _sides(segments, row, names)
        keep = {KEEP_FIRST: sides[0], KEEP_SECOND: sides[1], KEEP_BOTH: [*sides[0], *sides[1]]}.get(row["outcome"], [])
        if row["outcome"] == RECODE:
            recoded |= dict.fromkeys(sides[0] or sides[1], row["recode_to"])
        for place in [*sides[0], *sides[1]]:
            (kept if place in keep else dropped).setdefault(place, row["disagreement"])
    opposite = "the outcomes of the disagreements {} and {} say opposite things of one segment"
    raise_if(
        Problem(path, opposite.format(kept[place], dropped[place]), do="settle the two together")
        for place in sorted(set(kept) & set(dropped))
    )
    stands = (set(segments.index[segments["segment"].isin(lead["segment"])]) - set(dropped)) | set(kept)
    result = segments.assign(stands=segments.index.isin(stands))
    again = segments.loc[sorted(recoded)].copy()
    if again.empty:
        return result
    again["code"] = [recoded[place] for place in again.index]
    again["coder"], again["stands"] = CONSENSUS, True
    again["segment"] = [f"{segment}-r" for segment in again["segment"]]
    return pd.concat([result, again], ignore_index=True)


def by_coders(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the segments without those that the team gave another code."""
    return segments[segments["coder"] != CONSENSUS].reset_index(drop=True)


def _sides(segments: pd.DataFrame, row: dict, names: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the places of both coders' segments that make a disagreement."""
    pair = [names[int(number) - 1] for number in re.findall(r"\d+", row["pair"])]
    here = segments[(segments["source"] == row["source"]) & segments["start"].notna()]
    here = here[(here["start"] < row["end"]) & (here["end"] > row["start"])]
    codes = [row["code"], row["code"]]
    if row["type"] == disagreements.OTHER_CODE:
        codes[1] = row["other_code"]
    found = []
    for coder, code, spans in zip(pair, codes, (row["first_spans"], row["second_spans"]), strict=True):
        mine = here[(here["coder"] == coder) & (here["code"] == code)]
        bounds = [tuple(int(end) for end in span.split("-")) for span in spans.split("; ") if span]
        inside = [any(a < high and b > low for low, high in bounds) for a, b in zip(mine["start"], mine["end"])]
        found.append(list(mine.index[inside]))
    return found[0], found[1]
