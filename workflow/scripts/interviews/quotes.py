"""Quote register with consent, and the quotations that leave. Rules: genequity.interviews.quotes, .attribution."""


def main(
    cases: str,
    segments: str,
    sources: str,
    prevalence: str,
    themes: str,
    ethnicity_scheme: str,
    region_lookup: list,
    participants_file: list,
    population_file: list,
    names_file: list,
    translations_file: list,
    summaries_file: list,
    quote_register: str,
    quotes: str,
    quotable: str,
    excerpt: str,
    *,
    project_files: list,
    options: dict,
    restricted_identifiers: str,
    attributes: list,
    grouping: str,
    profile: str,
    seed: int,
) -> None:
    from genequity import attribution, authored, identifiers, seeds, tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.interviews import cases as casework
    from genequity.interviews import matrix, read, speakers, summaries, translations
    from genequity.interviews import quotes as rules

    lookup, declared, names, other, own, people = (
        paths[0] if paths else None
        for paths in (region_lookup, population_file, names_file, translations_file, summaries_file, participants_file)
    )
    raise_if(attribution.problems(attributes, "interviews.attribution"))
    known = read.known_attributes({"scheme": ethnicity_scheme, "grouping": grouping}, lookup)
    population = attribution.population(declared, attributes, known)
    stored, words, everyone = tables.read(segments), load.themes(themes), tables.read(cases)
    texts = dict(tables.read(sources)[["source", "text"]].fillna("").itertuples(index=False))
    stand = stored[stored["stands"]]
    by_person = speakers.by_case(stand)
    by_person = by_person[by_person["source"].isin(everyone["case"])]
    sessions = authored.read(people, ["participant"])["participant"] if people else everyone["case"]
    translated = translations.read(other, {*texts, *sessions, *everyone["session"]})
    register = rules.register(everyone, by_person, options, texts, translated)
    may = register[register["status"] == rules.MAY]

    refused, files = identifiers.names(names), dict(enumerate(project_files, 1))
    spoken = [*rules.texts(may, stored, files), *translations.texts(translated, str(other))]
    problems = identifiers.problems(spoken, "a quotation", refused, spoken=True)
    if restricted_identifiers == "stop":
        rest = stored[~stored["segment"].isin(may["segment"])]
        problems += identifiers.problems(rules.kept(rest, stored, files), "a coded passage", refused, spoken=False)
    raise_if(problems)

    chosen = rules.choose(may, rules.agreed(stored), options["per_role"], options["per_person"])
    chosen = rules.numbered(chosen, seeds.generator(seed, "interviews_quotes"))
    least = attribution.threshold(profile, options["least_k"])
    chosen = rules.attributed(chosen, everyone, attributes, population, least, options["attribution"])
    marked = register.assign(quote=_quote_of(register, chosen))
    tables.write(marked, quote_register)
    tables.write(load.labelled(chosen[rules.QUOTE_COLUMNS], words), quotes, "interviews/quotes")
    tables.write(load.labelled(rules.counts(register, chosen), words), quotable, "interviews/quotable")

    labels = dict(zip(words["theme"], words["label"])) | {theme: theme for theme in set(by_person["theme"]) - {""}}
    everybody = [*sessions, *everyone["role"], casework.ALL]
    written = summaries.read(own, everybody, [casework.ALL], labels)
    shown = tables.read(prevalence, "interviews/prevalence")
    parts = matrix.excerpt(shown, by_person, everyone, written, chosen)
    tables.write(load.labelled(parts, words), excerpt, "interviews/excerpt")


def _quote_of(register, chosen):
    """Return the id of each row's quotation: a segment of several people stands in several rows."""
    ids = {(row.segment, row.case): row.quote for row in chosen.itertuples()}
    return [ids.get((segment, case)) for segment, case in zip(register["segment"], register["case"])]


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
