"""Putting the projects of several coders together, by the wording of their sources and the paths of their codes.

Identifiers differ between programs and between two exports of one program, so they are not used.
"""

from __future__ import annotations

import difflib
import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from genequity import files as written
from genequity import tables
from genequity.coding import naming
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


def shared_places(text: str) -> np.ndarray:
    """Return, for each character of :func:`same_text`, its place in the text (which is composed), and the end."""
    found, at = [], 0
    for line in text.split("\n"):
        kept = len(line.rstrip())
        found += [*range(at, at + kept), at + len(line)]
        at += len(line) + 1
    lead = len(text) - len(text.lstrip())
    places = np.array([place for place in found if place >= lead], dtype=np.int64)
    return places[: len(same_text(text)) + 1]


def moved(segments: pd.DataFrame, text: str, to: str) -> pd.DataFrame:
    """Return segments of one text with their positions in another that differs in blanks at line ends only."""
    if text == to or segments.empty:
        return segments
    places, there = shared_places(text), shared_places(to)
    placed = segments["start"].notna()
    start = np.searchsorted(places, segments.loc[placed, "start"].to_numpy(dtype=np.int64))
    last = np.searchsorted(places, segments.loc[placed, "end"].to_numpy(dtype=np.int64), side="left") - 1
    limit = len(there) - 2
    start, last = np.clip(start, 0, limit), np.clip(last, 0, limit)
    result = segments.copy()
    result.loc[placed, "start"] = there[start]
    result.loc[placed, "end"] = there[np.maximum(last, start)] + 1
    bounds = zip(result.loc[placed, "start"], result.loc[placed, "end"], strict=True)
    result.loc[placed, "text"] = [to[int(low) : int(high)] for low, high in bounds]
    return result


DIFFERENCES, DEFINITIONS = "differing_texts.diff", "differing_definitions.csv"
_FOLDER: ContextVar[Path | None] = ContextVar("folder", default=None)


@contextmanager
def differences_in(folder: str | Path) -> Iterator[None]:
    """While it lasts, write what differs between projects into a restricted folder: texts that stop, definitions."""
    for name in (DIFFERENCES, DEFINITIONS):
        (Path(folder) / name).unlink(missing_ok=True)
    token = _FOLDER.set(Path(folder))
    try:
        yield
    finally:
        _FOLDER.reset(token)


def _difference(first: str, second: str) -> str:
    """Say where two texts differ, without their words."""
    left, right = ([line.rstrip() for line in text.split("\n")] for text in (first, second))
    blocks = [op for op in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes() if op[0] != "equal"]
    changed = sum(max(b - a, d - c) for _, a, b, c, d in blocks)
    _, a, _, c, _ = blocks[0]
    lengths = [f"{len(lines[at]):,}" if at < len(lines) else "no" for lines, at in ((left, a), (right, c))]
    many = "1 line differs" if changed == 1 else f"{changed:,} lines differ"
    return (
        f"line {a + 1}: {lengths[0]} characters in one, {lengths[1]} in the other; {many}, of {len(left):,} and "
        f"{len(right):,}"
    )


def _kept(differing: list[tuple[str, str, str, str, str]]) -> str:
    """Write the differing texts as a unified diff where a folder is set, and say where it stands."""
    folder = _FOLDER.get()
    if folder is None:
        return ""
    lines = []
    for name, one, other, first, second in differing:
        texts = [text.split("\n") for text in (first, second)]
        lines += difflib.unified_diff(*texts, f"{one}: {name}", f"{other}: {name}", n=1, lineterm="")
    written.write_text(folder / DIFFERENCES, "\n".join(lines) + "\n")
    return f"; {folder / DIFFERENCES} shows what differs"


