"""Primary analyses: what was declared beforehand as the answer to each question, and every other way of answering it.

REQUIRES  findings.csv and released tables of every supplied strand; the declaration that `genequity declare` wrote
PROVIDES  release/primary/: questions, answers, alternatives, changes, numbers
"""

from genequity.primary import check as primary_check

PRIMARY_TABLES = ["alternatives", "answers", "changes", "questions"]
RELEASED["primary"] = PRIMARY_TABLES
PRIMARY_STRANDS = [strand for strand in study_config.STRANDS if supplied(strand)]


rule primary:
    """Declared estimates, every alternative and all changes, taken from released rows."""
    input:
        declaration=config["primary"]["inputs"]["declaration"],
        findings=expand(released("{strand}/findings.csv"), strand=PRIMARY_STRANDS),
        tables=[
            released(f"{strand}/{table}.csv")
            for strand in PRIMARY_STRANDS
            for table in RELEASED[strand]
        ],
        code=code("primary", "evidence"),
    output:
        alternatives=released("primary/alternatives.csv"),
        answers=released("primary/answers.csv"),
        changes=released("primary/changes.csv"),
        questions=released("primary/questions.csv"),
        numbers=released("primary/numbers.csv"),
    log:
        log_of("primary"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        section=config["primary"],
        comparators=primary_check.comparators(config),
        levels=primary_check.levels(config),
    message:
        "Primary: declared answers and their alternatives"
    script:
        "../scripts/primary/primary.py"
