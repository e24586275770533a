"""What a person reads first in a pack: the statement of disclosure control, and how two checkers approve it."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from genequity.pack import manifest
from genequity.pack.approval import CHECKERS
from genequity.pack.context import Table
from genequity.pack.limits import Limits
from genequity.release import Profile
from genequity.tables import SUPPRESSED

_PROTECTION = """
The profile was applied to counts before anything was derived from them. A ratio was recomputed from the rounded counts
shown beside it. Whatever else rests on a withheld count was withheld with it. {totals} Whether hidden cells can be
narrowed by combining several tables was not solved for. Numbers in text, figures and findings come from these released
tables alone.
"""
_TOTALS = {
    "rounded": "A single withheld part beside its published total took a second cell with it, by a simple rule.",
    "sum": "Totals are the sums of the rounded parts that are shown.",
}
_GATE = """
The gate then read every table, finding and number again, as an output checker would, and refused none: small counts,
counts that are not rounded, ratios that do not follow from the counts shown, totals that give a part away, model
estimates without observations, events and degrees of freedom, extremes, and medians of too few people.
"""
_GATE_OPEN = """
The gate then read every table, finding and number again and refused none. It had no small-number rule to hold them
against.
"""
_NOT_SEEN = """
The gate does not know who is special in a place, what was released before or elsewhere, or what a reader knows already.
It does not understand free text: quotations and statements need a person. It does not judge whether the profile is the
right one for these data.
"""


def disclosure(study: Mapping[str, Any], rule: Profile, packed: Mapping[str, Table]) -> str:
    """Return ``disclosure-control.txt``: what was done to the outputs, and who still has to decide.

    Parameters
    ----------
    study : mapping
        ``study.json``.
    rule : Profile
        The study's profile.
    packed : mapping
        Table name -> released table.
    """
    people = {name: table for name, table in packed.items() if table.schema.about == "people"}
    cells = {name: sum(table.withheld.values()) for name, table in people.items()}
    reasons = Counter(row[SUPPRESSED] for table in packed.values() for row in table.rows if row.get(SUPPRESSED))
    lines = [
        "Statement of disclosure control",
        "===============================",
        "",
        _wrap(f"Study: {study['title']}, version {study['version']}, {study['date']}. Data: {study['data']}."),
        _wrap(f"Profile: {rule.name}, version {rule.version}. {rule.sentence}"),
        *([_wrap(f"Source of the profile: {rule.source}")] if rule.source else []),
        _wrap(f"Levels that the profile protects: {', '.join(rule.levels) or 'none'}."),
        "",
        "What was done",
        "-------------",
        _wrap(
            _PROTECTION.format(totals=_TOTALS[rule.totals])
            if rule.levels
            else "No protection was applied: the profile is for public or synthetic data."
        ),
        "",
        _wrap(_GATE if rule.levels else _GATE_OPEN),
        "",
        "What was withheld",
        "-----------------",
        f"Counts withheld: {sum(cells.values()):,} cells, in {sum(map(bool, cells.values()))} of {len(people)} tables "
        "about people.",
        *(f"- {name}: {number:,} cells" for name, number in sorted(cells.items()) if number),
        *(f"Rows with the reason '{reason}': {number:,}" for reason, number in sorted(reasons.items())),
        "What protection cost each group stands in the table audit/erasure, where the release holds it.",
        "",
        "What nobody has decided yet",
        "---------------------------",
        _wrap(_NOT_SEEN),
        "",
        _wrap(_decision(study)),
    ]
    return "\n".join(lines) + "\n"


def _decision(study: Mapping[str, Any]) -> str:
    if study["data"] == "restricted":
        return (
            f"Human output checkers decide. {CHECKERS} of them, who did not write the outputs, read this pack and "
            "record their decision in approval.yaml. Until then nothing in it may be published."
        )
    return (
        f"The study's data are declared {study['data']}, so no approval is asked for. "
        "That declaration is the study's own."
    )


def readme(study: Mapping[str, Any], limits: Limits) -> str:
    """Return ``README.txt``: what the pack holds and how it is approved."""
    return f"""Release pack
============

{_wrap(f"Study: {study['title']}, version {study['version']}, {study['date']}. Data: {study['data']}.")}

What it holds
-------------
release/                    the released files: what the report is made of, and nothing else
release/**/*.context.txt    beside each table its context sheet: population, variables, counts, relations
disclosure-control.txt      what was done to the outputs, what was withheld, who still decides
results.json, checksums/    the same outputs as ACRO describes them; SACRO-Viewer opens this folder
{manifest.NAME}               every file with its SHA-256
{manifest.APPROVAL}               to be filled in by two output checkers

Allowed are files of type {", ".join(limits.types)}, of at most {limits.bytes:,} bytes, and tables of at
most {limits.rows:,} rows.

For the output checkers
-----------------------
1. Read disclosure-control.txt, then each table with its context sheet. Read every quotation.
2. Copy {manifest.APPROVAL} out of the pack, and check that its manifest_sha256 is the SHA-256 of
   {manifest.NAME} (sha256sum {manifest.NAME}).
3. Each of you fills in name, role, date and decision. Write "approved" only for all files together;
   otherwise write "rejected", and tell the researchers why.
4. Lay the filled {manifest.APPROVAL} beside pack.zip. Both leave together. Leave pack.zip as it is:
   an approval holds for the files of one manifest, and a changed file needs a new one.

Outside
-------
make outside PACK=pack.zip    checks the pack and its approval, and builds the report from it alone
"""


def _wrap(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 100)
