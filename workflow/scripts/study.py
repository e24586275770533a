"""Facts about the study that every notebook may print."""


def main(
    facts: str,
    *,
    study: dict,
    ethnicity: dict,
    regions: dict,
    profile: str,
    supplied: dict,
    code_version: str,
):
    from genequity import provenance
    from genequity.files import write_json

    write_json(facts, provenance.facts(study, ethnicity, regions, profile, supplied, code_version))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
