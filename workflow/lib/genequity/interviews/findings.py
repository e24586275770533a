"""What the interviews hand on: one finding for each theme and voice; numbers for prose.

Everything is read from released tables. A withheld count makes a finding that says so; a theme nobody raises
is a finding too.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from genequity.findings import finding
from genequity.interviews.quotes import MAY, STATUS
from genequity.numbers import number, say
from genequity.policy.findings import agreement_numbers, reading_numbers

STATUS_KEYS = {MAY: "quotable", STATUS["analysis"]: "analysis_only", STATUS["no record"]: "no_record"}
VOICES = {"patient": "patients", "professional": "professionals", "public": "members of the public"}


def findings(held: Mapping[str, pd.DataFrame], labels: Mapping[str, str]) -> list[dict]:
    """Return the findings.

    Parameters
    ----------
    held : mapping
        Released tables by name.
    labels : mapping
        Theme -> label; themes that are not the study's own (codes, where there is no codebook) make no
        finding.
    """
    table = held["prevalence"]
    table = table[table["role"].isin(VOICES) & table["theme"].isin(list(labels.keys()))]
    shown = table.dropna(subset="participants")
    top = shown.sort_values(["role", "participants", "theme"], ascending=[True, False, True]).drop_duplicates("role")
    headlines = set(zip(top["theme"], top["role"]))
    return [_finding(entry, labels, headlines) for entry in table.to_dict("records")]


def _finding(entry: dict, labels: Mapping[str, str], headlines: set) -> dict:
    label, who, withheld = labels[entry["theme"]], VOICES[entry["role"]], pd.isna(entry["participants"])
    if withheld:
        statement = f"How many {who} raised the theme “{label}” is withheld, since the number is small."
    elif entry["participants"] == 0:
        statement = f"None of {int(entry['of'])} {who} interviewed raised the theme “{label}”."
    else:
        share = say(entry["share"], "proportion")
        statement = (
            f"{int(entry['participants'])} of {int(entry['of'])} {who} interviewed ({share}) "
            f"raised the theme “{label}”."
        )
    return finding(
        id=f"interviews.{entry['theme']}.{entry['role']}",
        strand="interviews",
        theme=entry["theme"],
        statement=statement,
        estimate=None if withheld else entry["share"],
        unit="proportion",
        voice=entry["role"],
        direction="not_measurable" if withheld else "described",
        certainty="not graded",
        n=None if pd.isna(entry["of"]) else int(entry["of"]),
        source_table="interviews/prevalence",
        source_row=f"theme={entry['theme']};role={entry['role']}",
        headline=not withheld and entry["participants"] > 0 and (entry["theme"], entry["role"]) in headlines,
    )


def numbers(held: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Return the numbers of the strand from its released tables."""
    flow = held["flow"]
    keys = dict(zip(("listed", "withdrawn", "without_transcript", "analysed"), flow.itertuples()))
    if len(flow) == 1:
        keys = {"analysed": next(flow.itertuples())}
    rows = [
        number(
            f"interviews.{key}",
            row.number,
            "participants",
            "interviews/flow",
            f"step={row.step}",
            "number",
            "interviews_segments",
        )
        for key, row in keys.items()
    ]
    people = held["participants"]
    for entry in people[people["characteristic"] == "Role"].to_dict("records"):
        if entry["level"] in VOICES:
            where = f"characteristic=Role;level={entry['level']}"
            source = ("interviews/participants", where, "participants", "interviews_segments")
            rows.append(number(f"interviews.role.{entry['level']}", entry["participants"], "participants", *source))
    rows += agreement_numbers(held["agreement"], "interviews")
    rows += reading_numbers(held["reading"], "interviews", "interviews_segments")
    for entry in held["quotable"][held["quotable"]["theme"] == "All themes"].to_dict("records"):
        key = STATUS_KEYS.get(entry["status"])
        source = ("interviews/quotable", f"theme=All themes;status={entry['status']}")
        if key:
            rows.append(
                number(
                    f"interviews.segments.{key}",
                    entry["segments"],
                    "segments",
                    *source,
                    "segments",
                    "interviews_quotes",
                )
            )
        if entry["status"] == MAY:
            rows.append(
                number("interviews.quotes", entry["released"], "quotations", *source, "released", "interviews_quotes")
            )
    stated = held["reconcile"][held["reconcile"]["code"] == "All codes"]
    for entry in stated.to_dict("records"):
        for column in ("declared", "read", "difference"):
            rows.append(
                number(
                    f"interviews.reconcile.{column}",
                    entry[column],
                    "codings",
                    "interviews/reconcile",
                    "code=All codes",
                    column,
                    "interviews_segments",
                )
            )
    return rows
