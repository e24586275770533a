"""The gate: every released file is read again, as an output checker would read it.

REQUIRES  release/**: tables, findings, numbers of all supplied sections, and study.json; optionally a list of names to refuse
PROVIDES  release/gate.json: what passed, under which profile; release/audit/erasure.csv: what protection cost each group
"""


rule gate:
    """Every released table, number and finding checked against the study's small-number profile."""
    input:
        release=released_files(*study_config.SECTIONS),
        study=released("study.json"),
        names_file=[path for path in [config["release"].get("names")] if path],
        code=code("gate", *study_config.SECTIONS, "audit"),
    output:
        passed=released("gate.json"),
        erasure=released("audit/erasure.csv"),
    log:
        log_of("gate"),
    conda:
        "../../envs/genequity.yaml"
    params:
        profile=config["release"]["profile"],
    message:
        "Gate: released files checked"
    script:
        "../scripts/gate/gate.py"
