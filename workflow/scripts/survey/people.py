"""Respondents of the labelled file, each code an answer or a reason. See genequity.survey.respondents."""


def main(
    responses: str,
    codebook: str,
    scheme: str,
    people: str,
    wording: str,
    missing: str,
    *,
    grouping: str,
    encoding: str | None,
    blank_weight: str,
) -> None:
    from genequity import tables
    from genequity.groups import Scheme
    from genequity.survey import codebook as books
    from genequity.survey import reader, respondents, tabulate

    book = books.read(codebook)
    labelled = reader.read_declared(responses, book, encoding)
    tidy = respondents.tidy(labelled, book, Scheme.read(scheme), grouping, blank_weight=blank_weight)
    print(f"{len(labelled.frame)} rows read, {len(tidy)} respondents kept")
    tables.write(tidy, people)
    tables.write(tabulate.items(book), wording, "survey/items")
    tables.write(tabulate.missing(tidy, book), missing, "survey/missing")


if __name__ == "__main__":
    from genequity.step import run

    run(main, snakemake)
