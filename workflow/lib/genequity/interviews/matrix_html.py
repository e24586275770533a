"""The framework matrix as one HTML page that needs nothing else: for reading on screen and for landscape print."""

from __future__ import annotations

from html import escape

from genequity import files
from genequity.interviews import summaries
from genequity.interviews.cases import NOT_RAISED
from genequity.interviews.matrix import Cell, Matrix

STYLE = """
:root { color-scheme: light; }
body { font: 0.95rem/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; color: #1d2b36; margin: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
.warning { border-left: .35rem solid #b3470f; padding: .4rem .8rem; background: #fdf4ee; max-width: 60rem; }
.frame { overflow: auto; max-height: 85vh; border: 1px solid #c9d2d9; }
.frame:focus-visible, a:focus-visible { outline: 3px solid #12507b; outline-offset: 2px; }
table { border-collapse: separate; border-spacing: 0; }
th, td { border-right: 1px solid #c9d2d9; border-bottom: 1px solid #c9d2d9; padding: .5rem .6rem; text-align: left;
  vertical-align: top; min-width: 15rem; max-width: 24rem; background: #fff; overflow-wrap: break-word; }
thead th { position: sticky; top: 0; background: #eef2f5; z-index: 2; }
tbody th { position: sticky; left: 0; background: #f7f9fa; z-index: 1; min-width: 9rem; max-width: 11rem; }
thead th:first-child { left: 0; z-index: 3; min-width: 9rem; }
.beside { display: block; font-weight: normal; color: #4a5965; }
.none { color: #4a5965; font-style: italic; }
.summary { margin: 0 0 .5rem; }
.state { font-weight: 600; color: #8f3a0d; }
ul { margin: 0; padding-left: 1.1rem; }
li { margin: 0 0 .35rem; }
.id { font: .8rem "Noto Sans Mono", Consolas, monospace; color: #4a5965; }
li:target { background: #fff3c4; }
caption { text-align: left; padding: .4rem 0; font-weight: 600; }
@page { size: A4 landscape; margin: 12mm; }
@media print {
  body { margin: 0; font-size: 8pt; }
  .frame { overflow: visible; max-height: none; border: 0; }
  th, td { position: static !important; min-width: 0; max-width: none; }
  thead { display: table-header-group; }
  tr { break-inside: avoid; }
}
"""


def write(matrix: Matrix, path: str, title: str, language: str = "en-GB") -> None:
    """Write the page.

    Parameters
    ----------
    matrix : Matrix
        The matrix.
    path : str
        The ``.html`` file.
    title : str
        Heading of the page.
    language : str
        Language of the page.
    """
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in matrix.themes.values())
    rows = []
    for case, beside in matrix.cases:
        facts = f'<span class="beside">{escape(beside)}</span>' if beside else ""
        cells = "".join(f"<td>{_cell(cell)}</td>" for cell in matrix.row(case))
        rows.append(f'<tr><th scope="row">{escape(case)}{facts}</th>{cells}</tr>')
    mark = f"<p><strong>{escape(matrix.watermark)}</strong></p>" if matrix.watermark else ""
    page = f"""<!DOCTYPE html>
<html lang="{escape(language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{mark}
<p class="warning"><strong>Restricted.</strong> This page holds participants' words and must stay in the secure folder.
Each cell shows the hand-written summary, then the coded passages with their ids.</p>
<p>{escape(counted(matrix))}</p>
<div class="frame" role="region" aria-labelledby="what" tabindex="0">
<table>
<caption id="what">Framework matrix: one row a case, one column a theme</caption>
<thead><tr><th scope="col">Case</th>{head}</tr></thead>
<tbody>
{chr(10).join(rows)}
</tbody>
</table>
</div>
</main>
</body>
</html>
"""
    files.write_text(path, page)


def counted(matrix: Matrix) -> str:
    """Say how large the matrix is and in what state its summaries are."""
    raised = sum(bool(cell.segments) for cell in matrix.cells.values())
    states = [cell.state for cell in matrix.cells.values()]
    parts = [f"{len(matrix.cases)} cases, {len(matrix.themes)} themes; {raised} of {len(states)} cells hold passages."]
    if any(states):
        held = [(state, states.count(state)) for state in (summaries.CURRENT, summaries.STALE, summaries.UNCHECKED)]
        parts.append(f"Summaries: {', '.join(f'{count} {state}' for state, count in held if count)}.")
    return " ".join(parts)


def note(cell: Cell) -> str:
    """Say what is to be known of a cell's summary; nothing where it is current."""
    return {
        summaries.STALE: "Stale: the passages changed since this was written.",
        summaries.UNCHECKED: "Not checked: nothing says which passages this rests on.",
    }.get(cell.state, "")


def _cell(cell: Cell) -> str:
    parts = []
    if cell.summary:
        flag = f' <span class="state">{escape(note(cell))}</span>' if note(cell) else ""
        parts.append(f'<p class="summary">{escape(cell.summary)}{flag}</p>')
    if not cell.segments:
        return "".join([*parts, f'<span class="none">{NOT_RAISED}</span>'])
    items = [
        f'<li id="s-{escape(cell.case)}-{escape(name)}">{escape(words)} '
        f'<a class="id" href="#s-{escape(cell.case)}-{escape(name)}">{escape(name)}</a></li>'
        for name, _, words in cell.segments
    ]
    return "".join([*parts, f"<ul>{''.join(items)}</ul>"])
