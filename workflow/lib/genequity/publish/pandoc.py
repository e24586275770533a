"""Call pandoc, and walk and build its tree.

Vocabulary: a *node* is ``{"t": type, "c": content}``; *attributes* are ``[id, classes, [[key, value], …]]``.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import cache
from typing import Any

# Quarto's Markdown, without what only one output format would show.
MARKDOWN = "markdown-raw_tex-latex_macros"
Node = dict[str, Any]


@cache
def program() -> str:
    """Path of the pandoc that came with the environment."""
    import pypandoc

    return pypandoc.get_pandoc_path()


def run(arguments: list[str], text: str, *, epoch: int = 0, folder: str | None = None) -> tuple[str, str]:
    """Run pandoc on a text; return what it wrote and its warnings.

    Raises
    ------
    RuntimeError
        If pandoc fails.
    """
    done = subprocess.run(
        [program(), *arguments],
        input=text.encode(),
        capture_output=True,
        cwd=folder,
        env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        raise RuntimeError(f"pandoc {' '.join(arguments)}: {done.stderr.decode()}")
    return done.stdout.decode(), done.stderr.decode().strip()


def parse(text: str, reader: str = MARKDOWN) -> list[Node]:
    """Return the blocks of a text."""
    return json.loads(run(["-f", reader, "-t", "json"], text)[0])["blocks"]


def document(blocks: list[Node], meta: dict[str, Any] | None = None) -> str:
    """Return the JSON of a whole document, for the pandoc that came with the environment."""
    return json.dumps({"pandoc-api-version": _api(), "meta": meta or {}, "blocks": blocks})


@cache
def _api() -> list[int]:
    return json.loads(run(["-f", "markdown", "-t", "json"], "")[0])["pandoc-api-version"]


class Splice(list):
    """Nodes that take the place of one."""


def walk(tree: Any, visit: Callable[[Node], Any]) -> Any:
    """Return a tree rebuilt from the leaves up, in reading order.

    Parameters
    ----------
    tree : node or list
        What to walk.
    visit : callable
        Given a node, returns None to keep it, a node to replace it, or a list to splice in its place.
    """
    if type(tree) is dict:
        return _node(tree, visit)
    new: list[Any] = []
    for item in tree:
        if type(item) is dict:
            result = _node(item, visit)
            new.extend(result) if type(result) is Splice else new.append(result)
        else:
            new.append(walk(item, visit) if type(item) is list else item)
    return new


def _node(tree: Any, visit: Callable[[Node], Any]) -> Any:
    if "t" not in tree:
        return tree
    node, content = {"t": tree["t"]}, tree.get("c")
    if content is not None:
        node["c"] = walk(content, visit) if type(content) in (list, dict) else content
    result = visit(node)
    if result is None:
        return node
    return Splice(result) if isinstance(result, list) else result


def text(tree: Any) -> str:
    """Return the plain words of a tree; blocks are parted by a space, notes left out."""
    if isinstance(tree, list):
        return "".join(text(item) for item in tree)
    if not isinstance(tree, dict):
        return ""
    kind, content = tree.get("t"), tree.get("c")
    if kind == "Str":
        return content
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math", "CodeBlock"):
        return content[1]
    if kind == "Quoted":
        left, right = ("“", "”") if content[0]["t"] == "DoubleQuote" else ("‘", "’")
        return left + text(content[1]) + right
    if kind in ("Note", "RawInline", "RawBlock"):
        return ""
    if kind in ("Para", "Plain", "Header"):
        return text(content) + " "
    return text(content)


def words(string: str) -> list[Node]:
    """Return a string as inline nodes."""
    nodes: list[Node] = []
    for place, word in enumerate(string.split(" ")):
        if place:
            nodes.append({"t": "Space"})
        if word:
            nodes.append({"t": "Str", "c": word})
    return nodes


def attributes(identifier: str = "", classes: list[str] | None = None, **keys: str) -> list[Any]:
    """Return pandoc attributes; underscores in keyword names stand for hyphens."""
    return [identifier, classes or [], [[key.rstrip("_").replace("_", "-"), value] for key, value in keys.items()]]


def node(kind: str, *content: Any) -> Node:
    """Return a node; one argument is its content, several a list of them, none no content."""
    if not content:
        return {"t": kind}
    return {"t": kind, "c": content[0] if len(content) == 1 else list(content)}


def raw(writer: str, string: str, *, inline: bool = False) -> Node:
    """Return text that one writer copies as it stands."""
    return node("RawInline" if inline else "RawBlock", writer, string)


def keys(attribute: list[Any]) -> dict[str, str]:
    """Return the key-value part of attributes."""
    return dict(attribute[2])
