"""Coded interviews and participants, without those who withdrew. Readers: genequity.interviews.read."""


def main(
    project_files: list,
    codebook_file: list,
    participants_file: list,
    frequencies_file: list,
    ethnicity_scheme: str,
    region_lookup: list,
    themes: str,
    cases: str,
    flow: str,
    participants: str,
    reading: str,
    codebook: str,
    reconcile: str,
    sources: str,
    segments: str,
    *,
    projects: list,
    grouping: str,
    methods: dict,
    attributes: list,
) -> None:
    from genequity import tables
    from genequity.coding import load
    from genequity.interviews import cases as casework
    from genequity.interviews import participants as people_rules
    from genequity.interviews import read

    first = [
        paths[0] if paths else None for paths in (codebook_file, participants_file, frequencies_file, region_lookup)
    ]
    held = read.read(
        projects,
        *first[:3],
        {"scheme": ethnicity_scheme, "grouping": grouping},
        first[3],
        list(load.themes(themes)["theme"]),
        allow_set_aside=methods["allow_set_aside"],
        attribution=attributes,
    )
    merged = held.coded.merged
    everyone = casework.frame(list(merged.sources["source"]), held.people, attributes)
    stayed = casework.without_withdrawn(merged, everyone)
    stored = load.stored(stayed, held.coded, methods["decide"])
    people = None if held.people is None else held.people[held.people["participant"].isin(everyone["case"])]
    tables.write(everyone, cases)
    tables.write(casework.flow(held.people, list(merged.sources["source"])), flow, "interviews/flow")
    tables.write(people_rules.counts(people), participants, "interviews/participants")
    tables.write(merged.reading, reading, "interviews/reading")
    book = load.codebook_table(held.coded, stored).drop(columns="sources")  # a source is a person here
    tables.write(book, codebook, "interviews/codebook")
    tables.write(casework.reconcile(held.frequencies, merged.segments), reconcile, "interviews/reconcile")
    tables.write(stayed.sources, sources)
    tables.write(stored, segments)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
