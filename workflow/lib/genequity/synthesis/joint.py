"""The joint displays as files of their own: pages across for reading (HTML, Word) and a workbook for working with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genequity.synthesis import text
from genequity.synthesis.register import NAMES, STRANDS

if TYPE_CHECKING:
    from genequity.notebook import Release

BY_THEMES = {
    "label": "Theme",
    "counted": "What was counted",
    "said": "What was said or written",
    "fit": "Fit",
    "meta_inference": "Meta-inference",
}
ABOUT = (
    "The first display sets, for each theme, the leading finding of the strands that count beside that of the strands "
    "that listen and read, with their fit and what the team makes of both. The second sets the leading finding of each "
    "strand side by side. Each finding has its identifier; the trace leads from there to the released row. "
    "An order of themes is alphabetical and says nothing about weight."
)
INK, PAPER = "FF12507B", "FFFFFFFF"


def pages(release: Release, study: Mapping[str, Any], outputs: Mapping[str, str]) -> None:
    """Write both displays as one document, A4 across.

    Parameters
    ----------
    release : Release
        :func:`genequity.notebook.open_release`.
    study : mapping
        ``study.json`` (:func:`genequity.publish.book.read_study`).
    outputs : mapping
        ``html`` and ``docx`` -> path.
    """
    from genequity.publish import sheet

    inferences = release.table("synthesis/inferences")
    by_themes = sheet.table(str(release.show(text.by_themes(inferences), BY_THEMES)))
    if why := text.reasons(inferences):
        by_themes += f"**Why the rule says confirm or discord**\n\n{why}\n"
    beside = sheet.table(str(release.show(_beside(release), {"label": "Theme", **_strands(release)})))
    markdown = f"{ABOUT}\n\n## Statistics by themes\n{by_themes}\n## Strands side by side\n{beside}"
    made = sheet.document(markdown, study, name="joint display", title="Joint displays")
    sheet.write(made, outputs, paper="landscape")


def workbook(release: Release, study: Mapping[str, Any], path: str) -> None:
    """Write both displays, the convergence codes and the register as sheets of a workbook, the same bytes each time."""
    import openpyxl

    from genequity import sheets

    book = openpyxl.Workbook()
    book.properties.title = f"Joint displays: {study['title']}"
    about = book.active
    about.title = "Read me"
    for line in (str(study["title"]), str(study.get("watermark") or ""), ABOUT):
        if line:
            about.append([line])
    _wrapped(about, {"A": 100})
    inferences = text.by_themes(release.table("synthesis/inferences"))
    headings = BY_THEMES | {"reason": "Why the rule says so"}
    _sheet(book, "Statistics by themes", inferences.rename(columns=headings), study)
    beside = _beside(release)[["label", *_strands(release)]].rename(columns={"label": "Theme", **NAMES})
    _sheet(book, "Strands side by side", beside, study)
    for name, title in (("convergence", "Convergence"), ("register", "Findings")):
        _sheet(book, title, release.table(f"synthesis/{name}").drop(columns="suppressed", errors="ignore"), study)
    sheets.save(book, path)


def _strands(release: Release) -> dict[str, str]:
    """Return the supplied strands and their names, in order."""
    display = release.table("synthesis/display")
    there = set(display.loc[display["stance"] != "not supplied", "strand"])
    return {strand: NAMES[strand] for strand in STRANDS if strand in there}


def _beside(release: Release):
    """Return one row a theme, one column a strand: the leading statement and its identifier, or the stance."""
    display = release.table("synthesis/display")
    words = [
        f"{row['lead_statement']} ({row['lead_finding']})" if row["stance"] in text.SPEAKING else row["stance"]
        for row in display.to_dict("records")
    ]
    wide = display.assign(cell=words).pivot(index="label", columns="strand", values="cell").reset_index()
    return wide.sort_values("label", key=lambda label: label.str.casefold())


def _sheet(book: Any, title: str, frame: Any, study: Mapping[str, Any]) -> None:
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(title)
    mark = str(study.get("watermark") or "")
    if mark:
        sheet.append([mark])
    sheet.append([str(name).replace("_", " ") for name in frame.columns])
    head = sheet.max_row
    for cell in sheet[head]:
        cell.font, cell.fill = Font(bold=True, color=PAPER), PatternFill("solid", fgColor=INK)
    for row in frame.to_dict("records"):
        sheet.append([None if value is None or value != value else _plain(value) for value in row.values()])
    sheet.freeze_panes = f"B{head + 1}"
    longest = {name: max([len(str(name)), *frame[name].astype("str").str.len()]) for name in frame.columns}
    _wrapped(sheet, {get_column_letter(i): min(max(10, n + 2), 46) for i, n in enumerate(longest.values(), start=1)})


def _plain(value: Any) -> Any:
    """Return a cell as a type that workbooks know."""
    return value.item() if hasattr(value, "item") else value


def _wrapped(sheet: Any, widths: Mapping[str, float]) -> None:
    from openpyxl.styles import Alignment

    for letter, width in widths.items():
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def write(study: Mapping[str, Any], release_folder: str | Path, outputs: Mapping[str, str]) -> None:
    """Write the joint displays: ``html``, ``docx`` and ``xlsx`` -> path."""
    from genequity.notebook import open_release

    release = open_release(release_folder)
    pages(release, study, {form: path for form, path in outputs.items() if form != "xlsx"})
    workbook(release, study, outputs["xlsx"])
