"""Reading everything coded of a strand: projects, codebook, themes; used by the steps and by the check alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from genequity import authored
from genequity.coding import codebook, consensus, disagreements, formats, losses, merge, naming
from genequity.coding.project import EVENT, EVENT_COLUMNS, SEPARATOR, SUMMARY_COLUMNS, Project, empty
from genequity.coding.readers import transcripts
from genequity.errors import InputError

DECIDE = {
    "lead": "the segments of the first coder of each source stand",
    "any": "a segment of any coder stands",
    "both": "a segment stands where another coder put the same code on part of it",
    "consensus": "the lead coder's segments stand, changed by the team's outcomes on disagreements",
}


@dataclass(frozen=True)
class Coded:
    """What a strand's projects and codebook hold together; ``supplied`` says whether the study brought a codebook.

    ``events`` lists meetings and round tables (:data:`genequity.coding.project.EVENT_COLUMNS`), which are no
    participants; ``summaries`` the cells of framework matrices.
    """

    projects: list[Project]
    merged: merge.Merged
    codebook: pd.DataFrame
    supplied: bool
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def events(self) -> pd.DataFrame:
        """Events of all projects."""
        return _together([content.events for content in self.projects], EVENT_COLUMNS)

    @property
    def summaries(self) -> pd.DataFrame:
        """Summaries of all projects."""
        return _together([content.summaries for content in self.projects], SUMMARY_COLUMNS)


def _together(parts: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True)[columns] if filled else empty(columns)


def themes(path: str | Path) -> pd.DataFrame:
    """Read the study's themes: ``theme, label, definition``, in the file's order."""
    return authored.read(str(path), ["theme", "label", "definition"], filled=["theme", "label"], unique=["theme"])


def labelled(frame: pd.DataFrame, theme_frame: pd.DataFrame) -> pd.DataFrame:
    """Add ``label``: the theme in words; a theme that is not the study's own is its own label."""
    words = dict(zip(theme_frame["theme"], theme_frame["label"]))
    return frame.assign(label=[words.get(theme, theme) for theme in frame["theme"]])


def read(
    entries: Sequence[Mapping[str, str]],
    codebook_path: str | Path | None,
    theme_ids: Sequence[str],
    *,
    allow_set_aside: bool,
    transcript_files: Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
) -> Coded:
    """Read and merge the projects, and check their codes against the codebook.

    Parameters
    ----------
    entries : sequence of mapping
        ``path``, ``format`` and, if wanted, ``coder``, as in the config; the lead coder's first.
    codebook_path : str or Path or None
        The codebook, or None when the study has none.
    theme_ids : sequence of str
        Ids a codebook may use.
    allow_set_aside : bool
        Whether codings that cannot be used are only counted.
    transcript_files : sequence of str
        Transcripts, in which segments without positions are found again.
    texts : mapping, optional
        Texts that were read already, by name, for the same use.

    Raises
    ------
    InputError
        With all problems of all files.
    """
    bad, book, projects, held, notes = [], None, [], {}, []
    files = [entry["path"] for entry in entries]
    try:
        held, notes = transcripts.read_all(transcript_files)
    except InputError as error:
        bad += error.problems
    try:
        held |= {naming.key(name): text for name, text in (texts or {}).items()}
        projects = marked(formats.read_all(entries, held))
    except InputError as error:
        bad += error.problems
    try:
        book = codebook.read(codebook_path, theme_ids) if codebook_path else None
    except InputError as error:
        bad += error.problems
    if projects and not allow_set_aside:
        bad += losses.problems(projects, files)
    if projects and book is not None:
        projects = [codebook.renamed(content, book) for content in projects]
        for content, file in zip(projects, files, strict=True):
            bad += codebook.check_codes(content.segments, book, file)
    if bad:
        raise InputError(bad)
    merged = merge.merge(projects, files)
    own = book if book is not None else codebook.from_projects(projects)
    return Coded(projects, merged, own, book is not None, tuple(files), tuple(notes))


def marked(projects: Sequence[Project]) -> list[Project]:
    """Return the projects, with every segment of a registered event marked as one, whichever project coded it."""
    events = {naming.key(event) for content in projects for event in content.events["event"]}
    if not events:
        return list(projects)
    found = []
    for content in projects:
        is_event = content.segments["source"].map(naming.key).isin(events)
        kind = content.segments["kind"].where(~is_event, EVENT)
        found.append(replace(content, segments=content.segments.assign(kind=kind)))
    return found


