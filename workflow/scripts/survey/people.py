"""Respondents of the labelled file, each code an answer or a reason. See genequity.survey.respondents."""


def main(
    responses: str,
    codebook: str,
    scheme: str,
    themes: str,
    people: str,
    wording: str,
    missing: str,
    *,
    grouping: str,
    encoding: str | None,
    blank_weight: str,
) -> None:
    from pathlib import Path

    from genequity import tables
    from genequity.errors import raise_if
    from genequity.groups import Scheme
    from genequity.survey import codebook as books
    from genequity.survey import reader, respondents, tabulate

    book = books.read(codebook)
    raise_if(books.theme_problems(book, themes))
    labelled = reader.read_declared(responses, book, encoding)
    codes = Scheme.read(scheme)
    # Snakemake removes the outputs of a step that stops, so the cells behind the stop get a file that is none.
    listing = Path(people).with_name("problems.csv")
    listing.unlink(missing_ok=True)
    cells = respondents.offending(labelled, book, codes, blank_weight=blank_weight)
    if len(cells):
        tables.write(cells, listing)
    raise_if(respondents.problems(labelled, book, codes, blank_weight=blank_weight, listing=str(listing)))
    tidy = respondents.tidy(labelled, book, codes, grouping, blank_weight=blank_weight)
    print(f"{len(labelled.frame)} rows read, {len(tidy)} respondents kept")
    tables.write(tidy, people)
    tables.write(tabulate.items(book), wording, "survey/items")
    tables.write(tabulate.missing(tidy, book), missing, "survey/missing")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
