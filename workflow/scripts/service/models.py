"""Pathway by group, and adjusted differences at each stage. See genequity.service.pathway and .adjusted."""


def main(
    cells: str,
    rule_cells: str,
    population: list,
    lookup: list,
    values: list,
    pathway: str,
    adjusted: str,
    regional: str,
    heterogeneity: str,
    variants: str,
    variation: str,
    providers: str,
    strata_variation: str,
    strata: str,
    interaction: str,
    unknown_treatments: str,
    resolution_models: str,
    *,
    section: dict,
    grouping: str,
    comparator: str,
    national: str,
    seed: int,
) -> None:
    import pandas as pd
    from genequity import seeds, tables
    from genequity.service import adjusted as models
    from genequity.service import bootstrap, check, continuous, rule_models, unknown
    from genequity.service import pathway as steps
    from genequity.service import population as counted
    from genequity.service import stages
    from genequity.service import heterogeneity as spread
    from genequity.service import interaction as additive
    from genequity.service import providers as between
    from genequity.service import regional as beside
    from genequity.service import strata as crossed

    section = stages.measured(section)
    methods = section["methods"]
    patterns = tables.read(cells)
    counts = steps.cascade(patterns, section["start"], section["pathway"], national=national)
    tables.write(steps.shares(counts, methods["level"]), pathway, "service/pathway")
    asked = (patterns, section["outcomes"], section["adjust"])
    choices = {"comparator": comparator, "national": national, "cluster": section["cluster"], "methods": methods}
    estimates = models.differences(*asked, **choices)
    for path in values:
        estimates = continuous.exact(estimates, path, section, comparator=comparator, national=national)
    labels = {stage["id"]: stage["label"] for stage in section["pathway"]}
    contrasts = beside.contrasts(estimates, national=national, level=methods["level"])
    tables.write(models.labelled(estimates, labels, section["adjust"], national), adjusted, "service/adjusted")
    tables.write(contrasts, regional, "service/regional")
    tests = spread.tests(patterns, estimates, *asked[1:], **choices)
    tables.write(tests, heterogeneity, "service/heterogeneity")
    others = models.variants(*asked, **choices)
    if methods["bootstrap"]:
        drawn = bootstrap.variants(
            patterns, estimates, *asked[1:], **choices, rng=seeds.generator(seed, "service_bootstrap")
        )
        others = pd.concat([others, drawn], ignore_index=True)
    tables.write(others[list(tables.schema("service/variants").columns)], variants, "service/variants")
    regions = check.read_regions(lookup[0] if lookup and section["fields"].get("region") else None)
    residents = counted.populations(section, grouping, regions, national) if population else None
    treated = unknown.outcomes(
        patterns, estimates, others, section,
        population=next(iter(residents.values())) if residents else None,
        comparator=comparator, national=national, rng=seeds.generator(seed, "service_unknown"),
    )  # fmt: skip
    tables.write(treated, unknown_treatments, "service/unknown_treatments")
    against = {"comparator": comparator, "national": national}
    under = rule_models.outcomes(tables.read(rule_cells), estimates, section, **against)
    tables.write(under, resolution_models, "service/resolution_models")
    del choices["national"]
    choices["cluster"] = "provider" if section["fields"].get("provider") else None
    variances, each = between.variation(*asked, **choices)
    tables.write(variances, variation, "service/variation")
    tables.write(each, providers, "service/providers")
    meeting = crossed.tables(*asked[:2], section["strata"], comparator=comparator, methods=methods)
    tables.write(meeting[0], strata_variation, "service/strata_variation")
    tables.write(meeting[1], strata, "service/strata")
    tables.write(additive.table(patterns, section, comparator=comparator), interaction, "service/interaction")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
