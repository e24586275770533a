"""Interviews and focus groups: segments, agreement, framework matrix, prevalence by participant, quotations with consent.

REQUIRES  coded projects; optionally a participants table, a codebook, the coding program's own counts, the population behind
          attributions, a list of names to refuse
PROVIDES  release/interviews/: flow, participants, sessions, reading, reconcile, redactions, codebook, agreement, prevalence,
          framework, characteristics, events, cooccurrence, saturation, sampling, excerpt, quotable, quotes, reporting,
          findings, numbers; restricted/interviews/: segments, matrix with words (HTML, XLSX, DOCX), disagreements, quote
          register
"""

INTERVIEWS_TABLES = [
    "agreement",
    "agreement_coefficients",
    "agreement_why",
    "characteristics",
    "choices",
    "codebook",
    "cooccurrence",
    "events",
    "excerpt",
    "flow",
    "framework",
    "losses",
    "participants",
    "prevalence",
    "quotable",
    "quotes",
    "reading",
    "reconcile",
    "redactions",
    "reporting",
    "sampling",
    "saturation",
    "saturation_rule",
    "sessions",
]
RELEASED["interviews"] = INTERVIEWS_TABLES
INTERVIEWS_INPUTS = config["interviews"]["inputs"]
INTERVIEWS_FILES = [project["path"] for project in INTERVIEWS_INPUTS["projects"]]
INTERVIEWS_METHODS = config["interviews"]["methods"]
INTERVIEWS_PEOPLE = [path for path in [INTERVIEWS_INPUTS.get("participants")] if path]
INTERVIEWS_SUMMARIES = [path for path in [INTERVIEWS_INPUTS.get("summaries")] if path]
INTERVIEWS_NAMES = [path for path in [config["release"].get("names")] if path]
INTERVIEWS_LOOKUP = [path for path in [config["regions"].get("lookup")] if path]


