"""Quote register with consent, and the quotations that leave. Rules: genequity.interviews.quotes, .identifiers."""


def main(
    cases: str,
    segments: str,
    themes: str,
    quote_register: str,
    quotes: str,
    quotable: str,
    *,
    project_files: list,
    options: dict,
) -> None:
    from genequity import tables
    from genequity.coding import load
    from genequity.errors import raise_if
    from genequity.interviews import identifiers
    from genequity.interviews import quotes as rules

    stored, words = tables.read(segments), load.themes(themes)
    limits = {"least": options["least_words"], "most": options["most_words"]}
    register = rules.register(tables.read(cases), stored[stored["stands"]], limits)
    may = register[register["status"] == rules.MAY]
    raise_if(identifiers.problems(rules.with_source_numbers(may, stored), dict(enumerate(project_files, 1))))
    chosen = rules.choose(may, rules.agreed(stored), options["per_role"], options["attribution"])
    marked = register.assign(quote=register["segment"].map(chosen.set_index("segment")["quote"]))
    tables.write(marked, quote_register)
    tables.write(load.labelled(chosen.drop(columns="segment"), words), quotes, "interviews/quotes")
    tables.write(load.labelled(rules.counts(register, list(chosen["segment"])), words), quotable, "interviews/quotable")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
