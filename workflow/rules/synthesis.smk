"""Integration of the strands: findings register, joint display, convergence codes, computed silences.

REQUIRES  findings.csv and released tables of every supplied strand; the study's themes; written explanations of
          dissonance (optional)
PROVIDES  release/synthesis/: register, display, convergence, analysts, completeness, inferences, progress, reporting,
          silences, silence_kinds, step_gaps, step_barriers, tally, numbers; with an earlier build changes,
          change_counts and report/what-changed.html
"""

from genequity.publish import book as publish_book

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
# Only a study that names an earlier build says what changed since.
SYNTHESIS_EARLIER = config["synthesis"]["inputs"].get("earlier")
RELEASED["synthesis"] = [
    *SYNTHESIS_TABLES,
    *(["changes", "change_counts"] if SYNTHESIS_EARLIER else []),
]
SYNTHESIS_STRANDS = [strand for strand in study_config.STRANDS if supplied(strand)]
SYNTHESIS_WRITTEN = {
    name: path
    for name, path in config["synthesis"]["inputs"].items()
    if path and name != "earlier"
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


if SYNTHESIS_EARLIER:

    rule synthesis_changes:
        """What changed since the earlier build; what would tell of a few people is held back and counted."""
        input:
            now=[
                released("synthesis/register.csv"),
                released("synthesis/convergence.csv"),
                *(
                    [
                        released("recommendations/register.csv"),
                        released("recommendations/decisions.csv"),
                    ]
                    if supplied("recommendations")
                    else []
                ),
            ],
            earlier=SYNTHESIS_EARLIER,
            code=code("synthesis"),
        output:
            everything=restricted("synthesis/all_changes.csv"),
            changes=released("synthesis/changes.csv"),
            change_counts=released("synthesis/change_counts.csv"),
        log:
            log_of("synthesis/changes"),
        conda:
            "../../envs/genequity.yaml"
        threads: 1
        params:
            profile=config["release"]["profile"],
        message:
            "Synthesis: what changed"
        script:
            "../scripts/synthesis/changes.py"

    rule synthesis_page:
        """The public page of what changed, once the gate has passed."""
        input:
            changes=[
                released("synthesis/changes.csv"),
                released("synthesis/change_counts.csv"),
            ],
            gate=released("gate.json"),
            study=released("study.json"),
            earlier=SYNTHESIS_EARLIER,
            frame=publish_book.assets(),
            code=code("synthesis", "publish"),
        output:
            page=reported("what-changed.html"),
        log:
            log_of("synthesis/page"),
        conda:
            "../../envs/genequity.yaml"
        threads: 1
        message:
            "Report: what changed"
        script:
            "../scripts/report/changes.py"
