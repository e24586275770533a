"""Lint notebooks as their authors keep them: every problem at once, with notebook, cell and line, and no kernel.

``python -m genequity.publish.lint`` reads a book's notebooks and pages. What only an execution can show (a cell that
makes no figure, an unknown number) is found by the build, which refuses typed numbers by the same code.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genequity.errors import InputError, Problem, nearest
from genequity.publish import language, schema, source, typed
from genequity.publish.book import Book
from genequity.publish.references import FOREIGN, NAMES

_KEY = r"\w(?:[\w:.#$%&+?<>~/-]*\w)?"
_CITED = re.compile(rf"(?<![\w\\])-?@(?:\{{([^}}\n]+)\}}|({_KEY}))")
_LABELLED = re.compile(rf"\{{[^}}\n]*?#((?:{'|'.join(NAMES)})-[\w-]+)")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*)$", re.M)
_DOUBLED = re.compile(r"\b(figure|table|equation|section|chapter|fig\.?|listing)\s+(@(?:fig|tbl|eq|sec|lst)-)", re.I)
_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)]*)\)(\{[^}]*\})?")
_MACHINE = re.compile(r"""["'](?:/(?:home|Users|tmp|mnt|root|media|data)/|~/|[A-Za-z]:[\\/])""")
_NOT_PROSE = [
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"\]\([^)\s]*\)"),
    re.compile(r"<?https?://\S+"),
    re.compile(r"\[[^\]]*\]\{[^}]*\.(?:quote|title)[^}]*\}"),
    re.compile(r"^>.*$", re.M),
    re.compile(r"^(:{3,})\s*\{[^}]*\.quote.*?^\1\s*$", re.S | re.M),
    re.compile(r"\{[^}\n]*\}"),
]
_CAPTIONS = ("fig-cap", "fig-alt", "fig-subcap", "tbl-cap")


@dataclass
class _Found:
    """One problem with the place by which it is sorted."""

    file: str
    place: int
    line: int
    problem: Problem


