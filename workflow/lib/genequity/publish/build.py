"""From executed notebooks to files: the whole book, or one section of it."""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from genequity.files import find_table
from genequity.publish.book import Book, read_study

FORMATS = ("html", "pdf", "docx")
SPOKEN = ("interviews/quotes", "recommendations/comments")  # tables with the words of people


def build(
    book: Book | str,
    study_file: str,
    executed: list[str],
    outputs: dict[str, str],
    *,
    only: str = "",
    strict: bool = True,
    maps: str | None = None,
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
    maps : str, optional
        Folder in which the map of the Word document is kept, for when it comes back edited.

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
    print(*document.problems, sep="\n", end="\n" if document.problems else "")
    writers = {"html": html.write, "pdf": pdf.write, "docx": partial(docx.write, maps=maps, spoken=spoken(study_file))}
    # Typst and pandoc work outside of Python, so that formats can be written side by side.
    with ThreadPoolExecutor(2) as pool:
        order = [name for name in ("pdf", "html", "docx") if name in outputs]
        made = [pool.submit(writers[name], document, outputs[name], contents=not only) for name in order]
    for done in made:
        done.result()


def spoken(study_file: str | Path) -> list[str]:
    """Return the words of participants and panellists that a release holds.

    Parameters
    ----------
    study_file : str or Path
        ``study.json`` of the release.
    """
    found = []
    for name in SPOKEN:
        path = find_table(Path(study_file).parent, name)
        if path.is_file():
            with path.open(encoding="utf-8-sig", newline="") as handle:
                found += [
                    row[column] for row in csv.DictReader(handle) for column in ("text", "original") if row.get(column)
                ]
    return found
