"""Put the chapters of a book together as one tree with every number, reference and citation in its place."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity.errors import Problem, raise_if
from genequity.publish import exporter, language, pandoc, traces, typed
from genequity.publish.book import Book, Section
from genequity.publish.elements import Reader
from genequity.publish.pandoc import Node, attributes, node
from genequity.publish.references import Numbering, Resolver


@dataclass
class Document:
    """A book (or one chapter of it) ready for the writers.

    ``blocks`` is the tree, ``pictures`` the media by name, ``study`` what the title page says; ``traced`` is the tree
    that also says where its words come from (:mod:`genequity.publish.traces`), ``problems`` what a preview warns of.
    """

    blocks: list[Node]
    pictures: dict[str, bytes]
    study: dict[str, Any]
    language: str
    traced: list[Node] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def assemble(
    book: Book,
    study: dict[str, Any],
    executed: dict[str, str],
    only: str = "",
    *,
    strict: bool = True,
    memory: dict[Any, Any] | None = None,
) -> Document:
    """Assemble executed notebooks.

    Parameters
    ----------
    book : Book
        Chapters and settings.
    study : dict
        ``study.json``.
    executed : dict
        Section -> executed notebook.
    only : str, optional
        Publish this section alone. Numbers stay those of the whole book.
    strict : bool
        Whether problems stop the build; otherwise the document carries them.
    memory : dict, optional
        Keeps chapters as read between calls, so that a preview reads again only what has changed.

    Raises
    ------
    InputError
        With every problem of every chapter, each naming notebook and cell.
    """
    sections = book.supplied(study)
    numbering = Numbering()
    pictures: dict[str, bytes] = {}
    problems: list[Problem] = []
    chapters: list[tuple[Section, list[Node], _Chapter]] = []
    with ThreadPoolExecutor(2) as pool:
        read = list(pool.map(lambda section: _read(book, study, section, executed, memory), sections))
    for section, chapter in zip(sections, read, strict=True):
        problems += chapter.problems
        numbered = numbering.chapter(Path(section.file).name, chapter.blocks, appendix=section.appendix)
        chapters.append((section, numbered, chapter))
        pictures |= chapter.pictures
    alone = next((Path(section.file).name for section in sections if section.name == only), "")
    resolver = Resolver(numbering.targets, book.citations(), alone)
    whole: list[Node] = []
    for section, blocks, chapter in chapters:
        file = Path(section.file).name
        if memory is not None and only not in ("", section.name):
            continue
        resolved = resolver.resolve(file, blocks)
        if chapter.words is None:
            chapter.words = language.problems(file, resolved, pictures)
            chapter.words += typed.problems(book.folder / section.file) if section.is_notebook else []
        problems += chapter.words
        if not only or section.name == only:
            resolved = _marked_title(resolved, section)
            whole += [traces.chapter(file), *resolved]
    problems += [*numbering.problems, *resolver.problems]
    if strict:
        raise_if(problems)
    traced = _watermarked_tables(_cited(whole, book, strict=strict), study)
    spoken = book.config.get("lang", study["language"])
    return Document(traces.without(traced), pictures, study, spoken, traced, problems)


@dataclass
class _Chapter:
    """One chapter as read: blocks, pictures, the problems met on the way, and those of its words once looked for."""

    blocks: list[Node]
    pictures: dict[str, bytes]
    problems: list[Problem]
    words: list[Problem] | None = None


def _read(
    book: Book, study: dict[str, Any], section: Section, executed: dict[str, str], memory: dict[Any, Any] | None
) -> _Chapter:
    """Read one chapter, or return it from memory when its file is as it was."""
    path = executed[section.name] if section.is_notebook else book.folder / section.file
    key = (section.name, Path(path).stat().st_mtime_ns, json.dumps(study, sort_keys=True))
    if memory is not None and key in memory:
        return memory[key]
    file = Path(section.file).name
    markdown, media, front, parsed = _source(book, section, executed)
    reader = Reader({"meta": _meta(book, study), "var": _variables(book)})
    blocks = _titled(reader.read(file, markdown, book.folder, parsed), front, section.name)
    blocks = _own_identifiers(blocks, section.name)
    chapter = _Chapter(blocks, media | reader.pictures, [*_one_title(blocks, file), *reader.problems])
    if memory is not None:
        for old in [known for known in memory if known[0] == section.name]:
            del memory[old]
        memory[key] = chapter
    return chapter


def _source(
    book: Book, section: Section, executed: dict[str, str]
) -> tuple[str, dict[str, bytes], dict[str, Any], list[Node]]:
    """Return a chapter's Markdown, pictures, front matter, and the Markdown as pandoc reads it."""
    if not section.is_notebook:
        markdown = (book.folder / section.file).read_text(encoding="utf-8")
        return markdown, {}, {}, pandoc.parse(markdown)
    markdown, pictures, front, expressions = exporter.export(executed[section.name], book.execute)
    parsed = pandoc.parse(markdown)
    return markdown, pictures, front, traces.spans(parsed, expressions) if expressions else parsed


