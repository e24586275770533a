"""The record ledger and the PRISMA 2020 flow that follows from it.

Vocabulary: the *ledger* has one row for every record from its first hit to its last *fate*. A *report* is a document
(a record whose full text is sought); a *study* may have several reports. Boxes of the flow are queries on the
ledger, never typed; they are counted from decisions and checked against fates.

Source: Page MJ et al. The PRISMA 2020 statement. BMJ 2021;372:n71.
"""

import pandas as pd

from genequity.errors import InputError, Problem

DUPLICATE = "duplicate"
FATES = (
    DUPLICATE,
    "not yet screened",
    "open conflict on title and abstract",
    "excluded on title and abstract",
    "awaiting full text decision",
    "report not retrieved",
    "open conflict on full text",
    "excluded on full text",
    "included",
)
# Box -> heading, in the order of the flow.
BOXES = {
    "sources": "Databases and registers searched",
    "identified": "Records identified",
    "duplicates": "Duplicate records removed",
    "unsure": "Pairs of records left for a person to judge",
    "unscreened": "Records not yet screened",
    "screened": "Records screened",
    "conflicts_screening": "Records with an open conflict",
    "excluded_screening": "Records excluded",
    "sought": "Reports sought for retrieval",
    "not_retrieved": "Reports not retrieved",
    "awaiting": "Reports awaiting a decision",
    "assessed": "Reports assessed for eligibility",
    "conflicts_full_text": "Reports with an open conflict",
    "excluded_full_text": "Reports excluded",
    "reports": "Reports of included studies",
    "studies": "Studies included in review",
}
ALL = "All"

ONE_REVIEWER = "where one decision a record is all there is, write under evidence: screening: {reviewers: 1}"


def build(records: pd.DataFrame, merges: pd.DataFrame, outcomes: pd.DataFrame | None) -> pd.DataFrame:
    """Give every record its fate.

    Parameters
    ----------
    records : `record`, source, title, authors, year, journal, doi.
    merges : from `deduplicate.find`.
    outcomes : from `screening.settle`, or None when no decisions were supplied.

    Returns
    -------
    One row a record: record, source, title, first_author, year, journal, doi, duplicate_of, duplicate_reason,
    title_abstract, full_text, reason, fate.
    """
    ledger = records[["record", "source", "title", "year", "journal", "doi"]].copy()
    ledger["first_author"] = records["authors"].str.split(";").str[0].fillna("")
    twins = merges.set_index("record")
    ledger["duplicate_of"] = ledger["record"].map(twins["kept"])
    ledger["duplicate_reason"] = ledger["record"].map(twins["reason"])
    for stage in ("title_abstract", "full_text"):
        settled = {}
        if outcomes is not None:
            at_stage = outcomes[outcomes["stage"] == stage]
            settled = dict(zip(at_stage["record"], at_stage["outcome"], strict=True))
        ledger[stage] = ledger["record"].map(settled).astype("object")
    reasons = {}
    if outcomes is not None:
        late = outcomes[outcomes["stage"] == "full_text"]
        reasons = dict(zip(late["record"], late["reason"], strict=True))
    ledger["reason"] = [
        reasons.get(record) or None if fate == "exclude" else None
        for record, fate in zip(ledger["record"], ledger["full_text"], strict=True)
    ]
    ledger["fate"] = [
        _fate(d, first, second)
        for d, first, second in zip(
            ledger["duplicate_of"].notna(), ledger["title_abstract"], ledger["full_text"], strict=True
        )
    ]
    return ledger


def _fate(duplicate: bool, first, second) -> str:
    if duplicate:
        return DUPLICATE
    if not isinstance(first, str) or first == "incomplete":
        return "not yet screened"
    if first == "open conflict":
        return "open conflict on title and abstract"
    if first == "exclude":
        return "excluded on title and abstract"
    if not isinstance(second, str) or second == "incomplete":
        return "awaiting full text decision"
    return {
        "not retrieved": "report not retrieved",
        "open conflict": "open conflict on full text",
        "exclude": "excluded on full text",
        "include": "included",
    }[second]


def contradictions(ledger: pd.DataFrame, decisions: pd.DataFrame, path: str) -> list[Problem]:
    """List decisions on the full text of records that did not pass title and abstract."""
    passed = set(ledger.loc[ledger["title_abstract"].eq("include"), "record"])
    few = set(ledger.loc[ledger["title_abstract"].eq("incomplete"), "record"])
    early = decisions[(decisions["stage"] == "full_text") & ~decisions["record"].isin(passed)]
    return [
        Problem(
            path,
            "decides on the full text of a record that has not passed title and abstract",
            where=f"row {row}",
            expected="a decision of each reviewer in the first stage" if record in few else "",
            do="settle the first stage, or take this row out" + (f"; {ONE_REVIEWER}" if record in few else ""),
        )
        for row, record in zip(early["row"], early["record"], strict=True)
    ]


