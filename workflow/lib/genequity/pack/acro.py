"""``results.json`` in the schema of ACRO, so that SACRO-Viewer and its users can open a pack.

Written after ACRO 1.0.2 (``acro/record.py``: ``finalise_json`` and ``load_records``); ACRO itself is not used. The
checksums that SACRO-Viewer looks for stand in ``checksums/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from genequity import __version__
from genequity.pack import manifest
from genequity.pack.context import Table, sheet_of
from genequity.release import Profile

SCHEMA_VERSION = "1.0.2"  # of ACRO: its reader refuses files of another version
NAME = "results.json"
# Words that a person has to read: no rule about numbers can pass them.
PROSE = ("quotes", "findings")


def results(
    study: Mapping[str, Any], rule: Profile, packed: Mapping[str, Table], others: Iterable[str]
) -> dict[str, Any]:
    """Return ``results.json``.

    Parameters
    ----------
    study : mapping
        ``study.json``; its date stands for the time.
    rule : Profile
        The study's profile.
    packed : mapping
        Table name -> released table.
    others : iterable of str
        Paths of released files that are no tables.
    """
    entries = [_table(table, name, study, rule) for name, table in sorted(packed.items())]
    entries += [_other(path, study) for path in sorted(others)]
    outputs = {f"output_{place}": {"uid": f"output_{place}", **entry} for place, entry in enumerate(entries)}
    return {
        "version": SCHEMA_VERSION,
        "tool": {"@type": "SoftwareApplication", "name": "genequity", "version": __version__},
        "results": outputs,
    }


def checksums(contents: Mapping[str, bytes], names: Iterable[str]) -> dict[str, bytes]:
    """Return a checksum file for each named file, where SACRO-Viewer looks for it."""
    return {f"checksums/{name}.txt": manifest.digest(contents[name]).encode() for name in sorted(names)}


def _table(table: Table, name: str, study: Mapping[str, Any], rule: Profile) -> dict[str, Any]:
    withheld = sum(table.withheld.values())
    counted = f"{withheld} counts withheld" if withheld else "no count withheld"
    reading = name.split("/")[1] in PROSE
    return {
        "status": "review" if reading else "pass",
        "type": "regression" if table.schema.model else "table",
        "properties": {"method": table.schema.title, "profile": f"{rule.name} {rule.version}"},
        "files": [{"name": table.path, "sdc": _cells(table)}],
        "outcome": {},
        "command": f"genequity {name}",
        "summary": f"{'review' if reading else 'pass'}; gate passed under {rule.name} {rule.version}; {counted}",
        "timestamp": _time(study),
        "comments": [f"{table.schema.title}. One row: {table.schema.row}.", f"Context: {sheet_of(table.path)}"],
        "exception": "The table holds prose: a person has to read it." if reading else "",
        "fair": {},
    }


def _other(path: str, study: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": "review",
        "type": "custom",
        "properties": {},
        "files": [{"name": path, "sdc": {}}],
        "outcome": {},
        "command": "custom",
        "summary": "review",
        "timestamp": _time(study),
        "comments": ["Facts about the study or the release; it holds no records."],
        "exception": "Not a table.",
        "fair": {},
    }


def _cells(table: Table) -> dict[str, Any]:
    """Return withheld cells by place; as in ACRO, both are counted from 0, and the first column names the row."""
    places = [
        [row, column - 1]
        for row, cells in enumerate(table.rows)
        for column, name in enumerate(table.header)
        if name in table.withheld and not cells.get(name) and cells.get("suppressed")
    ]
    return {"summary": {"suppressed": bool(places), "threshold": len(places)}, "cells": {"threshold": places}}


def _time(study: Mapping[str, Any]) -> str:
    return f"{study['date']}T00:00:00"
