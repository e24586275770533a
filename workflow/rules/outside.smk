"""Outside the secure environment: a release pack is checked with its approval and unpacked; no strand has a rule here.

REQUIRES  a release pack, and an approval by two output checkers when the study's data are restricted
PROVIDES  release/**, as it left
"""

RELEASED.update(config["pack"]["tables"])


rule outside_unpack:
    """Released files of a pack that was checked: manifest, hashes, context sheets, gate and approval."""
    input:
        pack=config["pack"]["path"],
        approval=config["pack"]["approval"],
        code=code("pack", *study_config.SECTIONS),
    output:
        released=[f"{ROOT}/release/{name}" for name in config["pack"]["released"]],
    log:
        log_of("outside/unpack"),
    conda:
        "../../envs/genequity.yaml"
    threads: 1
    message:
        "Outside: the pack checked and unpacked"
    script:
        "../scripts/pack/unpack.py"
