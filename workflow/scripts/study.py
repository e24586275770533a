"""Facts about the study that every notebook may print."""


def main(
    facts: str,
    resolved: str,
    *,
    study: dict,
    ethnicity: dict,
    regions: dict,
    profile: str,
    supplied: dict,
    code_version: str,
    stated: dict,
):
    from genequity import provenance
    from genequity import resolved as config_page
    from genequity.files import write_json, write_text

    write_json(facts, provenance.facts(study, ethnicity, regions, profile, supplied, code_version))
    write_text(resolved, config_page.text(stated))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
