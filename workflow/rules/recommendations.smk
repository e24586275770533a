"""Recommendations: register, panel, and the way from each recommendation to what it rests on.

REQUIRES  the released findings register; the register of recommendations, the controlled list of organisations, the
          log of co-design and the judgements (both optional), the panel's members, items, votes and the declared rule
          (optional)
PROVIDES  release/recommendations/: register, organisations, co_design, gripp2, history, assessments, panel, panel_groups,
          rounds, decisions, stability, attrition, breadth, sensitivity, rule, rule_changes, accord, comments, trace,
          tally, numbers; in restricted/recommendations/ stay votes.csv, sheets/ (one for each panellist) and
          panel_comments.qdpx (the comments, for coding)
"""

RECOMMENDATIONS_TABLES = [
    "accord",
    "assessments",
    "attrition",
    "breadth",
    "co_design",
    "comments",
    "decisions",
    "gripp2",
    "history",
    "organisations",
    "panel",
    "panel_groups",
    "register",
    "rounds",
    "rule",
    "rule_changes",
    "sensitivity",
    "stability",
    "tally",
    "trace",
]
RELEASED["recommendations"] = RECOMMENDATIONS_TABLES
RECOMMENDATIONS_GIVEN = {
    name: path for name, path in config["recommendations"]["inputs"].items() if path
}
RECOMMENDATIONS_LOG = {
    name: path
    for name, path in RECOMMENDATIONS_GIVEN.items()
    if name in ("assessments", "co_design_log")
}
RECOMMENDATIONS_PANEL = {
    name: path
    for name, path in RECOMMENDATIONS_GIVEN.items()
    if name.startswith("panel_") or name == "consensus_declaration"
}


rule recommendations_register:
    """The register, refused when an entry has no owner, action, date, measure or evidence."""
    input:
        **RECOMMENDATIONS_LOG,
        written=config["recommendations"]["inputs"]["register"],
        controlled=config["recommendations"]["inputs"]["organisations"],
        findings=released("synthesis/register.csv"),
        code=code("recommendations"),
    output:
        assessed=restricted("recommendations/assessments.csv"),
        co_design=restricted("recommendations/co_design.csv"),
        gripp2=restricted("recommendations/gripp2.csv"),
        history=restricted("recommendations/history.csv"),
        organisations=restricted("recommendations/organisations.csv"),
        register=restricted("recommendations/register.csv"),
    log:
        log_of("recommendations/register"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        action_verbs=config["recommendations"]["methods"]["action_verbs"],
        involvement=config["recommendations"].get("involvement") or {},
        study_date=config["study"]["date"],
    message:
        "Recommendations: register"
    script:
        "../scripts/recommendations/register.py"


rule recommendations_panel:
    """Consensus of the panel by the declared rule; votes stay restricted. The way from recommendations to evidence."""
    input:
        **RECOMMENDATIONS_PANEL,
        register=restricted("recommendations/register.csv"),
        findings=released("synthesis/register.csv"),
        themes=config["themes"],
        names_file=[path for path in [config["release"].get("names")] if path],
        lists=[
            path
            for path in [
                config["ethnicity"]["scheme"],
                (config.get("regions") or {}).get("lookup"),
            ]
            if path
        ],
        code=code("recommendations", "coding"),
    output:
        accord=restricted("recommendations/accord.csv"),
        attrition=restricted("recommendations/attrition.csv"),
        breadth=restricted("recommendations/breadth.csv"),
        comments=restricted("recommendations/comments.csv"),
        decisions=restricted("recommendations/decisions.csv"),
        panel=restricted("recommendations/panel.csv"),
        panel_comments=restricted("recommendations/panel_comments.qdpx"),
        panel_groups=restricted("recommendations/panel_groups.csv"),
        rounds=restricted("recommendations/rounds.csv"),
        rule=restricted("recommendations/rule.csv"),
        rule_changes=restricted("recommendations/rule_changes.csv"),
        sensitivity=restricted("recommendations/sensitivity.csv"),
        sheets=directory(restricted("recommendations/sheets")),
        stability=restricted("recommendations/stability.csv"),
        tally=restricted("recommendations/tally.csv"),
        trace=restricted("recommendations/trace.csv"),
        votes=restricted("recommendations/votes.csv"),
    log:
        log_of("recommendations/panel"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        section=config["recommendations"],
        study={
            "date": config["study"]["date"],
            "watermark": config["study"].get("watermark") or "",
            "profile": config["release"]["profile"],
            "ethnicity": config["ethnicity"],
            "regions": config.get("regions") or {},
            "evidence": supplied("evidence"),
        },
        seed=config["study"]["seed"],
    message:
        "Recommendations: consensus of the panel, and the way to the evidence"
    script:
        "../scripts/recommendations/panel.py"


rule recommendations_release:
    """Pass the tables of the recommendations through the release step; numbers for prose from the released counts."""
    input:
        tables=expand(
            restricted("recommendations/{table}.csv"), table=RECOMMENDATIONS_TABLES
        ),
        code=code("recommendations"),
    output:
        released=expand(
            released("recommendations/{table}.csv"), table=RECOMMENDATIONS_TABLES
        ),
        numbers=released("recommendations/numbers.csv"),
    log:
        log_of("recommendations/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Recommendations: release and numbers"
    script:
        "../scripts/recommendations/release.py"
