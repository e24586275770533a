"""Policy review: document flow, grade of ethnicity content, themes by publisher, terminology, agreement, review focus.

REQUIRES  document register; optionally coded projects with a codebook, texts of documents, codes set against frames of
          policy analysis, and what commitments name
PROVIDES  release/policy/: documents, flow, reading, codebook, agreement, terminology, search_log, grades, grade_counts,
          commitments, commitment_gaps, frames, frame_documents, read_stages, matrix,
          excerpts, review_focus (read by the evidence strand), findings, numbers
"""

POLICY_TABLES = [
    "agreement",
    "agreement_coefficients",
    "agreement_why",
    "codebook",
    "commitment_gaps",
    "commitments",
    "documents",
    "excerpts",
    "flow",
    "frame_documents",
    "frames",
    "grade_counts",
    "grades",
    "losses",
    "matrix",
    "read_stages",
    "reading",
    "review_focus",
    "search_log",
    "terminology",
]
RELEASED["policy"] = POLICY_TABLES
POLICY_INPUTS = config["policy"]["inputs"]
POLICY_PROJECTS = POLICY_INPUTS.get("projects") or []
POLICY_FRAMES = [path for path in [POLICY_INPUTS.get("frames")] if path]
POLICY_CATEGORIES = os.path.relpath(
    study_config.ROOT / "config/standards/policy_frames.csv"
)
POLICY_COMMITMENTS = [path for path in [POLICY_INPUTS.get("commitments")] if path]


rule policy_documents:
    """Register, texts and coded projects read and checked; document flow and terminology census."""
    input:
        register=POLICY_INPUTS["register"],
        project_files=[project["path"] for project in POLICY_PROJECTS],
        codebook_file=[path for path in [POLICY_INPUTS.get("codebook")] if path],
        texts=POLICY_INPUTS.get("texts") or [],
        frames_file=POLICY_FRAMES,
        commitments_file=POLICY_COMMITMENTS,
        consensus_file=[path for path in [POLICY_INPUTS.get("consensus")] if path],
        themes=config["themes"],
        code=code("policy", "coding"),
    output:
        documents=restricted("policy/documents.csv"),
        flow=restricted("policy/flow.csv"),
        reading=restricted("policy/reading.csv"),
        losses=restricted("policy/losses.csv"),
        loss_card=restricted("policy/loss_card.html"),
        lost_codings=restricted("policy/lost_codings.csv"),
        codebook=restricted("policy/codebook.csv"),
        terminology=restricted("policy/terminology.csv"),
        search_log=restricted("policy/search_log.csv"),
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
    """Agreement of coders by code and unit, why it is low, where coders differ, and the projects put together."""
    input:
        sources=restricted("policy/sources.parquet"),
        segments=restricted("policy/segments.parquet"),
        codebook=restricted("policy/codebook.csv"),
        consensus_file=[path for path in [POLICY_INPUTS.get("consensus")] if path],
        code=code("policy", "coding"),
    output:
        agreement=restricted("policy/agreement.csv"),
        agreement_coefficients=restricted("policy/agreement_coefficients.csv"),
        agreement_why=restricted("policy/agreement_why.csv"),
        disagreements=restricted("policy/disagreements.csv"),
        disagreements_page=restricted("policy/disagreements.html"),
        disagreements_workbook=restricted("policy/disagreements.xlsx"),
        stale_outcomes=restricted("policy/stale_outcomes.csv"),
        merged_project=restricted("policy/merged.qdpx"),
        standing_project=restricted("policy/standing.qdpx"),
        codebook_qdc=restricted("policy/codebook.qdc"),
    log:
        log_of("policy/agreement"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        unit=config["policy"]["methods"]["unit"],
        units=config["policy"]["methods"]["units"],
        level=config["policy"]["methods"]["level"],
        low=config["policy"]["methods"]["low"],
        method=config["policy"]["methods"].get("method", ""),
        grading=config["policy"].get("grades") or {},
        seed=config["study"]["seed"],
    message:
        "Policy: agreement of coders"
    script:
        "../scripts/policy/agreement.py"


rule policy_themes:
    """Grades, commitments and what they lack, frames of policy analysis, themes, and the focus of the evidence review."""
    input:
        documents=restricted("policy/documents.csv"),
        sources=restricted("policy/sources.parquet"),
        segments=restricted("policy/segments.parquet"),
        codebook=restricted("policy/codebook.csv"),
        themes=config["themes"],
        names_file=[path for path in [config["release"].get("names")] if path],
        frames_file=POLICY_FRAMES,
        commitments_file=POLICY_COMMITMENTS,
        categories=POLICY_CATEGORIES,
        code=code("policy", "coding"),
    output:
        grades=restricted("policy/grades.csv"),
        grade_counts=restricted("policy/grade_counts.csv"),
        commitments=restricted("policy/commitments.csv"),
        commitment_gaps=restricted("policy/commitment_gaps.csv"),
        frames=restricted("policy/frames.csv"),
        frame_documents=restricted("policy/frame_documents.csv"),
        read_stages=restricted("policy/read_stages.csv"),
        matrix=restricted("policy/matrix.csv"),
        review_focus=restricted("policy/review_focus.csv"),
        excerpts=restricted("policy/excerpts.csv"),
    log:
        log_of("policy/themes"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        project_files=[project["path"] for project in POLICY_PROJECTS],
        register_file=POLICY_INPUTS["register"],
        grading=config["policy"].get("grades") or {},
        methods=config["policy"]["methods"],
    message:
        "Policy: grades, themes and review focus"
    script:
        "../scripts/policy/themes.py"


rule policy_release:
    """Tables of the strand through the study's release profile; findings and numbers from what was released."""
    input:
        tables=[restricted(f"policy/{table}.csv") for table in POLICY_TABLES],
        themes=config["themes"],
        code=code("policy", "coding"),
    output:
        released=[released(f"policy/{table}.csv") for table in POLICY_TABLES],
        findings=released("policy/findings.csv"),
        numbers=released("policy/numbers.csv"),
    log:
        log_of("policy/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Policy: release, findings and numbers"
    script:
        "../scripts/policy/release.py"
