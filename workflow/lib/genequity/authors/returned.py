"""List what was changed in a Word document that comes back, and take changes of text over into the notebooks.

Each change is *taken over* (``text``: its words stand once in a notebook's cell), left to a person (``by hand``), or
*refused*: it touches a word that was computed, whose source is named. What is refused has to change in the data or in
the analysis, never in the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genequity.authors import alignment, cells, markdown
from genequity.authors.origins import Origins
from genequity.publish import typed, wordmap
from genequity.publish.source import expressions as expressions_of
from genequity.publish.wordmap import Paragraph, alike

TEXT, HAND, REFUSED, COMMENT = "text", "by hand", "refused", "comment"
_LEAD = re.compile(r"^(?:(?:Figure|Table|Listing) [\dA-Z]+(?:\.\d+)*|\([a-p]\)):? ")
_LABEL = re.compile(r"^@(fig|tbl|sec|eq|lst|chapter)-")
_SINCE = "the sentence stands twice in the cell, or the cell has changed since the document was made"
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Change:
    """One change: where it stands in the notebooks, what it is, what is to be done with it, and both readings."""

    notebook: str
    cell: str
    line: int
    kind: str
    decision: str
    old: str
    new: str
    source: str = ""
    before: str = ""
    after: str = ""
    paragraph: str = ""  # as it stands in the cell, with a sign for what the build fills in
    pieces: tuple[tuple[int, int, str], ...] = ()
    option: str = ""

    @property
    def where(self) -> str:
        """Notebook, cell and line in words."""
        return ", ".join(p for p in (self.notebook, self.cell, self.line and f"line {self.line}") if p)


@dataclass
class _Unit:
    """A paragraph, or a whole table, as documents are compared."""

    text: str
    parts: list[Paragraph]

    @property
    def is_table(self) -> bool:
        return self.parts[0].table is not None


def units(paragraphs: list[Paragraph]) -> list[_Unit]:
    """Return paragraphs and tables in reading order, without the list of contents and what is empty."""
    done: list[_Unit] = []
    number = None
    for paragraph in paragraphs:
        if re.match(r"(toc|contents|index)\b", paragraph.style, re.I) and paragraph.table is None:
            continue
        if paragraph.table is not None and paragraph.table[0] == number:
            done[-1].parts.append(paragraph)
            continue
        number = paragraph.table and paragraph.table[0]
        if paragraph.text or paragraph.pictures or number:
            done.append(_Unit(paragraph.text, [paragraph]))
    for unit in done:
        unit.text = " | ".join(part.text for part in unit.parts) or f"[picture: {'; '.join(unit.parts[0].pictures)}]"
    return done


def changes(old: list[Paragraph], new: wordmap.Document, notebooks: cells.Notebooks, origins: Origins) -> list[Change]:
    """Return every change, in the order of the document that went out.

    Parameters
    ----------
    old : list of Paragraph
        The map of the document that went out.
    new : Document
        The one that came back.
    notebooks : Notebooks
        The notebooks as they are now.
    origins : Origins
        Where computed words come from.
    """
    was, now = units(old), units(new.paragraphs)
    listed: list[Change] = []
    compare = _Compare(notebooks, origins)
    # Tables are told apart from text, so that a table is never taken for a paragraph that says the same.
    key = [("\x00" if unit.is_table else "") + unit.text for unit in was]
    other = [("\x00" if unit.is_table else "") + unit.text for unit in now]
    last = ("", "")
    pairs = alignment.paragraphs(key, other)
    for pair in pairs:
        before, after = [was[i] for i in pair.old], [now[j] for j in pair.new]
        if before:
            last = before[-1].parts[-1].place
        if not before:
            listed += [compare.added(unit, last) for unit in after]
        elif not after:
            listed += [change for unit in before for change in compare.removed(unit)]
        elif before[0].is_table and after[0].is_table:
            listed += compare.tables(before[0], after[0])
        else:
            if pair.moved:
                listed.append(compare.moved(before[0], last))
            listed += compare.paragraphs(before, after)
    return [*listed, *compare.comments(new, was, now, pairs)]


class _Compare:
    def __init__(self, notebooks: cells.Notebooks, origins: Origins):
        self.notebooks, self.origins = notebooks, origins

    def paragraphs(self, before: list[_Unit], after: list[_Unit]) -> list[Change]:
        """Return the changes of one paragraph, or of one that was split or joined."""
        old = _joined([unit.parts[0] for unit in before])
        new = " ".join(unit.text for unit in after)
        own = before[0].parts[0]
        listed = self._pictures(own, after[0].parts[0]) if before[0].text != after[0].text else []
        if not own.text:
            return listed
        if len(before) != len(after):
            done = "split in two" if len(before) < len(after) else "joined with the next"
            cell, line = self._cell(old)
            listed.append(Change(own.place[0], cell, line, "paragraph", HAND, old.text, new, f"it was {done}"))
        return listed + self._words(old, new)

    def _words(self, old: Paragraph, new: str) -> list[Change]:
        spans = self._spans(old)

        def touched(start: int, end: int) -> tuple[str, ...]:
            return tuple(
                source
                for a, b, source in spans
                if (start < b and end > a) or (start == end and a < start < b) or (start == end == a == b)
            )

        cell = self.notebooks.cell(*old.place)
        listed = []
        for a, b, c, d in alignment.words(old.text, new, touched):
            piece = (a, b, new[c:d])
            fragment, words = old.text[a:b].strip(), new[c:d].strip()
            kind = _kind(old)
            name, line = self._cell(old, a)
            change = Change(old.place[0], name, line, kind, TEXT, fragment, words, before=old.text, after=new)
            if hit := touched(a, b):
                listed.append(self._computed(change, hit, old))
            else:
                listed.append(self._typed(change, old, spans, piece, cell))
        return listed

    def _computed(self, change: Change, sources: tuple[str, ...], old: Paragraph) -> Change:
        """Judge a change of words that were computed."""
        python = [source for source in sources if source.startswith("{python}")]
        if python:
            said = "; ".join(self.origins.of_expression(source) for source in dict.fromkeys(python))
            kind = "computed number" if _DIGIT.search(change.old + change.new) else "computed words"
            return replace(change, kind=kind, decision=REFUSED, source=said)
        source = sources[0]
        if source.startswith("{{<"):
            return replace(change, kind="study fact", decision=REFUSED, source=f"the study's config, by {source}")
        if source == "study.watermark":
            return replace(change, kind="study fact", decision=REFUSED, source="the study's config, watermark")
        if _LABEL.match(source):
            do = f"the build numbers it, by {source}; refer to another label in the cell"
            return replace(change, kind="cross-reference", decision=HAND, source=do)
        if source.startswith("@"):
            do = f"it is written from references.bib, by {source}; change the entry, or the key in the cell"
            return replace(change, kind="citation", decision=HAND, source=do)
        return replace(change, kind="numbering", decision=REFUSED, source="the build counts it")

    def _typed(self, change: Change, old: Paragraph, spans: list, piece: tuple, cell: cells.Cell | None) -> Change:
        """Judge a change of words that no expression, reference or citation wrote."""
        numbers = typed.numbers(change.new)
        if numbers and not typed.numbers(change.old):
            do = f"the number {numbers[0]} is typed by hand; look it up by its key in the cell"
            return replace(change, decision=HAND, source=do)
        if change.kind == "citation":
            do = "it is written from references.bib; change the entry there"
            return replace(change, decision=HAND, source=do)
        if cell is None:
            said = "the title page is written from the study's config" if not old.place[0] else "no such cell now"
            return replace(change, decision=HAND, source=said)
        if cell.kind == "markdown":
            text, pieces = _filled(old.text, spans, piece)
            if pieces and markdown.edited(cell.source, text, pieces) is not None:
                return replace(change, pieces=tuple(pieces), paragraph=text)
            if markdown.found(cell.source, text):
                return replace(change, decision=HAND, source="Markdown's signs stand among these words")
            if any(alignment.ratio(item.text, text) > alignment.SIMILAR for item in markdown.project(cell.source)):
                return replace(change, decision=HAND, source=_SINCE)
            return self._unfound(change, cell)
        option = {"caption": ("fig-cap", "tbl-cap"), "alternative text": ("fig-alt",)}.get(change.kind, ())
        for name in option:
            if cells.with_option(cell.source, name, change.old, change.new) is not None:
                return replace(change, option=name)
        if change.kind == "heading" and cell.kind == "raw":
            return replace(change, decision=HAND, source="the title in the first cell")
        return self._unfound(change, cell)

    def _unfound(self, change: Change, cell: cells.Cell) -> Change:
        """Judge words that do not stand in the cell as they are printed: its code wrote them."""
        plain = alike(cell.source)
        if change.old and len(change.old) > 3 and change.old in plain and not _DIGIT.search(change.old):
            return replace(change, decision=HAND, source="it stands in the cell's code")
        if change.kind == "caption":
            return replace(change, decision=HAND, source="change the caption in the cell's first lines")
        digits = _DIGIT.search(change.old) or _DIGIT.search(change.new)
        source = self.origins.of_cell(cell.source, cell.setup)
        if cell.kind == "markdown":
            expressions = expressions_of(cell.source)
            if not (digits and expressions):
                return replace(change, decision=HAND, source=_SINCE)
            source = "; ".join(self.origins.of_expression(f"{{python}} {one}") for one in expressions)
        if not digits:
            return replace(change, decision=HAND, source=f"code wrote these words, not the text of a cell: {source}")
        source = self.origins.of_words(change.before) or source
        return replace(change, kind="computed number", decision=REFUSED, source=source)

    def tables(self, before: _Unit, after: _Unit) -> list[Change]:
        """Return the changes of a table, cell by cell; rows that were added or taken out as rows."""
        was, now = _grid(before.parts), _grid(after.parts)
        listed: list[Change] = []
        place = before.parts[0].place
        head = was[0] if was else []
        pairs = alignment.paragraphs([" | ".join(row) for row in was], [" | ".join(row) for row in now])
        if len(was) == len(now):
            pairs = [alignment.Pair((i,), (i,)) for i in range(len(was))]
        for pair in pairs:
            old = [" | ".join(was[i]) for i in pair.old]
            new = [" | ".join(now[j]) for j in pair.new]
            if len(old) != 1 or len(new) != 1:
                text = (" / ".join(old), " / ".join(new))
                listed.append(self._cell_change(place, *text, was[pair.old[0]][0] if pair.old else "", ""))
                continue
            one, other = was[pair.old[0]], now[pair.new[0]]
            for column in range(max(len(one), len(other))):
                a = one[column] if column < len(one) else ""
                b = other[column] if column < len(other) else ""
                if a != b:
                    row = one[0] if column and pair.old[0] else ""
                    heading = head[column] if pair.old[0] and column < len(head) else ""
                    listed.append(self._cell_change(place, a, b, row, heading))
        return listed

    def _cell_change(self, place: tuple[str, str], old: str, new: str, row: str, column: str) -> Change:
        cell = self.notebooks.cell(*place)
        line = cell.line_of(old) if cell else 0
        change = Change(place[0], place[1], line, "table cell", REFUSED, old, new, before=old, after=new)
        if cell is None:
            return replace(change, decision=HAND, source="no such cell now")
        if cell.kind == "markdown":
            if not (hits := markdown.project(cell.source)) or not any(old in item.text for item in hits):
                return replace(change, source="computed by an expression of the cell")
            return replace(change, decision=HAND, source="it stands in a table of the cell's text")
        if not column and old and f'"{old}"' in alike(cell.source):
            return replace(change, decision=HAND, source="the heading stands in the cell's code")
        return replace(change, source=self.origins.of_cell(cell.source, cell.setup, row, column))

    def removed(self, unit: _Unit) -> list[Change]:
        """Return a paragraph or table that was taken out, refused where it holds what was computed."""
        own = unit.parts[0]
        cell, line = self._cell(own)
        if unit.is_table or not own.text:
            kind = "table" if unit.is_table else "figure"
            code = self.notebooks.cell(*own.place)
            source = self.origins.of_cell(code.source, code.setup) if code else "no such cell now"
            return [Change(own.place[0], cell, line, kind, REFUSED, unit.text[:200], "", f"taken out; {source}")]
        python = [source for _, _, source in self._spans(own) if source.startswith("{python}")]
        if python:
            said = "; ".join(self.origins.of_expression(source) for source in dict.fromkeys(python))
            said = f"taken out with what was computed: {said}"
            return [Change(own.place[0], cell, line, "paragraph", REFUSED, unit.text, "", said)]
        return [Change(own.place[0], cell, line, "paragraph", HAND, unit.text, "", "taken out")]

    def added(self, unit: _Unit, place: tuple[str, str]) -> Change:
        """Return a paragraph that is new, with the cell after whose words it stands."""
        source = f"new, after {place[1] or 'the start'}"
        if numbers := typed.numbers(unit.text):
            source += f"; the number {numbers[0]} is typed by hand: look it up by its key"
        return Change(place[0], place[1], 0, "paragraph", HAND, "", unit.text, source)

    def moved(self, unit: _Unit, place: tuple[str, str]) -> Change:
        """Return a paragraph that stands elsewhere."""
        cell, line = self._cell(unit.parts[0])
        return Change(place[0], cell, line, "paragraph", HAND, unit.text, unit.text, "moved to another place")

    def comments(
        self, new: wordmap.Document, was: list[_Unit], now: list[_Unit], pairs: list[alignment.Pair]
    ) -> Iterator[Change]:
        """Yield what reviewers wrote beside the text; who wrote it is left out."""
        place_of = {}
        for pair in pairs:
            if pair.old:
                place_of |= {id(part): was[pair.old[0]].parts[0] for j in pair.new for part in now[j].parts}
        for number, words in new.comments:
            paragraph = new.paragraphs[min(number, len(new.paragraphs) - 1)]
            own = place_of.get(id(paragraph))
            cell, line = self._cell(own) if own else ("", 0)
            yield Change(own.place[0] if own else "", cell, line, "comment", COMMENT, paragraph.text, words)

    def _pictures(self, old: Paragraph, new: Paragraph) -> list[Change]:
        listed = []
        for a, b in zip(old.pictures, new.pictures, strict=False):
            if alike(a) != alike(b):
                own = replace(old, text=alike(a), spans=[], style="alternative text")
                listed += self._words(own, alike(b))
        return listed

    def _spans(self, paragraph: Paragraph) -> list[tuple[int, int, str]]:
        """Return what was computed in a paragraph, with the number before a caption."""
        lead = _LEAD.match(paragraph.text) if _kind(paragraph) == "caption" else None
        return [*([(0, lead.end(), "number of the caption")] if lead else []), *paragraph.spans]

    def _cell(self, paragraph: Paragraph, start: int = 0) -> tuple[str, int]:
        """Return the name and the line of the cell that a piece of a paragraph comes from."""
        cell = self.notebooks.cell(*paragraph.place)
        if cell is None:
            return paragraph.place[1], 0
        if cell.kind == "markdown":
            text, pieces = _filled(paragraph.text, self._spans(paragraph), (start, start, ""))
            if (place := markdown.found(cell.source, text)) and pieces:
                at = place.starts[min(pieces[0][0], len(place.starts) - 1)]
                return cell.name, cell.source[:at].count("\n") + 1
        return cell.name, cell.line_of(paragraph.text[start:])


def _joined(paragraphs: list[Paragraph]) -> Paragraph:
    whole = paragraphs[0]
    for paragraph in paragraphs[1:]:
        shift = len(whole.text) + 1
        spans = [*whole.spans, *((a + shift, b + shift, source) for a, b, source in paragraph.spans)]
        whole = replace(whole, text=f"{whole.text} {paragraph.text}", spans=spans)
    return whole


def _filled(text: str, spans: list, piece: tuple[int, int, str]) -> tuple[str, list[tuple[int, int, str]]]:
    """Return a paragraph with one sign for each computed span, and a piece at its place there."""
    done, last = "", 0
    start, end, words = piece
    shifts = [(0, 0)]
    for a, b, source in sorted(spans, key=lambda span: span[:2]):
        if a < last:
            continue
        sign = "" if source == "number of the heading" or source == "number of the caption" else markdown.FILLED
        done += text[last:a] + sign
        last = b
        if not sign:
            while last < len(text) and text[last] == " ":
                last += 1
        shifts.append((b, len(done) - last))
    done += text[last:]

    def shifted(place: int) -> int:
        return place + next(by for since, by in reversed(shifts) if place >= since)

    pieces = [(shifted(start), shifted(end), words)]
    return done, pieces if 0 <= pieces[0][0] <= pieces[0][1] <= len(done) else []


def _grid(parts: list[Paragraph]) -> list[list[str]]:
    rows: dict[int, dict[int, str]] = {}
    for part in parts:
        _, row, column = part.table
        cells_of = rows.setdefault(row, {})
        cells_of[column] = f"{cells_of[column]} {part.text}".strip() if column in cells_of else part.text
    return [[row.get(column, "") for column in range(max(row) + 1)] for _, row in sorted(rows.items())]


def _kind(paragraph: Paragraph) -> str:
    style = paragraph.style.casefold()
    if style == "alternative text":
        return style
    if "caption" in style:
        return "caption"
    if style.startswith("heading"):
        return "heading"
    if style.startswith("bibliography"):
        return "citation"
    if style.startswith("table note"):
        return "table note"
    return "text"


def apply(listed: list[Change], folder: str | Path) -> tuple[list[Change], list[Change]]:
    """Write changes of text into the notebooks; return those that are in, and those that could not be.

    Only words that stand once in their cell are replaced, and each cell is read again before it is kept: what the build
    fills in is never touched.
    """
    done, left = [], []
    by_notebook: dict[str, list[Change]] = {}
    for change in listed:
        if change.decision == TEXT:
            by_notebook.setdefault(change.notebook, []).append(change)
    for name, own in by_notebook.items():
        notebook = cells.Source.read(Path(folder) / name)
        # Pieces of one paragraph are put in together, since each is placed in the paragraph as it was.
        groups: dict[Any, list[Change]] = {}
        for change in own:
            groups.setdefault((change.cell, change.before, change.option, change.paragraph), []).append(change)
        for group in groups.values():
            (done if notebook.take(group) else left).extend(group)
        notebook.write()
    return done, left
