"""Facts about the study that every notebook may print."""


def main(
    boundaries: list,
    facts: str,
    resolved: str,
    *,
    study: dict,
    ethnicity: dict,
    regions: dict,
    places: list,
    profile: str,
    supplied: dict,
    code_version: str,
    stated: dict,
):
    from genequity import provenance
    from genequity import resolved as config_page
    from genequity.files import write_json, write_text
    from genequity.places import outlined

    places = outlined(places, boundaries[0] if boundaries else None)
    write_json(facts, provenance.facts(study, ethnicity, regions, profile, supplied, code_version, places))
    write_text(resolved, config_page.text(stated))


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
