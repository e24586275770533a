"""Write one self-contained HTML page: no network, no script, built to WCAG 2.2 AA."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

from genequity import files
from genequity.publish import elements, pandoc, shared
from genequity.publish.assemble import Document
from genequity.publish.pandoc import Node, attributes, keys, node, raw

ASSETS = Path(__file__).parent / "assets"
FACES = (
    ("Noto Sans", 400, "normal", "NotoSans-Regular"),
    ("Noto Sans", 700, "normal", "NotoSans-Bold"),
    ("Noto Sans", 400, "italic", "NotoSans-Italic"),
    ("Noto Sans Math", 400, "normal", "NotoSansMath-Regular"),
)


def write(document: Document, path: str, *, contents: bool = True, paper: str = "") -> None:
    """Write a document as HTML.

    Parameters
    ----------
    document : Document
        The assembled book or chapter.
    path : str
        The ``.html`` file.
    contents : bool
        Whether to show the list of contents.
    paper : str
        ``sheet`` or ``landscape`` for a page or a few (:mod:`genequity.publish.sheet`).
    """
    writer = _Writer(document)
    blocks = pandoc.walk(elements.visible(document.blocks, "html"), writer.visit)
    shift = 0 if paper else 1  # the title is the page's first heading; a book's chapters come second
    arguments = ["-f", "json", "-t", "html5", "--mathml", "--wrap=none", f"--shift-heading-level-by={shift}"]
    body, warnings = pandoc.run([*arguments, "--syntax-highlighting=none"], pandoc.document(blocks))
    if warnings:
        raise RuntimeError(f"HTML: {warnings}")
    listed = _contents(document.blocks) if contents else ""
    files.write_text(path, _page(document, _finished(body), listed, paper))


class _Writer:
    """Passes that only HTML needs."""

    def __init__(self, document: Document):
        self.document = document
        self.callouts = self.tables = 0

    def visit(self, item: Node) -> Any:
        kind = item["t"]
        if kind == "Header":
            return self._header(item)
        if kind == "Image":
            return self._image(item)
        if kind == "Table":
            return self._table(item)
        if kind == "CodeBlock":
            return _code(item)
        if kind == "Span" and "equation" in item["c"][0][1]:
            number = keys(item["c"][0]).get("number", "")
            label = node("Span", attributes("", ["number"]), pandoc.words(f"({number})"))
            # A long equation scrolls sideways on a phone, so it can have the focus.
            box = attributes(item["c"][0][0], ["equation"], role="group", aria_label=f"Equation {number}", tabindex="0")
            return node("Span", box, [*item["c"][1], label])
        if kind == "Span":
            item["c"][0][1] = [name for name in item["c"][0][1] if name != "typed"]
        if kind == "Div":
            return self._div(item)
        return None

    def _header(self, item: Node) -> Any:
        level, attribute, inlines = item["c"]
        number = keys(attribute).get("number")
        if number:
            label = f"Appendix {number}" if level == 1 and "appendix" in attribute[1] else number
            inlines = [node("Span", attributes("", ["number"]), pandoc.words(label)), node("Space"), *inlines]
        heading = node("Header", level, attributes(attribute[0]), inlines)
        mark = self.document.study["watermark"]
        if level > 1 or not mark:
            return heading
        return [heading, node("Div", attributes("", ["chapter-mark"]), [node("Para", pandoc.words(mark))])]

    def _image(self, item: Node) -> None:
        name = item["c"][2][0]
        data = self.document.pictures[name]
        kind = "svg+xml" if name.endswith(".svg") else "png"
        item["c"][2][0] = f"data:image/{kind};base64,{b64encode(data).decode()}"
        if size := shared.svg_size(data) if kind == "svg+xml" else None:
            width, height = (round(points * 96 / 72) for points in size)
            item["c"][0][2] += [["width", str(width)], ["height", str(height)]]

    def _table(self, item: Node) -> Node:
        self.tables += 1
        caption = pandoc.text(item["c"][1][1]).strip() or f"Unnumbered table {self.tables}"
        # The box scrolls sideways on a phone, so it can have the focus and says what it holds.
        region = attributes("", ["table"], role="region", aria_label=caption, tabindex="0")
        return node("Div", region, [item])

    def _div(self, item: Node) -> Any:
        (identifier, classes, pairs), body = item["c"]
        if "callout" in classes:
            self.callouts += 1
            own = identifier or f"callout-{self.callouts}"
            head, inner = body
            head["c"][0] = attributes(f"{own}-title", ["callout-title"])
            box = attributes(
                own, ["callout", f"callout-{dict(pairs)['kind']}"], role="note", aria_labelledby=f"{own}-title"
            )
            return node("Div", box, [head, inner])
        if "details" in classes:
            summary = escape(dict(pairs).get("summary", "Details"))
            return [raw("html", f"<details><summary>{summary}</summary>"), *body, raw("html", "</details>")]
        if "panels" in classes:
            *figures, caption = body
            columns = dict(pairs).get("columns", "1")
            start = f'<figure id="{escape(identifier)}"><div class="panels" style="--columns:{int(columns)}">'
            return [
                raw("html", start),
                *figures,
                raw("html", "</div><figcaption>"),
                *caption["c"][1],
                raw("html", "</figcaption></figure>"),
            ]
        if "pagebreak" in classes:
            return []
        return None


def _code(item: Node) -> Any:
    (identifier, classes, pairs), code = item["c"]
    block = node("CodeBlock", attributes(identifier, [name for name in classes if name == "python"]), code)
    if dict(pairs).get("fold"):
        return [raw("html", "<details><summary>Code</summary>"), block, raw("html", "</details>")]
    return block


def _finished(body: str) -> str:
    """Give header cells their scope, and make cells of empty headings."""

    def head(found: re.Match[str]) -> str:
        inner = re.sub(r"<th(?=[\s>])([^>]*colspan)", r'<th scope="colgroup"\1', found.group())
        return re.sub(r"<th(?=[\s>])(?! scope)", '<th scope="col"', inner)

    body = re.sub(r"<th([^>]*)>\s*</th>", r"<td\1></td>", body)
    body = re.sub(r"<thead>.*?</thead>", head, body, flags=re.S)
    body = re.sub(r"<th(?=[\s>])(?! scope)([^>]*colspan)", r'<th scope="rowgroup"\1', body)
    return re.sub(r"<th(?=[\s>])(?! scope)", '<th scope="row"', body)


def _contents(blocks: list[Node]) -> str:
    """Return the list of chapters and their sections."""
    entries: list[tuple[str, list[str]]] = []
    for level, identifier, number, title in shared.headings(blocks, 2):
        label = f'<a href="#{escape(identifier)}">{escape(f"{number} " if number else "")}{escape(title)}</a>'
        if level == 1:
            entries.append((label, []))
        elif entries:
            entries[-1][1].append(label)
    rows = []
    for label, inner in entries:
        nested = f"<ul>{''.join(f'<li>{entry}</li>' for entry in inner)}</ul>" if inner else ""
        rows.append(f"<li>{label}{nested}</li>")
    return f"<ul>{''.join(rows)}</ul>"


def _style(paper: str) -> str:
    faces = []
    for family, weight, style, name in FACES:
        data = b64encode((ASSETS / "fonts" / f"{name}.woff2").read_bytes()).decode()
        faces.append(
            f'@font-face{{font-family:"{family}";font-weight:{weight};font-style:{style};'
            f'src:url(data:font/woff2;base64,{data}) format("woff2");font-display:swap}}'
        )
    sheets = ["report.css", *(["sheet.css"] if paper else [])]
    styles = [(ASSETS / name).read_text(encoding="utf-8") for name in sheets]
    across = ["@page { size: A4 landscape; }"] if paper == "landscape" else []
    return "\n".join([*faces, *styles, *across])


def _page(document: Document, body: str, contents: str, paper: str) -> str:
    study = {key: escape(str(value)) for key, value in document.study.items() if isinstance(value, str)}
    mark, title, day = study["watermark"], escape(shared.title(document.study)), escape(shared.long_date(study["date"]))
    authors = escape(", ".join(document.study["authors"]))
    version = f" · Version {study['version']}" if study["version"] else ""
    side = f"""<nav class="contents contents-side" aria-label="Contents">
