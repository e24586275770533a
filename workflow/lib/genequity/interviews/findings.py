"""What the interviews hand on: one finding for each theme and voice; numbers for prose.

Everything is read from released tables. Where a number is withheld the finding says that some raised the theme; a
theme nobody raises is a finding too, with an estimate of 0. A share stands beside a number that is not rounded, of
enough people, and only where the method of the study allows it (:mod:`genequity.interviews.methods`). Notes of events
make no finding: they are counted apart, in ``interviews/events``.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from genequity.findings import finding
from genequity.interviews import bands, methods
from genequity.interviews.cases import ANALYSED, LISTED, NO_TABLE_STEP, NOT_CODED, REFUSED, WITHDREW
from genequity.interviews.quotes import MAY, STATUS
from genequity.numbers import number, say
from genequity.policy.findings import agreement_numbers, reading_numbers

STATUS_KEYS = {
    MAY: "quotable",
    STATUS["summary"]: "summary_only",
    STATUS["analysis"]: "analysis_only",
    STATUS["no record"]: "no_record",
}
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
    by_role = held["participants"]
    by_role = by_role[by_role["characteristic"] == "Role"].set_index("level")["participants"]
    shown = table.dropna(subset="participants")
    top = shown.sort_values(["role", "participants", "theme"], ascending=[True, False, True]).drop_duplicates("role")
    headlines = set(zip(top["theme"], top["role"]))
    shares = "choices" not in held or held["choices"].set_index("choice")["value"]["shares"] == "yes"
    return [
        _finding(entry, labels, by_role.get(entry["role"]), headlines, shares=shares)
        for entry in table.to_dict("records")
    ]


FLOW_KEYS = {
    LISTED: "listed",
    WITHDREW: "withdrawn",
    REFUSED: "refused",
    NOT_CODED: "without_transcript",
    ANALYSED: "analysed",
    NO_TABLE_STEP: "analysed",
}


def _finding(entry: dict, labels: Mapping[str, str], of: int | None, headlines: set, *, shares: bool) -> dict:
    """Return the finding on one theme and role; ``of`` is the released number of people in the role."""
    role, raised = entry["role"], entry["raised"]
    everyone = f"the {int(of)} {VOICES[role]} interviewed" if not pd.isna(of) else f"the {VOICES[role]} interviewed"
    count, theme = entry["participants"], f"raised the theme “{labels[entry['theme']]}”"
    estimate, unit = None, "participants"
    if raised == bands.NONE:
        statement, estimate = f"None of {everyone} {theme}.", 0
    elif pd.isna(count):
        many = {bands.SOME: "Some", bands.MANY: "Many", bands.NONE_OR_SOME: "None or some"}[raised]
        statement = f"{many} of {everyone} {theme}; the number is small and withheld."
    elif raised == bands.MANY:
        about = f": about {int(count)}, rounded" if not pd.isna(of) and count < of else ""
        statement = f"Many of {everyone} {theme}{about}."
    else:
        share = None if pd.isna(of) else methods.share(int(count), int(of), allowed=shares)
        estimate, unit = (int(count), unit) if share is None else (share, "proportion")
        told = "" if share is None else f" ({say(share, unit)})"
        statement = f"{int(count)} of {everyone} {theme}{told}."
    return finding(
        id=f"interviews.{entry['theme']}.{role}",
        strand="interviews",
        theme=entry["theme"],
        statement=statement,
        estimate=estimate,
        unit=unit,
        voice=role,
        direction="not_measurable" if raised == bands.NONE_OR_SOME else "described",
        certainty="not graded",
        source_table="interviews/prevalence",
        source_row=f"theme={entry['theme']};role={role}",
        headline=raised in (bands.SOME, bands.MANY) and (entry["theme"], role) in headlines,
    )


def numbers(held: Mapping[str, pd.DataFrame]) -> list[dict]:
    """Return the numbers of the strand from its released tables."""
    flow = held["flow"]
    keys = {FLOW_KEYS[row.label]: row for row in flow.itertuples()}
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
    for entry in held["sessions"].to_dict("records"):
        source = ("interviews/sessions", f"kind={entry['kind']}", "sessions", "interviews_segments")
        rows.append(
            number(f"interviews.sessions.{entry['kind'].replace(' ', '_')}", entry["sessions"], "sessions", *source)
        )
    for entry in held["saturation_rule"].to_dict("records"):
        level = f"{entry['threshold']:.2f}"
        source = ("interviews/saturation_rule", f"threshold={entry['threshold']}", "interviews_themes")
        for column in ("base", "run", "base_codes", "reached_at", "run_codes"):
            key = f"interviews.saturation.{level.replace('.', '_')}.{column}"
            rows.append(number(key, entry[column], "items", source[0], source[1], column, source[2]))
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
