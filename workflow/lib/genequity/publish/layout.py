"""Find a layout of the PDF with full pages: which items float, and which chapters are set a little tighter.

Typst lays out the whole report in each pass, and says where marks stand (see ``report.typ``): ``before`` (the end of
the text that mentions an item, which is a table or figure), ``start`` and ``end`` of an item in place, ``anchor`` and
``float`` (where a floating item is mentioned, and where it stands), ``section`` (where a section begins) and
``chapter`` (where a chapter ends).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

FULL = 24.5  # cm from the top: a page whose text ends below looks full
SPARSE = 7.5  # cm from the top: a chapter's last page that ends above holds a few lines only
MANY = 3  # floats that pass the beginning of a section, from which on it is worth a page to keep them before it
ROUNDS = 6  # items or sections of a chapter that are tried at most, so that long appendices do not take long
TOP = 2.6  # cm from the top: a mark that stands above belongs to what ended the page before

Mark = dict[str, Any]


@dataclass
class Layout:
    """What layout learns from pass to pass.

    Attributes
    ----------
    floats, tops : set of int
        Items that float, and those among them that stand at the top of a page.
    closed : set of int
        Sections that begin only when all that floats before them has been set.
    tight : dict
        Chapter -> steps by which it is set tighter.
    """

    floats: set[int] = field(default_factory=set)
    tops: set[int] = field(default_factory=set)
    closed: set[int] = field(default_factory=set)
    tight: dict[int, int] = field(default_factory=dict)


Place = Callable[[Layout], list[Mark]]


def settle(place: Place) -> Layout:
    """Find a layout with full pages.

    A table or figure stands where it is mentioned if it fits there; else it floats to the top or bottom of a page while
    the text goes on. A chapter whose last page would hold a few lines only is set a little tighter, if that spares it.
    Where it costs no page, floats go back to where they are mentioned, and stay within their section.

    Parameters
    ----------
    place : callable
        Given a layout, returns what stands where: ``kind``, ``number``, ``page``, and ``y`` in cm.
    """
    layout = Layout()
    found = _float(place, layout, place(layout))
    layout.tight = _tighten(place, layout, found)
    if layout.tight:
        found = _float(place, layout, place(layout))
    for step in (_sink, _close, _rise):
        layout = step(place, layout, found)
        found = place(layout)
    return layout


def _float(place: Place, layout: Layout, found: list[Mark]) -> list[Mark]:
    """Let items float until all that stand in place fit there; return what stands where."""
    while misfits := _misfits(found) - layout.floats:
        layout.floats |= misfits
        found = place(layout)
    return found


def _tighten(place: Place, layout: Layout, found: list[Mark]) -> dict[int, int]:
    """Return by how many steps to set a chapter tighter that would end in a few lines."""
    was, tight = _pages(found), {}
    for step in (1, 2):
        now = _pages(found)
        ends = [mark for mark in found if mark["kind"] == "chapter"]
        short = [mark["number"] for mark in ends if now[mark["number"]] > 1 and mark["y"] < SPARSE]
        if not short:
            break
        tight |= dict.fromkeys(short, step)
        found = place(replace(layout, tight=tight))
    now = _pages(found)
    return {number: step for number, step in tight.items() if now[number] < was[number]}


def _sink(place: Place, layout: Layout, found: list[Mark]) -> Layout:
    """Put floats back where the same page mentions them, one of each chapter at a time, where that is free."""
    chapters, pages = _chapter_of(found, "start", "anchor"), _pages(found)
    tried: set[int] = set()
    for _ in range(ROUNDS):
        if not (waiting := (layout.floats - _late(found)) - tried):
            break
        trial = {chapters[number]: number for number in sorted(waiting, reverse=True)}
        moved = replace(layout, floats=layout.floats - set(trial.values()))
        now = place(moved)
        good = {trial[chapter] for chapter in _kept(now, pages) & set(trial)}
        tried |= set(trial.values())
        layout = replace(layout, floats=layout.floats - good)
        found = now if layout == moved else place(layout)
    return layout


def _close(place: Place, layout: Layout, found: list[Mark]) -> Layout:
    """Let no float pass the beginning of the next section, one of each chapter at a time, where that is free.

    Where many would pass, it may cost a page: else a section would be strewn with what belongs to the one before.
    """
    chapters, items, pages = _chapter_of(found, "section"), _chapter_of(found, "start", "anchor"), _pages(found)
    tried: set[int] = set()
    for _ in range(ROUNDS):
        if not (waiting := {number: floats for number, floats in _passed(found).items() if number not in tried}):
            break
        trial = {chapters[number]: number for number in sorted(waiting, reverse=True)}
        moved = replace(layout, closed=layout.closed | set(trial.values()), floats=set(layout.floats))
        now = _float(place, moved, place(moved))
        spare = {chapter: pages[chapter] + (waiting[trial[chapter]] >= MANY) for chapter in trial}
        good = _kept(now, pages | spare) & set(trial)
        more = {n for n in moved.floats - layout.floats if items[n] in good}
        tried |= set(trial.values())
        layout = replace(
            layout, closed=layout.closed | {trial[chapter] for chapter in good}, floats=layout.floats | more
        )
        found = now if layout == moved else place(layout)
    return layout


def _rise(place: Place, layout: Layout, found: list[Mark]) -> Layout:
    """Set floats that stand on a later page than their mention at its top, so that no gap opens above them."""
    chapters, late = _chapter_of(found, "anchor"), _late(found)
    kept = _kept(place(replace(layout, tops=late)), _pages(found))
    return replace(layout, tops={number for number in late if chapters[number] in kept})


def _late(found: list[Mark]) -> set[int]:
    """Return the floats that stand on a later page than their mention."""
    anchors = {mark["number"]: mark["page"] for mark in found if mark["kind"] == "anchor"}
    return {mark["number"] for mark in found if mark["kind"] == "float" and mark["page"] > anchors[mark["number"]]}


def _kept(found: list[Mark], pages: dict[int, int]) -> set[int]:
    """Return the chapters that take no more pages than before, and in which all that stands in place fits there."""
    broken = _misfits(found)
    chapters, now = _chapter_of(found, "start"), _pages(found)
    return {chapter for chapter in now if now[chapter] <= pages[chapter]} - {chapters[number] for number in broken}


def _passed(found: list[Mark]) -> dict[int, int]:
    """Return the sections that begin before floats that were mentioned earlier, and how many of them."""
    stands = {mark["number"]: (mark["page"], mark["y"]) for mark in found if mark["kind"] == "float"}
    passed: dict[int, int] = {}
    pending: list[tuple[int, float]] = []
    for mark in found:
        if mark["kind"] == "anchor" and mark["number"] in stands:
            pending.append(stands[mark["number"]])
        elif mark["kind"] == "section":
            pending = [spot for spot in pending if spot > (mark["page"], mark["y"])]
            passed |= {mark["number"]: len(pending)} if pending else {}
        elif mark["kind"] == "chapter":
            pending = []
    return passed


def _misfits(found: list[Mark]) -> set[int]:
    """Return the first table or figure of each chapter that breaks over pages, or leaves a gap before it."""
    first: dict[int, int] = {}
    before: dict[int, int] = {}
    started: dict[int, int] = {}
    chapter = 0
    for mark in found:
        if mark["kind"] == "chapter":
            chapter += 1
        elif mark["kind"] == "before" and mark["y"] < FULL:
            before[mark["number"]] = mark["page"]
        elif mark["kind"] == "start":
            started[mark["number"]] = mark["page"]
        elif mark["kind"] == "end":
            begun = started[mark["number"]]
            over = mark["page"] > begun and (mark["page"] > begun + 1 or mark["y"] > TOP)
            if over or before.get(mark["number"], begun) < begun:
                first.setdefault(chapter, mark["number"])
    return set(first.values())


def _pages(found: list[Mark]) -> dict[int, int]:
    """Return how many pages each chapter takes; the first also counts those before it."""
    pages, before = {}, 0
    for mark in found:
        if mark["kind"] == "chapter":
            pages[mark["number"]], before = mark["page"] - before, mark["page"]
    return pages


def _chapter_of(found: list[Mark], *kinds: str) -> dict[int, int]:
    """Return the chapter of each mark of some kinds, by its number."""
    chapters: dict[int, int] = {}
    waiting: list[int] = []
    for mark in found:
        if mark["kind"] in kinds:
            waiting.append(mark["number"])
        elif mark["kind"] == "chapter":
            chapters |= dict.fromkeys(waiting, mark["number"])
            waiting = []
    return chapters
