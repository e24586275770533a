"""Recommendations: register, panel, and the way from each recommendation to what it rests on.

REQUIRES  the released findings register; the register of recommendations, the controlled list of organisations, the
          log of co-design (optional), the panel's members, items and votes (optional)
PROVIDES  release/recommendations/: register, organisations, co_design, panel, panel_groups, rounds, decisions, rule,
          comments, trace, tally, numbers; the votes themselves stay in restricted/recommendations/votes.csv
"""

RECOMMENDATIONS_TABLES = [
    "co_design",
    "comments",
    "decisions",
    "organisations",
    "panel",
    "panel_groups",
    "register",
    "rounds",
    "rule",
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
    if name == "co_design_log"
}
RECOMMENDATIONS_PANEL = {
    name: path
    for name, path in RECOMMENDATIONS_GIVEN.items()
    if name.startswith("panel_")
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
        co_design=restricted("recommendations/co_design.csv"),
        organisations=restricted("recommendations/organisations.csv"),
        register=restricted("recommendations/register.csv"),
    log:
        log_of("recommendations/register"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        action_verbs=config["recommendations"]["methods"]["action_verbs"],
        study_date=config["study"]["date"],
    message:
        "Recommendations: register"
    script:
        "../scripts/recommendations/register.py"


rule recommendations_panel:
    """Consensus of the panel; votes stay restricted. The way from each recommendation to findings, rows and votes."""
    input:
        **RECOMMENDATIONS_PANEL,
        register=restricted("recommendations/register.csv"),
        findings=released("synthesis/register.csv"),
        names_file=[path for path in [config["release"].get("names")] if path],
        code=code("recommendations"),
    output:
        comments=restricted("recommendations/comments.csv"),
        decisions=restricted("recommendations/decisions.csv"),
        panel=restricted("recommendations/panel.csv"),
        panel_groups=restricted("recommendations/panel_groups.csv"),
        rounds=restricted("recommendations/rounds.csv"),
        rule=restricted("recommendations/rule.csv"),
        tally=restricted("recommendations/tally.csv"),
        trace=restricted("recommendations/trace.csv"),
        votes=restricted("recommendations/votes.csv"),
    log:
        log_of("recommendations/panel"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        consensus_rule=config["recommendations"]["methods"]["consensus_rule"],
        high_share=config["recommendations"]["methods"]["high_share"],
        low_share=config["recommendations"]["methods"]["low_share"],
        release_comments=config["recommendations"]["methods"]["release_comments"],
        least_k=config["recommendations"]["methods"]["least_k"],
        profile=config["release"]["profile"],
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
