"""Quote register with consent, and the quotations that leave. Rules: genequity.interviews.quotes, .attribution."""


def main(
    cases: str,
    segments: str,
    themes: str,
    ethnicity_scheme: str,
    region_lookup: list,
    population_file: list,
    names_file: list,
    quote_register: str,
    quotes: str,
    quotable: str,
    *,
    project_files: list,
    options: dict,
    attributes: list,
    grouping: str,
    profile: str,
    seed: int,
) -> None:
    from genequity import attribution, identifiers, seeds, tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.interviews import quotes as rules
    from genequity.interviews import read

    lookup, declared, names = (paths[0] if paths else None for paths in (region_lookup, population_file, names_file))
    raise_if(attribution.problems(attributes, "interviews.attribution"))
    known = read.known_attributes({"scheme": ethnicity_scheme, "grouping": grouping}, lookup)
    population = attribution.population(declared, attributes, known)
    stored, words, everyone = tables.read(segments), load.themes(themes), tables.read(cases)
    limits = {"least": options["least_words"], "most": options["most_words"]}
    register = rules.register(everyone, stored[stored["stands"]], limits)
    may = register[register["status"] == rules.MAY]
    spoken = rules.texts(may, stored, dict(enumerate(project_files, 1)))
    raise_if(identifiers.problems(spoken, "a quotation", identifiers.names(names), spoken=True))
    chosen = rules.choose(may, rules.agreed(stored), options["per_role"])
    chosen = rules.numbered(chosen, seeds.generator(seed, "interviews_quotes"))
    least = attribution.threshold(profile, options["least_k"])
    chosen = rules.attributed(chosen, everyone, attributes, population, least, options["attribution"])
    marked = register.assign(quote=register["segment"].map(chosen.set_index("segment")["quote"]))
    tables.write(marked, quote_register)
    tables.write(load.labelled(chosen[rules.QUOTE_COLUMNS], words), quotes, "interviews/quotes")
    tables.write(load.labelled(rules.counts(register, list(chosen["segment"])), words), quotable, "interviews/quotable")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
