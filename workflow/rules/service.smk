"""Routine service data: from records to covariate-pattern cells, and from cells to everything else.

REQUIRES  service.inputs.extract; optionally service.inputs.denominators and .standard; ethnicity.scheme; regions.lookup
PROVIDES  release/service/*.csv: flow, quality, groups, completeness, characteristics, recording, resolution,
          resolution_rules, rates, adjusted_rates, pathway, adjusted, regional, heterogeneity, variants,
          variation, providers, strata_variation, strata, interaction, gap_steps, inequality, funnel, turnaround,
          cascade, relatives, adequacy, resolution_models, unknown_treatments, unknown_rates,
          misclassification, mismatch, reporting
"""

SERVICE_TABLES = [
    "flow",
    "quality",
    "groups",
    "completeness",
    "characteristics",
    "recording",
    "resolution",
    "resolution_rules",
    "resolution_models",
    "rates",
    "adjusted_rates",
    "pathway",
    "adjusted",
    "regional",
    "heterogeneity",
    "variants",
    "variation",
    "providers",
    "strata_variation",
    "strata",
    "interaction",
    "gap_steps",
    "inequality",
    "funnel",
    "turnaround",
    "cascade",
    "relatives",
    "adequacy",
    "unknown_treatments",
    "unknown_rates",
    "misclassification",
    "mismatch",
    "reporting",
]
RELEASED["service"] = SERVICE_TABLES
SERVICE_POPULATION = (
    [
        config["service"]["inputs"]["denominators"],
        config["service"]["inputs"]["standard"],
        *(
            measure["denominators"]["file"]
            for measure in (config["service"]["rates"] or {}).get("measures", [])
            if measure.get("denominators")
        ),
    ]
    if config["service"]["inputs"].get("denominators")
    else []
)
SERVICE_REGIONS = (
    [config["regions"]["lookup"]] if config["regions"].get("lookup") else []
)
SERVICE_TARGETS = (
    [config["service"]["inputs"]["targets"]]
    if config["service"]["inputs"].get("targets")
    else []
)
SERVICE_AGREEMENT = (
    [config["service"]["inputs"]["agreement"]]
    if config["service"]["inputs"].get("agreement")
    else []
)
# Single records in cells, restricted: only for models with continuous covariates.
SERVICE_VALUES = (
    [restricted("service/values.parquet")]
    if config["service"]["methods"]["continuous"]
    else []
)


rule service_records:
    """Check, exclude and resolve the records; reduce them to cells. The only rule that reads records."""
    input:
        extract=config["service"]["inputs"]["extract"],
        scheme=config["ethnicity"]["scheme"],
        lookup=SERVICE_REGIONS,
        other_sources=list(
            (config["service"]["inputs"].get("ethnicity_sources") or {}).values()
        ),
        targets=SERVICE_TARGETS,
        code=code("service"),
    output:
        cells=restricted("service/cells.parquet"),
        first_events=restricted("service/first_events.parquet"),
        problems=restricted("service/problems.csv"),
        flow=restricted("service/flow.csv"),
        quality=restricted("service/quality.csv"),
        completeness=restricted("service/completeness.csv"),
        characteristics=restricted("service/characteristics.csv"),
        recording=restricted("service/recording.csv"),
        groups=restricted("service/groups.csv"),
        resolution=restricted("service/resolution.csv"),
        resolution_rules=restricted("service/resolution_rules.csv"),
        rule_cells=restricted("service/rule_cells.parquet"),
        durations=restricted("service/durations.parquet"),
        cascade=restricted("service/cascade.csv"),
        relatives=restricted("service/relatives.csv"),
        adequacy=restricted("service/adequacy.csv"),
        values=SERVICE_VALUES,
    log:
        log_of("service/records"),
    conda:
        "../../envs/genequity.yaml"
    threads: 2
    params:
        section=config["service"],
        grouping=config["ethnicity"]["grouping"],
        comparator=config["ethnicity"]["comparator"],
        national=config["regions"]["national"],
    message:
        "Service: records to cells"
    script:
        "../scripts/service/records.py"


