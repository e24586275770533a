"""Refuse estimates typed by hand: digits in a notebook's prose, captions or alternative texts.

Every number comes from a released file through an inline expression. Years, versions, confidence levels and rate
denominators may be typed (``typed`` in ``language.yaml``); anything else that has to be is marked ``[5]{.typed}``.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from genequity.errors import Problem
from genequity.publish import language, source

_DIGITS = re.compile(r"(?<![\w.,/-])[-−]?\d[\d.,]*%?(?![\w])")
DO = 'look it up: `{python} release.number("…")`; or mark what is no result: [5]{.typed}'
FENCED = re.compile(r"^( {0,3})(`{3,}|~{3,}).*?^ {0,3}\2", re.S | re.M)
_LETTER = re.compile(r"[^\n]")
# What carries digits without being prose, blanked before looking.
_NOT_PROSE = [
    re.compile(r"<!--.*?-->", re.S),
    re.compile(r"\$\$.*?\$\$", re.S),
    re.compile(r"(?<!\\)\$[^$\n]+\$"),
    re.compile(r"\{\{<.*?>\}\}"),
    re.compile(r"\[[^\]]*\]\{\.typed\}"),
    re.compile(r"\[[^\]\n]*@[^\]\n]*\]"),
    re.compile(r"@[\w:.-]+"),
    re.compile(r"\]\([^)\s]*\)"),
    re.compile(r"<?https?://\S+"),
    re.compile(r"\{[^}\n]*\}"),
    re.compile(r"\[\^[^\]]+\]"),
    re.compile(r"^\s*(\d+[.)]|\(\d+\))\s", re.M),
]


@cache
def _allowed() -> re.Pattern[str]:
    import yaml

    whole = yaml.safe_load(language.LIST.read_text(encoding="utf-8"))
    return re.compile(rf"(?<![\w.,])({'|'.join(whole['typed'])})(?!\w)", re.I)


def blank(text: str) -> str:
    """Return white space of the same length and the same lines."""
    return _LETTER.sub(" ", text)


def found(text: str) -> list[tuple[str, int]]:
    """Return the typed numbers of a piece of Markdown, each with its place in the text.

    >>> found("In 2024, 12% of [3]{.typed} groups; `{python} x`")
    [('12%', 9)]
    """
    prose = FENCED.sub(lambda part: blank(part.group()), text)
    for start, end, _, _ in source.code_spans(prose):
        prose = prose[:start] + blank(prose[start:end]) + prose[end:]
    for pattern in [*_NOT_PROSE, _allowed()]:
        prose = pattern.sub(lambda part: blank(part.group()), prose)
    return [(part.group().rstrip(".,"), part.start()) for part in _DIGITS.finditer(prose)]


def numbers(text: str) -> list[str]:
    """Return the typed numbers of a piece of Markdown.

    >>> numbers("In 2024, 12% of [3]{.typed} groups; `{python} x`")
    ['12%']
    """
    return [number for number, _ in found(text)]


def problems(path: str | Path) -> list[Problem]:
    """Return the typed numbers of a notebook, each with its cell."""
    path = Path(path)
    listed: list[Problem] = []
    for place, cell in enumerate(source.read(path).cells):
        where = source.cell_name(cell, place)
        if cell.cell_type == "markdown":
            for number, place_in in found(cell.source):
                line = cell.source.count("\n", 0, place_in) + 1
                listed.append(_problem(path.name, f"{where}, line {line}", number))
        elif cell.cell_type == "code":
            try:
                options = source.split_options(cell.source)[0]
            except Exception:
                continue  # the exporter says so
            for key in ("fig-cap", "fig-alt", "fig-subcap", "tbl-cap"):
                listed += _listed(path.name, f"{where}, {key}", _joined(options.get(key, "")))
    return listed


def _joined(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _listed(file: str, where: str, text: str) -> list[Problem]:
    return [_problem(file, where, number) for number in numbers(text)]


def _problem(file: str, where: str, number: str) -> Problem:
    return Problem(file, f"the number {number} is typed by hand", where=where, do=DO)
