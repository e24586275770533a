"""Weights and their diagnostics. See genequity.survey.sample and genequity.survey.weighting."""


def main(
    people: str,
    codebook: str,
    scheme: str,
    population: str | list,
    weighted: str,
    respondents: str,
    margins: str,
    method: str,
    *,
    grouping: str,
    weighting: str,
    sample: str,
    methods: dict,
) -> None:
    from genequity import tables
    from genequity.groups import Scheme
    from genequity.survey import codebook as books
    from genequity.survey import margins as counts
    from genequity.survey import sample as samples
    from genequity.survey import tabulate

    frame = samples.with_base(tables.read(people))
    book = books.read(codebook)
    known = samples.declared(book, Scheme.read(scheme).groups(grouping, valid_only=True))
    table = counts.read(population) if population else None
    matched = []
    if table is not None:
        matched = counts.matched(table, frame, population, declared=known, unknown=methods["unknown_margin"])
    frame, raked = samples.weigh(
        frame,
        matched,
        method=weighting,
        margins_file=population or "survey.weighting",
        tolerance=methods["tolerance"],
        iterations=methods["sweeps"],
        bounds=tuple(methods["trim"]) if methods["trim"] else None,
    )
    design = samples.design_of(frame, lonely=methods["lonely_psu"])
    settings = {"sample": sample, "weighting": weighting} | {
        name: methods[name]
        for name in ("level", "interval", "small_base", "least_base", "unknown_margin", "lonely_psu")
    }
    tables.write(frame, weighted)
    tables.write(tabulate.respondents(frame, table), respondents, "survey/respondents")
    tables.write(tabulate.margins(frame, table, matched), margins, "survey/margins")
    tables.write(tabulate.method(frame, design, raked, book, settings), method, "survey/method")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
