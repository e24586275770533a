"""Make pandoc tables of the HTML tables that cells show, the same in all formats.

Kept: spans, header cells, row headers, alignment, foot notes. Dropped: colours and ids, which point into a style sheet
that is not ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from genequity.publish import pandoc
from genequity.publish.exporter import HTML
from genequity.publish.pandoc import Node, node

_REFUSED = re.compile(r"<(script|iframe|object|embed|form|input|button|video|audio|canvas|svg|img)\b", re.I)
_NUMBER = re.compile(r"^[−–+-]?[£$€]?\d[\d,.]*\s*(%|per [\d,]+)?(\s*(\(|\[|to|–).*)?$")
_BLANK = re.compile(r"^(–|—|-|withheld|\[withheld\]|not (computable|estimable))?$")
_DAY = re.compile(r"^\d{1,2} [A-Z][a-z]+ \d{4}$")
_REFERENCE = re.compile(r"@(sec|tbl|fig)-[\w-]+")
_BREAKS = re.compile(r" |(?<=[a-z][._])(?=[a-z])")  # a line may end after the stops and underscores of an identifier
# Widths of characters in halves of an em, of the fonts that tables are set in; others are 1.2 wide.
_CHARACTERS = {
    0.5: " !(),-.:;IJ[]`fijl|'’‘·",
    0.8: '"/?\\_rt{}“”',
    1: "FLScksvxyz–",
    1.15: "0123456789+−<=>",
    1.5: "&%DGHUNOQw",
    1.8: "@MWm—",
}
_WIDTH = {character: width for width, characters in _CHARACTERS.items() for character in characters}
_BOLD = 1.08  # how much wider the same words are in bold
WIDE = 103  # halves of an em that fit across the page in table type
PAD = 2.6  # halves of an em that the space between columns takes


def from_html(blocks: list[Node], problem: Callable[..., None]) -> list[Node]:
    """Replace HTML blocks by the tables and paragraphs they hold; one pandoc call for all."""
    sources: list[str] = []
    pandoc.walk(blocks, lambda item: sources.append(item["c"][1]) if _is_html(item) else None)
    clean = "\n".join(f'<div class="cell-html">{_clean(source)}</div>' for source in sources)
    parsed = pandoc.parse(clean, "html") if sources else []
    groups = iter([item["c"][1] for item in parsed if item["t"] == "Div" and "cell-html" in item["c"][0][1]])

    def visit(item: Node) -> Any:
        if not _is_html(item):
            return None
        if found := _REFUSED.search(item["c"][1]):
            problem(f"an HTML output holds <{found.group(1)}>, which cannot be printed", do="show a table or a figure")
        return _flat(next(groups))

    return pandoc.walk(pandoc.walk(blocks, visit), lambda item: _finish(item) if item["t"] == "Table" else None)


def _is_html(item: Node) -> bool:
    """Whether a block is what a cell showed as HTML, or a raw HTML table, which Quarto makes a table of too."""
    if item["t"] != "RawBlock":
        return False
    return item["c"][0] == HTML or (item["c"][0] == "html" and item["c"][1].lstrip().startswith("<table"))


def _clean(source: str) -> str:
    source = re.sub(r"<style.*?</style>", "", source, flags=re.S | re.I)
    source = re.sub(
        r'<span class="gt_footnote_marks"[^>]*>(.*?)</span>',
        lambda m: f"<sup>{_plain(m.group(1))}</sup>",
        source,
        flags=re.S,
    )
    # great_tables puts a mark before a right-aligned value; a reader would take "1 0.82" for a number.
    source = re.sub(r"(<t[dh][^>]*>)\s*(<sup>[^<]*</sup>)\s*([^<]+)", r"\1\3\2", source)
    for side in ("left", "right", "center"):
        source = re.sub(
            rf'<(t[dh])\b((?:(?!style=)[^>])*?class="[^"]*\bgt_{side}\b[^"]*")((?:(?!style=)[^>])*)>',
            rf'<\1\2\3 style="text-align: {side}">',
            source,
        )
    return source


def _plain(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def _flat(blocks: list[Node]) -> list[Node]:
    """Take tables and text out of the layout divs around them."""
    flat: list[Node] = []
    for block in blocks:
        if block["t"] == "Div":
            flat += _flat(block["c"][1])
        else:
            flat.append(block)
    return flat


def _finish(item: Node) -> Node:
    """Drop foreign attributes, align columns of numbers to the right and set column widths."""
    if item["t"] != "Table":
        return item
    attribute, caption, columns, head, bodies, foot = item["c"]
    identifier = attribute[0] if attribute[0].startswith("tbl-") else ""
    rows = [*head[1], *(row for body in bodies for row in [*body[2], *body[3]]), *foot[1]]
    for row in rows:
        row[0] = ["", [], []]
        for cell in row[1]:
            cell[0] = ["", [], []]
            if cell[3] > 1:
                cell[1] = {"t": "AlignLeft"}  # the head of a group of rows
    for part in (head, foot, *bodies):
        part[0] = ["", [], []]
    bodies_rows = [row for body in bodies for row in body[3]]
    aligns = [_alignment(place, columns, bodies_rows) for place in range(len(columns))]
    _align_head(head[1], aligns)
    widths = _widths(columns, rows, len(head[1]))
    columns = [[{"t": align}, width] for align, width in zip(aligns, widths, strict=True)]
    return node("Table", ["", [], []] if not identifier else [identifier, [], []], caption, columns, head, bodies, foot)


def _cells_of(place: int, rows: list[Any]) -> list[Any]:
    """Return the cells that stand in a column, for rows without spans."""
    return [row[1][place] for row in rows if len(row[1]) > place and all(c[2] == 1 and c[3] == 1 for c in row[1])]


def _alignment(place: int, columns: list[Any], rows: list[Any]) -> str:
    given = columns[place][0]["t"]
    cells = _cells_of(place, rows)
    own = {cell[1]["t"] for cell in cells} - {"AlignDefault"}
    if given == "AlignDefault" and len(own) == 1:
        given = own.pop()
    for cell in cells:
        if cell[1]["t"] == given:
            cell[1] = {"t": "AlignDefault"}
    if given != "AlignDefault":
        return given
    shown = [pandoc.text(cell[4]).strip() for cell in cells]
    numbers = [text for text in shown if _NUMBER.match(text)]
    whole = numbers and all(_NUMBER.match(text) or _BLANK.match(text) for text in shown)
    return "AlignRight" if whole else "AlignLeft"


def _align_head(rows: list[Any], aligns: list[str]) -> None:
    """Set a heading as its column is set, unless it spans several."""
    for row in rows:
        place = 0
        for cell in row[1]:
            if cell[3] == 1 and place < len(aligns):
                cell[1] = {"t": aligns[place]}
            elif cell[3] > 1:
                cell[1] = {"t": "AlignCenter"}
            place += cell[3]


def _widths(columns: list[Any], rows: list[Any], heads: int) -> list[Node]:
    """Return relative widths that fill the measure: as the cells are, or those that need fewest lines."""
    places = range(len(columns))
    held = [[_shown(cell) for cell in _cells_of(place, rows)] or [""] for place in places]
    bold = [len(_cells_of(place, rows[:heads])) for place in places]
    sizes = [[_width(text, place < n) for place, text in enumerate(texts)] for texts, n in zip(held, bold, strict=True)]
    longest = [max(lengths) + PAD for lengths in sizes]
    if sum(longest) <= WIDE:
        widths = longest
    else:
        words = [
            max(_width(word, place < n) for place, text in enumerate(texts) for word in _BREAKS.split(text)) + PAD
            for texts, n in zip(held, bold, strict=True)
        ]
        numbers, days = (
            [max([least, *(_one_line(text, kind) for text in texts)]) for least, texts in zip(words, held, strict=True)]
            for kind in (_NUMBER, _DAY)
        )
        widths = _fewest_lines(sizes, numbers if sum(numbers) <= WIDE else words, longest)
        both = [max(pair) for pair in zip(numbers, days, strict=True)]
        if sum(both) <= WIDE:
            wider = _fewest_lines(sizes, both, longest)
            widths = wider if _lines(sizes, wider) <= 1.05 * _lines(sizes, widths) else widths
    return [{"t": "ColWidth", "c": round(width / sum(widths), 4)} for width in widths]


def _shown(cell: Any) -> str:
    """Return a cell's text as it will be shown, with references of their usual length."""
    return _REFERENCE.sub("Section 0.00", pandoc.text(cell[4]).strip())


