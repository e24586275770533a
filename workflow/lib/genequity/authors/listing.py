"""The list of changes for people: lines for a terminal, and the same as HTML, CSV and a spreadsheet."""

from __future__ import annotations

import csv
import io
from html import escape
from pathlib import Path

from genequity import files
from genequity.authors.returned import COMMENT, HAND, REFUSED, TEXT, Change

COLUMNS = {
    "notebook": "Notebook",
    "cell": "Cell",
    "line": "Line",
    "kind": "Kind",
    "decision": "Decision",
    "old": "Old text",
    "new": "New text",
    "source": "Source, or what to do",
    "before": "Paragraph before",
    "after": "Paragraph after",
}
WORDS = {TEXT: "can be taken over", HAND: "by hand", REFUSED: "refused", COMMENT: "comment"}
_STYLE = """
body{font:16px/1.5 "Noto Sans",system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem;color:#1b1b1b}
h1{font-size:1.6rem;margin:0 0 .5rem}table{border-collapse:collapse;width:100%;margin-top:1.5rem}
th,td{text-align:left;vertical-align:top;padding:.5rem .7rem;border-bottom:1px solid #c9ced6}
td:nth-child(1){min-width:13rem}td:nth-child(2){min-width:6rem}td:nth-child(5){min-width:12rem}
th{background:#eef1f5;font-size:.9rem}td{overflow-wrap:break-word}.place{font-size:.9rem;color:#3d4653}
del{background:#fbe0dd;color:#7c1d12}ins{background:#ddf1de;color:#14532d;text-decoration:none;font-weight:600}
.decision{white-space:nowrap;font-weight:600}.refused .decision{color:#8f1d12}.source{font-size:.9rem}
"""


def sums(changes: list[Change]) -> str:
    """Return how many changes there are of each kind of decision."""
    if not changes:
        return "No word was changed."
    counts = [(sum(change.decision == name for change in changes), words) for name, words in WORDS.items()]
    said = ", ".join(f"{count} {words}" for count, words in counts if count)
    return f"{len(changes)} change{'s' if len(changes) > 1 else ''}: {said}."


def lines(changes: list[Change]) -> str:
    """Return the list for a terminal."""
    said = []
    for change in changes:
        word = "REFUSED" if change.decision == REFUSED else WORDS[change.decision]
        said.append(f"{change.where or 'the title page'}: {change.kind}, {word}")
        said += [f"  - {_short(change.old)}"] if change.old else []
        said += [f"  + {_short(change.new)}"] if change.new else []
        if not change.old or not change.new:
            around = change.after or change.before
            said += [f"  in: {_short(around)}"] if around and around not in (change.old, change.new) else []
        said += [f"  {'source' if change.decision == REFUSED else 'note'}: {change.source}"] if change.source else []
    return "\n".join(said)


def _short(text: str) -> str:
    return text if len(text) <= 160 else f"{text[:157]}..."


def write(changes: list[Change], stem: Path, title: str) -> list[Path]:
    """Write the list as HTML, CSV and a spreadsheet; return the files."""
    rows = [[getattr(change, column) for column in COLUMNS] for change in changes]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([list(COLUMNS), *rows])
    paths = [stem.with_name(f"{stem.name}.{ending}") for ending in ("html", "csv", "xlsx")]
    files.write_text(paths[0], _page(changes, title))
    files.write_text(paths[1], "\ufeff" + text.getvalue())
    _sheet(rows, paths[2])
    return paths


def _page(changes: list[Change], title: str) -> str:
    body = []
    for change in changes:
        place = [escape(change.notebook or "title page"), escape(change.cell)]
        place += [f"line {change.line}"] if change.line else []
        reading = "".join(
            part
            for part in (
                f"<del>{escape(change.old)}</del> " if change.old else "",
                f"<ins>{escape(change.new)}</ins>" if change.new else "",
            )
        )
        if change.before and change.before != change.old:
            reading += f'<p class="place">{escape(change.before)}</p>'
        body.append(
            f'<tr class="{change.decision.replace(" ", "-")}"><td class="place">{"<br>".join(place)}</td>'
            f'<td>{escape(change.kind)}</td><td class="decision">{WORDS[change.decision]}</td>'
            f'<td>{reading}</td><td class="source">{escape(change.source)}</td></tr>'
        )
    heads = ["Where", "Kind", "Decision", "Change, and the paragraph as it was", "Source, or what to do"]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>" if body else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1><p>{escape(sums(changes))} What is refused was computed: it can change "
        f"only in the data or in the analysis.</p>{table}</main></body></html>\n"
    )


def _sheet(rows: list[list[object]], path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font

    book = Workbook()
    sheet = book.active
    sheet.title = "Changes"
    sheet.append(list(COLUMNS.values()))
    for row in rows:
        sheet.append([f"'{v}" if isinstance(v, str) and v[:1] in ("=", "+", "@") else v or None for v in row])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in zip("ABCDEFGHIJ", (20, 26, 7, 18, 18, 40, 40, 50, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = sheet.dimensions
    with files.writing(path) as part:
        book.save(part)
