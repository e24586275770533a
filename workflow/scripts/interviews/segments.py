"""Coded interviews and participants, without those who withdrew. Readers: genequity.interviews.read."""


def main(
    project_files: list,
    transcripts: list,
    codebook_file: list,
    participants_file: list,
    frequencies_file: list,
    redactions_file: list,
    ethnicity_scheme: str,
    region_lookup: list,
    themes: str,
    cases: str,
    flow: str,
    participants: str,
    reading: str,
    losses: str,
    loss_card: str,
    lost_codings: str,
    codebook: str,
    reconcile: str,
    sessions: str,
    redactions: str,
    program_summaries: str,
    sources: str,
    segments: str,
    *,
    consensus_file: list | tuple = (),
    projects: list,
    grouping: str,
    methods: dict,
    attributes: list,
) -> None:
    from pathlib import Path

    from genequity import tables
    from genequity.coding import load, merge
    from genequity.coding import losses as accounts
    from genequity.interviews import cases as casework
    from genequity.interviews import participants as people_rules
    from genequity.interviews import read, speakers
    from genequity.interviews import redactions as log

    first = [
        paths[0] if paths else None
        for paths in (codebook_file, participants_file, frequencies_file, region_lookup, redactions_file)
    ]
    with merge.differences_in(Path(segments).parent):
        held = read.read(
            projects,
            *first[:3],
            {"scheme": ethnicity_scheme, "grouping": grouping},
            first[3],
            list(load.themes(themes)["theme"]),
            allow_set_aside=methods["allow_set_aside"],
            attribution=attributes,
            our_side=methods["our_side"],
            transcript_files=transcripts,
        )
    gone = [] if held.people is None else list(held.people.loc[held.people["withdrawn"], "participant"])
    accounts.deliver(held.coded, losses, loss_card, lost_codings, "interviews", hidden=gone)
    merged = held.coded.merged
    events = casework.events(merged.segments)
    heard = [name for name in merged.sources["source"] if name not in events]
    everyone = casework.frame(heard, held.people, attributes)
    stayed = casework.without_withdrawn(merged, held.people, methods["our_side"])
    stored = load.stored(
        stayed, held.coded, methods["decide"], *consensus_file[:1], unit=methods.get("unit", "paragraph")
    )
    stored = speakers.attributed(stored, stayed.sources, held.people, methods["our_side"])
    people = None if held.people is None else held.people[held.people["participant"].isin(everyone["case"])]
    tables.write(everyone, cases)
    tables.write(casework.flow(held.people, heard), flow, "interviews/flow")
    tables.write(people_rules.counts(people), participants, "interviews/participants")
    tables.write(merged.reading, reading, "interviews/reading")
    book = load.codebook_table(held.coded, stored).drop(columns="sources")  # a source is a person here
    tables.write(book, codebook, "interviews/codebook")
    tables.write(casework.reconcile(held.frequencies, merged.segments), reconcile, "interviews/reconcile")
    tables.write(casework.held_sessions(everyone, stored), sessions, "interviews/sessions")
    redacted = log.read(first[4], read.sessions(held))
    tables.write(log.counted(redacted, stayed.sources), redactions, "interviews/redactions")
    noted = load.with_themes(held.coded.summaries, held.coded)
    noted = noted[noted["case"].isin(everyone["case"]) & (noted["theme"] != "")]
    tables.write(noted[["case", "theme", "text"]], program_summaries)
    tables.write(stayed.sources, sources)
    tables.write(stored, segments)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
