"""An nbconvert exporter: one executed notebook to pandoc Markdown and its pictures.

Registered as ``genequity``, so ``jupyter nbconvert --to genequity notebook.ipynb`` works too. Figures and tables become
fenced divs that carry label, caption and alternative text; :mod:`genequity.publish.elements` makes elements of them. A
raw block of format ``genequity-cell`` before each cell lets later messages name it.
"""

from __future__ import annotations

import ast
import base64
import re
from pathlib import Path
from typing import Any

from nbconvert.exporters import Exporter

from genequity.errors import Problem, raise_if
from genequity.notebook import ABSENT
from genequity.publish import marks, schema, source

CELL = "genequity-cell"
HTML = "genequity-html"
DEFAULTS = {"echo": True, "warning": True, "output": True, "include": True}
_SPECIAL = re.compile(r"([\\`*_\[\]<>#$@^~|{}])")


class BookExporter(Exporter):
    """Notebook to pandoc Markdown; ``resources`` gets ``outputs`` (the pictures) and ``front`` (the front matter).

    With ``traced`` in the resources, inline values stand between marks, and ``values`` gets their expressions.
    """

    file_extension = ".md"
    output_mimetype = "text/markdown"
    export_from_notebook = "genequity Markdown"

    def from_notebook_node(self, nb: Any, resources: Any = None, **options: Any) -> tuple[str, Any]:
        """Convert an executed notebook.

        Raises
        ------
        InputError
            With every problem of the notebook's cells.
        """
        resources = self._init_resources(resources)
        name = resources["metadata"].get("name", "notebook")
        defaults = DEFAULTS | resources.get("execute", {})
        book = _Book(f"{name}.ipynb", name, defaults, traced=resources.get("traced", False))
        place = 0
        for cell in nb.cells:
            book.add(cell, place)
            place += not source.has_tag(cell, "injected-parameters")  # it is not in the author's notebook
        raise_if(book.problems)
        resources["outputs"] = book.pictures
        resources["front"] = source.front_matter(nb)
        resources["values"] = book.values
        return "\n\n".join(book.parts) + "\n", resources


