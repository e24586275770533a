"""What ``make check`` says about the service strand's inputs: read with the readers that the build uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genequity import authored, reading
from genequity.errors import InputError, Problem, nearest, raise_if
from genequity.groups import Scheme
from genequity.service import (
    adequacy,
    checklist,
    continuous,
    extract,
    held,
    misclassification,
    records,
    resolve,
    sources,
    stages,
    suspects,
    targets,
)
from genequity.service import population as counted

if TYPE_CHECKING:
    import pandas as pd


def read_regions(lookup: str | None) -> dict[str, str]:
    """Return region code -> label; empty when the study has no regions.

    Raises
    ------
    InputError
        If the file or its columns ``code`` and ``label`` are missing.
    """
    if not lookup:
        return {}
    table = authored.cells(lookup, ("code", "label"), comment="#")
    if table.empty or not {"code", "label"} <= set(table.columns):
        raise InputError(Problem(lookup, "columns code and label are needed", expected="code,label,provenance"))
    rows = table[(table[["code", "label"]] != "").any(axis=1)]
    raise_if(_region_problems(lookup, rows))
    return dict(zip(rows["code"], rows["label"], strict=True))


def national_problems(lookup: str | None, regions: dict[str, str], national: str) -> list[Problem]:
    """Return a problem when one of several regions has the name of all of them together."""
    if len(regions) < 2 or national not in regions.values():
        return []
    told = "a region has the name of all regions together"
    return [Problem(str(lookup), told, where="column label", do="rename it, or regions.national in the config")]


def _region_problems(lookup: str, rows: pd.DataFrame) -> list[Problem]:
    """Return codes that stand twice, and rows without a code or a label."""
    tests = [
        (rows["code"].duplicated(), "this code stands in an earlier row too", "column code", "one row a region"),
        ((rows[["code", "label"]] == "").any(axis=1), "a blank cell", "columns code, label", "a code and a label"),
    ]
    return [
        Problem(lookup, what, where=f"row {row}, {where}", expected=expected)
        for bad, what, where, expected in tests
        for row in rows.index[bad]
    ]


def problems(section: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    """Return every problem of the config section and of the files it names; estimates nothing.

    Parameters
    ----------
    section : dict
        ``config["service"]``, completed.
    study : dict
        The whole config, for the ethnicity scheme and the regions.
    """
    found = settings_problems(section)
    ethnicity = study["ethnicity"]
    try:
        scheme = Scheme.read(ethnicity["scheme"])
        scheme.groups(ethnicity["grouping"])
        regions = read_regions(study["regions"].get("lookup") if section["fields"].get("region") else None)
        raise_if(national_problems(study["regions"].get("lookup"), regions, study["regions"]["national"]))
    except InputError as error:
        return found + error.problems
    if found:
        return found
    path = section["inputs"]["extract"]
    section = stages.measured(section)
    try:
        section = targets.resolved(section)
        with extract.opened(path, section["extract"]) as connection:
            extract.read_records(connection, path, section["fields"], adequacy.wanted(section), section["extract"])
            reading.note(path, connection.execute("SELECT count(*) FROM source").fetchone()[0], "record")
            sources.load(connection, section)
            records.prepare(connection, section, scheme, ethnicity["grouping"], regions, study["regions"]["national"])
            found += suspects.problems(connection, path, section, scheme, regions)
    except InputError as error:
        found += error.problems
    found += held.mixes(scheme, ethnicity["grouping"], section)
    found += checklist.problems(section.get("reporting") or {})
    found += _denominator_problems(section, study, regions)
    return found


def settings_problems(section: dict[str, Any]) -> list[Problem]:
    """Return settings that contradict one another; no file is read.

    Parameters
    ----------
    section : dict
        ``config["service"]``, completed.
    """
    found = stages.config_problems(section) + sources.settings_problems(section) + continuous.config_problems(section)
    fields, methods = section["fields"], section["methods"]
    if methods["resolution"] in resolve.NEEDS_DATES and not fields.get("date"):
        found.append(
            Problem(
                "config",
                f"the rule '{methods['resolution']}' needs dates, but no date column is named",
                where="service.methods.resolution",
                expected=f"one of {', '.join(r for r in resolve.RULES if r not in resolve.NEEDS_DATES)}",
                do="name service.fields.date, or choose another rule",
            )
        )
    named = {"age", "sex", "deprivation", "region"} & {key for key, value in fields.items() if value}
    for model, covariates in section["adjust"].items():
        for covariate in covariates:
            if covariate not in named:
                found.append(
                    Problem(
                        "config",
                        f"the model adjusts for '{covariate}', but no such column is named.{nearest(covariate, named)}",
                        where=f"service.adjust.{model}",
                        do=f"name service.fields.{covariate}, or take it out of the model",
                    )
                )
    found += _age_problems(section)
    if section.get("cluster") and not fields.get(section["cluster"]):
        found.append(
            Problem("config", f"no column is named for the clusters '{section['cluster']}'", where="service.cluster")
        )
    found += _period_problems(section.get("period") or {})
    if fields.get("date") and not (section.get("period") or {}).get("from"):
        found.append(
            Problem(
                "config",
                "a study with dates needs its period",
                where="service.period",
                expected="from, to, observed_until",
            )
        )
    return found


def _period_problems(period: dict[str, Any]) -> list[Problem]:
    """Return days that the calendar does not have, and a period that ends before it begins or after the extract."""
    from datetime import date

    days, found = {}, []
    for key in ("from", "to", "observed_until"):
        try:
            days[key] = date.fromisoformat(str(period[key])) if period.get(key) else None
        except ValueError:
            found.append(Problem("config", "this day is in no calendar", where=f"service.period.{key}"))
    for first, second in (("from", "to"), ("to", "observed_until")):
        if not found and days[first] and days[second] and days[first] > days[second]:
            found.append(
                Problem("config", f"the day of '{second}' is before that of '{first}'", where="service.period")
            )
    return found


def _age_problems(section: dict[str, Any]) -> list[Problem]:
    """Return age bands of models that begin inside a band in which the ages are supplied: it cannot be divided."""
    supplied = ((section["fields"].get("age") or {}).get("bands") or {}).values()
    inside = sorted(set(section["methods"]["model_ages"]) - {*supplied, 0}) if supplied else []
    if not inside or not any("age" in covariates for covariates in section["adjust"].values()):
        return []
    return [
        Problem(
            "config",
            f"the ages are supplied in bands, and none begins at {', '.join(map(str, inside))}",
            where="service.methods.model_ages",
            expected=f"some of {', '.join(map(str, sorted(supplied)))}, as in service.fields.age.bands",
        )
    ]


def _denominator_problems(section: dict[str, Any], study: dict[str, Any], regions: dict[str, str]) -> list[Problem]:
    path = section["inputs"].get("denominators")
    if not path:
        return []
    spec = (section.get("rates") or {}).get("denominators")
    if not spec:
        return [Problem("config", "denominators are given, but not described", where="service.rates.denominators")]
    found, populations = _agreement_problems(section, study), {}
    for own in counted.denominators(section).values():
        path = own["file"]
        if path in populations:
            continue
        populations[path] = None
        try:
            scheme = Scheme.read(own["scheme"])
            scheme.groups(study["ethnicity"]["grouping"])
            populations[path] = counted.read_population(
                path, own, scheme, study["ethnicity"]["grouping"], regions, study["regions"]["national"]
            )
            missing = set(regions.values()) - set(populations[path]["region"])
            found += [
                Problem(path, f"has no population for {region}", do="add it, or take the region out of the look-up")
                for region in sorted(missing)
            ]
        except InputError as error:
            found += error.problems
    standard = section["inputs"].get("standard")
    if not standard:
        found.append(Problem("config", "rates need a standard population", where="service.inputs.standard"))
    else:
        try:
            weights = counted.read_standard(standard)
            for path, population in populations.items():
                if population is not None:
                    found += counted.mismatches(section, population, weights, path, standard)
        except InputError as error:
            found += error.problems
    return found


def _agreement_problems(section: dict[str, Any], study: dict[str, Any]) -> list[Problem]:
    """Return what is wrong with the published limits of agreement, if the study has any."""
    path = section["inputs"].get("agreement")
    try:
        if path:
            misclassification.read(path, study["ethnicity"]["grouping"])
    except InputError as error:
        return list(error.problems)
    return []
