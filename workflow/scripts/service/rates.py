"""Standardised rates, inequality, funnels, gaps: see genequity.service.{rates,inequality,funnel,decomposition}."""


def main(
    cells: str,
    first_events: str,
    durations: str,
    scheme: str,
    population: list,
    lookup: list,
    agreement: list,
    rates: str,
    adjusted_rates: str,
    gap_steps: str,
    inequality: str,
    funnel: str,
    turnaround: str,
    unknown_rates: str,
    misclassification: str,
    mismatch: str,
    reporting: str,
    *,
    section: dict,
    grouping: str,
    comparator: str,
    national: str,
    seed: int,
) -> None:
    from datetime import date

    import pandas as pd

    from genequity import seeds, tables
    from genequity.groups import Scheme, named, ordered
    from genequity.service import adjusted_rates as held_alike
    from genequity.service import check, checklist, decomposition, resolve, stages, survival
    from genequity.service import funnel as limits
    from genequity.service import held
    from genequity.service import inequality as measures
    from genequity.service import misclassification as wrong
    from genequity.service import mismatch as unlike
    from genequity.service import population as counted
    from genequity.service import rates as estimate
    from genequity.service import unknown_rates as treated

    section = stages.measured(section)
    events, codes = tables.read(first_events), Scheme.read(scheme)
    groups = ordered([*codes.groups(grouping), *resolve.unknown_labels(codes, grouping).values()])
    denominators, period = counted.denominators(section), section["period"]
    regions = check.read_regions(lookup[0] if lookup and section["fields"].get("region") else None)
    residents = counted.populations(section, grouping, regions, national) if population else None
    standard = counted.read_standard(section["inputs"]["standard"]) if population else None
    years = 1.0
    if period:
        years = ((date.fromisoformat(period["to"]) - date.fromisoformat(period["from"])).days + 1) / 365.25
    asked = {
        "measures": estimate.measures(section),
        "kinds": {measure: own["kind"] for measure, own in denominators.items()},
        "groups": groups,
        "comparator": comparator,
        "national": national,
        "years": years,
        "methods": section["methods"],
    }
    table = estimate.by_group(events, residents, standard, **asked)
    tables.write(table, rates, "service/rates")
    modelled = held_alike.table(events, residents, standard, **asked, ladder=section["adjust"])
    tables.write(modelled, adjusted_rates, "service/adjusted_rates")
    shared = {"comparator": comparator, "national": national, "years": years, "methods": section["methods"]}
    own = seeds.generator(seed, "service_unknown_rates")
    others = treated.treatments(events, table, residents, standard, **shared, rng=own)
    tables.write(others, unknown_rates, "service/unknown_rates")
    patterns = tables.read(cells)
    published = wrong.read(agreement[0], grouping) if agreement else None
    strata = estimate.strata_of(events, residents, standard, section["methods"]["standardise_by"])
    shared = {"comparator": comparator, "national": national, "years": years}
    shared |= {"level": section["methods"]["level"], "seed": seed}
    ranges = wrong.table(patterns, table, strata, section, published, **shared)
    tables.write(ranges, misclassification, "service/misclassification")
    checks = unlike.table(
        events, residents, denominators, held.of_study(codes, grouping, section),
        labels=estimate.measures(section), period=period, scheme=scheme, comparator=comparator,
        standard=standard, left_out=counted.codes_left_out(section, grouping, regions, national),
    )  # fmt: skip
    tables.write(checks, mismatch, "service/mismatch")
    answers = checklist.filled(section.get("reporting"), checklist.facts(section, national))
    tables.write(answers, reporting, "service/reporting")
    gaps = decomposition.gaps(patterns, section, comparator=comparator, national=national)
    tables.write(gaps, gap_steps, "service/gap_steps")
    waits = survival.turnaround(tables.read(durations), section, comparator=comparator)
    tables.write(waits, turnaround, "service/turnaround")
    labels, known = stages.labels(section["start"], section["pathway"]), ordered(named(codes.groups(grouping)))
    units = limits.limits(limits.counts(patterns, section, labels, national))
    tables.write(units, funnel, "service/funnel")
    drawn = {"groups": known, "comparator": comparator, "rng": seeds.generator(seed, "service_inequality")}
    rows = measures.of_stages(patterns, section, labels, **drawn)
    rows += measures.of_rates(table, **drawn, national=national, level=section["methods"]["level"])
    tables.write(pd.DataFrame(rows), inequality, "service/inequality")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
