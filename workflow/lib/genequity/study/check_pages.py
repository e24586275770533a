"""What the check found, as pages that a colleague without Python can act on: HTML to read or print, Excel to tick off.

They say of each problem where it is, what was expected and what to do, and of each file how much was read. Like the
messages themselves they never hold a value of a data file. Nothing in them comes from a clock: the same inputs give
the same bytes.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from genequity import files, sheets
from genequity.errors import Problem, together

ASSETS = Path(__file__).parents[1] / "publish" / "assets"
FACES = ((400, "NotoSans-Regular"), (700, "NotoSans-Bold"))
TICKS = ("☐", "☑")
OTHERWISE = "change it to what was expected, or ask the person who wrote it"
ROWS_SHOWN = 30  # of rows with the same mistake, on the page
FINE, WAITING = "read, nothing to mend", "not looked at to its end, since something else stops before"
FOOT = "This page shows no value of any data file. The same list as a workbook to tick off:"
STYLE = """
.check main { max-width: none; }
.check h2 { border: 0; padding: 0; margin: 2.4rem 0 .8rem; font-size: 1.5rem; }
.check .page { display: block; }
.check .verdict { font-size: 1.25rem; margin: 1.8rem 0 .6rem; }
.check .table table { min-width: 52rem; }
.check td { overflow-wrap: break-word; }
.check .file { overflow-wrap: anywhere; min-width: 11rem; }
.check .place { min-width: 9rem; }
.check .tick { width: 4.5rem; text-align: center; }
.check input { width: 1.4rem; height: 1.4rem; }
.check nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.4rem; margin: 1rem 0 0; }
.check nav a, .check nav strong { display: inline-block; padding: .3rem 0; min-height: 24px; }
@media print {
  @page { size: A4 landscape; margin: 14mm; }
  .check main h2 { break-before: auto; margin-top: 1.2rem; }
  .check .table table { min-width: 0; }
  .check nav { display: none; }
  .check .front-inner { padding: 0 0 .6rem; }
  .check table { font-size: 9pt; }
}
"""


@dataclass(frozen=True)
class File:
    """One file that a section names: the setting that names it, how much was read, and what is to be said of it."""

    setting: str
    file: str
    amount: str = ""
    sheet: str = ""
    state: str = FINE


@dataclass(frozen=True)
class Page:
    """One section of a study with what the check says of it."""

    section: str
    study: str
    problems: Sequence[Problem]
    read: Sequence[File] = ()
    notes: Sequence[str] = ()

    @property
    def title(self) -> str:
        """Heading of the page."""
        return "Check of the whole study" if self.section == "study" else f"Check of the inputs: {self.section}"

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        count = len(self.problems)
        if not count:
            return "Nothing to mend: all of this can be used."
        return f"{count} {'thing' if count == 1 else 'things'} to mend. Nothing was computed."


def write(folder: str | Path, pages: Sequence[Page], known: Sequence[str]) -> None:
    """Write a page and a workbook for each section, and take away those of an earlier check.

    Parameters
    ----------
    folder : str or Path
        Where they lie; made if needed.
    pages : sequence of Page
        One for each section.
    known : sequence of str
        Every section that may have had a page before.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for section in known:
        for ending in ("html", "xlsx"):
            (folder / f"{section}.{ending}").unlink(missing_ok=True)
    for page in pages:
        files.write_text(folder / f"{page.section}.html", html(page, [other.section for other in pages]))
        _workbook(page, folder / f"{page.section}.xlsx")


def placed(where: str) -> tuple[str, str, str]:
    """Return sheet, row and column of a place; what is none of them stands with the column.

    >>> placed("sheet Register, row 5, column status")
    ('Register', '5', 'status')
    >>> placed("survey.inputs.responses")
    ('', '', 'survey.inputs.responses')
    """
    sheet = re.match(r"sheet (.*?)(?:, (?=rows? |line |column |cell)|$)", where)
    rest = where[sheet.end() :] if sheet else where
    row = re.match(r"(?:first in )?(?:rows?|line) ([\d, ]*\d(?: to \d+| and \d+ more)?)(?:, |$)", rest)
    rest = rest[row.end() :] if row else rest
    return (sheet[1] if sheet else "", row[1] if row else "", re.sub(r"^columns? ", "", rest))