rule service_rates:
    """Standardised rates, measures of inequality, funnel limits, and the step at which each gap arises."""
    input:
        cells=restricted("service/cells.parquet"),
        first_events=restricted("service/first_events.parquet"),
        durations=restricted("service/durations.parquet"),
        scheme=config["ethnicity"]["scheme"],
        population=SERVICE_POPULATION,
        lookup=SERVICE_REGIONS,
        agreement=SERVICE_AGREEMENT,
        code=code("service"),
    output:
        rates=restricted("service/rates.csv"),
        adjusted_rates=restricted("service/adjusted_rates.csv"),
        gap_steps=restricted("service/gap_steps.csv"),
        inequality=restricted("service/inequality.csv"),
        funnel=restricted("service/funnel.csv"),
        turnaround=restricted("service/turnaround.csv"),
        unknown_rates=restricted("service/unknown_rates.csv"),
        misclassification=restricted("service/misclassification.csv"),
        mismatch=restricted("service/mismatch.csv"),
        reporting=restricted("service/reporting.csv"),
    log:
        log_of("service/rates"),
    conda:
        "../../envs/genequity.yaml"
    params:
        section=config["service"],
        grouping=config["ethnicity"]["grouping"],
        comparator=config["ethnicity"]["comparator"],
        national=config["regions"]["national"],
        seed=config["study"]["seed"],
    message:
        "Service: standardised rates, inequality and gaps"
    script:
        "../scripts/service/rates.py"


rule service_models:
    """Pathway by group, and adjusted differences at each stage, national and by region."""
    input:
        cells=restricted("service/cells.parquet"),
        rule_cells=restricted("service/rule_cells.parquet"),
        population=SERVICE_POPULATION,
        lookup=SERVICE_REGIONS,
        values=SERVICE_VALUES,
        code=code("service"),
    output:
        pathway=restricted("service/pathway.csv"),
        adjusted=restricted("service/adjusted.csv"),
        regional=restricted("service/regional.csv"),
        heterogeneity=restricted("service/heterogeneity.csv"),
        variants=restricted("service/variants.csv"),
        variation=restricted("service/variation.csv"),
        providers=restricted("service/providers.csv"),
        strata_variation=restricted("service/strata_variation.csv"),
        strata=restricted("service/strata.csv"),
        interaction=restricted("service/interaction.csv"),
        unknown_treatments=restricted("service/unknown_treatments.csv"),
        resolution_models=restricted("service/resolution_models.csv"),
    log:
        log_of("service/models"),
    conda:
        "../../envs/genequity.yaml"
    params:
        section=config["service"],
        grouping=config["ethnicity"]["grouping"],
        comparator=config["ethnicity"]["comparator"],
        national=config["regions"]["national"],
        seed=config["study"]["seed"],
    message:
        "Service: pathway and adjusted differences"
    script:
        "../scripts/service/models.py"


rule service_release:
    """Protect small numbers in every table of the strand."""
    input:
        tables=expand(restricted("service/{table}.csv"), table=SERVICE_TABLES),
        code=code("service"),
    output:
        released=expand(released("service/{table}.csv"), table=SERVICE_TABLES),
    log:
        log_of("service/release"),
    conda:
        "../../envs/genequity.yaml"
    params:
        profile=config["release"]["profile"],
        level=config["service"]["methods"]["level"],
        seed=config["study"]["seed"],
    message:
        "Service: release step"
    script:
        "../scripts/service/release.py"


rule service_findings:
    """Findings and numbers, from released tables only."""
    input:
        tables=expand(released("service/{table}.csv"), table=SERVICE_TABLES),
        code=code("service"),
    output:
        findings=released("service/findings.csv"),
        numbers=released("service/numbers.csv"),
    log:
        log_of("service/findings"),
    conda:
        "../../envs/genequity.yaml"
    params:
        section=config["service"],
        comparator=config["ethnicity"]["comparator"],
        national=config["regions"]["national"],
        concept=config["ethnicity"]["concept"],
    message:
        "Service: findings"
    script:
        "../scripts/service/findings.py"
