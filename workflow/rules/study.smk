"""What the report prints about the study itself.

REQUIRES  the config; optionally regions.lookup and regions.boundaries
PROVIDES  release/study.json: title, watermark, comparator, regions, which strands were supplied, code version
          run_config.yaml: the whole config, with what the study says and what are method defaults
"""

REGION_BOUNDARIES = [path for path in [config["regions"].get("boundaries")] if path]


localrules:
    study,


rule study:
    """Facts about the study that every notebook may print."""
    input:
        boundaries=REGION_BOUNDARIES,
        code=code(),
    output:
        facts=released("study.json"),
        resolved=f"{ROOT}/run_config.yaml",
    log:
        log_of("study"),
    conda:
        "../../envs/genequity.yaml"
    params:
        study=config["study"],
        ethnicity=config["ethnicity"],
        regions=config["regions"],
        places=REGIONS,
        profile=config["release"]["profile"],
        supplied={section: supplied(section) for section in study_config.SECTIONS},
        code_version=CODE_VERSION,
        stated=STATED,
    message:
        "Study: facts for the report"
    script:
        "../scripts/study.py"