def html(page: Page, sections: Sequence[str]) -> str:
    """Return the page: one file without script, links to nothing but its neighbours."""
    links = "".join(
        f"<li><strong>{escape(name)}</strong></li>"
        if name == page.section
        else f'<li><a href="{escape(name)}.html">{escape(name)}</a></li>'
        for name in sections
    )
    notes = "".join(f"<p>{escape(note)}</p>" for note in page.notes)
    parts = [f'<p class="verdict"><strong>{escape(page.verdict)}</strong></p>', notes]
    if page.problems:
        parts += [
            "<p>Work through the list from the top: one mistake can lead to others below it. Tick what is mended, "
            "save the files, and ask for the check again. The same mistake in several rows stands here once. The "
            "workbook lists every row.</p>",
            "<h2>What to mend</h2>",
            _problem_table(page),
        ]
    if page.read:
        parts += ["<h2>What was read</h2>", _read_table(page)]
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="genequity">
<title>{escape(page.title)}</title>
<style>
{_style()}
</style>
</head>
<body class="check">
<a class="skip" href="#main">Skip to the result</a>
<header class="front">
<div class="front-inner">
<h1>{escape(page.title)}</h1>
<p class="byline">{escape(page.study)}</p>
</div>
</header>
<div class="page">
<nav aria-label="Parts of the study"><ul>{links}</ul></nav>
<main id="main" tabindex="-1">
{"".join(parts)}
</main>
</div>
<footer class="end"><p>{FOOT} {escape(page.section)}.xlsx</p></footer>
</body>
</html>
"""


def _style() -> str:
    faces = [
        f'@font-face{{font-family:"Noto Sans";font-weight:{weight};font-display:swap;src:url(data:font/woff2;base64,'
        f'{b64encode((ASSETS / "fonts" / f"{name}.woff2").read_bytes()).decode()}) format("woff2")}}'
        for weight, name in FACES
    ]
    return "\n".join([*faces, (ASSETS / "report.css").read_text(encoding="utf-8"), STYLE])


def _table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; cells are already HTML."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        "<tr>"
        + "".join(f'<th scope="row">{cell}</th>' if not place else cell for place, cell in enumerate(row))
        + "</tr>"
        for row in rows
    )
    label = escape(caption)
    return (
        f'<div class="table" role="region" aria-label="{label}" tabindex="0"><table><caption>{label}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _problem_table(page: Page) -> str:
    rows = []
    for number, problem in enumerate(together(page.problems, ROWS_SHOWN), start=1):
        sheet, row, column = placed(problem.where)
        rows_word = "row" if row.isdigit() else "rows"
        place = "<br>".join(
            f"{name} {escape(value)}" if name else escape(value)
            for name, value in (("sheet", sheet), (rows_word, row), ("column" if row else "", column))
            if value
        )
        rows.append(
            [
                str(number),
                f'<td class="file">{escape(problem.file)}</td>',
                f'<td class="place">{place}</td>',
                f"<td>{escape(_sentence(problem.message))}</td>",
                f"<td>{escape(_sentence(problem.expected))}</td>",
                f"<td>{escape(_sentence(problem.do or OTHERWISE))}</td>",
                f'<td class="tick"><input type="checkbox" aria-label="Number {number} is mended"></td>',
            ]
        )
    heads = ("No.", "File", "Where", "What is wrong", "What was expected", "What to do", "Mended")
    return _table("Each thing to mend, with its place", heads, rows)


def _read_table(page: Page) -> str:
    rows = [
        [
            escape(entry.setting),
            f'<td class="file">{escape(entry.file)}</td>',
            f"<td>{escape(entry.sheet)}</td>",
            f"<td>{escape(entry.amount)}</td>",
            f"<td>{escape(entry.state)}</td>",
        ]
        for entry in page.read
    ]
    return _table("Each file that the config names", ("Setting", "File", "Sheet", "Read", "Result"), rows)


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}" if text else ""


def _workbook(page: Page, path: Path) -> None:
    import openpyxl
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = openpyxl.Workbook()
    book.properties.title = page.title
    sheet = book.active
    sheet.title = "To mend"
    head = ("No.", "File", "Sheet", "Row", "Column", "What is wrong", "What was expected", "What to do", "Mended")
    rows = [
        (
            number,
            problem.file,
            *placed(problem.where),
            *map(_sentence, (problem.message, problem.expected, problem.do or OTHERWISE)),
            TICKS[0],
        )
        for number, problem in enumerate(page.problems, start=1)
    ]
    _fill(sheet, page, head, rows, (6, 34, 18, 9, 24, 44, 40, 44, 10))
    if rows:
        ticks = DataValidation(type="list", formula1=f'"{",".join(TICKS)}"', allow_blank=True)
        first = sheet.max_row - len(rows) + 1
        ticks.add(f"I{first}:I{sheet.max_row}")
        sheet.add_data_validation(ticks)
        for number in range(first, sheet.max_row + 1):
            sheet.cell(number, 9).alignment = Alignment(horizontal="center", vertical="top")
            sheet.cell(number, 9).font = Font(name="Calibri", size=14)
    if page.read:
        second = book.create_sheet("What was read")
        entries = [(entry.setting, entry.file, entry.sheet, entry.amount, entry.state) for entry in page.read]
        _fill(second, page, ("Setting", "File", "Sheet", "Read", "Result"), entries, (30, 50, 22, 20, 50))
    for each in book.worksheets:
        sheets.for_print(each)
        each.sheet_view.showGridLines = False
        each["A1"].font = Font(name="Calibri", bold=True, size=14, color="FF12384F")
    sheets.save(book, path)


def _fill(sheet, page: Page, head: Sequence[str], rows: Sequence[Sequence], widths: Sequence[int]) -> None:
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.utils import get_column_letter

    lines = [page.title, page.study, page.verdict, *page.notes]
    for number, line in enumerate(lines, start=1):
        sheet.cell(number, 1, line).data_type = "s"
    top = len(lines) + 2
    rule = Side(style="thin", color="FFCCD5DC")
    for place, (name, width) in enumerate(zip(head, widths, strict=True), start=1):
        cell = sheet.cell(top, place, name)
        cell.font = Font(name="Calibri", bold=True, color="FFFFFFFF")
        cell.fill = PatternFill("solid", fgColor="FF12384F")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(place)].width = width
    for number, row in enumerate(rows, start=top + 1):
        for place, value in enumerate(row, start=1):
            cell = sheet.cell(number, place)
            if isinstance(value, str):
                cell.value = value or None
                cell.data_type = "s" if value else "n"  # a text that begins with = is no formula
            else:
                cell.value = value
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.border = Border(bottom=rule)
    sheets.fitted(sheet, top + 1, top + len(rows))
    sheet.freeze_panes = sheet.cell(top + 1, 1)
    sheet.print_title_rows = f"{top}:{top}"
