"""A page or a few from Markdown, in the house style, as HTML and Word: organisation packs, editions, joint displays.

The Markdown is that of notebooks. Tables come from :meth:`genequity.notebook.Release.show` through :func:`table`,
pictures as ``![Caption](media/name.svg){#fig-name fig-alt="…"}`` with their bytes in ``pictures``; Word takes the PNG
of the same name.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genequity.errors import raise_if
from genequity.publish import docx, html, language
from genequity.publish.assemble import Document
from genequity.publish.elements import Reader
from genequity.publish.exporter import HTML, fenced

# Paper of the Word document, and the class of the HTML page.
PAPERS = ("sheet", "landscape")


def table(markup: str) -> str:
    """Return a table, as :meth:`genequity.notebook.Release.show` makes it, for the Markdown of a sheet."""
    body, note, rest = markup.partition('<p class="table-note">')
    below = f"\n\n::: {{.table-note}}\n{fenced(note + rest, f'{{={HTML}}}')}\n:::" if note else ""
    return f"\n\n{fenced(body, f'{{={HTML}}}')}{below}\n\n"


def document(
    markdown: str,
    study: Mapping[str, Any],
    *,
    name: str,
    title: str,
    subtitle: str = "",
    pictures: Mapping[str, bytes] | None = None,
) -> Document:
    """Return Markdown as a document that the writers take.

    Parameters
    ----------
    markdown : str
        What stands under the title; headings begin with ``##``.
    study : mapping
        ``study.json`` (:func:`genequity.publish.book.read_study`): watermark, date, language.
    name : str
        What messages call the document.
    title, subtitle : str
        Printed on top; without a subtitle the study's own title is.
    pictures : mapping, optional
        ``media/<name>.svg`` and ``media/<name>.png`` -> bytes.

    Raises
    ------
    InputError
        With every element that cannot be printed and every word of the list (:mod:`genequity.publish.language`).
    """
    pictures = dict(pictures or {})
    reader = Reader({"meta": {}, "var": {}})
    reader.pictures = dict(pictures)
    blocks = reader.read(name, markdown, Path())
    raise_if([*reader.problems, *language.problems(name, blocks, pictures)])
    front = {**study, "title": title, "subtitle": subtitle or str(study["title"])}
    return Document(blocks, pictures, front, str(study["language"]))


def write(made: Document, outputs: Mapping[str, str], *, paper: str = "sheet") -> None:
    """Write a document as HTML (one file, no network, no script) and as Word.

    Parameters
    ----------
    made : Document
        From :func:`document`.
    outputs : mapping
        ``html`` and ``docx``, or one of them -> path.
    paper : str
        One of :data:`PAPERS`: A4 upright or across.
    """
    writers = {"html": html.write, "docx": docx.write}
    for form, path in outputs.items():
        writers[form](copy.deepcopy(made), path, contents=False, paper=paper)
