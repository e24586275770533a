"""Policy review: document flow, grade of ethnicity content, themes by publisher, terminology, agreement, review focus.

REQUIRES  document register; optionally coded projects with a codebook, and texts of documents
PROVIDES  release/policy/: documents, flow, reading, codebook, agreement, terminology, grades, grade_counts, commitments, matrix,
          review_focus (read by the evidence strand), findings, numbers
"""

POLICY_TABLES = [
    "agreement",
    "codebook",
    "commitments",
    "documents",
    "flow",
    "grade_counts",
    "grades",
    "matrix",
    "reading",
    "review_focus",
    "terminology",
]
RELEASED["policy"] = POLICY_TABLES
POLICY_INPUTS = config["policy"]["inputs"]
POLICY_PROJECTS = POLICY_INPUTS.get("projects") or []


rule policy_documents:
    """Register, texts and coded projects read and checked; document flow and terminology census."""
    input:
        register=POLICY_INPUTS["register"],
        project_files=[project["path"] for project in POLICY_PROJECTS],
        codebook_file=[path for path in [POLICY_INPUTS.get("codebook")] if path],
        texts=POLICY_INPUTS.get("texts") or [],
        themes=config["themes"],
        code=code("policy", "coding"),
    output:
        documents=restricted("policy/documents.csv"),
        flow=restricted("policy/flow.csv"),
        reading=restricted("policy/reading.csv"),
        codebook=restricted("policy/codebook.csv"),
        terminology=restricted("policy/terminology.csv"),
        sources=restricted("policy/sources.parquet"),
        segments=restricted("policy/segments.parquet"),
    log:
        log_of("policy/documents"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        projects=POLICY_PROJECTS,
        grades=config["policy"].get("grades") or {},
        methods=config["policy"]["methods"],
    message:
        "Policy: register, texts and coded projects"
    script:
        "../scripts/policy/documents.py"


rule policy_agreement:
    """Agreement of coders by code, and the list of passages on which they differ."""
    input:
        sources=restricted("policy/sources.parquet"),
        segments=restricted("policy/segments.parquet"),
        codebook=restricted("policy/codebook.csv"),
        code=code("policy", "coding"),
    output:
        agreement=restricted("policy/agreement.csv"),
        disagreements=restricted("policy/disagreements.csv"),
    log:
        log_of("policy/agreement"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        unit=config["policy"]["methods"]["unit"],
        level=config["policy"]["methods"]["level"],
        seed=config["study"]["seed"],
    message:
        "Policy: agreement of coders"
    script:
        "../scripts/policy/agreement.py"


rule policy_themes:
    """Grade of each document, commitments, themes by publisher, and what the evidence review should look at."""
    input:
        documents=restricted("policy/documents.csv"),
        segments=restricted("policy/segments.parquet"),
        codebook=restricted("policy/codebook.csv"),
        themes=config["themes"],
        names_file=[path for path in [config["release"].get("names")] if path],
        code=code("policy", "coding"),
    output:
        grades=restricted("policy/grades.csv"),
        grade_counts=restricted("policy/grade_counts.csv"),
        commitments=restricted("policy/commitments.csv"),
        matrix=restricted("policy/matrix.csv"),
        review_focus=restricted("policy/review_focus.csv"),
    log:
        log_of("policy/themes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        project_files=[project["path"] for project in POLICY_PROJECTS],
        grading=config["policy"].get("grades") or {},
        methods=config["policy"]["methods"],
    message:
        "Policy: grades, themes and review focus"
    script:
        "../scripts/policy/themes.py"


rule policy_release:
    """Tables of the strand through the study's release profile."""
    input:
        tables=[restricted(f"policy/{table}.csv") for table in POLICY_TABLES],
        code=code("policy", "coding"),
    output:
        released=[released(f"policy/{table}.csv") for table in POLICY_TABLES],
    log:
        log_of("policy/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Policy: release of tables"
    script:
        "../scripts/policy/release.py"


rule policy_findings:
    """Findings and numbers, from released tables only."""
    input:
        tables=[released(f"policy/{table}.csv") for table in POLICY_TABLES],
        themes=config["themes"],
        code=code("policy", "coding"),
    output:
        findings=released("policy/findings.csv"),
        numbers=released("policy/numbers.csv"),
    log:
        log_of("policy/findings"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    message:
        "Policy: findings"
    script:
        "../scripts/policy/findings.py"