def _width(text: str, bold: bool = False) -> float:
    """Return the width of a text in halves of an em."""
    return sum(_WIDTH.get(character, 1.2) for character in text) * (_BOLD if bold else 1)


def _one_line(text: str, kind: re.Pattern[str]) -> float:
    """Return the width of what reads badly over two lines: a number with its interval, or a day."""
    return _width(text) + PAD if kind.match(text) and len(text) <= 30 else 0


def _lines(sizes: list[list[float]], widths: list[float]) -> int:
    """Return how many lines the rows of a table take, when each is as high as its highest cell."""
    lines = [[-(-size // max(width - PAD, 1)) for size in column] for column, width in zip(sizes, widths, strict=True)]
    return int(sum(map(max, zip(*lines, strict=False))))


def _fewest_lines(lengths: list[list[float]], least: list[float], most: list[float]) -> list[float]:
    """Hand out the measure in steps, each to the column whose widening saves most lines of the table.

    Parameters
    ----------
    lengths : list of list of float
        Width of each cell, by column.
    least, most : list of float
        Width of the longest word and of the longest cell, by column.
    """
    widths, step = list(least), 2
    rows = min(map(len, lengths))
    shown = [column[: min(rows, 40)] for column in lengths]

    def height(place: int, width: float) -> tuple[int, float]:
        trial = [*widths[:place], width, *widths[place + 1 :]]
        lines = [[-(-length // max(w - PAD, 1)) for length in column] for column, w in zip(shown, trial, strict=True)]
        own = sum(length / width for length in shown[place])
        return sum(map(max, zip(*lines, strict=True))), own - sum(length / widths[place] for length in shown[place])

    while sum(widths) < WIDE:
        open_places = [place for place in range(len(widths)) if widths[place] < most[place]]
        if not open_places:
            break
        best = min(open_places, key=lambda place: height(place, widths[place] + step))
        widths[best] += step
    return widths
