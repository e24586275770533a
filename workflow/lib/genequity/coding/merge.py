"""Putting the projects of several coders together, by the wording of their sources and the paths of their codes.

Identifiers differ between programs and between two exports of one program, so they are not used.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from genequity.coding.project import SEGMENT_COLUMNS, Project
from genequity.errors import InputError, Problem

ALL_PROJECTS = "All projects"
MERGED_COLUMNS = ["segment", "project", *SEGMENT_COLUMNS]


@dataclass(frozen=True)
class Merged:
    """What several projects hold together.

    Attributes
    ----------
    segments : pandas.DataFrame
        ``segment`` (an identifier made of the content), ``project`` (its place in the config, from 1) and the
        canonical columns.
    sources : pandas.DataFrame
        ``source, text, repaired, proof, projects``: one row a text, with the places of the projects that hold
        it.
    reading : pandas.DataFrame
        ``project, codings, read, set_aside, reason``: one row for each project, with its first reason.
    """

    segments: pd.DataFrame
    sources: pd.DataFrame
    reading: pd.DataFrame


def stem(name: str) -> str:
    """Return a source's name without the ending of a text file."""
    path = Path(name)
    return path.stem if path.suffix.lower() in (".txt", ".docx", ".md", ".rtf", ".vtt", ".pdf") else name


def same_text(text: str) -> str:
    """Return the form in which two texts are compared: composed characters, no blanks at line ends."""
    return "\n".join(line.rstrip() for line in unicodedata.normalize("NFC", text).strip().split("\n"))


def _difference(first: str, second: str) -> str:
    left, right = first.split("\n"), second.split("\n")
    pairs = enumerate(zip(left, right), 1)
    line = next((number for number, (a, b) in pairs if a.rstrip() != b.rstrip()), min(len(left), len(right)) + 1)
    return f"line {line} ({len(left):,} lines in one, {len(right):,} in the other)"


def merge(projects: Sequence[Project], files: Sequence[str]) -> Merged:
    """Put the projects together.

    Parameters
    ----------
    projects : sequence of Project
        In the config's order; the first is the lead coder's.
    files : sequence of str
        Their paths, for messages.

    Raises
    ------
    InputError
        When two projects hold a source of the same name with different texts: then positions do not mean the
        same.
    """
    by_name: dict[str, dict] = {}
    by_text: dict[str, str] = {}
    parts, bad = [], []
    for place, (content, file) in enumerate(zip(projects, files, strict=True), 1):
        renamed: dict[str, str] = {}
        for row in content.sources.to_dict("records"):
            name, key = stem(row["source"]), hashlib.sha256(same_text(row["text"]).encode()).hexdigest()
            if row["text"] and key in by_text:
                name = by_text[key]
            renamed[row["source"]] = name
            known = by_name.setdefault(name, row | {"source": name, "projects": "", "places": []})
            if row["text"] and known["text"] and same_text(known["text"]) != same_text(row["text"]):
                problem = Problem(
                    file,
                    f"source number {len(renamed)} has the name of a source of "
                    f"{files[known['places'][0] - 1]} but another text",
                    where=_difference(known["text"], row["text"]),
                    expected="the same frozen transcript for every coder",
                    do="find out which text was coded, and code that one in both projects",
                )
                bad.append(problem)
            known["places"].append(place)
            if row["text"]:
                by_text[key] = name
        segments = content.segments.assign(source=content.segments["source"].map(renamed), project=place)
        parts.append(segments)
    if bad:
        raise InputError(bad)
    segments = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["project", *SEGMENT_COLUMNS])
    order = ["source", "start", "end", "code", "project", "text"]
    segments = segments.sort_values(order, kind="stable", ignore_index=True)
    segments.insert(0, "segment", _identifiers(segments))
    sources = [row | {"projects": ",".join(map(str, sorted(set(row["places"]))))} for row in by_name.values()]
    columns = ["source", "text", "repaired", "proof", "projects"]
    source_frame = pd.DataFrame(sources, columns=columns).sort_values("source", ignore_index=True)
    return Merged(segments[MERGED_COLUMNS], source_frame, reading(projects))


def _identifiers(segments: pd.DataFrame) -> list[str]:
    """Make an identifier of each segment's content; equal ones get a number."""
    seen: dict[str, int] = {}
    names = []
    for row in segments[["source", "project", "code", "start", "end", "text"]].itertuples(index=False):
        digest = hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:10]
        seen[digest] = seen.get(digest, 0) + 1
        names.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return names


def reading(projects: Sequence[Project]) -> pd.DataFrame:
    """Count, for each project and for all, the codings of the file, those read, set aside, and positions repaired.

    A source or code that stands in several projects counts once for each project; ``codes`` of all projects
    are different paths.
    """
    rows = []
    for place, content in enumerate(projects, 1):
        reasons = content.unreadable["reason"].value_counts().sort_index()
        repaired = content.segments["repaired"]
        rows.append(
            {
                "project": f"Project {place}",
                "program": content.origin,
                "sources": len(content.sources),
                "codes": len(content.codes),
                "codings": content.codings,
                "segments": len(content.segments),
                "set_aside": len(content.unreadable),
                "reasons": "; ".join(f"{reason} ({count})" for reason, count in reasons.items()),
                "repaired": int((~repaired.isin(["none", "no position in the file"])).sum()),
            }
        )
    columns = ["project", "program", "sources", "codes", "codings", "segments", "set_aside", "reasons", "repaired"]
    table = pd.DataFrame(rows, columns=columns)
    whole = {name: int(table[name].sum()) for name in ("sources", "codings", "segments", "set_aside", "repaired")}
    whole |= {"project": ALL_PROJECTS, "codes": len({code for p in projects for code in p.codes["code"]})}
    return pd.concat([table, pd.DataFrame([whole], columns=columns)], ignore_index=True)


def lost(projects: Sequence[Project], files: Sequence[str]) -> list[Problem]:
    """List the codings that were set aside, for studies that do not allow it."""
    found = []
    for content, file in zip(projects, files, strict=True):
        for reason, count in content.unreadable["reason"].value_counts().sort_index().items():
            message = f"{count} of {content.codings} codings cannot be used: {reason}"
            do = "mend them in the coding program, or set methods.allow_set_aside: true to go on and report the number"
            found.append(Problem(file, message, do=do))
    return found
