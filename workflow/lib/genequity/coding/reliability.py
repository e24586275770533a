"""The agreement step of a strand: from coders' segments to tables, lists for the team, and projects for its tools."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from genequity import seeds, tables
from genequity.coding import codebook, compare, consensus, disagreements, project, scales, sidebyside, why, writer
from genequity.coding.project import Project

if TYPE_CHECKING:
    from genequity.coding.merge import Merged

REFLEXIVE = "reflexive analysis compares no coders"
PROTECTED_INDICES = ("prevalence_index", "bias_index", "pabak", "kappa_ceiling")


@dataclass(frozen=True)
class Files:
    """Where the step writes: three tables of the release, then what holds text and stays."""

    agreement: str
    coefficients: str
    why: str
    disagreements: str
    page: str
    workbook: str
    stale: str
    merged: str
    standing: str
    qdc: str


@dataclass(frozen=True)
class Options:
    """Choices of the step.

    Attributes
    ----------
    unit, units : str, list of str
        The unit of the first table, and further units side by side in the second.
    level : float
        Confidence level.
    low : float
        Alpha below which agreement counts as low and is explained.
    seed : int
        The study's seed.
    method : str
        The method of analysis; ``reflexive`` compares no coders.
    people : bool
        Whether sources are people: then counts of single codes stay behind.
    ranks : mapping
        Code -> rank, where codes grade a document.
    rated : str
        What is graded.
    """

    unit: str
    level: float
    seed: int
    units: Sequence[str] = ()
    low: float = 0.667
    method: str = ""
    people: bool = False
    ranks: Mapping[str, int] | None = None
    rated: str = ""


def run(
    strand: str,
    sources: str,
    segments: str,
    book: str,
    outcomes: str | None,
    to: Files,
    options: Options,
    cases: str | None = None,
) -> None:
    """Read the strand's segments, compare coders, and write everything that follows.

    Parameters
    ----------
    strand : str
        ``policy`` or ``interviews``; names the tables.
    sources, segments, book : str
        As the strand's first step keeps them.
    outcomes : str or None
        The team's outcomes on disagreements, if there are any yet.
    to : Files
        Outputs.
    options : Options
        Choices.
    cases : str, optional
        Cases with their attributes, for the project that other tools open.
    """
    stored = tables.read(segments)
    whole = compare.restored(tables.read(sources), stored)
    merged = compare.restored(tables.read(sources), consensus.by_coders(stored))
    defined = tables.read(book, f"{strand}/codebook")
    codes = compare.codes_to_compare(defined)
    rng = seeds.generator(options.seed, f"{strand}_agreement")
    wide, long, listed = _compared(merged, codes, rng, options)
    known = list(defined["code"])
    found = consensus.tracked(listed, consensus.read(outcomes, known) if outcomes else None)
    reasons = why.explained(wide, found.listed, options.low)
    _write_tables(strand, wide, long, reasons, to, options.people)
    tables.write(found.listed, to.disagreements)
    tables.write(found.stale, to.stale)
    texts = dict(zip(merged.sources["source"], merged.sources["text"], strict=True))
    counts = reasons.loc[reasons["code"] == compare.ALL_CODES, ["pair", "disagreements", "resolved", "open"]]
    title = f"Where coders differ: {strand}"
    sidebyside.write_page(to.page, found.listed, texts, counts, len(found.stale), title)
    sidebyside.write_workbook(found.listed, texts, known, to.workbook)
    described = defined.assign(description=[codebook.description(row) for row in defined.to_dict("records")], colour="")
    attributes = tables.read(cases) if cases else None
    writer.write(as_project(strand, merged, described, attributes), to.merged)
    standing = compare.restored(whole.sources, whole.segments[whole.segments["stands"]])
    writer.write(as_project(f"{strand}, what stands", standing, described, attributes), to.standing)
    writer.write_codebook(described, to.qdc)


def _compared(merged: Merged, codes: list[str], rng, options: Options):
    """Return both tables of coefficients and the list of disagreements."""
    if options.method == "reflexive":
        wide, long = compare.blank(REFLEXIVE, options.unit)
        return wide, long, pd.DataFrame(columns=disagreements.COLUMNS)
    wide, long = compare.study(merged, codes, options.unit, options.level, rng, options.units)
    if options.ranks:
        graded = scales.table(merged, options.ranks, options.rated, options.level, rng)
        long = pd.concat([long, graded], ignore_index=True) if len(graded) else long
    return wide, long, disagreements.listed(merged, codes, options.unit)


def _write_tables(
    strand: str, wide: pd.DataFrame, long: pd.DataFrame, reasons: pd.DataFrame, to: Files, people: bool
) -> None:
    if people:
        wide, long = compare.without_counts(wide), compare.without_shares(long)
        whole = reasons["code"] == compare.ALL_CODES
        reasons = reasons.assign(**{name: reasons[name].where(whole) for name in PROTECTED_INDICES})
    tables.write(wide, to.agreement, f"{strand}/agreement")
    tables.write(long, to.coefficients, f"{strand}/agreement_coefficients")
    tables.write(reasons, to.why, f"{strand}/agreement_why")


def as_project(name: str, merged: Merged, book: pd.DataFrame, cases: pd.DataFrame | None) -> Project:
    """Return merged segments as one project that any tool opens: each coder a user, each code with its definition.

    Parameters
    ----------
    name : str
        Name of the project.
    merged : Merged
        Segments and sources; segments without a position cannot be written and are left out.
    book : pandas.DataFrame
        ``code, description, colour``.
    cases : pandas.DataFrame or None
        ``case`` and its attributes, which become variables of cases.
    """
    segments = merged.segments[merged.segments["start"].notna()]
    users = [user for user in dict.fromkeys(segments["coder"]) if user != project.NO_CODER]
    held, variables = project.empty(project.CASE_COLUMNS), project.empty(project.VARIABLE_COLUMNS)
    if cases is not None:
        names = [case for case in cases["case"] if case in set(merged.sources["source"])]
        held = pd.DataFrame({"case": names, "source": names}, columns=project.CASE_COLUMNS)
        long = cases[cases["case"].isin(names)].melt("case", var_name="variable", value_name="value").dropna()
        long = long.assign(type="Text", value=long["value"].astype(str))
        variables = long[long["value"] != ""][project.VARIABLE_COLUMNS].reset_index(drop=True)
    return Project(
        name=name,
        origin="genequity",
        users=pd.DataFrame({"user": users}, columns=project.USER_COLUMNS),
        codes=book[project.CODE_COLUMNS],
        sources=merged.sources[project.SOURCE_COLUMNS],
        segments=segments[[column for column in project.SEGMENT_COLUMNS if column in segments]].reset_index(drop=True),
        cases=held,
        variables=variables,
        codings=len(segments),
    )
