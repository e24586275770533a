"""STROBE and RECORD, item by item: what a run reports by itself, where it stands, and what is left to the team.

Items are named by number and topic, in our words. Sources: STROBE (von Elm and others, 2007, Lancet 370:1453-1457), 22
items; RECORD (Benchimol and others, 2015, PLoS Medicine 12(10):e1001885), its 13 items beyond STROBE. An item that a
run can answer holds a sentence, the fact of the study that it needs, and the section in which the answer stands. Where
the fact is missing the item is the team's, or does not apply; nothing is said that the settings and data do not show.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from genequity import checklists
from genequity.checklists import Item
from genequity.errors import Problem, raise_if
from genequity.service import interaction

MISSING = "to be written by the team"
STROBE, RECORD = "STROBE", "RECORD"
COLUMNS = ["standard", "place", "item", "topic", "state", "answer", "section"]
RECORDS, QUALITY, BRIEF = "sec-service-records", "sec-service-depth-quality", "sec-service-brief"
RATES, PATHWAY, ADJUSTED = "sec-service-rates", "sec-service-pathway", "sec-service-adjusted"
REGIONS, LIMITS, MODELS = "sec-service-regions", "sec-service-limits", "sec-service-depth-models"
UNKNOWN, WRONG, MATCH = "sec-service-depth-unknown", "sec-service-depth-wrong", "sec-service-depth-mismatch"
RECORDING, GROUPS, PEOPLE = "sec-service-recording", "sec-service-depth-rules", "sec-service-depth-people"
ALWAYS = "outcomes"
NO_LINKAGE = "No data sets were linked."
FLOW = "The flow gives every exclusion, its reason and its number."
ITEMS = (
    Item(STROBE, "1a", "Design named in title or abstract"),
    Item(STROBE, "1b", "Summary of what was done and found", "The executive summary gives it.", ALWAYS),
    Item(STROBE, "2", "Background and reasons"),
    Item(STROBE, "3", "Objectives", "The introduction states the questions.", ALWAYS, "sec-introduction-questions"),
    Item(STROBE, "4", "Design", "Records are followed from stage to stage, by group.", ALWAYS, PATHWAY),
    Item(STROBE, "5", "Setting and dates", "Records of {period}, watched until {until}.", "period", RECORDS),
    Item(STROBE, "6a", "Who is eligible, and how chosen", FLOW, ALWAYS, RECORDS),
    Item(STROBE, "6b", "Matching", otherwise="Nobody was matched."),
    Item(
        STROBE,
        "7",
        "Outcomes, exposures, covariates",
        "Outcomes: {outcomes}. Covariates: {covariates}.",
        ALWAYS,
        ADJUSTED,
    ),
    Item(STROBE, "8", "Sources and measurement", "Ethnicity is recorded in {sources}.", ALWAYS, RECORDING),
    Item(STROBE, "9", "Bias", "Unknown ethnicity is treated in four ways.", ALWAYS, UNKNOWN),
    Item(
        STROBE,
        "10",
        "Study size",
        "All records were used; detectable differences stand beside estimates.",
        ALWAYS,
        MODELS,
    ),
    Item(STROBE, "11", "Quantitative variables", "Ages are grouped in bands from {ages}.", "ages", MODELS),
    Item(STROBE, "12a", "Statistical methods", "Methods stand beside each table.", ALWAYS, MODELS),
    Item(
        STROBE,
        "12b",
        "Subgroups and interactions",
        "{subgroups}",
        "subgroups",
        REGIONS,
        "The study has no regions, and no other subgroups.",
    ),
    Item(
        STROBE,
        "12c",
        "Missing data",
        "Unknown groups: four treatments. Unknown covariates: left out, or kept.",
        ALWAYS,
        UNKNOWN,
    ),
    Item(
        STROBE,
        "12d",
        "Clustering",
        "Adjusted models and parts of gaps allow for clusters by {cluster}, where there are enough. "
        "Shares, chances, waits and rates take records as independent: too narrow.",
        "cluster",
        MODELS,
        "The study names no clusters.",
    ),
    Item(STROBE, "12e", "Sensitivity analyses", "Other rules, treatments and records stand beside.", ALWAYS, UNKNOWN),
    Item(STROBE, "13a", "Numbers at each stage", "Each stage has its records, pending ones apart.", ALWAYS, PATHWAY),
    Item(STROBE, "13b", "Reasons for leaving", FLOW, ALWAYS, RECORDS),
    Item(STROBE, "13c", "Flow diagram", "The flow is drawn.", ALWAYS, RECORDS),
    Item(
        STROBE,
        "14a",
        "Characteristics of participants",
        "People at their first record stand by group, beside those of whom it is not known.",
        ALWAYS,
        PEOPLE,
    ),
    Item(STROBE, "14b", "Missing data, by variable", "Each field's gaps are counted.", ALWAYS, QUALITY),
    Item(
        STROBE,
        "14c",
        "Follow-up time",
        "Open records count as long as they were watched.",
        "until",
        "sec-service-delivery",
    ),
    Item(STROBE, "15", "Outcomes counted", "Each stage has its counts.", ALWAYS, PATHWAY),
    Item(STROBE, "16a", "Crude and adjusted estimates", "The ladder of models runs: {ladder}.", ALWAYS, MODELS),
    Item(STROBE, "16b", "Category boundaries", "Age bands begin at {ages}.", "ages", MODELS),
    Item(STROBE, "16c", "Absolute beside relative", "Differences in points stand beside ratios.", ALWAYS, MODELS),
    Item(
        STROBE,
        "17",
        "Other analyses",
        "Regions, providers and inequality in one number.",
        ALWAYS,
        "sec-service-depth-inequality",
    ),
    Item(STROBE, "18", "Key results", "The chapter begins with them.", ALWAYS, BRIEF),
    Item(STROBE, "19", "Limits", "A section names them.", ALWAYS, LIMITS),
    Item(STROBE, "20", "Interpretation"),
    Item(STROBE, "21", "Generalisability"),
    Item(STROBE, "22", "Funding"),
    Item(
        RECORD, "1.1", "Kind of data, in title or abstract", "Say: routine records of a service.", ALWAYS, proposed=True
    ),
    Item(RECORD, "1.2", "Place and time, in title or abstract", "Say: {where}, {period}.", "period", proposed=True),
    Item(
        RECORD,
        "1.3",
        "Linkage, in title or abstract",
        "Say: linked to {linked} other data sets.",
        "linked",
        otherwise=NO_LINKAGE,
        proposed=True,
    ),
    Item(RECORD, "6.1", "How people were selected", FLOW, ALWAYS, RECORDS),
    Item(
        RECORD,
        "6.2",
        "Validation of codes",
        "Not validated here; ranges and intervals use published agreement.",
        "agreement",
        WRONG,
    ),
    Item(RECORD, "6.3", "Linkage, drawn", "Codes of nobody in the extract are counted.", "linked", QUALITY, NO_LINKAGE),
    Item(
        RECORD,
        "7.1",
        "List of codes",
        "Codes of the groups stand in release/service/groups, stages in the settings.",
        ALWAYS,
        GROUPS,
    ),
    Item(RECORD, "12.1", "Access to the data"),
    Item(RECORD, "12.2", "Cleaning", "What was found, and what was done, is counted.", ALWAYS, QUALITY),
    Item(
        RECORD, "12.3", "Level and method of linkage", "Person by person, by pseudonym.", "linked", GROUPS, NO_LINKAGE
    ),
    Item(RECORD, "13.1", "Selection, drawn", FLOW, ALWAYS, RECORDS),
    Item(
        RECORD,
        "19.1",
        "What the data were not made for",
        "Limits, wrong ethnicity and unlike denominators.",
        ALWAYS,
        MATCH,
    ),
    Item(
        RECORD,
        "22.1",
        "Protocol, code and data",
        "Released tables stand beside the report. Records are not released.",
        ALWAYS,
        "sec-methods-flow",
    ),
)


def facts(section: Mapping[str, Any], national: str) -> dict[str, str]:
    """Return what the settings of a study say that items need; a blank where they do not.

    Parameters
    ----------
    section : mapping
        The config section ``service``.
    national : str
        Label of all regions together.
    """
    period, fields, inputs = section.get("period") or {}, section["fields"], section["inputs"]
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    covariates = sorted({name for several in section["adjust"].values() for name in several})
    columns, others = len(fields["ethnicity"]), len(inputs.get("ethnicity_sources") or {})
    sources = f"{columns} column{'s' if columns > 1 else ''} of the extract"
    return {
        "outcomes": ", ".join(labels.get(outcome, outcome) for outcome in section["outcomes"]),
        "covariates": ", ".join(covariates) or "none",
        "sources": sources + (f" and {others} other data set{'s' if others > 1 else ''}" if others else ""),
        "period": f"{period['from']} to {period['to']}" if period.get("from") else "",
        "until": str(period.get("observed_until") or "") if period else "",
        "ages": ", ".join(map(str, section["methods"]["model_ages"])) if fields.get("age") else "",
        "cluster": section.get("cluster") or "",
        "regions": "yes" if fields.get("region") else "",
        "subgroups": _subgroups(section),
        "ladder": ", ".join(section["adjust"]).replace("_", " "),
        "linked": str(others) if others else "",
        "agreement": "yes" if inputs.get("agreement") else "",
        "where": f"{national}, each by itself too" if fields.get("region") else national,
    }


def _subgroups(section: Mapping[str, Any]) -> str:
    """Say in which subgroups, and with which other dimensions, groups are compared."""
    crossed = " and ".join(interaction.levels(dict(section)))
    said = ["Regions are compared group by group."] if section["fields"].get("region") else []
    return " ".join([*said, *([f"Groups are crossed with {crossed} in the appendix."] if crossed else [])])


def filled(authors: Mapping[str, Any] | None, known: Mapping[str, str]) -> pd.DataFrame:
    """Return both checklists for a study.

    Parameters
    ----------
    authors : mapping or None
        ``strobe`` and ``record``: item number -> what the team reports. It comes before what the run says.
    known : mapping
        From :func:`facts`.

    Returns
    -------
    pandas.DataFrame
        :data:`COLUMNS`, one row an item; ``section`` is where the item is reported.

    Raises
    ------
    InputError
        For a number that no item has; and, where ``strict`` is set, for every item left to the team.
    """
    authors = dict(authors or {})
    strict = bool(authors.pop("strict", False))
    raise_if(problems(authors))
    rows = [
        [item.standard, place, item.number, item.topic, state, answer, section]
        for place, (item, state, answer, section) in enumerate(
            checklists.answered(ITEMS, authors, known, MISSING), start=1
        )
    ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    if strict:
        raise_if(checklists.unreported(table, "service.reporting", MISSING))
    return table


def problems(authors: Mapping[str, Any]) -> list[Problem]:
    """List the answers to items that a checklist does not have."""
    return checklists.unknown(ITEMS, authors, "service.reporting.{}")