def decided(segments: pd.DataFrame, sources: pd.DataFrame, rule: str) -> pd.DataFrame:
    """Return the segments that stand for the analysis, by a rule of :data:`DECIDE`.

    Parameters
    ----------
    segments : pandas.DataFrame
        Merged segments, with ``project``.
    sources : pandas.DataFrame
        Merged sources, with ``projects``. The lead coder of a source is that of the first project that holds it
        (the first by name, where the project has several).
    rule : str
        ``lead``, ``any`` or ``both``; ``consensus`` begins with the lead coder's.
    """
    if segments.empty or rule == "any":
        return segments
    if rule in ("lead", "consensus"):
        first = sources.set_index("source")["projects"].str.split(",").str[0].astype(int)
        held = segments[segments["project"] == segments["source"].map(first)]
        lead = {source: part["coder"].min() for source, part in held.groupby("source")}
        return held[held["coder"] == held["source"].map(lead)].reset_index(drop=True)
    left = segments.reset_index(names="at")
    pairs = left.merge(left, on=["source", "code"], suffixes=("", "_other"))
    pairs = pairs[(pairs["coder"] != pairs["coder_other"])]
    pairs = pairs[(pairs["start"] < pairs["end_other"]) & (pairs["start_other"] < pairs["end"])]
    return segments.loc[sorted(pairs["at"].unique())].reset_index(drop=True)


def with_themes(segments: pd.DataFrame, coded: Coded) -> pd.DataFrame:
    """Add ``theme``: the theme of the code, of its nearest ancestor that has one, or blank.

    Where the study has no codebook, the theme is the first step of the code's path.
    """
    if not coded.supplied:
        return segments.assign(theme=[code.partition(SEPARATOR)[0] for code in segments["code"]])
    own = dict(zip(coded.codebook["path"], coded.codebook["theme"]))
    return segments.assign(theme=[_nearest_theme(code, own) for code in segments["code"]])


def _nearest_theme(path: str, own: Mapping[str, str]) -> str:
    while path:
        if own.get(path):
            return own[path]
        path = path.rpartition(SEPARATOR)[0]
    return ""


def theme_order(coded: Coded, theme_frame: pd.DataFrame) -> list[str]:
    """Return the themes of this strand in the order they are reported: the study's, or first steps of codes by name."""
    if not coded.supplied:
        return sorted({path.partition(SEPARATOR)[0] for path in coded.codebook["path"]})
    used = set(coded.codebook["theme"]) - {""}
    return [theme for theme in theme_frame["theme"] if theme in used]


def codebook_table(coded: Coded, segments: pd.DataFrame) -> pd.DataFrame:
    """Return the codebook as it is released: no examples, since they may be a participant's words; with use counts."""
    segment_counts = segments["code"].value_counts()
    source_counts = segments.groupby("code")["source"].nunique()
    table = coded.codebook.assign(
        segments=coded.codebook["path"].map(segment_counts).fillna(0).astype(int),
        sources=coded.codebook["path"].map(source_counts).fillna(0).astype(int),
    )
    said = ["theme", "definition", "include", "exclude", "origin", "version", "status", "renamed_from"]
    table = table[["path", *said, "segments", "sources"]].rename(columns={"path": "code"})
    blank = ["theme", "definition", "include", "exclude", "version", "renamed_from"]
    return table.assign(**{column: table[column].where(table[column] != "", None) for column in blank})


def stored(
    merged: merge.Merged, coded: Coded, rule: str, outcomes: str | None = None, unit: str = "paragraph"
) -> pd.DataFrame:
    """Return all coders' segments with ``theme`` and ``stands``, as they are kept between steps.

    Parameters
    ----------
    merged : Merged
        Segments to keep.
    coded : Coded
        The codebook, for themes.
    rule : str
        A key of :data:`DECIDE`.
    outcomes : str, optional
        The file of outcomes on disagreements, for the rule ``consensus``.
    unit : str
        On which coders are compared: outcomes are of disagreements on this unit.
    """
    if rule == "consensus" and outcomes and not merged.segments.empty:
        lead = decided(merged.segments, merged.sources, "lead")
        codes = sorted(set(merged.segments["code"]))
        listed = disagreements.listed(merged, codes, unit)
        found = consensus.tracked(listed, consensus.read(outcomes, list(coded.codebook["path"])))
        return with_themes(consensus.applied(merged, lead, found, outcomes), coded)
    everything = with_themes(merged.segments, coded)
    return everything.assign(stands=everything["segment"].isin(decided(everything, merged.sources, rule)["segment"]))


def stored_order(table: pd.DataFrame, theme_frame: pd.DataFrame) -> list[str]:
    """Return themes in reporting order from a released codebook: the study's order, or first steps of codes by name."""
    used = set(table["theme"].dropna())
    if used:
        return [theme for theme in theme_frame["theme"] if theme in used]
    return sorted({path.partition(SEPARATOR)[0] for path in table["code"]})
