"""Refuse words that blame the people a study is about, and causal verbs for observational results.

The list is data (``language.yaml``). Quotations (block quotes, class ``quote``) and titles (class ``title``) are
exempt: what others wrote is not ours to change.
"""

from __future__ import annotations

import html
import re
from functools import cache
from pathlib import Path
from typing import Any

from genequity.errors import Problem
from genequity.publish import pandoc
from genequity.publish.exporter import CELL
from genequity.publish.pandoc import Node, keys

LIST = Path(__file__).parent / "language.yaml"
_EXEMPT = {"quote", "title"}
_SVG_TEXT = re.compile(r"<!-- (.*?) -->|<(?:text|tspan|title|desc)\b[^>]*>([^<]+)<", re.S)


@cache
def rules() -> list[dict[str, Any]]:
    """Return the word list: id, compiled pattern, why, suggestion."""
    import yaml

    whole = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    causal = [
        {"why": whole["causal_why"], "suggestion": whole["causal_suggestion"], **rule} for rule in whole["causal"]
    ]
    return [rule | {"pattern": re.compile(rule["pattern"], re.I)} for rule in [*whole["words"], *causal]]


def found(text: str) -> list[tuple[str, str, str]]:
    """Return ``(word, why, suggestion)`` for each listed word in a text.

    >>> [word for word, _, _ in found("Hard-to-reach groups")]
    ['Hard-to-reach']
    """
    text = text.replace("‑", "-").replace("\u00a0", " ")
    return [
        (match.group().strip(), rule["why"], rule["suggestion"])
        for rule in rules()
        for match in rule["pattern"].finditer(text)
    ]


def problems(file: str, blocks: list[Node], pictures: dict[str, bytes]) -> list[Problem]:
    """Return the listed words in one chapter's text, captions, tables, alternative texts and figures.

    Parameters
    ----------
    file : str
        The notebook, for messages.
    blocks : list of nodes
        The chapter.
    pictures : dict
        Media by name; the words drawn in SVG files are read.
    """
    listed: list[Problem] = []
    where = ""

    def look(text: str, part: str) -> None:
        for word, why, suggestion in found(text):
            place = ", ".join(item for item in (where, part) if item)
            problem = Problem(file, f"'{word}': {why}", where=place, do=f"write {suggestion}")
            if problem not in listed:
                listed.append(problem)

    def visit(item: Node) -> None:
        nonlocal where
        kind = item["t"]
        if kind == "RawBlock" and item["c"][0] == CELL:
            where = item["c"][1]
        elif kind in ("Para", "Plain"):
            look(pandoc.text(item["c"]), "")
        elif kind == "Header":
            look(pandoc.text(item["c"][2]), "heading")
        elif kind == "Image":
            look(keys(item["c"][0]).get("alt", ""), "alternative text")
            if item["c"][2][0].endswith(".svg") and item["c"][2][0] in pictures:
                look(" | ".join(svg_text(pictures[item["c"][2][0]].decode())), "words in the figure")

    pandoc.walk(pandoc.walk(blocks, _without_exempt), visit)
    return listed


def _without_exempt(item: Node) -> Any:
    if item["t"] == "BlockQuote" or (item["t"] in ("Div", "Span") and _EXEMPT & set(item["c"][0][1])):
        return []
    return None


def svg_text(svg: str) -> list[str]:
    """Return the words of a drawing; matplotlib keeps them as comments beside the outlines."""
    return [html.unescape(comment or text).strip() for comment, text in _SVG_TEXT.findall(svg)]
