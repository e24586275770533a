"""Where each word of the report comes from: which notebook and cell, and which words were computed, not typed.

The exporter puts *marks* (letters of a script that no report uses) around the value of each inline expression; they
survive the reading of Markdown as ordinary letters do. The tree then holds a ``Span.computed`` in their place, and a
raw block of format ``genequity-file`` before each chapter beside those of its cells. HTML and PDF are written from a
tree without these; the Word writer turns them into bookmarks, notes what they enclose in the *map* of that document,
and takes them out again (:mod:`genequity.publish.wordmap`).
"""

from __future__ import annotations

import re
from typing import Any

from genequity.publish.exporter import CELL
from genequity.publish.marks import DIGITS, END, MIDDLE, START
from genequity.publish.pandoc import Node, Splice, attributes, keys, node, raw

FILE = "genequity-file"
COMPUTED = "computed"
_MARK = re.compile(f"({START}[{DIGITS}]+{MIDDLE}|{END})")
_ANY = re.compile(f"{START}[{DIGITS}]*{MIDDLE}?|{END}")


def spans(tree: Any, expressions: list[str]) -> Any:
    """Return a tree whose marks are ``Span.computed`` nodes that name their expression; what is no text is cleaned."""
    if isinstance(tree, list):
        whole = [spans(item, expressions) for item in tree]
        marked = any(type(i) is dict and i.get("t") == "Str" and _MARK.search(i["c"]) for i in whole)
        return _grouped(whole, expressions) if marked else whole
    if isinstance(tree, dict):
        if tree.get("t") == "Str":
            return tree
        return {key: spans(value, expressions) for key, value in tree.items()}
    return _ANY.sub("", tree) if isinstance(tree, str) else tree


def _grouped(inlines: list[Node], expressions: list[str]) -> list[Node]:
    done: list[Node] = []
    inner: list[Node] | None = None
    source = ""
    for item in inlines:
        if item.get("t") != "Str":
            (done if inner is None else inner).append(item)
            continue
        for part in _MARK.split(item["c"]):
            if part.startswith(START):
                done += inner or []
                number = "".join(str(DIGITS.index(letter)) for letter in part[1:-1])
                inner, source = [], expressions[int(number)]
            elif part == END:
                if inner is not None:
                    done.append(computed(inner, f"{{python}} {source}"))
                inner = None
            elif text := _ANY.sub("", part):
                (done if inner is None else inner).append(node("Str", text))
    return done + (inner or [])


def computed(inlines: list[Node], source: str) -> Node:
    """Return inlines marked as computed from a source."""
    return node("Span", attributes("", [COMPUTED], source=source), inlines)


def is_computed(item: Node) -> bool:
    """Whether a node encloses computed words."""
    return item["t"] == "Span" and COMPUTED in item["c"][0][1]


def source_of(item: Node) -> str:
    """Return what a computed span was made from."""
    return keys(item["c"][0])["source"]


def without(tree: Any) -> Any:
    """Return a tree as it is when nothing is traced."""
    if isinstance(tree, list):
        whole: list[Any] = []
        for item in tree:
            made = without(item) if type(item) in (list, dict) else item
            for part in made if type(made) is Splice else [made]:
                joins = type(part) is dict and part.get("t") == "Str" and whole and type(whole[-1]) is dict
                if joins and whole[-1].get("t") == "Str":
                    whole[-1] = node("Str", whole[-1]["c"] + part["c"])
                else:
                    whole.append(part)
        return whole
    kind, content = tree.get("t"), tree.get("c")
    if kind == "RawBlock" and content[0] in (CELL, FILE):
        return Splice()
    if kind == "Span" and COMPUTED in content[0][1]:
        return Splice(without(content[1]))
    if content is None or type(content) not in (list, dict):
        return tree
    return {**tree, "c": without(content)}


def chapter(file: str) -> Node:
    """Return the block that says which notebook the following blocks come from."""
    return raw(FILE, file)
