"""Integration of the strands: findings register, joint display, convergence codes, computed silences.

REQUIRES  findings.csv and released tables of every supplied strand; the study's themes; written explanations of
          dissonance (optional)
PROVIDES  release/synthesis/: register, display, convergence, analysts, completeness, inferences, progress, reporting,
          silences, silence_kinds, step_gaps, step_barriers, tally, numbers
"""

SYNTHESIS_TABLES = [
    "analysts",
    "completeness",
    "convergence",
    "display",
    "inferences",
    "progress",
    "register",
    "reporting",
    "silence_kinds",
    "silences",
    "step_barriers",
    "step_gaps",
    "tally",
]
RELEASED["synthesis"] = SYNTHESIS_TABLES
SYNTHESIS_STRANDS = [strand for strand in study_config.STRANDS if supplied(strand)]
SYNTHESIS_WRITTEN = {
    name: path for name, path in config["synthesis"]["inputs"].items() if path
}


rule synthesis_integrate:
    """Findings of all strands in one register, each traced to its released row; joint display, convergence, silences."""
    input:
        **SYNTHESIS_WRITTEN,
        findings=expand(released("{strand}/findings.csv"), strand=SYNTHESIS_STRANDS),
        tables=[
            released(f"{strand}/{table}.csv")
            for strand in SYNTHESIS_STRANDS
            for table in RELEASED[strand]
        ],
        themes=config["themes"],
        code=code("synthesis"),
    output:
        analysts=restricted("synthesis/analysts.csv"),
        completeness=restricted("synthesis/completeness.csv"),
        convergence=restricted("synthesis/convergence.csv"),
        display=restricted("synthesis/display.csv"),
        inferences=restricted("synthesis/inferences.csv"),
        progress=restricted("synthesis/progress.csv"),
        register=restricted("synthesis/register.csv"),
        reporting=restricted("synthesis/reporting.csv"),
        silence_kinds=restricted("synthesis/silence_kinds.csv"),
        silences=restricted("synthesis/silences.csv"),
        step_barriers=restricted("synthesis/step_barriers.csv"),
        step_gaps=restricted("synthesis/step_gaps.csv"),
        tally=restricted("synthesis/tally.csv"),
    log:
        log_of("synthesis/integrate"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        supplied=SYNTHESIS_STRANDS,
        national=config["regions"]["national"],
        section=config["synthesis"],
    message:
        "Synthesis: findings register, joint displays, convergence and silences"
    script:
        "../scripts/synthesis/integrate.py"


rule synthesis_release:
    """Pass the tables of the integration through the release step; numbers for prose from the released counts."""
    input:
        tables=expand(restricted("synthesis/{table}.csv"), table=SYNTHESIS_TABLES),
        code=code("synthesis"),
    output:
        released=expand(released("synthesis/{table}.csv"), table=SYNTHESIS_TABLES),
        numbers=released("synthesis/numbers.csv"),
    log:
        log_of("synthesis/release"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
    message:
        "Synthesis: release and numbers"
    script:
        "../scripts/synthesis/release.py"
