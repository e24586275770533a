"""Write a tagged PDF with Typst, under its PDF/UA-1 checks, with the shipped fonts only."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from genequity import files
from genequity.errors import InputError, Problem
from genequity.publish import elements, kernel, pandoc, shared
from genequity.publish.assemble import Document
from genequity.publish.layout import Layout, settle
from genequity.publish.pandoc import Node, attributes, keys, node, raw

ASSETS = Path(__file__).parent / "assets"
_IDENTIFIER = re.compile(r"[a-z]+([._][a-z]+){2,}[,;]?$")
TALL = 590.0  # points: the tallest drawing that leaves room for its caption on a page
# A row that spans a table, with a line below: the head of a group of rows, which stays with them.
_GROUP = re.compile(r"^ +(table\.cell\()((?:align: \w+, )?colspan: \d+\)\[.*\]),\n +table\.hline\(\),\n", re.M)


def write(document: Document, path: str, *, contents: bool = True) -> None:
    """Write a document as PDF.

    Parameters
    ----------
    document : Document
        The assembled book or chapter.
    path : str
        The ``.pdf`` file.
    contents : bool
        Whether to begin with a title page and the list of contents, or with a title on the first page.

    Raises
    ------
    InputError
        When Typst's PDF/UA-1 checks or its fonts refuse something.
    """
    import typst

    writer = _Writer(document)
    visible = _with_notes(_flat(elements.visible(document.blocks, "pdf")))
    blocks = _chapters(pandoc.walk(visible, writer.visit))
    arguments = ["-f", "json", "-t", "typst-citations-smart", "--wrap=none"]
    body, warnings = pandoc.run(arguments, pandoc.document(blocks))
    if warnings:
        raise RuntimeError(f"PDF: {warnings}")
    body = _GROUP.sub(r"    table.header(level: 2, \1fill: panel, \2),\n", body)
    with tempfile.TemporaryDirectory(prefix="genequity-") as folder:
        for name, picture in document.pictures.items():
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / name).write_bytes(picture)
        page = Path(folder) / "report.typ"
        template = (ASSETS / "report.typ").read_text(encoding="utf-8")
        whole = f"{_settings(document, contents)}\n{template}\n{body}"
        page.touch()
        fonts = [str(ASSETS / "fonts")]
        compiler = typst.Compiler(input=str(page), root=folder, font_paths=fonts, ignore_system_fonts=True)

        def place(layout: Layout) -> list[dict[str, Any]]:
            page.write_text(f"{_layout(layout)}{whole}", encoding="utf-8")
            return json.loads(compiler.query("<layout>", field="value"))

        try:
            page.write_text(f"{_layout(settle(place))}{whole}", encoding="utf-8")
            data, warned = compiler.compile_with_warnings(
                format="pdf", pdf_standards=["ua-1"], timestamp=kernel.epoch(document.study["date"])
            )
        except typst.TypstError as error:
            hints = "; ".join(error.hints)
            raise InputError(Problem(Path(path).name, f"Typst refuses it: {error.message} {hints}".strip())) from None
    if warned:
        raise InputError([Problem(Path(path).name, f"Typst warns: {warning.message}") for warning in warned])
    with files.writing(path) as part:
        part.write_bytes(data)


def _chapters(blocks: list[Node]) -> list[Node]:
    """Wrap each chapter, so that one of them can be set a little tighter, and mark where its sections begin."""
    whole: list[Node] = []
    chapters = sections = 0
    for block in blocks:
        level = block["c"][0] if block["t"] == "Header" else 0
        if level == 1:
            whole += [raw("typst", "]")] * bool(chapters) + [raw("typst", f"#chapter({chapters})[")]
            chapters += 1
        elif level == 2:
            whole.append(raw("typst", f"#section({sections})"))
            sections += 1
        whole.append(block)
    return [*whole, raw("typst", "]")] if chapters else whole


def _layout(layout: Layout) -> str:
    """Return a layout in Typst; nothing else may depend on it, so that Typst lays out anew only what changes."""
    tight = ", ".join(f'"{number}": {step}' for number, step in sorted(layout.tight.items())) or ":"
    sets = {"floats": layout.floats, "tops": layout.tops, "closed": layout.closed}
    lists = ", ".join(f"{name}: ({''.join(f'{n}, ' for n in sorted(found))})" for name, found in sets.items())
    return f"#let layout-found = (tight: ({tight}), {lists})\n"


def _flat(blocks: list[Node]) -> list[Node]:
    """Take what HTML folds away out of its box: paper shows it all."""
    flat: list[Node] = []
    for block in blocks:
        folded = block["t"] == "Div" and "details" in block["c"][0][1]
        flat += _flat(block["c"][1]) if folded else [block]
    return flat


def _settings(document: Document, contents: bool) -> str:
    study = document.study
    year, month, day = (int(part) for part in study["date"][:10].split("-"))
    code, _, region = document.language.partition("-")
    edition = " · ".join(
        part for part in (shared.long_date(study["date"]), study["version"] and f"Version {study['version']}") if part
    )
    authors = ", ".join(_string(name) for name in study["authors"])
    rows = {
        "title": _string(study["title"]),
        "document-title": _string(shared.title(study)),
        "subtitle": _string(study["subtitle"]),
        "watermark": _string(study["watermark"]),
        "edition": _string(edition),
        "contents-title": _string("Contents"),
        "authors": f"({authors},)" if authors else "()",
        "date": f"datetime(year: {year}, month: {month}, day: {day})",
        "lang": _string(code),
        "region": _string(region) if region else "none",
        "cover": "true" if contents else "false",
    }
    return "#let study = (\n" + "".join(f"  {key}: {value},\n" for key, value in rows.items()) + ")"


def _string(text: str) -> str:
    """Return a Typst string literal."""
    escaped = str(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
    return f'"{escaped}"'


class _Writer:
    """Passes that only Typst needs; they run from the leaves up."""

    def __init__(self, document: Document):
        self.document = document

    def visit(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "Header":
            return _header(item)
        if kind == "Figure":
            return self._figure(item)
        if kind == "CodeBlock":
            item["c"][0] = attributes(item["c"][0][0], [name for name in item["c"][0][1] if name == "python"])
        if kind == "Span":
            return _span(item)
        if kind == "Div":
            return self._div(item)
        return _plain_cells(item) if kind == "Table" else None

    def _image(self, image: Node, limit: str = "100%") -> str:
        name = image["c"][2][0]
        size = shared.svg_size(self.document.pictures[name]) if name.endswith(".svg") else None
        width = f"calc.min({size[0] * min(1, TALL / size[1]):.2f}pt, size.width)" if size else limit
        picture = f"image({_string(name)}, alt: {_string(keys(image['c'][0])['alt'])}, width: {width})"
        return f"layout(size => {picture})" if size else picture

    def _figure(self, item: Node) -> Any:
        attribute, caption, body = item["c"]
        pictures = [self._image(image) for image in body[0]["c"]]
        label = f" <{attribute[0]}>" if attribute[0] else ""
        content = pictures[0] if len(pictures) == 1 else f"stack(dir: ttb, spacing: 1em, {', '.join(pictures)})"
        return [
            raw("typst", f"#figure({content}, kind: image, caption: ["),
            *caption[1],
            raw("typst", f"]){label}"),
        ]

    def _div(self, item: Node) -> Any:
        (identifier, classes, pairs), body = item["c"]
        found = dict(pairs)
        if "callout" in classes:
            head, inner = body
            start = raw("typst", f"#callout({_string(found['kind'])}, [")
            end = raw("typst", "]" + (f" <{identifier}>" if identifier else ""))
            return [start, node("Plain", head["c"][1][0]["c"]), raw("typst", "])["), *inner["c"][1], end]
        if "item" in classes:
            return [raw("typst", f"#item({found['number']}, {_string(found['size'])})["), *body, raw("typst", "]")]
        if "panels" in classes:
            return self._panels(identifier, int(found.get("columns", "1")), body)
        if "key-numbers" in classes:
            return _key_numbers(body)
        if "absent" in classes:
            return [
                raw("typst", "#absent["),
                *body[0]["c"][1],
                raw("typst", "]["),
                *body[1:],
                raw("typst", f"] <{identifier}>"),
            ]
        for name in ("plain-language", "table-note"):
            if name in classes:
                return [raw("typst", f"#{name}["), *body, raw("typst", "]")]
        if "listing" in classes:
            head, code = body
            start, end = raw("typst", "#figure(kind: raw, caption: ["), raw("typst", f"]) <{identifier}>")
            return [start, *head["c"][1], raw("typst", "], ["), code, end]
        if "pagebreak" in classes:
            return [raw("typst", "#pagebreak(weak: true)")]
        if "lang" in found or "dir" in found:
            return [raw("typst", f"#block(width: 100%)[#script{_script(found)}["), *body, raw("typst", "]]")]
        if "quote" in classes:
            return [node("BlockQuote", body)]
        return None

    def _panels(self, identifier: str, columns: int, body: list[Node]) -> list[Node]:
        *figures, caption = body
        start = raw("typst", "#figure(kind: image, caption: [")
        grid = raw("typst", f"], grid(columns: (1fr,) * {columns}, gutter: 12pt,")
        parts = [start, *caption["c"][1], grid]
        for figure in _grouped(figures):
            parts += [raw("typst", "["), *figure, raw("typst", "],")]
        return [*parts, raw("typst", f")) <{identifier}>")]


def _grouped(blocks: list[Node]) -> list[list[Node]]:
    """Put the pieces of each figure, already turned into Typst, together again."""
    groups: list[list[Node]] = []
    for block in blocks:
        if block["t"] == "RawBlock" and block["c"][1].startswith("#figure("):
            groups.append([])
        groups[-1].append(block)
    return groups


def _header(item: Node) -> Node:
    level, attribute, inlines = item["c"]
    number = keys(attribute).get("number")
    if number:
        label = f"Appendix {number}" if level == 1 and "appendix" in attribute[1] else number
        inlines = [raw("typst", f"#number[{label}]", inline=True), *inlines]
    return node("Header", level, attributes(attribute[0]), inlines)


def _span(item: Node) -> Any:
    (identifier, classes, pairs), inlines = item["c"]
    found = dict(pairs)
    if "equation" in classes:
        start = f"#numbered({_string(found['number'])}, {_string(found['alt'])})["
        return [raw("typst", start, inline=True), *inlines, raw("typst", f"] <{identifier}>", inline=True)]
    if "lang" in found or "dir" in found:
        return [raw("typst", f"#script{_script(found)}[", inline=True), *inlines, raw("typst", "]", inline=True)]
    if "stamp" in classes:
        return [raw("typst", "#stamp[", inline=True), *inlines, raw("typst", "]", inline=True)]
    return inlines if not identifier else None


def _script(found: dict[str, str]) -> str:
    code = found.get("lang", "en").partition("-")[0]
    direction = found.get("dir", "rtl" if code in ("ar", "ur", "fa", "he") else "ltr")
    return f"({_string(code)}, {'rtl' if direction == 'rtl' else 'ltr'})"


def _key_numbers(body: list[Node]) -> list[Node]:
    items = [entry for block in body if block["t"] == "BulletList" for entry in block["c"]]
    parts = [raw("typst", f"#key-numbers({len(items) if 0 < len(items) <= 5 else 3},")]
    for entry in items:
        value, label = shared.key_number(entry)
        parts += [
            raw("typst", "(["),
            node("Plain", value),
            raw("typst", "], ["),
            node("Plain", label),
            raw("typst", "]),"),
        ]
    return [*parts, raw("typst", ")")]


def _plain_cells(item: Node) -> None:
    """Give cells a plain form, so that rows keep their height; let identifiers end a line after a stop."""
    for row in _rows(item):
        for cell in row[1]:
            cell[4] = pandoc.walk(cell[4], _breakable)
            if len(cell[4]) == 1 and cell[4][0]["t"] == "Para":
                cell[4][0]["t"] = "Plain"


def _breakable(item: Node) -> None:
    if item["t"] == "Str" and _IDENTIFIER.match(item["c"]):
        item["c"] = re.sub(r"(?<=[._])(?=[a-z])", "\u200b", item["c"])


def _rows(table: Node) -> list[Any]:
    return [*table["c"][3][1], *(row for body in table["c"][4] for row in [*body[2], *body[3]])]


def _with_notes(blocks: list[Node]) -> list[Node]:
    """Join each table, and each figure, with what goes where it goes, its note; mark the end of the text before it."""
    joined: list[Node] = []
    number = 0
    for block in blocks:
        note = block["t"] == "Div" and "table-note" in block["c"][0][1]
        if note and joined and _is_item(joined[-1]) and len(joined[-1]["c"][1]) == 1:
            joined[-1]["c"][1].append(block)
        elif block["t"] in ("Table", "Figure") or (block["t"] == "Div" and "panels" in block["c"][0][1]):
            number += 1
            if joined and joined[-1]["t"] == "Para":
                joined[-1]["c"].append(raw("typst", f'#mark("before", {number})#box()', inline=True))
            joined.append(node("Div", attributes("", ["item"], size=_size(block), number=str(number)), [block]))
        else:
            joined.append(block)
    return joined


def _is_item(block: Node) -> bool:
    return block["t"] == "Div" and "item" in block["c"][0][1]


def _size(block: Node) -> str:
    if block["t"] != "Table":
        return "figure"
    rows = len(_rows(block))
    return "short" if rows <= shared.SHORT else "long" if rows >= shared.LONG else "table"
