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
    denominators, period = estimate.denominators(section), section["period"]
    residents = standard = None
    if population:
        regions = check.read_regions(lookup[0] if lookup and section["fields"].get("region") else None)
        weights = section["inputs"]["standard"]
        standard = estimate.read_standard(weights)
        residents = {}
        for measure, own in denominators.items():
            counted = Scheme.read(own["scheme"])
            residents[measure] = estimate.read_population(own["file"], own, counted, grouping, regions, national)
            raise_if(estimate.mismatches(section, residents[measure], standard, own["file"], weights))
    years = 1.0
    if period:
        years = ((date.fromisoformat(period["to"]) - date.fromisoformat(period["from"])).days + 1) / 365.25
    table = estimate.by_group(
        events,
        residents,
        standard,
        measures=estimate.measures(section),
        kinds={measure: own["kind"] for measure, own in denominators.items()},
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
