"""What the service data hand to the other strands, from released tables only.

One overview for each outcome (a candidate for the summary) and one finding for each group in it; rates; completeness;
regions. Where an interval includes no difference the finding says so; where nothing can be computed it says why.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from genequity import tables
from genequity.files import table_of
from genequity.findings import finding
from genequity.numbers import say, say_interval
from genequity.service.rates import CAVEAT, unjudged
from genequity.service.records import ALL_STATUS

if TYPE_CHECKING:
    import pandas as pd

USUAL_THEME = "access"  # of a stage that declares no other
ADJUSTED_KEY = ("outcome", "model", "region", "group")
NAMES = {"age": "age", "sex": "sex", "deprivation": "deprivation", "region": "region"}


def read_released(paths: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read the strand's released tables by name."""
    return {table_of(path): tables.read(path, f"service/{table_of(path)}") for path in paths}


def findings(
    released: dict[str, pd.DataFrame], section: dict[str, Any], comparator: str, national: str, concept: str
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
    """
    unknown = _unknown_groups(released)
    themes = {stage["id"]: stage.get("theme", USUAL_THEME) for stage in section["pathway"]}
    rows = _recording(released["completeness"], national, concept)
    rows += _rates(released["rates"], section, comparator, national, unknown, concept)
    rows += _adjusted(released["adjusted"], section, comparator, national, unknown, themes)
    rows += _between(released["variation"], section, national, themes)
    rows += _regional(released["regional"], section, comparator, unknown, themes)
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
        if (national, status) in by_status.index and _count(by_status.loc[(national, status), "people"])
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
            "n": _count(everyone["people"]),
            "source_table": "service/completeness",
            "source_row": f"region={national};status=Known",
            "headline": True,
        }
    ]


def _rates(rates, section, comparator, national, unknown, concept) -> list[dict[str, Any]]:
    here = rates[(rates["region"] == national) & ~rates["group"].isin(unknown)]
    base = {"theme": "access", "region": national, "comparator": comparator, "source_table": "service/rates"}
    found = []
    strata = "- and ".join(section["methods"]["standardise_by"])
    for measure, part in here.groupby("measure", sort=False):
        kind = part["denominator"].iloc[0]
        label, stage = part["label"].iloc[0], {"pathway_step": measure}
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
        counted = int(compared["events"].sum()) + (_count(reference["events"]) or 0)
        sides = {row.group: _side(row.ratio_low, row.ratio_high, 1) for row in compared.itertuples()}
        words = [
            f"{row.group} {say(row.ratio, 'rate ratio')} ({say_interval(row.ratio_low, row.ratio_high, 'rate ratio')})"
            for row in compared.itertuples()
        ]
        overview |= {
            "statement": unjudged(
                f"{label}: {strata}-standardised rate ratios compared with {comparator} were {_joined(words)}; "
                f"{counted:,} people. This is a {CAVEAT[kind]}.",
                kind,
            ),
            "direction": _overall(sides),
            "n": counted,
        }
        found.append(overview)
        for row in compared.itertuples():
            found.append(
                base
                | stage
                | {
                    "id": f"service.rate.{measure}.{_slug(row.group)}",
                    "statement": unjudged(
                        f"{label}, {row.group} group: {say(row.rate, 'per 100000')} person-years "
                        f"({say_interval(row.low, row.high, decimals=0)}), compared with "
                        f"{say(reference['rate'], 'per 100000')} for {comparator}: "
                        f"rate ratio {say(row.ratio, 'rate ratio')} "
                        f"({say_interval(row.ratio_low, row.ratio_high, 'rate ratio')}), {int(row.events):,} people."
                        f"{_verdict(sides[row.group])} This is a {CAVEAT[kind]}.",
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


def _adjusted(adjusted, section, comparator, national, unknown, themes) -> list[dict[str, Any]]:
    last, power = list(section["adjust"])[-1], section["methods"]["power"]
    here = adjusted[(adjusted["model"] == last) & (adjusted["region"] == national)]
    found = []
    for outcome in section["outcomes"]:
        part = here[(here["outcome"] == outcome) & ~here["group"].isin([*unknown, comparator])]
        part = part.set_index("group", drop=False).loc[_alphabetical(part["group"])]
        reference = here[(here["outcome"] == outcome) & (here["group"] == comparator)].iloc[0]
        label, n = reference["label"], _count(reference["records"])
        covariates = section["adjust"][last]
        after = (
            f"after adjustment for {_joined([NAMES[c] for c in covariates])}" if covariates else "without adjustment"
        )
        base = {
            "theme": themes[outcome],
            "comparator": comparator,
            "region": national,
            "pathway_step": outcome,
            "unit": "proportion difference",
            "source_table": "service/adjusted",
        }
        given = part[part["risk_difference"].notna()]
        sides = {r.group: _side(r.risk_difference_low, r.risk_difference_high, 0) for r in given.itertuples()}
        clear = [
            f"{sides[r.group]} for {r.group} ({say(r.risk_difference, 'proportion difference')}; {_limits(r)})"
            for r in given.itertuples()
            if sides[r.group] != "no_clear_difference"
        ]
        unclear = [group for group, side in sides.items() if side == "no_clear_difference"]
        words = clear + ([f"no clear difference for {_joined(unclear)}"] if unclear else [])
        without = [group for group in part["group"] if group not in sides]
        words += [f"not estimable for {_joined(without)}"] if without else []
        counted = f" ({n:,} records)" if n else ""
        found.append(
            base
            | {
                "id": f"service.{outcome}",
                "statement": f"{label}, compared with {comparator} {after}: {'; '.join(words)}{counted}.",
                "direction": _overall(sides) if sides else "not_measurable",
                "n": n,
                "source_row": f"outcome={outcome};model={last};region={national}",
                "headline": True,
            }
        )
        for row in part.to_dict("records"):
            found.append(base | _one_group(row, label, after, sides.get(row["group"]), reference, power))
    return found


def _one_group(row, label, after, side, reference, power) -> dict[str, Any]:
    common = {
        "id": f"service.{row['outcome']}.{_slug(row['group'])}",
        "group": row["group"],
        "n": _count(row["group_records"]),
        "source_row": ";".join(f"{c}={row[c]}" for c in ADJUSTED_KEY),
    }
    if side is None:
        why = row["reason"] if isinstance(row["reason"], str) else row.get("suppressed") or "it is withheld"
        statement = (
            f"{label}, {row['group']} group: no adjusted difference from {reference['group']} can be given: {why}."
        )
        return common | {"statement": statement, "direction": "not_measurable", "unit": None}
    ratio = say_interval(row["odds_ratio_low"], row["odds_ratio_high"], "odds ratio")
    limits = say_interval(100 * row["risk_difference_low"], 100 * row["risk_difference_high"], "", 1)
    return common | {
        "statement": (
            f"{label}, {row['group']} group: {say(row['risk'], 'proportion', 1)} compared with "
            f"{say(reference['risk'], 'proportion', 1)} for {reference['group']} {after}, a difference of "
            f"{say(row['risk_difference'], 'proportion difference')} ({limits}); odds ratio "
            f"{say(row['odds_ratio'], 'odds ratio')} ({ratio}); {int(row['group_records']):,} records.{_verdict(side)}"
            f"{_detectable(row, side, power)}{_average(row)}"
        ),
        "estimate": row["risk_difference"],
        "ci_low": row["risk_difference_low"],
        "ci_high": row["risk_difference_high"],
        "direction": side,
    }


def _between(variation, section, national, themes) -> list[dict[str, Any]]:
    """Say how far providers differ at each outcome; no provider is named."""
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    found = []
    for row in variation.to_dict("records"):
        covariates = [NAMES[c] for c in section["adjust"][list(section["adjust"])[-1]]]
        after = f"after adjustment for group{''.join(f', {name}' for name in covariates)}"
        given = row["mor"] == row["mor"]
        about = f"{labels[row['outcome']]}, between {row['providers']} providers {after}"
        if given and row["mor_low"] == row["mor_low"]:
            limits = say_interval(row["mor_low"], row["mor_high"], "odds ratio")
            words = (
                f"{about}: the median odds ratio was {say(row['mor'], 'odds ratio')} ({limits}), "
                f"and {say(row['vpc'], 'proportion', 1)} of the variance lay between providers"
            )
        elif given:
            words = f"{about}: no more variation was found than chance gives"
        else:
            why = row["reason"] if isinstance(row["reason"], str) else "it is withheld"
            words = f"{about}: variation cannot be estimated: {why}"
        n = _count(row["records"])
        found.append(
            {
                "id": f"service.providers.{row['outcome']}",
                "theme": themes[row["outcome"]],
                "statement": f"{words}{f'; {n:,} records' if n else ''}.",
                "estimate": row["mor"] if given else None,
                "unit": "odds ratio" if given else None,
                "region": national,
                "pathway_step": row["outcome"],
                "direction": "described" if given else "not_measurable",
                "n": n,
                "source_table": "service/variation",
                "source_row": f"outcome={row['outcome']}",
            }
        )
    return found


def _regional(regional, section, comparator, unknown, themes) -> list[dict[str, Any]]:
    found = []
    limit = 1 - section["methods"]["level"]
    for outcome, part in regional[~regional["group"].isin(unknown)].groupby("outcome", sort=True):
        label = next(stage["label"] for stage in section["pathway"] if stage["id"] == outcome)
        base = {
            "theme": themes[outcome],
            "comparator": comparator,
            "pathway_step": outcome,
            "unit": "ratio",
            "source_table": "service/regional",
        }
        clear = part[part["p_holm"] < limit]
        for row in clear.to_dict("records"):
            side = "lower" if row["ratio"] < 1 else "higher"
            found.append(
                base
                | {
                    "id": f"service.regional.{outcome}.{_slug(row['group'])}.{_slug(row['region'])}",
                    "statement": (
                        f"{label}: in {row['region']} the adjusted odds ratio of {row['group']} compared with "
                        f"{comparator} was {side} than in the other regions together: "
                        f"ratio {say(row['ratio'], 'ratio')} "
                        f"({say_interval(row['ratio_low'], row['ratio_high'], 'ratio')}), "
                        f"{int(row['group_records']):,} records, corrected for multiple tests."
                    ),
                    "estimate": row["ratio"],
                    "ci_low": row["ratio_low"],
                    "ci_high": row["ratio_high"],
                    "group": row["group"],
                    "region": row["region"],
                    "direction": side,
                    "n": _count(row["group_records"]),
                    "source_row": f"outcome={outcome};group={row['group']};region={row['region']}",
                    "headline": True,
                }
            )
        if clear.empty:
            tested = int(part["p"].notna().sum())
            found.append(
                base
                | {
                    "id": f"service.regional.{outcome}",
                    "statement": (
                        f"{label}: no region differed clearly from the others in any group's adjusted odds ratio "
                        f"compared with {comparator} ({tested} comparisons, corrected for multiple tests)."
                        if tested
                        else f"{label}: regions cannot be compared, because too few have an estimate."
                    ),
                    "direction": "no_clear_difference" if tested else "not_measurable",
                    "unit": None,
                    "source_row": f"outcome={outcome}",
                }
            )
    return found


def _count(value: Any) -> int | None:
    """Return a released count, or None where it is withheld."""
    return None if value is None or str(value) in ("<NA>", "nan") else int(value)


def _side(low: float, high: float, none: float) -> str:
    return "lower" if high < none else "higher" if low > none else "no_clear_difference"


def _overall(sides: dict[str, str]) -> str:
    """One direction for an overview: that of all clear differences; "described" when they point both ways."""
    clear = {side for side in sides.values() if side != "no_clear_difference"}
    return "no_clear_difference" if not clear else clear.pop() if len(clear) == 1 else "described"


def _verdict(side: str) -> str:
    return " No clear difference." if side == "no_clear_difference" else ""


def _detectable(row: dict[str, Any], side: str, power: float) -> str:
    """Say beside "no clear difference" how large a difference would have had to be."""
    least = row.get("detectable")
    if side != "no_clear_difference" or least is None or least != least:
        return ""
    return f" A difference of {say(least, 'proportion difference')} would be found with {power:.0%} power."


def _average(row: dict[str, Any]) -> str:
    """Say the difference from the population average."""
    value = row.get("risk_difference_average")
    if value is None or value != value:
        return ""
    low, high = (100 * row[f"risk_difference_average_{end}"] for end in ("low", "high"))
    return (
        f" Compared with the average of all records the difference is {say(value, 'proportion difference')} "
        f"({say_interval(low, high, '', 1)})."
    )


def _limits(row) -> str:
    return say_interval(100 * row.risk_difference_low, 100 * row.risk_difference_high, "", 1)


def _alphabetical(groups: Iterable[str]) -> list[str]:
    from genequity.groups import ordered

    return ordered(groups)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _slug(text: str) -> str:
    return "_".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