@dataclass
class _Book:
    """What is learnt over all chapters: labels with their places, references, citations."""

    labels: dict[str, list[tuple[str, int, str, int]]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    references: list[tuple[str, int, str, int, str]] = field(default_factory=list)
    code: str = ""
    found: list[_Found] = field(default_factory=list)

    def add(self, file: str, place: int, cell: str, line: int, message: str, do: str = "", expected: str = "") -> None:
        where = ", ".join(part for part in (cell, f"line {line}" if line else "") if part)
        self.found.append(_Found(file, place, line, Problem(file, message, where=where, do=do, expected=expected)))


def problems(book: Book) -> list[Problem]:
    """Return every problem of a book's notebooks and pages, in the order of the book, of cells and of lines.

    Parameters
    ----------
    book : Book
        The book; chapters that are listed and are not there are problems too.
    """
    whole = _Book()
    order: dict[str, int] = {}
    for section in book.sections():
        path = book.folder / section.file
        order[path.name] = len(order)
        if not path.exists():
            continue
        if not section.is_notebook:
            _markdown(whole, path.name, 0, "", path.read_text(encoding="utf-8"), [0])
            continue
        try:
            notebook = json.loads(path.read_text(encoding="utf-8"))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # ids that stand twice are told below
                cells = source.read(path).cells
        except (ValueError, InputError):
            whole.add(path.name, 0, "", 0, "this is not a notebook", do="open it in JupyterLab and save it again")
            continue
        _notebook(whole, path.name, notebook, cells)
    _across(whole, book.citations())
    listed = sorted(whole.found, key=lambda one: (order[one.file], one.place, one.line, one.problem.message))
    return [*book.missing(), *dict.fromkeys(one.problem for one in listed)]


def _notebook(whole: _Book, file: str, notebook: dict[str, Any], cells: list[Any]) -> None:
    levels = [0]
    seen: set[str] = set()
    tagged = False
    for place, (cell, stored) in enumerate(zip(cells, notebook["cells"], strict=True)):
        cell["id"] = stored.get("id") or "no id"
        name = _name(cell, place)
        _left_in(whole, file, place, name, stored)
        if not stored.get("id"):
            whole.add(file, place, name, 0, "the cell has no id", do="open the notebook in JupyterLab and save it")
        elif stored["id"] in seen:
            whole.add(file, place, name, 0, f"the id {stored['id']} stands twice in the notebook", do="change one")
        seen.add(stored.get("id", ""))
        if cell.cell_type == "raw":
            _front(whole, file, place, name, cell, levels)
        elif cell.cell_type == "markdown":
            _markdown(whole, file, place, name, cell.source, levels)
        else:
            tagged = tagged or source.has_tag(cell, "parameters")
            _code(whole, file, place, name, cell.source)
    if not tagged and any("open_release(" in cell.source for cell in cells):
        do = "tag the code cell that sets release_folder"
        whole.add(file, 0, "", 0, "no cell has the tag 'parameters'", do=do)
    if not levels[0]:
        whole.add(file, 0, "", 0, "it has no title", do='begin with a raw cell: ---, title: "…", ---')


def _name(cell: Any, place: int) -> str:
    label = source.cell_name(cell, place).removeprefix("cell ")
    return f"cell {place + 1} ({label})" if not label.startswith(f"{place + 1} (") else f"cell {label}"


def _left_in(whole: _Book, file: str, place: int, name: str, stored: dict[str, Any]) -> None:
    do = "strip it: make lint STRIP=1"
    if stored.get("outputs"):
        whole.add(file, place, name, 0, "its outputs were left in", do=do)
    if stored.get("execution_count") is not None:
        whole.add(file, place, name, 0, "its execution count was left in", do=do)
    if stored.get("metadata", {}).get("user_expressions"):
        whole.add(file, place, name, 0, "its inline values were left in", do=do)
    if "injected-parameters" in stored.get("metadata", {}).get("tags", []):
        whole.add(file, place, name, 0, "the parameters of a run were left in", do=do)


def _front(whole: _Book, file: str, place: int, name: str, cell: Any, levels: list[int]) -> None:
    if place:
        whole.add(file, place, name, 1, "a raw cell cannot be published", do="make it a Markdown cell, or remove it")
        return
    try:
        front = source.front_matter_of(cell)
    except Exception:
        whole.add(file, place, name, 1, "the front matter is not YAML", do='put the title in quotes: title: "…"')
        levels[0] = 1
        return
    for found in schema.problems("front", front, file):
        whole.add(file, place, name, 1, found.message, found.do, found.expected)
    if front.get("title"):
        levels[0] = 1
        _words(whole, file, place, name, str(front["title"]), 2, "title")


def _markdown(whole: _Book, file: str, place: int, name: str, text: str, levels: list[int]) -> None:
    """Lint a Markdown cell; ``levels`` holds the level of the last heading."""

    def line(offset: int) -> int:
        return text.count("\n", 0, offset) + 1

    prose = text
    for start, end, ticks, inner in source.code_spans(text):
        if ticks == 1 and inner.startswith(source.INLINE):
            _expression(whole, file, place, name, inner[len(source.INLINE) :].strip(), line(start))
        prose = prose[:start] + typed.blank(prose[start:end]) + prose[end:]
    prose = typed.FENCED.sub(lambda found: typed.blank(found.group()), prose)
    prose = re.sub(r"<!--.*?-->", lambda found: typed.blank(found.group()), prose, flags=re.S)
    if (stray := prose.find("{python}")) >= 0:
        do = "put it between single backticks: `{python} …`"
        whole.add(file, place, name, line(stray), "an inline expression is not closed", do=do)
    for found in _HEADING.finditer(prose):
        level = len(found.group(1))
        heading = re.sub(r"\{[^}]*\}", "", text[found.start(2) : found.end(2)]).strip()
        if not heading:
            whole.add(file, place, name, line(found.start()), "a heading has no words", do="write it, or take it out")
        if level == 1 and levels[0]:
            do = "use ## for the notebook's sections"
            whole.add(file, place, name, line(found.start()), f"'{heading}' is a second title", do=do)
        elif level > levels[0] + 1:
            message = f"heading '{heading}' skips a level"
            whole.add(file, place, name, line(found.start()), message, do="use one # fewer")
        levels[0] = level
    for found in _LABELLED.finditer(prose):
        whole.labels.setdefault(found.group(1), []).append((file, place, name, line(found.start())))
    for found in _CITED.finditer(prose):
        key = (found.group(1) or found.group(2)).rstrip(".:")
        whole.references.append((file, place, name, line(found.start()), key))
    for found in _DOUBLED.finditer(prose):
        message = f"'{found.group(1)}' before a reference"
        do = f"leave out '{found.group(1)}': it is printed"
        whole.add(file, place, name, line(found.start()), message, do=do)
    for found in _IMAGE.finditer(prose):
        _image(whole, file, place, name, line(found.start()), *found.groups())
    for number, offset in typed.found(text):
        whole.add(file, place, name, line(offset), f"the number {number} is typed by hand", do=typed.DO)
    _words(whole, file, place, name, prose, 1)


def _image(whole: _Book, file: str, place: int, name: str, line: int, caption: str, path: str, pairs: str) -> None:
    pairs = pairs or ""
    if not re.search(r'\b(?:fig-)?alt\s*=\s*"[^"]+"', pairs):
        do = 'add {fig-alt="…"}, which says in words what it shows'
        whole.add(file, place, name, line, f"the picture {path} has no alternative text", do=do)
    if not caption.strip():
        whole.add(file, place, name, line, f"the picture {path} has no caption", do="write ![Caption](…)")
    if "#fig-" not in pairs:
        whole.add(file, place, name, line, f"the picture {path} has no label", do="add {#fig-name} behind it")


def _expression(whole: _Book, file: str, place: int, name: str, text: str, line: int) -> None:
    try:
        ast.parse(text, mode="eval")
    except SyntaxError:
        whole.add(file, place, name, line, f"`{{python}} {text}` is not an expression of Python", do="mend it")


def _code(whole: _Book, file: str, place: int, name: str, text: str) -> None:
    def line(start: str) -> int:
        lines = text.splitlines()
        return next((n for n, one in enumerate(lines, 1) if re.match(rf"#\|\s*{start}\s*:", one)), 1)

    whole.code += text + "\n"
    try:
        options, code = source.split_options(text)
        if not isinstance(options, dict):
            raise ValueError
    except Exception:
        do = 'put captions in quotes: #| fig-cap: "…"'
        whole.add(file, place, name, 1, "its #| lines are not YAML", do=do)
        return
    for found in schema.problems("cell", options, file):
        key = re.match(r"'?([\w-]+)", found.message)
        whole.add(file, place, name, line(key.group(1)) if key else 1, found.message, found.do, found.expected)
    label = str(options.get("label", ""))
    at = line("label")
    if label:
        whole.labels.setdefault(label, []).append((file, place, name, at))
    if label.startswith("fig-"):
        if not options.get("fig-cap"):
            whole.add(file, place, name, at, f"figure {label} has no caption", do='add a line such as #| fig-cap: "…"')
        alts = options.get("fig-alt")
        if not alts or (isinstance(alts, list) and not all(alts)) or not str(alts).strip():
            do = 'add #| fig-alt: "…", which says in words what the figure shows'
            whole.add(file, place, name, at, f"figure {label} has no alternative text", do=do)
    elif options.get("fig-cap") or options.get("fig-alt"):
        do = "add a line such as #| label: fig-survey-shares"
        whole.add(file, place, name, line("fig-(?:cap|alt)"), "its figure has no label", do=do)
    if label.startswith("tbl-") and not options.get("tbl-cap"):
        whole.add(file, place, name, at, f"table {label} has no caption", do='add a line such as #| tbl-cap: "…"')
    elif options.get("tbl-cap") and not label.startswith("tbl-"):
        do = "add a line such as #| label: tbl-survey-shares"
        whole.add(file, place, name, line("tbl-cap"), "its table has no label", do=do)
    for key in _CAPTIONS:
        values = options.get(key, [])
        for value in values if isinstance(values, list) else [values]:
            _caption(whole, file, place, name, line(key), key, str(value))
    if found := _MACHINE.search(text):
        at = text.count("\n", 0, found.start()) + 1
        whole.add(file, place, name, at, "a folder of one machine is typed", do="use a path from the notebook's folder")
    plain = "\n".join("" if one.lstrip().startswith(("%", "!")) else one for one in code.splitlines())
    try:
        ast.parse(plain)
    except SyntaxError as error:
        shift = len(text.splitlines()) - len(text[len(text) - len(code) :].splitlines()) if code else 0
        at = (error.lineno or 1) + max(0, _before(text, code) if code else shift)
        whole.add(file, place, name, at, f"this is not Python: {error.msg}", do="mend the line")


def _before(text: str, code: str) -> int:
    """Return how many lines stand above a cell's code."""
    return text[: text.find(code)].count("\n")


def _caption(whole: _Book, file: str, place: int, name: str, line: int, key: str, text: str) -> None:
    for number in typed.numbers(text):
        whole.add(file, place, name, line, f"the number {number} is typed by hand in {key}", do=typed.DO)
    for found in _CITED.finditer(text):
        label = (found.group(1) or found.group(2)).rstrip(".:")
        whole.references.append((file, place, name, line, label))
    _words(whole, file, place, name, text, line, key)


def _words(whole: _Book, file: str, place: int, name: str, text: str, first: int, part: str = "") -> None:
    """Look for listed words; lines count from ``first`` in a text of several lines, and are ``first`` in an option."""
    for pattern in _NOT_PROSE:
        text = pattern.sub(lambda found: typed.blank(found.group()), text)
    plain = text.replace("‑", "-").replace("\u00a0", " ")
    for rule in language.rules():
        for found in rule["pattern"].finditer(plain):
            at = first if part else first + plain.count("\n", 0, found.start())
            message = f"'{found.group().strip()}'{f' in {part}' if part else ''}: {rule['why']}"
            whole.add(file, place, name, at, message, do=f"write {rule['suggestion']}")


def _across(whole: _Book, citations: set[str]) -> None:
    """Check what only the whole book can tell: labels that stand twice, are not there, or are referred to nowhere."""
    for file, place, name, line, key in whole.references:
        whole.used.add(key)
        if re.match(rf"^({'|'.join(FOREIGN)})-", key):
            message, do = f"references such as @{key} are not supported", "refer to a section or a figure"
        elif re.match(rf"^({'|'.join(NAMES)})-", key):
            if key in whole.labels:
                continue
            message = f"@{key} refers to nothing.{nearest(key, whole.labels)}"
            do = "label a figure, table or heading"
        elif key in citations:
            continue
        else:
            message, do = f"@{key} is not in the bibliography.{nearest(key, citations)}", "add it, or mend the key"
        whole.add(file, place, name, line, message, do=do)
    for label, places in whole.labels.items():
        for file, place, name, line in places[1:]:
            first = f"{places[0][0]}, {places[0][2]}"
            message = f"the label {label} stands twice in the book (first in {first})"
            whole.add(file, place, name, line, message, do="give one of them another name")
        written = re.search(rf"@{re.escape(label)}(?![\w-])", whole.code)
        if label.startswith(("fig-", "tbl-")) and label not in whole.used and not written and not _built(label, whole):
            file, place, name, line = places[0]
            message = f"no sentence refers to {label}"
            whole.add(file, place, name, line, message, do=f"write @{label} where the text speaks of it")


def _built(label: str, whole: _Book) -> bool:
    """Whether code puts references to labels of this kind together, such as f"@tbl-data-{name}"."""
    parts = label.split("-")
    stems = ["-".join(parts[:count]) + "-" for count in range(2, len(parts))]
    return any(f"@{stem}" in whole.code for stem in stems)


def strip(folder: str | Path) -> Iterator[str]:
    """Strip outputs from the notebooks of a folder; yield the names of those that held some."""
    from genequity.authors import strip as keeper

    for path in sorted(Path(folder).glob("*.ipynb")):
        if keeper.file(path):
            yield path.name


def main() -> int:
    """Print every problem and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m genequity.publish.lint", description=__doc__.splitlines()[0])
    parser.add_argument("book", nargs="?", default="notebooks/_quarto.yml")
    parser.add_argument("--strip", action="store_true", help="take outputs out first")
    options = parser.parse_args()
    if options.strip:
        for name in strip(Path(options.book).parent):
            print(f"{name}: outputs taken out")
    try:
        listed = problems(Book.read(options.book))
    except InputError as error:
        listed = error.problems
    print(*listed, sep="\n", end="\n" if listed else "")
    print(f"{len(listed)} to mend in the notebooks." if listed else "The notebooks are clean.")
    return int(bool(listed))


if __name__ == "__main__":
    sys.exit(main())
