"""The release pack: what leaves a secure environment, with all that an output checker asks for.

REQUIRES  release/**, which has passed the gate; nothing else
PROVIDES  pack/ for the checkers to read, and pack.zip, the one archive that leaves
"""


rule pack:
    """Released files with context sheets, statement, manifest, ACRO results and an approval to fill in, as one archive."""
    input:
        released=[
            *released_files(*study_config.SECTIONS),
            released("audit/erasure.csv"),
            released("audit/inputs.csv"),
            released("gate.json"),
        ],
        study=released("study.json"),
        limits=os.path.relpath(study_config.ROOT / "config/release/pack.yaml"),
        code=code("pack", *study_config.SECTIONS, "audit"),
    output:
        folder=directory(f"{ROOT}/pack"),
        archive=f"{ROOT}/pack.zip",
    log:
        log_of("pack"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    params:
        profile=config["release"]["profile"],
        populations=config["release"].get("populations", {}),
    message:
        "Pack: what may leave"
    script:
        "../scripts/pack/pack.py"
