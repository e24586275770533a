"""Interviews and focus groups: segments, agreement, framework matrix, prevalence by participant, quotations with consent.

REQUIRES  coded projects; optionally a participants table, a codebook, the coding program's own counts, the population behind
          attributions, a list of names to refuse
PROVIDES  release/interviews/: flow, participants, reading, reconcile, codebook, agreement, prevalence, framework, quotable,
          quotes, findings, numbers; restricted/interviews/: segments, matrix with words, disagreements, quote register
"""

INTERVIEWS_TABLES = [
    "agreement",
    "codebook",
    "flow",
    "framework",
    "participants",
    "prevalence",
    "quotable",
    "quotes",
    "reading",
    "reconcile",
]
RELEASED["interviews"] = INTERVIEWS_TABLES
INTERVIEWS_INPUTS = config["interviews"]["inputs"]
INTERVIEWS_FILES = [project["path"] for project in INTERVIEWS_INPUTS["projects"]]
INTERVIEWS_LOOKUP = [path for path in [config["regions"].get("lookup")] if path]


rule interviews_segments:
    """Coded projects and participants read and checked; withdrawn participants left out from here on."""
    input:
        project_files=INTERVIEWS_FILES,
        codebook_file=[path for path in [INTERVIEWS_INPUTS.get("codebook")] if path],
        participants_file=[
            path for path in [INTERVIEWS_INPUTS.get("participants")] if path
        ],
        frequencies_file=[
            path for path in [INTERVIEWS_INPUTS.get("frequencies")] if path
        ],
        ethnicity_scheme=config["ethnicity"]["scheme"],
        region_lookup=INTERVIEWS_LOOKUP,
        themes=config["themes"],
        code=code("interviews", "coding"),
    output:
        cases=restricted("interviews/cases.parquet"),
        flow=restricted("interviews/flow.csv"),
        participants=restricted("interviews/participants.csv"),
        reading=restricted("interviews/reading.csv"),
        codebook=restricted("interviews/codebook.csv"),
        reconcile=restricted("interviews/reconcile.csv"),
        sources=restricted("interviews/sources.parquet"),
        segments=restricted("interviews/segments.parquet"),
    log:
        log_of("interviews/segments"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        projects=INTERVIEWS_INPUTS["projects"],
        grouping=config["ethnicity"]["grouping"],
        methods=config["interviews"]["methods"],
        attributes=config["interviews"]["attribution"],
    message:
        "Interviews: coded transcripts and participants"
    script:
        "../scripts/interviews/segments.py"


rule interviews_agreement:
    """Agreement of coders by code, and the list of passages on which they differ."""
    input:
        sources=restricted("interviews/sources.parquet"),
        segments=restricted("interviews/segments.parquet"),
        codebook=restricted("interviews/codebook.csv"),
        code=code("interviews", "coding"),
    output:
        agreement=restricted("interviews/agreement.csv"),
        disagreements=restricted("interviews/disagreements.csv"),
    log:
        log_of("interviews/agreement"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        unit=config["interviews"]["methods"]["unit"],
        level=config["interviews"]["methods"]["level"],
        seed=config["study"]["seed"],
    message:
        "Interviews: agreement of coders"
    script:
        "../scripts/interviews/agreement.py"


rule interviews_themes:
    """Framework matrix, and prevalence of themes by participant."""
    input:
        cases=restricted("interviews/cases.parquet"),
        segments=restricted("interviews/segments.parquet"),
        codebook=restricted("interviews/codebook.csv"),
        themes=config["themes"],
        code=code("interviews", "coding"),
    output:
        matrix=restricted("interviews/matrix.csv"),
        prevalence=restricted("interviews/prevalence.csv"),
        framework=restricted("interviews/framework.csv"),
    log:
        log_of("interviews/themes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Interviews: framework matrix and prevalence"
    script:
        "../scripts/interviews/themes.py"


rule interviews_quotes:
    """Quote register with consent and identifier gate, and the quotations that may leave."""
    input:
        cases=restricted("interviews/cases.parquet"),
        segments=restricted("interviews/segments.parquet"),
        themes=config["themes"],
        ethnicity_scheme=config["ethnicity"]["scheme"],
        region_lookup=INTERVIEWS_LOOKUP,
        population_file=[path for path in [INTERVIEWS_INPUTS.get("population")] if path],
        names_file=[path for path in [config["release"].get("names")] if path],
        code=code("interviews", "coding"),
    output:
        quote_register=restricted("interviews/quote_register.csv"),
        quotes=restricted("interviews/quotes.csv"),
        quotable=restricted("interviews/quotable.csv"),
    log:
        log_of("interviews/quotes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        project_files=INTERVIEWS_FILES,
        options=config["interviews"]["methods"]["quotes"],
        attributes=config["interviews"]["attribution"],
        grouping=config["ethnicity"]["grouping"],
        profile=config["release"]["profile"],
        seed=config["study"]["seed"],
    message:
        "Interviews: quotations with consent"
    script:
        "../scripts/interviews/quotes.py"


rule interviews_release:
    """Tables of the strand through the study's release profile."""
    input:
        tables=[restricted(f"interviews/{table}.csv") for table in INTERVIEWS_TABLES],
        code=code("interviews", "coding"),
    output:
        released=[released(f"interviews/{table}.csv") for table in INTERVIEWS_TABLES],
    log:
        log_of("interviews/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Interviews: release of tables"
    script:
        "../scripts/interviews/release.py"


rule interviews_findings:
    """Findings and numbers, from released tables only."""
    input:
        tables=[released(f"interviews/{table}.csv") for table in INTERVIEWS_TABLES],
        themes=config["themes"],
        code=code("interviews", "coding"),
    output:
        findings=released("interviews/findings.csv"),
        numbers=released("interviews/numbers.csv"),
    log:
        log_of("interviews/findings"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    message:
        "Interviews: findings"
    script:
        "../scripts/interviews/findings.py"
