"""The list of disagreements for the team: a page to read and print, and a workbook to fill in; both hold text."""

from __future__ import annotations

import html
from collections.abc import Sequence
from copy import copy
from pathlib import Path

import pandas as pd

from genequity import files, sheets
from genequity.coding import consensus

CONTEXT = 160  # characters shown before and after the passage
MOST_TEXT = 32_000  # characters that a cell of a workbook holds
SHEET, CHOICES = "Disagreements", sheets.LISTS
WIDTHS = {
    **{"disagreement": 13, "source": 14, "type": 14, "code": 22, "other_code": 22, "first coder": 48},
    **{"second coder": 48, "outcome": 14, "recode_to": 22, "decided_by": 14, "date": 11, "note": 20, "pair": 18},
}
LINE = 15  # points of a line of a cell
MOST_HEIGHT = 405  # points that a row can have
STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; color: #1b1f24; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .4rem; border-top: 2px solid #1b1f24; padding-top: .6rem; }
p { max-width: 42rem; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; margin: .6rem 0; }
.side { border: 1px solid #6a737d; padding: .6rem .8rem; overflow-wrap: anywhere; }
.side div { white-space: pre-wrap; }
.side h3 { font-size: .95rem; margin: 0 0 .4rem; }
mark { background: #ffe08a; color: inherit; border-bottom: 2px solid #8a6100; }
.none { color: #57606a; font-style: italic; margin: 0 0 .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .3rem 0; }
dt { font-weight: 600; }
dd { margin: 0; }
table { border-collapse: collapse; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { border: 1px solid #6a737d; padding: .25rem .6rem; text-align: left; }
td.number { text-align: right; }
@media (max-width: 45rem) { .sides { grid-template-columns: 1fr; } }
@media print {
  body { margin: 0; max-width: none; font-size: 10.5pt; }
  .item { break-inside: avoid; }
  mark { background: none; text-decoration: underline; text-decoration-thickness: 2px; }
}
"""
INTRODUCTION = """<p>This page holds words of the sources. Keep it where the sources are kept.</p>
<p>Each entry shows one passage twice, with what either coder marked. Decide together, and write the outcome into the
workbook <code>disagreements.xlsx</code> in the same folder. Then name a copy of it in the config as this strand's
<code>consensus</code>, and set <code>decide: consensus</code>.</p>"""


def marked(text: str, low: int, high: int, spans: str) -> list[tuple[str, bool]]:
    """Return a stretch of a text in parts, each with whether it lies in a span.

    Parameters
    ----------
    text : str
        The source.
    low, high : int
        The stretch.
    spans : str
        ``start-end`` in code points, joined by ``; ``.
    """
    parts, at = [], low
    for span in filter(None, spans.split("; ")):
        start, end = (min(max(int(place), low), high) for place in span.split("-"))
        parts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [part for part in [*parts, (text[at:high], False)] if part[0]]


def _around(text: str, row: dict) -> tuple[int, int]:
    """Return the stretch to show: the passage with some words before and after, cut at blanks."""
    low, high = max(row["start"] - CONTEXT, 0), min(row["end"] + CONTEXT, len(text))
    while low and low < row["start"] and not text[low - 1].isspace():
        low += 1
    while high < len(text) and high > row["end"] and not text[high].isspace():
        high -= 1
    while low < row["start"] and text[low].isspace():
        low += 1
    while high > row["end"] and text[high - 1].isspace():
        high -= 1
    return low, high


def page(listed: pd.DataFrame, texts: dict[str, str], counts: pd.DataFrame, stale: int, title: str) -> str:
    """Return the list as a page that needs nothing else.

    Parameters
    ----------
    listed : pandas.DataFrame
        Disagreements with their outcomes.
    texts : dict
        Source -> text.
    counts : pandas.DataFrame
        ``pair, disagreements, resolved, open`` of all codes together.
    stale : int
        Outcomes that match no disagreement any more.
    title : str
        Heading.
    """
    esc = html.escape
    body = [f"<h1>{esc(title)}</h1>"]
    body.append(INTRODUCTION)
    rows = "".join(
        f'<tr><th scope="row">{esc(row.pair)}</th>'
        f'<td class="number">{row.disagreements}</td><td class="number">{row.resolved}</td>'
        f'<td class="number">{row.open}</td></tr>'
        for row in counts.itertuples()
    )
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("Coders", "Disagreements", "Resolved", "Open"))
    caption = "<caption>Where the list stands</caption>"
    body.append(f"<table>{caption}<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>")
    if stale:
        many = "outcomes match" if stale != 1 else "outcome matches"
        body.append(f"<p>{stale} {many} no disagreement any more: see <code>stale_outcomes.csv</code>.</p>")
    if listed.empty:
        body.append("<p>There is no disagreement to show.</p>")
    for row in listed.to_dict("records"):
        body.append(_entry(row, texts[row["source"]]))
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{esc(title)}</title><style>{STYLE}</style>"
    )
    whole = "\n".join(body)
    return f'<!doctype html>\n<html lang="en-GB"><head>{head}</head>\n<body><main>\n{whole}\n</main></body></html>\n'


def _entry(row: dict, text: str) -> str:
    esc = html.escape
    low, high = _around(text, row)
    codes = esc(row["code"]) + (f" — {esc(row['other_code'])}" if row["other_code"] else "")
    facts = {"Coders": row["pair"], "Kind": row["type"], "Place": f"characters {row['start']:,} to {row['end']:,}"}
    facts["Outcome"] = _settled(row)
    sides = []
    pair = row["pair"].split(" and ")
    for name, spans, code in zip(
        pair, (row["first_spans"], row["second_spans"]), (row["code"], row["other_code"] or row["code"]), strict=True
    ):
        words = "".join(
            f"<mark>{esc(part)}</mark>" if inside else esc(part) for part, inside in marked(text, low, high, spans)
        )
        label = esc(name[:1].upper() + name[1:]) + (f": {esc(code)}" if spans else "")
        none = "" if spans else '<p class="none">marked nothing here</p>'
        sides.append(f'<section class="side"><h3>{label}</h3>{none}<div>{words}</div></section>')
    listed = "".join(f"<dt>{name}</dt><dd>{esc(value)}</dd>" for name, value in facts.items())
    number = f"<dt>Number</dt><dd>{row['disagreement']}</dd>"
    return (
        f'<article class="item" id="d{row["disagreement"]}"><h2>{esc(row["source"])}: {codes}</h2>'
        f'<dl>{number}{listed}</dl><div class="sides">{"".join(sides)}</div></article>'
    )


def _settled(row: dict) -> str:
    if not row["outcome"]:
        return "open"
    target = f" {row['recode_to']}" if row["recode_to"] else ""
    return f"{row['outcome']}{target} ({row['decided_by']}, {row['date']})"


def write_page(path: str | Path, *arguments) -> None:
    """Write :func:`page`."""
    files.write_text(path, page(*arguments))


def write_workbook(listed: pd.DataFrame, texts: dict[str, str], codes: Sequence[str], path: str | Path) -> None:
    """Write the list as a workbook with columns to fill in; outcomes already given stand in it.

    Parameters
    ----------
    listed : pandas.DataFrame
        Disagreements with their outcomes.
    texts : dict
        Source -> text.
    codes : sequence of str
        Codes to choose from in ``recode_to``.
    path : str or Path
        The workbook.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = SHEET
    sheet.append(list(WIDTHS))
    for number, row in enumerate(listed.to_dict("records"), 2):
        text = texts[row["source"]]
        low, high = _around(text, row)
        shown = {
            f"{side} coder": _bracketed(text, low, high, row[f"{side}_spans"]) if row[f"{side}_spans"] else "(nothing)"
            for side in ("first", "second")
        }
        sheet.append([_plain(str((row | shown)[name])) for name in WIDTHS])
        cells = [sheet.cell(number, column) for column in range(1, len(WIDTHS) + 1)]  # a look-up by row reads them all
        lines = [_lines(cell.value, width) for cell, width in zip(cells, WIDTHS.values(), strict=True)]
        sheet.row_dimensions[number].height = min(LINE * max(lines), MOST_HEIGHT)
        for cell in cells:
            if cell.data_type == "f":
                cell.data_type = "s"  # words that begin with = are no formula
    fill, head, align = (
        PatternFill("solid", fgColor="FFF4CC"),
        Font(bold=True),
        Alignment(wrap_text=True, vertical="top"),
    )
    for column, (name, width) in enumerate(WIDTHS.items(), 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
        top = sheet.cell(1, column)
        top.font, top.alignment = head, align
        model = None
        for place in range(2, sheet.max_row + 1):
            cell = sheet.cell(place, column)
            if model is None:
                cell.alignment = align
                if name in consensus.FILLED_COLUMNS:
                    cell.fill, cell.number_format = fill, "@"
                model = cell
            else:
                cell._style = copy(model._style)  # the same style set cell by cell takes ten times as long
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A3
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
    lists = book.create_sheet(CHOICES)
    lists.sheet_state = "hidden"
    for place, word in enumerate(consensus.OUTCOMES, 1):
        lists.cell(place, 1, word)
    for place, code in enumerate(codes, 1):
        lists.cell(place, 2, _plain(code)).data_type = "s"
    last = max(sheet.max_row, 2)
    for name, letter, number in (("outcome", "A", len(consensus.OUTCOMES)), ("recode_to", "B", max(len(codes), 1))):
        choice = DataValidation("list", formula1=f"'{CHOICES}'!${letter}$1:${letter}${number}", allow_blank=True)
        column = get_column_letter(list(WIDTHS).index(name) + 1)
        choice.add(f"{column}2:{column}{last}")
        sheet.add_data_validation(choice)
    sheets.save(book, path)


def _lines(words: str | None, width: int) -> int:
    """Count the lines that words take in a column."""
    return sum(1 + len(line) // width for line in (words or "").split("\n"))


def _bracketed(text: str, low: int, high: int, spans: str) -> str:
    return "".join(f"[[{part}]]" if inside else part for part, inside in marked(text, low, high, spans))


def _plain(text: str) -> str | None:
    """Return the text of a cell without characters that a workbook cannot hold; nothing for a blank."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    return ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)[:MOST_TEXT] or None
