"""Report: notebooks are executed on released files only, put together as one book and written as HTML, PDF and Word.

REQUIRES  release/**: tables, findings, numbers and study.json; notebooks/
PROVIDES  report/report.{html,pdf,docx}, report/executive-summary.{html,pdf,docx}, report/regions/*.{html,docx} and
          report/alternatives.xlsx; report/trace.{html,csv,jsonld}, report/organisations/*.{html,docx} and
          report/action-tracker.xlsx, report/coverage.html, report/register.xlsx, report/joint-display.{html,docx,xlsx}
"""

from genequity.publish import book as report_book

REPORT_FOLDER = os.path.relpath(study_config.ROOT / "notebooks")
REPORT_SECTIONS = [
    section.name
    for section in report_book.Book.read(f"{REPORT_FOLDER}/_quarto.yml").sections()
    if section.is_notebook
    and (section.part not in study_config.SECTIONS or supplied(section.part))
]
# A strand's chapter reads its own strand (and evidence the focus that policy gave it); all others read everything.
REPORT_READS = {
    section: [
        *released_files(*report_book.reads(section, study_config.SECTIONS)),
        released("study.json"),
    ]
    for section in REPORT_SECTIONS
}
# The appendix on methods says what protection cost each group.
REPORT_READS["appendix-methods"] += [released("audit/erasure.csv")]
REPORT_FRAME = [
    f"{REPORT_FOLDER}/_quarto.yml",
    *report_book.Book.read(f"{REPORT_FOLDER}/_quarto.yml").other_files(),
    *report_book.assets(),
]
REPORT_ALTERNATIVES = optional("primary", "alternatives", reported("alternatives.xlsx"))
# Two pages for all regions together and for each of them, where there are service records.
REPORT_REGIONS = [places.NATIONAL, *[place["name"] for place in REGIONS]]
REPORT_EDITIONS = {
    f"regions_{format}": [
        reported(f"regions/{name}.{format}") for name in REPORT_REGIONS
    ]
    for format in ("html", "docx")
    if supplied("service")
}
REPORT_JOINT = {
    f"joint_{form}": path
    for form in ("html", "docx", "xlsx")
    for path in optional(
        "synthesis", "joint", reported(f"joint-display.{form}")
    ).values()
}
REPORT_STAGED = (
    [reported("quarto/_quarto.yml")] if config["report"]["backend"] == "quarto" else []
)


rule report_execute:
    """One section executed on the released files it may read; outputs are reused while code and inputs are the same."""
    input:
        notebook=f"{REPORT_FOLDER}/{{section}}.ipynb",
        release=lookup(within=REPORT_READS, dpath="{section}"),
        gate=released("gate.json"),
        code=code("publish", *study_config.SECTIONS),
    output:
        executed=reported("executed/{section}.ipynb"),
    log:
        log_of("report/execute-{section}"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        cache=f"{ROOT}/cache",
        date=config["study"]["date"],
    message:
        "Report: section {wildcards.section}"
    script:
        "../scripts/report/execute.py"


rule report:
    """The whole report in three formats, the joint displays, and all ways of answering its primary questions."""
    input:
        sections=[reported(f"executed/{section}.ipynb") for section in REPORT_SECTIONS],
        sources=[f"{REPORT_FOLDER}/{section}.ipynb" for section in REPORT_SECTIONS],
        frame=REPORT_FRAME,
        study=released("study.json"),
        staged=REPORT_STAGED,
        primary=released_files("primary"),
        synthesis=released_files("synthesis"),
        code=code("publish", "primary", "synthesis"),
    output:
        **REPORT_ALTERNATIVES,
        **REPORT_JOINT,
        html=reported("report.html"),
        pdf=reported("report.pdf"),
        docx=reported("report.docx"),
    log:
        log_of("report/report"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        cache=f"{ROOT}/cache",
    message:
        "Report: HTML, PDF and Word"
    script:
        "../scripts/report/report.py"


rule report_editions:
    """Short editions: the executive summary with the numbers it has in the report, and two pages for each region."""
    input:
        sections=[reported(f"executed/{section}.ipynb") for section in REPORT_SECTIONS],
        sources=[f"{REPORT_FOLDER}/{section}.ipynb" for section in REPORT_SECTIONS],
        frame=REPORT_FRAME,
        study=released("study.json"),
        service=released_files("service"),
        gate=released("gate.json"),
        code=code("publish", "service"),
    output:
        **REPORT_EDITIONS,
        html=reported("executive-summary.html"),
        pdf=reported("executive-summary.pdf"),
        docx=reported("executive-summary.docx"),
    log:
        log_of("report/editions"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        cache=f"{ROOT}/cache",
    message:
        "Report: executive summary and editions for regions"
    script:
        "../scripts/report/editions.py"


if supplied("recommendations"):

    rule report_packs:
        """Recommendations traced to evidence, pages for organisations, register, what was asked for and met."""
        input:
            release=released_files(*study_config.SECTIONS),
            inputs=released("audit/inputs.csv"),
            brief=os.path.relpath(study_config.ROOT / "config/standards/brief.yaml"),
            report=[
                reported(f"{name}.{format}")
                for name in ("report", "executive-summary")
                for format in FORMATS
            ]
            + list(REPORT_JOINT.values()),
            study=released("study.json"),
            frame=report_book.assets(),
            gate=released("gate.json"),
            code=code("packs", "publish", *study_config.SECTIONS, "audit"),
        output:
            trace=reported("trace.html"),
            trace_table=reported("trace.csv"),
            trace_prov=reported("trace.jsonld"),
            organisations=directory(reported("organisations")),
            tracker=reported("action-tracker.xlsx"),
            coverage=reported("coverage.html"),
            register=reported("register.xlsx"),
        log:
            log_of("report/packs"),
        conda:
            "../../envs/genequity.yaml"
        threads: 1
        message:
            "Report: trace and pages for organisations"
        script:
            "../scripts/report/packs.py"


if REPORT_STAGED:

    rule report_quarto:
        """The executed notebooks as a Quarto book with execution off, rendered by the Quarto of this machine."""
        input:
            sections=[
                reported(f"executed/{section}.ipynb") for section in REPORT_SECTIONS
            ],
            frame=REPORT_FRAME,
            study=released("study.json"),
            code=code("publish"),
        output:
            staged=reported("quarto/_quarto.yml"),
        log:
            log_of("report/quarto"),
        conda:
            "../../envs/genequity.yaml"
        threads: 1
        message:
            "Report: Quarto"
        script:
            "../scripts/report/quarto.py"
