"""Evidence synthesis: from search exports to a PRISMA flow and pooled estimates.

REQUIRES  evidence.inputs: search_log, exports; optionally screening, studies, effects, participants, population;
          the study's themes; release/policy/review_focus.csv when the policy review is part of the study
PROVIDES  release/evidence/: searches, ledger, merges, unsure, agreement, flow, studies, representation, focus, effects,
          pooled, sensitivity, findings, numbers
"""

EVIDENCE_TABLES = [
    "agreement",
    "effects",
    "flow",
    "focus",
    "ledger",
    "merges",
    "pooled",
    "representation",
    "searches",
    "sensitivity",
    "studies",
    "unsure",
]
RELEASED["evidence"] = EVIDENCE_TABLES
EVIDENCE = {name: path for name, path in config["evidence"]["inputs"].items() if path}


rule evidence_records:
    """Records of every export, hits checked against the search log, duplicates found with a reason for each merge."""
    input:
        search_log=EVIDENCE["search_log"],
        exports=EVIDENCE["exports"],
        code=code("evidence"),
    output:
        records=restricted("evidence/records.csv"),
        searches=restricted("evidence/searches.csv"),
        merges=restricted("evidence/merges.csv"),
        unsure=restricted("evidence/unsure.csv"),
    log:
        log_of("evidence/records"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    message:
        "Evidence: records and duplicates"
    script:
        "../scripts/evidence/records.py"


rule evidence_ledger:
    """The fate of every record, agreement of reviewers, and the PRISMA flow that follows."""
    input:
        **{
            name: EVIDENCE[name]
            for name in ("screening", "studies")
            if name in EVIDENCE
        },
        records=restricted("evidence/records.csv"),
        merges=restricted("evidence/merges.csv"),
        unsure=restricted("evidence/unsure.csv"),
        themes=config["themes"],
        code=code("evidence", "coding"),
    output:
        ledger=restricted("evidence/ledger.csv"),
        agreement=restricted("evidence/agreement.csv"),
        flow=restricted("evidence/flow.csv"),
        reports=restricted("evidence/reports.csv"),
    log:
        log_of("evidence/ledger"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        settings=config["evidence"]["screening"],
        methods=config["evidence"]["methods"],
    message:
        "Evidence: screening and record flow"
    script:
        "../scripts/evidence/ledger.py"


rule evidence_pool:
    """Effect sizes of single studies, pooled by outcome and group where that is sound."""
    input:
        **({"table": EVIDENCE["effects"]} if "effects" in EVIDENCE else {}),
        reports=restricted("evidence/reports.csv"),
        code=code("evidence"),
    output:
        effects=restricted("evidence/effects.csv"),
        pooled=restricted("evidence/pooled.csv"),
        sensitivity=restricted("evidence/sensitivity.csv"),
    log:
        log_of("evidence/pool"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        settings=config["evidence"]["effects"],
        methods=config["evidence"]["methods"],
        outcomes=config["evidence"]["outcomes"],
    message:
        "Evidence: pooled estimates"
    script:
        "../scripts/evidence/pool.py"


rule evidence_studies:
    """Characteristics of studies, their participants beside the population, and the focus set by the policy review."""
    input:
        **{
            name: EVIDENCE[name]
            for name in ("participants", "population")
            if name in EVIDENCE
        },
        **optional("policy", "review_focus", released("policy/review_focus.csv")),
        reports=restricted("evidence/reports.csv"),
        effects=restricted("evidence/effects.csv"),
        themes=config["themes"],
        code=code("evidence"),
    output:
        studies=restricted("evidence/studies.csv"),
        representation=restricted("evidence/representation.csv"),
        focus=restricted("evidence/focus.csv"),
    log:
        log_of("evidence/studies"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        outcome_themes={
            entry["outcome"]: entry["theme"]
            for entry in config["evidence"]["outcomes"]
        },
    message:
        "Evidence: studies, participants and focus"
    script:
        "../scripts/evidence/studies.py"


rule evidence_release:
    """Pass the tables of the evidence synthesis through the release step."""
    input:
        tables=expand(restricted("evidence/{table}.csv"), table=EVIDENCE_TABLES),
        code=code("evidence"),
    output:
        released=expand(released("evidence/{table}.csv"), table=EVIDENCE_TABLES),
    log:
        log_of("evidence/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Evidence: release"
    script:
        "../scripts/evidence/release.py"


rule evidence_findings:
    """Findings and numbers of the evidence synthesis, from its released tables."""
    input:
        agreement=released("evidence/agreement.csv"),
        flow=released("evidence/flow.csv"),
        focus=released("evidence/focus.csv"),
        pooled=released("evidence/pooled.csv"),
        representation=released("evidence/representation.csv"),
        searches=released("evidence/searches.csv"),
        code=code("evidence"),
    output:
        findings=released("evidence/findings.csv"),
        numbers=released("evidence/numbers.csv"),
    log:
        log_of("evidence/findings"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        outcomes=config["evidence"]["outcomes"],
        question=config["evidence"]["question"],
    message:
        "Evidence: findings"
    script:
        "../scripts/evidence/findings.py"