def merge(projects: Sequence[Project], files: Sequence[str]) -> Merged:
    """Put the projects together.

    A source is known by its words: by its name where these are the same but for blanks at line ends, else by the words
    alone. A source without text is known by its name.

    Parameters
    ----------
    projects : sequence of Project
        In the config's order; the first is the lead coder's.
    files : sequence of str
        Their paths, for messages.

    Raises
    ------
    InputError
        When two projects hold a source of the same name with different texts (then positions do not mean the same), or
        the same code of the same coder on the same source (then nobody can tell which of the two holds).
    """
    by_name: dict[str, dict] = {}
    by_text: dict[str, str] = {}
    parts, differing, bad = [], [], []
    for place, content in enumerate(projects, 1):
        renamed: dict[str, str] = {}
        of_source = dict(list(content.segments.groupby("source", sort=False)))
        for row in content.sources.to_dict("records"):
            own = same_text(row["text"])
            name = _known(row, own, by_name, by_text, set(renamed.values()))
            renamed[row["source"]] = name
            known = by_name.setdefault(name, row | {"source": name, "projects": "", "places": [], "same": own})
            part = of_source.pop(row["source"], content.segments.iloc[:0])
            if not known["text"] and row["text"]:
                known |= {column: row[column] for column in ("text", "repaired", "proof")} | {"same": own}
            if row["text"] and known["same"] != own:
                differing.append((place, known, row, len(renamed)))
            elif row["text"]:
                part = moved(part, row["text"], known["text"])
                by_text.setdefault(own, name)
            known["places"].append(place)
            parts.append(part.assign(source=name, project=place))
        parts += [part.assign(project=place) for part in of_source.values()]
    if differing:
        named = [
            (known["source"], files[known["places"][0] - 1], files[place - 1], known["text"], row["text"])
            for place, known, row, _ in differing
        ]
        shown = _kept(named)
    for place, known, row, number in differing:
        problem = Problem(
            files[place - 1],
            f"source number {number} has the name of a source of {files[known['places'][0] - 1]} but another text",
            where=_difference(known["same"], same_text(row["text"])),
            expected="the same frozen transcript for every coder",
            do=f"find out which text was coded, and code that one in both projects{shown}",
        )
        bad.append(problem)
    filled = [part for part in parts if len(part)] or parts[:1]
    segments = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=["project", *SEGMENT_COLUMNS])
    bad += _twice(segments, files)
    if bad:
        raise InputError(bad)
    order = ["source", "start", "end", "code", "project", "text"]
    segments = segments.sort_values(order, kind="stable", ignore_index=True)
    segments.insert(0, "segment", _identifiers(segments))
    sources = [row | {"projects": ",".join(map(str, sorted(set(row["places"]))))} for row in by_name.values()]
    columns = ["source", "text", "repaired", "proof", "projects"]
    source_frame = pd.DataFrame(sources, columns=columns).sort_values("source", ignore_index=True)
    folder, apart = _FOLDER.get(), definitions(projects)
    if folder is not None and len(apart):
        tables.write(apart, folder / DEFINITIONS)
    return Merged(segments[MERGED_COLUMNS], source_frame, reading(projects))


def _known(row: dict, own: str, by_name: dict[str, dict], by_text: dict[str, str], taken: set[str]) -> str:
    """Return the name under which a source is known already, or its own."""
    name = stem(row["source"])
    if name in by_name and name not in taken and own in ("", by_name[name]["same"]):
        return name
    if own and own in by_text and by_text[own] not in taken:
        return by_text[own]
    if not own or name not in by_name:
        alike = [known for known in by_name if naming.key(known) == naming.key(name) and known not in taken]
        alike = [known for known in alike if not own or not by_name[known]["text"]]
        if len(alike) == 1:
            return alike[0]
    return name


def _twice(segments: pd.DataFrame, files: Sequence[str]) -> list[Problem]:
    """Return a problem for each two projects in which one coder put the same code on the same source."""
    kinds = segments[["source", "coder", "code", "project"]].drop_duplicates()
    again = kinds.merge(kinds, on=["source", "coder", "code"], suffixes=("", "_other"))
    again = again[again["project"] < again["project_other"]]
    found = []
    for (one, other), part in again.groupby(["project", "project_other"]):
        found.append(
            Problem(
                files[other - 1],
                f"a coder of {files[one - 1]} stands here again: same codes on {part['source'].nunique()} same sources",
                expected="each coder's work once, or different coders under different names",
                do="write 'coder: …' beside each path in the config, or leave one of the files out",
            )
        )
    return found


def definitions(projects: Sequence[Project]) -> pd.DataFrame:
    """List the codes whose definitions differ between projects: ``code, projects, definition``, one row a wording."""
    held = [content.codes.assign(project=place) for place, content in enumerate(projects, 1)]
    every = pd.concat(held, ignore_index=True) if held else pd.DataFrame(columns=["code", "description", "project"])
    every = every[every["description"].fillna("").str.strip() != ""]
    every = every.assign(definition=[" ".join(words.split()) for words in every["description"]])
    rows = (
        every.groupby(["code", "definition"], sort=True)["project"]
        .agg(lambda places: ",".join(str(place) for place in sorted(set(places))))
        .reset_index(name="projects")
    )
    return rows[rows["code"].duplicated(keep=False)][["code", "projects", "definition"]].reset_index(drop=True)


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
