"""Directly standardised rates by group and region. Method and source: see genequity.service.rates."""


def main(
    first_events: str,
    scheme: str,
    population: list,
    lookup: list,
    rates: str,
    *,
    section: dict,
    grouping: str,
    comparator: str,
    national: str,
) -> None:
    from datetime import date

    from genequity import tables
    from genequity.errors import raise_if
    from genequity.groups import Scheme, ordered
    from genequity.service import check, resolve
    from genequity.service import rates as estimate

    events, codes = tables.read(first_events), Scheme.read(scheme)
    groups = ordered([*codes.groups(grouping), *resolve.unknown_labels(codes, grouping).values()])
    spec, period = section["rates"] or {}, section["period"]
    residents = standard = None
    if population:
        regions = check.read_regions(lookup[0] if lookup and section["fields"].get("region") else None)
        denominators, weights = population
        counted = Scheme.read(spec["denominators"]["scheme"])
        residents = estimate.read_population(denominators, spec["denominators"], counted, grouping, regions, national)
        standard = estimate.read_standard(weights)
        raise_if(estimate.mismatches(section, residents, standard, denominators, weights))
    years = 1.0
    if period:
        years = ((date.fromisoformat(period["to"]) - date.fromisoformat(period["from"])).days + 1) / 365.25
    table = estimate.by_group(
        events,
        residents,
        standard,
        measures=estimate.measures(section),
        groups=groups,
        comparator=comparator,
        national=national,
        years=years,
        methods=section["methods"],
    )
    tables.write(table, rates, "service/rates")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