class _Book:
    """The Markdown of one notebook in the making."""

    def __init__(self, file: str, stem: str, defaults: dict[str, Any], *, traced: bool = False):
        self.file, self.stem, self.defaults, self.traced = file, stem, defaults, traced
        self.values: list[str] = []
        self.parts: list[str] = []
        self.pictures: dict[str, bytes] = {}
        self.problems: list[Problem] = []
        self.where = ""

    def problem(self, message: str, do: str = "", expected: str = "") -> None:
        self.problems.append(Problem(self.file, message, where=self.where, do=do, expected=expected))

    def add(self, cell: Any, place: int) -> None:
        self.where = source.cell_name(cell, place)
        if cell.cell_type == "raw":
            if place:
                self.problem("a raw cell cannot be published", do="make it a Markdown cell, or remove it")
            else:
                self.problems += schema.problems("front", source.front_matter_of(cell), self.file, self.where)
            return
        before = len(self.parts)
        self.parts.append(fenced(self.where, f"{{={CELL}}}"))
        if cell.cell_type == "markdown":
            self.parts.append(self._markdown(cell))
        elif not source.has_tag(cell, "parameters", "injected-parameters"):
            self._code(cell)
        if len(self.parts) == before + 1:
            self.parts.pop()

    def _markdown(self, cell: Any) -> str:
        stored = cell.metadata.get("user_expressions", [])
        wanted = source.expressions(cell.source)
        if [item["expression"] for item in stored] != wanted:
            self.problem("its inline values were not computed", do="execute the notebook first")
            return ""
        return source.fill(cell.source, lambda place, wanted: self._value(stored[place], wanted))

    def _value(self, stored: Any, expression: str) -> str:
        value = inline_value(stored["result"]["data"])
        if not self.traced:
            return value
        self.values.append(expression)
        return marks.around(value, len(self.values) - 1)

    def _code(self, cell: Any) -> None:
        try:
            options, code = source.split_options(cell.source)
        except Exception:
            self.problem("its #| lines are not YAML", do='put captions in quotes: #| fig-cap: "…"')
            return
        if found := schema.problems("cell", options, self.file, self.where):
            self.problems += found
            return
        options = self.defaults | options
        if not options["include"]:
            return
        if options["echo"] and code:
            fold = ' fold="true"' if options.get("code-fold") else ""
            self.parts.append(fenced(code, f"{{.python .cell-code{fold}}}"))
        if options["output"]:
            self._outputs(cell.outputs, options)

    def _outputs(self, outputs: list[Any], options: dict[str, Any]) -> None:
        label = options.get("label", "")
        figures: list[str] = []
        parts: list[str] = []
        if absent := next(
            (data["text/markdown"] for data in _data(outputs) if ABSENT in data.get("text/markdown", "")), ""
        ):
            self.parts.append(self._absent(label, options, absent))
            return
        for output in outputs:
            data = output.get("data", {})
            if output.output_type == "stream":
                if options["output"] == "asis" and output.name == "stdout":
                    parts.append(output.text)
                elif output.name != "stderr" or options["warning"]:
                    parts.append(fenced(output.text.rstrip(), "{.cell-output}"))
            elif output.output_type == "error":
                self.problem(f"it ends in an error ({output.ename})", do="execute the notebook again")
            elif "application/vnd.jupyter.widget-view+json" in data or "application/javascript" in data:
                self.problem("it shows a widget, which no printed page can hold", do="show a table or a figure instead")
            elif "text/html" in data:
                parts.append(fenced(data["text/html"], f"{{={HTML}}}"))
            elif "text/markdown" in data:
                parts.append(data["text/markdown"])
            elif "image/svg+xml" in data or "image/png" in data:
                figures.append(self._picture(data, label or f"{self.stem}-{len(self.pictures)}", len(figures)))
            elif "text/plain" in data:
                parts.append(fenced(data["text/plain"], "{.cell-output}"))
        if figures or label.startswith("fig-"):
            parts.append(self._figure(figures, options))
        body = "\n\n".join(part for part in parts if part)
        if label.startswith("tbl-"):
            body = self._table(label, options.get("tbl-cap", ""), body)
        elif options.get("tbl-cap"):
            self.problem("it has tbl-cap but no label", do="add a line such as #| label: tbl-survey-shares")
        if body:
            self.parts.append(body)

    def _absent(self, label: str, options: dict[str, Any], reason: str) -> str:
        """Return the caption and the reason, for a figure or table that this study has no data for."""
        caption = options.get("fig-cap") or options.get("tbl-cap") or ""
        if not label.startswith(("fig-", "tbl-")) or not caption:
            self.problem("it is absent without a label or a caption", do="add lines such as #| label: and #| fig-cap:")
            return ""
        inner = reason.strip().removeprefix(ABSENT).removesuffix(":::").strip()
        return div(f"#{label} .cell-absent", inner, div(".cell-caption", caption))

    def _picture(self, data: Any, stem: str, place: int) -> str:
        stem = f"{stem}-{place + 1}" if place else stem
        if "image/svg+xml" in data:
            self.pictures[f"media/{stem}.svg"] = data["image/svg+xml"].encode()
        if "image/png" in data:
            self.pictures[f"media/{stem}.png"] = base64.b64decode(data["image/png"])
        return f"media/{stem}.{'svg' if 'image/svg+xml' in data else 'png'}"

    def _figure(self, pictures: list[str], options: dict[str, Any]) -> str:
        label, caption = options.get("label", ""), options.get("fig-cap", "")
        alts, subs = options.get("fig-alt", ""), options.get("fig-subcap", [])
        if not label.startswith("fig-"):
            self.problem("its figure has no label", do="add a line such as #| label: fig-survey-shares")
        if not pictures:
            self.problem(f"{label} makes no figure", do="end the cell with the figure itself")
        if not caption:
            self.problem(f"figure {label} has no caption", do='add a line such as #| fig-cap: "…"')
        if not alts:
            do = 'add #| fig-alt: "…", which says in words what the figure shows'
            self.problem(f"figure {label} has no alternative text", do=do)
        if len(pictures) > 1 and len(subs) != len(pictures):
            found = f"{len(pictures)} pictures and {len(subs)} sub-captions"
            self.problem(f"figure {label} has {found}", do="give each picture a fig-subcap, or return one figure")
        alts = alts if isinstance(alts, list) else [alts] * len(pictures)
        if len(alts) < len(pictures):
            self.problem(f"figure {label} has fewer alternative texts than pictures", do="give one for each")
            return ""
        if not subs:
            image = "".join(f"![]({path}){{alt={quoted(alt)}}}" for path, alt in zip(pictures, alts, strict=False))
            return div(f"#{label} .cell-figure", image, div(".cell-caption", caption))
        images = [
            div(f"#{label}-{n} .cell-figure", f"![]({path}){{alt={quoted(alt)}}}", div(".cell-caption", sub))
            for n, (path, alt, sub) in enumerate(zip(pictures, alts, subs, strict=False), 1)
        ]
        columns = options.get("layout-ncol", 1)
        return div(f'#{label} .cell-panels columns="{columns}"', *images, div(".cell-caption", caption))

    def _table(self, label: str, caption: str, body: str) -> str:
        if not caption:
            self.problem(f"table {label} has no caption", do='add a line such as #| tbl-cap: "…"')
        if not body:
            self.problem(f"{label} makes no table", do="end the cell with the table itself")
        return div(f"#{label} .cell-table", body, div(".cell-caption", caption))


def _data(outputs: list[Any]) -> list[Any]:
    return [output.get("data", {}) for output in outputs]


def inline_value(data: dict[str, str]) -> str:
    """Return the Markdown of an inline value; plain strings are escaped, as Quarto does."""
    if "text/markdown" in data:
        return data["text/markdown"]
    text = data.get("text/plain", "")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        value = text
    return _SPECIAL.sub(r"\\\1", value if isinstance(value, str) else text)


def fenced(text: str, attributes: str) -> str:
    """Return a fenced block whose fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence} {attributes}\n{text}\n{fence}"


def div(attributes: str, *parts: str) -> str:
    """Return a fenced div around Markdown parts, with a fence longer than those inside."""
    body = "\n\n".join(parts)
    longest = max((len(run) for run in re.findall(r"^:{3,}", body, re.M)), default=2)
    fence = ":" * (longest + 1)
    return f"{fence} {{{attributes}}}\n{body}\n{fence}"


def quoted(text: str) -> str:
    """Return a pandoc attribute value that reads back as ``text``."""
    text = " ".join(str(text).split()).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def export(executed: str, execute: dict[str, Any]) -> tuple[str, dict[str, bytes], dict[str, Any], list[str]]:
    """Return Markdown, pictures, front matter and the inline expressions of an executed notebook.

    The Markdown holds each inline value between marks (:mod:`genequity.publish.marks`).

    Raises
    ------
    InputError
        With every problem found in its cells.
    """
    notebook = source.read(executed)
    resources = {"metadata": {"name": Path(executed).stem}, "execute": execute, "traced": True}
    text, resources = BookExporter().from_notebook_node(notebook, resources)
    return text, resources["outputs"], resources["front"], resources["values"]
