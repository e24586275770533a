"""The gate: every released file is read again, as an output checker would read it.

REQUIRES  release/**: tables, findings, numbers of all supplied sections, and study.json; optionally a list of names to refuse
PROVIDES  release/gate.json: what passed, under which profile; release/audit/erasure.csv: what protection cost each group;
          release/audit/inputs.csv: the study's inputs by SHA-256
"""

GATE_SOURCES = [list(pair) for pair in intake.named(config)]


rule gate:
    """Every released table, number and finding checked against the study's small-number profile."""
    input:
        release=released_files(*study_config.SECTIONS),
        study=released("study.json"),
        names_file=[path for path in [config["release"].get("names")] if path],
        given=sorted({path for _, path in GATE_SOURCES}),
        code=code("gate", *study_config.SECTIONS, "audit"),
    output:
        passed=released("gate.json"),
        erasure=released("audit/erasure.csv"),
        inputs=released("audit/inputs.csv"),
    log:
        log_of("gate"),
    conda:
        "../../envs/genequity.yaml"
    params:
        profile=config["release"]["profile"],
        sources=GATE_SOURCES,
    message:
        "Gate: released files checked"
    script:
        "../scripts/gate/gate.py"
