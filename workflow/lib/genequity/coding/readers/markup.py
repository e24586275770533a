"""Text of HTML, with the place of each character in the bytes of its words (tags not counted)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

BLOCKS = frozenset(
    (
        *("address", "article", "aside", "blockquote", "br", "caption", "dd", "div", "dl", "dt", "figcaption"),
        *("figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p"),
        *("pre", "section", "table", "td", "th", "tr", "ul"),
    )
)
HIDDEN = frozenset(("script", "style", "head", "title", "template"))


@dataclass(frozen=True)
class Flat:
    """Words of a document, and for each code point (and the end) the number of UTF-8 bytes of words before it.

    Line ends put in between blocks, so that paragraphs stay apart, take no bytes.
    """

    text: str
    positions: np.ndarray


def flat(html: str) -> Flat:
    """Return the words of an HTML document or a part of one, blocks on lines of their own.

    Parameters
    ----------
    html : str
        Parsed as browsers do, without the network; ``\\r\\n`` counts as one character, as HTML says.
    """
    from lxml import html as parser

    source = html.replace("\r\n", "\n").replace("\r", "\n")
    if not source.strip():
        return Flat("", np.zeros(1, dtype=np.int64))
    root = parser.document_fromstring(
        f"<div>{source}</div>" if not re.search(r"<(?:html|body)\b", source[:2000], re.IGNORECASE) else source,
        parser=parser.HTMLParser(no_network=True, huge_tree=False),
    )
    pieces: list[str] = []
    widths: list[np.ndarray] = []

    def words(text: str | None) -> None:
        if text:
            points = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4")
            pieces.append(text)
            widths.append(1 + (points > 0x7F) + (points > 0x7FF) + (points > 0xFFFF).astype(np.int64))

    def line_end() -> None:
        if pieces and not pieces[-1].endswith("\n"):
            pieces.append("\n")
            widths.append(np.zeros(1, dtype=np.int64))

    def walk(element) -> None:
        block = isinstance(element.tag, str) and element.tag in BLOCKS
        if isinstance(element.tag, str) and element.tag not in HIDDEN:
            if block:
                line_end()
            words(element.text)
            for child in element:
                walk(child)
                words(child.tail)
            if block:
                line_end()

    walk(root)
    text = "".join(pieces)
    counted = np.concatenate(widths) if widths else np.zeros(0, dtype=np.int64)
    return Flat(text, np.concatenate([[0], np.cumsum(counted)]))
