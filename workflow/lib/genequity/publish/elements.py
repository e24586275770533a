"""Turn one notebook's parsed Markdown into the few kinds of element that all writers know.

These are pandoc's own, plus: ``Div.panels`` (figures side by side), ``Div.callout`` (title, body), ``Div.listing``,
``Div.key-numbers``, ``Span.equation``. What is not known is refused by name: no format may silently lose content.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from genequity.errors import Problem, nearest
from genequity.publish import pandoc, tables, traces
from genequity.publish.exporter import CELL
from genequity.publish.pandoc import Node, attributes, keys, node

CALLOUTS = {"note": "Note", "tip": "Tip", "warning": "Warning", "caution": "Caution", "important": "Important"}
FORMATS = {"html": "html", "docx": "docx", "pdf": "pdf", "typst": "pdf"}
DIVS = [
    "cell-figure",
    "cell-panels",
    "cell-table",
    "cell-caption",
    "cell-output",
    "quote",
    "key-numbers",
    "content-visible",
    "content-hidden",
    "callout-note",
    "callout-tip",
    "callout-warning",
    "callout-caution",
    "callout-important",
    "plain-language",
    "table-note",
    "details",
    "absent",
    "refs",
    "csl-bib-body",
    "hanging-indent",
    "unnumbered",
    "unlisted",
]
SPANS = [
    "title",
    "quote",
    "typed",
    "nocase",
    "content-visible",
    "content-hidden",
    "unnumbered",
    "csl-no-emph",
    "smallcaps",
    "mark",
    "underline",
]
_LABEL = re.compile(r"^(fig|tbl|eq|sec|lst)-")


class Reader:
    """Reads the chapters of a book in turn, keeping every problem with the cell it stands in.

    Parameters
    ----------
    variables : dict
        What the ``meta`` and ``var`` shortcodes may show: ``{"meta": {…}, "var": {…}}``.
    """

    def __init__(self, variables: dict[str, dict[str, Any]]):
        self.variables = variables
        self.problems: list[Problem] = []
        self.pictures: dict[str, bytes] = {}
        self.file = self.where = ""
        self.folder = Path()

    def problem(self, message: str, do: str = "", expected: str = "") -> None:
        """Note a problem at the place that is being read."""
        self.problems.append(Problem(self.file, message, where=self.where, do=do, expected=expected))

    def read(self, file: str, markdown: str, folder: Path, parsed: list[Node] | None = None) -> list[Node]:
        """Return the elements of one chapter.

        Parameters
        ----------
        file : str
            Name used in messages.
        markdown : str
            What the exporter (or an author of a ``.qmd``) wrote.
        folder : Path
            Where ``include`` looks for files.
        parsed : list of nodes, optional
            The Markdown as pandoc reads it, when that is known already.
        """
        self.file, self.where, self.folder = file, "", folder
        blocks = self._include(pandoc.parse(markdown) if parsed is None else parsed, folder)
        blocks = self._track(blocks, self._shortcodes)
        blocks = self._track(blocks, self._inlines)
        blocks = self._track(tables.from_html(blocks, self.problem), self._element)
        return self._track(blocks, self._refuse)

    def _track(self, blocks: list[Node], visit: Callable[[Node], Any]) -> list[Node]:
        """Walk while keeping the current cell's name, which stands in marker blocks."""

        def tracked(item: Node) -> Any:
            if item["t"] == "RawBlock" and item["c"][0] == CELL:
                self.where = item["c"][1]
                return None
            return visit(item)

        self.where = ""
        return pandoc.walk(blocks, tracked)

    # Shortcodes stand in text as {{< name argument >}}; inside code they are code.
    def _include(self, blocks: list[Node], folder: Path, depth: int = 0) -> list[Node]:
        def visit(item: Node) -> Any:
            if item["t"] != "Para" or not (found := _shortcode(pandoc.text(item).strip())):
                return None
            name, arguments = found
            if name == "pagebreak":
                return node("Div", attributes("", ["pagebreak"]), [])
            if name != "include":
                return None
            target = folder / (arguments[0] if arguments else "")
            if target.suffix not in (".qmd", ".md") or not target.is_file() or depth > 3:
                self.problem(f"cannot include '{' '.join(arguments)}'", expected="a .qmd file beside the notebook")
                return []
            return self._include(pandoc.parse(target.read_text(encoding="utf-8")), target.parent, depth + 1)

        return self._track(blocks, visit)

    def _shortcodes(self, item: Node) -> Any:
        kind = item["t"]
        if kind in ("Para", "Plain"):
            return node(kind, self._fill(item["c"]))
        if kind in ("Emph", "Strong", "Superscript", "Subscript", "Strikeout", "Underline", "SmallCaps"):
            return node(kind, self._fill(item["c"]))
        if kind in ("Header", "Link", "Span", "Quoted"):
            place = {"Header": 2, "Link": 1, "Span": 1, "Quoted": 1}[kind]
            item["c"][place] = self._fill(item["c"][place])
        return None

    def _fill(self, inlines: list[Node]) -> list[Node]:
        new: list[Node] = []
        place = 0
        while place < len(inlines):
            if inlines[place].get("t") == "Str" and "{{<" in inlines[place]["c"]:
                before, _, _ = inlines[place]["c"].partition("{{<")
                end = next((n for n in range(place, len(inlines)) if ">}}" in _string(inlines[n])), None)
                if end is not None:
                    after = inlines[end]["c"].partition(">}}")[2]
                    whole = pandoc.text(inlines[place : end + 1])
                    code = whole[len(before) : len(whole) - len(after)]
                    new += [node("Str", before)] if before else []
                    new.append(traces.computed(pandoc.words(self._value(code)), code))
                    inlines[end] = node("Str", after)
                    place = end if after else end + 1
                    continue
            new.append(inlines[place])
            place += 1
        return new

    def _value(self, code: str) -> str:
        name, arguments = _shortcode(code) or ("", [])
        if name not in ("meta", "var") or len(arguments) != 1:
            self.problem(f"the shortcode {code} is not supported", expected="meta, var, pagebreak or include")
            return ""
        value: Any = self.variables[name]
        for part in arguments[0].split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if value is None or isinstance(value, dict | list):
            known = nearest(arguments[0], [str(key) for key in self.variables[name]])
            self.problem(f"{name} has no value '{arguments[0]}'.{known}")
            return ""
        return str(value)

    def _inlines(self, item: Node) -> Any:
        if item["t"] == "RawInline":
            if item["c"][1].startswith("<!--"):
                return []
            self.problem(f"raw {item['c'][0]} in text ({item['c'][1][:40]})", do="use Markdown, which all formats show")
            return []
        if item["t"] in ("Para", "Plain"):
            return self._equation(item)
        return None

    def _equation(self, item: Node) -> Any:
        """Give a displayed equation followed by ``{#eq-x}`` its label."""
        content = item["c"]
        for place, inline in enumerate(content):
            if inline["t"] == "Math" and inline["c"][0]["t"] == "DisplayMath":
                found = re.match(r"^\{#(eq-[\w-]+)([^}]*)\}", pandoc.text(content[place + 1 :]).strip())
                if not found:
                    continue
                alt = re.search(r'alt=[“"]([^”"]*)[”"]', found.group(2))
                span = attributes(found.group(1), ["equation"], alt=alt.group(1) if alt else inline["c"][1].strip())
                return node(item["t"], [*content[:place], node("Span", span, [inline])])
        return None

    def _element(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "Figure":
            return self._figure(item)
        if kind == "CodeBlock" and item["c"][0][0].startswith("lst-"):
            identifier, classes, _ = item["c"][0]
            caption = pandoc.parse(keys(item["c"][0]).get("lst-cap", ""))
            if not caption:
                self.problem(f"listing {identifier} has no caption", do='add lst-cap="…" beside its label')
            return _listing(identifier, caption, node("CodeBlock", attributes("", classes), item["c"][1]))
        if kind == "Table":
            return self._table(item)
        if kind == "Div":
            return self._div(item)
        return None

    def _div(self, item: Node) -> Any:
        (identifier, classes, pairs), body = item["c"]
        if "cell-figure" in classes:
            caption, rest = _take_caption(body)
            image = rest[0]["c"][0]
            return node("Figure", attributes(identifier), [None, caption], [node("Plain", [image])])
        if "cell-panels" in classes:
            caption, rest = _take_caption(body)
            return node(
                "Div", [identifier, ["panels"], pairs], [*rest, node("Div", attributes("", ["caption"]), caption)]
            )
        if "cell-table" in classes:
            return self._labelled_table(identifier, *_take_caption(body))
        if "cell-absent" in classes:
            return _absent(identifier, *_take_caption(body))
        if identifier.startswith("tbl-"):
            return self._table_of_author(identifier, body)
        if kind := next((name[8:] for name in classes if name[8:] in CALLOUTS and name.startswith("callout-")), None):
            return _callout(kind, identifier, dict(pairs), body)
        return None

    def _table_of_author(self, identifier: str, body: list[Node]) -> Any:
        """Read Quarto's div around a table, whose last paragraph is the caption."""
        if len(body) < 2 or body[-1]["t"] != "Para":
            self.problem(f"table {identifier} has no caption", do="end its div with a paragraph: the caption")
            return body
        return self._labelled_table(identifier, [node("Plain", body[-1]["c"])], body[:-1])

    def _labelled_table(self, identifier: str, caption: list[Node], rest: list[Node]) -> Any:
        found = [block for block in rest if block["t"] == "Table"]
        if len(found) != 1:
            self.problem(f"{identifier} holds {len(found)} tables", expected="one table a cell", do="split the cell")
            return rest
        found[0]["c"][0] = attributes(identifier)
        found[0]["c"][1] = [None, caption]
        notes = [block for block in rest if block["t"] != "Table" and pandoc.text(block).strip()]
        return [found[0], *([node("Div", attributes("", ["table-note"]), notes)] if notes else [])]

    def _table(self, item: Node) -> Any:
        caption = item["c"][1][1]
        if item["c"][0][0].startswith("tbl-") and not caption:
            self.problem(f"table {item['c'][0][0]} has no caption", do="add a line ': Caption {#tbl-…}' under it")
        return None

    def _figure(self, item: Node) -> Any:
        attribute, caption, body = item["c"]
        images: list[Node] = []
        pandoc.walk(body, lambda part: images.append(part) if part["t"] == "Image" else None)
        for image in images:
            alt = keys(image["c"][0]).get("fig-alt") or keys(image["c"][0]).get("alt") or keys(attribute).get("fig-alt")
            if not alt:
                self.problem(
                    f"figure {attribute[0] or image['c'][2][0]} has no alternative text", do='add {fig-alt="…"}'
                )
            image["c"][0] = attributes("", [], alt=alt or "")
            self._load(image)
        if not attribute[0].startswith("fig-"):
            self.problem("a figure has no label", do="write ![Caption](file.png){#fig-name fig-alt=…}")
        return node("Figure", attributes(attribute[0]), caption, [node("Plain", images)])

    def _load(self, image: Node) -> None:
        """Keep a picture that an author put beside the notebook; those that cells draw are kept already."""
        name = image["c"][2][0]
        if name.startswith("media/"):
            return
        file = self.folder / name
        if file.suffix not in (".svg", ".png") or not file.is_file():
            self.problem(f"the picture {name} cannot be used", expected="an .svg or .png file beside the notebook")
            return
        image["c"][2][0] = f"media/{Path(self.file).stem}-{file.name}"
        self.pictures[image["c"][2][0]] = file.read_bytes()

    def _refuse(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "RawBlock" and item["c"][0] != CELL:
            if item["c"][1].strip().startswith("<!--"):
                return []
            self.problem(f"a raw {item['c'][0]} block", do="use Markdown, a table or a figure, which all formats show")
            return []
        if kind == "Str" and ("{{<" in item["c"] or item["c"].startswith("?@")):
            self.problem(f"a shortcode that is not closed ({item['c']})")
        if kind in ("Div", "Span"):
            own = ["panels", "callout", "callout-title", "callout-body", "caption", "listing", "equation", "pagebreak"]
            own.append(traces.COMPUTED)
            known = [*(DIVS if kind == "Div" else SPANS), *own]
            for name in item["c"][0][1]:
                if name not in known and not name.startswith(("cell-", "callout-")):
                    self.problem(f"a {kind.lower()} of class '{name}' is not supported.{nearest(name, known)}")
            if {"content-visible", "content-hidden"} & set(item["c"][0][1]):
                self._condition(keys(item["c"][0]))
        return None

    def _condition(self, pairs: dict[str, str]) -> None:
        wanted = pairs.get("when-format", pairs.get("unless-format"))
        if wanted not in FORMATS or len(pairs) != 1:
            self.problem("conditional content without a known format", expected='when-format="html", "docx" or "pdf"')


def visible(blocks: list[Node], writer: str) -> list[Node]:
    """Return what one writer (html, docx or pdf) shows of conditional content."""

    def visit(item: Node) -> Any:
        if item["t"] not in ("Div", "Span"):
            return None
        attribute, content = item["c"]
        for name in ("content-visible", "content-hidden"):
            if name in attribute[1]:
                pairs = keys(attribute)
                same = FORMATS.get(pairs.get("when-format", pairs.get("unless-format", ""))) == writer
                named = same == ("when-format" in pairs)
                return content if named == (name == "content-visible") else []
        return None

    return pandoc.walk(blocks, visit)


def _string(item: Node) -> str:
    return item["c"] if item.get("t") == "Str" else ""


def _shortcode(code: str) -> tuple[str, list[str]] | None:
    found = re.fullmatch(r"\{\{<\s*([\w-]+)\s*([^>]*?)\s*>\}\}", code)
    return (found.group(1), found.group(2).split()) if found else None


def _take_caption(body: list[Node]) -> tuple[list[Node], list[Node]]:
    """Part a cell's caption div from the rest."""
    caption = next((b for b in body if b["t"] == "Div" and "cell-caption" in b["c"][0][1]), None)
    blocks = [node("Plain", b["c"]) if b["t"] == "Para" else b for b in caption["c"][1]] if caption else []
    return blocks, [block for block in body if block is not caption]


def _absent(identifier: str, caption: list[Node], reason: list[Node]) -> Node:
    """Make a numbered caption without a figure or table, and the reason for that."""
    head = node("Div", attributes("", ["caption"]), caption)
    return node("Div", attributes(identifier, ["absent"]), [head, *reason])


def _listing(identifier: str, caption: list[Node], code: Node) -> Node:
    head = node("Div", attributes("", ["caption"]), [node("Plain", b["c"]) if b["t"] == "Para" else b for b in caption])
    return node("Div", attributes(identifier, ["listing"]), [head, code])


def _callout(kind: str, identifier: str, pairs: dict[str, str], body: list[Node]) -> Node:
    title = pandoc.words(pairs["title"]) if "title" in pairs else None
    if title is None and body and body[0]["t"] == "Header":
        title, body = body[0]["c"][2], body[1:]
    head = node("Div", attributes("", ["callout-title"]), [node("Para", title or pandoc.words(CALLOUTS[kind]))])
    inner = node("Div", attributes("", ["callout-body"]), body)
    return node("Div", attributes(identifier, ["callout"], kind=kind), [head, inner])