def flow(ledger: pd.DataFrame, unsure: int = 0, studies: int | None = None) -> pd.DataFrame:
    """Derive the PRISMA flow.

    Parameters
    ----------
    ledger : from `build`.
    unsure : number of pairs of records that the rules left to a person.
    studies : number of included studies, or None when reports have not been joined to studies.

    Returns
    -------
    One row a line of a box: `box`, `item` ("All", a source or a reason), `label`, `n` (blank where the flow has not
    got so far), `note`.

    Raises
    ------
    InputError
        If the boxes do not add up: the build stops.
    """
    unique = ledger[ledger["duplicate_of"].isna()]
    decided = ledger["title_abstract"].notna().any()
    to_full_text = ledger["full_text"].notna().any()
    first = unique["title_abstract"].astype("object").fillna("incomplete")
    passed = unique[first == "include"]
    second = passed["full_text"].astype("object").fillna("incomplete")
    sought = len(passed)
    counts = {
        "sources": ledger["source"].nunique(),
        "unsure": unsure,
        "identified": len(ledger),
        "duplicates": int(ledger["duplicate_of"].notna().sum()),
        "unscreened": int((first == "incomplete").sum()),
        "screened": int((first != "incomplete").sum()) if decided else None,
        "conflicts_screening": int((first == "open conflict").sum()) if decided else None,
        "excluded_screening": int((first == "exclude").sum()) if decided else None,
        "sought": sought if decided else None,
        "not_retrieved": int((second == "not retrieved").sum()) if to_full_text else None,
        "awaiting": int((second == "incomplete").sum()) if to_full_text else None,
        "assessed": int(second.isin(["include", "exclude", "open conflict"]).sum()) if to_full_text else None,
        "conflicts_full_text": int((second == "open conflict").sum()) if to_full_text else None,
        "excluded_full_text": int((second == "exclude").sum()) if to_full_text else None,
        "reports": int((second == "include").sum()) if to_full_text else None,
        "studies": studies if to_full_text else None,
    }
    rows = [(box, ALL, BOXES[box], n, _note(box, n, decided)) for box, n in counts.items()]
    sources = ledger.groupby("source").size()
    rows += [("identified", source, source, int(n), "") for source, n in sources.items()]
    if to_full_text:
        reasons = passed.loc[second == "exclude", "reason"].fillna("No reason given")
        rows += [("excluded_full_text", r, r, int(n), "") for r, n in reasons.value_counts().items()]
    boxes = pd.DataFrame(rows, columns=["box", "item", "label", "n", "note"])
    boxes["n"] = boxes["n"].astype("Int64")
    check(boxes, ledger)
    return boxes


def _note(box: str, n: int | None, decided: bool) -> str:
    if n is not None:
        return ""
    if not decided:
        return "No screening decisions were supplied; the flow ends here."
    if box == "studies":
        return "Reports have not been joined to studies."
    return "No decisions on full text were supplied; the flow ends here."


def check(boxes: pd.DataFrame, ledger: pd.DataFrame) -> None:
    """Stop the build when boxes and fates do not add up.

    Raises
    ------
    InputError
        Naming the boxes and both numbers.
    """
    total = boxes[boxes["item"] == ALL].set_index("box")["n"]
    parts = boxes[boxes["item"] != ALL].groupby("box")["n"].sum()
    fates = ledger["fate"].value_counts()

    def n(box: str) -> int:
        return int(total[box]) if pd.notna(total[box]) else 0

    sums = [
        ("records of all sources", int(parts.get("identified", 0)), "records identified", n("identified")),
        ("fates of the ledger", int(fates.sum()), "records identified", n("identified")),
        ("fate 'duplicate'", int(fates.get(DUPLICATE, 0)), "duplicate records removed", n("duplicates")),
    ]
    if pd.notna(total["screened"]):
        sums += [
            (
                "identified less duplicates less not yet screened",
                n("identified") - n("duplicates") - n("unscreened"),
                "records screened",
                n("screened"),
            ),
            (
                "screened less excluded less open conflicts",
                n("screened") - n("excluded_screening") - n("conflicts_screening"),
                "reports sought",
                n("sought"),
            ),
            (
                "fate 'excluded on title and abstract'",
                int(fates.get("excluded on title and abstract", 0)),
                "records excluded",
                n("excluded_screening"),
            ),
        ]
    if pd.notna(total["assessed"]):
        sums += [
            (
                "sought less not retrieved less awaiting",
                n("sought") - n("not_retrieved") - n("awaiting"),
                "reports assessed",
                n("assessed"),
            ),
            (
                "assessed less reasons less open conflicts",
                n("assessed") - int(parts.get("excluded_full_text", 0)) - n("conflicts_full_text"),
                "reports of included studies",
                n("reports"),
            ),
            ("fate 'included'", int(fates.get("included", 0)), "reports of included studies", n("reports")),
        ]
    broken = [item for item in sums if item[1] != item[3]]
    if pd.notna(total["studies"]) and n("studies") > n("reports"):
        broken.append(("included studies", n("studies"), "reports of included studies, at most", n("reports")))
    if broken:
        raise InputError(
            [
                Problem(
                    "PRISMA flow",
                    f"{left} ({a:,}) and {right} ({b:,}) do not agree",
                    expected="boxes that add up",
                    do="check that the search exports, merges and decisions belong to the same search",
                )
                for left, a, right, b in broken
            ]
        )
