"""The demonstration's inputs, written from a seed in the formats that real teams have.

REQUIRES  config/demo/truth.yaml: the effects and defects that are planted
PROVIDES  the files that config.yaml names under inputs and that lie in results/demo/
"""


rule demo_policy:
    """Documents and two coders' projects of the policy review."""
    input:
        truth=config["demonstration"]["truth"],
        code=demo_sources("policy"),
    output:
        **demo_outputs("policy"),
    log:
        log_of("demo/policy"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
        section=config["policy"],
    message:
        "Demonstration: policy documents and coding"
    script:
        "../scripts/demo/policy.py"


rule demo_evidence:
    """Search exports, screening decisions and effects of the evidence synthesis."""
    input:
        truth=config["demonstration"]["truth"],
        code=demo_sources("evidence"),
    output:
        **demo_outputs("evidence"),
    log:
        log_of("demo/evidence"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
        section=config["evidence"],
    message:
        "Demonstration: search exports and screening"
    script:
        "../scripts/demo/evidence.py"


rule demo_survey:
    """The survey's .sav file and its population margins."""
    input:
        truth=config["demonstration"]["truth"],
        code=demo_sources("survey"),
    output:
        **demo_outputs("survey"),
    log:
        log_of("demo/survey"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
        section=config["survey"],
    message:
        "Demonstration: survey responses"
    script:
        "../scripts/demo/survey.py"


rule demo_service:
    """Referrals and census denominators of the service data."""
    input:
        truth=config["demonstration"]["truth"],
        code=demo_sources("service"),
    output:
        **demo_outputs("service"),
    log:
        log_of("demo/service"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
        section=config["service"],
    message:
        "Demonstration: service records"
    script:
        "../scripts/demo/service.py"


rule demo_interviews:
    """Transcripts, two coders' projects and participants of the interviews."""
    input:
        truth=config["demonstration"]["truth"],
        code=demo_sources("interviews"),
    output:
        **demo_outputs("interviews"),
    log:
        log_of("demo/interviews"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
        section=config["interviews"],
    message:
        "Demonstration: interviews and coding"
    script:
        "../scripts/demo/interviews.py"


PANEL_MEMBERS = ((config["recommendations"] or {}).get("inputs", {})).get(
    "panel_members"
) or []


rule demo_recommendations:
    """Votes of the panel that rates the recommendations."""
    input:
        truth=config["demonstration"]["truth"],
        members=PANEL_MEMBERS,
        code=demo_sources("recommendations"),
    output:
        **demo_outputs("recommendations"),
    log:
        log_of("demo/recommendations"),
    conda:
        "../../envs/genequity.yaml"
    params:
        seed=config["study"]["seed"],
    message:
        "Demonstration: votes of the panel"
    script:
        "../scripts/demo/recommendations.py"