<p class="contents-title">Contents</p>
{contents}
</nav>
<details class="contents contents-top">
<summary>Contents</summary>
<nav aria-label="Contents">
{contents}
</nav>
</details>
"""
    bar = f'<aside class="watermark-bar" aria-label="Status of the data"><p>{mark}</p></aside>\n' if mark else ""
    subtitle = f'<p class="subtitle">{study["subtitle"]}</p>\n' if study["subtitle"] else ""
    return f"""<!DOCTYPE html>
<html lang="{escape(document.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="genequity">
<meta name="author" content="{authors}">
<meta name="dcterms.date" content="{study["date"]}">
<title>{title}</title>
<style>
{_style(paper)}
</style>
</head>
<body{f' class="{paper}"' if paper else ""}>
<a class="skip" href="#main">Skip to the {"text" if paper else "report"}</a>
{bar}<header class="front">
<div class="front-inner">
<h1>{study["title"]}</h1>
{subtitle}<p class="byline">{authors}</p>
<p class="byline"><time datetime="{study["date"]}">{day}</time>{version}</p>
</div>
</header>
<div class="page{"" if contents else " alone"}">
{side if contents else ""}<main id="main" tabindex="-1">
{body}
</main>
</div>
<footer class="end"><p>{title} · {day}{version}</p></footer>
</body>
</html>
"""
