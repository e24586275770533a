"""What the service data hand to the other strands, from released tables only.

One overview for each outcome (a candidate for the summary) and one finding for each group in it; rates; completeness;
regions; gaps, waits and families (:mod:`genequity.service.findings_delivery`); inequality, providers' limits and what
cannot be measured (:mod:`genequity.service.findings_spread`); regions and strata in depth
(:mod:`genequity.service.findings_models`). Where an interval includes no difference the finding says
so; where nothing can be computed it says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from genequity import tables
from genequity.files import table_of
from genequity.findings import finding
from genequity.numbers import say, say_interval
from genequity.service import (
    findings_delivery,
    findings_models,
    findings_spread,
    findings_stages,
    findings_unknown,
    wording,
)
from genequity.service.rates import CAVEAT, unjudged
from genequity.service.rates import counted as what_counts
from genequity.service.records import ALL_STATUS

if TYPE_CHECKING:
    import pandas as pd

USUAL_THEME = "access"  # of a stage that declares no other


def read_released(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read the strand's released tables by name."""
    return {table_of(path): tables.read(path, f"service/{table_of(path)}") for path in paths}


def findings(
    released: dict[str, pd.DataFrame],
    section: dict[str, Any],
    comparator: str,
    national: str,
    concept: str,
    declared: dict[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return the findings of the strand.

    Parameters
    ----------
    released : dict
        Released tables by name.
    section : dict
        The config section.
    comparator, national : str
        The group compared with; the label of all regions together.
    concept : str
        What the groups are groups of: ethnicity, race.
    declared : dict, optional
        The config section with the stages that are not measurable, where there are any.
    """
    unknown = _unknown_groups(released)
    themes = {stage["id"]: stage.get("theme", USUAL_THEME) for stage in section["pathway"]}
    rows = _recording(released["completeness"], national, concept)
    rows += _rates(released["rates"], section, comparator, national, unknown, concept)
    rows += findings_stages.adjusted(released["adjusted"], section, comparator, national, unknown, themes)
    rows += findings_stages.between(released["variation"], section, national, themes)
    rows += findings_stages.regional(
        released["regional"], section, comparator, unknown, themes, released["heterogeneity"]
    )
    rows += findings_models.between_regions(released["heterogeneity"], section, comparator, unknown, themes)
    rows += findings_models.strata(released["strata_variation"], section, national, themes)
    rows += findings_models.interactions(released["interaction"], section, comparator, national, themes)
    rows += findings_delivery.gaps(released["gap_steps"], section, comparator, national, unknown)
    rows += findings_delivery.waits(released["turnaround"], section["methods"], comparator, national, unknown, themes)
    rows += findings_delivery.cascades(released["cascade"], section["methods"], comparator, national, unknown, themes)
    rows += findings_spread.inequality(released["inequality"], section, comparator, national, themes)
    rows += findings_spread.funnels(released["funnel"], national, themes)
    rows += findings_spread.adequacy(released["adequacy"], declared or section, national)
    rows += findings_unknown.treatments(released["unknown_treatments"], comparator, national)
    rows += findings_unknown.mismatches(released["mismatch"], national)
    for row in rows:
        row["certainty"] = "not graded"
    return [finding(strand="service", voice="data", **row) for row in rows]


def _unknown_groups(released: dict[str, pd.DataFrame]) -> set[str]:
    """Groups that stand for no answer: their differences are shown in tables but are no findings about people."""
    statuses = set(released["completeness"]["status"])
    return (statuses | {"Unknown"}) - {"Known", ALL_STATUS}


def _recording(completeness: pd.DataFrame, national: str, concept: str) -> list[dict[str, Any]]:
    by_status = completeness.set_index(["region", "status"])
    everyone = by_status.loc[(national, ALL_STATUS)]
    known = by_status.loc[(national, "Known"), "share"]
    parts = [
        f"{say(by_status.loc[(national, status), 'share'], 'proportion', 1)} {words}"
        for status, words in (("Not stated", "had declined to state it"), ("Not known", "had no known answer"))
        if (national, status) in by_status.index and wording.count(by_status.loc[(national, status), "people"])
    ]
    local = completeness[(completeness["status"] == "Known") & (completeness["region"] != national)]["share"].dropna()
    spread = ""
    if len(local) > 1:
        low, high = (say(1 - value, "proportion", 1) for value in (local.max(), local.min()))
        spread = f" Between regions the share without a known answer ran from {low} to {high}."
    missing = (
        f"{concept.capitalize()} was missing for {say(1 - known, 'proportion', 1)} of {say(everyone['people'])} people"
    )
    return [
        {
            "id": "service.recording",
            "theme": "data_recording",
            "statement": f"{missing}{': ' if parts else ''}{' and '.join(parts)}.{spread}",
            "estimate": 1 - known,
            "unit": "proportion",
            "region": national,
            "direction": "described",
            "n": wording.count(everyone["people"]),
            "source_table": "service/completeness",
            "source_row": f"region={national};status=Known",
            "headline": True,
        }
    ]


def _rates(rates, section, comparator, national, unknown, concept) -> list[dict[str, Any]]:
    here = rates[(rates["region"] == national) & ~rates["group"].isin(unknown)]
    base = {"theme": "access", "region": national, "comparator": comparator, "source_table": "service/rates"}
    found = []
    methods, steps = section["methods"], what_counts(section)
    strata = "- and ".join(methods["standardise_by"])
    for measure, part in here.groupby("measure", sort=False):
        kind = part["denominator"].iloc[0]
        label, stage = part["label"].iloc[0], {"pathway_step": steps.get(measure, (measure,))[0]}
        overview = base | stage | {"id": f"service.rate.{measure}", "headline": True, "unit": "rate ratio"}
        overview["source_row"] = f"measure={measure};region={national}"
        compared = part[part["ratio"].notna()]
        if compared.empty:
            why = next((reason for reason in part["reason"] if isinstance(reason, str) and reason), "no rate is given")
            overview |= {
                "statement": f"{label}: rates by {concept} group cannot be computed, because {why}.",
                "direction": "not_measurable",
                "unit": None,
            }
            found.append(overview)
            continue
        reference = part.set_index("group").loc[comparator]
        counted = int(compared["events"].sum()) + (wording.count(reference["events"]) or 0)
        sides = {row.group: wording.side(row.ratio_low, row.ratio_high, 1) for row in compared.itertuples()}
        words = [
            f"{row.group} {wording.ratio(row.ratio, row.ratio_low, row.ratio_high, 'rate ratio')}"
            for row in compared.itertuples()
        ]
        direction = wording.overall(sides)
        overview |= {
            "statement": unjudged(
                f"{label}: {strata}-standardised rate ratios compared with {comparator} were {wording.joined(words)}; "
                f"{counted:,} people.{wording.verdict(direction)} This is a {CAVEAT[kind]}.",
                kind,
            ),
            "direction": direction,
            "n": counted,
        }
        found.append(overview)
        for row in compared.itertuples():
            least = wording.least_ratio(row.ratio_low, row.ratio_high, methods)
            found.append(
                base
                | stage
                | {
                    "id": f"service.rate.{measure}.{wording.slug(row.group)}",
                    "statement": unjudged(
                        f"{label}, {row.group} group: {say(row.rate, 'per 100000')} person-years "
                        f"({say_interval(row.low, row.high, decimals=0)}), compared with "
                        f"{say(reference['rate'], 'per 100000')} for {comparator}: "
                        f"rate ratio {wording.ratio(row.ratio, row.ratio_low, row.ratio_high, 'rate ratio')}, "
                        f"{int(row.events):,} people."
                        f"{wording.verdict(sides[row.group], least)} This is a {CAVEAT[kind]}.",
                        kind,
                    ),
                    "estimate": row.ratio,
                    "ci_low": row.ratio_low,
                    "ci_high": row.ratio_high,
                    "unit": "rate ratio",
                    "group": row.group,
                    "direction": sides[row.group],
                    "n": int(row.events),
                    "source_row": f"measure={measure};region={national};group={row.group}",
                }
            )
    residents = here[here["denominator"] == "census"]
    if len(residents):
        first = residents.iloc[0]
        found.append(
            base
            | {
                "id": "service.need",
                "statement": (
                    "Whether services are used in proportion to need cannot be measured here: the denominators count "
                    "residents, not people who may benefit from a test."
                ),
                "direction": "not_measurable",
                "source_row": f"measure={first['measure']};region={national}",
                "headline": True,
            }
        )
    return found
