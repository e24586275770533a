"""Survey: from the labelled file to weighted shares, tests and one adjusted model, by ethnic group.

REQUIRES  a labelled file (.sav, .dta), its codebook, an ethnicity scheme, and population margins when weights are raked
PROVIDES  release/survey/*.csv, findings.csv and numbers.csv
"""

SURVEY_ETHNICITY = config["survey"].get("ethnicity") or config["ethnicity"]
SURVEY_MODEL = config["survey"].get("model")
SURVEY_METHODS = config["survey"]["methods"]
SURVEY_TABLES = [
    "items",
    "respondents",
    "margins",
    "method",
    "missing",
    "shares",
    "distribution",
    "scores",
    "tests",
] + (["model", "model_fit", "model_variants"] if SURVEY_MODEL else [])
RELEASED["survey"] = SURVEY_TABLES


rule survey_people:
    """Every code of the labelled file as an answer or a reason; items and missing reasons counted."""
    input:
        responses=config["survey"]["inputs"]["responses"],
        codebook=config["survey"]["inputs"]["codebook"],
        scheme=SURVEY_ETHNICITY["scheme"],
        themes=config["themes"],
        code=code("survey"),
    output:
        people=restricted("survey/people.parquet"),
        wording=restricted("survey/items.csv"),
        missing=restricted("survey/missing.csv"),
    log:
        log_of("survey/people"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        grouping=SURVEY_ETHNICITY["grouping"],
        encoding=config["survey"].get("encoding"),
        blank_weight=SURVEY_METHODS["blank_weight"],
    message:
        "Survey: respondents and missing reasons"
    script:
        "../scripts/survey/people.py"


rule survey_weights:
    """Weights, raked to the population margins or as supplied, and what they cost."""
    input:
        people=restricted("survey/people.parquet"),
        codebook=config["survey"]["inputs"]["codebook"],
        scheme=SURVEY_ETHNICITY["scheme"],
        population=config["survey"]["inputs"].get("margins") or [],
        code=code("survey"),
    output:
        weighted=restricted("survey/weighted.parquet"),
        respondents=restricted("survey/respondents.csv"),
        margins=restricted("survey/margins.csv"),
        method=restricted("survey/method.csv"),
    log:
        log_of("survey/weights"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        grouping=SURVEY_ETHNICITY["grouping"],
        weighting=config["survey"]["weighting"],
        sample=config["survey"]["sample"],
        methods=SURVEY_METHODS,
    message:
        "Survey: weights"
    script:
        "../scripts/survey/weights.py"


rule survey_estimates:
    """Weighted shares, distributions, mean scores and tests of every item, by ethnic group."""
    input:
        weighted=restricted("survey/weighted.parquet"),
        codebook=config["survey"]["inputs"]["codebook"],
        scheme=SURVEY_ETHNICITY["scheme"],
        code=code("survey"),
    output:
        shares=restricted("survey/shares.csv"),
        distribution=restricted("survey/distribution.csv"),
        scores=restricted("survey/scores.csv"),
        tests=restricted("survey/tests.csv"),
    log:
        log_of("survey/estimates"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        grouping=SURVEY_ETHNICITY["grouping"],
        comparator=SURVEY_ETHNICITY["comparator"],
        methods=SURVEY_METHODS,
    message:
        "Survey: weighted shares by group"
    script:
        "../scripts/survey/estimates.py"


if SURVEY_MODEL:

    rule survey_model:
        """The declared survey-weighted logistic model, and beside it without covariates and without weights."""
        input:
            weighted=restricted("survey/weighted.parquet"),
            codebook=config["survey"]["inputs"]["codebook"],
            scheme=SURVEY_ETHNICITY["scheme"],
            code=code("survey"),
        output:
            model=restricted("survey/model.csv"),
            model_fit=restricted("survey/model_fit.csv"),
            model_variants=restricted("survey/model_variants.csv"),
        log:
            log_of("survey/model"),
        conda:
            "../../envs/genequity.yaml"
        threads: 1
        params:
            grouping=SURVEY_ETHNICITY["grouping"],
            comparator=SURVEY_ETHNICITY["comparator"],
            outcome=SURVEY_MODEL["outcome"],
            covariates=SURVEY_MODEL["covariates"],
            methods=SURVEY_METHODS,
        message:
            "Survey: adjusted model"
        script:
            "../scripts/survey/model.py"


rule survey_release:
    """All tables of the survey through the release step."""
    input:
        tables=[restricted(f"survey/{table}.csv") for table in SURVEY_TABLES],
        code=code(),
    output:
        released=[released(f"survey/{table}.csv") for table in SURVEY_TABLES],
    log:
        log_of("survey/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Survey: release step"
    script:
        "../scripts/survey/release.py"


rule survey_findings:
    """Findings and numbers of the survey, from released tables only."""
    input:
        tables=[released(f"survey/{table}.csv") for table in SURVEY_TABLES],
        scheme=SURVEY_ETHNICITY["scheme"],
        code=code("survey"),
    output:
        findings=released("survey/findings.csv"),
        numbers=released("survey/numbers.csv"),
    log:
        log_of("survey/findings"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        grouping=SURVEY_ETHNICITY["grouping"],
        comparator=SURVEY_ETHNICITY["comparator"],
        voice=config["survey"]["voice"],
    message:
        "Survey: findings and numbers"
    script:
        "../scripts/survey/findings.py"
