"""From executed notebooks to files: the whole book, or one section of it."""

from __future__ import annotations

from pathlib import Path

from genequity.publish.book import Book, read_study

FORMATS = ("html", "pdf", "docx")


def build(
    book: Book | str,
    study_file: str,
    executed: list[str],
    outputs: dict[str, str],
    *,
    only: str = "",
    strict: bool = True,
) -> None:
    """Write a report in the formats asked for.

    Parameters
    ----------
    book : Book or str
        The book, or the path of its ``_quarto.yml``.
    study_file : str
        ``study.json`` of the release.
    executed : list of str
        Executed notebooks, named as their sections.
    outputs : dict
        Format (html, pdf, docx) -> file.
    only : str, optional
        Write this section alone, without contents.
    strict : bool
        Stop at problems of the text; a preview prints them and goes on.

    Raises
    ------
    InputError
        With every problem of every section.
    """
    from genequity.publish import assemble, docx, html, pdf

    study = read_study(study_file)
    files = {Path(path).stem: path for path in executed}
    book = book if isinstance(book, Book) else Book.read(book)
    document = assemble.assemble(book, study, files, only, strict=strict)
    writers = {"html": html.write, "pdf": pdf.write, "docx": docx.write}
    for name in FORMATS:
        if name in outputs:
            writers[name](document, outputs[name], contents=not only)