rule interviews_segments:
    """Coded projects and participants read and checked; withdrawn participants left out from here on."""
    input:
        project_files=INTERVIEWS_FILES,
        transcripts=INTERVIEWS_INPUTS.get("transcripts") or [],
        codebook_file=[path for path in [INTERVIEWS_INPUTS.get("codebook")] if path],
        participants_file=INTERVIEWS_PEOPLE,
        frequencies_file=[
            path for path in [INTERVIEWS_INPUTS.get("frequencies")] if path
        ],
        redactions_file=[path for path in [INTERVIEWS_INPUTS.get("redactions")] if path],
        ethnicity_scheme=config["ethnicity"]["scheme"],
        region_lookup=INTERVIEWS_LOOKUP,
        consensus_file=[path for path in [INTERVIEWS_INPUTS.get("consensus")] if path],
        themes=config["themes"],
        code=code("interviews", "coding"),
    output:
        cases=restricted("interviews/cases.parquet"),
        flow=restricted("interviews/flow.csv"),
        participants=restricted("interviews/participants.csv"),
        reading=restricted("interviews/reading.csv"),
        losses=restricted("interviews/losses.csv"),
        loss_card=restricted("interviews/loss_card.html"),
        lost_codings=restricted("interviews/lost_codings.csv"),
        codebook=restricted("interviews/codebook.csv"),
        reconcile=restricted("interviews/reconcile.csv"),
        sessions=restricted("interviews/sessions.csv"),
        redactions=restricted("interviews/redactions.csv"),
        program_summaries=restricted("interviews/program_summaries.csv"),
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
    """Agreement of coders by code and unit, why it is low, where coders differ, and the projects put together."""
    input:
        sources=restricted("interviews/sources.parquet"),
        segments=restricted("interviews/segments.parquet"),
        codebook=restricted("interviews/codebook.csv"),
        cases=restricted("interviews/cases.parquet"),
        consensus_file=[path for path in [INTERVIEWS_INPUTS.get("consensus")] if path],
        code=code("interviews", "coding"),
    output:
        agreement=restricted("interviews/agreement.csv"),
        agreement_coefficients=restricted("interviews/agreement_coefficients.csv"),
        agreement_why=restricted("interviews/agreement_why.csv"),
        disagreements=restricted("interviews/disagreements.csv"),
        disagreements_page=restricted("interviews/disagreements.html"),
        disagreements_workbook=restricted("interviews/disagreements.xlsx"),
        stale_outcomes=restricted("interviews/stale_outcomes.csv"),
        merged_project=restricted("interviews/merged.qdpx"),
        standing_project=restricted("interviews/standing.qdpx"),
        codebook_qdc=restricted("interviews/codebook.qdc"),
    log:
        log_of("interviews/agreement"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        unit=config["interviews"]["methods"]["unit"],
        units=config["interviews"]["methods"]["units"],
        level=config["interviews"]["methods"]["level"],
        low=config["interviews"]["methods"]["low"],
        method=config["interviews"]["methods"].get("method", ""),
        seed=config["study"]["seed"],
    message:
        "Interviews: agreement of coders"
    script:
        "../scripts/interviews/agreement.py"


rule interviews_themes:
    """Framework matrix, prevalence by participant, what goes together, saturation, sampling frame and checklists."""
    input:
        cases=restricted("interviews/cases.parquet"),
        segments=restricted("interviews/segments.parquet"),
        sources=restricted("interviews/sources.parquet"),
        codebook=restricted("interviews/codebook.csv"),
        themes=config["themes"],
        participants_file=INTERVIEWS_PEOPLE,
        summaries_file=INTERVIEWS_SUMMARIES,
        program_summaries=restricted("interviews/program_summaries.csv"),
        frame_file=[path for path in [INTERVIEWS_INPUTS.get("sampling_frame")] if path],
        names_file=INTERVIEWS_NAMES,
        code=code("interviews", "coding"),
    output:
        matrix=restricted("interviews/matrix.csv"),
        matrix_html=restricted("interviews/matrix.html"),
        matrix_xlsx=restricted("interviews/matrix.xlsx"),
        matrix_docx=restricted("interviews/matrix.docx"),
        prevalence=restricted("interviews/prevalence.csv"),
        framework=restricted("interviews/framework.csv"),
        characteristics=restricted("interviews/characteristics.csv"),
        events=restricted("interviews/events.csv"),
        cooccurrence=restricted("interviews/cooccurrence.csv"),
        cooccurrence_codes=restricted("interviews/cooccurrence_codes.csv"),
        saturation=restricted("interviews/saturation.csv"),
        saturation_rule=restricted("interviews/saturation_rule.csv"),
        sampling=restricted("interviews/sampling.csv"),
        reporting=restricted("interviews/reporting.csv"),
        choices=restricted("interviews/choices.csv"),
    log:
        log_of("interviews/themes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        methods=INTERVIEWS_METHODS,
        attributes=config["interviews"]["attribution"],
        reported=config["interviews"].get("reporting") or {},
        profile=config["release"]["profile"],
        seed=config["study"]["seed"],
        watermark=config["study"].get("watermark") or "",
        title=config["study"]["title"],
    message:
        "Interviews: framework matrix and prevalence"
    script:
        "../scripts/interviews/themes.py"


rule interviews_quotes:
    """Quote register with consent and identifier gate, the quotations that may leave, and the matrix by role."""
    input:
        cases=restricted("interviews/cases.parquet"),
        segments=restricted("interviews/segments.parquet"),
        sources=restricted("interviews/sources.parquet"),
        prevalence=restricted("interviews/prevalence.csv"),
        themes=config["themes"],
        ethnicity_scheme=config["ethnicity"]["scheme"],
        region_lookup=INTERVIEWS_LOOKUP,
        participants_file=INTERVIEWS_PEOPLE,
        population_file=[path for path in [INTERVIEWS_INPUTS.get("population")] if path],
        names_file=INTERVIEWS_NAMES,
        translations_file=[
            path for path in [INTERVIEWS_INPUTS.get("translations")] if path
        ],
        summaries_file=INTERVIEWS_SUMMARIES,
        code=code("interviews", "coding"),
    output:
        quote_register=restricted("interviews/quote_register.csv"),
        quotes=restricted("interviews/quotes.csv"),
        quotable=restricted("interviews/quotable.csv"),
        excerpt=restricted("interviews/excerpt.csv"),
    log:
        log_of("interviews/quotes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        project_files=INTERVIEWS_FILES,
        options=INTERVIEWS_METHODS["quotes"],
        restricted_identifiers=INTERVIEWS_METHODS["restricted_identifiers"],
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
