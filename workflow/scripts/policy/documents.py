"""Register, texts and coded projects of the policy review. Rules: genequity.policy.read, .register, .terms."""


def main(
    register: str,
    project_files: list,
    codebook_file: list,
    texts: list,
    frames_file: list,
    commitments_file: list,
    themes: str,
    documents: str,
    flow: str,
    reading: str,
    losses: str,
    loss_card: str,
    lost_codings: str,
    codebook: str,
    terminology: str,
    search_log: str,
    sources: str,
    segments: str,
    *,
    consensus_file: list | tuple = (),
    projects: list,
    grades: dict,
    methods: dict,
) -> None:
    from pathlib import Path

    from genequity import tables
    from genequity.coding import load, merge
    from genequity.coding import losses as accounts
    from genequity.policy import read, terms
    from genequity.policy import register as registering

    theme_ids = list(load.themes(themes)["theme"])
    codebook_path = codebook_file[0] if codebook_file else None
    allow = methods["allow_set_aside"]
    further = {
        "frames_file": frames_file[0] if frames_file else None,
        "commitments_file": commitments_file[0] if commitments_file else None,
    }
    with merge.differences_in(Path(segments).parent):
        held = read.read(register, projects, codebook_path, texts, grades, theme_ids, allow_set_aside=allow, **further)
    accounts.deliver(held.coded, losses, loss_card, lost_codings, "policy")
    merged = held.coded.merged
    stored = load.stored(
        merged, held.coded, methods["decide"], *consensus_file[:1], unit=methods.get("unit", "paragraph")
    )
    census = terms.by_document(held.documents, held.texts, methods["terms"])
    hits = held.documents["document"].map(terms.hits_of(census, methods["content_terms"])).astype("Int64")
    shown = [name for name in tables.schema("policy/documents").columns if name != "term_hits"]
    tables.write(held.documents[shown].assign(term_hits=hits), documents, "policy/documents")
    tables.write(registering.flow(held.documents), flow, "policy/flow")
    tables.write(merged.reading, reading, "policy/reading")
    tables.write(load.codebook_table(held.coded, stored), codebook, "policy/codebook")
    tables.write(terms.by_year(census), terminology, "policy/terminology")
    tables.write(terms.log(census, methods["content_terms"]), search_log, "policy/search_log")
    tables.write(merged.sources, sources)
    tables.write(stored.assign(page=read.page_of(stored, held.converted)).astype({"page": "Int64"}), segments)


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