def _meta(book: Book, study: dict[str, Any]) -> dict[str, Any]:
    own = {key: book.config["book"].get(key) for key in ("title", "subtitle", "date")}
    return book.config | {"book": {**own, **study}} | {k: v for k, v in study.items() if not isinstance(v, dict | list)}


def _variables(book: Book) -> dict[str, Any]:
    import yaml

    file = book.folder / "_variables.yml"
    return (yaml.safe_load(file.read_text(encoding="utf-8")) or {}) if file.exists() else {}


def _titled(blocks: list[Node], front: dict[str, Any], name: str) -> list[Node]:
    """Make the front matter's title the chapter's heading."""
    if not front.get("title"):
        return blocks
    inlines = pandoc.parse(front["title"])[0]["c"]
    return [node("Header", 1, attributes(f"chapter-{name}"), inlines), *blocks]


def _one_title(blocks: list[Node], file: str) -> list[Problem]:
    count = sum(block["t"] == "Header" and block["c"][0] == 1 for block in blocks)
    if count == 1:
        return []
    message = f"it has {count} titles (front matter and headings with one #)"
    return [Problem(file, message, expected="one title a notebook", do="use ## for its sections")]


def _own_identifiers(blocks: list[Node], name: str) -> list[Node]:
    """Make pandoc's automatic heading ids unique over the book, and links to them within the chapter."""
    renamed: dict[str, str] = {}

    def rename(item: Node) -> None:
        if item["t"] == "Header":
            identifier = item["c"][1][0]
            if not identifier.startswith(("sec-", "chapter-")):
                item["c"][1][0] = renamed[identifier] = f"{name}-{identifier}"

    def relink(item: Node) -> None:
        if item["t"] == "Link" and item["c"][2][0].startswith("#"):
            target = item["c"][2][0][1:]
            item["c"][2][0] = "#" + renamed.get(target, target)

    blocks = pandoc.walk(blocks, rename)
    return pandoc.walk(blocks, relink)


def _marked_title(blocks: list[Node], section: Section) -> list[Node]:
    """Mark chapter headings with their kind, so that writers can set them."""
    for block in blocks:
        if block["t"] == "Header" and block["c"][0] == 1:
            block["c"][1][1] = [*block["c"][1][1], "appendix" if section.appendix else "chapter"]
    return blocks


def _cited(blocks: list[Node], book: Book, *, strict: bool) -> list[Node]:
    """Resolve citations once, so that all formats print the same."""
    if "bibliography" not in book.config:
        return blocks
    arguments = ["-f", "json", "-t", "json", "--citeproc", "--bibliography", book.config["bibliography"]]
    if "csl" in book.config:
        arguments += ["--csl", book.config["csl"]]
    meta = {"link-citations": node("MetaBool", True), "lang": node("MetaString", book.config.get("lang", "en-GB"))}
    done, warnings = pandoc.run(arguments, pandoc.document(blocks, meta), folder=str(book.folder))
    if warnings and strict:
        raise_if([Problem(book.config["bibliography"], warnings.splitlines()[0])])
    return json.loads(done)["blocks"]


def _watermarked_tables(blocks: list[Node], study: dict[str, Any]) -> list[Node]:
    """Write the watermark's first words into each numbered table's caption; a note that says nothing else goes."""
    mark = re.split(r"[:;,.]", study["watermark"])[0].strip()
    if not mark:
        return blocks
    stamp = [node("Space"), node("Span", attributes("", ["stamp"]), pandoc.words(f"[{mark}]"))]
    kept: list[Node] = []
    numbered = False
    for block in blocks:
        if block["t"] == "RawBlock":  # says where the next blocks come from
            kept.append(block)
            continue
        note = block["t"] == "Div" and "table-note" in block["c"][0][1]
        if note and numbered and _bare(pandoc.text(block)) == _bare(study["watermark"]):
            continue
        numbered = block["t"] == "Table" and bool(block["c"][0][0] and block["c"][1][1])
        if numbered:
            block["c"][1][1][-1]["c"] += stamp
        elif block["t"] == "Div":
            block["c"][1] = _watermarked_tables(block["c"][1], study)
        kept.append(block)
    return kept


def _bare(text: str) -> str:
    return text.strip().rstrip(".")
