"""Read a notebook as its author wrote it: front matter, cell options and inline expressions.

Vocabulary: a cell's *options* are its leading ``#|`` lines; its *name* is its label, or else its place and id; an
*inline expression* is a `` `{python} expression` `` in a Markdown cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from genequity.errors import InputError, Problem, missing_file

_FRONT = re.compile(r"\A---\s*\n(.*?)\n---\s*\Z", re.S)
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
INLINE = "{python} "


def read(path: str | Path) -> Any:
    """Read a notebook (nbformat 4).

    Raises
    ------
    InputError
        If the file is missing or is no notebook.
    """
    import nbformat

    if not Path(path).exists():
        raise InputError(missing_file(str(path)))
    try:
        return nbformat.read(path, as_version=4)
    except Exception:
        raise InputError(
            Problem(Path(path).name, "this is not a notebook", do="open it in JupyterLab and save it again")
        ) from None


def front_matter(notebook: Any) -> dict[str, Any]:
    """Return the YAML of the first cell if that is raw, or nothing."""
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        return {}
    return front_matter_of(notebook.cells[0])


def front_matter_of(cell: Any) -> dict[str, Any]:
    """Return the YAML between the dashes of a raw cell, or nothing."""
    import yaml

    found = _FRONT.match(cell.source.strip())
    return (yaml.safe_load(found.group(1)) or {}) if found else {}


def split_options(code: str) -> tuple[dict[str, Any], str]:
    """Return a code cell's options and the code below them.

    >>> split_options("#| label: fig-x\\nplot()")
    ({'label': 'fig-x'}, 'plot()')
    """
    import yaml

    lines = code.splitlines()
    count = 0
    while count < len(lines) and lines[count].startswith("#|"):
        count += 1
    text = "\n".join(line[2:].removeprefix(" ") for line in lines[:count])
    return (yaml.safe_load(text) or {}) if text.strip() else {}, "\n".join(lines[count:]).strip("\n")


def cell_name(cell: Any, place: int) -> str:
    """Return what a message calls a cell: its label, or its place (from 1) and id."""
    if cell.cell_type == "code":
        try:
            label = split_options(cell.source)[0].get("label")
        except Exception:
            label = None
        if label:
            return f"cell {label}"
    return f"cell {place + 1} ({cell.get('id', 'no id')})"


def code_spans(markdown: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield ``(start, end, ticks, content)`` of each inline code span; fenced code blocks are passed over."""
    offset, fence, prose = 0, "", []
    for line in markdown.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if fence:
            prose.append(" " * len(line))
            if mark and mark.group(1)[0] == fence[0] and len(mark.group(1)) >= len(fence):
                fence = ""
        elif mark:
            fence = mark.group(1)
            prose.append(" " * len(line))
        else:
            prose.append(line)
    text = "".join(prose)
    while found := _TICKS.search(text, offset):
        ticks = found.group()
        if found.start() and text[found.start() - 1] == "\\" and len(ticks) == 1:
            offset = found.end()
            continue
        close = re.compile(rf"(?<!`){ticks}(?!`)").search(text, found.end())
        if close is None:
            offset = found.end()
            continue
        yield found.start(), close.end(), len(ticks), text[found.end() : close.start()]
        offset = close.end()


def expressions(markdown: str) -> list[str]:
    """Return the inline expressions of a Markdown cell, in order.

    >>> expressions("`{python} a` and `` `{python} b` ``")
    ['a']
    """
    spans = code_spans(markdown)
    return [text[len(INLINE) :].strip() for _, _, ticks, text in spans if ticks == 1 and text.startswith(INLINE)]


def fill(markdown: str, value: Callable[[int, str], str]) -> str:
    """Return Markdown with each inline expression replaced by ``value(place, expression)``."""
    parts, last, place = [], 0, 0
    for start, end, ticks, text in code_spans(markdown):
        if ticks == 1 and text.startswith(INLINE):
            parts += [markdown[last:start], value(place, text[len(INLINE) :].strip())]
            last, place = end, place + 1
    return "".join([*parts, markdown[last:]])


def has_tag(cell: Any, *tags: str) -> bool:
    """Whether a cell carries one of the tags."""
    return bool(set(tags) & set(cell.metadata.get("tags", [])))
