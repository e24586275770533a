"""Looking things up in REFI-QDA's XML, whatever its namespace."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

TEXTS = ("Representation", "TextDescription", "Transcript")  # the text of a PDF, a picture, a recording


def guid(value: str | None) -> str:
    """Return an identifier without braces, in small letters."""
    return (value or "").strip().strip("{}").lower()


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: etree._Element | None, *wanted: str) -> Iterator[etree._Element]:
    """Yield an element's children, or those of some names; of no element, none."""
    if element is not None:
        for found in element:
            if isinstance(found.tag, str) and (not wanted or local(found) in wanted):
                yield found


def child(element: etree._Element | None, name: str) -> etree._Element | None:
    """Return an element's first child of a name."""
    return next(children(element, name), None)


def text_of(element: etree._Element | None, name: str) -> str:
    """Return the text of an element's first child of a name."""
    found = child(element, name)
    return (found.text or "") if found is not None else ""
