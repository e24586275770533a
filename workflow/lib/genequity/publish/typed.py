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


def numbers(text: str) -> list[str]:
    """Return the typed numbers of a piece of Markdown.

    >>> numbers("In 2024, 12% of [3]{.typed} groups; `{python} x`")
    ['12%']
    """
    fenced = re.sub(r"^( {0,3})(`{3,}|~{3,}).*?^ {0,3}\2", "", text, flags=re.S | re.M)
    spans = [(start, end) for start, end, _, _ in source.code_spans(fenced)]
    for start, end in reversed(spans):
        fenced = fenced[:start] + " " + fenced[end:]
    for pattern in _NOT_PROSE:
        fenced = pattern.sub(" ", fenced)
    return [found.rstrip(".,") for found in _DIGITS.findall(_allowed().sub(" ", fenced))]


def problems(path: str | Path) -> list[Problem]:
    """Return the typed numbers of a notebook, each with its cell."""
    path = Path(path)
    listed: list[Problem] = []
    for place, cell in enumerate(source.read(path).cells):
        where = source.cell_name(cell, place)
        if cell.cell_type == "markdown":
            listed += _listed(path.name, where, cell.source)
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
    do = 'look it up: `{python} release.number("…")`; or mark what is no result: [5]{.typed}'
    return [Problem(file, f"the number {number} is typed by hand", where=where, do=do) for number in numbers(text)]
